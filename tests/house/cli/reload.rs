//! Reload: the real program reads the unions' files again while it serves, by a signal, by a command and by itself.

use std::{fs, path::PathBuf};

use kenpo_portal::world::{Clock as _, SystemClock, today_in_japan};
use serde_json::Value;
use sqlx::{Connection as _, Executor as _};

use super::program::{Ended, Place, Running};
use crate::tenants::{MIDORI, folder, sibling, write};

const MIDORI_HOST: &str = "www.midorikenpo.portal.example.jp";
const AO_HOST: &str = "www.aokenpo.portal.example.jp";

/// A running service with a folder of unions that is apart from everything else.
struct Served {
    place: Place,
    service: Running,
}

impl Served {
    /// With these unions' files beside the shared values.
    fn with(files: &[(&str, &str)]) -> Self {
        let mut place = Place::ready();
        let unions = place.path("unions");
        copy(&folder().keep(), &unions);
        for (name, text) in files {
            write(&unions, name, text);
        }
        place.set("PORTAL_TENANTS__DIR", unions.display().to_string());
        let service = place.serve();
        place.set("PORTAL_INTERNAL__LISTEN", service.internal.to_string());
        Self { place, service }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path("unions").join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        write(&self.place.path("unions"), name, content);
    }

    fn reload(&self) -> Ended {
        self.place.run(&["tenant", "reload"])
    }

    /// How `tenant reload --json` ends, and what became of which union.
    fn reloaded(&self) -> (i32, Vec<(String, String)>, Value) {
        let ended = self.place.run(&["tenant", "reload", "--json"]);
        let told: Value =
            serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
        let changes = told["changes"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (ended.code, changes.map(|row| (text(&row["union"]), text(&row["change"]))).collect(), told)
    }

    fn page(&self, host: &str) -> (u16, String) {
        let words = format!("GET /signin HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Running::ask(self.service.public, &words)
    }

    fn ready(&self) -> String {
        let words = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let (status, said) = Running::ask(self.service.internal, words);
        assert_eq!(status, 200, "{said}");
        said.split("\r\n\r\n").nth(1).unwrap().to_owned()
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// The base with another heading.
fn headed(heading: &str) -> String {
    let own = format!("name = \"みどり健康保険組合\"\nheading = \"{heading}\"");
    let text = MIDORI.replacen("name = \"みどり健康保険組合\"", &own, 1);
    assert!(text.contains(heading));
    text
}

fn change(union: &str, change: &str) -> (String, String) {
    (union.to_owned(), change.to_owned())
}

#[test]
fn a_command_has_the_files_read_again_and_says_what_came_of_it() {
    let mut served = Served::with(&[("midorikenpo.toml", MIDORI)]);
    let same = served.reload();
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.err);
    assert!(same.err.contains("Nothing has changed (1 union)"), "{}", same.err);

    served.write("midorikenpo.toml", headed("あたらしい見出し"));
    served.write("aokenpo.toml", sibling("aokenpo"));
    let (code, changes, told) = served.reloaded();
    assert_eq!((code, changes), (0, vec![change("aokenpo", "added"), change("midorikenpo", "changed")]));
    assert!(told["micros"].as_u64().unwrap() > 0 && told["fault"].is_null(), "{told}");
    assert!(served.page(MIDORI_HOST).1.contains("あたらしい見出し"));
    assert_eq!(served.page(AO_HOST).0, 200);
    let line = served.service.until("The unions' files were read again");
    assert_eq!((&line["added"], &line["changed"]), (&"aokenpo".into(), &"midorikenpo".into()));
    // Written again as it was: nothing changes.
    served.write("midorikenpo.toml", headed("あたらしい見出し"));
    assert_eq!(served.reloaded().1, vec![]);

    fs::remove_file(served.path("aokenpo.toml")).unwrap();
    let removed = served.place.run(&["tenant", "reload", "--lang", "ja"]);
    assert_eq!(removed.code, 0, "{}", removed.err);
    assert!(
        removed.out.contains("aokenpo  ファイルがなくなりました")
            && removed.err.contains("変わった組合: 1、使える組合: 1")
    );
    assert!(served.page(AO_HOST).1.contains("このサイトは終了しました"));
    assert_eq!(served.ready(), "ready\n");

    let mut elsewhere = Place::new();
    elsewhere.set("PORTAL_INTERNAL__LISTEN", "127.0.0.1:1");
    let nobody = elsewhere.run(&["tenant", "reload"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (2, ""));
    assert!(nobody.err.contains("internal.listen"), "{}", nobody.err);
}

#[test]
fn a_bad_file_keeps_its_unions_last_good_version_and_the_others_go_on() {
    let mut served =
        Served::with(&[("midorikenpo.toml", &headed("よい見出し")), ("aokenpo.toml", &sibling("aokenpo"))]);
    let good = headed("よい見出し");
    let half = &good[..good.len() / 2];
    let half = &half[..half.rfind('"').unwrap()];
    let bad: Vec<(&str, String)> = vec![
        ("T011", good.replace("[contact]", "[contact")),
        ("T007", good.replace("min_length = 8", "min_length = 7")),
        (
            "T041",
            good.replace(
                "\"midorikenpo.portal.example.jp\"]",
                &format!("\"midorikenpo.portal.example.jp\", \"{AO_HOST}\"]"),
            ),
        ),
        ("T060", good.replace("midorikenpo/logo.svg", "midorikenpo/none.svg")),
        ("T011", half.to_owned()),
        ("T010", "\u{0}".to_owned()),
        ("T004", String::new()),
    ];
    for (round, (code, text)) in bad.iter().enumerate() {
        served.write("midorikenpo.toml", text);
        // The neighbour changes at the same time.
        let contact = format!("phone = \"03-1234-{round:04}\"");
        served.write("aokenpo.toml", sibling("aokenpo").replace("phone = \"03-1234-5678\"", &contact));
        let (exit, changes, told) = served.reloaded();
        assert_eq!(
            (exit, changes),
            (1, vec![change("aokenpo", "changed"), change("midorikenpo", "kept")]),
            "{code}: {told}"
        );
        let findings = told["findings"].as_array().unwrap();
        assert!(findings.iter().any(|found| found["code"] == *code), "{code}: {told}");
        assert!(served.page(MIDORI_HOST).1.contains("よい見出し"), "{code}");
        assert!(served.page(AO_HOST).1.contains(&format!("03-1234-{round:04}")), "{code}");
        let said = served.ready();
        assert!(
            said.starts_with("ready\nlast good midorikenpo.toml in force: ") && said.contains(code),
            "{said}"
        );
        let line = served.service.until("A union's file is bad; its last good version stays in force");
        assert_eq!(line["union"], "midorikenpo");
    }
    let told = served.reload();
    assert!(
        told.out.contains("midorikenpo  its file is bad") && told.err.contains("tenant check"),
        "{}",
        told.err
    );
    served.write("midorikenpo.toml", headed("なおした見出し"));
    assert_eq!(served.reloaded().1, vec![change("midorikenpo", "changed")]);
    let line = served.service.until("A union's file is good again, and in force");
    assert_eq!((&line["union"], &line["level"]), (&"midorikenpo".into(), &"INFO".into()));
    assert!(served.page(MIDORI_HOST).1.contains("なおした見出し"));
    assert_eq!(served.ready(), "ready\n");
}

/// Runs statements in the database of a place.
async fn write_rows(place: &Place, rows: &'static str) {
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::raw_sql(rows)).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn the_union_of_members_whose_file_is_gone_goes_on_and_everybody_is_told() {
    let mut served =
        Served::with(&[("midorikenpo.toml", &headed("よい見出し")), ("aokenpo.toml", &sibling("aokenpo"))]);
    write_rows(&served.place, super::TWO_PASSKEYS).await;
    fs::rename(served.path("midorikenpo.toml"), served.place.path("aside")).unwrap();
    let (code, changes, told) = served.reloaded();
    assert_eq!((code, changes), (1, vec![change("midorikenpo", "missing")]), "{told}");
    let mut findings = told["findings"].as_array().unwrap().iter();
    let found = findings.find(|found| found["code"] == "T019").unwrap_or_else(|| panic!("{told}"));
    assert_eq!(found["severity"], "error");
    assert!(found["help"].as_str().unwrap().contains("kenpo-portal tenant close --tenant midorikenpo"));
    assert!(served.page(MIDORI_HOST).1.contains("よい見出し"));
    let said = served.ready();
    assert_eq!(said, "ready\nlast good midorikenpo.toml in force: T019 midorikenpo.toml is gone\n");
    let line = served
        .service
        .until("The file of a union with members is gone; its last good version stays in force");
    assert_eq!((&line["union"], &line["level"]), (&"midorikenpo".into(), &"ERROR".into()));
    let metrics = Running::ask(
        served.service.internal,
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .1;
    assert!(metrics.contains(r#"portal_union_left_out{union="midorikenpo",code="T019"} 1"#), "{metrics}");
    let run = |words: &[&str]| served.place.run(&[words, &["--lang", "en"]].concat());
    let words = run(&["tenant", "reload"]);
    assert!(words.code == 1 && words.out.contains("its file is gone though it has members"), "{}", words.out);
    let diff = run(&["tenant", "diff"]);
    assert!(diff.out.contains("midorikenpo  has no file any more, and members"), "{}{}", diff.out, diff.err);
    assert!(run(&["doctor"]).out.contains("1 of them by an earlier version"));
    assert_eq!(run(&["tenant", "check", "--db"]).code, 1);
    // What the help says can be done without the file.
    let today = today_in_japan(SystemClock.now()).to_string();
    let close = ["--on", &today, "--reason", "merged", "--dry-run"];
    let close = run(&[&["tenant", "close", "--tenant", "midorikenpo"][..], &close].concat());
    assert_eq!(close.code, 0, "{}{}", close.out, close.err);

    // A start finds it where it was, and the file that is put back counts.
    served.service.terminate();
    served.service.signal("INT");
    assert_eq!(served.service.end().0, Some(0));
    served.place.set("PORTAL_INTERNAL__LISTEN", "127.0.0.1:0");
    served.service = served.place.serve();
    served.place.set("PORTAL_INTERNAL__LISTEN", served.service.internal.to_string());
    assert!(served.page(MIDORI_HOST).1.contains("よい見出し"));
    fs::rename(served.place.path("aside"), served.path("midorikenpo.toml")).unwrap();
    assert_eq!(served.reloaded().0, 0);
    assert_eq!(served.service.until("A union's file is good again, and in force")["union"], "midorikenpo");
    assert_eq!(served.ready(), "ready\n");
}

#[tokio::test]
async fn what_a_reload_says_is_in_force_is_kept_or_it_says_that_it_is_not() {
    let mut served = Served::with(&[("midorikenpo.toml", &headed("はじめの見出し"))]);
    served.service.until("The versions that are served are kept, for whoever meets a bad file");
    served.write("midorikenpo.toml", headed("つぎの見出し"));
    assert_eq!(served.reload().code, 0);
    served.service.signal("KILL");
    served.service.end();
    served.write("midorikenpo.toml", "id = ");
    served.place.set("PORTAL_INTERNAL__LISTEN", "127.0.0.1:0");
    served.service = served.place.serve();
    served.place.set("PORTAL_INTERNAL__LISTEN", served.service.internal.to_string());
    assert!(served.page(MIDORI_HOST).1.contains("つぎの見出し"));
    // Somebody holds the database.
    let url = format!("sqlite:{}", served.place.path("portal.db").display());
    let mut holder = sqlx::SqliteConnection::connect(&url).await.unwrap();
    holder.execute(sqlx::raw_sql("BEGIN IMMEDIATE")).await.unwrap();
    served.write("midorikenpo.toml", headed("おわりの見出し"));
    let ended = served.place.run(&["tenant", "reload", "--lang", "en"]);
    assert!(ended.code == 1 && ended.err.contains("in force, not yet kept"), "{}", ended.err);
    assert!(served.page(MIDORI_HOST).1.contains("おわりの見出し"));
    holder.execute(sqlx::raw_sql("ROLLBACK")).await.unwrap();
    holder.close().await.unwrap();
    assert_eq!(served.reload().code, 0);
}

#[test]
fn a_command_whose_folder_is_another_than_the_services_is_told() {
    let served = Served::with(&[("midorikenpo.toml", MIDORI)]);
    let told = "The service reads the folder ";
    assert!(!served.reload().err.contains(told));
    let mut elsewhere = Place::new();
    elsewhere.set("PORTAL_INTERNAL__LISTEN", served.service.internal.to_string());
    let reload = elsewhere.run(&["tenant", "reload", "--lang", "en"]);
    let folder = served.place.path("unions").display().to_string();
    assert!(reload.err.contains(&format!("{told}{folder}; ")), "{}", reload.err);
}

#[tokio::test]
async fn what_a_change_does_to_members_is_told_before_it_does() {
    let mut served = Served::with(&[("midorikenpo.toml", MIDORI)]);
    served.service.until("The versions that are served are kept, for whoever meets a bad file");
    write_rows(&served.place, super::TWO_PASSKEYS).await;
    let run = |words: &[&str]| served.place.run(&[words, &["--lang", "en"]].concat());
    // The same passkeys, at another host below their RP ID.
    served.write("midorikenpo.toml", MIDORI.replace(MIDORI_HOST, "new.midorikenpo.portal.example.jp"));
    let (diff, check) = (run(&["tenant", "diff"]), run(&["tenant", "check", "--db"]));
    let kept = format!("aliases = [\"{MIDORI_HOST}\"]");
    assert!(
        diff.out.contains("Old links and bookmarks lead nowhere") && diff.out.contains(&kept),
        "{}",
        diff.out
    );
    assert!(
        check.code == 0 && check.out.contains("warning[T047]") && check.out.contains(&kept),
        "{}",
        check.out
    );
    let as_alias = MIDORI
        .replace(MIDORI_HOST, "new.midorikenpo.portal.example.jp")
        .replace("aliases = [", &format!("aliases = [\"{MIDORI_HOST}\", "));
    served.write("midorikenpo.toml", as_alias);
    assert!(run(&["tenant", "diff"]).out.contains("leads there"));
    assert!(!run(&["tenant", "check", "--db"]).out.contains("T047"));
    // Taken back to a draft.
    served.write("midorikenpo.toml", MIDORI.replace("status = \"open\"", "status = \"draft\""));
    let (diff, check) = (run(&["tenant", "diff"]), run(&["tenant", "check", "--db"]));
    assert!(diff.out.contains("1 member does not reach the union"), "{}", diff.out);
    assert!(check.out.contains("warning[T048]") && check.out.contains("1 member does not"), "{}", check.out);
    // Passkeys that would die, and whose they are.
    let moved =
        MIDORI.replace("rp_id = \"midorikenpo.portal.example.jp\"", &format!("rp_id = \"{MIDORI_HOST}\""));
    assert_ne!(moved, MIDORI);
    served.write("midorikenpo.toml", &moved);
    assert!(
        run(&["tenant", "diff"]).out.contains("2 passkeys of 1 member"),
        "{}",
        run(&["tenant", "diff"]).out
    );
    write_rows(&served.place, "DELETE FROM passkey").await;
    let diff = run(&["tenant", "diff"]).out;
    assert!(diff.contains("frozen from the first passkey on"), "{diff}");
    assert_eq!(served.reloaded().0, 0);
}

#[test]
fn shared_values_a_folder_and_new_files_that_are_bad_change_nothing() {
    let served = Served::with(&[("midorikenpo.toml", MIDORI)]);
    let defaults = fs::read_to_string(served.path("_defaults.toml")).unwrap();
    served.write("_defaults.toml", defaults.replace("hard_limit", "hard_limti"));
    served.write("midorikenpo.toml", headed("つぎの見出し"));
    let (exit, changes, told) = served.reloaded();
    assert_eq!((exit, changes), (1, vec![change("midorikenpo", "changed")]), "{told}");
    assert!(served.page(MIDORI_HOST).1.contains("つぎの見出し"), "the union's own file counts");
    assert!(served.ready().contains("last good _defaults.toml in force: T002"), "{}", served.ready());
    served.write("_defaults.toml", "\n");
    let emptied = served.reload();
    assert_eq!(emptied.code, 1, "{}{}", emptied.out, emptied.err);
    assert!(served.ready().contains("last good _defaults.toml in force"), "{}", served.ready());
    served.write("_defaults.toml", &defaults);

    // A new union that is bad is left out, until it is good.
    served.write("aokenpo.toml", sibling("aokenpo").replace("[contact]", "[contact"));
    let (exit, changes, _) = served.reloaded();
    assert_eq!((exit, changes), (1, vec![change("aokenpo", "left-out")]));
    assert_eq!(served.page(AO_HOST).0, 421);
    assert!(served.ready().contains("left out: aokenpo: T011"), "{}", served.ready());
    served.write("aokenpo.toml", sibling("aokenpo"));
    assert_eq!(served.reloaded().1, vec![change("aokenpo", "added")]);

    // A folder that is not there, or holds no union, is one that was not mounted.
    let (unions, aside) = (served.place.path("unions"), served.place.path("aside"));
    fs::rename(&unions, &aside).unwrap();
    let gone = served.reload();
    assert_eq!((gone.code, gone.out.as_str()), (2, ""));
    assert!(gone.err.contains("Nothing was changed"), "{}", gone.err);
    fs::create_dir(&unions).unwrap();
    let (exit, changes, told) = served.reloaded();
    assert_eq!((exit, changes), (2, vec![]));
    assert!(told["fault"].as_str().unwrap().contains("no union's file"), "{told}");
    assert!(served.ready().contains("not read: the folder holds no union's file at all"));
    for host in [MIDORI_HOST, AO_HOST] {
        assert_eq!(served.page(host).0, 200, "{host}");
    }
    fs::remove_dir(&unions).unwrap();
    fs::rename(&aside, &unions).unwrap();
    assert_eq!(served.reloaded().0, 0);
    assert_eq!(served.ready(), "ready\n");
}

#[test]
fn a_hang_up_has_the_files_read_again() {
    let mut served = Served::with(&[("midorikenpo.toml", MIDORI)]);
    served.write("midorikenpo.toml", headed("あたらしい見出し"));
    served.service.signal("HUP");
    served.service.until("SIGHUP: the unions' files are read again");
    served.service.until("The unions' files were read again");
    assert!(served.page(MIDORI_HOST).1.contains("あたらしい見出し"));
}

#[test]
fn files_that_change_are_read_again_by_themselves() {
    let mut served = Served::with(&[("midorikenpo.toml", MIDORI)]);
    served.write("midorikenpo.toml", headed("あたらしい見出し"));
    served.service.until("The unions' files were read again");
    assert!(served.page(MIDORI_HOST).1.contains("あたらしい見出し"));
}

#[test]
fn a_service_that_starts_over_a_bad_file_serves_the_last_good_version() {
    let mut served =
        Served::with(&[("midorikenpo.toml", &headed("よい見出し")), ("aokenpo.toml", &sibling("aokenpo"))]);
    let kept = served.service.until("The versions that are served are kept, for whoever meets a bad file");
    assert_eq!(kept["kept"], 2);
    served.service.terminate();
    served.service.signal("INT");
    assert_eq!(served.service.end().0, Some(0));
    served.write("midorikenpo.toml", &headed("よい見出し")[..300]);
    // Both name it.
    fs::remove_file(served.path("midorikenpo/logo.svg")).unwrap();
    served.place.set("PORTAL_INTERNAL__LISTEN", "127.0.0.1:0");
    served.service = served.place.serve();
    let is_told =
        |line: &String| line.contains("its last good version stays in force") && line.contains("midorikenpo");
    assert!(served.service.log.iter().any(is_told), "{:?}", served.service.log);
    assert!(served.page(MIDORI_HOST).1.contains("よい見出し"));
    assert_eq!(served.page(AO_HOST).0, 200);
    let said = served.ready();
    assert!(said.contains("last good midorikenpo.toml in force: T011"), "{said}");
    served.place.set("PORTAL_INTERNAL__LISTEN", served.service.internal.to_string());
    assert_eq!(served.reloaded().1, vec![change("aokenpo", "kept"), change("midorikenpo", "kept")]);
}

#[test]
fn thousands_of_bad_files_leave_the_log_and_readiness_short() {
    let mut served = Served::with(&[("midorikenpo.toml", MIDORI)]);
    served.service.until("The versions that are served are kept, for whoever meets a bad file");
    let spoil = |served: &Served| {
        for number in 0..3000 {
            served.write(&format!("aa{number:04}.toml"), "id = ");
            served.write(&format!("bb{number:04}.toml.txt"), "");
        }
        served.write("midorikenpo.toml", format!("{MIDORI}\n[contact"));
    };
    spoil(&served);
    assert_eq!(served.reload().code, 1);
    served.service.until("So it is with more files; kenpo-portal tenant check --db names them all");
    let ready = served.ready();
    assert!(ready.len() < 4096, "{} bytes", ready.len());
    let lines: Vec<&str> = ready.lines().collect();
    assert!(lines[1].starts_with("last good midorikenpo.toml in force: "), "{ready}");
    assert_eq!((lines.len(), lines.last().unwrap().split(':').next()), (22, Some("more files")));
    assert!(ready.ends_with("more files: 5981 (kenpo-portal tenant check --db)\n"), "{ready}");
    let metrics = Running::ask(
        served.service.internal,
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .1;
    assert_eq!(metrics.matches("\nportal_union_left_out{").count(), 200);
    let bad = |log: &[String]| log.iter().filter(|line| line.contains("\"ERROR\"")).count();
    assert_eq!(
        bad(&served.service.log),
        21,
        "the first twenty, the union with a last good version among them"
    );
    assert!(served.service.log.iter().any(|line| line.contains("its last good version stays in force")));

    // The same at the start.
    served.service.terminate();
    served.service.signal("INT");
    assert_eq!(served.service.end().0, Some(0));
    served.place.set("PORTAL_INTERNAL__LISTEN", "127.0.0.1:0");
    served.service = served.place.serve();
    assert_eq!(bad(&served.service.log), 21);
    assert!(served.service.log.iter().any(|line| line.contains("\"more\":5981")), "{:?}", served.service.log);
}

#[test]
fn drafts_earlier_versions_and_values_that_cannot_be_read_are_named() {
    let draft = sibling("aokenpo").replace("status = \"open\"", "status = \"draft\"");
    let mut served = Served::with(&[("midorikenpo.toml", MIDORI), ("aokenpo.toml", &draft)]);
    served.service.until("The versions that are served are kept, for whoever meets a bad file");
    let drafts = "Drafts, which members do not see: aokenpo. ";
    let reload = served.reload();
    assert!(reload.code == 0 && reload.err.contains(drafts), "{}", reload.err);
    let run = |words: &[&str]| served.place.run(&[words, &["--lang", "en"]].concat());
    let check = run(&["tenant", "check"]);
    assert!(check.code == 0 && check.err.contains(drafts), "{}{}", check.out, check.err);
    assert!(check.out.contains("aokenpo OK, draft"), "{}", check.out);

    served.write("midorikenpo.toml", MIDORI.replace("phone = \"03-1234-5678\"", "phone = 03-1234-5678"));
    let diff = run(&["tenant", "diff"]);
    assert!(diff.code == 1 && diff.err.contains("Mend it first"), "{}", diff.err);
    let show = run(&["tenant", "show", "midorikenpo", "contact.phone"]);
    assert!(show.out.contains("not written, or not readable at "), "{}", show.out);
    let doctor = run(&["doctor"]);
    let unions = doctor.out.lines().find(|line| line.contains(" unions: ")).unwrap();
    assert!(unions.contains("1 of them by an earlier version"), "{}", doctor.out);
    let status = run(&["mail", "status"]);
    assert!(status.code == 0 && status.err.contains("No mail server is set"), "{}", status.err);
}

#[tokio::test]
async fn whoever_uses_a_method_that_a_file_takes_away_is_counted_before_it_does() {
    let both = MIDORI.replace("methods = [\"app-otp\"]", "methods = [\"passkey\", \"app-otp\"]");
    let served = Served::with(&[("midorikenpo.toml", &both)]);
    let url = format!("sqlite:{}", served.place.path("portal.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::raw_sql(super::TWO_PASSKEYS)).await.unwrap();
    connection.close().await.unwrap();
    served.write("midorikenpo.toml", MIDORI);
    let diff = |more: &[&str]| served.place.run(&[&["tenant", "diff"], more].concat());
    let told: Value = serde_json::from_str(&diff(&["--json"]).out).unwrap();
    let keys = told["unions"][0]["keys"].as_array().unwrap();
    let row = keys.iter().find(|row| row["key"] == "login.methods").unwrap();
    assert_eq!(row["holders"], serde_json::json!([{ "method": "passkey", "members": 1, "alone": 1 }]));
    let words = diff(&["--lang", "en"]).out;
    assert!(words.contains("passkey: 1 member uses it, 1 of them nothing else"), "{words}");
}

#[test]
fn what_would_change_is_told_key_by_key_before_it_does() {
    let served = Served::with(&[("midorikenpo.toml", MIDORI), ("aokenpo.toml", &sibling("aokenpo"))]);
    let diff = |more: &[&str]| served.place.run(&[&["tenant", "diff"], more].concat());
    let same = diff(&[]);
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.err);

    let changed = MIDORI
        .replace("phone = \"03-1234-5678\"", "phone = \"03-9999-0000\"")
        .replace("min_length = 8", "min_length = 10")
        .replace("[contact]", "[contact]\ndepartment = \"給付係\"");
    served.write("midorikenpo.toml", changed);
    let logo = fs::read_to_string(served.path("midorikenpo/logo.svg")).unwrap();
    served.write("midorikenpo/logo.svg", format!("{logo}\n"));
    fs::remove_file(served.path("aokenpo.toml")).unwrap();
    served.write("momokenpo.toml", sibling("momokenpo"));
    served.write("kikenpo.toml", sibling("kikenpo").replace("[contact]", "[contact"));
    let told = diff(&["--json"]);
    assert_eq!(told.code, 1, "{}", told.err);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let unions = told["unions"].as_array().unwrap();
    let words: Vec<_> =
        unions.iter().map(|row| (row["union"].as_str().unwrap(), row["change"].as_str().unwrap())).collect();
    let expected =
        [("aokenpo", "removed"), ("kikenpo", "left-out"), ("midorikenpo", "changed"), ("momokenpo", "added")];
    assert_eq!(words, expected);
    let keys = unions[2]["keys"].as_array().unwrap();
    let row =
        |key: &str| keys.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key}: {keys:?}"));
    assert_eq!(row("contact.phone")["after"], "\"03-9999-0000\"");
    assert_eq!(
        (&row("contact.phone")["class"], &row("password.min_length")["class"]),
        (&"live".into(), &"login".into())
    );
    assert!(row("contact.department")["before"].is_null());
    assert!(row("brand.logo")["after"].as_str().unwrap().starts_with("SHA-256"));
    assert!(told["findings"].as_array().unwrap().iter().any(|found| found["code"] == "T011"), "{told}");

    let words = diff(&["midorikenpo", "--lang", "ja"]);
    assert_eq!(words.code, 1);
    assert!(
        words.out.contains("midorikenpo  変わります(組合の加入者 0人)")
            && words.out.contains("次のログインから"),
        "{}",
        words.out
    );
    assert!(!words.out.contains("momokenpo"), "{}", words.out);
    assert_eq!(diff(&["nosuch"]).code, 2);
    // Nothing was changed by it; and once it is read again, nothing differs but what is bad.
    assert!(!served.page(MIDORI_HOST).1.contains("03-9999-0000"));
    served.reload();
    let rest: Value = serde_json::from_str(&diff(&["--json"]).out).unwrap();
    let rest: Vec<_> =
        rest["unions"].as_array().unwrap().iter().map(|row| row["union"].as_str().unwrap()).collect();
    assert_eq!(rest, ["kikenpo"]);
}
