//! Restore: a database that was put back from a backup is made fit to be served: what must not live on ends, in one
//! transaction, and every union's trail says so ([M11], [R18]).
//!
//! # Decision
//! What ends is `domain::restore`'s list; besides, every member's epoch is raised, so that a kind of thing that the list does
//! not know is worthless too. App codes count as used up to the minute after the restore. Letters that waited are given up,
//! not sent: the lost service has sent most of them since, and a notice that comes twice, days later, frightens people. How
//! many they were is told, and how many of them carried first passwords, which the desk can issue anew.
//! # Because
//! Nobody can tell what was used up after the backup was made.
//! # Instead of
//! Keeping sessions for the members' comfort: a member who signed out, or was signed out by the desk because a phone was
//! stolen, would be signed in again on it.
//!
//! [M11]: crate::rules::threats#m11
//! [R18]: crate::rules::reliability#r18

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Fault, keys};
use crate::{
    domain::{
        audit::{Event, doing::Doing},
        member::EventId,
        restore::{InFlight, InFlightCounts},
        tenant::TenantSlug,
    },
    store::Store,
    world::{Clock, RandomSource, random_bytes},
};

/// Whoever finishes a restore.
#[derive(Debug, Clone, Copy)]
pub struct Restore<'a> {
    /// The database that was put back.
    pub store: &'a Store,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Chance, for the ids of the trail's rows.
    pub rng: &'a dyn RandomSource,
    /// Who does it, and why.
    pub doing: &'a Doing,
}

/// What a restore ended, or would end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made, where the database tells.
    pub backup_at: Option<Timestamp>,
    /// What ended at each union that has members or a trail.
    pub unions: BTreeMap<String, InFlightCounts>,
    /// Letters with first passwords among those that were given up, by union.
    pub first_passwords: BTreeMap<String, u64>,
}

impl Restored {
    /// How many of a kind ended at all unions together.
    pub fn all(&self, kind: InFlight) -> u64 {
        self.unions.values().filter_map(|ended| ended.get(&kind)).sum()
    }

    /// Whether nothing ended, because nothing was in flight.
    pub fn is_nothing(&self) -> bool {
        self.unions.values().all(BTreeMap::is_empty)
    }
}

impl Restore<'_> {
    /// What [`Restore::finish`] would end. Writes nothing.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn preview(&self) -> Result<Restored, Fault> {
        self.in_flight().await
    }

    async fn in_flight(&self) -> Result<Restored, Fault> {
        let everywhere = self.store.everywhere();
        let ended = everywhere.in_flight(self.clock.now()).await?;
        self.restored(ended).await
    }

    /// Ends what must not live on, says so in every union's trail, and makes the database its own again.
    ///
    /// # Errors
    /// [`Fault`] when the database fails: nothing was changed then, unless the database did not say.
    pub async fn finish(&self) -> Result<Restored, Fault> {
        let before = self.in_flight().await?;
        let now = self.clock.now();
        let mut ending = self.store.everywhere().begin_ending().await?;
        let ended = ending.end(now).await?;
        let restored = restored_with(before, ended);
        for (union, ended) in &restored.unions {
            let Some(slug) = TenantSlug::parse(union) else { continue };
            let event = Event::StoreRestored { backup: restored.backup_at, ended: ended.clone() };
            ending = ending.note(slug, (self.event_id(now)?, &event, self.doing.clone()), now).await?;
        }
        ending.commit(now).await?;
        Ok(restored)
    }

    /// Notes that the database was moved while nothing ran on it: what is in flight goes on. At how many unions.
    ///
    /// # Errors
    /// As [`Restore::finish`].
    pub async fn moved(&self) -> Result<usize, Fault> {
        let unions = self.restored(BTreeMap::new()).await?.unions;
        let now = self.clock.now();
        let mut ending = self.store.everywhere().begin_ending().await?;
        ending.forget_nodes().await?;
        for union in unions.keys() {
            let Some(slug) = TenantSlug::parse(union) else { continue };
            let noted = (self.event_id(now)?, &Event::StoreMoved, self.doing.clone());
            ending = ending.note(slug, noted, now).await?;
        }
        ending.commit(now).await?;
        Ok(unions.len())
    }

    /// How many nodes have said a moment ago that they run on this database.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn nodes(&self) -> Result<usize, Fault> {
        Ok(keys::running_nodes(self.store, self.clock.now()).await?.len())
    }

    async fn restored(&self, ended: BTreeMap<String, InFlightCounts>) -> Result<Restored, Fault> {
        let everywhere = self.store.everywhere();
        let mut unions: BTreeSet<String> = everywhere.trails().await?.into_iter().collect();
        unions.extend(everywhere.members().await?.into_iter().map(|counted| counted.tenant));
        let known = unions.into_iter().map(|union| (union, InFlightCounts::new())).collect();
        let waiting = everywhere.first_passwords_waiting().await?.into_iter();
        let before = Restored {
            backup_at: self.store.origin().await?.backup_at,
            unions: known,
            first_passwords: waiting.map(|(union, count)| (union, count.into())).collect(),
        };
        Ok(restored_with(before, ended))
    }

    fn event_id(&self, now: Timestamp) -> Result<EventId, Fault> {
        Ok(EventId::new(now, random_bytes(self.rng)?))
    }
}

/// What ended, at the unions that are known from before too.
fn restored_with(mut before: Restored, ended: BTreeMap<String, InFlightCounts>) -> Restored {
    before.unions.values_mut().for_each(BTreeMap::clear);
    before.unions.extend(ended);
    before
}
