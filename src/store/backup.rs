//! Backup: a SQLite database copied into one file while others write, and such a file looked at ([R18]).
//!
//! # Decision
//! `VACUUM INTO`, on a connection of its own, then a mark in the copy that says when it was made and how many rows each
//! table has.
//! # Because
//! It reads one state of the database, keeps nobody from writing (WAL), holds a few pages in memory and leaves a file
//! without side files. While it runs, the write-ahead log grows by what others write.
//! # Instead of
//! SQLite's online backup, which begins anew whenever another process writes, and which sqlx does not offer; or a copy of the
//! file and its log, which is whole only while nobody writes.
//!
//! [R18]: crate::rules::reliability#r18

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use jiff::Timestamp;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _, SqliteConnection,
    sqlite::SqliteConnectOptions,
};

use super::{
    Database, Store, StoreError, StoreResult, contact::DatabaseProblem, objects::StrangeObject,
    row::FromColumn as _, schema::Schema, version::SchemaMismatch,
};

/// How long somebody else who holds a file is waited for before it counts as in use.
const IN_USE_AFTER: Duration = Duration::from_millis(200);

/// How many rows each table has.
pub type TableRows = BTreeMap<String, u64>;

/// What a file made by `backup` says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFacts {
    /// The moment whose state it holds, as far as a clock tells: when the copying began.
    pub made_at: Timestamp,
    /// How many rows each table has.
    pub rows: TableRows,
    /// Migrations of this program that it lacks.
    pub missing: Vec<i64>,
}

/// Why a file cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupFlaw {
    /// It was not made by `backup`.
    #[error("no backup made by this program")]
    NotABackup,
    /// It is damaged: what the database found, or where the number of rows is another than when it was made.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A newer program made it.
    #[error("{0}")]
    Schema(SchemaMismatch),
    /// It holds what no migration makes, or lacks what one makes.
    #[error("not as the migrations make it: {0:?}")]
    Strange(Vec<StrangeObject>),
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupFlaw {
    fn of(fault: StoreError) -> Self {
        match fault.trouble() {
            DatabaseProblem::NoDatabaseFile => Self::NotABackup,
            DatabaseProblem::Damaged => Self::Damaged(fault.to_string()),
            _ => Self::Store(fault),
        }
    }
}

/// What is at the place where a SQLite database is to be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetPlace {
    /// Nothing.
    Free,
    /// An empty file, or a database without members and without a trail.
    Empty,
    /// A database with data, or another file.
    Taken,
    /// A database that a node or a command has open.
    InUse,
    /// No database, but the write-ahead log of one that was there.
    Leftover,
}

impl Store {
    /// Opens the SQLite file at the path, which has to be there.
    pub async fn open_file(path: &Path, limits: super::Limits) -> StoreResult<Self> {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(false);
        let database = super::open_sqlite(options, limits).await?;
        Ok(Self { database, limits, changes: std::sync::Arc::default() })
    }

    /// The same so that nothing in it can be changed.
    pub async fn open_file_to_read(path: &Path, limits: super::Limits) -> StoreResult<Self> {
        let options = SqliteConnectOptions::new().filename(path);
        let database = super::open_sqlite_to_read(options, limits).await?;
        Ok(Self { database, limits, changes: std::sync::Arc::default() })
    }

    /// Copies this SQLite database into an empty file, whole, and marks the copy as a backup of `now`. How many rows each
    /// table of the copy has.
    ///
    /// # Errors
    /// [`BackupFlaw::Damaged`] where the copy is not what was copied.
    pub async fn copy_into(&self, file: &str, now: Timestamp) -> Result<TableRows, BackupFlaw> {
        let Database::Sqlite { options, .. } = &self.database else { return Err(StoreError::Mixed.into()) };
        let mut source = options.connect().await.map_err(StoreError::Unreachable)?;
        let (before, counted) = (version(&mut source).await?, rows_of(&mut source).await?);
        sqlx::query("VACUUM INTO $1").bind(file).execute(&mut source).await.map_err(StoreError::from)?;
        let nobody_wrote = version(&mut source).await? == before;
        source.close().await.map_err(StoreError::from)?;
        let copy = SqliteConnectOptions::new().filename(file).create_if_missing(false).connect().await;
        let mut copy = copy.map_err(StoreError::Unreachable)?;
        let rows = rows_of(&mut copy).await?;
        if nobody_wrote && rows != counted {
            return Err(BackupFlaw::Damaged(differs(&counted, &rows)));
        }
        let told = serde_json::to_string(&rows).unwrap_or_default();
        let text = "INSERT INTO store_origin (id, backup_at, backup_rows) VALUES (1, $1, $2)
                    ON CONFLICT (id) DO UPDATE SET backup_at = excluded.backup_at, backup_rows = excluded.backup_rows";
        let mark = sqlx::query(text).bind(now.as_microsecond()).bind(told);
        mark.execute(&mut copy).await.map_err(StoreError::from)?;
        copy.close().await.map_err(StoreError::from)?;
        Ok(rows)
    }

    /// Looks at a file that is to be restored, opened to be read: whether `backup` made it, and whether it is as it was then.
    ///
    /// # Errors
    /// [`BackupFlaw`].
    pub async fn as_backup(&self) -> Result<BackupFacts, BackupFlaw> {
        let facts = self.marked().await.map_err(BackupFlaw::of)?;
        let (made_at, told) = facts.ok_or(BackupFlaw::NotABackup)?;
        let schema = self.own_objects().await?;
        let damage = self.damage().await.map_err(BackupFlaw::of)?;
        if let Some(first) = damage.into_iter().next() {
            return Err(BackupFlaw::Damaged(first));
        }
        let Database::Sqlite { options, .. } = &self.database else { return Err(StoreError::Mixed.into()) };
        let mut connection = options.connect().await.map_err(StoreError::Unreachable)?;
        let rows = rows_of(&mut connection).await.map_err(BackupFlaw::of)?;
        connection.close().await.map_err(StoreError::from)?;
        if rows != told {
            return Err(BackupFlaw::Damaged(differs(&told, &rows)));
        }
        Ok(BackupFacts { made_at, rows, missing: schema.missing() })
    }

    /// Whether this SQLite file holds what its migrations make, and nothing else. What a newer program added cannot be told
    /// from what somebody else did, so such a file needs the program that made it.
    ///
    /// # Errors
    /// [`BackupFlaw::Schema`], [`BackupFlaw::Strange`].
    pub async fn own_objects(&self) -> Result<Schema, BackupFlaw> {
        let schema = self.schema().await.map_err(BackupFlaw::of)?;
        if let Some(mismatch @ SchemaMismatch::Newer { .. }) = schema.mismatch() {
            return Err(BackupFlaw::Schema(mismatch));
        }
        if !schema.newer.is_empty() {
            let unknown = schema.newer.iter().map(|newer| newer.version).collect();
            return Err(BackupFlaw::Schema(SchemaMismatch::Newer { unknown, needed: None }));
        }
        let strange = self.strange_objects().await.map_err(BackupFlaw::of)?;
        if strange.is_empty() { Ok(schema) } else { Err(BackupFlaw::Strange(strange)) }
    }

    async fn marked(&self) -> StoreResult<Option<(Timestamp, TableRows)>> {
        if self.is_postgres() || !self.has_table("store_origin").await? {
            return Ok(None);
        }
        let mut open = self.begin_read().await?;
        let text = "SELECT backup_at, backup_rows FROM store_origin WHERE id = 1 AND backup_at IS NOT NULL";
        let marked = super::Statement::<super::Reading>::new(&mut open, text, None)
            .map(|row| Ok((Timestamp::take(row, "backup_at")?, String::take(row, "backup_rows")?)))
            .await?;
        let Some((at, rows)) = marked.into_iter().next() else { return Ok(None) };
        Ok(serde_json::from_str(&rows).ok().map(|rows| (at, rows)))
    }
}

/// What is at the place where a SQLite database is to be put. Nobody can begin to use it while this looks.
///
/// # Errors
/// The file cannot be looked at.
pub async fn place(path: &Path) -> StoreResult<TargetPlace> {
    let size = |path: &Path| fs::metadata(path).ok().map(|found| found.len());
    let Some(length) = size(path) else {
        let beside = |end: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            size(Path::new(&name)).is_some()
        };
        return Ok(if beside("-wal") || beside("-shm") { TargetPlace::Leftover } else { TargetPlace::Free });
    };
    if length == 0 {
        return Ok(TargetPlace::Empty);
    }
    // Whoever has the database open in WAL mode holds a shared lock on its file for as long.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(IN_USE_AFTER)
        .pragma("locking_mode", "EXCLUSIVE");
    let held = async {
        let mut connection = options.connect().await?;
        connection.execute("BEGIN EXCLUSIVE").await?;
        let has = |table: &str| format!("SELECT COUNT(*) FROM sqlite_schema WHERE name = '{table}'");
        let mut is_empty = true;
        for table in ["member", "audit", "audit_seal", "known_key"] {
            let there: i64 = sqlx::query_scalar(AssertSqlSafe(has(table))).fetch_one(&mut connection).await?;
            if there > 0 {
                let some = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS first");
                let some: i64 = sqlx::query_scalar(AssertSqlSafe(some)).fetch_one(&mut connection).await?;
                is_empty &= some == 0;
            }
        }
        connection.execute("ROLLBACK").await?;
        connection.close().await?;
        Ok::<bool, sqlx::Error>(is_empty)
    };
    match held.await.map_err(StoreError::from) {
        Ok(true) => Ok(TargetPlace::Empty),
        Ok(false) => Ok(TargetPlace::Taken),
        Err(fault) => match fault.trouble() {
            DatabaseProblem::Locked => Ok(TargetPlace::InUse),
            DatabaseProblem::NoDatabaseFile | DatabaseProblem::Damaged => Ok(TargetPlace::Taken),
            _ => Err(fault),
        },
    }
}

/// What SQLite counts up when another connection has written.
async fn version(connection: &mut SqliteConnection) -> StoreResult<i64> {
    Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await?)
}

async fn rows_of(connection: &mut SqliteConnection) -> StoreResult<TableRows> {
    let text =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut rows = TableRows::new();
    for row in connection.fetch_all(text).await? {
        let table: String = row.try_get("name")?;
        let count = format!("SELECT COUNT(*) FROM \"{}\"", table.replace('"', "\"\""));
        let counted: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        rows.insert(table, u64::try_from(counted).unwrap_or(0));
    }
    Ok(rows)
}

/// The first table with another number of rows.
fn differs(told: &TableRows, found: &TableRows) -> String {
    let differs = |table: &&String| told.get(*table) != found.get(*table);
    let table = told.keys().chain(found.keys()).find(differs).map(String::as_str).unwrap_or_default();
    let shown = |rows: &TableRows| rows.get(table).copied().unwrap_or(0);
    format!("{table}: {} rows instead of {}", shown(found), shown(told))
}
