//! `/signin/setup/passkey`: a first passkey, on the way in (W-01–W-03, W-12).

use axum::{extract::State, response::Response};

use super::{PasskeyForm, SheetReport, flaw, options_json};
use crate::{
    domain::{passkey::PasskeyFlaw, route::Route, signin::Step, tenant::Method},
    portal::{attempt::Seen, onward::AttemptOutcome, passkey::NewPasskey},
    web::{
        app::App,
        page::{Frame, passkey::SetUpPasskeyPage},
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{self, enter, go, with_progress},
        visitor::{At, Browser, Here, OnTheWay},
    },
};

const PATH: Route = Route::SetUpPasskey;

fn wanted(step: Step) -> bool {
    step == Step::SetUp(Method::Passkey)
}

fn page<'a>(
    here: &Here,
    frame: Frame<'a>,
    seen: &Seen,
    sign_out_everywhere: bool,
    failed: Option<PasskeyFlaw>,
) -> SetUpPasskeyPage<'a> {
    let other_methods = here.tenant.policy.offered().count() > 1;
    let frame = with_progress(frame, seen);
    let back = step::way_back(seen);
    SetUpPasskeyPage {
        frame,
        action: PATH,
        options: Route::SetUpPasskeyOptions,
        sign_out_everywhere,
        other_methods,
        back,
        notes: Vec::new(),
        failed,
        refused: false,
    }
}

/// Shows it; with what the script reports, the page of W-12.
pub async fn show(
    At(here): At,
    LenientQuery(reported): LenientQuery<SheetReport>,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    step::page(&app, &here, token.as_ref(), wanted, |seen| {
        Ok(page(&here, here.frame(&app), seen, reported.keeps_tick(), reported.flaw()))
    })
    .await
}

/// The question for the browser.
pub async fn options(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return options_json(Err(crate::portal::Stop::StartAgain)) };
    options_json(app.portal().ask_for_first_passkey(&here.tenant, &token).await)
}

/// Takes the browser's answer.
pub async fn finish(
    At(here): At,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<PasskeyForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let everywhere = form.sign_out_everywhere.is_some();
    let offer = NewPasskey { credential: form.credential, everywhere, browser, language: here.language };
    let done = match app.portal().finish_first_passkey(&here.tenant, &token, offer).await {
        Ok((AttemptOutcome::Entered(entered), id)) => {
            return Ok(enter(&entered, &Route::NamePasskey(id).with(&[("from", "signin")])));
        }
        Ok((outcome, _)) => Ok(outcome),
        Err(stop) => Err(stop),
    };
    step::answer(&app, &here, &token, done, wanted, |seen, refused| {
        let page = page(&here, here.frame(&app), seen, everywhere, flaw(refused));
        Ok(SetUpPasskeyPage { refused: true, ..page })
    })
    .await
}
