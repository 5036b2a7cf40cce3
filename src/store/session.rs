//! Sessions: signed-in browsers, found by the digest of their cookie.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    row::{Arguments, FromRow, Row, ToColumn},
    sql::sql,
};
use crate::domain::{
    member::{MemberId, SessionId},
    session::Session,
    signin::Entry,
    tenant::Method,
};

impl ToColumn for SessionId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }

    fn about(&self) -> Option<Uuid> {
        Some(self.uuid())
    }
}

/// The columns a [`Session`] is made of, of a table that the statement calls `s`. They are read together with those of
/// its member, hence their names; `fresh_at` keeps its own while nodes of two versions run.
macro_rules! session_columns {
    () => {
        "s.id AS session_id, s.member AS session_member, s.factor AS session_factor, s.remember AS session_remember,
         s.created_at AS session_created_at, s.fresh_at AS session_proven_at, s.seen_at AS session_seen_at,
         s.expires_at AS session_expires_at, s.ended_at AS session_ended_at, s.auth_at AS session_auth_at"
    };
}
pub(super) use session_columns;

impl FromRow for Session {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let factor: String = row.get("session_factor")?;
        Ok(Self {
            id: SessionId::kept(row.get("session_id")?),
            member: row.get("session_member")?,
            factor: Method::parse(&factor).ok_or_else(|| row.broken("session_factor"))?,
            remember: row.get("session_remember")?,
            created_at: row.get("session_created_at")?,
            proven_at: row.get("session_proven_at")?,
            seen_at: row.get("session_seen_at")?,
            expires_at: row.get("session_expires_at")?,
            ended_at: row.get("session_ended_at")?,
            auth_at: row.get("session_auth_at")?,
        })
    }
}

/// What a new session needs beside its permission.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// The session's id.
    pub id: SessionId,
    /// Digest of the cookie.
    pub token: &'a [u8],
    /// Coarse device, for the member's own list.
    pub device: &'a str,
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// When it ends at the latest, however often it is used (D12).
    pub expires_at: Timestamp,
    /// The sealed secret an authenticator app would be added with.
    pub setup_secret: &'a [u8],
}

/// Opens a session. The only way: an [`Entry`], which only `signin::next` makes.
pub async fn open(tx: &mut Write, entry: Entry, new: &NewSession<'_>) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO session (tenant, id, token, member, factor, device, remember, created_at, seen_at, expires_at,
                              setup_secret, fresh_at, epoch)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                 (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = $4))"
    ))
    .bind(new.id)
    .bind(new.token)
    .bind(entry.member())
    .bind(entry.factor().as_str())
    .bind(new.device)
    .bind(new.remember)
    .bind(entry.at())
    .bind(entry.at())
    .bind(new.expires_at)
    .bind(new.setup_secret)
    .bind(entry.proven_at())
    .run()
    .await?;
    Ok(())
}

/// The session of that id, run out or not, unless a change has ended it.
pub async fn by_id(tx: &mut Read, id: SessionId) -> StoreResult<Option<Session>> {
    tx.sql(sql!(
        "SELECT ",
        session_columns!(),
        " FROM session AS s
          WHERE s.tenant = $1 AND s.id = $2
            AND s.epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = s.member)"
    ))
    .bind(id)
    .maybe()
    .await
}

/// Gives a session a new cookie, and makes it fresh where the proofs of the entry are: then it is by the factor that was
/// shown now; the old cookie is worth nothing
/// from now on (A8). The only way: an [`Entry`] to that session. `false` when the session is over, or another's.
pub async fn renew(tx: &mut Write, entry: &Entry, id: SessionId, token: &[u8]) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE session SET token = $4, fresh_at = COALESCE($5, fresh_at), auth_at = COALESCE($5, auth_at), seen_at = $6,
                            factor = CASE WHEN $5 IS NULL THEN factor ELSE $7 END
              WHERE tenant = $1 AND id = $2 AND member = $3 AND ended_at IS NULL
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = session.member)
          RETURNING id"
    ))
    .bind(id)
    .bind(entry.member())
    .bind(token)
    .bind(entry.proven_at())
    .bind(entry.at())
    .bind(entry.factor().as_str())
    .done()
    .await
}

/// Makes proofs count as shown long ago: whoever asks for fresh ones is shown new ones.
pub async fn make_stale(tx: &mut Write, id: SessionId) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE session SET fresh_at = NULL
          WHERE tenant = $1 AND id = $2 AND fresh_at IS NOT NULL
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = session.member)"
    ))
    .bind(id)
    .run()
    .await?;
    Ok(())
}

/// Notes that the session was used now.
pub async fn note_visit(tx: &mut Write, id: SessionId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE session SET seen_at = $3 WHERE tenant = $1 AND id = $2 AND seen_at < $3 AND ended_at IS NULL"
    ))
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// A session as its member sees it among others.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// The session, as the row has it.
    pub session: Session,
    /// Coarse device; may be empty.
    pub device: String,
}

impl FromRow for ListedSession {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { session: Session::from_row(row)?, device: row.get("device")? })
    }
}

/// The member's sessions that no change has ended, run out or not, the last used one first.
pub async fn of_member(tx: &mut Read, member: MemberId) -> StoreResult<Vec<ListedSession>> {
    tx.sql(sql!(
        "SELECT ",
        session_columns!(),
        ", s.device FROM session AS s
          WHERE s.tenant = $1 AND s.member = $2
            AND s.epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = s.member)
          ORDER BY s.seen_at DESC, s.id"
    ))
    .bind(member)
    .all()
    .await
}

/// The sealed secret an authenticator app would be added with.
pub async fn setup_secret(tx: &mut Read, id: SessionId) -> StoreResult<Option<Vec<u8>>> {
    let row: Option<(Option<Vec<u8>>,)> = tx
        .sql(sql!(
            "SELECT setup_secret FROM session
              WHERE tenant = $1 AND id = $2
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = session.member)"
        ))
        .bind(id)
        .maybe()
        .await?;
    Ok(row.and_then(|(secret,)| secret))
}

/// Puts another secret in its place: a secret becomes one app, and is not there for whoever read it long ago.
pub async fn renew_setup_secret(tx: &mut Write, id: SessionId, secret: &[u8]) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE session SET setup_secret = $3
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = session.member)"
    ))
    .bind(id)
    .bind(secret)
    .run()
    .await?;
    Ok(())
}

/// Keeps the sealed form of a page while the member shows again who they are; one for each session. Its columns are `draft`
/// and `draft_page`: a column keeps its name while nodes of two versions run.
pub async fn keep_form(tx: &mut Write, id: SessionId, page: &str, form: &[u8]) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE session SET draft_page = $3, draft = $4
          WHERE tenant = $1 AND id = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = session.member)"
    ))
    .bind(id)
    .bind(page)
    .bind(form)
    .run()
    .await?;
    Ok(())
}

/// The sealed form kept for that page.
pub async fn kept_form(tx: &mut Read, id: SessionId, page: &str) -> StoreResult<Option<Vec<u8>>> {
    let row: Option<(Option<Vec<u8>>,)> = tx
        .sql(sql!(
            "SELECT draft AS kept_form FROM session
              WHERE tenant = $1 AND id = $2 AND draft_page = $3
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = session.member)"
        ))
        .bind(id)
        .bind(page)
        .maybe()
        .await?;
    Ok(row.and_then(|(form,)| form))
}

/// The page a form is kept for.
pub async fn kept_form_page(tx: &mut Read, id: SessionId) -> StoreResult<Option<String>> {
    let row: Option<(Option<String>,)> = tx
        .sql(sql!(
            "SELECT draft_page AS kept_form_page FROM session
              WHERE tenant = $1 AND id = $2
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = session.member)"
        ))
        .bind(id)
        .maybe()
        .await?;
    Ok(row.and_then(|(page,)| page))
}

/// Forgets the form kept for that page, if there is one.
pub async fn drop_kept_form(tx: &mut Write, id: SessionId, page: &str) -> StoreResult<()> {
    tx.sql(sql!(
        "UPDATE session SET draft_page = NULL, draft = NULL WHERE tenant = $1 AND id = $2 AND draft_page = $3"
    ))
    .bind(id)
    .bind(page)
    .run()
    .await?;
    Ok(())
}

/// Ends a session of the member. `false` when it was over already, or is another's.
pub async fn close_of(tx: &mut Write, member: MemberId, id: SessionId) -> StoreResult<bool> {
    tx.sql(sql!("DELETE FROM session WHERE tenant = $1 AND member = $2 AND id = $3 RETURNING id"))
        .bind(member)
        .bind(id)
        .done()
        .await
}

/// Ends a session. `false` when it was over already.
pub async fn close(tx: &mut Write, id: SessionId) -> StoreResult<bool> {
    tx.sql(sql!("DELETE FROM session WHERE tenant = $1 AND id = $2 RETURNING id")).bind(id).done().await
}

/// Ends every session of the member but one.
pub async fn close_others(tx: &mut Write, member: MemberId, keep: SessionId) -> StoreResult<u64> {
    tx.sql(sql!("DELETE FROM session WHERE tenant = $1 AND member = $2 AND id <> $3"))
        .bind(member)
        .bind(keep)
        .count()
        .await
}

/// Ends every session of the member.
pub async fn close_all(tx: &mut Write, member: MemberId) -> StoreResult<u64> {
    tx.sql(sql!("DELETE FROM session WHERE tenant = $1 AND member = $2")).bind(member).count().await
}
