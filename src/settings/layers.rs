//! Layers: where each setting's value comes from. The file, then variables, then files that variables name.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{
    KEYS, SettingsFault,
    trouble::{Origin, SettingsProblem, ValueFlaw, nearly},
};
use crate::world::plain_file;

/// A value before it is read.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Raw {
    /// A text in quotation marks.
    Text(String),
    /// A whole number, as written.
    Number(String),
    /// A list of texts.
    List(Vec<String>),
    /// What stands in a variable or in a file of its own: a text, a number, or texts with commas between.
    Loose(String),
    /// Anything else: no setting is one.
    Other,
}

/// Some values are secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Raw(***)")
    }
}

/// Every value that was set, by the setting's name.
pub(super) type Layers = BTreeMap<&'static str, (Raw, Origin)>;

/// The largest file that is read: nobody's settings, and no value, are that long.
const LARGEST: u64 = 1 << 20;

/// A file's text; nothing larger than [`LARGEST`].
pub(super) fn text_of(path: &Path) -> std::io::Result<String> {
    plain_file::read_text(path, LARGEST)
}

/// Adds what a settings file says.
pub(super) fn add_file(
    layers: &mut Layers,
    troubles: &mut Vec<SettingsProblem>,
    path: &Path,
    text: &str,
) -> Result<(), SettingsFault> {
    let line_of = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let root = DeTable::parse(text).map_err(|fault| SettingsFault::Toml {
        path: path.to_owned(),
        line: line_of(fault.span().map_or(0, |span| span.start)),
        // The parser's first line names what is wrong; the rest would quote the file.
        message: fault.message().lines().next().unwrap_or_default().to_owned(),
    })?;
    let mut open = vec![(String::new(), root.get_ref())];
    while let Some((before, table)) = open.pop() {
        for (name, value) in table {
            let key = if before.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{before}.{}", name.get_ref())
            };
            let origin = Origin::File { path: path.to_owned(), line: line_of(name.span().start) };
            let known = KEYS.iter().copied().find(|known| *known == key);
            match (known, value.get_ref()) {
                (None, DeValue::Table(table)) => open.push((key, table)),
                (None, _) => troubles.push(SettingsProblem::unknown(key.clone(), nearly(&key), origin)),
                (Some(known), value_of) => {
                    let written = text.get(value.span()).unwrap_or_default();
                    layers.insert(known, (raw(value_of, written), origin));
                }
            }
        }
    }
    Ok(())
}

fn raw(value: &DeValue<'_>, written: &str) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(_) => Raw::Number(written.replace('_', "")),
        DeValue::Array(items) => {
            let texts = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            });
            texts.collect::<Option<_>>().map_or(Raw::Other, Raw::List)
        }
        _ => Raw::Other,
    }
}

/// Begins the names of the program's variables.
const PREFIX: &str = "PORTAL_";
/// Ends the names of variables that name a file with the value.
const FILE: &str = "_FILE";
/// Names the settings' file; also what `--config` is.
const CONFIG: &str = "PORTAL_CONFIG";
/// Beginnings of the names of other things that share the prefix: of the tests, of the image.
const OTHERS: [&str; 3] = ["PORTAL_TEST_", "PORTAL_SCREEN", "PORTAL_IMAGE"];

/// The variable of a setting.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// Adds what the environment says: values first, then the files that `…_FILE` names.
pub(super) fn add_variables(
    layers: &mut Layers,
    troubles: &mut Vec<SettingsProblem>,
    variables: &BTreeMap<String, String>,
) -> Result<(), SettingsFault> {
    for key in KEYS {
        let name = variable(key);
        if let Some(value) = variables.get(&name) {
            layers.insert(key, (Raw::Loose(value.trim().to_owned()), Origin::Variable(name.clone())));
        }
        let name = format!("{name}{FILE}");
        let Some(path) = variables.get(&name) else { continue };
        let path = PathBuf::from(path);
        let text = text_of(&path).map_err(|source| SettingsFault::ValueFile {
            variable: name.clone(),
            path: path.clone(),
            source,
        })?;
        layers.insert(key, (Raw::Loose(text.trim().to_owned()), Origin::NamedFile { variable: name, path }));
    }
    let known = |name: &str| {
        KEYS.iter().map(|key| variable(key)).any(|v| name == v || name.strip_suffix(FILE) == Some(&v))
    };
    for name in variables.keys().filter(|name| !known(name)) {
        let upper = name.to_uppercase();
        if name == CONFIG || !upper.starts_with(PREFIX) || OTHERS.iter().any(|other| upper.starts_with(other))
        {
            continue;
        }
        let plain = upper.trim_start_matches(PREFIX);
        let meant = match plain.rsplit_once('_') {
            // A slip in the name of the settings' file would leave the settings of another file in force.
            _ if plain.starts_with("CONF") && strsim::osa_distance(&upper, CONFIG) <= FILE.len() => {
                Some("config")
            }
            // `…_FIL` and the like mean the file of a value.
            Some((before, last)) if strsim::osa_distance(last, FILE.trim_start_matches('_')) <= 1 => {
                nearly(before)
            }
            _ => nearly(plain),
        };
        troubles.push(SettingsProblem::unknown(name.clone(), meant, Origin::Variable(name.clone())));
    }
    Ok(())
}

/// A value that was looked at, or why it cannot be one.
pub(super) type ValueResult<T> = Result<T, ValueFlaw>;

impl Raw {
    /// One text, never empty.
    pub(super) fn text(&self) -> ValueResult<&str> {
        match self {
            Self::Text(text) | Self::Loose(text) if text.trim().is_empty() => Err(ValueFlaw::Empty),
            Self::Text(text) | Self::Loose(text) => Ok(text),
            _ => Err(ValueFlaw::NoText),
        }
    }

    /// One whole number within bounds.
    pub(super) fn number(&self, least: u32, most: u32) -> ValueResult<u32> {
        let (Self::Number(text) | Self::Loose(text)) = self else {
            return Err(ValueFlaw::NoNumber { least, most });
        };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| ValueFlaw::Range { shown: text.clone(), least, most })
    }

    /// Texts; a variable has commas between them.
    pub(super) fn list(&self) -> ValueResult<Vec<String>> {
        match self {
            Self::List(texts) => Ok(texts.clone()),
            Self::Text(text) | Self::Loose(text) => Ok(text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect()),
            _ => Err(ValueFlaw::NoList),
        }
    }
}
