//! How strongly a member is signed in: what services are told of it, wish for and demand.

use axum::http::StatusCode;
use jiff::SignedDuration;
use kenpo_portal::world::Clock as _;
use serde_json::{Value, json};

use super::{Relying, codes::claims, parameter, with_own_service};
use crate::{
    holder::{Held, Holder, JRP, add_app},
    town::{Browser, Town, minutes},
};

const MAIL: &str = "urn:kenpo-portal:acr:mail";
const APP: &str = "https://refeds.org/profile/mfa";
const PASSKEY: &str = "phr";

/// The union's file, with one line more for its own service.
fn with_line(line: &'static str) -> impl FnOnce(String) -> String {
    move |text| {
        let operator = "operator = \"株式会社よやく\"\n";
        let text = with_own_service(text);
        assert_eq!(text.matches(operator).count(), 1);
        text.replace(operator, &format!("{operator}{line}\n"))
    }
}

/// What the service is told with a code of that address.
async fn told(town: &Town, service: &Relying, address: &str) -> Value {
    let code = parameter(address, "code").unwrap_or_else(|| panic!("no code: {address}"));
    let given = service.exchange(town, &code, &[]).await;
    assert_eq!(given.status, StatusCode::OK, "{:?}", given.body);
    claims(town, JRP, given.json()["id_token"].as_str().unwrap()).await
}

/// The same for whoever is known to the service, with those wishes.
async fn told_at_once(town: &Town, service: &Relying, browser: &Browser, wishes: &[(&str, &str)]) -> Value {
    let answer = service.look(town, browser, &service.request(wishes)).await;
    told(town, service, answer.header("location")).await
}

/// The error that a service is told without a page.
async fn silent_error(town: &Town, service: &Relying, browser: &Browser) -> Option<String> {
    let answer = service.look(town, browser, &service.request(&[("prompt", "none")])).await;
    parameter(answer.header("location"), "error")
}

#[tokio::test]
async fn a_service_is_told_what_was_shown_and_when() {
    for (held, acr, amr) in [
        (Held::MailCode, MAIL, json!(["pwd", "otp"])),
        (Held::App, APP, json!(["pwd", "otp", "mfa"])),
        (Held::Passkey, PASSKEY, json!(["pop", "user", "mfa"])),
        // Whoever has more is told of by what was shown.
        (Held::MailCodeAndApp, MAIL, json!(["pwd", "otp"])),
        (Held::AppAndPasskey, APP, json!(["pwd", "otp", "mfa"])),
    ] {
        let town = Town::edited(JRP, with_own_service).await;
        let service = Relying::new(&town).await;
        let mut holder = Holder::of(&town, held).await;
        let mut browser = service.known(&town, &mut holder).await;
        let signed_in = town.clock.now().as_second();
        town.clock.advance(minutes(3));
        let told = told_at_once(&town, &service, &browser, &[]).await;
        assert_eq!((&told["acr"], &told["amr"]), (&json!(acr), &amr), "{held:?}");
        assert_eq!(told["auth_time"], json!(signed_in), "{held:?}: not when the code was made");
        // A password without what belongs to it lifts nothing.
        town.clock.advance(minutes(3));
        browser.visit("/account/methods/totp").await.is_at("/reauth", "続行するには再度認証してください");
        browser.fill("パスワード", &holder.password).press("ログイン").await;
        assert_ne!(browser.path(), "/reauth", "{}", browser.text());
        let after = told_at_once(&town, &service, &browser, &[]).await;
        assert_eq!((&after["acr"], &after["auth_time"]), (&told["acr"], &told["auth_time"]), "{held:?}");
        town.close().await;
    }
}

#[tokio::test]
async fn a_wish_is_met_by_whoever_can_and_else_the_answer_is_true() {
    for (held, wish, expected, is_asked) in [
        (Held::AppAndPasskey, PASSKEY, PASSKEY, true),
        (Held::MailCodeAndApp, APP, APP, true),
        (Held::AppAndPasskey, APP, APP, false),
        (Held::App, PASSKEY, APP, false),
        (Held::MailCode, "https://refeds.org/profile/mfa phr", MAIL, false),
        (Held::MailCodeAndPasskey, "urn:nobody:knows", MAIL, false),
    ] {
        let town = Town::edited(JRP, with_own_service).await;
        let service = Relying::new(&town).await;
        let mut holder = Holder::of(&town, held).await;
        let mut browser = service.known(&town, &mut holder).await;
        // Silently, what is.
        let silent =
            told_at_once(&town, &service, &browser, &[("acr_values", wish), ("prompt", "none")]).await;
        if !is_asked {
            let told = told_at_once(&town, &service, &browser, &[("acr_values", wish)]).await;
            assert_eq!(told["acr"], expected, "{held:?} {wish}");
            assert_eq!(told["auth_time"], silent["auth_time"]);
            town.close().await;
            continue;
        }
        town.clock.advance(SignedDuration::from_secs(5));
        browser.visit(&service.request(&[("acr_values", wish)])).await;
        holder.show_again(&town, &mut browser).await;
        let told = told(&town, &service, &service.led_to(&browser)).await;
        assert_eq!(told["acr"], expected, "{held:?} {wish}");
        assert!(told["auth_time"].as_i64() > silent["auth_time"].as_i64(), "{told} {silent}");
        // From then on the session is one of that strength.
        let later = told_at_once(&town, &service, &browser, &[]).await;
        assert_eq!(later["acr"], expected);
        town.close().await;
    }
}

#[tokio::test]
async fn what_a_service_demands_is_shown_before_it_opens() {
    let town = Town::edited(JRP, with_line("require_acr = \"mfa\"")).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::MailCodeAndApp).await;
    let mut browser = holder.sign_in(&town).await;
    assert_eq!(silent_error(&town, &service, &browser).await.as_deref(), Some("login_required"));
    browser.visit(&service.request(&[])).await;
    holder.show_again(&town, &mut browser).await;
    assert_eq!(browser.h1(), "「健診予約」を開きます");
    browser.press("開く").await;
    assert_eq!(told(&town, &service, &service.led_to(&browser)).await["acr"], APP);
    assert_eq!(silent_error(&town, &service, &browser).await, None);
    // The next sign-in is by mail again, and is asked again.
    browser.visit("/logout").await.press("ログアウトする").await;
    town.clock.advance(minutes(10));
    let again = holder.sign_in(&town).await;
    assert_eq!(silent_error(&town, &service, &again).await.as_deref(), Some("login_required"));
    town.close().await;
}

#[tokio::test]
async fn whoever_has_nothing_strong_enough_is_shown_the_way_and_comes_to_the_service() {
    let town = Town::edited(JRP, with_line("require_acr = \"mfa\"")).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::MailCode).await;
    let mut browser = holder.sign_in(&town).await;
    assert_eq!(silent_error(&town, &service, &browser).await.as_deref(), Some("interaction_required"));
    // Who does not want to.
    browser.visit(&service.request(&[])).await;
    assert_eq!(browser.h1(), "このサービスには認証アプリまたはパスキーが必要です");
    browser.press("やめる").await;
    assert_eq!(parameter(&service.led_to(&browser), "error").as_deref(), Some("access_denied"));
    // Who does.
    browser.visit(&service.request(&[])).await;
    let links = browser.links();
    let way = |words: &str| links.iter().find(|(known, _)| known == words).map(|(_, place)| place.as_str());
    assert_eq!(way("パスキーを設定する"), Some("/account/methods/passkey"));
    assert_eq!(way("認証アプリを設定する"), Some("/account/methods/totp"));
    add_app(&mut browser, &mut holder.phone, "携帯").await;
    let links = browser.links();
    let on =
        links.iter().find(|(words, _)| words == "「健診予約」に進む").expect("on to the service").1.clone();
    browser.visit(&on).await;
    holder.show_again(&town, &mut browser).await;
    browser.press("開く").await;
    assert_eq!(told(&town, &service, &service.led_to(&browser)).await["acr"], APP);
    // Nothing waits any more.
    browser.visit("/account/methods?done=added").await;
    assert!(!browser.text().contains("「健診予約」に進む"), "{}", browser.text());
    town.close().await;
}

#[tokio::test]
async fn a_service_may_demand_proofs_of_the_last_minutes() {
    let town = Town::edited(JRP, with_line("fresh_minutes = 10")).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let mut browser = service.known(&town, &mut holder).await;
    town.clock.advance(minutes(8));
    assert_eq!(silent_error(&town, &service, &browser).await, None);
    town.clock.advance(minutes(3));
    assert_eq!(silent_error(&town, &service, &browser).await.as_deref(), Some("login_required"));
    browser.visit(&service.request(&[("max_age", "10000")])).await;
    holder.show_again(&town, &mut browser).await;
    let told = told(&town, &service, &service.led_to(&browser)).await;
    assert!(town.clock.now().as_second() - told["auth_time"].as_i64().unwrap() < 60, "{told}");
    town.close().await;
}
