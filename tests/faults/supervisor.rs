//! The service under systemd: what it tells, and that it does nothing which its unit forbids.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::net::UnixDatagram,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::program::{Program, sqlite};

const UNIT: &str = include_str!("../../.systemd/kenpo-portal.service");

/// The next thing that a supervisor is told.
fn told(supervisor: &UnixDatagram) -> String {
    let mut words = [0; 512];
    let length = supervisor.recv(&mut words).unwrap();
    String::from_utf8(words[..length].to_vec()).unwrap()
}

#[test]
fn the_supervisor_is_told_when_it_answers_and_when_it_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    supervisor.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let more = [("NOTIFY_SOCKET", socket.display().to_string())];
    let mut program = Program::prepare(&[], &sqlite(folder.path()), &more);
    assert_eq!(told(&supervisor), "READY=1\n");
    assert_eq!(program.ready().unwrap().status, 200, "at that moment");
    assert_eq!(program.sign_in().unwrap().status, 422);
    let began = Instant::now();
    program.stop();
    assert_eq!(told(&supervisor), "STOPPING=1\n");
    assert!(began.elapsed() < Duration::from_secs(45), "the unit's TimeoutStopSec");
}

/// The system calls of a set of systemd's, with the sets in it.
fn calls_of(set: &str, calls: &mut BTreeSet<String>) {
    let listed =
        Command::new("systemd-analyze").args(["syscall-filter", set]).output().expect("systemd-analyze");
    assert!(listed.status.success(), "{set}");
    let text = String::from_utf8(listed.stdout).unwrap();
    // The first line is the name of the set.
    for word in text.lines().skip(1).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if word.starts_with('@') {
            calls_of(word, calls);
        } else {
            calls.insert(word.to_owned());
        }
    }
}

/// What the unit allows.
fn allowed() -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for sets in UNIT.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let (is_taken_away, sets) = sets.strip_prefix('~').map_or((false, sets), |sets| (true, sets));
        for set in sets.split(' ') {
            let mut calls = BTreeSet::new();
            calls_of(set, &mut calls);
            if is_taken_away {
                allowed.retain(|call| !calls.contains(call));
            } else {
                allowed.append(&mut calls);
            }
        }
    }
    assert!(
        allowed.contains("openat") && !allowed.contains("chown") && !allowed.contains("ptrace"),
        "{allowed:?}"
    );
    allowed
}

/// The names of the system calls in what strace wrote, with those that were refused.
fn made(trace: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(trace).unwrap();
    let names = text.lines().filter_map(|line| {
        let call = line.split_once(' ')?.1.trim_start();
        let name =
            call.strip_prefix("<... ").map_or(call, |rest| rest.split_once(' ').map_or(rest, |it| it.0));
        let name = name.split_once('(').map_or(name, |it| it.0);
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn no_system_call_of_the_service_is_one_that_its_unit_forbids() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("calls");
    let name = trace.display().to_string();
    // -D: the program is the process that was started, and strace stands beside it.
    let runner = ["strace", "-D", "-f", "-qq", "-o", &name];
    let mut program = Program::start_under(&runner, &sqlite(folder.path()));
    assert_eq!(program.sign_in().unwrap().status, 422);
    let hung_up = Command::new("kill").args(["-HUP", &program.id().to_string()]).status().unwrap();
    assert!(hung_up.success());
    assert_eq!(program.sign_in().unwrap().status, 422);
    program.stop();
    let (made, allowed) = (made(&trace), allowed());
    assert!(made.contains("openat") && made.contains("accept4") && made.contains("fsync"), "{made:?}");
    // As root, which the tests may be and the unit's user is not, SQLite gives its files to the database's owner.
    let of_root = ["fchown"];
    let forbidden: Vec<_> =
        made.difference(&allowed).filter(|call| !of_root.contains(&call.as_str())).collect();
    assert!(forbidden.is_empty(), "{forbidden:?}");
}

#[test]
fn systemd_reads_the_unit_and_finds_little_that_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("kenpo-portal.service");
    fs::write(&unit, UNIT.replace("/usr/local/bin/kenpo-portal", env!("CARGO_BIN_EXE_kenpo-portal")))
        .unwrap();
    let analyze = |arguments: &[&str]| {
        let done =
            Command::new("systemd-analyze").args(arguments).arg(&unit).output().expect("systemd-analyze");
        let said = [done.stdout, done.stderr].concat();
        (done.status.success(), String::from_utf8(said).unwrap())
    };
    let (is_read, said) = analyze(&["verify", "--man=no"]);
    assert!(is_read && said.trim().is_empty(), "{said}");
    // 0 is closed, 10 is open; in tenths.
    let (is_closed, said) = analyze(&["security", "--offline=true", "--threshold=15"]);
    assert!(is_closed, "{said}");
}
