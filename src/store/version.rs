//! Version: of this program, and why a schema does not fit it (D43).

use std::fmt;

/// A program's version: `major.minor.patch`, compared number by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32, u32);

impl Version {
    /// The version of this program.
    pub fn own() -> Self {
        Self::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Self(0, 0, 0))
    }

    /// Reads `major.minor.patch`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.').map(|part| part.parse().ok());
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Why a program may not run on a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaMismatch {
    /// The database lacks migrations of this program: `migrate up` applies them.
    Older {
        /// The numbers of the migrations.
        missing: Vec<i64>,
    },
    /// The database has migrations that do not let this program go on.
    Newer {
        /// The numbers of the migrations.
        unknown: Vec<i64>,
        /// The oldest program that may run; `None` where the database does not tell.
        needed: Option<Version>,
    },
}

impl fmt::Display for SchemaMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Older { missing } => {
                write!(f, "the schema lacks the migrations {missing:?}; run `kenpo-portal migrate up`")
            }
            Self::Newer { unknown, needed: Some(needed) } => write!(
                f,
                "the schema needs kenpo-portal {needed} or newer (migrations {unknown:?}); this is {}",
                Version::own()
            ),
            Self::Newer { unknown, needed: None } => write!(
                f,
                "the schema has migrations {unknown:?} that kenpo-portal {} does not know; use the program that \
                 migrated it",
                Version::own()
            ),
        }
    }
}
