//! The key ring against the database (D36): one ring is made and read, a wrong one is refused by name everywhere, before
//! it can call a right password wrong.

use std::fs;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

use super::program::{Place, Running};
use crate::tenants::MIDORI;

const ROSTER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n\
                      12,3456789,00,19801201,健保 花子,ケンポ ハナコ,hanako01,Karihana-2026,hanako@example.jp\n";

/// Every command that opens the database with the ring.
const WITH_THE_RING: [&[&str]; 8] = [
    &["serve"],
    &["verify-store"],
    &["tenant", "check", "midorikenpo", "--db"],
    &["member", "import", "--tenant", "midorikenpo", "roster.csv"],
    &["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    &["member", "unlock", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    &["member", "desk-code", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    &["member", "revert", "--tenant", "midorikenpo", "hanako01", "--reason", "phone", "--notices", "n.csv"],
];

async fn run(place: &Place, statement: &str) {
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

fn write_roster(place: &Place) {
    let union = format!("{MIDORI}\n[import]\nencoding = \"utf-8\"\n");
    fs::write(place.path("midorikenpo.toml"), union).unwrap();
    fs::write(place.path("roster.csv"), ROSTER).unwrap();
}

/// A database, a ring, and one member whose first password the ring digested.
pub fn place() -> Place {
    let place = Place::ready();
    write_roster(&place);
    let imported = place.run(&["member", "import", "--tenant", "midorikenpo", "roster.csv"]);
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    place
}

pub fn key_of(ring: &str) -> (u32, String) {
    let id = ring.lines().find_map(|line| line.strip_prefix("active = ")).unwrap().parse().unwrap();
    (id, ring.split('"').nth(1).unwrap().to_owned())
}

/// What the database holds. Read by SQLite: what the last program left in the log of the file counts as well.
async fn content(place: &Place) -> Vec<u8> {
    run(place, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    fs::read(place.path("portal.db")).unwrap()
}

async fn refuse_everywhere(place: &Place, words: &[&str]) {
    let before = content(place).await;
    for command in WITH_THE_RING {
        let ended = place.run(command);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{command:?}: {}", ended.err);
        for word in words.iter().copied().chain([place.path("keys.toml").to_str().unwrap()]) {
            assert!(ended.err.contains(word), "{command:?}: no {word:?} in {}", ended.err);
        }
        assert!(!ended.err.contains("keys new"), "{command:?}: a new ring is no way out: {}", ended.err);
        let japanese = place.run(&[command, &["--lang", "ja"]].concat()).err;
        assert!(japanese.contains("鍵束") && japanese.contains("keys.toml"), "{command:?}: {japanese}");
    }
    assert!(content(place).await == before, "something was written");
}

#[test]
fn the_readme_s_commands_make_one_ring_and_read_it() {
    let mut place = Place::new();
    let ring = place.path("etc/keys.toml");
    place.set("PORTAL_KEYS__RING", ring.display().to_string());
    write_roster(&place);
    for command in [
        &["keys", "new"][..],
        &["migrate", "up"],
        &["member", "import", "--tenant", "midorikenpo", "roster.csv", "--notices", "notices.csv"],
    ] {
        let ended = place.run(command);
        assert_eq!(ended.code, 0, "{command:?}: {}{}", ended.out, ended.err);
    }
    drop(place.serve());
    assert!(ring.exists() && !place.path("portal-data").exists());
    // A ring made elsewhere says how the other commands find it.
    let elsewhere = place.shell("PORTAL_DATABASE__URL=sqlite:another.db \"$PROGRAM\" keys new other.toml");
    assert!(
        elsewhere.err.contains("PORTAL_KEYS__RING=other.toml kenpo-portal migrate up"),
        "{}",
        elsewhere.err
    );
    assert!(!elsewhere.err.contains("could not be asked"), "one that is not there yet needs no keys");
    // A database that does not answer may need another ring.
    let unasked = "PORTAL_DATABASE__URL=postgres://portal@127.0.0.1:1/portal \"$PROGRAM\" --lang en keys new third.toml";
    let unasked = place.shell(unasked);
    assert!(unasked.code == 0 && unasked.err.contains("could not be asked"), "{}", unasked.err);
    fs::write(place.path("junk.db"), [7; 8192]).unwrap();
    let junk = place.shell("PORTAL_DATABASE__URL=sqlite:junk.db \"$PROGRAM\" --lang en keys new fourth.toml");
    assert!(junk.code == 0 && junk.err.contains("could not be asked"), "{}", junk.err);
}

#[test]
fn rings_have_numbers_of_their_own() {
    let place = Place::new();
    let ids: Vec<u32> = ["a.toml", "b.toml", "c.toml"]
        .map(|name| {
            assert_eq!(place.run(&["keys", "new", name]).code, 0);
            key_of(&fs::read_to_string(place.path(name)).unwrap()).0
        })
        .into();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
}

#[tokio::test]
async fn a_wrong_ring_is_refused_by_every_command_even_with_the_same_number() {
    let place = place();
    let path = place.path("keys.toml");
    let right = fs::read_to_string(&path).unwrap();
    let (id, _) = key_of(&right);
    fs::remove_file(&path).unwrap();
    // This database needs the right one, wherever another is to be made.
    for command in [&["keys", "new"][..], &["keys", "new", "other.toml"]] {
        for (language, words) in [("en", "put the copy of the key ring back"), ("ja", "控え")] {
            let refused = place.run(&[command, &["--lang", language]].concat());
            assert!(refused.code == 2 && refused.err.contains(words), "{}", refused.err);
            assert!(refused.err.contains(&id.to_string()), "{}", refused.err);
        }
    }
    assert!(!path.exists() && !place.path("other.toml").exists());
    assert_eq!(place.shell("PORTAL_DATABASE__URL=sqlite:another.db \"$PROGRAM\" keys new").code, 0);
    refuse_everywhere(&place, &[&format!("lacks key {id}")]).await;

    let other = fs::read_to_string(&path).unwrap();
    let (_, key) = key_of(&other);
    fs::write(&path, format!("active = {id}\n[keys]\n{id} = \"{key}\"\n")).unwrap();
    refuse_everywhere(&place, &[&format!("key {id}"), "another one"]).await;

    // Both keys in one ring, the new one active, is a rotation: fine, and from then on both are needed.
    let (other_id, key) = key_of(&other);
    let (_, old) = key_of(&right);
    fs::write(&path, format!("active = {other_id}\n[keys]\n{id} = \"{old}\"\n{other_id} = \"{key}\"\n"))
        .unwrap();
    let shown = place.run(&["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    fs::write(&path, &right).unwrap();
    refuse_everywhere(&place, &[&format!("lacks key {other_id}")]).await;
}

#[tokio::test]
async fn verify_store_names_every_sealed_value_that_does_not_open() {
    let place = place();
    let sound = place.run(&["verify-store", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&sound.out).unwrap();
    assert_eq!((sound.code, &json["sealed"]["unopened"]), (0, &0.into()), "{}", sound.out);
    let passkey = "INSERT INTO passkey
                   SELECT tenant, x'0192f0000000700080000000000000aa', id, x'0a', 'midorikenpo.portal.example.jp', 'n', 'aa',
                          x'0100', 0, 0, 0, 0, 0
                     FROM member";
    run(&place, passkey).await;
    run(&place, "UPDATE sealed_key SET sealed = zeroblob(77)").await;
    let before = content(&place).await;
    for language in ["en", "ja"] {
        let found = place.run(&["--lang", language, "verify-store"]);
        assert_eq!(found.code, 1, "{}", found.err);
        for named in
            ["passkey.credential", "0192f000-0000-7000-8000-0000000000aa", "sealed_key.sealed", "midorikenpo"]
        {
            assert!(found.out.contains(named), "{named}: {}", found.out);
        }
    }
    let json: serde_json::Value = serde_json::from_str(&place.run(&["verify-store", "--json"]).out).unwrap();
    assert_eq!((&json["sound"], &json["sealed"]["unopened"]), (&false.into(), &2.into()), "{json}");
    assert!(content(&place).await == before, "something was written");
}

#[tokio::test]
async fn a_lost_ring_is_not_replaced_by_advice() {
    let place = place();
    fs::remove_file(place.path("keys.toml")).unwrap();
    refuse_everywhere(&place, &["restore the copy"]).await;
    // Where nothing was sealed yet, making one is the advice.
    let new = Place::new();
    assert_eq!(new.run(&["migrate", "up"]).code, 0);
    assert!(new.run(&["serve"]).err.contains("keys new"));
}

fn ready(service: &Running) -> (u16, String) {
    Running::ask(service.internal, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_node_whose_ring_fell_behind_is_not_ready() {
    let place = place();
    let service = place.serve();
    assert_eq!(ready(&service).0, 200);
    // Another node came with one key more; or the database is another one since.
    run(&place, "INSERT INTO known_key (id, place, check_value, since) VALUES (77, 1, x'00', 0)").await;
    let (status, said) = ready(&service);
    assert_eq!(status, 503);
    assert!(said.contains("lacks key 77"), "{said}");
    run(&place, "DELETE FROM known_key WHERE id = 77; UPDATE known_key SET check_value = x'00'").await;
    let (status, said) = ready(&service);
    assert_eq!(status, 503);
    assert!(said.contains("holds another key"), "{said}");
}

#[tokio::test]
async fn a_ring_that_is_lost_under_a_running_node_is_said_loudly_and_the_node_goes_on() {
    let place = place();
    let mut service = place.serve();
    assert!(!ready(&service).1.contains("key ring lost"));
    fs::rename(place.path("keys.toml"), place.path("copy.toml")).unwrap();
    let said = service.until(
        "The key ring's file is lost: this node goes on with the keys it holds, and none can start. Put the copy back",
    );
    assert_eq!(
        (&said["level"], said["ring"].as_str().unwrap().contains("keys.toml")),
        (&"ERROR".into(), true)
    );
    let (status, said) = ready(&service);
    assert!(
        status == 200 && said.contains("key ring lost: ") && said.contains("put the copy back"),
        "{said}"
    );
    assert!(
        !said.contains("keys new") && !service.log.join("").contains("keys new"),
        "{said} {:?}",
        service.log
    );
    fs::rename(place.path("copy.toml"), place.path("keys.toml")).unwrap();
    service.until("A job works again");
    assert!(!ready(&service).1.contains("key ring lost"));
}

#[tokio::test]
async fn an_upgrade_believes_a_ring_only_that_opens_what_was_sealed_before() {
    let place = place();
    let path = place.path("keys.toml");
    let right = fs::read_to_string(&path).unwrap();
    let (id, _) = key_of(&right);
    // As an earlier version leaves it: nothing is noted. A letter waits, sealed.
    let mails = fs::read_to_string(place.path("midorikenpo.toml")).unwrap();
    let mails = mails.replace("existing = \"random\"", "existing = \"random\"\nletter = \"mail\"");
    fs::write(place.path("midorikenpo.toml"), mails).unwrap();
    let newcomer = format!("{ROSTER}12,3456790,00,19790822,見本 太郎,ミホン タロウ,,,taro@example.jp\n");
    fs::write(place.path("roster.csv"), newcomer).unwrap();
    let imported = place.run(&["member", "import", "--tenant", "midorikenpo", "roster.csv"]);
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    run(&place, "DELETE FROM known_key").await;
    let other = Place::new();
    assert_eq!(other.run(&["keys", "new"]).code, 0);
    let (_, key) = key_of(&fs::read_to_string(other.path("keys.toml")).unwrap());
    fs::write(&path, format!("active = {id}\n[keys]\n{id} = \"{key}\"\n")).unwrap();
    refuse_everywhere(&place, &[&format!("key {id}")]).await;
    fs::write(&path, &right).unwrap();
    let shown = place.run(&["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
}

#[tokio::test]
async fn where_nothing_proves_the_ring_the_operator_says_so_once() {
    let place = place();
    run(&place, "DELETE FROM known_key; DELETE FROM outbox").await;
    refuse_everywhere(&place, &["keys adopt"]).await;
    let adopted = place.run(&["keys", "adopt"]);
    assert_eq!(adopted.code, 0, "{}", adopted.err);
    assert_eq!(
        place.run(&["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"]).code,
        0
    );
    // It is no way around what the database knows.
    let path = place.path("keys.toml");
    fs::remove_file(&path).unwrap();
    assert_eq!(place.shell("PORTAL_DATABASE__URL=sqlite:another.db \"$PROGRAM\" keys new").code, 0);
    assert_eq!(place.run(&["keys", "adopt"]).code, 2);
}

#[test]
fn a_demo_that_has_nothing_to_show_makes_and_removes_nothing() {
    let mut place = Place::new();
    place.unset("PORTAL_DATABASE__URL");
    fs::create_dir(place.path("empty")).unwrap();
    place.set("PORTAL_TENANTS__DIR", place.path("empty").display().to_string());
    let demo = |place: &Place| place.run(&["demo", "--fresh", "--listen", "127.0.0.1:0"]).code;
    assert_eq!(demo(&place), 2);
    assert!(!place.path(".demo").exists(), "no empty folder is left behind");
    fs::create_dir(place.path(".demo")).unwrap();
    fs::write(place.path(".demo/keys.toml"), "kept").unwrap();
    assert_eq!(demo(&place), 2);
    assert_eq!(fs::read_to_string(place.path(".demo/keys.toml")).unwrap(), "kept");
}

#[test]
fn a_demo_takes_nothing_away_under_another_one() {
    let mut place = Place::new();
    place.unset("PORTAL_DATABASE__URL");
    fs::create_dir(place.path(".demo")).unwrap();
    fs::write(place.path(".demo/portal.db"), "another demo's").unwrap();
    let held = fs::File::create(place.path(".demo/portal.db-serving")).unwrap();
    held.lock().unwrap();
    let demo = place.run(&["demo", "--fresh", "--listen", "127.0.0.1:0", "--lang", "en"]);
    let told = demo.err.lines().last().unwrap_or_default();
    assert!(demo.code == 2 && told.contains("Another service runs on this database"), "{}", demo.err);
    assert_eq!(fs::read_to_string(place.path(".demo/portal.db")).unwrap(), "another demo's");
}

#[test]
fn the_demo_makes_no_second_ring_either() {
    let mut place = Place::new();
    place.unset("PORTAL_DATABASE__URL");
    fs::create_dir(place.path(".demo")).unwrap();
    let database = place.path(".demo/portal.db").display().to_string();
    place.set("PORTAL_DATABASE__URL", format!("sqlite:{database}"));
    place.set("PORTAL_KEYS__RING", place.path(".demo/keys.toml").display().to_string());
    assert_eq!(place.run(&["keys", "new"]).code, 0);
    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    write_roster(&place);
    assert_eq!(place.run(&["member", "import", "--tenant", "midorikenpo", "roster.csv"]).code, 0);
    fs::remove_file(place.path(".demo/keys.toml")).unwrap();
    place.unset("PORTAL_DATABASE__URL");
    place.unset("PORTAL_KEYS__RING");
    let demo = place.run(&["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(demo.code, 2);
    assert!(demo.err.contains("--fresh") && demo.err.contains(".demo/keys.toml"), "{}", demo.err);
    assert!(!place.path(".demo/keys.toml").exists());
}
