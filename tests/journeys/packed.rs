//! Packed: what travels compressed, and what never does (BREACH); what a browser need not fetch again.

use std::io::Read as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use kenpo_portal::domain::route::Route;
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, JSW, Town},
};

struct Packet {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Packet {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The content, whatever it came in.
    fn text(&self) -> String {
        let mut out = Vec::new();
        match self.header(header::CONTENT_ENCODING) {
            "" => out.clone_from(&self.body),
            "gzip" => drop(flate2::read::GzDecoder::new(self.body.as_slice()).read_to_end(&mut out).unwrap()),
            "br" => brotli::BrotliDecompress(&mut self.body.as_slice(), &mut out).unwrap(),
            other => panic!("{other}"),
        }
        String::from_utf8_lossy(&out).into_owned()
    }
}

async fn fetch(town: &Town, browser: &Browser, path: &str, more: &[(header::HeaderName, &str)]) -> Packet {
    let mut request = browser.request(&Method::GET, path, None);
    for (name, value) in more {
        request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    }
    let response: Response<Body> = town.router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Packet { status: head.status, headers: head.headers, body }
}

const ALL: &str = "gzip, deflate, br, zstd";

/// Every route as this browser sees it, asked for by a browser that takes everything packed: which of them came packed.
async fn packed(town: &Town, browser: &Browser, personal: &[String]) -> Vec<Route> {
    let mut packed = Vec::new();
    for route in Route::every() {
        // What a stranger puts into the address is echoed by the page.
        let path = format!(
            "{}?x={}",
            route.pattern().replace("{*token}", "abc").replace("{*path}", "none.css"),
            "y"
        );
        let answer = fetch(town, browser, &path, &[(header::ACCEPT_ENCODING, ALL)]).await;
        let cache = answer.header(header::CACHE_CONTROL);
        // Files that are kept, and show nobody.
        if matches!(route, Route::Favicon | Route::PasskeyEndpoints) || route.is_for_services() {
            continue;
        }
        if answer.header(header::CONTENT_ENCODING).is_empty() {
            assert_eq!(cache, "no-store, no-transform", "{route:?}");
            continue;
        }
        // What stays as it is for days is asked for again, and mostly not sent.
        let stays = matches!(route, Route::Top | Route::Help | Route::Accessibility | Route::ReadTerms);
        let expected = if stays { "private, no-cache" } else { "no-store" };
        assert_eq!((cache, answer.status), (expected, StatusCode::OK), "{route:?}");
        assert!(
            answer.headers.get_all(header::VARY).iter().any(|vary| vary == "accept-encoding"),
            "{route:?}"
        );
        let text = answer.text();
        // About half; on the smallest pages little repeats.
        assert!(text.contains("</html>") && 6 * text.len() > 10 * answer.body.len(), "{route:?}");
        for secret in personal {
            assert!(!text.contains(secret.as_str()), "{route:?} is packed and shows {secret}");
        }
        packed.push(route);
    }
    packed
}

#[tokio::test]
async fn only_pages_that_are_the_same_for_everybody_are_packed() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
    let browser = holder.fresh(&town).await;
    let member = town.member(JRP, &holder.who.login).await;
    let mut personal = vec![member.name.clone(), member.id.to_string(), holder.who.login.clone()];
    personal.extend(member.email.as_ref().map(|email| email.as_str().to_owned()));

    let for_everybody = [
        Route::Top,
        Route::SignIn,
        Route::ForgotPassword,
        Route::ForgotUserId,
        Route::Help,
        Route::Accessibility,
        Route::ReadTerms,
    ];
    assert_eq!(packed(&town, &town.browser(JRP), &personal).await, for_everybody, "nobody signed in");
    assert_eq!(
        packed(&town, &browser, &personal).await,
        [Route::ForgotPassword, Route::ForgotUserId],
        "signed in"
    );
    let key = fetch(&town, &browser, "/account/methods/totp", &[(header::ACCEPT_ENCODING, ALL)]).await;
    assert!(key.text().contains("data:image/png"), "the page of a key");
    assert!(key.header(header::CONTENT_ENCODING).is_empty(), "which travels as it is");

    // Whoever ran out of time finds the user ID filled in.
    let mut late = browser;
    town.clock.advance(crate::town::hours(1));
    let filled = fetch(&town, &late, "/signin", &[(header::ACCEPT_ENCODING, ALL)]).await;
    assert!(filled.text().contains(&holder.who.login), "the user ID in the field");
    assert_eq!(filled.header(header::CACHE_CONTROL), "no-store, no-transform");
    assert!(filled.header(header::CONTENT_ENCODING).is_empty());
    late.visit("/").await;
    town.close().await;
}

#[tokio::test]
async fn a_form_that_comes_back_is_never_packed() {
    let town = Town::open().await;
    let browser = town.browser(JRP);
    for (path, form) in [
        ("/signin", "username=typed-by-her&password=wrong"),
        ("/recovery/user-id", "birthdate=x&email=y"),
        ("/nowhere", ""),
    ] {
        let mut request = browser.request(&Method::POST, path, Some(form));
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ALL));
        let response = town.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store, no-transform", "{path}");
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING), "{path}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_browser_that_takes_nothing_is_answered_as_if_it_had_said_nothing() {
    let town = Town::open().await;
    let browser = town.browser(JRP);
    let sent = async |method: &Method, path: &str, wish: Option<&'static str>| {
        let form = (*method == Method::POST).then_some("birthdate=19801201");
        let mut request = browser.request(method, path, form);
        if let Some(wish) = wish {
            request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(wish));
        }
        let headers_of_interest = [header::CACHE_CONTROL, header::LOCATION, header::CONTENT_TYPE];
        let response = town.router.clone().oneshot(request).await.unwrap();
        (response.status(), headers_of_interest.map(|name| response.headers().get(name).cloned()))
    };
    let asset = assets(&town).await.swap_remove(0);
    for (method, path, status) in [
        (Method::GET, asset.as_str(), StatusCode::OK),
        (Method::GET, "/signin", StatusCode::OK),
        (Method::GET, "/nowhere", StatusCode::NOT_FOUND),
        (Method::POST, "/signin/birthdate", StatusCode::SEE_OTHER),
    ] {
        let without = sent(&method, path, None).await;
        assert_eq!(without.0, status, "{path}");
        for wish in ["*;q=0", "identity;q=0", "br, identity;q=0"] {
            assert_eq!(sent(&method, path, Some(wish)).await, without, "{path}, {wish}");
        }
    }
    town.close().await;
}

/// The addresses of style, script and pictures on the sign-in page.
async fn assets(town: &Town) -> Vec<String> {
    let page = fetch(town, &town.browser(JRP), "/signin", &[]).await.text();
    let found = page.split('"').filter(|value| value.starts_with("/assets/")).map(str::to_owned);
    let found: Vec<_> = found.chain(["/favicon.ico".to_owned()]).collect();
    assert!(found.len() >= 4, "{found:?}");
    found
}

#[tokio::test]
async fn style_and_scripts_travel_as_the_browser_takes_them() {
    let town = Town::open().await;
    let browser = town.browser(JRP);
    // A union's own files, of which `/favicon.ico` is one, are small.
    let is_own = |path: &&String| path.starts_with("/assets/t/") || *path == "/favicon.ico";
    for path in assets(&town).await.iter().filter(|path| !is_own(path)) {
        let plain = fetch(&town, &browser, path, &[]).await;
        assert!(plain.header(header::CONTENT_ENCODING).is_empty(), "{path}");
        let mut tags = vec![plain.header(header::ETAG).to_owned()];
        for (wish, coding) in [(ALL, "br"), ("gzip, deflate", "gzip"), ("br;q=0.1, gzip", "gzip")] {
            let answer = fetch(&town, &browser, path, &[(header::ACCEPT_ENCODING, wish)]).await;
            let coding = if answer.body.len() < plain.body.len() { coding } else { "" };
            assert_eq!(answer.header(header::CONTENT_ENCODING), coding, "{path}");
            assert_eq!(answer.text(), plain.text(), "{path}");
            assert_eq!(answer.header(header::VARY), "Accept-Encoding", "{path}");
            assert_eq!(answer.header(header::CONTENT_TYPE), plain.header(header::CONTENT_TYPE), "{path}");
            tags.push(answer.header(header::ETAG).to_owned());
        }
        tags.sort();
        tags.dedup();
        let is_css = std::path::Path::new(path).extension().is_some_and(|ending| ending == "css");
        assert!(tags.iter().all(|tag| tag.starts_with('"')), "strong: {tags:?}");
        assert!(!is_css || tags.len() == 3, "each packing has a tag of its own: {tags:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let town = Town::open().await;
    let browser = town.browser(JRP);
    for path in assets(&town).await {
        for wish in ["identity", "gzip", ALL] {
            let accept = (header::ACCEPT_ENCODING, wish);
            let first = fetch(&town, &browser, &path, std::slice::from_ref(&accept)).await;
            let tag = first.header(header::ETAG).to_owned();
            let held = [accept, (header::IF_NONE_MATCH, tag.as_str())];
            let again = fetch(&town, &browser, &path, &held).await;
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
            for name in [header::ETAG, header::CACHE_CONTROL, header::VARY] {
                assert_eq!(again.header(name.clone()), first.header(name), "{path}");
            }
            assert!(!again.headers.contains_key(header::CONTENT_ENCODING), "{path}");
            let other = fetch(&town, &browser, &path, &[(header::IF_NONE_MATCH, "\"other\"")]).await;
            assert_eq!((other.status, other.body.is_empty()), (StatusCode::OK, false), "{path}");
        }
    }
    town.close().await;
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let member = holder.fresh(&town).await;
    for path in ["/", "/help", "/help/questions", "/help/all", "/help/accessibility", "/terms"] {
        let stranger = town.browser(JRP);
        let first = fetch(&town, &stranger, path, &[]).await;
        let tag = first.header(header::ETAG).to_owned();
        assert!(first.status == StatusCode::OK && tag.starts_with("W/"), "{path}: {tag}");
        let held = || (header::IF_NONE_MATCH, tag.as_str());
        let again = fetch(&town, &stranger, path, &[held(), (header::ACCEPT_ENCODING, ALL)]).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(again.header(header::ETAG), tag);
        assert_eq!(again.header(header::CACHE_CONTROL), "private, no-cache");
        assert_eq!(again.header(header::VARY), "Cookie, Accept-Language");
        // Another language, another union and a member are sent their own.
        let english = fetch(&town, &stranger, path, &[held(), (header::ACCEPT_LANGUAGE, "en")]).await;
        assert_eq!(english.status, StatusCode::OK, "{path}");
        let elsewhere = fetch(&town, &town.browser(JSW), path, &[held()]).await;
        assert_eq!(elsewhere.status, StatusCode::OK, "{path}");
        let own = fetch(&town, &member, path, &[held()]).await;
        assert_eq!((own.status, own.header(header::ETAG)), (StatusCode::OK, ""), "{path}");
        assert_eq!(own.header(header::CACHE_CONTROL), "no-store, no-transform", "{path}");
    }
    let left = fetch(&town, &town.browser(JRP), "/?after=log-out", &[]).await;
    assert_eq!(
        left.header(header::CACHE_CONTROL),
        "no-store",
        "what was done a moment ago is not shown again"
    );
    town.close().await;
}

/// Style sheets and scripts of a page.
fn assets_of(page: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(page);
    let all = |css: &str, name: &str| -> Vec<String> {
        let css = scraper::Selector::parse(css).unwrap();
        page.select(&css).map(|e| e.attr(name).unwrap().to_owned()).collect()
    };
    [all("link[rel=stylesheet]", "href"), all("script[src]", "src")].concat()
}

#[tokio::test]
async fn the_first_page_and_the_next_one_are_few_requests_and_few_bytes() {
    let town = Town::open().await;
    for tenant in town.app.tenants().iter() {
        let browser = town.browser(tenant.slug.as_str());
        let mut known: Vec<String> = Vec::new();
        // Page, requests, bytes as they are and packed.
        for (path, most_requests, most_plain, most_packed) in [
            ("/", 4, 40 * 1024, 13 * 1024),
            ("/signin", 2, 20 * 1024, 6 * 1024),
            ("/help", 3, 24 * 1024, 8 * 1024),
        ] {
            let (mut plain, mut packed) = (0, 0);
            let page = fetch(&town, &browser, path, &[]).await;
            let mut asked = vec![path.to_owned()];
            asked.extend(assets_of(&page.text()).into_iter().filter(|href| !known.contains(href)));
            for href in &asked {
                plain += fetch(&town, &browser, href, &[]).await.body.len();
                packed += fetch(&town, &browser, href, &[(header::ACCEPT_ENCODING, ALL)]).await.body.len();
            }
            let told =
                format!("{} {path}: {} requests, {plain} bytes, {packed} packed", tenant.slug, asked.len());
            println!("{told}");
            assert!(asked.len() <= most_requests && plain <= most_plain && packed <= most_packed, "{told}");
            known.extend(asked);
        }
    }
    town.close().await;
}
