//! Clock: whether the time may be believed (R24). Codes and links live by it: a clock that is wrong revives what ran out, and
//! ends what did not.
//!
//! Two other clocks are asked: one that only counts on, which nobody sets, and the database's. While they agree the time is
//! believed; after they did not, once they have agreed for a minute. So a machine that was suspended and a clock that was
//! corrected come back by themselves.
//!
//! Where the database has a clock of its own, its silence is no agreement: nothing is believed before the first comparison,
//! and the minute is counted from one answer that agrees to another.
//!
//! What the database keeps is a witness, too. A clock that starts before the newest moment that was written down there
//! ([`KnownTime`]) is wrong. One that starts long after it may be right, where the service was off: it is believed, but
//! what ends something for good waits ([`ClockRest`]).

use std::{collections::VecDeque, time::Duration};

use jiff::{SignedDuration, Timestamp};

/// How far clocks may lie apart.
pub const MOST_APART: SignedDuration = SignedDuration::from_secs(5);
/// How long they have to agree after they did not.
pub const AGREED: Duration = Duration::from_mins(1);
/// Samples that lie closer together are compared and not kept: so many are kept as a minute has seconds.
const KEPT_EVERY: Duration = Duration::from_secs(1);

/// Why the time is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDoubt {
    /// The program has just started, and the database has not been asked for its time yet.
    NotCompared,
    /// At the start the clock stood so much before the newest moment that the database knows, as a negative time.
    Behind(SignedDuration),
    /// The clock was set, or the machine slept, by so much.
    Jumped(SignedDuration),
    /// The database's clock is so much ahead, or behind where it is negative.
    Apart(SignedDuration),
}

impl ClockDoubt {
    /// Its word in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotCompared => "clock-not-compared",
            Self::Behind(_) => "clock-behind",
            Self::Jumped(_) => "clock-jumped",
            Self::Apart(_) => "clock-apart",
        }
    }

    /// By how many seconds the clocks differ, negative where ours is behind (`Behind`), was set back (`Jumped`) or the
    /// database's is behind (`Apart`); 0 where they were not compared.
    pub fn seconds(self) -> i64 {
        match self {
            Self::NotCompared => 0,
            Self::Behind(by) | Self::Jumped(by) | Self::Apart(by) => by.as_secs(),
        }
    }
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
    /// Whether the newest moment that the database knows has not been read yet.
    needs_known: bool,
    /// That moment, until the clock has passed it.
    known: Option<Timestamp>,
    /// How the clocks last did not agree, while that counts.
    doubt: Option<ClockDoubt>,
    /// Since when, by the steady clock, every answer has agreed; `None` before the first one that does.
    agreed_since: Option<Duration>,
}

impl ClockWatch {
    /// The watch of a clock that nothing but itself can be compared with. It is believed from the start.
    pub fn alone() -> Self {
        Self {
            seen: VecDeque::new(),
            needs_database: false,
            needs_known: false,
            known: None,
            doubt: None,
            agreed_since: None,
        }
    }

    /// The same, not believed before [`ClockWatch::database_knows`] was said.
    #[must_use]
    pub fn and_what_the_database_knows(self) -> Self {
        Self { needs_known: true, doubt: Some(ClockDoubt::NotCompared), ..self }
    }

    /// The newest moment that the database knows, if it knows one.
    pub fn database_knows(&mut self, known: Option<Timestamp>) {
        (self.needs_known, self.known) = (false, known);
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
        let behind = self.known.map(|known| wall.duration_since(known)).filter(|ahead| *ahead < -MOST_APART);
        match behind {
            Some(behind) => (self.doubt, self.agreed_since) = (Some(ClockDoubt::Behind(behind)), None),
            // A clock that is set back later has jumped.
            None => self.known = None,
        }
        // Here a database that says nothing agrees with nothing.
        let agrees = apart.map_or(!self.needs_database, |apart| !is_far(apart));
        if agrees && behind.is_none() && !self.needs_known {
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

/// Nothing was written down for longer than this: what ends something for good waits for [`WAITS`].
pub const GAP: SignedDuration = SignedDuration::from_hours(24);
/// For longer than this: it waits for [`WAITS_LONG`], and is told. A small union's service may be off for weeks.
pub const LONG_GAP: SignedDuration = SignedDuration::from_hours(24 * 30);
/// As long as a machine needs to have its clock set after it was started.
pub const WAITS: SignedDuration = SignedDuration::from_hours(1);
/// As long as somebody needs to notice.
pub const WAITS_LONG: SignedDuration = SignedDuration::from_hours(24);
/// A service that ran less long ago goes on waiting where it was.
const PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// What the database knows of the time: the last moment at which a node ran whose clock was believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownTime {
    /// That moment.
    pub at: Timestamp,
    /// Where a node runs now whose time lies far after it: since when, and when it last said so, by that time.
    pub ahead: Option<(Timestamp, Timestamp)>,
}

/// A time that lies so far after what the database knows that nothing is ended for good by it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockRest {
    /// The last moment that the database knows.
    pub known: Timestamp,
    /// When it is believed in everything, if the service goes on.
    pub until: Timestamp,
    /// Whether it is so far that somebody should look.
    pub is_long: bool,
}

impl KnownTime {
    /// What the database knows, where nothing but that moment was written down.
    pub fn at(at: Timestamp) -> Self {
        Self { at, ahead: None }
    }

    /// What is to be written down by a node whose clock is not in doubt, and whether what ends something for good waits.
    pub fn seen(self, now: Timestamp) -> (Self, Option<ClockRest>) {
        if now.duration_since(self.at) <= GAP {
            return (Self::at(now), None);
        }
        let goes_on = |(_, last): &(Timestamp, Timestamp)| *last <= now && now.duration_since(*last) <= PAUSE;
        let since = self.ahead.filter(goes_on).map_or(now, |(since, _)| since);
        // By how far it was when it began: what began as less does not become more by waiting.
        let is_long = since.duration_since(self.at) > LONG_GAP;
        let waits = if is_long { WAITS_LONG } else { WAITS };
        if now.duration_since(since) >= waits {
            return (Self::at(now), None);
        }
        let until = since.checked_add(waits).unwrap_or(since);
        let rest = ClockRest { known: self.at, until, is_long };
        (Self { ahead: Some((since, now)), ..self }, Some(rest))
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

    #[test]
    fn a_clock_before_what_the_database_knows_is_not_believed_until_it_is_set() {
        let known = |seconds: i64| Timestamp::from_second(BEGAN / 1_000 + seconds).unwrap();
        let mut watch = ClockWatch::alone().and_what_the_database_knows();
        assert_eq!(look(&mut watch, 0, 0, None), Some(ClockDoubt::NotCompared));
        watch.database_knows(Some(known(5)));
        assert_eq!(look(&mut watch, 0, 0, None), None, "five seconds are none");
        let mut watch = ClockWatch::alone().and_what_the_database_knows();
        watch.database_knows(Some(known(7_200)));
        for at in (0..100).map(|n| n * 5_000) {
            assert!(matches!(look(&mut watch, at, 0, None), Some(ClockDoubt::Behind(_))), "{at}");
        }
        let set = look(&mut watch, 500_000, 7_200_000, None);
        assert!(matches!(set, Some(ClockDoubt::Jumped(_))), "{set:?}");
        assert!(look(&mut watch, 559_999, 7_200_000, None).is_some());
        assert_eq!(look(&mut watch, 560_000, 7_200_000, None), None);
        // From then on what is set back has jumped, as ever.
        assert!(matches!(look(&mut watch, 565_000, 0, None), Some(ClockDoubt::Jumped(_))));
        assert_eq!(look(&mut watch, 625_000, 0, None), None);
    }

    #[test]
    fn a_clock_far_after_what_the_database_knows_ends_nothing_for_good_until_it_has_gone_on_for_long_enough()
    {
        let began = Timestamp::from_millisecond(BEGAN).unwrap();
        let hours = SignedDuration::from_hours;
        for (off, waits) in
            [(0, 0), (24, 0), (25, 1), (24 * 14, 1), (24 * 30, 1), (24 * 31, 24), (24 * 420, 24)]
        {
            let (mut known, mut now) = (KnownTime::at(began), began + hours(off));
            let mut waited = SignedDuration::ZERO;
            loop {
                let (next, rest) = known.seen(now);
                known = next;
                let Some(rest) = rest else { break };
                assert_eq!((known.at, rest.known, rest.is_long), (began, began, waits == 24), "{off}");
                assert_eq!(rest.until, began + hours(off + waits), "{off}");
                (waited, now) = (waited + hours(1) / 2, now + hours(1) / 2);
            }
            assert_eq!((waited, known), (hours(waits), KnownTime::at(now)), "{off}");
        }
        // Two short starts a month apart, by the same wrong clock, are no day.
        let (known, rest) = KnownTime::at(began).seen(began + hours(24 * 420));
        assert!(rest.is_some());
        let (known, rest) = known.seen(began + hours(24 * 450));
        assert!(rest.is_some_and(|rest| rest.until == began + hours(24 * 451)), "{rest:?}");
        // Set right, it goes on from what was known before.
        assert_eq!(known.seen(began + hours(1)), (KnownTime::at(began + hours(1)), None));
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
