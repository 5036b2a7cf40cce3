//! Clock: whether the time may be believed (R24). Codes and links live by it: a clock that is wrong revives what ran out, and
//! ends what did not.
//!
//! Two other clocks are asked: one that only counts on, which nobody sets, and the database's. While they agree the time is
//! believed; after they did not, once they have agreed for a minute. So a machine that was suspended and a clock that was
//! corrected come back by themselves.
//!
//! Where the database has a clock of its own, its silence is no agreement: nothing is believed before the first comparison,
//! and the minute is counted from one answer that agrees to another.

use std::{collections::VecDeque, time::Duration};

use jiff::{SignedDuration, Timestamp};

/// How far clocks may lie apart.
pub const MOST_APART: SignedDuration = SignedDuration::from_secs(5);
/// How long they have to agree after they did not.
pub const AGREED: Duration = Duration::from_mins(1);
/// Samples that lie closer together are compared and not kept: so many are kept as a minute has seconds.
const KEPT_EVERY: Duration = Duration::from_secs(1);

/// Why the time is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockDoubt {
    /// The program has just started, and the database has not been asked for its time yet.
    #[error("the clock was not compared with the database's yet")]
    NotCompared,
    /// The clock was set, or the machine slept, by so much.
    #[error("the clock jumped by {} s", .0.as_secs())]
    Jumped(SignedDuration),
    /// The database's clock is so much ahead, or behind where it is negative.
    #[error("the database's clock differs from this machine's by {} s", .0.as_secs())]
    Apart(SignedDuration),
}

/// What the database's clock said while it was asked.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseTime {
    /// The database's own time.
    pub said: Timestamp,
    /// Our time when it was asked. It may have answered at any moment since.
    pub asked_at: Timestamp,
}

/// The time and what other clocks say of it.
#[derive(Debug, Clone, Copy)]
pub struct ClockSample {
    /// The time.
    pub wall: Timestamp,
    /// What a clock counts that nobody sets.
    pub steady: Duration,
    /// What the database's clock said, where it was asked.
    pub database: Option<DatabaseTime>,
}

/// A time that the other clocks agree with. Only [`ClockWatch::trust`] makes one; whoever compares a code or a link with the
/// time asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedTime(Timestamp);

impl TrustedTime {
    /// The time.
    pub fn at(self) -> Timestamp {
        self.0
    }
}

/// What was seen of the clocks in the last minute.
#[derive(Debug)]
pub struct ClockWatch {
    /// When, by the steady clock, and how far the time was ahead of it.
    seen: VecDeque<(Duration, SignedDuration)>,
    /// Whether only a comparison with the database's clock ends a doubt.
    needs_database: bool,
    /// How the clocks last did not agree, while that counts.
    doubt: Option<ClockDoubt>,
    /// Since when, by the steady clock, every answer has agreed; `None` before the first one that does.
    agreed_since: Option<Duration>,
}

impl ClockWatch {
    /// The watch of a clock that nothing but itself can be compared with. It is believed from the start.
    pub fn alone() -> Self {
        Self { seen: VecDeque::new(), needs_database: false, doubt: None, agreed_since: None }
    }

    /// The watch of a clock that the database's is compared with. It is not believed before.
    pub fn beside_database() -> Self {
        Self { needs_database: true, doubt: Some(ClockDoubt::NotCompared), ..Self::alone() }
    }

    /// Looks at the clocks. Why the time is not believed, if it is not.
    pub fn sample(&mut self, sample: ClockSample) -> Option<ClockDoubt> {
        let ClockSample { wall, steady, database } = sample;
        let count = SignedDuration::try_from(steady).unwrap_or(SignedDuration::MAX);
        let ahead = wall.duration_since(Timestamp::UNIX_EPOCH).saturating_sub(count);
        // The newest stays, however old it is: a jump while nobody looked is one, too.
        while self.seen.len() > 1
            && self.seen.front().is_some_and(|(at, _)| steady.saturating_sub(*at) > AGREED)
        {
            self.seen.pop_front();
        }
        let jumps = self.seen.iter().map(|(_, before)| ahead.saturating_sub(*before));
        if let Some(jump) = jumps.into_iter().find(|jump| is_far(*jump)) {
            (self.doubt, self.agreed_since) = (Some(ClockDoubt::Jumped(jump)), None);
            // From now on it is compared with what it is now.
            self.seen.clear();
        }
        let apart = database.map(|database| distance(database, wall));
        if let Some(apart) = apart.filter(|apart| is_far(*apart)) {
            (self.doubt, self.agreed_since) = (Some(ClockDoubt::Apart(apart)), None);
        }
        // Here a database that says nothing agrees with nothing.
        if apart.map_or(!self.needs_database, |apart| !is_far(apart)) {
            let since = *self.agreed_since.get_or_insert(steady);
            let is_enough = match self.doubt {
                Some(ClockDoubt::NotCompared) => true,
                _ => steady.saturating_sub(since) >= AGREED,
            };
            self.doubt = self.doubt.filter(|_| !is_enough);
        }
        if self.seen.back().is_none_or(|(at, _)| steady.saturating_sub(*at) >= KEPT_EVERY) {
            self.seen.push_back((steady, ahead));
        }
        self.doubt
    }

    /// The time, if it may be believed.
    ///
    /// # Errors
    /// Why it may not.
    pub fn trust(&mut self, wall: Timestamp, steady: Duration) -> Result<TrustedTime, ClockDoubt> {
        match self.sample(ClockSample { wall, steady, database: None }) {
            None => Ok(TrustedTime(wall)),
            Some(doubt) => Err(doubt),
        }
    }
}

fn is_far(apart: SignedDuration) -> bool {
    apart > MOST_APART || apart < -MOST_APART
}

/// How far the database's clock is ahead of ours: nothing where it lies between the question and the answer.
fn distance(database: DatabaseTime, answered_at: Timestamp) -> SignedDuration {
    let DatabaseTime { said, asked_at } = database;
    if said < asked_at {
        said.duration_since(asked_at)
    } else if said > answered_at {
        said.duration_since(answered_at)
    } else {
        SignedDuration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGAN: i64 = 1_800_000_000_000;

    /// A look at millisecond `at` of the steady clock, where the time is `ahead` milliseconds ahead of it.
    fn look(watch: &mut ClockWatch, at: u64, ahead: i64, database: Option<i64>) -> Option<ClockDoubt> {
        let wall = Timestamp::from_millisecond(BEGAN + i64::try_from(at).unwrap() + ahead).unwrap();
        let database = database.map(|off| DatabaseTime {
            said: wall.checked_add(SignedDuration::from_millis(off)).unwrap(),
            asked_at: wall,
        });
        watch.sample(ClockSample { wall, steady: Duration::from_millis(at), database })
    }

    #[test]
    fn a_clock_that_is_set_or_slept_is_believed_again_after_a_minute() {
        for jump in [-3_600_000, -5_001, 5_001, 3_600_000, 86_400_000] {
            let mut watch = ClockWatch::alone();
            for at in (0..100).map(|n| n * 5_000) {
                assert_eq!(look(&mut watch, at, 0, None), None);
            }
            let jumped = look(&mut watch, 500_000, jump, None);
            assert_eq!(jumped, Some(ClockDoubt::Jumped(SignedDuration::from_millis(jump))));
            for at in (0..12).map(|n| 500_000 + n * 5_000) {
                assert!(look(&mut watch, at, jump, None).is_some(), "{jump} {at}");
            }
            assert_eq!(look(&mut watch, 560_000, jump, None), None, "{jump}");
            // Set right, that is another jump.
            assert!(look(&mut watch, 565_000, 0, None).is_some());
            assert_eq!(look(&mut watch, 625_000, 0, None), None);
        }
    }

    #[test]
    fn a_clock_that_is_slewed_a_little_at_a_time_is_noticed_within_a_minute_and_its_own_slowness_never() {
        let mut watch = ClockWatch::alone();
        let slewed: Vec<_> =
            (0..20).map(|n| look(&mut watch, n * 5_000, i64::try_from(n).unwrap() * 1_000, None)).collect();
        assert!(
            slewed[..6].iter().all(Option::is_none) && slewed[6..].iter().all(Option::is_some),
            "{slewed:?}"
        );
        let mut watch = ClockWatch::alone();
        // 500 parts in a million, as far as NTP slews a clock, for a day.
        for n in 0..17_280 {
            let ahead = i64::try_from(n).unwrap() * 5_000 / 2_000;
            assert_eq!(look(&mut watch, n * 5_000, ahead, None), None);
        }
    }

    #[test]
    fn a_database_that_is_apart_is_told_for_as_long_as_it_is_and_a_minute_more() {
        let mut watch = ClockWatch::beside_database();
        assert_eq!(look(&mut watch, 0, 0, Some(5_000)), None);
        for at in (1..100).map(|n| n * 5_000) {
            let apart = Some(ClockDoubt::Apart(SignedDuration::from_millis(-5_001)));
            assert_eq!(look(&mut watch, at, 0, Some(-5_001)), apart);
        }
        assert!(look(&mut watch, 500_000, 0, Some(0)).is_some());
        assert!(look(&mut watch, 559_999, 0, Some(0)).is_some());
        assert_eq!(look(&mut watch, 560_000, 0, Some(0)), None);
    }

    #[test]
    fn a_database_that_says_nothing_agrees_with_nothing() {
        // At the start: until it has said something.
        let mut watch = ClockWatch::beside_database();
        for at in (0..100).map(|n| n * 5_000) {
            assert_eq!(look(&mut watch, at, 0, None), Some(ClockDoubt::NotCompared));
        }
        assert_eq!(look(&mut watch, 500_000, 0, Some(5_000)), None);
        // What was believed goes on being so while it is silent, unless the clock jumps.
        assert_eq!(look(&mut watch, 900_000, 0, None), None);
        assert!(look(&mut watch, 905_000, 0, Some(-3_600_000)).is_some());
        // It cannot be reached for an hour; back again, it says the same once more, and then agrees for a minute.
        for at in (182..900).map(|n| n * 5_000) {
            assert!(look(&mut watch, at, 0, None).is_some(), "{at}");
        }
        assert!(look(&mut watch, 4_500_000, 0, Some(-3_600_000)).is_some());
        assert!(look(&mut watch, 4_505_000, 3_600_000, Some(0)).is_some());
        assert!(look(&mut watch, 4_564_999, 3_600_000, Some(0)).is_some());
        assert!(look(&mut watch, 4_570_000, 3_600_000, None).is_some());
        assert_eq!(look(&mut watch, 4_575_000, 3_600_000, Some(0)), None);
    }

    #[test]
    fn an_answer_that_took_long_says_nothing_against_a_clock() {
        let mut watch = ClockWatch::beside_database();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let database = Some(DatabaseTime { said: at(1_000), asked_at: at(999) });
        let sample = ClockSample { wall: at(1_060), steady: Duration::from_mins(1), database };
        assert_eq!(watch.sample(sample), None);
    }

    proptest! {
        /// Whatever the clocks do, and whether or not the database answers: where it has no clock, the time is in doubt
        /// exactly when something was more than five seconds off within the last minute; where it has one, until it has said
        /// so at both ends of a minute without anything off, or once where nothing ever was.
        #[test]
        fn the_time_is_believed_exactly_when_the_clocks_agreed_for_a_minute(
            has_clock in any::<bool>(),
            steps in proptest::collection::vec((1_u64..40_000, -20_000_i64..20_000, proptest::option::of(-10_000_i64..10_000)), 1..60),
        ) {
            let mut watch = if has_clock { ClockWatch::beside_database() } else { ClockWatch::alone() };
            let mut at = 0;
            let mut off: Option<u64> = None;
            let mut agreed: Vec<u64> = Vec::new();
            let mut since: Vec<(u64, i64)> = Vec::new();
            let mut ahead = 0;
            for (pause, jump, said) in steps {
                at += pause;
                // One step in a few moves the clock; half of the answers agree.
                if jump % 7 == 0 {
                    ahead += jump;
                }
                let database = said.filter(|_| has_clock).map(|off| if off % 4 == 0 { off } else { off / 4 });
                let newest = since.last().copied();
                since.retain(|(seen, ahead)| at - seen <= 60_000 || Some((*seen, *ahead)) == newest);
                if since.iter().any(|(_, before)| (ahead - before).abs() > 5_000) {
                    off = Some(at);
                    agreed.clear();
                    since.clear();
                }
                match database {
                    Some(apart) if apart.abs() > 5_000 => {
                        off = Some(at);
                        agreed.clear();
                    }
                    Some(_) => agreed.push(at),
                    None => {}
                }
                if since.last().is_none_or(|(seen, _)| at - seen >= 1_000) {
                    since.push((at, ahead));
                }
                let is_believed = match (has_clock, off) {
                    (false, off) => off.is_none_or(|off| at - off >= 60_000),
                    (true, None) => !agreed.is_empty(),
                    (true, Some(_)) => agreed.last().zip(agreed.first()).is_some_and(|(last, first)| last - first >= 60_000),
                };
                let doubted = look(&mut watch, at, ahead, database).is_some();
                prop_assert_eq!(doubted, !is_believed);
                prop_assert!(watch.seen.len() <= 61);
            }
        }
    }
}
