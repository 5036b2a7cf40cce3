//! Difference: what a plan changes, field by field, for whoever decides whether it is done.

use super::{column::Column, plan::PlannedChange};
use crate::domain::{
    birth_date::BirthDate,
    member::{EmailAddress, MemberNumber},
};

/// One field of a member, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedField {
    /// The column of the roster it stands in.
    pub column: Column,
    /// What stands there now; may be empty.
    pub old: String,
    /// What the file says.
    pub new: String,
}

impl PlannedChange<'_> {
    /// Whether the birth date differs: it is what a member is asked for, so a wrong one locks them out or lets another in.
    pub fn changes_birth_date(&self) -> bool {
        self.person && self.known.birth_date != self.row.birth_date
    }

    /// Every field that will be another one, in the order of the columns, the last day behind them. The spelling of the number is none
    /// (D33).
    pub fn fields(&self) -> Vec<ChangedField> {
        let (known, row) = (&self.known, self.row);
        let date = |date: BirthDate| date.date().to_string();
        let mut pairs = Vec::new();
        if self.moves {
            for (column, part) in [
                (Column::Kigo, MemberNumber::kigo as fn(&MemberNumber) -> &str),
                (Column::Bango, MemberNumber::bango),
                (Column::Branch, MemberNumber::branch),
            ] {
                pairs.push((column, part(&known.number).to_owned(), part(&row.number).to_owned()));
            }
        }
        if self.person {
            pairs.push((Column::BirthDate, date(known.birth_date), date(row.birth_date)));
            pairs.push((Column::Name, known.name.clone(), row.name.to_string()));
            pairs.push((Column::NameKana, known.name_kana.clone(), known.kana_after(row).to_owned()));
        }
        if let Some(login) = self.login {
            pairs.push((Column::UserId, known.login.as_str().to_owned(), login.as_str().to_owned()));
        }
        if let Some(email) = self.email {
            let old = known.email.as_ref().map_or("", EmailAddress::as_str);
            pairs.push((Column::Email, old.to_owned(), email.as_str().to_owned()));
        }
        if let Some(day) = self.lost_on {
            let old = known.lost_on.map_or_else(String::new, |day| day.date().to_string());
            pairs.push((Column::LostOn, old, day.date().to_string()));
        }
        let differs = |(_, old, new): &(Column, String, String)| old != new;
        pairs
            .into_iter()
            .filter(differs)
            .map(|(column, old, new)| ChangedField { column, old, new })
            .collect()
    }
}
