//! Authenticator apps of members.

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    epoch::EpochChange,
    row::{Arguments, FromColumn, FromRow, Row, ToColumn},
    sql::sql,
};
use crate::domain::{
    device_name,
    member::{DeviceId, MemberId},
    totp::TimeStep,
};

impl ToColumn for DeviceId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

impl FromColumn for DeviceId {
    fn take(row: &Row, name: &str) -> StoreResult<Self> {
        uuid::Uuid::take(row, name).map(Self::kept)
    }
}

/// An authenticator app as kept.
#[derive(Debug, Clone)]
pub struct AppRow {
    /// The app's id.
    pub id: DeviceId,
    /// The member's name for it.
    pub name: String,
    /// The sealed shared secret.
    pub secret: Vec<u8>,
    /// The last time step that was accepted.
    pub last_step: TimeStep,
    /// When it was set up.
    pub created_at: Timestamp,
}

impl FromRow for AppRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let step: i64 = row.get("last_step")?;
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            secret: row.get("secret")?,
            last_step: TimeStep::try_from(step).map_err(|_| row.broken("last_step"))?,
            created_at: row.get("created_at")?,
        })
    }
}

fn kept_step(step: TimeStep) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

/// The member's devices, the last used one first.
pub async fn of_member(tx: &mut Read, member: MemberId) -> StoreResult<Vec<AppRow>> {
    tx.sql(sql!(
        "SELECT id, name, secret, last_step, created_at FROM totp
          WHERE tenant = $1 AND member = $2 ORDER BY last_step DESC, id"
    ))
    .bind(member)
    .all()
    .await
}

/// Adds a device that has just shown its first code; that code's step counts as used. `false` when the member has
/// a device of that name.
pub async fn add(tx: &mut EpochChange<'_>, device: &AppRow, now: Timestamp) -> StoreResult<bool> {
    let member = tx.member();
    tx.sql(sql!(
        "INSERT INTO totp (tenant, id, member, name, name_key, secret, last_step, created_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT (tenant, member, name_key) DO NOTHING RETURNING id"
    ))
    .bind(device.id)
    .bind(member)
    .bind(device.name.as_str())
    .bind(device_name::key(&device.name))
    .bind(device.secret.as_slice())
    .bind(kept_step(device.last_step))
    .bind(now)
    .done()
    .await
}

/// Uses up a time step. `false` when it, or a later one, was used meanwhile: of parallel replays one wins.
pub async fn use_step(tx: &mut Write, seen: &AppRow, step: TimeStep, now: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE totp SET last_step = $3, used_at = $5 WHERE tenant = $1 AND id = $2 AND last_step = $4 RETURNING id"
    ))
    .bind(seen.id)
    .bind(kept_step(step))
    .bind(kept_step(seen.last_step))
    .bind(now)
    .done()
    .await
}
