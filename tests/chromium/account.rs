//! What members change themselves, in a real browser: every page of the settings on a phone and on a PC, by keyboard
//! alone, without JavaScript; and what the browser itself is told.

use thirtyfour::Key;

use crate::authenticator::Authenticator;
use crate::browser::{Browser, Window, walk};
use crate::keyring::Keyring;
use crate::newcomer::{Member, NEW_PASSWORD, code_in, go_to_set_up, log_out, newest_letter, sign_in};
use crate::portal::Portal;

const METHODS: (&str, &str) = ("/account/methods", "ログイン方法変更");
const PROFILE: (&str, &str) = ("/account/profile", "プロフィール");
const ANOTHER: &str = "Tsu8!ki-no-Yoru";

#[test]
fn on_a_phone_every_setting_is_changed() {
    walk("account/phone", Window::phone(), every_setting);
}

#[test]
fn on_a_pc_every_setting_is_changed() {
    walk("account/desktop", Window::desktop(), every_setting);
}

#[test]
fn on_the_narrowest_screen_every_setting_is_changed() {
    walk("account/narrow", Window::narrow(), every_setting);
}

#[test]
fn without_javascript_every_setting_is_changed() {
    walk("account/without_javascript", Window::desktop().without_javascript(), every_setting);
}

/// A member of jswkenpo with an authenticator app, signed in.
pub async fn signed_in(browser: &Browser, portal: &Portal) -> (Member, Authenticator) {
    let union = portal.at("jswkenpo");
    let member = Member::first_of(browser, portal, "jswkenpo").await;
    go_to_set_up(browser, Some(portal), &union, &member, "OTP認証").await;
    browser.press("スキャンできませんか？").await;
    let phone = Authenticator::with_key(&browser.text_at("#key").await);
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.press("実行").await;
    browser.arrive("/", "サービス").await;
    (member, phone)
}

/// Opens a page of the menu: behind ☰ on phones, in the upper centre on PCs (P-08).
async fn open(browser: &Browser, entry: &str) {
    if browser.has("header details.menu:not([open])").await && !browser.is_wide() {
        browser.press("メニュー").await;
        browser.look(&format!("menu_{entry}")).await;
    }
    browser.press(entry).await;
}

/// 「設定」: behind 「：」 on phones (S-06).
async fn set_up(browser: &Browser, kind: &str) {
    if !browser.is_wide() {
        browser.press_at(&format!("summary[aria-label='{kind}のメニュー']")).await;
        browser.look("dots").await;
    }
    browser.press(&format!("設定 ({kind})")).await;
}

async fn every_setting(browser: &Browser) {
    let portal = Portal::open().await;
    let (_, phone) = signed_in(browser, &portal).await;
    profile(browser).await;
    address(browser, &portal).await;
    apps(browser).await;
    password(browser).await;

    browser.press("ログイン中の端末").await;
    browser.arrive("/account/devices", "ログイン中の端末").await;
    assert!(browser.text_at("main").await.contains("この端末"));
    browser.look("devices").await;
    browser.press("最近の記録").await;
    browser.arrive("/account/activity", "最近の記録").await;
    browser.look("activity").await;
    browser.press_at("main .links a[href='/']").await;
    browser.arrive("/", "サービス").await;

    // The new user ID and the new password open the door, and the method that was chosen is set up behind the old one.
    log_out(browser).await;
    browser.press_at("#login").await;
    browser.fill("ユーザID", "hanako-2026").await;
    browser.fill("パスワード", ANOTHER).await;
    browser.press("ログイン").await;
    browser.arrive("/signin/totp", "ワンタイムパスワードの入力").await;
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.press("トップページへ").await;
    browser.arrive("/signin/setup/passkey", "セキュリティの設定").await;
}

async fn profile(browser: &Browser) {
    open(browser, "プロフィール変更").await;
    browser.arrive(PROFILE.0, PROFILE.1).await;
    browser.look("profile").await;
    browser.fill("ユーザID", "hana+ko").await;
    browser.press("変更").await;
    browser.text_at("[role=alert]").await;
    browser.look("profile_wrong").await;
    browser.fill("ユーザID", "hanako-2026").await;
    browser.press("変更").await;
    browser.text_at("[role=status]").await;
    assert_eq!(browser.standing_in("ユーザID").await, "hanako-2026");
    browser.look("profile_changed").await;
    browser.choose("認証方法", "生体認証").await;
    browser.press("変更").await;
    browser.arrive_with("done=set-up").await;
    browser.look("profile_set_up_at_sign_in").await;
    // In English, and back.
    browser.choose("言語", "English").await;
    browser.press("変更").await;
    browser.arrive(PROFILE.0, "Profile").await;
    for (path, name) in [
        ("/account/methods", "english_methods"),
        ("/account/devices", "english_devices"),
        ("/account/activity", "english_activity"),
        ("/account/email", "english_email"),
        ("/account/password", "english_password"),
        ("/account/methods/totp", "english_add_app"),
        ("/account/profile", "english_profile"),
    ] {
        browser.go(&format!("{}{path}", browser.origin().await)).await;
        browser.arrive_at(path).await;
        browser.look(name).await;
    }
    browser.choose("Language", "日本語").await;
    browser.press("Save").await;
    browser.arrive(PROFILE.0, PROFILE.1).await;
}

async fn address(browser: &Browser, portal: &Portal) {
    browser.press("Eメール変更").await;
    browser.arrive("/account/email", "メールアドレスの更新").await;
    browser.look("email").await;
    browser.fill("メールアドレス", "hanako.new@gmial.com").await;
    browser.press("実行").await;
    browser.is_told("「hanako.new@gmail.com」のまちがいではありませんか").await;
    browser.look("email_typo").await;
    browser.fill("メールアドレス", "hanako.new@example.com").await;
    browser.press("実行").await;
    browser.arrive("/account/email/confirm", "新しいメールアドレスの確認").await;
    browser.look("email_confirm").await;
    let back = browser.address().await;
    let code = code_in(&newest_letter(browser, portal).await);
    browser.go(&back).await;
    browser.fill("確認コード", &code).await;
    browser.press("実行").await;
    browser.arrive(PROFILE.0, PROFILE.1).await;
    assert!(browser.text_at("main").await.contains("hanako.new@example.com"));
    browser.look("email_changed").await;
}

async fn apps(browser: &Browser) {
    open(browser, "ログイン方法変更").await;
    browser.arrive(METHODS.0, METHODS.1).await;
    browser.look("methods").await;
    set_up(browser, "認証アプリ").await;
    browser.arrive("/account/methods/totp", "ワンタイムパスワードの設定").await;
    browser.look("add_app").await;
    browser.press("スキャンできませんか？").await;
    let tablet = Authenticator::with_key(&browser.text_at("#key").await);
    browser.fill("ワンタイムパスワード", &tablet.code()).await;
    browser.fill("デバイス名", "タブレット").await;
    browser.press("実行").await;
    browser.arrive(METHODS.0, METHODS.1).await;
    browser.look("methods_added").await;
    browser.press("名前の変更 (タブレット)").await;
    browser.arrive_under("/account/apps/", "デバイスの名前の変更").await;
    browser.look("rename").await;
    browser.fill("デバイス名", "居間のタブレット").await;
    browser.press("OK").await;
    browser.arrive(METHODS.0, METHODS.1).await;
    browser.press("削除 (居間のタブレット)").await;
    browser.arrive_under("/account/apps/", "認証方法の削除").await;
    browser.look("remove").await;
    browser.press("削除する").await;
    browser.arrive(METHODS.0, METHODS.1).await;
    assert!(!browser.text_at("main").await.contains("居間のタブレット"));
    browser.look("methods_removed").await;
}

async fn password(browser: &Browser) {
    browser.press("更新 (パスワード)").await;
    browser.arrive("/account/password", "パスワードの更新").await;
    browser.fill("パスワード", NEW_PASSWORD).await;
    browser.fill("パスワード確認用", NEW_PASSWORD).await;
    browser.press("実行").await;
    browser.text_at("[role=alert]").await;
    browser.look("password_is_current").await;
    browser.fill("パスワード", ANOTHER).await;
    browser.fill("パスワード確認用", ANOTHER).await;
    browser.look("password").await;
    browser.press("実行").await;
    browser.arrive(METHODS.0, METHODS.1).await;
    browser.look("password_changed").await;
}

#[test]
fn the_browser_forgets_a_passkey_that_was_deleted_and_learns_a_new_user_id() {
    walk("account/signals", Window::desktop(), async |browser| {
        let portal = Portal::open().await;
        let keyring = Keyring::built_in(browser).await;
        let (_, _) = signed_in(browser, &portal).await;
        open(browser, "ログイン方法変更").await;
        browser.arrive(METHODS.0, METHODS.1).await;
        set_up(browser, "生体認証").await;
        browser.arrive("/account/methods/passkey", "セキュリティの設定").await;
        browser.press("次へ").await;
        browser.arrive_under("/account/passkeys/", "このデバイスに名前を付けてください").await;
        browser.fill("デバイス名", "はなこの携帯").await;
        browser.press("OK").await;
        browser.arrive(METHODS.0, METHODS.1).await;
        // The page says at once which passkeys are registered.
        keyring.was_told("signalAllAcceptedCredentials").await;
        assert_eq!(keyring.passkeys().await.len(), 1, "what is registered stays");

        open(browser, "プロフィール変更").await;
        browser.arrive(PROFILE.0, PROFILE.1).await;
        browser.fill("ユーザID", "hanako-2026").await;
        browser.press("変更").await;
        browser.text_at("[role=status]").await;
        browser
            .until("the passkey under its new name".to_owned(), async || {
                let held = keyring.passkeys().await;
                Ok(held.iter().any(|passkey| passkey["userName"] == "hanako-2026").then_some(()))
            })
            .await;
        assert_eq!(keyring.passkeys().await.len(), 1, "under the new name alone");

        open(browser, "ログイン方法変更").await;
        browser.press("削除 (はなこの携帯)").await;
        browser.arrive_under("/account/passkeys/", "認証方法の削除").await;
        browser.press("削除する").await;
        browser.arrive(METHODS.0, METHODS.1).await;
        keyring.is_empty().await;
    });
}

#[test]
fn the_settings_are_changed_by_keyboard_alone() {
    walk("account/keyboard", Window::desktop(), async |browser| {
        let portal = Portal::open().await;
        signed_in(browser, &portal).await;
        // From the skip link through the menu to the page.
        reach(browser, "ログイン方法変更").await;
        browser.type_keys(Key::Enter + "").await;
        browser.arrive(METHODS.0, METHODS.1).await;
        reach(browser, "名前の変更 (認証アプリ)").await;
        browser.type_keys(Key::Enter + "").await;
        browser.arrive_under("/account/apps/", "デバイスの名前の変更").await;
        reach(browser, "device_name").await;
        browser.type_keys(Key::Control + "a").await;
        browser.type_keys("hanako's phone").await;
        browser.type_keys(Key::Enter + "").await;
        browser.arrive(METHODS.0, METHODS.1).await;
        assert!(browser.text_at("main").await.contains("hanako's phone"));
        reach(browser, "更新 (パスワード)").await;
        browser.type_keys(Key::Enter + "").await;
        browser.arrive("/account/password", "パスワードの更新").await;
        reach(browser, "password").await;
        browser.type_keys(ANOTHER).await;
        reach(browser, "password_confirm").await;
        browser.type_keys(ANOTHER).await;
        // The tick and the way back are reached too.
        let stops = reach(browser, "実行").await;
        assert!(stops.iter().any(|stop| stop == "sign_out_everywhere"), "{stops:?}");
        browser.type_keys(Key::Enter + "").await;
        browser.arrive(METHODS.0, METHODS.1).await;
        reach(browser, "ログイン中の端末").await;
        browser.type_keys(Key::Enter + "").await;
        browser.arrive("/account/devices", "ログイン中の端末").await;
        // A list is opened and chosen from by arrows, and the form is sent by Enter on its button.
        browser.go(&format!("{}/account/profile", browser.origin().await)).await;
        reach(browser, "user_id").await;
        browser.type_keys(Key::Control + "a").await;
        browser.type_keys("hanako-2026").await;
        reach(browser, "変更").await;
        browser.type_keys(Key::Enter + "").await;
        browser.text_at("[role=status]").await;
        assert_eq!(browser.standing_in("ユーザID").await, "hanako-2026");
    });
}

/// Presses Tab until that is reached: a field's name, or words. What was passed, each visible where it was (2.4.7).
async fn reach(browser: &Browser, wanted: &str) -> Vec<String> {
    let mut stops = Vec::new();
    loop {
        let stop = browser.tab().await.replace('\n', " ");
        stops.push(stop.clone());
        if stop == wanted {
            return stops;
        }
        assert!(stops.len() < 60, "Tab does not reach «{wanted}»: {stops:?}");
    }
}

#[test]
fn whoever_is_not_signed_in_comes_to_the_page_that_was_wanted() {
    walk("account/change_password", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        let (member, phone) = signed_in(browser, &portal).await;
        log_out(browser).await;
        browser.go(&format!("{}/.well-known/change-password", portal.at("jswkenpo"))).await;
        browser.arrive("/signin", "ログイン").await;
        browser.fill("ユーザID", &member.login).await;
        browser.fill("パスワード", NEW_PASSWORD).await;
        browser.press("ログイン").await;
        browser.arrive("/signin/totp", "ワンタイムパスワードの入力").await;
        browser.fill("ワンタイムパスワード", &phone.code()).await;
        browser.press("トップページへ").await;
        browser.arrive("/account/password", "パスワードの更新").await;
        // And who comes by the front page goes to the portal.
        log_out(browser).await;
        sign_in(browser, &member.login).await;
        browser.arrive("/signin/totp", "ワンタイムパスワードの入力").await;
    });
}
