//! The real program in a folder of its own: its commands, and the service while it runs.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::tenants::{MIDORI, folder, write};

/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a command ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_kenpo-portal");

fn ended(command: &mut Command) -> Ended {
    let ended = command.output().unwrap();
    Ended {
        code: ended.status.code().expect("the program ended by itself"),
        out: String::from_utf8(ended.stdout).unwrap(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// A folder with one union and the settings that lead there.
pub struct Place {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Place {
    /// One good union, no database, no key ring.
    pub fn new() -> Self {
        let folder = folder();
        write(folder.path(), "midorikenpo.toml", MIDORI);
        let mut place = Self { folder, settings: Vec::new() };
        place.set("PORTAL_TENANTS__DIR", place.path("").display().to_string());
        place.set("PORTAL_DATABASE__URL", format!("sqlite:{}", place.path("portal.db").display()));
        place.set("PORTAL_KEYS__RING", place.path("keys.toml").display().to_string());
        place.set("PORTAL_LISTEN", "127.0.0.1:0");
        place.set("PORTAL_INTERNAL__LISTEN", "127.0.0.1:0");
        place
    }

    /// Migrated, with a key ring.
    pub fn ready() -> Self {
        let place = Self::new();
        assert_eq!(place.run(&["migrate", "up"]).code, 0);
        let ring = place.path("keys.toml");
        assert_eq!(place.run(&["keys", "new", ring.to_str().unwrap()]).code, 0);
        place
    }

    /// A setting of the environment.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.settings.retain(|(set, _)| *set != name);
        self.settings.push((name, value.into()));
    }

    /// A setting that is not set.
    pub fn unset(&mut self, name: &str) {
        self.settings.retain(|(set, _)| *set != name);
    }

    /// A file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.prepared(PROGRAM, arguments)
    }

    /// Runs a line of bash, in which `$PROGRAM` is the program.
    pub fn shell(&self, line: &str) -> Ended {
        let mut command = self.prepared("bash", &["-c", line]);
        command.env("PROGRAM", PROGRAM);
        ended(&mut command)
    }

    /// Runs a command whose reader has left before its first word.
    pub fn unread(&self, line: &str) -> Ended {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = self.command(&line.split(' ').collect::<Vec<_>>());
        let ended =
            command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        Ended {
            code: ended.status.code().expect("the program ended by itself"),
            out: String::new(),
            err: String::from_utf8(ended.stderr).unwrap(),
        }
    }

    fn prepared(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let named = name.to_string_lossy();
            let colour = named.contains("COLOR");
            if colour || named.starts_with("PORTAL_") || named.starts_with("LC_") || named.starts_with("LANG")
            {
                command.env_remove(name);
            }
        }
        command.args(arguments).envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, whose output nobody reads.
    pub fn run_unread(&self, arguments: &[&str]) -> Ended {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        ended(self.prepared(PROGRAM, arguments).stdout(writer))
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }

    /// Starts a command that runs until it is stopped, and reads the first line of its output.
    pub fn spawn(&self, arguments: &[&str]) -> (Spawned, String) {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (Spawned(child), line.trim().to_owned())
    }

    /// Starts `serve` and waits until it says that it serves.
    pub fn serve(&self) -> Running {
        let mut running = self.start();
        let serving = running.until("Serving");
        let address = |name: &str| serving[name].as_str().unwrap().parse().unwrap();
        (running.public, running.internal) = (address("listen"), address("internal"));
        running
    }

    /// The same where the log says nothing: waits until somebody listens at the addresses of the settings.
    pub fn serve_at(&self, public: SocketAddr, internal: SocketAddr) -> Running {
        let mut running = self.start();
        (running.public, running.internal) = (public, internal);
        while TcpStream::connect(internal).is_err() {
            assert!(running.child.try_wait().unwrap().is_none(), "the service ended");
            thread::yield_now();
        }
        running
    }

    fn start(&self) -> Running {
        let mut child =
            self.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Running { child, lines, log: Vec::new(), public: ([0; 4], 0).into(), internal: ([0; 4], 0).into() }
    }
}

/// A command that runs until it is stopped.
pub struct Spawned(Child);

impl Spawned {
    /// Stops it as Ctrl-C does: its exit code.
    pub fn interrupt(mut self) -> Option<i32> {
        let told = Command::new("sh").arg("-c").arg(format!("kill -INT {}", self.0.id())).status();
        assert!(told.unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The service while it runs.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    /// Every line so far.
    pub log: Vec<String>,
    pub public: SocketAddr,
    pub internal: SocketAddr,
}

impl Running {
    /// Waits for a line with this message.
    pub fn until(&mut self, message: &str) -> Value {
        loop {
            let line =
                self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{message}: {:?}", self.log));
            let value: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            self.log.push(line);
            if value["message"] == message {
                return value;
            }
        }
    }

    /// One request on a connection of its own: status and everything that came.
    pub fn ask(address: SocketAddr, words: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(words.as_bytes()).unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        let status = heard.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("{heard:?}")), heard)
    }

    /// SIGTERM, as a supervisor sends it.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// A signal, by its name.
    pub fn signal(&self, name: &str) {
        let told = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.id())).status();
        assert!(told.unwrap().success());
    }

    /// Waits for the end: exit code, and what it said on stdout.
    pub fn end(&mut self) -> (Option<i32>, String) {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.log.push(line);
        }
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        (self.child.wait().unwrap().code(), out)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
