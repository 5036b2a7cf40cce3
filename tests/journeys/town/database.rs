//! Database: one for each test, with every migration and no row.
//!
//! On SQLite it is a copy of a file that was migrated once. On PostgreSQL it is a copy of a database that was migrated
//! once, and is lent to one test after another: whoever is still connected to it is put out and every row is deleted
//! before the next test gets it. A test that fails keeps its database.

use std::{
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use kenpo_portal::store::Store;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};
use tempfile::TempDir;
use tokio::{
    runtime::Runtime,
    sync::{Mutex, MutexGuard, OnceCell},
};

/// A database that nobody else uses.
pub struct Database {
    url: String,
    lent: Option<Lent>,
}

impl Database {
    /// On PostgreSQL where `PORTAL_TEST_DATABASE=postgres` says so, else a SQLite file in this folder.
    pub async fn fresh(folder: &Path) -> Self {
        if crate::on_postgres() {
            let lent = tokio::task::spawn_blocking(|| HARNESS.block_on(Lent::take())).await.unwrap();
            return Self { url: at(&lent.name), lent: Some(lent) };
        }
        let file = folder.join("portal.db");
        std::fs::write(&file, migrated_file().await).unwrap();
        Self { url: format!("sqlite:{}", file.display()), lent: None }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection past every rule of the store, where this is PostgreSQL.
    pub async fn postgres(&self) -> Option<MutexGuard<'_, PgConnection>> {
        match &self.lent {
            Some(lent) => Some(lent.connection.lock().await),
            None => None,
        }
    }

    /// The same on SQLite.
    pub async fn sqlite(&self) -> SqliteConnection {
        SqliteConnection::connect(&self.url).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (false, Some(lent)) = (thread::panicking(), self.lent.take()) {
            FREE.lock().unwrap().push(lent);
        }
    }
}

/// A SQLite file with every migration and no row.
async fn migrated_file() -> &'static [u8] {
    static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
    FILE.get_or_init(async || {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("portal.db");
        migrate(&format!("sqlite:{}", file.display())).await;
        std::fs::read(&file).unwrap()
    })
    .await
}

async fn migrate(url: &str) {
    let store = Store::open(url).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
}

/// Outlives the runtime of every test, and so do the connections it opened.
static HARNESS: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
});

/// Databases that nobody uses just now.
static FREE: std::sync::Mutex<Vec<Lent>> = std::sync::Mutex::new(Vec::new());

/// A PostgreSQL database that is lent, with a connection that the runtime of the harness keeps open.
struct Lent {
    name: String,
    connection: Mutex<PgConnection>,
}

impl Lent {
    async fn take() -> Self {
        let free = FREE.lock().unwrap().pop();
        if let Some(mut lent) = free {
            lent.empty().await;
            return lent;
        }
        let name = Server::get().await.copy_template().await;
        let connection = PgConnection::connect(&at(&name)).await.unwrap();
        Self { name, connection: Mutex::new(connection) }
    }

    /// Puts everybody out and deletes every row. Nothing but the superuser's `session_replication_role` keeps the trail's
    /// triggers and the foreign keys from minding; `TRUNCATE` takes twenty times as long on tables this small.
    async fn empty(&mut self) {
        let connection = self.connection.get_mut();
        let put_out = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        connection.execute(put_out).await.unwrap();
        let delete = "SELECT string_agg(format('DELETE FROM %I;', tablename), ' ') FROM pg_tables
             WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%'";
        let delete: String = connection.fetch_one(delete).await.unwrap().get(0);
        let delete = format!("BEGIN; SET LOCAL session_replication_role = replica; {delete} COMMIT");
        connection.execute(AssertSqlSafe(delete)).await.unwrap();
    }
}

/// The server named by `PORTAL_TEST_POSTGRES`, and what this process keeps there: databases `journeys_<process>_<number>`
/// and the lock with the process's number. They stay when the process ends; the next one takes them away.
struct Server {
    connection: Mutex<PgConnection>,
    copies: AtomicU32,
}

impl Server {
    async fn get() -> &'static Self {
        static SERVER: OnceCell<Server> = OnceCell::const_new();
        SERVER.get_or_init(Self::open).await
    }

    async fn open() -> Self {
        let mut connection = PgConnection::connect(&at("postgres")).await.unwrap();
        let process = i64::from(std::process::id());
        sqlx::query("SELECT pg_advisory_lock($1)").bind(process).execute(&mut connection).await.unwrap();
        take_away_what_is_left(&mut connection).await;
        let create = format!("CREATE DATABASE {} TEMPLATE template0", template());
        connection.execute(AssertSqlSafe(create)).await.unwrap();
        migrate(&at(&template())).await;
        Self { connection: Mutex::new(connection), copies: AtomicU32::new(0) }
    }

    /// A copy of the migrated database; its name. Files are copied, because a checkpoint costs nothing where nothing is
    /// synced, and takes half as long as a copy through the log.
    async fn copy_template(&self) -> String {
        let name = format!("{}_{}", template(), self.copies.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name} TEMPLATE {} STRATEGY FILE_COPY", template());
        self.connection.lock().await.execute(AssertSqlSafe(create)).await.unwrap();
        name
    }
}

/// The address of a database of the server.
fn at(database: &str) -> String {
    let server = std::env::var("PORTAL_TEST_POSTGRES")
        .expect("PORTAL_TEST_POSTGRES names a server; tests/run starts one and runs everything");
    let (before, _) = server.rsplit_once('/').unwrap();
    format!("{before}/{database}")
}

fn template() -> String {
    format!("journeys_{}", std::process::id())
}

/// Databases of processes that ended: nobody holds their lock.
async fn take_away_what_is_left(connection: &mut PgConnection) {
    let databases = "SELECT datname::text, split_part(datname, '_', 2)::bigint FROM pg_database
         WHERE datname ~ '^journeys_[0-9]+(_[0-9]+)?$'";
    for row in connection.fetch_all(databases).await.unwrap() {
        let (name, process): (String, i64) = (row.get(0), row.get(1));
        let lock = sqlx::query_scalar::<_, bool>("SELECT pg_try_advisory_lock($1)").bind(process);
        if !lock.fetch_one(&mut *connection).await.unwrap() {
            continue;
        }
        // Another process may be about the same.
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        connection.execute(AssertSqlSafe(drop)).await.unwrap();
        sqlx::query("SELECT pg_advisory_unlock($1)").bind(process).execute(&mut *connection).await.unwrap();
    }
}
