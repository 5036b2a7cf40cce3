//! How old a proof may be, and what a browser that signs in anew leaves behind (D29).

use crate::{
    holder::{Held, Holder, JRP},
    passkey_alone::{self, ALONE},
    recovery::{replace_password, show_app, up_to_way, with_hanako},
    town::{Authenticator, Browser, JSW, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, answer, first_login, return_by_passkey, sign_in, up_to},
};

const SENSITIVE: &str = "/account/password";

/// Whether the browser is asked again who it is.
async fn is_asked_again(browser: &mut Browser) -> bool {
    browser.visit(SENSITIVE).await;
    match browser.path() {
        "/reauth" => true,
        SENSITIVE => false,
        other => panic!("{other}: {}", browser.text()),
    }
}

#[tokio::test]
async fn a_password_of_28_minutes_ago_makes_no_sign_in_fresh() {
    for held in [Held::App, Held::Passkey, Held::MailCode] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        let mut browser = town.browser(JRP);
        sign_in(&mut browser, &holder.who.login, &holder.password).await;
        town.clock.advance(minutes(28));
        if held == Held::MailCode {
            // The code of the first mail is dead by now.
            browser.press("再送信").await;
        }
        holder.show(&town, &mut browser).await;
        browser.is_at("/", "サービス");
        assert!(is_asked_again(&mut browser).await, "{held:?}");
        holder.show_again(&town, &mut browser).await;
        browser.is_at(SENSITIVE, "パスワードの更新");
        town.close().await;
    }
}

#[tokio::test]
async fn proofs_are_as_old_as_the_older_of_the_two() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, &holder.password).await;
    town.clock.advance(minutes(3));
    holder.show(&town, &mut browser).await;
    assert!(!is_asked_again(&mut browser).await);
    town.clock.advance(minutes(2));
    assert!(is_asked_again(&mut browser).await, "the code is 2 minutes old, the password 5");
    town.close().await;
}

#[tokio::test]
async fn whoever_takes_too_long_to_show_again_is_told_and_asked_once_more() {
    for held in [Held::App, Held::Passkey] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        let mut browser = holder.signed_in_a_while_ago(&town).await;
        browser.visit("/account/email").await;
        browser.fill("パスワード", NEW_PASSWORD).press("ログイン").await;
        town.clock.advance(minutes(28));
        holder.show(&town, &mut browser).await;
        browser.is_at("/reauth", "続行するには再度認証してください");
        assert!(browser.errors()[0].contains("5分がたちました"), "{:?}", browser.errors());
        assert!(is_asked_again(&mut browser).await);
        browser.visit("/reauth?back=email").await;
        holder.show_again(&town, &mut browser).await;
        browser.is_at("/account/email", "メールアドレスの更新");
        town.close().await;
    }
}

#[tokio::test]
async fn a_first_login_and_a_recovery_that_took_long_make_nothing_fresh() {
    // Password at minute 0, the app at minute 28, on the last page of a first login.
    let town = Town::open().await;
    let who = town.taro(JRP).await;
    let (mut browser, mut phone) = (town.browser(JRP), town.phone());
    up_to(&mut browser, &who, &mut phone, "ワンタイムパスワードの設定").await;
    town.clock.advance(minutes(28));
    browser.visit("/signin/setup/totp?manual=1").await;
    phone.scan(&browser);
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("実行").await;
    browser.is_at("/", "サービス");
    assert!(is_asked_again(&mut browser).await, "first login");
    town.close().await;

    // The factor at minute 0, the new password at minute 28.
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    town.clock.advance(minutes(28));
    browser.visit("/signin/password").await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    assert!(is_asked_again(&mut browser).await, "recovery");
    town.close().await;
}

/// A town with a member who has a passkey, at a union where one may stand alone.
async fn with_passkey_alone() -> (Town, Newcomer, Authenticator) {
    let town = Town::edited(JSW, passkey_alone::alone).await;
    let hanako = town.hanako(JSW).await;
    let mut device = Authenticator::new(1);
    first_login(&mut town.browser(JSW), &hanako, &mut device).await;
    town.clock.advance(hours(24));
    (town, hanako, device)
}

#[tokio::test]
async fn a_passkey_shown_alone_counts_for_both_and_no_password_before_it() {
    let (town, hanako, mut device) = with_passkey_alone().await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await.press_with("顔・指紋・画面ロックでログイン", &mut device).await;
    browser.is_at("/", "サービス");
    assert!(!is_asked_again(&mut browser).await);
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    town.clock.advance(minutes(28));
    browser.press_with("次へ", &mut device).await.is_at("/", "サービス");
    assert!(is_asked_again(&mut browser).await);
    town.close().await;
}

/// A copy of what the browser holds now.
fn copy(town: &Town, browser: &Browser, slug: &str) -> Browser {
    let mut copy = town.browser(slug);
    copy.cookies.clone_from(&browser.cookies);
    copy
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.visit("/").await.has(".tiles")
}

#[tokio::test]
async fn signing_in_anew_ends_the_session_this_browser_had() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut elsewhere = holder.sign_in(&town).await;
    let mut browser = holder.sign_in(&town).await;
    let mut thief = copy(&town, &browser, JRP);
    assert!(is_in(&mut thief).await);
    let form = format!("username={}&password={}", holder.who.login, holder.password);
    browser.post("/signin", &form).await;
    assert!(is_in(&mut thief).await, "a password alone ends nothing");
    holder.show(&town, browser.visit("/signin/totp").await).await;
    assert!(is_in(&mut browser).await);
    assert!(!is_in(&mut thief).await, "the copied cookie");
    assert!(is_in(&mut elsewhere).await, "other devices stay");
    assert_eq!(town.count(JRP, "session-replaced").await, 1);
    town.close().await;
}

#[tokio::test]
async fn so_does_another_member_of_the_family_and_a_first_login() {
    let town = Town::open().await;
    let mut taro = Holder::of(&town, Held::App).await;
    let mut browser = taro.sign_in(&town).await;
    let mut his = copy(&town, &browser, JRP);
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let mut phone = town.phone();
    let form = format!("username={}&password={}", hanako.login, hanako.password);
    browser.post("/signin", &form).await;
    let mut who = hanako.clone();
    while browser.h1() != "サービス" {
        if answer(&mut browser, &who, &mut phone).await == "パスワードの更新" {
            who.password = NEW_PASSWORD.into();
        }
    }
    assert!(!is_in(&mut his).await, "his session, whose cookie is gone");
    browser.visit("/").await;
    assert!(browser.page().contains("健保 花子"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn so_does_a_recovery() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let taro = town.taro(JSW).await;
    let (mut browser, mut his_phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &taro, &mut his_phone).await;
    let mut his = copy(&town, &browser, JSW);
    // She recovers where he is signed in.
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    assert!(is_in(&mut his).await);
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    assert!(!is_in(&mut his).await, "his session in the browser in which she recovered");
    town.close().await;
}

#[tokio::test]
async fn so_does_a_passkey_alone() {
    let (town, hanako, mut device) = with_passkey_alone().await;
    let mut browser = town.browser(JSW);
    return_by_passkey(&mut browser, &hanako, &mut device).await.is_at("/", "サービス");
    let mut thief = copy(&town, &browser, JSW);
    let options = browser.options(ALONE).await;
    let answer = device.get(&options, &browser.origin()).unwrap();
    browser.hand_in(ALONE, &answer).await.is_at("/", "サービス");
    assert!(!is_in(&mut thief).await);
    town.close().await;
}
