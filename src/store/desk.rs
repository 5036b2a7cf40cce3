//! What the union's desk looks up and undoes about one member.

use jiff::Timestamp;

use super::{Read, StoreResult, Write, epoch::EpochChange, sql::sql};
use crate::domain::member::{EmailAddress, MemberId};

/// How many sessions of the member live at `now`.
pub async fn sessions(tx: &mut Read, member: MemberId, now: Timestamp) -> StoreResult<u32> {
    let (count,) = tx
        .sql(sql!(
            "SELECT COUNT(*) FROM session WHERE tenant = $1 AND member = $2 AND expires_at > $3 AND ended_at IS NULL
                AND epoch = (SELECT m.epoch FROM member AS m WHERE m.tenant = $1 AND m.id = $2)"
        ))
        .bind(member)
        .bind(now)
        .one()
        .await?;
    Ok(count)
}

/// Forgets what the member settled in first login, so that it is asked again. The user ID stays; the address goes, for
/// it may be another's, unless the desk has `keep_address` said (D25).
pub async fn undo_first_login(
    tx: &mut EpochChange<'_>,
    keep_address: bool,
    now: Timestamp,
) -> StoreResult<()> {
    let member = tx.member();
    tx.sql(sql!(
        "UPDATE member
            SET login_reviewed_at = NULL, email_pending = NULL, email_reviewed_at = NULL, email_confirmed_at = NULL,
                email = CASE WHEN $4 THEN email END,
                email_unique_key = CASE WHEN $4 THEN email_unique_key END,
                mail_code_at = NULL, method = NULL, birth_date_misses = 0, changed_at = $3
          WHERE tenant = $1 AND id = $2"
    ))
    .bind(member)
    .bind(now)
    .bind(keep_address)
    .run()
    .await?;
    Ok(())
}

/// Replaces the member's address by one that the desk was told; the member has confirmed none. `false` when another member
/// of a union that wants them unique has it.
pub async fn set_email(
    tx: &mut EpochChange<'_>,
    email: &EmailAddress,
    unique: bool,
    now: Timestamp,
) -> StoreResult<bool> {
    let member = tx.member();
    let set = tx
        .sql(sql!(
            "UPDATE member
                SET email = $3, email_unique_key = $4, email_pending = NULL, email_confirmed_at = NULL, changed_at = $5
              WHERE tenant = $1 AND id = $2 RETURNING id"
        ))
        .bind(member)
        .bind(email.as_str())
        .bind(unique.then(|| email.key()))
        .bind(now)
        .done()
        .await;
    match set {
        Err(fault) if fault.is_taken() => Ok(false),
        other => other,
    }
}

/// Mailed codes are no factor any more: set up again with the rest.
pub async fn forget_mail_codes(tx: &mut EpochChange<'_>) -> StoreResult<()> {
    let member = tx.member();
    tx.sql(sql!("UPDATE member SET mail_code_at = NULL WHERE tenant = $1 AND id = $2"))
        .bind(member)
        .run()
        .await?;
    Ok(())
}

/// Erases a member with everything that hangs on them; the trail keeps the id. `false` when there is none.
pub async fn erase(tx: &mut Write, member: MemberId) -> StoreResult<bool> {
    tx.sql(sql!("DELETE FROM activity_day WHERE tenant = $1 AND member = $2")).bind(member).run().await?;
    tx.sql(sql!("DELETE FROM member WHERE tenant = $1 AND id = $2 RETURNING id")).bind(member).done().await
}
