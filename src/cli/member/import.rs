//! `member import`: a progress bar while it works, a report when it is done, every bad row when it is not.

use std::{
    cell::RefCell,
    fmt::Write as _,
    io::{self, Write},
    path::Path,
    time::Duration,
};

use super::{
    COULD_NOT_RUN, NoticesOptions, PROBLEMS, SHOWN, card::padded, fault_sentence, notices, refusal_sentence,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

mod json;
pub(super) mod preview;
pub(in crate::cli) mod source;
use crate::{
    cli::{tell, voice},
    domain::{
        roster::{BadRow, Plan},
        saying::said,
        tenant::{Language, Tenant},
        typed,
    },
    portal::roster::{
        Import, ImportProgress, ImportRefusal, ImportRequest, ImportStage, ImportStop, Notices, Report,
    },
};

/// What is asked of an import.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct ImportOptions<'a> {
    /// The path of the roster file.
    pub file: &'a Path,
    /// Whether the file is the whole roster.
    pub complete: bool,
    /// The last day of whoever is missing in it, as it was typed.
    pub day: Option<&'a str>,
    /// Only say what would be done, person by person.
    pub dry_run: bool,
    /// Whether it is done even where it changes much of the roster.
    pub many: bool,
    /// Where drawn passwords are written.
    pub notices: NoticesOptions<'a>,
    /// For programs; never varies with the language.
    pub json: bool,
    /// Whether a bar may be drawn; it is drawn on a terminal only.
    pub bar: bool,
    /// Whether a mail server is set, so that letters will leave.
    pub posted: bool,
    /// Shows what would be done and asks whether to go on, where somebody is there who can answer.
    pub ask: Option<fn(&str) -> bool>,
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
    let bytes = match source::read(options.file) {
        Ok(bytes) => bytes,
        Err(fault) => {
            writeln!(err, "{}", fault.sentence(options.file, options.language))?;
            return Ok(COULD_NOT_RUN);
        }
    };
    let bar = ProgressBarOnTerminal::new(options);
    let watch = |progress| bar.show(progress);
    let people = RefCell::new(Preview::default());
    let agree = |plan: &Plan<'_>, report: &Report| {
        let mut people = people.borrow_mut();
        if options.json {
            people.value = options.dry_run.then(|| json::people(plan));
            return true;
        }
        if options.dry_run {
            people.text = preview::text(plan, deed.tenant, options.language)
                + &preview::missing(plan, usize::MAX, options.language);
            return true;
        }
        people.text = preview::missing(plan, usize::MAX, options.language);
        let some = report.added() + report.changed + report.missing.unwrap_or_default() > 0;
        let Some(ask) = options.ask.filter(|_| some) else { return true };
        let would = ImportOptions { dry_run: true, ..options };
        let question = format!(
            "{}{}{} ",
            report_text(report, deed.tenant, would),
            preview::text(plan, deed.tenant, options.language)
                + &preview::missing(plan, SHOWN, options.language),
            tell(options.language, &said!("import-ask")),
        );
        bar.bar.suspend(|| ask(&question))
    };
    let outcome = {
        let output = RefCell::new(&mut *out);
        let output = notices::sink(&output);
        let request = ImportRequest {
            dry_run: options.dry_run,
            many: options.many,
            complete: options.complete,
            ends_on: options.day,
            notices: options.notices.to(&output),
            watch: &watch,
            agree: &agree,
            ..ImportRequest::new(&bytes)
        };
        deed.run(&request).await
    };
    bar.done();
    let people = people.take();
    if options.json {
        let (value, code) = json::outcome(&outcome, people.value.as_ref(), deed.tenant, options);
        writeln!(out, "{value:#}")?;
        return Ok(code);
    }
    match outcome {
        Ok(report) => {
            let told: &mut dyn Write = if options.notices.is_output() { err } else { out };
            write!(told, "{}{}", report_text(&report, deed.tenant, options), people.text)?;
            if report.letters > 0 && !options.posted {
                let warning = tell(options.language, &said!("import-not-posted"));
                writeln!(err, "{warning}")?;
            }
            writeln!(err, "{}", next_command(&report, deed.tenant, options))?;
            Ok(notices::code(&report.notices))
        }
        Err(ImportStop::Refused(ImportRefusal::Rows(bad))) => {
            write!(out, "{}", bad_rows_text(&bad, deed.tenant, options.language))?;
            writeln!(err, "{}", mend_text(&bad, deed.tenant, options))?;
            Ok(PROBLEMS)
        }
        Err(ImportStop::Refused(refusal)) => {
            writeln!(err, "{}", refusal_sentence(&refusal, options.language))?;
            if matches!(refusal, ImportRefusal::NoticesNeeded(_)) {
                let (command, reason) = (command(deed.tenant, options), reason(options));
                writeln!(err, "  {command} --notices notices.csv{reason}")?;
            }
            if let ImportRefusal::LastDayNeeded(_) = refusal {
                writeln!(err, "  {} --on YYYY-MM-DD --reason \"…\"", command(deed.tenant, options))?;
            }
            if matches!(refusal, ImportRefusal::Much { .. } | ImportRefusal::MuchMissing { .. }) {
                writeln!(err, "  {}{} --dry-run", command(deed.tenant, options), reason(options))?;
            }
            Ok(code_of(&refusal))
        }
        Err(ImportStop::Broken(fault)) => {
            writeln!(err, "{}", fault_sentence(&fault, options.language))?;
            Ok(COULD_NOT_RUN)
        }
    }
}

/// What a preview says about each person.
#[derive(Debug, Default)]
struct Preview {
    text: String,
    value: Option<Value>,
}

/// Shows a question on the terminal and waits for a line. Only a plain yes is one.
pub fn ask_on_terminal(question: &str) -> bool {
    let mut answer = String::new();
    let shown = write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush());
    let heard = shown.and_then(|()| io::stdin().read_line(&mut answer));
    let answer = typed::fold(&answer).to_lowercase();
    heard.is_ok() && matches!(answer.as_str(), "y" | "yes")
}

/// Wrong files are problems found; the rest is a command that could not run.
pub(super) fn code_of(refusal: &ImportRefusal) -> u8 {
    match refusal {
        ImportRefusal::File(_)
        | ImportRefusal::MuchEnded { .. }
        | ImportRefusal::Rows(_)
        | ImportRefusal::Unprintable(_)
        | ImportRefusal::UnionClosed(_)
        | ImportRefusal::Much { .. }
        | ImportRefusal::MuchMissing { .. } => PROBLEMS,
        ImportRefusal::NothingToUndo
        | ImportRefusal::UndoneBefore(_)
        | ImportRefusal::UndoTooLate(_)
        | ImportRefusal::ChangedSince(_)
        | ImportRefusal::LastDayNeeded(_)
        | ImportRefusal::LastDay(_)
        | ImportRefusal::Declined
        | ImportRefusal::NoticesNeeded(_)
        | ImportRefusal::NoticesTaken(_)
        | ImportRefusal::Running { .. } => COULD_NOT_RUN,
    }
}

/// The command as it was typed, without what it is not to do again, and without the reason.
fn command(tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let complete = if options.complete { " --complete" } else { "" };
    let day = options.day.map_or_else(String::new, |day| format!(" --on {day}"));
    let notices = options
        .notices
        .path
        .map_or_else(String::new, |path| format!(" --notices {}{}", path.display(), options.notices.how()));
    let (slug, file) = (&tenant.slug, options.file.display());
    format!("kenpo-portal member import --tenant {slug} {file}{complete}{day}{notices}")
}

/// The place of the reason, where one is asked for.
fn reason(options: ImportOptions<'_>) -> &'static str {
    if options.complete { " --reason \"…\"" } else { "" }
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
    let birth_dates = match report.birth_dates {
        0 => String::new(),
        count => tell(language, &said!("import-birth-dates", count)),
    };
    let ended = report.missing.filter(|_| report.ends_on.is_some());
    let ended = ended.map(|count| (said!("import-ended"), count, String::new()));
    let counted = [
        (said!("import-added"), report.added(), kinds),
        (said!("import-changed"), report.changed, birth_dates),
        (said!("import-unchanged"), report.unchanged, String::new()),
    ];
    for (label, count, more) in counted.into_iter().chain(ended) {
        let line = format!("  {}{count:>8}  {more}", padded(&tell(language, &label), 10));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    match (report.missing, report.ends_on) {
        (None | Some(0), _) => {}
        (Some(count), Some(day)) => {
            let day = day.date().to_string();
            let _ = writeln!(out, "{}", tell(language, &said!("import-missing-ended", count, day)));
        }
        (Some(count), None) => {
            let _ = writeln!(out, "{}", tell(language, &said!("import-missing", count)));
        }
    }
    if report.absent > 0 && report.missing.is_some() {
        let _ = writeln!(out, "{}", tell(language, &said!("import-absent-ended", count = report.absent)));
    } else if report.absent > 0 {
        let absent = tell(language, &said!("import-absent", count = report.absent));
        let _ = writeln!(out, "{absent}");
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
        let column = note.column().header(&tenant.import.columns);
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
    if let Some(sentence) = notices::sentence(&report.notices, language) {
        let _ = writeln!(out, "{sentence}");
    }
    out
}

fn next_command(report: &Report, tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let next = tell(options.language, &said!("import-next"));
    if options.dry_run {
        let notices = match (&report.notices, options.notices.path) {
            (Notices::Due(_), None) => " --notices notices.csv",
            _ => "",
        };
        let (doubt, many) = if report.much {
            (format!("{}\n", tell(options.language, &said!("import-much-preview"))), " --yes-many")
        } else {
            (String::new(), "")
        };
        let day = match (report.missing, options.day) {
            (Some(1..), None) => " --on YYYY-MM-DD",
            _ => "",
        };
        let (command, reason) = (command(tenant, options), reason(options));
        return format!("{doubt}{next}: {command}{day}{notices}{many}{reason}");
    }
    let who = tell(options.language, &said!("import-whom"));
    format!("{next}: kenpo-portal member show --tenant {} {who} --reason \"…\"", tenant.slug)
}

fn row_text(line: u32, column: &str, sentence: &str, language: Language) -> String {
    let line = tell(language, &said!("import-line", line));
    format!("  {}  {}  {sentence}", padded(&line, 12), padded(column, 16)).trim_end().to_owned()
}

fn bad_rows_text(bad: &[BadRow], tenant: &Tenant, language: Language) -> String {
    let whole = tell(language, &said!("import-whole-row"));
    let mut out = String::new();
    for row in bad.iter().take(SHOWN) {
        let column = row.column.map_or(whole.as_str(), |column| column.header(&tenant.import.columns));
        let _ =
            writeln!(out, "{}", row_text(row.line, column, &voice(language).row_flaw(&row.flaw), language));
    }
    if bad.len() > SHOWN {
        let more = tell(language, &said!("import-more-rows", count = bad.len() - SHOWN));
        let _ = writeln!(out, "  {more}");
    }
    out
}

fn mend_text(bad: &[BadRow], tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let mut lines: Vec<u32> = bad.iter().map(|row| row.line).collect();
    lines.dedup();
    let (flaws, rows, command) = (bad.len(), lines.len(), command(tenant, options) + reason(options));
    tell(options.language, &said!("import-mend", rows, flaws, command))
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
