//! Kinds: what is counted, and for each kind who can raise it, what it blocks, what ends it and where it is seen. A new
//! kind does not compile without these answers.

use super::Ladder;
use crate::domain::tenant::LockoutPolicy;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal),+ $(,)?) => {
        /// What a counter counts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CounterKind {
            $($(#[$doc])* $name),+
        }

        impl CounterKind {
            /// Every kind, in the order in which the desk reads them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in the table.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),+
                }
            }
        }
    };
}

kinds! {
    /// Passwords, by member or by the typed user ID that is nobody's.
    Password "password",
    /// Codes of authenticator apps, by member.
    AppCode "app-code",
    /// Mailed codes of a sign-in, by member.
    MailCode "mail-code",
    /// Codes of a forgotten password, by member or by the typed user ID that is nobody's, in all browsers.
    RecoveryCode "recovery-code",
    /// Codes of a forgotten password, by the browser that asked.
    RecoveryCodeHere "recovery-code-here",
    /// Forgotten passwords, by member or typed user ID, and hour.
    RecoveryAsked "recovery-asked",
    /// Forgotten user IDs, by address and day.
    UserIdAsked "user-id-asked",
    /// Codes that were mailed to let a member in, by member and hour.
    CodeMailed "code-mailed",
    /// Codes and links that were mailed to confirm an address, by member and hour.
    ConfirmationMailed "confirmation-mailed",
    /// "Is this address taken?", by member and day.
    EmailTaken "email-taken",
    /// "Is this user ID free?", by member and day.
    LoginTaken "login-taken",
}

/// Who can raise a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaisedBy {
    /// Whoever knows, or guesses, a user ID or an address.
    Anybody,
    /// Whoever has shown the password, or a mailed link or code, and the birth date where that is asked.
    HalfwayIn,
    /// One browser, for itself alone.
    OneBrowser,
}

/// Whom a counter is about: what its key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterSubject {
    /// A member, or a typed user ID that is nobody's.
    Member,
    /// A member, or a typed user ID that no member has, in one hour.
    MemberInAnHour,
    /// A member, or a typed user ID that no member has, on one day.
    MemberOnADay,
    /// A mail address on one day, whoever's it is.
    AddressOnADay,
    /// A browser, by its cookie: nobody's but its own, so the desk neither sees nor needs it.
    Browser,
}

/// What a counter that is full keeps from being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterBlocks {
    /// Signing in with the password; another way in stays.
    Password,
    /// One factor; it still counts as held (D13).
    Factor,
    /// The code of a recovery letter; its link stays.
    RecoveryCode,
    /// The codes of one browser; asking anew gives it another cookie.
    RecoveryCodeHere,
    /// Another letter of the kind.
    Letter,
    /// Being told whether an address or a user ID is another member's.
    Answer,
}

/// What ends it, besides success and the desk's `unlock`, which end each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterEndsBy {
    /// A pause ends after 24 quiet hours; being off ends with a reset, by mail or by the union.
    QuietAndReset,
    /// Replacing the lost factor ends it.
    LostFactor,
    /// It ends after 24 quiet hours, or with another letter.
    QuietOrAnotherLetter,
    /// Asking for a new code ends it.
    AskingAnew,
    /// It ends with the hour.
    Hour,
    /// It ends with the day, in Japan.
    Day,
}

impl CounterKind {
    /// The limits for failures of this kind.
    pub fn ladder(self, policy: &LockoutPolicy) -> Ladder {
        match self {
            Self::Password => Ladder::password(policy),
            Self::AppCode => Ladder::APP_CODE,
            Self::MailCode => Ladder::MAIL_CODE,
            Self::RecoveryCode => Ladder::RECOVERY_CODE,
            Self::RecoveryCodeHere => Ladder::RECOVERY_CODE_HERE,
            Self::RecoveryAsked => Ladder::RECOVERIES,
            Self::UserIdAsked => Ladder::USER_IDS,
            Self::CodeMailed | Self::ConfirmationMailed => Ladder::CODES_MAILED,
            Self::EmailTaken | Self::LoginTaken => Ladder::TAKEN,
        }
    }

    /// Who can raise a counter of this kind.
    pub fn raised_by(self) -> RaisedBy {
        match self {
            Self::Password | Self::RecoveryCode | Self::RecoveryAsked | Self::UserIdAsked => {
                RaisedBy::Anybody
            }
            Self::AppCode
            | Self::MailCode
            | Self::CodeMailed
            | Self::ConfirmationMailed
            | Self::EmailTaken
            | Self::LoginTaken => RaisedBy::HalfwayIn,
            Self::RecoveryCodeHere => RaisedBy::OneBrowser,
        }
    }

    /// Whom it is about. The desk sees every kind that is not a browser's on the member's card (`member show`), and
    /// `member unlock` ends it.
    pub fn about(self) -> CounterSubject {
        match self {
            Self::Password | Self::AppCode | Self::MailCode | Self::RecoveryCode => CounterSubject::Member,
            Self::RecoveryAsked | Self::CodeMailed | Self::ConfirmationMailed => {
                CounterSubject::MemberInAnHour
            }
            Self::EmailTaken | Self::LoginTaken => CounterSubject::MemberOnADay,
            Self::UserIdAsked => CounterSubject::AddressOnADay,
            Self::RecoveryCodeHere => CounterSubject::Browser,
        }
    }

    /// What a counter of this kind blocks once it is full.
    pub fn blocks(self) -> CounterBlocks {
        match self {
            Self::Password => CounterBlocks::Password,
            Self::AppCode | Self::MailCode => CounterBlocks::Factor,
            Self::RecoveryCode => CounterBlocks::RecoveryCode,
            Self::RecoveryCodeHere => CounterBlocks::RecoveryCodeHere,
            Self::RecoveryAsked | Self::UserIdAsked | Self::CodeMailed | Self::ConfirmationMailed => {
                CounterBlocks::Letter
            }
            Self::EmailTaken | Self::LoginTaken => CounterBlocks::Answer,
        }
    }

    /// What ends a counter of this kind without the desk.
    pub fn ends_by(self) -> CounterEndsBy {
        match self {
            Self::Password => CounterEndsBy::QuietAndReset,
            Self::AppCode | Self::MailCode => CounterEndsBy::LostFactor,
            Self::RecoveryCode => CounterEndsBy::QuietOrAnotherLetter,
            Self::RecoveryCodeHere => CounterEndsBy::AskingAnew,
            Self::RecoveryAsked | Self::CodeMailed | Self::ConfirmationMailed => CounterEndsBy::Hour,
            Self::UserIdAsked | Self::EmailTaken | Self::LoginTaken => CounterEndsBy::Day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_can_raise_ends_by_itself_or_leaves_another_way() {
        for kind in CounterKind::ALL {
            let stays = matches!(kind.ends_by(), CounterEndsBy::LostFactor);
            let anybody = kind.raised_by() == RaisedBy::Anybody;
            assert!(!(anybody && stays), "{kind:?} is raised by anybody and ends by nobody");
            let policy = LockoutPolicy { pause_after: 5, hard_limit: 50 };
            let ladder = kind.ladder(&policy);
            assert_eq!(
                ladder.lasting,
                matches!(kind.blocks(), CounterBlocks::Password | CounterBlocks::Factor),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn each_kind_has_its_own_word() {
        let mut words: Vec<_> = CounterKind::ALL.iter().map(|kind| kind.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), CounterKind::ALL.len());
    }
}
