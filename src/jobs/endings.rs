//! Endings: unions and members whose last day is over (D34).
//!
//! # Decision
//! Three jobs: every node reads which unions close, and does nothing else in that job; one node at a time ends what is in
//! flight; one node at a time erases who left long ago. The last two stop between two batches when the node stops.
//! # Because
//! Ending and erasing hundreds of thousands of members takes minutes. No node may learn of a closing later for it, no
//! supervisor wait for it, and two nodes at it would only wait for one another.
//! # Instead of
//! One round after another in one job.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{
    Round, rounds,
    unions::{EachUnion, RoundFault},
    went_well,
};
use crate::{
    domain::tenant::{Tenant, TenantSlug},
    metrics::label::Job,
    portal::{Fault, NodeJob, Portal},
};

/// How often a node looks which unions close: their members are kept out at once, by the database.
const LOOKS_AT_CLOSINGS: Duration = Duration::from_secs(1);

fn looks() -> tokio::time::Interval {
    let mut ticks = interval(LOOKS_AT_CLOSINGS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Knows which unions close, until `leaving` is cancelled.
pub async fn follow_closings(portal: Portal, leaving: CancellationToken) {
    let mut ticks = looks();
    let mut trouble = Round::new("Unions that close could not be looked for");
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let read = trouble.ended(read_closings(&portal).await);
        went_well(&portal, Job::FollowClosings, read.is_some());
    }
}

/// Reads which unions close.
///
/// # Errors
/// The database failed: what was known before holds on.
pub async fn read_closings(portal: &Portal) -> Result<(), Fault> {
    let found = portal.store().everywhere().closings().await?;
    let named = |(union, closing): (String, _)| Some((TenantSlug::parse(&union)?, closing));
    portal.know_closings(found.into_iter().filter_map(named).collect());
    Ok(())
}

/// Ends what is in flight at unions, and for members, whose last day is over, until `leaving` is cancelled. `holder` is this
/// node.
pub async fn end_what_is_over(
    portal: Portal,
    unions: impl Fn() -> Vec<Arc<Tenant>>,
    holder: Vec<u8>,
    leaving: CancellationToken,
) {
    let (mut closed, mut over) = (looks(), rounds());
    let mut closing = Round::new("What is in flight at unions that have closed could not be ended");
    let mut memberships = Round::new(
        "Memberships whose last day is over could not be ended: their members are kept out all the same",
    );
    // How the last round of each went.
    let mut whole = (true, true);
    let goes_on = || !leaving.is_cancelled();
    let job = NodeJob { holder: &holder, goes_on: &goes_on };
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = closed.tick() => {
                whole.0 = closing.ended(end_closed_unions(&portal, job).await).is_some();
            }
            _ = over.tick() => {
                whole.1 = memberships.ended(end_memberships(&portal, unions(), job).await).is_some();
            }
        }
        went_well(&portal, Job::EndOver, whole == (true, true));
    }
}

/// Ends what is in flight at unions whose last day is over.
///
/// # Errors
/// The first fault; the next round goes on.
pub async fn end_closed_unions(portal: &Portal, job: NodeJob<'_>) -> Result<(), RoundFault<Fault>> {
    // What is ended is ended for good: not by a clock that nobody believes, or not in everything (R24, R25).
    if !portal.may_end_for_good() {
        return Ok(());
    }
    let mut ended = EachUnion::new();
    for union in portal.closings_to_end() {
        let has_ended = portal.end_union(&union, job).await;
        if let Ok(true) = has_ended {
            tracing::info!(tenant = %union, "A union has closed: everything in flight there has ended");
        }
        ended.had(&union, has_ended.map(drop));
    }
    ended.whole()
}

/// Ends memberships whose last day is over.
///
/// # Errors
/// The first fault; the next round goes on.
pub async fn end_memberships(
    portal: &Portal,
    unions: Vec<Arc<Tenant>>,
    job: NodeJob<'_>,
) -> Result<(), RoundFault<Fault>> {
    let mut ended = EachUnion::new();
    if portal.may_end_for_good() {
        for tenant in unions {
            ended.had(&tenant.slug, portal.end_memberships(&tenant, job).await.map(drop));
        }
    }
    ended.whole()
}

/// Erases who left long ago, in every union that is served, until `leaving` is cancelled. `holder` is this node. Nobody is
/// erased of a union that has no file, or none that can be read: nobody knows how long its data are to be kept.
pub async fn erase_ended(
    portal: Portal,
    unions: impl Fn() -> Vec<Arc<Tenant>>,
    holder: Vec<u8>,
    leaving: CancellationToken,
) {
    let mut ticks = rounds();
    let mut erasing = Round::new("Members who left long ago could not be erased");
    let goes_on = || !leaving.is_cancelled();
    let job = NodeJob { holder: &holder, goes_on: &goes_on };
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let erased = erase_all_ended(&portal, unions(), job).await;
        went_well(&portal, Job::EraseEnded, erasing.ended(erased).is_some());
    }
}

/// Erases who left long ago.
///
/// # Errors
/// The first fault; the next round goes on.
pub async fn erase_all_ended(
    portal: &Portal,
    unions: Vec<Arc<Tenant>>,
    job: NodeJob<'_>,
) -> Result<(), RoundFault<Fault>> {
    let mut erased = EachUnion::new();
    if portal.may_end_for_good() {
        for tenant in unions {
            erased.had(&tenant.slug, portal.erase_ended(&tenant, job).await.map(drop));
        }
    }
    erased.whole()
}
