//! Jobs: scheduled work. What it ends and removes has run out already; only a clock that is set back makes the difference
//! ([R25]).
//!
//! A job outlives whatever happens to the database: a round that fails is told once and tried again, a job that panics
//! begins again.
//!
//! [R25]: crate::rules::reliability#r25

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{
        clock::ClockDoubt,
        sso::SigningAlgorithm,
        tenant::{Tenant, TenantSlug},
    },
    mail::postman::{Postman, PostmanContext},
    metrics::{
        Metrics,
        label::{Job, LetterFate},
    },
    portal::{Fault, Portal, roster, trail::Sealed},
    store::everywhere::Swept,
};

pub mod endings;
pub mod logouts;
pub mod unions;

use unions::{EachUnion, RoundFault};

/// How often what ran out is ended: a clock that is set back afterwards revives nothing of it (R25).
const EVERY: Duration = Duration::from_secs(30);
/// How long a letter that is done stays as a row without content, for `mail status` and for whoever asks a few days
/// later.
const LETTERS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How often the clock is compared with the others. A jump is noticed by whoever asks for the time as well.
const LOOKS_AT_CLOCK: Duration = Duration::from_secs(5);
/// How soon it is compared again, where at the start the database did not answer.
const COMPARES_AGAIN: Duration = Duration::from_millis(500);
/// How often a node follows the key ring.
const FOLLOW: Duration = Duration::from_secs(2);
/// How often it is said anew that the key ring's file is lost.
const LOUD_EVERY: Duration = Duration::from_mins(10);
/// In which of these rounds it says which keys it has, when they did not change.
const SAYS_EVERY: u32 = 5;
/// How often the trail is looked at for rows that wait for their seal: each has one within a second (D35).
const SEALS_EVERY: Duration = Duration::from_millis(400);
/// Longer than this no row waits for its seal without a line of the log.
const WAITS_AT_MOST: Duration = Duration::from_mins(1);
/// How often the log says where a union's chain stands, for whoever keeps logs elsewhere.
const HEADS_TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How long a job waits that panicked, before it begins again.
const AGAIN: Duration = Duration::from_secs(5);

/// Runs a job to its end; one that panics begins again, until `leaving` is cancelled.
pub async fn keep_going<Running>(
    name: Job,
    metrics: Metrics,
    leaving: CancellationToken,
    job: impl Fn() -> Running + Send,
) where
    Running: Future<Output = ()> + Send + 'static,
{
    while tokio::spawn(job()).await.is_err() {
        metrics.job_panicked(name);
        tracing::error!(job = name.word(), "A job panicked; it begins again");
        tokio::select! {
            () = leaving.cancelled() => return,
            () = sleep(AGAIN) => {}
        }
    }
}

/// One thing a job does again and again: its trouble is told when it begins, not at every round.
#[derive(Debug)]
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

/// Notes when a round went well in all of its parts.
fn went_well(portal: &Portal, job: Job, did: bool) {
    if did {
        portal.metrics().job_done(job, portal.now());
    }
}

/// Notes that a job does what it should by waiting, where the time is believed and nothing may be ended for good yet.
fn rests(portal: &Portal, job: Job) {
    went_well(portal, job, portal.clock_rest().is_some());
}

/// A round every [`EVERY`]; one that took longer is not made up for.
fn rounds() -> tokio::time::Interval {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Ends what ran out, in every union that is served, and sweeps what is worth nothing any more, until `leaving` is cancelled.
pub async fn sweep(portal: Portal, unions: impl Fn() -> Vec<Arc<Tenant>>, leaving: CancellationToken) {
    let mut ticks = rounds();
    let mut sweeping = Sweeping::default();
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        portal.forget_visits();
        let goes_on = || !leaving.is_cancelled();
        match sweeping.round(&portal, &unions(), &goes_on).await {
            Some(whole) => went_well(&portal, Job::Sweep, whole),
            None => rests(&portal, Job::Sweep),
        }
    }
}

/// The sweep from one round to the next.
#[derive(Debug)]
pub struct Sweeping {
    rows: Round,
    sessions: Round,
    imports: Round,
    sums: Round,
}

impl Default for Sweeping {
    fn default() -> Self {
        Self {
            rows: Round::new("Expired rows could not be ended or removed"),
            sessions: Round::new("Expired sessions and codes could not be ended"),
            imports: Round::new("What a dead import left could not be settled"),
            sums: Round::new("What strangers caused on days that are over could not be summed"),
        }
    }
}

impl Sweeping {
    /// One round, and whether all of it went well. `None` while nothing may be ended for good: by a clock that nobody
    /// believes (R24), or not in everything yet (R25).
    pub async fn round(
        &mut self,
        portal: &Portal,
        unions: &[Arc<Tenant>],
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<bool> {
        if !portal.may_end_for_good() {
            return None;
        }
        let now = portal.now();
        let swept = portal.store().everywhere().sweep(portal.remembered_since(), now).await;
        let swept = self.rows.ended(swept);
        let mut whole = swept.is_some();
        match swept {
            Some(swept) if swept != Swept::default() => {
                tracing::debug!(?swept, "Ended and removed expired rows");
            }
            _ => {}
        }
        let (mut purged, mut summed) = (EachUnion::new(), EachUnion::new());
        for tenant in unions.iter().take_while(|_| goes_on()) {
            purged.had(&tenant.slug, portal.purge(tenant).await.map(drop));
            summed.had(&tenant.slug, portal.sum_strangers(&tenant.slug).await.map(drop));
        }
        whole &= self.sessions.ended(purged.whole()).is_some();
        whole &= self.sums.ended(summed.whole()).is_some();
        whole &= self.imports.ended(settle_imports(portal, goes_on).await).is_some();
        Some(whole)
    }
}

/// Removes what imports left that stopped half-way, and finishes those that stopped after their publication.
///
/// # Errors
/// The first fault; the next round goes on.
pub async fn settle_imports(
    portal: &Portal,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<(), RoundFault<roster::ImportError>> {
    let unions = portal.store().everywhere().dead_imports(portal.now()).await?;
    let mut settled = EachUnion::new();
    for union in unions.iter().filter_map(|union| TenantSlug::parse(union)).take_while(|_| goes_on()) {
        settled.had(&union, portal.settle_import(&union).await.map(drop));
    }
    settled.whole()
}

/// Follows the key ring's file and the database as the node of that number, every few seconds and whenever something names a
/// key that is not held here, and says which keys it has, until `leaving` is cancelled (D36).
pub async fn follow_keys(portal: Portal, ring: PathBuf, node: Uuid, leaving: CancellationToken) {
    let mut ticks = interval(FOLLOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut following = Round::new("The key ring could not be followed: the keys of before stay in use");
    let mut saying = Round::new("This node could not say which keys it has");
    let mut loud: Option<Instant> = None;
    let (mut round, mut said) = (0, None);
    loop {
        tokio::select! {
            () = leaving.cancelled() => break,
            _ = ticks.tick() => {}
            () = portal.meets_unknown_key() => {}
        }
        let followed = following.ended(portal.refresh_keys(&ring).await).is_some();
        went_well(&portal, Job::FollowKeys, followed);
        match portal.ring_trouble() {
            Some(why) if loud.is_none_or(|told| told.elapsed() >= LOUD_EVERY) => {
                loud = Some(Instant::now());
                tracing::error!(
                    why,
                    ring = %ring.display(),
                    "The key ring's file is lost: this node goes on with the keys it holds, and none can start. Put the copy back"
                );
            }
            Some(_) => {}
            None => loud = None,
        }
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

/// Compares the clock with the others, and says when they begin and cease to agree, until `leaving` is cancelled (R24).
pub async fn watch_clock(portal: Portal, leaving: CancellationToken) {
    let mut ticks = interval(LOOKS_AT_CLOCK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut asking = Round::new("The database could not be asked for its time, or not told ours");
    let (mut doubted, mut rested) = (None, None);
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let asked = asking.ended(portal.watch_clock().await).is_some();
        went_well(&portal, Job::WatchClock, asked);
        let doubt = portal.clock_doubt();
        // Until it was compared once, this node is of no use.
        if doubt == Some(ClockDoubt::NotCompared) {
            ticks.reset_after(COMPARES_AGAIN);
        }
        match (doubt, doubted) {
            (Some(doubt), None) => {
                tracing::error!(
                    doubt = doubt.word(),
                    seconds = doubt.seconds(),
                    "The time is not believed: no code or link is compared with it, and this node is not ready"
                );
            }
            (None, Some(ClockDoubt::NotCompared)) => {
                tracing::info!("The clock agrees with the database's: the time is believed");
            }
            (None, Some(_)) => {
                tracing::info!("The clocks have agreed for a minute: the time is believed again");
            }
            _ => {}
        }
        doubted = doubt;
        let rest = portal.clock_rest().filter(|rest| rest.is_long);
        match (rest, rested) {
            (Some(rest), None) => tracing::warn!(
                known = %rest.known,
                until = %rest.until,
                next = CONFIRM,
                "The clock lies more than 30 days after the last moment that the database knows: nothing is ended for good"
            ),
            (None, Some(_)) if doubt.is_none() => {
                tracing::info!("The time is believed in everything: what is over is ended and erased again");
            }
            _ => {}
        }
        rested = rest;
    }
}

/// What is to be done where the clock lies far after what the database knows.
const CONFIRM: &str = "look at the machine's clock; where it is right: kenpo-portal clock --confirm --reason WHY, or wait for a day";

/// Seals every union's trail until `leaving` is cancelled. `holder` is this node: one at a time seals a union's.
pub async fn seal(portal: Portal, holder: Vec<u8>, leaving: CancellationToken) {
    let mut ticks = interval(SEALS_EVERY);
    let mut looks = interval_at(Instant::now() + WAITS_AT_MOST, WAITS_AT_MOST);
    for ticks in [&mut ticks, &mut looks] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut sealing = Round::new("Rows of the trail could not be sealed");
    let mut looking = Round::new("Rows of the trail that wait could not be looked for");
    let mut told: HashMap<String, Timestamp> = HashMap::new();
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {
                let sealed = sealing.ended(seal_all(&portal, &holder, &mut told, &leaving).await);
                went_well(&portal, Job::Seal, sealed.is_some());
            }
            _ = looks.tick() => {
                let goes_on = || !leaving.is_cancelled();
                looking.ended(tell_waiting(&portal, &goes_on).await);
            },
        }
    }
}

/// Says in the log of each union whose rows have waited for their seal for too long since when: whoever seals may do
/// nothing, and no other node can tell. [`seal`] asks it once a minute.
///
/// # Errors
/// The first fault; the next round goes on.
pub async fn tell_waiting(
    portal: &Portal,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<(), RoundFault<Fault>> {
    let is_late = |since: &Timestamp| portal.now().duration_since(*since).unsigned_abs() >= WAITS_AT_MOST;
    let mut looked = EachUnion::new();
    for union in portal.store().everywhere().unsealed().await?.into_iter().take_while(|_| goes_on()) {
        let Some(slug) = TenantSlug::parse(&union) else { continue };
        let since = portal.unsealed_since(&slug).await.map(|since| since.filter(is_late));
        if let Ok(Some(since)) = &since {
            tracing::warn!(union, %since, "Rows of the trail have waited for their seal for more than a minute");
        }
        looked.had(&slug, since.map(drop));
    }
    looked.whole()
}

/// One round over every union with rows that wait.
///
/// # Errors
/// The first fault; the next round goes on.
async fn seal_all(
    portal: &Portal,
    holder: &[u8],
    told: &mut HashMap<String, Timestamp>,
    leaving: &CancellationToken,
) -> Result<(), RoundFault<Fault>> {
    let unions = portal.store().everywhere().unsealed().await?;
    let mut sealed = EachUnion::new();
    for union in unions.iter().filter_map(|union| TenantSlug::parse(union)) {
        sealed.had(&union, seal_union(portal, &union, holder, told, leaving).await);
    }
    sealed.whole()
}

/// Seals what waits at one union.
async fn seal_union(
    portal: &Portal,
    union: &TenantSlug,
    holder: &[u8],
    told: &mut HashMap<String, Timestamp>,
    leaving: &CancellationToken,
) -> Result<(), Fault> {
    while let Sealed::One { head, full } = portal.seal_trail(union, holder).await? {
        let now = portal.now();
        let due = |last: &Timestamp| now.duration_since(*last) >= HEADS_TOLD_EVERY;
        if told.get(union.as_str()).is_none_or(due) {
            told.insert(union.to_string(), now);
            let (union, seal, hash) = (union.as_str(), head.number, head.hex());
            tracing::info!(union, seal, hash, "Where the chain of the trail stands");
        }
        if !full || leaving.is_cancelled() {
            break;
        }
        portal.store().let_others_write().await;
    }
    Ok(())
}

/// Writes the search keys of members who have none, in every union that is served, until `leaving` is cancelled.
pub async fn key_members(portal: Portal, unions: impl Fn() -> Vec<Arc<Tenant>>, leaving: CancellationToken) {
    let mut ticks = rounds();
    let mut trouble = Round::new("Search keys of members could not be written");
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let keyed = trouble.ended(key_all(&portal, unions(), &leaving).await);
        went_well(&portal, Job::KeyMembers, keyed.is_some());
    }
}

/// One round over every union; between the parts of its work others write.
///
/// # Errors
/// The first fault; the next round goes on.
pub async fn key_all(
    portal: &Portal,
    unions: Vec<Arc<Tenant>>,
    leaving: &CancellationToken,
) -> Result<(), RoundFault<Fault>> {
    let mut keyed = EachUnion::new();
    for tenant in unions {
        keyed.had(&tenant.slug, key_union(portal, &tenant.slug, leaving).await);
    }
    keyed.whole()
}

/// Writes the search keys of one union's members.
async fn key_union(portal: &Portal, union: &TenantSlug, leaving: &CancellationToken) -> Result<(), Fault> {
    let mut keyed = 0;
    while !leaving.is_cancelled() {
        match portal.key_members(union).await? {
            0 => break,
            more => keyed += more,
        }
        portal.store().let_others_write().await;
    }
    if keyed > 0 {
        tracing::debug!(tenant = %union, keyed, "Search keys were written");
    }
    Ok(())
}

/// Makes a key for every union that is served and has none to sign with for its services, until `leaving` is cancelled.
pub async fn make_sso_keys(
    portal: Portal,
    unions: impl Fn() -> Vec<Arc<Tenant>>,
    leaving: CancellationToken,
) {
    let mut ticks = rounds();
    let mut trouble = Round::new("Keys by which unions sign for their services could not be made");
    loop {
        tokio::select! {
            () = leaving.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let made = trouble.ended(make_sso_keys_of(&portal, unions(), &leaving).await);
        went_well(&portal, Job::MakeSsoKeys, made.is_some());
    }
}

/// Makes the keys that are missing.
///
/// # Errors
/// The first fault; the next round goes on.
pub async fn make_sso_keys_of(
    portal: &Portal,
    unions: Vec<Arc<Tenant>>,
    leaving: &CancellationToken,
) -> Result<(), RoundFault<Fault>> {
    // When a key begins to sign stands in its row: not by a clock that nobody believes (R24).
    if portal.clock_doubt().is_some() {
        return Ok(());
    }
    let have: HashSet<String> = portal
        .store()
        .everywhere()
        .with_sso_key(SigningAlgorithm::Es256.as_str())
        .await?
        .into_iter()
        .collect();
    let mut made = EachUnion::new();
    for tenant in unions.iter().filter(|tenant| !have.contains(tenant.slug.as_str())) {
        if leaving.is_cancelled() {
            break;
        }
        made.had(&tenant.slug, portal.make_first_sso_key(&tenant.slug).await.map(drop));
    }
    made.whole()
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
        if !portal.may_end_for_good() {
            rests(&portal, Job::ClearOutbox);
            continue;
        }
        let now = portal.now();
        let everywhere = portal.store().everywhere();
        let given_up = expired.ended(everywhere.give_up_expired(now).await);
        match given_up {
            None | Some(0) => {}
            Some(letters) => {
                portal.metrics().letters(LetterFate::Expired, letters);
                tracing::warn!(letters, "Letters ran out before they could be sent, and are given up");
            }
        }
        let long_ago = now.checked_sub(LETTERS_KEPT).unwrap_or(now);
        let forgotten = done.ended(everywhere.forget_letters(long_ago).await);
        went_well(&portal, Job::ClearOutbox, given_up.is_some() && forgotten.is_some());
    }
}
