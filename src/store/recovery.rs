//! Recovery: whom a browser asked for, and the wait before a lost factor may be replaced (D4).

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{epoch::Epoch, member::MemberId, signin::LostFactorWait};

impl FromRow for LostFactorWait {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { opens_at: row.get("opens_at")?, closes_at: row.get("closes_at")? })
    }
}

/// Keeps whose counter the codes of a browser belong to that asks for a recovery: somebody's, or that of a user ID which is
/// nobody's.
pub async fn ask(tx: &mut Write, browser: &[u8], subject: &[u8], expires_at: Timestamp) -> StoreResult<()> {
    tx.sql(sql!("INSERT INTO recovery_ask (tenant, browser, subject, expires_at) VALUES ($1, $2, $3, $4)"))
        .bind(browser)
        .bind(subject)
        .bind(expires_at)
        .run()
        .await?;
    Ok(())
}

/// Whose counter the codes of that browser belong to.
pub async fn asked(tx: &mut Read, browser: &[u8], now: Timestamp) -> StoreResult<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = tx
        .sql(sql!("SELECT subject FROM recovery_ask WHERE tenant = $1 AND browser = $2 AND expires_at > $3"))
        .bind(browser)
        .bind(now)
        .maybe()
        .await?;
    Ok(row.map(|(subject,)| subject))
}

/// The wait that runs, or ran, for this member.
pub async fn wait(tx: &mut Read, member: MemberId) -> StoreResult<Option<LostFactorWait>> {
    tx.sql(sql!(
        "SELECT opens_at, closes_at FROM lost_factor
          WHERE tenant = $1 AND member = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = lost_factor.member)"
    ))
    .bind(member)
    .maybe()
    .await
}

/// Begins a wait under that epoch, in the place of one that is over. `false` when one runs already: asking again makes
/// it no shorter and no longer.
pub async fn begin_wait(
    tx: &mut Write,
    (member, epoch): (MemberId, Epoch),
    wait: LostFactorWait,
    now: Timestamp,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO lost_factor (tenant, member, asked_at, opens_at, closes_at, epoch)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, member) DO UPDATE
            SET asked_at = excluded.asked_at, opens_at = excluded.opens_at, closes_at = excluded.closes_at,
                epoch = excluded.epoch
          WHERE lost_factor.closes_at <= excluded.asked_at OR lost_factor.epoch <> excluded.epoch
      RETURNING member"
    ))
    .bind(member)
    .bind(now)
    .bind(wait.opens_at)
    .bind(wait.closes_at)
    .bind(epoch)
    .done()
    .await
}

/// Calls a wait off: by the mailed link, by a sign-in with the old factor, or because it has served. `false` when none
/// ran.
pub async fn end_wait(tx: &mut Write, member: MemberId) -> StoreResult<bool> {
    tx.sql(sql!(
        "DELETE FROM lost_factor
          WHERE tenant = $1 AND member = $2
            AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = lost_factor.member)
      RETURNING member"
    ))
    .bind(member)
    .done()
    .await
}
