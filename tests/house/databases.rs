//! A migrated database of either kind, for one test.

use kenpo_portal::store::Store;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// A SQLite file of its own.
pub struct Sqlite {
    /// Opened beside the store: it may do what the store never does.
    pub connection: SqliteConnection,
    _folder: TempDir,
}

impl Sqlite {
    /// With every migration.
    pub async fn migrated() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("portal.db").display());
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        Self { connection: SqliteConnection::connect(&url).await.unwrap(), _folder: folder }
    }
}

/// A PostgreSQL database of its own.
pub struct Postgres {
    /// Opened beside the store: it may do what the store never does.
    pub connection: PgConnection,
    server: String,
    name: String,
}

impl Postgres {
    /// With every migration.
    pub async fn migrated(purpose: &str) -> Self {
        let server = std::env::var("PORTAL_TEST_POSTGRES").expect(
            "PORTAL_TEST_POSTGRES names the server these tests may use: postgres://user:password@host:port/postgres \
             (tests/run starts one)",
        );
        let name = format!("house_{purpose}_{}", std::process::id());
        let mut at_server = PgConnection::connect(&server).await.unwrap();
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        at_server.execute(AssertSqlSafe(create)).await.unwrap();
        at_server.close().await.unwrap();
        let (before, _) = server.rsplit_once('/').unwrap();
        let url = format!("{before}/{name}");
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        Self { connection: PgConnection::connect(&url).await.unwrap(), server, name }
    }

    /// Its name at the server.
    #[allow(dead_code, reason = "two suites share this file, and one of them reads it")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes it away again.
    pub async fn remove(self) {
        self.connection.close().await.unwrap();
        let mut at_server = PgConnection::connect(&self.server).await.unwrap();
        at_server.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await.unwrap();
        at_server.close().await.unwrap();
    }
}
