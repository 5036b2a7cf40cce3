//! The real program, asked over HTTP, and strangled from outside.

use std::{
    env,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

const HOST: &str = "www.jswkenpo.portal.kosmo-web.jp";
/// How soon everything has to be well again once a fault is over (R12, R13).
const HEALED: Duration = Duration::from_secs(5);
/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program that is tested.
const OURS: &str = env!("CARGO_BIN_EXE_kenpo-portal");

/// The service; it ends when this is dropped.
pub struct Program {
    /// What is started.
    binary: Mutex<PathBuf>,
    process: Mutex<Child>,
    /// Of this machine.
    at: Ipv4Addr,
    listen: u16,
    internal: u16,
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

/// Where commands are typed, beside the service.
pub struct Console {
    binary: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl Console {
    /// Commands on a SQLite file, a ring and unions' files that lie in that folder.
    pub fn in_folder(folder: &Path) -> Self {
        let settings = vec![
            ("PORTAL_DATABASE__URL", sqlite(folder)),
            ("PORTAL_KEYS__RING", folder.join("keys.toml").display().to_string()),
            ("PORTAL_TENANTS__DIR", folder.join("tenants").display().to_string()),
            ("LANG", "en_US.UTF-8".to_owned()),
        ];
        Self { binary: PathBuf::from(OURS), settings }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        command(&self.binary, &self.settings, arguments)
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
    pub took: Duration,
}

impl Program {
    /// Migrated and ready.
    pub fn start(url: &str) -> Self {
        Self::start_as(&[], url, &[])
    }

    /// The same, run by another command, which has to become the program itself.
    pub fn start_under(runner: &[&str], url: &str) -> Self {
        Self::start_as(runner, url, &[])
    }

    /// The same with further variables of its environment.
    pub fn start_with(url: &str, more: &[(&'static str, String)]) -> Self {
        Self::start_as(&[], url, more)
    }

    fn start_as(runner: &[&str], url: &str, more: &[(&'static str, String)]) -> Self {
        // Each sign-in is told to come from a network of its own: a fault that is repeated often must not end in a budget.
        let mut more = more.to_vec();
        more.push(("PORTAL_PROXY__TRUSTED", "127.0.0.1/32".to_owned()));
        let program = Self::prepare(runner, url, &more);
        program.heals("the start");
        program
    }

    /// Migrated and started; it answers in a moment.
    pub fn prepare(runner: &[&str], url: &str, more: &[(&'static str, String)]) -> Self {
        Self::prepare_of(Path::new(OURS), runner, url, more)
    }

    /// The same of another program.
    pub fn prepare_of(binary: &Path, runner: &[&str], url: &str, more: &[(&'static str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ring = folder.path().join("keys.toml").display().to_string();
        let (listen, internal) = (free_port(), free_port());
        let mut settings = vec![
            ("PORTAL_DATABASE__URL", url.to_owned()),
            ("PORTAL_KEYS__RING", ring.clone()),
            ("PORTAL_LISTEN", format!("127.0.0.1:{listen}")),
            ("PORTAL_INTERNAL__LISTEN", format!("127.0.0.1:{internal}")),
            ("PORTAL_PUBLIC__SCHEME", "http".to_owned()),
            ("PORTAL_PUBLIC__PORT", listen.to_string()),
            ("PORTAL_ARGON2__MEMORY_KIB", "64".to_owned()),
            ("PORTAL_ARGON2__ITERATIONS", "1".to_owned()),
        ];
        settings.extend_from_slice(more);
        for arguments in [&["keys", "new", &ring][..], &["migrate", "up"]] {
            let done = command(binary, &settings, arguments).output().unwrap();
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
        let process = Mutex::new(serve(binary, runner, &settings, folder.path()));
        let binary = Mutex::new(binary.to_owned());
        Self { binary, process, at: Ipv4Addr::LOCALHOST, listen, internal, folder, settings }
    }

    /// Another node on the same database, with the same keys; it is ready.
    pub fn another_node(&self) -> Self {
        self.another_node_at(Ipv4Addr::LOCALHOST, free_port(), free_port())
    }

    /// The same with this one's ports, at another address: as if on another machine.
    pub fn node_elsewhere(&self) -> Self {
        self.another_node_at(Ipv4Addr::new(127, 0, 0, 2), self.listen, self.internal)
    }

    fn another_node_at(&self, at: Ipv4Addr, listen: u16, internal: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = self.settings.clone();
        for (name, value) in &mut settings {
            match *name {
                "PORTAL_LISTEN" => *value = format!("{at}:{listen}"),
                "PORTAL_INTERNAL__LISTEN" => *value = format!("{at}:{internal}"),
                _ => {}
            }
        }
        let binary = self.binary();
        let process = Mutex::new(serve(&binary, &[], &settings, folder.path()));
        let node = Self { binary: Mutex::new(binary), process, at, listen, internal, folder, settings };
        node.is_ready_again();
        node
    }

    /// Commands with the same settings on another database.
    pub fn prepare_commands(&self, url: &str) -> Console {
        let mut settings = self.settings.clone();
        for (name, value) in &mut settings {
            if *name == "PORTAL_DATABASE__URL" {
                url.clone_into(value);
            }
        }
        Console { binary: self.binary(), settings }
    }

    /// Another command with the same settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        command(&self.binary(), &self.settings, arguments)
    }

    fn binary(&self) -> PathBuf {
        self.binary.lock().unwrap().clone()
    }

    /// From its next start on it is the program that is tested, and its commands are.
    pub fn becomes_ours(&self) {
        *self.binary.lock().unwrap() = PathBuf::from(OURS);
    }

    /// Where commands of the program that is tested are typed, whichever that node runs.
    pub fn console_of_ours(&self) -> Console {
        Console { binary: PathBuf::from(OURS), settings: self.settings.clone() }
    }

    /// Where further commands with the same settings are typed.
    pub fn console(&self) -> Console {
        Console { binary: self.binary(), settings: self.settings.clone() }
    }

    /// SIGTERM, and its end.
    pub fn stop(&mut self) {
        let told = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(told.success());
        self.process.get_mut().unwrap().wait().unwrap();
    }

    /// Starts it again.
    pub fn serve_again(&mut self) {
        let binary = self.binary();
        *self.process.get_mut().unwrap() = serve(&binary, &[], &self.settings, self.folder.path());
        self.heals("the start");
    }

    /// SIGTERM, as before it is replaced, and its end.
    pub fn leave(&self) {
        let mut process = self.process.lock().unwrap();
        let told = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
        assert!(told.success());
        let ended = process.wait().unwrap();
        assert!(ended.success(), "{ended}\n{}", self.tail());
    }

    /// How many requests to unions' hosts it has answered, over all its starts.
    pub fn answered(&self) -> usize {
        self.log().lines().filter(|line| line.contains("\"target\":\"access\"")).count()
    }

    /// SIGKILL, at whatever it is doing, and its end.
    pub fn kill(&self) {
        let mut process = self.process.lock().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Starts it again after a kill; how long until it is ready.
    pub fn start_again(&self) -> Duration {
        *self.process.lock().unwrap() = serve(&self.binary(), &[], &self.settings, self.folder.path());
        self.is_ready_again()
    }

    /// Waits until it is ready; how long that took.
    pub fn is_ready_again(&self) -> Duration {
        let began = Instant::now();
        while self.ready().is_none_or(|answer| answer.status != 200) {
            assert!(began.elapsed() < PATIENCE, "not ready again\n{}", self.tail());
            thread::sleep(Duration::from_millis(10));
        }
        began.elapsed()
    }

    /// Where its unions are served.
    pub fn port(&self) -> u16 {
        self.listen
    }

    /// Where a proxy finds its listener, and its internal one.
    pub fn addresses(&self) -> [String; 2] {
        [self.listen, self.internal].map(|port| format!("{}:{port}", self.at))
    }

    pub fn id(&self) -> u32 {
        self.process.lock().unwrap().id()
    }

    /// What it wrote into its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// `/readyz`.
    pub fn ready(&self) -> Option<Answer> {
        exchange_at(
            self.at,
            self.internal,
            "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )
    }

    /// Sends bytes as they are, and reads until the end of the connection.
    pub fn say(&self, words: &str) -> Option<Answer> {
        exchange_at(self.at, self.listen, words)
    }

    /// The union's host, with the port.
    pub fn host(&self) -> String {
        format!("{HOST}:{}", self.listen)
    }

    /// A sign-in by somebody nobody knows: it looks, counts and hashes.
    pub fn sign_in(&self) -> Option<Answer> {
        exchange_at(self.at, self.listen, &self.sign_in_words())
    }

    /// A sign-in by that user ID and password.
    pub fn sign_in_as(&self, who: &str, password: &str) -> Option<Answer> {
        exchange_at(self.at, self.listen, &self.words_of(who, password))
    }

    fn sign_in_words(&self) -> String {
        self.words_of(&format!("nobody{}", unique()), "wrong-password")
    }

    fn words_of(&self, who: &str, password: &str) -> String {
        let form = format!("username={who}&password={password}&back=");
        let network = unique();
        format!(
            "POST /signin HTTP/1.1\r\nHost: {HOST}:{port}\r\nOrigin: http://{HOST}:{port}\r\nConnection: close\r\n\
             X-Forwarded-For: 10.{}.{}.1\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            network / 256 % 256,
            network % 256,
            form.len(),
            port = self.listen
        )
    }

    /// Sends a sign-in and hangs up without waiting for the answer.
    pub fn hang_up(&self, after: Duration) {
        let Ok(mut stream) = TcpStream::connect((self.at, self.listen)) else { return };
        let _ = stream.write_all(self.sign_in_words().as_bytes());
        thread::sleep(after);
    }

    /// A connection that says nothing.
    pub fn knock(&self) -> Option<TcpStream> {
        TcpStream::connect((self.at, self.listen)).ok()
    }

    /// A sign-in works, as far as it may: it was looked up, counted and verified.
    pub fn works(&self, what: &str) {
        let answer = self.sign_in().unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(answer.status, 422, "{what}: after {:?}\n{}", answer.took, self.tail());
    }

    /// A sign-in is told to come back, by a page, in time.
    pub fn is_told_to_come_back(&self, what: &str) {
        let answer = self.sign_in().unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(answer.status, 503, "{what}: {}\n{}", answer.head, self.tail());
        assert!(answer.head.to_lowercase().contains("retry-after:"), "{what}: {}", answer.head);
        assert!(answer.body.contains("tel:"), "{what}: a page with the union's phone\n{}", answer.body);
        self.took_at_most(Duration::from_secs(16), answer.took, what);
    }

    /// `/readyz` is green.
    pub fn is_green(&self, what: &str) {
        let answer = self.ready().unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(answer.status, 200, "{what}: {}\n{}", answer.body, self.tail());
    }

    /// `/readyz` is red, in time.
    pub fn is_red(&self, what: &str) {
        let answer = self.ready().unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(answer.status, 503, "{what}: {}", answer.body);
        self.took_at_most(Duration::from_millis(2300), answer.took, what);
    }

    /// Green and at work again within five seconds, by itself. How soon is printed.
    #[expect(
        clippy::print_stdout,
        reason = "the figures are read by whoever asked for them: run it with --nocapture"
    )]
    pub fn heals(&self, what: &str) {
        let began = Instant::now();
        let most = if what == "the start" { PATIENCE } else { HEALED };
        loop {
            let ready = self.ready().is_some_and(|answer| answer.status == 200);
            if ready && self.sign_in().is_some_and(|answer| answer.status < 500) {
                let took = began.elapsed();
                println!("{what}: well again after {took:.2?}");
                return self.took_at_most(most, took, what);
            }
            let waited = began.elapsed();
            assert!(waited < PATIENCE, "{what}: not well after {waited:?}\n{}", self.tail());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// It took no longer than promised, but for what this machine takes to do anything just now: twenty times as long as an
    /// answer that asks nothing of the program. Where it has nothing else to do, that is a few milliseconds.
    pub fn took_at_most(&self, promised: Duration, took: Duration, what: &str) {
        let words = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let pace = exchange_at(self.at, self.internal, words).map_or(Duration::ZERO, |answer| answer.took);
        let most = promised + 20 * pace;
        assert!(took < most, "{what}: {took:?}, and {most:?} at most\n{}", self.tail());
    }

    pub fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Processor time it took so far.
    pub fn busy(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// Open files.
    pub fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count()
    }

    /// Most open files from now on.
    pub fn allow_files(&self, most: usize) {
        let limit = format!("--nofile={most}:");
        let done = Command::new("prlimit").args(["--pid", &self.id().to_string(), &limit]).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap();
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// System calls that fail, for as long as this is there.
pub struct Injected(Child);

impl Injected {
    /// `what` in strace's words: `pwrite64:error=ENOSPC`, with `:when=1..1` for the first call only.
    pub fn into(program: &Program, what: &str) -> Self {
        let calls = what.split(':').next().unwrap();
        let mut strace = Command::new("strace")
            .args(["-f", "-p", &program.id().to_string(), "-o", "/dev/null"])
            .args(["-e", &format!("trace={calls}"), "-e", &format!("inject={what}")])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace; tests/run installs it");
        let mut said = BufReader::new(strace.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "strace: {line}");
        // Nothing else is worth reading, but a full pipe would stop it.
        thread::spawn(move || said.lines().for_each(drop));
        Self(strace)
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        // SIGINT: strace lets go of the program.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// The program with these settings and no others.
fn command(binary: &Path, settings: &[(&'static str, String)], arguments: &[&str]) -> Command {
    run(settings, &[&[binary.to_str().unwrap()], arguments].concat())
}

fn run(settings: &[(&'static str, String)], words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(&words[1..]).stdin(Stdio::null());
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PORTAL_")) {
        command.env_remove(name);
    }
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

fn serve(binary: &Path, runner: &[&str], settings: &[(&'static str, String)], folder: &Path) -> Child {
    let log = File::options().append(true).create(true).open(folder.join("log")).unwrap();
    let words = [runner, &[binary.to_str().unwrap(), "serve"]].concat();
    run(settings, &words).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// Sends a request, with `Connection: close` in it, and reads its whole answer.
pub fn exchange(port: u16, words: &str) -> Option<Answer> {
    exchange_at(Ipv4Addr::LOCALHOST, port, words)
}

fn exchange_at(at: Ipv4Addr, port: u16, words: &str) -> Option<Answer> {
    let stream = TcpStream::connect((at, port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    exchange_over(stream, words)
}

/// The same over a connection that is there.
pub fn exchange_over(mut stream: impl io::Read + io::Write, words: &str) -> Option<Answer> {
    let began = Instant::now();
    stream.write_all(words.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let answer = String::from_utf8_lossy(&bytes).into_owned();
    let (head, text) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    // Whoever was killed while it answered has not answered.
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
    if length.is_some_and(|length| bytes.len() < head.len() + 4 + length) {
        return None;
    }
    Some(Answer { status, head: head.to_owned(), body: text.to_owned(), took: began.elapsed() })
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// The address of a SQLite file in a folder.
pub fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("portal.db").display())
}
