//! Schema: the migrations compiled into this program, whether the database has them, and which programs may run on it.
//!
//! # Decision
//! A migration adds what older programs do not need; a later one removes (D43). The first lines of each file name the
//! oldest program that may go on beside it: `-- Oldest program beside it: 0.2.0`. `migrate up` keeps that beside the
//! database's migrations, before it applies them.
//! # Because
//! `migrate up` runs first, then the nodes are replaced one by one: meanwhile older programs meet a schema they do not
//! know. They cannot read the new program's files, so the database has to tell them.
//! # Instead of
//! Comparing strictly, as programs before 0.2.0 do: then every upgrade is a pause.

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
    error::DatabaseError,
    migrate::{Migrate, MigrateError, Migration, Migrator},
};
use tokio::time::sleep;

use super::{
    Database, Store, StoreError, StoreResult,
    row::FromRow,
    sql::{Reading, Statement, Write},
};

pub use super::version::{SchemaMismatch, Version};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Begins the line of a migration's file that names the oldest program.
pub const OLDEST: &str = "-- Oldest program beside it: ";

/// The oldest program that may go on beside a migration, as its text says; a text that does not say it admits no older
/// program than the one it came with.
pub fn oldest_beside(text: &str) -> Version {
    let named = text.lines().take(5).find_map(|line| line.strip_prefix(OLDEST));
    named.and_then(Version::parse).unwrap_or_else(Version::own)
}

/// A migration the database has and this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewerMigration {
    /// The number of the migration.
    pub version: i64,
    /// The oldest program that may go on beside it; `None` where the program that applied it kept no such thing.
    pub oldest: Option<Version>,
}

/// A migration of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMigration {
    /// Its number.
    pub version: i64,
    /// What its file is called.
    pub name: String,
    /// The oldest program that may go on beside it.
    pub oldest: Version,
}

/// The migrations of this program for the database of that address, whether or not it is there.
pub fn known(url: &str) -> Vec<KnownMigration> {
    let migrator = if url.starts_with("sqlite:") { &SQLITE } else { &POSTGRES };
    let known = |migration: &Migration| KnownMigration {
        version: migration.version,
        name: migration.description.to_string(),
        oldest: oldest_beside(migration.sql.as_str()),
    };
    migrator.iter().map(known).collect()
}

/// Where the database stands against this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Migrations of this program: version and description.
    pub known: Vec<(i64, String)>,
    /// Versions the database has.
    pub applied: Vec<i64>,
    /// Those of them that this program does not know.
    pub newer: Vec<NewerMigration>,
}

impl Schema {
    /// Versions that `migrate up` would apply.
    pub fn missing(&self) -> Vec<i64> {
        self.known.iter().map(|(version, _)| *version).filter(|v| !self.applied.contains(v)).collect()
    }

    /// Whether the service may run on it: nothing this program needs is missing, and whatever is there beside it lets
    /// this program go on.
    pub fn matches(&self) -> bool {
        self.mismatch().is_none()
    }

    /// Why the service may not run on it.
    pub fn mismatch(&self) -> Option<SchemaMismatch> {
        let missing = self.missing();
        let beyond = |newer: &&NewerMigration| newer.oldest.is_none_or(|oldest| oldest > Version::own());
        let beyond: Vec<&NewerMigration> = self.newer.iter().filter(beyond).collect();
        if !beyond.is_empty() {
            let needed = beyond.iter().try_fold(Version::own(), |most, newer| Some(most.max(newer.oldest?)));
            return Some(SchemaMismatch::Newer {
                unknown: beyond.iter().map(|newer| newer.version).collect(),
                needed,
            });
        }
        (!missing.is_empty()).then_some(SchemaMismatch::Older { missing })
    }
}

/// sqlx's own list of what was applied, and beside it what older programs are told.
const APPLIED: &str = "_sqlx_migrations";
/// One row for each migration, written before it is applied: the oldest program beside it.
pub const BESIDE: &str = "_migration_beside";

impl Store {
    fn migrator(&self) -> &'static Migrator {
        match self.database {
            Database::Sqlite { .. } => &SQLITE,
            Database::Postgres { .. } => &POSTGRES,
        }
    }

    /// Reads what is no tenant's.
    pub(super) async fn ask<T: FromRow>(
        &self,
        text: &'static str,
        named: Option<&str>,
    ) -> StoreResult<Vec<T>> {
        let mut open = self.begin_read().await?;
        let statement = Statement::<Reading>::new(&mut open, text, None);
        match named {
            Some(name) => statement.bind(name).all().await,
            None => statement.all().await,
        }
    }

    /// Without that right PostgreSQL shows no table, as if there were none.
    async fn may_use_a_schema(&self) -> StoreResult<()> {
        let Database::Postgres { .. } = self.database else { return Ok(()) };
        let may = self.ask::<(bool,)>("SELECT current_schema() IS NOT NULL AS may", None).await?;
        if may.first().is_some_and(|(may,)| *may) { Ok(()) } else { Err(StoreError::NoSchema) }
    }

    pub(super) async fn has_table(&self, name: &'static str) -> StoreResult<bool> {
        let text = match self.database {
            Database::Sqlite { .. } => {
                "SELECT COUNT(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1"
            }
            Database::Postgres { .. } => "SELECT to_regclass($1) IS NOT NULL",
        };
        Ok(self.ask(text, Some(name)).await?.first().is_some_and(|(is_there,): &(bool,)| *is_there))
    }

    /// What the database finds wrong with its own file. PostgreSQL is asked nothing: its checks are the operator's.
    ///
    /// # Errors
    /// The database failed.
    pub async fn damage(&self) -> StoreResult<Vec<String>> {
        match self.database {
            Database::Sqlite { .. } => {
                let text = "SELECT integrity_check FROM pragma_integrity_check
                             WHERE integrity_check <> 'ok'
                             UNION ALL
                            SELECT 'foreign key of ' || \"table\" || ', row ' || rowid FROM pragma_foreign_key_check
                             LIMIT 100";
                Ok(self.ask(text, None).await?.into_iter().map(|(said,): (String,)| said).collect())
            }
            Database::Postgres { .. } => Ok(Vec::new()),
        }
    }

    /// Lifts the triggers that keep rows of the trail and its seals from being removed, in this transaction only, which
    /// has to put them back: what is returned, given to [`Store::put_back`]. Only the tables' owner may.
    ///
    /// # Errors
    /// The database failed, or the role does not own the tables.
    pub async fn lift(&self, tx: &mut Write) -> StoreResult<Vec<String>> {
        match self.database {
            Database::Sqlite { .. } => {
                let triggers = tx
                    .plain(
                        "SELECT name, sql FROM sqlite_master
                          WHERE type = 'trigger' AND name IN ('audit_is_append_only_delete',
                                                              'audit_seal_is_append_only_delete')",
                    )
                    .map(|row| Ok((row.get::<String>("name")?, row.get::<String>("sql")?)))
                    .await?;
                for (name, _) in &triggers {
                    tx.plain(format!("DROP TRIGGER {name}")).run().await?;
                }
                Ok(triggers.into_iter().map(|(_, sql)| sql).collect())
            }
            Database::Postgres { .. } => {
                let mut back = Vec::new();
                for (table, trigger) in
                    [("audit", "audit_is_append_only"), ("audit_seal", "audit_seal_is_append_only")]
                {
                    tx.plain(format!("ALTER TABLE {table} DISABLE TRIGGER {trigger}")).run().await?;
                    back.push(format!("ALTER TABLE {table} ENABLE TRIGGER {trigger}"));
                }
                Ok(back)
            }
        }
    }

    /// Puts back what [`Store::lift`] lifted.
    ///
    /// # Errors
    /// The database failed: the transaction must not be committed.
    pub async fn put_back(&self, tx: &mut Write, triggers: Vec<String>) -> StoreResult<()> {
        for text in triggers {
            tx.plain(text).run().await?;
        }
        Ok(())
    }

    /// Compares the database with this program. Writes nothing.
    pub async fn schema(&self) -> StoreResult<Schema> {
        let known: Vec<(i64, String)> =
            self.migrator().iter().map(|m| (m.version, m.description.to_string())).collect();
        let mut schema = Schema { known, applied: Vec::new(), newer: Vec::new() };
        if !self.has_table(APPLIED).await? {
            self.may_use_a_schema().await?;
            return Ok(schema);
        }
        let text = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
        schema.applied = self.ask(text, None).await?.into_iter().map(|(version,): (i64,)| version).collect();
        let unknown = |version: &i64| !schema.known.iter().any(|(known, _)| known == version);
        let newer: Vec<i64> = schema.applied.iter().copied().filter(unknown).collect();
        if newer.is_empty() {
            return Ok(schema);
        }
        let told: Vec<(i64, String)> = if self.has_table(BESIDE).await? {
            let mut open = self.begin_read().await?;
            Statement::<Reading>::new(&mut open, "SELECT version, oldest FROM _migration_beside", None)
                .map(|row| Ok((row.get("version")?, row.get("oldest")?)))
                .await?
        } else {
            Vec::new()
        };
        let oldest = |version: i64| {
            told.iter().find(|(told, _)| *told == version).and_then(|(_, oldest)| Version::parse(oldest))
        };
        schema.newer =
            newer.into_iter().map(|version| NewerMigration { version, oldest: oldest(version) }).collect();
        Ok(schema)
    }

    /// Brings the database to this program's schema; does nothing when it is there already. Where the database is newer
    /// and lets this program go on, nothing is changed either; one that does not is a [`StoreError::Schema`].
    pub async fn migrate(&self) -> StoreResult<()> {
        let schema = self.schema().await?;
        if let Some(mismatch @ SchemaMismatch::Newer { .. }) = schema.mismatch() {
            return Err(StoreError::Schema(mismatch));
        }
        self.apply(self.migrator()).await
    }

    /// Applies what the database lacks of these migrations, beside nodes that serve: on PostgreSQL a migration that does
    /// not get its tables at once gives them back and begins anew, so that no request waits long or is given up for it.
    ///
    /// # Errors
    /// The database failed, or its tables were in use for minutes.
    pub async fn apply(&self, migrator: &Migrator) -> StoreResult<()> {
        // A connection of its own: no statement of a migration is too slow, and whatever it holds ends with it.
        match &self.database {
            Database::Sqlite { options, .. } => {
                let mut connection = options.connect().await.map_err(StoreError::Unreachable)?;
                let done = migrate_sqlite(&mut connection, migrator).await;
                let _ = connection.close().await;
                done
            }
            Database::Postgres { options, .. } => {
                let mut connection = options.connect().await.map_err(StoreError::Unreachable)?;
                let done = migrate_postgres(&mut connection, migrator).await;
                let _ = connection.close().await;
                done
            }
        }
    }
}

/// The migrator of this program, content with migrations of a newer one.
fn pending(migrator: &Migrator) -> Migrator {
    Migrator { ignore_missing: true, ..Migrator::with_migrations(migrator.migrations.to_vec()) }
}

async fn migrate_sqlite(connection: &mut SqliteConnection, migrator: &Migrator) -> StoreResult<()> {
    sqlx::query(TABLE).execute(&mut *connection).await?;
    for migration in migrator.iter() {
        sqlx::query(AssertSqlSafe(beside(migration))).execute(&mut *connection).await?;
    }
    connection.ensure_migrations_table(APPLIED).await?;
    pending(migrator).run(&mut *connection).await?;
    Ok(())
}

/// How long a migration waits for a table, in milliseconds. Whoever asks for that table meanwhile waits behind it. Less than
/// the second after which PostgreSQL looks for deadlocks, of which it would end one side: never a request, for a migration.
const LOCK_WAIT_MS: u32 = 500;
/// How often a migration begins anew, and how long it leaves its tables to the requests between.
const TRIES: u32 = 240;
const REST: Duration = Duration::from_millis(250);

/// Whether a migration did not get a table, or would have waited for ever.
fn met_requests(fault: &MigrateError) -> bool {
    let (MigrateError::Execute(fault) | MigrateError::ExecuteMigration(fault, _)) = fault else {
        return false;
    };
    let code = fault.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == "55P03" || code == "40P01")
}

/// The texts of those of this program's migrations for PostgreSQL that have these numbers, in their order.
pub(super) fn postgres_texts(versions: &[i64]) -> impl Iterator<Item = &'static str> {
    POSTGRES
        .iter()
        .filter(|migration| versions.contains(&migration.version))
        .map(|migration| migration.sql.as_str())
}

/// Applies those of this program's migrations to an empty SQLite database that have these numbers.
pub(super) async fn apply(connection: &mut SqliteConnection, versions: &[i64]) -> StoreResult<()> {
    let of = SQLITE.iter().filter(|migration| versions.contains(&migration.version)).cloned().collect();
    sqlx::query(TABLE).execute(&mut *connection).await?;
    Migrator::with_migrations(of).run(&mut *connection).await?;
    Ok(())
}

async fn migrate_postgres(connection: &mut PgConnection, migrator: &Migrator) -> StoreResult<()> {
    sqlx::query("SET statement_timeout = 0").execute(&mut *connection).await?;
    // Two that begin at once: the second waits and finds nothing to do.
    sqlx::query("SELECT pg_advisory_lock(7230195521184)").execute(&mut *connection).await?;
    sqlx::query(TABLE).execute(&mut *connection).await?;
    for migration in migrator.iter() {
        sqlx::query(AssertSqlSafe(beside(migration))).execute(&mut *connection).await?;
    }
    sqlx::query(AssertSqlSafe(format!("SET lock_timeout = {LOCK_WAIT_MS}")))
        .execute(&mut *connection)
        .await?;
    let mut tries = 0;
    loop {
        tries += 1;
        match pending(migrator).run(&mut *connection).await {
            Ok(()) => return Ok(()),
            Err(fault) if met_requests(&fault) && tries < TRIES => sleep(REST).await,
            Err(fault) => return Err(fault.into()),
        }
    }
}

const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS _migration_beside (version BIGINT PRIMARY KEY, oldest TEXT NOT NULL)";

/// What is kept about a migration. It is a number and a version: nothing that could be no SQL.
fn beside(migration: &Migration) -> String {
    let oldest = oldest_beside(migration.sql.as_str());
    format!(
        "INSERT INTO _migration_beside (version, oldest) VALUES ({}, '{oldest}') ON CONFLICT (version) DO NOTHING",
        migration.version
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("0.10.0") > version("0.9.9") && version("1.0.0") > version("0.99.99"));
        for text in ["", "1", "1.2", "1.2.x", "1.2.3.4", "v1.2.3"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_migration_that_does_not_say_admits_no_older_program() {
        assert_eq!(
            oldest_beside("-- What.\n-- Oldest program beside it: 0.1.5\nSELECT 1"),
            Version::parse("0.1.5").unwrap()
        );
        assert_eq!(oldest_beside("SELECT 1"), Version::own());
    }
}
