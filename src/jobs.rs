//! Jobs: the clockwork. What it ends and removes has run out already; only a clock that is set back makes the difference
//! (R25).

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::tenant::{Tenant, TenantSlug},
    mail::postman::Postman,
    portal::{Portal, roster},
    store::everywhere::Swept,
};

/// How often what ran out is ended: a clock that is set back afterwards revives nothing of it (R25).
const EVERY: Duration = Duration::from_secs(30);
/// How long a letter that is done stays as a row without content, for `mail status` and for whoever asks a few days
/// later.
const LETTERS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Ends what ran out, in every union that is served, and sweeps what is worth nothing any more, until `leaving` is
/// cancelled.
pub async fn sweep(portal: Portal, unions: impl Fn() -> Vec<Arc<Tenant>>, leaving: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = portal.now();
        match portal.store().everywhere().sweep(portal.remembered_since(), now).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::debug!(?swept, "Ended and removed expired rows"),
            Err(fault) => tracing::warn!(%fault, "Expired rows could not be ended or removed"),
        }
        for tenant in unions() {
            if let Err(fault) = portal.purge(&tenant).await {
                tracing::warn!(tenant = %tenant.slug, %fault, "Expired sessions and codes could not be ended");
            }
        }
        if let Err(fault) = settle_imports(&portal).await {
            tracing::warn!(%fault, "What a dead import left could not be settled");
        }
    }
}

/// Removes what imports left that stopped half-way, and finishes those that stopped after their publication.
pub async fn settle_imports(portal: &Portal) -> Result<(), roster::Fault> {
    let unions = portal.store().everywhere().dead_imports(portal.now()).await?;
    for union in unions.iter().filter_map(|union| TenantSlug::parse(union)) {
        portal.settle_import(&union).await?;
    }
    Ok(())
}

/// Goes the postman's rounds until `leaving` is cancelled.
pub async fn post(postman: Postman, leaving: CancellationToken) {
    postman.run(leaving).await;
}

/// Erases letters that ran out, whether or not there is a postman, and forgets those that were done long ago, until
/// `leaving` is cancelled.
pub async fn clear_outbox(portal: Portal, leaving: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = portal.now();
        let everywhere = portal.store().everywhere();
        match everywhere.give_up_expired(now).await {
            Ok(0) => {}
            Ok(letters) => {
                tracing::warn!(letters, "Letters ran out before they could be sent, and are given up");
            }
            Err(fault) => tracing::warn!(%fault, "Letters that ran out could not be erased"),
        }
        if let Err(fault) = everywhere.forget_letters(now.checked_sub(LETTERS_KEPT).unwrap_or(now)).await {
            tracing::warn!(%fault, "Letters that were done long ago could not be removed");
        }
    }
}
