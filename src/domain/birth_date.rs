//! Birth date: a civil day in Japan, in whatever calendar it was written (N-20).

use std::fmt;

use jiff::civil::Date;

use super::{
    refusal::{BirthDateFlaw, Refusal},
    typed,
};

/// A day somebody can have been born on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(Date);

/// The greatest age, in years, that counts as a birth date and not as a typing error.
const OLDEST_YEARS: i16 = 120;

/// An era, its letters, and its first day.
struct Era {
    names: [&'static str; 3],
    first: (i16, i8, i8),
}

/// 令和 to 明治, newest first.
const ERAS: [Era; 5] = [
    Era { names: ["令和", "令", "r"], first: (2019, 5, 1) },
    Era { names: ["平成", "平", "h"], first: (1989, 1, 8) },
    Era { names: ["昭和", "昭", "s"], first: (1926, 12, 25) },
    Era { names: ["大正", "大", "t"], first: (1912, 7, 30) },
    Era { names: ["明治", "明", "m"], first: (1868, 10, 23) },
];

impl BirthDate {
    /// Reads `19790822`, `1979/8/22`, `1979-08-22`, `1979年8月22日`, `S54.8.22`, `昭和54年8月22日`, `昭和元年…`,
    /// in full-width or half-width. `today` is the civil date in Japan.
    ///
    /// # Errors
    /// [`Refusal::Empty`] for no text, else [`Refusal::BirthDate`] with what is wrong with the date.
    pub fn parse(text: &str, today: Date) -> Result<Self, Refusal> {
        let folded = typed::fold(text).to_lowercase();
        if folded.is_empty() {
            return Err(Refusal::Empty);
        }
        let date = read(&folded).map_err(Refusal::BirthDate)?;
        if date > today {
            return Err(Refusal::BirthDate(BirthDateFlaw::Future));
        }
        if date.year() < today.year() - OLDEST_YEARS {
            return Err(Refusal::BirthDate(BirthDateFlaw::TooLongAgo));
        }
        Ok(Self(date))
    }

    /// A date that was kept as a birth date before.
    pub fn kept(date: Date) -> Self {
        Self(date)
    }

    /// The civil date.
    pub fn date(self) -> Date {
        self.0
    }

    /// `YYYYMMDD`, as the manuals print it.
    pub fn eight_digits(self) -> String {
        format!("{:04}{:02}{:02}", self.0.year(), self.0.month(), self.0.day())
    }

    /// Every spelling in which the day may hide in a password: eight and six digits, month and day first, and the
    /// era year with and without its letter (B13).
    pub fn spellings(self) -> Vec<String> {
        let (y, m, d) = (self.0.year(), self.0.month(), self.0.day());
        let mut all = vec![
            format!("{y:04}{m:02}{d:02}"),
            format!("{m:02}{d:02}{y:04}"),
            format!("{d:02}{m:02}{y:04}"),
            format!("{y:04}{m}{d}"),
        ];
        if let Some((era, year)) = era_of(self.0) {
            for name in era.names {
                all.push(format!("{name}{year:02}{m:02}{d:02}"));
                all.push(format!("{name}{year}{m}{d}"));
            }
            if let Some(romaji) = romaji(era) {
                all.push(format!("{romaji}{year:02}{m:02}{d:02}"));
                all.push(format!("{romaji}{year}{m}{d}"));
            }
        }
        let backwards: Vec<String> = all.iter().take(2).map(|text| text.chars().rev().collect()).collect();
        all.extend(backwards);
        all
    }
}

/// Never prints the day itself: birth dates stay out of logs.
impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(…)")
    }
}

/// The era of a day and the year in it, counted from 1: `("昭和", 54)`. `None` before 明治.
pub fn japanese_year(date: Date) -> Option<(&'static str, i16)> {
    era_of(date).map(|(era, year)| (era.names[0], year))
}

/// Any civil day, in the spellings of [`BirthDate::parse`]; `None` for no text.
///
/// # Errors
/// [`BirthDateFlaw`]: what is wrong with the spelling.
pub fn day_in_japan(text: &str) -> Result<Option<Date>, BirthDateFlaw> {
    let folded = typed::fold(text).to_lowercase();
    if folded.is_empty() { Ok(None) } else { read(&folded).map(Some) }
}

fn romaji(era: &Era) -> Option<&'static str> {
    Some(match era.names[2] {
        "r" => "reiwa",
        "h" => "heisei",
        "s" => "showa",
        "t" => "taisho",
        "m" => "meiji",
        _ => return None,
    })
}

fn first_day(era: &Era) -> Option<Date> {
    let (y, m, d) = era.first;
    Date::new(y, m, d).ok()
}

fn era_of(date: Date) -> Option<(&'static Era, i16)> {
    ERAS.iter()
        .find(|era| first_day(era).is_some_and(|first| first <= date))
        .map(|era| (era, date.year() - era.first.0 + 1))
}

fn read(text: &str) -> Result<Date, BirthDateFlaw> {
    if let Some((index, rest)) = strip_era(text) {
        return read_era(index, rest);
    }
    let parts = numbers(text).ok_or(BirthDateFlaw::Unreadable)?;
    match parts.as_slice() {
        [one] if one.len() == 8 => {
            let number = |from: usize, to: usize| one.get(from..to).and_then(|t| t.parse::<i16>().ok());
            match (number(0, 4), number(4, 6), number(6, 8)) {
                (Some(y), Some(m), Some(d)) => day(y, m, d),
                _ => Err(BirthDateFlaw::Unreadable),
            }
        }
        [one] if one.len() == 6 => Err(BirthDateFlaw::SixDigits),
        [y, m, d] if y.len() == 4 => match (y.parse(), m.parse(), d.parse()) {
            (Ok(y), Ok(m), Ok(d)) => day(y, m, d),
            _ => Err(BirthDateFlaw::Unreadable),
        },
        _ => Err(BirthDateFlaw::Unreadable),
    }
}

fn strip_era(text: &str) -> Option<(usize, &str)> {
    ERAS.iter().enumerate().find_map(|(index, era)| {
        era.names.iter().find_map(|name| text.strip_prefix(name)).map(|rest| (index, rest))
    })
}

fn read_era(index: usize, rest: &str) -> Result<Date, BirthDateFlaw> {
    // 元年 is the first year; digits behind 元 are no other year.
    let first_year = rest.trim_start().strip_prefix('元').filter(|tail| !tail.starts_with(char::is_numeric));
    let rest = first_year.map_or_else(|| rest.to_owned(), |tail| format!("1{tail}"));
    let parts = numbers(&rest).ok_or(BirthDateFlaw::Unreadable)?;
    let (year, month, day_of_month) = match parts.as_slice() {
        [one] if one.len() == 6 => (one.get(0..2), one.get(2..4), one.get(4..6)),
        [y, m, d] => (Some(y.as_str()), Some(m.as_str()), Some(d.as_str())),
        _ => return Err(BirthDateFlaw::Unreadable),
    };
    let number =
        |text: Option<&str>| text.and_then(|t| t.parse::<i16>().ok()).ok_or(BirthDateFlaw::Unreadable);
    let (year, month, day_of_month) = (number(year)?, number(month)?, number(day_of_month)?);
    let era = ERAS.get(index).ok_or(BirthDateFlaw::Unreadable)?;
    if !(1..=64).contains(&year) {
        return Err(BirthDateFlaw::NoSuchDay);
    }
    let date = day(era.first.0 + year - 1, month, day_of_month)?;
    // 昭和65年 or 平成元年1月7日 are not days of those eras.
    let begun = first_day(era).is_some_and(|first| first <= date);
    let ended = index
        .checked_sub(1)
        .and_then(|newer| ERAS.get(newer))
        .and_then(first_day)
        .is_some_and(|next| next <= date);
    if begun && !ended { Ok(date) } else { Err(BirthDateFlaw::NoSuchDay) }
}

fn day(year: i16, month: i16, day: i16) -> Result<Date, BirthDateFlaw> {
    match (i8::try_from(month), i8::try_from(day)) {
        (Ok(month), Ok(day)) => Date::new(year, month, day).map_err(|_| BirthDateFlaw::NoSuchDay),
        _ => Err(BirthDateFlaw::NoSuchDay),
    }
}

/// The runs of ASCII digits, if only known separators stand between them.
fn numbers(text: &str) -> Option<Vec<String>> {
    let mut parts: Vec<String> = Vec::new();
    let mut fresh = true;
    for c in text.chars().map(typed::dash) {
        match c {
            '0'..='9' => {
                if fresh {
                    parts.push(String::new());
                    fresh = false;
                }
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
            '/' | '-' | '.' | '・' | ',' | '年' | '月' | '日' => fresh = true,
            c if c.is_whitespace() => fresh = true,
            _ => return None,
        }
    }
    // Eight digits with a space somewhere are still eight digits.
    if parts.len() == 2 && parts.concat().len() == 8 {
        return Some(vec![parts.concat()]);
    }
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn today() -> Date {
        "2026-11-21".parse().unwrap()
    }

    fn parse(text: &str) -> Result<Date, Refusal> {
        BirthDate::parse(text, today()).map(BirthDate::date)
    }

    #[test]
    fn one_day_in_every_spelling_of_the_counter() {
        let expected: Date = "1979-08-22".parse().unwrap();
        for text in [
            "19790822",
            "１９７９０８２２",
            "1979/8/22",
            "1979-08-22",
            "1979.8.22",
            "1979年8月22日",
            "S54.8.22",
            "s540822",
            "昭和54年8月22日",
            "昭５４・８・２２",
            "昭和 54 年 8 月 22 日",
            " 1979 0822 ",
            "1979－08－22",
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_first_year_of_an_era_is_no_digit_of_another_one() {
        assert_eq!(parse("昭和 元.12.25").unwrap().to_string(), "1926-12-25");
        for text in ["昭和元5年1月1日", "令和元０年5月1日", "平成元10108"] {
            assert_eq!(parse(text), Err(Refusal::BirthDate(BirthDateFlaw::Unreadable)), "{text}");
        }
    }

    #[test]
    fn eras_begin_and_end_on_their_days() {
        assert_eq!(parse("昭和64年1月7日").unwrap().to_string(), "1989-01-07");
        assert_eq!(parse("平成元年1月8日").unwrap().to_string(), "1989-01-08");
        assert_eq!(parse("令和元年5月1日").unwrap().to_string(), "2019-05-01");
        assert_eq!(parse("大正15年12月24日").unwrap().to_string(), "1926-12-24");
        for text in
            ["昭和64年1月8日", "平成元年1月7日", "昭和65年1月1日", "平成31年5月1日", "昭和元年12月24日"]
        {
            assert_eq!(parse(text), Err(Refusal::BirthDate(BirthDateFlaw::NoSuchDay)), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_exactly() {
        assert_eq!(parse("790822"), Err(Refusal::BirthDate(BirthDateFlaw::SixDigits)));
        assert_eq!(parse("  "), Err(Refusal::Empty));
        assert_eq!(parse("19790431"), Err(Refusal::BirthDate(BirthDateFlaw::NoSuchDay)));
        assert_eq!(parse("20270101"), Err(Refusal::BirthDate(BirthDateFlaw::Future)));
        assert_eq!(parse("18991231"), Err(Refusal::BirthDate(BirthDateFlaw::TooLongAgo)));
        assert_eq!(parse("八月二十二日"), Err(Refusal::BirthDate(BirthDateFlaw::Unreadable)));
        assert_eq!(parse("١٩٧٩٠٨٢٢"), Err(Refusal::BirthDate(BirthDateFlaw::Unreadable)));
    }

    proptest! {
        #[test]
        fn every_day_comes_back_from_every_style(days in 0i32..44_000) {
            let first: Date = "1906-07-01".parse().unwrap();
            let date = first.checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assume!(date <= today());
            let (era, year) = japanese_year(date).unwrap();
            let (m, d) = (date.month(), date.day());
            for text in [
                BirthDate::kept(date).eight_digits(), date.to_string(), format!("{}/{m}/{d}", date.year()),
                format!("{}年{m}月{d}日", date.year()), format!("{era}{year}年{m}月{d}日"),
            ] {
                prop_assert_eq!(parse(&text), Ok(date), "{}", text);
            }
        }

        #[test]
        fn no_text_makes_it_stumble(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
