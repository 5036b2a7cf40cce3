//! Where a member may be sent, and what nobody has asked for yet.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::json;

use super::{Answered, CALLBACK, Relying, ask, parameter, send, with_own_service};
use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, Town},
};

/// The union's file with services, and with a second host.
#[expect(clippy::needless_pass_by_value, reason = "a town is opened with a change of a whole text")]
fn with_alias(text: String) -> String {
    let alias = "aliases = [\"alt.jrpluskenpo.portal.kosmo-web.jp\"]";
    with_own_service(text.replacen("aliases = []", alias, 1))
}

/// Everything that is kept of codes, service sessions and requests.
async fn kept(town: &Town) -> usize {
    let mut rows = 0;
    for table in ["sso_code", "sso_visit", "sso_request", "session"] {
        rows += town.rows(table).await.len();
    }
    rows
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered_to_the_character() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let before = kept(&town).await;
    let mut mutants: Vec<String> = [
        "https://yoyaku.example.jp/callback/",
        "https://yoyaku.example.jp/Callback",
        "https://YOYAKU.example.jp/callback",
        "HTTPS://yoyaku.example.jp/callback",
        "http://yoyaku.example.jp/callback",
        "https://yoyaku.example.jp:443/callback",
        "https://yoyaku.example.jp:8443/callback",
        "https://yoyaku.example.jp./callback",
        "https://yoyaku.example.jp/callback?x=1",
        "https://yoyaku.example.jp/callback?",
        "https://yoyaku.example.jp/callback#",
        "https://yoyaku.example.jp/callback#x",
        "https://yoyaku.example.jp/callback%2F",
        "https://yoyaku.example.jp/%63allback",
        "https://yoyaku.example.jp/./callback",
        "https://yoyaku.example.jp/x/../callback",
        "https://yoyaku.example.jp//callback",
        "https://yoyaku.example.jp/callback/..",
        "https://yoyaku.example.jp\\callback",
        "https://yoyaku.example.jp\\@evil.example/callback",
        "https://user@yoyaku.example.jp/callback",
        "https://user:pass@yoyaku.example.jp/callback",
        "https://yoyaku.example.jp@evil.example/callback",
        "https://yoyaku.example.jp.evil.example/callback",
        "https://evil.example/?https://yoyaku.example.jp/callback",
        "https://evil.example/#https://yoyaku.example.jp/callback",
        "https://evil.example/https://yoyaku.example.jp/callback",
        "//yoyaku.example.jp/callback",
        "///yoyaku.example.jp/callback",
        "/callback",
        "callback",
        "yoyaku.example.jp/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://xn--yoyaku-.example.jp/callback",
        "https://ｙoyaku.example.jp/callback",
        "https://yoyaku。example.jp/callback",
        "https://yoyaku.example.jp/callback\u{0}",
        "https://betsu.example.jp/callback",
        "null",
        "*",
        "https://*.example.jp/callback",
    ]
    .map(str::to_owned)
    .into();
    for blank in [" ", "\t", "\n", "\r", "\r\n", "%20", "%0a", "%0d%0a", "%00", "\u{a0}", "\u{200b}"] {
        mutants.push(format!("{CALLBACK}{blank}"));
        mutants.push(format!("{blank}{CALLBACK}"));
        mutants.push(CALLBACK.replace("yoyaku.", &format!("yoyaku{blank}.")));
    }
    for at in [5, 8, 12, 20, CALLBACK.len() - 1] {
        let (head, tail) = CALLBACK.split_at(at);
        mutants.push(format!("{head}{}", &tail[1..]));
        mutants.push(format!("{head}x{tail}"));
    }
    assert!(mutants.len() >= 80, "{}", mutants.len());
    let bad = |answer: &Answered, what: &str| {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what:?}");
        assert_eq!(answer.header("location"), "", "{what:?}");
        assert_eq!(answer.header("refresh"), "", "{what:?}");
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(page.contains("サービスを開けませんでした"), "{what:?}: {page}");
        assert!(!page.contains("//evil.example") && !page.contains("http-equiv"), "{what:?}");
    };
    for mutant in &mutants {
        let path = service.request(&[("redirect_uri", mutant)]);
        bad(&service.look(&town, &browser, &path).await, mutant);
    }
    for (what, path) in [
        ("none", service.request(&[("redirect_uri", "")])),
        ("twice", format!("{}&redirect_uri=https%3A%2F%2Fevil.example", service.request(&[]))),
        ("the same twice", format!("{}&redirect_uri={CALLBACK}", service.request(&[]))),
        ("another service's", service.request_of("another", &[("redirect_uri", CALLBACK)])),
        ("no client", service.request(&[("client_id", "")])),
        ("unknown client", service.request(&[("client_id", "nobody")])),
        ("client twice", format!("{}&client_id=another", service.request(&[]))),
        ("broken text", format!("{}&x=%ff", service.request(&[]))),
        ("too long", format!("{}&x={}", service.request(&[]), "x".repeat(9000))),
        ("nothing", "/oidc/authorize".to_owned()),
    ] {
        bad(&service.look(&town, &browser, &path).await, what);
    }
    assert_eq!(kept(&town).await, before, "nothing was given or kept");
    town.close().await;
}

#[tokio::test]
async fn what_is_fetched_ahead_gives_ends_and_keeps_nothing() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let before = kept(&town).await;
    for path in [service.request(&[]), "/services/yoyaku".to_owned()] {
        let head = super::sent(&town.router, browser.request(&Method::HEAD, &path, None)).await;
        assert_eq!((head.status, head.header("location")), (StatusCode::OK, ""), "{path}");
        for (name, value) in
            [("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")]
        {
            let mut request = browser.request(&Method::GET, &path, None);
            request.headers_mut().insert(name, value.parse().unwrap());
            let ahead = super::sent(&town.router, request).await;
            assert_eq!(
                (ahead.status, ahead.header("location")),
                (StatusCode::SERVICE_UNAVAILABLE, ""),
                "{path}"
            );
        }
    }
    assert_eq!(kept(&town).await, before);
    town.close().await;
}

/// A form of another site: no cookie comes along.
async fn from_elsewhere(town: &Town, host: &str, path: &str, body: &str) -> Answered {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://yoyaku.example.jp"),
        ("sec-fetch-site", "cross-site"),
    ];
    send(town, host, Method::POST, path, &headers, Body::from(body.to_owned())).await
}

#[tokio::test]
async fn a_form_of_another_site_is_taken_at_five_addresses_and_nowhere_else() {
    let town = Town::edited(JRP, with_alias).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let path = service.request(&[]);
    let query = path.split_once('?').unwrap().1;
    let aliases = town.tenant(JRP).hosts.aliases.clone();
    for host in std::iter::once(&service.host).chain(&aliases) {
        let answer = from_elsewhere(&town, host, "/oidc/authorize", query).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{host}");
        let place = answer.header("location");
        assert!(place.starts_with(&format!("https://{}/oidc/authorize?", service.host)), "{place}");
        // With GET the cookie comes along, and it is the same request.
        let there = place.split_once(&service.host).unwrap().1;
        assert!(!service.code_of(&service.look(&town, &browser, there).await).is_empty());
        // A secret is not sent on to another address.
        let answer =
            from_elsewhere(&town, host, "/oidc/token", "grant_type=authorization_code&code=x&redirect_uri=y")
                .await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::UNAUTHORIZED, ""), "{host}");
        assert!(!aliases.is_empty());
        assert_eq!(from_elsewhere(&town, host, "/oidc/userinfo", "").await.status, StatusCode::UNAUTHORIZED);
        let left = from_elsewhere(&town, host, "/oidc/par", query).await;
        assert_eq!((left.status, left.header("location")), (StatusCode::UNAUTHORIZED, ""), "{host}");
        let answer = from_elsewhere(&town, host, "/oidc/logout", "state=x").await;
        assert_eq!(
            answer.header("location"),
            format!("https://{}/oidc/logout?state=x", service.host),
            "{host}"
        );
    }
    for path in ["/signin", "/logout", "/language", "/oidc/go/0192f000-0000-7000-8000-000000000000"] {
        assert_eq!(
            from_elsewhere(&town, &service.host, path, "x=1").await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let options = ask(&town, &service.host, Method::OPTIONS, "/oidc/token", &[]).await;
    assert_eq!(options.status, StatusCode::METHOD_NOT_ALLOWED);
    town.close().await;
}

#[tokio::test]
async fn a_union_says_where_its_endpoints_are_and_the_name_it_had_at_the_first_code_stays() {
    let mut town = Town::edited(JRP, with_alias).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let aliases = town.tenant(JRP).hosts.aliases.clone();
    for host in std::iter::once(&service.host).chain(&aliases) {
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            let answer = ask(&town, host, Method::GET, path, &[]).await;
            assert_eq!(answer.status, StatusCode::OK, "{host}{path}");
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "public, max-age=3600");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            let told = answer.json();
            assert_eq!(told["issuer"], json!(service.issuer));
            assert_eq!(told["jwks_uri"], json!(format!("{}/oidc/jwks", service.issuer)));
            assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]));
            assert!(
                told["id_token_signing_alg_values_supported"].as_array().unwrap().contains(&json!("RS256"))
            );
            for no in [
                "request_parameter_supported",
                "request_uri_parameter_supported",
                "claims_parameter_supported",
            ] {
                assert_eq!(told[no], false, "{no}");
            }
        }
    }
    let browser: Browser = service.known(&town, &mut holder).await;
    service.code(&town, &browser, &[]).await;
    // The union moves: its name for services does not.
    let host = service.host.clone();
    town.restart(JRP, |text| {
        let moved = text.replacen(&format!("\"{host}\""), "\"new.jrpluskenpo.portal.kosmo-web.jp\"", 1);
        with_own_service(moved.replacen("aliases", &format!("aliases = [\"{host}\"] #"), 1))
    });
    let told = ask(&town, &host, Method::GET, "/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(told["issuer"], json!(service.issuer));
    assert_eq!(told["token_endpoint"], "https://new.jrpluskenpo.portal.kosmo-web.jp/oidc/token");
    town.close().await;
}

#[tokio::test]
async fn during_maintenance_services_read_what_verifies_and_are_told_to_come_back() {
    let closed = |text: String| with_own_service(text.replacen("status", "status = \"maintenance\" #", 1));
    let town = Town::edited(JRP, closed).await;
    let host = town.tenant(JRP).hosts.primary.clone();
    for path in ["/.well-known/openid-configuration", "/oidc/jwks"] {
        assert_eq!(ask(&town, &host, Method::GET, path, &[]).await.status, StatusCode::OK, "{path}");
    }
    for (method, path) in [(Method::POST, "/oidc/token"), (Method::GET, "/oidc/userinfo")] {
        let answer = ask(&town, &host, method, path, &[]).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json(), json!({ "error": "temporarily_unavailable" }));
        assert_eq!(answer.header("retry-after"), "60");
    }
    let page = ask(&town, &host, Method::GET, "/oidc/authorize", &[]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(parameter("https://x/?a=b%20c", "a").as_deref(), Some("b c"));
    town.close().await;
}
