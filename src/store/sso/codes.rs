//! Codes: what a service was given for a member, and what is known of both (OpenID Connect Core, 3.1.3).

use jiff::Timestamp;

use crate::domain::{
    member::{MemberId, SessionId},
    sso::{Scope, request::SsoRequest},
    tenant::Method,
};
use crate::store::{
    Read, StoreResult, Write,
    row::{FromRow, Row},
    sql::sql,
};

/// The words of scopes, as they are kept.
fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// The scopes that were kept. One that is known no more is given no more.
pub(super) fn scopes(text: &str) -> Vec<Scope> {
    text.split(' ').filter_map(Scope::parse).collect()
}

/// What is known of a member at a service before it is answered.
#[derive(Debug, Clone, Default)]
pub struct KnownAtService {
    /// The union's issuer, once a code was issued.
    pub issuer: Option<String>,
    /// The member's subject.
    pub subject: Option<String>,
    /// What the member was told of, or agreed to.
    pub grant: Option<GrantRow>,
}

/// What a member was told of, or agreed to.
#[derive(Debug, Clone)]
pub struct GrantRow {
    /// Whether the member agreed, and was not only told.
    pub agreed: bool,
    /// What was told or agreed to.
    pub scopes: Vec<Scope>,
    /// Whom it is given to.
    pub operator: String,
    /// The moment of that.
    pub at: Timestamp,
}

impl FromRow for KnownAtService {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let operator: Option<String> = row.get("operator")?;
        let grant = match operator {
            Some(operator) => {
                let (kept, at): (Option<String>, Option<Timestamp>) = (row.get("scopes")?, row.get("at")?);
                let agreed: Option<bool> = row.get("agreed")?;
                let kept = kept.ok_or_else(|| row.broken("scopes"))?;
                Some(GrantRow {
                    agreed: agreed.unwrap_or(false),
                    scopes: scopes(&kept),
                    operator,
                    at: at.ok_or_else(|| row.broken("at"))?,
                })
            }
            None => None,
        };
        Ok(Self { issuer: row.get("issuer")?, subject: row.get("sub")?, grant })
    }
}

/// What is known of a member at a service of that sector.
pub async fn known(
    tx: &mut Read,
    client: &str,
    sector: &str,
    member: MemberId,
) -> StoreResult<KnownAtService> {
    tx.sql(sql!(
        "SELECT i.issuer, s.sub, g.agreed, g.scopes, g.operator, g.at
           FROM (SELECT 1 AS one) AS o
           LEFT JOIN sso_issuer AS i ON i.tenant = $1
           LEFT JOIN sso_subject AS s ON s.tenant = $1 AND s.sector = $3 AND s.member = $4
           LEFT JOIN sso_grant AS g ON g.tenant = $1 AND g.client = $2 AND g.member = $4"
    ))
    .bind(client)
    .bind(sector)
    .bind(member)
    .one()
    .await
}

/// The issuer that the union goes by since its first code.
pub async fn issuer(tx: &mut Read) -> StoreResult<Option<String>> {
    let row: Option<(String,)> =
        tx.sql(sql!("SELECT issuer FROM sso_issuer WHERE tenant = $1")).maybe().await?;
    Ok(row.map(|(issuer,)| issuer))
}

/// Freezes the issuer, where none is frozen yet. The one that holds.
pub async fn freeze_issuer(tx: &mut Write, issuer: &str, now: Timestamp) -> StoreResult<String> {
    let (issuer,) = tx
        .sql(sql!(
            "INSERT INTO sso_issuer (tenant, issuer, since) VALUES ($1, $2, $3)
             ON CONFLICT (tenant) DO UPDATE SET issuer = sso_issuer.issuer RETURNING issuer"
        ))
        .bind(issuer)
        .bind(now)
        .one()
        .await?;
    Ok(issuer)
}

/// Keeps the subject of a member, where there is none yet. The one that holds.
pub async fn keep_subject(
    tx: &mut Write,
    sector: &str,
    member: MemberId,
    sub: &str,
    now: Timestamp,
) -> StoreResult<String> {
    let (sub,) = tx
        .sql(sql!(
            "INSERT INTO sso_subject (tenant, sector, member, sub, made_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, sector, member) DO UPDATE SET sub = sso_subject.sub RETURNING sub"
        ))
        .bind(sector)
        .bind(member)
        .bind(sub)
        .bind(now)
        .one()
        .await?;
    Ok(sub)
}

/// What a member is called by the services of a sector.
#[derive(Debug, Clone)]
pub struct KnownSubject {
    /// The services that know the member by one subject, as the union's file names them.
    pub sector: String,
    /// Who is called so.
    pub member: MemberId,
    /// What the member is called.
    pub sub: String,
}

impl FromRow for KnownSubject {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { sector: row.get("sector")?, member: row.get("member")?, sub: row.get("sub")? })
    }
}

/// Every subject of the union.
pub async fn subjects(tx: &mut Read) -> StoreResult<Vec<KnownSubject>> {
    tx.sql(sql!("SELECT sector, member, sub FROM sso_subject WHERE tenant = $1")).all().await
}

/// Keeps what a member was told of, or agreed to, in the place of what was before.
pub async fn grant(tx: &mut Write, client: &str, member: MemberId, given: &GrantRow) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO sso_grant (tenant, client, member, agreed, scopes, operator, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant, client, member)
         DO UPDATE SET agreed = excluded.agreed, scopes = excluded.scopes, operator = excluded.operator,
                       at = excluded.at"
    ))
    .bind(client)
    .bind(member)
    .bind(given.agreed)
    .bind(words(&given.scopes).as_str())
    .bind(given.operator.as_str())
    .bind(given.at)
    .run()
    .await?;
    Ok(())
}

/// What a member was told of, or agreed to, by service.
pub async fn grants(tx: &mut Read, member: MemberId) -> StoreResult<Vec<(String, GrantRow)>> {
    tx.sql(sql!(
        "SELECT client, agreed, scopes, operator, at FROM sso_grant WHERE tenant = $1 AND member = $2 ORDER BY client"
    ))
    .bind(member)
    .map(|row| {
        let kept: String = row.get("scopes")?;
        let (agreed, scopes) = (row.get("agreed")?, scopes(&kept));
        Ok((row.get("client")?, GrantRow { agreed, scopes, operator: row.get("operator")?, at: row.get("at")? }))
    })
    .await
}

/// Takes back what a member was told of, or agreed to; codes and tokens of that service end with it. `false` where there is
/// nothing of the kind.
pub async fn withdraw(tx: &mut Write, client: &str, member: MemberId) -> StoreResult<bool> {
    let was = tx
        .sql(sql!("DELETE FROM sso_grant WHERE tenant = $1 AND client = $2 AND member = $3 RETURNING client"))
        .bind(client)
        .bind(member)
        .done()
        .await?;
    tx.sql(sql!("DELETE FROM sso_code WHERE tenant = $1 AND member = $3 AND client = $2"))
        .bind(client)
        .bind(member)
        .run()
        .await?;
    Ok(was)
}

/// What a code stands for.
#[derive(Clone)]
pub struct CodeRow {
    /// The service that it is for.
    pub client: String,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// The scopes that it gives.
    pub scopes: Vec<Scope>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// The digest of what the service shows with it.
    pub challenge: Option<String>,
    /// Who is signed in at the service by it.
    pub member: MemberId,
    /// By whose session it was asked for: it ends with that.
    pub session: SessionId,
    /// What the session is called there.
    pub sid: String,
    /// Who the member is there.
    pub sub: String,
    /// When the member showed who they are.
    pub auth_time: Timestamp,
    /// With which factor.
    pub method: Method,
}

impl std::fmt::Debug for CodeRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CodeRow({})", self.client)
    }
}

impl FromRow for CodeRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let (kept, method): (String, String) = (row.get("scopes")?, row.get("method")?);
        Ok(Self {
            client: row.get("client")?,
            redirect_uri: row.get("redirect_uri")?,
            scopes: scopes(&kept),
            nonce: row.get("nonce")?,
            challenge: row.get("challenge")?,
            member: row.get("member")?,
            session: SessionId::kept(row.get("session")?),
            sid: row.get("sid")?,
            sub: row.get("sub")?,
            auth_time: row.get("auth_time")?,
            method: Method::parse(&method).ok_or_else(|| row.broken("method"))?,
        })
    }
}

macro_rules! code_columns {
    () => {
        "client, redirect_uri, scopes, nonce, challenge, member, session, sid, sub, auth_time, method"
    };
}

/// A new code. What its session is called at the service is what the service session says.
#[derive(Debug, Clone, Copy)]
pub struct NewSsoCode<'a> {
    /// The digest of the code, by which it is kept.
    pub digest: &'a [u8],
    /// The service that it is for, and where it is sent.
    pub client: &'a str,
    /// What the service asked for.
    pub asked: &'a SsoRequest,
    /// Who is signed in at the service by it.
    pub member: MemberId,
    /// The session, which is at the service already ([`note_service_session`](super::service_sessions::note_service_session)).
    pub session: SessionId,
    /// Who the member is there.
    pub sub: &'a str,
    /// When the member showed who they are, and with which factor.
    pub shown: (Timestamp, Method),
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Keeps a new code.
pub async fn add_code(tx: &mut Write, code: &NewSsoCode<'_>, now: Timestamp) -> StoreResult<()> {
    let (auth_time, method) = code.shown;
    tx.sql(sql!(
        "INSERT INTO sso_code (tenant, digest, made_at, expires_at, ",
        code_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
             (SELECT v.sid FROM sso_visit AS v WHERE v.tenant = $1 AND v.session = $11 AND v.client = $5), $12, $13, $14)"
    ))
    .bind(code.digest)
    .bind(now)
    .bind(code.expires_at)
    .bind(code.client)
    .bind(code.asked.redirect_uri.as_str())
    .bind(words(&code.asked.scopes).as_str())
    .bind(code.asked.nonce.as_deref())
    .bind(code.asked.challenge.as_deref())
    .bind(code.member)
    .bind(code.session.uuid())
    .bind(code.sub)
    .bind(auth_time)
    .bind(method.as_str())
    .run()
    .await
}

/// Uses a code of that service up, whatever else will be said of it. `None` where there is none that is good: of many at
/// once one gets it.
pub async fn use_code(
    tx: &mut Write,
    digest: &[u8],
    client: &str,
    now: Timestamp,
) -> StoreResult<Option<CodeRow>> {
    tx.sql(sql!(
        "UPDATE sso_code SET used_at = $4
          WHERE tenant = $1 AND digest = $2 AND client = $3 AND used_at IS NULL AND expires_at > $4 AND made_at <= $4
          RETURNING ",
        code_columns!()
    ))
    .bind(digest)
    .bind(client)
    .bind(now)
    .maybe()
    .await
}

/// Ends what was given for a code that was used before (RFC 6749, 4.1.2). Whose it is; `None` where there is no such code.
pub async fn end_replayed(tx: &mut Write, digest: &[u8]) -> StoreResult<Option<CodeRow>> {
    tx.sql(sql!(
        "UPDATE sso_code SET token = NULL WHERE tenant = $1 AND digest = $2 AND used_at IS NOT NULL RETURNING ",
        code_columns!()
    ))
    .bind(digest)
    .maybe()
    .await
}

/// Keeps the digest of the access token that was given for a code.
pub async fn give_token(tx: &mut Write, code: &[u8], token: &[u8], expires_at: Timestamp) -> StoreResult<()> {
    tx.sql(sql!("UPDATE sso_code SET token = $3, token_expires_at = $4 WHERE tenant = $1 AND digest = $2"))
        .bind(code)
        .bind(token)
        .bind(expires_at)
        .run()
        .await?;
    Ok(())
}

/// What an access token stands for, while it is good.
pub async fn by_token(tx: &mut Read, token: &[u8], now: Timestamp) -> StoreResult<Option<CodeRow>> {
    tx.sql(sql!(
        "SELECT ",
        code_columns!(),
        " FROM sso_code WHERE tenant = $1 AND token = $2 AND token_expires_at > $3 AND used_at <= $3"
    ))
    .bind(token)
    .bind(now)
    .maybe()
    .await
}
