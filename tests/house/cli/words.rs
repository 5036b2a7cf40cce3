//! What a command says when the machine, not the operator, says no: each word names what to change.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use super::program::Place;
use crate::tenants::MIDORI;

#[test]
fn a_taken_port_and_a_missing_folder_name_their_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (variable, setting) in [("PORTAL_LISTEN", "listen"), ("PORTAL_INTERNAL__LISTEN", "internal.listen")] {
        let mut place = Place::ready();
        place.set(variable, address.clone());
        let ended = place.run(&["serve"]);
        assert_eq!(ended.code, 2);
        let last = ended.err.lines().last().unwrap();
        assert!(last.contains(&address) && last.contains(&format!("give {setting} ({variable})")), "{last}");
        assert!(!last.contains("os error"), "{last}");
    }
    let mut place = Place::new();
    place.unset("PORTAL_DATABASE__URL");
    let demo = place.run(&["demo", "--listen", &address, "--lang", "ja"]);
    assert!(demo.err.contains("--listen を別の") && demo.err.contains("ほかのプログラム"), "{}", demo.err);

    let mut place = Place::new();
    place.set("PORTAL_TENANTS__DIR", "no-such-folder");
    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    for command in [
        &["serve"][..],
        &["tenant", "check"],
        &["tenant", "list"],
        &["audit", "export", "--tenant", "midorikenpo"],
        &["terms", "export", "--tenant", "midorikenpo"],
        &["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    ] {
        let ended = place.run(command);
        assert_eq!(ended.code, 2, "{command:?}");
        assert!(
            ended.err.contains("no-such-folder") && ended.err.contains("tenants.dir"),
            "{command:?}: {}",
            ended.err
        );
        assert!(!ended.err.contains("os error"), "{command:?}: {}", ended.err);
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_told_by_its_cause() {
    let mut place = Place::new();
    for (url, english, japanese) in [
        ("postgres://portal:geheim@127.0.0.1:1/portal", "connection was refused", "接続を断られました"),
        (
            "postgres://portal:geheim@no-such-host.invalid/portal",
            "no host of that name",
            "ホストが見つかりません",
        ),
        ("postgres:///portal?host=/no-such-folder", "it is not there", "ありません"),
    ] {
        place.set("PORTAL_DATABASE__URL", url);
        for command in [&["migrate", "up"][..], &["serve"], &["mail", "status"]] {
            let ended = place.run(command);
            assert_eq!(ended.code, 2);
            assert!(ended.err.contains(english), "{url} {command:?}: {}", ended.err);
            assert!(!ended.err.contains("timed out") && !ended.err.contains("geheim"), "{}", ended.err);
        }
        let told = place.run(&["migrate", "status", "--lang", "ja"]).err;
        assert!(told.contains(japanese), "{url}: {told}");
    }
}

#[test]
fn files_that_are_no_database_or_may_not_be_read_are_told() {
    let place = Place::new();
    let database = place.path("portal.db");
    fs::write(&database, "記号,番号\n1,2\n".repeat(100)).unwrap();
    for command in [&["migrate", "up"][..], &["serve"], &["mail", "status"]] {
        let ended = place.run(command);
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("no SQLite database"), "{command:?}: {}", ended.err);
    }
    fs::remove_file(&database).unwrap();
    fs::create_dir(&database).unwrap();
    let folder = place.run(&["migrate", "up"]);
    assert_eq!(folder.code, 2);
    assert!(folder.err.contains("portal.db") && folder.err.contains("it is a folder"), "{}", folder.err);
    fs::remove_dir(&database).unwrap();

    // The superuser reads and writes everything; for everybody else these are refused.
    let mut place = Place::new();
    fs::write(place.path("file"), "").unwrap();
    let inside = place.path("file/portal.db").display().to_string();
    place.set("PORTAL_DATABASE__URL", format!("sqlite:{inside}"));
    let ended = place.run(&["migrate", "up", "--lang", "ja"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("file") && !ended.err.contains("os error"), "{}", ended.err);
    let ring = place.path("file/keys.toml").display().to_string();
    let ended = place.run(&["keys", "new", &ring]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("file") && !ended.err.contains("os error"), "{}", ended.err);
    let mode = fs::metadata(place.path("file")).unwrap().permissions().mode();
    assert_ne!(mode, 0);
}

#[test]
fn a_reader_who_leaves_is_no_fault_and_changes_no_answer() {
    let place = Place::ready();
    // Whoever takes the first lines has what they wanted; an export has to be whole.
    let lists =
        ["tenant list", "tenant check --json", "migrate status", "mail status", "verify-store --json"];
    let read = |command: &str| place.run(&command.split(' ').collect::<Vec<_>>()).code;
    let answers = lists.map(|command| (command, read(command)));
    for (command, code) in answers.into_iter().chain([("audit export --tenant midorikenpo --format csv", 2)])
    {
        let unread = place.unread(command);
        assert_eq!(unread.code, code, "{command}: {}", unread.err);
        let err = unread.err;
        assert!(!err.contains("panicked") && !err.contains("kenpo-portal: Broken"), "{command}: {err}");
    }
    // What was found is told by the exit code, whoever reads.
    fs::write(place.path("midorikenpo.toml"), MIDORI.replace("\"open\"", "\"opened\"")).unwrap();
    for command in ["tenant check", "tenant check --json"] {
        assert_eq!(
            (place.run(&command.split(' ').collect::<Vec<_>>()).code, place.unread(command).code),
            (1, 1)
        );
    }
    // Nobody hears the words: the work is done all the same.
    let place = Place::new();
    let ended = place.shell("\"$PROGRAM\" migrate up 2> >(exit 0); exit $?");
    assert_eq!(ended.code, 0);
    assert_eq!(place.run(&["migrate", "status"]).code, 0);
    // A full disk behind the output is one.
    let ended = place.shell("\"$PROGRAM\" migrate status > /dev/full");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("the output cannot be written: no space is left"), "{}", ended.err);
}

#[test]
fn a_language_nobody_speaks_is_told() {
    let mut place = Place::new();
    let ended = place.run(&["--lang", "fr", "tenant", "list"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("\"fr\"") && ended.err.contains("--lang ja or --lang en"), "{}", ended.err);
    for right in ["ja", "JA", "ja_JP.UTF-8", "en-GB"] {
        assert_eq!(place.run(&["--lang", right, "tenant", "list"]).code, 0, "{right}");
    }
    assert_eq!(place.run(&["--lang", "jap", "tenant", "list"]).code, 2);
    // A machine's locale is nobody's mistake.
    place.set("LANG", "fr_FR.UTF-8");
    assert_eq!(place.run(&["tenant", "list"]).code, 0);
}

#[test]
fn every_shell_completes_the_commands_without_any_settings() {
    let mut place = Place::new();
    place.set("PORTAL_DATABASE__URL", "no address");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = place.run(&["completions", shell]);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{shell}");
        for word in ["member", "desk-code", "--dry-run"] {
            assert!(ended.out.contains(word.trim_start_matches('-')), "{shell}: {word}");
        }
    }
    assert_eq!(place.run(&["completions", "cmd"]).code, 2);
}

#[test]
fn help_is_in_one_language() {
    let mut place = Place::new();
    let is_japanese =
        |text: &str| text.contains(|c| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
    for command in
        [&["--help"][..], &["member", "--help"], &["member", "revert", "--help"], &["audit", "--help"]]
    {
        let english = place.run(&[&["--lang", "en"], command].concat());
        assert!(english.code == 0 && !is_japanese(&english.out), "{command:?}: {}", english.out);
        let japanese = place.run(&[&["--lang=ja"], command].concat());
        assert!(is_japanese(&japanese.out) && !japanese.out.contains(" / "), "{command:?}: {}", japanese.out);
    }
    place.set("LANG", "ja_JP.UTF-8");
    assert!(
        is_japanese(&place.run(&["member", "find", "--help"]).out),
        "the locale's, where nothing is said"
    );
}
