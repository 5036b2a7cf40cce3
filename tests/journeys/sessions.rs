//! Being signed in: what the cookie is worth, where, and how it ends.

use axum::{
    body::Body,
    http::{Method, Response},
};
use jiff::SignedDuration;
use serde_json::json;
use tower::ServiceExt as _;

use crate::{
    town::{Browser, JSW, MGC, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in, up_to},
};

/// A town with a member who has finished the first login a day ago.
async fn with_hanako() -> (Town, Newcomer, Phone) {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    first_login(&mut town.browser(JSW), &hanako, &mut phone).await;
    town.clock.advance(hours(24));
    (town, hanako, phone)
}

/// The bare answer to a form.
async fn answer_to(town: &Town, browser: &Browser, path: &str, form: &str) -> Response<Body> {
    let request = browser.request(&Method::POST, path, Some(form));
    town.router.clone().oneshot(request).await.unwrap()
}

/// The cookies that it sets, as a browser reads them.
async fn cookies_of(town: &Town, browser: &Browser, path: &str, form: &str) -> Vec<String> {
    let response = answer_to(town, browser, path, form).await;
    response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_cookie_ends_with_the_browser_unless_she_asked_to_be_remembered() {
    let (town, hanako, phone) = with_hanako().await;
    for (remember, ends) in [("", None), ("&remember=on", Some("; Max-Age=172800"))] {
        let mut browser = town.browser(JSW);
        let form = format!("username={}&password={NEW_PASSWORD}{remember}", hanako.login);
        let first = cookies_of(&town, &browser, "/signin", &form).await;
        assert!(first.len() == 1 && first[0].starts_with("__Host-attempt="), "{first:?}");
        assert!(!first[0].contains("Max-Age"), "an attempt ends with the browser: {first:?}");
        browser.post("/signin", &form).await;
        let code = phone.code();
        let second = cookies_of(&town, &browser, "/signin/totp", &format!("code={code}")).await;
        let session = second.iter().find(|line| line.starts_with("__Host-session=")).unwrap();
        match ends {
            Some(age) => assert!(session.ends_with(age), "{session}"),
            None => assert!(!session.contains("Max-Age"), "{session}"),
        }
        let attempt = second.iter().find(|line| line.starts_with("__Host-attempt=")).unwrap();
        assert!(attempt.contains("Max-Age=0"), "{attempt}");
        town.clock.advance(minutes(5));
    }
    town.close().await;
}

#[tokio::test]
async fn a_union_that_takes_remembering_away_ends_what_was_remembered() {
    let (mut town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await;
    browser.fill("ユーザID", &hanako.login).fill("パスワード", NEW_PASSWORD).tick("ログイン状態の保存");
    browser.press("ログイン").await;
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.is_at("/", "サービス");
    town.restart(JSW, |text| text + "\n[session]\nremember_hours = 0\n");
    let mut after = town.browser(JSW);
    after.cookies.clone_from(&browser.cookies);
    assert!(!after.visit("/").await.has(".tiles"));
    after.visit("/signin").await.is_at("/signin", "ログイン");
    assert!(!after.page().contains("ログイン状態の保存"));
    town.close().await;
}

#[tokio::test]
async fn whoever_is_locked_by_staff_is_out_at_the_next_request() {
    let (town, hanako, phone) = with_hanako().await;
    let (mut inside, mut on_the_way) = (town.browser(JSW), town.browser(JSW));
    return_with(&mut inside, &hanako, &phone).await.is_at("/", "サービス");
    sign_in(&mut on_the_way, &hanako.login, NEW_PASSWORD).await;
    town.clock.advance(minutes(1));
    let code = phone.code();
    town.sql("UPDATE member SET locked_at = imported_at").await;
    assert!(!inside.visit("/").await.has(".tiles"));
    inside.visit("/logout").await.is_at("/signin", "ログイン");
    on_the_way.fill("ワンタイムパスワード", &code).press("トップページへ").await;
    on_the_way.is_at("/signin", "ログイン");
    assert!(!on_the_way.cookies.contains_key("__Host-session"));
    sign_in(&mut town.browser(JSW), &hanako.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    // And in again when staff let go.
    town.sql("UPDATE member SET locked_at = NULL").await;
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

/// What a page is told of the session's end.
fn told(browser: &Browser) -> serde_json::Value {
    assert_eq!((browser.status.as_u16(), browser.path()), (200, "/session"));
    serde_json::from_str(browser.page()).unwrap()
}

#[tokio::test]
async fn whoever_presses_to_go_on_stays_and_whoever_only_waits_does_not() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    assert!(browser.has("[data-seconds='1800'][data-warning='120'][data-may-go-on='true']"));
    town.clock.advance(minutes(28));
    // Asking moves nothing, however often.
    let before = town.dump().await;
    for _ in 0..2 {
        assert_eq!(told(browser.visit("/session").await), json!({ "seconds": 120, "may_go_on": true }));
    }
    assert_eq!(town.dump().await, before, "a visit was noted");
    assert_eq!(told(browser.post("/session", "").await), json!({ "seconds": 1800, "may_go_on": true }));
    town.clock.advance(minutes(29));
    assert_eq!(told(browser.visit("/session").await), json!({ "seconds": 60, "may_go_on": true }));
    browser.visit("/").await.is_at("/", "サービス");

    town.clock.advance(minutes(28));
    told(browser.visit("/session").await);
    town.clock.advance(minutes(2));
    town.clock.advance(SignedDuration::from_secs(1));
    let before = town.dump().await;
    assert_eq!(told(browser.visit("/session").await), json!({ "seconds": 0, "may_go_on": false }));
    browser.post("/session", "").await.is_at("/signin", "ログイン");
    assert_eq!(town.dump().await, before, "what is over stays over");
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    town.close().await;
}

#[tokio::test]
async fn a_press_moves_the_end_however_short_ago_the_last_visit_was() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    town.clock.advance(SignedDuration::from_secs(59));
    assert_eq!(told(browser.post("/session", "").await)["seconds"], 1800);
    assert_eq!(told(browser.visit("/session").await)["seconds"], 1800);
    town.close().await;
}

#[tokio::test]
async fn nobody_goes_on_past_the_absolute_end() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    for _ in 0..35 {
        town.clock.advance(minutes(20));
        told(browser.post("/session", "").await);
    }
    town.clock.advance(minutes(10));
    assert_eq!(told(browser.post("/session", "").await), json!({ "seconds": 600, "may_go_on": false }));
    assert!(browser.visit("/account/profile").await.has("[data-seconds='600'][data-may-go-on='false']"));
    town.clock.advance(minutes(10));
    browser.post("/session", "").await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn the_end_of_a_remembered_session_is_its_absolute_one() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await;
    browser.fill("ユーザID", &hanako.login).fill("パスワード", NEW_PASSWORD).tick("ログイン状態の保存");
    browser.press("ログイン").await;
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.is_at("/", "サービス");
    town.clock.advance(hours(2));
    assert_eq!(told(browser.post("/session", "").await), json!({ "seconds": 22 * 3600, "may_go_on": false }));
    town.close().await;
}

#[tokio::test]
async fn only_the_sessions_own_browser_goes_on_with_it() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    browser.post("/session", "").await.is_at("/signin", "ログイン");
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    // Another union's, and a page that only wears the name.
    let mut other = town.browser(MGC);
    other.cookies.clone_from(&browser.cookies);
    other.visit("/session").await.is_at("/signin", "ログイン");
    other.post("/session", "").await.is_at("/signin", "ログイン");
    // Neither a neighbour's page nor one without an origin.
    town.clock.advance(minutes(28));
    let before = town.dump().await;
    for (site, origin) in [("same-site", "https://mgckenpo.portal.kosmo-web.jp"), ("none", "null")] {
        let mut request = browser.request(&Method::POST, "/session", Some(""));
        request.headers_mut().insert("sec-fetch-site", site.parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        assert_eq!(town.router.clone().oneshot(request).await.unwrap().status(), 403, "{site}");
    }
    assert_eq!(town.dump().await, before, "a visit was noted");
    // The link of a page that found itself logged out comes back to it.
    let link = browser.visit("/account/profile?done=changed").await.page().to_owned();
    assert!(link.contains("href=\"/signin?back=profile\""));
    assert!(browser.visit("/help").await.has("[data-seconds]"));
    assert!(
        !other.visit("/help").await.has("[data-seconds]"),
        "whoever is not signed in has no end to wait for"
    );
    town.close().await;
}

#[tokio::test]
async fn a_picture_in_a_foreign_page_logs_nobody_out() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await;
    browser.visit("/logout").await.is_at("/logout", "ログアウトしてもよろしいですか？");
    browser.visit("/").await.is_at("/", "サービス");
    // Twice is as good as once, and clears no sibling union's cookies.
    let (path, form) = browser.visit("/logout").await.form_of("ログアウトする");
    let kept = browser.cookies.clone();
    for _ in 0..2 {
        browser.cookies.clone_from(&kept);
        let answer = answer_to(&town, &browser, &path, &form).await;
        assert_eq!(answer.headers()["clear-site-data"], "\"cache\", \"storage\"");
        browser.post(&path, &form).await.is_at("/", "日本製鋼所健康保険組合加入者ページ");
        // What is left lets nobody in.
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-device", "__Host-lang"]);
    }
    assert_eq!(town.count(JSW, "session-ended").await, 1);
    town.close().await;
}

#[tokio::test]
async fn an_attempt_of_a_member_with_a_factor_lasts_half_an_hour() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    town.clock.advance(minutes(29));
    browser.visit("/signin/totp").await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    town.clock.advance(minutes(1));
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.is_at("/signin", "ログイン");
    assert!(browser.text().contains("時間がたったため、もう一度ログインしてください。"));
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    // The code was not used up by that.
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_new_sign_in_ends_the_attempt_this_browser_was_on() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    let mut copied = town.browser(JSW);
    copied.cookies.clone_from(&browser.cookies);
    sign_in(&mut browser, &hanako.login, &hanako.password).await;
    copied.visit("/signin/terms").await.is_at("/signin", "ログイン");
    browser.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn new_terms_stand_between_the_code_and_the_portal() {
    let (mut town, hanako, phone) = with_hanako().await;
    town.restart(JSW, |text| text.replace("\"2025-09-18\"                 # 変", "\"2026-12-01\" # 変"));
    assert_eq!(town.tenant(JSW).terms.version, "2026-12-01");
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/signin/terms", "利用規約");
    assert!(browser.text().contains("利用規約が変わりました"), "{}", browser.text());
    assert!(!browser.cookies.contains_key("__Host-session"));
    browser.visit("/").await;
    assert!(!browser.has(".tiles"));
    browser.visit("/signin/terms").await.press("同意しない").await;
    assert_eq!(browser.h1(), "利用規約に同意されませんでした");
    assert!(browser.cookies.is_empty());
    town.clock.advance(minutes(1));
    return_with(&mut browser, &hanako, &phone).await.is_at("/signin/terms", "利用規約");
    browser.press("同意する").await.is_at("/", "サービス");
    town.clock.advance(minutes(1));
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    assert_eq!(town.count(JSW, "terms-accepted").await, 2);
    assert_eq!(town.count(JSW, "terms-declined").await, 1);
    town.close().await;
}

#[tokio::test]
async fn she_agrees_to_the_terms_she_was_shown_and_to_no_others() {
    let mut town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    let (path, form) = browser.form_of("同意する");
    town.restart(JSW, |text| text.replace("\"2025-09-18\"                 # 変", "\"2026-12-01\" # 変"));
    let mut after = town.browser(JSW);
    after.cookies.clone_from(&browser.cookies);
    after.post(&path, &form).await.is_at("/signin/terms", "利用規約");
    assert_eq!(town.count(JSW, "terms-accepted").await, 0);
    after.press("同意する").await.is_at("/signin/method", "ユーザIDの変更・認証方法の設定");
    let entry = town.whole_trail(JSW).await.into_iter().find(|row| row.event == "terms-accepted").unwrap();
    assert!(entry.detail.contains("2026-12-01"), "{}", entry.detail);
    town.close().await;
}

const PAGES: [&str; 11] = [
    "/signin",
    "/signin/birthdate",
    "/signin/terms",
    "/signin/method",
    "/signin/password",
    "/signin/email",
    "/signin/done",
    "/signin/setup/totp",
    "/signin/totp",
    "/signin/setup/passkey",
    "/signin/passkey",
];

const FORMS: [(&str, &str); 9] = [
    ("/signin/birthdate", "birthdate=19801201"),
    ("/signin/terms", "answer=agree"),
    ("/signin/method", "user_id=another-id-1&method=app-otp"),
    ("/signin/password", "password=Tsu8!ki-no-Yoru&password_confirm=Tsu8!ki-no-Yoru"),
    ("/signin/email", "email=evil%40example.jp"),
    ("/signin/setup/totp", "code=123456&device_name=x"),
    ("/signin/totp", "code="),
    ("/signin/setup/passkey", "credential=%7B%7D"),
    ("/signin/passkey", "credential=%7B%7D"),
];

#[tokio::test]
async fn with_the_password_alone_no_page_but_the_codes_opens() {
    let (town, hanako, _) = with_hanako().await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    let before = town.dump().await;
    for page in PAGES.into_iter().filter(|page| *page != "/signin") {
        browser.visit(page).await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    }
    for page in ["/signin/method?change=1", "/signin/setup/totp?manual=1"] {
        browser.visit(page).await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    }
    for (path, form) in FORMS {
        browser.post(path, form).await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    }
    browser.visit("/logout").await.is_at("/signin", "ログイン");
    assert!(!browser.visit("/").await.has(".tiles"));
    assert_eq!(town.dump().await, before, "something was written");
    town.close().await;
}

#[tokio::test]
async fn whoever_is_in_finds_no_page_of_the_way_in() {
    let (town, hanako, phone) = with_hanako().await;
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    let before = town.dump().await;
    for page in PAGES {
        browser.visit(page).await.is_at("/", "サービス");
    }
    for (path, form) in FORMS {
        browser.post(path, form).await.is_at("/", "サービス");
    }
    assert_eq!(town.dump().await, before, "something was written");
    town.close().await;
}
