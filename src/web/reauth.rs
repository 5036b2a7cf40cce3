//! `/reauth`: 「続行するには再度認証してください」 (S-08, D11). The password here, then the page of the strongest factor, and
//! back to where the member was going.

use axum::{extract::State, response::Response};
use secrecy::SecretString;
use serde::Deserialize;

use super::{
    app::App,
    cookie,
    page::{Frame, NO_FIELD, account::ReauthPage},
    passkey::{PasskeyForm, SheetReport, flaw, options_json},
    place::ReturnPage,
    posted::{LenientQuery, Posted},
    problem::Problem,
    step::{add, again, arrival_path, enter, go, go_to, path, show_page},
    visitor::{At, Here, OnTheWay, SignedIn},
};
use crate::{
    domain::{passkey::PasskeyFlaw, refusal::Refusal, route::Route, tenant::Method},
    portal::{Stop, attempt::FormerTokens, signin::PasswordOffer},
};

/// Which page asked, and what happened meanwhile.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReauthQuery {
    back: String,
    after: String,
}

fn page<'a>(
    here: &Here,
    frame: Frame<'a>,
    me: &SignedIn,
    back: &str,
    failed: Option<PasskeyFlaw>,
) -> ReauthPage<'a> {
    let place = ReturnPage::or_methods(back);
    ReauthPage {
        frame,
        login: me.visit.member.login.as_str().to_owned(),
        back: place.word(),
        cancel: place.way_out(),
        passkey_alone: here.tenant.policy.stands_alone(Method::Passkey),
        failed,
    }
}

/// Shows the form; whoever is fresh already goes on.
pub async fn show(
    At(here): At,
    me: SignedIn,
    LenientQuery(query): LenientQuery<ReauthQuery>,
    LenientQuery(reported): LenientQuery<SheetReport>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    // Whoever begins again has not forgotten where they were going.
    let back = match query.back.as_str() {
        "" => app.portal().kept_form_page(&here.tenant, me.visit.session.id).await?.unwrap_or_default(),
        back => back.to_owned(),
    };
    if app.portal().fresh(&me.visit).is_some() {
        return Ok(go_to(&arrival_path(Some(ReturnPage::or_methods(&back)))));
    }
    let mut frame = me.frame(&here, &app);
    let over = match query.after.as_str() {
        "codes" => Some(Refusal::ConfirmingOver),
        "time-out" => Some(Refusal::ConfirmingTooSlow),
        _ => None,
    };
    if let Some(over) = over {
        frame = frame.with_refusal(NO_FIELD, &over);
    }
    show_page(&page(&here, frame, &me, &back, reported.flaw()))
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReauthForm {
    password: SecretString,
    back: String,
}

/// Offers the password again. The user ID is the session's own.
pub async fn offer(
    At(here): At,
    me: SignedIn,
    OnTheWay(attempt): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<ReauthForm>,
) -> Result<Response, Problem> {
    let offer = PasswordOffer {
        login: me.visit.member.login.clone(),
        password: form.password,
        remember: false,
        former: FormerTokens { attempt, session: None },
        again: Some(me.visit.session.id),
        back_to: Some(ReturnPage::or_methods(&form.back).word()),
    };
    match app.portal().offer_password(&here.tenant, offer).await {
        Ok(started) => {
            let mut response = go(path(started.step));
            add(response.headers_mut(), cookie::set(cookie::ATTEMPT, &started.token, None));
            Ok(response)
        }
        Err(Stop::Refused(refused)) => {
            let mut frame = me.frame(&here, &app);
            for (_, refusal) in refused {
                let refusal = match refusal {
                    Refusal::WrongCredentials { left } => Refusal::WrongPassword { left },
                    other => other,
                };
                frame = frame.with_refusal("password", &refusal);
            }
            again(&page(&here, frame, &me, &form.back, None))
        }
        Err(Stop::StartAgain | Stop::NotNow) => Ok(go(Route::SignIn)),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}

/// The question for the browser, where a passkey stands alone.
pub async fn options(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    options_json(app.portal().ask_again_for_passkey(&here.tenant, &me.visit).await)
}

/// A refused passkey leaves its address in the browser; whoever loads it again means the page of the password.
pub async fn lead_back() -> Response {
    go(Route::Reauth)
}

/// Takes a passkey instead of the password and all.
pub async fn by_passkey(
    At(here): At,
    me: SignedIn,
    State(app): State<App>,
    Posted(form): Posted<PasskeyForm>,
) -> Result<Response, Problem> {
    match app.portal().refresh_by_passkey(&here.tenant, &me.visit, form.credential()).await {
        Ok(entered) => Ok(enter(&entered, &arrival_path(Some(ReturnPage::or_methods(form.back()))))),
        Err(Stop::Refused(refused)) => {
            let mut frame = me.frame(&here, &app);
            // This address answers forms only; the page belongs to the other.
            frame.path = Route::Reauth.with(&[("back", &ReturnPage::or_methods(form.back()).word())]);
            again(&page(&here, frame, &me, form.back(), flaw(&refused)))
        }
        Err(Stop::NotNow) => Err(Problem::NotFound),
        Err(Stop::StartAgain) => Ok(go(Route::SignIn)),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}
