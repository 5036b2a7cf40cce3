//! Clock: the time a deed goes by, and whether it may be believed (R24).

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Fault, Portal};
use crate::{
    domain::clock::{ClockDoubt, ClockSample, ClockWatch, DatabaseTime, TrustedTime},
    store::Store,
    world::Clock,
};

/// What all parts of one process have seen of the clocks.
pub(super) type WatchedClock = Mutex<ClockWatch>;

/// A watch that has seen nothing yet. Where the database's clock can be compared, that comes first.
pub(super) fn watched(clock: &dyn Clock, store: &Store) -> WatchedClock {
    Mutex::new(unseen(clock, store))
}

fn unseen(clock: &dyn Clock, store: &Store) -> ClockWatch {
    if clock.is_of_the_world() && store.has_clock() {
        ClockWatch::beside_database()
    } else {
        ClockWatch::alone()
    }
}

/// The time, for a command whose deed cannot be taken back: compared with the database's clock now, where that has one of its
/// own. A command has watched no clock before.
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

impl Portal {
    fn watch(&self) -> MutexGuard<'_, ClockWatch> {
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

    /// Compares the clock with the database's, where that has one of its own. Why the time is not believed, if it is not.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn watch_clock(&self) -> Result<Option<ClockDoubt>, Fault> {
        let asked_at = self.clock.now();
        let said = self.store.time().await?;
        let (wall, steady) = (self.clock.now(), self.clock.steady());
        let database = said.map(|said| DatabaseTime { said, asked_at });
        Ok(self.watch().sample(ClockSample { wall, steady, database }))
    }
}
