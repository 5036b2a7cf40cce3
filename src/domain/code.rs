//! Code: digits of an app or a mail, however they were typed ([D9], [E6]).
//!
//! [D9]: crate::rules::decisions#d9
//! [E6]: crate::rules::threats#e6

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{refusal::Refusal, typed};

/// A one-time code of six ASCII digits.
#[derive(Debug, Clone)]
pub struct SixDigits(SecretString);

impl SixDigits {
    /// Accepts spaces, dashes and full-width digits; refuses everything that is not six digits then.
    ///
    /// # Errors
    /// [`Refusal::Empty`] for no text, [`Refusal::MalformedCode`] for anything else than six digits.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let digits = typed::digits(text);
        if digits.is_empty() {
            return Err(Refusal::Empty);
        }
        if digits.len() == 6 && digits.chars().all(|c| c.is_ascii_digit()) {
            Ok(Self(SecretString::from(digits)))
        } else {
            Err(Refusal::MalformedCode)
        }
    }

    /// The digits, for the judge.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A one-time code that came by mail: as many ASCII digits as one of [`CodeLength`].
#[derive(Debug, Clone)]
pub struct MailedDigits(SecretString);

impl MailedDigits {
    /// Accepts spaces, dashes and full-width digits; refuses everything that cannot be a mailed code then. A code of the
    /// other length is a wrong one.
    ///
    /// # Errors
    /// [`Refusal::Empty`] for no text, [`Refusal::MalformedMailCode`] for what is neither six nor eight digits: whoever
    /// is refused is sent to the mail, not to an app.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let digits = typed::digits(text);
        if digits.is_empty() {
            return Err(Refusal::Empty);
        }
        let is_as_long = CodeLength::ALL.iter().any(|length| length.digits() == digits.len());
        if is_as_long && digits.chars().all(|c| c.is_ascii_digit()) {
            Ok(Self(SecretString::from(digits)))
        } else {
            Err(Refusal::MalformedMailCode)
        }
    }

    /// The digits, to be compared by their keyed digest.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// How many digits a new mailed code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeLength {
    /// As the manuals say.
    Six,
    /// While many codes of one union are guessed (E6).
    Eight,
}

impl CodeLength {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Six, Self::Eight];

    /// The number of digits.
    pub fn digits(self) -> usize {
        match self {
            Self::Six => 6,
            Self::Eight => 8,
        }
    }

    /// Digits from random bytes, each code equally likely. Bytes that would favour some codes give `None`: draw others.
    pub fn draw(self, random: [u8; 4]) -> Option<SecretString> {
        let codes: u32 = match self {
            Self::Six => 1_000_000,
            Self::Eight => 100_000_000,
        };
        let number = u32::from_be_bytes(random);
        let fair = u32::MAX - u32::MAX % codes;
        (number < fair)
            .then(|| SecretString::from(format!("{:0width$}", number % codes, width = self.digits())))
    }
}

/// Wrong mailed codes of all members of one union, by the hour ([E6]): what shows that somebody guesses at many members,
/// a few times at each.
///
/// [E6]: crate::rules::threats#e6
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WrongCodes {
    /// Hours since 1970 of the last wrong code.
    hour: i64,
    /// How many there were in it.
    in_hour: u32,
    /// How many there were in the hour before it.
    in_hour_before: u32,
}

impl WrongCodes {
    /// Wrong codes of one union in one hour from which on new codes have eight digits. A union of 100,000 members types
    /// far fewer by mistake.
    pub const MANY: u32 = 200;

    /// What is left of it at `now`.
    fn at(self, now: Timestamp) -> Self {
        let hour = now.as_second().div_euclid(3600);
        match hour.saturating_sub(self.hour) {
            ..=0 => self,
            1 => Self { hour, in_hour: 0, in_hour_before: self.in_hour },
            _ => Self { hour, in_hour: 0, in_hour_before: 0 },
        }
    }

    /// With one more at `now`, and whether that one made them many.
    pub fn counted(self, now: Timestamp) -> (Self, bool) {
        let before = self.at(now);
        let in_hour = before.in_hour.saturating_add(1);
        (Self { in_hour, ..before }, in_hour == Self::MANY)
    }

    /// How long a code is that is mailed at `now`: the long ones stay until an hour has passed with few wrong ones.
    pub fn length(self, now: Timestamp) -> CodeLength {
        let left = self.at(now);
        if left.in_hour.max(left.in_hour_before) >= Self::MANY { CodeLength::Eight } else { CodeLength::Six }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_as_the_app_shows_it() {
        for typed in ["066474", "066 474", "０６６　４７４", "066-474 "] {
            assert_eq!(SixDigits::parse(typed).unwrap().expose(), "066474");
        }
        assert_eq!(SixDigits::parse(" ").unwrap_err(), Refusal::Empty);
        for typed in ["06647", "0664740", "O66474", "٠٦٦٤٧٤"] {
            assert_eq!(SixDigits::parse(typed).unwrap_err(), Refusal::MalformedCode, "{typed}");
            assert_eq!(MailedDigits::parse(typed).unwrap_err(), Refusal::MalformedMailCode, "{typed}");
        }
        assert_eq!(MailedDigits::parse("1234 ５６７８").unwrap().expose(), "12345678");
    }

    #[test]
    fn a_code_has_its_digits_and_favours_none() {
        let drawn = |length: CodeLength, number: u32| {
            length.draw(number.to_be_bytes()).map(|code| code.expose_secret().to_owned())
        };
        assert_eq!(drawn(CodeLength::Six, 0).as_deref(), Some("000000"));
        assert_eq!(drawn(CodeLength::Six, 1_000_042).as_deref(), Some("000042"));
        assert_eq!(drawn(CodeLength::Six, 4_293_999_999).as_deref(), Some("999999"));
        assert_eq!(
            drawn(CodeLength::Six, 4_294_000_000),
            None,
            "the rest of the range would favour small numbers"
        );
        assert_eq!(drawn(CodeLength::Eight, 100_000_042).as_deref(), Some("00000042"));
        assert_eq!(drawn(CodeLength::Eight, 4_199_999_999).as_deref(), Some("99999999"));
        assert_eq!(drawn(CodeLength::Eight, 4_200_000_000), None);
    }

    #[test]
    fn many_wrong_codes_in_an_hour_make_codes_longer_until_an_hour_is_quiet() {
        let at = |minute: i64| Timestamp::from_second(1_800_000_000 + minute * 60).unwrap();
        let mut wrong = WrongCodes::default();
        for n in 1..WrongCodes::MANY {
            let (next, is_many) = wrong.counted(at(0));
            assert!(!is_many && next.length(at(0)) == CodeLength::Six, "{n}");
            wrong = next;
        }
        let (wrong, is_many) = wrong.counted(at(59));
        assert!(is_many && !wrong.counted(at(59)).1, "told once");
        assert_eq!([0, 59, 60, 119].map(|minute| wrong.length(at(minute))), [CodeLength::Eight; 4]);
        assert_eq!(wrong.length(at(120)), CodeLength::Six);
        // A clock that is set back forgets nothing.
        assert_eq!(wrong.length(at(-90)), CodeLength::Eight);
    }
}
