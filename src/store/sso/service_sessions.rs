//! Service sessions (table `sso_visit`): at which services a session is, and what it is called there. One that is removed
//! has its service told (migration 0033).

use jiff::Timestamp;

use crate::{
    domain::member::{MemberId, SessionId},
    store::{
        Read, StoreResult, Write,
        row::{FromRow, Row},
        sql::sql,
    },
};

/// A session at a service.
#[derive(Debug, Clone, Copy)]
pub struct NewServiceSession<'a> {
    /// The session here.
    pub session: SessionId,
    /// The service's name.
    pub client: &'a str,
    /// What the session is called there; no other service knows it by that.
    pub sid: &'a str,
    /// The member of the session.
    pub member: MemberId,
    /// The member's subject there.
    pub sub: &'a str,
    /// When the session ends at the latest.
    pub ends_at: Timestamp,
}

/// Notes that a session is at a service: what it is called there the first time stays.
pub async fn note_service_session(
    tx: &mut Write,
    new: &NewServiceSession<'_>,
    now: Timestamp,
) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO sso_visit (tenant, session, client, sid, member, sub, first_at, last_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
         ON CONFLICT (tenant, session, client) DO UPDATE SET last_at = excluded.last_at"
    ))
    .bind(new.session.uuid())
    .bind(new.client)
    .bind(new.sid)
    .bind(new.member.uuid())
    .bind(new.sub)
    .bind(now)
    .bind(new.ends_at)
    .run()
    .await
}

/// Takes the service sessions of a session along into the one that its member has opened in its place: services are told
/// when that ends.
pub async fn carry_service_sessions(
    tx: &mut Write,
    from: SessionId,
    to: SessionId,
    ends_at: Timestamp,
) -> StoreResult<()> {
    tx.sql(sql!("UPDATE sso_visit SET session = $3, ends_at = $4 WHERE tenant = $1 AND session = $2"))
        .bind(from.uuid())
        .bind(to.uuid())
        .bind(ends_at)
        .run()
        .await?;
    Ok(())
}

/// A service session that a service names.
#[derive(Debug, Clone)]
pub struct FoundServiceSession {
    /// The session here.
    pub session: SessionId,
    /// Whose session it is.
    pub member: MemberId,
    /// The member's subject there.
    pub sub: String,
}

impl FromRow for FoundServiceSession {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            session: SessionId::kept(row.get("session")?),
            member: row.get("member")?,
            sub: row.get("sub")?,
        })
    }
}

/// The service session that a service knows by that name.
pub async fn by_sid(tx: &mut Read, client: &str, sid: &str) -> StoreResult<Option<FoundServiceSession>> {
    tx.sql(sql!("SELECT session, member, sub FROM sso_visit WHERE tenant = $1 AND client = $2 AND sid = $3"))
        .bind(client)
        .bind(sid)
        .maybe()
        .await
}

/// A service that a session is at.
#[derive(Debug)]
pub struct LeftServiceSession {
    /// Its name in the protocol.
    pub client: String,
    /// What the session is called there.
    pub sid: String,
    /// Whether it could not be told of another session and is still tried.
    pub is_unreached: bool,
}

/// The services that a session is at.
pub async fn of_session(tx: &mut Read, session: SessionId) -> StoreResult<Vec<LeftServiceSession>> {
    tx.sql(sql!(
        "SELECT v.client, v.sid,
                EXISTS (SELECT 1 FROM sso_logout AS o
                         WHERE o.tenant = $1 AND o.client = v.client AND o.outcome IS NULL
                           AND o.last_result IS NOT NULL) AS unreached
           FROM sso_visit AS v WHERE v.tenant = $1 AND v.session = $2 ORDER BY v.client"
    ))
    .bind(session.uuid())
    .map(|row| {
        Ok(LeftServiceSession {
            client: row.get("client")?,
            sid: row.get("sid")?,
            is_unreached: row.get("unreached")?,
        })
    })
    .await
}

/// Ends the service sessions of a member at a service, in every session.
pub async fn end_of_member(tx: &mut Write, client: &str, member: MemberId) -> StoreResult<u64> {
    tx.sql(sql!("DELETE FROM sso_visit WHERE tenant = $1 AND client = $2 AND member = $3"))
        .bind(client)
        .bind(member.uuid())
        .count()
        .await
}
