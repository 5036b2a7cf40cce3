//! Outcome: what came of a request, in a few words that are the same for everybody: for counters and the log, never with
//! anything about one person.

use super::{audit::Event, refusal::Refusal};

/// Words of a fixed list.
macro_rules! word_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident => $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// Every one, in the order of [`Self::place`].
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its stable word.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Its place in [`Self::ALL`].
            pub fn place(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use word_list;

word_list! {
    /// What came of a try to sign in: how it ended, or which step of it went wrong.
    SignInOutcome {
        /// A session was opened.
        SignedIn => "signed-in",
        /// Nobody has that user ID.
        UserIdUnknown => "user-id-unknown",
        /// The password was wrong.
        PasswordWrong => "password-wrong",
        /// The password of the union's paper is of no use any more.
        CredentialDead => "credential-dead",
        /// The birth date was wrong.
        BirthDateWrong => "birth-date-wrong",
        /// The code of an app or a mail was wrong.
        CodeWrong => "code-wrong",
        /// A passkey was not accepted.
        PasskeyRefused => "passkey-refused",
        /// The desk keeps the person out.
        Locked => "locked",
        /// The membership is over.
        Ended => "ended",
    }
}

word_list! {
    /// Why a request was not served, though nothing was wrong with what it asked for.
    RefusalCause {
        /// A pause after wrong tries (D13).
        Paused => "paused",
        /// Wrong tries have closed the way in: a password, a factor, a birth date or a code is switched off.
        Closed => "closed",
        /// Too many mails or changes were asked for.
        TooMany => "too-many",
        /// 429: the budget of the network is used up (D27).
        NetworkBudget => "network-budget",
        /// 503: a network, or a known browser, has too many forms at once.
        FormsAtOnce => "forms-at-once",
        /// 503: the queue before password hashing is full, or too slow.
        HashQueue => "hash-queue",
        /// 503: the database is away, silent or full.
        Database => "database",
        /// 503: a key that data names is not held here yet.
        KeyMissing => "key-missing",
        /// 503: the time is not believed (R24).
        Clock => "clock",
        /// 503: the machine gives no random bytes.
        NoRandomness => "no-randomness",
        /// 503: the whole request took too long (D39).
        RequestTime => "request-time",
        /// 503: the union's file says `status = "maintenance"`.
        Maintenance => "maintenance",
        /// 500: an unexpected failure.
        Fault => "fault",
    }
}

impl SignInOutcome {
    /// What an event says of a try to sign in; nothing, where it is no such try or one that goes on.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::SessionOpened { .. } => Some(Self::SignedIn),
            Event::NoSuchLogin { .. } => Some(Self::UserIdUnknown),
            Event::PasswordDiffered => Some(Self::PasswordWrong),
            Event::CredentialDead => Some(Self::CredentialDead),
            Event::BirthDateDiffered => Some(Self::BirthDateWrong),
            Event::CodeDiffered { .. } => Some(Self::CodeWrong),
            Event::PasskeyRefused { .. } => Some(Self::PasskeyRefused),
            Event::MemberLocked => Some(Self::Locked),
            Event::MembershipOver => Some(Self::Ended),
            _ => None,
        }
    }
}

impl RefusalCause {
    /// The same for events of ways in that are shut.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::PasswordPaused => Some(Self::Paused),
            Event::PasswordOff
            | Event::FactorOff { .. }
            | Event::BirthDateClosed
            | Event::RecoveryCodeOff => Some(Self::Closed),
            Event::CodeNotMailed { .. } => Some(Self::TooMany),
            Event::RecoveryAsked { answer: "too-many", .. } | Event::UserIdAsked { answer: "too-many" } => {
                Some(Self::TooMany)
            }
            _ => None,
        }
    }

    /// The same for what a member is told.
    pub fn told(refusal: &Refusal) -> Option<Self> {
        match refusal {
            Refusal::Paused { .. } => Some(Self::Paused),
            Refusal::FactorOff | Refusal::BirthDateClosed | Refusal::RecoveryCodeOff => Some(Self::Closed),
            Refusal::TooManyMailCodes | Refusal::TooManyEmailTries | Refusal::TooManyLoginTries => {
                Some(Self::TooMany)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_for_one_outcome_and_has_its_place() {
        for (place, outcome) in SignInOutcome::ALL.iter().enumerate() {
            assert_eq!(outcome.place(), place);
        }
        let mut words: Vec<_> = SignInOutcome::ALL.iter().map(|outcome| outcome.word()).collect();
        words.extend(RefusalCause::ALL.iter().map(|cause| cause.word()));
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all, "no word in both lists");
        // As bits of one number in the request.
        assert!(all <= 32);
    }
}
