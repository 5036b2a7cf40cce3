//! The end of a session as a page tells it (J11 of the threats; WCAG 2.2.1): a warning, a button that goes on, and nothing
//! lost when it comes all the same.

use serde_json::json;
use thirtyfour::Key;

use crate::account::signed_in;
use crate::authenticator::Authenticator;
use crate::browser::{Browser, Window, walk};
use crate::newcomer::{Member, NEW_PASSWORD};
use crate::portal::Portal;

const PROFILE: &str = "/account/profile";
const TYPED: &str = "hanako-2026";

#[test]
fn on_a_phone_whoever_is_warned_goes_on_and_whoever_is_late_loses_nothing() {
    walk("session_end/phone", Window::phone(), warned_and_late);
}

#[test]
fn on_a_pc_whoever_is_warned_goes_on_and_whoever_is_late_loses_nothing() {
    walk("session_end/desktop", Window::desktop(), warned_and_late);
}

#[test]
fn in_english_and_with_the_keyboard() {
    walk("session_end/english", Window::narrow(), async |browser| {
        let portal = Portal::open().await;
        signed_in(browser, &portal).await;
        open_profile(browser).await;
        browser.choose("言語", "English").await;
        browser.press("変更").await;
        browser.arrive(PROFILE, "Profile").await;
        browser.press_at("#user_id").await;
        wait(browser, &portal, 29).await;
        assert!(browser.text_at("[role=alert]").await.contains("You will be logged out soon."));
        browser.look("soon").await;
        assert_eq!(focused(browser).await, "user_id", "a warning takes nobody's place in the page");
        // The button is the next one after the page's own, and leads back to where she was.
        browser.run("document.querySelector('.ending button').focus(); arguments[0]();", vec![]).await;
        browser.type_keys(Key::Enter + "").await;
        gone(browser).await;
        assert_eq!(focused(browser).await, "user_id");
        wait(browser, &portal, 31).await;
        assert!(browser.text_at("[role=alert]").await.contains("you have been logged out"));
        browser.look("over").await;
        browser.press("To the login page").await;
        browser.arrive_with("back=profile").await;
    });
}

#[test]
fn a_server_out_of_reach_silences_no_warning_and_a_log_out_elsewhere_is_told_as_one() {
    walk("session_end/elsewhere", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        signed_in(browser, &portal).await;
        open_profile(browser).await;
        // A network that swallows what is sent: the page's own clock tells.
        let swallowing = "
            window.reached = window.fetch;
            window.fetch = (_, { signal }) =>
                new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
            arguments[0]();";
        browser.run(swallowing, vec![]).await;
        look_again(browser, 29).await;
        assert!(browser.text_at("[role=alert]").await.contains("まもなくログアウトします"));
        browser.press("続ける").await;
        browser.text_at(".wrong:not([hidden])").await;
        browser.look("not_reached").await;
        // So does the button that takes a form along: it waits until the form can be kept.
        browser.fill("ユーザID", TYPED).await;
        look_again(browser, 3).await;
        browser.text_at(".ending .kept:not([hidden])").await;
        browser.press("ログインの画面へ").await;
        browser.text_at(".ending .wrong:not([hidden])").await;
        assert_eq!(browser.standing_in("ユーザID").await, TYPED);

        let logging_out = "
            window.fetch = window.reached;
            fetch('/logout', { method: 'POST', redirect: 'manual' }).then(() => arguments[0]());";
        browser.run(logging_out, vec![]).await;
        look_again(browser, 0).await;
        // The page says what it knew until the answer is there.
        let told = async || {
            let told = browser.text_at("[role=alert]").await;
            Ok(told.contains("すでにログアウトしています").then_some(told))
        };
        let told = browser.until("a page that tells of the log-out".to_owned(), told).await;
        assert!(!told.contains("残ります"), "{told}");
        browser.look("ended").await;
    });
}

async fn warned_and_late(browser: &Browser) {
    let portal = Portal::open().await;
    let (member, phone) = signed_in(browser, &portal).await;
    open_profile(browser).await;
    browser.fill("ユーザID", TYPED).await;
    wait(browser, &portal, 29).await;
    assert!(browser.text_at("[role=alert]").await.contains("まもなくログアウトします"));
    browser.look("soon").await;
    browser.press("続ける").await;
    gone(browser).await;
    assert_eq!(browser.standing_in("ユーザID").await, TYPED);

    // Gone on in another tab, of which this one learns when it asks.
    wait(browser, &portal, 29).await;
    browser.text_at("[role=alert]").await;
    browser.run("fetch('/session', { method: 'POST' }).then(() => arguments[0]());", vec![]).await;
    look_again(browser, 0).await;
    gone(browser).await;

    wait(browser, &portal, 31).await;
    let over = browser.text_at("[role=alert]").await;
    assert!(
        over.contains("ログアウトしました") && over.contains("入力したものは、ログインのあとも残ります"),
        "{over}"
    );
    browser.look("over").await;
    browser.press("ログインの画面へ").await;
    come_back(browser, &member, &phone).await;
    assert_eq!(browser.standing_in("ユーザID").await, TYPED);
    browser.look("still_there").await;
    // That what was typed is kept is a status too, on the page before.
    browser.to_another_page(async || browser.press("変更").await).await;
    browser.text_at("[role=status]").await;
    assert_eq!(browser.standing_in("ユーザID").await, TYPED);
}

async fn open_profile(browser: &Browser) {
    browser.go(&format!("{}{PROFILE}", browser.origin().await)).await;
    browser.arrive(PROFILE, "プロフィール").await;
}

async fn come_back(browser: &Browser, member: &Member, phone: &Authenticator) {
    browser.arrive("/signin", "ログイン").await;
    assert_eq!(browser.standing_in("ユーザID").await, member.login);
    browser.look("signed_out").await;
    browser.fill("パスワード", NEW_PASSWORD).await;
    browser.press("ログイン").await;
    browser.arrive("/signin/totp", "ワンタイムパスワードの入力").await;
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.press("トップページへ").await;
    browser.arrive(PROFILE, "プロフィール").await;
}

/// So many minutes go by, for the program and for the page.
async fn wait(browser: &Browser, portal: &Portal, minutes: i64) {
    portal.let_pass(minutes).await;
    look_again(browser, minutes).await;
}

/// The page is looked at again, so many minutes later by its own clock.
async fn look_again(browser: &Browser, minutes: i64) {
    let script = "
        const now = Date.now;
        const later = arguments[0] * 60_000;
        Date.now = () => now.call(Date) + later;
        document.dispatchEvent(new Event('visibilitychange'));
        arguments[1]();";
    browser.run(script, vec![json!(minutes)]).await;
}

async fn gone(browser: &Browser) {
    let is_gone = async || Ok((!browser.has(".ending").await).then_some(()));
    browser.until("the warning to go".to_owned(), is_gone).await;
}

async fn focused(browser: &Browser) -> String {
    let id = browser.run("arguments[0](document.activeElement.id);", vec![]).await;
    id.as_str().unwrap_or_default().to_owned()
}
