//! Epoch: what a change of a member's credentials ends, and what it carries over ([D24], [DD4], [G7], [I6], [F12]).
//!
//! # Decision
//! A member has an epoch. Whatever is begun for a member carries the epoch it began under, and is worthless when the
//! member's is another. Every change of password, address, user ID, method or factor raises the epoch in its own
//! transaction, and names the few things that go on.
//! # Because
//! What is not named ends: a kind of thing that is added later needs no line in any change, and one that is begun while
//! the change is being written is born worthless.
//! # Instead of
//! A list, in each change, of the rows to delete: the list forgets the next kind, and a row that is written a moment
//! after the deletion stays.
//!
//! [D24]: crate::rules::decisions#d24
//! [DD4]: crate::rules::threats#dd4
//! [F12]: crate::rules::threats#f12
//! [G7]: crate::rules::threats#g7
//! [I6]: crate::rules::threats#i6

use super::{
    id::{AttemptId, SessionId},
    tenant::Method,
};

/// How often a member's credentials, factors or address were changed. The store counts it up with each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(i64);

impl Epoch {
    /// The epoch of a member who is added.
    pub const FIRST: Self = Self(0);

    /// An epoch as read from the store.
    pub fn kept(number: i64) -> Self {
        Self(number)
    }

    /// The number that the store keeps.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// Everything that raises a member's epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialChange {
    /// A member who is signed in takes another password.
    Password,
    /// A member who is signed in takes another user ID, another 「認証方法」, or both.
    Profile,
    /// A member who is signed in confirms a new address.
    Address,
    /// A member who is signed in adds a factor.
    Add(Method),
    /// A member who is signed in takes a factor away.
    Remove,
    /// On the way in: another user ID, another method, or both (F-03).
    Choice,
    /// On the way in: the password of the member's own in place of the first one (F-06).
    FirstPassword,
    /// On the way in: another password in place of one that somebody else knows (TD6).
    ExposedPassword,
    /// On the way in: the address is confirmed (F-08).
    FirstAddress,
    /// On the way in: the chosen factor works.
    SetUp(Method),
    /// A recovery: a new factor works in place of the lost ones (D4).
    Replace(Method),
    /// A recovery: a new password (D4).
    Recovery,
    /// The desk undoes an activation (D3, D25).
    Revert,
    /// The desk issues a new first password in place of one that was not used.
    Reissue,
    /// The desk takes every factor away.
    ResetFactor,
    /// The desk replaces the mail address.
    SetEmail,
    /// The desk signs the member out everywhere.
    EndSessions,
    /// The desk keeps the person out (D34).
    Lock,
    /// A membership ends, or an end that was in force is taken back (D34).
    End,
    /// The roster gives a member who is not activated another user ID or address (D3).
    Access,
    /// The roster corrects the birth date or the spelling of the number: what a recovery asks for, and what a derived
    /// first password is made of.
    Correction,
}

/// What goes on in the new epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carries {
    /// The attempt or session that made the change.
    pub doer: bool,
    /// The member's other sessions.
    pub others: bool,
    /// The address that waits for its confirmation (D8).
    pub pending: bool,
    /// Which browsers go on being known as the member's (D27).
    pub browsers: CarriedBrowsers,
}

/// Which browsers go on being known as the member's ([D27]).
///
/// [D27]: crate::rules::decisions#d27
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarriedBrowsers {
    /// All of them.
    All,
    /// The one that makes the change, known or not before, by another cookie: whoever has a copy of an old one is a stranger.
    DoerAnew,
    /// None.
    Nobodys,
}

impl Carries {
    const NOTHING: Self =
        Self { doer: false, others: false, pending: false, browsers: CarriedBrowsers::Nobodys };
}

impl CredentialChange {
    /// Each of them.
    pub fn every() -> impl Iterator<Item = Self> {
        let of_kinds = Method::STRONGEST_FIRST
            .into_iter()
            .flat_map(|method| [Self::Add(method), Self::SetUp(method), Self::Replace(method)]);
        let others = [
            Self::Password,
            Self::Profile,
            Self::Address,
            Self::Remove,
            Self::Choice,
            Self::FirstPassword,
            Self::ExposedPassword,
            Self::FirstAddress,
            Self::Recovery,
            Self::Revert,
            Self::Reissue,
            Self::ResetFactor,
            Self::SetEmail,
            Self::EndSessions,
            Self::Lock,
            Self::End,
            Self::Access,
            Self::Correction,
        ];
        others.into_iter().chain(of_kinds)
    }

    /// What goes on after it. `everywhere`: the other sessions are to end, because 「全てのデバイスからサインアウトする」
    /// was ticked, or because the change is of a factor of theirs. `in_first_login`: no factor works yet.
    pub fn carries(self, everywhere: bool, in_first_login: bool) -> Carries {
        match self {
            Self::Password | Self::Profile | Self::Address | Self::Add(_) | Self::Remove => {
                Carries { doer: true, others: !everywhere, pending: false, browsers: CarriedBrowsers::All }
            }
            // What a member typed on one page of first login is not lost on the next (D8).
            Self::Choice
            | Self::FirstPassword
            | Self::ExposedPassword
            | Self::FirstAddress
            | Self::SetUp(_) => Carries {
                doer: true,
                others: !everywhere,
                pending: in_first_login,
                browsers: CarriedBrowsers::All,
            },
            // Whoever is shut out may be so because somebody else is in. Who has come so far has shown a mailed link or code,
            // and what else is asked: in this browser no stranger's tries count against them any more.
            Self::Replace(_) | Self::Recovery => {
                Carries { doer: true, browsers: CarriedBrowsers::DoerAnew, ..Carries::NOTHING }
            }
            Self::Revert
            | Self::Reissue
            | Self::ResetFactor
            | Self::EndSessions
            | Self::Lock
            | Self::End
            | Self::Access => Carries::NOTHING,
            // A known browser is no way in, and the address is none of it.
            Self::SetEmail => Carries { browsers: CarriedBrowsers::All, ..Carries::NOTHING },
            // A session stands on password and factor, which a roster does not touch.
            Self::Correction => Carries { others: true, browsers: CarriedBrowsers::All, ..Carries::NOTHING },
        }
    }
}

/// Who makes a change: it is carried over by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doer {
    /// A browser on its way in.
    Attempt(AttemptId),
    /// A signed-in browser, by its session.
    Session(SessionId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_makes_a_change_goes_on_and_the_desk_ends_everything() {
        for change in CredentialChange::every() {
            for (everywhere, in_first_login) in [(false, false), (false, true), (true, false), (true, true)] {
                let carries = change.carries(everywhere, in_first_login);
                let by_desk = matches!(
                    change,
                    CredentialChange::Revert
                        | CredentialChange::Reissue
                        | CredentialChange::ResetFactor
                        | CredentialChange::SetEmail
                        | CredentialChange::EndSessions
                        | CredentialChange::Lock
                        | CredentialChange::End
                        | CredentialChange::Access
                        | CredentialChange::Correction
                );
                assert_eq!(carries.doer, !by_desk, "{change:?}");
                assert!(!carries.pending || in_first_login, "{change:?}: only first login keeps what waits");
                assert!(!(everywhere && carries.others) || by_desk, "{change:?}: others end when asked to");
            }
        }
        assert_eq!(CredentialChange::Revert.carries(false, true), Carries::NOTHING);
    }

    #[test]
    fn a_recovery_leaves_no_other_session() {
        for change in [CredentialChange::Recovery, CredentialChange::Replace(Method::Passkey)] {
            let carries = Carries { doer: true, browsers: CarriedBrowsers::DoerAnew, ..Carries::NOTHING };
            assert_eq!(change.carries(false, true), carries);
        }
    }

    #[test]
    fn whoever_ends_all_known_browsers_on_the_way_in_has_another_cookie() {
        for change in CredentialChange::every() {
            let carries = change.carries(true, false);
            let goes_on = carries.browsers != CarriedBrowsers::Nobodys;
            assert!(!carries.doer || goes_on, "{change:?} shuts its own browser out");
            assert!(
                carries.doer || carries.browsers != CarriedBrowsers::DoerAnew,
                "{change:?}: nobody's browser"
            );
        }
    }
}
