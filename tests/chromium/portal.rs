//! The product's real program, as `kenpo-portal demo` starts it for a newcomer.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::front::Front;

/// One run of `demo` with its own data folder; it ends when this is dropped.
pub struct Portal {
    process: Child,
    port: u16,
    log: PathBuf,
    tenants: String,
    folder: TempDir,
}

impl Portal {
    /// Starts the program with the unions of `tenants/` and waits until it answers.
    pub async fn open() -> Self {
        Self::open_with("tenants").await
    }

    /// The same with the unions of another folder.
    pub async fn open_with(tenants: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = folder.path().join("portal.log");
        let written = File::create(&log).expect("a log file");
        let port = free_port();

        let process = program(&["demo", "--fresh", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(folder.path().join("data"))
            .env("PORTAL_TENANTS__DIR", tenants)
            .stdout(written.try_clone().expect("a second handle"))
            .stderr(written)
            .spawn()
            .expect("the program starts");

        let mut portal = Self { process, port, log, tenants: tenants.to_owned(), folder };
        until(async || {
            let ended = portal.process.try_wait().expect("the program's state can be asked");
            assert!(
                ended.is_none(),
                "the program ended at its start ({ended:?}); it said:\n{}",
                portal.said()
            );
            portal.answers()
        })
        .await;
        portal
    }

    /// Where a union is served: `http://jswkenpo.localhost:PORT`.
    pub fn at(&self, tenant: &str) -> String {
        format!("http://{tenant}.localhost:{}", self.port)
    }

    /// What the union's desk does at its own terminal, on the data of this run; what the command prints.
    pub fn desk(&self, arguments: &[&str]) -> String {
        let data = self.folder.path().join("data");
        let done = program(arguments)
            .env("PORTAL_DATABASE__URL", format!("sqlite:{}", data.join("portal.db").display()))
            .env("PORTAL_KEYS__RING", data.join("keys.toml"))
            .env("PORTAL_TENANTS__DIR", &self.tenants)
            .output()
            .expect("the program runs");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text")
    }

    /// Sets every session's last visit back by so many minutes, as if nobody had come since: the program's own clock is
    /// nobody's to move.
    pub async fn let_pass(&self, minutes: i64) {
        let file = self.folder.path().join("data").join("portal.db");
        let mut database =
            SqliteConnectOptions::new().filename(file).connect().await.expect("the database opens");
        let moved = sqlx::query("UPDATE session SET seen_at = seen_at - ?").bind(minutes * 60_000_000);
        let moved = moved.execute(&mut database).await.expect("sessions can be written");
        assert!(moved.rows_affected() > 0, "nobody is signed in");
        database.close().await.expect("the database closes");
    }

    /// The demo's own page.
    pub fn own_page(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    fn answers(&self) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(Duration::from_mins(1)))?;
            write!(stream, "GET / HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.port)?;
            let mut status = [0; 9];
            stream.read_exact(&mut status)?;
            Ok(&status == b"HTTP/1.1 ")
        };
        ask().unwrap_or(false)
    }

    /// The end of what the program printed.
    fn said(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Portal {
    #[expect(clippy::print_stderr, reason = "a failed journey is explained by what the program said")]
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("the program said:\n{}", self.said());
        }
    }
}

/// The service as an operator runs it, behind TLS and under the unions' real names; it ends when this is dropped.
pub struct Service {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Service {
    /// Sets it up with the sample rosters of these unions, starts it and waits until it is ready.
    pub async fn open(unions: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let front = Front::open(vec!["portal.test".to_owned()]).await;
        let (port, behind, internal) = (front.port(), free_port(), free_port());
        let database = format!("sqlite:{}", folder.path().join("portal.db").display());
        let ring = folder.path().join("keys.toml");
        let command = |arguments: &[&str]| {
            let mut command = program(arguments);
            command
                .env("PORTAL_DATABASE__URL", &database)
                .env("PORTAL_KEYS__RING", &ring)
                .env("PORTAL_LISTEN", format!("127.0.0.1:{behind}"))
                .env("PORTAL_INTERNAL__LISTEN", format!("127.0.0.1:{internal}"))
                .env("PORTAL_PUBLIC__PORT", port.to_string());
            command
        };
        let run = |arguments: &[&str]| {
            let done = command(arguments).output().expect("the program runs");
            let said = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{arguments:?}: {said}");
        };
        run(&["keys", "new", ring.to_str().expect("a path in UTF-8")]);
        run(&["migrate", "up"]);
        for union in unions {
            let notices = folder.path().join(format!("{union}.csv"));
            let notices = notices.to_str().expect("a path in UTF-8");
            let roster = format!("tenants/{union}/sample.csv");
            run(&["member", "import", "--tenant", union, &roster, "--notices", notices]);
        }
        let process = command(&["serve"])
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("portal.log")).expect("a log file"))
            .spawn()
            .expect("the program starts");
        let mut service = Self { process, port, _folder: folder };
        until(async || {
            let ended = service.process.try_wait().expect("the program's state can be asked");
            assert!(ended.is_none(), "the service ended at its start: {ended:?}");
            TcpStream::connect((Ipv4Addr::LOCALHOST, behind)).is_ok()
        })
        .await;
        front.lead_to(behind);
        service
    }

    /// The address of a host.
    pub fn at(&self, host: &str) -> String {
        format!("https://{host}:{}", self.port)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The product's program, without the developer's own settings.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kenpo-portal"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PORTAL_") {
            command.env_remove(name);
        }
    }
    command
}

/// Looks twenty times a second, a minute long at most.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..1200 {
        looks.tick().await;
        if is_so().await {
            return;
        }
    }
    panic!("the program did not answer within a minute");
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
