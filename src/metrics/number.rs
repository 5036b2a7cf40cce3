//! Number: what is counted, without a lock. Each change is one atomic addition, or one for each of two numbers.

use std::{
    marker::PhantomData,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;

use super::label::Label;

/// How often something happened.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Once more.
    pub fn add(&self) {
        self.add_many(1);
    }

    /// So many times more.
    pub fn add_many(&self, times: u64) {
        self.0.fetch_add(times, Ordering::Relaxed);
    }

    /// How often so far.
    pub fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The same for each word of a list.
#[derive(Debug)]
pub struct CountBy<L: Label>(Box<[Count]>, PhantomData<L>);

impl<L: Label> Default for CountBy<L> {
    fn default() -> Self {
        Self(L::EVERY.iter().map(|_| Count::default()).collect(), PhantomData)
    }
}

impl<L: Label> CountBy<L> {
    /// Once more.
    pub fn add(&self, of: L) {
        self.add_many(of, 1);
    }

    /// So many times more.
    pub fn add_many(&self, of: L, times: u64) {
        if let Some(count) = self.0.get(of.place()) {
            count.add_many(times);
        }
    }

    /// Each word, and how often so far.
    pub fn so_far(&self) -> impl Iterator<Item = (L, u64)> {
        L::EVERY.iter().copied().zip(self.0.iter().map(Count::so_far))
    }
}

/// Upper bounds of the buckets of [`Spans`], in microseconds: from a page out of memory to the longest a request may take.
const BOUNDS: [u32; 12] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000,
];

/// How long something took, each time: a histogram.
#[derive(Debug, Default)]
pub struct Spans {
    /// One for each bound, and one for what is above the last.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    /// Microseconds in all.
    sum: AtomicU64,
}

impl Spans {
    /// It took that long.
    pub fn took(&self, span: Duration) {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS.iter().position(|bound| micros <= u64::from(*bound)).unwrap_or(BOUNDS.len());
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    /// The sum in seconds, the number, and how many there are in each bucket, by its upper bound in seconds.
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a hundred years fit")]
    pub fn so_far(&self) -> (f64, u64, Vec<(f64, u64)>) {
        let bounds = BOUNDS.iter().map(|bound| f64::from(*bound) / 1e6).chain([f64::INFINITY]);
        let counts = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let buckets: Vec<_> = bounds.zip(counts).collect();
        let all = buckets.iter().map(|(_, count)| count).sum();
        (self.sum.load(Ordering::Relaxed) as f64 / 1e6, all, buckets)
    }
}

/// When something was last so; never, at first.
#[derive(Debug, Default)]
pub struct LastTime(AtomicI64);

impl LastTime {
    /// It is so now.
    pub fn is(&self, now: Timestamp) {
        self.0.store(now.as_second(), Ordering::Relaxed);
    }

    /// When it last was, in seconds since 1970.
    pub fn at(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|at| *at != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_counted_in_the_bucket_whose_bound_it_does_not_exceed() {
        let spans = Spans::default();
        for micros in [0, 1_000, 1_001, 10_000_000, 10_000_001, u64::MAX / 4] {
            spans.took(Duration::from_micros(micros));
        }
        let (_, all, buckets) = spans.so_far();
        assert_eq!(all, 6);
        let of = |bound: f64| buckets.iter().find(|(at, _)| *at >= bound).map(|(_, count)| *count);
        assert_eq!(
            [of(0.001), of(0.0025), of(10.0), of(f64::INFINITY)],
            [Some(2), Some(1), Some(1), Some(2)]
        );
    }
}
