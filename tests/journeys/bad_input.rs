//! Bad input: whatever is sent, the answer is a page with a way on, and nothing is half-written.

use axum::{
    body::Body,
    http::{Method, Request, header},
};

use crate::town::{JSW, MGC, Town};

const FORM: &str = "application/x-www-form-urlencoded";

fn post(host: &str, path: &str, body: impl Into<Body>) -> axum::http::request::Builder {
    let _ = body.into();
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, host)
        .header(header::ORIGIN, format!("https://{host}"))
        .header(header::CONTENT_TYPE, FORM)
}

#[tokio::test]
async fn forms_that_cannot_be_read_get_a_page_and_change_nothing() {
    let town = Town::open().await;
    let host = town.tenant(JSW).hosts.primary.clone();
    let large = format!("username={}&password=x", "a".repeat(64 * 1024));
    let bodies: [(&[u8], u16); 6] = [
        (b"username=a&username=b&password=x", 400),
        (b"username=%FF%FE&password=x", 400),
        (b"username=a%00b&password=x", 400),
        (b"\xFF\xFE", 400),
        (large.as_bytes(), 413),
        (b"", 422),
    ];
    for (body, status) in bodies {
        let request = post(&host, "/signin", "").body(Body::from(body.to_vec())).unwrap();
        let mut browser = town.browser(JSW);
        browser.send(request).await;
        assert_eq!(browser.status, status, "{}", String::from_utf8_lossy(&body[..body.len().min(40)]));
        assert!(browser.cookies.is_empty());
    }
    let mut browser = town.browser(JSW);
    let json = Request::builder()
        .method(Method::POST)
        .uri("/signin")
        .header(header::HOST, &host)
        .header(header::ORIGIN, format!("https://{host}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(browser.send(json).await.status, 400);
    assert!(town.whole_trail(JSW).await.is_empty());
    town.close().await;
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_whoever_sends_it() {
    let town = Town::open().await;
    let (host, sibling) = (town.tenant(JSW).hosts.primary.clone(), town.tenant(MGC).hosts.primary.clone());
    let own = format!("https://{host}");
    let sets: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", "null")],
        &[("origin", &format!("https://{sibling}"))],
        &[("origin", &format!("http://{host}"))],
        &[("sec-fetch-site", "same-site"), ("origin", &own)],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "none")],
    ];
    let paths = [
        "/signin",
        "/signin/terms",
        "/signin/totp",
        "/signin/setup/passkey",
        "/signin/setup/passkey/options",
        "/signin/passkey",
        "/signin/passkey/options",
        "/signin/passkey/alone",
        "/signin/passkey/alone/options",
        "/reauth",
        "/reauth/passkey",
        "/reauth/passkey/options",
        "/account/methods/passkey",
        "/account/methods/passkey/options",
        "/account/passkeys/0192f000-0000-7000-8000-000000000000/name",
        "/logout",
        "/session",
        "/language",
    ];
    for path in paths {
        for set in sets {
            let mut request = Request::builder()
                .method(Method::POST)
                .uri(path)
                .header(header::HOST, &host)
                .header(header::CONTENT_TYPE, FORM);
            for (name, value) in set {
                request = request.header(*name, *value);
            }
            let mut browser = town.browser(JSW);
            browser.send(request.body(Body::from("username=testuser&password=x")).unwrap()).await;
            assert_eq!(browser.status, 403, "{path} {set:?}");
            assert!(browser.text().contains("何も変わっていません"));
        }
    }
    assert!(town.whole_trail(JSW).await.is_empty());
    town.close().await;
}

#[tokio::test]
async fn unknown_paths_and_methods_get_the_unions_own_page() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    for path in
        ["/nowhere", "/signin/", "/signin/terms/x", "/assets/none.css", "/account/nowhere", "/.env", "/livez"]
    {
        browser.visit(path).await;
        assert_eq!(browser.status, 404, "{path}");
        assert_eq!(browser.h1(), "ページが見つかりません");
    }
    let host = town.tenant(JSW).hosts.primary.clone();
    for (method, path) in [(Method::PUT, "/signin"), (Method::TRACE, "/"), (Method::DELETE, "/logout")] {
        let request = Request::builder()
            .method(&method)
            .uri(path)
            .header(header::HOST, &host)
            .body(Body::empty())
            .unwrap();
        assert_eq!(browser.send(request).await.status, 405, "{method}");
    }
    assert_eq!(browser.post("/", "").await.status, 405);
    assert_eq!(browser.visit("/account/methods/passkey/options").await.status, 405);
    town.close().await;
}

#[tokio::test]
async fn an_unknown_host_hears_no_unions_name() {
    let town = Town::open().await;
    let names: Vec<String> = town.app.tenants().iter().map(|t| t.name.clone()).collect();
    let host = town.tenant(JSW).hosts.primary.clone();
    for asked in ["example.jp", "127.0.0.1", "localhost", "portal.kosmo-web.jp", "", "[::1]"] {
        let request =
            Request::builder().uri("/signin").header(header::HOST, asked).body(Body::empty()).unwrap();
        let mut browser = town.browser(JSW);
        browser.send(request).await;
        assert_eq!(browser.status, 421, "{asked}");
        assert!(browser.cookies.is_empty());
        assert!(names.iter().all(|name| !browser.page().contains(name)));
    }
    for asked in [host.to_uppercase(), format!("{host}:443")] {
        let request =
            Request::builder().uri("/signin").header(header::HOST, asked).body(Body::empty()).unwrap();
        town.browser(JSW).send(request).await.is_at("/signin", "ログイン");
    }
    // A trailing dot makes it an alias (D31).
    for asked in [town.tenant(JSW).hosts.aliases[0].clone(), format!("{host}.")] {
        let request =
            Request::builder().uri("/signin?x=1").header(header::HOST, asked).body(Body::empty()).unwrap();
        let mut browser = town.browser(JSW);
        browser.send(request).await;
        assert_eq!(browser.status, 308);
        assert_eq!(browser.headers[header::LOCATION], format!("https://{host}/signin?x=1"));
    }
    town.close().await;
}

#[tokio::test]
async fn headers_of_a_proxy_never_change_where_an_address_leads() {
    let town = Town::open().await;
    let host = town.tenant(JSW).hosts.primary.clone();
    for name in ["forwarded", "x-forwarded-host", "x-original-host", "x-original-url", "x-rewrite-url"] {
        let request = Request::builder()
            .uri("/signin")
            .header(header::HOST, &host)
            .header(name, "evil.example")
            .body(Body::empty())
            .unwrap();
        let mut browser = town.browser(JSW);
        browser.send(request).await;
        assert!(!browser.page().contains("evil.example"), "{name}");
    }
    town.close().await;
}

#[tokio::test]
async fn markup_that_is_typed_comes_back_as_text() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await;
    let nasty = "\"><svg onload=alert(1)>";
    browser.fill("ユーザID", nasty).fill("パスワード", "x").press("ログイン").await;
    assert!(!browser.page().contains("<svg onload"));
    assert_eq!(browser.value_of("ユーザID"), nasty);
    town.close().await;
}

#[tokio::test]
async fn the_language_switch_comes_back_to_the_page_and_leads_nowhere_else() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    browser.post("/language", "lang=en&back=%2Fsignin").await.is_at("/signin", "Log in");
    browser.visit("/").await;
    assert!(browser.page().contains("lang=\"en\""));
    browser.post("/language", "lang=ja&back=%2F%2Fevil.example").await;
    assert_eq!(browser.path(), "/");
    assert_eq!(browser.post("/language", "lang=xx&back=%2F").await.status, 400);
    town.close().await;
}
