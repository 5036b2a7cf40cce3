//! Floods: frames of HTTP/2 that ask nothing, requests that are taken back at once, and handlers that panic (R29, R37).

use axum::{Router, routing::get};
use kenpo_portal::web::gate;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::line::{HOST, Service, app};

/// What a client of HTTP/2 says first (RFC 9113, 3.4), with empty SETTINGS.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const UNKNOWN: u8 = 0xEE;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// More than any flood may say before it ends.
const ENOUGH: usize = 256 << 20;

/// A frame (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// `:method`, `:scheme`, `:path /` by their numbers in the static table, and `:authority` (RFC 7541, appendix A).
fn asking(method: u8) -> Vec<u8> {
    let length = u8::try_from(HOST.len()).unwrap();
    [&[method, 0x86, 0x84, 0x41, length], HOST.as_bytes()].concat()
}
const GET: u8 = 0x82;
const POST: u8 = 0x83;

/// Says that again and again until the other side hangs up; how many bytes that took.
async fn until_hung_up(
    service: &Service,
    first: &[u8],
    mut again: impl FnMut(u32) -> Vec<u8>,
) -> Option<usize> {
    let (mut hears, mut says) = TcpStream::connect(service.address).await.unwrap().into_split();
    let heard = tokio::spawn(async move {
        let mut piece = [0; 4096];
        while matches!(hears.read(&mut piece).await, Ok(read) if read > 0) {}
    });
    let mut said = 0;
    if says.write_all(&[PREFACE, first].concat()).await.is_err() {
        return Some(said);
    }
    for round in 0.. {
        let piece: Vec<u8> = (0..64).flat_map(|n| again(round * 64 + n)).collect();
        if heard.is_finished() || says.write_all(&piece).await.is_err() {
            return Some(said);
        }
        said += piece.len();
        if said > ENOUGH {
            return None;
        }
    }
    None
}

/// What a flood says next, by its number.
type Again<'a> = Box<dyn FnMut(u32) -> Vec<u8> + 'a>;

#[tokio::test]
async fn frames_that_ask_nothing_and_requests_that_are_taken_back_end_their_connection() {
    let mut service = Service::open().await;
    let get = frame(HEADERS, END_HEADERS | END_STREAM, 1, &asking(GET));
    let post = frame(HEADERS, END_HEADERS, 1, &asking(POST));
    let endless = frame(HEADERS, 0, 1, &asking(GET));
    let streams = |n: u32| 2 * n + 1;
    let reset = |n: u32| frame(RST_STREAM, 0, streams(n), &8_u32.to_be_bytes());
    let floods: Vec<(&str, &[u8], Again<'_>)> = vec![
        ("PING", &[], Box::new(|_| frame(PING, 0, 0, &[0; 8]))),
        ("PING, answered", &[], Box::new(|_| frame(PING, 1, 0, &[0; 8]))),
        ("SETTINGS", &[], Box::new(|_| frame(SETTINGS, 0, 0, &[]))),
        ("PRIORITY", &[], Box::new(|_| frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 7]))),
        ("WINDOW_UPDATE", &[], Box::new(|_| frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes()))),
        ("a frame nobody knows", &[], Box::new(|_| frame(UNKNOWN, 0, 0, &[0; 64]))),
        ("empty DATA", &post, Box::new(|_| frame(DATA, 0, 1, &[]))),
        ("CONTINUATION", &endless, Box::new(|_| frame(CONTINUATION, 0, 1, &[0; 1024]))),
        ("PING beside a request", &get, Box::new(|_| frame(PING, 0, 0, &[0; 8]))),
        (
            "requests that are taken back at once",
            &[],
            Box::new(|n| {
                [frame(HEADERS, END_HEADERS | END_STREAM, streams(n), &asking(GET)), reset(n)].concat()
            }),
        ),
        (
            "forms that are taken back at once",
            &[],
            Box::new(|n| [frame(HEADERS, END_HEADERS, streams(n), &asking(POST)), reset(n)].concat()),
        ),
    ];
    let mut endless = Vec::new();
    for (flood, first, again) in floods {
        match until_hung_up(&service, first, again).await {
            // What lies in buffers on the way comes to it.
            Some(said) if said <= 48 << 20 => {}
            said => endless.push((flood, said)),
        }
        let told = service.ask(format!("GET /signin HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await.unwrap();
        assert_eq!(told.status, 200, "beside {flood}");
    }
    assert!(endless.is_empty(), "these never end, or late: {endless:?}");
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let (files, app) = app(true).await;
    let pages = Router::new()
        .route("/breaks", get(async || -> &'static str { panic!("a handler that panics") }))
        .route("/works", get(async || "works"));
    let service = Service::of(gate::around(pages, &app)).await;
    let mut line = service.line().await;
    for _ in 0..3 {
        line.say(format!("GET /breaks HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let answer = line.hear().await.expect("an answer");
        assert_eq!(answer.status, 500);
        answer.is_guarded();
        for words in ["みどり健康保険組合", "お問い合わせ番号", "tel:"] {
            assert!(answer.body.contains(words), "{words}: {}", answer.body);
        }
        assert!(!answer.body.contains("panics"), "{}", answer.body);
        // The next one on the same connection.
        line.say(format!("GET /works HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let answer = line.hear().await.expect("an answer");
        assert_eq!((answer.status, answer.body.as_str()), (200, "works"));
    }
    drop(files);
}
