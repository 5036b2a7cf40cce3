//! Seal: the rows of a union's trail that wait get one, within a transaction of whoever seals ([D35]).
//!
//! [D35]: crate::rules::decisions#d35

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    domain::{
        audit::chain::{Head, SEAL_ROWS, Seal, TrailRow},
        tenant::TenantSlug,
    },
    portal::Fault,
    store::{
        Write, chain,
        kept::{KeptId, KeptTrailRow},
    },
};

/// How many seals are looked through for a row that waits and is sealed already, the newest first. Rows wait for a second, so
/// one is enough; what was sealed longer ago than these were is left to whoever verifies.
const LOOKED_BACK: u32 = 20;
/// By how much the clock of the node that wrote a row may be ahead of the one that sealed it (R24).
const AHEAD: SignedDuration = SignedDuration::from_secs(10);

/// What came of sealing within a transaction. Only of [`MadeSeal::One`] may anything stay.
#[derive(Debug, Clone, Copy)]
pub enum MadeSeal {
    /// Nothing waits that can be sealed.
    Nothing,
    /// Another node was quicker.
    Elsewhere,
    /// A seal was made.
    One {
        /// Where the chain stands then.
        head: Head,
        /// Whether more may wait.
        full: bool,
    },
}

/// Makes a seal of what waits in a union's trail, at most [`SEAL_ROWS`]. What cannot be read, and what a seal names already,
/// goes on waiting, and keeps nothing else from its seal.
///
/// # Errors
/// `Fault` when the database fails.
pub async fn seal_waiting(tx: &mut Write, tenant: &TenantSlug, now: Timestamp) -> Result<MadeSeal, Fault> {
    let before = chain::head(tx).await?;
    let number = before.number + 1;
    let mut after: Option<KeptId> = None;
    loop {
        let count = chain::mark(tx, number, after.as_ref(), SEAL_ROWS).await?;
        let kept = chain::marked(tx, number).await?;
        let Some(last) = kept.last().map(|kept| kept.id.clone()) else { return Ok(MadeSeal::Nothing) };
        let rows = sealable(tx, number, kept).await?;
        if rows.is_empty() {
            after = Some(last);
            continue;
        }
        let seal = Seal::over(tenant.as_str(), before, &rows, now);
        // Whoever held the lease a moment too long finds the number taken.
        if !chain::put(tx, &seal).await? {
            return Ok(MadeSeal::Elsewhere);
        }
        let head = seal.head().ok_or(Fault::Inconsistent("a seal without a hash"))?;
        return Ok(MadeSeal::One { head, full: count >= u64::from(SEAL_ROWS) });
    }
}

/// Those of the marked rows that the seal of that number may name; the mark is taken from the others.
async fn sealable(tx: &mut Write, number: u32, kept: Vec<KeptTrailRow>) -> Result<Vec<TrailRow>, Fault> {
    let earliest = kept.iter().filter_map(|kept| kept.row.as_ref()).map(|row| row.at).min();
    let mut named = BTreeSet::new();
    if let Some(earliest) = earliest {
        let ids: BTreeSet<Uuid> = kept.iter().filter_map(|kept| kept.id.uuid()).collect();
        let since = earliest.checked_sub(AHEAD).unwrap_or(earliest);
        let seals = chain::seals_before(tx, number, LOOKED_BACK).await?;
        for seal in seals.iter().take_while(|seal| seal.sealed_at >= since) {
            named.extend(seal.rows().map(|(id, _)| id).filter(|id| ids.contains(id)));
        }
    }
    let mut rows = Vec::with_capacity(kept.len());
    for KeptTrailRow { id, row } in kept {
        match row {
            Some(row) if !named.contains(&row.id) => rows.push(row),
            _ => chain::release(tx, &id).await?,
        }
    }
    Ok(rows)
}
