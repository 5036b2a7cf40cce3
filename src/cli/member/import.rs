//! `member import`: a progress bar while it works, a report when it is done, every bad row when it is not.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read as _, Write},
    path::Path,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{
    COULD_NOT_RUN, FINE, PROBLEMS, card::padded, fault_sentence, notices_sentence, refusal_sentence,
};
use crate::{
    cli::{fault::machine::cause, tell, voice},
    domain::{
        roster::{BadRow, Column, ImportNote, MOST_BYTES},
        saying::said,
        tenant::{Language, Tenant},
    },
    portal::roster::{
        BATCH, Import, ImportError, ImportProgress, ImportRefusal, ImportRequest, ImportStage, ImportStop,
        Notices, Report,
    },
};

/// What is asked of an import.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct ImportOptions<'a> {
    /// The path of the roster file.
    pub file: &'a Path,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Where drawn passwords are written.
    pub notices: Option<&'a Path>,
    /// For programs; never varies with the language.
    pub json: bool,
    /// Whether a bar may be drawn; it is drawn on a terminal only.
    pub bar: bool,
    /// Whether a mail server is set, so that letters will leave.
    pub posted: bool,
    /// In which language to answer.
    pub language: Language,
}

/// `member import FILE`
pub async fn import(
    deed: &Import<'_>,
    options: ImportOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let bytes = match read(options.file) {
        Ok(bytes) => bytes,
        Err(fault) => {
            let sentence = tell(
                options.language,
                &said!("import-file-unreadable", path = options.file, why = cause(&fault)),
            );
            writeln!(err, "{sentence}")?;
            return Ok(COULD_NOT_RUN);
        }
    };
    let bar = ProgressBarOnTerminal::new(options);
    let watch = |progress| bar.show(progress);
    let request = ImportRequest {
        file: &bytes,
        dry_run: options.dry_run,
        notices: options.notices,
        batch: BATCH,
        watch: &watch,
    };
    let outcome = deed.run(&request).await;
    bar.done();
    if options.json {
        let (value, code) = as_json(&outcome, deed.tenant, options);
        writeln!(out, "{value:#}")?;
        return Ok(code);
    }
    match outcome {
        Ok(report) => {
            write!(out, "{}", report_text(&report, deed.tenant, options))?;
            if report.letters > 0 && !options.posted {
                let warning = tell(options.language, &said!("import-not-posted"));
                writeln!(err, "{warning}")?;
            }
            writeln!(err, "{}", next_command(&report, deed.tenant, options))?;
            Ok(FINE)
        }
        Err(ImportStop::Refused(ImportRefusal::Rows(bad))) => {
            write!(out, "{}", bad_rows_text(&bad, deed.tenant, options.language))?;
            writeln!(err, "{}", mend_text(&bad, deed.tenant, options))?;
            Ok(PROBLEMS)
        }
        Err(ImportStop::Refused(refusal)) => {
            writeln!(err, "{}", refusal_sentence(&refusal, options.language))?;
            if matches!(refusal, ImportRefusal::NoticesNeeded(_)) {
                writeln!(err, "  {} --notices notices.csv", command(deed.tenant, options))?;
            }
            Ok(code_of(&refusal))
        }
        Err(ImportStop::Broken(fault)) => {
            writeln!(err, "{}", fault_sentence(&fault, options.language))?;
            Ok(COULD_NOT_RUN)
        }
    }
}

/// The file's bytes; of a file that is too large, just enough to see it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Wrong files are problems found; the rest is a command that could not run.
fn code_of(refusal: &ImportRefusal) -> u8 {
    match refusal {
        ImportRefusal::File(_) | ImportRefusal::Rows(_) | ImportRefusal::Unprintable { .. } => PROBLEMS,
        ImportRefusal::NoticesNeeded(_) | ImportRefusal::NoticesTaken(_) | ImportRefusal::Running { .. } => {
            COULD_NOT_RUN
        }
    }
}

fn command(tenant: &Tenant, options: ImportOptions<'_>) -> String {
    format!("kenpo-portal member import --tenant {} {}", tenant.slug, options.file.display())
}

fn report_text(report: &Report, tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let language = options.language;
    let slug = &tenant.slug;
    let mut out = String::new();
    let head = if options.dry_run {
        tell(language, &said!("import-would-do", slug = slug.as_str()))
    } else {
        tell(language, &said!("import-done", slug = slug.as_str()))
    };
    let _ = writeln!(out, "{head}");
    let kinds = tell(
        language,
        &said!(
            "import-kinds",
            existing = report.existing,
            printed = report.printed,
            drawn = report.generated
        ),
    );
    for (label, count, more) in [
        (said!("import-added"), report.added(), kinds),
        (said!("import-changed"), report.changed, String::new()),
        (said!("import-unchanged"), report.unchanged, String::new()),
    ] {
        let line = format!("  {}{count:>8}  {more}", padded(&tell(language, &label), 10));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if report.kept > 0 {
        let kept = tell(language, &said!("import-kept", count = report.kept));
        let _ = writeln!(out, "{kept}");
    }
    if report.left_out > 0 {
        let left_out = tell(language, &said!("import-left-out", count = report.left_out));
        let _ = writeln!(out, "{left_out}");
    }
    for note in &report.notes {
        let column = tenant.import.columns.email.as_str();
        let _ =
            writeln!(out, "{}", row_text(note.line(), column, &voice(language).roster_note(*note), language));
    }
    if report.self_made > 0 {
        let self_made = tell(language, &said!("import-self-made", count = report.self_made));
        let _ = writeln!(out, "{self_made}");
    }
    if !report.extra.is_empty() {
        let extra = report.extra.join(", ");
        let _ = writeln!(out, "  {}", tell(language, &said!("import-columns-not-read", extra)));
    }
    if report.letters > 0 {
        let count = report.letters;
        let mailed = if options.dry_run {
            said!("import-would-be-mailed", count)
        } else {
            said!("import-mailed", count)
        };
        let _ = writeln!(out, "  {}", tell(language, &mailed));
    }
    if let Some(sentence) = notices_sentence(&report.notices, language) {
        let _ = writeln!(out, "{sentence}");
    }
    out
}

fn next_command(report: &Report, tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let next = tell(options.language, &said!("import-next"));
    if options.dry_run {
        let notices = match (&report.notices, options.notices) {
            (_, Some(path)) => format!(" --notices {}", path.display()),
            (Notices::Due(_), None) => " --notices notices.csv".to_owned(),
            _ => String::new(),
        };
        return format!("{next}: {}{notices}", command(tenant, options));
    }
    let who = tell(options.language, &said!("import-whom"));
    format!("{next}: kenpo-portal member show --tenant {} {who}", tenant.slug)
}

fn row_text(line: u32, column: &str, sentence: &str, language: Language) -> String {
    let line = tell(language, &said!("import-line", line));
    format!("  {}  {}  {sentence}", padded(&line, 12), padded(column, 16)).trim_end().to_owned()
}

fn bad_rows_text(bad: &[BadRow], tenant: &Tenant, language: Language) -> String {
    let whole = tell(language, &said!("import-whole-row"));
    let mut out = String::new();
    for row in bad {
        let column = row.column.map_or(whole.as_str(), |column| column.header(&tenant.import.columns));
        let _ =
            writeln!(out, "{}", row_text(row.line, column, &voice(language).row_flaw(&row.flaw), language));
    }
    out
}

fn mend_text(bad: &[BadRow], tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let mut lines: Vec<u32> = bad.iter().map(|row| row.line).collect();
    lines.dedup();
    let (flaws, rows, command) = (bad.len(), lines.len(), command(tenant, options));
    tell(options.language, &said!("import-mend", rows, flaws, command))
}

/// The outcome for programs. Sentences in it are English, whatever the language.
fn as_json(outcome: &Result<Report, ImportStop>, tenant: &Tenant, options: ImportOptions<'_>) -> (Value, u8) {
    let error = |code: &str, line: Option<u32>, column: Option<Column>, message: String| json!({ "code": code, "line": line, "column": column.map(Column::key), "message": message });
    let (report, errors, code) = match outcome {
        Ok(report) => (Some(report), Vec::new(), FINE),
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
                ImportRefusal::NoticesTaken(_) => vec![error("notices-exist", None, None, message)],
                ImportRefusal::Unprintable { line } => {
                    vec![error("notice-unprintable", Some(*line), Some(Column::Name), message)]
                }
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
        "errors": errors,
    });
    (value, code)
}

fn report_json(report: &Report) -> Value {
    let note = |note: &ImportNote| {
        json!({
            "line": note.line(), "column": Column::Email.key(), "code": note.code(),
            "message": voice(Language::En).roster_note(*note),
        })
    };
    let (state, count, path) = match &report.notices {
        Notices::None => ("none", 0, None),
        Notices::Due(count) => ("due", *count, None),
        Notices::Written(count, path) => ("written", *count, Some(path)),
        Notices::Unnamed(count, path) => ("unnamed", *count, Some(path)),
    };
    json!({
        "added": {
            "existing": report.existing, "printed": report.printed, "generated": report.generated,
        },
        "changed": report.changed,
        "unchanged": report.unchanged,
        "kept": report.kept,
        "addresses_left_out": report.left_out,
        "self_made_characters": report.self_made,
        "notes": report.notes.iter().map(note).collect::<Vec<_>>(),
        "columns_not_read": report.extra,
        "letters": report.letters,
        "notices": { "state": state, "count": count, "file": path.map(|path| path.display().to_string()) },
    })
}

/// The bar on a terminal; nothing elsewhere.
struct ProgressBarOnTerminal {
    bar: ProgressBar,
    language: Language,
}

impl ProgressBarOnTerminal {
    fn new(options: ImportOptions<'_>) -> Self {
        // indicatif draws on stderr, and only if that is a terminal.
        let bar = if options.bar { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {percent:>3}% {elapsed}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, language: options.language }
    }

    fn show(&self, progress: ImportProgress) {
        let stage = match progress.stage {
            ImportStage::Reading => said!("import-reading"),
            ImportStage::Comparing => said!("import-comparing"),
            ImportStage::Writing => said!("import-writing"),
        };
        self.bar.set_message(tell(self.language, &stage));
        self.bar.set_length(progress.of);
        self.bar.set_position(progress.done);
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}
