//! Code: six digits, however they were typed ([D9]).
//!
//! [D9]: crate::rules::decisions#d9

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

    /// The same for a code that came by mail: whoever is refused is sent to the mail, not to an app.
    ///
    /// # Errors
    /// [`Refusal::Empty`] for no text, [`Refusal::MalformedMailCode`] for anything else than six digits.
    pub fn mailed(text: &str) -> Result<Self, Refusal> {
        Self::parse(text).map_err(|refusal| match refusal {
            Refusal::MalformedCode => Refusal::MalformedMailCode,
            other => other,
        })
    }

    /// The digits, for the judge.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
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
            assert_eq!(SixDigits::mailed(typed).unwrap_err(), Refusal::MalformedMailCode, "{typed}");
        }
    }
}
