//! Letter: a mail as data. What it says is put into words by `mail::letter`; who sends it is the postman's business.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::{
    desk::{DeskDeed, PasswordAfter},
    lockout::Bucket,
    tenant::Method,
};

/// The priority of first credentials, which wait for their import.
pub const FIRST_CREDENTIALS_PRIORITY: u32 = 9;

/// A letter to a member.
#[derive(Debug, Clone)]
pub enum Letter {
    /// First credentials by mail (ML-1, `initial_password.letter = "mail"`).
    FirstCredentials {
        /// The user ID to begin with.
        login: String,
        /// The password to begin with.
        password: SecretString,
        /// Where to begin: the union's front page.
        place: String,
        /// The last day on which both work.
        until: jiff::civil::Date,
    },
    /// The code of a sign-in (ML-5, M-02). Without any link: carriers filter those, and phishers love them.
    MailCode {
        /// Six digits, or eight while many are guessed (E6).
        code: SecretString,
        /// How long the code works, in minutes.
        minutes: u32,
    },
    /// Confirming the address in first login by code (D8).
    ConfirmEmailByCode {
        /// The digits to be typed in the browser of the first login.
        code: SecretString,
        /// How long the code works, in minutes.
        minutes: u32,
    },
    /// Confirming the address in first login by link (ML-2); carries a code too.
    ConfirmEmailByLink {
        /// The address to open.
        link: SecretString,
        /// The digits to be typed in the browser of the first login, instead of opening the link.
        code: SecretString,
        /// How long the link works, in minutes.
        minutes: u32,
        /// How long the code works, in minutes.
        code_minutes: u32,
    },
    /// Confirming a pending or a new address from inside the portal (D8).
    NewEmailCode {
        /// The digits to be typed in the session that asked.
        code: SecretString,
        /// How long the code works, in minutes.
        minutes: u32,
    },
    /// A forgotten password (ML-3, R-03): 「パスワードをリセット」, and a code for the browser that asked.
    Recovery {
        /// The address to open.
        link: SecretString,
        /// The digits to be typed in the browser that asked.
        code: SecretString,
        /// How long link and code work, in minutes.
        minutes: u32,
    },
    /// A forgotten user ID (ML-4, U-03): nothing but the ID.
    UserIds {
        /// The user ID; several where a family shares an address and a birth date.
        logins: Vec<String>,
    },
    /// The derived first password was used (D3).
    FirstCredentialUsed,
    /// First login is complete: the first factor was set up.
    FirstLoginDone {
        /// Its kind.
        method: Method,
        /// The member's name for the device; mailed codes have none.
        device: Option<String>,
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// One more factor was set up (C13); each kind has its own words.
    OneMoreFactor {
        /// Its kind.
        method: Method,
        /// The member's name for the device; mailed codes have none.
        device: Option<String>,
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// A passkey was refused because its counter went backwards: there may be a copy (C8).
    PasskeyCopied {
        /// The member's name for the device.
        device: String,
    },
    /// A factor was taken away.
    FactorRemoved {
        /// The member's name for the device.
        device: String,
        /// What is asked for first from now on, where that became another.
        usual: Option<Method>,
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// The user ID was changed. The letter does not say to what: whoever reads the mail need not know.
    LoginChanged {
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// The member's 「認証方法」 was changed.
    MethodChosen {
        /// The new method.
        method: Method,
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// The password was changed.
    PasswordChanged {
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// A forgotten password was replaced (D4).
    Recovered {
        /// Whether the factor was replaced, too.
        factor_replaced: bool,
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// Replacing a lost factor was asked for, and the wait began (D4).
    LostFactorAsked {
        /// From when it may be replaced.
        opens_at: Timestamp,
        /// Until when it may be replaced.
        closes_at: Timestamp,
        /// The address to open for calling it off.
        link: SecretString,
    },
    /// The address was changed; told to the old one and the new one.
    EmailChanged {
        /// The new address, shortened: `h***@example.jp`.
        new: String,
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// So many wrong passwords that it is off in browsers of that kind until it is replaced (D13, D27).
    PasswordOff {
        /// In which browsers.
        bucket: Bucket,
    },
    /// Thirty wrong codes: the factor is off in browsers of that kind (D13, D27).
    FactorOff {
        /// The factor's kind.
        method: Method,
        /// In which browsers.
        bucket: Bucket,
        /// How many wrong codes there were.
        times: u32,
    },
    /// Wrong codes behind the right password: somebody else knows it, and the member will be asked for another (TD6).
    PasswordExposed {
        /// How many wrong codes there were.
        times: u32,
    },
    /// The union's desk did something about how the member gets in (D35).
    Desk(DeskDeed, PasswordAfter),
}

impl Letter {
    /// The letter's stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::FirstCredentials { .. } => "first-credentials",
            Self::MailCode { .. } => "mail-code",
            Self::ConfirmEmailByCode { .. } => "confirm-email-by-code",
            Self::ConfirmEmailByLink { .. } => "confirm-email-by-link",
            Self::NewEmailCode { .. } => "new-email-code",
            Self::Recovery { .. } => "recovery",
            Self::UserIds { .. } => "user-ids",
            Self::FirstCredentialUsed => "first-credential-used",
            Self::FirstLoginDone { .. } => "first-login-done",
            Self::OneMoreFactor { method, .. } => method.traits().letter,
            Self::PasskeyCopied { .. } => "passkey-copied",
            Self::FactorRemoved { .. } => "factor-removed",
            Self::LoginChanged { .. } => "login-changed",
            Self::MethodChosen { .. } => "method-chosen",
            Self::PasswordChanged { .. } => "password-changed",
            Self::Recovered { .. } => "recovered",
            Self::LostFactorAsked { .. } => "lost-factor-asked",
            Self::EmailChanged { .. } => "email-changed",
            Self::PasswordOff { bucket: Bucket::Unknown } => "password-off",
            Self::PasswordOff { bucket: Bucket::Known } => "password-off-known",
            Self::FactorOff { bucket: Bucket::Unknown, .. } => "factor-off",
            Self::FactorOff { bucket: Bucket::Known, .. } => "factor-off-known",
            Self::PasswordExposed { .. } => "password-exposed",
            Self::Desk(..) => "desk",
        }
    }

    /// Whether it ends with the member's epoch: it carries a password, code or link that a change of the member's ways in makes
    /// worthless, so while it waits it is not sent after one (D24). The letter about a wait for a lost factor goes out all
    /// the same: it also tells that somebody asked.
    pub fn ends_with_epoch(&self) -> bool {
        matches!(self, Self::FirstCredentials { .. }) || self.minutes().is_some()
    }

    /// Minutes it is of any use, where it carries something that runs out.
    fn minutes(&self) -> Option<u32> {
        match self {
            Self::MailCode { minutes, .. }
            | Self::ConfirmEmailByCode { minutes, .. }
            | Self::ConfirmEmailByLink { minutes, .. }
            | Self::NewEmailCode { minutes, .. }
            | Self::Recovery { minutes, .. } => Some(*minutes),
            _ => None,
        }
    }

    /// Lower goes first: somebody waits for a code, nobody for a notice; and a batch of first credentials goes last.
    pub fn priority(&self) -> u32 {
        match self {
            Self::FirstCredentials { .. } => FIRST_CREDENTIALS_PRIORITY,
            Self::UserIds { .. } => 1,
            other if other.minutes().is_some() => 1,
            _ => 5,
        }
    }

    /// How long delivering it makes sense. A dead code is never sent.
    pub fn delivery_window(&self) -> SignedDuration {
        match (self, self.minutes()) {
            (_, Some(minutes)) => SignedDuration::from_mins(i64::from(minutes)),
            (Self::UserIds { .. }, None) => SignedDuration::from_hours(1),
            _ => SignedDuration::from_hours(72),
        }
    }
}
