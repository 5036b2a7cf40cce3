//! Every route in every state a browser may be in (A18, DD3): what it answers to a look and to a form, as a table; and that a
//! form which is not asked for writes nothing. A route without a row does not compile.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use http_body_util::BodyExt as _;
use kenpo_portal::domain::route::Route;
use tower::ServiceExt as _;

use crate::{
    holder::{Held, Holder, JRP},
    recovery::{ask, open_link, up_to_way},
    town::{Browser, Town, minutes, side_by_side},
    walk::{NEW_PASSWORD, answer, sign_in},
};

/// Where a browser stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has never been here.
    Nobody,
    /// In first login, after so many answers.
    FirstLogin(usize),
    /// The password is shown, and the factor is to be.
    Password(Held),
    /// New terms are asked for, behind both proofs.
    NewTerms,
    RecoveryBirthDate,
    RecoveryWay,
    RecoveryFactor,
    RecoveryPassword,
    RecoveryWait,
    RecoveryDeskCode,
    /// Signed in, with proofs that are fresh or not, or with one of the two shown again.
    Fresh,
    Stale,
    Reauthenticating,
    /// With the cookie of a session that was ended, or that ran out.
    Ended,
    RunOut,
    /// As in that state; then the last day of the membership is over.
    Over(&'static State),
}

/// Every state. Of first login: the pages of the union with the most of them, and the factor's set-up after them.
fn states() -> Vec<State> {
    let mut states = vec![State::Nobody];
    states.extend((1..=9).map(State::FirstLogin));
    states.extend([Held::App, Held::Passkey, Held::MailCode].map(State::Password));
    states.extend([
        State::NewTerms,
        State::RecoveryBirthDate,
        State::RecoveryWay,
        State::RecoveryFactor,
        State::RecoveryPassword,
        State::RecoveryWait,
        State::RecoveryDeskCode,
        State::Fresh,
        State::Stale,
        State::Reauthenticating,
        State::Ended,
        State::RunOut,
        State::Over(&State::FirstLogin(4)),
        State::Over(&State::Password(Held::App)),
        State::Over(&State::RecoveryPassword),
        State::Over(&State::Reauthenticating),
        State::Over(&State::Fresh),
    ]);
    states
}

/// A browser in that state.
async fn stand(state: State) -> (Town, Browser) {
    if let State::Over(before) = state {
        let (town, browser) = Box::pin(stand(*before)).await;
        town.sql("UPDATE member SET lost_on = '2026-01-31'").await;
        // As on another node: what a page may show of a session is a second old at most.
        town.clock.advance(jiff::SignedDuration::from_secs(1));
        return (town, browser);
    }
    let edit = |text: String| match state {
        State::RecoveryDeskCode => text + "\n[recovery]\nlost_factor = \"desk-code\"\n",
        _ => text + "\n[recovery]\nlost_factor_wait_hours = 24\n",
    };
    let mut town = Town::edited(JRP, edit).await;
    let mut browser = town.browser(JRP);
    match state {
        State::Nobody => {}
        State::FirstLogin(answers) => {
            let mut who = town.taro(JRP).await;
            let mut phone = town.phone();
            browser.visit("/signin").await;
            for _ in 0..answers {
                if answer(&mut browser, &who, &mut phone).await == "パスワードの更新" {
                    who.password = NEW_PASSWORD.into();
                }
            }
        }
        State::Password(held) => {
            let holder = Holder::of(&town, held).await;
            sign_in(&mut browser, &holder.who.login, &holder.password).await;
        }
        State::NewTerms => {
            let mut holder = Holder::of(&town, Held::App).await;
            town.new_terms(JRP, "2026-12-01", "# 加入者ページ利用規約\n\n## 第1条\n\n新しい本文です。\n");
            browser = town.browser(JRP);
            sign_in(&mut browser, &holder.who.login, &holder.password).await;
            holder.show(&town, &mut browser).await;
        }
        State::RecoveryBirthDate => {
            let holder = Holder::of(&town, Held::App).await;
            ask(&mut browser, &holder.who.login).await;
            open_link(&town, &mut browser).await;
        }
        State::RecoveryWay
        | State::RecoveryFactor
        | State::RecoveryPassword
        | State::RecoveryWait
        | State::RecoveryDeskCode => {
            let mut holder = Holder::of(&town, Held::App).await;
            up_to_way(&town, &mut browser, &holder.who).await;
            match state {
                State::RecoveryFactor | State::RecoveryPassword => {
                    browser.press("登録した認証方法で確認する").await;
                    if state == State::RecoveryPassword {
                        holder.show(&town, &mut browser).await;
                    }
                }
                State::RecoveryWait | State::RecoveryDeskCode => {
                    browser.press("機種変更や紛失などで使えない").await;
                }
                _ => {}
            }
        }
        State::Fresh => browser = Holder::of(&town, Held::App).await.fresh(&town).await,
        State::Stale => browser = Holder::of(&town, Held::App).await.signed_in_a_while_ago(&town).await,
        State::Reauthenticating => {
            let mut holder = Holder::of(&town, Held::App).await;
            browser = holder.signed_in_a_while_ago(&town).await;
            browser.visit("/account/password").await;
            browser.fill("パスワード", &holder.password).press("ログイン").await;
        }
        State::Ended => {
            browser = Holder::of(&town, Held::App).await.sign_in(&town).await;
            let left = browser.cookies.clone();
            browser.visit("/logout").await.press("ログアウトする").await;
            browser.cookies = left;
        }
        State::RunOut => {
            browser = Holder::of(&town, Held::App).await.sign_in(&town).await;
            town.clock.advance(minutes(31));
        }
        State::Over(_) => unreachable!("stood before"),
    }
    (town, browser)
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// 200.
    Page,
    /// 303 to that route.
    To(Route),
    /// Any other status.
    Status(u16),
}
use Answer::{Page, Status, To};

/// A form that is refused.
const REFUSED: Answer = Status(422);
/// No such method.
const NONE: Answer = Status(405);
/// A link that is dead.
const DEAD: Answer = Status(410);
/// Nothing of that id.
const NOTHING: Answer = Status(404);

/// The row of a route.
#[derive(Debug, Clone, Copy)]
enum Row {
    /// The same in every state: to a look, and to an empty form.
    Everybody(Answer, Answer),
    /// The page of a step: only while it is the next one. What its own empty form is answered.
    Step(Answer),
    /// The question of a step's page to the browser: only while that page is the next one.
    Question(Route),
    /// Behind the login: what a look is answered while proofs are fresh, and when they are not; and an empty form when they
    /// are not.
    Behind(Answer, Answer, Answer),
    /// The sign-in page, and logging out.
    SignIn,
    LogOut,
    /// What is left of the session.
    Rest,
    /// The address of a form behind the login, without a page.
    Form(Route, Answer),
    /// The same for a script, without any page.
    Script(Answer),
}

/// The table.
fn row(route: Route) -> Row {
    use Row::{Behind, Everybody, Form, LogOut, Question, Rest, Script, SignIn, Step};
    const FRESH: Answer = To(Route::Reauth);
    match route {
        Route::Top
        | Route::Help
        | Route::Accessibility
        | Route::ReadTerms
        | Route::PasskeyEndpoints
        | Route::Favicon
        | Route::RecoverySent
        | Route::OpenIdConfiguration
        | Route::AuthorizationServer
        | Route::Jwks => Everybody(Page, NONE),
        // No service asks anything of this browser.
        Route::Authorize => Everybody(Status(400), Status(303)),
        // It asks whoever is signed in.
        Route::EndSession => Everybody(Page, Status(303)),
        Route::Token => Everybody(NONE, Status(400)),
        // Nobody says which service it is.
        Route::Par => Everybody(NONE, Status(401)),
        Route::UserInfo => Everybody(Status(401), Status(401)),
        Route::Service => Behind(NOTHING, NOTHING, NONE),
        Route::ForgotPassword | Route::ForgotUserId => Everybody(Page, REFUSED),
        Route::ConfirmEmailLink | Route::RecoveryLink | Route::CallOff | Route::SsoGo(_) => {
            Everybody(DEAD, DEAD)
        }
        Route::RecoveryCode => Everybody(To(Route::ForgotPassword), To(Route::ForgotPassword)),
        // The union signs in by no passkey alone.
        Route::PasskeyAlone => Everybody(To(Route::SignIn), NOTHING),
        Route::PasskeyAloneOptions => Everybody(NONE, NOTHING),
        Route::Language => Everybody(To(Route::Top), Status(400)),
        Route::ChangePasswordWellKnown => Everybody(Status(302), NONE),
        Route::Assets | Route::HelpChapter => Everybody(NOTHING, NONE),
        Route::SignIn => SignIn,
        Route::BirthDate
        | Route::ChooseMethod
        | Route::Email
        | Route::ConfirmEmail
        | Route::SetUpApp
        | Route::ProveApp
        | Route::SetUpPasskey
        | Route::ProvePasskey
        | Route::ProveMailCode
        | Route::RecoveryDeskCode => Step(REFUSED),
        Route::Terms | Route::NewPassword | Route::RecoveryWay => Step(To(route)),
        Route::Limited => Step(To(Route::SignIn)),
        Route::RecoveryWait => Step(NONE),
        Route::SetUpPasskeyOptions => Question(Route::SetUpPasskey),
        Route::ProvePasskeyOptions => Question(Route::ProvePasskey),
        Route::Reauth => Behind(To(Route::Methods), Page, REFUSED),
        Route::ReauthPasskey => Form(Route::Reauth, NOTHING),
        Route::ReauthPasskeyOptions => Script(Status(409)),
        Route::Profile => Behind(Page, Page, REFUSED),
        Route::ConfirmNewEmail => Behind(To(Route::Profile), To(Route::Profile), To(Route::Profile)),
        Route::ChangeEmail | Route::ChangePassword | Route::AddApp => Behind(Page, FRESH, FRESH),
        Route::AddPasskey | Route::AddMailCode => Behind(Page, FRESH, REFUSED),
        Route::AddPasskeyOptions => Script(FRESH),
        Route::RemoveMailCode | Route::RemoveApp(_) | Route::RemovePasskey(_) => {
            Behind(NOTHING, FRESH, FRESH)
        }
        Route::NameApp(_) | Route::NamePasskey(_) => Behind(NOTHING, NOTHING, NOTHING),
        Route::Methods | Route::Activity => Behind(Page, Page, NONE),
        // A form without a member's mark is another's.
        Route::AccountServices => Behind(Page, Page, To(Route::AccountServices)),
        Route::Devices => Behind(Page, Page, FRESH),
        Route::LogOut => LogOut,
        Route::Session => Rest,
    }
}

/// A form that would do something, where it is asked for.
fn form(route: Route) -> &'static str {
    match route {
        Route::BirthDate => "birthdate=19790822",
        Route::Terms => "answer=agree&version={version}",
        Route::ChooseMethod => "user_id=k7m2xq9w4d&method=app-otp",
        Route::NewPassword | Route::ChangePassword => {
            "password=Ku7!mori-no-Asa&password_confirm=Ku7!mori-no-Asa"
        }
        Route::Email | Route::ChangeEmail => "email=taro.else%40example.com",
        Route::SetUpApp | Route::AddApp => "code=123456&device_name=x",
        Route::ProveApp | Route::ConfirmEmail | Route::ProveMailCode | Route::RecoveryDeskCode => {
            "code=123456"
        }
        Route::SetUpPasskey | Route::ProvePasskey | Route::AddPasskey => "credential=%7B%7D",
        Route::RecoveryWay => "lost=1",
        Route::Profile => "user_id=x&shown_user_id=x&method=&shown_method=&language=en&shown_language=ja",
        Route::Reauth => "password=Ku7!mori-no-Asa",
        Route::AddMailCode => "resend=1",
        Route::Devices => "others=1",
        Route::NameApp(_) | Route::NamePasskey(_) => "device_name=x",
        _ => "",
    }
}

/// How a browser in that state is served: where its attempt stands, and which other pages are open to it there; and whether
/// it is signed in.
struct Standing {
    at: Option<Route>,
    also_shown: &'static [Route],
    also_taken: &'static [Route],
    signed_in: Option<Freshness>,
}

#[derive(PartialEq, Eq)]
enum Freshness {
    Fresh,
    Stale,
}

fn standing(state: State, seen_at: Route) -> Standing {
    let at = match state {
        State::Nobody | State::Fresh | State::Stale | State::Ended | State::RunOut | State::Over(_) => None,
        // On its way to fresh proofs, beside its session.
        State::Reauthenticating => Some(Route::ProveApp),
        _ => Some(seen_at),
    };
    let (also_shown, also_taken): (&[Route], &[Route]) = match (state, at) {
        // Another address may be typed while one waits; another method chosen while none works (D2); the way chosen anew
        // until a factor was shown (D4).
        (State::FirstLogin(_), Some(Route::ConfirmEmail)) => (&[], &[Route::Email]),
        (State::FirstLogin(_), Some(Route::SetUpApp)) => (&[Route::ChooseMethod], &[Route::ChooseMethod]),
        (State::RecoveryFactor | State::RecoveryWait | State::RecoveryDeskCode, _) => {
            (&[Route::RecoveryWay], &[Route::RecoveryWay])
        }
        _ => (&[], &[]),
    };
    let signed_in = match state {
        State::Fresh => Some(Freshness::Fresh),
        State::Stale | State::Reauthenticating => Some(Freshness::Stale),
        _ => None,
    };
    Standing { at, also_shown, also_taken, signed_in }
}

impl Standing {
    /// Where somebody is led who asks for a page of another step.
    fn way(&self) -> Answer {
        To(self.at.unwrap_or(Route::SignIn))
    }

    fn look(&self, state: State, route: Route) -> Answer {
        match row(route) {
            Row::Everybody(look, _) => look,
            Row::SignIn if self.signed_in.is_some() => To(Route::Top),
            Row::SignIn => Page,
            Row::Step(_) if self.at == Some(route) || self.also_shown.contains(&route) => Page,
            Row::Step(_) => self.way(),
            Row::Question(_) | Row::Script(_) => NONE,
            Row::Form(page, _) => To(page),
            Row::Rest if state == State::RunOut => Page,
            Row::Behind(fresh, stale, _) => match &self.signed_in {
                Some(Freshness::Fresh) => fresh,
                Some(Freshness::Stale) => stale,
                None => To(Route::SignIn),
            },
            Row::LogOut | Row::Rest if self.signed_in.is_some() => Page,
            Row::LogOut | Row::Rest => To(Route::SignIn),
        }
    }

    /// Whether a form of the route is asked for in this state, so that it may do something.
    fn asks_for(&self, route: Route) -> bool {
        match row(route) {
            Row::Everybody(..) | Row::SignIn | Row::LogOut => true,
            Row::Step(_) => self.at == Some(route) || self.also_taken.contains(&route),
            Row::Question(page) => self.at == Some(page),
            Row::Behind(..) | Row::Form(..) | Row::Script(_) | Row::Rest => self.signed_in.is_some(),
        }
    }

    /// What an empty form is answered where it is asked for, and any form where it is not.
    fn take(&self, route: Route) -> Option<Answer> {
        let asks = self.asks_for(route);
        Some(match row(route) {
            Row::Everybody(_, form) => form,
            Row::SignIn => REFUSED,
            Row::Step(NONE) | Row::Behind(_, _, NONE) => NONE,
            Row::Step(own) if asks => own,
            Row::Step(_) => self.way(),
            Row::Question(_) => {
                if asks {
                    Page
                } else {
                    Status(409)
                }
            }
            Row::LogOut => To(Route::Top),
            Row::Behind(_, _, stale) | Row::Form(_, stale) | Row::Script(stale) => match &self.signed_in {
                // What a form does while proofs are fresh stands in `fresh`.
                Some(Freshness::Fresh) => return None,
                Some(Freshness::Stale) => stale,
                None => To(Route::SignIn),
            },
            Row::Rest => {
                if asks {
                    Page
                } else {
                    To(Route::SignIn)
                }
            }
        })
    }
}

/// The path of a route, with something in it where it carries something.
fn path(route: Route) -> String {
    let path = route.to_string();
    if route.pattern().contains("{*") { format!("{path}{}", "A".repeat(43)) } else { path }
}

async fn send(town: &Town, request: Request<Body>) -> Answer {
    let response = town.router.clone().oneshot(request).await.unwrap();
    let place = response.headers().get(header::LOCATION).map(|place| place.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    let place = place.and_then(|place| Route::of_path(place.split('?').next().unwrap()));
    match (status, place) {
        (200, _) => Page,
        (303, Some(place)) => To(place),
        _ => Status(status),
    }
}

/// What is not as the table says, in one state.
async fn differences(state: State) -> (Option<Route>, Vec<String>) {
    let (town, browser) = stand(state).await;
    let standing = standing(state, Route::of_path(browser.path()).unwrap());
    let mut wrong = Vec::new();
    let mut told = |method: &str, route: Route, seen: Answer, expected: Option<Answer>, wrote: bool| {
        if expected.is_some_and(|expected| expected != seen) || seen == Status(500) {
            wrong.push(format!("{state:?}: {method} {route:?}: {seen:?}, not {expected:?}"));
        }
        if wrote {
            wrong.push(format!("{state:?}: {method} {route:?} wrote something"));
        }
    };
    // The visit is noted once a minute.
    send(&town, browser.request(&Method::GET, &path(Route::Profile), None)).await;
    let before = town.dump().await;
    for route in Route::every() {
        let seen = send(&town, browser.request(&Method::GET, &path(route), None)).await;
        told("GET", route, seen, Some(standing.look(state, route)), false);
    }
    assert_eq!(town.dump().await, before, "{state:?}: looking has written something");
    // Forms that are not asked for, with all that they would need; then those that are, empty; then those that end the state.
    let (asked, mut unasked): (Vec<_>, Vec<_>) = Route::every().partition(|route| standing.asks_for(*route));
    let (last, asked): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|route| matches!(route, Route::Limited | Route::LogOut));
    unasked.retain(|route| !matches!(row(*route), Row::Everybody(..)));
    for route in unasked {
        for form in [form(route), ""] {
            // An empty answer to a question of two buttons only shows it again.
            let shows_again = matches!(row(route), Row::Step(To(page)) if form.is_empty() && page == route);
            let form = form.replace("{version}", &town.tenant(JRP).terms.version);
            let seen = send(&town, browser.request(&Method::POST, &path(route), Some(&form))).await;
            let expected = standing.take(route).filter(|_| !shows_again);
            let wrote = town.dump().await != before;
            told(&format!("POST «{form}»"), route, seen, expected, wrote);
        }
    }
    for route in asked.into_iter().chain(last) {
        let seen = send(&town, browser.request(&Method::POST, &path(route), Some(""))).await;
        told("POST", route, seen, standing.take(route), false);
    }
    town.close().await;
    (standing.at, wrong)
}

#[test]
fn every_route_answers_in_every_state_as_the_table_says_and_writes_nothing_unasked() {
    let mut wrong = Vec::new();
    let mut steps = BTreeSet::new();
    // A few at a time: each has a town of its own.
    for some in states().chunks(4) {
        for (at, differences) in side_by_side(some.iter().copied(), differences) {
            wrong.extend(differences);
            steps.extend(at.map(Route::pattern));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Every step has a state in which it is the next one.
    for route in Route::every().filter(|route| matches!(row(*route), Row::Step(_))) {
        let is_seen = steps.contains(route.pattern());
        // A set-up by passkey is the same page as that of an app, of another method.
        assert!(is_seen || route == Route::SetUpPasskey, "no state stands at {route:?}: {steps:?}");
    }
}
