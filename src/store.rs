//! What is **remembered**: SQL once, for SQLite and PostgreSQL.
//!
//! [`Store::tenant`] gives reads and transactions that own a tenant's slug; there is no public pool. The one exception
//! is [`Store::everywhere`], for housekeeping across unions. No wait is without an end: [`Limits`].

use std::{borrow::Cow, str::FromStr as _, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::time::timeout;

pub mod backup;
pub mod changes;
pub mod column;
pub mod contact;
pub mod everywhere;
pub mod fault;
mod file;
pub mod kept;
pub mod limits;
pub mod objects;
mod open;
mod origin;
mod pool;
mod row;
pub mod schema;
pub mod sql;
pub mod tally;
mod version;

pub mod attempt;
pub mod audit;
pub mod chain;
pub mod closing;
pub mod desk;
pub mod epoch;
pub mod erase;
pub mod erase_member;
pub mod export;
pub mod former;
pub mod held;
pub mod import;
pub mod invariants;
pub mod known_browser;
pub mod lease;
pub mod lockout;
pub mod look;
pub mod member;
pub mod membership;
pub mod one_time;
pub mod outbox;
pub mod passkey;
pub mod password;
pub mod preview;
pub mod purge;
pub mod recovery;
pub mod roster;
pub mod search;
pub mod session;
pub mod sso;
pub mod terms;
pub mod totp;
pub mod undo;

pub use everywhere::Everywhere;
pub use fault::{StoreError, StoreResult};
pub use limits::Limits;
pub use sql::{Read, Write};

use crate::{domain::tenant::TenantSlug, metrics::page::PoolState};
use changes::Changes;
use file::DatabaseFile;
use open::{Link, OpenConnection, TransactionKind};
use pool::Pool;
use row::FromRow;
use sql::{Reading, Statement};

/// A little longer than the pause between two looks at a lock of whoever has waited less than so long, by SQLite's busy
/// handler: it looks again after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50 and then each 100 ms.
const SQLITE_LOOKS_AGAIN: [(Duration, Duration); 3] = [
    (Duration::from_millis(128), Duration::from_millis(30)),
    (Duration::from_millis(178), Duration::from_millis(60)),
    (Duration::MAX, Duration::from_millis(110)),
];
/// Pages of the write-ahead log after which they are taken over into the file, 16 MiB: at SQLite's usual 1,000, a page that
/// every request writes is taken over, and waited for, four times as often.
const SQLITE_CHECKPOINT: &str = "4000";
/// Pages that a connection keeps, as SQLite's `cache_size`: 1 MiB, of which there are five. What is not there the system has.
const SQLITE_CACHE: &str = "-1024";
/// Connections that write to SQLite: it has one writer.
const SQLITE_WRITERS: u32 = 1;
/// How a transaction begins on SQLite: reading and then writing never fails half-way, and what is acknowledged is on the disk.
/// Each says so itself, so that none goes by what the one before it said.
const BEGIN_SYNCED: &str = "PRAGMA synchronous = FULL; BEGIN IMMEDIATE";
/// The same, where the disk is waited for by whatever is committed next.
const BEGIN_UNSYNCED: &str = "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE";
/// As the first, for work that requests do not wait for, with 16 MiB of pages until the connection is closed: with few, a
/// transaction of an import writes pages out and reads them again before it ends.
const BEGIN_BATCH: &str = "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; BEGIN IMMEDIATE";
/// Connections that read from SQLite.
const SQLITE_READERS: u32 = 4;
/// The most connections to PostgreSQL that are open at once.
const POSTGRES: u32 = 16;

/// The database behind the portal. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
    limits: Limits,
    changes: Arc<Changes>,
}

#[derive(Debug, Clone)]
enum Database {
    /// One writing connection, because SQLite has one writer; a few that only read.
    Sqlite {
        read: Pool<SqliteConnection>,
        write: Pool<SqliteConnection>,
        options: SqliteConnectOptions,
        /// Absent for a database in memory.
        file: Option<Arc<DatabaseFile>>,
    },
    /// Connections that only read outside a transaction that says otherwise.
    Postgres { pool: Pool<PgConnection>, options: PgConnectOptions, statement: Duration, read_only: bool },
}

impl Store {
    /// Opens the database at `url` (`sqlite:…` creates the file). Migrations are [`schema`]'s.
    pub async fn open(url: &str) -> StoreResult<Self> {
        Self::open_with(url, Limits::REQUESTS).await
    }

    /// The same, with other limits than those of requests.
    pub async fn open_with(url: &str, limits: Limits) -> StoreResult<Self> {
        let database = match kind(url)? {
            DatabaseKind::Sqlite => open_sqlite(SqliteConnectOptions::from_str(url)?, limits).await?,
            DatabaseKind::Postgres => open_postgres(url, limits, false).await?,
        };
        Ok(Self { database, limits, changes: Arc::default() })
    }

    /// Opens the database at `url` so that nothing in it can be changed, not even by SQLite tidying up after a crash.
    /// SQLite may leave its empty side files. Fails when there is no database.
    pub async fn open_to_read(url: &str) -> StoreResult<Self> {
        let limits = Limits::REQUESTS;
        let database = match kind(url)? {
            DatabaseKind::Sqlite => open_sqlite_to_read(SqliteConnectOptions::from_str(url)?, limits).await?,
            DatabaseKind::Postgres => open_postgres(url, limits, true).await?,
        };
        Ok(Self { database, limits, changes: Arc::default() })
    }

    /// The same database with other limits: the connections are shared.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { database: self.database.clone(), limits, changes: Arc::clone(&self.changes) }
    }

    /// How long anything waits for the database.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What was written through this store and its clones.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Reads and writes of one tenant's rows.
    pub fn tenant(&self, slug: &TenantSlug) -> TenantStore<'_> {
        TenantStore { store: self, slug: slug.clone() }
    }

    /// The loud exception: housekeeping across unions.
    pub fn everywhere(&self) -> Everywhere<'_> {
        Everywhere::new(self)
    }

    /// Lets others write, between two short transactions of a long piece of work. Who waits for SQLite's one writer in
    /// another process looks again every 0.1 s at most (`sqlite3_busy_timeout`), and would hardly ever find it free.
    pub async fn let_others_write(&self) {
        self.let_others_write_after(Duration::MAX).await;
    }

    /// The same after a transaction that kept them waiting for so long: who waited through a short one looks again soon.
    pub async fn let_others_write_after(&self, held: Duration) {
        if matches!(self.database, Database::Sqlite { .. }) {
            let pause = SQLITE_LOOKS_AGAIN.iter().find(|(waited, _)| held <= *waited);
            tokio::time::sleep(pause.map_or(Duration::ZERO, |(_, pause)| *pause)).await;
        }
    }

    /// The pools of connections: how many are in use, and what was counted.
    pub fn pools(&self) -> Vec<PoolState> {
        match &self.database {
            Database::Sqlite { read, write, .. } => vec![read.state("read"), write.state("write")],
            Database::Postgres { pool, .. } => vec![pool.state("all")],
        }
    }

    /// Closes every connection once it is given back.
    pub async fn close(&self) {
        match &self.database {
            Database::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Database::Postgres { pool, .. } => pool.close().await,
        }
    }

    /// Reads. Each statement is a transaction of its own; but on PostgreSQL a limit above the connection's own can only
    /// be set inside one.
    async fn begin_read(&self) -> StoreResult<OpenConnection> {
        let limits = self.limits;
        match &self.database {
            Database::Sqlite { read, file, .. } => {
                Ok(OpenConnection::alone(of_sqlite(read, file.as_ref(), limits).await?, limits))
            }
            Database::Postgres { pool, statement, .. } => {
                let link = Link::Postgres(pool.acquire(limits.acquire).await?);
                if limits.statement <= *statement {
                    return Ok(OpenConnection::alone(link, limits));
                }
                OpenConnection::begin(link, limits, TransactionKind::Read, patient("BEGIN READ ONLY", limits))
                    .await
            }
        }
    }

    /// Reads that all see the database as it was at the first of them.
    async fn begin_snapshot(&self) -> StoreResult<OpenConnection> {
        let limits = self.limits;
        let (link, begin) = match &self.database {
            Database::Sqlite { read, file, .. } => {
                (of_sqlite(read, file.as_ref(), limits).await?, Cow::Borrowed("BEGIN"))
            }
            Database::Postgres { pool, statement, .. } => {
                let link = Link::Postgres(pool.acquire(limits.acquire).await?);
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                (link, if limits.statement <= *statement { begin.into() } else { patient(begin, limits) })
            }
        };
        OpenConnection::begin(link, limits, TransactionKind::Read, begin).await
    }

    async fn begin_write(&self) -> StoreResult<OpenConnection> {
        self.begin_write_with(if self.limits == Limits::BATCH { BEGIN_BATCH } else { BEGIN_SYNCED }).await
    }

    /// `begin`: what begins it on SQLite.
    async fn begin_write_with(&self, begin: &'static str) -> StoreResult<OpenConnection> {
        let limits = self.limits;
        let open = match &self.database {
            Database::Sqlite { write, file, .. } => {
                let link = of_sqlite(write, file.as_ref(), limits).await?;
                OpenConnection::announced(link, limits, begin).into_file(file.clone())
            }
            Database::Postgres { pool, statement, read_only, .. } => {
                let link = Link::Postgres(pool.acquire(limits.acquire).await?);
                let begin = if *read_only { "BEGIN READ ONLY" } else { "BEGIN READ WRITE" };
                let begin =
                    if limits.statement <= *statement { begin.into() } else { patient(begin, limits) };
                OpenConnection::begin(link, limits, TransactionKind::Write, begin).await?
            }
        };
        Ok(open.marking(&self.changes))
    }
}

impl Store {
    /// Whether the database has a clock of its own: SQLite has the machine's.
    pub fn has_clock(&self) -> bool {
        matches!(self.database, Database::Postgres { .. })
    }

    /// What the database's own clock says. `None` for SQLite, which has the machine's.
    pub async fn time(&self) -> StoreResult<Option<jiff::Timestamp>> {
        let limits = self.limits;
        match &self.database {
            Database::Sqlite { .. } => Ok(None),
            Database::Postgres { pool, .. } => {
                let link = Link::Postgres(pool.acquire(limits.acquire).await?);
                let (now,): (jiff::Timestamp,) = ask(link, limits, "SELECT clock_timestamp() AS now").await?;
                Ok(Some(now))
            }
        }
    }

    /// Runs one statement without arguments in a transaction of its own, in one exchange with the database.
    async fn write_at_once(&self, text: &'static str) -> StoreResult<()> {
        let limits = self.limits;
        let (link, text, file) = match &self.database {
            Database::Sqlite { write, file, .. } => {
                let text = Cow::Owned(format!("PRAGMA synchronous = FULL; {text}"));
                (of_sqlite(write, file.as_ref(), limits).await?, text, file.as_ref())
            }
            Database::Postgres { pool, .. } => {
                let link = Link::Postgres(pool.acquire(limits.acquire).await?);
                (link, Cow::Owned(format!("BEGIN READ WRITE; {text}; COMMIT")), None)
            }
        };
        OpenConnection::write_at_once(link, limits, text).await?;
        file.map_or(Ok(()), |file| file.keeps_what_was_committed())
    }
}

/// A connection to the file that the path still leads to.
async fn of_sqlite(
    pool: &Pool<SqliteConnection>,
    file: Option<&Arc<DatabaseFile>>,
    limits: Limits,
) -> StoreResult<Link> {
    let is_the_same = || file.map_or(Ok(()), |file| file.is_the_same());
    is_the_same()?;
    let link = Link::Sqlite(pool.acquire(limits.acquire).await?);
    // It may have waited, or have been made just now.
    is_the_same()?;
    Ok(link)
}

/// Begins a transaction in which PostgreSQL waits as long as we do.
fn patient(begin: &str, limits: Limits) -> Cow<'static, str> {
    let statement = limits.statement_on_server().as_millis();
    let idle = limits.statement.as_millis();
    format!(
        "{begin}; SET LOCAL statement_timeout = {statement}; \
         SET LOCAL idle_in_transaction_session_timeout = {idle}"
    )
    .into()
}

/// Reads and writes of one tenant's rows.
#[derive(Debug)]
pub struct TenantStore<'s> {
    store: &'s Store,
    slug: TenantSlug,
}

impl TenantStore<'_> {
    /// What reads are made with: each statement by itself, without a transaction.
    pub async fn read(&self) -> StoreResult<Read> {
        Ok(Read { open: self.store.begin_read().await?, tenant: self.slug.clone() })
    }

    /// Reads that all see the database as it was at the first of them. For whoever compares many rows with one another; a
    /// page of the portal never waits for it.
    pub async fn snapshot(&self) -> StoreResult<Read> {
        Ok(Read { open: self.store.begin_snapshot().await?, tenant: self.slug.clone() })
    }

    /// A transaction that may write. Argon2 and mail never run while one is open: SQLite has one writer.
    pub async fn write(&self) -> StoreResult<Write> {
        Ok(Write::over(Read { open: self.store.begin_write().await?, tenant: self.slug.clone() }))
    }

    /// The same, and a power cut may forget it, whole, until something else is committed after it: only for what is worth
    /// nothing by itself, and whose use is committed as everything else is (R11). On PostgreSQL as any other.
    pub async fn write_unsynced(&self) -> StoreResult<Write> {
        let open = self.store.begin_write_with(BEGIN_UNSYNCED).await?;
        Ok(Write::over(Read { open, tenant: self.slug.clone() }))
    }
}

/// Which database an address names.
enum DatabaseKind {
    Sqlite,
    Postgres,
}

fn kind(url: &str) -> StoreResult<DatabaseKind> {
    if url.starts_with("sqlite:") {
        Ok(DatabaseKind::Sqlite)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(DatabaseKind::Postgres)
    } else {
        Err(StoreError::UnknownUrl)
    }
}

async fn open_sqlite_to_read(options: SqliteConnectOptions, limits: Limits) -> StoreResult<Database> {
    let options = options.create_if_missing(false).read_only(true).busy_timeout(limits.statement_on_server());
    let pool = Pool::new(options.clone(), 1);
    drop(pool.acquire(limits.acquire).await?);
    let file = DatabaseFile::opened(options.get_filename()).map(Arc::new);
    Ok(Database::Sqlite { read: pool.clone(), write: pool, options, file })
}

async fn open_sqlite(options: SqliteConnectOptions, limits: Limits) -> StoreResult<Database> {
    let options = options
        // Once it is open, a file that is not there is lost, and no connection may make an empty one in its place.
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // WAL with NORMAL may forget acknowledged commits when power fails.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", SQLITE_CACHE)
        .busy_timeout(limits.statement_on_server());
    if !options.get_filename().exists() {
        let made = timeout(limits.acquire, options.clone().create_if_missing(true).connect()).await;
        let made = made.map_err(|_| StoreError::Silent(limits.acquire))?;
        made.map_err(StoreError::Unreachable)?.close().await?;
    }
    // What an INSERT of many rows changed is kept in memory, in case it fails half-way: else SQLite writes a file for each.
    let writing = options.clone().pragma("temp_store", "MEMORY");
    let writing = writing.pragma("wal_autocheckpoint", SQLITE_CHECKPOINT);
    // What is erased is overwritten in the file once the log is taken over, and does not lie in its free pages until they
    // are used again.
    let writing = writing.pragma("secure_delete", "ON");
    let write = Pool::new(writing, SQLITE_WRITERS);
    let read = Pool::new(options.clone().pragma("query_only", "ON"), SQLITE_READERS);
    let link = Link::Sqlite(write.acquire(limits.acquire).await?);
    let (synchronous,): (i64,) = ask(link, limits, "PRAGMA synchronous").await?;
    if synchronous < 2 {
        return Err(StoreError::NotDurable("SQLite must run with synchronous=FULL"));
    }
    drop(read.acquire(limits.acquire).await?);
    let file = DatabaseFile::opened(options.get_filename()).map(Arc::new);
    Ok(Database::Sqlite { read, write, options, file })
}

async fn open_postgres(url: &str, limits: Limits, read_only: bool) -> StoreResult<Database> {
    let options = PgConnectOptions::from_str(url)?.application_name("kenpo-portal");
    let statement = limits.statement_on_server().as_millis().to_string();
    // A transaction whose client has gone away keeps its locks no longer than two statements may take.
    let idle = (2 * limits.statement).as_millis().to_string();
    let pooled = options.clone().options([
        ("statement_timeout", statement.as_str()),
        ("idle_in_transaction_session_timeout", idle.as_str()),
        ("default_transaction_read_only", "on"),
    ]);
    let pool = Pool::new(pooled, if read_only { 1 } else { POSTGRES });
    let link = Link::Postgres(pool.acquire(limits.acquire).await?);
    let (commit,): (String,) = ask(link, limits, "SHOW synchronous_commit").await?;
    if commit == "off" && !read_only {
        return Err(StoreError::NotDurable("PostgreSQL must run with synchronous_commit other than off"));
    }
    Ok(Database::Postgres { pool, options, statement: limits.statement, read_only })
}

/// Asks the database about itself.
async fn ask<T: FromRow>(link: Link, limits: Limits, text: &'static str) -> StoreResult<T> {
    let mut open = OpenConnection::alone(link, limits);
    Statement::<Reading>::new(&mut open, text, None).one().await
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Executor as _, SqliteConnection};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        member::{MemberId, SessionId},
        tenant::Language,
    };

    async fn synced(tx: &mut Write) -> i64 {
        let (synchronous,): (i64,) = tx.plain("PRAGMA synchronous").one().await.unwrap();
        synchronous
    }

    /// A store in that folder, with all its tables.
    async fn migrated(folder: &tempfile::TempDir) -> Store {
        let store =
            Store::open(&format!("sqlite:{}", folder.path().join("portal.db").display())).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    #[tokio::test]
    async fn statements_that_wait_go_in_their_order_with_what_comes_next() {
        let folder = tempfile::tempdir().unwrap();
        let store = migrated(&folder).await;
        let slug = TenantSlug::parse("midorikenpo").unwrap();
        let insert = "INSERT INTO host (tenant, host, since) VALUES ('t', $1, $2)";
        let mut tx = store.tenant(&slug).write().await.unwrap();
        tx.plain(insert).bind("a").bind(1_i64).run().await.unwrap();
        tx.plain(insert).bind("b").bind(2_i64).run().await.unwrap();
        let both = "SELECT host, since FROM host WHERE since <= $1 OR host = $2 ORDER BY host";
        let read = |row: &row::Row| Ok((row.get::<String>("host")?, row.get::<i64>("since")?));
        let found = tx.plain(both).bind(1_i64).bind("b").map(read).await.unwrap();
        assert_eq!(found, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        // A count is of its own statement, whatever waited before it.
        tx.plain("DELETE FROM host WHERE host = $1").bind("a").run().await.unwrap();
        tx.plain(insert).bind("c").bind(3_i64).run().await.unwrap();
        let removed = tx.plain("DELETE FROM host WHERE host IN ($1, $2)").bind("b").bind("c").count().await;
        assert_eq!(removed.unwrap(), 2);
        tx.plain(insert).bind("d").bind(4_i64).run().await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.tenant(&slug).write().await.unwrap();
        let left: (String,) = tx.plain("SELECT host FROM host").one().await.unwrap();
        assert_eq!(left.0, "d");
        // What was never sent is not there, and the connection is as good as before.
        tx.plain(insert).bind("e").bind(5_i64).run().await.unwrap();
        drop(tx);
        let mut tx = store.tenant(&slug).write().await.unwrap();
        let (count,): (i64,) = tx.plain("SELECT COUNT(*) AS n FROM host").one().await.unwrap();
        assert_eq!(count, 1);
        tx.commit().await.unwrap();
        store.close().await;
    }

    #[tokio::test]
    async fn a_commit_that_nobody_waits_for_any_more_is_marked_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = migrated(&folder).await;
        let slug = TenantSlug::parse("midorikenpo").unwrap();
        let (member, session) = (MemberId::kept(Uuid::from_u128(7)), SessionId::kept(Uuid::from_u128(8)));
        let mut tx = store.tenant(&slug).write().await.unwrap();
        member::choose_language(&mut tx, member, Language::Ja).await.unwrap();
        // Everything is in this one exchange, which waits for whoever else writes.
        let file = format!("sqlite:{}", folder.path().join("portal.db").display());
        let mut other = SqliteConnection::connect(&file).await.unwrap();
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        let mut commit = Box::pin(tx.commit());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(commit.as_mut().poll(&mut context).is_pending());
        drop(commit);
        let moment = store.changes().moment();
        other.close().await.unwrap();
        // The next one that writes has waited until that connection was closed.
        let mut tx = store.tenant(&slug).write().await.unwrap();
        assert_eq!(synced(&mut tx).await, 2);
        assert!(!store.changes().none_since(moment, &slug, member, session));
        tx.commit().await.unwrap();
        store.close().await;
    }

    #[tokio::test]
    async fn what_is_refused_with_the_commit_has_certainly_not_happened() {
        let folder = tempfile::tempdir().unwrap();
        let store = migrated(&folder).await;
        let slug = TenantSlug::parse("midorikenpo").unwrap();
        let good = "INSERT INTO host (tenant, host, since) VALUES ('t', 'same', 1)";
        for bad in [
            good,
            "INSERT INTO nowhere (a) VALUES (1)",
            "UPDATE host SET since = json_extract('x{', '$.a')",
            "UPDATE host SET since = zeroblob(2000000000)",
        ] {
            for is_read_before in [false, true] {
                let mut tx = store.tenant(&slug).write().await.unwrap();
                if is_read_before {
                    assert_eq!(synced(&mut tx).await, 2);
                }
                tx.plain(good).run().await.unwrap();
                tx.plain(bad).run().await.unwrap();
                let refused = tx.commit().await;
                assert!(matches!(refused, Err(StoreError::Database(_))), "{bad}: {refused:?}");
                let mut tx = store.tenant(&slug).write().await.unwrap();
                let (count,): (i64,) = tx.plain("SELECT COUNT(*) AS n FROM host").one().await.unwrap();
                assert_eq!(count, 0, "{bad}");
                tx.commit().await.unwrap();
            }
        }
        store.close().await;
    }

    #[tokio::test]
    async fn only_what_says_so_is_left_to_the_next_commit() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("portal.db").display());
        let store = Store::open(&url).await.unwrap();
        let slug = TenantSlug::parse("midorikenpo").unwrap();
        let (full, normal) = (2, 1);
        for is_committed in [true, false] {
            let mut tx = store.tenant(&slug).write_unsynced().await.unwrap();
            assert_eq!(synced(&mut tx).await, normal);
            if is_committed {
                tx.commit().await.unwrap();
            } else {
                drop(tx);
            }
            let mut tx = store.tenant(&slug).write().await.unwrap();
            assert_eq!(synced(&mut tx).await, full, "committed before: {is_committed}");
            tx.commit().await.unwrap();
        }
        store.close().await;
    }
}
