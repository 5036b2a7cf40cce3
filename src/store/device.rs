//! Devices: what is done to a member's authenticator apps and passkeys in the same way: names, and taking away. They are
//! listed in [`super::held`]; what only one kind keeps stands in [`super::totp`] and [`super::passkey`].

use super::{StoreResult, Write, epoch::EpochChange, sql::sql};
use crate::domain::{
    device_name,
    factor::DeviceKind,
    member::{DeviceId, MemberId},
};

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

/// Removes every device of the member.
pub async fn remove_all(tx: &mut EpochChange<'_>) -> StoreResult<()> {
    let member = tx.member();
    for kind in DeviceKind::every() {
        let text = match kind {
            DeviceKind::App => sql!("DELETE FROM totp WHERE tenant = $1 AND member = $2"),
            DeviceKind::Passkey => sql!("DELETE FROM passkey WHERE tenant = $1 AND member = $2"),
        };
        tx.sql(text).bind(member).run().await?;
    }
    Ok(())
}
