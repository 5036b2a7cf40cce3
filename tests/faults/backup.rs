//! `backup` and `restore` that are killed at any system call, beside a service that writes; and PostgreSQL's own dump, which
//! starts nothing before it was finished (R18, M11).

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::{
    OverAtLast,
    cluster::{Cluster, tool},
    program::{Console, Program, sqlite},
};

/// Where the two commands are killed: system call, and at which of them.
const KILLS: [(&str, u32); 14] = [
    ("flock", 1),
    ("openat", 40),
    ("pwrite64", 1),
    ("pwrite64", 7),
    ("pwrite64", 40),
    ("pwrite64", 90),
    ("fdatasync", 1),
    ("fdatasync", 2),
    ("fsync", 1),
    ("fsync", 2),
    ("unlink", 1),
    ("unlink", 2),
    ("link", 1),
    ("linkat", 1),
];

/// Where commands are typed.
trait Typed {
    fn typed(&self, arguments: &[&str]) -> Command;
}

impl Typed for Program {
    fn typed(&self, arguments: &[&str]) -> Command {
        self.command(arguments)
    }
}

impl Typed for Console {
    fn typed(&self, arguments: &[&str]) -> Command {
        self.command(arguments)
    }
}

fn reached(done: &Output) -> bool {
    // strace dies of the signal that its program died of.
    done.status.code().is_none()
}

/// Runs a command of the program that is killed at the call.
fn killed_at(program: &impl Typed, (call, when): (&str, u32), arguments: &[&str]) -> Output {
    let typed = program.typed(arguments);
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:signal=SIGKILL:when={when}")])
        .arg(typed.get_program())
        .args(typed.get_args());
    strace.current_dir(typed.get_current_dir().unwrap()).stdin(Stdio::null());
    for (name, value) in typed.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.output().unwrap()
}

fn fine(program: &impl Typed, arguments: &[&str]) -> String {
    let done = program.typed(arguments).output().unwrap();
    let err = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(0), "{arguments:?}: {err}");
    String::from_utf8(done.stdout).unwrap() + err.as_str()
}

#[test]
fn what_is_killed_at_any_call_leaves_nothing_that_looks_whole() {
    let (folder, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = Program::start(&sqlite(folder.path()));
    let file = folder.path().join("a.db");
    let (path, over) = (file.to_str().unwrap(), AtomicBool::new(false));
    let mut kills = 0;
    thread::scope(|scope| {
        let _over_at_last = OverAtLast(&over);
        // Somebody writes all the time, and never has to come back later.
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                program.works("beside a backup");
            }
        });
        for kill in KILLS {
            let done = killed_at(&program, kill, &["backup", path]);
            kills += u32::from(reached(&done));
            if file.exists() {
                // Killed behind the end, or not at all: whole.
                assert_whole(&program, &file);
                fs::remove_file(&file).unwrap();
            }
        }
        fine(&program, &["backup", path]);
    });
    assert!(kills >= 8, "only {kills} backups were killed");
    assert_whole(&program, &file);

    // The same of a restore: the place is empty, or holds a database that was finished.
    let target = place.path().join("portal.db");
    let url = sqlite(place.path());
    let elsewhere = program.prepare_commands(&url);
    let restore = ["restore", path, "--reason", "drill"];
    kills = 0;
    for kill in KILLS {
        let done = killed_at(&elsewhere, kill, &restore);
        kills += u32::from(reached(&done));
        if target.exists() {
            fine(&elsewhere, &["verify-store"]);
            fine(&elsewhere, &["keys", "status"]);
            assert!(fine(&elsewhere, &["restore", "--moved", "--reason", "asks"]).contains("no mark"));
            for entry in fs::read_dir(place.path()).unwrap() {
                fs::remove_file(entry.unwrap().path()).unwrap();
            }
        }
    }
    assert!(kills >= 8, "only {kills} restores were killed");
    fine(&elsewhere, &restore);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing is left beside it");
}

fn assert_whole(program: &Program, file: &Path) {
    let empty = tempfile::tempdir().unwrap();
    let elsewhere = program.prepare_commands(&sqlite(empty.path()));
    fine(&elsewhere, &["restore", file.to_str().unwrap(), "--reason", "drill", "--dry-run"]);
}

#[test]
fn a_dump_of_postgresql_starts_nothing_until_it_was_finished() {
    let cluster = Cluster::start();
    let mut program = Program::start(&Cluster::url(cluster.port));
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("portal.dump");
    let path = dump.to_str().unwrap();
    let refused = program.command(&["backup", path, "--lang", "en"]).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    // What it says is what is typed.
    let line = told.lines().find_map(|line| line.split("Next: ").nth(1)).unwrap();
    let run = |line: &str| {
        let bin = tool("pg_dump").parent().unwrap().to_owned();
        let mut bash = Command::new("bash");
        bash.args(["-c", line]).env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        let done = bash.output().unwrap();
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    };
    // sslmode is the test's, and is not shown.
    run(line);
    let running =
        program.command(&["restore", "--finish", "--unmarked", "--reason", "drill"]).output().unwrap();
    assert_eq!(running.status.code(), Some(2), "a node is there");
    assert!(String::from_utf8_lossy(&running.stderr).contains("uses this database"));
    program.stop();

    cluster.make("restored");
    let url = Cluster::url(cluster.port).replace("/postgres?", "/restored?");
    let restored = program.prepare_commands(&url);
    let refused = restored.command(&["restore", path, "--reason", "drill", "--lang", "en"]).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    let from = told.find("pg_restore").unwrap();
    run(told[from..].lines().next().unwrap());
    let serve = restored.command(&["serve"]).output().unwrap();
    assert_eq!(serve.status.code(), Some(2));
    let told = String::from_utf8_lossy(&serve.stderr).into_owned();
    assert!(told.contains("restore --finish") && told.contains("--moved"), "{told}");
    fine(&restored, &["verify-store"]);
    fine(&restored, &["restore", "--finish", "--reason", "drill"]);
    let again = fine(&restored, &["restore", "--finish", "--reason", "drill", "--json"]);
    assert!(again.contains("\"finished\""), "{again}");
    // VACUUM rewrites the row, and it is its own all the same.
    for statement in ["VACUUM FULL store_origin", "VACUUM FREEZE store_origin"] {
        run(&format!("psql --no-psqlrc --command='{statement}' '{url}'"));
    }
    assert!(fine(&restored, &["restore", "--moved", "--reason", "asks"]).contains("no mark"));
}
