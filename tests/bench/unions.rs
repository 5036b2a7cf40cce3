//! How long the files of 1,400 unions take: until the service is ready, until one changed file is served, and for
//! `tenant check`; and how much memory the service holds. `cargo bench --bench unions`, or with `-- 200` that many unions.
//! It ends with 1 where a figure is beyond its reach.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a measurement prints, may stop, and asks for the time"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

const UNIONS: usize = 1400;
/// How often each is measured; the median counts.
const TIMES: usize = 9;
/// The reach: ready, one changed file, `tenant check`, memory in KiB.
const READY: Duration = Duration::from_millis(500);
const RELOAD: Duration = Duration::from_millis(100);
const CHECK: Duration = Duration::from_secs(1);
const RESIDENT: u64 = 48 * 1024;

struct Place {
    folder: TempDir,
    public: SocketAddr,
    internal: SocketAddr,
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn id(at: usize) -> String {
    format!("union{at:04}")
}

/// The file of a union like the one of the tests, with its own colours' number.
fn file(at: usize, heading: &str) -> String {
    let base = include_str!("../tenants/midorikenpo.toml");
    let own = format!("name = \"みどり健康保険組合\"\nheading = \"{heading}\"");
    base.replace("midorikenpo", &id(at)).replacen("name = \"みどり健康保険組合\"", &own, 1)
}

impl Place {
    fn with(unions: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let at = |name: &str| folder.path().join("tenants").join(name);
        fs::create_dir(folder.path().join("tenants")).unwrap();
        fs::copy(manifest.join("tenants/_defaults.toml"), at("_defaults.toml")).unwrap();
        for union in 0..unions {
            fs::write(at(&format!("{}.toml", id(union))), file(union, "見出し")).unwrap();
            fs::create_dir(at(&id(union))).unwrap();
            for name in ["logo.svg", "terms.md"] {
                let from = manifest.join("tests/tenants/midorikenpo").join(name);
                fs::copy(from, at(&format!("{}/{name}", id(union)))).unwrap();
            }
        }
        Self { folder, public: free_port(), internal: free_port() }
    }

    fn command(&self, words: &[&str]) -> Command {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kenpo-portal"));
        command.args(words).stdin(Stdio::null()).current_dir(self.folder.path());
        // As the systemd unit and the compose set have it.
        command.env("MALLOC_ARENA_MAX", "2");
        command.env("PORTAL_DATABASE__URL", format!("sqlite:{}", at("portal.db")));
        command.env("PORTAL_KEYS__RING", at("keys.ring")).env("PORTAL_TENANTS__DIR", at("tenants"));
        command.env("PORTAL_LISTEN", self.public.to_string());
        command.env("PORTAL_INTERNAL__LISTEN", self.internal.to_string());
        command
    }

    fn run(&self, words: &[&str]) -> String {
        let ended = self.command(words).output().unwrap();
        assert!(ended.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap()
    }

    /// The service, and how long it took until it was ready.
    fn serve(&self) -> (Running, Duration) {
        let began = Instant::now();
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let running = Running(self.command(&["serve"]).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        while !self.is_ready() {
            std::thread::yield_now();
        }
        (running, began.elapsed())
    }

    fn is_ready(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.internal) else { return false };
        let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
    }
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// A line of `/proc/PID/status`, in KiB.
fn resident(running: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", running.0.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn main() -> ExitCode {
    let unions = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(UNIONS);
    let place = Place::with(unions);
    place.run(&["keys", "new"]);
    place.run(&["migrate", "up"]);
    let check = median(
        (0..3)
            .map(|_| {
                let began = Instant::now();
                place.run(&["tenant", "check"]);
                began.elapsed()
            })
            .collect(),
    );
    // The first start keeps every version in the database.
    drop(place.serve());
    let ready = median((0..3).map(|_| place.serve().1).collect());
    let (running, _) = place.serve();
    let reload = (0..TIMES).map(|round| {
        let path = place.folder.path().join("tenants").join(format!("{}.toml", id(round)));
        fs::write(path, file(round, &format!("見出し{round}"))).unwrap();
        let told: Value = serde_json::from_str(&place.run(&["tenant", "reload", "--json"])).unwrap();
        assert_eq!(told["changes"].as_array().map(Vec::len), Some(1), "{told}");
        Duration::from_micros(told["micros"].as_u64().unwrap())
    });
    let reload = median(reload.collect());
    let memory = resident(&running);
    println!(
        "{unions} unions: ready {ready:?}, one changed file {reload:?}, tenant check {check:?}, {memory} KiB"
    );
    let is_within = ready <= READY && reload <= RELOAD && check <= CHECK && memory <= RESIDENT;
    if is_within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
