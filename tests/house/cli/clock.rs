//! A start by a clock that the database speaks against, by the real program (R24, R25): what is known of the time is moved
//! instead of the machine's clock.

use std::thread;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

use super::{
    keys,
    program::{Place, Running},
};

async fn run(place: &Place, statement: &str) {
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

fn ready(service: &Running) -> (u16, String) {
    Running::ask(service.internal, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

fn answer(place: &Place, more: &[&str]) -> (i32, Value) {
    let ended = place.run(&[&["clock", "--json"], more].concat());
    let told: Value =
        serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
    (ended.code, told["answer"].clone())
}

fn clock_lines(place: &Place) -> String {
    let doctor = place.run(&["doctor", "--lang", "en"]).out;
    doctor.lines().filter(|line| line.contains(" clock: ")).collect::<Vec<_>>().join("\n")
}

const DAYS: &str = "24 * 3600 * 1000000";

#[tokio::test]
async fn a_clock_that_the_database_speaks_against_is_told_and_confirmed() {
    let place = keys::place();
    assert_eq!(answer(&place, &[]), (0, "likely".into()));
    let service = place.serve();
    assert!(!ready(&service).1.contains("clock"), "{}", ready(&service).1);
    drop(service);

    // As if this machine's clock ran 420 days ahead: her first password would be over.
    run(&place, &format!("UPDATE kept_file SET kept_at = kept_at - 420 * {DAYS} WHERE name = 'clock'")).await;
    run(&place, &format!("UPDATE first_credential SET expires_at = expires_at - 420 * {DAYS}")).await;
    assert_eq!(answer(&place, &[]), (1, "ahead".into()));
    assert!(clock_lines(&place).contains("more than 30 days after"), "{}", clock_lines(&place));
    let mut service = place.serve();
    let told = service.until(
        "The clock lies more than 30 days after the last moment that the database knows: nothing is ended for good",
    );
    assert_eq!(told["level"], "WARN");
    let (status, said) = ready(&service);
    assert!(status == 200 && said.contains("kenpo-portal clock --confirm"), "{said}");
    let archive =
        ["--lang", "en", "audit", "archive", "--tenant", "midorikenpo", "--reason", "monthly", "old.jsonl"];
    let refused = place.run(&archive);
    assert!(
        refused.code == 2 && refused.err.contains("clock --confirm"),
        "{}: {}",
        refused.code,
        refused.err
    );
    assert!(!place.path("old.jsonl").exists());
    let unreasoned = place.run(&["clock", "--confirm", "--lang", "en"]);
    assert!(unreasoned.code == 2 && unreasoned.err.contains("--reason"), "{}", unreasoned.err);
    let unconfirmed = place.run(&["clock", "--reason", "NTP was off"]);
    assert!(unconfirmed.code == 2 && unconfirmed.err.contains("--confirm"), "{}", unconfirmed.err);
    assert_eq!(answer(&place, &["--confirm", "--reason", "NTP was off"]), (0, "confirmed".into()));
    assert_eq!(answer(&place, &[]), (0, "likely".into()));
    let trail = place.run(&["audit", "export", "--tenant", "midorikenpo"]).out;
    let row = trail.lines().find(|line| line.contains("clock-confirmed")).expect("a row of the trail");
    assert!(row.contains("NTP was off"), "{row}");
    assert!(!place.run(&archive).err.contains("clock --confirm"));
    drop(service);
    let service = place.serve();
    assert!(!ready(&service).1.contains("clock"), "{}", ready(&service).1);
    drop(service);

    // As if it ran two days behind.
    run(&place, &format!("UPDATE kept_file SET kept_at = kept_at + 2 * {DAYS} WHERE name = 'clock'")).await;
    assert_eq!(answer(&place, &[]), (1, "behind".into()));
    assert!(clock_lines(&place).contains("not ready"), "{}", clock_lines(&place));
    let service = place.serve();
    let (status, said) = ready(&service);
    assert!(status == 503 && said.contains("behind the newest moment"), "{said}");
    for language in ["en", "ja"] {
        let told = place.run(&["clock", "--lang", language]);
        assert!(told.code == 1 && told.out.contains("kenpo-portal clock --confirm"), "{}", told.out);
    }
    assert_eq!(answer(&place, &["--confirm", "--reason", "NTP was off"]), (0, "confirmed".into()));
    drop(service);
    let service = place.serve();
    while ready(&service).0 != 200 {
        thread::yield_now();
    }
}
