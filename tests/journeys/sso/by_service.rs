//! Logging out by way of a service (OpenID Connect RP-Initiated Logout 1.0), and what a member takes back.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use super::{Answered, CALLBACK, Relying, endings::queue, send, with_own_service};
use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, Town, at_the_desk, hours},
};

const BACK: &str = "https://yoyaku.example.jp/bye?from=portal";

/// The services of the stories, of which the first may have members back.
fn with_way_back(text: String) -> String {
    let own = "client_id = \"yoyaku\"\n";
    with_own_service(text).replace(own, &format!("{own}post_logout_redirect_uris = [\"{BACK}\"]\n"))
}

async fn opened() -> (Town, Relying, Holder, Browser, String) {
    let town = Town::edited(JRP, with_way_back).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let token = id_token(&town, &service, &browser).await;
    (town, service, holder, browser, token)
}

async fn id_token(town: &Town, service: &Relying, browser: &Browser) -> String {
    let code = service.code(town, browser, &[]).await;
    service.exchange(town, &code, &[]).await.json()["id_token"].as_str().unwrap().to_owned()
}

fn path(parameters: &[(&str, &str)]) -> String {
    format!("/oidc/logout?{}", serde_urlencoded::to_string(parameters).unwrap())
}

fn is_back(answer: &Answered) -> bool {
    answer.status == StatusCode::SEE_OTHER
        && answer.header("location").starts_with("https://yoyaku.example.jp/bye")
}

fn clears_cookie(answer: &Answered) -> bool {
    answer
        .headers
        .get_all("set-cookie")
        .iter()
        .any(|cookie| cookie.to_str().unwrap().starts_with("__Host-session=;"))
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.visit("/").await.has(".tiles")
}

#[tokio::test]
async fn a_service_signs_its_own_member_out_and_gets_the_browser_back() {
    let (town, service, mut holder, mut browser, token) = opened().await;
    // The token is old by now, and that is no matter.
    let asked = path(&[
        ("id_token_hint", &token),
        ("post_logout_redirect_uri", BACK),
        ("state", "a b&c"),
        ("ui_locales", "ja"),
    ]);
    let answer = service.look(&town, &browser, &asked).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{:?}", answer.body);
    assert_eq!(answer.header("location"), format!("{BACK}&state=a%20b%26c"));
    assert!(clears_cookie(&answer));
    assert!(!is_in(&mut browser).await);
    assert_eq!(queue(&town).await.len(), 1, "and the service is told of it");
    let words = town.trail(JRP, &town.member(JRP, &holder.who.login).await).await;
    assert_eq!(words.last().map(String::as_str), Some("session-ended"));

    // Asked again, and long afterwards: there is no session any more, and the browser still comes back.
    town.clock.advance(hours(20));
    let nobody = town.browser(JRP);
    assert!(is_back(&service.look(&town, &nobody, &asked).await));
    // Without an address a page of ours.
    let page = service.look(&town, &nobody, &path(&[("id_token_hint", &token)])).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(String::from_utf8_lossy(&page.body).contains("ログアウトしました"));

    // The key that signed it was replaced: a day later a hint by it counts no more.
    let mut again = holder.sign_in(&town).await;
    town.app.portal().bring_sso_key(&town.tenant(JRP), None, true, at_the_desk()).await.unwrap().unwrap();
    let page = service.look(&town, &again, &asked).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(is_in(&mut again).await, "asked, and not signed out");
    town.close().await;
}

#[tokio::test]
async fn a_form_of_another_site_is_answered_as_the_same_link() {
    let (town, service, _, mut browser, token) = opened().await;
    let form = serde_urlencoded::to_string([
        ("id_token_hint", token.as_str()),
        ("post_logout_redirect_uri", BACK),
        ("state", "s"),
    ])
    .unwrap();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://yoyaku.example.jp"),
        ("sec-fetch-site", "cross-site"),
    ];
    let answer = send(&town, &service.host, Method::POST, "/oidc/logout", &headers, Body::from(form)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let place = answer.header("location").to_owned();
    let own = format!("https://{}/oidc/logout?", service.host);
    assert!(place.starts_with(&own), "{place}");
    let path = place.strip_prefix(&format!("https://{}", service.host)).unwrap();
    // Even where the browser brings no cookie, the token names the session.
    let nobody = town.browser(JRP);
    let answer = service.look(&town, &nobody, path).await;
    assert!(is_back(&answer) && clears_cookie(&answer), "{:?}", answer.body);
    assert!(!is_in(&mut browser).await);
    town.close().await;
}

#[tokio::test]
async fn a_service_that_ends_a_session_learns_of_no_other_service() {
    let (town, service, _, mut browser, token) = opened().await;
    service.code_for_other(&town, &browser, &[]).await;
    let path = format!("/oidc/logout?id_token_hint={token}");
    let mut nobody = town.browser(JRP);
    nobody.visit(&path).await;
    assert_eq!(nobody.h1(), "ログアウトしました");
    assert!(
        !nobody.text().contains("健診予約") && !nobody.text().contains("べつの会社"),
        "{}",
        nobody.text()
    );
    assert!(!is_in(&mut browser).await);
    town.close().await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_or_signed_out_unasked() {
    let (town, service, mut holder, mut browser, token) = opened().await;
    let mut other = Browser::new(town.router.clone(), service.host.clone(), town.mailbox());
    other.cookies.clone_from(&browser.cookies);
    let forged = |header: serde_json::Value| {
        let [_, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        format!("{}.{body}.{signature}", BASE64URL_NOPAD.encode(header.to_string().as_bytes()))
    };
    let [head, _, _] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let head: serde_json::Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(head.as_bytes()).unwrap()).unwrap();
    let none = forged(json!({ "alg": "none", "kid": head["kid"] }));
    let rs256 = forged(json!({ "alg": "RS256", "kid": head["kid"] }));
    let hs256 = forged(json!({ "alg": "HS256", "kid": head["kid"] }));
    let longer = format!("{BACK}&x=1");
    let cases: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("nothing at all", vec![]),
        ("no hint", vec![("post_logout_redirect_uri", BACK), ("state", "x")]),
        ("no hint, but a name", vec![("client_id", "yoyaku"), ("post_logout_redirect_uri", BACK)]),
        ("alg none", vec![("id_token_hint", &none), ("post_logout_redirect_uri", BACK)]),
        ("another alg", vec![("id_token_hint", &rs256), ("post_logout_redirect_uri", BACK)]),
        ("HS256", vec![("id_token_hint", &hs256), ("post_logout_redirect_uri", BACK)]),
        ("no token", vec![("id_token_hint", "x"), ("post_logout_redirect_uri", BACK)]),
        (
            "unregistered",
            vec![("id_token_hint", &token), ("post_logout_redirect_uri", "https://evil.example/")],
        ),
        (
            "a prefix",
            vec![("id_token_hint", &token), ("post_logout_redirect_uri", "https://yoyaku.example.jp/bye")],
        ),
        ("more query", vec![("id_token_hint", &token), ("post_logout_redirect_uri", &longer)]),
        ("the callback", vec![("id_token_hint", &token), ("post_logout_redirect_uri", CALLBACK)]),
        (
            "another name",
            vec![("id_token_hint", &token), ("client_id", "another"), ("post_logout_redirect_uri", BACK)],
        ),
        (
            "twice",
            vec![
                ("id_token_hint", &token),
                ("post_logout_redirect_uri", BACK),
                ("post_logout_redirect_uri", "https://evil.example/"),
            ],
        ),
    ];
    for (what, parameters) in &cases {
        let answer = service.look(&town, &browser, &path(parameters)).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}");
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(page.contains("ログアウトしてもよろしいですか"), "{what}: {page}");
        // The form that changes the language keeps our own address, escaped.
        assert!(
            !page.contains("//evil.example") && !page.contains("//yoyaku.example.jp"),
            "{what}: no way there: {page}"
        );
        assert!(!clears_cookie(&answer) && is_in(&mut other).await, "{what}");
        // Nobody is signed in: a page, and nobody is sent anywhere.
        let nobody = service.look(&town, &town.browser(JRP), &path(parameters)).await;
        assert_eq!(nobody.status, StatusCode::OK, "{what}: {:?}", nobody.header("location"));
        assert!(is_in(&mut other).await, "{what}: nothing ended");
    }
    // A hint about somebody else than the member who is signed in here.
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let mut hers = town.browser(JRP);
    crate::walk::first_login(&mut hers, &hanako, &mut town.phone()).await;
    let asked = path(&[("id_token_hint", &token), ("post_logout_redirect_uri", BACK)]);
    let answer = service.look(&town, &hers, &asked).await;
    assert!(!is_back(&answer) && is_in(&mut hers).await);
    // Ahead of the member's own click nothing ends.
    let mut fresh = holder.sign_in(&town).await;
    let token = id_token(&town, &service, &fresh).await;
    let asked = path(&[("id_token_hint", &token), ("post_logout_redirect_uri", BACK)]);
    let mut request = fresh.request(&Method::HEAD, &asked, None);
    request.headers_mut().insert("host", service.host.parse().unwrap());
    super::sent(&town.router, request).await;
    let mut request = fresh.request(&Method::GET, &asked, None);
    request.headers_mut().insert("host", service.host.parse().unwrap());
    request.headers_mut().insert("sec-purpose", "prefetch".parse().unwrap());
    super::sent(&town.router, request).await;
    assert!(is_in(&mut fresh).await);
    // The page that asks ends it, when it is told to.
    fresh.visit(&path(&[])).await.press("ログアウトする").await;
    assert!(!is_in(&mut fresh).await);
    browser.visit("/").await;
    town.close().await;
}

#[tokio::test]
async fn a_member_sees_what_services_are_told_and_takes_it_back() {
    let (town, service, holder, mut browser, _) = opened().await;
    browser.visit("/").await;
    assert!(browser.page().contains("href=\"/account/services\""), "the menu");
    let code = service.code(&town, &browser, &[]).await;
    let given = service.exchange(&town, &code, &[]).await.json();
    let waiting = service.code(&town, &browser, &[]).await;
    browser.visit("/account/services").await.is_at("/account/services", "使っているサービス");
    for told in ["健診予約", "株式会社よやく", "記号・番号", "生年月日"] {
        assert!(browser.text().contains(told), "{told}: {}", browser.text());
    }
    assert!(!browser.text().contains("べつの会社"), "not opened yet: {}", browser.text());
    // Another member's form takes nothing of this one's.
    let form = "client=yoyaku&whose=00000000-0000-0000-0000-000000000000";
    browser.post("/account/services", form).await;
    assert!(queue(&town).await.is_empty());

    browser.visit("/account/services").await.press("伝えるのをやめる (健診予約)").await;
    browser.is_at("/account/services", "使っているサービス");
    assert!(browser.text().contains("伝えるのをやめました") && !browser.text().contains("株式会社よやく"));
    assert_eq!(queue(&town).await.len(), 1, "the service's session ends");
    let read = service.user_info(&town, given["access_token"].as_str().unwrap()).await;
    assert_eq!(read.status, StatusCode::UNAUTHORIZED);
    let late = service.exchange(&town, &waiting, &[]).await;
    assert_eq!(late.json()["error"], "invalid_grant");
    assert!(is_in(&mut browser).await, "here the member stays signed in");
    browser.visit("/account/activity").await;
    assert!(browser.text().contains("「健診予約」に伝えるのをやめました"), "{}", browser.text());
    assert_eq!(browser.text().matches("「健診予約」を開きました").count(), 1, "{}", browser.text());

    // Next time it is told again, and it is the same person.
    browser.visit(&service.request(&[])).await;
    assert_eq!(browser.h1(), "「健診予約」を開きます");
    browser.press("開く").await;
    let code = super::parameter(&service.led_to(&browser), "code").unwrap();
    let again = service.exchange(&town, &code, &[]).await.json();
    let sub = |token: &serde_json::Value| {
        let body = token.as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        let claims: serde_json::Value =
            serde_json::from_slice(&BASE64URL_NOPAD.decode(body.as_bytes()).unwrap()).unwrap();
        (claims["sub"].clone(), claims["sid"].clone())
    };
    let ((before, old), (after, new)) = (sub(&given["id_token"]), sub(&again["id_token"]));
    assert_eq!(before, after);
    assert_ne!(old, new, "another session there");
    let words = town.trail(JRP, &town.member(JRP, &holder.who.login).await).await;
    assert_eq!(words.iter().filter(|word| *word == "sso-withdrawn").count(), 1);
    town.close().await;
}

/// The services of the stories, of which the first has a name in English.
fn with_english(text: String) -> String {
    with_own_service(text)
        .replace("label = \"健診予約\"\n", "label = \"健診予約\"\nlabel_en = \"Check-ups\"\n")
        .replace(
            "operator = \"株式会社よやく\"\n",
            "operator = \"株式会社よやく\"\noperator_en = \"Yoyaku Inc.\"\n",
        )
}

#[tokio::test]
async fn services_are_named_in_english_as_far_as_the_union_has_written_it() {
    let town = Town::edited(JRP, with_english).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = holder.sign_in(&town).await;
    browser.post("/language", "lang=en&back=%2F").await;
    assert!(browser.text_of(".tiles").contains("Check-ups"), "{}", browser.text());
    browser.visit(&service.request(&[])).await;
    assert_eq!(browser.h1(), "Opening “Check-ups”");
    assert!(browser.text().contains("This service is run by Yoyaku Inc."), "{}", browser.text());
    browser.press("Open").await.visit(&service.request_of("another", &[])).await;
    assert_eq!(browser.h1(), "Opening “べつの会社”");
    browser.press("Agree and open").await.visit("/account/services").await;
    assert_eq!(browser.texts_of("main li b:not([lang])"), ["Check-ups"]);
    assert_eq!(browser.texts_of("main li b[lang=ja]"), ["べつの会社"]);
    assert!(browser.text().contains("Run by Yoyaku Inc."), "{}", browser.text());
    browser.visit("/account/activity").await;
    assert!(browser.text().contains("You opened “Check-ups”"), "{}", browser.text());
    browser.visit("/help/settings").await;
    assert!(browser.has("main h3 a[href='/account/services']"), "{}", browser.text());
    browser.visit("/logout").await.press("Log out").await;
    assert_eq!(browser.h1(), "You are logged out");
    assert_eq!(browser.texts_of("main .banner a:not([lang])"), ["Check-ups"]);
    assert_eq!(browser.texts_of("main .banner a[lang=ja]"), ["べつの会社"]);
    town.close().await;
}
