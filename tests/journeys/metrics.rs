//! What `/metrics` says of what members do, and what it says of nobody.

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use http_body_util::BodyExt as _;
use kenpo_portal::{
    domain::letter::Letter,
    web::health::{self, ShutdownFlag},
};
use tower::ServiceExt as _;

use crate::{
    town::{Answer, JSW, MGC, Manner, Sink, Town, hours},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

/// The page, and each of its values by name and labels.
async fn scraped(town: &Town) -> (String, BTreeMap<String, f64>) {
    let internal = health::router(town.app.clone(), ShutdownFlag::default());
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let body = internal.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let page = String::from_utf8(body.to_vec()).unwrap();
    let values = page.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    let values = values.collect();
    (page, values)
}

#[tokio::test]
async fn what_members_do_is_counted_and_nothing_of_them_is_told() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(24));
    let (_, before) = scraped(&town).await;
    let rose = |after: &BTreeMap<String, f64>, name: &str| {
        after.get(name).copied().unwrap_or_default() - before.get(name).copied().unwrap_or_default()
    };

    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    let mut stranger = town.browser(JSW);
    for _ in 0..5 {
        sign_in(&mut stranger, &hanako.login, "Wrong-12345").await;
    }
    // The sixth meets a pause.
    sign_in(&mut stranger, &hanako.login, "Wrong-12345").await;
    sign_in(&mut town.browser(JSW), "nobody@example.jp", "Wrong-12345").await;
    sign_in(&mut town.browser(MGC), "山田花子", "Wrong-12345").await;
    let mut clumsy = town.browser(JSW);
    sign_in(&mut clumsy, &hanako.login, NEW_PASSWORD).await;
    clumsy.visit("/signin/email/confirm/a-token-that-is-a-secret").await;
    clumsy.visit("/nowhere/健保花子?born=S55.12.1").await;

    let (page, after) = scraped(&town).await;
    for (name, times) in [
        (r#"portal_sign_ins_total{outcome="signed-in"}"#, 1.0),
        (r#"portal_sign_ins_total{outcome="password-wrong"}"#, 5.0),
        (r#"portal_sign_ins_total{outcome="user-id-unknown"}"#, 2.0),
        // Told with the fifth, and to whoever came after it, also with the right password: from no known browser.
        (r#"portal_refusals_total{cause="paused"}"#, 3.0),
        (r#"portal_union_sign_ins_total{union="jswkenpo",outcome="password-wrong"}"#, 5.0),
        (r#"portal_union_sign_ins_total{union="jswkenpo",outcome="user-id-unknown"}"#, 1.0),
        (r#"portal_union_sign_ins_total{union="mgckenpo",outcome="user-id-unknown"}"#, 1.0),
        (r#"portal_union_sign_ins_total{union="mgckenpo",outcome="password-wrong"}"#, 0.0),
        (r#"portal_union_refusals_total{union="jswkenpo",cause="paused"}"#, 3.0),
        (r#"portal_requests_total{route="none",class="4xx"}"#, 1.0),
        (r#"portal_requests_total{route="/signin/email/confirm/{*token}",class="4xx"}"#, 1.0),
    ] {
        assert!((rose(&after, name) - times).abs() < 0.1, "{name}: {} and not {times}", rose(&after, name));
    }
    // Every request once: in the counters, in the histograms, and at its union.
    let all = |begins: &str| {
        let of = after.iter().filter(|(name, _)| name.starts_with(begins));
        of.map(|(_, value)| value).sum::<f64>()
    };
    let requests = all("portal_requests_total{");
    assert!((requests - all("portal_request_duration_seconds_count{")).abs() < 0.1);
    assert!((requests - all("portal_union_requests_total{")).abs() < 0.1);

    let member = town.member(JSW, &hanako.login).await;
    let id = member.id.to_string();
    for told in [
        hanako.login.as_str(),
        hanako.password.as_str(),
        hanako.email.as_str(),
        hanako.born,
        id.as_str(),
        "nobody",
        "花子",
        "token-that",
        "S55",
        NEW_PASSWORD,
        "127.0.0.1",
    ] {
        assert!(!page.contains(told), "{told} stands in /metrics");
    }
    town.close().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_a_cause_and_nobodys_failed_try() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = town.browser(JSW);
    browser.visit("/signin").await;
    town.store().close().await;
    browser.post("/signin", &format!("username={}&password=Wrong-12345", hanako.login)).await;
    let (_, after) = scraped(&town).await;
    assert!((after[r#"portal_refusals_total{cause="database"}"#] - 1.0).abs() < 0.1);
    assert!(after[r#"portal_sign_ins_total{outcome="password-wrong"}"#].abs() < 0.1);
    assert!((after[r#"portal_requests_total{route="/signin",class="5xx"}"#] - 1.0).abs() < 0.1);
    assert!(after["portal_database_up"].abs() < 0.1);
}

#[tokio::test]
async fn letters_are_counted_as_they_leave_and_while_they_wait() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let member = town.member(JSW, &hanako.login).await.id;
    let sink = Sink::open(Manner::Plain).await;
    let code = Letter::MailCode { code: "995867".into(), minutes: 10 };
    let (_, before) = scraped(&town).await;
    town.write(JSW, member, "hanako@example.jp", &code).await;
    town.write(JSW, member, "refused@example.jp", &code).await;
    sink.answer("refused@example.jp", &[Answer::Recipient(550)]);
    let (_, waiting) = scraped(&town).await;
    assert!((waiting["portal_letters_waiting"] - before["portal_letters_waiting"] - 2.0).abs() < 0.1);
    town.postman(&sink.url()).round().await.unwrap();
    let (_, after) = scraped(&town).await;
    assert!((after["portal_letters_waiting"] - before["portal_letters_waiting"]).abs() < 0.1);
    let fate = |outcome: &str| after[&format!("portal_letters_total{{outcome=\"{outcome}\"}}")];
    assert!((fate("sent") - 1.0).abs() < 0.1 && (fate("given-up") - 1.0).abs() < 0.1);
    town.close().await;
}
