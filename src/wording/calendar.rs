//! Dates and times in words: Japan's clock, and the member's own calendar for birth dates (N-20).

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz,
};

use super::Words;
use crate::domain::{birth_date::japanese_year, tenant::Language};

/// The moment on the clocks of Japan, which has had no summer time since 1951.
fn in_japan(moment: Timestamp) -> DateTime {
    tz::offset(9).to_datetime(moment)
}

impl Words<'_> {
    /// 「2026年11月21日 12:05」
    pub fn moment(&self, moment: Timestamp) -> String {
        let date = self.date(in_japan(moment).date());
        self.msg2("calendar-moment", "date", date, "clock", self.clock_at(moment))
    }

    /// 「11月28日 9:05」: when something happened lately; with the year where that is not `today`'s.
    pub fn lately(&self, moment: Timestamp, today: Date) -> String {
        let date = in_japan(moment).date();
        let date = if date.year() == today.year() { self.day_of_year(date) } else { self.date(date) };
        self.msg2("calendar-moment", "date", date, "clock", self.clock_at(moment))
    }

    /// 「11月28日」.
    pub fn day_of_year(&self, date: Date) -> String {
        self.msg2("calendar-day", "month", date.month(), "day", date.day())
    }

    /// 「12:05」: the clock when something happened.
    pub fn clock_at(&self, moment: Timestamp) -> String {
        let local = in_japan(moment);
        format!("{}:{:02}", local.hour(), local.minute())
    }

    /// 「2026年11月21日」.
    pub fn day(&self, day: Date) -> String {
        self.date(day)
    }

    /// 「12:05」, rounded up to the whole minute: who waits until then never comes too early.
    pub fn clock(&self, moment: Timestamp) -> String {
        let local = in_japan(moment);
        let up = i64::from(local.second() > 0 || local.subsec_nanosecond() > 0);
        let local = local.checked_add(jiff::Span::new().minutes(up)).unwrap_or(local);
        format!("{}:{:02}", local.hour(), local.minute())
    }

    /// 「2026年11月21日」
    pub fn date(&self, date: Date) -> String {
        self.with("calendar-date", &[("year", &date.year()), ("month", &date.month()), ("day", &date.day())])
    }

    /// A birth date in both calendars: 「1979年(昭和54年)8月22日」.
    pub fn birth_date(&self, date: Date) -> String {
        match (self.language(), japanese_year(date)) {
            (Language::Ja, Some((era, year))) => {
                let (in_year, month, day) = (date.year(), date.month(), date.day());
                let year = if year == 1 { "元".to_owned() } else { year.to_string() };
                format!("{in_year}年({era}{year}年){month}月{day}日")
            }
            _ => self.date(date),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::{domain::tenant::Language, wording::Wording};

    #[test]
    fn a_birth_date_is_echoed_in_both_calendars() {
        let wording = Wording::new();
        let ja = wording.plain(Language::Ja);
        for (day, text) in [
            (date(1979, 8, 22), "1979年(昭和54年)8月22日"),
            (date(1989, 1, 7), "1989年(昭和64年)1月7日"),
            (date(1989, 1, 8), "1989年(平成元年)1月8日"),
            (date(1926, 12, 24), "1926年(大正15年)12月24日"),
            (date(2019, 5, 1), "2019年(令和元年)5月1日"),
        ] {
            assert_eq!(ja.birth_date(day), text);
        }
        assert_eq!(wording.plain(Language::En).birth_date(date(1979, 8, 22)), "22 August 1979");
    }

    #[test]
    fn moments_are_told_on_the_clocks_of_japan() {
        let wording = Wording::new();
        let ja = wording.plain(Language::Ja);
        let moment = "2026-11-21T03:05:30Z".parse().unwrap();
        assert_eq!(ja.moment(moment), "2026年11月21日 12:05");
        assert_eq!(ja.clock_at(moment), "12:05");
        assert_eq!(ja.clock(moment), "12:06");
        let en = wording.plain(Language::En);
        assert_eq!(en.moment(moment), "21 November 2026, 12:05");
        let day = date(2026, 12, 31);
        assert_eq!(
            (ja.lately(moment, day), en.lately(moment, day)),
            ("11月21日 12:05".into(), "21 November, 12:05".into())
        );
        assert_eq!(ja.lately(moment, date(2027, 1, 1)), "2026年11月21日 12:05");
    }
}
