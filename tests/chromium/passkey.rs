//! 生体認証 in a real browser: at every union registered, named, used, and a second one beside it; sheets that are
//! closed; the neighbour's page; by itself, where a union signs in so.

use crate::browser::{Browser, Window, walk};
use crate::keyring::Keyring;
use crate::newcomer::{Member, go_to_set_up, log_out, sign_in, unions};
use crate::portal::Portal;

#[test]
fn at_every_union_a_passkey_is_registered_named_and_used_on_a_phone() {
    walk("passkey/phone", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        for union in unions() {
            let keyring = Keyring::built_in(browser).await;
            register_and_return(browser, &portal, &keyring, &union).await;
            keyring.unplug().await;
        }
    });
}

#[test]
fn on_a_pc_a_second_passkey_goes_beside_the_first_and_a_closed_sheet_loses_nothing() {
    walk("passkey/desktop", Window::desktop(), async |browser| {
        let portal = Portal::open().await;
        let phone = Keyring::built_in(browser).await;
        let union = portal.at("jswkenpo");
        let member = Member::first_of(browser, &portal, "jswkenpo").await;
        go_to_set_up(browser, Some(&portal), &union, &member, "生体認証").await;

        // The question does not come through; the device has a trouble of its own: each is told as what it is.
        browser.run("window.fetch = () => Promise.reject(new TypeError()); arguments[0]();", vec![]).await;
        browser.press("次へ").await;
        browser.arrive("/signin/setup/passkey", "つながりませんでした").await;
        browser.look("unreachable").await;
        browser
            .run("window.fetch = async () => new Response('', { status: 429 }); arguments[0]();", vec![])
            .await;
        browser.press("再試行してください").await;
        browser.arrive("/signin/setup/passkey", "しばらくお待ちください").await;
        browser.look("busy").await;
        let refusing =
            "navigator.credentials.create = () => Promise.reject(new DOMException('', 'ConstraintError'));
            arguments[0]();";
        browser.run(refusing, vec![]).await;
        browser.press("再試行してください").await;
        browser.arrive("/signin/setup/passkey", "セキュリティーキー・エラー").await;
        assert!(
            browser.text_at("main").await.contains("先に、お使いの端末の「設定」で"),
            "no screen lock, perhaps"
        );

        // What was made but not taken is forgotten by the device.
        phone.forgets_to_verify().await;
        browser.press("再試行してください").await;
        browser.text_at("[data-passkey-unknown]").await;
        phone.is_empty().await;
        browser.look("not_taken").await;
        phone.unplug().await;
        let phone = Keyring::built_in(browser).await;

        // The sheet is closed: the page of the manual, and again with a fresh question. The tick stays away.
        assert!(browser.has("#sign_out_everywhere:checked").await);
        browser.press_at("label[for=sign_out_everywhere]").await;
        phone.recognises(false).await;
        browser.press("再試行してください").await;
        browser.text_at("[role=alert]:not([data-passkey-unknown])").await;
        browser.arrive("/signin/setup/passkey", "セキュリティーキー・エラー").await;
        assert!(browser.has("#sign_out_everywhere:not(:checked)").await);
        browser.press_at("details.more summary").await;
        let address = browser.text_at("details.more code").await;
        assert_eq!(address, format!("{union}/signin/setup/passkey"), "to leave LINE's own browser");
        browser.look("closed").await;
        phone.recognises(true).await;
        browser.press("再試行してください").await;
        browser.arrive_under("/account/passkeys/", "このデバイスに名前を付けてください").await;
        browser.press("キャンセル").await;
        browser.arrive("/", "サービス").await;

        // A second one, on a security key, from 「ログイン方法変更」.
        browser.press("ログイン方法変更").await;
        browser.arrive("/account/methods", "ログイン方法変更").await;
        browser.look("methods").await;
        browser.press("設定 (生体認証)").await;
        browser.arrive("/account/methods/passkey", "セキュリティの設定").await;
        browser.look("another").await;

        // The same device again is no error of anybody's.
        browser.press("次へ").await;
        browser.arrive("/account/methods/passkey", "この端末は登録ずみです").await;
        browser.look("already_here").await;
        phone.unplug().await;
        let stick = Keyring::on_usb(browser).await;
        browser.press("別の端末を登録する").await;
        browser.arrive_under("/account/passkeys/", "このデバイスに名前を付けてください").await;
        browser.fill("デバイス名", "かいしゃの鍵").await;
        browser.look("name").await;
        browser.press("OK").await;
        browser.arrive("/account/methods", "ログイン方法変更").await;
        assert!(browser.text_at("main").await.contains("かいしゃの鍵"));
        browser.look("methods_with_two").await;

        // Either lets the member in; a key that verifies nobody does not.
        log_out(browser).await;
        sign_in(browser, &member.login).await;
        browser.arrive("/signin/passkey", "生体認証の設定").await;
        browser.look("which").await;
        stick.forgets_to_verify().await;
        browser.press("次へ").await;
        browser.arrive("/signin/passkey", "セキュリティーキー・エラー").await;
        browser.look("refused").await;
        stick.unplug().await;
        let stick = Keyring::on_usb(browser).await;
        browser.press("再試行してください").await;
        browser.text_at("main [role=alert]:not(.bad)").await;
        browser.arrive("/signin/passkey", "生体認証の設定").await;
        assert!(stick.passkeys().await.is_empty(), "a strange key holds nothing of ours");
    });
}

#[test]
fn where_a_passkey_stands_alone_the_sign_in_page_offers_it_and_asks_nothing_else() {
    walk("passkey/alone", Window::phone(), async |browser| {
        let portal = Portal::open_with("tests/tenants").await;
        let union = portal.at("hinatakenpo");
        let keyring = Keyring::built_in(browser).await;
        let member = Member::first_of(browser, &portal, "hinatakenpo").await;
        go_to_set_up(browser, Some(&portal), &union, &member, "生体認証").await;
        browser.press("次へ").await;
        browser.arrive_under("/account/passkeys/", "このデバイスに名前を付けてください").await;
        browser.press("OK").await;
        browser.arrive("/", "サービス").await;
        log_out(browser).await;

        // The list under the field of the user ID: Chromium's own authenticator takes it up at once.
        browser.go(&format!("{union}/signin")).await;
        browser.arrive("/", "サービス").await;
        log_out(browser).await;

        // Nobody is there when the list asks; somebody is when the button does.
        keyring.attended(false).await;
        browser.go(&format!("{union}/signin")).await;
        browser.arrive("/signin", "ログイン").await;
        keyring.list_has_asked().await;
        browser.look("sign_in").await;
        keyring.attended(true).await;
        browser.press_or_be_taken("顔・指紋・画面ロックでログイン", "/").await;
        browser.arrive("/", "サービス").await;
        log_out(browser).await;

        // A sheet that is closed is told in words; the list that came to nothing is not.
        keyring.recognises(false).await;
        browser.go(&format!("{union}/signin")).await;
        browser.arrive("/signin", "ログイン").await;
        keyring.list_has_ended().await;
        assert!(!browser.has("[role=alert]").await);
        browser.fill("ユーザID", "hinata.no").await;
        browser.press_at("label[for=remember]").await;
        browser.press("顔・指紋・画面ロックでログイン").await;
        browser.text_at("[role=alert]").await;
        browser.arrive("/signin", "ログイン").await;
        assert_eq!(browser.standing_in("ユーザID").await, "hinata.no");
        assert!(browser.has("#remember:checked").await);
        browser.look("closed").await;
        keyring.unplug().await;

        // A passkey the union does not know (any more): told, and taken off the browser's list. Where the list finds it
        // before the button is pressed, the same is told.
        let keyring = Keyring::built_in(browser).await;
        keyring.attended(false).await;
        browser.go(&format!("{union}/signin")).await;
        browser.arrive("/signin", "ログイン").await;
        keyring.list_has_asked().await;
        keyring.remembers_a_strange_one("hinatakenpo.localhost").await;
        keyring.attended(true).await;
        browser.press_or_be_shown("顔・指紋・画面ロックでログイン", "[data-passkey-unknown]").await;
        browser.arrive("/signin", "ログイン").await;
        browser.look("unknown").await;
        keyring.is_empty().await;
    });
}

async fn register_and_return(browser: &Browser, portal: &Portal, keyring: &Keyring<'_>, union: &str) {
    let member = Member::first_of(browser, portal, union).await;
    go_to_set_up(browser, Some(portal), &portal.at(union), &member, "生体認証").await;
    browser.look(&format!("{union}_set_up")).await;
    browser.press("次へ").await;
    browser.arrive_under("/account/passkeys/", "このデバイスに名前を付けてください").await;
    browser.look(&format!("{union}_name")).await;
    assert_eq!(
        browser.standing_in("デバイス名").await,
        "Android",
        "proposed by what the browser says it runs on"
    );
    browser.fill("デバイス名", "わたしのスマホ").await;
    browser.press("OK").await;
    browser.arrive("/", "サービス").await;
    let held = keyring.passkeys().await;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["rpId"], format!("{union}.localhost"));
    assert_eq!(held[0]["isResidentCredential"], true, "Android would bind it to the handset");
    log_out(browser).await;

    sign_in(browser, &member.login).await;
    browser.arrive("/signin/passkey", "生体認証の設定").await;
    assert!(browser.text_at("main").await.contains("わたしのスマホ"));
    browser.look(&format!("{union}_passkey")).await;
    browser.press("次へ").await;
    browser.arrive("/", "サービス").await;
    log_out(browser).await;
}
