//! Purge: what ran out by the union's own file, turned into something dead for good. A clock that is set back later revives
//! nothing (R25). What runs out by its row alone is `Everywhere::sweep`'s.

use jiff::{SignedDuration, Timestamp};

use super::{StoreResult, Write, sql::sql};
use crate::domain::{
    one_time::{self, OneTimePurpose},
    tenant::Policy,
};

/// Ends sessions that ran out by the union's times (`domain::session::is_alive`, as SQL). How many.
///
/// The services that such a session was at are told, where it could have gone on no longer whatever its member did; where the
/// member was only away for too long, those of `on_idle`. The others are told when the session would have ended anyway.
pub async fn sessions(tx: &mut Write, policy: &Policy, on_idle: &[&str], now: Timestamp) -> StoreResult<u64> {
    let before = |age| now.checked_sub(age).unwrap_or(now);
    let session = &policy.session;
    let hours = |hours: u32| SignedDuration::from_hours(i64::from(hours));
    let ended = tx
        .sql(sql!(
            "UPDATE session SET ended_at = $2
          WHERE tenant = $1 AND ended_at IS NULL
            AND ((NOT remember AND (seen_at <= $3 OR created_at <= $4)) OR (remember AND created_at <= $5))"
        ))
        .bind(now)
        .bind(before(SignedDuration::from_mins(i64::from(session.idle_minutes))))
        .bind(before(hours(session.absolute_hours)))
        .bind(before(hours(session.remember_hours)))
        .count()
        .await?;
    if ended == 0 {
        return Ok(ended);
    }
    tx.sql(sql!(
        "DELETE FROM sso_visit
          WHERE tenant = $1
            AND session IN (SELECT s.id FROM session AS s
                             WHERE s.tenant = $1 AND s.ended_at = $2 AND (s.remember OR s.created_at <= $3))"
    ))
    .bind(now)
    .bind(before(hours(session.absolute_hours)))
    .run()
    .await?;
    for client in on_idle {
        tx.sql(sql!(
            "DELETE FROM sso_visit
              WHERE tenant = $1 AND client = $2
                AND session IN (SELECT s.id FROM session AS s WHERE s.tenant = $1 AND s.ended_at = $3)"
        ))
        .bind(*client)
        .bind(now)
        .run()
        .await?;
    }
    Ok(ended)
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
    .count()
    .await
}
