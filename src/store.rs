//! What is **remembered**: SQL once, for SQLite and PostgreSQL.
//!
//! [`Store::tenant`] gives transactions that own a tenant's slug; there is no public pool. The one exception
//! is [`Store::everywhere`], for housekeeping across unions.

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub mod column;
pub mod contact;
pub mod everywhere;
pub mod schema;
pub mod sql;

pub mod attempt;
pub mod audit;
pub mod desk;
pub mod import;
pub mod lockout;
pub mod member;
pub mod one_time;
pub mod outbox;
pub mod passkey;
pub mod password;
pub mod recovery;
pub mod roster;
pub mod session;
pub mod terms;
pub mod totp;

pub use everywhere::Everywhere;
pub use sql::{Read, Write};

use crate::domain::tenant::TenantSlug;
use sql::Open;

/// What went wrong in the store. Never an answer to a question: those are `Option`s.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database refused or was not there.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Migrations could not be read or applied.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The schema is one this program must not run on (D43).
    #[error("{0}")]
    Schema(schema::Misfit),
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
    /// Many parallel tries replaced one counter again and again.
    #[error("too many parallel tries at one counter")]
    Contended,
    /// The address of the database is not one this program understands.
    #[error("database.url must begin with sqlite: or postgres:")]
    UnknownUrl,
    /// The database does not promise to keep what it acknowledged.
    #[error("the database does not promise durable commits: {0}")]
    NotDurable(&'static str),
}

impl Fault {
    /// Whether waiting a little may help: no connection was free, the database is away, or others were writing the
    /// same rows.
    pub fn is_passing(&self) -> bool {
        /// PostgreSQL: cancelled by `statement_timeout`, lock not available, deadlock, serialization failure; SQLite:
        /// busy, and its snapshot variant.
        const IN_EACH_OTHERS_WAY: [&str; 6] = ["57014", "55P03", "40P01", "40001", "5", "517"];
        match self {
            Self::Database(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed)
            | Self::Contended => true,
            Self::Database(sqlx::Error::Database(told)) => {
                told.code().is_some_and(|code| IN_EACH_OTHERS_WAY.contains(&code.as_ref()))
            }
            _ => false,
        }
    }

    /// Whether a row with the same unique key is there already.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(fault)) if fault.is_unique_violation())
    }
}

/// The result of anything in this room.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// How long a request waits for a free connection before it is told to come back.
const ACQUIRE: Duration = Duration::from_secs(2);
/// A little longer than the longest pause between two looks at a lock in SQLite's busy handler.
const SQLITE_LOOKS_AGAIN: Duration = Duration::from_millis(110);
/// How long one statement may run on PostgreSQL, in milliseconds.
const STATEMENT_MS: &str = "5000";

/// The database behind the portal. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
}

#[derive(Debug, Clone)]
enum Pool {
    /// One writing connection, because SQLite has one writer; a few that only read.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

impl Store {
    /// Opens the database at `url` (`sqlite:…` creates the file). Migrations are [`schema`]'s.
    pub async fn open(url: &str) -> Result<Self> {
        let pool = match kind(url)? {
            Kind::Sqlite => open_sqlite(url).await?,
            Kind::Postgres => open_postgres(url).await?,
        };
        Ok(Self { pool })
    }

    /// Opens the database at `url` so that nothing in it can be changed, not even by SQLite tidying up after a crash.
    /// SQLite may leave its empty side files. Fails when there is no database.
    pub async fn open_to_read(url: &str) -> Result<Self> {
        let pool = match kind(url)? {
            Kind::Sqlite => {
                let options = SqliteConnectOptions::from_str(url)?.create_if_missing(false).read_only(true);
                let options = options.busy_timeout(Duration::from_secs(5));
                let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE);
                let pool = pool.connect_with(options).await?;
                Pool::Sqlite { read: pool.clone(), write: pool }
            }
            Kind::Postgres => {
                let options = postgres_options(url)?.options([("default_transaction_read_only", "on")]);
                contact::first_word(&options).await?;
                let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE);
                Pool::Postgres(pool.connect_with(options).await?)
            }
        };
        Ok(Self { pool })
    }

    /// Transactions over one tenant's rows.
    pub fn tenant(&self, slug: &TenantSlug) -> TenantStore<'_> {
        TenantStore { store: self, slug: slug.clone() }
    }

    /// The loud exception: housekeeping across unions.
    pub fn everywhere(&self) -> Everywhere<'_> {
        Everywhere::new(self)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite { read, .. } => sqlx::query("SELECT 1").execute(read).await.map(drop)?,
            Pool::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Lets others write, between two short transactions of a long piece of work. Who waits for SQLite's one writer in
    /// another process looks again every 0.1 s at most (`sqlite3_busy_timeout`), and would hardly ever find it free.
    pub async fn let_others_write(&self) {
        if matches!(self.pool, Pool::Sqlite { .. }) {
            tokio::time::sleep(SQLITE_LOOKS_AGAIN).await;
        }
    }

    /// Closes every connection once its transaction has ended.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    async fn begin_read(&self) -> Result<Open> {
        Ok(match &self.pool {
            Pool::Sqlite { read, .. } => Open::Sqlite(read.begin().await?),
            Pool::Postgres(pool) => Open::Postgres(pool.begin_with("BEGIN READ ONLY").await?),
        })
    }

    async fn begin_write(&self) -> Result<Open> {
        Ok(match &self.pool {
            Pool::Sqlite { write, .. } => Open::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pool::Postgres(pool) => Open::Postgres(pool.begin().await?),
        })
    }
}

/// Transactions over one tenant's rows.
#[derive(Debug)]
pub struct TenantStore<'s> {
    store: &'s Store,
    slug: TenantSlug,
}

impl TenantStore<'_> {
    /// A transaction that reads.
    pub async fn read(&self) -> Result<Read> {
        Ok(Read { open: self.store.begin_read().await?, tenant: self.slug.clone() })
    }

    /// A transaction that may write. Argon2 and mail never run while one is open: SQLite has one writer.
    pub async fn write(&self) -> Result<Write> {
        Ok(Write(Read { open: self.store.begin_write().await?, tenant: self.slug.clone() }))
    }
}

/// Which database an address names.
enum Kind {
    Sqlite,
    Postgres,
}

fn kind(url: &str) -> Result<Kind> {
    if url.starts_with("sqlite:") {
        Ok(Kind::Sqlite)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Kind::Postgres)
    } else {
        Err(Fault::UnknownUrl)
    }
}

async fn open_sqlite(url: &str) -> Result<Pool> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // WAL with NORMAL may forget acknowledged commits when power fails.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&write).await?;
    if synchronous < 2 {
        return Err(Fault::NotDurable("SQLite must run with synchronous=FULL"));
    }
    Ok(Pool::Sqlite { read, write })
}

fn postgres_options(url: &str) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("kenpo-portal")
        .options([("statement_timeout", STATEMENT_MS), ("idle_in_transaction_session_timeout", "10000")]))
}

async fn open_postgres(url: &str) -> Result<Pool> {
    contact::first_word(&postgres_options(url)?).await?;
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_with(postgres_options(url)?)
        .await?;
    let commit: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(&pool).await?;
    if commit == "off" {
        return Err(Fault::NotDurable("PostgreSQL must run with synchronous_commit other than off"));
    }
    Ok(Pool::Postgres(pool))
}

/// Used by [`schema`] and [`everywhere`], which see every tenant.
impl Store {
    fn pool(&self) -> &Pool {
        &self.pool
    }
}
