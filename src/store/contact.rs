//! Contact: what is the matter with a database, for whoever has to mend it.

use std::io;

use sqlx::postgres::PgDatabaseError;

use super::Fault;

/// What is the matter with a database, as far as an operator can do something about it.
#[derive(Debug)]
pub enum Trouble<'a> {
    /// It cannot be reached.
    Network(&'a io::Error),
    /// It says nothing.
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
    /// It is damaged.
    Damaged,
    /// The disk is full.
    NoSpace,
    /// It was migrated by other files.
    Migration,
    /// Something else.
    Other,
}

impl Fault {
    /// What is the matter.
    pub fn trouble(&self) -> Trouble<'_> {
        match self {
            Self::Database(fault)
            | Self::Unreachable(fault)
            | Self::Migration(
                sqlx::migrate::MigrateError::Execute(fault)
                | sqlx::migrate::MigrateError::ExecuteMigration(fault, _),
            ) => of_sqlx(fault),
            Self::Silent(_) => Trouble::Silent,
            Self::Crowded(_) => Trouble::Locked,
            Self::Migration(_) => Trouble::Migration,
            Self::UnknownUrl => Trouble::Address,
            _ => Trouble::Other,
        }
    }
}

fn of_sqlx(fault: &sqlx::Error) -> Trouble<'_> {
    match fault {
        sqlx::Error::Io(cause) => Trouble::Network(cause),
        sqlx::Error::PoolTimedOut => Trouble::Silent,
        sqlx::Error::Tls(_) => Trouble::Encryption,
        sqlx::Error::Configuration(_) => Trouble::Address,
        sqlx::Error::Database(told) => match told.code().as_deref() {
            Some(code) if told.try_downcast_ref::<PgDatabaseError>().is_some() => of_postgres(code),
            Some(code) => of_sqlite(code),
            None => Trouble::Other,
        },
        _ => Trouble::Other,
    }
}

/// PostgreSQL's codes: appendix A of its manual.
fn of_postgres(code: &str) -> Trouble<'static> {
    match code {
        "28P01" | "28000" => Trouble::Password,
        "3D000" => Trouble::NoDatabase,
        "53300" => Trouble::Full,
        "57P01" | "57P02" | "57P03" => Trouble::Starting,
        "42501" => Trouble::Forbidden,
        "25006" => Trouble::ReadOnly,
        "53100" => Trouble::NoSpace,
        "55P03" => Trouble::Locked,
        "XX001" | "XX002" => Trouble::Damaged,
        _ => Trouble::Other,
    }
}

/// SQLite's result codes; the lowest eight bits of an extended one are the primary one.
fn of_sqlite(code: &str) -> Trouble<'static> {
    match code.parse::<u32>().unwrap_or_default() & 0xff {
        5 | 6 => Trouble::Locked,
        8 => Trouble::ReadOnly,
        11 => Trouble::Damaged,
        13 => Trouble::NoSpace,
        14 | 23 => Trouble::CannotOpen,
        26 => Trouble::NoDatabaseFile,
        _ => Trouble::Other,
    }
}
