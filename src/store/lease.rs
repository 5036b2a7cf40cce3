//! Leases: work that one node does at a time, by a row that says who and until when ([D35]). Another node takes over
//! when it has run out.
//!
//! [D35]: crate::rules::decisions#d35

use jiff::{SignedDuration, Timestamp};

use super::{StoreResult, Write, sql::sql};

/// Takes the lease of that name for `length`, or goes on with it. Whether `holder` has it.
///
/// A lease that ends later than one of twice that length could is of a clock that was wrong, and holds nobody off: its
/// holder may have been restarted under another name. Two holders at once do no harm but to wait for one another.
pub async fn take(
    tx: &mut Write,
    name: &str,
    holder: &[u8],
    now: Timestamp,
    length: SignedDuration,
) -> StoreResult<bool> {
    let until = now.checked_add(length).unwrap_or(now);
    let latest = until.checked_add(length).unwrap_or(until);
    tx.sql(sql!(
        "INSERT INTO lease (tenant, name, holder, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, name) DO UPDATE SET holder = excluded.holder, until = excluded.until
          WHERE lease.holder = excluded.holder OR lease.until <= $5 OR lease.until > $6
         RETURNING name"
    ))
    .bind(name)
    .bind(holder)
    .bind(until)
    .bind(now)
    .bind(latest)
    .done()
    .await
}
