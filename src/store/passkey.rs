//! Passkeys of members, and the ceremonies that make and show them.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    epoch::EpochChange,
    member::published,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    device_name,
    epoch::Epoch,
    member::{DeviceId, MemberId},
    passkey::CeremonyPurpose,
};

/// A passkey as kept.
#[derive(Debug, Clone)]
pub struct PasskeyRow {
    /// The passkey's id.
    pub id: DeviceId,
    /// The member it is of.
    pub member: MemberId,
    /// What the authenticator calls it; unique within the union.
    pub credential_id: Vec<u8>,
    /// The member's name for it.
    pub name: String,
    /// The sealed public key with what was said when it was made.
    pub credential: Vec<u8>,
    /// The last sign counter shown.
    pub sign_count: u32,
    /// Whether it may be copied to other devices of the member by its provider.
    pub backup_eligible: bool,
    /// Whether it was so, when last shown.
    pub backed_up: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl FromRow for PasskeyRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let count: i64 = row.get("sign_count")?;
        Ok(Self {
            id: row.get("id")?,
            member: row.get("member")?,
            credential_id: row.get("credential_id")?,
            name: row.get("name")?,
            credential: row.get("credential")?,
            sign_count: u32::try_from(count).map_err(|_| row.broken("sign_count"))?,
            backup_eligible: row.get("backup_eligible")?,
            backed_up: row.get("backed_up")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// The member's passkeys, the last used one first.
pub async fn of_member(tx: &mut Read, member: MemberId) -> StoreResult<Vec<PasskeyRow>> {
    tx.sql(sql!(
        "SELECT id, member, credential_id, name, credential, sign_count, backup_eligible, backed_up, created_at
           FROM passkey WHERE tenant = $1 AND member = $2 ORDER BY used_at DESC, id"
    ))
    .bind(member)
    .all()
    .await
}

/// The passkey that authenticators call so, and what its member is called by their passkeys.
pub async fn by_credential_id(
    tx: &mut Read,
    credential_id: &[u8],
) -> StoreResult<Option<(PasskeyRow, Option<Uuid>)>> {
    let found = tx
        .sql(sql!(
            "SELECT p.id, p.member, p.credential_id, p.name, p.credential, p.sign_count, p.backup_eligible, p.backed_up,
                    p.created_at, m.user_handle
               FROM passkey AS p JOIN member AS m ON m.tenant = p.tenant AND m.id = p.member
              WHERE p.tenant = $1 AND p.credential_id = $2 AND ",
            published!(),
        ))
        .bind(credential_id)
        .map(|row| {
            let handle: Option<Vec<u8>> = row.get("user_handle")?;
            let handle = handle.and_then(|bytes| Uuid::from_slice(&bytes).ok());
            Ok((PasskeyRow::from_row(row)?, handle))
        })
        .await?;
    Ok(found.into_iter().next())
}

/// What the member is called by their passkeys: `fresh` if they were called nothing yet. Never changes once given.
pub async fn give_user_handle(tx: &mut Write, member: MemberId, fresh: Uuid) -> StoreResult<Option<Uuid>> {
    let row: Option<(Vec<u8>,)> = tx
        .sql(sql!(
            "UPDATE member SET user_handle = COALESCE(user_handle, $3) WHERE tenant = $1 AND id = $2
          RETURNING user_handle"
        ))
        .bind(member)
        .bind(fresh.as_bytes().as_slice())
        .maybe()
        .await?;
    Ok(row.and_then(|(bytes,)| Uuid::from_slice(&bytes).ok()))
}

/// Adds a passkey, in the relying party's name. `false` when the union knows its credential id already, or the member
/// has one of that name.
pub async fn add(tx: &mut EpochChange<'_>, new: &PasskeyRow, rp_id: &str) -> StoreResult<bool> {
    let member = tx.member();
    tx.sql(sql!(
        "INSERT INTO passkey (tenant, id, member, credential_id, rp_id, name, name_key, credential, sign_count,
                              backup_eligible, backed_up, created_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
         ON CONFLICT DO NOTHING RETURNING id"
    ))
    .bind(new.id)
    .bind(member)
    .bind(new.credential_id.as_slice())
    .bind(rp_id)
    .bind(new.name.as_str())
    .bind(device_name::key(&new.name))
    .bind(new.credential.as_slice())
    .bind(new.sign_count)
    .bind(new.backup_eligible)
    .bind(new.backed_up)
    .bind(new.created_at)
    .done()
    .await
}

/// Notes that a passkey was shown. `false` when its counter stands as far already: of two answers with one counter,
/// one counts (C8).
pub async fn show(
    tx: &mut Write,
    id: DeviceId,
    count: u32,
    backed_up: bool,
    now: Timestamp,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE passkey SET sign_count = $3, backed_up = $4, used_at = $5
              WHERE tenant = $1 AND id = $2 AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0))
          RETURNING id"
    ))
    .bind(id)
    .bind(count)
    .bind(backed_up)
    .bind(now)
    .done()
    .await
}

/// A ceremony that begins.
#[derive(Debug)]
pub struct NewCeremony<'a> {
    /// Digest of its challenge.
    pub challenge: &'a [u8],
    /// What the ceremony is for.
    pub purpose: CeremonyPurpose,
    /// The attempt, the session or the browser it belongs to.
    pub bound_to: &'a [u8],
    /// The sealed state of the library.
    pub state: &'a [u8],
    /// When it is over.
    pub expires_at: Timestamp,
    /// Whose it is and under which epoch; `None` where nobody has said yet who they are.
    pub of: Option<(MemberId, Epoch)>,
}

/// Writes a ceremony that has begun.
pub async fn begin(tx: &mut Write, new: &NewCeremony<'_>) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO ceremony (tenant, challenge, purpose, bound_to, state, expires_at, member, epoch)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ))
    .bind(new.challenge)
    .bind(new.purpose.as_str())
    .bind(new.bound_to)
    .bind(new.state)
    .bind(new.expires_at)
    .bind(new.of.map(|(member, _)| member.uuid()))
    .bind(new.of.map(|(_, epoch)| epoch))
    .run()
    .await?;
    Ok(())
}

/// Ends the ceremony of that challenge, purpose and browser, and hands over its state: once, not after its time, and
/// not after a change of the member's ways in. Only a passkey that stands alone belongs to nobody yet.
pub async fn end(
    tx: &mut Write,
    challenge: &[u8],
    purpose: CeremonyPurpose,
    bound_to: &[u8],
    now: Timestamp,
) -> StoreResult<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = tx
        .sql(sql!(
            "DELETE FROM ceremony
              WHERE tenant = $1 AND challenge = $2 AND purpose = $3 AND bound_to = $4 AND expires_at > $5
                AND ((purpose = $6 AND member IS NULL)
                     OR epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = ceremony.member))
          RETURNING state"
        ))
        .bind(challenge)
        .bind(purpose.as_str())
        .bind(bound_to)
        .bind(now)
        .bind(CeremonyPurpose::Alone.as_str())
        .maybe()
        .await?;
    Ok(row.map(|(state,)| state))
}
