//! Clock: the time a deed goes by, and whether it may be believed (R24).

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{Fault, Portal};
use crate::{
    domain::{
        audit::{Event, doing::Doing},
        clock::{
            ClockDoubt, ClockRest, ClockSample, ClockWatch, DatabaseTime, KnownTime, LONG_GAP, MOST_APART,
            TrustedTime,
        },
        id::EventId,
        tenant::TenantSlug,
    },
    store::{self, Store},
    world::{Clock, RandomSource, random_bytes},
};

/// How often the database is told that a node runs whose clock is believed.
const WRITES_DOWN: Duration = Duration::from_secs(30);

/// What all parts of one process have seen of the clocks.
pub(super) type WatchedClock = Mutex<SeenClock>;

/// What a process has seen of the clocks.
#[derive(Debug)]
pub(super) struct SeenClock {
    watch: ClockWatch,
    /// Whether what the database knows of the time was read once.
    has_read: bool,
    /// When, by the steady clock, the time was last written down.
    written: Option<Duration>,
    rest: Option<ClockRest>,
    /// Whether the time was in doubt since it was last compared with what the database knows.
    was_doubted: bool,
}

impl SeenClock {
    fn sample(&mut self, sample: ClockSample) -> Option<ClockDoubt> {
        let doubt = self.watch.sample(sample);
        self.was_doubted |= doubt.is_some();
        doubt
    }

    fn trust(&mut self, wall: Timestamp, steady: Duration) -> Result<TrustedTime, ClockDoubt> {
        let trusted = self.watch.trust(wall, steady);
        self.was_doubted |= trusted.is_err();
        trusted
    }
}

/// A watch that has seen nothing yet. What the database knows of the time comes first, and its clock, where it has one.
pub(super) fn watched(clock: &dyn Clock, store: &Store) -> WatchedClock {
    let watch = unseen(clock, store);
    let watch = if clock.is_of_the_world() { watch.and_what_the_database_knows() } else { watch };
    Mutex::new(SeenClock { watch, has_read: false, written: None, rest: None, was_doubted: false })
}

/// What the database knows of the time: what nodes wrote down, else its newest row of a trail.
async fn known_time(store: &Store) -> Result<Option<KnownTime>, Fault> {
    Ok(match store.everywhere().known_time().await? {
        Some(known) => Some(known),
        None => store.everywhere().newest_event().await?.map(KnownTime::at),
    })
}

fn unseen(clock: &dyn Clock, store: &Store) -> ClockWatch {
    if clock.is_of_the_world() && store.has_clock() {
        ClockWatch::beside_database()
    } else {
        ClockWatch::alone()
    }
}

/// The time, for a command whose deed cannot be taken back: compared with the database's clock now, where that has one of its
/// own. A command has watched no clock before, and waits for nothing.
///
/// # Errors
/// [`Fault::Clock`] when the clocks do not agree. `Fault` when the database fails.
pub(super) async fn compared(clock: &dyn Clock, store: &Store) -> Result<TrustedTime, Fault> {
    let mut watch = unseen(clock, store);
    let asked_at = clock.now();
    let said = if clock.is_of_the_world() { store.time().await? } else { None };
    let (wall, steady) = (clock.now(), clock.steady());
    watch.sample(ClockSample { wall, steady, database: said.map(|said| DatabaseTime { said, asked_at }) });
    watch.trust(wall, steady).map_err(Fault::Clock)
}

/// How the clock stands against what the database knows of the time: that, and whether the clock lies before it, or so far
/// after it that somebody should look. `None` where it knows nothing, or nothing is odd.
///
/// # Errors
/// [`Fault`] when the database fails.
pub async fn unlikely(clock: &dyn Clock, store: &Store) -> Result<Option<UnlikelyTime>, Fault> {
    let known = known_time(store).await?;
    let here = clock.now();
    Ok(known.map(|known| UnlikelyTime { here, known: known.at }).filter(|seen| {
        let gap = seen.ahead();
        gap > LONG_GAP || gap < -MOST_APART
    }))
}

/// Writes down that the time is right, whatever the database knew before: the operator says so, and the trail of every union
/// that has one or has members, that it was said, and by whom.
///
/// # Errors
/// [`Fault`] when the database fails, or the machine gives no random numbers: it is not confirmed then, whatever trails say.
pub async fn confirm(
    clock: &dyn Clock,
    store: &Store,
    rng: &dyn RandomSource,
    doing: &Doing,
) -> Result<(), Fault> {
    let everywhere = store.everywhere();
    let known = unlikely(clock, store).await?.map(|found| found.known);
    if let Some(known) = known {
        // Else the first row that is written now may be the newest that is known of the time.
        everywhere.keep_known_time(KnownTime::at(known)).await?;
    }
    let event = Event::ClockConfirmed { known };
    let mut unions = everywhere.trails().await?;
    unions.extend(everywhere.members().await?.into_iter().map(|counted| counted.tenant));
    unions.sort_unstable();
    unions.dedup();
    for union in unions {
        let Some(slug) = TenantSlug::parse(&union) else { continue };
        let now = clock.now();
        let mut tx = store.tenant(&slug).write().await?;
        store::audit::note(&mut tx, EventId::new(now, random_bytes(rng)?), None, &event, doing.clone(), now);
        tx.commit().await?;
    }
    Ok(everywhere.keep_known_time(KnownTime::at(clock.now())).await?)
}

/// A time that is odd against what the database knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnlikelyTime {
    /// The time by this machine.
    pub here: Timestamp,
    /// The newest moment that the database knows.
    pub known: Timestamp,
}

impl UnlikelyTime {
    /// How far this machine's time is ahead of it.
    pub fn ahead(&self) -> SignedDuration {
        self.here.duration_since(self.known)
    }
}

impl Portal {
    fn watch(&self) -> MutexGuard<'_, SeenClock> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time, for whatever compares a code or a link with it. Asked for before anything is counted: where the time is not
    /// believed, nobody has tried.
    ///
    /// # Errors
    /// [`Fault::Clock`] while the clocks do not agree, and for a minute more.
    pub(super) fn trusted_now(&self) -> Result<TrustedTime, Fault> {
        let (wall, steady) = (self.clock.now(), self.clock.steady());
        self.watch().trust(wall, steady).map_err(Fault::Clock)
    }

    /// Why the time is not believed, if it is not.
    pub fn clock_doubt(&self) -> Option<ClockDoubt> {
        let (wall, steady) = (self.clock.now(), self.clock.steady());
        self.watch().sample(ClockSample { wall, steady, database: None })
    }

    /// Why nothing is ended for good although the time is believed, if that is so.
    pub fn clock_rest(&self) -> Option<ClockRest> {
        self.watch().rest
    }

    /// Whether what ran out may be ended for good, and what is over erased: the time is believed, and does not lie far after
    /// what the database knows of it (R25).
    pub fn may_end_for_good(&self) -> bool {
        if self.clock_doubt().is_some() {
            return false;
        }
        // A clock that jumped far and has agreed with itself for a minute is no better than one that starts so.
        let watch = self.watch();
        watch.rest.is_none() && !watch.was_doubted
    }

    /// Compares the clock with the database's, where that has one of its own, and with what the database knows of the time,
    /// and writes the time down where it is believed. Why the time is not believed, if it is not.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn watch_clock(&self) -> Result<Option<ClockDoubt>, Fault> {
        // First: until it is known, an answer of the database's clock ends no doubt.
        self.read_known_time().await?;
        let asked_at = self.clock.now();
        let said = self.store.time().await?;
        let (wall, steady) = (self.clock.now(), self.clock.steady());
        let database = said.map(|said| DatabaseTime { said, asked_at });
        self.watch().sample(ClockSample { wall, steady, database });
        self.keep_time().await
    }

    /// The same without the database's own clock. Called by journeys only: their clock is moved by hand, and PostgreSQL's is
    /// not.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn compare_with_known(&self) -> Result<Option<ClockDoubt>, Fault> {
        self.read_known_time().await?;
        self.keep_time().await
    }

    /// Reads what the database knows of the time, once, and again while the clock lies before it: an operator may have
    /// confirmed the clock.
    async fn read_known_time(&self) -> Result<(), Fault> {
        let is_behind = matches!(self.clock_doubt(), Some(ClockDoubt::Behind(_)));
        if !self.watch().has_read || is_behind {
            let known = known_time(&self.store).await?;
            let mut watch = self.watch();
            watch.watch.database_knows(known.map(|known| known.at));
            watch.has_read = true;
        }
        Ok(())
    }

    /// Writes the time down where it is believed, and was not written down a moment ago.
    async fn keep_time(&self) -> Result<Option<ClockDoubt>, Fault> {
        let doubt = self.clock_doubt();
        let steady = self.clock.steady();
        let is_due = {
            let watch = self.watch();
            watch.was_doubted || watch.written.is_none_or(|at| steady.saturating_sub(at) >= WRITES_DOWN)
        };
        if doubt.is_none() && is_due {
            let now = self.clock.now();
            let known = known_time(&self.store).await?.unwrap_or(KnownTime::at(now));
            let (next, rest) = known.seen(now);
            {
                let mut watch = self.watch();
                (watch.rest, watch.was_doubted) = (rest, false);
            }
            self.store.everywhere().keep_known_time(next).await?;
            self.watch().written = Some(steady);
        }
        Ok(doubt)
    }
}
