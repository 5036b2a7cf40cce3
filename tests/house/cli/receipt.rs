//! A receipt number stands on failure pages only, and leads to what happened: in the trail, and in the log at any level
//! (D16, D35).

use std::fs;

use serde_json::Value;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::program::{Ended, Place, Running};
use crate::tenants::MIDORI;

const HOST: &str = "www.midorikenpo.portal.example.jp";

fn get(service: &Running, path: &str) -> (u16, String) {
    Running::ask(service.public, &format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"))
}

fn post(service: &Running, path: &str, body: &str) -> (u16, String) {
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let length = body.len();
    Running::ask(
        service.public,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\n{kind}\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        ),
    )
}

/// The number on a page.
fn number(page: &str) -> Option<String> {
    let after = page.split("class=\"receipt\"").nth(1)?.split("<b>").nth(1)?;
    Some(after.split('<').next()?.to_owned())
}

fn known(ended: &Ended) -> Vec<Value> {
    let value: Value =
        serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
    value["known"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_number_leads_to_the_refusal_the_problem_and_the_fault_at_any_log_level() {
    let place = Place::ready();
    let union = format!("{MIDORI}\n[import]\nencoding = \"utf-8\"\n");
    fs::write(place.path("midorikenpo.toml"), union).unwrap();
    let roster = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n\
                  12,3456789,00,19801201,健保 花子,ケンポ ハナコ,hanako01,Karihana-2026,\n";
    fs::write(place.path("roster.csv"), roster).unwrap();
    assert_eq!(place.run(&["member", "import", "--tenant", "midorikenpo", "roster.csv"]).code, 0);
    let mut service = place.serve();

    let (status, page) = get(&service, "/signin");
    assert_eq!((status, number(&page)), (200, None), "nothing failed");
    let (status, refused) = post(&service, "/signin", "username=hanako01&password=Chigau-2026");
    assert_eq!(status, 422);
    let refused = number(&refused).expect("a refusal has a number");
    let (status, again) = post(&service, "/signin", "username=nobody01&password=Chigau-2026");
    assert_eq!(status, 422);
    let again = number(&again).expect("whether somebody has that user ID does not matter");
    let (status, lost) = get(&service, "/hanako01/no-such-page");
    assert_eq!(status, 404);
    let lost = number(&lost).expect("a problem has a number");
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute("ALTER TABLE guard RENAME TO gone").await.unwrap();
    let (status, fault) = post(&service, "/signin", "username=hanako01&password=Chigau-2026");
    assert_eq!(status, 500);
    let fault = number(&fault).expect("a fault has a number");
    connection.close().await.unwrap();
    service.terminate();
    service.terminate();
    service.end();
    let log = place.path("portal.log");
    // As a collector keeps it: with something before each line.
    let lines: Vec<_> = service.log.iter().map(|line| format!("portal-1  | {line}")).collect();
    fs::write(&log, lines.join("\n")).unwrap();
    let log = log.to_str().unwrap();

    for number in [&refused, &again, &lost, &fault] {
        assert!(number.len() == 8 && !number.contains(['0', 'O', '1', 'I']), "{number}");
    }
    assert_eq!([&refused, &again, &lost, &fault].iter().collect::<std::collections::BTreeSet<_>>().len(), 4);

    // The refusal, from the trail alone: as it was heard on the phone.
    let heard = format!("{} {}", &refused[..4].to_lowercase(), &refused[4..]);
    let told = place.run(&["receipt", &heard]);
    assert_eq!(told.code, 0, "{}", told.err);
    for word in ["midorikenpo", "password-differed"] {
        assert!(told.out.contains(word), "no {word} in {}", told.out);
    }
    // Who the member is only with a reason, and never without a row.
    assert!(!told.out.contains("hanako01") && !told.out.contains("3456789"), "{}", told.out);
    assert_eq!(place.run(&["receipt", &heard, "--members"]).code, 2);
    let told = place.run(&["receipt", &heard, "--members", "--reason", "phone"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("12-3456789-00 hanako01"), "{}", told.out);
    let trail = place.run(&["audit", "export", "--tenant", "midorikenpo", "--member", "hanako01"]);
    let row: Value = serde_json::from_str(trail.out.lines().last().unwrap()).unwrap();
    assert_eq!((&row["event"], &row["purpose"]), (&"trail-exported".into(), &"receipt".into()), "{row}");
    // With the log: request, route, outcome.
    let told = known(&place.run(&["receipt", &refused, "--log", log, "--json"]));
    let from_log = told.iter().find(|one| one["from"] == "log").unwrap();
    assert_eq!(from_log["request"], "POST /signin 422 refused", "{told:?}");
    assert!(told.iter().any(|one| one["from"] == "trail") && from_log["tenant"] == "midorikenpo");
    assert!(from_log["member"].as_str().unwrap().len() == 36, "{from_log}");
    let told = known(&place.run(&["receipt", &again, "--json"]));
    assert!(told.len() == 1 && told[0]["what"] == "no-such-login", "{told:?}");

    // The problem and the fault: in the log only, never with what was typed.
    let absent = place.run(&["receipt", &lost]);
    assert_eq!((absent.code, absent.out.as_str()), (1, ""));
    assert!(absent.err.contains("--log"), "{}", absent.err);
    let told = known(&place.run(&["receipt", &lost, "--log", log, "--json"]));
    assert!(told.len() == 1 && told[0]["request"] == "GET 404 not-found", "{told:?}");
    let told = known(&place.run(&["receipt", &fault, "--log", log, "--json"]));
    let failed = told.iter().find(|one| one["what"] == "A request failed").expect("the fault itself");
    assert_eq!(failed["tenant"], "midorikenpo");
    assert!(
        failed["request"].as_str().unwrap().contains("/signin")
            && failed["request"].as_str().unwrap().contains("guard")
    );
    assert!(told.iter().any(|one| one["request"] == "POST /signin 500 fault"), "{told:?}");
    let text = fs::read_to_string(log).unwrap();
    assert!(!text.contains("hanako01") && !text.contains("Chigau"));

    // From standard input, without a database, and what is no number.
    let piped = place
        .shell(&format!("PORTAL_DATABASE__URL=sqlite:none.db \"$PROGRAM\" receipt {fault} --log - < {log}"));
    assert_eq!(piped.code, 0, "{}", piped.err);
    assert!(piped.err.contains("none.db") && piped.out.contains("A request failed"), "{}", piped.out);
    assert_eq!(place.run(&["receipt", "ABCD1234"]).code, 2);
    assert_eq!(place.run(&["receipt", &fault, "--log", "no-such.log"]).code, 2);
}

#[test]
fn no_log_level_hides_where_a_number_leads() {
    for level in ["off", "error", "kenpo_portal=error"] {
        let mut place = Place::ready();
        let mut service = place.serve();
        let (public, internal) = (service.public.to_string(), service.internal.to_string());
        service.terminate();
        service.terminate();
        service.end();
        place.set("PORTAL_LISTEN", &public);
        place.set("PORTAL_INTERNAL__LISTEN", &internal);
        place.set("PORTAL_LOG", level);
        let mut service = place.serve_at(public.parse().unwrap(), internal.parse().unwrap());
        assert_eq!(get(&service, "/signin").0, 200);
        let number = number(&get(&service, "/no-such-page").1).unwrap();
        service.terminate();
        service.terminate();
        service.end();
        let leading = service.log.iter().filter(|line| line.contains(&number)).count();
        assert_eq!(leading, 1, "{level}: {:?}", service.log);
        assert!(!service.log.iter().any(|line| line.contains("INFO") && !line.contains(&number)), "{level}");
    }
}
