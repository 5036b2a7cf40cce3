//! `tenant new` is killed at every system call by which its files come into being: the union is there whole or not at all,
//! and the next run makes it or finishes it.

use std::{fs, os::unix::process::ExitStatusExt as _, path::Path, process::Command};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kenpo-portal");
/// The calls that change a folder or a file.
const CALLS: [&str; 8] = ["mkdir", "openat", "write", "fsync", "rename", "linkat", "unlink", "rmdir"];
const FILES: [&str; 3] = ["aokenpo.toml", "aokenpo/terms.md", "aokenpo/logo.svg"];

fn new(folder: &Path, strace: &[String]) -> (Option<i32>, Option<i32>) {
    let words = ["tenant", "new", "aokenpo", "--name", "あお健康保険組合"];
    let mut command = match strace {
        [] => Command::new(PROGRAM),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(PROGRAM);
            command
        }
    };
    let ended = command.args(words).env("PORTAL_TENANTS__DIR", folder).current_dir(folder).output().unwrap();
    (ended.status.code(), ended.status.signal())
}

/// The shared values alone.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let defaults = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants/_defaults.toml");
    fs::copy(defaults, folder.path().join("_defaults.toml")).unwrap();
    folder
}

#[test]
fn a_new_union_is_whole_or_absent_wherever_its_making_is_killed() {
    let whole = folder();
    assert_eq!(new(whole.path(), &[]), (Some(0), None));
    let expected = FILES.map(|name| fs::read(whole.path().join(name)).unwrap());
    let mut kills = 0;
    for call in CALLS {
        for at in 1.. {
            let folder = folder();
            let inject = format!("inject={call}:signal=KILL:when={at}");
            let trace = format!("trace={call}");
            let strace =
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject].map(str::to_owned);
            if new(folder.path(), &strace) == (Some(0), None) {
                break;
            }
            kills += 1;
            let there = |name: &str| folder.path().join(name).exists();
            // The file is the union: with it, everything is there.
            if there(FILES[0]) {
                for (name, text) in FILES.iter().zip(&expected) {
                    assert_eq!(
                        &fs::read(folder.path().join(name)).unwrap(),
                        text,
                        "{name} after {call} {at}"
                    );
                }
                continue;
            }
            assert_eq!(new(folder.path(), &[]), (Some(0), None), "the next run after {call} {at}");
            for (name, text) in FILES.iter().zip(&expected) {
                assert_eq!(&fs::read(folder.path().join(name)).unwrap(), text, "{name} after {call} {at}");
            }
            let left: Vec<_> =
                fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left.len(), 3, "{left:?} after {call} {at}");
        }
    }
    assert!(kills > 20, "{kills}");
}
