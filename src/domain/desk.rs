//! Desk: what the union's desk does about one member, as the trail, the member's letter and 「最近の記録」 name it ([D35]).
//!
//! Every deed on how a member gets in is one of [`DeskDeed`]: `portal::desk` commits none without its row in the trail and
//! its letter.
//!
//! [D35]: crate::rules::decisions#d35

use jiff::civil::Date;
use uuid::Uuid;

use super::{audit::Event, member::MemberId};

/// A deed of the desk about one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskDeed {
    /// What is counted about the member was forgotten: wrong passwords, codes, birth dates.
    Unlock,
    /// A code for replacing a lost factor was given out.
    DeskCode,
    /// First login begins anew (D3, D25).
    Revert,
    /// A new first password was issued in place of one that was not used.
    Reissue,
    /// Every factor was taken away; the member sets one up at the next sign-in.
    ResetFactor,
    /// The mail address was replaced.
    SetEmail,
    /// The member was signed out everywhere.
    EndSessions,
    /// The member is kept out (D34).
    Lock,
    /// The member is let in again.
    LiftLock,
    /// The last day of the membership was written down (D34).
    SetLastDay(Date),
    /// It was taken back.
    LiftLastDay,
    /// The person has another 記号・番号・枝番 (D34).
    Move,
    /// The same, and the member whom a roster had made of the new number is this one: that one's id.
    Merge(MemberId),
}

/// What the letter about a deed says of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordAfter {
    /// What the deed's own sentence says.
    AsTheDeedSays,
    /// The member has not begun first login, and the first password is made of the number and the birth date: of the new
    /// number from now on (D3, D34).
    OfTheNewNumber,
}

/// A day for [`DeskDeed::ALL`].
const SOME_DAY: Date = jiff::civil::date(2026, 4, 1);
/// A member for it.
const NOBODY: MemberId = MemberId::kept(Uuid::nil());

impl DeskDeed {
    /// Each of them; the day is any, and so is the merged member.
    pub const ALL: [Self; 13] = [
        Self::Unlock,
        Self::DeskCode,
        Self::Revert,
        Self::Reissue,
        Self::ResetFactor,
        Self::SetEmail,
        Self::EndSessions,
        Self::Lock,
        Self::LiftLock,
        Self::SetLastDay(SOME_DAY),
        Self::LiftLastDay,
        Self::Move,
        Self::Merge(NOBODY),
    ];

    /// The deed's stable word: the command's, and the end of the names of its sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::DeskCode => "desk-code",
            Self::Revert => "revert",
            Self::Reissue => "reissue",
            Self::ResetFactor => "reset-factor",
            Self::SetEmail => "set-email",
            Self::EndSessions => "end-sessions",
            Self::Lock => "lock",
            Self::LiftLock => "lift-lock",
            Self::SetLastDay(_) => "end",
            Self::LiftLastDay => "lift-end",
            Self::Move => "move",
            Self::Merge(_) => "merge",
        }
    }

    /// Whether the member has another 記号・番号・枝番 after it.
    pub fn changes_number(self) -> bool {
        matches!(self, Self::Move | Self::Merge(_))
    }

    /// Its row in the trail.
    pub fn event(self) -> Event {
        match self {
            Self::Unlock => Event::MemberUnlocked,
            Self::DeskCode => Event::DeskCodeIssued,
            Self::Revert => Event::MemberReverted,
            Self::Reissue => Event::CredentialReissued,
            Self::ResetFactor => Event::FactorsReset,
            Self::SetEmail => Event::DeskAddressSet,
            Self::EndSessions => Event::DeskSessionsEnded,
            Self::Lock => Event::DeskLocked,
            Self::LiftLock => Event::DeskLockLifted,
            Self::SetLastDay(day) => Event::LastDaySet { day },
            Self::LiftLastDay => Event::LastDayLifted,
            Self::Move => Event::MemberMoved,
            Self::Merge(from) => Event::MemberMerged { from },
        }
    }

    /// The deed of a word of the trail; `None` for what no desk does.
    pub fn of_event(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.event().word() == word)
    }
}
