//! Trouble: what is wrong with a setting, where it stands, and which one was meant.

use std::{fmt, path::PathBuf};

use super::KEYS;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The program's own value.
    Default,
    /// A line of the settings file.
    File {
        /// The path of the file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable, by its name.
    Variable(String),
    /// A file that a variable names.
    NamedFile {
        /// The name of the environment variable.
        variable: String,
        /// The path of the file.
        path: PathBuf,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::NamedFile { variable, path } => write!(f, "{variable}={}", path.display()),
        }
    }
}

/// Why a value cannot be right. Holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueFlaw {
    /// The value is empty.
    Empty,
    /// A file that holds the value alone is empty.
    EmptyFile,
    /// A text is wanted.
    NoText,
    /// A whole number is wanted.
    NoNumber {
        /// The smallest value allowed.
        least: u32,
        /// The largest value allowed.
        most: u32,
    },
    /// A list of texts is wanted.
    NoList,
    /// No whole number between these.
    Range {
        /// The value that stands there.
        shown: String,
        /// The smallest value allowed.
        least: u32,
        /// The largest value allowed.
        most: u32,
    },
    /// No IP address with a port.
    NoAddress {
        /// The value that stands there.
        shown: String,
        /// An example of a value that works.
        example: &'static str,
    },
    /// None of the words.
    NoWord {
        /// The value that stands there.
        shown: String,
        /// The words that are allowed.
        words: &'static [&'static str],
    },
    /// No log level, and no filter.
    NoLevel(String),
    /// No network: an address, a slash, a number of bits.
    NoNetwork(String),
    /// The text is no domain name.
    NoDomain(String),
    /// Neither `sqlite:` nor `postgres:`.
    NoDatabase,
    /// `sqlite:` without a file, or with one in memory, which every connection has for itself.
    NoDatabaseFile,
    /// `postgres://` that cannot be taken apart.
    DatabaseUnreadable,
    /// Neither `smtp://` nor `smtps://`.
    NoMailServer,
    /// Argon2 needs 8 KiB for each lane (RFC 9106, 3.1).
    TooLittleMemory {
        /// The number of lanes that is set.
        lanes: u32,
    },
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsProblem {
    /// A value that cannot be right. The program stops.
    Wrong {
        /// The name of the setting.
        key: &'static str,
        /// Where the value stands.
        origin: Origin,
        /// What is wrong with the value.
        why: ValueFlaw,
    },
    /// Nobody knows that name, and it is nearly one that is known. The program stops: the setting that was meant is not
    /// set.
    Nearly {
        /// The name as it stands.
        name: String,
        /// The name that was probably meant.
        meant: &'static str,
        /// Where the value stands.
        origin: Origin,
    },
    /// Nobody knows that name. The program goes on: a newer or older one may know it.
    Unknown {
        /// The name as it stands.
        name: String,
        /// Where the value stands.
        origin: Origin,
    },
}

impl SettingsProblem {
    pub(super) fn unknown(name: String, meant: Option<&'static str>, origin: Origin) -> Self {
        match meant {
            Some(meant) => Self::Nearly { name, meant, origin },
            None => Self::Unknown { name, origin },
        }
    }

    /// Whether the program stops.
    pub fn stops(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }
}

/// The known setting that a name nearly is: the same letters with other signs between, a slip of one or two letters, its
/// section alone, or the same last word with letters left out before it (`DB_URL`).
pub(super) fn nearly(name: &str) -> Option<&'static str> {
    let letters = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    let words = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(letters)
            .collect::<Vec<_>>()
    };
    let (typed, typed_words) = (letters(name), words(name));
    let distance = |key: &str| strsim::osa_distance(&typed, &letters(key));
    let closest = KEYS.iter().copied().min_by_key(|key| distance(key))?;
    let allowed = if letters(closest).len() >= 8 { 2 } else { 1 };
    if distance(closest) <= allowed {
        return Some(closest);
    }
    KEYS.iter().copied().find(|key| {
        let known = words(key);
        let section = known.len() > 1 && typed_words.len() == 1 && typed_words.first() == known.first();
        let shortened = typed_words.len() > 1
            && known.len() > 1
            && (typed_words.last() == known.last() || typed_words.first() == known.first())
            && is_within(&typed, &letters(key));
        section || shortened
    })
}

/// Whether the letters of `short` stand in `long`, in their order.
fn is_within(short: &str, long: &str) -> bool {
    let mut long = long.chars();
    short.chars().all(|letter| long.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_with_what_was_meant_and_other_programs_names_are_left_alone() {
        for (typed, meant) in [
            ("DATABASE_URL", "database.url"),
            ("DATABASE__ULR", "database.url"),
            ("DATABASEURL", "database.url"),
            ("DATABSE__URL", "database.url"),
            ("DB_URL", "database.url"),
            ("MAIL__URL", "mail.smtp_url"),
            ("SMTP_URL", "mail.smtp_url"),
            ("KEYRING", "keys.ring"),
            ("TENANTS", "tenants.dir"),
            ("TENANT__DIR", "tenants.dir"),
            ("argon2.memory", "argon2.memory_kib"),
            ("LISTENS", "listen"),
            ("PUBLIC_SCHEME", "public.scheme"),
            ("LOGS", "log"),
        ] {
            assert_eq!(nearly(typed), Some(meant), "{typed}");
        }
        // What Kubernetes sets beside a service called `portal`, and what a later program may know.
        for typed in [
            "SERVICE_HOST",
            "SERVICE_PORT",
            "PORT",
            "PORT_8080_TCP",
            "PORT_8080_TCP_ADDR",
            "METRICS__LISTEN",
            "RETENTION__DAYS",
            "HOME",
        ] {
            assert_eq!(nearly(typed), None, "{typed}");
        }
    }
}
