//! Undo: the imports of a union in their order, what the last one changed, and taking it back ([`super::import`] says what
//! is hidden when).
//!
//! # Decision
//! The row in `import` bears the id of the import that is taken back. While it has `published_at`, what is to be changed
//! back is written down, and nothing counts yet. Without it, the members whom that import brought are hidden, all at
//! once; then they are removed or ended and the changes are made, some at a time.
//! # Because
//! an undo is whole or not at all, like an import, and keeps nobody waiting, however many members there are.
//! # Beside an older program
//! It knows no undo and would finish the row as an import. So `alive_until`, the lease that it reads, is far ahead: it
//! takes such a row for an import that is at work, and leaves it alone (D43). `undo_alive_until` is the lease that counts.

use jiff::{SignedDuration, Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    desk::{agreed, under_way},
    member::{member_columns, published},
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    audit::doing::{Doing, Reason},
    member::{Member, MemberId, MemberNumber},
};

/// So many imports of a union are kept in its list.
const HISTORY: i64 = 400;
/// An older program takes an undo for an import that lives so long: a century.
const OUT_OF_REACH: SignedDuration = SignedDuration::from_hours(24 * 36_525);

/// An import that was published, or an undo of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// Its place among the imports of the union, from 1.
    pub number: i64,
    /// Its id.
    pub import: Uuid,
    /// When it was published.
    pub at: Timestamp,
    /// The account that did it, where it is known.
    pub actor: Option<String>,
    /// The SHA-256 of its file in hexadecimal; an undo has none.
    pub file: Option<String>,
    /// How many members were added; by an undo: removed.
    pub added: i64,
    /// How many members were changed, those included who got another last day.
    pub changed: i64,
    /// How many members got another last day; by an undo: were ended.
    pub ended: i64,
    /// How many members of the file stayed as they were.
    pub unchanged: i64,
    /// The number of the import it took back.
    pub undoes: Option<i64>,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
}

impl FromRow for ImportRecord {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            number: row.get("number")?,
            import: row.get("import")?,
            at: row.get("at")?,
            actor: row.get("actor")?,
            file: row.get("file")?,
            added: row.get("added")?,
            changed: row.get("changed")?,
            ended: row.get("ended")?,
            unchanged: row.get("unchanged")?,
            undoes: row.get("undoes")?,
            undone_at: row.get("undone_at")?,
        })
    }
}

/// The columns of an [`ImportRecord`].
macro_rules! record_columns {
    () => {
        "number, import, at, actor, file, added, changed, ended, unchanged, undoes, undone_at"
    };
}

/// The imports of the union, the newest first.
pub async fn history(tx: &mut Read) -> StoreResult<Vec<ImportRecord>> {
    tx.sql(sql!("SELECT ", record_columns!(), " FROM import_history WHERE tenant = $1 ORDER BY number DESC"))
        .all()
        .await
}

/// The last import that changed anything, whether or not it was taken back since.
pub async fn last(tx: &mut Read) -> StoreResult<Option<ImportRecord>> {
    tx.sql(sql!(
        "SELECT ",
        record_columns!(),
        " FROM import_history
          WHERE tenant = $1 AND undoes IS NULL AND added + changed > 0 ORDER BY number DESC LIMIT 1"
    ))
    .maybe()
    .await
}

/// Writes an import or an undo down as the newest one; its number is given here. The oldest are forgotten.
pub async fn remember(tx: &mut Write, record: &ImportRecord) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO import_history (tenant, number, import, at, actor, file, added, changed, ended, unchanged, undoes)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10
           FROM import_history WHERE tenant = $1"
    ))
    .bind(record.import)
    .bind(record.at)
    .bind(record.actor.as_deref())
    .bind(record.file.as_deref())
    .bind(record.added)
    .bind(record.changed)
    .bind(record.ended)
    .bind(record.unchanged)
    .bind(record.undoes)
    .run()
    .await?;
    tx.sql(sql!(
        "DELETE FROM import_history
          WHERE tenant = $1 AND number <= (SELECT MAX(h.number) FROM import_history AS h WHERE h.tenant = $1) - $2"
    ))
    .bind(HISTORY)
    .run()
    .await?;
    Ok(())
}

/// What an import changed about one member, sealed.
#[derive(Debug)]
pub struct KeptRow {
    /// The row's id, which seals it.
    pub id: Uuid,
    /// The member who was changed.
    pub member: MemberId,
    /// The change, sealed.
    pub sealed: Vec<u8>,
}

impl FromRow for KeptRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            member: MemberId::kept(row.get("member")?),
            sealed: row.get("sealed")?,
        })
    }
}

/// Keeps what an import changes until `expires_at`.
pub async fn keep(tx: &mut Write, import: Uuid, rows: &[KeptRow], expires_at: Timestamp) -> StoreResult<()> {
    tx.insert_many(
        sql!("INSERT INTO import_kept (tenant, id, import, member, sealed, expires_at) VALUES"),
        "",
        5,
        rows,
        |statement, row| {
            statement.bind(row.id).bind(import).bind(row.member).bind(row.sealed.as_slice()).bind(expires_at)
        },
    )
    .await?;
    Ok(())
}

/// What the import changed: the next rows after `after`, at most `limit`.
pub async fn kept(tx: &mut Read, import: Uuid, after: Uuid, limit: u32) -> StoreResult<Vec<KeptRow>> {
    tx.sql(sql!(
        "SELECT id, member, sealed FROM import_kept
          WHERE tenant = $1 AND import = $2 AND id > $3 ORDER BY id LIMIT $4"
    ))
    .bind(import)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// Waits for what is being done at this moment about the members of the next `limit` kept rows after `after`. The last of
/// these rows; `None` where there are none.
pub async fn hold_kept(tx: &mut Write, import: Uuid, after: Uuid, limit: u32) -> StoreResult<Option<Uuid>> {
    let last: Option<(Uuid,)> = tx
        .sql(sql!(
            "SELECT k.id FROM (SELECT n.id FROM import_kept AS n
                                WHERE n.tenant = $1 AND n.import = $2 AND n.id > $3 ORDER BY n.id LIMIT $4) AS k
              ORDER BY k.id DESC LIMIT 1"
        ))
        .bind(import)
        .bind(after)
        .bind(limit)
        .maybe()
        .await?;
    let Some((last,)) = last else { return Ok(None) };
    let _held: Vec<(Uuid,)> = tx
        .hold(sql!(
            "SELECT m.id FROM member AS m WHERE m.tenant = $1 AND m.id IN (SELECT k.member FROM import_kept AS k
                     WHERE k.tenant = $1 AND k.import = $2 AND k.id > $3 AND k.id <= $4)
              ORDER BY m.id"
        ))
        .bind(import)
        .bind(after)
        .bind(last)
        .all()
        .await?;
    Ok(Some(last))
}

/// Removes at most `limit` kept rows of the import. How many.
pub async fn forget(tx: &mut Write, import: Uuid, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "DELETE FROM import_kept
          WHERE tenant = $1
            AND id IN (SELECT k.id FROM import_kept AS k WHERE k.tenant = $1 AND k.import = $2 LIMIT $3)"
    ))
    .bind(import)
    .bind(limit)
    .count()
    .await
}

/// Removes at most `limit` kept rows of every other import of the union, where this one is the last that changed anything:
/// only the last can be taken back. How many.
pub async fn forget_others(tx: &mut Write, import: Uuid, limit: u32) -> StoreResult<u64> {
    tx.sql(sql!(
        "DELETE FROM import_kept
          WHERE tenant = $1
            AND id IN (SELECT k.id FROM import_kept AS k
                        WHERE k.tenant = $1 AND k.import <> $2
                          AND EXISTS (SELECT 1 FROM import_history AS h
                                       WHERE h.tenant = $1 AND h.import = $2 AND h.added + h.changed > 0)
                        LIMIT $3)"
    ))
    .bind(import)
    .bind(limit)
    .count()
    .await
}

/// How many members the import brought, and how many the union has.
pub async fn brought(tx: &mut Read, import: Uuid) -> StoreResult<(u32, u32)> {
    let rows = tx.sql(sql!(
        "SELECT CAST(COUNT(CASE WHEN m.import = $2 THEN 1 END) AS BIGINT) AS brought,
                CAST(COUNT(*) AS BIGINT) AS members
           FROM member AS m WHERE m.tenant = $1 AND ",
        published!()
    ));
    let counts = rows.bind(import).map(|row| Ok((row.get("brought")?, row.get("members")?))).await?;
    Ok(counts.first().copied().unwrap_or_default())
}

/// A member whom an undo ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunMember {
    /// The member's 記号・番号・枝番.
    pub number: MemberNumber,
    /// The member's name.
    pub name: String,
}

/// Those whom the import brought and who have begun to use the portal, in the order of their numbers: as `Desk::delete` asks,
/// whoever has is never removed.
pub async fn begun(tx: &mut Read, import: Uuid) -> StoreResult<Vec<BegunMember>> {
    tx.sql(sql!(
        "SELECT m.kigo, m.bango, m.branch, m.name FROM member AS m WHERE m.tenant = $1 AND m.import = $2 AND (",
        under_way!(),
        " OR ",
        agreed!(),
        ") AND ",
        published!(),
        " ORDER BY m.number_key"
    ))
    .bind(import)
    .map(|row| {
        let number = MemberNumber::kept(row.get("kigo")?, row.get("bango")?, row.get("branch")?);
        Ok(BegunMember { number, name: row.get("name")? })
    })
    .await
}

/// Begins to take a published import back. `false` when an import of the union is at work, or this one is no longer the
/// last, or was taken back.
pub async fn begin(
    tx: &mut Write,
    import: Uuid,
    holder: Uuid,
    doing: &Doing,
    now: Timestamp,
    alive_until: Timestamp,
) -> StoreResult<bool> {
    let begun = tx
        .sql(sql!(
            "INSERT INTO import (tenant, id, holder, begun_at, published_at, undo_alive_until, alive_until, actor_kind,
                                 actor, purpose, reason)
             VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant) DO NOTHING"
        ))
        .bind(import)
        .bind(holder)
        .bind(now)
        .bind(alive_until)
        .bind(now.checked_add(OUT_OF_REACH).unwrap_or(Timestamp::MAX))
        .bind(doing.actor.kind())
        .bind(doing.actor.name())
        .bind(doing.purpose.as_str())
        .bind(doing.reason.as_ref().map(Reason::as_str))
        .count()
        .await?;
    if begun != 1 {
        return Ok(false);
    }
    // Whoever holds the row is alone with the imports of the union.
    let last = last(tx).await?;
    Ok(last.is_some_and(|last| last.import == import && last.undone_at.is_none()))
}

/// Lets the undo count from here on: the members whom the import brought are hidden. `false` where somebody else holds the
/// row, or it was done before.
pub async fn decide(tx: &mut Write, import: Uuid, holder: Uuid, now: Timestamp) -> StoreResult<bool> {
    let decided = tx
        .sql(sql!(
            "UPDATE import SET published_at = NULL
              WHERE tenant = $1 AND holder = $2 AND undo_alive_until IS NOT NULL AND published_at IS NOT NULL
          RETURNING id"
        ))
        .bind(holder)
        .done()
        .await?;
    if decided {
        tx.sql(sql!("UPDATE import_history SET undone_at = $3 WHERE tenant = $1 AND import = $2"))
            .bind(import)
            .bind(now)
            .run()
            .await?;
    }
    Ok(decided)
}

/// Whether the undo of that import counts.
pub async fn counts(tx: &mut Read, import: Uuid) -> StoreResult<bool> {
    tx.sql(sql!(
        "SELECT id FROM import
          WHERE tenant = $1 AND id = $2 AND undo_alive_until IS NOT NULL AND published_at IS NULL"
    ))
    .bind(import)
    .exists()
    .await
}

/// The members `m` whom an undo that counts has still to remove or to end.
macro_rules! still_hidden {
    () => {
        " FROM member AS m
          WHERE m.tenant = $1 AND m.import = $2
            AND EXISTS (SELECT 1 FROM import AS i
                         WHERE i.tenant = $1 AND i.id = $2 AND i.undo_alive_until IS NOT NULL
                           AND i.published_at IS NULL)"
    };
}

/// Waits for what the next `limit` hidden members are doing at this moment; nothing new begins, for nobody finds them. Who
/// they are, in the order of their ids.
pub async fn hold(tx: &mut Write, import: Uuid, limit: u32) -> StoreResult<Vec<Member>> {
    let _held: Vec<(Uuid,)> = tx
        .hold(sql!("SELECT m.id", still_hidden!(), " ORDER BY m.id LIMIT $3"))
        .bind(import)
        .bind(limit)
        .all()
        .await?;
    tx.sql(sql!("SELECT ", member_columns!(), still_hidden!(), " ORDER BY m.id LIMIT $3"))
        .bind(import)
        .bind(limit)
        .all()
        .await
}

/// Ends the membership of the hidden members up to `last` who have begun to use the portal, with `last_day` or an earlier
/// last day of theirs, and lets them be found again. Who they are, and the last day that each has now.
pub async fn end_begun(
    tx: &mut Write,
    import: Uuid,
    last: MemberId,
    last_day: Date,
) -> StoreResult<Vec<(MemberId, Date)>> {
    tx.sql(sql!(
        "UPDATE member SET import = NULL,
                           lost_on = CASE WHEN lost_on IS NULL OR lost_on > $4 THEN $4 ELSE lost_on END
          WHERE tenant = $1 AND id IN (SELECT m.id",
        still_hidden!(),
        " AND m.id <= $3 AND (",
        under_way!(),
        " OR ",
        agreed!(),
        ")) RETURNING id, lost_on"
    ))
    .bind(import)
    .bind(last)
    .bind(last_day)
    .map(|row| Ok((MemberId::kept(row.get("id")?), row.get("lost_on")?)))
    .await
}

/// Removes the hidden members up to `last`, with everything that hangs on them. How many.
pub async fn remove(tx: &mut Write, import: Uuid, last: MemberId) -> StoreResult<u64> {
    for text in [
        sql!(
            "DELETE FROM activity_day WHERE tenant = $1 AND member IN (SELECT m.id",
            still_hidden!(),
            " AND m.id <= $3)"
        ),
        sql!(
            "DELETE FROM ceremony WHERE tenant = $1 AND member IN (SELECT m.id",
            still_hidden!(),
            " AND m.id <= $3)"
        ),
    ] {
        tx.sql(text).bind(import).bind(last).run().await?;
    }
    tx.sql(sql!(
        "DELETE FROM member WHERE tenant = $1 AND id IN (SELECT m.id",
        still_hidden!(),
        " AND m.id <= $3)"
    ))
    .bind(import)
    .bind(last)
    .count()
    .await
}
