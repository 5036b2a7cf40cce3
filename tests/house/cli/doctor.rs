//! `config show`, `doctor` and `migrate` before anything runs: what is in force, what is wrong, what an upgrade would do.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    thread,
};

use serde_json::Value;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::program::Place;
use crate::tenants::MIDORI;

/// Each topic with its gravest level and every sentence, and the exit code.
fn examined(place: &Place) -> (i32, BTreeMap<String, (String, String)>) {
    let ended = place.run(&["doctor", "--json"]);
    let rows: Vec<Value> =
        serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
    let grave =
        |level: &str| ["ok", "look", "warning", "bad"].iter().position(|known| *known == level).unwrap();
    let mut found: BTreeMap<String, (String, String)> = BTreeMap::new();
    for row in rows {
        let (level, said) = (row["level"].as_str().unwrap(), row["said"].as_str().unwrap());
        let (kept, all) =
            found.entry(row["topic"].as_str().unwrap().to_owned()).or_insert(("ok".into(), String::new()));
        if grave(level) > grave(kept) {
            level.clone_into(kept);
        }
        all.push_str(said);
        all.push('\n');
    }
    (ended.code, found)
}

/// What stands in the folder: every file with its content and mode, but for SQLite's side files.
fn contents(place: &Place) -> BTreeMap<String, (Vec<u8>, u32)> {
    let files = fs::read_dir(place.path("")).unwrap().map(|file| file.unwrap());
    let files = files.filter(|file| file.file_type().unwrap().is_file());
    files
        .map(|file| (file.file_name().into_string().unwrap(), file))
        .filter(|(name, _)| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .map(|(name, file)| {
            (name, (fs::read(file.path()).unwrap(), file.metadata().unwrap().permissions().mode()))
        })
        .collect()
}

/// Ready, with the unions' files in a folder of their own: beside them the ring would be read as one.
fn ready() -> Place {
    let mut place = Place::new();
    let files: Vec<_> = fs::read_dir(place.path("")).unwrap().map(|file| file.unwrap()).collect();
    fs::create_dir(place.path("unions")).unwrap();
    for file in files {
        fs::rename(file.path(), place.path("unions").join(file.file_name())).unwrap();
    }
    place.set("PORTAL_TENANTS__DIR", place.path("unions").display().to_string());
    for command in [&["migrate", "up"], &["keys", "new"]] {
        assert_eq!(place.run(command).code, 0);
    }
    fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o700)).unwrap();
    place
}

/// Breaks one thing.
type Break = fn(&mut Place);

const TOPICS: [&str; 11] = [
    "clock", "database", "folders", "keys", "mail", "network", "service", "settings", "space", "trail",
    "unions",
];

#[test]
fn config_show_tells_each_value_with_its_origin_and_no_secret() {
    let mut place = Place::new();
    place.unset("PORTAL_DATABASE__URL");
    fs::write(place.path("url"), "postgres://portal:geheim@db/portal?password=geheim\n").unwrap();
    place.set("PORTAL_DATABASE__URL_FILE", place.path("url").display().to_string());
    place.set("PORTAL_MAIL__SMTP_URL", "smtps://user:geheim@smtp.example.jp");
    place.set("PORTAL_SERVICE_HOST", "10.0.0.1");
    fs::write(place.path("portal.toml"), "[hosts]\nbase_domains = [\"portal.example.jp\"]\n").unwrap();
    let ended = place.run(&["config", "show", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("PORTAL_SERVICE_HOST"), "told as every command tells it: {}", ended.err);
    let shown: Value = serde_json::from_str(&ended.out).unwrap();
    let of = |key: &str| {
        let all = shown["settings"].as_array().unwrap();
        all.iter().find(|setting| setting["key"] == key).unwrap_or_else(|| panic!("{key}")).clone()
    };
    assert_eq!(of("database.url")["value"], "postgres://portal:***@db/portal?password=***");
    assert_eq!(of("database.url")["origin"]["kind"], "value-file");
    assert_eq!(of("mail.smtp_url")["value"], "smtps://user:***@smtp.example.jp");
    assert_eq!(of("mail.smtp_url")["origin"]["variable"], "PORTAL_MAIL__SMTP_URL");
    assert_eq!(
        (&of("hosts.base_domains")["origin"]["line"], of("log")["origin"]["kind"].as_str()),
        (&2.into(), Some("default"))
    );
    assert_eq!((&of("argon2.lanes")["value"], &of("mail.hello")["value"]), (&1.into(), &Value::Null));
    assert_eq!(shown["unknown"][0]["name"], "PORTAL_SERVICE_HOST");
    for language in ["ja", "en"] {
        let table = place.run(&["config", "show", "--lang", language]);
        assert_eq!(table.code, 0);
        assert_eq!(table.out.lines().count(), 17, "{}", table.out);
        assert!(table.out.contains("portal.toml:2") && !table.out.contains("geheim"), "{}", table.out);
        assert!(!table.err.contains("geheim"), "{}", table.err);
    }
    place.set("PORTAL_LISTENS", "x");
    let nearly = place.run(&["config", "show"]);
    assert_eq!((nearly.code, nearly.out.as_str()), (2, ""), "as at the start: {}", nearly.err);
}

#[tokio::test]
async fn doctor_names_each_thing_that_is_wrong_and_goes_on_with_the_others() {
    let fine = |place: &Place| {
        let (code, found) = examined(place);
        let topics: Vec<_> = found.keys().map(String::as_str).collect();
        assert_eq!(topics, TOPICS, "every check runs");
        (code, found)
    };
    let mut place = ready();
    place.set("PORTAL_PROXY__TRUSTED", "10.0.0.1");
    let before = contents(&place);
    let (code, found) = fine(&place);
    // How much room there is, is the machine's affair.
    let grave = if found["space"].0 == "bad" { 2 } else { 1 };
    assert_eq!(code, grave, "as the gravest of them: {found:?}");
    for topic in ["settings", "database", "keys", "folders", "network", "trail", "unions"] {
        assert_eq!(found[topic].0, "ok", "{topic}: {}", found[topic].1);
    }
    assert_eq!(found["mail"].0, "warning", "no mail server: {}", found["mail"].1);
    assert!(found["mail"].1.contains("_dmarc."), "{}", found["mail"].1);
    assert_eq!(found["service"].0, "look");
    assert_eq!(contents(&place), before, "nothing is changed");

    // One thing at a time: it is named, and everything else is looked at all the same.
    let cases: [(&str, &str, Break); 8] = [
        ("keys", "chmod 600", |place| {
            fs::set_permissions(place.path("keys.toml"), fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("keys", "keys.toml", |place| fs::remove_file(place.path("keys.toml")).unwrap()),
        ("database", "portal.db", |place| fs::remove_file(place.path("portal.db")).unwrap()),
        ("database", "refused", |place| {
            place.set("PORTAL_DATABASE__URL", "postgres://p:geheim@127.0.0.1:1/p");
        }),
        ("unions", "tenant check", |place| {
            fs::write(place.path("unions/midorikenpo.toml"), "name = 1").unwrap();
        }),
        ("network", "proxy.trusted", |place| place.set("PORTAL_PROXY__TRUSTED", "0.0.0.0/0")),
        ("mail", "mail.smtp_url", |place| place.set("PORTAL_MAIL__SMTP_URL", "smtp://user@smtp.example.jp")),
        ("folders", "chmod o-w", |place| {
            fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o777)).unwrap();
        }),
    ];
    for (topic, word, break_it) in cases {
        let mut place = ready();
        break_it(&mut place);
        let before = contents(&place);
        let (code, found) = fine(&place);
        assert_eq!(code, 2, "{topic}: {found:?}");
        assert_eq!(found[topic].0, "bad", "{topic}: {found:?}");
        assert!(found[topic].1.contains(word), "{topic}: {} has no {word}", found[topic].1);
        assert_eq!(contents(&place), before, "{topic}: nothing is made or changed");
        assert!(!format!("{found:?}").contains("geheim"), "{found:?}");
        let japanese = place.run(&["doctor", "--lang", "ja"]);
        assert!(japanese.out.contains(&format!("NG {topic}: ")), "{}", japanese.out);
    }

    let place = ready();
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection
        .execute("DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let (code, found) = fine(&place);
    assert!(code == 2 && found["database"].1.contains("migrate up --dry-run"), "{found:?}");

    let mut place = ready();
    place.set("PORTAL_LISTEN", "nowhere");
    let (code, found) = examined(&place);
    assert!(code == 2 && found.len() == 1 && found["settings"].1.contains("listen"), "{found:?}");
}

#[tokio::test]
async fn doctor_tells_of_a_trail_that_nobody_archives_once_an_archive_would_take_something() {
    let place = Place::ready();
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for (number, level, word) in [(1, "ok", "young enough"), (2, "warning", "since 1970-01-01")] {
        let seal = format!(
            "INSERT INTO audit_seal (tenant, number, sealed_at, entries, before, hash)
             VALUES ('midorikenpo', {number}, {number}, x'', x'', x'')"
        );
        connection.execute(sqlx::AssertSqlSafe(seal)).await.unwrap();
        let (_, found) = examined(&place);
        assert_eq!(found["trail"].0, level, "{found:?}");
        assert!(found["trail"].1.contains(word), "{found:?}");
    }
    connection.close().await.unwrap();
}

#[test]
fn doctor_speaks_with_the_mail_server_and_the_service() {
    let mut place = Place::ready();
    let service = place.serve();
    place.set("PORTAL_INTERNAL__LISTEN", service.internal.to_string());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    place.set("PORTAL_MAIL__SMTP_URL", format!("smtp://{}", server.local_addr().unwrap()));
    thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(b"220 relay\r\n");
            for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
                let reply: &[u8] = if line.starts_with("QUIT") { b"221 bye\r\n" } else { b"250 relay\r\n" };
                let _ = stream.write_all(reply);
            }
        }
    });
    let (_, found) = examined(&place);
    assert!(found["mail"].1.contains("answers"), "{found:?}");
    assert_eq!(found["service"].0, "ok", "{found:?}");

    // One that takes the call and says nothing.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    place.set("PORTAL_MAIL__SMTP_URL", format!("smtp://{}", mute.local_addr().unwrap()));
    let (code, found) = examined(&place);
    assert_eq!((code, found["mail"].0.as_str()), (2, "bad"), "{found:?}");
    assert_eq!(found["service"].0, "ok", "the others went on: {found:?}");
}

#[test]
fn migrate_says_what_it_would_do_and_which_nodes_may_go_on() {
    let place = Place::new();
    let json = |place: &Place, arguments: &[&str]| {
        let ended = place.run(arguments);
        let value: Value =
            serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
        (ended.code, value)
    };
    for arguments in [&["migrate", "status", "--json"][..], &["migrate", "up", "--dry-run", "--json"]] {
        let (code, told) = json(&place, arguments);
        assert_eq!((code, &told["database"], &told["fits"]), (1, &"missing".into(), &false.into()), "{told}");
        assert!(told["to_run"].as_array().unwrap().len() > 20, "{told}");
        assert!(!place.path("portal.db").exists(), "nothing is made");
    }
    assert_eq!(place.run(&["migrate", "status"]).code, 1, "a script goes on with `migrate up`");
    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    let (code, told) = json(&place, &["migrate", "status", "--json"]);
    assert_eq!((code, &told["database"], &told["fits"]), (0, &"there".into(), &true.into()));
    assert_eq!((&told["to_run"], &told["oldest_program_beside"]), (&Value::Array(Vec::new()), &Value::Null));
    assert_eq!(place.run(&["migrate", "up", "--dry-run"]).code, 0, "nothing to do");
    let mut place = place;
    place.set("PORTAL_DATABASE__URL", "postgres://p:geheim@127.0.0.1:1/p");
    assert_eq!(place.run(&["migrate", "status"]).code, 2, "it cannot be asked");
}

#[tokio::test]
async fn a_dry_run_names_the_oldest_program_beside_what_is_missing() {
    let place = Place::ready();
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection
        .execute("DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let before = contents(&place);
    let dry = place.run(&["migrate", "up", "--dry-run"]);
    assert_eq!(dry.code, 1);
    let line = "  kenpo-portal 0.2.0 and newer may go on running beside it\n";
    assert!(dry.out.lines().count() == 1 && dry.out.ends_with(line), "{}", dry.out);
    assert!(dry.err.contains("kenpo-portal 0.2.0 and newer may go on"), "{}", dry.err);
    let japanese = place.run(&["migrate", "up", "--dry-run", "--lang", "ja"]);
    assert!(japanese.err.contains("kenpo-portal 0.2.0 以上のサーバーは動かしたまま"), "{}", japanese.err);
    assert_eq!(contents(&place), before);
    assert!(fs::read_to_string(place.path("midorikenpo.toml")).unwrap() == MIDORI);
}
