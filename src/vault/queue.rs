//! Queue: whoever waits for a hash.
//!
//! # Decision
//! A quarter of the places is kept for members: browsers that have signed the member in, and whoever has shown the password
//! already. One network takes at most half of the places as a stranger, and half as a member ([D27], B11 of the threats).
//! # Because
//! A sign-in of anybody costs a hash. Forty at once from one network would otherwise fill the second that the queue is long,
//! and members would be told to come back for as long as that goes on.
//! # Instead of
//! Members before strangers: whoever is new, or has another phone, is a stranger too, and would never have a turn.
//!
//! [D27]: crate::rules::decisions#d27

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{Cost, VaultError, VaultResult};
use crate::{
    domain::network::Network,
    metrics::{HashCounts, page::HashQueueState},
};

/// How long a request waits for a permit.
const LONGEST: Duration = Duration::from_secs(1);
/// What one core hashes in a second, in KiB of memory passed over, on a slow server. (A union's own setting, 19 MiB and
/// two passes, takes 25 to 45 ms.)
const KIB_A_SECOND: u32 = 900_000;
/// Fewest and most requests that wait for one permit.
const WAITING: RangeInclusive<u32> = 4..=64;

/// Who asks for a hash, and from which network, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAsker {
    /// A browser that has signed the member in, or whoever has shown a right password or link already.
    Member(Option<Network>),
    /// Anybody else.
    Stranger(Option<Network>),
}

impl HashAsker {
    fn is_stranger(self) -> bool {
        matches!(self, Self::Stranger(_))
    }

    fn has_network(self) -> bool {
        let (Self::Member(network) | Self::Stranger(network)) = self;
        network.is_some()
    }
}

/// The right to one hash now. Dropped, it goes to the next in the queue.
#[derive(Debug)]
pub struct Permit {
    _hashing: OwnedSemaphorePermit,
    _place: Place,
}

/// A place in the queue. Dropped, it is free again.
#[derive(Debug)]
struct Place {
    _any: OwnedSemaphorePermit,
    _of_strangers: Option<OwnedSemaphorePermit>,
    /// Counted for its network.
    _of_network: Option<OfNetwork>,
}

/// How many places each network has, as a stranger and as a member. No longer than the queue.
type ByNetwork = Arc<Mutex<HashMap<HashAsker, usize>>>;

#[derive(Debug)]
struct OfNetwork {
    asker: HashAsker,
    taken: ByNetwork,
}

impl Drop for OfNetwork {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.asker) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.asker);
            }
        }
    }
}

/// Hashing permits, and a bounded number of places to wait for one.
pub(super) struct PermitQueue {
    places: Arc<Semaphore>,
    of_strangers: Arc<Semaphore>,
    of_one_network: usize,
    by_network: ByNetwork,
    permits: Arc<Semaphore>,
    /// Places and permits in all.
    most: (usize, usize),
    counts: Arc<HashCounts>,
}

impl PermitQueue {
    /// A queue before so many permits, as long as what it holds is done within [`LONGEST`] at this cost.
    pub fn new(permits: usize, cost: Cost) -> Self {
        let permits = permits.max(1);
        let in_time = KIB_A_SECOND / cost.memory_kib.saturating_mul(cost.iterations).max(1);
        let waiting = in_time.clamp(*WAITING.start(), *WAITING.end());
        let places = permits.saturating_mul(usize::try_from(waiting).unwrap_or(0).saturating_add(1));
        Self {
            places: Arc::new(Semaphore::new(places)),
            of_strangers: Arc::new(Semaphore::new(places - places / 4)),
            of_one_network: places / 2,
            by_network: ByNetwork::default(),
            permits: Arc::new(Semaphore::new(permits)),
            most: (places, permits),
            counts: Arc::default(),
        }
    }

    /// How long it is now, and what it has counted.
    pub fn state(&self) -> HashQueueState {
        let (places, permits) = self.most;
        let running = permits.saturating_sub(self.permits.available_permits());
        let inside = places.saturating_sub(self.places.available_permits());
        let waiting = inside.saturating_sub(running);
        HashQueueState { running, waiting, places, counts: Arc::clone(&self.counts) }
    }

    /// Whether the queue has a place for that asker; takes none.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when there is no place.
    pub fn has_room(&self, asker: HashAsker) -> VaultResult<()> {
        let of_network = self.by_network.lock().unwrap_or_else(PoisonError::into_inner).get(&asker).copied();
        let is_full = self.places.available_permits() == 0
            || asker.is_stranger() && self.of_strangers.available_permits() == 0
            || of_network.unwrap_or_default() >= self.of_one_network;
        if is_full {
            self.counts.refused.add();
            return Err(VaultError::Busy);
        }
        Ok(())
    }

    /// Waits for a permit, a second at most.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when there is no place for that asker, or when no permit came free in time.
    pub async fn permit(&self, asker: HashAsker) -> VaultResult<Permit> {
        let asked = Instant::now();
        let permit = self.permit_in_time(asker).await;
        match &permit {
            Some(_) => self.counts.waits.took(asked.elapsed()),
            None => self.counts.refused.add(),
        }
        permit.ok_or(VaultError::Busy)
    }

    async fn permit_in_time(&self, asker: HashAsker) -> Option<Permit> {
        let place = self.place(asker)?;
        let hashing = tokio::time::timeout(LONGEST, self.permits.clone().acquire_owned()).await.ok()?.ok()?;
        Some(Permit { _hashing: hashing, _place: place })
    }

    fn place(&self, asker: HashAsker) -> Option<Place> {
        let of_network = if asker.has_network() { Some(self.of_network(asker)?) } else { None };
        let of_strangers = if asker.is_stranger() {
            Some(self.of_strangers.clone().try_acquire_owned().ok()?)
        } else {
            None
        };
        let any = self.places.clone().try_acquire_owned().ok()?;
        Some(Place { _any: any, _of_strangers: of_strangers, _of_network: of_network })
    }

    fn of_network(&self, asker: HashAsker) -> Option<OfNetwork> {
        let mut taken = self.by_network.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(&asker).copied().unwrap_or_default();
        if count >= self.of_one_network {
            return None;
        }
        taken.insert(asker, count + 1);
        Some(OfNetwork { asker, taken: self.by_network.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        net::Ipv4Addr,
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    type Waiting<'a> = Pin<Box<dyn Future<Output = VaultResult<Permit>> + 'a>>;

    fn poll(future: &mut Waiting<'_>) -> Poll<VaultResult<Permit>> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Asks for as many permits as are given a place to wait for one.
    fn fill(queue: &PermitQueue, asker: HashAsker) -> Vec<Waiting<'_>> {
        let mut waiting: Vec<Waiting<'_>> = Vec::new();
        loop {
            let has_room = queue.has_room(asker).is_ok();
            let mut one: Waiting<'_> = Box::pin(queue.permit(asker));
            let is_refused = matches!(poll(&mut one), Poll::Ready(Err(VaultError::Busy)));
            assert_ne!(has_room, is_refused, "what is asked before is what is said then");
            if is_refused {
                return waiting;
            }
            waiting.push(one);
        }
    }

    fn network(n: u32) -> Network {
        Network::of(Ipv4Addr::from_bits(n << 8).into())
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once_and_has_room_again_when_somebody_leaves() {
        let member = HashAsker::Member(None);
        let queue = PermitQueue::new(1, Cost { memory_kib: 900_000, iterations: 1, lanes: 1 });
        let hashing = queue.permit(member).await.unwrap();
        let mut waiting = fill(&queue, member);
        assert_eq!(waiting.len(), 4);
        waiting.pop();
        assert!(queue.has_room(member).is_ok());
        drop(hashing);
        assert!(matches!(poll(&mut waiting[0]), Poll::Ready(Ok(_))), "the first in the queue is next");
    }

    #[tokio::test]
    async fn strangers_and_one_network_leave_places_to_others() {
        let queue = PermitQueue::new(2, Cost { memory_kib: 19 * 1024, iterations: 2, lanes: 1 });
        let hashing = queue.permits.clone().acquire_many_owned(2).await.unwrap();
        let one_network = fill(&queue, HashAsker::Stranger(Some(network(1))));
        assert_eq!(one_network.len(), 24);
        let of_others = fill(&queue, HashAsker::Stranger(Some(network(2))));
        assert_eq!(of_others.len(), 12);
        assert!(fill(&queue, HashAsker::Stranger(None)).is_empty());
        let members = fill(&queue, HashAsker::Member(Some(network(1))));
        assert_eq!(members.len(), 12, "a quarter is left, to members behind the same address too");
        drop((one_network, of_others, members));
        let members = fill(&queue, HashAsker::Member(Some(network(1))));
        assert_eq!(members.len(), 24);
        assert_eq!(fill(&queue, HashAsker::Member(Some(network(2)))).len(), 24);
        drop((members, hashing));
        assert!(queue.by_network.lock().unwrap().is_empty(), "nothing is kept of those that are gone");
    }

    #[test]
    fn the_queue_is_as_long_as_a_second_of_hashing() {
        let places = |memory_kib| {
            PermitQueue::new(2, Cost { memory_kib, iterations: 2, lanes: 1 }).places.available_permits()
        };
        assert_eq!(places(19 * 1024), 2 * (1 + 23));
        assert_eq!([places(64), places(1 << 20)], [2 * (1 + 64), 2 * (1 + 4)]);
    }
}
