//! Line: tries at one counter that wait for each other, on this node.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use crate::domain::{lockout::CounterKind, tenant::TenantSlug};

/// Most that wait at one counter.
pub(super) const MOST_WAITING: usize = 64;

/// The counter at which tries wait: union, subject, kind.
pub(super) type LineKey = (TenantSlug, Vec<u8>, CounterKind);

/// Every line in which somebody waits.
#[derive(Debug, Default)]
pub(in crate::portal) struct Lines(Mutex<HashMap<LineKey, Weak<tokio::sync::Mutex<()>>>>);

/// A place in a line. Whoever goes away leaves it, however the wait ends; the last one takes the line away.
#[derive(Debug)]
pub(super) struct PlaceInLine<'l> {
    lines: &'l Lines,
    key: LineKey,
    /// Held by whoever is first.
    pub(super) first: Arc<tokio::sync::Mutex<()>>,
}

impl Lines {
    /// A place at the end; `None` where [`MOST_WAITING`] wait already.
    pub(super) fn join(&self, key: LineKey) -> Option<PlaceInLine<'_>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = lines.get(&key).and_then(Weak::upgrade).unwrap_or_default();
        if Arc::strong_count(&first) > MOST_WAITING {
            return None;
        }
        lines.insert(key.clone(), Arc::downgrade(&first));
        Some(PlaceInLine { lines: self, key, first })
    }
}

impl Drop for PlaceInLine<'_> {
    fn drop(&mut self) {
        let mut lines = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Given up before the next one counts: of two that leave at once, one is the last.
        let first = std::mem::take(&mut self.first);
        if Arc::strong_count(&first) == 1 {
            lines.remove(&self.key);
        }
        drop(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lockout::Bucket;

    fn key(subject: u8) -> LineKey {
        (TenantSlug::parse("midorikenpo").unwrap(), vec![subject], CounterKind::Password(Bucket::Known))
    }

    fn waiting(lines: &Lines) -> usize {
        lines.0.lock().unwrap().len()
    }

    #[tokio::test]
    async fn a_line_lasts_as_long_as_somebody_waits_in_it_and_no_longer() {
        let lines = Lines::default();
        let (one, two, other) =
            (lines.join(key(1)).unwrap(), lines.join(key(1)).unwrap(), lines.join(key(2)));
        let first = one.first.lock().await;
        assert!(two.first.try_lock().is_err(), "both wait for the same");
        assert_eq!(waiting(&lines), 2);
        drop(first);
        drop((one, other));
        assert_eq!(waiting(&lines), 1);
        assert!(two.first.try_lock().is_ok());
        // A wait that is called off half-way, as by a browser that goes away.
        let wait = async {
            let place = lines.join(key(3)).unwrap();
            let _first = place.first.lock().await;
            std::future::pending::<()>().await;
        };
        let called_off = tokio::time::timeout(std::time::Duration::ZERO, wait).await;
        assert!(called_off.is_err());
        drop(two);
        assert_eq!(waiting(&lines), 0);
    }

    #[test]
    fn a_line_is_only_so_long() {
        let lines = Lines::default();
        let places: Vec<_> = std::iter::from_fn(|| lines.join(key(1))).take(2 * MOST_WAITING).collect();
        assert_eq!(places.len(), MOST_WAITING);
        drop(places);
        assert_eq!(waiting(&lines), 0);
    }
}
