//! The chain of a union's trail: what waits for a seal, the seals, and where the chain begins after an archive ([M4]).
//!
//! A row of the trail waits from the moment it is committed, by a trigger of the database; a seal takes what waits in one
//! transaction. So no row is left out, however late it is committed and whichever program wrote it.
//!
//! [M4]: crate::rules::threats#m4

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreError, StoreResult, Write,
    audit::columns,
    kept::{self, KeptId, KeptTrailRow},
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

/// Marks at most `limit` waiting rows behind `after` for the seal of that number. How many.
pub async fn mark(tx: &mut Write, number: u32, after: Option<&KeptId>, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE audit_waiting SET seal = $2
          WHERE tenant = $1
            AND id IN (SELECT w.id FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
                        WHERE w.tenant = $1 AND (w.id > $4 OR $5) ORDER BY w.id LIMIT $3)"
    ))
    .bind(number)
    .bind(limit)
    .bind(after)
    .bind(after.is_none())
    .count()
    .await
}

/// The rows that are marked, by id.
pub async fn marked(tx: &mut Write, number: u32) -> StoreResult<Vec<KeptTrailRow>> {
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

/// Takes the mark from a row: it goes on waiting.
pub async fn release(tx: &mut Write, id: &KeptId) -> StoreResult<()> {
    tx.sql(sql!("UPDATE audit_waiting SET seal = NULL WHERE tenant = $1 AND id = $2"))
        .bind(Some(id))
        .run()
        .await?;
    Ok(())
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

/// Where the chain stands. What is numbered as no seal can be is no part of it.
pub async fn head(tx: &mut Read) -> StoreResult<Head> {
    let head = tx.sql(sql!(
        "SELECT number, hash
           FROM (SELECT number, hash FROM audit_seal WHERE tenant = $1
                 UNION ALL SELECT number, hash FROM audit_anchor WHERE tenant = $1) AS link
          WHERE number BETWEEN 0 AND 4294967294
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

/// Every place at which the chain is said to begin, the last one first: its number, and what [`anchor`] gives of it where that
/// can be read.
pub async fn anchors(tx: &mut Read) -> StoreResult<Vec<(i64, Option<(Head, Uuid)>)>> {
    tx.sql(sql!("SELECT number, hash, event FROM audit_anchor WHERE tenant = $1 ORDER BY number DESC"))
        .map(|row| {
            let read = Head::from_row(row).and_then(|head| Ok((head, row.get("event")?)));
            Ok((row.get("number")?, read.ok().filter(|(head, _)| head.number > 0)))
        })
        .await
}

/// The hash of the link of that number, a seal or the place at which the chain begins.
pub async fn link(tx: &mut Read, number: u32) -> StoreResult<Option<Vec<u8>>> {
    let found: Option<(Vec<u8>,)> = tx
        .sql(sql!(
            "SELECT hash FROM audit_seal WHERE tenant = $1 AND number = $2
              UNION ALL SELECT hash FROM audit_anchor WHERE tenant = $1 AND number = $2 LIMIT 1"
        ))
        .bind(number)
        .maybe()
        .await?;
    Ok(found.map(|(hash,)| hash))
}

/// All that stands in the table of seals behind that number, at most `limit`: the number, and the seal where it can be read.
pub async fn kept_seals(tx: &mut Read, after: i64, limit: u32) -> StoreResult<Vec<(i64, Option<Seal>)>> {
    tx.sql(sql!(
        "SELECT number, sealed_at, entries, before, hash FROM audit_seal
          WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3"
    ))
    .bind(after)
    .bind(limit)
    .map(|row| Ok((row.get("number")?, Seal::from_row(row).ok())))
    .await
}

/// The seals before that number, the last one first, at most `limit`, as far as they can be read.
pub async fn seals_before(tx: &mut Read, number: u32, limit: u32) -> StoreResult<Vec<Seal>> {
    let seals = tx
        .sql(sql!(
            "SELECT number, sealed_at, entries, before, hash FROM audit_seal
              WHERE tenant = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
        ))
        .bind(number)
        .bind(limit)
        .map(|row| Ok(Seal::from_row(row).ok()))
        .await?;
    Ok(seals.into_iter().flatten().collect())
}

/// The seals behind that number, at most `limit`. One that cannot be read is a fault.
pub async fn seals(tx: &mut Read, after: u32, limit: u32) -> StoreResult<Vec<Seal>> {
    let unread = |number: i64| StoreError::Kept { column: format!("audit_seal {number}") };
    let seals = kept_seals(tx, i64::from(after), limit).await?.into_iter();
    seals.map(|(number, seal)| seal.ok_or_else(|| unread(number))).collect()
}

/// Rows that are read at once.
const ROWS: u32 = 1000;

/// The rows that a seal names, as far as they are there, by id. One that cannot be read is a fault.
pub async fn rows_of(tx: &mut Read, seal: &Seal) -> StoreResult<Vec<TrailRow>> {
    let unread = |id: KeptId| StoreError::Kept { column: format!("audit {id}") };
    let rows = kept_rows_of(tx, seal).await?.into_iter();
    rows.map(|KeptTrailRow { id, row }| row.ok_or_else(|| unread(id))).collect()
}

/// The rows that a seal names, as far as they are there, by id.
pub async fn kept_rows_of(tx: &mut Read, seal: &Seal) -> StoreResult<Vec<KeptTrailRow>> {
    let ids: Vec<Uuid> = seal.rows().map(|(id, _)| id).collect();
    let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else {
        return Ok(Vec::new());
    };
    let is_named = |row: &KeptTrailRow| row.id.uuid().is_some_and(|id| ids.binary_search(&id).is_ok());
    let mut found = Vec::with_capacity(ids.len());
    let mut from = KeptId::from(first);
    let mut after = None;
    loop {
        let page = kept::behind(rows(tx, &from, last, ROWS).await?, after.as_ref(), |row| &row.id);
        let Some(end) = page.last().map(|row| row.id.clone()) else { return Ok(found) };
        found.extend(page.into_iter().filter(is_named));
        from = end.clone();
        after = Some(end);
    }
}

/// Rows of the trail from one id to another, both included, at most `limit` and one.
async fn rows(tx: &mut Read, from: &KeptId, to: Uuid, limit: u32) -> StoreResult<Vec<KeptTrailRow>> {
    tx.sql(sql!(
        "SELECT ",
        columns!(),
        " FROM audit AS a WHERE a.tenant = $1 AND a.id >= $2 AND a.id <= $3 ORDER BY a.id LIMIT $4"
    ))
    .bind(Some(from))
    .bind(to)
    .bind(limit + 1)
    .all()
    .await
}

/// One row of the trail; `None` where it is not there or cannot be read.
pub async fn row(tx: &mut Read, id: Uuid) -> StoreResult<Option<TrailRow>> {
    let found = tx.sql(sql!("SELECT ", columns!(), " FROM audit AS a WHERE a.tenant = $1 AND a.id = $2"));
    Ok(found.bind(id).maybe::<KeptTrailRow>().await?.and_then(|kept| kept.row))
}

/// The ids of the trail after `after`, at most `limit` and one, each with whether its row waits for a seal.
pub async fn ids(tx: &mut Read, after: Option<&KeptId>, limit: u32) -> StoreResult<Vec<(KeptId, bool)>> {
    let page = tx
        .sql(sql!(
            "SELECT a.id, w.id IS NOT NULL AS waits
               FROM audit AS a LEFT JOIN audit_waiting AS w ON w.tenant = a.tenant AND w.id = a.id
              WHERE a.tenant = $1 AND a.id >= $2 ORDER BY a.id LIMIT $3"
        ))
        .bind(after)
        .bind(limit + 1)
        .map(|row| Ok((row.get("id")?, row.get("waits")?)))
        .await?;
    Ok(kept::behind(page, after, |(id, _)| id))
}

/// The rows after `after` that wait for a seal, at most `limit` and one.
pub async fn waiting(tx: &mut Read, after: Option<&KeptId>, limit: u32) -> StoreResult<Vec<KeptTrailRow>> {
    let page = tx
        .sql(sql!(
            "SELECT ",
            columns!(),
            " FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
              WHERE w.tenant = $1 AND w.id >= $2 ORDER BY w.id LIMIT $3"
        ))
        .bind(after)
        .bind(limit + 1)
        .all()
        .await?;
    Ok(kept::behind(page, after, |row| &row.id))
}

/// Rows that wait for a seal and are not there, at most `limit`.
pub async fn waiting_without_row(tx: &mut Read, limit: u32) -> StoreResult<Vec<KeptId>> {
    let rows: Vec<(KeptId,)> = tx
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

/// When the oldest row happened that waits for a seal, by its id. One whose time cannot be read has waited for ever.
pub async fn oldest_waiting(tx: &mut Read) -> StoreResult<Option<Timestamp>> {
    let oldest = tx
        .sql(sql!(
            "SELECT a.at FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
              WHERE w.tenant = $1 ORDER BY w.id LIMIT 1"
        ))
        .map(|row| Ok(row.get("at").unwrap_or(Timestamp::UNIX_EPOCH)))
        .await?;
    Ok(oldest.into_iter().next())
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
        .count()
        .await?;
    unmark(tx, ARCHIVED).await?;
    tx.sql(sql!("DELETE FROM audit_seal WHERE tenant = $1 AND number = $2")).bind(seal.number).run().await?;
    Ok(rows)
}

/// Rows that are marked wait no longer.
async fn unmark(tx: &mut Write, number: u32) -> StoreResult<u64> {
    tx.sql(sql!("DELETE FROM audit_waiting WHERE tenant = $1 AND seal = $2")).bind(number).count().await
}
