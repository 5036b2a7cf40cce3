//! World: time, random bytes and files that somebody named, to be read or made. The only place that asks the machine for time and random bytes;
//! everywhere else they are arguments.

use std::{fmt, sync::LazyLock, time::Duration};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub mod account;
pub mod new_file;
pub mod plain_file;
pub mod process;

/// A source of the current time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The instant now, in whole microseconds: what the store can keep.
    fn now(&self) -> Timestamp;

    /// Whether it shows the time that other machines' clocks show, so that theirs can be compared with it (R24). One that is
    /// moved by hand shows its own.
    fn is_of_the_world(&self) -> bool {
        false
    }

    /// What a clock counts that nobody sets: only differences mean anything. One that is moved by hand counts by what it is
    /// moved, and never jumps.
    fn steady(&self) -> Duration {
        self.now().duration_since(Timestamp::UNIX_EPOCH).unsigned_abs()
    }
}

/// A source of random bytes.
pub trait RandomSource: Send + Sync + fmt::Debug {
    /// Fills `bytes` with unpredictable ones.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system gave no random bytes. Nothing is guessed instead (M16).
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomError;

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn is_of_the_world(&self) -> bool {
        true
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn steady(&self) -> Duration {
        use std::time::Instant;
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed()
    }
}

/// The operating system's random bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws random bytes")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|_| RandomError)
    }
}

/// An array of random bytes.
///
/// # Errors
/// [`RandomError`] when the operating system gives no random bytes.
pub fn random_bytes<const N: usize>(rng: &dyn RandomSource) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    rng.fill(&mut bytes)?;
    Ok(bytes)
}

/// The operating system's random bytes as ring draws them: it takes no other source.
pub fn ring_random() -> ring::rand::SystemRandom {
    ring::rand::SystemRandom::new()
}

/// Japan's time zone: what members read on their clocks. Japan has had no summer time since 1951.
pub fn japan() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(9)))
}

/// The civil date in Japan.
pub fn today_in_japan(now: Timestamp) -> Date {
    now.to_zoned(japan()).date()
}
