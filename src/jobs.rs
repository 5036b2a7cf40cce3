//! Jobs: scheduled work. What it ends and removes has run out already; only a clock that is set back makes the difference
//! ([R25]).
//!
//! A job outlives whatever happens to the database: a round that fails is told once and tried again, a job that panics
//! begins again.
//!
//! [R25]: crate::rules::reliability#r25

use std::{fmt::Display, path::PathBuf, sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::tenant::{Tenant, TenantSlug},
    mail::postman::{Postman, PostmanContext},
    portal::{Portal, roster},
    store::everywhere::Swept,
};

/// How often what ran out is ended: a clock that is set back afterwards revives nothing of it (R25).
const EVERY: Duration = Duration::from_secs(30);
/// How long a letter that is done stays as a row without content, for `mail status` and for whoever asks a few days
/// later.
const LETTERS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How often a node follows the key ring.
const FOLLOW: Duration = Duration::from_secs(2);
/// In which of these rounds it says which keys it has, when they did not change.
const SAYS_EVERY: u32 = 5;

/// How long a job waits that panicked, before it begins again.
const AGAIN: Duration = Duration::from_secs(5);

/// Runs a job to its end; one that panics begins again, until `leaving` is cancelled.
pub async fn keep_going<Running>(
    name: &'static str,
    leaving: CancellationToken,
    job: impl Fn() -> Running + Send,
) where
    Running: Future<Output = ()> + Send + 'static,
{
    while tokio::spawn(job()).await.is_err() {
        tracing::error!(job = name, "A job panicked; it begins again");
        tokio::select! {
            () = leaving.cancelled() => return,
            () = sleep(AGAIN) => {}
        }
    }
}

/// One thing a job does again and again: its trouble is told when it begins, not at every round.
struct Round {
    trouble: &'static str,
    troubled: bool,
}

impl Round {
    fn new(trouble: &'static str) -> Self {
        Self { trouble, troubled: false }
    }

    /// What the round came to, if it went well.
    fn ended<T, F: Display>(&mut self, outcome: Result<T, F>) -> Option<T> {
        match outcome {
            Ok(done) => {
                if std::mem::take(&mut self.troubled) {
                    tracing::info!(was = self.trouble, "A job works again");
                }
                Some(done)
            }
            Err(fault) => {
                if !std::mem::replace(&mut self.troubled, true) {
                    tracing::warn!(%fault, "{}; it is tried again", self.trouble);
                }
                None
            }
        }
    }
}

/// A round every [`EVERY`]; one that took longer is not made up for.
fn rounds() -> tokio::time::Interval {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Ends what ran out, in every union that is served, and sweeps what is worth nothing any more, until `leaving` is
/// cancelled.
pub async fn sweep(portal: Portal, unions: impl Fn() -> Vec<Arc<Tenant>>, leaving: CancellationToken) {
    let mut ticks = rounds();
    let mut rows = Round::new("Expired rows could not be ended or removed");
    let mut sessions = Round::new("Expired sessions and codes could not be ended");
    let mut imports = Round::new("What a dead import left could not be settled");
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        portal.forget_visits();
        let now = portal.now();
        let swept = portal.store().everywhere().sweep(portal.remembered_since(), now).await;
        match rows.ended(swept) {
            Some(swept) if swept != Swept::default() => {
                tracing::debug!(?swept, "Ended and removed expired rows");
            }
            _ => {}
        }
        let mut purged = Ok(());
        for tenant in unions() {
            purged = purged.and(portal.purge(&tenant).await.map(drop));
        }
        sessions.ended(purged);
        imports.ended(settle_imports(&portal).await);
    }
}

/// Removes what imports left that stopped half-way, and finishes those that stopped after their publication.
///
/// # Errors
/// The database failed; the rest is tried again in the next round.
pub async fn settle_imports(portal: &Portal) -> Result<(), roster::ImportError> {
    let unions = portal.store().everywhere().dead_imports(portal.now()).await?;
    for union in unions.iter().filter_map(|union| TenantSlug::parse(union)) {
        portal.settle_import(&union).await?;
    }
    Ok(())
}

/// Follows the key ring's file and the database as the node of that number, every few seconds and whenever something names a
/// key that is not held here, and says which keys it has, until `leaving` is cancelled (D36).
pub async fn follow_keys(portal: Portal, ring: PathBuf, node: Uuid, leaving: CancellationToken) {
    let mut ticks = interval(FOLLOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut following = Round::new("The key ring could not be followed: the keys of before stay in use");
    let mut saying = Round::new("This node could not say which keys it has");
    let (mut round, mut said) = (0, None);
    loop {
        tokio::select! {
            () = leaving.cancelled() => break,
            _ = ticks.tick() => {}
            () = portal.meets_unknown_key() => {}
        }
        following.ended(portal.refresh_keys(&ring).await);
        let in_use = portal.keys_in_use();
        if (round == 0 || said.as_ref() != Some(&in_use))
            && saying.ended(portal.announce_keys(node).await).is_some()
        {
            said = Some(in_use);
        }
        round = (round + 1) % SAYS_EVERY;
    }
    // Where it fails nobody waits for long: a node that says nothing is taken to have ended.
    saying.ended(portal.end_node(node).await);
}

/// Runs the postman until `leaving` is cancelled.
pub async fn post(context: PostmanContext, leaving: CancellationToken) {
    Postman::new(context).run(leaving).await;
}

/// Erases letters that ran out, whether or not there is a postman, and forgets those that were done long ago, until
/// `leaving` is cancelled.
pub async fn clear_outbox(portal: Portal, leaving: CancellationToken) {
    let mut ticks = rounds();
    let mut expired = Round::new("Letters that ran out could not be erased");
    let mut done = Round::new("Letters that were done long ago could not be removed");
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = portal.now();
        let everywhere = portal.store().everywhere();
        match expired.ended(everywhere.give_up_expired(now).await) {
            None | Some(0) => {}
            Some(letters) => {
                tracing::warn!(letters, "Letters ran out before they could be sent, and are given up");
            }
        }
        let long_ago = now.checked_sub(LETTERS_KEPT).unwrap_or(now);
        done.ended(everywhere.forget_letters(long_ago).await);
    }
}
