//! The service while it runs: its lines of requests and its metrics, as whoever watches it reads them.

use serde_json::Value;

use super::program::{Place, Running};

/// The host of the one union.
const HOST: &str = "midorikenpo.portal.example.jp";

fn get(running: &Running, path: &str) -> u16 {
    let words = format!("GET {path} HTTP/1.1\r\nHost: www.{HOST}\r\nConnection: close\r\n\r\n");
    Running::ask(running.public, &words).0
}

/// What was said of requests, the service ended.
fn lines(running: &mut Running) -> Vec<Value> {
    running.terminate();
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
    let lines = running.log.iter().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|line: &Value| line["message"] == "Answered a request").collect()
}

#[test]
fn each_request_is_one_line_without_its_address_and_can_be_switched_off() {
    let mut place = Place::ready();
    let mut running = place.serve();
    assert_eq!(get(&running, "/signin"), 200);
    assert_eq!(get(&running, "/recovery/call-off/a-token-that-is-a-secret?born=S55.12.1"), 410);
    assert_eq!(get(&running, "/nowhere/hanako@example.jp"), 404);
    for health in ["/livez", "/readyz", "/metrics"] {
        let words = format!("GET {health} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(Running::ask(running.internal, &words).0, 200, "{health}");
    }
    let told = lines(&mut running);
    let routes: Vec<_> = told.iter().map(|line| line["route"].as_str().unwrap()).collect();
    assert_eq!(routes, ["/signin", "/recovery/call-off/{*token}", "-"], "one line each, and none of health");
    assert_eq!((&told[0]["target"], &told[0]["outcome"]), (&"access".into(), &"answered".into()));
    assert_eq!((&told[2]["status"], &told[2]["outcome"]), (&404.into(), &"not-found".into()));
    for line in &told {
        assert_eq!(line["tenant"], "midorikenpo");
        assert!(line["micros"].is_u64() && line["receipt"].is_string(), "{line}");
    }
    let log = running.log.join("\n");
    for told in ["a-token", "S55.12.1", "hanako@", "127.0.0.1:5"] {
        assert!(!log.contains(told), "{told}: {log}");
    }

    place.set("PORTAL_LOG", "info,access=off");
    let mut running = place.serve();
    assert_eq!(get(&running, "/signin"), 200);
    assert_eq!(get(&running, "/nowhere"), 404);
    let told = lines(&mut running);
    assert!(told.iter().all(|line| line["target"] == "receipt"), "{told:?}");
    assert!(told.len() <= 1, "only of what told a receipt number: {told:?}");
}

#[test]
fn the_running_program_tells_its_metrics_to_the_internal_port_alone() {
    let place = Place::ready();
    let mut running = place.serve();
    assert_eq!(get(&running, "/metrics"), 404);
    assert_eq!(get(&running, "/signin"), 200);
    let words = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let (status, page) = Running::ask(running.internal, words);
    assert_eq!(status, 200);
    assert!(page.to_lowercase().contains("content-type: text/plain; version=0.0.4"), "{page}");
    for line in [
        r#"portal_requests_total{route="/signin",class="2xx"} 1.0"#,
        r#"portal_union_requests_total{union="midorikenpo",class="2xx"} 1.0"#,
        &format!(r#"portal_build_info{{version="{}"}} 1.0"#, env!("CARGO_PKG_VERSION")),
    ] {
        assert!(page.lines().any(|said| said == line), "{line}\n{page}");
    }
    for begins in ["process_resident_memory_bytes ", "process_open_fds ", "process_start_time_seconds 1"] {
        assert!(page.lines().any(|said| said.starts_with(begins)), "{begins}\n{page}");
    }
    lines(&mut running);
}

#[test]
fn a_second_service_on_a_sqlite_file_does_not_start_and_a_killed_one_keeps_none_from_starting() {
    let place = Place::ready();
    let mut first = place.serve();
    let second = place.run(&["serve", "--lang", "en"]);
    assert_eq!(second.code, 2, "{}", second.err);
    // It says for what it waits, and then that it waited for nothing.
    assert!(second.err.contains("waiting for it to stop"), "{}", second.err);
    let told = second.err.lines().last().unwrap();
    assert!(told.contains("Another service runs on this database"), "{}", second.err);
    // By another name for the same file, too.
    assert_eq!(place.shell("ln -s portal.db other.db").code, 0);
    let by_link = place.shell("PORTAL_DATABASE__URL=sqlite:other.db \"$PROGRAM\" serve --lang ja");
    assert!(by_link.code == 2 && by_link.err.contains("別のサービス"), "{}", by_link.err);
    assert_eq!(get(&first, "/signin"), 200, "the first goes on");
    first.signal("KILL");
    first.end();
    let mut again = place.serve();
    assert_eq!(get(&again, "/signin"), 200);
    lines(&mut again);
}
