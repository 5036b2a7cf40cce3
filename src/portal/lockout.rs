//! Lockout: a try at a password or a code, from being counted to what came of it (D13, D28).
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

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{runtime::Handle, sync::oneshot};
use tracing::Instrument as _;

use super::{Deed, Fault, Portal};
use crate::{
    domain::{
        lockout::{CODES_PER_ATTEMPT, Counter, CounterKind, Ladder, TryVerdict},
        member::AttemptId,
        password::Password,
        tenant::{Tenant, TenantSlug},
    },
    store::{self, Write, tally::carried},
    vault::{self, ExpectedPassword},
};

/// What a try is at.
#[derive(Debug, Clone)]
pub(super) struct CounterTarget {
    /// The kind of what is counted.
    pub kind: CounterKind,
    /// Whom the counter is about, as a keyed digest.
    pub subject: Vec<u8>,
    /// How failures are punished.
    pub ladder: Ladder,
    /// The attempt whose own five tries it takes from, where it does.
    pub attempt: Option<AttemptId>,
}

/// What a try is told before it is verified. Being paused, being off and having to come back are different answers.
pub(super) enum TryAdmission {
    /// Verify it, and say what came of it.
    Verify(Try),
    /// A pause was given, until then; the counter that says so.
    Paused(Timestamp, Counter),
    /// Off, whatever is typed. Where there are pauses it is a try like any other that cannot be right.
    Off(Option<Try>),
    /// The attempt has had its five.
    AttemptOver,
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
    /// The how-manieth of its attempt it is, this one included.
    misses: u32,
    /// The counter as it stood when the try had been counted.
    counter: Counter,
    outcome: TryOutcome,
}

/// Who waits for the outcome of others, by counter: one asks the database at a time.
pub(super) type TryQueues = Mutex<HashMap<(TenantSlug, Vec<u8>, CounterKind), Weak<tokio::sync::Mutex<()>>>>;

/// How long a try waits for the outcome of others.
const LONGEST: Duration = Duration::from_secs(1);
/// Most that wait at one counter.
const MOST_WAITING: usize = 64;
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
        let waiting = self.place_in_line(tenant, &target)?;
        let turn = tokio::time::timeout(LONGEST, async {
            let _first = waiting.lock().await;
            let [mut pause, longest] = LOOK_AGAIN;
            loop {
                if let Some(turn) = self.ask_turn(tenant, &target).await? {
                    return Ok(turn);
                }
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2).min(longest);
            }
        });
        let turn = turn.await.unwrap_or_else(|_| Err(vault::VaultError::Busy.into()));
        self.leave_line(tenant, &target, waiting);
        turn
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
        let CounterTarget { kind, subject, ladder, attempt } = &target;
        let (verdict, counter) = store::lockout::reserve(&mut tx, subject, *kind, *ladder, now).await?;
        match verdict {
            TryVerdict::Wait => return Ok(None),
            TryVerdict::Paused(until) => {
                tx.commit().await?;
                return Ok(Some(TryAdmission::Paused(until, counter)));
            }
            TryVerdict::Off(_) if ladder.pause_after == 0 => {
                tx.commit().await?;
                return Ok(Some(TryAdmission::Off(None)));
            }
            TryVerdict::Open(_) | TryVerdict::Off(_) => {}
        }
        let misses = match attempt {
            None => 0,
            Some(id) => match store::attempt::reserve_code(&mut tx, *id, CODES_PER_ATTEMPT).await? {
                Some(misses) => misses,
                // Its five are being verified, perhaps: one of them may be right.
                None if counter.verifying > 1 => return Ok(None),
                None => return Ok(Some(TryAdmission::AttemptOver)),
            },
        };
        tx.commit().await?;
        let admitted = Try(Some(Box::new(OpenTry {
            portal: self.clone(),
            tenant: tenant.clone(),
            target,
            misses,
            counter,
            outcome: TryOutcome::NotVerified,
        })));
        Ok(Some(match verdict {
            TryVerdict::Off(_) => TryAdmission::Off(Some(admitted)),
            _ => TryAdmission::Verify(admitted),
        }))
    }

    fn place_in_line(&self, tenant: &Tenant, target: &CounterTarget) -> Deed<Arc<tokio::sync::Mutex<()>>> {
        let key = (tenant.slug.clone(), target.subject.clone(), target.kind);
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let line = turns.get(&key).and_then(Weak::upgrade).unwrap_or_default();
        if Arc::strong_count(&line) > MOST_WAITING {
            return Err(vault::VaultError::Busy.into());
        }
        turns.insert(key, Arc::downgrade(&line));
        Ok(line)
    }

    fn leave_line(&self, tenant: &Tenant, target: &CounterTarget, line: Arc<tokio::sync::Mutex<()>>) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::strong_count(&line) == 1 {
            turns.remove(&(tenant.slug.clone(), target.subject.clone(), target.kind));
        }
        drop(line);
    }

    /// Verifies a password for a try that is counted. Whoever goes away before a permit came free leaves the queue, and is
    /// given back; whoever goes away later is verified all the same, and the outcome counts.
    pub(super) async fn verify_password(
        &self,
        mut counted: Try,
        expected: Arc<ExpectedPassword>,
        typed: Option<Password>,
    ) -> Deed<(Try, bool)> {
        let (mut tells, hears) = oneshot::channel();
        let vault = self.vault.clone();
        let verifying = async move {
            let permit = tokio::select! {
                permit = vault.permit() => permit,
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
    /// The how-manieth of its attempt it is.
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

    /// Writes the outcome in the transaction of what it brings. The counter with it. [`Try::done`] once that is committed.
    ///
    /// # Errors
    /// `Fault::Inconsistent` for a try that was settled before, else what the database says.
    pub async fn settle(&self, tx: &mut Write, now: Timestamp) -> Result<Counter, Fault> {
        match &self.0 {
            Some(open) => open.settle(tx, now, open.outcome).await,
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
    async fn settle(&self, tx: &mut Write, now: Timestamp, outcome: TryOutcome) -> Result<Counter, Fault> {
        let CounterTarget { kind, subject, ladder, attempt } = &self.target;
        let changed = |counter: Counter| match outcome {
            TryOutcome::NotVerified => counter.not_verified(),
            TryOutcome::Wrong => counter.wrong(*ladder, now),
            TryOutcome::Right => counter.right(),
        };
        let counter =
            store::lockout::change_seen(tx, subject, *kind, *ladder, self.counter, now, changed).await?;
        if let (TryOutcome::NotVerified, Some(attempt)) = (outcome, attempt) {
            store::attempt::give_back_code(tx, *attempt).await?;
        }
        Ok(counter)
    }

    /// Settles what nobody waits for. A right one whose deed was not done is as if it had never been: it clears nothing.
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
                    tracing::warn!(%fault, kind = self.target.kind.as_str(), "A try could not be settled");
                }
            }
        }
    }

    async fn end_once(&self, outcome: TryOutcome) -> Result<(), Fault> {
        let now = self.portal.clock.now();
        let mut tx = self.portal.store.tenant(&self.tenant).write().await?;
        self.settle(&mut tx, now, outcome).await?;
        // Whether a commit that failed was one is not known, and giving back twice would take somebody else's.
        if let Err(fault) = tx.commit().await {
            tracing::warn!(%fault, kind = self.target.kind.as_str(), "A try stays counted");
        }
        Ok(())
    }
}
