//! 「パスワードを忘れた方」 (R-01–R-05, D4): from the question to the mail, and from the mail to the steps of a recovery. Every
//! page that answers a question about somebody looks the same whoever it is about.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;

use super::{
    app::App,
    code::CodeForm,
    cookie,
    link::LinkToken,
    page::{
        NO_FIELD,
        code::MailedCodePage,
        recovery::{ForgotPasswordPage, RecoveryLinkPage, RecoverySentPage},
        with_refusals,
    },
    posted::{LenientQuery, Posted},
    problem::Problem,
    step::{add, again, go, go_after, path, show_page},
    visitor::{At, OnTheWay, SessionCookie},
};
use crate::{
    domain::{
        login_id::LoginId,
        refusal::Refusal,
        route::{MailedLink, Route},
    },
    portal::{
        Stop,
        attempt::{FormerTokens, StartedAttempt, Way},
    },
};

pub mod lost_factor;
pub mod user_id;

/// What brought the member here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RecoveryQuery {
    after: String,
}

/// `/recovery/password`. Whoever took too long finds the user ID filled in (D15).
pub async fn password(
    At(here): At,
    LenientQuery(after): LenientQuery<RecoveryQuery>,
    OnTheWay(token): OnTheWay,
    headers: HeaderMap,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let mut page = ForgotPasswordPage { frame: here.frame(&app), login: String::new() };
    if after.after == "no-cookie" && cookie::token(&headers, cookie::RECOVERY).is_none() {
        page.frame = page.frame.with_refusal(NO_FIELD, &Refusal::NoCookie);
    }
    if after.after == "time-out" {
        page.frame = page.frame.with_refusal(NO_FIELD, &Refusal::RecoveryRunOut);
    }
    if let Some(token) = &token
        && let Way::RunOut { login, recovers: true, .. } = app.portal().way(&here.tenant, token).await?
    {
        page.login = login;
    }
    show_page(&page)
}

/// What the form of a forgotten password posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ForgotPasswordForm {
    user_id: String,
}

/// Asks for the mail. Every user ID gets this answer, and every browser a cookie of its own, for as long as what it asked.
pub async fn ask(
    At(here): At,
    headers: HeaderMap,
    State(app): State<App>,
    Posted(form): Posted<ForgotPasswordForm>,
) -> Result<Response, Problem> {
    let login = LoginId::typed(&form.user_id);
    let had = cookie::token(&headers, cookie::RECOVERY);
    match app.portal().ask_recovery(&here.tenant, &login, had.as_ref()).await {
        Ok(browser) => {
            app.portal().note_tried_user_id(&here.tenant, &login).await;
            let mut response = go(Route::RecoverySent);
            add(response.headers_mut(), cookie::set(cookie::RECOVERY, &browser, None));
            Ok(response)
        }
        Err(Stop::Refused(refused)) => {
            let frame = with_refusals(here.frame(&app), &refused);
            again(&ForgotPasswordPage { frame, login: form.user_id })
        }
        Err(stop) => Err(stop.into()),
    }
}

/// GET `/recovery/password/sent`: says that a mail was sent, if there is somebody to mail to.
pub async fn sent(At(here): At, State(app): State<App>) -> Result<Response, Problem> {
    show_page(&RecoverySentPage { frame: here.frame(&app) })
}

/// `/recovery/password/link/{token}`: one button. Looking uses nothing up: mail scanners look first (G6).
pub async fn link(
    At(here): At,
    LinkToken(token): LinkToken,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let token = token.ok_or(Problem::DeadLink)?;
    if !app.portal().recovery_link_works(&here.tenant, &token).await? {
        return Err(Problem::DeadLink);
    }
    let action = MailedLink::Recovery.path(token.expose());
    let mut frame = here.frame(&app);
    frame.path.clone_from(&action);
    show_page(&RecoveryLinkPage { frame, action })
}

/// Uses the link up: the recovery goes on in this browser.
pub async fn by_link(
    At(here): At,
    LinkToken(token): LinkToken,
    OnTheWay(attempt): OnTheWay,
    SessionCookie(session): SessionCookie,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let token = token.ok_or(Problem::DeadLink)?;
    let former = FormerTokens { attempt, session };
    match app.portal().recover_by_link(&here.tenant, &token, &former).await {
        Ok(started) => Ok(begin(&started)),
        Err(Stop::StartAgain) => Err(Problem::DeadLink),
        Err(stop) => Err(stop.into()),
    }
}

/// The recovery's own cookie, and its first page.
fn begin(started: &StartedAttempt) -> Response {
    let mut response = go(path(started.step));
    let headers = response.headers_mut();
    add(headers, cookie::set(cookie::ATTEMPT, &started.token, None));
    add(headers, cookie::clear(cookie::RECOVERY));
    response
}

/// `/recovery/password/code`, in the browser that asked.
pub async fn code(At(here): At, headers: HeaderMap, State(app): State<App>) -> Result<Response, Problem> {
    if cookie::token(&headers, cookie::RECOVERY).is_none() {
        return Ok(go_after(Route::ForgotPassword, "no-cookie"));
    }
    show_page(&MailedCodePage::of_recovery(here.frame(&app)))
}

/// Offers the mailed code.
pub async fn by_code(
    At(here): At,
    headers: HeaderMap,
    OnTheWay(attempt): OnTheWay,
    SessionCookie(session): SessionCookie,
    State(app): State<App>,
    Posted(form): Posted<CodeForm>,
) -> Result<Response, Problem> {
    let Some(browser) = cookie::token(&headers, cookie::RECOVERY) else {
        return Ok(go(Route::ForgotPassword));
    };
    let former = FormerTokens { attempt, session };
    match app.portal().recover_by_code(&here.tenant, &browser, &form.code, &former).await {
        Ok(started) => Ok(begin(&started)),
        Err(Stop::Refused(refused)) => {
            again(&MailedCodePage::of_recovery(here.frame(&app)).with_refusals(&refused))
        }
        Err(stop) => Err(stop.into()),
    }
}
