//! The program that is measured, and the bare server beside it: processes of their own, stopped at the end.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use crate::client::{self, Answer, Connection};

/// The running service.
pub struct Service {
    /// Its public listener.
    pub address: SocketAddr,
    /// Where its database is.
    pub url: String,
    child: Child,
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    database: Option<Database>,
}

/// A PostgreSQL database of this run.
struct Database {
    server: String,
    name: String,
}

impl Service {
    /// A union with that roster, and the service on it with these settings: on SQLite, or in a new database of that
    /// PostgreSQL server.
    pub async fn start(server: Option<&str>, roster: &str, settings: &[(&'static str, &str)]) -> Self {
        Self::start_with(server, roster, settings, &[]).await
    }

    /// The same, with unions of `tenants/` beside it that have no members yet.
    pub async fn start_with(
        server: Option<&str>,
        roster: &str,
        settings: &[(&'static str, &str)],
        unions: &[&str],
    ) -> Self {
        Self::started(server, roster, settings, unions, "").await
    }

    /// A union with that roster and these services, as its file says them.
    #[allow(dead_code, reason = "for what measures single sign-on")]
    pub async fn start_with_services(server: Option<&str>, roster: &str, services: &str) -> Self {
        Self::started(server, roster, &[], &[], services).await
    }

    async fn started(
        server: Option<&str>,
        roster: &str,
        settings: &[(&'static str, &str)],
        unions: &[&str],
        services: &str,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir(at("tenants")).unwrap();
        fs::copy(manifest.join("tenants/_defaults.toml"), at("tenants/_defaults.toml")).unwrap();
        let union = fs::read_to_string(manifest.join("tests/tenants/hinatakenpo.toml")).unwrap();
        let union = union.replace("verification = \"code\"", "verification = \"none\"") + services;
        fs::write(at("tenants/hinatakenpo.toml"), union).unwrap();
        copy_folder(&manifest.join("tests/tenants/hinatakenpo"), &at("tenants/hinatakenpo"));
        for union in unions {
            let file = format!("tenants/{union}.toml");
            fs::copy(manifest.join(&file), at(&file)).unwrap();
            let folder = format!("tenants/{union}");
            copy_folder(&manifest.join(&folder), &at(&folder));
        }
        fs::write(at("roster.csv"), roster).unwrap();

        let database = match server {
            Some(server) => Some(Database::create(server).await),
            None => None,
        };
        let url =
            database.as_ref().map_or_else(|| format!("sqlite:{}", at("portal.db").display()), Database::url);
        let ports: Vec<u16> = (0..2).map(|_| free_port()).collect();
        let own = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings: Vec<(&'static str, String)> = [
            ("PORTAL_DATABASE__URL", url.clone()),
            ("PORTAL_KEYS__RING", at("keys.toml").display().to_string()),
            ("PORTAL_TENANTS__DIR", at("tenants").display().to_string()),
            ("PORTAL_LISTEN", format!("127.0.0.1:{}", ports[0])),
            ("PORTAL_INTERNAL__LISTEN", format!("127.0.0.1:{}", ports[1])),
        ]
        .into_iter()
        .chain(own)
        .collect();
        let program = |arguments: &[&str]| program(folder.path(), &settings, arguments);
        for arguments in [
            &["keys", "new", "keys.toml"][..],
            &["migrate", "up"],
            &["member", "import", "--tenant", "hinatakenpo", "roster.csv"],
        ] {
            let done = program(arguments).output().unwrap();
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
        let log = fs::File::create(at("log")).unwrap();
        let mut child = program(&["serve"]).stderr(log).stdout(Stdio::null()).spawn().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], ports[0]));
        while tokio::net::TcpStream::connect(address).await.is_err() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "{}", fs::read_to_string(at("log")).unwrap());
            tokio::task::yield_now().await;
        }
        let front = Connection::open(address).await.exchange(&client::get("/signin", "")).await;
        assert_eq!(front.status, 200);
        Self { address, url, child, folder, settings, database }
    }

    /// A command of the program on the same database, with the same settings.
    pub fn program(&self, arguments: &[&str]) -> Command {
        program(self.folder.path(), &self.settings, arguments)
    }

    /// A file of this run.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Memory in use, in MiB.
    pub fn resident_mib(&self) -> u64 {
        mib(Path::new(&format!("/proc/{}/status", self.child.id())), "VmRSS:").unwrap()
    }

    /// Processor time so far.
    pub fn processor(&self) -> Duration {
        processor(&self.child)
    }

    /// A bare server that gives this answer.
    pub fn floor(&self, example: &Answer) -> Floor {
        let folder = self.folder.path().join("floor");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("head"), &example.head).unwrap();
        fs::write(folder.join("body"), &example.body).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([Path::new("--floor"), &folder])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Floor { address: SocketAddr::from(([127, 0, 0, 1], port.trim().parse().unwrap())), child }
    }

    /// Ends it and removes its database.
    pub async fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        if let Some(database) = self.database.take() {
            database.remove().await;
        }
    }
}

fn program(folder: &Path, settings: &[(&'static str, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kenpo-portal"));
    command.args(arguments).envs(settings.iter().cloned()).current_dir(folder);
    command
}

/// A line of Linux's account of a process, in MiB; `None` once it has ended.
pub fn mib(status: &Path, line: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find(|found| found.starts_with(line))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// A running bare server.
pub struct Floor {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

impl Floor {
    /// Processor time so far.
    pub fn processor(&self) -> Duration {
        processor(&self.child)
    }

    /// Ends it.
    pub async fn stop(mut self) {
        self.child.kill().unwrap();
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap();
    }
}

/// Processor time of a running process, in the kernel's ticks of 10 ms (`proc_pid_stat(5)`: `utime` and `stime`).
fn processor(child: &Child) -> Duration {
    let text = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    // Behind the program's name, which may hold anything.
    let fields: Vec<&str> = text.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(10 * ticks)
}

impl Database {
    async fn create(server: &str) -> Self {
        let name = format!("portal_bench_{}", std::process::id());
        run(server, format!("CREATE DATABASE {name}")).await;
        Self { server: server.to_owned(), name }
    }

    fn url(&self) -> String {
        let (before, _) = self.server.rsplit_once('/').unwrap();
        format!("{before}/{}", self.name)
    }

    async fn remove(self) {
        run(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

async fn run(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(sqlx::query(AssertSqlSafe(statement))).await.unwrap();
    connection.close().await.unwrap();
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
