//! Well-known: what password managers ask for, on the host that is the RP ID and on the union's own (D17).

use super::line::{Answer, HINATA_HOSTS, HOST, Service};

const PASSKEYS: &str = "/.well-known/passkey-endpoints";

async fn ask(service: &mut Service, method: &str, host: &str, path: &str, more: &str) -> Answer {
    let words = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
    let mut line = service.line().await;
    line.heads = method == "HEAD";
    line.say(words).await;
    line.hear().await.expect("an answer")
}

#[tokio::test]
async fn password_managers_are_told_where_passkeys_are_made() {
    let mut service = Service::open().await;
    let [primary, rp_id] = HINATA_HOSTS;
    for host in [primary, rp_id, "HINATAKENPO.portal.example.jp.:443"] {
        let answer = ask(&mut service, "GET", host, PASSKEYS, "").await;
        assert_eq!(answer.status, 200, "{host}: no redirect on the RP ID's host");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("max-age=3600"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("set-cookie").is_none());
        let manage = format!("https://{primary}/account/methods");
        let expected = format!("{{\"enroll\":\"{manage}/passkey\",\"manage\":\"{manage}\"}}");
        assert_eq!(answer.body, expected, "{host}");
        assert_eq!(ask(&mut service, "HEAD", host, PASSKEYS, "").await.status, 200);
        assert_eq!(ask(&mut service, "GET", host, &format!("{PASSKEYS}?x=1"), "").await.status, 200);
    }
}

#[tokio::test]
async fn nothing_is_said_where_there_is_nothing_to_say() {
    let mut service = Service::open().await;
    // A union without passkeys.
    for host in [HOST, "midorikenpo.portal.example.jp"] {
        let answer = ask(&mut service, "GET", host, PASSKEYS, "").await;
        assert_eq!(answer.status, 404, "{host}");
        answer.is_guarded();
        assert!(!answer.body.contains("hinata") && answer.header("location").is_none());
    }
    for host in ["portal.example.jp", "x.hinatakenpo.portal.example.jp", "localhost"] {
        ask(&mut service, "GET", host, PASSKEYS, "").await.is_nobodys(host);
    }
    // An unknown path is answered there too; any other leads to the union's own host, as ever.
    let [primary, rp_id] = HINATA_HOSTS;
    for path in ["/.well-known/", "/.well-known/nothing", "/.well-known/passkey-endpoints/"] {
        let answer = ask(&mut service, "GET", rp_id, path, "").await;
        assert_eq!(answer.status, 404, "{path}");
        answer.is_guarded();
    }
    for path in ["/", "/.well-known", "/.well-knownx", "//.well-known/x", "/signin/../.well-known/x"] {
        let answer = ask(&mut service, "GET", rp_id, path, "").await;
        assert_eq!(answer.header("location"), Some(format!("https://{primary}{path}").as_str()), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_taken_there() {
    let mut service = Service::open().await;
    let [primary, rp_id] = HINATA_HOSTS;
    let from = |host: &str| format!("Origin: https://{host}\r\nContent-Length: 0\r\n");
    for (method, host, origin, status) in [
        ("POST", primary, primary, 405),
        ("POST", rp_id, primary, 405),
        ("POST", rp_id, rp_id, 403),
        ("POST", rp_id, "evil.example", 403),
        ("PUT", rp_id, rp_id, 405),
        ("OPTIONS", rp_id, rp_id, 405),
    ] {
        let answer = ask(&mut service, method, host, PASSKEYS, &from(origin)).await;
        assert_eq!(answer.status, status, "{method} at {host} from {origin}");
        answer.is_guarded();
    }
}
