//! Known: a member as the store has them before an import.

use jiff::Timestamp;

use crate::domain::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::{EmailAddress, LastDay, MemberId, MemberNumber},
    roster::row::RosterRow,
};

/// A member as known before the import.
#[derive(Debug, Clone)]
pub struct KnownMember {
    /// The member's id.
    pub id: MemberId,
    /// The number's one spelling.
    pub key: String,
    /// The member's 記号・番号・枝番.
    pub number: MemberNumber,
    /// The member's name.
    pub name: String,
    /// The name in katakana; may be empty.
    pub name_kana: String,
    /// The birth date on the roster.
    pub birth_date: BirthDate,
    /// The user ID that works now.
    pub login: LoginId,
    /// Whether the member settled the user ID in first login.
    pub login_reviewed: bool,
    /// The mail address, if there is one.
    pub email: Option<EmailAddress>,
    /// Whether the member settled the address in first login.
    pub email_reviewed: bool,
    /// Whether the member has a password of their own.
    pub activated: bool,
    /// When the row last changed: an update is written only if it still is so.
    pub changed_at: Timestamp,
    /// The last day of the membership, where one is known (D34).
    pub lost_on: Option<LastDay>,
    /// The one spellings of the numbers the member had before (D34).
    pub formers: Vec<String>,
}

impl KnownMember {
    /// The kana after the import: an empty cell changes nothing.
    pub fn kana_after<'a>(&'a self, row: &'a RosterRow) -> &'a str {
        if row.name_kana.is_empty() { &self.name_kana } else { &row.name_kana }
    }

    pub(super) fn person_differs(&self, row: &RosterRow) -> bool {
        // Whoever has the row's key has its number: zeros in front and hyphens are no change (D33).
        self.name != row.name || self.name_kana != self.kana_after(row) || self.birth_date != row.birth_date
    }

    /// The last day the row brings, where it is another one. An empty cell changes nothing.
    pub(super) fn other_last_day(&self, row: &RosterRow) -> Option<LastDay> {
        row.lost_on.filter(|day| Some(*day) != self.lost_on)
    }

    pub(super) fn other_login<'r>(&self, row: &'r RosterRow) -> Option<&'r LoginId> {
        row.kind.login().filter(|login| **login != self.login)
    }

    pub(super) fn other_email<'r>(&self, row: &'r RosterRow) -> Option<&'r EmailAddress> {
        row.email.as_ref().filter(|email| Some(*email) != self.email.as_ref())
    }
}
