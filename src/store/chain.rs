//! The chain of a union's trail: what waits for a seal, the seals, and where the chain begins after an archive ([M4]).
//!
//! A row of the trail waits from the moment it is committed, by a trigger of the database; a seal takes what waits in one
//! transaction. So no row is left out, however late it is committed and whichever program wrote it.
//!
//! [M4]: crate::rules::threats#m4

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    audit::columns,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    audit::chain::{Head, Seal, TrailRow},
    member::EventId,
};

impl FromRow for Seal {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            number: row.get("number")?,
            sealed_at: row.get("sealed_at")?,
            entries: row.get("entries")?,
            before: row.get("before")?,
            hash: row.get("hash")?,
        })
    }
}

impl FromRow for Head {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let hash: Vec<u8> = row.get("hash")?;
        Ok(Self { number: row.get("number")?, hash: hash.try_into().map_err(|_| row.broken("hash"))? })
    }
}

/// Marks at most `limit` waiting rows for the seal of that number. How many.
pub async fn mark(tx: &mut Write, number: u32, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE audit_waiting SET seal = $2
          WHERE tenant = $1
            AND id IN (SELECT w.id FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
                        WHERE w.tenant = $1 ORDER BY w.id LIMIT $3)"
    ))
    .bind(number)
    .bind(limit)
    .run()
    .await
}

/// The rows that are marked.
pub async fn marked(tx: &mut Write, number: u32) -> StoreResult<Vec<TrailRow>> {
    tx.sql(sql!(
        "SELECT ",
        columns!(),
        " FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
          WHERE w.tenant = $1 AND w.seal = $2 ORDER BY a.id"
    ))
    .bind(number)
    .all()
    .await
}

/// Puts a seal behind the others; the rows that are marked for it wait no longer. `false` where another node was quicker:
/// then nothing of this transaction may stay.
pub async fn put(tx: &mut Write, seal: &Seal) -> StoreResult<bool> {
    let done = tx
        .sql(sql!(
            "INSERT INTO audit_seal (tenant, number, sealed_at, entries, before, hash) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant, number) DO NOTHING RETURNING number"
        ))
        .bind(seal.number)
        .bind(seal.sealed_at)
        .bind(seal.entries.as_slice())
        .bind(seal.before.as_slice())
        .bind(seal.hash.as_slice())
        .done()
        .await?;
    unmark(tx, seal.number).await?;
    Ok(done)
}

/// Where the chain stands.
pub async fn head(tx: &mut Read) -> StoreResult<Head> {
    let head = tx.sql(sql!(
        "SELECT number, hash
           FROM (SELECT number, hash FROM audit_seal WHERE tenant = $1
                 UNION ALL SELECT number, hash FROM audit_anchor WHERE tenant = $1) AS link
          ORDER BY number DESC LIMIT 1"
    ));
    Ok(head.maybe().await?.unwrap_or(Head::NONE))
}

/// Where the chain begins after an archive, and the row of the trail that says so.
pub async fn anchor(tx: &mut Read) -> StoreResult<Option<(Head, Uuid)>> {
    let found = tx
        .sql(sql!(
            "SELECT number, hash, event FROM audit_anchor WHERE tenant = $1 ORDER BY number DESC LIMIT 1"
        ))
        .map(|row| Ok((Head::from_row(row)?, row.get("event")?)))
        .await?;
    Ok(found.into_iter().next())
}

/// The seals behind that number, at most `limit`.
pub async fn seals(tx: &mut Read, after: u32, limit: u32) -> StoreResult<Vec<Seal>> {
    tx.sql(sql!(
        "SELECT number, sealed_at, entries, before, hash FROM audit_seal
          WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3"
    ))
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// Rows that are read at once.
const ROWS: u32 = 1000;

/// The rows that a seal names, as far as they are there, by id.
pub async fn rows_of(tx: &mut Read, seal: &Seal) -> StoreResult<Vec<TrailRow>> {
    let ids: Vec<Uuid> = seal.rows().map(|(id, _)| id).collect();
    let (Some(mut from), Some(to)) = (ids.first().copied(), ids.last().copied()) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::with_capacity(ids.len());
    loop {
        let page = rows(tx, from, to, ROWS).await?;
        let next = page.last().map(|row| row.id).filter(|_| page.len() == ROWS as usize);
        found.extend(page.into_iter().filter(|row| ids.binary_search(&row.id).is_ok()));
        let Some(last) = next else { return Ok(found) };
        from = Uuid::from_u128(last.as_u128().saturating_add(1));
    }
}

/// Rows of the trail from one id to another, both included, at most `limit`.
async fn rows(tx: &mut Read, from: Uuid, to: Uuid, limit: u32) -> StoreResult<Vec<TrailRow>> {
    tx.sql(sql!(
        "SELECT ",
        columns!(),
        " FROM audit AS a WHERE a.tenant = $1 AND a.id >= $2 AND a.id <= $3 ORDER BY a.id LIMIT $4"
    ))
    .bind(from)
    .bind(to)
    .bind(limit)
    .all()
    .await
}

/// One row of the trail.
pub async fn row(tx: &mut Read, id: Uuid) -> StoreResult<Option<TrailRow>> {
    tx.sql(sql!("SELECT ", columns!(), " FROM audit AS a WHERE a.tenant = $1 AND a.id = $2"))
        .bind(id)
        .maybe()
        .await
}

/// How many rows there are, how many are sealed, how many wait, and since when: of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailFigures {
    /// Rows of the trail.
    pub rows: u32,
    /// Rows that seals name.
    pub sealed: u32,
    /// Rows that wait for a seal.
    pub waiting: u32,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
}

impl FromRow for TrailFigures {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            rows: row.get("written")?,
            sealed: row.get("sealed")?,
            waiting: row.get("waiting")?,
            oldest: row.get("oldest")?,
        })
    }
}

/// The figures of a trail.
pub async fn figures(tx: &mut Read) -> StoreResult<TrailFigures> {
    tx.sql(sql!(
        "SELECT (SELECT COUNT(*) FROM audit WHERE tenant = $1) AS written,
                (SELECT CAST(COALESCE(SUM(LENGTH(entries) / 48), 0) AS BIGINT) FROM audit_seal WHERE tenant = $1)
                  AS sealed,
                COUNT(*) AS waiting, MIN(a.at) AS oldest
           FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
          WHERE w.tenant = $1"
    ))
    .one()
    .await
}

/// Rows that wait for a seal and are not there, at most `limit`.
pub async fn waiting_without_row(tx: &mut Read, limit: u32) -> StoreResult<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = tx
        .sql(sql!(
            "SELECT w.id FROM audit_waiting AS w
              WHERE w.tenant = $1 AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.tenant = $1 AND a.id = w.id)
              ORDER BY w.id LIMIT $2"
        ))
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// When the oldest row happened that waits for a seal, by its id.
pub async fn oldest_waiting(tx: &mut Read) -> StoreResult<Option<Timestamp>> {
    let oldest: Option<(Timestamp,)> = tx
        .sql(sql!(
            "SELECT a.at FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
              WHERE w.tenant = $1 ORDER BY w.id LIMIT 1"
        ))
        .maybe()
        .await?;
    Ok(oldest.map(|(at,)| at))
}

/// When the first seal was made that an archive could take: the newest one stays.
pub async fn oldest_sealed(tx: &mut Read) -> StoreResult<Option<Timestamp>> {
    let oldest: Option<(Timestamp,)> = tx
        .sql(sql!(
            "SELECT s.sealed_at FROM audit_seal AS s
              WHERE s.tenant = $1
                AND EXISTS (SELECT 1 FROM audit_seal AS n WHERE n.tenant = $1 AND n.number > s.number)
              ORDER BY s.number LIMIT 1"
        ))
        .maybe()
        .await?;
    Ok(oldest.map(|(at,)| at))
}

/// Whether a row waits for its seal.
pub async fn is_waiting(tx: &mut Read, id: Uuid) -> StoreResult<bool> {
    tx.sql(sql!("SELECT id FROM audit_waiting WHERE tenant = $1 AND id = $2")).bind(id).exists().await
}

/// What strangers brought about on days before `day`, taken out of the table: day, event, member and how often.
pub async fn take_sums(tx: &mut Write, day: u32) -> StoreResult<Vec<(u32, String, Uuid, u32)>> {
    tx.sql(sql!(
        "DELETE FROM stranger_day WHERE tenant = $1 AND day < $2 RETURNING day, event, member, times"
    ))
    .bind(day)
    .map(|row| Ok((row.get("day")?, row.get("event")?, row.get("member")?, row.get("times")?)))
    .await
}

/// Notes that the chain begins behind this seal from now on.
pub async fn put_anchor(tx: &mut Write, last: &Seal, event: EventId, now: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO audit_anchor (tenant, number, hash, sealed_at, event, archived_at) VALUES ($1, $2, $3, $4, $5, $6)"
    ))
    .bind(last.number)
    .bind(last.hash.as_slice())
    .bind(last.sealed_at)
    .bind(event)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// The mark of rows that are about to be removed; seals are numbered from 1.
const ARCHIVED: u32 = 0;

/// Removes a seal and its rows, which were archived. How many rows. The database refuses it unless its triggers are lifted
/// ([`super::schema`]).
pub async fn remove(tx: &mut Write, seal: &Seal) -> StoreResult<u64> {
    let ids: Vec<Uuid> = seal.rows().map(|(id, _)| id).collect();
    let head = sql!("INSERT INTO audit_waiting (tenant, id, seal) VALUES");
    tx.insert_many(head, "", 2, &ids, |row, id| row.bind(*id).bind(ARCHIVED)).await?;
    let rows = tx
        .sql(sql!(
            "DELETE FROM audit
              WHERE tenant = $1
                AND id IN (SELECT w.id FROM audit_waiting AS w WHERE w.tenant = $1 AND w.seal = $2)"
        ))
        .bind(ARCHIVED)
        .run()
        .await?;
    unmark(tx, ARCHIVED).await?;
    tx.sql(sql!("DELETE FROM audit_seal WHERE tenant = $1 AND number = $2")).bind(seal.number).run().await?;
    Ok(rows)
}

/// Rows that are marked wait no longer.
async fn unmark(tx: &mut Write, number: u32) -> StoreResult<u64> {
    tx.sql(sql!("DELETE FROM audit_waiting WHERE tenant = $1 AND seal = $2")).bind(number).run().await
}
