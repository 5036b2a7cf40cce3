//! Leases: work that one node does at a time, by a row that says who and until when ([D35]). Another node takes over
//! when it has run out.
//!
//! [D35]: crate::rules::decisions#d35

use jiff::Timestamp;

use super::{StoreResult, Write, sql::sql};

/// Takes the lease of that name until `until`, or goes on with it. Whether `holder` has it.
pub async fn take(
    tx: &mut Write,
    name: &str,
    holder: &[u8],
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO lease (tenant, name, holder, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, name) DO UPDATE SET holder = excluded.holder, until = excluded.until
          WHERE lease.holder = excluded.holder OR lease.until <= $5
         RETURNING name"
    ))
    .bind(name)
    .bind(holder)
    .bind(until)
    .bind(now)
    .done()
    .await
}
