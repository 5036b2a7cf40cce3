//! Shapes: methods nobody offers, lengths that lie, too much, too slow (R28). Whatever is sent, the others go on.

use super::line::{HOST, Line, Service};

/// The largest form, as `web/posted.rs` has it.
const LARGEST: usize = kenpo_portal::web::posted::LARGEST;

fn form(headers: &str, body: &str) -> String {
    format!(
        "POST /signin/birthdate HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{headers}\r\n\r\n{body}"
    )
}

fn of_length(length: usize) -> String {
    let head = "birthdate=";
    format!("{head}{}", "1".repeat(length - head.len()))
}

/// The form went through: without a cookie it leads to the sign-in page.
fn is_taken(answer: &super::line::Answer) {
    assert_eq!((answer.status, answer.header("location")), (303, Some("/signin")));
    answer.is_guarded();
}

#[tokio::test]
async fn methods_nobody_offers_get_a_page() {
    let mut service = Service::open().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"] {
        for path in ["/", "/signin", "/no-such-page"] {
            let words = format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nX-Secret: kagi\r\n\r\n");
            let answer = service.ask(words).await.expect("an answer");
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "{method} {path}");
            assert!(answer.body.contains("みどり健康保険組合"), "{method} {path}");
            assert!(!answer.body.contains("kagi"), "{method} {path}: nothing is sent back");
            answer.is_guarded();
        }
    }
    // A page that takes no form.
    let words = form("Content-Length: 0", "").replace("/signin/birthdate", "/account/methods");
    let answer = service.ask(words).await.expect("an answer");
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET") && !allow.contains("POST")));
    answer.is_guarded();
}

#[tokio::test]
async fn nobody_gets_a_tunnel() {
    let mut service = Service::open().await;
    let answer =
        service.ask(format!("CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n")).await.unwrap();
    assert_eq!(answer.status, 405);
    answer.is_guarded();
    let words = "CONNECT evil.example:25 HTTP/1.1\r\nHost: evil.example:25\r\n\r\n";
    service.ask(words).await.unwrap().is_nobodys("CONNECT");
}

#[tokio::test]
async fn head_is_get_without_the_page() {
    let service = Service::open().await;
    let mut line = service.line().await;
    line.heads = true;
    line.say(format!("HEAD /signin HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    let answer = line.hear().await.unwrap();
    assert_eq!(answer.status, 200);
    answer.is_guarded();
    line.heads = false;
    line.is_served().await;
}

#[tokio::test]
async fn a_length_said_twice_ends_the_connection() {
    let mut service = Service::open().await;
    for lengths in [
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: 4, 5",
        "Content-Length: -1",
        "Content-Length: +4",
        "Content-Length: 0x4",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
    ] {
        let mut line = service.line().await;
        line.say(form(lengths, "birthdate=1")).await;
        if let Some(answer) = line.hear().await {
            assert_eq!(answer.status, 400, "{lengths}");
            answer.is_the_librarys();
        }
        line.is_hung_up().await;
        service.ask(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await.unwrap();
    }
}

#[tokio::test]
async fn a_second_request_cannot_hide_in_the_first() {
    // With both lengths, chunks count (RFC 9112 6.3): what follows the last chunk is the next request, for whoever
    // reads as the standard says. It must not be taken for the body's rest, nor be answered twice.
    let service = Service::open().await;
    let mut line = service.line().await;
    let hidden = format!("GET /no-such-page HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let headers = format!("Content-Length: {}\r\nTransfer-Encoding: chunked", hidden.len() + 5);
    line.say(form(&headers, &format!("0\r\n\r\n{hidden}"))).await;
    is_taken(&line.hear().await.unwrap());
    match line.hear().await {
        Some(answer) => assert_eq!(answer.status, 404),
        None => return,
    }
    line.is_served().await;
}

#[tokio::test]
async fn too_many_headers_end_the_connection() {
    let mut service = Service::open().await;
    for headers in [
        format!("X-Large: {}", "x".repeat(40 * 1024)),
        format!("Cookie: {}", "a=b; ".repeat(8 * 1024)),
        vec!["X-Many: x"; 200].join("\r\n"),
    ] {
        let mut line = service.line().await;
        line.say(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n\r\n")).await;
        if let Some(answer) = line.hear().await {
            assert_eq!(answer.status, 431);
            answer.is_the_librarys();
        }
        line.is_hung_up().await;
        service.ask(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await.unwrap();
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", "x".repeat(64 * 1024));
    if let Some(answer) = service.ask(long).await {
        assert!([414, 431].contains(&answer.status), "{}", answer.status);
    }
}

#[tokio::test]
async fn what_cannot_be_read_as_a_request_is_answered_with_our_headers() {
    let service = Service::open().await;
    for (words, status) in [
        ("GET / HTTP/1.1\r\nHost www\r\n\r\n".to_owned(), 400),
        ("GET /\u{1} HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nCookie: a=\u{1}\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n", "X-Many: x\r\n".repeat(200)), 431),
        (form("Content-Length: -1", ""), 400),
    ] {
        let mut line = service.line().await;
        line.say(&words).await;
        let answer = line.hear().await.unwrap_or_else(|| panic!("{words:.60}: an answer"));
        assert_eq!(answer.status, status, "{words:.60}");
        answer.is_the_librarys();
        // Behind a page of ours on the same connection, too.
        let mut line = service.line().await;
        line.say(format!("GET /signin HTTP/1.1\r\nHost: {HOST}\r\n\r\n{words}")).await;
        let page = line.hear().await.unwrap();
        assert_eq!(page.status, 200, "{words:.60}");
        page.is_guarded();
        line.hear().await.unwrap_or_else(|| panic!("{words:.60}: an answer")).is_the_librarys();
        line.is_hung_up().await;
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_gets_a_page() {
    let mut service = Service::open().await;
    let whole = of_length(LARGEST);
    is_taken(&service.ask(form(&format!("Content-Length: {LARGEST}"), &whole)).await.unwrap());
    for length in [LARGEST + 1, 4 * LARGEST, 64 * LARGEST] {
        let large = of_length(length);
        let chunks = format!("{length:x}\r\n{large}\r\n0\r\n\r\n");
        for words in
            [form(&format!("Content-Length: {length}"), &large), form("Transfer-Encoding: chunked", &chunks)]
        {
            let answer = service.ask(words).await.unwrap_or_else(|| panic!("{length}: an answer"));
            assert_eq!(answer.status, 413, "{length}");
            assert!(answer.body.contains("みどり健康保険組合"));
            answer.is_guarded();
        }
    }
}

#[tokio::test]
async fn a_length_that_lies_harms_only_its_own_connection() {
    let service = Service::open().await;
    // Less than said, then nothing more.
    let mut line = service.line().await;
    line.say(form("Content-Length: 100", "birthdate=1")).await;
    line.fall_silent().await;
    line.is_hung_up().await;
    // A chunk cut short.
    let mut line = service.line().await;
    line.say(form("Transfer-Encoding: chunked", "ff\r\nbirthdate=1")).await;
    line.fall_silent().await;
    line.is_hung_up().await;
    // More than said: the rest is no request.
    let mut line = service.line().await;
    line.say(form("Content-Length: 11", "birthdate=1&birthdate=2\r\n\r\n")).await;
    is_taken(&line.hear().await.unwrap());
    if let Some(answer) = line.hear().await {
        assert_eq!(answer.status, 400);
    }
    line.is_hung_up().await;
    service.line().await.is_served().await;
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection() {
    let mut service = Service::open().await;
    for words in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost www\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded\r\n\r\n",
    ] {
        let mut line = service.line().await;
        line.say(words).await;
        line.fall_silent().await;
        line.is_hung_up().await;
        service.ask(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await.unwrap();
    }
}

async fn with_a_line() -> (Service, Line) {
    let service = Service::open().await;
    let line = service.line().await;
    (service, line)
}

#[tokio::test]
async fn slow_headers_end_after_their_deadline() {
    let (service, mut line) = with_a_line().await;
    service.let_time_pass();
    let began = tokio::time::Instant::now();
    line.say("GET / HTTP/1.1\r\nHost: ").await;
    line.is_hung_up().await;
    let seconds = began.elapsed().as_secs();
    assert!((9..=11).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_more_ends() {
    for words in ["", "P", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET"] {
        let (service, mut line) = with_a_line().await;
        service.let_time_pass();
        let began = tokio::time::Instant::now();
        line.say(words).await;
        line.is_hung_up().await;
        assert!(began.elapsed().as_secs() <= 60, "{words:?}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_connection_that_waits_too_long_between_requests_ends() {
    let (service, mut line) = with_a_line().await;
    line.is_served().await;
    service.let_time_pass();
    let began = tokio::time::Instant::now();
    line.is_hung_up().await;
    let seconds = began.elapsed().as_secs();
    assert!((5..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_slow_form_gets_a_page_after_its_deadline() {
    let (service, mut line) = with_a_line().await;
    service.let_time_pass();
    let began = tokio::time::Instant::now();
    line.say(form("Content-Length: 100", "birthdate=")).await;
    let answer = line.hear().await.unwrap();
    assert_eq!(answer.status, 400);
    answer.is_guarded();
    let seconds = began.elapsed().as_secs();
    assert!((9..=11).contains(&seconds), "{seconds}");
}
