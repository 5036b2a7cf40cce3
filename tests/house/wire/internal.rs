//! Internal: no web page has the service do what commands ask for at the internal listener (A22).

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use kenpo_portal::web::{
    health::ShutdownFlag,
    internal,
    reload::{FilesQuestion, IN_FORCE, RELOAD, line},
};
use tower::ServiceExt as _;

use super::line::app;

async fn asked(internal: &Router, method: &Method, path: &str, headers: &[(&str, &str)]) -> StatusCode {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    internal.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn no_web_page_asks_what_commands_ask() {
    let (_files, app) = app(true).await;
    let (questions, mut line) = line();
    let internal = internal::router(app, ShutdownFlag::default(), questions);
    let answering = tokio::spawn(async move {
        let mut answered = 0;
        while let Some(question) = line.recv().await {
            answered += 1;
            let (FilesQuestion::Reload(answer) | FilesQuestion::InForce(answer)) = question;
            answer.send("{}".to_owned()).unwrap();
        }
        answered
    });
    let commands = [(Method::POST, RELOAD), (Method::GET, IN_FORCE)];
    let here = ["localhost", "LOCALHOST:9090", "127.0.0.1:9090", "10.0.0.7", "[::1]:9090", "[fd00::7]"];
    for (method, path) in &commands {
        for host in here {
            assert_eq!(asked(&internal, method, path, &[("host", host)]).await, StatusCode::OK, "{host}");
        }
    }
    let pages: [&[(&str, &str)]; 9] = [
        &[],
        &[("host", "rebound.attacker.example:9090")],
        &[("host", "localhost.attacker.example")],
        &[("host", "127.0.0.1.attacker.example")],
        &[("host", "localhost"), ("host", "localhost")],
        &[("host", "localhost:9090"), ("origin", "https://attacker.example")],
        &[("host", "localhost:9090"), ("origin", "null")],
        &[("host", "localhost:9090"), ("origin", "http://localhost:9090")],
        &[("host", "127.0.0.1:9090"), ("sec-fetch-site", "cross-site")],
    ];
    // Also what is not there yet: an address that is added is guarded before anybody thinks of it.
    let posts = ["/livez", "/readyz", "/metrics", "/internal/tls-allowed?domain=a.example", "/internal/new"];
    let changing = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    for headers in pages {
        for (method, path) in &commands {
            assert_eq!(asked(&internal, method, path, headers).await, StatusCode::FORBIDDEN, "{headers:?}");
        }
        for path in posts {
            for method in &changing {
                let status = asked(&internal, method, path, headers).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} {headers:?}");
            }
        }
        // What a proxy and a monitor read is read by any name.
        assert_eq!(asked(&internal, &Method::GET, "/readyz", headers).await, StatusCode::OK, "{headers:?}");
    }
    drop(internal);
    assert_eq!(answering.await.unwrap(), commands.len() * here.len(), "nobody else's question went in");
}
