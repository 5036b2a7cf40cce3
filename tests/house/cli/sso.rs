//! `sso check`, `sso subjects import` and `sso logouts`: what is missing before a service works, what members were called
//! before, and what services are still to be told.

use std::{fs, net::TcpListener, thread};

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::program::{Ended, Place};
use crate::tenants::MIDORI;

const ROSTER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n\
                      12,3456789,00,19801201,健保 花子,ケンポ ハナコ,hanako01,Karihana-2026,hanako@example.jp\n\
                      15,102,00,19790822,見本 太郎,ミホン タロウ,taro0001,Karitaro-2026,taro@example.jp\n";

fn sso(place: &Place, words: &str, more: &[&str]) -> Ended {
    let words: Vec<&str> = words.split(' ').collect();
    place.run(&[&["sso"], words.as_slice(), &["--tenant", "midorikenpo"], more].concat())
}

/// The one service of the union, with this line in its table.
fn with(place: &Place, line: &str) {
    let text = format!("{MIDORI}{line}\n[import]\nencoding = \"utf-8\"\n\n[sso]\ntest = true\n");
    fs::write(place.path("midorikenpo.toml"), text).unwrap();
}

/// A place in which nothing is missing; the secret of the service.
fn whole() -> (Place, String) {
    let place = Place::ready();
    with(&place, "");
    let secret = sso(&place, "secret new", &["--client", "mieru", "--reason", "it begins"]);
    assert_eq!(secret.code, 0, "{}", secret.err);
    let key = sso(&place, "keys rotate", &["--reason", "it begins"]);
    assert_eq!(key.code, 0, "{}", key.err);
    (place, secret.out.trim().to_owned())
}

fn read(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|fault| panic!("{fault}: {}{}", ended.out, ended.err))
}

#[test]
fn what_is_missing_is_named_with_the_next_command_until_nothing_is() {
    let place = Place::ready();
    let missing = sso(&place, "check", &[]);
    assert_eq!(missing.code, 1);
    let next = "kenpo-portal sso secret new --tenant midorikenpo --client mieru";
    assert!(missing.out.contains(next) && missing.out.contains("ES256"), "{}", missing.out);
    assert!(missing.err.contains("Services: 1, missing: 2"), "{}", missing.err);
    let japanese = sso(&place, "check", &["--lang", "ja"]);
    assert!(japanese.out.contains("まだ秘密がありません"), "{}", japanese.out);
    assert!(japanese.err.contains("足りないもの 2"), "{}", japanese.err);
    let told = read(&sso(&place, "check", &["--json"]));
    let needs: Vec<&str> =
        told["needs"].as_array().unwrap().iter().filter_map(|need| need["need"].as_str()).collect();
    assert_eq!((needs, &told["unreached"], &told["waiting"]), (vec!["key", "secret"], &json!([]), &json!(0)));
    let unknown = place.run(&["sso", "check", "--tenant", "nosuch"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""));

    let (place, secret) = whole();
    assert!(secret.len() >= 43, "256 bits");
    let fine = sso(&place, "check", &[]);
    assert_eq!((fine.code, fine.out.as_str()), (0, ""), "{}", fine.err);
    assert!(fine.err.contains("missing: 0"), "{}", fine.err);
    let listed = sso(&place, "secret list", &[]);
    assert!(listed.out.contains("mieru") && !listed.out.contains(&secret), "{}", listed.out);
    // A service that is not in the file any more.
    fs::write(place.path("midorikenpo.toml"), MIDORI.replace("client_id = \"mieru\"", "client_id = \"new\""))
        .unwrap();
    let unused = sso(&place, "check", &[]);
    assert!(unused.out.contains("The secret of \"mieru\" is not used"), "{}", unused.out);
}

#[test]
fn a_service_that_cannot_be_told_of_a_logout_is_named_with_the_reason() {
    let (place, _) = whole();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let told_at = |scheme: &str| {
        let address = format!("{scheme}://localhost:{port}/out");
        with(&place, &format!("backchannel_logout_uri = \"{address}\"\ninternal = true"));
        address
    };
    let probe = |more: &[&str]| sso(&place, "check", &[&["--probe"], more].concat());
    // Where there is no such address, nobody is asked.
    assert_eq!(probe(&[]).code, 0);
    told_at("http");
    let fine = probe(&[]);
    assert_eq!((fine.code, fine.out.as_str()), (0, ""), "{}", fine.err);
    // What answers, and is not who it should be.
    let address = told_at("https");
    let doors = thread::spawn(move || listener.incoming().take(3).for_each(drop));
    let told = probe(&[]);
    assert_eq!(told.code, 1);
    for word in ["\"mieru\"", address.as_str(), "sso.authorities"] {
        assert!(told.out.contains(word), "{word}: {}", told.out);
    }
    let japanese = probe(&["--lang", "ja"]);
    assert!(japanese.out.contains("証明書") && japanese.err.contains("足りないもの 1"), "{}", japanese.out);
    // The connection of the first look was never taken.
    doors.join().unwrap();
    let gone = probe(&["--json"]);
    assert_eq!(gone.code, 1);
    let expected = json!([{ "client_id": "mieru", "address": address, "why": "unreachable" }]);
    assert_eq!(read(&gone)["unreached"], expected);
    assert_eq!(sso(&place, "check", &[]).code, 0, "nobody is asked without the word");
}

#[test]
fn what_members_were_called_before_comes_in_whole_or_not_at_all() {
    let (place, _) = whole();
    fs::write(place.path("roster.csv"), ROSTER).unwrap();
    let members = place.run(&["member", "import", "--tenant", "midorikenpo", "roster.csv"]);
    assert_eq!(members.code, 0, "{}{}", members.out, members.err);
    let import = |text: &str, more: &[&str]| {
        fs::write(place.path("subjects.csv"), text).unwrap();
        let words = ["--sector", "medical-expenses", "--reason", "from the former system", "subjects.csv"];
        sso(&place, "subjects import", &[&words, more].concat())
    };
    let good = "記号,番号,sub\n12,3456789,f:1:hanako\n15,102,f:1:taro\n";
    let looked = import(good, &["--dry-run"]);
    assert_eq!((looked.code, looked.out.as_str()), (0, ""), "{}", looked.err);
    assert!(looked.err.contains("2 subjects would come"), "{}", looked.err);
    let wrong = import("記号,番号,sub\n12,3456789,f:1:hanako\n99,1,f:1:nobody\n", &[]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.out.contains("Line 3: there is no such member"), "{}", wrong.out);
    assert!(wrong.err.contains("Nothing was imported"), "{}", wrong.err);
    let japanese = import("記号,番号,sub\n99,1,f:1:nobody\n", &["--lang", "ja"]);
    assert!(japanese.out.contains("2行目") && japanese.err.contains("何も取り込んでいません"));
    let done = read(&import(good, &["--json"]));
    assert_eq!((&done["new"], &done["same"]), (&json!(2), &json!(0)), "nothing came before");
    let again = import(good, &[]);
    assert!(again.code == 0 && again.err.contains("2 were there already"), "{}", again.err);
    let broken = import("名前\n花子\n", &[]);
    assert_eq!((broken.code, broken.out.as_str()), (1, ""), "{}", broken.err);
    let sector = ["--sector", "other", "--reason", "r", "subjects.csv"];
    let unknown = sso(&place, "subjects import", &sector);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("medical-expenses"), "{}", unknown.err);
    let absent = ["--sector", "medical-expenses", "--reason", "r", "no-such-file.csv"];
    let absent = sso(&place, "subjects import", &absent);
    assert_eq!(absent.code, 2);
    assert!(absent.err.contains("no-such-file.csv"), "{}", absent.err);
    let trail = place.run(&["audit", "export", "--tenant", "midorikenpo"]);
    assert_eq!(trail.out.matches("sso-subjects-imported").count(), 1, "once, with what was brought");
    assert!(trail.out.contains("from the former system") && !trail.out.contains("f:1:"), "{}", trail.out);
}

/// One that no node has seen, one that waits for its next try, one that was given up, one that was told.
const LOGOUTS: &str = "
    INSERT INTO sso_logout (tenant, id, client, sub, sid, made_at, try_at, tries, outcome, done_at, last_result)
    VALUES ('midorikenpo', randomblob(16), 'mieru', 'sub-canary', 'sid-canary', NULL, 0, 0, NULL, NULL, NULL),
           ('midorikenpo', randomblob(16), 'mieru', 'sub-canary', 'sid-canary', 1775005200000000, 1775005830000000, 4, NULL, NULL, '503'),
           ('midorikenpo', randomblob(16), 'mieru', 'sub-canary', 'sid-canary', 1774918800000000, 1775005200000000, 9, 'given-up', 1775005200000000, 'timeout'),
           ('midorikenpo', randomblob(16), 'other', 'sub-canary', 'sid-canary', 1775005100000000, 1775005100000000, 1, 'told', 1775005100000000, '200')";

#[tokio::test]
async fn what_services_are_still_to_be_told_is_listed_and_told_again() {
    let (place, _) = whole();
    let list = |more: &[&str]| sso(&place, "logouts list", more);
    let none = list(&[]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("No service is to be told"), "{}", none.err);
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::raw_sql(LOGOUTS)).await.unwrap();
    connection.close().await.unwrap();

    let waiting = list(&[]);
    let lines: Vec<&str> = waiting.out.lines().collect();
    assert_eq!((waiting.code, lines.len()), (0, 3), "{}", waiting.out);
    let seen = lines.iter().find(|line| line.contains("503")).unwrap();
    assert!(
        seen.contains("2026-04-01 10:00") && seen.contains("2026-04-01 10:10") && seen.contains('4'),
        "{seen}"
    );
    assert!(!waiting.out.contains("1970"), "what no node has seen is told at once: {}", waiting.out);
    let all = list(&["--done", "--lang", "ja"]);
    assert_eq!(all.out.lines().count(), 5, "{}", all.out);
    assert!(all.out.contains("timeout"), "{}", all.out);
    let read = read(&list(&["--done", "--json"]));
    let states: Vec<(&str, bool)> = read
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["state"].as_str().unwrap(), row["next"].is_string()))
        .collect();
    assert_eq!(states, [("waits", false), ("waits", true), ("given-up", false), ("told", false)]);
    for ended in [&waiting, &all] {
        assert!(!ended.out.contains("canary"), "who it is about is nobody's to read: {}", ended.out);
    }

    let nobody = sso(&place, "logouts again", &["--client", "other", "--reason", "it is back"]);
    assert_eq!(nobody.code, 1, "what was told is not told again");
    assert!(nobody.err.contains("Nothing waits for \"other\""), "{}", nobody.err);
    let again = sso(&place, "logouts again", &["--client", "mieru", "--reason", "it is back"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.err.contains("told anew now (3)"), "{}", again.err);
    let after = list(&[]);
    assert_eq!(after.out.lines().count(), 4, "{}", after.out);
    let trail = place.run(&["audit", "export", "--tenant", "midorikenpo"]);
    assert_eq!(trail.out.matches("sso-logouts-again").count(), 1);
    assert!(trail.out.contains("it is back"), "{}", trail.out);
}
