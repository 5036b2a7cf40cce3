//! The outcome of an import for programs, and what a preview says about each person.

use serde_json::{Map, Value, json};

use super::{ImportOptions, code_of};
use crate::{
    cli::{
        member::{COULD_NOT_RUN, fault_sentence, notices, refusal_sentence},
        voice,
    },
    domain::{
        member::MemberNumber,
        roster::{Column, ImportNote, Plan, missing::MissingMembers},
        tenant::{Language, Tenant},
    },
    portal::roster::{ImportError, ImportRefusal, ImportStop, Notices, Report},
};

/// Everybody who would be changed or added, with the old and the new value of each field.
pub fn people(plan: &Plan<'_>) -> Value {
    let person = |action: &str, line: u32, number: &MemberNumber, name: &str, fields: Map<String, Value>| {
        json!({
            "action": action, "line": line, "kigo": number.kigo(), "bango": number.bango(),
            "branch": number.branch(), "name": name, "fields": fields,
        })
    };
    let changed = plan.changed.iter().map(|change| {
        let fields = change
            .fields()
            .into_iter()
            .map(|field| (field.column.key().to_owned(), json!({ "old": field.old, "new": field.new })));
        person("change", change.row.line, &change.known.number, &change.row.name, fields.collect())
    });
    let added =
        plan.added.iter().map(|new| person("add", new.row.line, &new.row.number, &new.row.name, Map::new()));
    let day = plan.missing.as_ref().and_then(MissingMembers::ends_on).map(|day| day.date().to_string());
    let missing = plan.missing.iter().flat_map(|missing| &missing.missing).map(|member| {
        let old = member.lost_on.map_or_else(String::new, |day| day.date().to_string());
        json!({
            "action": "end", "kigo": member.number.kigo(), "bango": member.number.bango(),
            "branch": member.number.branch(), "name": member.name,
            "fields": { "lost_on": { "old": old, "new": day } },
        })
    });
    changed.chain(added).chain(missing).collect()
}

/// The outcome for programs. Sentences in it are English, whatever the language.
pub fn outcome(
    outcome: &Result<Report, ImportStop>,
    people: Option<&Value>,
    tenant: &Tenant,
    options: ImportOptions<'_>,
) -> (Value, u8) {
    let error = |code: &str, line: Option<u32>, column: Option<Column>, message: String| json!({ "code": code, "line": line, "column": column.map(Column::key), "message": message });
    let (report, errors, code) = match outcome {
        Ok(report) => (Some(report), Vec::new(), notices::code(&report.notices)),
        Err(ImportStop::Refused(refusal)) => {
            let message = refusal_sentence(refusal, Language::En);
            let errors = match refusal {
                ImportRefusal::Rows(bad) => bad
                    .iter()
                    .map(|b| {
                        error(b.flaw.code(), Some(b.line), b.column, voice(Language::En).row_flaw(&b.flaw))
                    })
                    .collect(),
                ImportRefusal::File(flaw) => vec![error(flaw.code(), flaw.line(), None, message)],
                ImportRefusal::NoticesNeeded(_) => vec![error("notices-needed", None, None, message)],
                ImportRefusal::Running { .. } => vec![error("import-running", None, None, message)],
                ImportRefusal::Much { .. } => vec![error("much-changes", None, None, message)],
                ImportRefusal::MuchMissing { .. } => vec![error("much-missing", None, None, message)],
                ImportRefusal::LastDayNeeded(_) => vec![error("last-day-needed", None, None, message)],
                ImportRefusal::LastDay(flaw) => vec![error(flaw.code(), None, None, message)],
                ImportRefusal::UnionClosed(_) => vec![error("union-closed", None, None, message)],
                ImportRefusal::Declined => vec![error("declined", None, None, message)],
                // An import never says these.
                ImportRefusal::NothingToUndo
                | ImportRefusal::UndoneBefore(_)
                | ImportRefusal::UndoTooLate(_)
                | ImportRefusal::MuchEnded { .. }
                | ImportRefusal::ChangedSince(_) => Vec::new(),
                ImportRefusal::NoticesTaken(_) => vec![error("notices-exist", None, None, message)],
                ImportRefusal::Unprintable(rows) => rows
                    .iter()
                    .map(|row| {
                        let message = notices::unprintable(std::slice::from_ref(row), Language::En);
                        error("notice-unprintable", row.line, Some(Column::Name), message)
                    })
                    .collect(),
            };
            (None, errors, code_of(refusal))
        }
        Err(ImportStop::Broken(fault)) => {
            let word = if matches!(fault, ImportError::Busy) { "busy" } else { "broken" };
            (None, vec![error(word, None, None, fault_sentence(fault, Language::En))], COULD_NOT_RUN)
        }
    };
    let value = json!({
        "tenant": tenant.slug.as_str(),
        "dry_run": options.dry_run,
        "report": report.map(report_json),
        "people": people,
        "errors": errors,
    });
    (value, code)
}

fn report_json(report: &Report) -> Value {
    let note = |note: &ImportNote| {
        json!({
            "line": note.line(), "column": note.column().key(), "code": note.code(),
            "message": voice(Language::En).roster_note(*note),
        })
    };
    let (state, count, path) = match &report.notices {
        Notices::None => ("none", 0, None),
        Notices::Due(count) => ("due", *count, None),
        Notices::Written(count, path) => ("written", *count, Some(path)),
        Notices::Unnamed(count, path) => ("unnamed", *count, Some(path)),
        Notices::Sent(count) => ("sent", *count, None),
        Notices::Lost(count, _) => ("lost", *count, None),
    };
    json!({
        "added": {
            "existing": report.existing, "printed": report.printed, "generated": report.generated,
        },
        "changed": report.changed,
        "birth_dates_changed": report.birth_dates,
        "unchanged": report.unchanged,
        "absent": report.absent,
        "missing": report.missing,
        "ends_on": report.ends_on.map(|day| day.date().to_string()),
        "much_changes": report.much,
        "kept": report.kept,
        "addresses_left_out": report.left_out,
        "self_made_characters": report.self_made,
        "notes": report.notes.iter().map(note).collect::<Vec<_>>(),
        "columns_not_read": report.extra,
        "letters": report.letters,
        "notices": { "state": state, "count": count, "file": path.map(|path| path.display().to_string()) },
    })
}
