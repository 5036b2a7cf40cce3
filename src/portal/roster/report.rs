//! Report: what an import has done, or would do.

use super::Notices;
use crate::domain::{
    member::LastDay,
    roster::{
        FirstCredentialSource, ImportNote, Plan, Roster, missing::MissingMembers, much::is_much_changed,
    },
};

/// What was done, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Members added who are known from the old system.
    pub existing: u64,
    /// Members added with a printed temporary password.
    pub printed: u64,
    /// Members added with a drawn user ID and password.
    pub generated: u64,
    /// How many members were changed.
    pub changed: u64,
    /// How many of these got another birth date.
    pub birth_dates: u64,
    /// Members left as they were.
    pub unchanged: u64,
    /// Members who are not in the file, and stay as they are.
    pub absent: u64,
    /// Members who are not in a file that is the whole roster, and are ended; `None` where it does not say so.
    pub missing: Option<u64>,
    /// The last day they get.
    pub ends_on: Option<LastDay>,
    /// Whether so much of the roster changes that it is done only when asked for twice (D34).
    pub much: bool,
    /// Members whose user ID or address differs in the file and stays.
    pub kept: u64,
    /// Members without the address of the file, because another member has it; told once in `notes`, and as a number
    /// from then on.
    pub left_out: u64,
    /// What the union should know.
    pub notes: Vec<ImportNote>,
    /// Self-made characters (外字) in names that came in.
    pub self_made: u64,
    /// Headers that are no column of the roster.
    pub extra: Vec<String>,
    /// Letters with first credentials, written to the outbox (a dry run: that would be).
    pub letters: u64,
    /// What became of the notices.
    pub notices: Notices,
}

impl Report {
    /// How many members were added.
    pub fn added(&self) -> u64 {
        self.existing + self.printed + self.generated
    }
}

/// How many members a whole roster ends because they are missing in it.
pub(super) fn ended(plan: &Plan<'_>) -> usize {
    plan.missing.as_ref().map_or(0, |missing| missing.missing.len())
}

/// What the plan comes to; the notices are told later.
pub(super) fn report(plan: &Plan<'_>, roster: &Roster) -> Report {
    let corrected = plan.changed.iter().filter(|change| change.person).map(|change| change.row);
    let names = plan.added.iter().map(|new| new.row).chain(corrected);
    let added = |is: fn(&FirstCredentialSource) -> bool| {
        plan.added.iter().filter(|new| is(&new.row.kind)).count() as u64
    };
    Report {
        existing: added(|kind| matches!(kind, FirstCredentialSource::Existing(_))),
        printed: added(|kind| matches!(kind, FirstCredentialSource::Printed(..))),
        generated: added(|kind| matches!(kind, FirstCredentialSource::Generated)),
        changed: plan.changed.len() as u64,
        birth_dates: plan.changed.iter().filter(|change| change.changes_birth_date()).count() as u64,
        unchanged: plan.unchanged,
        absent: plan.absent.saturating_sub(ended(plan) as u64),
        missing: plan.missing.as_ref().map(|missing| missing.missing.len() as u64),
        ends_on: plan.missing.as_ref().and_then(MissingMembers::ends_on),
        much: is_much_changed(plan.changed.len() as u64, plan.known)
            || plan.missing.as_ref().is_some_and(MissingMembers::is_much),
        kept: plan.kept,
        left_out: plan.left_out,
        self_made: names.map(|row| row.self_made() as u64).sum(),
        notes: plan.notes.clone(),
        extra: roster.extra.clone(),
        letters: 0,
        notices: Notices::None,
    }
}
