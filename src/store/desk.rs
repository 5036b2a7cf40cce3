//! What the union's desk looks up and undoes about one member.

use jiff::Timestamp;

use super::{Read, Result, Write, sql::sql};
use crate::domain::member::MemberId;

/// How many sessions of the member live at `now`.
pub async fn sessions(tx: &mut Read, member: MemberId, now: Timestamp) -> Result<u32> {
    let (count,) = tx
        .sql(sql!("SELECT COUNT(*) FROM session WHERE tenant = $1 AND member = $2 AND expires_at > $3"))
        .bind(member)
        .bind(now)
        .one()
        .await?;
    Ok(count)
}

/// Forgets what the member settled in first login, so that it is asked again. The user ID and the confirmed address
/// stay; an unconfirmed one goes.
pub async fn undo_first_login(tx: &mut Write, member: MemberId, now: Timestamp) -> Result<()> {
    tx.sql(sql!(
        "UPDATE member
            SET login_reviewed_at = NULL, email_pending = NULL, email_reviewed_at = NULL, email_confirmed_at = NULL,
                mail_code_at = NULL, method = NULL, birth_date_misses = 0, changed_at = $3
          WHERE tenant = $1 AND id = $2"
    ))
    .bind(member)
    .bind(now)
    .run()
    .await?;
    Ok(())
}
