//! 「パスワードを忘れた方」: every kind of member, from the question to a new password, by link and by code.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;

use crate::{
    town::{Authenticator, Browser, JSW, Newcomer, Phone, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

/// What replaces the forgotten one.
pub const NEWER_PASSWORD: &str = "Tsu8!ki-no-Yoru";
pub const ASK: &str = "/recovery/password";
pub const CODE: &str = "/recovery/password/code";
pub const WAY: &str = "/recovery/password/way";

/// A town with Hanako, who finished first login with an app a day ago, and the browser she is still signed in with.
pub async fn with_hanako(town: Town) -> (Town, Newcomer, Phone, Browser) {
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(1));
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    town.clock.advance(minutes(10));
    (town, hanako, phone, browser)
}

/// Tells the portal of a forgotten password.
pub async fn ask(browser: &mut Browser, login: &str) {
    browser.visit(ASK).await.is_at(ASK, "パスワードを忘れた方はこちら");
    browser.fill("ユーザID", login).press("実行").await;
    assert_eq!(browser.path(), "/recovery/password/sent", "{}", browser.text());
    assert!(
        browser.text().contains("詳細な手順を記載したメールをすぐに受信してください"),
        "{}",
        browser.text()
    );
}

/// Opens the newest mail's link in this browser, and presses its button.
pub async fn open_link(town: &Town, browser: &mut Browser) {
    let link = town.newest_mail("recovery").await.link();
    browser.visit(&link).await.is_at(&link, "パスワードをリセット");
    browser.press("パスワードをリセット").await.is_at("/signin/birthdate", "生年月日の入力");
}

/// Asks, opens the link in the same browser and answers the birth date.
pub async fn up_to_way(town: &Town, browser: &mut Browser, who: &Newcomer) {
    // Letters of one instant wait in no order.
    town.clock.advance(SignedDuration::from_secs(1));
    ask(browser, &who.login).await;
    open_link(town, browser).await;
    browser.fill("生年月日", who.born).press("実行").await;
}

/// Sets the new password on the page that asks for it.
pub async fn replace_password(browser: &mut Browser) {
    browser.is_at("/signin/password", "パスワードの更新");
    assert!(browser.text().contains("パスワードを変更する必要があります。"), "{}", browser.text());
    browser.fill("パスワード", NEWER_PASSWORD).fill("パスワード確認用", NEWER_PASSWORD).press("実行").await;
    assert!(browser.errors().is_empty(), "{:?}", browser.errors());
}

/// Proves the app on the page that asks for it.
pub async fn show_app(browser: &mut Browser, phone: &Phone) {
    browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await;
}

/// Whether that page leads elsewhere for this browser.
pub async fn is_closed(browser: &mut Browser, path: &str) -> bool {
    browser.visit(path).await;
    browser.path() != path || browser.status != StatusCode::OK
}

#[tokio::test]
async fn hanako_has_her_phone_and_only_the_password_changes() {
    let (town, hanako, phone, mut old) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.is_at(WAY, "ご本人の確認");
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    // The old one is refused, whatever the union's file says.
    browser.fill("パスワード", NEW_PASSWORD).fill("パスワード確認用", NEW_PASSWORD).press("実行").await;
    assert!(browser.errors()[0].contains("今のパスワードと同じです"), "{:?}", browser.errors());
    town.clock.advance(SignedDuration::from_secs(90));
    browser.visit("/signin/password").await;
    let mut later = town.browser(JSW);
    later.cookies.clone_from(&browser.cookies);
    later.visit("/signin/password").await;
    replace_password(&mut later).await;
    later.is_at("/", "サービス");

    old.visit("/").await;
    assert!(!old.page().contains("健保 花子"), "every session has ended");
    sign_in(&mut old, &hanako.login, NEW_PASSWORD).await;
    assert!(old.errors()[0].contains("無効なユーザIDまたはパスワードです。"));
    sign_in(&mut old, &hanako.login, NEWER_PASSWORD).await;
    show_app(&mut old, &phone).await;
    old.is_at("/", "サービス");

    let told = town.newest_mail("recovered").await;
    assert_eq!(told.to, "hanako@example.jp");
    let trail = town.trail(JSW, &town.member(JSW, &hanako.login).await).await;
    let at = trail.iter().position(|word| word == "recovery-asked").unwrap();
    assert_eq!(
        trail[at..at + 9],
        [
            "recovery-asked",
            "recovery-begun",
            "birth-date-accepted",
            "recovery-way",
            "factor-proven",
            "password-set",
            "signed-out-everywhere",
            "password-recovered",
            "session-opened"
        ]
    );
    town.close().await;
}

#[tokio::test]
async fn the_code_goes_on_in_the_browser_that_asked_and_keeps_the_factor() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let code = town.newest_mail("recovery").await.code();
    let link = town.newest_mail("recovery").await.link();
    let typed = format!("{} {}", &code[..3], &code[3..]);
    browser.visit(CODE).await.is_at(CODE, "確認コードの入力");
    browser.fill("確認コード", &typed).press("実行").await.is_at("/signin/birthdate", "生年月日の入力");
    assert!(!browser.cookies.contains_key("__Host-recovery"), "the code was used up");
    browser.fill("生年月日", hanako.born).press("実行").await.is_at(WAY, "ご本人の確認");
    // Codes are talked out of people by phone: a lost factor needs the link.
    assert!(!browser.has("button[value='1']"));
    browser.post(WAY, "lost=1").await.is_at(WAY, "ご本人の確認");
    assert!(browser.errors()[0].contains("確認コードでは進めません"), "{:?}", browser.errors());
    for path in ["/signin/setup/totp", "/signin/setup/passkey", "/signin/password"] {
        browser.visit(path).await.is_at(WAY, "ご本人の確認");
    }
    browser.visit(&link).await;
    assert_eq!(browser.status, 410, "link and code are one");
    browser.visit(WAY).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_passkey_is_shown_and_kept() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut device) = (town.browser(JSW), Authenticator::new(1));
    first_login(&mut browser, &hanako, &mut device).await;
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await.is_at("/signin/passkey", "生体認証の設定");
    browser.press_with("次へ", &mut device).await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    assert_eq!(town.count(JSW, "factor-removed").await, 0);
    sign_in(&mut town.browser(JSW), &hanako.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn with_several_factors_any_but_the_mailed_code_will_do() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    town.sql("UPDATE member SET mail_code_at = imported_at, method = 'email-otp'").await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.is_at(WAY, "ご本人の確認");
    browser.press("登録した認証方法で確認する").await;
    assert!(is_closed(&mut browser, "/signin/mail-code").await, "mail is one channel, not two");
    browser.visit("/signin/totp").await;
    show_app(&mut browser, &phone).await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    assert!(town.member(JSW, &hanako.login).await.mail_code_at.is_some(), "what is held is kept");
    town.close().await;
}

#[tokio::test]
async fn mail_alone_leads_to_a_password_and_to_no_session() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    first_login(&mut town.browser(JSW), &hanako, &mut town.phone()).await;
    let opened = town.count(JSW, "session-opened").await;
    town.sql("DELETE FROM totp").await;
    town.sql("UPDATE member SET mail_code_at = imported_at, method = 'email-otp'").await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    for path in [WAY, "/signin/totp", "/signin/setup/totp", "/signin/setup/passkey", "/signin/mail-code"] {
        assert!(is_closed(&mut browser, path).await, "{path}");
    }
    browser.visit("/signin/password").await;
    replace_password(&mut browser).await;
    browser.is_at("/signin", "ログイン");
    assert!(browser.text().contains("パスワードを変更しました"), "{}", browser.text());
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    assert!(!browser.cookies.contains_key("__Host-session"));
    browser.visit("/signin/password").await.is_at("/signin", "ログイン");
    assert_eq!(town.count(JSW, "session-opened").await, opened);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    assert!(browser.errors()[0].contains("無効なユーザIDまたはパスワードです。"));
    town.close().await;
}

#[tokio::test]
async fn a_member_who_never_finished_first_login_goes_on_where_it_stopped() {
    let town = Town::open().await;
    let taro = town.taro(JSW).await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &taro).await;
    replace_password(&mut browser).await;
    browser.is_at("/signin", "ログイン");
    assert_eq!(town.count(JSW, "session-opened").await, 0);
    // The printed password is gone with it.
    sign_in(&mut browser, &taro.login, &taro.password).await;
    assert!(browser.errors()[0].contains("無効なユーザIDまたはパスワードです。"));
    let mut again = Newcomer { password: NEWER_PASSWORD.into(), ..taro.clone() };
    sign_in(&mut browser, &taro.login, NEWER_PASSWORD).await.is_at("/signin/birthdate", "生年月日の入力");
    again.login.clone_from(&taro.login);
    let headings = first_login(&mut browser, &again, &mut town.phone()).await;
    assert!(!headings.contains(&"パスワードの更新".to_owned()), "{headings:?}");
    town.close().await;
}

#[tokio::test]
async fn a_password_that_never_got_its_factor_lives_again() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    crate::walk::up_to(&mut town.browser(JSW), &hanako, &mut town.phone(), "初回ログインが完了しました")
        .await;
    town.clock.advance(hours(24 * 15));
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at("/signin", "ログイン");
    up_to_way(&town, &mut browser, &hanako).await;
    replace_password(&mut browser).await;
    sign_in(&mut browser, &hanako.login, NEWER_PASSWORD)
        .await
        .is_at("/signin/setup/totp", "ワンタイムパスワードの設定");
    town.close().await;
}

#[tokio::test]
async fn what_was_set_up_by_whoever_read_the_mail_is_told() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let (mut browser, mut new) = (town.browser(JSW), Authenticator::new(7));
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("機種変更や紛失などで使えない").await;
    browser.is_at("/signin/setup/totp", "ワンタイムパスワードの設定");
    // 「ほかの認証方法を選ぶ」: another kind than before.
    browser.visit("/signin/method").await;
    assert!(!browser.has("[value='email-otp']"));
    browser
        .choose("認証方法", "passkey")
        .press("実行")
        .await
        .is_at("/signin/setup/passkey", "セキュリティの設定");
    browser.press_with("次へ", &mut new).await;
    for kind in ["factor-removed", "passkey-added"] {
        assert_eq!(town.newest_mail(kind).await.to, "hanako@example.jp");
    }
    browser.visit("/signin/password").await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    let mut back = town.browser(JSW);
    let who = Newcomer { password: NEWER_PASSWORD.into(), ..hanako.clone() };
    sign_in(&mut back, &who.login, NEWER_PASSWORD).await.is_at("/signin/passkey", "生体認証の設定");
    back.press_with("次へ", &mut new).await.is_at("/", "サービス");
    back.visit("/signin/totp").await;
    assert_ne!(back.path(), "/signin/totp");
    town.close().await;
}

#[tokio::test]
async fn finished_in_one_browser_the_other_is_where_it_was() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let (mut asked, mut opened) = (town.browser(JSW), town.browser(JSW));
    ask(&mut asked, &hanako.login).await;
    open_link(&town, &mut opened).await;
    opened.fill("生年月日", hanako.born).press("実行").await;
    opened.press("登録した認証方法で確認する").await;
    for path in [WAY, "/signin/password", "/signin/totp", "/"] {
        asked.visit(path).await;
        assert!(!asked.page().contains("健保 花子") && asked.path() != path || path == "/", "{path}");
    }
    show_app(&mut opened, &phone).await;
    replace_password(&mut opened).await;
    opened.is_at("/", "サービス");
    assert_eq!(asked.cookies.len(), 1, "nothing but the cookie of its question: {:?}", asked.cookies);
    asked.visit("/").await;
    assert!(!asked.page().contains("健保 花子"));
    let code = town.newest_mail("recovery").await.code();
    asked.visit(CODE).await.fill("確認コード", &code).press("実行").await.is_at(CODE, "確認コードの入力");
    town.close().await;
}

#[tokio::test]
async fn of_two_recoveries_the_one_that_finishes_ends_the_other() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browsers = [town.browser(JSW), town.browser(JSW)];
    for browser in &mut browsers {
        up_to_way(&town, browser, &hanako).await;
        browser.press("登録した認証方法で確認する").await;
        town.clock.advance(minutes(1));
    }
    let [first, second] = &mut browsers;
    show_app(first, &phone).await;
    replace_password(first).await;
    first.is_at("/", "サービス");
    second.visit("/signin/totp").await.is_at("/signin", "ログイン");
    let request = second.request(&Method::POST, WAY, Some("lost=1"));
    second.send(request).await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn who_takes_too_long_begins_again_with_the_user_id_filled_in() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    town.clock.advance(minutes(30));
    browser.press("登録した認証方法で確認する").await.is_at(ASK, "パスワードを忘れた方はこちら");
    assert!(browser.errors()[0].contains("時間がたったため"), "{:?}", browser.errors());
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    browser.press("実行").await;
    open_link(&town, &mut browser).await;
    browser.fill("生年月日", hanako.born).press("実行").await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    replace_password(&mut browser).await;
    return_by(&town, &hanako, &phone).await;
    town.close().await;
}

/// The new password and the kept app open the door, a minute later.
async fn return_by(town: &Town, who: &Newcomer, phone: &Phone) {
    town.clock.advance(minutes(1));
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &who.login, NEWER_PASSWORD).await;
    show_app(&mut browser, phone).await;
    browser.is_at("/", "サービス");
}

#[tokio::test]
async fn a_reset_ends_the_pause_and_no_other_count() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    for _ in 0..5 {
        sign_in(&mut town.browser(JSW), &hanako.login, "wrong-password").await;
    }
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    assert!(browser.is_paused(), "{:?}", browser.errors());
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    replace_password(&mut browser).await;
    return_by(&town, &hanako, &phone).await;
    town.close().await;
}
