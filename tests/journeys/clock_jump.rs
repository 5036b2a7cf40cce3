//! A clock that nobody may believe (R24): codes and links wait until the clocks have agreed for a minute, at no cost, and
//! everything else goes on.

use std::sync::Arc;

use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use kenpo_portal::{
    domain::clock::ClockDoubt,
    web::health::{ShutdownFlag, router},
    world::{Clock as _, SystemClock},
};
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder, JRP},
    known_browser::signed_out,
    on_postgres,
    recovery::{CODE, ask, with_hanako},
    town::{Browser, JSW, Town},
    walk::{NEW_PASSWORD, sign_in, up_to},
};

const CODE_PAGE: &str = "/signin/totp";
const MAIL_HEADING: &str = "ワンタイムパスワード (OTP) メール認証";

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

/// The clock is set, and looked at before and after, as the service does every few seconds.
fn jump(town: &Town, by: SignedDuration) {
    town.app.portal().clock_doubt();
    town.clock.jump(by);
    assert!(town.app.portal().clock_doubt().is_some());
}

/// Told to come back in a minute, by a page with the union's phone.
fn is_put_off(browser: &Browser, what: &str) {
    assert_eq!(browser.status, 503, "{what}: {}", browser.text());
    assert_eq!(browser.headers["retry-after"], "60", "{what}");
    assert_eq!(browser.h1(), "時刻を確かめています", "{what}");
    assert!(browser.has("a[href^='tel:']"), "{what}: {}", browser.page());
}

async fn ready(internal: &Router) -> (u16, String) {
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    let response = internal.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test]
async fn a_code_of_an_app_waits_until_the_clocks_agree_and_costs_no_try() {
    for by in [-3600, -10, 10] {
        let (town, hanako, phone, mut inside) = with_hanako(Town::open().await).await;
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD)
            .await
            .is_at(CODE_PAGE, "ワンタイムパスワードの入力");
        jump(&town, seconds(by));
        let guards = town.rows("guard").await;
        for _ in 0..8 {
            browser.post(CODE_PAGE, &format!("code={}", phone.code())).await;
            is_put_off(&browser, "a right code");
            browser.post(CODE_PAGE, &format!("code={}", phone.wrong_code())).await;
            is_put_off(&browser, "a wrong code");
        }
        assert_eq!(town.rows("guard").await, guards, "{by}");
        // Whoever is in stays in, and a password is looked at as ever.
        inside.visit("/").await.is_at("/", "サービス");
        sign_in(&mut town.browser(JSW), &hanako.login, NEW_PASSWORD)
            .await
            .is_at(CODE_PAGE, "ワンタイムパスワードの入力");
        town.clock.advance(seconds(59));
        browser.post(CODE_PAGE, &format!("code={}", phone.code())).await;
        is_put_off(&browser, "59 seconds later");
        town.clock.advance(seconds(1));
        browser.post(CODE_PAGE, &format!("code={}", phone.code())).await.is_at("/", "サービス");
        town.close().await;
    }
}

#[tokio::test]
async fn an_hour_ahead_and_back_keeps_nobody_out_and_lets_nobody_in_twice() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    let code = phone.code();
    browser.post(CODE_PAGE, &format!("code={code}")).await.is_at("/", "サービス");
    // The code of an hour later is taken by nobody meanwhile: the step that was used last stays what it was.
    jump(&town, seconds(3600));
    let apps = town.rows("totp").await;
    let mut other = town.browser(JSW);
    sign_in(&mut other, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    other.post(CODE_PAGE, &format!("code={}", phone.code())).await;
    is_put_off(&other, "an hour ahead");
    assert_eq!(town.rows("totp").await, apps);
    jump(&town, seconds(-3600));
    town.clock.advance(seconds(61));
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    browser.post(CODE_PAGE, &format!("code={code}")).await;
    assert_eq!(browser.status, 422, "what was used stays used: {}", browser.text());
    browser.post(CODE_PAGE, &format!("code={}", phone.code())).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn mailed_codes_links_and_a_first_code_wait_as_well() {
    // Setting up an app.
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    phone.scan(browser.visit("/signin/setup/totp?manual=1").await);
    jump(&town, seconds(-10));
    browser.post("/signin/setup/totp", &format!("code={}&device_name=phone", phone.code())).await;
    is_put_off(&browser, "a first code");
    town.clock.advance(seconds(60));
    browser.post("/signin/setup/totp", &format!("code={}&device_name=phone", phone.code())).await;
    assert_eq!(town.count(JSW, "factor-added").await, 1, "{}", browser.text());
    town.close().await;

    // A mailed code.
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::MailCode).await;
    let mut browser = town.browser(JRP);
    sign_in(&mut browser, &holder.who.login, NEW_PASSWORD).await;
    let code = town.mailbox().code_for(&holder.who.email).await;
    jump(&town, seconds(10));
    browser.post("/signin/mail-code", &format!("code={code}")).await;
    is_put_off(&browser, "a mailed code");
    town.clock.advance(seconds(60));
    browser.post("/signin/mail-code", &format!("code={code}")).await.is_at("/", "サービス");
    town.close().await;

    // A forgotten password, by link and by code.
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let (link, code) =
        (town.newest_mail("recovery").await.link(), town.mailbox().code_for(&hanako.email).await);
    jump(&town, seconds(-10));
    is_put_off(browser.visit(&link).await, "a link that is looked at");
    is_put_off(browser.post(&link, "").await, "a link that is used");
    is_put_off(browser.post(CODE, &format!("code={code}")).await, "a code of a forgotten password");
    town.clock.advance(seconds(60));
    browser.post(CODE, &format!("code={code}")).await.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn pauses_and_mails_of_an_hour_ahead_are_over_once_the_clock_is_right() {
    for ahead in [3600, 86_400] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::MailCode).await;
        let hers = holder.sign_in(&town).await;
        let (login, email) = (holder.who.login.clone(), holder.who.email.clone());
        town.clock.advance(seconds(120));
        jump(&town, seconds(ahead));
        // Passwords are looked at meanwhile: strangers bring a pause, and her own fingers one in her browser.
        for _ in 0..6 {
            sign_in(&mut town.browser(JRP), &login, "wrong-password").await;
            sign_in(&mut signed_out(&town, JRP, &hers), &login, "wrong-password").await;
        }
        // A link is mailed, and a code.
        ask(&mut town.browser(JRP), &login).await;
        let link = town.newest_mail("recovery").await.link();
        town.clock.advance(seconds(60));
        let mut hers_again = signed_out(&town, JRP, &hers);
        sign_in(&mut hers_again, &login, NEW_PASSWORD).await.is_at("/signin/mail-code", MAIL_HEADING);
        let old = town.mailbox().code_for(&email).await;
        jump(&town, seconds(-ahead));
        town.clock.advance(seconds(61));

        for browser in [&mut town.browser(JRP), &mut signed_out(&town, JRP, &hers)] {
            sign_in(browser, &login, NEW_PASSWORD).await.is_at("/signin/mail-code", MAIL_HEADING);
        }
        // The next letter does not wait for the link of an hour ahead.
        ask(&mut town.browser(JRP), &login).await;
        let letters = town.mail_of("recovery").await;
        assert!(letters.len() == 2 && letters.iter().any(|letter| letter.link() != link), "{ahead}");
        // The code is dead; another one is mailed at once.
        hers_again.post("/signin/mail-code", &format!("code={old}")).await;
        assert_eq!(hers_again.status, 422, "{ahead}: {}", hers_again.text());
        let codes = async || {
            let mut codes = Vec::new();
            for letter in town.mail_of("mail-code").await {
                codes.push(letter.code());
            }
            codes
        };
        let before = codes().await;
        hers_again.post("/signin/mail-code", "resend=1").await;
        let new = codes().await.into_iter().find(|code| !before.contains(code)).unwrap();
        hers_again.post("/signin/mail-code", &format!("code={new}")).await.is_at("/", "サービス");
        town.close().await;
    }
}

#[tokio::test]
async fn links_and_codes_of_an_hour_ahead_are_good_for_nothing() {
    for ahead in [3600, 86_400] {
        let (town, hanako, _, _) = with_hanako(Town::open().await).await;
        let taro = town.taro(JRP).await;
        jump(&town, seconds(ahead));
        let mut asks = town.browser(JSW);
        ask(&mut asks, &hanako.login).await;
        let mail = town.newest_mail("recovery").await;
        let code = town.mailbox().code_for(&hanako.email).await;
        up_to(&mut town.browser(JRP), &taro, &mut town.phone(), "メールアドレスの確認").await;
        let confirm = town.mailbox().link_for(&taro.email).await;
        jump(&town, seconds(-ahead));
        town.clock.advance(seconds(61));

        // As soon as the clock is believed, and when their own time has come.
        for wait in [0, ahead] {
            town.clock.advance(seconds(wait));
            for (union, link) in [(JSW, mail.link()), (JRP, confirm.clone())] {
                let mut browser = town.browser(union);
                browser.visit(&link).await;
                assert!(!browser.has("main form button"), "{ahead} {wait} {link}: {}", browser.text());
                browser.post(&link, "").await;
                assert_eq!(browser.status, 410, "{ahead} {wait} {link}: {}", browser.text());
            }
            asks.post(CODE, &format!("code={code}")).await;
            assert_eq!(asks.status, 422, "{ahead} {wait}: {}", asks.text());
            town.purge().await;
        }
        assert_eq!(town.count(JSW, "recovery-begun").await, 0);
        town.close().await;
    }
}

#[tokio::test]
async fn a_passkey_is_no_matter_of_the_clock() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::Passkey).await;
    jump(&town, seconds(-10));
    holder.sign_in(&town).await;
    town.close().await;
}

#[tokio::test]
async fn readiness_is_red_until_the_clocks_have_agreed_for_a_minute() {
    let town = Town::open().await;
    let internal = router(town.app.clone(), ShutdownFlag::default());
    assert_eq!(ready(&internal).await.0, 200);
    town.clock.advance(seconds(5));
    jump(&town, seconds(3600));
    let (status, said) = ready(&internal).await;
    assert!(status == 503 && said.contains("the clock jumped by 3600 s"), "{said}");
    town.clock.advance(seconds(59));
    assert_eq!(ready(&internal).await.0, 503);
    town.clock.advance(seconds(1));
    assert_eq!(ready(&internal).await, (200, "ready\n".into()));
    town.close().await;
}

#[tokio::test]
async fn before_the_database_was_asked_for_its_time_a_node_is_not_ready() {
    let town = Town::open().await;
    // The machine's clock, which is PostgreSQL's here; of SQLite it is asked what it knows of the time.
    let app = town.node_with(Arc::new(SystemClock));
    let internal = router(app.clone(), ShutdownFlag::default());
    let mut browser = town.browser_at(app.router(), JSW);
    let link = format!("/recovery/password/link/{}", "A".repeat(43));
    let (status, said) = ready(&internal).await;
    assert!(status == 503 && said.contains("the clock was not compared with the database's yet"), "{said}");
    is_put_off(browser.visit(&link).await, "a link before the clocks were compared");
    assert_eq!(ready(&internal).await.0, 503, "asking for readiness compares nothing");
    assert_eq!(app.portal().watch_clock().await.unwrap(), None);
    assert_eq!(ready(&internal).await.0, 200);
    browser.visit(&link).await;
    assert_ne!(browser.status, 503, "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn the_database_s_clock_is_asked_where_it_has_one() {
    let town = Town::open().await;
    let portal = town.app.portal();
    let Some(said) = town.store().time().await.unwrap() else {
        assert!(!on_postgres());
        assert_eq!(portal.watch_clock().await.unwrap(), None, "SQLite has the machine's clock");
        return town.close().await;
    };
    town.clock.advance(
        said.duration_since(Timestamp::UNIX_EPOCH) - town.clock.now().duration_since(Timestamp::UNIX_EPOCH),
    );
    // While the test runs, the database's clock goes on and the town's stands still.
    town.clock.advance(seconds(-3600));
    let doubt = portal.watch_clock().await.unwrap();
    assert!(matches!(doubt, Some(ClockDoubt::Apart(by)) if by >= seconds(3600)), "{doubt:?}");
    town.clock.advance(seconds(7200));
    let doubt = portal.watch_clock().await.unwrap();
    assert!(matches!(doubt, Some(ClockDoubt::Apart(by)) if by < seconds(0)), "{doubt:?}");
    town.close().await;
}
