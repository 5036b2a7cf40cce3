//! Undo: what the last import changed about a member, kept so that it can be taken back; and whether it still can be.
//! Pure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    column::Column,
    difference::ChangedField,
    missing::MissingMember,
    plan::{KnownMember, PlannedChange},
};
use crate::domain::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::{EmailAddress, LastDay, MemberNumber},
};

/// For so many days an import can be taken back; then what it needs is removed.
pub const UNDO_DAYS: i64 = 30;

/// One field of a member, before and after an import.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptField {
    /// [`Column::key`]
    column: String,
    before: String,
    after: String,
}

/// A number that became another one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptNumber {
    /// 記号・番号・枝番, as they were written.
    before: [String; 3],
    /// The new number's one spelling.
    after_key: String,
    /// Whether the new number was one of the member's former ones.
    #[serde(default)]
    was_former: bool,
}

impl KeptNumber {
    fn number(&self) -> MemberNumber {
        let [kigo, bango, branch] = self.before.clone();
        MemberNumber::kept(kigo, bango, branch)
    }
}

/// What an import changed about one member, and nothing else of them. Personal data: it is kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptChange {
    number: Option<KeptNumber>,
    fields: Vec<KeptField>,
}

/// Nothing of it: what it holds stays out of logs.
impl std::fmt::Debug for KeptChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeptChange(…)")
    }
}

/// A member of whom something was changed again since the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedSince {
    /// The member's number.
    pub number: MemberNumber,
    /// The columns that were changed again, or whose old value is another member's by now.
    pub columns: Vec<Column>,
}

/// What a member gets back.
#[derive(Debug, Clone)]
pub struct Restoration {
    /// 記号・番号・枝番 afterwards.
    pub number: MemberNumber,
    /// The number's one spelling, where it is another one than now.
    pub key: Option<String>,
    /// Whether number, name or birth date become other ones.
    pub person: bool,
    /// The name afterwards.
    pub name: String,
    /// The name in katakana afterwards; may be empty.
    pub name_kana: String,
    /// The birth date afterwards.
    pub birth_date: BirthDate,
    /// The user ID of before, where it was another one.
    pub login: Option<LoginId>,
    /// The address of before, where it was another one; none where there was none.
    pub email: Option<Option<EmailAddress>>,
    /// The last day of before, where it was another one; none where there was none.
    pub lost_on: Option<Option<LastDay>>,
    /// Each field that becomes another one.
    pub fields: Vec<ChangedField>,
    /// Whether the membership ended by the import, and stays so.
    pub stays_ended: bool,
    /// The number, in its one spelling, that the member had by the import alone: none of the former ones afterwards.
    pub forgets_number: Option<String>,
    /// The same of a user ID.
    pub forgets_login: Option<LoginId>,
}

impl Restoration {
    fn nothing(now: &KnownMember) -> Self {
        Self {
            number: now.number.clone(),
            key: None,
            person: false,
            name: now.name.clone(),
            name_kana: now.name_kana.clone(),
            birth_date: now.birth_date,
            login: None,
            email: None,
            lost_on: None,
            fields: Vec::new(),
            stays_ended: false,
            forgets_number: None,
            forgets_login: None,
        }
    }

    /// Whether nothing becomes another one.
    pub fn is_nothing(&self) -> bool {
        self.fields.is_empty()
    }
}

/// The value of a column, as a text; empty where there is none.
fn value(column: Column, member: &KnownMember) -> String {
    let date = |date: Date| date.to_string();
    match column {
        Column::BirthDate => date(member.birth_date.date()),
        Column::Name => member.name.clone(),
        Column::NameKana => member.name_kana.clone(),
        Column::UserId => member.login.as_str().to_owned(),
        Column::Email => member.email.as_ref().map_or_else(String::new, |email| email.as_str().to_owned()),
        Column::LostOn => member.lost_on.map_or_else(String::new, |day| date(day.date())),
        _ => String::new(),
    }
}

impl KeptChange {
    /// What a plan changes about a member.
    pub fn of(change: &PlannedChange<'_>) -> Self {
        let parts = |number: &MemberNumber| {
            [number.kigo().to_owned(), number.bango().to_owned(), number.branch().to_owned()]
        };
        let number = change.moves.then(|| KeptNumber {
            before: parts(&change.known.number),
            after_key: change.row.key.to_string(),
            was_former: change.known.formers.iter().any(|former| *former == change.row.key),
        });
        let is_number = |column| matches!(column, Column::Kigo | Column::Bango | Column::Branch);
        let fields = change.fields().into_iter().filter(|field| !is_number(field.column));
        let fields = fields.map(|field| KeptField {
            column: field.column.key().to_owned(),
            before: field.old,
            after: field.new,
        });
        Self { number, fields: fields.collect() }
    }

    /// That a member who is missing in a whole roster is ended with that day.
    pub fn of_missing(missing: &MissingMember, day: LastDay) -> Self {
        let before = missing.lost_on.map_or_else(String::new, |day| day.date().to_string());
        let (column, after) = (Column::LostOn.key().to_owned(), day.date().to_string());
        Self { number: None, fields: vec![KeptField { column, before, after }] }
    }

    /// The one spelling of the number of before, where that was another one.
    pub fn number_before(&self) -> Option<String> {
        self.number.as_ref().map(|number| number.number().key())
    }

    /// The one spelling of the address of before, where that was another one.
    pub fn email_before(&self) -> Option<String> {
        let email = self.fields.iter().find(|field| field.column == Column::Email.key())?;
        (!email.before.is_empty()).then(|| EmailAddress::kept(email.before.clone()).key())
    }

    /// What a member who is so `now` gets back on the day `today` in Japan: the fields that the import changed and that are
    /// still so. A last day that is over stays: what was ended stays ended.
    ///
    /// # Errors
    /// The columns that were changed again since, or became the member's own (D3): taking them back would undo that, too.
    pub fn taken_back(&self, now: &KnownMember, today: Date) -> Result<Restoration, Vec<Column>> {
        let (mut back, mut since) = (Restoration::nothing(now), Vec::new());
        if let Some(kept) = &self.number {
            let before = kept.number();
            back.forgets_number = (!kept.was_former).then(|| kept.after_key.clone());
            if before.key() == now.key {
                // It is so already.
            } else if kept.after_key == now.key {
                back.fields.push(ChangedField {
                    column: Column::Bango,
                    old: now.key.clone(),
                    new: before.key(),
                });
                (back.key, back.number, back.person) = (Some(before.key()), before, true);
            } else {
                since.push(Column::Bango);
            }
        }
        for field in &self.fields {
            let Some(column) = Column::ALL.into_iter().find(|column| column.key() == field.column) else {
                continue;
            };
            let is = value(column, now);
            let own = match column {
                Column::UserId => now.activated || now.login_reviewed,
                Column::Email => now.activated || now.email_reviewed,
                _ => false,
            };
            if is == field.before {
                continue;
            }
            if is != field.after || own {
                since.push(column);
                continue;
            }
            if column == Column::LostOn && now.lost_on.is_some_and(|day| day.date() < today) {
                back.stays_ended = true;
                continue;
            }
            back.put(column, &field.before);
            if column == Column::UserId {
                back.forgets_login = Some(LoginId::kept(field.after.clone()));
            }
            back.fields.push(ChangedField { column, old: is, new: field.before.clone() });
        }
        if since.is_empty() { Ok(back) } else { Err(since) }
    }
}

impl Restoration {
    fn put(&mut self, column: Column, before: &str) {
        let some = (!before.is_empty()).then(|| before.to_owned());
        match column {
            Column::BirthDate => {
                self.birth_date = before.parse().map_or(self.birth_date, BirthDate::kept);
                self.person = true;
            }
            Column::Name => (self.name, self.person) = (before.to_owned(), true),
            Column::NameKana => (self.name_kana, self.person) = (before.to_owned(), true),
            Column::UserId => self.login = some.map(LoginId::kept),
            Column::Email => self.email = Some(some.map(EmailAddress::kept)),
            Column::LostOn => self.lost_on = Some(before.parse().ok().map(LastDay::kept)),
            _ => {}
        }
    }
}
