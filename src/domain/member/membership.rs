//! Membership: whether a person may come in at all. The union's desk may keep somebody out, and a membership ends with
//! the day on which the insurance does ([D34]).
//!
//! # Decision
//! One value answers one question, [`Membership::bar`], and nothing else of it says whether somebody may come in. The end
//! of a membership is a day; it is over as soon as that day is over in Japan, whether or not a job has noticed yet.
//! # Because
//! Every door asks the same: whoever is kept out by one cannot come in by another, and a new reason to keep somebody out
//! reaches all of them.
//! # Instead of
//! A column that each door looks at, or a job that makes the end true.
//!
//! [D34]: crate::rules::decisions#d34

use jiff::{
    Timestamp,
    civil::Date,
    tz::{TimeZone, offset},
};

use crate::domain::{
    birth_date::{BirthDate, day_in_japan},
    refusal::BirthDateFlaw,
};

/// How far, in days, the last day may be from today: further away it is a typing error.
const FAR_DAYS: i64 = 2 * 366;

/// From this year on a day on a roster says that there is no last day.
const NO_END: i16 = 2999;

/// The civil date in Japan. Japan has had no summer time since 1951.
pub fn japanese_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::fixed(offset(9))).date()
}

/// The last day of a membership, in Japan (資格喪失日 as the roster has it). It ends with that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastDay(Date);

/// What is wrong with a last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastDayFlaw {
    /// There is no date.
    Missing,
    /// It cannot be read as a date.
    Unreadable,
    /// The calendar has no such day.
    NoSuchDay,
    /// More than two years ago, or more than two years ahead.
    TooFar,
    /// Before the birth date.
    BeforeBirth,
    /// Over already, for a union that is to close.
    Past,
}

impl LastDayFlaw {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "last-day-missing",
            Self::Unreadable => "last-day-unreadable",
            Self::NoSuchDay => "last-day-not-in-calendar",
            Self::TooFar => "last-day-too-far",
            Self::BeforeBirth => "last-day-before-birth",
            Self::Past => "last-day-past",
        }
    }
}

impl LastDay {
    /// Reads a day in every spelling that a birth date may have. `today` is the civil date in Japan.
    ///
    /// # Errors
    /// [`LastDayFlaw`]: no date, or one that cannot be meant for this member.
    pub fn parse(text: &str, today: Date, born: BirthDate) -> Result<Self, LastDayFlaw> {
        let day = Self::read(text)?;
        if Self::days_from(today, day).abs() > FAR_DAYS {
            return Err(LastDayFlaw::TooFar);
        }
        if day < born.date() {
            return Err(LastDayFlaw::BeforeBirth);
        }
        Ok(Self(day))
    }

    /// Reads a day for many members at once, whose birth dates are not looked at.
    ///
    /// # Errors
    /// [`LastDayFlaw`]: no date, or one that is too far from `today`, the civil date in Japan.
    pub fn parse_for_many(text: &str, today: Date) -> Result<Self, LastDayFlaw> {
        let day = Self::read(text)?;
        if Self::days_from(today, day).abs() > FAR_DAYS {
            return Err(LastDayFlaw::TooFar);
        }
        Ok(Self(day))
    }

    /// Reads a day as rosters have it. Leavers of many years ago may stand there, and a day far ahead that means none
    /// (9999-12-31).
    ///
    /// # Errors
    /// [`LastDayFlaw`]: a date that cannot be read, or cannot be meant for this member.
    pub fn on_roster(text: &str, today: Date, born: BirthDate) -> Result<Option<Self>, LastDayFlaw> {
        match Self::read(text)? {
            day if day.year() >= NO_END => Ok(None),
            day if Self::days_from(today, day) > FAR_DAYS => Err(LastDayFlaw::TooFar),
            day if day < born.date() => Err(LastDayFlaw::BeforeBirth),
            day => Ok(Some(Self(day))),
        }
    }

    /// Reads the last day of a whole union: today or later, and near. A day that is over cannot be meant: members were let
    /// in after it.
    ///
    /// # Errors
    /// [`LastDayFlaw`]: no date, or one that cannot be meant.
    pub fn of_union(text: &str, today: Date) -> Result<Self, LastDayFlaw> {
        match Self::read(text)? {
            day if day < today => Err(LastDayFlaw::Past),
            day if Self::days_from(today, day) > FAR_DAYS => Err(LastDayFlaw::TooFar),
            day => Ok(Self(day)),
        }
    }

    fn read(text: &str) -> Result<Date, LastDayFlaw> {
        match day_in_japan(text) {
            Ok(Some(day)) => Ok(day),
            Ok(None) => Err(LastDayFlaw::Missing),
            Err(BirthDateFlaw::NoSuchDay) => Err(LastDayFlaw::NoSuchDay),
            Err(_) => Err(LastDayFlaw::Unreadable),
        }
    }

    /// Days from `today` to `day`; negative where it is past.
    fn days_from(today: Date, day: Date) -> i64 {
        today.duration_until(day).as_hours() / 24
    }

    /// A day that was kept as one before.
    pub fn kept(date: Date) -> Self {
        Self(date)
    }

    /// The civil date.
    pub fn date(self) -> Date {
        self.0
    }

    /// Whether that day is over in Japan.
    pub fn is_over(self, now: Timestamp) -> bool {
        self.0 < japanese_day(now)
    }
}

/// Why somebody may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// The union's desk keeps them out.
    Locked,
    /// The membership has ended, its own or that of the whole union.
    Ended,
}

impl Bar {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Ended => "ended",
        }
    }
}

/// Whether a person may come in at all, as our records say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Membership {
    locked_at: Option<Timestamp>,
    lost_on: Option<LastDay>,
    ended_at: Option<Timestamp>,
    union: UnionEnd,
}

/// The end of the member's whole union, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnionEnd {
    /// The last day, in Japan, on which the union's members may come in; `None` while none was said.
    pub last_day: Option<LastDay>,
    /// When everything in flight was found to have ended.
    pub closed_at: Option<Timestamp>,
}

impl UnionEnd {
    /// The union's last day, where it is over at `now`. What has ended stays so, should the clock be set back (R25).
    fn over(self, now: Timestamp) -> Option<LastDay> {
        self.last_day.filter(|day| self.closed_at.is_some() || day.is_over(now))
    }
}

impl Membership {
    /// A membership as read from the store.
    pub fn kept(locked_at: Option<Timestamp>, lost_on: Option<LastDay>, ended_at: Option<Timestamp>) -> Self {
        Self { locked_at, lost_on, ended_at, union: UnionEnd::default() }
    }

    /// The same, at a union that closes or has closed.
    #[must_use]
    pub fn at_union(self, union: UnionEnd) -> Self {
        Self { union, ..self }
    }

    /// The last day of the member's union, where it is over at `now`: nothing is done for its members any more.
    pub fn union_over(&self, now: Timestamp) -> Option<LastDay> {
        self.union.over(now)
    }

    /// Why the person may not come in at `now`; `None` when they may.
    pub fn bar(&self, now: Timestamp) -> Option<Bar> {
        // What has ended stays so, should the clock be set back (R25).
        let own_end = self.ended_at.is_some() || self.lost_on.is_some_and(|day| day.is_over(now));
        if own_end || self.union_over(now).is_some() {
            Some(Bar::Ended)
        } else {
            self.locked_at.map(|_| Bar::Locked)
        }
    }

    /// Whether its last day is over and nothing has been ended for it yet.
    pub fn is_to_be_ended(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.lost_on.is_some_and(|day| day.is_over(now))
    }

    /// Since when the union's desk keeps them out, for showing.
    pub fn locked_at(&self) -> Option<Timestamp> {
        self.locked_at
    }

    /// Since when it is over for good: nothing of it comes back by itself.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// The last day, known or over, for showing.
    pub fn lost_on(&self) -> Option<LastDay> {
        self.lost_on
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read(text: &str) -> Result<LastDay, LastDayFlaw> {
        LastDay::parse(text, date(2026, 11, 29), BirthDate::kept(date(2026, 3, 1)))
    }

    #[test]
    fn a_membership_ends_with_its_last_day_in_japan() {
        let day = LastDay::kept(date(2026, 11, 30));
        let membership = Membership::kept(None, Some(day), None);
        for (now, bar) in [
            ("2026-11-29T15:00:00Z", None),
            ("2026-11-30T14:59:59.999999Z", None),
            ("2026-11-30T15:00:00Z", Some(Bar::Ended)),
        ] {
            assert_eq!(membership.bar(at(now)), bar, "{now}");
        }
        let noticed = Membership::kept(None, Some(day), Some(at("2026-11-30T15:00:10Z")));
        assert_eq!(noticed.bar(at("2026-11-30T14:00:00Z")), Some(Bar::Ended), "a clock that was set back");
    }

    #[test]
    fn whoever_is_of_a_union_whose_last_day_is_over_is_no_member_any_more() {
        let last_day = Some(LastDay::kept(date(2026, 11, 30)));
        for (now, closed_at, bar) in [
            ("2026-11-30T14:59:59.999999Z", None, None),
            ("2026-11-30T15:00:00Z", None, Some(Bar::Ended)),
            ("2026-11-29T00:00:00Z", Some(at("2026-11-30T15:00:01Z")), Some(Bar::Ended)),
        ] {
            let membership = Membership::default().at_union(UnionEnd { last_day, closed_at });
            assert_eq!(membership.bar(at(now)), bar, "{now}");
            assert!(!membership.is_to_be_ended(at(now)), "a union's end is its own job's");
        }
    }

    #[test]
    fn a_union_closes_today_or_later_and_soon() {
        let today = date(2026, 11, 29);
        for (text, read) in [
            ("2026-11-29", Ok(today)),
            ("令和8年11月30日", Ok(date(2026, 11, 30))),
            ("2026-11-28", Err(LastDayFlaw::Past)),
            ("2062-11-28", Err(LastDayFlaw::TooFar)),
            ("2026-11-31", Err(LastDayFlaw::NoSuchDay)),
            ("tomorrow", Err(LastDayFlaw::Unreadable)),
            (" ", Err(LastDayFlaw::Missing)),
        ] {
            assert_eq!(LastDay::of_union(text, today).map(LastDay::date), read, "{text}");
        }
    }

    #[test]
    fn a_lock_bars_until_it_is_lifted_and_an_end_goes_before_it() {
        let now = at("2026-11-30T15:00:00Z");
        assert_eq!(Membership::default().bar(now), None);
        assert_eq!(Membership::kept(Some(now), None, None).bar(now), Some(Bar::Locked));
        let day = LastDay::kept(date(2026, 11, 30));
        assert_eq!(Membership::kept(Some(now), Some(day), None).bar(now), Some(Bar::Ended));
    }

    #[test]
    fn a_last_day_is_read_in_every_spelling_of_a_date_and_is_near() {
        for text in ["2026-11-30", "20261130", "2026/11/30", "令和8年11月30日", "Ｒ８．１１．３０"]
        {
            assert_eq!(read(text), Ok(LastDay::kept(date(2026, 11, 30))), "{text}");
        }
        for (text, flaw) in [
            ("", LastDayFlaw::Missing),
            ("tomorrow", LastDayFlaw::Unreadable),
            ("2026-11-31", LastDayFlaw::NoSuchDay),
            ("2062-11-30", LastDayFlaw::TooFar),
            ("2016-11-30", LastDayFlaw::TooFar),
            ("2026-02-28", LastDayFlaw::BeforeBirth),
        ] {
            assert_eq!(read(text), Err(flaw), "{text}");
        }
    }
}
