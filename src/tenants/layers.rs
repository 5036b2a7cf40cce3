//! Layers: pass 2. The union's file over `_defaults.toml`, and both over what is built in: tables are merged key by key, lists are replaced whole. Also
//! where all findings about one union are collected.

use toml::de::{DeTable, DeValue};

use super::built_in;
use super::finding::{Finding, FindingCode, Severity};
use super::keys::{self, BuiltIn, KEYS, KeyKind, KeySpec};
use super::phrases;
use super::shape;
use super::toml_file::{ACCEPT, TomlFile, TomlValue};
use super::words::{self, WordList};
use crate::domain::saying::Saying;

/// One union's two files, and what there is to say about it.
pub(super) struct TenantFiles<'s, 'a> {
    own: &'s TomlFile<'a>,
    shared: &'s TomlFile<'a>,
    /// Whether it is known what the shared values are. Else nothing is said of a value that they may hold: it would be
    /// said of every union, and mending the shared values ends it.
    known: bool,
    findings: Vec<Finding>,
    /// How many findings are about values that cannot be judged further: wrong or absent ones.
    unjudged: usize,
    /// An inherited value breaks a rule: told in `_defaults.toml`, but this union is left out.
    spoiled: bool,
}

impl<'s, 'a> TenantFiles<'s, 'a> {
    /// Takes both files, and what the shape of the union's own has to say. `known`: whether `_defaults.toml` is without errors.
    pub fn open(own: &'s TomlFile<'a>, shared: &'s TomlFile<'a>, known: bool) -> Self {
        let findings = shape::check(own);
        Self { own, shared, known, unjudged: findings.len(), findings, spoiled: false }
    }

    /// Whether the union must be left out.
    pub fn is_spoiled(&self) -> bool {
        self.spoiled || self.findings.iter().any(Finding::is_error)
    }

    /// The union's file stem.
    pub fn stem(&self) -> &'s str {
        self.own.tenant.as_deref().unwrap_or_default()
    }

    /// The union's own file.
    pub fn own_file(&self) -> &'s TomlFile<'a> {
        self.own
    }

    /// The file whose value at that path is in force, where one has it.
    pub fn file_of(&self, path: &str) -> Option<&'s TomlFile<'a>> {
        let shared = may_be_shared(path).then_some(self.shared);
        std::iter::once(self.own).chain(shared).find(|file| file.get(path).is_some())
    }

    /// The advice that the union's own file sets aside, and that nobody gives any more: key and code.
    pub fn stale(&self) -> Vec<(String, String)> {
        let accepted = self.own.get(ACCEPT).and_then(|value| value.get_ref().as_array());
        let codes = accepted.into_iter().flat_map(|codes| codes.iter().enumerate());
        let given = |code: &str| {
            self.findings.iter().any(|finding| finding.tenant.is_some() && finding.code.as_str() == code)
        };
        codes
            .filter_map(|(at, code)| Some((format!("{ACCEPT}.{at}"), code.get_ref().as_str()?.to_owned())))
            .filter(|(_, code)| !given(code))
            .collect()
    }

    /// All that was said.
    pub fn close(self) -> Vec<Finding> {
        self.findings
    }

    /// Reports each required key that neither file has. A file that is not TOML may have lost keys to that, and shared
    /// values that are broken may hold them, so nothing is said of them.
    pub fn require_keys(&mut self) {
        fn walk(files: &mut TenantFiles<'_, '_>, keys: &'static [KeySpec], path: &str) {
            for key in keys {
                let inner =
                    if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
                match key.kind {
                    KeyKind::Table(keys) => {
                        let is_table = |value: &TomlValue<'_>| value.get_ref().is_table();
                        if files.value(&inner).is_none_or(is_table) {
                            walk(files, keys, &inner);
                        }
                    }
                    _ if key.required && files.value(&inner).is_none() => {
                        let (message, help) = phrases::missing(&inner, key.name);
                        files.tell(FindingCode::Missing, &[&inner], message, help);
                    }
                    _ => {}
                }
            }
        }
        if self.own.flaws.is_empty() && self.known {
            walk(self, KEYS, "");
            self.unjudged = self.findings.len();
        }
    }

    /// Says something about the values at `about`, unless one of them is known to be wrong already.
    /// The place is the first of them in the union's own file, else in `_defaults.toml`, else where
    /// it should stand.
    pub fn tell(&mut self, code: FindingCode, about: &[&str], message: Saying, help: Saying) {
        let lost = !self.own.flaws.is_empty() && about.iter().any(|path| self.value(path).is_none());
        let unknown =
            !self.known && about.iter().any(|path| self.own.get(path).is_none() && may_be_shared(path));
        if lost || unknown || about.iter().any(|path| self.is_told(path)) {
            return;
        }
        let Some(first) = about.first() else { return };
        let mine = about.iter().find(|path| self.own.get(path).is_some());
        let inherited = about.iter().find(|path| self.shared.get(path).is_some());
        let (file, path) = match (mine, inherited) {
            (Some(path), _) => (self.own, path),
            (None, Some(path)) => (self.shared, path),
            (None, None) => (self.own, first),
        };
        let place = file.place(path);
        // D1: a weak value is meant where its own file says so.
        let accepted = code.is_advice() && file.accepts(code.as_str());
        let severity = match code {
            _ if accepted => Severity::Note,
            FindingCode::Unfilled if shape::is_draft(self.own) => Severity::Warning,
            _ => code.severity(),
        };
        self.spoiled |= severity == Severity::Error;
        self.findings.push(Finding {
            code,
            severity,
            tenant: file.tenant.clone(),
            file: file.path.clone(),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            key: (*path).to_owned(),
            message,
            help,
        });
    }

    /// Whether the value at the path, or one above or below it, is wrong, absent or unfilled.
    fn is_told(&self, path: &str) -> bool {
        let under = |inner: &str, outer: &str| {
            inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
        };
        self.findings
            .iter()
            .take(self.unjudged)
            .filter(|finding| finding.is_error() || finding.code == FindingCode::Unfilled)
            .filter(|finding| !finding.key.is_empty() && finding.code != FindingCode::UnknownKey)
            .any(|finding| under(path, &finding.key) || under(&finding.key, path))
    }

    /// The value that a file gives.
    pub fn value(&self, path: &str) -> Option<&'s TomlValue<'a>> {
        self.own.get(path).or_else(|| self.shared.get(path))
    }

    /// The union's own value: some keys are never inherited.
    pub fn own_text(&self, path: &str) -> Option<&'s str> {
        self.own.get(path)?.get_ref().as_str()
    }

    /// The text that a file gives, if there is a sound one.
    pub fn text(&self, path: &str) -> Option<&'s str> {
        self.value(path)?.get_ref().as_str()
    }

    /// What a file gives as far as it can be read, else what is built in.
    fn sound<T>(&self, path: &str, read: impl Fn(&'s TomlValue<'a>) -> Option<T>) -> Option<T> {
        let built_in: Option<&'s TomlValue<'a>> = built_in::value(path);
        self.value(path).and_then(&read).or_else(|| built_in.and_then(&read))
    }

    /// The text in force, also where it is made of others; empty where there is none.
    pub fn text_in_force(&self, path: &str) -> String {
        let written = if may_be_shared(path) { self.text(path) } else { self.own_text(path) };
        let made = || match keys::at(path)?.built_in {
            BuiltIn::Made(pattern) => Some(self.made(pattern)),
            BuiltIn::Bare(host) => {
                let host = self.text_in_force(host);
                Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
            }
            BuiltIn::Value(_) => built_in::value(path)?.get_ref().as_str().map(str::to_owned),
            BuiltIn::Nothing => None,
        };
        written.map(str::to_owned).or_else(made).unwrap_or_default()
    }

    /// A text made of other keys' texts.
    fn made(&self, pattern: &str) -> String {
        let mut pieces = pattern.split(['{', '}']).enumerate();
        // Every other piece is the name of a key.
        pieces
            .by_ref()
            .map(|(at, piece)| if at % 2 == 1 { self.text_in_force(piece) } else { piece.to_owned() })
            .collect()
    }

    /// The boolean in force.
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.sound(path, |value| value.get_ref().as_bool())
    }

    /// The whole number in force.
    pub fn number<N: TryFrom<i64>>(&self, path: &str) -> Option<N> {
        self.sound(path, |value| {
            let number = value.get_ref().as_integer()?;
            i64::from_str_radix(number.as_str(), number.radix()).ok()?.try_into().ok()
        })
    }

    /// The choice in force.
    pub fn word<T: Copy>(&self, path: &str, words: &WordList<T>) -> Option<T> {
        self.sound(path, |value| words::find(words, value.get_ref().as_str()?))
    }

    /// The list in force.
    pub fn list(&self, path: &str) -> Option<&'s [TomlValue<'a>]> {
        self.sound(path, |value| value.get_ref().as_array().map(|entries| &**entries))
    }

    /// The texts of a list.
    pub fn texts(&self, path: &str) -> Option<Vec<&'s str>> {
        Some(self.list(path)?.iter().filter_map(|entry| entry.get_ref().as_str()).collect())
    }

    /// The choices of a list of words.
    pub fn words<T: Copy>(&self, path: &str, words: &WordList<T>) -> Option<Vec<T>> {
        Some(self.texts(path)?.iter().filter_map(|text| words::find(words, text)).collect())
    }

    /// The paths of a list of tables: `services.0`, `services.1`, …
    pub fn rows(&self, path: &str) -> Vec<String> {
        let count = self.list(path).map_or(0, <[_]>::len);
        (0..count).map(|at| format!("{path}.{at}")).collect()
    }

    /// The texts of a table with free keys, merged from both files.
    pub fn sentences(&self, path: &str) -> Vec<(String, String)> {
        let mut merged = std::collections::BTreeMap::new();
        for file in [self.shared, self.own] {
            let table = file.get(path).and_then(|value| match value.get_ref() {
                DeValue::Table(table) => Some(table),
                _ => None,
            });
            for (name, text) in table.into_iter().flat_map(DeTable::iter) {
                if let Some(text) = text.get_ref().as_str() {
                    merged.insert(name.get_ref().to_string(), text.to_owned());
                }
            }
        }
        merged.into_iter().collect()
    }
}

/// Whether `_defaults.toml` may hold the value at that path.
fn may_be_shared(path: &str) -> bool {
    let top = path.split('.').next().unwrap_or(path);
    !KEYS.iter().any(|key| key.own && key.name == top)
}
