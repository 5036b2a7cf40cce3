//! Budget: how much of one kind a network may do before it has to wait ([D27]). Pure; knows only time.
//!
//! # Decision
//! A level is one moment: when it will be full again. Taking one moves that moment away by what one takes to come back;
//! where it would lie further away than that takes from empty to full, nothing is left.
//! # Because
//! There is nothing to refill by a timer, and a level that was forgotten when it was full is the same as one that never was
//! there.
//!
//! [D27]: crate::rules::decisions#d27

use jiff::{SignedDuration, Timestamp};

/// What is counted apart for each network. A browser that has signed a member in has a budget of its own instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Forms before the login that were refused: wrong passwords, codes, birth dates and links.
    Failures,
    /// Mails that were asked for by whoever has shown nothing: a forgotten password or user ID.
    Asks,
    /// Questions for passkeys before the login. A sign-in page may ask one whenever it is shown.
    Ceremonies,
    /// Wrong claims to be a service, of one service from one network.
    Claims,
}

/// How much of something one network may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSize {
    /// How many at once.
    pub most: u32,
    /// How many come back in a minute.
    pub each_minute: u32,
}

impl Budget {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Failures, Self::Asks, Self::Ceremonies, Self::Claims];

    /// Its size. A town behind the one address of a phone company has to get by with it.
    pub fn size(self) -> BudgetSize {
        match self {
            Self::Failures | Self::Asks => BudgetSize { most: 600, each_minute: 10 },
            Self::Ceremonies => BudgetSize { most: 600, each_minute: 600 },
            Self::Claims => BudgetSize { most: 30, each_minute: 30 },
        }
    }

    /// Its word in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Asks => "asks",
            Self::Ceremonies => "ceremonies",
            Self::Claims => "claims",
        }
    }

    /// How long one takes to come back.
    fn one(self) -> SignedDuration {
        SignedDuration::from_secs(60) / i32::try_from(self.size().each_minute).unwrap_or(i32::MAX)
    }

    /// How long an empty one takes to be full again.
    fn whole(self) -> SignedDuration {
        self.one().saturating_mul(i32::try_from(self.size().most).unwrap_or(i32::MAX))
    }
}

/// What a network has left of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetLevel {
    full_at: Timestamp,
    /// The time when that was written.
    seen_at: Timestamp,
}

impl BudgetLevel {
    /// One of which nothing was taken.
    pub fn full(now: Timestamp) -> Self {
        Self { full_at: now, seen_at: now }
    }

    /// The level with one less; `None` where nothing is left.
    pub fn take(self, budget: Budget, now: Timestamp) -> Option<Self> {
        let full_at = after(self.at(budget, now).full_at, budget.one());
        (full_at <= after(now, budget.whole())).then_some(Self { full_at, seen_at: now })
    }

    /// The level with one more, which was taken and not used.
    #[must_use]
    pub fn give_back(self, budget: Budget, now: Timestamp) -> Self {
        let at = self.at(budget, now);
        Self { full_at: after(at.full_at, -budget.one()).max(now), seen_at: now }
    }

    /// What it is at `now`: full at the latest after a whole refill, whatever clock wrote it. A clock that was set back
    /// takes nothing away and gives nothing back.
    fn at(self, budget: Budget, now: Timestamp) -> Self {
        let set_back = self.seen_at.duration_since(now).max(SignedDuration::ZERO);
        let full_at = after(self.full_at, -set_back);
        Self { full_at: full_at.clamp(now, after(now, budget.whole())), seen_at: now }
    }
}

fn after(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(moment)
}

/// Different user IDs that may be tried from one network in an hour before an alarm is raised.
pub const USER_IDS_AN_HOUR: usize = 50;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// User IDs that were tried from one network within the last hour, by the first bytes of their keyed digest. Bounded: more
/// than bring the alarm are not kept.
#[derive(Debug, Clone, Default)]
pub struct TriedUserIds {
    tried: Vec<(u64, Timestamp)>,
    alarmed_at: Option<Timestamp>,
}

impl TriedUserIds {
    /// Notes one. Whether there are too many of them now, and nobody was told within the last hour.
    pub fn note(&mut self, user_id: u64, now: Timestamp) -> bool {
        let lately = |at: &Timestamp| now.duration_since(*at).abs() < HOUR;
        self.tried.retain(|(_, at)| lately(at));
        self.alarmed_at = self.alarmed_at.filter(lately);
        let has_room = self.tried.len() <= USER_IDS_AN_HOUR;
        match self.tried.iter_mut().find(|(known, _)| *known == user_id) {
            Some((_, at)) => *at = now,
            None if has_room => self.tried.push((user_id, now)),
            None => {}
        }
        let is_new = self.tried.len() > USER_IDS_AN_HOUR && self.alarmed_at.is_none();
        if is_new {
            self.alarmed_at = Some(now);
        }
        is_new
    }

    /// How many are kept.
    pub fn count(&self) -> usize {
        self.tried.len()
    }
}

/// Forms of one network that are being received or answered at the same moment. A form is 64 KiB at most.
pub const FORMS_AT_ONCE: usize = 100;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn seconds(n: i64) -> Timestamp {
        NOW + SignedDuration::from_secs(n)
    }

    /// How many can be taken at once.
    fn taken(mut level: BudgetLevel, budget: Budget, now: Timestamp) -> (u32, BudgetLevel) {
        let mut count = 0;
        while let Some(less) = level.take(budget, now) {
            (count, level) = (count + 1, less);
        }
        (count, level)
    }

    #[test]
    fn six_hundred_failures_and_ten_a_minute_after_them() {
        let (count, empty) = taken(BudgetLevel::full(NOW), Budget::Failures, NOW);
        assert_eq!(count, 600);
        assert_eq!(taken(empty, Budget::Failures, seconds(5)).0, 0);
        assert_eq!(taken(empty, Budget::Failures, seconds(6)).0, 1);
        assert_eq!(taken(empty, Budget::Failures, seconds(60)).0, 10);
        assert_eq!(taken(empty, Budget::Failures, seconds(3600)).0, 600);
        assert_eq!(taken(empty, Budget::Failures, seconds(7200)).0, 600, "never more than a whole one");
        assert_eq!(taken(BudgetLevel::full(NOW), Budget::Ceremonies, NOW).0, 600);
        assert_eq!(taken(empty.give_back(Budget::Failures, NOW), Budget::Failures, NOW).0, 1);
        assert_eq!(BudgetLevel::full(NOW).give_back(Budget::Failures, NOW), BudgetLevel::full(NOW));
    }

    #[test]
    fn a_clock_that_was_set_back_takes_nothing_away() {
        let at = seconds(1_000_000);
        let one_less = BudgetLevel::full(at).take(Budget::Failures, at).unwrap();
        assert_eq!(taken(one_less, Budget::Failures, NOW).0, 599);
        let (_, empty) = taken(BudgetLevel::full(seconds(1_000_000)), Budget::Failures, seconds(1_000_000));
        assert_eq!(taken(empty, Budget::Failures, NOW).0, 0);
        let seen = empty.give_back(Budget::Failures, NOW);
        assert_eq!(taken(seen, Budget::Failures, seconds(3600)).0, 600);
    }

    proptest! {
        /// Whatever is taken and given back, and however time goes on: in any stretch no more than a full one and what
        /// came back in it.
        #[test]
        fn no_stretch_of_time_gives_more_than_its_due(
            steps in prop::collection::vec((0..120_i64, 0..40_u32, any::<bool>()), 1..60)
        ) {
            let (mut level, mut now, mut used, mut elapsed) = (BudgetLevel::full(NOW), 0, 0_u32, 0_i64);
            for (pause, asks, gives_back) in steps {
                now += pause;
                elapsed += pause;
                for _ in 0..asks {
                    if let Some(less) = level.take(Budget::Failures, seconds(now)) {
                        level = less;
                        used += 1;
                        if gives_back {
                            level = level.give_back(Budget::Failures, seconds(now));
                            used -= 1;
                        }
                    }
                }
                prop_assert!(i64::from(used) <= 600 + elapsed / 6 + 1);
            }
        }
    }

    #[test]
    fn the_fifty_first_user_id_within_an_hour_alarms_once_an_hour() {
        let mut tried = TriedUserIds::default();
        for user_id in 0..50 {
            assert!(!tried.note(user_id, NOW));
            assert!(!tried.note(user_id, NOW), "the same one again");
        }
        assert!(tried.note(50, seconds(10)));
        for user_id in 51..5000 {
            assert!(!tried.note(user_id, seconds(20)), "told once");
        }
        assert_eq!(tried.count(), 51, "no more are kept than bring the alarm");
        // An hour later it begins anew.
        for user_id in 0..50 {
            assert!(!tried.note(user_id, seconds(3700)));
        }
        assert!(tried.note(50, seconds(3700)));
    }

    #[test]
    fn fifty_an_hour_raise_no_alarm() {
        let mut tried = TriedUserIds::default();
        for user_id in 0..1000 {
            let at = seconds(i64::try_from(user_id).unwrap() * 73);
            assert!(!tried.note(user_id, at));
        }
    }
}
