//! Jobs: the clockwork. What it removes is dead already; the rules never depend on it.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::portal::Portal;

/// How often expired rows are removed: the clock going backwards must not revive them for long (R25).
const EVERY: Duration = Duration::from_secs(30);
/// How long an attempt that ran out still tells its user ID to the browser it belongs to (D15).
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// Sweeps until `leaving` is cancelled.
pub async fn sweep(portal: Portal, leaving: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = portal.now();
        let attempts_before = now.checked_sub(REMEMBERED).unwrap_or(now);
        match portal.store().everywhere().sweep(attempts_before, now).await {
            Ok(swept) if swept == crate::store::everywhere::Swept::default() => {}
            Ok(swept) => tracing::debug!(?swept, "Removed expired rows"),
            Err(fault) => tracing::warn!(%fault, "Expired rows could not be removed"),
        }
    }
}
