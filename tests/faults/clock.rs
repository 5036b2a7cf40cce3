//! The machine's clock is set while the service runs, and set right again: readiness is red for as long as the database's
//! clock says otherwise and for a minute more, passwords are looked at meanwhile, and all is well by itself (R24).
//!
//! The service under test is a process of its own that compares two clocks of the machine as time goes by: hence the polls,
//! and the minute that has to pass.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{cluster::Cluster, program::Program};

/// Longer than the minute that has to pass, on whatever machine.
const PATIENCE: Duration = Duration::from_mins(4);

/// What sets the clock of one program, for programs with threads.
pub fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path());
    let found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    found.expect("libfaketime; tests/run installs it")
}

/// Waits until readiness says what it should, which has to be in so many seconds.
fn until(program: &Program, seconds: u64, is: impl Fn(u16, &str) -> bool) {
    let began = Instant::now();
    loop {
        let answer = program.ready().unwrap();
        let waited = began.elapsed();
        if is(answer.status, &answer.body) {
            return program.took_at_most(Duration::from_secs(seconds), waited, &answer.body);
        }
        assert!(waited < PATIENCE, "after {waited:?}: {}\n{}", answer.body, program.tail());
        thread::sleep(Duration::from_millis(200));
    }
}

fn set(file: &Path, ahead: i64) {
    // By its name in one step: the library reads it at each question for the time.
    let new = file.with_extension("new");
    fs::write(&new, format!("{ahead:+}\n")).unwrap();
    fs::rename(&new, file).unwrap();
}

#[test]
fn a_clock_that_is_set_and_set_right_again() {
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("time");
    set(&file, 0);
    let faked = [
        ("LD_PRELOAD", library().display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("FAKETIME_DONT_RESET", "1".to_owned()),
    ];
    let program = Program::start_with(&Cluster::url(cluster.port), &faked);
    for ahead in [3600, -40] {
        set(&file, ahead);
        // First it jumps; then it is apart from the database's, for as long as that lasts.
        until(&program, 5, |status, said| status == 503 && said.contains("the clock jumped"));
        until(&program, 15, |status, said| status == 503 && said.contains("the database's clock differs"));
        program.works("a password while the clock is wrong");
    }
    set(&file, 0);
    until(&program, 90, |status, _| status == 200);
    program.heals("a clock that was set right");
    // Each is told once, by whoever looks every five seconds.
    let told = |words: &str| program.log().matches(words).count();
    let began = Instant::now();
    while told("the time is believed again") == 0 && began.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(
        (told("The time is not believed"), told("the time is believed again")),
        (1, 1),
        "{}",
        program.tail()
    );
}
