//! Plan: the file's rows against the members that are known, and what follows.
//!
//! The rules ([D3], [D7], [D8]): the name and the birth date are the union's. The user ID and the address are the
//! union's until the member has a password of their own, or has settled them in first login. A first credential,
//! once issued, is never issued again and never lives longer by an import. Members who are not in the file stay.
//!
//! [D3]: crate::rules::decisions#d3
//! [D7]: crate::rules::decisions#d7
//! [D8]: crate::rules::decisions#d8

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use jiff::Timestamp;

use super::{
    column::Column,
    flaw::{BadRow, RowFlaw},
    row::RosterRow,
};
use crate::domain::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::{EmailAddress, MemberId, MemberNumber},
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
}

impl KnownMember {
    /// The kana after the import: an empty cell changes nothing.
    pub fn kana_after<'a>(&'a self, row: &'a RosterRow) -> &'a str {
        if row.name_kana.is_empty() { &self.name_kana } else { &row.name_kana }
    }

    fn person_differs(&self, row: &RosterRow) -> bool {
        // Whoever has the row's key has its number: zeros in front and hyphens are no change (D33).
        self.name != row.name || self.name_kana != self.kana_after(row) || self.birth_date != row.birth_date
    }

    fn other_login<'r>(&self, row: &'r RosterRow) -> Option<&'r LoginId> {
        row.kind.login().filter(|login| **login != self.login)
    }

    fn other_email<'r>(&self, row: &'r RosterRow) -> Option<&'r EmailAddress> {
        row.email.as_ref().filter(|email| Some(*email) != self.email.as_ref())
    }
}

/// A member to be added.
#[derive(Debug)]
pub struct Addition<'r> {
    /// The row of the file.
    pub row: &'r RosterRow,
    /// The address, unless it is left out (D8).
    pub email: Option<&'r EmailAddress>,
}

/// A member to be changed.
#[derive(Debug)]
pub struct PlannedChange<'r> {
    /// The row of the file.
    pub row: &'r RosterRow,
    /// The member as known before the import.
    pub known: Box<KnownMember>,
    /// Whether name or birth date differ.
    pub person: bool,
    /// The new user ID, where the file changes it.
    pub login: Option<&'r LoginId>,
    /// The new mail address, where the file changes it.
    pub email: Option<&'r EmailAddress>,
}

/// Something the union should know, though the row came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportNote {
    /// The address was left out: an earlier row has it.
    EmailTwice {
        /// The line on which the row begins, from 1.
        line: u32,
        /// The earlier row's line.
        earlier: u32,
    },
    /// The address was left out: another member has it.
    EmailTaken {
        /// The line on which the row begins, from 1.
        line: u32,
    },
}

impl ImportNote {
    /// The line it is about.
    pub fn line(self) -> u32 {
        match self {
            Self::EmailTwice { line, .. } | Self::EmailTaken { line } => line,
        }
    }

    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmailTwice { .. } => "email-twice",
            Self::EmailTaken { .. } => "email-taken",
        }
    }
}

/// What the import will do.
#[derive(Debug)]
pub struct Plan<'r> {
    /// Members to be added.
    pub added: Vec<Addition<'r>>,
    /// Members to be changed.
    pub changed: Vec<PlannedChange<'r>>,
    /// Members who stay as they are.
    pub unchanged: u64,
    /// How many members were known before.
    pub known: u64,
    /// How many of these are not in the file.
    pub absent: u64,
    /// Members whose user ID or address in the file differs and stays, because it is theirs by now.
    pub kept: u64,
    /// Members who have no address, or another one, because another member has the one of the file. Told as a number
    /// only: nothing happened to them in this import.
    pub left_out: u64,
    /// What the union should know.
    pub notes: Vec<ImportNote>,
    /// [`mark`]s of every user ID that is in use, resting, or asked for.
    pub logins: HashSet<u64>,
}

/// A short mark of a user ID, for "may it be taken?". Two IDs with one mark only cost another draw.
pub fn mark(login: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    login.hash(&mut hasher);
    hasher.finish()
}

/// What is known about a row's member.
enum RowMatch {
    /// Nobody has the number.
    Nobody,
    /// Someone has it, and nothing would change.
    Same,
    /// Someone has it, and something may change.
    Differs(Box<KnownMember>),
}

/// What is known about a user ID that a row asks for.
struct RequestedLogin {
    row: usize,
    taken: bool,
    resting: Option<MemberId>,
}

/// Who has an address of the file.
#[derive(Clone, Copy)]
enum AddressOwner {
    Nobody,
    /// A member: the one of that row, or one who is not in the file.
    Member(Option<usize>),
    /// Nobody yet; that row comes first.
    Row(usize),
}

/// A plan in the making. Known members pass by one after the other and are not kept.
pub struct PlanBuilder<'r> {
    rows: &'r [RosterRow],
    met: Vec<RowMatch>,
    numbers: HashMap<&'r str, usize>,
    asked: HashMap<&'r str, RequestedLogin>,
    /// By the address's one spelling; empty where addresses may be shared.
    emails: HashMap<String, AddressOwner>,
    logins: HashSet<u64>,
    kept: u64,
    known: u64,
    absent: u64,
}

impl<'r> PlanBuilder<'r> {
    /// A draft over rows whose numbers and user IDs are each their own. `unique_emails` is the union's rule (D8).
    pub fn new(rows: &'r [RosterRow], unique_emails: bool) -> Self {
        let asked = rows.iter().enumerate().filter_map(|(row, r)| {
            r.kind.login().map(|login| (login.as_str(), RequestedLogin { row, taken: false, resting: None }))
        });
        let asked: HashMap<_, _> = asked.collect();
        let emails = rows.iter().filter(|_| unique_emails).filter_map(|row| row.email.as_ref());
        Self {
            rows,
            met: rows.iter().map(|_| RowMatch::Nobody).collect(),
            numbers: rows.iter().enumerate().map(|(at, row)| (row.key.as_str(), at)).collect(),
            logins: asked.keys().copied().map(mark).collect(),
            asked,
            emails: emails.map(|email| (email.key(), AddressOwner::Nobody)).collect(),
            kept: 0,
            known: 0,
            absent: 0,
        }
    }

    /// Takes in a known member.
    pub fn meet(&mut self, known: KnownMember) {
        let at = self.numbers.get(known.key.as_str()).copied();
        self.known += 1;
        self.absent += u64::from(at.is_none());
        self.logins.insert(mark(known.login.as_str()));
        if let Some(asked) = self.asked.get_mut(known.login.as_str()) {
            asked.taken |= at != Some(asked.row);
        }
        if let Some(email) = &known.email
            && let Some(owner) = self.emails.get_mut(&email.key())
        {
            *owner = AddressOwner::Member(at);
        }
        let Some(at) = at else { return };
        let (Some(row), Some(met)) = (self.rows.get(at), self.met.get_mut(at)) else { return };
        let (login, email) = (known.other_login(row).is_some(), known.other_email(row).is_some());
        let (login_open, email_open) =
            (!known.activated && !known.login_reviewed, !known.activated && !known.email_reviewed);
        self.kept += u64::from((login && !login_open) || (email && !email_open));
        *met = if known.person_differs(row) || (login && login_open) || (email && email_open) {
            RowMatch::Differs(Box::new(known))
        } else {
            RowMatch::Same
        };
    }

    /// Takes in a user ID that rests: nobody but `member`, who had it, may have it yet (D7).
    pub fn meet_resting(&mut self, login: &str, member: MemberId) {
        self.logins.insert(mark(login));
        if let Some(asked) = self.asked.get_mut(login) {
            asked.resting = Some(member);
        }
    }

    /// The plan, or every row that cannot be had.
    ///
    /// # Errors
    /// Every row that cannot be had, in the file's order; never empty.
    pub fn plan(mut self) -> Result<Plan<'r>, Vec<BadRow>> {
        let (mut added, mut changed, mut unchanged) = (Vec::new(), Vec::new(), 0);
        let (mut notes, mut bad, mut left_out) = (Vec::new(), Vec::new(), 0);
        for (at, (row, met)) in self.rows.iter().zip(std::mem::take(&mut self.met)).enumerate() {
            let known = match met {
                RowMatch::Nobody => None,
                RowMatch::Same => {
                    unchanged += 1;
                    continue;
                }
                RowMatch::Differs(known) => Some(known),
            };
            let login = match &known {
                None => row.kind.login(),
                Some(known) if known.activated || known.login_reviewed => None,
                Some(known) => known.other_login(row),
            };
            if let Some(flaw) = login.and_then(|login| self.judge_login(login, known.as_deref())) {
                bad.push(BadRow { line: row.line, column: Some(Column::UserId), flaw });
                continue;
            }
            let email = match &known {
                None => row.email.as_ref(),
                Some(known) if known.activated || known.email_reviewed => None,
                Some(known) => known.other_email(row),
            };
            let email = email.filter(|email| match self.claim(email, at) {
                Ok(()) => true,
                Err(note) => {
                    // Of somebody who is known it was told when they came in.
                    if known.is_none() {
                        notes.push(note);
                    } else {
                        left_out += 1;
                    }
                    false
                }
            });
            match known {
                None => added.push(Addition { row, email }),
                Some(known) => {
                    let person = known.person_differs(row);
                    if person || login.is_some() || email.is_some() {
                        changed.push(PlannedChange { row, known, person, login, email });
                    } else {
                        unchanged += 1;
                    }
                }
            }
        }
        if bad.is_empty() {
            Ok(Plan {
                added,
                changed,
                unchanged,
                known: self.known,
                absent: self.absent,
                kept: self.kept,
                left_out,
                notes,
                logins: self.logins,
            })
        } else {
            Err(bad)
        }
    }

    fn judge_login(&self, login: &LoginId, known: Option<&KnownMember>) -> Option<RowFlaw> {
        let asked = self.asked.get(login.as_str())?;
        if asked.taken {
            return Some(RowFlaw::UserIdTaken);
        }
        asked.resting.filter(|had| known.is_none_or(|known| known.id != *had)).map(|_| RowFlaw::UserIdResting)
    }

    /// Takes the address for the row, if nobody else has it.
    fn claim(&mut self, email: &EmailAddress, row: usize) -> Result<(), ImportNote> {
        let line = |at: usize| self.rows.get(at).map_or(0, |row| row.line);
        let (here, rows) = (line(row), self.rows);
        match self.emails.get_mut(&email.key()) {
            None => Ok(()),
            Some(AddressOwner::Member(Some(owner))) if *owner == row => Ok(()),
            Some(AddressOwner::Member(_)) => Err(ImportNote::EmailTaken { line: here }),
            Some(AddressOwner::Row(first)) => {
                let earlier = rows.get(*first).map_or(0, |row| row.line);
                Err(ImportNote::EmailTwice { line: here, earlier })
            }
            Some(owner @ AddressOwner::Nobody) => {
                *owner = AddressOwner::Row(row);
                Ok(())
            }
        }
    }
}

impl std::fmt::Debug for PlanBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({} rows)", self.rows.len())
    }
}
