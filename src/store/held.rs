//! Held: what a member gets in by, as the member sees it: names and dates, and no secret, in one statement. And what is
//! done to every kind of device in the same way: names, and taking away. What only one kind keeps stands in
//! [`super::totp`] and [`super::passkey`].

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreError, StoreResult, Write,
    epoch::EpochChange,
    member::published,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    device_name,
    factor::{DeviceKind, Method},
    member::{DeviceId, MemberId},
};

/// That a member `m` holds a passkey.
macro_rules! holds_passkey {
    () => {
        "EXISTS (SELECT 1 FROM passkey AS k WHERE k.tenant = $1 AND k.member = m.id)"
    };
}
/// That a member `m` holds an authenticator app.
macro_rules! holds_app {
    () => {
        "EXISTS (SELECT 1 FROM totp AS t WHERE t.tenant = $1 AND t.member = m.id)"
    };
}
/// That a member `m` holds mailed codes.
macro_rules! holds_mail_code {
    () => {
        "(m.mail_code_at IS NOT NULL AND m.email IS NOT NULL)"
    };
}
/// The words of all kinds of factors, as a list.
macro_rules! factor_words {
    () => {
        "('passkey', 'app-otp', 'email-otp')"
    };
}
pub(super) use {factor_words, holds_app, holds_mail_code, holds_passkey};

/// Members of a union who hold the same kinds of factors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderCount {
    /// What they hold; nobody is counted who holds nothing.
    pub methods: Vec<Method>,
    /// How many they are.
    pub members: u32,
}

impl FromRow for HolderCount {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let mut methods = Vec::new();
        for method in Method::STRONGEST_FIRST {
            let column = match method {
                Method::Passkey => "passkeys",
                Method::AppOtp => "apps",
                Method::EmailOtp => "mail_codes",
            };
            if row.get(column)? {
                methods.push(method);
            }
        }
        Ok(Self { methods, members: row.get("members")? })
    }
}

/// How many members hold which kinds of factors. It reads the union's members.
pub async fn holders(tx: &mut Read) -> StoreResult<Vec<HolderCount>> {
    tx.sql(sql!(
        "SELECT h.passkeys, h.apps, h.mail_codes, COUNT(*) AS members
           FROM (SELECT ",
        holds_passkey!(),
        " AS passkeys, ",
        holds_app!(),
        " AS apps, ",
        holds_mail_code!(),
        " AS mail_codes FROM member AS m WHERE m.tenant = $1 AND ",
        published!(),
        ") AS h
          WHERE h.passkeys OR h.apps OR h.mail_codes
          GROUP BY h.passkeys, h.apps, h.mail_codes"
    ))
    .all()
    .await
}

/// A device, as listed.
#[derive(Debug, Clone)]
pub struct HeldDevice {
    /// The kind of device.
    pub kind: DeviceKind,
    /// The device's id.
    pub id: DeviceId,
    /// The member's name for it.
    pub name: String,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When it was last shown at a sign-in; `None`: not since it was set up.
    pub used_at: Option<Timestamp>,
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
    /// Devices, of each kind the last used one first.
    pub devices: Vec<HeldDevice>,
}

/// One row: the member's own columns, and a device where there is one.
struct HeldRow {
    password_set_at: Option<Timestamp>,
    user_handle: Option<Vec<u8>>,
    device: Option<HeldDevice>,
}

impl FromRow for HeldRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let method: Option<String> = row.get("method")?;
        let device = method.map(|word| {
            let kind = Method::parse(&word).and_then(|method| method.traits().devices);
            Ok::<_, StoreError>(HeldDevice {
                kind: kind.ok_or_else(|| row.broken("method"))?,
                id: row.get("id")?,
                name: row.get("name")?,
                created_at: row.get("created_at")?,
                used_at: row.get("used_at")?,
                backed_up: row.get("backed_up")?,
                credential_id: row.get("credential_id")?,
            })
        });
        let device = device.transpose()?;
        Ok(Self { password_set_at: row.get("set_at")?, user_handle: row.get("user_handle")?, device })
    }
}

/// What the member gets in by.
pub async fn of_member(tx: &mut Read, member: MemberId) -> StoreResult<HeldWays> {
    let rows: Vec<HeldRow> = tx
        .sql(sql!(
            "SELECT m.user_handle, p.set_at, d.method, d.id, d.name, d.created_at, d.used_at, d.backed_up, d.credential_id
               FROM member AS m
               LEFT JOIN password AS p ON p.tenant = m.tenant AND p.member = m.id
               LEFT JOIN (SELECT 'app-otp' AS method, member, id, name, created_at, last_step, used_at,
                                 1 = 0 AS backed_up, NULL AS credential_id
                            FROM totp WHERE tenant = $1 AND member = $2
                           UNION ALL
                          SELECT 'passkey', member, id, name, created_at, NULL, used_at, backed_up, credential_id
                            FROM passkey WHERE tenant = $1 AND member = $2) AS d ON d.member = m.id
              WHERE m.tenant = $1 AND m.id = $2 AND ",
            published!(),
            " ORDER BY d.method DESC, d.last_step DESC, d.used_at DESC, d.id",
        ))
        .bind(member)
        .all()
        .await?;
    let mut held = HeldWays::default();
    for row in rows {
        held.password_set_at = row.password_set_at;
        held.user_handle = row.user_handle.and_then(|bytes| Uuid::from_slice(&bytes).ok());
        held.devices.extend(row.device);
    }
    Ok(held)
}

/// Gives one of the member's devices another name. `None`: the member has no such device; `Some(false)`: another of the
/// kind has the name.
pub async fn rename(
    tx: &mut Write,
    member: MemberId,
    (kind, id): (DeviceKind, DeviceId),
    name: &str,
) -> StoreResult<Option<bool>> {
    let text = match kind {
        DeviceKind::App => sql!(
            "UPDATE totp SET name = $4, name_key = $5 WHERE tenant = $1 AND id = $2 AND member = $3 RETURNING id"
        ),
        DeviceKind::Passkey => sql!(
            "UPDATE passkey SET name = $4, name_key = $5 WHERE tenant = $1 AND id = $2 AND member = $3 RETURNING id"
        ),
    };
    let renamed = tx
        .sql(text)
        .bind(id)
        .bind(member)
        .bind(name)
        .bind(device_name::key(name))
        .maybe::<(DeviceId,)>()
        .await;
    match renamed {
        Err(error) if error.is_taken() => Ok(Some(false)),
        other => Ok(other?.map(|_| true)),
    }
}

/// Removes one device of the member. `false` when there is none of that id.
pub async fn remove(tx: &mut EpochChange<'_>, (kind, id): (DeviceKind, DeviceId)) -> StoreResult<bool> {
    let member = tx.member();
    let text = match kind {
        DeviceKind::App => {
            sql!("DELETE FROM totp WHERE tenant = $1 AND id = $2 AND member = $3 RETURNING id")
        }
        DeviceKind::Passkey => {
            sql!("DELETE FROM passkey WHERE tenant = $1 AND id = $2 AND member = $3 RETURNING id")
        }
    };
    tx.sql(text).bind(id).bind(member).done().await
}

/// Removes every device of the member. How many there were.
pub async fn remove_all(tx: &mut EpochChange<'_>) -> StoreResult<u64> {
    let (member, mut removed) = (tx.member(), 0);
    for kind in DeviceKind::every() {
        let text = match kind {
            DeviceKind::App => sql!("DELETE FROM totp WHERE tenant = $1 AND member = $2"),
            DeviceKind::Passkey => sql!("DELETE FROM passkey WHERE tenant = $1 AND member = $2"),
        };
        removed += tx.sql(text).bind(member).count().await?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::desk::under_way;

    /// What the desk asks names every kind; mailed codes in words of its own, without the address.
    #[test]
    fn the_tables_know_every_kind_of_factor() {
        let mut words = Vec::new();
        for method in Method::STRONGEST_FIRST {
            let held = match method {
                Method::Passkey => holds_passkey!(),
                Method::AppOtp => holds_app!(),
                // Whoever is under way may have given no address yet.
                Method::EmailOtp => "m.mail_code_at IS NOT NULL",
            };
            assert!(under_way!().contains(held), "{method:?}");
            words.push(format!("'{}'", method.as_str()));
        }
        assert_eq!(factor_words!(), format!("({})", words.join(", ")));
    }
}
