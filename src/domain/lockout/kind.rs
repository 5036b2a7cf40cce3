//! Kinds: what is counted, and for each kind its limits, who can raise it, whom it is about, what it blocks and what ends
//! it. A new kind does not compile without these answers.

use super::Ladder;
use crate::domain::tenant::LockoutPolicy;

/// Whose tries a counter counts ([D27]): what a stranger uses up is not the member's own.
///
/// [D27]: crate::rules::decisions#d27
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Browsers that have not signed the member in; and whoever types a user ID that is nobody's.
    Unknown,
    /// Browsers that have signed the member in, all together.
    Known,
}

impl Bucket {
    /// Both, the strangers' first.
    pub const BOTH: [Self; 2] = [Self::Unknown, Self::Known];

    /// The bucket of a browser.
    pub fn of(is_known: bool) -> Self {
        if is_known { Self::Known } else { Self::Unknown }
    }

    /// The bucket as kept.
    pub fn parse(word: &str) -> Option<Self> {
        Self::BOTH.into_iter().find(|bucket| bucket.as_str() == word)
    }

    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Known => "known",
        }
    }
}

macro_rules! kinds {
    (
        by bucket { $($(#[$doc:meta])* $name:ident $word:literal $known:literal,)+ }
        alone { $($(#[$doc_of_one:meta])* $one:ident $word_of_one:literal,)+ }
    ) => {
        /// What a counter counts. A kind that strangers and the member can both raise says whose tries it counts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CounterKind {
            $($(#[$doc])* $name(Bucket),)+
            $($(#[$doc_of_one])* $one,)+
        }

        impl CounterKind {
            /// Every kind, in the order in which the desk reads them. Two that are about a member may be held in another
            /// order: whoever holds several of a member's holds the member's row first.
            pub const ALL: &[Self] = &[
                $(Self::$one,)+
                $(Self::$name(Bucket::Unknown), Self::$name(Bucket::Known),)+
            ];

            /// The word in the table. Programs that knew of one bucket counted everybody as the unknown one.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name(Bucket::Unknown) => $word,
                    Self::$name(Bucket::Known) => $known,)+
                    $(Self::$one => $word_of_one,)+
                }
            }

            /// Whose tries it counts; `None` where there is no difference.
            pub fn bucket(self) -> Option<Bucket> {
                match self {
                    $(Self::$name(bucket))|+ => Some(bucket),
                    $(Self::$one)|+ => None,
                }
            }
        }
    };
}

kinds! {
    by bucket {
        /// Passwords, by member or by the typed user ID that is nobody's. Of known browsers, only the count to the hard limit:
        /// their pauses are [`CounterKind::PasswordHere`].
        Password "password" "password-known",
        /// Codes of authenticator apps, by member.
        AppCode "app-code" "app-code-known",
        /// Mailed codes of a sign-in, by member.
        MailCode "mail-code" "mail-code-known",
        /// Codes of a forgotten password, by member or by the typed user ID that is nobody's, in all browsers.
        RecoveryCode "recovery-code" "recovery-code-known",
        /// Forgotten passwords: of unknown browsers by member or typed user ID, network and hour; of known ones by member and
        /// hour.
        RecoveryAsked "recovery-asked" "recovery-asked-known",
        /// Forgotten user IDs, by address and day.
        UserIdAsked "user-id-asked" "user-id-asked-known",
        /// Codes that were mailed for signing in or for making mailed codes a factor, by member and hour.
        CodeMailed "code-mailed" "code-mailed-known",
    }
    alone {
        /// Passwords of one known browser: its own pauses.
        PasswordHere "password-here",
        /// Codes of a forgotten password, by the browser that asked.
        RecoveryCodeHere "recovery-code-here",
        /// Forgotten passwords of all unknown browsers, by member or typed user ID, and day.
        RecoveryAskedInADay "recovery-asked-in-a-day",
        /// Codes and links that were mailed to confirm an address, by member and hour. Whoever asks for them is signed in, or
        /// in first login, where no browser is known.
        ConfirmationMailed "confirmation-mailed",
        /// "Is this address taken?", by member and day; asked by the same.
        EmailTaken "email-taken",
        /// "Is this user ID free?", by member and day; asked by the same.
        LoginTaken "login-taken",
    }
}

/// Who can raise a counter. No deed asks: the tests below hold each kind against it.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RaisedBy {
    /// Whoever knows, or guesses, a user ID or an address.
    Anybody,
    /// Whoever has shown the password, or a mailed link or code, and the birth date where that is asked.
    HalfwayIn,
    /// Only browsers that have signed the member in.
    KnownBrowsers,
    /// One browser, for itself alone.
    OneBrowser,
}

/// Whom a counter is about: what its key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterSubject {
    /// A member, or a typed user ID that is nobody's.
    Member,
    /// A member, and one browser that has signed the member in.
    MemberInOneBrowser,
    /// A member, or a typed user ID that no member has, in one hour.
    MemberInAnHour,
    /// The same, and the network that asks.
    MemberInAnHourFromANetwork,
    /// A member, or a typed user ID that no member has, on one day.
    MemberOnADay,
    /// A mail address on one day, whoever's it is.
    AddressOnADay,
    /// One browser, whoever asks in it. The member's desk neither sees nor needs it.
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
    /// The codes of one browser; asking anew gives it another cookie, once what it asked before has run out.
    RecoveryCodeHere,
    /// Another letter of the kind.
    Letter,
    /// Being told whether an address or a user ID is another member's.
    Answer,
}

/// What ends it, besides success and the desk's `unlock`, which end each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterEndsBy {
    /// The count that brings pauses, of one to 30 minutes, ends after 24 quiet hours; being off ends with a reset, by mail or
    /// by the union.
    QuietAndReset,
    /// It ends after 24 quiet hours.
    Quiet,
    /// Replacing the lost factor ends it; of strangers' tries, so does another password in place of one they knew (TD6).
    LostFactor,
    /// It ends after 24 quiet hours, or with another letter.
    QuietOrAnotherLetter,
    /// Asking for a new code ends it, once the one before has run out.
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
            Self::Password(Bucket::Unknown) => Ladder::password(policy),
            Self::Password(Bucket::Known) => Ladder::password_in_known_browsers(policy),
            Self::PasswordHere => Ladder::password_in_one_browser(policy),
            Self::AppCode(_) => Ladder::APP_CODE,
            Self::MailCode(_) => Ladder::MAIL_CODE,
            Self::RecoveryCode(_) => Ladder::RECOVERY_CODE,
            Self::RecoveryCodeHere => Ladder::RECOVERY_CODE_HERE,
            Self::RecoveryAsked(_) => Ladder::RECOVERIES,
            Self::RecoveryAskedInADay => Ladder::RECOVERIES_IN_A_DAY,
            Self::UserIdAsked(_) => Ladder::USER_IDS,
            Self::CodeMailed(_) | Self::ConfirmationMailed => Ladder::CODES_MAILED,
            Self::EmailTaken | Self::LoginTaken => Ladder::TAKEN,
        }
    }

    /// Who can raise a counter of this kind.
    #[cfg(test)]
    fn raised_by(self) -> RaisedBy {
        match self {
            Self::PasswordHere | Self::RecoveryCodeHere => RaisedBy::OneBrowser,
            kind if kind.bucket() == Some(Bucket::Known) => RaisedBy::KnownBrowsers,
            Self::Password(_)
            | Self::RecoveryCode(_)
            | Self::RecoveryAsked(_)
            | Self::RecoveryAskedInADay
            | Self::UserIdAsked(_) => RaisedBy::Anybody,
            Self::AppCode(_)
            | Self::MailCode(_)
            | Self::CodeMailed(_)
            | Self::ConfirmationMailed
            | Self::EmailTaken
            | Self::LoginTaken => RaisedBy::HalfwayIn,
        }
    }

    /// Whom it is about. The desk sees every kind that is not a browser's on the member's card (`member show`), and
    /// `member unlock` ends it.
    pub fn about(self) -> CounterSubject {
        match self {
            Self::Password(_) | Self::AppCode(_) | Self::MailCode(_) | Self::RecoveryCode(_) => {
                CounterSubject::Member
            }
            Self::PasswordHere => CounterSubject::MemberInOneBrowser,
            Self::RecoveryAsked(Bucket::Unknown) => CounterSubject::MemberInAnHourFromANetwork,
            Self::RecoveryAsked(Bucket::Known) | Self::CodeMailed(_) | Self::ConfirmationMailed => {
                CounterSubject::MemberInAnHour
            }
            Self::RecoveryAskedInADay | Self::EmailTaken | Self::LoginTaken => CounterSubject::MemberOnADay,
            Self::UserIdAsked(_) => CounterSubject::AddressOnADay,
            Self::RecoveryCodeHere => CounterSubject::Browser,
        }
    }

    /// What a counter of this kind blocks once it is full.
    pub fn blocks(self) -> CounterBlocks {
        match self {
            Self::Password(_) | Self::PasswordHere => CounterBlocks::Password,
            Self::AppCode(_) | Self::MailCode(_) => CounterBlocks::Factor,
            Self::RecoveryCode(_) => CounterBlocks::RecoveryCode,
            Self::RecoveryCodeHere => CounterBlocks::RecoveryCodeHere,
            Self::RecoveryAsked(_)
            | Self::RecoveryAskedInADay
            | Self::UserIdAsked(_)
            | Self::CodeMailed(_)
            | Self::ConfirmationMailed => CounterBlocks::Letter,
            Self::EmailTaken | Self::LoginTaken => CounterBlocks::Answer,
        }
    }

    /// What ends a counter of this kind without the desk.
    pub fn ends_by(self) -> CounterEndsBy {
        match self {
            Self::Password(_) => CounterEndsBy::QuietAndReset,
            Self::PasswordHere => CounterEndsBy::Quiet,
            Self::AppCode(_) | Self::MailCode(_) => CounterEndsBy::LostFactor,
            Self::RecoveryCode(_) => CounterEndsBy::QuietOrAnotherLetter,
            Self::RecoveryCodeHere => CounterEndsBy::AskingAnew,
            Self::RecoveryAsked(_) | Self::CodeMailed(_) | Self::ConfirmationMailed => CounterEndsBy::Hour,
            Self::RecoveryAskedInADay | Self::UserIdAsked(_) | Self::EmailTaken | Self::LoginTaken => {
                CounterEndsBy::Day
            }
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
            let has_only_pauses = *kind == CounterKind::PasswordHere;
            assert_eq!(
                ladder.lasting,
                matches!(kind.blocks(), CounterBlocks::Password | CounterBlocks::Factor) && !has_only_pauses,
                "{kind:?}"
            );
        }
    }

    #[test]
    fn whatever_strangers_can_raise_has_a_bucket_of_the_members_own() {
        for kind in CounterKind::ALL {
            let counts_strangers = kind.raised_by() == RaisedBy::Anybody;
            assert!(
                !counts_strangers
                    || kind.bucket() == Some(Bucket::Unknown)
                    || *kind == CounterKind::RecoveryAskedInADay,
                "{kind:?}: strangers and the member share it"
            );
            assert_eq!(
                kind.raised_by() == RaisedBy::KnownBrowsers,
                kind.bucket() == Some(Bucket::Known),
                "{kind:?}"
            );
        }
        // The day counts strangers alone: known browsers have no such limit.
        assert_eq!(CounterKind::RecoveryAskedInADay.bucket(), None);
    }

    #[test]
    fn what_older_programs_counted_is_the_unknown_bucket() {
        for (kind, word) in [
            (CounterKind::Password(Bucket::Unknown), "password"),
            (CounterKind::AppCode(Bucket::Unknown), "app-code"),
            (CounterKind::MailCode(Bucket::Unknown), "mail-code"),
            (CounterKind::RecoveryCode(Bucket::Unknown), "recovery-code"),
            (CounterKind::UserIdAsked(Bucket::Unknown), "user-id-asked"),
        ] {
            assert_eq!(kind.as_str(), word);
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
