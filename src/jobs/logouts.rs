//! Logouts: services are told that sessions have ended.
//!
//! # Decision
//! Every node tells. A logout is leased for one try; a try ends within seconds, whatever the service does. Of one service at
//! most [`SHARE`] tries run at once on a node, one where the last try failed; and all services that fail have at most half of
//! the places together.
//! # Because
//! Nodes are equal (D21). A node that dies leaves a lease that runs out. A service that is dead or slow holds its own places
//! and nobody else's.
//! # Instead of
//! One queue for all, or a worker for each service.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    task::{Id, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{EVERY, Round, went_well};
use crate::{
    domain::{
        sso::logout::{TRIED_FOR, is_told},
        tenant::{Tenant, TenantSlug},
    },
    metrics::label::{Job, LogoutFate},
    outbound::{Outbound, Recipient},
    portal::{
        Fault, Portal,
        sso::logout::{LogoutStep, TakenLogout},
    },
    store::everywhere::LogoutQueue,
};

/// How often it is looked for services that are to be told. Any node may end a session.
const LOOK: Duration = Duration::from_millis(500);
/// How many tries run at once on a node.
const PLACES: usize = 64;
/// How many of them may be of services whose last try failed.
const PLACES_OF_FAILING: usize = PLACES / 2;
/// How many tries of one service run at once on a node.
pub const SHARE: usize = 4;
/// How long a logout that is done stays for `sso logouts list`.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How often writing down what came of a try is tried, a second apart. Its lease runs out then.
const MARKS: u32 = 10;

/// What tells of one node.
pub struct LogoutTeller<Find> {
    portal: Portal,
    outbound: Outbound,
    find: Find,
    tries: JoinSet<LogoutFate>,
    /// The service of each running try.
    at: HashMap<Id, LogoutQueue>,
    /// Services whose last try failed.
    failing: HashSet<LogoutQueue>,
    /// The service that was told last.
    last: Option<LogoutQueue>,
}

impl<Find: Fn(&TenantSlug) -> Option<Arc<Tenant>>> LogoutTeller<Find> {
    /// One that has not begun. `find` finds a union as its files stand now; those of others wait.
    pub fn new(portal: Portal, outbound: Outbound, find: Find) -> Self {
        let (tries, at, failing) = (JoinSet::new(), HashMap::new(), HashSet::new());
        Self { portal, outbound, find, tries, at, failing, last: None }
    }

    /// Begins tries until every place is in use or nothing may be told. How many it began.
    ///
    /// # Errors
    /// [`Fault`]: the database failed, or the time is not believed.
    pub async fn fill(&mut self) -> Result<usize, Fault> {
        if self.portal.clock_doubt().is_some() {
            return Ok(0);
        }
        let mut began = 0;
        let mut empty = HashSet::new();
        loop {
            let now = self.portal.now();
            let queues = self.portal.store().everywhere().logout_queues(now).await?;
            let next = in_turn(queues, self.last.as_ref())
                .into_iter()
                .find(|queue| !empty.contains(queue) && self.has_place(queue));
            let Some(queue) = next else { return Ok(began) };
            let tenant = TenantSlug::parse(&queue.tenant).and_then(|slug| (self.find)(&slug));
            let taken = match &tenant {
                Some(tenant) => self.portal.take_logout(tenant, &queue.client).await?,
                None => None,
            };
            let (Some(tenant), Some(taken)) = (tenant, taken) else {
                empty.insert(queue);
                continue;
            };
            self.last = Some(queue.clone());
            began += 1;
            let one = tell_one(self.portal.clone(), self.outbound.clone(), tenant, taken);
            let handle = self.tries.spawn(one);
            self.at.insert(handle.id(), queue);
        }
    }

    /// Whether a try of that service may begin.
    fn has_place(&self, queue: &LogoutQueue) -> bool {
        let own = self.at.values().filter(|other| *other == queue).count();
        if !self.failing.contains(queue) {
            return self.at.len() < PLACES && own < SHARE;
        }
        let failing = self.at.values().filter(|other| self.failing.contains(*other)).count();
        own == 0 && failing < PLACES_OF_FAILING && self.at.len() < PLACES
    }

    /// Waits for the next try that ends, if any runs.
    async fn next_end(&mut self) -> bool {
        let Some(ended) = self.tries.join_next_with_id().await else { return false };
        match ended {
            Ok((id, fate)) => {
                self.portal.metrics().logouts(fate, 1);
                let Some(queue) = self.at.remove(&id) else { return true };
                if fate == LogoutFate::PutBack || fate == LogoutFate::GivenUp {
                    self.failing.insert(queue);
                } else {
                    self.failing.remove(&queue);
                }
            }
            Err(fault) => {
                // A panic: the lease runs out, and it is tried again.
                self.at.remove(&fault.id());
                tracing::error!("Telling a service ended in a panic; it is tried again");
            }
        }
        true
    }

    /// Tells whatever may be told now, and comes back when it is settled.
    ///
    /// # Errors
    /// [`Fault`] as [`Self::fill`].
    pub async fn round(&mut self) -> Result<(), Fault> {
        loop {
            self.fill().await?;
            if !self.next_end().await {
                return Ok(());
            }
        }
    }
}

/// Services in the order of their turns: beginning behind the one that was told last.
fn in_turn(mut queues: Vec<LogoutQueue>, last: Option<&LogoutQueue>) -> Vec<LogoutQueue> {
    queues.sort_by(|a, b| (last >= Some(a)).cmp(&(last >= Some(b))).then_with(|| a.cmp(b)));
    queues
}

/// One try, and what came of it written down.
async fn tell_one(portal: Portal, outbound: Outbound, tenant: Arc<Tenant>, taken: TakenLogout) -> LogoutFate {
    let message = match portal.logout_step(&tenant, &taken).await {
        Ok(LogoutStep::Send(message)) => message,
        Ok(LogoutStep::Settled(fate)) => return fate,
        Err(fault) => {
            tracing::error!(tenant = %tenant.slug, %fault, "What a service is to be told could not be made; it is tried again");
            return LogoutFate::PutBack;
        }
    };
    let to = Recipient { address: message.address, internal: message.internal };
    let answer = outbound.post_form(&to, message.form).await;
    for _ in 0..MARKS {
        let settled = match &answer {
            Ok(status) if is_told(*status) => portal.logout_told(&tenant, &taken, *status).await,
            Ok(status) => portal.logout_failed(&tenant, &taken, &status.to_string()).await,
            Err(fault) => portal.logout_failed(&tenant, &taken, fault.word()).await,
        };
        match settled {
            Ok(fate) => return fate,
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
    LogoutFate::PutBack
}

/// Tells services until `leaving` is cancelled; then waits for the tries that run, which is seconds.
pub async fn tell_services(
    portal: Portal,
    outbound: Outbound,
    find: impl Fn(&TenantSlug) -> Option<Arc<Tenant>>,
    leaving: CancellationToken,
) {
    let mut teller = LogoutTeller::new(portal.clone(), outbound, find);
    let (mut looks, mut clears) = (interval(LOOK), interval(EVERY));
    for ticks in [&mut looks, &mut clears] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut telling = Round::new("Services could not be told that sessions have ended");
    let mut clearing = Round::new("What services were told long ago could not be removed");
    let mut whole = (true, true);
    loop {
        tokio::select! {
            () = leaving.cancelled() => break,
            _ = looks.tick() => {}
            _ = teller.next_end(), if !teller.at.is_empty() => {}
            _ = clears.tick() => whole.1 = clearing.ended(clear(&portal).await).is_some(),
        }
        whole.0 = telling.ended(teller.fill().await).is_some();
        went_well(&portal, Job::TellServices, whole == (true, true));
    }
    while teller.next_end().await {}
}

/// Gives up what nobody could be told for more than a day, and forgets what was done long ago.
///
/// # Errors
/// The database failed; the next round goes on.
pub async fn clear(portal: &Portal) -> Result<(), Fault> {
    if !portal.may_end_for_good() {
        return Ok(());
    }
    let now = portal.now();
    let before = |age: SignedDuration| now.checked_sub(age).unwrap_or(Timestamp::UNIX_EPOCH);
    let everywhere = portal.store().everywhere();
    everywhere.see_logouts(now).await?;
    // A node that serves the union gives them up itself, and says so in the trail.
    let given_up = everywhere.give_up_logouts(before(TRIED_FOR + SignedDuration::from_hours(1)), now).await?;
    if given_up > 0 {
        portal.metrics().logouts(LogoutFate::GivenUp, given_up);
        tracing::warn!(
            given_up,
            "Services of unions that are not served could not be told for a day that sessions have ended"
        );
    }
    everywhere.forget_logouts(before(KEPT)).await?;
    Ok(())
}
