//! Shown: every key of one union with the value in force and where it comes from, for `tenant show`.

use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::built_in;
use super::keys::{self, BuiltIn, ChangeClass, KeyKind, KeyPlace};
use super::layers::TenantFiles;
use super::toml_file::{TomlFile, TomlValue};
use super::{DEFAULTS, read_text, syntax};

/// A key with the value in force. The keys of a list of tables are numbered from 0, as findings name them:
/// `services.0.url`.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownValue {
    /// The key with the tables around it.
    pub key: String,
    /// The value; `None` where there is none, or nothing that the key may hold.
    pub value: Option<toml::Value>,
    /// Where it comes from.
    pub origin: ValueOrigin,
    /// When a change of it counts.
    pub change: ChangeClass,
}

impl ShownValue {
    /// Whether the union's own file gives it.
    pub fn is_own(&self) -> bool {
        matches!(self.origin, ValueOrigin::Own(..))
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueOrigin {
    /// From the union's own file, at that line.
    Own(PathBuf, usize),
    /// From `_defaults.toml`, at that line.
    Shared(PathBuf, usize),
    /// Made of other keys' values: their names.
    Made(Vec<&'static str>),
    /// No file gives one.
    BuiltIn,
    /// There is none, and there need not be.
    Nothing,
}

impl ValueOrigin {
    /// Its word in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Own(..) => "union",
            Self::Shared(..) => "defaults",
            Self::Made(_) => "made",
            Self::BuiltIn => "built-in",
            Self::Nothing => "none",
        }
    }
}

/// Every key of the union of that file stem, in the order of the list of keys, as far as its files can be read.
pub fn values(dir: &Path, stem: &str) -> Vec<ShownValue> {
    let text = |name: &str| read_text(&dir.join(name), name, None).unwrap_or_default();
    of_texts(dir, stem, &text(&format!("{stem}.toml")), &text(DEFAULTS))
}

/// The same of the text of a union's file and of the shared values, which would lie in `dir`.
pub fn of_texts(dir: &Path, stem: &str, own: &str, shared: &str) -> Vec<ShownValue> {
    let (own, shared) = (syntax::read(own), syntax::read(shared));
    let own = TomlFile::parse(dir.join(format!("{stem}.toml")), Some(stem.to_owned()), &own);
    let shared = TomlFile::parse(dir.join(DEFAULTS), None, &shared);
    let files = TenantFiles::open(&own, &shared, true);
    let places = keys::places();
    let mut found = Vec::new();
    for place in places.iter().filter(|place| !place.listed) {
        match place.spec.kind {
            KeyKind::Tables(inner) => {
                let rows = files.rows(&place.path);
                if rows.is_empty() {
                    found.push(one(&files, &place.path, place));
                }
                for row in rows {
                    for key in inner {
                        let path = format!("{row}.{}", key.name);
                        match key.kind {
                            // A table in an entry of a list may be left out as a whole.
                            KeyKind::Table(_) if files.value(&path).is_none() => {}
                            KeyKind::Table(keys) => found.extend(
                                keys.iter().map(|key| one(&files, &format!("{path}.{}", key.name), place)),
                            ),
                            _ => found.push(one(&files, &path, place)),
                        }
                    }
                }
            }
            KeyKind::Sentences => {
                let sentences = files.sentences(&place.path);
                if sentences.is_empty() {
                    found.push(one(&files, &place.path, place));
                }
                let of = |(name, _)| one(&files, &format!("{}.{name}", place.path), place);
                found.extend(sentences.into_iter().map(of));
            }
            _ => found.push(one(&files, &place.path, place)),
        }
    }
    found
}

/// One key, at its place or below it.
fn one(files: &TenantFiles<'_, '_>, path: &str, place: &KeyPlace) -> ShownValue {
    let (value, origin) = match files.file_of(path) {
        Some(file) => {
            let (at, line) = (file.path.clone(), file.place(path).line);
            let origin = if file.tenant.is_some() {
                ValueOrigin::Own(at, line)
            } else {
                ValueOrigin::Shared(at, line)
            };
            (file.get(path).and_then(plain), origin)
        }
        None => match keys::at(path).map_or(BuiltIn::Nothing, |key| key.built_in) {
            BuiltIn::Value(_) => (built_in::value(path).and_then(plain), ValueOrigin::BuiltIn),
            made @ (BuiltIn::Made(_) | BuiltIn::Bare(_)) => {
                let text = files.text_in_force(path);
                let text = (!text.is_empty()).then_some(toml::Value::String(text));
                (text, ValueOrigin::Made(made.made_of()))
            }
            BuiltIn::Nothing => (None, ValueOrigin::Nothing),
        },
    };
    ShownValue { key: path.to_owned(), value, origin, change: place.change }
}

/// The value without its place. A table is none: no key that is shown holds one, and what somebody wrote into it may be
/// anything.
fn plain(value: &TomlValue<'_>) -> Option<toml::Value> {
    Some(match value.get_ref() {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
            read.map_or_else(|| toml::Value::String(number.to_string()), toml::Value::Integer)
        }
        DeValue::Float(number) => toml::Value::Float(number.as_str().parse().ok()?),
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        DeValue::Datetime(date) => toml::Value::Datetime(*date),
        DeValue::Array(entries) => toml::Value::Array(entries.iter().filter_map(plain).collect()),
        DeValue::Table(_) => return None,
    })
}
