//! Leaving: running requests are answered, new ones go elsewhere (R30).

use std::sync::Arc;

use axum::{Router, routing::get};
use tokio::{net::TcpStream, sync::Notify};

use super::line::{HOST, Service};

/// Pages of which one waits until it is told to go on; and how it says that it has begun.
fn slow() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (says, waits) = (begun.clone(), go_on.clone());
    let page = get(move || async move {
        says.notify_one();
        waits.notified().await;
        "みどり健康保険組合"
    });
    (Router::new().route("/slow", page).route("/quick", get(|| async { "quick" })), begun, go_on)
}

#[tokio::test]
async fn a_running_request_is_answered_before_the_service_ends() {
    let (pages, begun, go_on) = slow();
    let service = Service::of(pages).await;
    let mut line = service.line().await;
    let mut idle = service.line().await;
    line.say(format!("GET /slow HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    begun.notified().await;
    idle.say(format!("GET /quick HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    assert_eq!(idle.hear().await.unwrap().status, 200);

    service.let_time_pass();
    service.stages.close();
    // A connection without a request is closed at once.
    idle.is_hung_up().await;
    assert!(!service.running.is_finished());
    go_on.notify_one();
    let answer = line.hear().await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "みどり健康保険組合"));
    line.is_hung_up().await;
    let address = service.address;
    service.running.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_service() {
    let (pages, reached, _) = slow();
    let service = Service::of(pages).await;
    let mut line = service.line().await;
    line.say(format!("GET /slow HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    reached.notified().await;
    service.let_time_pass();
    let began = tokio::time::Instant::now();
    service.stages.close();
    service.running.await.unwrap();
    assert!(began.elapsed().as_secs() <= 30, "{:?}", began.elapsed());
}

#[tokio::test]
async fn from_the_first_word_on_every_answer_is_its_connections_last() {
    let (pages, begun, go_on) = slow();
    let service = Service::of(pages).await;
    let (mut busy, mut kept, mut running) =
        (service.line().await, service.line().await, service.line().await);
    for line in [&mut busy, &mut kept] {
        line.say(format!("GET /quick HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        assert_eq!(line.hear().await.unwrap().header("connection"), None);
    }
    running.say(format!("GET /slow HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    begun.notified().await;
    service.stages.announce();
    // Connections that were there, and new ones: answered, told, and ended.
    for mut line in [busy, service.line().await] {
        line.say(format!("GET /quick HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let answer = line.hear().await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
        line.is_hung_up().await;
    }
    go_on.notify_one();
    let answer = running.hear().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    // One without a request is kept until the service closes; then what has arrived by then is still answered.
    kept.say(format!("GET /quick HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    service.let_time_pass();
    service.stages.close();
    let answer = kept.hear().await.expect("what was on its way is answered");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    kept.is_hung_up().await;
    service.running.await.unwrap();
}

#[tokio::test]
async fn whoever_was_connected_before_the_service_closed_is_answered() {
    let (pages, ..) = slow();
    let service = Service::of(pages).await;
    // In the kernel's queue, with the request already sent: nothing in this test has let the service look.
    let mut stream = std::net::TcpStream::connect(service.address).unwrap();
    let words = format!("GET /quick HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    std::io::Write::write_all(&mut stream, words.as_bytes()).unwrap();
    service.let_time_pass();
    service.stages.close();
    service.running.await.unwrap();
    let mut heard = String::new();
    std::io::Read::read_to_string(&mut stream, &mut heard).unwrap();
    assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with("quick"), "{heard}");
}

#[tokio::test]
async fn over_http_2_a_running_request_is_answered_and_goaway_is_said() {
    use http_body_util::{BodyExt as _, Empty};
    use hyper::{Request, body::Bytes, client::conn::http2};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let (pages, begun, go_on) = slow();
    let service = Service::of(pages).await;
    let stream = TokioIo::new(TcpStream::connect(service.address).await.unwrap());
    let (mut say, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let ask = |path: &str| Request::get(format!("http://{HOST}{path}")).body(Empty::<Bytes>::new()).unwrap();
    let running = say.send_request(ask("/slow"));
    begun.notified().await;
    service.stages.announce();
    go_on.notify_one();
    let response = running.await.unwrap();
    assert!(response.headers().get("connection").is_none(), "HTTP/2 has no such header");
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "みどり健康保険組合");
    // The other end was told to go, and goes, before the service closes.
    connection.await.unwrap().unwrap();
    assert!(say.send_request(ask("/quick")).await.is_err());
    service.let_time_pass();
    service.stages.close();
    service.running.await.unwrap();
}
