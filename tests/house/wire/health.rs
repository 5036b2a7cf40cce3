//! Health: the internal listener tells the truth and is not reached through a union's host.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt as _;
use kenpo_portal::{
    metrics::{MetricName, label::LeftOut},
    web::health::{ShutdownFlag, router},
};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tower::ServiceExt as _;

use super::line::{HOST, NEIGHBOUR, Service, app};

async fn ask(internal: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = internal.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn internal_pages_are_not_reached_through_a_union() {
    let mut service = Service::open().await;
    for path in
        ["/livez", "/readyz", "/metrics", "/internal/tls-allowed?domain=www.midorikenpo.portal.example.jp"]
    {
        let answer = service.ask(format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await.unwrap();
        assert_eq!(answer.status, 404, "{path}");
        answer.is_guarded();
        let answer = service.ask(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await.unwrap();
        answer.is_nobodys(path);
    }
}

#[tokio::test]
async fn ready_until_it_leaves() {
    let (_files, app) = app(true).await;
    let leaving = ShutdownFlag::default();
    let internal = router(app, leaving.clone());
    assert_eq!(ask(&internal, "/readyz").await, (StatusCode::OK, "ready\n".into()));
    assert_eq!(ask(&internal, "/livez").await.0, StatusCode::OK);
    leaving.begin();
    let (status, why) = ask(&internal, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(why.contains("shutting down"), "{why}");
    assert_eq!(ask(&internal, "/livez").await.0, StatusCode::OK, "alive to its end");
}

#[tokio::test]
async fn who_is_left_out_is_said_beside_ready() {
    let (_files, app) = app(true).await;
    let notes = vec!["left out: momokenpo: T041 momokenpo.toml:7:11".into()];
    let internal = router(app.noting(notes), ShutdownFlag::default());
    let said = "ready\nleft out: momokenpo: T041 momokenpo.toml:7:11\n";
    assert_eq!(ask(&internal, "/readyz").await, (StatusCode::OK, said.into()));
}

#[tokio::test]
async fn not_ready_on_another_schema_or_without_a_database() {
    let (files, app) = app(false).await;
    let internal = router(app.clone(), ShutdownFlag::default());
    let (status, why) = ask(&internal, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(why.contains("kenpo-portal migrate up"), "{why}");
    let url = format!("sqlite:{}", files.path().join("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute("UPDATE _sqlx_migrations SET success = 1").await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(ask(&internal, "/readyz").await.0, StatusCode::OK, "ready as soon as it can be");
    app.portal().store().close().await;
    let (status, why) = ask(&internal, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(why.contains("database"), "{why}");
    assert_eq!(ask(&internal, "/livez").await.0, StatusCode::OK, "a restart would not help");
}

#[tokio::test]
async fn certificates_are_fetched_for_our_hosts_only() {
    let (_files, app) = app(true).await;
    let internal = router(app, ShutdownFlag::default());
    for (domain, status) in [
        (HOST, StatusCode::OK),
        (NEIGHBOUR, StatusCode::OK),
        ("midorikenpo.portal.example.jp", StatusCode::OK),
        ("MIDORIKENPO.PORTAL.EXAMPLE.JP", StatusCode::OK),
        ("portal.example.jp", StatusCode::NOT_FOUND),
        ("x.portal.example.jp", StatusCode::NOT_FOUND),
        ("", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(
            ask(&internal, &format!("/internal/tls-allowed?domain={domain}")).await.0,
            status,
            "{domain}"
        );
    }
    assert_eq!(ask(&internal, "/internal/tls-allowed").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn metrics_name_each_once_and_tell_of_a_database_that_is_away() {
    let (_files, app) = app(true).await;
    let left = LeftOut { union: "momo\"kenpo\n".into(), code: "T041" };
    app.portal().metrics().loaded(vec![left], false, app.portal().now());
    let internal = router(app.clone(), ShutdownFlag::default());
    let (status, page) = ask(&internal, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for metric in MetricName::ALL {
        let heads = page.lines().filter(|line| line.starts_with(&format!("# HELP {}", metric.word())));
        let heads = heads.filter(|line| {
            let name = line.split(' ').nth(2).unwrap();
            name == metric.word() || name == format!("{}_total", metric.word())
        });
        assert_eq!(heads.count(), 1, "{}", metric.word());
    }
    let said = |page: &str, line: &str| page.lines().any(|said| said == line);
    for line in [
        "portal_database_up 1.0",
        "portal_unions_served 3.0",
        "portal_key_ring_fits 1.0",
        "portal_clock_trusted 1.0",
        "portal_letters_waiting 0.0",
        "portal_imports_running 0.0",
        r#"portal_union_left_out{union="momo\"kenpo\n",code="T041"} 1.0"#,
        r#"portal_database_connections{pool="write"} 1.0"#,
    ] {
        assert!(said(&page, line), "{line}\n{page}");
    }
    assert!(
        !page.lines().any(|line| line.starts_with("portal_config_last_good_timestamp_seconds ")),
        "one is left out\n{page}"
    );
    app.portal().metrics().loaded(Vec::new(), false, app.portal().now());
    app.portal().store().close().await;
    let internal = router(app, ShutdownFlag::default());
    let (status, page) = ask(&internal, "/metrics").await;
    assert_eq!(status, StatusCode::OK, "counted all the same");
    assert!(said(&page, "portal_database_up 0.0"), "{page}");
    assert!(!page.lines().any(|line| line.starts_with("portal_letters_waiting ")), "{page}");
    assert!(
        page.lines().any(|line| line.starts_with("portal_config_last_good_timestamp_seconds ")),
        "{page}"
    );
}
