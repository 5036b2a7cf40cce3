//! Proof: something this browser has just shown, with its time.
//!
//! Proofs live in the attempt's row. They are written there by the deed that weighed them, and read back here;
//! nothing a browser sends can make one.

use jiff::Timestamp;

use super::tenant::Method;

/// Which password was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// The first one: from the roster, printed or derived. Opens first login only.
    First,
    /// The member's own.
    Own,
}

impl Credential {
    /// The word in tables and the audit trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Own => "own",
        }
    }

    /// The credential of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::First, Self::Own].into_iter().find(|c| c.as_str() == word)
    }
}

/// What this browser has shown since its attempt began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proofs {
    /// The password.
    pub credential: Option<Credential>,
    /// The birth date. Refuses, never grants (D3): no rule lets anybody in for it.
    pub birth_date: Option<Timestamp>,
    /// A second factor.
    pub factor: Option<(Method, Timestamp)>,
}
