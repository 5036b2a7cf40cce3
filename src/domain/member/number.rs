//! Number: 記号・番号・枝番, which say who a member is to the union ([D3], [D33]).
//!
//! [D3]: crate::rules::decisions#d3
//! [D33]: crate::rules::decisions#d33

use std::fmt;

use smol_str::SmolStr;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{birth_date::BirthDate, spreadsheet::SpreadsheetTrace, typed};

/// Most characters of a 記号 (D33).
const LONGEST_KIGO: usize = 12;
/// Most digits of a 番号 (D33).
const LONGEST_BANGO: usize = 10;
/// Most characters of a part that is only looked for.
const LONGEST_TYPED: usize = 20;

/// 記号・番号・枝番 of a member.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberNumber {
    /// All three, one behind the other: a roster holds many numbers at once.
    text: SmolStr,
    /// Where the 番号 begins, in bytes.
    bango: usize,
    /// Where the 枝番 begins.
    branch: usize,
}

/// One of the three fields that the insurance card prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberPart {
    /// 記号
    Kigo,
    /// 番号
    Bango,
    /// 枝番
    Branch,
}

/// What is wrong with a part of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFlaw {
    /// There is no 番号.
    Missing,
    /// A 番号 of something else than digits.
    NotDigits,
    /// Longer than it can be.
    TooLong {
        /// The greatest length, in characters.
        most: usize,
    },
    /// A 枝番 that is not 0 to 99.
    NotABranch,
    /// A character that no 記号 has.
    Character,
    /// What a spreadsheet made of it.
    Spreadsheet(SpreadsheetTrace),
}

impl NumberFlaw {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "number-missing",
            Self::NotDigits => "number-not-digits",
            Self::TooLong { .. } => "number-too-long",
            Self::NotABranch => "branch-out-of-range",
            Self::Character => "number-character",
            Self::Spreadsheet(trace) => trace.code(),
        }
    }
}

impl MemberNumber {
    /// Reads the three columns of a roster. 番号: 1 to 10 digits. 枝番: 0 to 99, `00` when absent. 記号: up to 12
    /// digits, letters, kana, kanji and hyphens, or none. Every part that is something else, or what a spreadsheet
    /// made of it, is told (D33).
    ///
    /// # Errors
    /// Every part that is wrong, with what is wrong with it; never empty.
    pub fn read(kigo: &str, bango: &str, branch: &str) -> Result<Self, Vec<(NumberPart, NumberFlaw)>> {
        let mut flaws = Vec::new();
        let mut take = |part, read: Result<String, NumberFlaw>| {
            read.unwrap_or_else(|flaw| {
                flaws.push((part, flaw));
                String::new()
            })
        };
        let number = Self::of(
            &take(NumberPart::Kigo, read_kigo(kigo)),
            &take(NumberPart::Bango, read_bango(bango)),
            &take(NumberPart::Branch, read_branch(branch)),
        );
        if flaws.is_empty() { Ok(number) } else { Err(flaws) }
    }

    /// What somebody typed to find a member, with hyphens and spaces anywhere. An absent branch is `00`. `None` when
    /// the 番号 is empty or a part is longer than 20 characters.
    pub fn parse(kigo: &str, bango: &str, branch: &str) -> Option<Self> {
        let (kigo, bango, branch) = (compared(kigo), compared(bango), compared(branch));
        let branch = match branch.as_str() {
            "" => "00".to_owned(),
            one if one.chars().count() == 1 => format!("0{one}"),
            _ => branch,
        };
        let fits = [&kigo, &bango, &branch].iter().all(|part| part.chars().count() <= LONGEST_TYPED);
        (!bango.is_empty() && fits).then(|| Self::of(&kigo, &bango, &branch))
    }

    /// A number as read from the store: not checked again.
    #[expect(clippy::needless_pass_by_value, reason = "what the store reads is given away")]
    pub fn kept(kigo: String, bango: String, branch: String) -> Self {
        Self::of(&kigo, &bango, &branch)
    }

    fn of(kigo: &str, bango: &str, branch: &str) -> Self {
        let text = [kigo, bango, branch].concat().into();
        Self { text, bango: kigo.len(), branch: kigo.len() + bango.len() }
    }

    /// The 記号, as the union writes it.
    pub fn kigo(&self) -> &str {
        self.text.get(..self.bango).unwrap_or_default()
    }

    /// The 番号, as the union writes it.
    pub fn bango(&self) -> &str {
        self.text.get(self.bango..self.branch).unwrap_or_default()
    }

    /// The 枝番: two digits.
    pub fn branch(&self) -> &str {
        self.text.get(self.branch..).unwrap_or_default()
    }

    /// One spelling for finding the same member again: hyphens and leading zeros off, lower case, parts separated.
    pub fn key(&self) -> String {
        let [kigo, bango, branch] = [self.kigo(), self.bango(), self.branch()].map(compared);
        format!("{}-{}-{}", bare(&kigo), bare(&bango), bare(&branch)).to_lowercase()
    }

    /// The derived first passwords of this member (D3): 記号+番号+YYYYMMDD, as written and without leading zeros.
    /// Hyphens are not part of them.
    pub fn derived_passwords(&self, birth_date: BirthDate) -> [String; 2] {
        let date = birth_date.eight_digits();
        let [kigo, bango] = [self.kigo(), self.bango()].map(compared);
        [format!("{kigo}{bango}{date}"), format!("{}{}{date}", bare(&kigo), bare(&bango))]
    }

    /// Spellings in which the number may hide in a password.
    pub fn spellings(&self) -> Vec<String> {
        let [kigo, bango] = [self.kigo(), self.bango()].map(|part| compared(part).to_lowercase());
        let mut all = vec![
            format!("{kigo}{bango}"),
            format!("{kigo}-{bango}"),
            format!("{bango}{kigo}"),
            bango.clone(),
        ];
        let written = self.kigo().to_lowercase();
        if written != kigo {
            all.extend([
                format!("{written}{bango}"),
                format!("{written}-{bango}"),
                format!("{bango}{written}"),
            ]);
        }
        all
    }
}

/// A part as it is compared: one width, no white space, no hyphen.
fn compared(part: &str) -> String {
    typed::fold(part).chars().map(typed::dash).filter(|c| !c.is_whitespace() && *c != '-').collect()
}

fn bare(part: &str) -> &str {
    let bare = part.trim_start_matches('0');
    if bare.is_empty() && !part.is_empty() { "0" } else { bare }
}

fn read_kigo(text: &str) -> Result<String, NumberFlaw> {
    let text = one_width(text).ok_or(NumberFlaw::Character)?;
    no_trace(&text)?;
    let kigo: String = typed::hyphens(&text).chars().filter(|c| !c.is_whitespace()).collect();
    // Also without the blanks: what is kept is read again.
    no_trace(&kigo)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphabetic());
    if !kigo.chars().all(fits) {
        Err(NumberFlaw::Character)
    } else if kigo.chars().count() > LONGEST_KIGO {
        Err(NumberFlaw::TooLong { most: LONGEST_KIGO })
    } else {
        Ok(kigo)
    }
}

fn read_bango(text: &str) -> Result<String, NumberFlaw> {
    let bango = digits(text, NumberFlaw::NotDigits)?;
    match bango.len() {
        0 => Err(NumberFlaw::Missing),
        1..=LONGEST_BANGO => Ok(bango),
        _ => Err(NumberFlaw::TooLong { most: LONGEST_BANGO }),
    }
}

fn read_branch(text: &str) -> Result<String, NumberFlaw> {
    let branch = digits(text, NumberFlaw::NotABranch)?;
    match bare(&branch) {
        "" => Ok("00".to_owned()),
        value if value.len() <= 2 => Ok(format!("{value:0>2}")),
        _ => Err(NumberFlaw::NotABranch),
    }
}

fn no_trace(text: &str) -> Result<(), NumberFlaw> {
    SpreadsheetTrace::in_number(text).map_or(Ok(()), |trace| Err(NumberFlaw::Spreadsheet(trace)))
}

/// ASCII digits in one width, white space around them off. `flaw` where there is something else.
fn digits(text: &str, flaw: NumberFlaw) -> Result<String, NumberFlaw> {
    let text = one_width(text).ok_or(flaw)?;
    no_trace(&text)?;
    if text.chars().all(|c| c.is_ascii_digit()) { Ok(text) } else { Err(flaw) }
}

/// Full-width and half-width forms in one spelling. `None` when folding would make something else of a character:
/// `①` is no 1, `㈱` no 株.
fn one_width(text: &str) -> Option<String> {
    let folded = typed::fold(text);
    let keeps = |c: char| {
        c.is_ascii()
            || c.is_whitespace()
            || matches!(c, '\u{FF00}'..='\u{FFEF}' | '\u{F900}'..='\u{FAFF}' | '\u{3099}' | '\u{309A}' | 'Ⅰ'..='ⅿ')
            || c.nfkc().eq(std::iter::once(c))
    };
    text.chars().all(keeps).then_some(folded)
}

/// Never prints the number: it stays out of logs.
impl fmt::Debug for MemberNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(kigo: &str, bango: &str, branch: &str) -> MemberNumber {
        MemberNumber::read(kigo, bango, branch).unwrap()
    }

    fn flaw(kigo: &str, bango: &str, branch: &str) -> &'static str {
        MemberNumber::read(kigo, bango, branch).unwrap_err()[0].1.code()
    }

    #[test]
    fn the_manuals_example_of_a_derived_password() {
        let number = MemberNumber::parse("12", "3456789", "").unwrap();
        let born = BirthDate::kept("1980-12-01".parse().unwrap());
        assert_eq!(number.derived_passwords(born)[0], "12345678919801201");
        assert_eq!(read("健-12", "3", "").derived_passwords(born)[0], "健12319801201");
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        let a = MemberNumber::parse("１２", "３４５６７８９", "").unwrap();
        let b = MemberNumber::parse("012", "345-6789", "0").unwrap();
        assert_eq!(a.key(), b.key());
        assert_ne!(a.key(), MemberNumber::parse("12", "3456789", "01").unwrap().key());
        assert!(MemberNumber::parse("12", " ", "").is_none());
        assert_eq!(read("12", "001000", "").key(), read("012", "1000", "000").key());
    }

    #[test]
    fn hyphens_are_shown_and_not_compared() {
        let number = read("健－12", "3", "1");
        assert_eq!((number.kigo(), number.branch()), ("健-12", "01"));
        assert_eq!(number.key(), read("健12", "3", "01").key());
        assert_eq!(read("ｽﾀｰ", "3", "").kigo(), "スター");
        assert_eq!(read("12ー3", "3", "").kigo(), "12-3");
    }

    #[test]
    fn a_roster_has_numbers_only() {
        for (kigo, bango, branch) in
            [("", "1", ""), ("123456789012", "1234567890", "99"), ("Ａ－１", "１", "0"), ("日本・", "1", "")]
        {
            let fits = !kigo.contains('・');
            assert_eq!(MemberNumber::read(kigo, bango, branch).is_ok(), fits, "{kigo}");
        }
        for (kigo, bango, branch, code) in [
            ("12", "", "", "number-missing"),
            ("12", "12345678901", "", "number-too-long"),
            ("1234567890123", "1", "", "number-too-long"),
            ("12", "1-2", "", "number-not-digits"),
            ("12", "12a", "", "number-not-digits"),
            ("12", "①", "", "number-not-digits"),
            ("12", "1 2", "", "number-not-digits"),
            ("㈱", "1", "", "number-character"),
            ("12:x", "1", "", "spreadsheet-date"),
            ("a_b", "1", "", "number-character"),
            ("12", "1", "100", "branch-out-of-range"),
            ("12", "1", "x", "branch-out-of-range"),
            ("12", "1", "1.0", "spreadsheet-amount"),
            ("12", "3.45679E+06", "", "spreadsheet-exponent"),
            ("12", "1.23457E+11", "", "spreadsheet-exponent"),
            ("0e ０", "1", "", "spreadsheet-exponent"),
            ("3月4日", "1", "", "spreadsheet-date"),
            ("4-Mar", "1", "", "spreadsheet-date"),
            ("2026-01-02", "1", "", "spreadsheet-date"),
            ("12", "2026-01-02", "", "spreadsheet-date"),
            ("#NAME?", "1", "", "spreadsheet-error"),
            ("(12)", "1", "", "spreadsheet-sign"),
            ("'12", "1", "", "spreadsheet-apostrophe"),
            ("=12", "1", "", "spreadsheet-formula"),
        ] {
            assert_eq!(flaw(kigo, bango, branch), code, "{kigo} {bango} {branch}");
        }
    }

    /// The key as it was computed before a roster's numbers were judged: members who are known stay the same.
    fn key_of_known_members(kigo: &str, bango: &str, branch: &str) -> String {
        let clean = |text: &str| -> String {
            typed::fold(text).chars().map(typed::dash).filter(|c| !c.is_whitespace() && *c != '-').collect()
        };
        let branch = if branch.is_empty() { "00".to_owned() } else { clean(branch) };
        format!("{}-{}-{}", bare(&clean(kigo)), bare(&clean(bango)), bare(&branch)).to_lowercase()
    }

    proptest! {
        #[test]
        fn every_number_that_is_read_has_the_key_it_always_had(
            kigo in "[0-9A-Za-z０-９Ａ-ｚぁ-んァ-ヴ一-龠ーｱ-ﾝ 　－‐-]{0,12}", bango in "[0-9０-９]{1,10}", branch in "0{0,3}[0-9]{0,2}",
        ) {
            if let Ok(number) = MemberNumber::read(&kigo, &bango, &branch) {
                prop_assert_eq!(number.key(), key_of_known_members(&kigo, &bango, &branch));
                let kept = MemberNumber::kept(number.kigo().into(), number.bango().into(), number.branch().into());
                prop_assert_eq!(kept.key(), number.key());
                let again = MemberNumber::read(number.kigo(), number.bango(), number.branch());
                prop_assert!(again.is_ok_and(|again| again.key() == number.key()));
            }
        }

        #[test]
        fn what_is_read_is_a_number_whatever_was_written(kigo in "\\PC{0,14}", bango in "\\PC{0,12}", branch in "\\PC{0,4}") {
            if let Ok(number) = MemberNumber::read(&kigo, &bango, &branch) {
                prop_assert!((1..=10).contains(&number.bango().len()) && number.bango().bytes().all(|b| b.is_ascii_digit()));
                prop_assert!(number.branch().parse::<u8>().is_ok_and(|branch| branch <= 99));
                prop_assert!(number.kigo().chars().count() <= 12);
                prop_assert!(number.kigo().chars().all(|c| c == '-' || c.is_alphanumeric()));
            }
        }

        #[test]
        fn no_exponent_of_a_spreadsheet_is_a_number(value in 100_000f64..9.9e15, digits in 0usize..6) {
            let shown = format!("{value:.digits$e}").to_uppercase().replace('E', "E+");
            prop_assert!(MemberNumber::read("12", &shown, "").is_err());
            prop_assert!(MemberNumber::read(&shown, "1", "").is_err());
            prop_assert!(MemberNumber::read("12", "1", &shown).is_err());
        }
    }
}
