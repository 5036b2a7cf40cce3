//! `/signin`: user ID and password (P-02–P-04).

use axum::{extract::State, http::HeaderMap, response::Response};
use secrecy::SecretString;
use serde::Deserialize;

use super::{
    app::App,
    cookie,
    page::{
        Frame, StepProgress,
        signin::{SignInMessage, SignInPage},
    },
    passkey::SheetReport,
    place::ReturnPage,
    posted::{LenientQuery, Posted},
    problem::Problem,
    sso::authorize::newest,
    step::{add, again, go, go_after, path, show_page},
    visitor::{Anybody, At, Here, OnTheWay, SessionCookie},
};
use crate::{
    domain::{
        login_id::LoginId,
        passkey::PasskeyFlaw,
        route::Route,
        tenant::{Method, NoticePlace},
    },
    portal::{
        Field, Stop,
        attempt::{FormerTokens, Way},
        session::Admission,
        signin::PasswordOffer,
    },
};

/// What brought the member here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SigninQuery {
    after: String,
    /// The page behind the login that was wanted.
    back: String,
}

impl SigninQuery {
    fn message(&self) -> Option<SignInMessage> {
        Some(match self.after.as_str() {
            "time-out" => SignInMessage::TimedOut,
            "no-cookie" => SignInMessage::NoCookie,
            "log-out-to-set-up" => SignInMessage::LoggedOutToSetUp,
            "log-out-to-sign-in" => SignInMessage::LoggedOutToSignIn,
            "not-kept" => SignInMessage::NotKept,
            "codes" => SignInMessage::CodesUsedUp,
            "birth-dates" => SignInMessage::BirthDatesUsedUp,
            "password-changed" => SignInMessage::PasswordChanged,
            _ => return None,
        })
    }
}

/// Shows the form. Whoever took too long finds the user ID filled in (D15).
pub async fn show(
    At(here): At,
    LenientQuery(after): LenientQuery<SigninQuery>,
    LenientQuery(reported): LenientQuery<SheetReport>,
    OnTheWay(token): OnTheWay,
    anybody: Anybody,
    headers: HeaderMap,
    State(app): State<App>,
) -> Result<Response, Problem> {
    if matches!(anybody.admission, Admission::In(_)) {
        // Five wrong codes on the way to fresh proofs end that attempt, not the session.
        return Ok(if after.after == "codes" { go_after(Route::Reauth, "codes") } else { go(Route::Top) });
    }
    let mut message = after.message();
    let mut login = String::new();
    let mut back = after.back;
    match anybody.admission {
        Admission::RunOut { login: former, session, .. } => {
            login = former;
            // The page whose form waits, whatever detour was taken on the way back to it.
            if back.is_empty() {
                back = app.portal().kept_form_page(&here.tenant, session).await?.unwrap_or_default();
            }
            message = message.or(Some(SignInMessage::TimedOut));
        }
        Admission::Out if anybody.token.is_some() => message = message.or(Some(SignInMessage::Ended)),
        Admission::Out | Admission::In(_) => {}
    }
    if token.is_some() || anybody.token.is_some() {
        message = message.filter(|message| *message != SignInMessage::NoCookie);
    }
    if let Some(token) = &token {
        match app.portal().way(&here.tenant, token).await? {
            Way::RunOut { login: former, early, .. } => {
                login = former;
                message = message.or((!early).then_some(SignInMessage::TimedOut));
            }
            Way::On(seen) => seen.member.login.as_str().clone_into(&mut login),
            Way::Off => {}
        }
    }
    // A first login that is done in two parts goes on to the service that it began for.
    let is_second_part = matches!(
        message,
        Some(
            SignInMessage::LoggedOutToSetUp
                | SignInMessage::LoggedOutToSignIn
                | SignInMessage::PasswordChanged
        )
    );
    if is_second_part
        && back.is_empty()
        && let Some(place) = newest(&app, &here, &headers).await?
    {
        back = place.word();
    }
    let mut frame = here.frame_with_notices(&app, NoticePlace::Login);
    // What is left of the first login, once the member has logged out as told.
    if message == Some(SignInMessage::LoggedOutToSetUp) {
        let last = frame.tenant.policy.first_login.steps.len();
        frame.progress = Some(StepProgress::in_first_login(&frame, last));
    }
    let page = SignInPage { failed: reported.flaw(), ..page(&here, frame, login, false, message) };
    show_page(&page.coming_back_to(&back))
}

/// The page again, for a browser that did not bring the cookie it was given with the question for a passkey.
pub fn again_without_cookie(here: &Here, app: &App, remember: bool, back: &str) -> Result<Response, Problem> {
    let mut frame = here.frame_with_notices(app, NoticePlace::Login);
    frame.path = Route::SignIn.to_string();
    let page = page(here, frame, String::new(), remember, Some(SignInMessage::NoCookie));
    again(&page.coming_back_to(back))
}

/// The page again, after a passkey shown by itself was refused.
pub fn again_with(
    here: &Here,
    app: &App,
    flaw: PasskeyFlaw,
    remember: bool,
    back: &str,
) -> Result<Response, Problem> {
    let mut frame = here.frame_with_notices(app, NoticePlace::Login);
    // The passkey's own address answers forms only; the page belongs to this one.
    frame.path = Route::SignIn.to_string();
    let page = SignInPage { failed: Some(flaw), ..page(here, frame, String::new(), remember, None) };
    again(&page.coming_back_to(back))
}

fn page<'a>(
    here: &Here,
    frame: Frame<'a>,
    login: String,
    remember: bool,
    message: Option<SignInMessage>,
) -> SignInPage<'a> {
    let remember_offered = here.tenant.policy.session.remember_hours > 0;
    let passkey_alone = here.tenant.policy.stands_alone(Method::Passkey);
    let back = None;
    SignInPage { frame, login, remember_offered, remember, message, passkey_alone, failed: None, back }
}

impl SignInPage<'_> {
    /// The page, leading on to that one; words that are no place lead to the portal page.
    fn coming_back_to(mut self, word: &str) -> Self {
        self.back = ReturnPage::parse(word).map(ReturnPage::word);
        self
    }
}

/// What the sign-in form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    username: String,
    password: SecretString,
    remember: Option<String>,
    back: String,
}

/// Offers user ID and password.
pub async fn offer(
    At(here): At,
    OnTheWay(attempt): OnTheWay,
    SessionCookie(session): SessionCookie,
    State(app): State<App>,
    Posted(form): Posted<SignInForm>,
) -> Result<Response, Problem> {
    let remember = form.remember.is_some();
    let login = LoginId::typed(&form.username);
    let back_to = ReturnPage::parse(&form.back).map(ReturnPage::word);
    let tried = login.clone();
    let offer = PasswordOffer {
        login,
        password: form.password,
        remember,
        former: FormerTokens { attempt, session },
        again: None,
        back_to,
    };
    match app.portal().offer_password(&here.tenant, offer).await {
        Ok(started) => {
            let mut response = go(path(started.step));
            add(response.headers_mut(), cookie::set(cookie::ATTEMPT, &started.token, None));
            Ok(response)
        }
        Err(Stop::Refused(refused)) => {
            app.portal().note_tried_user_id(&here.tenant, &tried).await;
            let mut frame = here.frame_with_notices(&app, NoticePlace::Login);
            for (field, refusal) in &refused {
                let id = if *field == Field::Password { "password" } else { "username" };
                frame = frame.with_refusal(id, refusal);
            }
            again(&page(&here, frame, form.username, remember, None).coming_back_to(&form.back))
        }
        Err(Stop::Broken(fault)) => Err(fault.into()),
        Err(Stop::StartAgain | Stop::NotNow) => Ok(go(Route::SignIn)),
    }
}
