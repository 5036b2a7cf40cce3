//! Purge: what ran out by the union's own file, turned into something dead for good. A clock that is set back later revives
//! nothing (R25). What runs out by its row alone is `Everywhere::sweep`'s.

use jiff::{SignedDuration, Timestamp};

use super::{StoreResult, Write, sql::sql};
use crate::domain::{
    one_time::{self, OneTimePurpose},
    tenant::Policy,
};

/// Ends sessions that ran out by the union's times (`domain::session::is_alive`, as SQL). How many.
pub async fn sessions(tx: &mut Write, policy: &Policy, now: Timestamp) -> StoreResult<u64> {
    let before = |age| now.checked_sub(age).unwrap_or(now);
    let session = &policy.session;
    let hours = |hours: u32| SignedDuration::from_hours(i64::from(hours));
    tx.sql(sql!(
        "UPDATE session SET ended_at = $2
          WHERE tenant = $1 AND ended_at IS NULL
            AND ((NOT remember AND (seen_at <= $3 OR created_at <= $4)) OR (remember AND created_at <= $5))"
    ))
    .bind(now)
    .bind(before(SignedDuration::from_mins(i64::from(session.idle_minutes))))
    .bind(before(hours(session.absolute_hours)))
    .bind(before(hours(session.remember_hours)))
    .run()
    .await
}

/// Takes mailed codes away that live shorter than the link beside them. How many.
pub async fn codes(tx: &mut Write, policy: &Policy, now: Timestamp) -> StoreResult<u64> {
    let made = now.checked_sub(one_time::code_life(&policy.email_otp)).unwrap_or(now);
    tx.sql(sql!(
        "UPDATE one_time SET code = NULL
          WHERE tenant = $1 AND code IS NOT NULL AND purpose IN ($2, $3, $4, $5) AND made_at <= $6"
    ))
    .bind(OneTimePurpose::MailCode.as_str())
    .bind(OneTimePurpose::ConfirmEmail.as_str())
    .bind(OneTimePurpose::PendingEmail.as_str())
    .bind(OneTimePurpose::ChooseMailCode.as_str())
    .bind(made)
    .run()
    .await
}
