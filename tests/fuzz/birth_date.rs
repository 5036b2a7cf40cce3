//! Birth dates, as members type them and as rosters hold them.

use jiff::civil::{Date, date};
use kenpo_portal::domain::{
    birth_date::{BirthDate, japanese_year},
    refusal::Refusal,
    typed,
};
use unicode_normalization::UnicodeNormalization as _;

use crate::engine::{Target, fuzz};

const TODAY: Date = date(2026, 4, 1);
const WORDS: &[&str] = &[
    "令和", "平成", "昭和", "大正", "明治", "元年", "年", "月", "日", "S", "H", "t.", "1979", "08", "22",
    "00", "31", "64",
];

fn read(text: &str) -> Option<Date> {
    BirthDate::parse(text, TODAY).ok().map(BirthDate::date)
}

/// ASCII in full width.
pub fn wide(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c })
        .collect()
}

#[test]
fn birth_date() {
    let seeds = [
        "19790822",
        "1979/8/22",
        "1979-08-22",
        "1979年8月22日",
        "S54.8.22",
        "昭和54年8月22日",
        "昭和元年12月25日",
        "平成31年4月30日",
        "令和1年5月1日",
        "１９７９０８２２",
        "m45/7/29",
        "s540822",
        "2026-04-01",
    ];
    let target = Target {
        name: "birth_date",
        seeds: seeds.map(|seed| seed.as_bytes().to_vec()).into(),
        words: WORDS,
        longest: 4096,
        own: None,
        inputs: 6000,
    };
    fuzz(&target, |input| {
        let text = String::from_utf8_lossy(input);
        let born = match BirthDate::parse(&text, TODAY) {
            Ok(born) => born.date(),
            Err(refusal) => {
                // Nothing typed and nothing else is told as such.
                assert_eq!(refusal == Refusal::Empty, typed::fold(&text).is_empty());
                assert!(matches!(refusal, Refusal::Empty | Refusal::BirthDate(_)));
                return format!("{refusal:?}");
            }
        };
        assert!(date(1906, 1, 1) <= born && born <= TODAY, "{born}");
        // The day that was read is the one whose numbers stand there: all of them, and no other.
        let (year, month, day) = (born.year(), born.month(), born.day());
        let era = japanese_year(born).expect("an era of every day");
        let first_year = text.nfkc().any(|c| c == '元');
        let digits: String =
            typed::fold(&text).chars().map(|c| if c.is_ascii_digit() { c } else { ' ' }).collect();
        let groups: Vec<&str> = digits.split_whitespace().collect();
        // Eight digits may have one separator anywhere.
        let joined = groups.concat();
        let groups = if groups.len() == 2 && joined.len() == 8 { vec![joined.as_str()] } else { groups };
        let parts = match (groups.as_slice(), first_year) {
            ([one], false) if one.len() == 8 => [&one[..4], &one[4..6], &one[6..]],
            ([one], false) if one.len() == 6 => [&one[..2], &one[2..4], &one[4..]],
            ([year, month, day], false) => [*year, month, day],
            ([month, day], true) => ["1", month, day],
            other => panic!("{born} of {other:?}"),
        };
        let [year_read, month_read, day_read] = parts.map(|part| part.parse::<i16>().unwrap());
        assert!([year, era.1].contains(&year_read), "{born} of {groups:?}");
        assert_eq!((month_read, day_read), (month.into(), day.into()));
        // Every way to write that day, and to type this text, is that day.
        for spelling in [
            BirthDate::kept(born).eight_digits(),
            format!("{year}/{month}/{day}"),
            format!("{year}年{month}月{day}日"),
            format!("{}{}年{month}月{day}日", era.0, era.1),
            wide(&text),
            format!("\u{3000}{text}\u{200b} "),
        ] {
            assert_eq!(read(&spelling), Some(born), "{spelling}");
        }
        text.chars().filter(|c| !c.is_ascii_digit()).take(8).collect()
    });
}
