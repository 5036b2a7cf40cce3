//! Patience: how long each side lets the other wait, and how many may wait at once (R28). Time is at hand: it passes when
//! everybody waits, and at once.

use axum::{Router, routing::get};
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, body::Bytes, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kenpo_portal::web::server::waiting::{MOST, MOST_IN_ALL};
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    time::{Duration, Instant, timeout},
};

use super::line::{HOST, Line, Service};

/// More than the kernel keeps for a connection in both directions.
const LARGE: usize = 64 * 1024 * 1024;

fn pages() -> Router {
    Router::new()
        .route("/large", get(|| async { vec![b'x'; LARGE] }))
        .route("/small", get(|| async { "みどり健康保険組合" }))
        .route("/form", axum::routing::post(|body: String| async move { body }))
}

/// Reads until the other side hangs up; how much came.
async fn all_of(stream: &mut TcpStream) -> usize {
    let (mut read, mut piece) = (0, vec![0; 1 << 16]);
    loop {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return read,
            Ok(length) => read += length,
        }
    }
}

async fn ask_for_large(service: &Service) -> TcpStream {
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let words = format!("GET /large HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, words.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn whoever_takes_nothing_of_an_answer_is_cut_off() {
    let service = Service::of(pages()).await;
    let mut stream = ask_for_large(&service).await;
    stream.readable().await.unwrap();
    service.let_time_pass();
    tokio::time::sleep(Duration::from_secs(15)).await;
    let read = all_of(&mut stream).await;
    assert!(read < LARGE, "cut off after {read} bytes");
}

#[tokio::test]
async fn whoever_reads_slowly_but_reads_gets_the_whole_answer() {
    let service = Service::of(pages()).await;
    let mut stream = ask_for_large(&service).await;
    stream.readable().await.unwrap();
    service.let_time_pass();
    let mut piece = vec![0; LARGE / 8];
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_secs(8)).await;
        stream.read_exact(&mut piece).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_takes_nothing_does_not_keep_the_service() {
    let service = Service::of(pages()).await;
    let stream = ask_for_large(&service).await;
    stream.readable().await.unwrap();
    service.let_time_pass();
    let began = Instant::now();
    service.stages.close();
    service.running.await.unwrap();
    assert!(began.elapsed() <= Duration::from_secs(12), "{:?}", began.elapsed());
}

/// A connection of HTTP/2 whose other end answers every PING, as hyper's does.
async fn over_http2(service: &Service) -> (http2::SendRequest<Empty<Bytes>>, tokio::task::JoinHandle<()>) {
    let stream = TokioIo::new(TcpStream::connect(service.address).await.unwrap());
    let (say, connection) =
        http2::Builder::new(TokioExecutor::new()).timer(TokioTimer::new()).handshake(stream).await.unwrap();
    (say, tokio::spawn(async move { drop(connection.await) }))
}

/// The service's clock, which stands until it is told to go on, so that whoever is asked by a PING has answered before the
/// next second.
struct Stopped {
    line: Line,
}

impl Stopped {
    async fn beside(service: &Service) -> Self {
        Self { line: service.line().await }
    }

    /// Lets time pass, second by second, with a request and its answer on a connection of its own after each.
    async fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            tokio::time::advance(Duration::from_secs(1)).await;
            self.line.say("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert_eq!(self.line.hear().await.unwrap().status, 200);
        }
    }

    /// Seconds until that connection has ended; at most ten minutes.
    async fn until_ended(&mut self, connection: &tokio::task::JoinHandle<()>) -> u64 {
        for second in 0..600 {
            if connection.is_finished() {
                return second;
            }
            self.pass(1).await;
        }
        panic!("it never ends");
    }
}

async fn asks(say: &mut http2::SendRequest<Empty<Bytes>>, path: &str) -> u16 {
    let request = Request::get(format!("http://{HOST}{path}")).body(Empty::new()).unwrap();
    let response = say.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    status
}

#[tokio::test]
async fn an_http_2_connection_that_only_answers_pings_ends() {
    let service = Service::of(pages()).await;
    let (mut say, connection) = over_http2(&service).await;
    assert_eq!(asks(&mut say, "/small").await, 200);
    let mut clock = Stopped::beside(&service).await;
    // Held open by the one who asked; the service ends it all the same.
    let seconds = clock.until_ended(&connection).await;
    assert!((59..=75).contains(&seconds), "{seconds}");
    drop(say);
}

#[tokio::test]
async fn whoever_gives_an_answer_no_room_over_http_2_is_cut_off() {
    let service = Service::of(pages()).await;
    let stream = TokioIo::new(TcpStream::connect(service.address).await.unwrap());
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).initial_stream_window_size(0);
    let (mut say, connection) = builder.handshake(stream).await.unwrap();
    let connection = tokio::spawn(async move { drop(connection.await) });
    let request = Request::get(format!("http://{HOST}/small")).body(Empty::<Bytes>::new()).unwrap();
    let response = say.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200, "the headers need no room");
    let seconds = Stopped::beside(&service).await.until_ended(&connection).await;
    assert!((9..=22).contains(&seconds), "{seconds}");
    drop((say, response));
}

#[tokio::test]
async fn an_http_2_connection_in_use_does_not() {
    let service = Service::of(pages()).await;
    let (mut say, connection) = over_http2(&service).await;
    let mut clock = Stopped::beside(&service).await;
    for _ in 0..5 {
        assert_eq!(asks(&mut say, "/small").await, 200);
        clock.pass(50).await;
    }
    assert!(!connection.is_finished());
}

/// Silent connections of one address until one is turned away; how many there are.
async fn until_turned_away(service: &Service, at_most: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    while lines.len() < at_most {
        let mut line = service.line().await;
        // Whoever is turned away hears of it before anybody else is let in.
        if timeout(Duration::from_millis(50), line.is_hung_up()).await.is_ok() {
            break;
        }
        lines.push(line);
    }
    lines
}

#[tokio::test]
async fn one_address_has_a_hundred_connections_that_ask_nothing_and_no_more() {
    let service = Service::of(pages()).await;
    service.let_time_pass();
    // One more was there before: the one that watches over the others.
    let mut lines = until_turned_away(&service, 3 * MOST).await;
    assert_eq!(lines.len() + 1, MOST);
    // Whoever is turned away is told when to come back and whom to call, whatever was asked.
    let mut turned_away = service.line().await;
    turned_away.say("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = turned_away.hear().await.expect("an answer");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")));
    answer.has_our_headers();
    for words in [
        "1分ほど",
        "about a minute",
        "健康保険組合へお電話",
        "call your health insurance society",
        "お問い合わせ番号",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    turned_away.is_hung_up().await;
    // Half a request is none, and half a form neither.
    lines[0].say("GET /small HTTP/1.1\r\n").await;
    lines[1].say("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").await;
    assert!(until_turned_away(&service, 1).await.is_empty());
    // Each whole request makes room for one connection more, and stays connected.
    lines[0].say("Host: a\r\n\r\n").await;
    assert_eq!(lines[0].hear().await.unwrap().status, 200);
    lines[1].say("defghi").await;
    assert_eq!(lines[1].hear().await.unwrap().body, "abcdefghi");
    let more = until_turned_away(&service, 3).await;
    assert_eq!(more.len(), 2);
    drop(lines);
    drop(more);
    let mut later = service.line().await;
    later.say("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(later.hear().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_proxy_in_front_has_as_many_as_it_likes() {
    let service = Service::behind(pages(), "127.0.0.0/8").await;
    service.let_time_pass();
    assert_eq!(until_turned_away(&service, 2 * MOST).await.len(), 2 * MOST);
}

#[tokio::test]
async fn one_address_has_a_thousand_connections_in_all_and_no_more() {
    let service = Service::of(pages()).await;
    service.let_time_pass();
    let mut lines = Vec::new();
    // One more was there before: the one that watches over the others.
    for _ in 1..MOST_IN_ALL {
        let mut line = service.line().await;
        line.say("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(line.hear().await.expect("an answer").status, 200);
        lines.push(line);
    }
    let mut one_more = service.line().await;
    one_more.say("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(one_more.hear().await.expect("an answer").status, 503);
    lines.pop();
    assert_eq!(until_turned_away(&service, 1).await.len(), 1);
}
