//! One-time: links and codes that work once, for one purpose ([D4], [D8], [D9], [DD4]).
//!
//! # Decision
//! Everything that is proven by mail, or by a slip of paper from the desk, is one row of one table: a purpose, a member,
//! perhaps one browser, a link, a code, the address it speaks for, an end. The purpose is part of the key.
//! # Because
//! A link for one thing that also opens another is the oldest mistake of this trade.
//! # Instead of
//! A table, a rule and a bug for each kind of mail.
//!
//! [D4]: crate::rules::decisions#d4
//! [D8]: crate::rules::decisions#d8
//! [D9]: crate::rules::decisions#d9
//! [DD4]: crate::rules::threats#dd4

use jiff::{SignedDuration, Timestamp};

use super::{
    clock::MOST_APART,
    tenant::{EmailOtpPolicy, RecoveryPolicy},
};

/// The list of purposes: name, and the word in tables and keyed digests.
macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident $word:literal,)+) => {
        /// What a link or code is good for. Never for anything else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum OneTimePurpose {
            $($(#[$doc])* $name,)+
        }

        impl OneTimePurpose {
            /// Every purpose.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in tables and keyed digests.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

purposes! {
    /// The mailed code of a sign-in (M-01). Belongs to its attempt.
    MailCode "mail-code",
    /// Confirming the address in first login (F-08), by link anywhere or by code in the attempt.
    ConfirmEmail "confirm-email",
    /// Confirming a pending address in the portal (D8). Belongs to its session.
    PendingEmail "pending-email",
    /// The first mailed code of a member who is signed in: from then on such codes are a factor. Belongs to its session.
    ChooseMailCode "choose-mail-code",
    /// A forgotten password: by link anywhere, by code in the browser that asked.
    Recovery "recovery",
    /// Calling off the wait for replacing a lost factor (D4).
    CallOff "call-off",
    /// A code from the union's desk (D4).
    DeskCode "desk-code",
}

impl OneTimePurpose {
    /// Whether its code, guessed by somebody who knows the password or the user ID, is a way in (E6).
    pub fn guess_lets_in(self) -> bool {
        matches!(self, Self::MailCode | Self::Recovery)
    }

    /// Whether it only confirms an address: such mails are counted by themselves (E7), so that mistyped addresses keep
    /// nobody from getting in.
    pub fn confirms_address(self) -> bool {
        matches!(self, Self::ConfirmEmail | Self::PendingEmail)
    }
}

/// The latest moment at which what is out `now` can have been made: whatever says it was later is of a clock that ran ahead.
/// It keeps nobody waiting (R24), and is accepted from nobody (R25).
pub fn made_by(now: Timestamp) -> Timestamp {
    now.checked_add(MOST_APART).unwrap_or(now)
}

/// Wrong codes after which a code is dead (D9). They are counted in its row where it confirms something or came from the
/// desk. The code of a forgotten password has as many, counted by the browser that asked, whether or not a code is out:
/// [`CounterKind::RecoveryCodeHere`]. The mailed code of a sign-in has those of its attempt, however many codes are mailed for
/// it: [`CODES_PER_ATTEMPT`].
///
/// [`CounterKind::RecoveryCodeHere`]: super::lockout::CounterKind::RecoveryCodeHere
/// [`CODES_PER_ATTEMPT`]: super::lockout::CODES_PER_ATTEMPT
pub const TRIES: u32 = 5;
/// How long the link of a first login lives (D8).
pub const CONFIRM_LINK: SignedDuration = SignedDuration::from_mins(60);
/// How long a code from the desk lives (D4).
pub const DESK_CODE: SignedDuration = SignedDuration::from_hours(24);

/// How long a mailed code lives (D9).
pub fn code_life(policy: &EmailOtpPolicy) -> SignedDuration {
    SignedDuration::from_mins(i64::from(policy.ttl_minutes))
}

/// How long the link and the code of a forgotten password live.
pub fn recovery_life(policy: &RecoveryPolicy) -> SignedDuration {
    SignedDuration::from_mins(i64::from(policy.reset_link_minutes))
}
