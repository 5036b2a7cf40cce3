//! `member import --undo` and `member imports`: the last import taken back, and the list of imports.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{
    COULD_NOT_RUN, FINE, card, fault_sentence,
    import::{code_of, preview},
    refusal_sentence,
};
use crate::{
    cli::tell,
    domain::{
        member::MemberNumber,
        roster::Column,
        saying::said,
        tenant::{Language, Tenant},
    },
    portal::roster::{
        BATCH, Import, ImportRefusal, ImportStop,
        undo::{RestoredMember, UndoReport, UndoRequest},
    },
    store::undo::{BegunMember, ImportRecord},
};

/// So many imports are listed; all of them with `--json`.
const LISTED: usize = 50;

/// What is asked of an undo.
#[derive(Debug, Clone, Copy)]
pub struct UndoOptions {
    /// Only say what would be done, person by person.
    pub dry_run: bool,
    /// Whether it is done even where it ends many members.
    pub many: bool,
    /// For programs; never varies with the language.
    pub json: bool,
    /// Shows what would be done and asks whether to go on, where somebody is there who can answer.
    pub ask: Option<fn(&str) -> bool>,
    /// In which language to answer.
    pub language: Language,
}

/// `member import --undo`
pub async fn undo(
    deed: &Import<'_>,
    options: UndoOptions,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    let agree = |report: &UndoReport| {
        let Some(ask) = options.ask.filter(|_| !options.dry_run && !options.json) else { return true };
        let question = tell(language, &said!("undo-ask"));
        ask(&format!("{}{question} ", text(report, deed.tenant, true, language)))
    };
    let UndoOptions { dry_run, many, .. } = options;
    let request = UndoRequest { dry_run, many, batch: BATCH, agree: &agree, watch: &|_| {} };
    let outcome = deed.undo(&request).await;
    let code = match &outcome {
        Ok(_) => FINE,
        Err(ImportStop::Refused(refusal)) => code_of(refusal),
        Err(ImportStop::Broken(_)) => COULD_NOT_RUN,
    };
    if options.json {
        writeln!(out, "{:#}", as_json(&outcome, deed.tenant, options))?;
        return Ok(code);
    }
    match &outcome {
        Ok(report) => {
            write!(out, "{}", text(report, deed.tenant, options.dry_run, language))?;
            if options.dry_run {
                let next = tell(language, &said!("import-next"));
                let (slug, many) = (&deed.tenant.slug, if report.is_much() { " --yes-many" } else { "" });
                writeln!(
                    err,
                    "{next}: kenpo-portal member import --tenant {slug} --undo{many} --reason \"…\""
                )?;
            } else {
                let added = report.removed + report.ended.len() as u64;
                writeln!(err, "{}", tell(language, &said!("undo-next", added)))?;
            }
        }
        Err(ImportStop::Refused(refusal)) => {
            writeln!(err, "{}", refusal_sentence(refusal, language))?;
            if let ImportRefusal::ChangedSince(since) = refusal {
                for member in since {
                    let header = |column: &Column| column.header(&deed.tenant.import.columns).to_owned();
                    let columns: Vec<_> = member.columns.iter().map(header).collect();
                    writeln!(
                        out,
                        "  {}  {}",
                        card::padded(&card::number(&member.number), 16),
                        columns.join(", ")
                    )?;
                }
            }
        }
        Err(ImportStop::Broken(fault)) => writeln!(err, "{}", fault_sentence(fault, language))?,
    }
    Ok(code)
}

fn text(report: &UndoReport, tenant: &Tenant, would: bool, language: Language) -> String {
    let slug = tenant.slug.as_str();
    let head = if would { said!("undo-would-do", slug) } else { said!("undo-done", slug) };
    let (number, at) = (report.record.number, card::moment(report.record.at));
    let mut out =
        format!("{}\n{}\n", tell(language, &head), tell(language, &said!("undo-which", number, at)));
    for (label, count) in [
        (said!("undo-removed"), report.removed),
        (said!("undo-ended"), report.ended.len() as u64),
        (said!("undo-restored"), report.restored.len() as u64),
    ] {
        let _ = writeln!(out, "  {}{count:>8}", card::padded(&tell(language, &label), 10));
    }
    if report.kept > 0 {
        let _ = writeln!(out, "  {}", tell(language, &said!("undo-kept", count = report.kept)));
    }
    let person = |number: &MemberNumber, name: &str| {
        format!("  {}  {name}\n", card::padded(&card::number(number), 16))
    };
    let named = |member: &BegunMember| person(&member.number, &member.name);
    let restored = |member: &RestoredMember| {
        let back = &member.back;
        person(&back.number, &back.name) + &preview::fields(&back.fields, tenant, language)
    };
    let ended = said!("undo-people-ended", dry = u8::from(would));
    out += &preview::section(&ended, &report.ended, named, language);
    out += &preview::section(&said!("undo-people-stay-ended"), &report.stay_ended, named, language);
    if would {
        out += &preview::section(&said!("undo-people-restored"), &report.restored, restored, language);
    }
    out
}

/// The outcome for programs. Sentences in it are English, whatever the language.
fn as_json(outcome: &Result<UndoReport, ImportStop>, tenant: &Tenant, options: UndoOptions) -> Value {
    let error = |code: &str, message: String| json!({ "code": code, "message": message });
    let (report, error, since) = match outcome {
        Ok(report) => {
            let named = |members: &[BegunMember]| {
                members.iter().map(|member| person(&member.number, &member.name)).collect::<Vec<_>>()
            };
            let restored = report.restored.iter().map(|member| {
                let (number, name) = (&member.back.number, &member.back.name);
                let fields = member.back.fields.iter().map(|field| {
                    (field.column.key().to_owned(), json!({ "old": field.old, "new": field.new }))
                });
                json!({
                    "kigo": number.kigo(), "bango": number.bango(), "branch": number.branch(), "name": name,
                    "fields": fields.collect::<Value>(),
                })
            });
            let report = json!({
                "import": record(&report.record), "removed": report.removed, "ended": named(&report.ended),
                "stay_ended": named(&report.stay_ended), "restored": restored.collect::<Vec<_>>(),
                "kept": report.kept, "much": report.is_much(),
            });
            (Some(report), None, Vec::new())
        }
        Err(ImportStop::Refused(refusal)) => {
            let (code, since) = match refusal {
                ImportRefusal::NothingToUndo => ("nothing-to-undo", Vec::new()),
                ImportRefusal::UndoneBefore(_) => ("undone-before", Vec::new()),
                ImportRefusal::UndoTooLate(_) => ("undo-too-late", Vec::new()),
                ImportRefusal::ChangedSince(since) => ("changed-since", since.iter().collect()),
                ImportRefusal::MuchEnded { .. } => ("much-changes", Vec::new()),
                ImportRefusal::UnionClosed(_) => ("union-closed", Vec::new()),
                ImportRefusal::Declined => ("declined", Vec::new()),
                _ => ("import-running", Vec::new()),
            };
            (None, Some(error(code, refusal_sentence(refusal, Language::En))), since)
        }
        Err(ImportStop::Broken(fault)) => {
            (None, Some(error("broken", fault_sentence(fault, Language::En))), Vec::new())
        }
    };
    let since = since.into_iter().map(|member| {
        json!({
            "kigo": member.number.kigo(), "bango": member.number.bango(), "branch": member.number.branch(),
            "fields": member.columns.iter().map(|column| column.key()).collect::<Vec<_>>(),
        })
    });
    json!({
        "tenant": tenant.slug.as_str(), "dry_run": options.dry_run, "report": report, "error": error,
        "changed_since": since.collect::<Vec<_>>(),
    })
}

fn person(number: &MemberNumber, name: &str) -> Value {
    json!({ "kigo": number.kigo(), "bango": number.bango(), "branch": number.branch(), "name": name })
}

fn record(record: &ImportRecord) -> Value {
    json!({
        "number": record.number, "at": record.at.to_string(), "by": record.actor, "file_sha256": record.file,
        "added": record.added, "changed": record.changed, "ended": record.ended, "unchanged": record.unchanged,
        "undoes": record.undoes, "undone_at": record.undone_at.map(|at| at.to_string()),
    })
}

/// `member imports`: the newest first.
pub async fn imports(
    deed: &Import<'_>,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let records = match deed.history().await {
        Ok(records) => records,
        Err(fault) => {
            writeln!(err, "{}", fault_sentence(&fault, language))?;
            return Ok(COULD_NOT_RUN);
        }
    };
    if json {
        writeln!(out, "{:#}", records.iter().map(record).collect::<Value>())?;
        return Ok(FINE);
    }
    if records.is_empty() {
        writeln!(err, "{}", tell(language, &said!("imports-none")))?;
        return Ok(FINE);
    }
    let word = |saying| tell(language, &saying);
    let (shown, more) = records.split_at(records.len().min(LISTED));
    writeln!(
        out,
        "{}  {}  {}  {}  {}  {}  {}  {}",
        card::padded(&word(said!("imports-number")), 5),
        card::padded(&word(said!("imports-at")), 18),
        card::padded(&word(said!("import-added")), 8),
        card::padded(&word(said!("import-changed")), 8),
        card::padded(&word(said!("imports-ended")), 8),
        card::padded(&word(said!("import-unchanged")), 9),
        card::padded(&word(said!("imports-actor")), 16),
        word(said!("imports-file")),
    )?;
    for record in shown {
        let what = match (record.undoes, record.undone_at) {
            (Some(number), _) => tell(language, &said!("imports-undo", number)),
            (None, Some(at)) => tell(language, &said!("imports-undone", at = card::moment(at))),
            (None, None) => String::new(),
        };
        let line = format!(
            "{:<5}  {}  {:>8}  {:>8}  {:>8}  {:>9}  {}  {}  {what}",
            record.number,
            card::padded(&card::moment(record.at), 18),
            record.added,
            record.changed,
            record.ended,
            record.unchanged,
            card::padded(record.actor.as_deref().unwrap_or("-"), 16),
            record.file.as_deref().unwrap_or("-"),
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if !more.is_empty() {
        writeln!(err, "{}", tell(language, &said!("imports-more", count = more.len())))?;
    }
    Ok(FINE)
}
