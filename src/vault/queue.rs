//! Queue: whoever waits for a hash.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Cost, VaultError, VaultResult};

/// How long a request waits for a permit.
const LONGEST: Duration = Duration::from_secs(1);
/// What one core hashes in a second, in KiB of memory passed over, on a slow server. (A union's own setting, 19 MiB and
/// two passes, takes 25 to 45 ms.)
const KIB_A_SECOND: u32 = 900_000;
/// Fewest and most requests that wait for one permit.
const WAITING: RangeInclusive<u32> = 4..=64;

/// The right to one hash now. Dropped, it goes to the next in the queue.
#[derive(Debug)]
pub struct Permit {
    _hashing: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// Hashing permits, and a bounded number of places to wait for one.
pub(super) struct PermitQueue {
    places: Arc<Semaphore>,
    permits: Arc<Semaphore>,
}

impl PermitQueue {
    /// A queue before so many permits, as long as what it holds is done within [`LONGEST`] at this cost.
    pub fn new(permits: usize, cost: Cost) -> Self {
        let permits = permits.max(1);
        let in_time = KIB_A_SECOND / cost.memory_kib.saturating_mul(cost.iterations).max(1);
        let waiting = in_time.clamp(*WAITING.start(), *WAITING.end());
        let places = permits.saturating_mul(usize::try_from(waiting).unwrap_or(0).saturating_add(1));
        Self { places: Arc::new(Semaphore::new(places)), permits: Arc::new(Semaphore::new(permits)) }
    }

    /// Whether the queue has a place; takes none.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when there is no place.
    pub fn has_room(&self) -> VaultResult<()> {
        if self.places.available_permits() == 0 { Err(VaultError::Busy) } else { Ok(()) }
    }

    /// Waits for a permit, a second at most.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when there is no place, or when no permit came free in time.
    pub async fn permit(&self) -> VaultResult<Permit> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| VaultError::Busy)?;
        let hashing = tokio::time::timeout(LONGEST, self.permits.clone().acquire_owned())
            .await
            .map_err(|_| VaultError::Busy)?
            .map_err(|_| VaultError::Busy)?;
        Ok(Permit { _hashing: hashing, _place: place })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once_and_has_room_again_when_somebody_leaves() {
        let queue = PermitQueue::new(1, Cost { memory_kib: 900_000, iterations: 1, lanes: 1 });
        let hashing = queue.permit().await.unwrap();
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(queue.permit())).collect();
        assert!(waiting.iter_mut().all(|one| poll(one).is_pending()));
        assert!(matches!(queue.has_room(), Err(VaultError::Busy)));
        assert!(matches!(poll(&mut Box::pin(queue.permit())), Poll::Ready(Err(VaultError::Busy))));
        waiting.pop();
        assert!(queue.has_room().is_ok());
        drop(hashing);
        assert!(matches!(poll(&mut waiting[0]), Poll::Ready(Ok(_))), "the first in the queue is next");
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
