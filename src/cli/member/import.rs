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
    COULD_NOT_RUN, FINE, PROBLEMS, card::padded, either, fault_sentence, notices_sentence, refusal_sentence,
};
use crate::{
    cli::fault::machine::io_words,
    domain::{
        roster::{BadRow, Column, ImportNote, MOST_BYTES},
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
    /// The roster.
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
            let path = options.file.display();
            let sentence = either(
                options.language,
                format!(
                    "{path} を読めません({})。ファイルの名前と場所を確かめてください。",
                    io_words(&fault, Language::Ja)
                ),
                format!(
                    "{path} cannot be read ({}). Check its name and place.",
                    io_words(&fault, Language::En)
                ),
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
                let warning = either(
                    options.language,
                    "mail.smtp_url が設定されていません。メールは 3 日のうちに送られないと破棄され、その人の仮パスワードは失われます(member revert で出し直せます)。",
                    "mail.smtp_url is not set. Letters that are not sent within 3 days are given up, and with them the first passwords (member revert issues new ones).",
                );
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
        either(
            language,
            format!("{slug}: 取り込むとこうなります。まだ何も書いていません。"),
            format!("{slug}: this would be done. Nothing is written yet."),
        )
    } else {
        either(
            language,
            format!("{slug}: 名簿を取り込みました。"),
            format!("{slug}: the roster is imported."),
        )
    };
    let _ = writeln!(out, "{head}");
    let kinds = either(
        language,
        format!("以前から {}、印刷ずみ {}、発行 {}", report.existing, report.printed, report.generated),
        format!("known before {}, printed {}, drawn {}", report.existing, report.printed, report.generated),
    );
    for (ja, en, count, more) in [
        ("追加", "added", report.added(), kinds),
        ("変更", "changed", report.changed, String::new()),
        ("変更なし", "unchanged", report.unchanged, String::new()),
    ] {
        let line = format!("  {}{count:>8}  {more}", padded(&either(language, ja, en), 10));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if report.kept > 0 {
        let kept = either(
            language,
            format!(
                "  {} 人のユーザIDかメールアドレスがファイルとちがいますが、ご本人が決めたものなので変えません。",
                report.kept
            ),
            format!(
                "  {} members settled a user ID or address that differs from the file; it stays.",
                report.kept
            ),
        );
        let _ = writeln!(out, "{kept}");
    }
    if report.left_out > 0 {
        let left_out = either(
            language,
            format!(
                "  ほかの加入者と同じアドレスのため、ファイルのアドレスを入れていない人: {}",
                report.left_out
            ),
            format!(
                "  {} members are without the address of the file: another member has it",
                report.left_out
            ),
        );
        let _ = writeln!(out, "{left_out}");
    }
    for note in &report.notes {
        let column = tenant.import.columns.email.as_str();
        let _ = writeln!(out, "{}", row_text(note.line(), column, &note.sentence(language), language));
    }
    if report.self_made > 0 {
        let self_made = either(
            language,
            format!(
                "  外字(組合などで作った文字): {} 文字。通知データにはそのまま書きます。ほかの機械の画面やメールでは「□」などに見えます。",
                report.self_made
            ),
            format!(
                "  self-made characters (gaiji): {}. The notices carry them as they were; pages and letters cannot show them",
                report.self_made
            ),
        );
        let _ = writeln!(out, "{self_made}");
    }
    if !report.extra.is_empty() {
        let extra = report.extra.join(", ");
        let _ = writeln!(
            out,
            "  {}",
            either(language, format!("読まなかった列: {extra}"), format!("columns not read: {extra}"))
        );
    }
    if report.letters > 0 {
        let (ja, en) = if options.dry_run {
            ("仮ID・仮パスワードをメールで送ることになる人", "would get their first credentials by mail")
        } else {
            ("仮ID・仮パスワードをメールで送る人", "get their first credentials by mail")
        };
        let count = report.letters;
        let _ = writeln!(out, "  {}", either(language, format!("{ja}: {count}"), format!("{count} {en}")));
    }
    if let Some(sentence) = notices_sentence(&report.notices, language) {
        let _ = writeln!(out, "{sentence}");
    }
    out
}

fn next_command(report: &Report, tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let next = either(options.language, "次に", "Next");
    if options.dry_run {
        let notices = match (&report.notices, options.notices) {
            (_, Some(path)) => format!(" --notices {}", path.display()),
            (Notices::Due(_), None) => " --notices notices.csv".to_owned(),
            _ => String::new(),
        };
        return format!("{next}: {}{notices}", command(tenant, options));
    }
    let who = either(options.language, "記号-番号", "KIGO-BANGO");
    format!("{next}: kenpo-portal member show --tenant {} {who}", tenant.slug)
}

fn row_text(line: u32, column: &str, sentence: &str, language: Language) -> String {
    let line = either(language, format!("{line} 行目"), format!("line {line}"));
    format!("  {}  {}  {sentence}", padded(&line, 12), padded(column, 16)).trim_end().to_owned()
}

fn bad_rows_text(bad: &[BadRow], tenant: &Tenant, language: Language) -> String {
    let whole = either(language, "行全体", "whole row");
    let mut out = String::new();
    for row in bad {
        let column = row.column.map_or(whole.as_str(), |column| column.header(&tenant.import.columns));
        let _ = writeln!(out, "{}", row_text(row.line, column, &row.flaw.sentence(language), language));
    }
    out
}

fn mend_text(bad: &[BadRow], tenant: &Tenant, options: ImportOptions<'_>) -> String {
    let mut lines: Vec<u32> = bad.iter().map(|row| row.line).collect();
    lines.dedup();
    let (flaws, rows, command) = (bad.len(), lines.len(), command(tenant, options));
    either(
        options.language,
        format!(
            "{rows} 行に {flaws} 件の不備があり、1 人も取り込んでいません。ファイルを直して、もう一度実行してください。\n  {command} --dry-run"
        ),
        format!(
            "{flaws} problems in {rows} rows; nobody was imported. Correct the file and run it again.\n  {command} --dry-run"
        ),
    )
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
                    .map(|b| error(b.flaw.code(), Some(b.line), b.column, b.flaw.sentence(Language::En)))
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
            "message": note.sentence(Language::En),
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
        let (ja, en) = match progress.stage {
            ImportStage::Reading => ("読んでいます  ", "reading  "),
            ImportStage::Comparing => ("くらべています", "comparing"),
            ImportStage::Writing => ("書いています  ", "writing  "),
        };
        self.bar.set_message(either(self.language, ja, en));
        self.bar.set_length(progress.of);
        self.bar.set_position(progress.done);
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}
