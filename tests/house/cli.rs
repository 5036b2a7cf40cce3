//! The command line as an operator meets it: exit codes, words that say what to type next, and the service from start
//! to SIGTERM.

mod backup;
mod clock;
mod doctor;
mod guide;
mod keys;
mod lost_file;
mod new;
mod preview;
mod program;
mod receipt;
mod reload;
mod rotation;
mod running;
mod schema;
mod settings;
mod show;
mod sso;
mod trail;
mod usage;
mod vendor;
mod words;

use std::{fs, os::unix::fs::PermissionsExt as _};

pub use program::Place;
use program::Running;

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::tenants::MIDORI;

#[test]
fn tenant_check_tells_by_its_exit_code() {
    let place = Place::new();
    let fine = place.run(&["tenant", "check"]);
    assert_eq!(fine.code, 0, "{}{}", fine.out, fine.err);
    assert_eq!(place.run(&["tenant", "check", "midorikenpo"]).code, 0);
    assert_eq!(place.run(&["tenant", "check", "--strict"]).code, 0);
    let unknown = place.run(&["tenant", "check", "aokenpo"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("midorikenpo") && unknown.out.is_empty(), "{}", unknown.err);

    fs::write(place.path("midorikenpo.toml"), MIDORI.replace("\"continue\"", "\"relogin\"")).unwrap();
    assert_eq!(place.run(&["tenant", "check"]).code, 0);
    assert_eq!(place.run(&["tenant", "check", "--strict"]).code, 1, "warnings count");
    fs::write(place.path("midorikenpo.toml"), MIDORI.replace("\"open\"", "\"opened\"")).unwrap();
    let broken = place.run(&["tenant", "check"]);
    assert_eq!(broken.code, 1);
    assert!(broken.out.contains("midorikenpo.toml:4"), "{}", broken.out);
    let json = place.run(&["tenant", "check", "--json"]);
    assert_eq!(json.code, 1);
    let findings: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    assert!(findings.iter().any(|finding| finding["line"] == 4), "{}", json.out);

    let mut elsewhere = Place::new();
    elsewhere.set("PORTAL_TENANTS__DIR", "no-such-folder");
    let nowhere = elsewhere.run(&["tenant", "check"]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("no-such-folder"), "{}", nowhere.err);
}

/// One member of the union, with passkeys under its RP ID.
const TWO_PASSKEYS: &str = "
    INSERT INTO member (tenant, id, kigo, bango, branch, number_key, name, name_kana, search_key, birth_date,
                        birth_date_misses, login, imported_at, changed_at)
    VALUES ('midorikenpo', x'01', '1', '1', '00', '1-1-00', '健保 花子', 'ケンポ ハナコ', '', '1980-12-01', 0, 'hanako01', 0, 0);
    INSERT INTO passkey
    SELECT 'midorikenpo', id, x'01', id, 'midorikenpo.portal.example.jp', 'n', hex(id), x'00', 0, 0, 0, 0, 0
      FROM (SELECT x'0a' AS id UNION SELECT x'0b')";

#[tokio::test]
async fn a_changed_rp_id_is_told_before_it_costs_anybody_a_passkey() {
    let place = Place::new();
    let check = |more: &[&str]| place.run(&[&["tenant", "check"], more].concat());
    let database = place.path("portal.db");
    let absent = check(&["--db"]);
    assert_eq!((absent.code, absent.out.as_str()), (2, ""));
    assert!(absent.err.trim_end().ends_with("kenpo-portal migrate up"), "{}", absent.err);
    assert!(!database.exists(), "a check makes no database");
    fs::write(&database, "").unwrap();
    let empty = check(&["--db"]);
    assert_eq!((empty.code, empty.out.as_str()), (2, ""));
    assert!(empty.err.trim_end().ends_with("kenpo-portal migrate up"), "{}", empty.err);
    assert_eq!(fs::read(&database).unwrap(), b"", "a check writes nothing");

    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    let fine = check(&["--db"]);
    assert_eq!(fine.code, 0, "{}", fine.out);
    assert!(fine.err.contains("0 passkeys"), "{}", fine.err);
    let url = format!("sqlite:{}", database.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::raw_sql(TWO_PASSKEYS)).await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(&database).unwrap();
    assert_eq!(check(&["--db"]).code, 0);

    let host = "\"midorikenpo.portal.example.jp\"";
    let changed = MIDORI.replace(&format!("rp_id = {host}"), "rp_id = \"www.midorikenpo.portal.example.jp\"");
    fs::write(place.path("midorikenpo.toml"), changed).unwrap();
    assert_eq!(check(&[]).code, 0, "the file alone is fine");
    let refused = check(&["--db"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.out.contains("error[T045]: 2 passkeys") && refused.out.contains("toml:11:"),
        "{}",
        refused.out
    );
    assert!(refused.err.contains("tenant check --db"), "{}", refused.err);
    let json = check(&["--db", "--json"]);
    let findings: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    assert!(findings.iter().any(|f| f["code"] == "T045" && f["line"] == 11 && f["key"] == "passkey.rp_id"));
    let japanese = check(&["--db", "--lang", "ja"]);
    assert!(
        japanese.out.contains("パスキー 2件") && japanese.err.contains("パスキー 2件"),
        "{}",
        japanese.out
    );
    assert_eq!(fs::read(&database).unwrap(), before, "a check writes nothing");

    let ring = place.path("keys.toml").display().to_string();
    assert_eq!(place.run(&["keys", "new", &ring]).code, 0);
    refuses_to_serve(&place, "kenpo-portal tenant check --db");
}

/// Two members of the union, who accepted one version or two, and one of another union.
const ACCEPTED: &str = "
    INSERT INTO member (tenant, id, kigo, bango, branch, number_key, name, name_kana, search_key, birth_date,
                        birth_date_misses, login, imported_at, changed_at)
    VALUES ('midorikenpo', x'0192f000000070008000000000000001', '12', '3456789', '00', '12-3456789-0', '健保 花子',
            'ケンポ ハナコ', '', '1980-12-01', 0, 'hanako01', 0, 0),
           ('midorikenpo', x'0192f000000070008000000000000002', '15', '102', '01', '15-102-1', '見本 太郎',
            'ミホン タロウ', '', '1979-08-22', 0, 'taro0001', 0, 0),
           ('aokenpo', x'0192f000000070008000000000000003', '1', '1', '00', '1-1-0', '青 一郎', 'アオ イチロウ', '',
            '1979-08-22', 0, 'ichiro01', 0, 0);
    INSERT INTO acceptance (tenant, member, version, hash, host, at)
    VALUES ('midorikenpo', x'0192f000000070008000000000000002', '2026-04-01', '0a', 'www.midorikenpo.example.jp', 1775005200000000),
           ('midorikenpo', x'0192f000000070008000000000000001', '2026-04-01', '0a', 'www.midorikenpo.example.jp', 1775005200000000),
           ('midorikenpo', x'0192f000000070008000000000000001', '2025-04-01', '0b', 'old.midorikenpo.example.jp', 1743469200500000),
           ('aokenpo', x'0192f000000070008000000000000003', '2026-04-01', '0c', 'www.aokenpo.example.jp', 1775005200000000)";

#[tokio::test]
async fn what_members_accepted_is_held_against_the_file_and_written_for_the_union() {
    let place = Place::new();
    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    let absent = place.run(&["terms", "export", "--tenant", "nosuch"]);
    assert_eq!((absent.code, absent.out.as_str()), (2, ""));
    assert!(absent.err.contains("kenpo-portal tenant list"), "{}", absent.err);
    let none = place.run(&["terms", "export", "--tenant", "midorikenpo"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("Wrote 0 acceptances"), "{}", none.err);

    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::raw_sql(ACCEPTED)).await.unwrap();
    connection.close().await.unwrap();

    let all = place.run(&["terms", "export", "--tenant", "midorikenpo"]);
    assert_eq!(all.code, 0, "{}", all.err);
    let first = "{\"tenant\":\"midorikenpo\",\"member\":\"0192f000-0000-7000-8000-000000000001\",\"kigo\":\"12\",\
                 \"bango\":\"3456789\",\"branch\":\"00\",\"user_id\":\"hanako01\",\"version\":\"2025-04-01\",\
                 \"hash\":\"0b\",\"accepted_at\":\"2025-04-01T01:00:00.5Z\",\"host\":\"old.midorikenpo.example.jp\"}";
    assert_eq!(all.out.lines().next(), Some(first));
    let lines: Vec<serde_json::Value> =
        all.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows: Vec<_> = lines
        .iter()
        .map(|line| (line["user_id"].as_str().unwrap(), line["version"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [("hanako01", "2025-04-01"), ("hanako01", "2026-04-01"), ("taro0001", "2026-04-01")]);
    assert!(all.err.contains("Wrote 3 acceptances"), "{}", all.err);
    let one =
        place.run(&["terms", "export", "--tenant", "midorikenpo", "--version", "2025-04-01", "--lang", "ja"]);
    assert_eq!((one.code, one.out.lines().count()), (0, 1));
    assert!(one.err.contains("1件を書き出しました"), "{}", one.err);
    let misspelt = place.run(&["terms", "export", "--tenant", "midorikenpo", "--version", "2025"]);
    assert_eq!((misspelt.code, misspelt.out.as_str()), (0, ""));
    assert!(misspelt.err.contains("2025-04-01, 2026-04-01"), "{}", misspelt.err);

    // The text is not the one they accepted: an error, and the union is served all the same.
    assert_eq!(place.run(&["tenant", "check"]).code, 0, "the file alone is fine");
    let told = place.run(&["tenant", "check", "--db"]);
    assert_eq!(told.code, 1);
    assert!(told.out.contains("error[T068]") && told.out.contains("midorikenpo NG(1)"), "{}", told.out);
    assert!(told.err.contains("0 passkeys, 4 acceptances of the terms"), "{}", told.err);
    let japanese = place.run(&["tenant", "check", "midorikenpo", "--db", "--lang", "ja"]);
    assert!(japanese.out.contains("2人が同意しています"), "{}", japanese.out);
    assert!(japanese.err.contains("利用規約への同意 3件"), "{}", japanese.err);
    let renamed = MIDORI.replace("version = \"2026-04-01\"", "version = \"2026-05-01\"");
    fs::write(place.path("midorikenpo.toml"), renamed).unwrap();
    assert_eq!(place.run(&["tenant", "check", "--db"]).code, 0);

    fs::write(place.path("midorikenpo.toml"), MIDORI).unwrap();
    let ring = place.path("keys.toml").display().to_string();
    assert_eq!(place.run(&["keys", "new", &ring]).code, 0);
    let service = place.serve();
    let warned = service.log.iter().find(|line| line.contains("T068")).expect("a warning");
    assert!(warned.contains("WARN") && warned.contains("midorikenpo"), "{warned}");
}

#[test]
fn the_language_is_asked_for_or_the_locale_s() {
    let mut place = Place::new();
    let is_japanese = |text: &str| text.chars().any(|c| ('ぁ'..='ん').contains(&c));
    let said = |place: &Place, arguments: &[&str]| {
        let ended = place.run(&[&["tenant", "check", "midorikenpo"], arguments].concat());
        ended.out + &ended.err
    };
    assert!(!is_japanese(&said(&place, &[])));
    assert!(is_japanese(&said(&place, &["--lang", "ja"])));
    place.set("LANG", "ja_JP.UTF-8");
    assert!(is_japanese(&said(&place, &[])));
    assert!(!is_japanese(&said(&place, &["--lang", "en"])));
    let (japanese, english) = (place.run(&["tenant", "check", "--json"]), Place::new());
    let there = |text: &str, place: &Place| text.replace(place.path("").to_str().unwrap(), "");
    let english_out = english.run(&["tenant", "check", "--json"]).out;
    assert_eq!(there(&japanese.out, &place), there(&english_out, &english), "JSON never varies");
}

#[test]
fn a_key_ring_is_for_its_owner_and_never_overwritten() {
    let place = Place::new();
    let ring = place.path("ring.toml");
    let made = place.run(&["keys", "new", ring.to_str().unwrap()]);
    assert_eq!((made.code, made.out.as_str()), (0, ""));
    assert!(made.err.contains("kenpo-portal migrate up"), "{}", made.err);
    assert_eq!(fs::metadata(&ring).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = fs::read(&ring).unwrap();
    let again = place.run(&["keys", "new", ring.to_str().unwrap()]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("never overwritten"), "{}", again.err);
    assert_eq!(fs::read(&ring).unwrap(), kept);
    let key = String::from_utf8(kept).unwrap();
    let key = key.split('"').nth(1).unwrap();
    assert!(key.len() > 40 && ![made.err, again.err].concat().contains(key));
}

#[test]
fn migrate_status_tells_whether_up_is_needed() {
    let place = Place::new();
    let before = place.run(&["migrate", "status"]);
    assert_eq!((before.code, before.out.as_str()), (1, ""));
    assert!(before.err.contains("kenpo-portal migrate up"), "{}", before.err);
    let up = place.run(&["migrate", "up"]);
    assert_eq!((up.code, up.out.as_str()), (0, ""));
    assert!(up.err.contains("kenpo-portal serve"), "{}", up.err);
    let mode = fs::metadata(place.path("portal.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "names and birth dates are nobody else's to read");
    let after = place.run(&["migrate", "status"]);
    assert_eq!(after.code, 0);
    assert!(!after.out.contains("missing"), "{}", after.out);
    assert_eq!(place.run(&["migrate", "up"]).code, 0, "twice does no harm");
}

#[test]
fn an_export_names_what_is_missing_instead_of_saying_nothing() {
    let mut place = Place::new();
    let no_database = place.run(&["audit", "export", "--tenant", "nosuch"]);
    assert_eq!((no_database.code, no_database.out.as_str()), (2, ""));
    assert!(no_database.err.contains("kenpo-portal tenant list"), "{}", no_database.err);
    place.set("PORTAL_LOG", "verbose");
    let no_level = place.run(&["migrate", "status"]);
    assert_eq!(no_level.code, 2);
    assert!(no_level.err.contains("info"), "{}", no_level.err);
}

/// `serve` does not start, and its last words are what to type next.
fn refuses_to_serve(place: &Place, next: &str) {
    let refused = place.run(&["serve"]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    let last = refused.err.lines().last().unwrap_or_default().trim_end_matches('`');
    assert!(last.starts_with("kenpo-portal: ") && last.ends_with(next), "{next}: {}", refused.err);
}

#[test]
fn serve_refuses_what_it_cannot_serve_and_says_what_to_type() {
    let place = Place::new();
    refuses_to_serve(&place, "kenpo-portal migrate up");

    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    let ring = place.path("keys.toml").display().to_string();
    refuses_to_serve(&place, &format!("kenpo-portal keys new {ring}"));

    assert_eq!(place.run(&["keys", "new", &ring]).code, 0);
    fs::set_permissions(&ring, fs::Permissions::from_mode(0o644)).unwrap();
    refuses_to_serve(&place, &format!("chmod 600 {ring}"));

    fs::set_permissions(&ring, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&ring, "active = 1\n[keys]\n1 = \"c2hvcnQ=\"\n").unwrap();
    refuses_to_serve(&place, "kenpo-portal keys new FILE");

    fs::write(place.path("midorikenpo.toml"), MIDORI.replace("\"open\"", "\"opened\"")).unwrap();
    refuses_to_serve(&place, "kenpo-portal tenant check --db");
    fs::remove_file(place.path("midorikenpo.toml")).unwrap();
    refuses_to_serve(&place, "kenpo-portal tenant check --db");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let mut place = Place::new();
    let missing = place.run(&["--config", "no-such.toml", "tenant", "list"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no-such.toml"), "{}", missing.err);
    fs::write(place.path("portal.toml"), "[argon2]\nmemory = 1\n").unwrap();
    let misspelt = place.run(&["tenant", "list"]);
    assert_eq!(misspelt.code, 2);
    assert!(misspelt.err.contains("memory"), "{}", misspelt.err);
    fs::remove_file(place.path("portal.toml")).unwrap();

    // A misspelt variable stops the command (D38).
    place.set("PORTAL_DATABASE__ULR", "sqlite:elsewhere.db");
    let stopped = place.run(&["serve"]);
    assert_eq!(stopped.code, 2);
    let line = stopped.err.lines().find(|line| line.contains("PORTAL_DATABASE__ULR")).expect("a sentence");
    assert!(line.contains("PORTAL_DATABASE__URL") && !line.contains("elsewhere"), "{line}");
    place.unset("PORTAL_DATABASE__ULR");
    place.set("PORTAL_DATABASE__URL", "mysql://portal:geheim@db/portal");
    let unknown = place.run(&["migrate", "status"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("postgres:") && !unknown.err.contains("geheim"), "{}", unknown.err);
}

const HOST: &str = "www.midorikenpo.portal.example.jp";

/// What a member types or carries and no log may keep.
const PERSONAL: [&str; 7] = [
    "hanako01",
    "Himitsu-2026",
    "19801201",
    "198.51.100.7",
    "PersonalBrowser",
    "c29tZS10b2tlbg",
    "hanako%40",
];

#[test]
fn no_signal_but_those_that_mean_it_ends_the_service() {
    let place = Place::ready();
    let mut service = place.serve();
    let alive = |service: &Running| {
        let words = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        Running::ask(service.internal, words).0
    };
    for round in 0..2 {
        service.signal("HUP");
        service.until("SIGHUP: the unions' files are read again");
        for name in ["USR1", "USR2"] {
            service.signal(name);
            let line = service.until("A signal was ignored: it means nothing here");
            assert_eq!(line["name"], format!("SIG{name}"));
        }
        service.signal("PIPE");
        assert_eq!(alive(&service), 200, "{round}");
    }
    // Another supervisor's word for leaving in peace; Ctrl-C then shortens the notice.
    service.signal("QUIT");
    service.until("Leaving: not ready any more, still answering");
    service.signal("INT");
    assert_eq!(service.end(), (Some(0), String::new()));
}

#[test]
fn proxies_that_are_no_networks_are_named() {
    let mut place = Place::new();
    for (written, wrong) in [("10.0.0.0/33", "10.0.0.0/33"), ("10.0.0.0/8, proxy", "proxy")] {
        place.set("PORTAL_PROXY__TRUSTED", written);
        let refused = place.run(&["tenant", "list"]);
        assert_eq!(refused.code, 2, "{written}");
        assert!(refused.err.contains("proxy.trusted") && refused.err.contains(wrong), "{}", refused.err);
    }
}

#[test]
fn the_service_from_start_to_sigterm() {
    let mut place = Place::ready();
    let mut service = place.serve();
    place.set("PORTAL_INTERNAL__LISTEN", service.internal.to_string());
    let internal = |path: &str| {
        let words = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Running::ask(service.internal, &words).0
    };
    let public = |first: &str, more: &str, body: &str| {
        let words = format!("{first} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{more}\r\n{body}");
        Running::ask(service.public, &words).0
    };
    assert_eq!((internal("/livez"), internal("/readyz")), (200, 200));
    assert_eq!(place.run(&["healthcheck"]).code, 0);

    // A member who types into everything.
    let carried = "User-Agent: PersonalBrowser\r\nX-Forwarded-For: 198.51.100.7\r\n\
                   Cookie: __Host-session=c29tZS10b2tlbg; __Host-attempt=c29tZS10b2tlbg\r\n";
    assert_eq!(public("GET /", carried, ""), 200);
    assert_eq!(public("GET /signin?username=hanako01&birthdate=19801201", carried, ""), 200);
    assert_eq!(public("GET /hanako01/19801201", carried, ""), 404);
    assert_eq!(public("GET /recovery/password?mail=hanako%40example.jp", carried, ""), 200);
    let body = "username=hanako01&password=Himitsu-2026";
    let form = format!(
        "{carried}Origin: https://{HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        body.len()
    );
    assert_eq!(public("POST /signin", &form, body), 422, "nobody has that user ID");
    assert_eq!(public("POST /signin/birthdate", &form, body), 303);
    let foreign = form.replace("Origin: https://", "Origin: https://x");
    assert_eq!(public("POST /signin", &foreign, body), 403);
    assert_eq!(public(&format!("{} /signin", "HANAKO".repeat(1000)), carried, ""), 405);
    assert_eq!(public("TRACE /signin", carried, ""), 405);

    service.terminate();
    service.until("Leaving: not ready any more, still answering");
    let still = |address, host: &str, path: &str| {
        let words = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Running::ask(address, &words).0
    };
    assert_eq!(still(service.internal, "localhost", "/readyz"), 503);
    assert_eq!(still(service.internal, "localhost", "/livez"), 200);
    assert_eq!(still(service.public, HOST, "/signin"), 200);
    assert_eq!(place.run(&["healthcheck"]).code, 1);
    // A second one shortens the notice.
    service.terminate();
    assert_eq!(service.end(), (Some(0), String::new()));
    assert_eq!(place.run(&["healthcheck"]).code, 2, "nobody is there");

    assert!(service.log.iter().any(|line| line.contains("Stopped")));
    for line in &service.log {
        let value: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(value["timestamp"].is_string() && value["level"].is_string() && value["message"].is_string());
        for word in PERSONAL {
            assert!(!line.contains(word), "{word} in {line}");
        }
    }
    let answered: Vec<_> = service.log.iter().filter(|line| line.contains("Answered a request")).collect();
    assert!(answered.len() >= 10 && answered.iter().all(|line| line.contains("\"receipt\"")));
    // What a pipe takes whole.
    assert!(answered.iter().all(|line| line.len() < 1000), "no line is as long as a stranger likes");
    for method in ["other", "TRACE"] {
        let told = format!("\"method\":\"{method}\"");
        assert_eq!(answered.iter().filter(|line| line.contains(&told)).count(), 1, "{method}");
    }

    // The trail knows that somebody tried, not what was typed.
    let trail = place.run(&["audit", "export", "--tenant", "midorikenpo"]);
    assert_eq!(trail.code, 0, "{}", trail.err);
    assert_eq!(trail.out.lines().count(), 1, "{}", trail.out);
    assert!(PERSONAL.iter().all(|word| !trail.out.contains(word)), "{}", trail.out);
}
