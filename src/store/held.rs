//! Held: what a member gets in by, as the member sees it: names and dates, and no secret. One statement.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult,
    member::published,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    factor::DeviceKind,
    member::{DeviceId, MemberId},
};

/// An authenticator app or a passkey, as listed.
#[derive(Debug, Clone)]
pub struct HeldDevice {
    /// Which.
    pub id: DeviceId,
    /// The member's name for it.
    pub name: String,
    /// When it was set up.
    pub created_at: Timestamp,
    /// Whether its provider had a copy when it was last shown; of passkeys only.
    pub backed_up: bool,
    /// What the authenticator calls it; of passkeys only.
    pub credential_id: Option<Vec<u8>>,
}

/// Everything a member gets in by, but for mailed codes, which stand with the member.
#[derive(Debug, Default)]
pub struct HeldWays {
    /// When the password of their own was set.
    pub password_set_at: Option<Timestamp>,
    /// What the member is called by their passkeys; `None` before the first ceremony.
    pub user_handle: Option<Uuid>,
    /// Authenticator apps, the last used one first.
    pub apps: Vec<HeldDevice>,
    /// Passkeys, the last used one first.
    pub passkeys: Vec<HeldDevice>,
}

/// One row: the member's own columns, and a device where there is one.
struct HeldRow {
    password_set_at: Option<Timestamp>,
    user_handle: Option<Vec<u8>>,
    device: Option<(DeviceKind, HeldDevice)>,
}

impl FromRow for HeldRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let device = match row.get::<Option<bool>>("is_passkey")? {
            None => None,
            Some(is_passkey) => Some((
                if is_passkey { DeviceKind::Passkey } else { DeviceKind::App },
                HeldDevice {
                    id: row.get("id")?,
                    name: row.get("name")?,
                    created_at: row.get("created_at")?,
                    backed_up: row.get("backed_up")?,
                    credential_id: row.get("credential_id")?,
                },
            )),
        };
        Ok(Self { password_set_at: row.get("set_at")?, user_handle: row.get("user_handle")?, device })
    }
}

/// What the member gets in by.
pub async fn of_member(tx: &mut Read, member: MemberId) -> StoreResult<HeldWays> {
    let rows: Vec<HeldRow> = tx
        .sql(sql!(
            "SELECT m.user_handle, p.set_at, d.is_passkey, d.id, d.name, d.created_at, d.backed_up, d.credential_id
               FROM member AS m
               LEFT JOIN password AS p ON p.tenant = m.tenant AND p.member = m.id
               LEFT JOIN (SELECT 1 = 0 AS is_passkey, member, id, name, created_at, last_step, NULL AS used_at,
                                 1 = 0 AS backed_up, NULL AS credential_id
                            FROM totp WHERE tenant = $1 AND member = $2
                           UNION ALL
                          SELECT 1 = 1, member, id, name, created_at, NULL, used_at, backed_up, credential_id
                            FROM passkey WHERE tenant = $1 AND member = $2) AS d ON d.member = m.id
              WHERE m.tenant = $1 AND m.id = $2 AND ",
            published!(),
            " ORDER BY d.is_passkey, d.last_step DESC, d.used_at DESC, d.id",
        ))
        .bind(member)
        .all()
        .await?;
    let mut held = HeldWays::default();
    for row in rows {
        held.password_set_at = row.password_set_at;
        held.user_handle = row.user_handle.and_then(|bytes| Uuid::from_slice(&bytes).ok());
        match row.device {
            Some((DeviceKind::App, device)) => held.apps.push(device),
            Some((DeviceKind::Passkey, device)) => held.passkeys.push(device),
            None => {}
        }
    }
    Ok(held)
}
