//! How long a backup of 300,000 members takes, and a restore of it, each with the most memory it had resident, and how long a
//! writer waits beside the backup: `cargo bench --bench backup`, or with `-- 20000` that many members.
//!
//! The real program imports a roster and is backed up by `backup`, and restored by `restore`, into another folder; each time
//! is of a whole process. On PostgreSQL, where `PORTAL_TEST_POSTGRES` names a server, its own `pg_dump` and `pg_restore` do it
//! (`/usr/lib/postgresql`, else `PATH`), and `restore --finish` belongs to the restore. The database lies where `TMPDIR` says
//! (its server's, for PostgreSQL). What is beyond its reach (R18) is marked.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints and may stop")]

#[path = "import/roster.rs"]
#[allow(dead_code, clippy::indexing_slicing, reason = "nobody gets a letter here; its numbers are small")]
mod roster;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use kenpo_portal::store::Store;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const MEMBERS: u32 = 300_000;
/// Of a backup.
const BACKUP: Duration = Duration::from_secs(30);
/// Of a restore, with the end of what must not live on.
const RESTORE: Duration = Duration::from_mins(1);
/// The most memory of either, in MiB.
const MEMORY: u64 = 200;
/// How long the writer writes with nothing beside it.
const ALONE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let members = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(MEMBERS);
    println!("{members} members; processors {}", std::thread::available_parallelism().unwrap());
    sqlite(members).await;
    match std::env::var("PORTAL_TEST_POSTGRES") {
        Ok(server) => postgres(&server, members).await,
        Err(_) => println!("PostgreSQL  not measured: PORTAL_TEST_POSTGRES names no server"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
fn now() -> Instant {
    Instant::now()
}

/// A folder with a ring, and the program's settings for it.
struct Folder(TempDir);

impl Folder {
    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn program(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kenpo-portal"));
        let tenants = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
        command
            .args(arguments)
            .env("PORTAL_DATABASE__URL", url)
            .env("PORTAL_KEYS__RING", self.at("keys.toml"))
            .env("PORTAL_TENANTS__DIR", tenants);
        command
    }

    /// A ring, and a database with so many members.
    async fn filled(url: &str, members: u32) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let (file, notices) = (folder.at("roster.csv"), folder.at("notices.csv"));
        fs::write(&file, roster::Rows::Known { count: members, changed: 0 }.file()).unwrap();
        let import =
            ["member", "import", "--tenant", "jswkenpo", "--yes", "--yes-many", "--json", "--notices"];
        let mut import = folder.program(url, &import);
        import.args([notices, file]);
        timed(folder.program(url, &["keys", "new"])).await;
        timed(folder.program(url, &["migrate", "up"])).await;
        timed(import).await;
        folder
    }
}

/// How a process went.
#[derive(Clone, Copy)]
struct Went {
    took: Duration,
    /// The most memory it had resident, in MiB.
    resident: u64,
}

async fn timed(mut command: Command) -> Went {
    let began = now();
    let errors = tempfile::NamedTempFile::new().unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors.reopen().unwrap());
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut resident = 0;
    let ended = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        resident = resident.max(kib / 1024);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let told = fs::read_to_string(errors.path()).unwrap();
    assert!(ended.success(), "{command:?}: {told}");
    Went { took: began.elapsed(), resident }
}

fn print(database: &str, what: &str, went: Went, reach: Option<Duration>) {
    println!(
        "{database:<11} {what:<22} {:>6.2} s   resident {:>3} MiB{}{}",
        went.took.as_secs_f64(),
        went.resident,
        if reach.is_some_and(|reach| went.took > reach) { "   TOO SLOW" } else { "" },
        if went.resident > MEMORY { "   TOO LARGE" } else { "" },
    );
}

/// Writes one small row again and again, lastingly: the longest time that took.
async fn writer(store: Store, ends: CancellationToken) -> Duration {
    let mut longest = Duration::ZERO;
    while !ends.is_cancelled() {
        let began = now();
        store.everywhere().write_and_keep().await.unwrap();
        longest = longest.max(began.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    longest
}

/// The same beside a piece of work.
async fn beside<T>(url: &str, work: impl Future<Output = T>) -> (T, Duration) {
    let (store, ends) = (Store::open(url).await.unwrap(), CancellationToken::new());
    let writing = tokio::spawn(writer(store.clone(), ends.clone()));
    let done = work.await;
    ends.cancel();
    let longest = writing.await.unwrap();
    store.close().await;
    (done, longest)
}

async fn told_beside(database: &str, url: &str, backup: Command) {
    let ((), alone) = beside(url, tokio::time::sleep(ALONE)).await;
    let (backed_up, longest) = beside(url, timed(backup)).await;
    print(database, "backup", backed_up, Some(BACKUP));
    println!(
        "{database:<11} {:<22} {:>6.0} ms beside it, {:.0} ms alone",
        "longest write",
        longest.as_secs_f64() * 1e3,
        alone.as_secs_f64() * 1e3
    );
}

async fn sqlite(members: u32) {
    let lies = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", lies.path().join(name).display());
    let folder = Folder::filled(&url("portal.db"), members).await;
    let backup = folder.at("backup.db").display().to_string();
    told_beside("SQLite", &url("portal.db"), folder.program(&url("portal.db"), &["backup", &backup])).await;
    let size = fs::metadata(&backup).unwrap().len() >> 20;
    println!("{:<11} {:<22} {size:>6} MiB", "SQLite", "backup file");
    let restore = folder.program(&url("restored.db"), &["restore", &backup, "--reason", "bench"]);
    print("SQLite", "restore", timed(restore).await, Some(RESTORE));
    print(
        "SQLite",
        "verify-store",
        timed(folder.program(&url("restored.db"), &["verify-store"])).await,
        None,
    );
}

/// PostgreSQL's program of that name.
fn tool(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists());
    found.max().unwrap_or_else(|| name.into())
}

async fn postgres(server: &str, members: u32) {
    let (before, _) = server.rsplit_once('/').unwrap();
    let mut at_server = PgConnection::connect(server).await.unwrap();
    let names = ["", "_restored"].map(|end| format!("backup_bench_{}{end}", std::process::id()));
    for name in &names {
        at_server.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"))).await.unwrap();
    }
    let [url, restored] = names.clone().map(|name| format!("{before}/{name}"));
    let folder = Folder::filled(&url, members).await;
    let dump = folder.at("portal.dump");
    let mut backup = Command::new(tool("pg_dump"));
    backup.args(["--format=custom", "--no-owner", "--file"]).arg(&dump).arg(&url);
    told_beside("PostgreSQL", &url, backup).await;
    let size = fs::metadata(&dump).unwrap().len() >> 20;
    println!("{:<11} {:<22} {size:>6} MiB", "PostgreSQL", "dump");
    let mut restore = Command::new(tool("pg_restore"));
    restore
        .args(["--no-owner", "--exit-on-error", "--single-transaction", "--dbname"])
        .arg(&restored)
        .arg(&dump);
    let brought = timed(restore).await;
    print("PostgreSQL", "pg_restore", brought, None);
    let finish = folder.program(&restored, &["restore", "--finish", "--reason", "bench"]);
    let finished = timed(finish).await;
    print("PostgreSQL", "restore --finish", finished, None);
    let whole = Went { took: brought.took + finished.took, resident: finished.resident };
    print("PostgreSQL", "restore", whole, Some(RESTORE));
    print("PostgreSQL", "verify-store", timed(folder.program(&restored, &["verify-store"])).await, None);
    for name in &names {
        at_server.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    }
}
