//! Closing: a union's last day, and what is in flight when it is over (D34).

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult, Write, erase,
    member::published,
    outbox::LetterOutcome,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    closing::{Closing, ContactAfterClosing},
    member::LastDay,
};

/// The columns a [`Closing`] is made of.
macro_rules! closing_columns {
    () => {
        "last_day, asked_at, shown, closed_at, exported_at, erasing_since, erase_through, erased_at"
    };
}

impl FromRow for Closing {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let shown: String = row.get("shown")?;
        Ok(Self {
            last_day: LastDay::kept(row.get("last_day")?),
            asked_at: row.get("asked_at")?,
            contact: serde_json::from_str(&shown).map_err(|_| row.broken("shown"))?,
            closed_at: row.get("closed_at")?,
            exported_at: row.get("exported_at")?,
            erasing_since: row.get("erasing_since")?,
            erase_through: row.get("erase_through")?,
            erased_at: row.get("erased_at")?,
        })
    }
}

/// The union's closing, if there is one.
pub async fn of_union(tx: &mut Read) -> StoreResult<Option<Closing>> {
    tx.sql(sql!("SELECT ", closing_columns!(), " FROM closing WHERE tenant = $1")).maybe().await
}

/// The same in a transaction that changes it: whoever does so too waits until this one ends.
pub async fn hold(tx: &mut Write) -> StoreResult<Option<Closing>> {
    tx.sql(sql!("UPDATE closing SET asked_at = asked_at WHERE tenant = $1 RETURNING ", closing_columns!()))
        .maybe()
        .await
}

/// Writes the union's last day down. `false` when there is one already.
pub async fn set(
    tx: &mut Write,
    day: LastDay,
    shown: &ContactAfterClosing,
    now: Timestamp,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO closing (tenant, last_day, asked_at, shown) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant) DO NOTHING RETURNING tenant"
    ))
    .bind(day.date())
    .bind(now)
    .bind(serde_json::json!(shown).to_string())
    .done()
    .await
}

/// Takes the last day back. What was in flight when it was over has to be ended before.
pub async fn lift(tx: &mut Write) -> StoreResult<bool> {
    tx.sql(sql!("DELETE FROM closing WHERE tenant = $1 RETURNING tenant")).done().await
}

/// Notes that everything in flight has ended. `false` when it was noted before, or the union closes no more.
pub async fn note_closed(tx: &mut Write, now: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!("UPDATE closing SET closed_at = $2 WHERE tenant = $1 AND closed_at IS NULL RETURNING tenant"))
        .bind(now)
        .done()
        .await
}

/// Notes that the union's data was exported whole. `false` when its closing is no longer the one that somebody asked for at
/// `asked_at`: members may have changed something since.
pub async fn note_exported(tx: &mut Write, asked_at: Timestamp, now: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!("UPDATE closing SET exported_at = $3 WHERE tenant = $1 AND asked_at = $2 RETURNING tenant"))
        .bind(asked_at)
        .bind(now)
        .done()
        .await
}

/// Notes that the union's data is being erased, its trail up to that seal. `false` when the union does not close, or has not
/// ended what was in flight.
pub async fn note_erasing(tx: &mut Write, now: Timestamp, through: u32) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE closing SET erasing_since = $2, erase_through = $3
          WHERE tenant = $1 AND closed_at IS NOT NULL AND erasing_since IS NULL RETURNING tenant"
    ))
    .bind(now)
    .bind(through)
    .done()
    .await
}

/// Notes that nothing of the union is left to erase. `false` when nobody was erasing it.
pub async fn note_erased(tx: &mut Write, now: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE closing SET erased_at = $2
          WHERE tenant = $1 AND erasing_since IS NOT NULL AND erased_at IS NULL RETURNING tenant"
    ))
    .bind(now)
    .done()
    .await
}

/// Ends what is in flight for some members, by id behind `after`: each one's epoch is raised, and what was begun under
/// another one is removed. The last of them; `None` when there was nobody left.
///
/// Members of an unpublished import have nothing in flight, and are raised with the others.
pub async fn end_in_flight(tx: &mut Write, after: Uuid, limit: u32) -> StoreResult<Option<Uuid>> {
    let found: Vec<(Uuid,)> = tx
        .hold(sql!(
            "SELECT m.id FROM member AS m WHERE m.tenant = $1 AND m.id > $2 AND ",
            published!(),
            " ORDER BY m.id LIMIT $3"
        ))
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    let Some((last,)) = found.last().copied() else { return Ok(None) };
    tx.sql(sql!(
        "UPDATE member SET epoch = epoch + 1, email_pending = NULL WHERE tenant = $1 AND id > $2 AND id <= $3"
    ))
    .bind(after)
    .bind(last)
    .run()
    .await?;
    for text in [
        sql!("DELETE FROM attempt WHERE tenant = $1 AND member > $2 AND member <= $3"),
        sql!("DELETE FROM session WHERE tenant = $1 AND member > $2 AND member <= $3"),
        sql!(
            "DELETE FROM one_time
              WHERE tenant = $1 AND member > $2 AND member <= $3
                AND epoch <> (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = one_time.member)"
        ),
        sql!(
            "DELETE FROM lost_factor
              WHERE tenant = $1 AND member > $2 AND member <= $3
                AND epoch <> (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = lost_factor.member)"
        ),
        sql!("DELETE FROM known_device WHERE tenant = $1 AND member > $2 AND member <= $3"),
    ] {
        tx.sql(text).bind(after).bind(last).run().await?;
    }
    Ok(Some(last))
}

/// Ends what is in flight for nobody who is known yet, and gives up letters that wait and that no postman holds: at most
/// `limit` rows of each table. Whether nothing of it is left.
pub async fn end_the_rest(tx: &mut Write, now: Timestamp, limit: u32) -> StoreResult<bool> {
    let ceremonies = tx
        .sql(sql!(
            "DELETE FROM ceremony
              WHERE tenant = $1 AND challenge IN (
                    SELECT c.challenge FROM ceremony AS c
                     WHERE c.tenant = $1
                       AND (c.member IS NULL
                            OR c.epoch <> (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = c.member))
                     LIMIT $2)"
        ))
        .bind(limit)
        .count()
        .await?;
    let asks = erase::some_asks(tx, limit).await?;
    let letters = tx
        .sql(sql!(
            "UPDATE outbox
                SET outcome = $3, done_at = $2, recipient = $4, content = $4, lease = NULL, leased_until = NULL
              WHERE tenant = $1 AND id IN (
                    SELECT id FROM outbox
                     WHERE tenant = $1 AND outcome IS NULL AND (leased_until IS NULL OR leased_until <= $2)
                     LIMIT $5)"
        ))
        .bind(now)
        .bind(LetterOutcome::GivenUp.as_str())
        .bind(&[] as &[u8])
        .bind(limit)
        .count()
        .await?;
    Ok([ceremonies, asks, letters].iter().all(|rows| *rows < u64::from(limit)))
}
