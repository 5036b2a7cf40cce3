//! A SQLite file that is deleted or replaced under the running service: nothing is acknowledged from then on, and it is said
//! what to do (INV1, R12).

use super::program::{Place, Running};

const HOST: &str = "www.midorikenpo.portal.example.jp";

/// How the file goes and comes back, in the shell.
struct Loss {
    name: &'static str,
    before: &'static str,
    lost: &'static str,
    back: &'static str,
}

const LOSSES: [Loss; 4] = [
    Loss { name: "deleted", before: "mkdir aside", lost: "mv portal.db* aside/", back: "mv aside/* ." },
    Loss {
        name: "replaced by an older one",
        before: "cp portal.db older.db",
        lost: "ln portal.db kept.db && mv older.db portal.db",
        back: "mv kept.db portal.db",
    },
    Loss {
        name: "without its write-ahead log",
        before: "mkdir aside",
        lost: "mv portal.db-wal aside/",
        back: "mv aside/* .",
    },
    Loss {
        name: "a symbolic link that leads elsewhere",
        before: "mkdir disk && mv portal.db disk/ && cp disk/portal.db older.db && ln -s disk/portal.db portal.db",
        lost: "ln -sfn older.db portal.db",
        back: "ln -sfn disk/portal.db portal.db",
    },
];

fn ready(service: &Running) -> (u16, String) {
    Running::ask(service.internal, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// A wrong password: it is counted, so it is written, before it is answered.
fn sign_in(service: &Running) -> u16 {
    let form = "username=nobody01&password=Chigau-2026";
    let request = format!(
        "POST /signin HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    Running::ask(service.public, &request).0
}

#[test]
fn a_database_file_that_was_deleted_or_replaced_acknowledges_nothing_any_more() {
    for Loss { name, before, lost, back } in LOSSES {
        let place = Place::ready();
        let shell = |line: &str| {
            let done = place.shell(line);
            assert_eq!(done.code, 0, "{name}: {line}: {}", done.err);
        };
        shell(before);
        let mut service = place.serve();
        assert_eq!((sign_in(&service), ready(&service).0), (422, 200), "{name}");
        shell(lost);
        assert_eq!(sign_in(&service), 503, "{name}");
        let (status, why) = ready(&service);
        assert!(status == 503 && why.contains("deleted or replaced"), "{name}: {why}");
        let told =
            service.until("The database's file was deleted or replaced: nothing is acknowledged any more");
        assert!(
            told["level"] == "ERROR" && told["next"].as_str().unwrap().contains("stop the service"),
            "{told}"
        );
        if name == "deleted" {
            assert!(!place.path("portal.db").exists(), "no empty one is made in its place");
        }
        // Connections to several files may be open by now: only a new start helps.
        shell(back);
        assert_eq!((sign_in(&service), ready(&service).0), (503, 503), "{name}");
        drop(service);
        let service = place.serve();
        assert_eq!((sign_in(&service), ready(&service).0), (422, 200), "{name}: put back");
    }
}

#[test]
fn where_the_database_is_not_there_the_backup_is_named_before_an_empty_one() {
    let place = Place::ready();
    assert_eq!(place.shell("rm portal.db*").code, 0);
    for command in [["serve"], ["verify-store"]] {
        for (language, backup) in [("en", "restore the backup"), ("ja", "バックアップ")] {
            let told = place.run(&[&["--lang", language][..], &command].concat());
            assert_eq!(told.code, 2, "{}", told.err);
            let at = |words: &str| told.err.find(words).unwrap_or_else(|| panic!("{words}: {}", told.err));
            assert!(at(backup) < at("kenpo-portal migrate up"), "{}", told.err);
        }
    }
    assert!(!place.path("portal.db").exists());
}
