//! The portal behind its own accept loop, and a client that says exactly what it is told.

use std::{
    cell::Cell,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        mpsc::{Sender, channel},
    },
};

use jiff::{Timestamp, civil::date};
use kenpo_portal::{
    domain::origin::PublicAddress,
    metrics::ConnectionCounts,
    portal::{
        Portal,
        keys::{HashingSettings, KeyedStore},
    },
    settings::network::Networks,
    store::Store,
    tenants::{LoadOptions, load},
    vault::{Cost, KeyRing},
    web::{
        Website,
        server::{self, Stages},
    },
    wording::Wording,
    world::{Clock, SystemRandom},
};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::tenants::{MIDORI, folder, sibling, write};

/// The host of the union that is asked.
pub const HOST: &str = "www.midorikenpo.portal.example.jp";
/// The host of its neighbour.
pub const NEIGHBOUR: &str = "www.aokenpo.portal.example.jp";

/// The host of a union that offers passkeys, and its alias, which is its RP ID.
pub const HINATA_HOSTS: [&str; 2] = ["www.hinatakenpo.portal.example.jp", "hinatakenpo.portal.example.jp"];
const HINATA: &str = include_str!("../../tenants/hinatakenpo.toml");

/// Time stands still.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        "2026-11-21T03:00:00Z".parse().unwrap()
    }
}

/// Three unions over a SQLite file, as `serve` puts them together. The folder goes with the first value.
pub async fn app(migrated: bool) -> (TempDir, Website) {
    let files = folder();
    write(files.path(), "midorikenpo.toml", MIDORI);
    write(files.path(), "aokenpo.toml", sibling("aokenpo"));
    write(files.path(), "hinatakenpo.toml", HINATA);
    write(files.path(), "hinatakenpo/logo.svg", include_str!("../../tenants/hinatakenpo/logo.svg"));
    write(files.path(), "hinatakenpo/terms.md", include_str!("../../tenants/hinatakenpo/terms.md"));
    let loaded = load(
        files.path(),
        &LoadOptions { base_domains: &[], today: date(2026, 11, 21), ..LoadOptions::default() },
    )
    .unwrap();
    assert_eq!(loaded.tenants.len(), 3, "{:?}", loaded.findings);
    let url = format!("sqlite:{}", files.path().join("portal.db").display());
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let rng = Arc::new(SystemRandom);
    let ring = KeyRing::fresh(&SystemRandom).unwrap();
    let cost = Cost { memory_kib: 64, iterations: 1, lanes: 1 };
    let hashing = HashingSettings { cost, permits: 1 };
    let keyed = KeyedStore::open(store, &ring, hashing, rng.clone(), &Still).await.unwrap();
    if !migrated {
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        connection.execute(UNFINISHED).await.unwrap();
    }
    let public = PublicAddress { scheme: "https".into(), port: None };
    let portal = Portal::new(keyed, Arc::new(Still), rng, Arc::new(Wording::new()), public);
    (files, Website::new(portal, loaded.tenants))
}

/// As while the newest migration is not there yet.
const UNFINISHED: &str =
    "UPDATE _sqlx_migrations SET success = 0 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";

thread_local! {
    /// How many services of this test's runtime have stopped its clock.
    static STOPPED: Cell<usize> = const { Cell::new(0) };
}

/// The runtime's clock, which stands: on a machine that is slow, or busy with others, no deadline ends what a test does.
#[derive(Debug)]
struct StoppedClock {
    /// While a blocking task runs, the runtime does not move a clock that stands.
    held: Mutex<Option<Sender<()>>>,
}

impl StoppedClock {
    fn stop() -> Self {
        if STOPPED.replace(STOPPED.get() + 1) == 0 {
            tokio::time::pause();
        }
        let (held, ended) = channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv().is_ok());
        Self { held: Mutex::new(Some(held)) }
    }
}

impl Drop for StoppedClock {
    fn drop(&mut self) {
        let is_last = STOPPED.replace(STOPPED.get() - 1) == 1;
        if is_last && tokio::runtime::Handle::try_current().is_ok() && !std::thread::panicking() {
            tokio::time::resume();
        }
    }
}

/// A running service. Its clock stands.
pub struct Service {
    pub address: SocketAddr,
    pub stages: Stages,
    pub running: JoinHandle<()>,
    neighbour: Line,
    clock: StoppedClock,
    _files: Option<TempDir>,
}

impl Service {
    /// Three unions behind the accept loop.
    pub async fn open() -> Self {
        let (files, app) = app(true).await;
        Self::with(app.router(), Some(files), Networks::default()).await
    }

    /// Any pages behind the accept loop.
    pub async fn of(router: axum::Router) -> Self {
        Self::with(router, None, Networks::default()).await
    }

    /// The same, with proxies in front.
    pub async fn behind(router: axum::Router, trusted: &str) -> Self {
        Self::with(router, None, Networks::parse(&[trusted.to_owned()]).unwrap()).await
    }

    async fn with(router: axum::Router, files: Option<TempDir>, trusted: Networks) -> Self {
        let clock = StoppedClock::stop();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stages = Stages::default();
        let running = tokio::spawn(server::serve(
            listener,
            router,
            stages.clone(),
            trusted,
            ConnectionCounts::default(),
        ));
        let neighbour = Line::to(address).await;
        Self { address, stages, running, neighbour, clock, _files: files }
    }

    /// From here on time passes when everybody waits, and at once.
    pub fn let_time_pass(&self) {
        self.clock.held.lock().unwrap().take();
    }

    /// A connection of its own.
    pub async fn line(&self) -> Line {
        Line::to(self.address).await
    }

    /// Says something on a connection of its own; the answer, or `None` when there was none. Another connection,
    /// which was there before, is not affected.
    pub async fn ask(&mut self, words: impl AsRef<[u8]>) -> Option<Answer> {
        let mut line = self.line().await;
        line.say(words).await;
        let answer = line.hear().await;
        self.neighbour.is_served().await;
        answer
    }
}

/// One connection.
pub struct Line {
    stream: TcpStream,
    heard: Vec<u8>,
    /// Answers to HEAD have no body, whatever their length says.
    pub heads: bool,
}

impl Line {
    async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream, heard: Vec::new(), heads: false }
    }

    /// Sends bytes as they are. Whether the other side takes them all is its own affair.
    pub async fn say(&mut self, words: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(words.as_ref()).await;
    }

    /// Says nothing more.
    pub async fn fall_silent(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// The next answer; `None` when the connection ended before one was whole.
    pub async fn hear(&mut self) -> Option<Answer> {
        let head = loop {
            if let Some(at) = self.heard.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            self.more().await?;
        };
        let mut answer = Answer::of(std::str::from_utf8(&self.heard[..head]).unwrap());
        let length = match answer.header("content-length") {
            Some(length) if !self.heads => length.parse().unwrap(),
            _ => 0,
        };
        while self.heard.len() < head + 4 + length {
            self.more().await?;
        }
        answer.body = String::from_utf8(self.heard[head + 4..head + 4 + length].to_vec()).unwrap();
        self.heard.drain(..head + 4 + length);
        Some(answer)
    }

    async fn more(&mut self) -> Option<()> {
        match self.stream.read_buf(&mut self.heard).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(()),
        }
    }

    /// Waits until the other side hangs up; what it says before that does not matter.
    pub async fn is_hung_up(&mut self) {
        while self.more().await.is_some() {}
    }

    /// A plain request is answered as if nothing had happened.
    pub async fn is_served(&mut self) {
        self.say(format!("GET /signin HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let answer = self.hear().await.expect("an answer");
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("みどり健康保険組合"), "{}", answer.body);
        answer.is_guarded();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn of(head: &str) -> Self {
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let pair = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Self { status, headers: lines.map(pair).collect(), body: String::new() }
    }

    /// A header that stands once; `None` when it is not there.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(header, _)| header == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands twice");
        value
    }

    /// An answer by the library to what is no request: our headers, nothing of any union, no promise about a host.
    pub fn is_the_librarys(&self) {
        assert!(self.body.is_empty());
        assert_eq!(self.header("strict-transport-security"), None);
        self.has_our_headers();
    }

    /// The headers every answer of our own carries.
    pub fn is_guarded(&self) {
        self.has_our_headers();
        // Of nobody's host nothing is promised.
        let promise = (self.status != 421).then_some("max-age=63072000");
        assert_eq!(self.header("strict-transport-security"), promise, "of a {}", self.status);
    }

    pub fn has_our_headers(&self) {
        let policy = self.header("content-security-policy").unwrap_or_default();
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(rule), "{rule} in {policy:?}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(self.header(name), Some(value), "{name} of a {}", self.status);
        }
        // Nobody on the way packs anything but a page that is the same for everybody.
        let kept = self.header("cache-control").unwrap_or_default();
        let is_everybodys = self.status == 200 && ["no-store", "private, no-cache"].contains(&kept);
        assert!(is_everybodys || kept == "no-store, no-transform", "{kept:?} of a {}", self.status);
        assert!(self.header("permissions-policy").is_some());
        assert!(self.header("server").is_none());
    }

    /// A 421 that gives no union away.
    pub fn is_nobodys(&self, asked: &str) {
        assert_eq!(self.status, 421, "{asked}");
        self.is_guarded();
        assert!(self.header("set-cookie").is_none() && self.header("location").is_none(), "{asked}");
        let told = self.body.to_lowercase();
        for word in ["midori", "みどり", "aokenpo", "#1b6b2f", "03-1234", "アクセス"] {
            assert!(!told.contains(word), "{asked}: {word} in {told}");
        }
        assert!(told.contains("健康保険組合") && told.contains("page not found"), "{asked}");
    }
}
