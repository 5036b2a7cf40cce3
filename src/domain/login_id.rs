//! User ID: what a member types to say who they are ([D7]).
//!
//! [D7]: crate::rules::decisions#d7

use std::fmt;

use smol_str::SmolStr;

use super::{
    refusal::{LoginIdFlaw, Refusal},
    tenant::UserIdPolicy,
    typed,
};

/// A user ID in its one spelling: lower case, half width.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LoginId(SmolStr);

/// Longer than any union's old IDs; keeps what is typed from growing without bound.
const LONGEST: usize = 64;

impl LoginId {
    /// What was typed at sign-in, in the spelling in which IDs are kept. Not judged: any text may be asked for.
    pub fn typed(text: &str) -> Self {
        let folded = typed::fold(text);
        Self(folded.chars().take(LONGEST).map(typed::dash).flat_map(char::to_lowercase).collect())
    }

    /// An ID of a roster file: as the old system had it, so any printable ASCII without spaces, 1–64 characters.
    pub fn imported(text: &str) -> Option<Self> {
        let id = Self::typed(text);
        let whole = typed::fold(text).chars().count() <= LONGEST;
        (whole && !id.0.is_empty() && id.0.chars().all(|c| c.is_ascii_graphic())).then_some(id)
    }

    /// A new ID chosen by the member, judged by the union's rules. Keeping `current` is always fine.
    ///
    /// # Errors
    /// [`Refusal::Empty`] alone for no text, else every [`Refusal::LoginId`] that the union's rules find.
    pub fn chosen(text: &str, current: &LoginId, policy: &UserIdPolicy) -> Result<Self, Vec<Refusal>> {
        let folded: String =
            typed::fold(text).chars().map(typed::dash).flat_map(char::to_lowercase).collect();
        if folded.is_empty() {
            return Err(vec![Refusal::Empty]);
        }
        if current.0 == folded {
            return Ok(current.clone());
        }
        let mut flaws = Vec::new();
        if !policy.change {
            flaws.push(LoginIdFlaw::Fixed);
        }
        let length = folded.chars().count();
        if length < policy.min_length {
            flaws.push(LoginIdFlaw::TooShort { min: policy.min_length });
        }
        if length > policy.max_length {
            flaws.push(LoginIdFlaw::TooLong { max: policy.max_length });
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || policy.symbols.contains(c);
        if let Some(found) = folded.chars().find(|c| !allowed(*c)) {
            flaws.push(LoginIdFlaw::Character { found });
        }
        let both =
            folded.chars().any(|c| c.is_ascii_lowercase()) && folded.chars().any(|c| c.is_ascii_digit());
        if policy.letter_and_digit && !both {
            flaws.push(LoginIdFlaw::NeedsLetterAndDigit);
        }
        if flaws.is_empty() {
            Ok(Self(folded.into()))
        } else {
            Err(flaws.into_iter().map(Refusal::LoginId).collect())
        }
    }

    /// A user ID as read from the store: not checked again.
    pub fn kept(text: String) -> Self {
        Self(text.into())
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never prints the ID: it stays out of logs.
impl fmt::Debug for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginId(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> UserIdPolicy {
        UserIdPolicy {
            min_length: 8,
            max_length: 13,
            symbols: "-_.@".into(),
            change: true,
            letter_and_digit: false,
        }
    }

    #[test]
    fn capitals_and_full_width_letters_are_the_same_id() {
        for typed in ["testuser", "TestUser", " ＴＥＳＴＵＳＥＲ ", "testuser\u{200B}"] {
            assert_eq!(LoginId::typed(typed).as_str(), "testuser");
        }
        assert_eq!(LoginId::typed("taro＠kenpoー1").as_str(), "taro@kenpo-1");
    }

    #[test]
    fn new_ids_follow_the_unions_rules_and_hear_every_flaw_at_once() {
        let current = LoginId::typed("a-very-long-imported-id");
        assert_eq!(LoginId::chosen("A-very-long-imported-ID", &current, &policy()), Ok(current.clone()));
        assert!(LoginId::chosen("hanako.2026", &current, &policy()).is_ok());
        let flaws = LoginId::chosen("花#", &current, &policy()).unwrap_err();
        assert_eq!(
            flaws,
            [
                Refusal::LoginId(LoginIdFlaw::TooShort { min: 8 }),
                Refusal::LoginId(LoginIdFlaw::Character { found: '花' }),
            ]
        );
        // Cyrillic а looks like a, and is refused rather than folded (F9).
        assert!(LoginId::chosen("hаnako2026", &current, &policy()).is_err());
    }

    #[test]
    fn imported_ids_may_be_longer_but_never_hold_spaces_or_kana() {
        assert!(LoginId::imported("doukakuuser2024-old").is_some());
        for bad in ["", "a b", "ユーザ", &"x".repeat(65)] {
            assert!(LoginId::imported(bad).is_none(), "{bad}");
        }
    }
}
