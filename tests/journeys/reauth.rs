//! Showing again who one is: 「続行するには再度認証してください」, before what may not be done from a forgotten screen (D11).

use jiff::SignedDuration;
use serde_json::json;

use crate::{
    passkey::{PROVE, SET_UP, with_passkey},
    passkey_more::one_more,
    rivals::together,
    town::{Authenticator, Browser, JSW, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_by_passkey, return_with, sign_in},
};

const REAUTH: &str = "/reauth";
const TITLE: &str = "続行するには再度認証してください";
const ADD: &str = "/account/methods/passkey";

/// A member who signed in with a passkey six minutes ago.
async fn a_while_ago() -> (Town, Newcomer, Authenticator, Browser) {
    let (town, hanako, mut device) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut device).await.is_at("/", "サービス");
    town.clock.advance(minutes(6));
    (town, hanako, device, browser)
}

/// The same with an authenticator app.
async fn a_while_ago_with_app() -> (Town, Newcomer, Phone, Browser) {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    first_login(&mut town.browser(JSW), &hanako, &mut phone).await;
    town.clock.advance(hours(24));
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    town.clock.advance(minutes(6));
    (town, hanako, phone, browser)
}

#[tokio::test]
async fn after_five_minutes_she_shows_her_passkey_again_and_goes_where_she_wanted() {
    let (town, hanako, mut device, mut browser) = a_while_ago().await;
    browser.visit("/account/methods").await.is_at("/account/methods", "ログイン方法変更");
    browser.visit(ADD).await.is_at(REAUTH, TITLE);
    assert!(browser.text().contains(&hanako.login), "whose password is asked: {}", browser.text());
    let old = browser.cookies["__Host-session"].clone();
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await.is_at(PROVE, "生体認証の設定");
    assert!(browser.has("main .links a[href='/account/methods']"), "who is signed in need not go on");
    browser.press_with("次へ", &mut device).await.is_at(ADD, "セキュリティの設定");
    // The cookie is a new one, and the old one is dead (A8).
    assert_ne!(browser.cookies["__Host-session"], old);
    assert!(!browser.cookies.contains_key("__Host-attempt"));
    let mut thief = town.browser(JSW);
    thief.cookies.insert("__Host-session".into(), old);
    assert!(!thief.visit("/").await.has(".tiles"));
    assert_eq!(town.count(JSW, "session-opened").await, 2, "the same session, renewed");
    assert_eq!(town.count(JSW, "session-fresh").await, 1);
    browser.press_with("次へ", &mut Authenticator::new(2)).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    town.close().await;
}

#[tokio::test]
async fn a_sign_in_counts_for_five_minutes_to_the_second() {
    let (town, hanako, mut device) = with_passkey().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut device).await;
    town.clock.advance(minutes(5) - SignedDuration::from_secs(1));
    browser.visit(ADD).await.is_at(ADD, "セキュリティの設定");
    browser.visit("/reauth?back=methods/passkey").await.is_at(ADD, "セキュリティの設定");
    let options = browser.options(ADD).await;
    town.clock.advance(SignedDuration::from_secs(1));
    browser.visit(ADD).await.is_at(REAUTH, TITLE);
    let (status, answer) = browser.fetch(&format!("{ADD}/options")).await;
    assert!(status != 200 && answer.get("publicKey").is_none(), "{status} {answer}");
    // Whoever was asked in time may take a while with the sheet.
    let answer = Authenticator::new(2).answer(&options, &browser.origin()).unwrap();
    browser.hand_in(ADD, &answer).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    town.close().await;
}

#[tokio::test]
async fn a_stolen_cookie_adds_nothing() {
    let (town, _, _, browser) = a_while_ago().await;
    let mut thief = town.browser(JSW);
    thief.cookies.clone_from(&browser.cookies);
    thief.visit("/").await.is_at("/", "サービス");
    let before = town.dump().await;
    let (status, _) = thief.fetch(&format!("{ADD}/options")).await;
    assert_ne!(status, 200);
    thief.post(ADD, "").await;
    assert_eq!((thief.path(), thief.status.as_u16()), (ADD, 422));
    assert_eq!(town.dump().await, before, "something was written");
    town.close().await;
}

#[tokio::test]
async fn a_passkey_holder_does_not_get_by_with_an_app() {
    let (town, hanako, mut device, mut browser) = a_while_ago().await;
    let member = town.member(JSW, &hanako.login).await;
    let app = town.second_device(JSW, &member, "むかしの携帯").await;
    browser.visit(ADD).await.is_at(REAUTH, TITLE);
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await.is_at(PROVE, "生体認証の設定");
    assert!(!browser.text().contains("ほかの方法で確認する"), "{}", browser.text());
    browser.visit("/signin/totp").await.is_at(PROVE, "生体認証の設定");
    let code = app.code();
    browser.post("/signin/totp", &format!("code={code}")).await.is_at(PROVE, "生体認証の設定");
    assert_eq!(town.count(JSW, "session-fresh").await, 0);
    browser.press_with("次へ", &mut device).await.is_at(ADD, "セキュリティの設定");
    town.close_with_rows_of_its_own().await;
}

#[tokio::test]
async fn at_sign_in_either_will_do() {
    let (town, hanako, mut device) = with_passkey().await;
    let member = town.member(JSW, &hanako.login).await;
    let app = town.second_device(JSW, &member, "むかしの携帯").await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(PROVE, "生体認証の設定");
    assert_eq!(browser.text_of("main a[href='/signin/totp']"), "ほかの方法で確認する");
    browser.visit("/signin/totp").await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    assert_eq!(browser.text_of("main a[href='/signin/passkey']"), "ほかの方法で確認する");
    browser.visit(PROVE).await.is_at(PROVE, "生体認証の設定");
    browser.visit("/signin/totp").await;
    let wrong = app.wrong_code();
    browser.fill("ワンタイムパスワード", &wrong).press("トップページへ").await;
    assert!(browser.errors()[0].contains("あと4回"), "{:?}", browser.errors());
    browser.fill("ワンタイムパスワード", &app.code()).press("トップページへ").await.is_at("/", "サービス");
    return_by_passkey(&mut town.browser(JSW), &hanako, &mut device).await.is_at("/", "サービス");
    town.close_with_rows_of_its_own().await;
}

#[tokio::test]
async fn an_app_holder_shows_a_code_and_may_then_add_a_passkey() {
    let (town, hanako, phone, mut browser) = a_while_ago_with_app().await;
    browser.visit(ADD).await.is_at(REAUTH, TITLE);
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
    browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
    let code = phone.code();
    browser
        .fill("ワンタイムパスワード", &code)
        .press("トップページへ")
        .await
        .is_at(ADD, "セキュリティの設定");
    let mut device = Authenticator::new(1);
    browser.press_with("次へ", &mut device).await;
    browser.press("OK").await.is_at("/account/methods", "ログイン方法変更");
    // From now on both ways lead in.
    town.clock.advance(minutes(5));
    let mut again = town.browser(JSW);
    sign_in(&mut again, &hanako.login, NEW_PASSWORD).await;
    again.visit(PROVE).await.is_at(PROVE, "生体認証の設定");
    again.press_with("次へ", &mut device).await.is_at("/", "サービス");
    let mut again = town.browser(JSW);
    sign_in(&mut again, &hanako.login, NEW_PASSWORD).await;
    again.visit("/signin/totp").await;
    again.fill("ワンタイムパスワード", &phone.code()).press("トップページへ").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_wrong_password_is_counted_with_those_of_the_sign_in_page() {
    let (town, hanako, _, mut browser) = a_while_ago().await;
    // The same browser, as the cookie has it, at the page for everybody.
    for _ in 0..3 {
        let mut signed_out = town.browser(JSW);
        let cookie = browser.cookies["__Host-device"].clone();
        signed_out.cookies.insert("__Host-device".into(), cookie);
        sign_in(&mut signed_out, &hanako.login, "Wrong-Password-1").await;
    }
    browser.visit(ADD).await;
    for _ in 0..2 {
        browser.fill("パスワード", "Wrong-Password-1").press("ログイン").await;
        assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (422, TITLE));
        let told = browser.errors();
        assert!(!told.iter().any(|told| told.contains("ユーザID")), "nobody asked for it: {told:?}");
    }
    assert!(browser.is_paused(), "{:?}", browser.errors());
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
    assert_eq!(browser.h1(), TITLE, "the pause holds for the right one too");
    browser.visit("/").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn five_wrong_codes_end_the_asking_and_not_the_session() {
    let (town, _, phone, mut browser) = a_while_ago_with_app().await;
    browser.visit(ADD).await;
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
    for _ in 0..5 {
        let wrong = phone.wrong_code();
        browser.fill("ワンタイムパスワード", &wrong).press("トップページへ").await;
    }
    browser.is_at(REAUTH, TITLE);
    assert!(
        browser.text().contains("下にパスワードを入力するところから始めてください"),
        "{}",
        browser.text()
    );
    browser.visit("/").await.is_at("/", "サービス");
    browser.visit(ADD).await.is_at(REAUTH, TITLE);
    town.close().await;
}

#[tokio::test]
async fn the_password_alone_makes_nothing_fresh_and_leads_nowhere_else() {
    let (town, _, mut device, mut browser) = a_while_ago().await;
    for back in ["https://evil.example/", "//evil.example", "/logout", "passkey%0d%0aX:y"] {
        browser.visit(&format!("/reauth?back={back}")).await.is_at(REAUTH, TITLE);
        let (path, form) = browser.form_of("ログイン");
        assert!(path == REAUTH && form.contains("back=methods"), "{back}: {path} {form}");
    }
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await.is_at(PROVE, "生体認証の設定");
    for page in [SET_UP, "/signin/setup/totp", "/signin/method?change=1", "/signin/terms"] {
        browser.visit(page).await.is_at(PROVE, "生体認証の設定");
    }
    browser.visit(ADD).await.is_at(REAUTH, TITLE);
    browser.visit("/").await.is_at("/", "サービス");
    browser.visit(PROVE).await.is_at(PROVE, "生体認証の設定");
    browser.press_with("次へ", &mut device).await.is_at("/account/methods", "ログイン方法変更");
    town.close().await;
}

#[tokio::test]
async fn what_makes_one_session_fresh_opens_no_other() {
    let (town, hanako, mut device, mut browser) = a_while_ago().await;
    browser.visit(ADD).await;
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await.is_at(PROVE, "生体認証の設定");
    let options = browser.options(PROVE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    // Somebody else's attempt at her door.
    let mut door = town.browser(JSW);
    sign_in(&mut door, &hanako.login, NEW_PASSWORD).await.is_at(PROVE, "生体認証の設定");
    door.hand_in(PROVE, &answer).await;
    assert_eq!(door.status, 422);
    // The attempt's cookie without the session's: the session that is renewed is not his.
    let mut thief = town.browser(JSW);
    thief.cookies.insert("__Host-attempt".into(), browser.cookies["__Host-attempt"].clone());
    let elsewhere = thief.options(PROVE).await;
    assert!(elsewhere["publicKey"]["challenge"].is_string());
    town.sql("DELETE FROM session").await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    browser.hand_in(PROVE, &answer).await.is_at("/signin", "ログイン");
    assert!(!browser.cookies.contains_key("__Host-session") || !browser.visit("/").await.has(".tiles"));
    assert_eq!(town.count(JSW, "session-opened").await, 2);
    town.close().await;
}

#[tokio::test]
async fn a_session_that_ran_out_meanwhile_is_not_brought_back() {
    let (town, _, mut device, mut browser) = a_while_ago().await;
    browser.visit(ADD).await;
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await.is_at(PROVE, "生体認証の設定");
    town.clock.advance(minutes(29));
    let options = browser.options(PROVE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    town.clock.advance(minutes(1));
    browser.hand_in(PROVE, &answer).await;
    assert!(!browser.visit("/").await.has(".tiles"));
    assert_eq!(town.count(JSW, "session-fresh").await, 0);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pressed_eight_times_at_once_the_session_is_renewed_once() {
    let (town, _, mut device, mut browser) = a_while_ago().await;
    browser.visit(ADD).await;
    browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
    let options = browser.options(PROVE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    let form = serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap();
    let presses: Vec<_> = (0..8).map(|_| (&browser, PROVE, form.clone())).collect();
    let answers = together(&town, &presses).await;
    assert_eq!(answers.iter().filter(|(_, _, entered)| *entered).count(), 1, "{answers:?}");
    assert_eq!(town.count(JSW, "session-fresh").await, 1);
    town.close().await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_sign_in() {
    let (town, hanako, mut device) = with_passkey().await;
    for page in
        ["/account/methods", ADD, REAUTH, "/account/passkeys/0192f000-0000-7000-8000-000000000000/name"]
    {
        town.browser(JSW).visit(page).await.is_at("/signin", "ログイン");
    }
    for path in [ADD, REAUTH, "/reauth/passkey"] {
        town.browser(JSW).hand_in(path, &json!({})).await.is_at("/signin", "ログイン");
    }
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut device).await;
    for page in ["not-an-id", "0192f000-0000-7000-8000-000000000000"] {
        assert_eq!(browser.visit(&format!("/account/passkeys/{page}/name")).await.status, 404, "{page}");
    }
    // Where a passkey is a second factor, none makes fresh by itself.
    town.clock.advance(minutes(6));
    let (status, options) = browser.fetch("/reauth/passkey/options").await;
    assert!(status != 200 && options.get("publicKey").is_none(), "{status} {options}");
    assert_eq!(browser.hand_in("/reauth/passkey", &json!({})).await.status, 404);
    town.close().await;
}

#[tokio::test]
async fn everything_she_has_is_listed_with_name_and_date() {
    let (town, hanako, mut device) = with_passkey().await;
    let member = town.member(JSW, &hanako.login).await;
    town.second_device(JSW, &member, "むかしの携帯").await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut device).await;
    one_more(&mut browser, &mut Authenticator::security_key(2)).await;
    browser.fill("デバイス名", "会社の鍵").press("OK").await;
    let text = browser.text();
    for word in ["基本認証", "パスワード", "二要素認証", "認証アプリ", "むかしの携帯", "生体認証", "会社の鍵"]
    {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(text.contains("2026年11月22日") && text.contains("2026年11月21日"), "{text}");
    assert_eq!(browser.text_of("main .links a[href='/']"), "ポータルに戻る");
    town.close().await;
}
