//! `backup` and `restore` by the real program: a copy beside a service that runs, put back on an empty place (R18, M11).
//! PostgreSQL, with its own tools, and what is killed half-way are `faults::backup`'s.

use std::{fs, os::unix::fs::PermissionsExt as _, thread};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

use super::{
    keys,
    program::{Ended, Place, Running},
};

const HOST: &str = "www.midorikenpo.portal.example.jp";

/// Runs a statement in a file beside the database.
async fn run_in(place: &Place, file: &str, statement: &str) {
    let url = format!("sqlite:{}", place.path(file).display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

async fn number(place: &Place, file: &str, query: &str) -> i64 {
    let url = format!("sqlite:{}", place.path(file).display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let found = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    found
}

/// The first password is right: she is on her way in. The cookie of that attempt.
fn begin(service: &Running) -> String {
    let form = "username=hanako01&password=Karihana-2026";
    let request = format!(
        "POST /signin HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    let (status, answer) = Running::ask(service.public, &request);
    assert_eq!(status, 303, "{answer}");
    let cookie = answer.lines().find(|line| line.contains("__Host-attempt=")).unwrap();
    cookie.split(": ").nth(1).unwrap().split(';').next().unwrap().to_owned()
}

/// Where the attempt of that cookie stands: 200 on its step, 303 to the beginning.
fn step(service: &Running, cookie: &str) -> u16 {
    let request = format!(
        "GET /signin/birthdate HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    Running::ask(service.public, &request).0
}

fn restore(place: &Place, more: &[&str]) -> Ended {
    place.run(&[&["restore"], more, &["--reason", "rehearsal", "--lang", "en"]].concat())
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err))
}

fn away(place: &Place) {
    let done = place.shell("mkdir -p away && mv portal.db* away/");
    assert_eq!(done.code, 0, "{}", done.err);
}

#[tokio::test]
async fn a_backup_made_beside_the_running_service_is_put_back_and_lets_nobody_go_on() {
    let place = keys::place();
    let mut service = place.serve();
    let cookie = begin(&service);
    assert_eq!(step(&service, &cookie), 200);
    let backup = place.run(&["backup", "a.db", "--lang", "en"]);
    assert_eq!(backup.code, 0, "{}", backup.err);
    let summed = place.shell("sha256sum a.db");
    assert_eq!(backup.out, summed.out, "as sha256sum says it");
    for words in ["1 members", "keys.toml", "encrypt it"] {
        assert!(backup.err.contains(words), "{words}: {}", backup.err);
    }
    assert_eq!(fs::metadata(place.path("a.db")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!place.path("a.db.part").exists());
    let again = place.run(&["backup", "a.db", "--lang", "en"]);
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    assert!(again.err.contains("exists already"), "{}", again.err);
    assert_eq!(place.shell("sha256sum a.db").out, summed.out, "nothing is overwritten");
    let told = json(&place.run(&["backup", "b.db", "--json"]));
    assert_eq!((&told["rows"]["member"], &told["rows"]["attempt"]), (&1.into(), &1.into()), "{told}");
    assert_eq!(step(&service, &cookie), 200, "nobody noticed");

    // Where the service runs, and where there are data, nothing is put.
    let refused = restore(&place, &["a.db"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("uses this database"), "{}", refused.err);
    service.terminate();
    service.end();
    let refused = restore(&place, &["a.db"]);
    assert!(refused.code == 2 && refused.err.contains("database with data"), "{}", refused.err);
    away(&place);

    let without_reason = place.run(&["restore", "a.db"]);
    assert!(without_reason.code == 2 && without_reason.err.contains("--reason"), "{}", without_reason.err);
    let dry = restore(&place, &["a.db", "--dry-run", "--json"]);
    assert_eq!(dry.code, 0, "{}", dry.err);
    let told = json(&dry);
    assert_eq!((&told["answer"], &told["ended"]["attempts"]), (&"would-restore".into(), &1.into()), "{told}");
    assert!(!place.path("portal.db").exists(), "a dry run writes nothing");

    let done = restore(&place, &["a.db"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for words in ["logins under way 1", "kenpo-portal verify-store", "audit verify --heads", "keys status"] {
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
    assert_eq!(fs::metadata(place.path("portal.db")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(place.shell("ls portal.db*").out, "portal.db\n", "nothing is left beside it");
    assert_eq!(place.shell("sha256sum a.db").out, summed.out, "the backup stays as it is");
    let trail = place.run(&["audit", "export", "--tenant", "midorikenpo"]);
    let row = trail.out.lines().find(|line| line.contains("store-restored")).expect("a row of the trail");
    assert!(row.contains("rehearsal") && row.contains("\"actor_kind\":\"agency\""), "{row}");

    let service = place.serve();
    assert_eq!(step(&service, &cookie), 303, "the browser that was on its way in begins again");
    let cookie = begin(&service);
    assert_eq!(step(&service, &cookie), 200, "with the same password");
    assert_eq!(place.run(&["verify-store"]).code, 0);
    assert_eq!(place.run(&["keys", "status"]).code, 0);
}

#[tokio::test]
async fn an_empty_store_is_a_place_and_a_log_that_was_left_is_none() {
    let place = keys::place();
    assert_eq!(place.run(&["backup", "a.db"]).code, 0);
    away(&place);
    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    assert_eq!(restore(&place, &["a.db"]).code, 0, "a store without a row");
    assert_eq!(number(&place, "portal.db", "SELECT COUNT(*) FROM member").await, 1);
    away(&place);
    fs::write(place.path("portal.db"), "").unwrap();
    assert_eq!(restore(&place, &["a.db"]).code, 0, "an empty file");
    away(&place);
    fs::write(place.path("portal.db-wal"), "").unwrap();
    let leftover = restore(&place, &["a.db"]);
    assert!(leftover.code == 2 && leftover.err.contains("portal.db-wal"), "{}", leftover.err);
    assert!(!place.path("portal.db").exists());
}

#[tokio::test]
async fn what_is_no_whole_backup_of_ours_is_refused_and_nothing_is_changed() {
    let place = keys::place();
    assert_eq!(place.run(&["backup", "a.db"]).code, 0);
    away(&place);
    fs::write(place.path("text.db"), "no database at all, but as long as a page would be".repeat(200))
        .unwrap();
    assert_eq!(
        place.shell("cp away/portal.db plain.db && mv a.db cut.db && truncate -s -8192 cut.db").code,
        0
    );
    for (file, words) in [
        ("text.db", "was not made by"),
        ("plain.db", "restore --finish --unmarked"),
        ("cut.db", "damaged"),
        ("nowhere.db", "not there"),
        ("-", "standard input"),
    ] {
        let refused = restore(&place, &[file]);
        assert!(refused.code == 2 && refused.err.contains(words), "{file}: {}", refused.err);
        assert!(!place.path("portal.db").exists() && !place.path("portal.db.part").exists(), "{file}");
    }
    let refused = place.run(&["backup", "-", "--lang", "en"]);
    assert!(refused.code == 2 && refused.err.contains("standard output"), "{}", refused.err);
}

#[tokio::test]
async fn a_backup_of_another_program_or_of_another_ring_says_what_to_type() {
    let place = keys::place();
    assert_eq!(place.run(&["backup", "a.db"]).code, 0);
    away(&place);
    assert_eq!(place.shell("cp a.db fewer.db && cp a.db newer.db && cp a.db older.db").code, 0);
    run_in(&place, "fewer.db", "DELETE FROM first_credential").await;
    let fewer = restore(&place, &["fewer.db"]);
    assert!(fewer.code == 2 && fewer.err.contains("first_credential: 0 rows instead of 1"), "{}", fewer.err);
    run_in(
        &place,
        "newer.db",
        "INSERT INTO _migration_beside VALUES (9999, '9.9.9');
         INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, TRUE, checksum, 0 FROM _sqlx_migrations LIMIT 1",
    )
    .await;
    let newer = restore(&place, &["newer.db"]);
    assert!(newer.code == 2 && newer.err.contains("9.9.9 or newer"), "{}", newer.err);

    // The newest migration that only adds an index, as if it had never been applied.
    run_in(
        &place,
        "older.db",
        "DROP INDEX activity_day_by_day; DELETE FROM _sqlx_migrations WHERE version = 18;
         UPDATE store_origin SET backup_rows = json_set(backup_rows, '$._sqlx_migrations',
                                                        (SELECT COUNT(*) FROM _sqlx_migrations))",
    )
    .await;
    let older = restore(&place, &["older.db"]);
    assert!(older.code == 1 && older.err.contains("kenpo-portal migrate up"), "{}", older.err);
    assert_eq!(place.run(&["serve"]).code, 2, "the schema is missing");
    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    let unfinished = place.run(&["serve"]);
    assert!(unfinished.code == 2 && unfinished.err.contains("restore --finish"), "{}", unfinished.err);
    assert_eq!(restore(&place, &["--finish"]).code, 0);
    assert_eq!(place.run(&["verify-store"]).code, 0);
    away(&place);

    let ring = place.path("other.toml").display().to_string();
    assert_eq!(place.run(&["keys", "new", &ring]).code, 0);
    assert_eq!(place.shell("mv keys.toml right.toml && mv other.toml keys.toml").code, 0);
    let other = restore(&place, &["a.db"]);
    assert!(other.code == 2 && other.err.contains("use the copy of the right ring"), "{}", other.err);
    assert_eq!(place.shell("rm keys.toml").code, 0);
    let lost = restore(&place, &["a.db"]);
    assert!(lost.code == 2 && lost.err.contains("restore the copy to"), "{}", lost.err);
    assert!(!place.path("portal.db").exists());
    assert_eq!(place.shell("mv right.toml keys.toml").code, 0);
    assert_eq!(restore(&place, &["a.db"]).code, 0);
}

/// What somebody may have done to a file, and what names it.
const STRANGE: [(&str, &str); 6] = [
    (
        "CREATE TRIGGER thief AFTER INSERT ON password BEGIN UPDATE member SET email = 'a@b.example'; END",
        "trigger thief does not belong there",
    ),
    ("CREATE VIEW audit_of_today AS SELECT * FROM audit", "view audit_of_today does not belong there"),
    ("CREATE TABLE copies (secret TEXT)", "table copies does not belong there"),
    ("CREATE INDEX by_name ON member (lower(login))", "index by_name does not belong there"),
    ("DROP TRIGGER audit_is_append_only_delete", "trigger audit_is_append_only_delete is missing"),
    (
        "DROP TRIGGER audit_is_append_only_update;
         CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN SELECT 1; END",
        "trigger audit_is_append_only_update was altered",
    ),
];

#[tokio::test]
async fn a_file_with_objects_that_no_migration_makes_is_refused_and_they_are_named() {
    let place = keys::place();
    assert_eq!(place.run(&["backup", "a.db"]).code, 0);
    away(&place);
    let counted = "UPDATE store_origin SET backup_rows = json_insert(backup_rows, '$.copies', 0)
                    WHERE EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'copies')";
    for (change, words) in STRANGE {
        assert_eq!(place.shell("cp a.db strange.db").code, 0);
        run_in(&place, "strange.db", change).await;
        run_in(&place, "strange.db", counted).await;
        for more in [&["strange.db"][..], &["strange.db", "--dry-run"]] {
            let refused = restore(&place, more);
            assert!(refused.code == 2 && refused.err.contains(words), "{words}: {}", refused.err);
            assert!(!place.path("portal.db").exists() && !place.path("portal.db.part").exists(), "{words}");
        }
        // The same file, put in place by hand.
        assert_eq!(place.shell("mv strange.db portal.db").code, 0);
        let refused = restore(&place, &["--finish"]);
        assert!(refused.code == 2 && refused.err.contains(words), "{words}: {}", refused.err);
        let verified = place.run(&["verify-store", "--lang", "en"]);
        assert!(verified.code == 1 && verified.out.contains(words), "{words}: {}", verified.out);
        assert_eq!(place.shell("rm portal.db*").code, 0);
    }
    // What SQLite made for itself is no stranger.
    assert_eq!(place.shell("rm a.db.sha256").code, 0);
    run_in(&place, "a.db", "ANALYZE").await;
    let restored = restore(&place, &["a.db"]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    assert_eq!(place.run(&["verify-store"]).code, 0);
}

#[tokio::test]
async fn a_turned_bit_is_found_by_the_sum_beside_the_backup_or_by_the_one_that_is_typed() {
    let place = keys::place();
    let backup = place.run(&["backup", "a.db"]);
    assert_eq!(backup.code, 0, "{}", backup.err);
    let sum = backup.out.split(' ').next().unwrap().to_owned();
    assert_eq!(fs::read_to_string(place.path("a.db.sha256")).unwrap(), format!("{sum}  a.db\n"));
    assert_eq!(place.shell("sha256sum -c a.db.sha256").code, 0, "an operator checks it without us");
    assert_eq!(fs::metadata(place.path("a.db.sha256")).unwrap().permissions().mode() & 0o777, 0o600);
    away(&place);
    // A letter of her name, which no check of a database finds.
    assert_eq!(place.shell("cp a.db b.db && cp a.db.sha256 b.db.sha256").code, 0);
    let mut bytes = fs::read(place.path("b.db")).unwrap();
    let name = "健保 花子".as_bytes();
    let at = bytes.windows(name.len()).position(|found| found == name).unwrap();
    bytes[at + 1] ^= 1;
    fs::write(place.path("b.db"), &bytes).unwrap();

    for more in [&[][..], &["--dry-run"]] {
        let refused = restore(&place, &[&["b.db"], more].concat());
        assert_eq!(refused.code, 2, "{}", refused.err);
        for words in ["is not the file that `backup` made", "b.db.sha256", &sum, "use another copy"] {
            assert!(refused.err.contains(words), "{words}: {}", refused.err);
        }
    }
    assert_eq!(place.shell("rm b.db.sha256").code, 0);
    let typed = restore(&place, &["b.db", "--sha256", &sum]);
    assert!(typed.code == 2 && typed.err.contains("is not the file that is meant"), "{}", typed.err);
    let no_sum = restore(&place, &["b.db", "--sha256", "abc"]);
    assert!(no_sum.code == 2 && no_sum.err.contains("is no SHA-256"), "{}", no_sum.err);
    fs::write(place.path("b.db.sha256"), "nothing of the kind\n").unwrap();
    let no_sum = restore(&place, &["b.db"]);
    assert!(no_sum.code == 2 && no_sum.err.contains("holds no SHA-256"), "{}", no_sum.err);
    assert!(!place.path("portal.db").exists(), "nothing was made");
    assert_eq!(place.shell("rm b.db.sha256").code, 0);

    // With nothing to compare it with, nothing is called whole.
    let bare = restore(&place, &["b.db", "--dry-run"]);
    let own = place.shell("sha256sum b.db").out;
    assert_eq!(bare.code, 0, "{}", bare.err);
    assert!(!bare.err.contains("whole") && bare.err.contains("could not be compared"), "{}", bare.err);
    assert!(bare.err.contains(own.split(' ').next().unwrap()), "{}", bare.err);
    let japanese = place.run(&["restore", "b.db", "--dry-run", "--reason", "x", "--lang", "ja"]).err;
    assert!(!japanese.contains("そろって") && japanese.contains("くらべられません"), "{japanese}");
    for (more, with) in [(&["--sha256", sum.as_str()][..], "argument"), (&[], "file")] {
        let told = json(&restore(&place, &[&["a.db", "--dry-run", "--json"], more].concat()));
        assert_eq!((&told["compared_with"], &told["sha256"]), (&with.into(), &sum.clone().into()), "{told}");
    }
    let done = restore(&place, &["a.db"]);
    assert!(done.code == 0 && done.err.contains("is whole, and has the SHA-256"), "{}", done.err);
}

#[test]
fn a_killed_backup_s_rest_goes_with_the_next_one_and_is_told_beside_the_database() {
    let place = keys::place();
    let rest = "cp portal.db portal-20270101T0315.db.part && cp portal.db other.db.part && touch portal-20270101T0315.db.part-journal";
    assert_eq!(place.shell(rest).code, 0);
    let doctor = place.run(&["doctor", "--lang", "en"]);
    assert!(doctor.out.contains("portal-20270101T0315.db.part is what a backup"), "{}", doctor.out);
    let backup = place.run(&["backup", "portal-20270102T0315.db", "--lang", "en"]);
    assert!(
        backup.code == 0 && backup.err.contains("Removed portal-20270101T0315.db.part"),
        "{}",
        backup.err
    );
    let left = place.shell("ls *.part*");
    assert_eq!(left.out, "other.db.part\n", "what is not ours by its name stays");
}

#[test]
fn a_dry_run_looks_at_the_place_and_a_restored_database_belongs_to_the_owner_of_its_folder() {
    let mut place = keys::place();
    assert_eq!(place.run(&["backup", "a.db"]).code, 0);
    let url = |path: &str| format!("sqlite:{}", place.path(path).display());
    let (behind_a_file, behind_nothing, given) =
        (url("a.db/portal.db"), url("new/folder/portal.db"), url("given/portal.db"));
    place.set("PORTAL_DATABASE__URL", behind_a_file);
    for more in [&[][..], &["--dry-run"]] {
        let refused = restore(&place, &[&["a.db"], more].concat());
        assert_eq!(refused.code, 2, "{}", refused.err);
    }
    place.set("PORTAL_DATABASE__URL", behind_nothing);
    assert_eq!(restore(&place, &["a.db", "--dry-run"]).code, 0);
    assert!(!place.path("new").exists(), "a dry run makes nothing");
    place.set("PORTAL_DATABASE__URL", given);
    // Only `root` can give the folder away; for anybody else it is their own.
    assert_eq!(place.shell("mkdir given && { chown 65534:65534 given 2>/dev/null || true; }").code, 0);
    let done = restore(&place, &["a.db"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let owners = place.shell("stat -c %u:%g given given/portal.db").out;
    let owners: Vec<&str> = owners.lines().collect();
    assert_eq!(owners[0], owners[1]);
}

#[test]
fn the_line_for_cron_works_as_the_readme_prints_it() {
    let place = keys::place();
    let settings = format!(
        "database.url = \"sqlite:{0}/portal.db\"\nkeys.ring = \"{0}/keys.toml\"\ntenants.dir = \"{0}\"\n",
        place.path("").display()
    );
    fs::write(place.path("portal.settings"), settings).unwrap();
    let pages = ["README.md", "src/rules/running/backup.md"].map(|page| {
        let text = fs::read_to_string(crate::source::root().join(page)).unwrap();
        let line = text.lines().find(|line| line.starts_with("15 3 * * *  /usr/sbin/runuser"));
        line.expect(page).to_owned()
    });
    assert_eq!(pages[0], pages[1]);
    let typed = pages[0].splitn(6, ' ').last().unwrap().trim_start();
    // What cron makes of it, and of the system what is here.
    let typed = typed
        .replace("\\%", "%")
        .replace("/usr/sbin/runuser -u kenpo-portal -- /usr/local/bin/kenpo-portal", "\"$PROGRAM\"")
        .replace("/etc/kenpo-portal/portal.toml", "portal.settings")
        .replace("/backup", &place.path("backup").display().to_string());
    fs::write(place.path("line"), typed).unwrap();
    let old = ["20260101T0315.db", "20260101T0315.db.sha256", "20251231T0315.db.part-journal"];
    for name in old {
        let made = format!("mkdir -p backup && touch -d '20 days ago' backup/portal-{name}");
        assert_eq!(place.shell(&made).code, 0);
    }
    let done = place.shell("/usr/bin/env -i PATH=/usr/bin:/bin PROGRAM=\"$PROGRAM\" /bin/sh ./line");
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let left = place.shell("ls backup");
    let left: Vec<&str> = left.out.lines().collect();
    assert!(left.len() == 2 && left[1] == format!("{}.sha256", left[0]), "{left:?}");
    assert_eq!(place.shell("cd backup && sha256sum -c *.sha256").code, 0);
}

#[test]
fn what_the_readme_sets_for_its_files_ends_with_them() {
    let readme = fs::read_to_string(crate::source::root().join("README.md")).unwrap();
    let set: Vec<&str> = readme.lines().filter(|line| line.contains("umask")).collect();
    assert!(!set.is_empty() && set.iter().all(|line| line.starts_with('(')), "{set:?}");
}

/// Every command that writes into the database.
const WRITES: [&[&str]; 5] = [
    &["serve"],
    &["member", "unlock", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    &["member", "import", "--tenant", "midorikenpo", "roster.csv"],
    &["keys", "rotate"],
    &["tenant", "close", "--tenant", "midorikenpo", "--on", "2099-03-31", "--reason", "merger"],
];

#[tokio::test]
async fn a_backup_put_back_by_hand_starts_nothing_until_it_was_finished_or_called_a_move() {
    let place = keys::place();
    let service = place.serve();
    let cookie = begin(&service);
    assert_eq!(place.run(&["backup", "a.db"]).code, 0);
    drop(service);
    for moved in [false, true] {
        assert_eq!(place.shell("rm -rf portal.db* && cp a.db portal.db").code, 0);
        for command in WRITES {
            let refused = place.run(command);
            assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{command:?}");
            assert!(
                refused.err.contains("restore --finish") && refused.err.contains("--moved"),
                "{}",
                refused.err
            );
        }
        assert_eq!(place.run(&["verify-store"]).code, 0, "looking is free");
        let doctor = place.run(&["doctor", "--lang", "en"]);
        assert!(doctor.out.contains("restore --finish"), "{}", doctor.out);
        let way = if moved { "--moved" } else { "--finish" };
        let dry = restore(&place, &[way, "--dry-run"]);
        assert!(dry.code == 0 && dry.err.contains("Only checked"), "{}", dry.err);
        assert_eq!(place.run(&["keys", "rotate"]).code, 2, "a dry run finishes nothing");
        let done = restore(&place, &[way, "--json"]);
        let answer = if moved { "moved" } else { "restored" };
        assert_eq!((done.code, &json(&done)["answer"]), (0, &answer.into()), "{}", done.err);
        let again = restore(&place, &[way, "--json"]);
        let answer = if moved { "not-marked" } else { "finished" };
        assert_eq!((again.code, &json(&again)["answer"]), (0, &answer.into()), "{}", again.err);
        let word = if moved { "store-moved" } else { "store-restored" };
        let count = format!("SELECT COUNT(*) FROM audit WHERE event = '{word}'");
        assert_eq!(number(&place, "portal.db", &count).await, 1, "the second time changes nothing");
        let service = place.serve();
        assert_eq!(step(&service, &cookie), if moved { 200 } else { 303 }, "{way}");
    }
}

#[tokio::test]
async fn files_that_were_put_back_are_finished_by_the_operators_word_and_never_under_a_node() {
    let place = keys::place();
    let mut service = place.serve();
    let cookie = begin(&service);
    let running = restore(&place, &["--finish", "--unmarked"]);
    assert!(running.code == 2 && running.err.contains("uses this database"), "{}", running.err);
    assert_eq!(step(&service, &cookie), 200);
    while number(&place, "portal.db", "SELECT COUNT(*) FROM node").await == 0 {
        thread::yield_now();
    }
    service.signal("KILL");
    service.end();
    let heartbeat = restore(&place, &["--finish", "--unmarked"]);
    assert!(heartbeat.code == 2 && heartbeat.err.contains("One node said"), "{}", heartbeat.err);
    run_in(&place, "portal.db", "UPDATE node SET seen_at = seen_at - 60000000").await;
    let unmarked = restore(&place, &["--finish", "--json"]);
    assert_eq!((unmarked.code, &json(&unmarked)["answer"]), (1, &"unmarked".into()));
    assert!(unmarked.err.contains("--unmarked"), "{}", unmarked.err);
    let done = restore(&place, &["--finish", "--unmarked", "--json"]);
    assert_eq!((done.code, &json(&done)["ended"]["attempts"]), (0, &1.into()), "{}", done.err);
    let service = place.serve();
    assert_eq!(step(&service, &cookie), 303);
}
