//! Memberships: keeping a person out, and the end of a membership (D34). What is in flight ends by the member's epoch.

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    epoch::EpochChange,
    member::{member_columns, published},
    sql::sql,
};
use crate::domain::member::{LastDay, Member, MemberId, japanese_day};

/// Keeps the person out until [`lift_lock`].
pub async fn lock(tx: &mut EpochChange<'_>, now: Timestamp) -> StoreResult<()> {
    let id = tx.member();
    tx.sql(sql!("UPDATE member SET locked_at = $3 WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Lets a person in again whom the desk kept out. `false` when nobody kept them out.
pub async fn lift_lock(tx: &mut Write, id: MemberId) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE member SET locked_at = NULL WHERE tenant = $1 AND id = $2 AND locked_at IS NOT NULL RETURNING id"
    ))
    .bind(id)
    .done()
    .await
}

/// Writes the last day of a membership down. Until that day is over nothing changes.
pub async fn set_last_day(tx: &mut Write, id: MemberId, day: LastDay) -> StoreResult<()> {
    tx.sql(sql!("UPDATE member SET lost_on = $3, ended_at = NULL WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .bind(day.date())
        .run()
        .await?;
    Ok(())
}

/// Writes down that a membership is over by `now`: a clock that is set back revives nothing (R25), and the time until its
/// data are erased begins.
pub async fn end(tx: &mut EpochChange<'_>, now: Timestamp) -> StoreResult<()> {
    let id = tx.member();
    tx.sql(sql!(
        "UPDATE member SET ended_at = $3 WHERE tenant = $1 AND id = $2 AND lost_on IS NOT NULL AND ended_at IS NULL"
    ))
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Takes the last day back. What was in force may only be lifted in an epoch of its own: what was in flight before stays
/// worthless.
pub async fn lift_last_day(tx: &mut Write, id: MemberId) -> StoreResult<()> {
    tx.sql(sql!("UPDATE member SET lost_on = NULL, ended_at = NULL WHERE tenant = $1 AND id = $2"))
        .bind(id)
        .run()
        .await?;
    Ok(())
}

/// Members whose membership was over for good at `before`, at most `limit`, who ended first first.
pub async fn ended_before(tx: &mut Read, before: Timestamp, limit: u32) -> StoreResult<Vec<MemberId>> {
    tx.sql(sql!(
        "SELECT m.id FROM member AS m WHERE m.tenant = $1 AND m.ended_at <= $2 AND ",
        published!(),
        " ORDER BY m.ended_at, m.id LIMIT $3"
    ))
    .bind(before)
    .bind(limit)
    .map(|row| row.get("id"))
    .await
}

/// Members whose last day is over and who were not ended yet, at most `limit`.
pub async fn over(tx: &mut Read, now: Timestamp, limit: u32) -> StoreResult<Vec<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.lost_on < $2 AND m.ended_at IS NULL AND ",
        published!(),
        " ORDER BY m.lost_on, m.id LIMIT $3"
    ))
    .bind(japanese_day(now))
    .bind(limit)
    .all()
    .await
}
