//! Limits: how long anything waits for the database, in one place ([D39]).
//!
//! [D39]: crate::rules::decisions#d39

use std::time::Duration;

/// How long a wait for the database may take before it ends as a passing fault.
///
/// A [`super::Store`] is opened with [`Limits::REQUESTS`]. Work that is allowed to take longer asks for a handle with
/// [`Limits::BATCH`]: [`super::Store::with_limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Waiting for a connection, a new one included.
    pub acquire: Duration,
    /// One statement, or one commit. PostgreSQL itself cancels a statement a little earlier.
    pub statement: Duration,
    /// One whole request, from its headers to its answer: reading the form, hashing and the database.
    pub request: Duration,
    /// One answer of `/readyz`.
    pub readiness: Duration,
}

impl Limits {
    /// The limits of a request (D39).
    pub const REQUESTS: Self = Self {
        acquire: Duration::from_secs(2),
        statement: Duration::from_secs(5),
        request: Duration::from_secs(15),
        readiness: Duration::from_secs(2),
    };

    /// For import, migration, backup and key rotation, which nobody's request waits for.
    pub const BATCH: Self =
        Self { acquire: Duration::from_secs(30), statement: Duration::from_mins(15), ..Self::REQUESTS };

    /// After how long the database itself gives a statement up: before we do, so that the connection stays usable.
    pub(super) fn statement_on_server(&self) -> Duration {
        self.statement.mul_f64(0.9)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::REQUESTS
    }
}
