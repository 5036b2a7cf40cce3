//! Preview: the link by which a draft is looked at, by its digest alone.

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    row::{FromRow, Row},
    sql::sql,
};

/// A link that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewLinkRow {
    /// The digest of its token.
    pub digest: Vec<u8>,
    /// From when on the link leads nowhere.
    pub ends_at: Timestamp,
}

impl FromRow for PreviewLinkRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { digest: row.get("digest")?, ends_at: row.get("ends_at")? })
    }
}

/// Keeps a link in the place of the one before.
pub async fn keep(tx: &mut Write, digest: &[u8], now: Timestamp, ends_at: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO preview_link (tenant, digest, made_at, ends_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant) DO UPDATE
           SET digest = excluded.digest, made_at = excluded.made_at, ends_at = excluded.ends_at"
    ))
    .bind(digest)
    .bind(now)
    .bind(ends_at)
    .run()
    .await?;
    Ok(())
}

/// Ends the union's link. `false` where none was good any more.
pub async fn end(tx: &mut Write, now: Timestamp) -> StoreResult<bool> {
    let was: Option<(Timestamp,)> =
        tx.sql(sql!("DELETE FROM preview_link WHERE tenant = $1 RETURNING ends_at")).maybe().await?;
    Ok(was.is_some_and(|(ends_at,)| ends_at > now))
}

/// The union's link.
pub async fn of_union(tx: &mut Read) -> StoreResult<Option<PreviewLinkRow>> {
    tx.sql(sql!("SELECT digest, ends_at FROM preview_link WHERE tenant = $1")).maybe().await
}
