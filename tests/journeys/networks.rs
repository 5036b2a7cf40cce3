//! Networks: what the browsers of one network may cost together, and that one that has signed a member in pays for itself
//! (D27; A17, B10 of the threats).

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Method, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use kenpo_portal::{domain::budget::FORMS_AT_ONCE, settings::network::Networks, store::tally::tally};
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder, JRP},
    passkey_alone::alone,
    town::{Browser, JSW, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

const CARRIER: &str = "203.0.113.7";
const NEIGHBOUR: &str = "203.0.113.200";
const ELSEWHERE: &str = "203.0.114.7";
/// A form that is refused before anything is verified.
const WRONG: (&str, &str) = ("/signin", "username=&password=");

/// Posts a form so many times, by browsers that are new each time; how often each status came.
async fn flood(town: &Town, from: &str, (path, form): (&str, &str), times: usize) -> Vec<(u16, usize)> {
    let mut browser = town.browser(JSW);
    browser.at(from);
    let mut seen: Vec<(u16, usize)> = Vec::new();
    for _ in 0..times {
        let status = status(town, &browser, path, form).await;
        match seen.last_mut().filter(|(last, _)| *last == status) {
            Some((_, count)) => *count += 1,
            None => seen.push((status, 1)),
        }
    }
    seen
}

async fn status(town: &Town, browser: &Browser, path: &str, form: &str) -> u16 {
    let request = browser.request(&Method::POST, path, Some(form));
    let response = town.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    status
}

async fn with_hanako() -> (Town, Newcomer, crate::town::Phone, Browser) {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    browser.at(CARRIER);
    first_login(&mut browser, &hanako, &mut phone).await;
    town.clock.advance(hours(1));
    (town, hanako, phone, browser)
}

#[tokio::test]
async fn one_phone_behind_a_shared_address_shuts_no_known_browser_out() {
    let (town, hanako, phone, mut known) = with_hanako().await;
    assert_eq!(flood(&town, NEIGHBOUR, WRONG, 603).await, [(422, 600), (429, 3)]);
    // Every browser of the network that has signed nobody in is told when, and whom to call, in its language.
    for (language, words) in [
        ("ja", ["1分ほど", "前にログインしたことのある"]),
        ("en", ["about a minute", "where you have logged in before"]),
    ] {
        let mut newcomer = town.browser(JSW);
        newcomer.at(CARRIER).speaks(language).post("/signin", "username=testuser&password=x").await;
        assert_eq!(newcomer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(newcomer.headers[header::RETRY_AFTER], "60");
        for word in words {
            assert!(newcomer.text().contains(word), "{word}: {}", newcomer.text());
        }
        assert!(newcomer.page().contains("tel:") && newcomer.has(".receipt"), "{}", newcomer.page());
        // Pages are shown as before.
        newcomer.visit("/signin").await;
        assert_eq!(newcomer.status, StatusCode::OK);
    }
    // She signs in by the browser she has signed in with before, in the same network.
    return_with(&mut known, &hanako, &phone).await.is_at("/", "サービス");
    // And by a new one from another network.
    town.clock.advance(minutes(1));
    return_with(town.browser(JSW).at(ELSEWHERE), &hanako, &phone).await.is_at("/", "サービス");
    // After a minute the network has ten more.
    assert_eq!(flood(&town, CARRIER, WRONG, 12).await, [(422, 10), (429, 2)]);
    town.close().await;
}

#[tokio::test]
async fn a_known_browser_pays_for_itself_and_what_is_right_costs_nothing() {
    let (town, hanako, phone, known) = with_hanako().await;
    // What the known browser does wrong is not the network's.
    for _ in 0..600 {
        assert_eq!(status(&town, &known, WRONG.0, WRONG.1).await, 422);
    }
    assert_eq!(status(&town, &known, WRONG.0, WRONG.1).await, 422, "the network's, once its own is used up");
    assert_eq!(flood(&town, CARRIER, WRONG, 598).await, [(422, 598)]);
    // One failure is left to the network: whoever is right takes none of it.
    for _ in 0..3 {
        town.clock.advance(jiff::SignedDuration::from_secs(1));
        let mut browser = town.browser(JSW);
        sign_in(browser.at(CARRIER), &hanako.login, NEW_PASSWORD).await;
        browser.is_at("/signin/totp", "ワンタイムパスワードの入力");
    }
    assert_eq!(flood(&town, CARRIER, WRONG, 3).await, [(422, 1), (429, 2)]);
    drop(phone);
    town.close().await;
}

#[tokio::test]
async fn a_cookie_that_no_member_signed_in_with_is_no_known_browser() {
    let (town, hanako, _, known) = with_hanako().await;
    assert_eq!(flood(&town, CARRIER, WRONG, 600).await, [(422, 600)]);
    let browser_cookie = known.cookies["__Host-device"].clone();
    let form = format!("username={}&password=wrong", hanako.login);
    for (cookie, slug, expected) in [
        (browser_cookie.as_str(), JSW, 422),
        ("A".repeat(43).as_str(), JSW, 429),
        ("short", JSW, 429),
        // Of another union.
        (browser_cookie.as_str(), JRP, 429),
    ] {
        let mut browser = town.browser(slug);
        browser.at(CARRIER).cookies.insert("__Host-device".into(), cookie.to_owned());
        assert_eq!(status(&town, &browser, "/signin", &form).await, expected, "{cookie} at {slug}");
    }
    town.close().await;
}

#[tokio::test]
async fn what_is_no_failure_asks_the_database_nothing_more() {
    let (town, hanako, _, known) = with_hanako().await;
    let form = format!("username={}&password={NEW_PASSWORD}", hanako.login);
    let mut ran = Vec::new();
    for browser in [&known, town.browser(JSW).at(CARRIER)] {
        let request = browser.request(&Method::POST, "/signin", Some(&form));
        let (response, statements) =
            tally(async { town.router.clone().oneshot(request).await.unwrap() }).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        ran.push(
            statements
                .into_iter()
                .filter(|text| text.contains("known_device"))
                .filter(|text| text.starts_with("SELECT member"))
                .count(),
        );
    }
    assert_eq!(ran, [0, 0]);
    town.close().await;
}

#[tokio::test]
async fn asks_and_ceremonies_have_budgets_of_their_own() {
    let town = Town::edited(JSW, alone).await;
    assert_eq!(flood(&town, CARRIER, ("/recovery/password", "user_id="), 602).await, [(422, 600), (429, 2)]);
    assert_eq!(flood(&town, CARRIER, ("/recovery/user-id", "birthdate=&email="), 2).await, [(429, 2)]);
    assert_eq!(flood(&town, CARRIER, WRONG, 2).await, [(422, 2)]);
    assert_eq!(
        flood(&town, CARRIER, ("/signin/passkey/alone/options", ""), 602).await,
        [(200, 600), (429, 2)]
    );
    // Ceremonies come back faster: a page asks for one whenever it is shown.
    town.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(flood(&town, CARRIER, ("/signin/passkey/alone/options", ""), 11).await, [(200, 10), (429, 1)]);
    town.close().await;
}

#[tokio::test]
async fn nobody_chooses_a_network_by_a_header() {
    let mut town = Town::open().await;
    let wrong = async |town: &Town, browser: &Browser| status(town, browser, WRONG.0, WRONG.1).await;
    let mut browser = town.browser(JSW);
    browser.at(CARRIER);
    for n in 0..600 {
        browser.forwarded_for = Some(format!("198.51.{}.{}", n / 256, n % 256));
        assert_eq!(wrong(&town, &browser).await, 422);
    }
    assert_eq!(wrong(&town, &browser).await, 429, "whatever the header says");
    // Behind a proxy that is trusted it is the last address in it that no proxy has; what a client wrote stands before it.
    town.router = town.app.clone().behind(Networks::parse(&["10.0.0.0/8".into()]).unwrap()).router();
    browser.at("10.1.2.3");
    for (told, expected) in [
        (format!("198.51.100.1, {CARRIER}"), 429),
        (format!("{CARRIER}, 10.9.9.9"), 429),
        (format!("{CARRIER}, {ELSEWHERE}"), 422),
        ("nonsense".into(), 422),
        (format!("::ffff:{NEIGHBOUR}"), 429),
    ] {
        browser.forwarded_for = Some(told.clone());
        assert_eq!(wrong(&town, &browser).await, expected, "{told}");
    }
    // Addresses of IPv6 are one network by their first 48 bits.
    for (n, expected) in (0..602).map(|n| (n, if n < 600 { 422 } else { 429 })) {
        browser.forwarded_for = Some(format!("2001:db8:7:{n:x}::1"));
        assert_eq!(wrong(&town, &browser).await, expected, "{n}");
    }
    browser.forwarded_for = Some("2001:db8:8::1".into());
    assert_eq!(wrong(&town, &browser).await, 422);
    town.close().await;
}

#[tokio::test]
async fn more_than_fifty_user_ids_from_one_network_are_told_to_the_union_and_nobody_is_refused_for_it() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let told = async || town.count(JSW, "many-user-ids-tried").await;
    let mut browser = town.browser(JSW);
    browser.at(CARRIER);
    for n in 0..49 {
        let form = format!("username=someone-{n:03}&password=Same-For-All-1");
        assert_eq!(status(&town, &browser, "/signin", &form).await, 422);
        // The same one in other letters is the same one.
        assert_eq!(
            status(
                &town,
                &browser,
                "/signin",
                &form.to_uppercase().replace("USERNAME", "username").replace("PASSWORD", "password")
            )
            .await,
            422
        );
    }
    // One is asked for as forgotten, from the neighbour's address.
    browser.at(NEIGHBOUR);
    assert_eq!(status(&town, &browser, "/recovery/password", "user_id=someone-else").await, 303);
    assert_eq!(told().await, 0, "fifty are none too many");
    for n in 0..20 {
        let form = format!("username=another-{n:03}&password=Same-For-All-1");
        assert_eq!(status(&town, &browser, "/signin", &form).await, 422);
        assert_eq!(told().await, 1, "once an hour");
    }
    let row = town.whole_trail(JSW).await.into_iter().find(|row| row.event == "many-user-ids-tried").unwrap();
    assert!(row.detail.contains("\"more_than\":50") && !row.detail.contains("another"), "{}", row.detail);
    let form = format!("username={}&password={}", hanako.login, hanako.password);
    assert_eq!(status(&town, &browser, "/signin", &form).await, 303, "nobody is refused");
    town.clock.advance(hours(1));
    for n in 0..51 {
        let form = format!("username=later-{n:03}&password=Same-For-All-1");
        assert_eq!(status(&town, &browser, "/signin", &form).await, 422);
    }
    assert_eq!(told().await, 2);

    // Each union hears of what is tried at its own members, and an empty field is no user ID.
    let mut elsewhere = town.browser(JRP);
    elsewhere.at(CARRIER);
    for n in 0..50 {
        let form = format!("username=at-another-union-{n:03}&password=Same-For-All-1");
        assert_eq!(status(&town, &elsewhere, "/signin", &form).await, 422);
        assert_eq!(status(&town, &elsewhere, "/signin", "username=&password=").await, 422);
    }
    let told_there = async || town.count(JRP, "many-user-ids-tried").await;
    assert_eq!((told().await, told_there().await), (2, 0));
    let form = "username=at-another-union-last&password=Same-For-All-1";
    assert_eq!(status(&town, &elsewhere, "/signin", form).await, 422);
    assert_eq!((told().await, told_there().await), (2, 1));
    town.close().await;
}

#[tokio::test]
async fn an_alarm_that_cannot_be_noted_changes_no_answer() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    browser.at(CARRIER);
    town.sql(if crate::on_postgres() {
        "ALTER TABLE audit ADD CONSTRAINT no_alarm CHECK (event <> 'many-user-ids-tried')"
    } else {
        "CREATE TRIGGER no_alarm BEFORE INSERT ON audit WHEN NEW.event = 'many-user-ids-tried'
         BEGIN SELECT RAISE(ABORT, 'no room'); END"
    })
    .await;
    for n in 0..52 {
        let form = format!("username=someone-{n:03}&password=Same-For-All-1");
        assert_eq!(status(&town, &browser, "/signin", &form).await, 422);
    }
    assert_eq!(status(&town, &browser, "/recovery/password", "user_id=someone-else").await, 303);
    assert_eq!(town.count(JSW, "many-user-ids-tried").await, 0);
    // The database is used again.
    town.sql(if crate::on_postgres() {
        "ALTER TABLE audit DROP CONSTRAINT no_alarm"
    } else {
        "DROP TRIGGER no_alarm"
    })
    .await;
    town.close().await;
}

#[tokio::test]
async fn a_known_browser_has_no_more_forms_at_once_than_a_network() {
    let (town, _, _, mut known) = with_hanako().await;
    known.at(NEIGHBOUR);
    let mut open = Vec::new();
    for _ in 0..2 * FORMS_AT_ONCE {
        open.push(never_comes(&town, &known).await);
    }
    known.post("/signin", WRONG.1).await;
    assert_eq!(known.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(open);
    assert_eq!(status(&town, &known, WRONG.0, WRONG.1).await, 422, "there is room again");
    town.close().await;
}

/// A form of which nothing ever comes; notes that it was asked for.
#[derive(Default)]
struct NeverComes(Arc<AtomicBool>);

impl HttpBody for NeverComes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.store(true, Ordering::Relaxed);
        Poll::Pending
    }
}

type Waiting = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>>>>;

/// A form that is waited for: it was let in, and nothing of it has come.
async fn never_comes(town: &Town, browser: &Browser) -> Waiting {
    let asked_for = Arc::new(AtomicBool::new(false));
    let form = NeverComes(asked_for.clone());
    let request = browser.request(&Method::POST, "/signin", Some("")).map(|_| Body::new(form));
    let mut answer: Waiting = Box::pin(town.router.clone().oneshot(request));
    while !asked_for.load(Ordering::Relaxed) {
        assert!(
            std::future::poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await.is_pending()
        );
        tokio::task::yield_now().await;
    }
    answer
}

#[tokio::test]
async fn forms_that_never_come_keep_no_known_browser_waiting() {
    let (town, hanako, phone, mut known) = with_hanako().await;
    let mut stranger = town.browser(JSW);
    stranger.at(NEIGHBOUR);
    let mut open = Vec::new();
    for _ in 0..FORMS_AT_ONCE {
        open.push(never_comes(&town, &stranger).await);
    }
    stranger.post("/signin", WRONG.1).await;
    assert_eq!(stranger.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stranger.headers[header::RETRY_AFTER], "5");
    return_with(&mut known, &hanako, &phone).await.is_at("/", "サービス");
    drop(open);
    assert_eq!(status(&town, &stranger, WRONG.0, WRONG.1).await, 422, "there is room again");
    town.close().await;
}

#[tokio::test]
async fn whoever_goes_away_before_the_answer_has_paid() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    browser.at(CARRIER);
    for _ in 0..10 {
        drop(never_comes(&town, &browser).await);
    }
    assert_eq!(flood(&town, CARRIER, WRONG, 591).await, [(422, 590), (429, 1)]);
    town.close().await;
}

#[tokio::test]
async fn the_fifth_wrong_code_costs_as_much_as_the_first() {
    let town = Town::open().await;
    let holder = Holder::of(&town, Held::App).await;
    let mut browser = town.browser(JRP);
    sign_in(browser.at(CARRIER), &holder.who.login, &holder.password).await;
    for _ in 0..5 {
        let form = format!("code={}", holder.phone.wrong_code());
        browser.post("/signin/totp", &form).await;
    }
    browser.is_at("/signin", "ログイン");
    assert_eq!(flood(&town, CARRIER, WRONG, 596).await, [(422, 595), (429, 1)]);
    town.close().await;
}
