//! What is wrong with the settings, in words: which setting, where it stands, and what would be right.

use super::machine::{cause_at, next};
use crate::{
    domain::saying::{Saying, SayingValue, said},
    settings::{Origin, SettingsFault, SettingsProblem, ValueFlaw},
    tenants::in_toml,
};

/// What is told, each on a line of its own.
pub fn sayings(fault: &SettingsFault) -> Vec<Saying> {
    match fault {
        SettingsFault::NoFile(path) => vec![said!("setting-no-file", path)],
        SettingsFault::File(path, fault) => {
            vec![said!("setting-file", path, why = cause_at(path, fault), next = next(path, fault))]
        }
        SettingsFault::Toml { path, line, message } => {
            vec![said!("setting-not-toml", path, line, why = in_toml(message))]
        }
        SettingsFault::ValueFile { variable, path, source } => {
            let (why, next) = (cause_at(path, source), next(path, source));
            vec![said!("setting-value-file", variable, path, why, next)]
        }
        SettingsFault::Troubles(troubles) => troubles.iter().map(trouble).collect(),
    }
}

/// One trouble.
pub fn trouble(trouble: &SettingsProblem) -> Saying {
    match trouble {
        SettingsProblem::Wrong { key, origin, why } => {
            said!("setting-wrong", key, origin = self::origin(origin), why = self::why(why))
        }
        SettingsProblem::Nearly { name, meant, origin } => {
            said!("setting-nearly", name, origin = self::origin(origin), meant = name_like(meant, origin))
        }
        SettingsProblem::Unknown { name, origin } => {
            said!("setting-unknown", name, own = env!("CARGO_PKG_VERSION"), origin = self::origin(origin))
        }
    }
}

/// The setting as it is written where the mistake stands.
fn name_like(key: &str, origin: &Origin) -> String {
    match origin {
        Origin::Variable(name) if name.to_uppercase().ends_with("_FILE") => {
            format!("PORTAL_{}_FILE", key.replace('.', "__").to_uppercase())
        }
        Origin::Variable(_) | Origin::NamedFile { .. } => {
            format!("PORTAL_{}", key.replace('.', "__").to_uppercase())
        }
        Origin::Default | Origin::File { .. } => key.to_owned(),
    }
}

/// Where a value comes from.
pub fn origin(origin: &Origin) -> SayingValue {
    match origin {
        Origin::Default => SayingValue::Said(said!("setting-default")),
        Origin::File { .. } | Origin::Variable(_) | Origin::NamedFile { .. } => {
            SayingValue::Text(origin.to_string())
        }
    }
}

/// Why a value cannot be right.
fn why(why: &ValueFlaw) -> Saying {
    match why {
        ValueFlaw::Empty => said!("setting-empty"),
        ValueFlaw::EmptyFile => said!("setting-empty-file"),
        ValueFlaw::NoText => said!("setting-no-text"),
        ValueFlaw::NoNumber { least, most } => said!("setting-no-number", least, most),
        ValueFlaw::NoList => said!("setting-no-list"),
        ValueFlaw::Range { shown, least, most } => said!("setting-range", shown, least, most),
        ValueFlaw::NoAddress { shown, example } => said!("setting-no-address", shown, example),
        ValueFlaw::NoWord { shown, words } => {
            said!("setting-no-word", shown, words = SayingValue::several(words.iter(), "list-and"))
        }
        ValueFlaw::NoLevel(shown) => said!("setting-no-level", shown),
        ValueFlaw::NoNetwork(shown) => said!("setting-no-network", shown),
        ValueFlaw::NoDomain(shown) => said!("setting-no-domain", shown),
        ValueFlaw::NoDatabase => said!("setting-no-database"),
        ValueFlaw::NoDatabaseFile => said!("setting-no-database-file"),
        ValueFlaw::DatabaseUnreadable => said!("setting-database-unreadable"),
        ValueFlaw::NoMailServer => said!("setting-no-mail-server"),
        ValueFlaw::TooLittleMemory { lanes } => said!("setting-too-little-memory", lanes, needed = 8 * lanes),
    }
}
