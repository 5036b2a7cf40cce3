//! `tenant show`: every key of one union with the value in force and its origin.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::{COULD_NOT_RUN, Context, FINE, PROBLEMS, closing, read, width_of, write_table};
use crate::cli::{finding, tell, voice};
use crate::domain::saying::said;
use crate::tenants::{
    Finding, FindingCode, Severity,
    shown::{ShownValue, ValueOrigin, values},
};

/// Columns of a value in the table; `--json` has all of it.
const WIDEST: usize = 60;

/// `tenant show ID [KEY…] [--json]`: the findings as `check` tells them where the union has an error, then its values.
pub fn show(
    dir: &Path,
    id: &str,
    wanted: &[String],
    context: Context<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let Some(loaded) = read(dir, context, err)? else { return Ok(COULD_NOT_RUN) };
    if !loaded.seen.iter().any(|seen| seen == id) {
        let seen = loaded.seen.join(", ");
        writeln!(err, "{}", tell(context.language, &said!("check-no-such-union", id, seen)))?;
        return Ok(COULD_NOT_RUN);
    }
    let everything = values(dir, id);
    for key in wanted {
        if !everything.iter().any(|value| is_below(&value.key, key)) {
            writeln!(err, "{}", tell(context.language, &said!("show-no-such-key", key)))?;
            return Ok(COULD_NOT_RUN);
        }
    }
    let asked = |key: &str| wanted.is_empty() || wanted.iter().any(|wanted| is_below(key, wanted));
    let shown: Vec<&ShownValue> = everything.iter().filter(|value| asked(&value.key)).collect();
    let findings: Vec<&Finding> = loaded
        .findings
        .iter()
        .filter(|finding| finding.tenant.as_deref().is_none_or(|tenant| tenant == id))
        .collect();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if context.json {
        let values = shown.iter().map(|value| ValueRow::of(value, &findings)).collect();
        let findings = findings.iter().map(|found| finding::FindingRow::of(found)).collect();
        let all = ShownTenant { tenant: id, ok: errors == 0, values, findings };
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
    } else {
        for finding in findings.iter().filter(|_| errors > 0) {
            writeln!(out, "{}\n", finding::coloured(finding, context.language, context.colour))?;
        }
        write_values(&shown, &findings, context, out)?;
    }
    if errors > 0 {
        closing(false, errors, warnings, context, err)?;
        return Ok(PROBLEMS);
    }
    Ok(FINE)
}

/// Whether it is that key, or stands below it.
pub(super) fn is_below(key: &str, wanted: &str) -> bool {
    key.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn write_values(
    shown: &[&ShownValue],
    findings: &[&Finding],
    context: Context<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = voice(context.language);
    let mut table = vec![[words.msg("show-key"), words.msg("show-value"), words.msg("show-origin")]];
    for value in shown {
        let written = value.value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let origin = match &value.origin {
            ValueOrigin::Own(file, line) | ValueOrigin::Shared(file, line) => {
                format!("{}:{line}", file.display())
            }
            ValueOrigin::Made(keys) => tell(context.language, &said!("show-made", keys = keys.join(", "))),
            ValueOrigin::BuiltIn => words.msg("show-built-in"),
            ValueOrigin::Nothing => words.msg("show-nothing"),
        };
        let origin = match unread(value, findings) {
            Some(finding) => {
                let (file, line) = (finding.file.as_path(), finding.line);
                tell(context.language, &said!("show-unread", file, line))
            }
            None => origin,
        };
        let told: Vec<&str> = codes(value, findings);
        let told = if told.is_empty() { String::new() } else { format!("  [{}]", told.join(", ")) };
        table.push([value.key.clone(), shortened(&written), origin + &told]);
    }
    write_table(&table, out)
}

/// What is told of a line that is no TOML: a value that seems not to be written may stand there.
fn unread<'f>(value: &ShownValue, findings: &[&'f Finding]) -> Option<&'f Finding> {
    let is_absent = matches!(value.origin, ValueOrigin::Nothing);
    findings.iter().copied().find(|finding| is_absent && finding.code == FindingCode::Syntax)
}

/// What a line has room for.
fn shortened(text: &str) -> String {
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(if c == '\n' { ' ' } else { c });
        if width_of(&kept) > WIDEST {
            kept.pop();
            kept.push('…');
            return kept;
        }
    }
    kept
}

/// The codes of what is told of a value.
fn codes(value: &ShownValue, findings: &[&Finding]) -> Vec<&'static str> {
    // What is told of a shared value says nothing of the union's own in its place.
    let is_shared = matches!(value.origin, ValueOrigin::Shared(..));
    let about =
        |finding: &&&Finding| is_below(&finding.key, &value.key) && (finding.tenant.is_some() || is_shared);
    let mut codes: Vec<_> = findings.iter().filter(about).map(|finding| finding.code.as_str()).collect();
    codes.dedup();
    codes
}

/// A union for programs.
#[derive(Serialize)]
struct ShownTenant<'a> {
    tenant: &'a str,
    ok: bool,
    values: Vec<ValueRow<'a>>,
    findings: Vec<finding::FindingRow>,
}

/// A key for programs.
#[derive(Serialize)]
struct ValueRow<'a> {
    key: &'a str,
    value: Option<&'a toml::Value>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    made_of: Vec<&'static str>,
    change: &'static str,
    findings: Vec<&'static str>,
}

impl<'a> ValueRow<'a> {
    fn of(value: &'a ShownValue, findings: &[&Finding]) -> Self {
        let (file, line, made_of) = match &value.origin {
            ValueOrigin::Own(file, line) | ValueOrigin::Shared(file, line) => {
                (Some(file.display().to_string()), Some(*line), Vec::new())
            }
            ValueOrigin::Made(keys) => (None, None, keys.clone()),
            ValueOrigin::BuiltIn | ValueOrigin::Nothing => (None, None, Vec::new()),
        };
        Self {
            key: &value.key,
            value: value.value.as_ref(),
            origin: value.origin.as_str(),
            file,
            line,
            made_of,
            change: value.change.as_str(),
            findings: codes(value, findings),
        }
    }
}
