//! What goes wrong in the store, and whether it passes.

use std::time::Duration;

/// What went wrong in the store. Never an answer to a question: those are `Option`s.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused a statement.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// No connection could be made, or none on which a transaction begins.
    #[error("database: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// Every connection was in use for that long.
    #[error("no connection to the database was free within {0:?}")]
    NoConnectionFree(Duration),
    /// The database was silent for that long.
    #[error("the database did not answer within {0:?}")]
    Silent(Duration),
    /// The SQLite file is not the one that was opened any more: nothing is acknowledged until the program was stopped.
    #[error(
        "the database's file was deleted or replaced while the program runs: stop it, put the file back or restore the \
         backup, start it again"
    )]
    FileReplaced,
    /// The database did not say whether a commit happened.
    #[error("the database did not say whether the commit happened: {0}")]
    Unsure(String),
    /// A statement, or a commit, after another statement of the same transaction had failed: nothing was written.
    #[error("an earlier statement of this transaction failed")]
    Spoiled {
        /// Whether that failure was a passing one.
        passing: bool,
    },
    /// Migrations could not be read or applied.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The schema is one this program must not run on (D43).
    #[error("{0}")]
    Schema(super::version::SchemaMismatch),
    /// A row that must exist does not.
    #[error("a row that must exist is missing")]
    NoRow,
    /// A kept value is outside its type's range.
    #[error("column {column} holds a value outside its range")]
    Kept {
        /// Name and type of the column.
        column: String,
    },
    /// Arguments of one database met a transaction of the other.
    #[error("arguments and transaction belong to different databases")]
    Mixed,
    /// A statement that writes was given to a connection that only reads.
    #[error("a statement that writes was given to a connection that only reads")]
    WritesInRead,
    /// The address of the database is not one this program understands.
    #[error("database.url must begin with sqlite: or postgres:")]
    UnknownUrl,
    /// The database's account may use none of its schemas (PostgreSQL).
    #[error("the account may use no schema of this database")]
    NoSchema,
    /// The database does not promise to keep what it acknowledged.
    #[error("the database does not promise durable commits: {0}")]
    NotDurable(&'static str),
}

/// The result of anything in this room.
pub type StoreResult<T, E = StoreError> = std::result::Result<T, E>;

impl StoreError {
    /// Whether waiting a little may help, because the fault lies in the database's circumstances: away, silent, full,
    /// read-only, out of handles, restarting, or busy with others. Everything else is a fault of this program or of what
    /// is kept.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(fault) => is_passing(fault),
            Self::Unreachable(_)
            | Self::NoConnectionFree(_)
            | Self::Silent(_)
            | Self::FileReplaced
            | Self::Unsure(_) => true,
            Self::Spoiled { passing } => *passing,
            Self::Migration(_)
            | Self::Schema(_)
            | Self::NoRow
            | Self::Kept { .. }
            | Self::Mixed
            | Self::WritesInRead
            | Self::UnknownUrl
            | Self::NoSchema
            | Self::NotDurable(_) => false,
        }
    }

    /// Whether the SQLite file was deleted or replaced while it was open.
    pub fn is_replaced(&self) -> bool {
        matches!(self, Self::FileReplaced)
    }

    /// Whether a commit that failed like this may have happened all the same.
    pub fn is_unsure(&self) -> bool {
        matches!(self, Self::Unsure(_) | Self::FileReplaced)
    }

    /// Whether a row with the same unique key is there already.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(fault)) if fault.is_unique_violation())
    }

    /// Whether the database's account lacks the right (PostgreSQL's `insufficient_privilege`).
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Database(fault) if matches!(code(fault), Some(DatabaseCode::Postgres(code)) if code == "42501"))
    }

    /// Whether somebody else was writing the same rows at the same time, so that looking again may help.
    pub fn is_contention(&self) -> bool {
        match self {
            Self::NoConnectionFree(_) => true,
            Self::Database(fault) | Self::Unreachable(fault) => match code(fault) {
                Some(DatabaseCode::Sqlite(code)) => {
                    matches!(code & 0xff, sqlite::BUSY | sqlite::LOCKED) || self.is_taken()
                }
                Some(DatabaseCode::Postgres(code)) => {
                    code.starts_with("40") || code == "55P03" || code == "57014" || self.is_taken()
                }
                None => false,
            },
            _ => false,
        }
    }
}

/// Primary result codes of SQLite (<https://www.sqlite.org/rescode.html>); extended codes hold them in the low byte.
mod sqlite {
    pub const BUSY: u32 = 5;
    pub const LOCKED: u32 = 6;
    pub const NOMEM: u32 = 7;
    pub const READONLY: u32 = 8;
    pub const INTERRUPT: u32 = 9;
    pub const IOERR: u32 = 10;
    pub const CORRUPT: u32 = 11;
    pub const FULL: u32 = 13;
    pub const CANTOPEN: u32 = 14;
    pub const PROTOCOL: u32 = 15;
    pub const SCHEMA: u32 = 17;
    pub const CONSTRAINT: u32 = 19;
    pub const NOLFS: u32 = 22;
    pub const NOTADB: u32 = 26;
}

/// What the database said, in its own numbers.
enum DatabaseCode {
    /// An extended result code.
    Sqlite(u32),
    /// Five characters (PostgreSQL, Appendix A).
    Postgres(String),
}

fn code(fault: &sqlx::Error) -> Option<DatabaseCode> {
    let sqlx::Error::Database(told) = fault else { return None };
    let code = told.code()?;
    if told.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        code.parse().ok().map(DatabaseCode::Sqlite)
    } else {
        Some(DatabaseCode::Postgres(code.into_owned()))
    }
}

/// By class, so that what nobody has met yet is judged too.
fn is_passing(fault: &sqlx::Error) -> bool {
    match fault {
        _ if is_damage(fault) => true,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(_) => match code(fault) {
            Some(DatabaseCode::Sqlite(code)) => matches!(
                code & 0xff,
                sqlite::BUSY
                    | sqlite::LOCKED
                    | sqlite::NOMEM
                    | sqlite::READONLY
                    | sqlite::INTERRUPT
                    | sqlite::IOERR
                    | sqlite::FULL
                    | sqlite::CANTOPEN
                    | sqlite::PROTOCOL
                    | sqlite::SCHEMA
                    | sqlite::NOLFS
            ),
            Some(DatabaseCode::Postgres(code)) => is_passing_on_postgres(&code),
            None => false,
        },
        _ => false,
    }
}

fn is_passing_on_postgres(code: &str) -> bool {
    /// Connection exception; invalid authorization (a password being changed); unknown database; transaction rollback;
    /// insufficient resources; not in the prerequisite state; operator intervention; system error.
    const CLASSES: [&str; 8] = ["08", "28", "3D", "40", "53", "55", "57", "58"];
    /// Write in a read-only transaction (the primary became a standby); transaction timed out while idle; a prepared
    /// statement that a pooler between us lost; internal error.
    const SINGLE: [&str; 4] = ["25006", "25P03", "26000", "XX000"];
    CLASSES.iter().any(|class| code.starts_with(class)) || SINGLE.contains(&code)
}

/// Whether the database says that what it read is damaged. SQLite also says so of a page that could not be read (EIO),
/// so it may pass: it is asked again on a new connection, told to members like a database that is away, and to the
/// operator as what it may be.
pub(super) fn is_damage(fault: &sqlx::Error) -> bool {
    match code(fault) {
        Some(DatabaseCode::Sqlite(code)) => matches!(code & 0xff, sqlite::CORRUPT | sqlite::NOTADB),
        Some(DatabaseCode::Postgres(code)) => ["XX001", "XX002"].contains(&code.as_str()),
        None => false,
    }
}

/// Whether the database refused a statement for what it says, and is in good health: a unique key, a foreign key, a
/// check. Everything else costs the connection.
pub(super) fn is_refusal(fault: &sqlx::Error) -> bool {
    match code(fault) {
        Some(DatabaseCode::Sqlite(code)) => code & 0xff == sqlite::CONSTRAINT,
        Some(DatabaseCode::Postgres(code)) => code.starts_with("23"),
        None => false,
    }
}

/// Whether the connection was dead, so that the statement was not even looked at, or its answer was lost with it.
pub(super) fn is_dead(fault: &sqlx::Error) -> bool {
    match fault {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        sqlx::Error::Database(_) => match code(fault) {
            // Shut down by the operator, by a crash, starting up; idle too long; a statement that a pooler lost.
            Some(DatabaseCode::Postgres(code)) => {
                code.starts_with("08")
                    || ["57P01", "57P02", "57P03", "57P05", "25P03", "26000"].contains(&code.as_str())
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether the database refused a write because it may only be read.
pub(super) fn is_read_only(fault: &sqlx::Error) -> bool {
    match code(fault) {
        Some(DatabaseCode::Sqlite(code)) => code == sqlite::READONLY,
        Some(DatabaseCode::Postgres(code)) => code == "25006",
        None => false,
    }
}

/// Whether a commit that failed like this certainly did not happen: the database refused it, and said so.
pub(super) fn is_not_committed(fault: &sqlx::Error) -> bool {
    match code(fault) {
        Some(DatabaseCode::Sqlite(code)) => {
            matches!(code & 0xff, sqlite::BUSY | sqlite::CONSTRAINT | sqlite::FULL)
        }
        Some(DatabaseCode::Postgres(code)) => code.starts_with("23") || code.starts_with("40"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_passing_on_postgres;

    #[test]
    fn what_postgres_tells_is_judged_by_class() {
        for code in [
            "08006", "08P01", "25006", "25P03", "26000", "28P01", "3D000", "40001", "40P01", "53100",
            "53300", "55P03", "55006", "57014", "57P01", "57P02", "57P03", "57P05", "58030", "58P01",
            "XX000",
        ] {
            assert!(is_passing_on_postgres(code), "{code}");
        }
        for code in ["22001", "23505", "25P02", "0A000", "42601", "42703", "42P01", "42501"] {
            assert!(!is_passing_on_postgres(code), "{code}");
        }
    }
}
