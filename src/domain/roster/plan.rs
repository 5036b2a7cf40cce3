//! Plan: the file's rows against the members that are known, and what follows.
//!
//! The rules ([D3], [D7], [D8]): the name and the birth date are the union's. The user ID and the address are the
//! union's until the member has a password of their own, or has settled them in first login. A first credential,
//! once issued, is never issued again and never lives longer by an import. Members who are not in the file stay, unless
//! it says that it is the whole roster ([`super::missing`]).
//!
//! [D3]: crate::rules::decisions#d3
//! [D7]: crate::rules::decisions#d7
//! [D8]: crate::rules::decisions#d8

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

mod known;
mod note;

pub use known::KnownMember;
pub use note::ImportNote;

use super::{
    column::Column,
    flaw::{BadRow, RowFlaw},
    index::{RowIndex, email_of, key_of, login_of, number_of},
    missing::{MissingMembers, WholeRoster},
    row::RosterRow,
};
use crate::domain::{
    login_id::LoginId,
    member::{EmailAddress, LastDay, MemberId},
};

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
    /// Whether the number is another one: the same person, with a new number (D34).
    pub moves: bool,
    /// Whether name, birth date or number differ.
    pub person: bool,
    /// The last day of the membership, where the file changes it.
    pub lost_on: Option<LastDay>,
    /// The new user ID, where the file changes it.
    pub login: Option<&'r LoginId>,
    /// The new mail address, where the file changes it.
    pub email: Option<&'r EmailAddress>,
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
    /// Who of these is to be ended, where the file is the whole roster.
    pub missing: Option<MissingMembers>,
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

/// Somebody who has another number here than the row, and is the same person (D34).
struct Mover {
    known: Box<KnownMember>,
    by: KnownBy,
}

/// By what a row means somebody who has another number here, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum KnownBy {
    /// The user ID, and the birth date is the same.
    Login,
    /// The row names a number as the former one that the person had before the one of now, and the birth date is the same.
    NumberBefore,
    /// The row names the person's number as the former one.
    Number,
}

/// Who has an address of the file.
#[derive(Clone, Copy)]
enum AddressOwner {
    Nobody,
    /// A member: the one of that row, or one who is not in the file.
    Member(Option<u32>),
    /// Nobody yet; that row comes first.
    Row(u32),
}

/// A plan in the making. Known members pass by one after the other and are not kept.
pub struct PlanBuilder<'r> {
    rows: &'r [RosterRow],
    met: Vec<RowMatch>,
    numbers: RowIndex,
    /// By the former number; empty where no row names one.
    formers: HashMap<&'r str, usize>,
    movers: HashMap<usize, Mover>,
    /// Rows whose number is a former one of somebody who was born on the same day.
    outdated: HashSet<usize>,
    /// Rows that name a former number of somebody who stands in the file by the number of now, with the line of that.
    twice: HashMap<usize, u32>,
    bad: Vec<BadRow>,
    /// By the user ID that a row asks for.
    asked: RowIndex,
    /// Whether a row's user ID is another member's.
    taken: Vec<bool>,
    /// Whose user ID a row asks for that rests.
    resting: HashMap<usize, MemberId>,
    /// By the address's one spelling; empty where addresses may be shared.
    emails: RowIndex,
    /// Who has the address of a row: of several rows with one address it stands at the first.
    owners: Vec<AddressOwner>,
    logins: HashSet<u64>,
    kept: u64,
    known: u64,
    absent: u64,
    missing: Option<MissingMembers>,
}

impl<'r> PlanBuilder<'r> {
    /// A builder over rows whose numbers and user IDs are each their own. `unique_emails` is the union's rule (D8).
    pub fn new(rows: &'r [RosterRow], unique_emails: bool) -> Self {
        let (mut formers, mut bad) = (HashMap::new(), Vec::new());
        for (at, row) in rows.iter().enumerate() {
            let Some(former) = row.former_key.as_deref() else { continue };
            if let Some(earlier) = formers.insert(former, at) {
                let line = rows.get(earlier).map_or(0, |row| row.line);
                bad.push(former_flaw(row, RowFlaw::FormerTwice { line }));
            }
        }
        Self {
            rows,
            met: rows.iter().map(|_| RowMatch::Nobody).collect(),
            numbers: RowIndex::of(rows, number_of),
            formers,
            movers: HashMap::new(),
            outdated: HashSet::new(),
            twice: HashMap::new(),
            bad,
            logins: rows.iter().filter_map(|row| Some(mark(row.kind.login()?.as_str()))).collect(),
            asked: RowIndex::of(rows, login_of),
            taken: vec![false; rows.len()],
            resting: HashMap::new(),
            emails: if unique_emails { RowIndex::of(rows, email_of) } else { RowIndex::default() },
            owners: vec![AddressOwner::Nobody; rows.len()],
            kept: 0,
            known: 0,
            absent: 0,
            missing: None,
        }
    }

    /// The same, over the whole roster: who is missing in it is listed, and ended on a day (D34).
    #[must_use]
    pub fn whole(self, whole: Option<WholeRoster>) -> Self {
        Self { missing: whole.map(MissingMembers::new), ..self }
    }

    /// Takes in a known member.
    pub fn meet(&mut self, known: KnownMember) {
        let at = self.numbers.find(&known.key, self.rows, number_of);
        let moved = self.moved(&known, at);
        let is_outdated = self.meet_before(&known, at);
        // Whoever stands in the file by a number of before is not missing in it.
        let home = at.or(moved.map(|(row, _)| row));
        self.known += 1;
        let is_there = home.is_some() || is_outdated;
        self.absent += u64::from(!is_there);
        if let Some(missing) = &mut self.missing {
            missing.meet((known.id, &known.number, &known.name), known.lost_on, is_there);
        }
        self.logins.insert(mark(known.login.as_str()));
        if let Some(asked) = self.asking(&known.login)
            && home != Some(asked)
        {
            self.take(asked);
        }
        if let Some(email) = &known.email
            && let Some(owner) = self.owner(email)
        {
            *owner = AddressOwner::Member(home.and_then(|row| u32::try_from(row).ok()));
        }
        if let Some((row, by)) = moved {
            let login = known.login.clone();
            let before = self.movers.remove(&row);
            let mover = match before {
                // The row names one member by the former number and another one by the user ID.
                Some(before) => {
                    if let Some(asked) = self.asking(&login).or_else(|| self.asking(&before.known.login)) {
                        self.take(asked);
                    }
                    if by > before.by { Mover { known: Box::new(known), by } } else { before }
                }
                None => Mover { known: Box::new(known), by },
            };
            self.movers.insert(row, mover);
            return;
        }
        let Some(at) = at else { return };
        let (Some(row), Some(met)) = (self.rows.get(at), self.met.get_mut(at)) else { return };
        let (login, email) = (known.other_login(row).is_some(), known.other_email(row).is_some());
        let (login_open, email_open) =
            (!known.activated && !known.login_reviewed, !known.activated && !known.email_reviewed);
        self.kept += u64::from((login && !login_open) || (email && !email_open));
        *met = if known.person_differs(row)
            || known.other_last_day(row).is_some()
            || (login && login_open)
            || (email && email_open)
        {
            RowMatch::Differs(Box::new(known))
        } else {
            RowMatch::Same
        };
    }

    /// The row of a member who has another number by now, and whether it names the former one: by that, or by the user ID
    /// where the birth date is the same, so that a mistyped user ID hands nobody's account to another person.
    fn moved(&mut self, known: &KnownMember, at: Option<usize>) -> Option<(usize, KnownBy)> {
        let named = self.formers.get(known.key.as_str()).copied();
        if let Some(at) = at {
            if let Some(row) = named.and_then(|named| self.rows.get(named)) {
                let line = self.rows.get(at).map_or(0, |row| row.line);
                self.bad.push(former_flaw(row, RowFlaw::FormerInFile { line }));
            }
            return None;
        }
        let by_login = || {
            let row = self.asking(&known.login)?;
            // A file of before moves nobody back.
            let is_same = |found: &&RosterRow| {
                found.birth_date == known.birth_date
                    && !known.formers.iter().any(|former| *former == *found.key)
            };
            self.rows.get(row).filter(is_same).map(|_| (row, KnownBy::Login))
        };
        let by_number_before = || {
            let named = known.formers.iter().filter_map(|former| self.formers.get(former.as_str()).copied());
            let mut same = named.filter(|row| self.is_born(known, *row));
            same.next().map(|row| (row, KnownBy::NumberBefore))
        };
        named.map(|row| (row, KnownBy::Number)).or_else(by_number_before).or_else(by_login)
    }

    fn is_born(&self, known: &KnownMember, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| row.birth_date == known.birth_date)
    }

    /// Notes which rows are about a number that the person had before, so that nobody becomes a second member by an old file.
    /// Whether a row has such a number.
    fn meet_before(&mut self, known: &KnownMember, at: Option<usize>) -> bool {
        let mut is_outdated = false;
        for former in &known.formers {
            let own = self.numbers.find(former, self.rows, number_of);
            let named = self.formers.get(former.as_str()).copied();
            if let Some(row) = own.filter(|row| self.is_born(known, *row)) {
                self.outdated.insert(row);
                is_outdated = true;
            }
            if let (Some(at), Some(row)) = (at, named.filter(|row| self.is_born(known, *row)))
                && at != row
            {
                self.twice.insert(row, self.rows.get(at).map_or(0, |row| row.line));
            }
        }
        is_outdated
    }

    /// Whom a row is about whose number nobody has: the same person with another number, or nobody.
    fn mover(&mut self, at: usize, row: &RosterRow) -> Result<Option<Box<KnownMember>>, RowFlaw> {
        match self.movers.remove(&at) {
            Some(mover) if mover.known.birth_date != row.birth_date => Err(RowFlaw::FormerBornOtherwise),
            Some(mover) => Ok(Some(mover.known)),
            None => Ok(None),
        }
    }

    /// The same of a row whose number somebody has: two members, who may be one person.
    fn beside(&mut self, at: usize) -> Option<RowFlaw> {
        let mover = self.movers.remove(&at)?;
        if mover.by != KnownBy::Login {
            return Some(RowFlaw::FormerBesideNew);
        }
        // Known by the user ID only: it is another member's.
        if let Some(asked) = self.asking(&mover.known.login) {
            self.take(asked);
        }
        None
    }

    /// Takes in a user ID that rests: nobody but `member`, who had it, may have it yet (D7).
    pub fn meet_resting(&mut self, login: &str, member: MemberId) {
        self.logins.insert(mark(login));
        if let Some(asked) = self.asked.find(login, self.rows, login_of) {
            self.resting.insert(asked, member);
        }
    }

    /// The plan, or every row that cannot be had.
    ///
    /// # Errors
    /// Every row that cannot be had, in the file's order; never empty.
    pub fn plan(mut self) -> Result<Plan<'r>, Vec<BadRow>> {
        let (mut added, mut changed, mut unchanged) = (Vec::new(), Vec::new(), 0);
        let (mut notes, mut bad, mut left_out) = (Vec::new(), std::mem::take(&mut self.bad), 0);
        for (at, (row, met)) in self.rows.iter().zip(std::mem::take(&mut self.met)).enumerate() {
            if !matches!(met, RowMatch::Nobody)
                && let Some(flaw) = self.beside(at)
            {
                bad.push(former_flaw(row, flaw));
                continue;
            }
            let (known, moves) = match met {
                RowMatch::Nobody => match self.mover(at, row) {
                    Ok(Some(known)) => (Some(known), true),
                    Ok(None) => (None, false),
                    Err(flaw) => {
                        bad.push(former_flaw(row, flaw));
                        continue;
                    }
                },
                RowMatch::Same => {
                    unchanged += 1;
                    continue;
                }
                RowMatch::Differs(known) => (Some(known), false),
            };
            if known.is_none()
                && let Some(line) = self.twice.get(&at).copied()
            {
                bad.push(former_flaw(row, RowFlaw::FormerInFile { line }));
                continue;
            }
            if known.is_none() && self.outdated.contains(&at) {
                notes.push(ImportNote::FormerNumber { line: row.line });
                continue;
            }
            if known.is_none() && row.has_left {
                notes.push(ImportNote::LeftBefore { line: row.line });
                continue;
            }
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
                None => {
                    if row.former_key.is_some() {
                        notes.push(ImportNote::FormerUnknown { line: row.line });
                    }
                    added.push(Addition { row, email });
                }
                Some(known) => {
                    let person = moves || known.person_differs(row);
                    let lost_on = known.other_last_day(row);
                    if person || lost_on.is_some() || login.is_some() || email.is_some() {
                        changed.push(PlannedChange { row, known, moves, person, lost_on, login, email });
                    } else {
                        unchanged += 1;
                    }
                }
            }
        }
        bad.sort_by_key(|bad| bad.line);
        if bad.is_empty() {
            Ok(Plan {
                added,
                changed,
                unchanged,
                known: self.known,
                absent: self.absent,
                missing: self.missing.map(MissingMembers::sorted),
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
        let asked = self.asking(login)?;
        if self.taken.get(asked).copied().unwrap_or_default() {
            return Some(RowFlaw::UserIdTaken);
        }
        let resting = self.resting.get(&asked);
        resting.filter(|had| known.is_none_or(|known| known.id != **had)).map(|_| RowFlaw::UserIdResting)
    }

    /// The row that asks for the user ID.
    fn asking(&self, login: &LoginId) -> Option<usize> {
        self.asked.find(login.as_str(), self.rows, login_of)
    }

    /// The user ID of that row is another member's.
    fn take(&mut self, row: usize) {
        if let Some(taken) = self.taken.get_mut(row) {
            *taken = true;
        }
    }

    /// Who has an address that a row has as well.
    fn owner(&mut self, email: &EmailAddress) -> Option<&mut AddressOwner> {
        let first = self.emails.find(&key_of(email), self.rows, email_of)?;
        self.owners.get_mut(first)
    }

    /// Takes the address for the row, if nobody else has it.
    fn claim(&mut self, email: &EmailAddress, row: usize) -> Result<(), ImportNote> {
        let rows = self.rows;
        let line = |at: usize| rows.get(at).map_or(0, |row| row.line);
        let here = line(row);
        let Ok(place) = u32::try_from(row) else { return Ok(()) };
        match self.owner(email) {
            None => Ok(()),
            Some(AddressOwner::Member(Some(owner))) if *owner == place => Ok(()),
            Some(AddressOwner::Member(_)) => Err(ImportNote::EmailTaken { line: here }),
            Some(AddressOwner::Row(first)) => {
                let earlier = line(*first as usize);
                Err(ImportNote::EmailTwice { line: here, earlier })
            }
            Some(owner @ AddressOwner::Nobody) => {
                *owner = AddressOwner::Row(place);
                Ok(())
            }
        }
    }
}

fn former_flaw(row: &RosterRow, flaw: RowFlaw) -> BadRow {
    BadRow { line: row.line, column: Some(Column::FormerBango), flaw }
}

impl std::fmt::Debug for PlanBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({} rows)", self.rows.len())
    }
}
