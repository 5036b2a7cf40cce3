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

    service.leaving.cancel();
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
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    service.leaving.cancel();
    service.running.await.unwrap();
    assert!(began.elapsed().as_secs() <= 30, "{:?}", began.elapsed());
}
