//! Shape: pass 1. One file against the list of keys: names, types, words, ranges, dates, secrets.
//! Knows nothing of other files and nothing of what values mean together.

use toml::de::{DeTable, DeValue};

use super::finding::{Finding, FindingCode, Severity};
use super::forms;
use super::keys::{KEYS, KeyKind, KeySpec, homes_of};
use super::phrases::{did_you_mean, example, got, missing, section, shorten, wanted};
use super::steps;
use super::toml_file::{TomlFile, TomlValue};
use super::words::nearest;
use crate::domain::saying::{Saying, SayingValue, said};
use crate::domain::tenant::Status;

/// Everything in which the file departs from the list of keys, syntax errors first.
pub(super) fn check(file: &TomlFile<'_>) -> Vec<Finding> {
    let mut shape = Shape { file, draft: is_draft(file), findings: Vec::new() };
    for flaw in file.flaws {
        shape.tell(FindingCode::Syntax, "", flaw.span.clone(), flaw.message.clone(), flaw.help.clone());
    }
    shape.table(KEYS, &file.root, "");
    shape.findings
}

/// Whether the value is a stand-in that someone has yet to fill in.
pub(super) fn is_unfilled(text: &str) -> bool {
    text.trim_start().starts_with("TODO")
}

/// The line, from 1, on which a text still holds a stand-in: one that begins with TODO, whatever marks stand before it
/// (`<!-- TODO`, `> TODO`).
pub(super) fn unfilled_line(text: &str) -> Option<usize> {
    let begins = |line: &str| {
        let rest = line.trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
        rest.strip_prefix("TODO").is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    text.lines().position(begins).map(|at| at + 1)
}

/// A file that does not say `open` is a draft: unfilled values are only warnings there.
pub(super) fn is_draft(file: &TomlFile<'_>) -> bool {
    let word = file.get("status").and_then(|value| value.get_ref().as_str());
    file.tenant.is_some()
        && word.and_then(|word| super::words::find(super::words::STATUS, word)).unwrap_or(Status::Draft)
            == Status::Draft
}

struct Shape<'s, 'a> {
    file: &'s TomlFile<'a>,
    draft: bool,
    findings: Vec<Finding>,
}

impl Shape<'_, '_> {
    fn tell(
        &mut self,
        code: FindingCode,
        key: &str,
        span: std::ops::Range<usize>,
        message: Saying,
        help: Saying,
    ) {
        let place = self.file.place_of(span);
        self.findings.push(Finding {
            code,
            severity: code.severity(),
            tenant: self.file.tenant.clone(),
            file: self.file.path.clone(),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            key: key.to_owned(),
            message,
            help,
        });
    }

    fn table(&mut self, keys: &'static [KeySpec], table: &DeTable<'_>, path: &str) {
        for (name, value) in table {
            let written = name.get_ref().as_ref();
            let inner = if path.is_empty() { written.to_owned() } else { format!("{path}.{written}") };
            match keys.iter().find(|key| key.name == written) {
                Some(key) if key.own && self.file.tenant.is_none() => self.tell(
                    FindingCode::OwnKey,
                    &inner,
                    name.span(),
                    said!("finding-own-key", written),
                    said!("finding-own-key-help"),
                ),
                Some(key) => self.value(key, value, &inner),
                None if looks_secret(written)
                    && !value.get_ref().is_table()
                    && near(keys, written).is_none() =>
                {
                    self.secret(written, &inner, name.span());
                }
                None => self.unknown(keys, written, &inner, path, name.span()),
            }
        }
    }

    fn secret(&mut self, written: &str, path: &str, span: std::ops::Range<usize>) {
        let short = shorten(written);
        self.tell(
            FindingCode::Secret,
            path,
            span,
            said!("finding-secret", short),
            said!("finding-secret-help"),
        );
    }

    fn unknown(
        &mut self,
        keys: &'static [KeySpec],
        written: &str,
        inner: &str,
        path: &str,
        span: std::ops::Range<usize>,
    ) {
        let usable = keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
        let (short, homes) = (shorten(written), homes_of(written));
        let near = near(keys, written);
        let hint = if near.is_some() || homes.is_empty() {
            did_you_mean(near)
        } else if homes.iter().any(String::is_empty) {
            Some(said!("finding-belongs-at-the-top", name = &short))
        } else {
            let homes = homes.iter().map(|home| format!("[{home}]"));
            Some(said!(
                "finding-belongs-in",
                name = &short,
                tables = SayingValue::several(homes, "finding-or")
            ))
        };
        let message = if path.is_empty() {
            said!("finding-unknown-key", name = &short)
        } else {
            said!("finding-unknown-key-in", name = &short, table = section(path))
        };
        self.tell(
            FindingCode::UnknownKey,
            inner,
            span,
            message,
            said!("finding-unknown-key-help", hint, usable),
        );
    }

    fn value(&mut self, key: &'static KeySpec, value: &TomlValue<'_>, path: &str) {
        match (&key.kind, value.get_ref()) {
            (KeyKind::Table(keys), DeValue::Table(table)) => {
                self.table(keys, table, path);
                // A table in an entry of a list may be left out; written, it has to be whole.
                if path.split('.').any(|name| name.parse::<usize>().is_ok()) {
                    self.missing(keys, table, path, value);
                }
            }
            (KeyKind::Table(_), DeValue::String(_)) if looks_secret(key.name) => {
                self.secret(key.name, path, value.span());
            }
            (KeyKind::Tables(keys), DeValue::Array(rows)) => {
                for (at, row) in rows.iter().enumerate() {
                    let path = format!("{path}.{at}");
                    match row.get_ref() {
                        DeValue::Table(table) => {
                            self.table(keys, table, &path);
                            self.missing(keys, table, &path, row);
                        }
                        _ => self.wrong_type(&key.kind, row, &path),
                    }
                }
            }
            (KeyKind::Sentences, DeValue::Table(table)) => {
                for (name, sentence) in table {
                    let path = format!("{path}.{}", shorten(name.get_ref()));
                    match sentence.get_ref() {
                        DeValue::String(text) => self.text(&KeyKind::Lines(1000), text, sentence, &path),
                        _ => self.wrong_type(&KeyKind::Lines(1000), sentence, &path),
                    }
                }
            }
            (KeyKind::Flag, DeValue::Boolean(_)) => {}
            (KeyKind::Number(from, to), DeValue::Integer(number)) => {
                let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
                if !read.is_some_and(|read| (*from..=*to).contains(&read)) {
                    self.tell(
                        FindingCode::OutOfRange,
                        path,
                        value.span(),
                        said!("finding-out-of-range", path, number = number.as_str()),
                        said!("finding-out-of-range-help", from, to, line = line(path, read, *from, *to)),
                    );
                }
            }
            (KeyKind::Words(words), DeValue::Array(entries)) => {
                self.entries(entries, path, |shape, text, entry, path| {
                    shape.word(&words(), text, entry, path);
                });
            }
            (KeyKind::Texts, DeValue::Array(entries)) => {
                self.entries(entries, path, |shape, text, entry, path| {
                    shape.text(&KeyKind::Text(1, 128), text, entry, path);
                });
            }
            (KeyKind::Hosts, DeValue::Array(entries)) => {
                self.entries(entries, path, |shape, text, entry, path| {
                    shape.text(&KeyKind::Host, text, entry, path);
                });
            }
            (KeyKind::Steps, DeValue::Array(entries)) => {
                for flaw in steps::flaws(entries, &value.span(), path) {
                    self.tell(flaw.code, &flaw.key, flaw.span, flaw.message, flaw.help);
                }
            }
            (KeyKind::Word(words), DeValue::String(text)) => self.word(&words(), text, value, path),
            (
                KeyKind::Id
                | KeyKind::Text(..)
                | KeyKind::Lines(_)
                | KeyKind::Date
                | KeyKind::Host
                | KeyKind::Https
                | KeyKind::HttpsOrHere
                | KeyKind::Address
                | KeyKind::Phone
                | KeyKind::Colour
                | KeyKind::File,
                DeValue::String(text),
            ) => self.text(&key.kind, text, value, path),
            _ => self.wrong_type(&key.kind, value, path),
        }
    }

    /// Each text of a list once; each by `check`.
    fn entries(
        &mut self,
        entries: &[TomlValue<'_>],
        path: &str,
        check: impl Fn(&mut Self, &str, &TomlValue<'_>, &str),
    ) {
        let mut seen = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let path = format!("{path}.{at}");
            let Some(text) = entry.get_ref().as_str() else {
                self.wrong_type(&KeyKind::Text(1, 128), entry, &path);
                continue;
            };
            if seen.contains(&text) {
                self.tell(
                    FindingCode::Repeated,
                    &path,
                    entry.span(),
                    said!("finding-repeated", text),
                    said!("finding-repeated-help"),
                );
            }
            seen.push(text);
            check(self, text, entry, &path);
        }
    }

    fn word(&mut self, words: &[&'static str], text: &str, value: &TomlValue<'_>, path: &str) {
        if words.contains(&text) {
            return;
        }
        if is_unfilled(text) {
            return self.unfilled(value, path);
        }
        let list = words.join(", ");
        let hint = did_you_mean(nearest(text, words.iter().copied()));
        let short = shorten(text);
        self.tell(
            FindingCode::UnknownWord,
            path,
            value.span(),
            said!("finding-unknown-word", path, short),
            said!("finding-unknown-word-help", hint, words = list),
        );
    }

    fn unfilled(&mut self, value: &TomlValue<'_>, path: &str) {
        self.tell(
            FindingCode::Unfilled,
            path,
            value.span(),
            said!("finding-unfilled", path),
            said!("finding-unfilled-help"),
        );
        if self.draft
            && let Some(finding) = self.findings.last_mut()
        {
            finding.severity = Severity::Warning;
        }
    }

    fn text(&mut self, kind: &KeyKind, text: &str, value: &TomlValue<'_>, path: &str) {
        if is_unfilled(text) {
            return self.unfilled(value, path);
        }
        if let Some(flaw) = forms::flaw(kind, text, path) {
            self.tell(flaw.code, path, value.span(), flaw.message, flaw.help);
        }
    }

    /// Entries of lists name their own required keys; those of the file are named in pass 2.
    fn missing(&mut self, keys: &'static [KeySpec], table: &DeTable<'_>, path: &str, row: &TomlValue<'_>) {
        // What is not TOML may have been the key.
        let absent =
            |key: &&KeySpec| key.required && table.get(key.name).is_none() && self.file.flaws.is_empty();
        for key in keys.iter().filter(absent).collect::<Vec<_>>() {
            let (message, help) = missing(&format!("{path}.{}", key.name), key.name);
            self.tell(FindingCode::Missing, &format!("{path}.{}", key.name), row.span(), message, help);
        }
    }

    fn wrong_type(&mut self, kind: &KeyKind, value: &TomlValue<'_>, path: &str) {
        if let (KeyKind::Date, DeValue::Datetime(date)) = (kind, value.get_ref()) {
            return self.tell(
                FindingCode::BareDate,
                path,
                value.span(),
                said!("finding-bare-date", path),
                said!("finding-bare-date-help", date = date.to_string()),
            );
        }
        let (wanted, got) = (wanted(kind), got(value.get_ref()));
        self.tell(
            FindingCode::WrongType,
            path,
            value.span(),
            said!("finding-wrong-type", path, wanted, got),
            example(kind, path, value.get_ref()),
        );
    }
}

/// The line with the nearest number that may stand there.
fn line(path: &str, read: Option<i64>, from: i64, to: i64) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    format!("{name} = {}", read.unwrap_or(to).clamp(from, to))
}

/// The key that was probably meant.
fn near(keys: &'static [KeySpec], written: &str) -> Option<&'static str> {
    nearest(written, keys.iter().map(|key| key.name))
}

/// Names under which people keep passwords and keys.
fn looks_secret(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["password", "passwd", "secret", "token", "credential", "private", "apikey", "smtp_url"];
    let name = name.to_lowercase().replace('-', "_");
    WORDS.iter().any(|word| name.contains(word)) || name == "key" || name.ends_with("_key")
}
