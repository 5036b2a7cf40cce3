//! Round trips: how many statements each request of a sign-in costs, and how many times the database is waited for. One
//! look brings everything a page or a deed asks about, and one write keeps what came of it.
//!
//! A round trip is whatever is sent and waited for: a statement, and the `BEGIN` and `COMMIT` around it. The note of a
//! visit, once a minute, is not counted: every request here follows within the minute.
//!
//! `cargo test --test journeys -- round_trips --nocapture` shows the figures; with `SHOW_STATEMENTS=1` every statement too.

use axum::{
    body::Bytes,
    http::{Method, StatusCode},
};
use http_body_util::BodyExt as _;
use kenpo_portal::store::tally::tally;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder, JRP},
    mail_code,
    passkey::{self, with_passkey},
    sso::{Relying, with_own_service},
    town::{Browser, JSW, Newcomer, Phone, Town, hours},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

/// The most a request may cost: statements, round trips to SQLite, and to PostgreSQL, which takes one statement at a time.
type Reach = (usize, usize, usize);

/// What requests cost, beside what they may.
#[derive(Default)]
struct Costs(Vec<(&'static str, Reach, Vec<String>)>);

impl Costs {
    /// Sends one request and notes what it costs. The answer's body.
    async fn of(
        &mut self,
        town: &Town,
        browser: &Browser,
        (name, reach): (&'static str, Reach),
        (path, form): (&str, Option<&str>),
        status: StatusCode,
    ) -> Bytes {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let request = browser.request(&method, path, form);
        let (response, ran) = tally(async { town.router.clone().oneshot(request).await.unwrap() }).await;
        assert_eq!(response.status(), status, "{name}");
        self.0.push((name, reach, ran));
        response.into_body().collect().await.unwrap().to_bytes()
    }

    /// Tells all of them, and fails where one is above its reach.
    fn hold(self) {
        let mut over = false;
        let mut table = String::new();
        for (name, reach, ran) in &self.0 {
            // SQLite is told what has no answer with what comes next: what begins a transaction with its first statement.
            let said = ran.iter().flat_map(|text| text.split("; "));
            let is_frame = |text: &&str| {
                text.starts_with("PRAGMA synchronous") || text.starts_with("BEGIN") || *text == "COMMIT"
            };
            let (statements, trips) = (said.filter(|text| !is_frame(text)).count(), ran.len());
            let most = if crate::on_postgres() { reach.2 } else { reach.1 };
            let is_over = statements > reach.0 || trips > most;
            over |= is_over;
            let mark = if is_over { "over" } else { "" };
            let line = format!("{name:<34} {statements:>2} / {trips:<2}  of {} / {most} {mark}\n", reach.0);
            table.push_str(&line);
            if is_over || std::env::var_os("SHOW_STATEMENTS").is_some() {
                for text in ran {
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    table.extend(["    ", &text, "\n"]);
                }
            }
        }
        #[expect(
            clippy::print_stdout,
            reason = "the figures are what this test is for: run it with --nocapture"
        )]
        {
            println!("{table}");
        }
        assert!(!over, "above its reach:\n{table}");
    }
}

/// A member with an app, who signed in a day ago.
async fn with_app(town: &Town) -> (Newcomer, Phone) {
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    first_login(&mut town.browser(JSW), &hanako, &mut phone).await;
    town.clock.advance(hours(24));
    (hanako, phone)
}

/// A browser at the page that asks for the code of an app.
async fn at_code(town: &Town, who: &Newcomer) -> Browser {
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &who.login, NEW_PASSWORD).await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    browser
}

fn password_form(login: &str, password: &str) -> String {
    serde_urlencoded::to_string([("username", login), ("password", password)]).unwrap()
}

#[tokio::test]
async fn a_sign_in_with_password_and_app_costs_no_more_than_it_must() {
    let town = Town::open().await;
    let (hanako, phone) = with_app(&town).await;
    let mut costs = Costs::default();
    let (again, on) = (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SEE_OTHER);

    let new = town.browser(JSW);
    let form = password_form(&hanako.login, NEW_PASSWORD);
    costs.of(&town, &new, ("POST /signin right", (8, 6, 12)), ("/signin", Some(&form)), on).await;
    let form = password_form(&hanako.login, "wrong-password");
    costs.of(&town, &new, ("POST /signin wrong", (5, 5, 9)), ("/signin", Some(&form)), again).await;
    let form = password_form("nobody-99", "wrong-password");
    costs.of(&town, &new, ("POST /signin unknown", (5, 5, 9)), ("/signin", Some(&form)), again).await;

    let asked = at_code(&town, &hanako).await;
    let page = "/signin/totp";
    costs.of(&town, &asked, ("GET /signin/totp", (2, 2, 2)), (page, None), StatusCode::OK).await;
    let form = format!("code={}", phone.wrong_code());
    costs.of(&town, &asked, ("POST /signin/totp wrong", (8, 8, 12)), (page, Some(&form)), again).await;
    let form = format!("code={}", phone.code());
    costs.of(&town, &asked, ("POST /signin/totp right", (14, 11, 18)), (page, Some(&form)), on).await;

    // In a browser that has signed her in a password is counted by two counters (D27).
    town.clock.advance(hours(24));
    let mut known = town.browser(JSW);
    return_with(&mut known, &hanako, &phone).await.is_at("/", "サービス");
    known.cookies.remove("__Host-session");
    let form = password_form(&hanako.login, "wrong-password");
    costs.of(&town, &known, ("POST /signin wrong, known", (7, 6, 11)), ("/signin", Some(&form)), again).await;
    let form = password_form(&hanako.login, NEW_PASSWORD);
    costs.of(&town, &known, ("POST /signin right, known", (9, 6, 13)), ("/signin", Some(&form)), on).await;
    costs.hold();
    town.close().await;
}

#[tokio::test]
async fn a_mailed_code_costs_no_more_than_it_must() {
    let town = Town::open().await;
    let (taro, _) = mail_code::member(&town).await;
    let browser = mail_code::at_door(&town, &taro).await;
    let mut costs = Costs::default();
    let code = town.mailbox().code_for(&taro.email).await;
    let (page, form) = ("/signin/mail-code", format!("code={code}"));
    costs.of(&town, &browser, ("GET /signin/mail-code", (2, 2, 2)), (page, None), StatusCode::OK).await;
    let on = StatusCode::SEE_OTHER;
    costs.of(&town, &browser, ("POST /signin/mail-code right", (14, 11, 18)), (page, Some(&form)), on).await;
    costs.hold();
    town.close().await;
}

#[tokio::test]
async fn a_passkey_costs_no_more_than_it_must() {
    let (town, hanako, mut device) = with_passkey().await;
    let browser = passkey::at_door(&town, &hanako).await;
    let mut costs = Costs::default();
    costs
        .of(&town, &browser, ("GET /signin/passkey", (2, 2, 2)), (passkey::PROVE, None), StatusCode::OK)
        .await;
    let path = format!("{}/options", passkey::PROVE);
    let half = ("POST /signin/passkey/options", (3, 3, 5));
    let options = costs.of(&town, &browser, half, (&path, Some("")), StatusCode::OK).await;
    let options: Value = serde_json::from_slice(&options).unwrap();
    let answer = device.answer(&options, &browser.origin()).unwrap();
    let form = serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap();
    let half = ("POST /signin/passkey", (11, 9, 15));
    costs.of(&town, &browser, half, (passkey::PROVE, Some(&form)), StatusCode::SEE_OTHER).await;
    costs.hold();
    town.close().await;
}

#[tokio::test]
async fn a_page_of_a_member_who_is_signed_in_costs_no_more_than_it_must() {
    let town = Town::open().await;
    let (hanako, phone) = with_app(&town).await;
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await.is_at("/", "サービス");
    let mut costs = Costs::default();
    for (name, path, reach) in [
        ("GET /", "/", (1, 1, 1)),
        ("GET /account/methods", "/account/methods", (3, 3, 3)),
        ("GET /account/profile", "/account/profile", (3, 3, 3)),
    ] {
        costs.of(&town, &browser, (name, reach), (path, None), StatusCode::OK).await;
    }
    costs.hold();
    town.close().await;
}

#[tokio::test]
async fn a_way_to_a_service_costs_no_more_than_it_must() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    let mut costs = Costs::default();
    let on = StatusCode::SEE_OTHER;
    let path = service.request(&[]);
    costs.of(&town, &browser, ("GET /oidc/authorize", (5, 3, 7)), (&path, None), on).await;
    let silent = service.request(&[("prompt", "none")]);
    let stranger = town.browser(JRP);
    // What services are answered by is read once, and kept for a second.
    costs.of(&town, &stranger, ("GET /oidc/authorize first", (3, 3, 3)), (&silent, None), on).await;
    costs.of(&town, &stranger, ("GET /oidc/authorize nobody", (0, 0, 0)), (&silent, None), on).await;
    costs.of(&town, &stranger, ("GET /oidc/authorize waits", (2, 1, 4)), (&path, None), on).await;
    costs.of(&town, &browser, ("GET /services/…", (1, 1, 1)), ("/services/yoyaku", None), on).await;
    let bad = service.request(&[("redirect_uri", "https://evil.example/")]);
    let refused = ("GET /oidc/authorize refused", (1, 1, 1));
    costs.of(&town, &browser, refused, (&bad, None), StatusCode::BAD_REQUEST).await;
    let code = service.code(&town, &browser, &[]).await;
    let (taken, ran) = tally(service.exchange(&town, &code, &[])).await;
    assert_eq!(taken.status, StatusCode::OK);
    costs.0.push(("POST /oidc/token", (3, 3, 5), ran));
    let (left, ran) = tally(service.push(&town, &[])).await;
    assert_eq!(left.status, StatusCode::CREATED);
    costs.0.push(("POST /oidc/par", (1, 2, 3), ran));
    let name = left.json()["request_uri"].as_str().unwrap().to_owned();
    costs
        .of(&town, &browser, ("GET /oidc/authorize pushed", (6, 5, 10)), (&service.pushed(&name), None), on)
        .await;
    costs.of(&town, &stranger, ("GET /oidc/jwks", (0, 0, 0)), ("/oidc/jwks", None), StatusCode::OK).await;
    let token = taken.json()["access_token"].as_str().unwrap().to_owned();
    let (told, ran) = tally(service.user_info(&town, &token)).await;
    assert_eq!(told.status, StatusCode::OK);
    costs.0.push(("GET /oidc/userinfo", (2, 2, 2), ran));
    let page = "/account/services";
    costs.of(&town, &browser, ("GET /account/services", (2, 2, 2)), (page, None), StatusCode::OK).await;
    costs
        .of(&town, &browser, ("GET /oidc/logout asks", (1, 1, 1)), ("/oidc/logout", None), StatusCode::OK)
        .await;
    let member = town.member(JRP, &holder.who.login).await.id;
    let form = serde_urlencoded::to_string([("client", "yoyaku"), ("whose", &member.to_string())]).unwrap();
    costs.of(&town, &browser, ("POST /account/services", (7, 6, 9)), (page, Some(&form)), on).await;
    // The session of this browser; and a browser without one, with a token whose session is over.
    let hint = taken.json()["id_token"].as_str().unwrap().to_owned();
    let path = format!("/oidc/logout?id_token_hint={hint}");
    let own = service.known(&town, &mut holder).await;
    costs.of(&town, &own, ("GET /oidc/logout", (8, 8, 10)), (&path, None), StatusCode::OK).await;
    costs.of(&town, &stranger, ("GET /oidc/logout nobody", (1, 1, 2)), (&path, None), StatusCode::OK).await;
    costs.hold();
    town.close().await;
}
