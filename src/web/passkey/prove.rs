//! `/signin/passkey`: showing a passkey, after the password and to be fresh again (W-06, W-10).

use axum::{extract::State, response::Response};

use super::{PasskeyForm, SheetReport, flaw, options_json};
use crate::{
    domain::{passkey::PasskeyFlaw, route::Route, signin::Step, tenant::Method},
    portal::{Stop, attempt::Seen, passkey::PasskeyRow},
    web::{
        app::App,
        page::passkey::{PasskeyLine, ProvePasskeyPage},
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{self, Standpoint, Stopped, again, go, onward, path, show_page, standpoint, stopped},
        visitor::{At, Browser, Here, OnTheWay},
    },
};

const PATH: Route = Route::ProvePasskey;

/// Whoever is asked for a factor may come here with this one, if it will do (D10, D11).
fn wanted(step: Step) -> bool {
    matches!(step, Step::Prove(_))
}

async fn page<'a>(
    app: &'a App,
    here: &'a Here,
    seen: &Seen,
    failed: Option<PasskeyFlaw>,
) -> Result<ProvePasskeyPage<'a>, Problem> {
    let frame = step::frame_of_proof(app, here, seen);
    let held = app.portal().passkeys_of(&here.tenant, seen.member.id).await?;
    let line = |kept: &PasskeyRow| PasskeyLine {
        name: kept.name.clone(),
        created: frame.words.moment(kept.created_at),
        synced: kept.backed_up,
    };
    let passkeys = held.iter().map(line).collect();
    let other_way = step::other_way(seen, Method::Passkey);
    let back = step::way_back(seen);
    Ok(ProvePasskeyPage {
        frame,
        action: PATH,
        options: Route::ProvePasskeyOptions,
        passkeys,
        other_way,
        back,
        failed,
    })
}

/// Shows the member's passkeys; with what the script reports, the page of W-12.
pub async fn show(
    At(here): At,
    LenientQuery(reported): LenientQuery<SheetReport>,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match standpoint(&app, &here, token.as_ref(), wanted).await? {
        Standpoint::Here(seen) if !seen.may_prove(Method::Passkey) => Ok(go(path(seen.step))),
        Standpoint::Here(seen) => show_page(&page(&app, &here, &seen, reported.flaw()).await?),
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

/// The question for the browser.
pub async fn options(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return options_json(Err(Stop::StartAgain)) };
    options_json(app.portal().ask_to_show_passkey(&here.tenant, &token).await)
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
    let stop = match app.portal().prove_passkey(&here.tenant, &token, form.credential(), &browser).await {
        Ok(outcome) => return Ok(onward(outcome)),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => match standpoint(&app, &here, Some(&token), wanted).await? {
            Standpoint::Here(seen) if !seen.may_prove(Method::Passkey) => Ok(go(path(seen.step))),
            Standpoint::Here(seen) => again(&page(&app, &here, &seen, flaw(&refused)).await?),
            Standpoint::Elsewhere(response) => Ok(response),
        },
    }
}
