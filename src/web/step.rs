//! Step: from an answer of the rules to a page, and from a page to the rules. A page shows itself only while its
//! step is the next one; whoever comes at another moment is led to the page that is.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};

use super::{
    app::App,
    assets,
    budget::RefusedForm,
    cookie,
    encoding::ForEverybody,
    page::{Frame, SignedInName, StepProgress, personal::Page},
    place::ReturnPage,
    problem::Problem,
    visitor::Here,
};
use crate::{
    domain::{
        known_browser::KEPT,
        refusal::{LoginIdFlaw, Refusal},
        route::Route,
        signin::{self, Goal, Step},
        tenant::Method,
    },
    portal::{
        Field, Stop,
        attempt::{Seen, Way},
        onward::AttemptOutcome,
        session::Entered,
    },
    vault::Token,
};

/// The page of a step.
pub fn path(step: Step) -> Route {
    match step {
        Step::Password => Route::SignIn,
        Step::BirthDate => Route::BirthDate,
        Step::Terms => Route::Terms,
        Step::Method { .. } => Route::ChooseMethod,
        Step::NewPassword => Route::NewPassword,
        Step::Email => Route::Email,
        Step::ConfirmEmail => Route::ConfirmEmail,
        Step::Limited => Route::Limited,
        Step::SetUp(method) => method.traits().set_up,
        Step::WhichWay => Route::RecoveryWay,
        Step::Wait => Route::RecoveryWait,
        Step::DeskCode => Route::RecoveryDeskCode,
        Step::Prove(method) => method.traits().prove,
    }
}

/// 「ほかの方法で確認する」: the page of another factor that will do as well as this one (D10). Of three kinds the next one
/// leads to the third.
pub fn other_way(seen: &Seen, method: Method) -> Option<Route> {
    let held = &seen.standing.factors;
    let here = held.iter().position(|other| *other == method).unwrap_or_default();
    let others = held.iter().cycle().skip(here + 1).take(held.len().saturating_sub(1));
    others.copied().find(|other| *other != method && seen.may_prove(*other)).map(|other| other.traits().prove)
}

/// 「戻る」: whoever only confirms who they are is signed in, and need not; and in a recovery the way may be chosen anew
/// (D4).
pub fn way_back(seen: &Seen) -> Option<Route> {
    match seen.attempt.goal {
        Goal::SignIn => None,
        Goal::Reauthenticate(_) => {
            Some(ReturnPage::or_methods(seen.attempt.back_to.as_deref().unwrap_or_default()).way_out())
        }
        Goal::Recover => signin::may_choose_way(seen.attempt.goal, seen.step, &seen.attempt.proofs)
            .then_some(Route::RecoveryWay),
    }
}

/// The frame of a page that asks for a factor. Whoever is signed in, and shows again who they are, keeps their name.
pub fn frame_of_proof<'a>(app: &'a App, here: &'a Here, seen: &Seen) -> Frame<'a> {
    let mut frame = here.frame(app);
    if matches!(seen.attempt.goal, Goal::Reauthenticate(_)) {
        frame.signed_in =
            Some(SignedInName { name: seen.member.name.clone(), logout_href: Some(Route::LogOut) });
        frame.proves_again = true;
    }
    frame
}

/// 303: the browser asks for the next page with GET, whatever it sent before.
pub fn go(route: Route) -> Response {
    go_to(&route.to_string())
}

/// The same, where the page says what happened: a word of its own for `after`.
pub fn go_after(route: Route, after: &'static str) -> Response {
    go_to(&route.with(&[("after", after)]))
}

/// The same, to a place that is put together.
pub fn go_to(place: &str) -> Response {
    Redirect::to(place).into_response()
}

/// Most pages are no longer than that.
const USUAL_PAGE: usize = 12 * 1024;

/// A page in text, written into one piece of memory.
fn drawn(page: &impl Page) -> Result<Html<String>, Problem> {
    let mut text = String::with_capacity(USUAL_PAGE);
    page.render_into(&mut text)?;
    Ok(Html(text))
}

/// The answer with a whole page, and status 200.
pub fn show_page(page: &impl Page) -> Result<Response, Problem> {
    let mut response = drawn(page)?.into_response();
    if !page.is_personal() {
        response.extensions_mut().insert(ForEverybody);
    }
    Ok(response)
}

/// The same, where the page stays as it is for days: a browser that has it is told so by 304. It keeps no page that shows a
/// person, and asks each time before it shows one again. `asked`: the request's headers.
pub fn show_kept(page: &impl Page, asked: &HeaderMap) -> Result<Response, Problem> {
    if page.is_personal() {
        return show_page(page);
    }
    let html = drawn(page)?;
    // Weak: the same page is sent packed in several ways (RFC 9110, 8.8.1).
    let tag = format!("W/\"{}\"", assets::hash16(html.0.as_bytes()));
    let mut response = if assets::is_held(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        html.into_response()
    };
    response.extensions_mut().insert(ForEverybody);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).map_err(|_| Problem::NotFound)?);
    Ok(response)
}

/// A form again, with what is wrong in it: always one person's.
pub fn again(page: &impl Page) -> Result<Response, Problem> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, drawn(page)?).into_response())
}

/// The same, where what is wrong may be that the page is older than what it shows (I13): 409.
pub fn again_because(refused: &[(Field, Refusal)], page: &impl Page) -> Result<Response, Problem> {
    let is_old = refused.iter().any(|(_, refusal)| {
        matches!(
            refusal,
            Refusal::ChangedMeanwhile
                | Refusal::PasswordChangedMeanwhile
                | Refusal::NameChangedMeanwhile { .. }
        )
    });
    let status = if is_old { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, drawn(page)?).into_response())
}

/// The address that was probably meant, to be taken with one press.
pub fn meant(refused: &[(Field, Refusal)]) -> Option<String> {
    refused.iter().find_map(|(_, refusal)| match refusal {
        Refusal::TypoInEmail { meant, .. } => Some(meant.clone()),
        _ => None,
    })
}

/// Whether what was typed as user ID is a password: no page writes one down, and the field shows the ID that is in force.
pub fn names_a_password(refused: &[(Field, Refusal)]) -> bool {
    refused.iter().any(|(_, refusal)| *refusal == Refusal::LoginId(LoginIdFlaw::IsPassword))
}

/// Where the browser is; or the answer that leads it there.
pub enum Standpoint {
    /// On this page's step.
    Here(Box<Seen>),
    /// The browser belongs on another page: the redirect there.
    Elsewhere(Response),
}

/// Where the browser stands, seen from a page that wants certain steps.
pub async fn standpoint(
    app: &App,
    here: &Here,
    token: Option<&Token>,
    wanted: impl Fn(Step) -> bool,
) -> Result<Standpoint, Problem> {
    // Whoever was just led here by a form has a cookie, unless the browser takes none.
    let Some(token) = token else { return Ok(Standpoint::Elsewhere(go_after(Route::SignIn, "no-cookie"))) };
    Ok(match app.portal().way(&here.tenant, token).await? {
        Way::On(seen) if wanted(seen.step) => Standpoint::Here(seen),
        Way::On(seen) => Standpoint::Elsewhere(go(path(seen.step))),
        // Whoever does not know the password is not told to sign in with it.
        Way::RunOut { recovers: true, .. } => {
            Standpoint::Elsewhere(go_after(Route::ForgotPassword, "time-out"))
        }
        Way::RunOut { .. } | Way::Off => Standpoint::Elsewhere(go_after(Route::SignIn, "time-out")),
    })
}

/// The answer to a deed of an attempt that went through. What begins an attempt answers by itself, with the attempt's cookie
/// and the [`path`] of its first step.
pub fn onward(outcome: AttemptOutcome) -> Response {
    match outcome {
        AttemptOutcome::Ask { step, browser_cookie } => known_as(go(path(step)), browser_cookie.as_ref()),
        AttemptOutcome::SignInAnew { browser_cookie } => {
            known_as(go_after(Route::SignIn, "password-changed"), browser_cookie.as_ref())
        }
        AttemptOutcome::Entered(entered) => {
            let place = entered.back_to.as_deref().and_then(ReturnPage::parse);
            let place = if entered.too_slow { ask_again(place) } else { arrival_path(place) };
            enter(&entered, &place)
        }
    }
}

/// Where a member lands: on the page that was wanted, with what was typed there before; else on the portal page.
pub fn arrival_path(place: Option<ReturnPage>) -> String {
    place.map_or_else(|| Route::Top.to_string(), |place| place.route().with(&[("kept", "1")]))
}

/// Where a member is asked once more who took longer than proofs are fresh (D29).
fn ask_again(place: Option<ReturnPage>) -> String {
    let word = place.unwrap_or(ReturnPage::METHODS).word();
    Route::Reauth.with(&[("back", &word), ("after", "time-out")])
}

/// Hands over the session's cookie and leads inside.
pub fn enter(entered: &Entered, place: &str) -> Response {
    let mut response = known_as(go_to(place), entered.browser_cookie.as_ref());
    let headers = response.headers_mut();
    add(headers, cookie::set(cookie::SESSION, &entered.token, entered.keep_seconds));
    add(headers, cookie::clear(cookie::ATTEMPT));
    // Pages without a session, on this device, speak as the member's own do (D22).
    if let Some(language) = entered.language {
        add(headers, cookie::set_language(language.as_str()));
    }
    response
}

/// Hands over the cookie by which the browser is known from now on, where there is one (D27).
fn known_as(mut response: Response, browser_cookie: Option<&Token>) -> Response {
    if let Some(value) = browser_cookie {
        add(response.headers_mut(), cookie::set(cookie::KNOWN_BROWSER, value, Some(KEPT.as_secs())));
    }
    response
}

/// Adds a cookie to an answer.
pub fn add(headers: &mut HeaderMap, cookie: HeaderValue) {
    headers.append(header::SET_COOKIE, cookie);
}

/// What a page does with a deed that stopped.
pub enum Stopped {
    /// Show the form again with these refusals.
    Again(Vec<(Field, Refusal)>),
    /// The request is answered with this.
    Answer(Response),
}

/// Sorts a stop: refusals go back to the form, everything else leads elsewhere.
pub async fn stopped(app: &App, here: &Here, token: &Token, stop: Stop) -> Result<Stopped, Problem> {
    Ok(match stop {
        Stop::Refused(refused) => {
            if refused.iter().any(|(_, refusal)| *refusal == Refusal::AttemptOver) {
                let after = match refused.first() {
                    Some((Field::BirthDate, _)) => "birth-dates",
                    _ => "codes",
                };
                // The cookie stays: by it the page finds the user ID (D15).
                let mut response = go_after(Route::SignIn, after);
                response.extensions_mut().insert(RefusedForm);
                return Ok(Stopped::Answer(response));
            }
            Stopped::Again(refused)
        }
        Stop::StartAgain | Stop::NotNow => match standpoint(app, here, Some(token), |_| false).await? {
            Standpoint::Elsewhere(response) => Stopped::Answer(response),
            Standpoint::Here(seen) => Stopped::Answer(go(path(seen.step))),
        },
        Stop::Broken(fault) => return Err(fault.into()),
    })
}

/// Shows a step's page, or leads to the page whose turn it is.
pub async fn page<P: Page>(
    app: &App,
    here: &Here,
    token: Option<&Token>,
    wanted: impl Fn(Step) -> bool,
    draw: impl FnOnce(&Seen) -> Result<P, Problem>,
) -> Result<Response, Problem> {
    match standpoint(app, here, token, wanted).await? {
        Standpoint::Here(seen) => show_page(&draw(&seen)?),
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

/// Answers a form: on to what is next, or the same page again with what is wrong at its fields.
pub async fn answer<P: Page>(
    app: &App,
    here: &Here,
    token: &Token,
    done: Result<AttemptOutcome, Stop>,
    wanted: impl Fn(Step) -> bool,
    draw: impl FnOnce(&Seen, &[(Field, Refusal)]) -> Result<P, Problem>,
) -> Result<Response, Problem> {
    let stop = match done {
        Ok(outcome) => return Ok(onward(outcome)),
        Err(stop) => stop,
    };
    match stopped(app, here, token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => match standpoint(app, here, Some(token), wanted).await? {
            Standpoint::Here(seen) => again(&draw(&seen, &refused)?),
            Standpoint::Elsewhere(response) => Ok(response),
        },
    }
}

/// The frame with 「手順 3/6」 for a member in first login.
pub fn with_progress<'a>(mut frame: Frame<'a>, seen: &Seen) -> Frame<'a> {
    if !seen.standing.factors.is_empty() || seen.attempt.goal == Goal::Recover {
        return frame;
    }
    let current = signin::page_number(&frame.tenant.policy, seen.step);
    frame.progress = current.map(|current| StepProgress::in_first_login(&frame, current));
    frame
}
