//! Proof: something this browser has just shown, with its time.
//!
//! Proofs live in the attempt's row. They are written there by the deed that verified them, and read back here;
//! nothing a browser sends can make one.

use jiff::Timestamp;

use super::tenant::Method;

/// Which password was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// The first one: from the roster, printed or derived. Opens first login only.
    First,
    /// The password the member chose.
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

/// How a recovery began (D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailProof {
    /// The mailed link, opened in this browser.
    Link,
    /// The mailed code, typed in the browser that asked. Codes are talked out of people by phone, so it opens less.
    Code,
}

impl MailProof {
    /// The word in tables and the audit trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
        }
    }

    /// The proof of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Link, Self::Code].into_iter().find(|proof| proof.as_str() == word)
    }
}

/// What a browser has shown and chosen on its way out of a forgotten password (D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// What it began with.
    pub mail: MailProof,
    /// 「機種変更や紛失などで使えない」 was chosen (`true`), or 「登録した認証方法で確認する」.
    pub lost: Option<bool>,
    /// What is to be set up in place of a lost factor. The member's own choice is another's until that works.
    pub method: Option<Method>,
    /// The code from the union's desk was shown.
    pub desk_code: bool,
    /// The new password was set.
    pub password: bool,
}

/// What this browser has shown since its attempt began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proofs {
    /// The password, and when it was shown, or set in this attempt.
    pub credential: Option<(Credential, Timestamp)>,
    /// The birth date. Refuses, never grants (D3): no rule lets anybody in for it.
    pub birth_date: Option<Timestamp>,
    /// The second factor that was shown, and when.
    pub factor: Option<(Method, Timestamp)>,
    /// Only on the way out of a forgotten password.
    pub recovery: Option<Recovery>,
}
