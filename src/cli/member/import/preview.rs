//! What a roster would change, person by person: other birth dates first, for a member is asked for it.

use std::fmt::Write as _;

use super::row_text;
use crate::{
    cli::{
        member::{SHOWN, card},
        tell,
    },
    domain::{
        roster::{Plan, PlannedChange, difference::ChangedField},
        saying::{Saying, said},
        tenant::{Language, Tenant},
    },
};

/// The first people of each kind, and how many more there are.
pub fn text(plan: &Plan<'_>, tenant: &Tenant, language: Language) -> String {
    let (born, others): (Vec<_>, Vec<_>) =
        plan.changed.iter().partition(|change| change.changes_birth_date());
    let changed = |change: &&PlannedChange<'_>| changed(change, tenant, language);
    let born = section(&said!("preview-birth-dates"), &born, changed, language);
    let others = section(&said!("preview-changed"), &others, changed, language);
    let added = section(
        &said!("preview-added"),
        &plan.added,
        |new| row_text(new.row.line, &card::number(&new.row.number), &new.row.name, language) + "\n",
        language,
    );
    born + &others + &added
}

/// Whoever is missing in a whole roster, a line each, at most so many.
pub fn missing(plan: &Plan<'_>, most: usize, language: Language) -> String {
    let missing = plan.missing.as_ref().map_or(&[][..], |missing| &missing.missing);
    if missing.is_empty() {
        return String::new();
    }
    let mut out = tell(language, &said!("preview-missing")) + "\n";
    for member in missing.iter().take(most) {
        let _ = writeln!(out, "  {}  {}", card::padded(&card::number(&member.number), 16), member.name);
    }
    if missing.len() > most {
        let _ = writeln!(out, "  {}", tell(language, &said!("preview-more", count = missing.len() - most)));
    }
    out
}

/// The first people of a kind, and how many more there are; nothing where there is nobody.
pub fn section<T>(head: &Saying, people: &[T], person: impl Fn(&T) -> String, language: Language) -> String {
    if people.is_empty() {
        return String::new();
    }
    let mut out = tell(language, head) + "\n";
    for one in people.iter().take(SHOWN) {
        out.push_str(&person(one));
    }
    if people.len() > SHOWN {
        let _ = writeln!(out, "  {}", tell(language, &said!("preview-more", count = people.len() - SHOWN)));
    }
    out
}

fn changed(change: &PlannedChange<'_>, tenant: &Tenant, language: Language) -> String {
    let number = card::number(&change.known.number);
    row_text(change.row.line, &number, &change.known.name, language)
        + "\n"
        + &fields(&change.fields(), tenant, language)
}

/// Each field with its old and its new value, a line each.
pub fn fields(fields: &[ChangedField], tenant: &Tenant, language: Language) -> String {
    let mut out = String::new();
    let none = tell(language, &said!("preview-none"));
    for field in fields {
        let header = field.column.header(&tenant.import.columns);
        let old = if field.old.is_empty() { &none } else { &field.old };
        let new = if field.new.is_empty() { &none } else { &field.new };
        let _ = writeln!(out, "      {}  {old} → {new}", card::padded(header, 16));
    }
    out
}
