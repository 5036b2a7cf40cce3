//! Schema: the migrations compiled into this program, and whether the database has them.

use sqlx::migrate::{Migrate as _, Migrator};

use super::{Pool, Result, Store};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Where the database stands against this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Migrations of this program: version and description.
    pub known: Vec<(i64, String)>,
    /// Versions the database has.
    pub applied: Vec<i64>,
}

impl Schema {
    /// Versions that `migrate up` would apply.
    pub fn missing(&self) -> Vec<i64> {
        self.known.iter().map(|(version, _)| *version).filter(|v| !self.applied.contains(v)).collect()
    }

    /// Versions the database has and this program does not know: it is older than its data.
    pub fn unknown(&self) -> Vec<i64> {
        self.applied.iter().copied().filter(|v| !self.known.iter().any(|(known, _)| known == v)).collect()
    }

    /// Whether the service may run on it.
    pub fn matches(&self) -> bool {
        self.missing().is_empty() && self.unknown().is_empty()
    }
}

impl Store {
    fn migrator(&self) -> &'static Migrator {
        match self.pool() {
            Pool::Sqlite { .. } => &SQLITE,
            Pool::Postgres(_) => &POSTGRES,
        }
    }

    /// Compares the database with this program. Writes nothing.
    pub async fn schema(&self) -> Result<Schema> {
        let known = self.migrator().iter().map(|m| (m.version, m.description.to_string())).collect();
        let applied = match self.pool() {
            Pool::Sqlite { read, .. } => {
                let exists: i64 =
                    sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'")
                        .fetch_one(read)
                        .await?;
                if exists == 0 {
                    Vec::new()
                } else {
                    sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
                        .fetch_all(read)
                        .await?
                }
            }
            Pool::Postgres(pool) => {
                let exists: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
                    .fetch_one(pool)
                    .await?;
                if exists {
                    sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
                        .fetch_all(pool)
                        .await?
                } else {
                    Vec::new()
                }
            }
        };
        Ok(Schema { known, applied })
    }

    /// Brings the database to this program's schema; does nothing when it is there already.
    pub async fn migrate(&self) -> Result<()> {
        match self.pool() {
            Pool::Sqlite { write, .. } => {
                let mut connection = write.acquire().await?;
                connection.ensure_migrations_table("_sqlx_migrations").await?;
                self.migrator().run(&mut *connection).await?;
            }
            Pool::Postgres(pool) => self.migrator().run(pool).await?,
        }
        Ok(())
    }
}
