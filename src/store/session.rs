//! Sessions: signed-in browsers, found by the digest of their cookie.

use jiff::Timestamp;

use super::{
    Fault, Read, Result, Write,
    column::Keep,
    sql::{Arguments, FromRow, Row, sql},
};
use crate::domain::{
    member::{MemberId, SessionId},
    session::Session,
    signin::Entry,
    tenant::Method,
};

impl Keep for SessionId {
    fn put(self, arguments: &mut Arguments) -> Result<()> {
        self.uuid().put(arguments)
    }
}

impl FromRow for Session {
    fn from_row(row: &Row) -> Result<Self> {
        let factor: String = row.get(2)?;
        Ok(Self {
            id: SessionId::kept(row.get(0)?),
            member: row.get(1)?,
            factor: Method::parse(&factor).ok_or_else(|| Fault::Kept { column: row.column(2) })?,
            remember: row.get(3)?,
            created_at: row.get(4)?,
            seen_at: row.get(5)?,
            expires_at: row.get(6)?,
        })
    }
}

/// What a new session needs beside its permission.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// Which.
    pub id: SessionId,
    /// Digest of the cookie.
    pub token: &'a [u8],
    /// Coarse device, for the member's own list.
    pub device: &'a str,
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// Its absolute end.
    pub expires_at: Timestamp,
}

/// Opens a session. The only way: an [`Entry`], which only `signin::next` makes.
pub async fn open(tx: &mut Write, entry: Entry, new: &NewSession<'_>) -> Result<()> {
    tx.sql(sql!(
        "INSERT INTO session (tenant, id, token, member, factor, device, remember, created_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
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
    .run()
    .await?;
    Ok(())
}

/// The session of that cookie, alive or not.
pub async fn by_token(tx: &mut Read, token: &[u8]) -> Result<Option<Session>> {
    tx.sql(sql!(
        "SELECT id, member, factor, remember, created_at, seen_at, expires_at
           FROM session WHERE tenant = $1 AND token = $2"
    ))
    .bind(token)
    .maybe()
    .await
}

/// Notes a visit.
pub async fn note_visit(tx: &mut Write, id: SessionId, now: Timestamp) -> Result<()> {
    tx.sql(sql!("UPDATE session SET seen_at = $3 WHERE tenant = $1 AND id = $2 AND seen_at < $3"))
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Ends a session. `false` when it was over already.
pub async fn close(tx: &mut Write, id: SessionId) -> Result<bool> {
    let row: Option<(uuid::Uuid,)> = tx
        .sql(sql!("DELETE FROM session WHERE tenant = $1 AND id = $2 RETURNING id"))
        .bind(id)
        .maybe()
        .await?;
    Ok(row.is_some())
}

/// Ends every session of the member.
pub async fn close_all(tx: &mut Write, member: MemberId) -> Result<u64> {
    tx.sql(sql!("DELETE FROM session WHERE tenant = $1 AND member = $2")).bind(member).run().await
}
