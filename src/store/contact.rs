//! Contact: what is the matter with a database, for whoever has to mend it.

use std::io;

use sqlx::postgres::PgDatabaseError;

use super::StoreError;

/// What is the matter with a database, as far as an operator can do something about it.
#[derive(Debug)]
pub enum DatabaseProblem<'a> {
    /// It cannot be reached.
    Network(&'a io::Error),
    /// It does not answer.
    Silent,
    /// It is starting up or shutting down.
    Starting,
    /// It takes no more connections.
    Full,
    /// It refuses user or password.
    Password,
    /// It has no database of that name.
    NoDatabase,
    /// No encryption could be agreed on.
    Encryption,
    /// The user may not do that.
    Forbidden,
    /// The address cannot be read.
    Address,
    /// The file is something else.
    NoDatabaseFile,
    /// The file cannot be opened.
    CannotOpen,
    /// It can be read and not written.
    ReadOnly,
    /// Somebody else holds it.
    Locked,
    /// Its file is damaged.
    Damaged,
    /// Its file was deleted or replaced while it was open.
    Replaced,
    /// The disk is full.
    NoSpace,
    /// The disk does not read or write.
    Disk,
    /// It did not say whether a commit happened.
    Unsure,
    /// It was migrated by other files.
    Migration,
    /// Something else is the matter.
    Other,
}

impl StoreError {
    /// What is the matter.
    pub fn trouble(&self) -> DatabaseProblem<'_> {
        match self {
            Self::Database(fault)
            | Self::Unreachable(fault)
            | Self::Migration(
                sqlx::migrate::MigrateError::Execute(fault)
                | sqlx::migrate::MigrateError::ExecuteMigration(fault, _),
            ) => of_sqlx(fault),
            Self::Silent(_) => DatabaseProblem::Silent,
            Self::FileReplaced => DatabaseProblem::Replaced,
            Self::Unsure(_) => DatabaseProblem::Unsure,
            Self::NoConnectionFree(_) => DatabaseProblem::Locked,
            Self::Migration(_) => DatabaseProblem::Migration,
            Self::UnknownUrl => DatabaseProblem::Address,
            Self::NoSchema => DatabaseProblem::Forbidden,
            _ => DatabaseProblem::Other,
        }
    }
}

fn of_sqlx(fault: &sqlx::Error) -> DatabaseProblem<'_> {
    match fault {
        sqlx::Error::Io(cause) => DatabaseProblem::Network(cause),
        sqlx::Error::PoolTimedOut => DatabaseProblem::Silent,
        sqlx::Error::Tls(_) => DatabaseProblem::Encryption,
        sqlx::Error::Configuration(_) => DatabaseProblem::Address,
        sqlx::Error::Database(told) => match told.code().as_deref() {
            Some(code) if told.try_downcast_ref::<PgDatabaseError>().is_some() => of_postgres(code),
            Some(code) => of_sqlite(code),
            None => DatabaseProblem::Other,
        },
        _ => DatabaseProblem::Other,
    }
}

/// PostgreSQL's codes: appendix A of its manual.
fn of_postgres(code: &str) -> DatabaseProblem<'static> {
    match code {
        "28P01" | "28000" => DatabaseProblem::Password,
        "3D000" => DatabaseProblem::NoDatabase,
        "53300" => DatabaseProblem::Full,
        "57P01" | "57P02" | "57P03" => DatabaseProblem::Starting,
        "42501" => DatabaseProblem::Forbidden,
        "25006" => DatabaseProblem::ReadOnly,
        "53100" => DatabaseProblem::NoSpace,
        "58030" => DatabaseProblem::Disk,
        "55P03" => DatabaseProblem::Locked,
        "XX001" | "XX002" => DatabaseProblem::Damaged,
        _ => DatabaseProblem::Other,
    }
}

/// SQLite's result codes; the lowest eight bits of an extended one are the primary one.
fn of_sqlite(code: &str) -> DatabaseProblem<'static> {
    match code.parse::<u32>().unwrap_or_default() & 0xff {
        5 | 6 => DatabaseProblem::Locked,
        8 => DatabaseProblem::ReadOnly,
        10 => DatabaseProblem::Disk,
        11 => DatabaseProblem::Damaged,
        13 => DatabaseProblem::NoSpace,
        14 | 23 => DatabaseProblem::CannotOpen,
        26 => DatabaseProblem::NoDatabaseFile,
        _ => DatabaseProblem::Other,
    }
}
