//! SQLite whose disk fails: nobody gets in meanwhile, nothing but 503 is told, readiness is red, and all of it heals.

use std::{fs, process::Command, thread, time::Duration};

use crate::{
    program::{Injected, Program, sqlite},
    times,
};

fn program() -> (tempfile::TempDir, Program) {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(&sqlite(folder.path()));
    (folder, program)
}

/// Everything that writes fails for a while.
fn fails_and_heals(what: &str) {
    let (_folder, program) = program();
    for _ in 0..times() {
        let injected = Injected::into(&program, what);
        program.is_told_to_come_back(what);
        // The last write of readiness is remembered for a second.
        thread::sleep(Duration::from_millis(1100));
        program.is_red(what);
        program.is_told_to_come_back(what);
        drop(injected);
        program.heals(what);
    }
}

#[test]
fn a_disk_that_is_full() {
    fails_and_heals("pwrite64:error=ENOSPC:when=1+");
}

#[test]
fn a_disk_that_fails_to_write() {
    fails_and_heals("pwrite64:error=EIO:when=1+");
}

#[test]
fn a_disk_that_became_read_only() {
    fails_and_heals("pwrite64:error=EROFS:when=1+");
}

#[test]
fn a_disk_that_fails_to_sync() {
    fails_and_heals("fdatasync,fsync:error=EIO:when=1+");
}

#[test]
fn one_call_that_fails_ends_with_its_request() {
    let (_folder, program) = program();
    for what in [
        "pwrite64:error=ENOSPC:when=1..1",
        "pwrite64:error=EIO:when=1..1",
        "fdatasync,fsync:error=EIO:when=1..1",
        "pread64:error=EIO:when=1..1",
        "pwrite64:error=ENOSPC:when=2..2",
        "pwrite64:error=ENOSPC:when=3..3",
    ] {
        for _ in 0..times() {
            let injected = Injected::into(&program, what);
            for _ in 0..2 {
                let answer = program.sign_in().unwrap();
                assert!(
                    answer.status < 500 || answer.status == 503,
                    "{what}: {}\n{}",
                    answer.head,
                    program.tail()
                );
            }
            // strace counts the calls of each thread by itself: what fails once fails once on every new connection.
            drop(injected);
            program.works(what);
            program.heals(what);
        }
    }
}

#[test]
fn a_disk_that_is_really_full() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |arguments: &[&str]| Command::new(arguments[0]).args(&arguments[1..]).status();
    let place = folder.path().to_str().unwrap();
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=8m", "none", place]).is_ok_and(|done| done.success()) {
        // Not allowed to mount: the same fault is injected above.
        return;
    }
    let program = Program::start(&sqlite(folder.path()));
    let full = folder.path().join("full");
    for _ in 0..times() {
        let _ = fs::write(&full, vec![0; 16 << 20]);
        // What still fits into the log that is there already may be written.
        let mut refused = 0;
        for _ in 0..200 {
            let answer = program.sign_in().unwrap();
            assert!(answer.status < 500 || answer.status == 503, "{}", answer.head);
            refused += u32::from(answer.status == 503);
        }
        assert!(refused > 0, "the disk was never full");
        fs::remove_file(&full).unwrap();
        program.heals("a disk that is really full");
    }
    drop(program);
    let _ = mount(&["umount", place]);
}

#[test]
fn no_file_can_be_opened() {
    let (_folder, program) = program();
    for _ in 0..times() {
        let injected = Injected::into(&program, "openat:error=EMFILE:when=1+");
        program.is_red("no file can be opened");
        let answer = program.sign_in().unwrap();
        assert!(answer.status < 500 || answer.status == 503, "{}", answer.head);
        drop(injected);
        program.heals("no file can be opened");
    }
}

#[test]
fn no_file_handle_is_left() {
    let (_folder, program) = program();
    for _ in 0..times() {
        let most = program.files() + 3;
        program.allow_files(most);
        let waiting: Vec<_> = (0..40).map(|_| program.knock()).collect();
        let before = (program.busy(), program.log().lines().count());
        thread::sleep(Duration::from_secs(2));
        let spent = program.busy().saturating_sub(before.0);
        assert!(
            spent < Duration::from_millis(400),
            "{spent:?} of processor time while nothing could be accepted"
        );
        let lines = program.log().lines().count() - before.1;
        assert!(lines < 10, "{lines} lines of log in two seconds");
        drop(waiting);
        program.allow_files(1024);
        program.heals("no file handle is left");
    }
}

#[test]
fn a_disk_that_hangs() {
    let (_folder, program) = program();
    for _ in 0..times() {
        let injected = Injected::into(&program, "fdatasync,fsync:delay_enter=8000000:when=1+");
        thread::scope(|scope| {
            scope.spawn(|| program.is_told_to_come_back("a disk that hangs"));
            thread::sleep(Duration::from_millis(1100));
            program.is_red("a disk that hangs");
        });
        drop(injected);
        program.heals("a disk that hangs");
    }
}

#[test]
fn clients_that_hang_up() {
    let (_folder, program) = program();
    for round in 0..times() {
        for delay in 0..300 {
            program.hang_up(Duration::from_micros(u64::from(100 * delay + round)));
            if delay % 10 == 0 {
                program.works("a neighbour hung up");
            }
        }
        program.heals("clients that hang up");
    }
}
