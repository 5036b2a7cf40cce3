//! `/signin/passkey/alone`: a passkey by itself, where the union signs in so (D1). It is asked for on the sign-in page,
//! by its button and in the list under the user-ID field; whatever is refused is told there.

use axum::{extract::State, response::Response};

use super::{PasskeyForm, flaw, options_json};
use crate::{
    domain::{passkey::PasskeyFlaw, route::Route, tenant::Method},
    portal::{
        Stop,
        attempt::FormerTokens,
        passkey::alone::{LoneOutcome, LonePasskey},
    },
    vault::Token,
    web::{
        app::App,
        cookie,
        place::ReturnPage,
        posted::Posted,
        problem::Problem,
        signin,
        step::{add, arrival_path, enter, go, path},
        visitor::{At, Browser, OnTheWay, SessionCookie},
    },
};

/// The cookie by which a browser that is not signed in gets the answer to its own passkey question.
#[derive(Debug)]
pub struct CeremonyCookie(Option<Token>);

impl<S: Sync> axum::extract::FromRequestParts<S> for CeremonyCookie {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(cookie::token(&parts.headers, cookie::CEREMONY)))
    }
}

/// The question for the browser, and the cookie that says which browser was asked.
pub async fn options(
    At(here): At,
    CeremonyCookie(ceremony): CeremonyCookie,
    State(app): State<App>,
) -> Result<Response, Problem> {
    if !here.tenant.policy.stands_alone(Method::Passkey) {
        return Err(Problem::NotFound);
    }
    match app.portal().ask_for_any_passkey(&here.tenant, ceremony).await {
        Ok((ceremony, options)) => {
            let mut response = options_json(Ok(options))?;
            add(response.headers_mut(), cookie::set(cookie::CEREMONY, &ceremony, None));
            Ok(response)
        }
        Err(stop) => options_json(Err(stop)),
    }
}

/// A refusal leaves this address in the browser; whoever loads it again means the sign-in page.
pub async fn show() -> Response {
    go(Route::SignIn)
}

/// Takes the browser's answer.
pub async fn finish(
    At(here): At,
    OnTheWay(attempt): OnTheWay,
    SessionCookie(session): SessionCookie,
    CeremonyCookie(ceremony): CeremonyCookie,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<PasskeyForm>,
) -> Result<Response, Problem> {
    if !here.tenant.policy.stands_alone(Method::Passkey) {
        return Err(Problem::NotFound);
    }
    let remember = form.remember.is_some();
    let Some(ceremony) = ceremony else {
        return signin::again_without_cookie(&here, &app, remember, &form.back);
    };
    let place = ReturnPage::parse(&form.back);
    let back_to = place.map(ReturnPage::word);
    let former = FormerTokens { attempt, session };
    let offer = LonePasskey { credential: form.credential, ceremony, remember, browser, former, back_to };
    let mut response = match app.portal().sign_in_by_passkey(&here.tenant, offer).await {
        Ok(LoneOutcome::Entered(entered)) => enter(&entered, &arrival_path(place)),
        Ok(LoneOutcome::OnTheWay(started)) => {
            let mut response = go(path(started.step));
            add(response.headers_mut(), cookie::set(cookie::ATTEMPT, &started.token, None));
            response
        }
        Err(Stop::Refused(refused)) => {
            let flaw = flaw(&refused).unwrap_or(PasskeyFlaw::NotAccepted);
            // The cookie stays: another tab, or the list under the user ID, may still be waiting for its answer.
            return signin::again_with(&here, &app, flaw, remember, &form.back);
        }
        Err(Stop::Broken(fault)) => return Err(fault.into()),
        Err(Stop::StartAgain | Stop::NotNow) => return Ok(go(Route::SignIn)),
    };
    add(response.headers_mut(), cookie::clear(cookie::CEREMONY));
    Ok(response)
}
