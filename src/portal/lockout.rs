//! Lockout: a try at a password or a code, from being counted to what came of it (D13, D27, D28).
//!
//! # Decision
//! A try is a value. It is counted and committed before anything is verified, and says at its end what came of it; one that
//! ends without saying so (the queue was full, the request was dropped, the database failed) gives itself back, as long as
//! nothing was verified.
//! # Because
//! Whoever presses twice, or whose browser gives up, has guessed nothing; and whoever guesses many at once must find no
//! order in which a guess is not counted.
//! # Instead of
//! A pause as the answer to whatever came at the same moment.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{runtime::Handle, sync::oneshot};
use tracing::Instrument as _;

use super::{Deed, Fault, Portal};
use crate::{
    domain::{
        lockout::{
            Bucket, CODES_PER_ATTEMPT, Counter, CounterKind, CounterPair, Ladder, PairVerdict, TryVerdict,
        },
        member::{AttemptId, MemberId},
        password::Password,
        tenant::{Tenant, TenantSlug},
    },
    store::{
        self, Write,
        lockout::{CounterChange, CounterKey},
        tally::carried,
    },
    vault::{self, ExpectedPassword, HashAsker},
};

mod line;

use line::LineKey;
pub(super) use line::Lines;

/// What a try is counted by.
#[derive(Debug, Clone)]
pub(super) enum CountedBy {
    /// One counter.
    One(CounterKey),
    /// What one browser has, its pauses or its own limit, and the count of all of them (D27).
    Two(Box<CounterPair<CounterKey>>),
}

impl CountedBy {
    /// The counter whose tries wait for each other.
    fn first(&self) -> &CounterKey {
        match self {
            Self::One(key) => key,
            Self::Two(pair) => &pair.here,
        }
    }

    /// The ladder that gives the pauses.
    pub fn pauses(&self) -> Ladder {
        self.first().ladder
    }

    /// The ladder with the hard limit.
    pub fn limit(&self) -> Ladder {
        match self {
            Self::One(key) => key.ladder,
            Self::Two(pair) => pair.in_all.ladder,
        }
    }
}

/// What a try is at.
#[derive(Debug, Clone)]
pub(super) struct CounterTarget {
    /// What it is counted by.
    pub counted_by: CountedBy,
    /// The attempt whose own five tries it takes from, where it does.
    pub attempt: Option<AttemptId>,
}

impl CounterTarget {
    /// A try at what one counter counts.
    pub fn one(kind: CounterKind, subject: Vec<u8>, ladder: Ladder, attempt: Option<AttemptId>) -> Self {
        Self { counted_by: CountedBy::One(CounterKey { subject, kind, ladder }), attempt }
    }
}

/// What the counters of a try say: of one counter, or of two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    /// The counter that gives the pauses; of two, the browser's own.
    pub pauses: Counter,
    /// The counter that counts to the hard limit.
    pub count: Counter,
    /// How many failures warnings had been written about before.
    warned: u32,
}

impl Counted {
    fn one(counter: Counter) -> Self {
        Self { pauses: counter, count: counter, warned: counter.warned_of() }
    }

    fn two(pair: CounterPair<Counter>) -> Self {
        Self { pauses: pair.here, count: pair.in_all, warned: pair.in_all.warned_of() }
    }

    /// Whether so many failures are certain and no warning about them was written before: once, however the count came
    /// there. The one that reached it may be of a program that was killed.
    pub fn reaches(&self, failures: u32) -> bool {
        self.warned < failures && self.count.certain_total() >= failures
    }

    /// The same of each multiple.
    pub fn reaches_a_multiple_of(&self, failures: u32) -> bool {
        let times = |count: u32| count.checked_div(failures).unwrap_or_default();
        times(self.warned) < times(self.count.certain_total())
    }
}

/// What a try is told before it is verified. Being paused, being off and having to come back are different answers.
pub(super) enum TryAdmission {
    /// Verify it, and say what came of it.
    Verify(Try),
    /// A pause was given, until then; the counters that say so.
    Paused(Timestamp, Counted),
    /// Off, whatever is typed. Where there are pauses it is a try like any other that cannot be right; where there are none,
    /// the counters that say so.
    Off(OffTry),
    /// The browser's own limit is reached. Nothing was counted.
    OffHere,
    /// The attempt has had its five.
    AttemptOver,
}

/// A try at what is off.
pub(super) enum OffTry {
    /// It is counted by its pauses.
    Paced(Try),
    /// It is not counted.
    Uncounted(Counted),
}

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TryOutcome {
    NotVerified,
    Wrong,
    Right,
}

/// A try that is counted. Dropped before its outcome is written, it is given back if nothing was verified or it was right,
/// and stays counted if it was wrong.
pub(super) struct Try(Option<Box<OpenTry>>);

struct OpenTry {
    portal: Portal,
    tenant: TenantSlug,
    target: CounterTarget,
    /// The number of this try within its attempt, from 1; 0 where it is of none.
    misses: u32,
    /// The counters as they stood when the try had been counted.
    counted: Counted,
    /// Whether it is off: of two counters only the pauses have counted it.
    is_off: bool,
    outcome: TryOutcome,
}

fn line_of(tenant: &Tenant, target: &CounterTarget) -> LineKey {
    let key = target.counted_by.first();
    (tenant.slug.clone(), key.subject.clone(), key.kind)
}

/// A judge's answer, by one counter or by two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Open,
    Wait,
    Paused(Timestamp),
    Off,
    OffHere,
}

async fn reserve(
    tx: &mut Write,
    counted_by: &CountedBy,
    now: Timestamp,
) -> Result<(Verdict, Counted), store::StoreError> {
    match counted_by {
        CountedBy::One(CounterKey { subject, kind, ladder }) => {
            let (verdict, counter) = store::lockout::reserve(tx, subject, *kind, *ladder, now).await?;
            let verdict = match verdict {
                TryVerdict::Open(_) => Verdict::Open,
                TryVerdict::Wait => Verdict::Wait,
                TryVerdict::Paused(until) => Verdict::Paused(until),
                TryVerdict::Off(_) => Verdict::Off,
            };
            Ok((verdict, Counted::one(counter)))
        }
        CountedBy::Two(pair) => {
            let (verdict, counters) = store::lockout::reserve_pair(tx, pair, now).await?;
            let verdict = match verdict {
                PairVerdict::Open(_) => Verdict::Open,
                PairVerdict::Wait => Verdict::Wait,
                PairVerdict::Paused(until) => Verdict::Paused(until),
                PairVerdict::Off(_) => Verdict::Off,
                PairVerdict::OffHere => Verdict::OffHere,
            };
            Ok((verdict, Counted::two(counters)))
        }
    }
}

/// Which counter of a try it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CounterPlace {
    /// The only one, or that of one browser.
    Here,
    /// That of all browsers.
    InAll,
}

/// Changes the counters that were last seen so; where somebody else has changed them meanwhile, as they are now.
async fn change(
    tx: &mut Write,
    counted_by: &CountedBy,
    seen: Counted,
    now: Timestamp,
    change: impl Fn(CounterPlace, Ladder, Counter) -> Counter,
) -> Result<Counted, store::StoreError> {
    Ok(match counted_by {
        CountedBy::One(CounterKey { subject, kind, ladder }) => {
            let changed = |counter| change(CounterPlace::Here, *ladder, counter);
            let seen = seen.count;
            let CounterChange { before, after } =
                store::lockout::change_seen(tx, subject, *kind, *ladder, seen, now, changed).await?;
            Counted { warned: before.warned_of(), ..Counted::one(after) }
        }
        CountedBy::Two(pair) => {
            let changed = |counters: CounterPair<Counter>| CounterPair {
                here: change(CounterPlace::Here, pair.here.ladder, counters.here),
                in_all: change(CounterPlace::InAll, pair.in_all.ladder, counters.in_all),
            };
            let CounterChange { before, after } = store::lockout::change_pair(tx, pair, now, changed).await?;
            Counted { warned: before.in_all.warned_of(), ..Counted::two(after) }
        }
    })
}

/// How long a try waits for the outcome of others.
const LONGEST: Duration = Duration::from_secs(1);
/// How often whoever is next looks again, at first and at last.
const LOOK_AGAIN: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(40)];
/// When a try that could not be given back is given back again; after [`crate::domain::lockout::LEASE`] it counts as wrong.
const AGAIN: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15)];

impl Portal {
    /// Counts a try. While those that are being verified decide about it, it waits for them, a second at most: then, and
    /// where very many wait, it is told to come back, and costs nothing.
    pub(super) async fn take_turn(&self, tenant: &Tenant, target: CounterTarget) -> Deed<TryAdmission> {
        if let Some(turn) = self.ask_turn(tenant, &target).await? {
            return Ok(turn);
        }
        let waiting = self.lines.join(line_of(tenant, &target)).ok_or(vault::VaultError::Busy)?;
        let turn = tokio::time::timeout(LONGEST, async {
            let _first = waiting.first.lock().await;
            let [mut pause, longest] = LOOK_AGAIN;
            loop {
                if let Some(turn) = self.ask_turn(tenant, &target).await? {
                    return Ok(turn);
                }
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2).min(longest);
            }
        });
        turn.await.unwrap_or_else(|_| Err(vault::VaultError::Busy.into()))
    }

    /// One look: `None` while others are being verified. In a task of its own: a request that is dropped leaves no doubt
    /// whether its try was counted, so that giving it back takes nobody else's.
    async fn ask_turn(&self, tenant: &Tenant, target: &CounterTarget) -> Deed<Option<TryAdmission>> {
        let (portal, tenant, target) = (self.clone(), tenant.slug.clone(), target.clone());
        let asking = carried(async move { portal.ask_turn_now(&tenant, target).await });
        tokio::spawn(asking.in_current_span()).await.map_err(|_| Fault::Inconsistent("a count that died"))?
    }

    async fn ask_turn_now(&self, tenant: &TenantSlug, target: CounterTarget) -> Deed<Option<TryAdmission>> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(tenant).write().await?;
        let CounterTarget { counted_by, attempt } = &target;
        let (verdict, counted) = reserve(&mut tx, counted_by, now).await?;
        match verdict {
            Verdict::Wait => return Ok(None),
            Verdict::Paused(until) => {
                tx.commit().await?;
                return Ok(Some(TryAdmission::Paused(until, counted)));
            }
            Verdict::OffHere => {
                tx.commit().await?;
                return Ok(Some(TryAdmission::OffHere));
            }
            Verdict::Off if counted_by.pauses().pause_after == 0 => {
                tx.commit().await?;
                return Ok(Some(TryAdmission::Off(OffTry::Uncounted(counted))));
            }
            Verdict::Open | Verdict::Off => {}
        }
        let misses = match attempt {
            None => 0,
            Some(id) => match store::attempt::reserve_code(&mut tx, *id, CODES_PER_ATTEMPT).await? {
                Some(misses) => misses,
                // Its five are being verified, perhaps: one of them may be right.
                None if counted.count.verifying > 1 => return Ok(None),
                None => return Ok(Some(TryAdmission::AttemptOver)),
            },
        };
        tx.commit().await?;
        let admitted = Try(Some(Box::new(OpenTry {
            portal: self.clone(),
            tenant: tenant.clone(),
            target,
            misses,
            counted,
            is_off: verdict == Verdict::Off,
            outcome: TryOutcome::NotVerified,
        })));
        Ok(Some(match verdict {
            Verdict::Off => TryAdmission::Off(OffTry::Paced(admitted)),
            _ => TryAdmission::Verify(admitted),
        }))
    }

    /// What tries at a member's password are counted by: in a browser that has signed the member in, by its own pauses and
    /// the count of all such browsers; else by one counter for everybody (D27).
    pub(super) fn password_counters(
        &self,
        tenant: &Tenant,
        member: MemberId,
        bucket: Bucket,
        cookie_digest: Option<&[u8]>,
    ) -> CountedBy {
        let policy = &tenant.policy.lockout;
        let key = |kind: CounterKind, subject| CounterKey { subject, kind, ladder: kind.ladder(policy) };
        let in_all = key(CounterKind::Password(bucket), self.vault.guard_subject_member(member));
        match (bucket, cookie_digest) {
            (Bucket::Known, Some(cookie_digest)) => {
                let here = self.vault.guard_subject_here(member, cookie_digest);
                CountedBy::Two(Box::new(CounterPair { here: key(CounterKind::PasswordHere, here), in_all }))
            }
            _ => CountedBy::One(in_all),
        }
    }

    /// Writes the counters as they are: nothing comes of a try in a pause, at the cost of one that is verified.
    pub(super) async fn leave_counted(
        &self,
        tx: &mut Write,
        counted_by: &CountedBy,
        seen: Counted,
        now: Timestamp,
    ) -> Result<(), Fault> {
        change(tx, counted_by, seen, now, |_, _, counter| counter).await?;
        Ok(())
    }

    /// Writes down that warnings about everything that is certain are written in this transaction. The counters as they
    /// are then; what they reach is still to be told.
    pub(super) async fn catch_up_with_warnings(
        &self,
        tx: &mut Write,
        counted_by: &CountedBy,
        seen: Counted,
        now: Timestamp,
    ) -> Result<Counted, Fault> {
        Ok(change(tx, counted_by, seen, now, |_, _, counter| counter.with_warnings()).await?)
    }

    /// Verifies a password for a try that is counted. Whoever goes away before a permit came free leaves the queue, and is
    /// given back; whoever goes away later is verified all the same, and the outcome counts.
    pub(super) async fn verify_password(
        &self,
        mut counted: Try,
        asker: HashAsker,
        expected: Arc<ExpectedPassword>,
        typed: Option<Password>,
    ) -> Deed<(Try, bool)> {
        let (mut tells, hears) = oneshot::channel();
        let vault = self.vault.clone();
        let verifying = async move {
            let permit = tokio::select! {
                permit = vault.permit(asker) => permit,
                () = tells.closed() => return,
            };
            let right = match permit {
                Ok(permit) => vault.verify_with(permit, &expected, typed.as_ref()).await,
                Err(fault) => Err(fault),
            };
            if let Ok(right) = right {
                counted.record(right);
            }
            // Nobody hears it: what is dropped with it says the outcome.
            let _ = tells.send((counted, right));
        };
        tokio::spawn(verifying.in_current_span());
        let died = |_| vault::VaultError::Hashing("its task ended".into());
        let (counted, right) = hears.await.map_err(died)?;
        Ok((counted, right?))
    }
}

impl Try {
    /// The number of this try within its attempt, from 1; 0 where it is of none.
    pub fn misses(&self) -> u32 {
        self.0.as_ref().map_or(0, |open| open.misses)
    }

    /// Says what came of it. Written with [`Try::settle`], or when it is dropped.
    pub fn record(&mut self, right: bool) {
        if let Some(open) = &mut self.0 {
            open.outcome = if right { TryOutcome::Right } else { TryOutcome::Wrong };
        }
    }

    /// Whether it was right.
    pub fn is_right(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.outcome == TryOutcome::Right)
    }

    /// Writes the outcome in the transaction of what it brings. The counters with it, and what they reach: letters of
    /// warning about that belong into the same transaction. [`Try::done`] once that is committed.
    ///
    /// # Errors
    /// `Fault::Inconsistent` for a try that was settled before, else what the database says.
    pub async fn settle(&self, tx: &mut Write, now: Timestamp) -> Result<Counted, Fault> {
        match &self.0 {
            Some(open) => open.settle(tx, now, open.outcome, true).await,
            None => Err(Fault::Inconsistent("a try that was settled before")),
        }
    }

    /// Its outcome is committed.
    pub fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        let Some(open) = self.0.take() else { return };
        // Where no runtime is left the program ends: the lease does it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { open.end().await }.in_current_span());
        }
    }
}

impl OpenTry {
    /// What it is counted as, for the log.
    fn kind(&self) -> &'static str {
        self.target.counted_by.first().kind.as_str()
    }

    /// `heard`: whoever settles it writes the letters of warning with it, too.
    async fn settle(
        &self,
        tx: &mut Write,
        now: Timestamp,
        outcome: TryOutcome,
        heard: bool,
    ) -> Result<Counted, Fault> {
        let CounterTarget { counted_by, attempt } = &self.target;
        let changed = |place, ladder, counter: Counter| match outcome {
            // The count was full before: it has not counted this one.
            _ if place == CounterPlace::InAll && self.is_off => counter,
            TryOutcome::NotVerified => counter.not_verified(),
            TryOutcome::Wrong => counter.wrong(ladder, now),
            TryOutcome::Right => counter.right(ladder),
        };
        let warned = |place, ladder, counter| {
            let counter = changed(place, ladder, counter);
            if heard && outcome == TryOutcome::Wrong { counter.with_warnings() } else { counter }
        };
        let counter = change(tx, counted_by, self.counted, now, warned).await?;
        if let (TryOutcome::NotVerified, Some(attempt)) = (outcome, attempt) {
            store::attempt::give_back_code(tx, *attempt).await?;
        }
        Ok(counter)
    }

    /// Settles what nobody waits for. A right one whose deed was not done is as if it had never been: it clears nothing.
    /// Warnings are left to the next try, which writes the letters with them.
    async fn end(&self) {
        let outcome = match self.outcome {
            TryOutcome::Wrong => TryOutcome::Wrong,
            TryOutcome::NotVerified | TryOutcome::Right => TryOutcome::NotVerified,
        };
        for pause in AGAIN {
            tokio::time::sleep(pause).await;
            match self.end_once(outcome).await {
                Ok(()) => return,
                Err(fault) => {
                    tracing::warn!(%fault, kind = self.kind(), "A try could not be settled");
                }
            }
        }
    }

    async fn end_once(&self, outcome: TryOutcome) -> Result<(), Fault> {
        let now = self.portal.clock.now();
        let mut tx = self.portal.store.tenant(&self.tenant).write().await?;
        self.settle(&mut tx, now, outcome, false).await?;
        match tx.commit().await {
            // It may have been one, and giving back twice would take somebody else's.
            Err(fault) if fault.is_unsure() => {
                tracing::warn!(%fault, kind = self.kind(), "A try stays counted");
                Ok(())
            }
            ended => Ok(ended?),
        }
    }
}
