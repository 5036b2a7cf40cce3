//! A lost factor on the way out of a forgotten password: which way, the wait and calling it off, the desk's code (D4).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::{
        proof::MailProof,
        route::{MailedLink, Route},
        signin::{Step, may_choose_way},
    },
    portal::{attempt::Seen, recovery::lost_factor::CallOff},
    vault::Token,
    web::{
        app::App,
        code::CodeForm,
        link::LinkToken,
        page::{
            Frame,
            recovery::{CallOffPage, RecoveryDeskCodePage, RecoveryWaitPage, RecoveryWayPage},
            with_refusals,
        },
        posted::Posted,
        problem::Problem,
        step::{self, Standpoint, Stopped, again, go, onward, path, show_page, standpoint, stopped},
        visitor::{At, OnTheWay},
    },
};

/// Until a factor was shown the choice is open, on whatever page it has led to.
fn may(seen: &Seen) -> bool {
    may_choose_way(seen.attempt.goal, seen.step, &seen.attempt.proofs)
}

fn way_page<'a>(frame: Frame<'a>, seen: &Seen) -> RecoveryWayPage<'a> {
    let code_only = seen.attempt.proofs.recovery.is_some_and(|recovery| recovery.mail == MailProof::Code);
    RecoveryWayPage { frame, code_only }
}

/// GET `/recovery/password/way`: asks whether the factor is lost.
pub async fn way(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match standpoint(&app, &here, token.as_ref(), |_| true).await? {
        Standpoint::Here(seen) if may(&seen) => show_page(&way_page(here.frame(&app), &seen)),
        Standpoint::Here(seen) => Ok(go(path(seen.step))),
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WayForm {
    lost: String,
}

/// POST: keeps the chosen way.
pub async fn choose(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<WayForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let lost = match form.lost.as_str() {
        "0" => false,
        "1" => true,
        _ => return Ok(go(path(Step::WhichWay))),
    };
    let stop = match app.portal().choose_way(&here.tenant, &token, lost).await {
        Ok(outcome) => return Ok(onward(outcome)),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => match standpoint(&app, &here, Some(&token), |_| true).await? {
            Standpoint::Here(seen) => again(&way_page(with_refusals(here.frame(&app), &refused), &seen)),
            Standpoint::Elsewhere(response) => Ok(response),
        },
    }
}

/// `/recovery/password/wait`. A wait that was called off meanwhile leads back to the choice.
pub async fn wait(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match standpoint(&app, &here, token.as_ref(), |step| step == Step::Wait).await? {
        Standpoint::Here(seen) => match seen.standing.lost_factor {
            Some(wait) if app.portal().now() < wait.closes_at => {
                let frame = here.frame(&app);
                let (opens, closes) = (frame.words.moment(wait.opens_at), frame.words.moment(wait.closes_at));
                show_page(&RecoveryWaitPage { frame, opens, closes })
            }
            _ => Ok(go(path(Step::WhichWay))),
        },
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

fn wants_desk_code(step: Step) -> bool {
    step == Step::DeskCode
}

/// GET `/recovery/password/desk-code`: asks for the code of the desk.
pub async fn desk_code(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let draw = |_: &Seen| Ok(RecoveryDeskCodePage { frame: here.frame(&app) });
    step::page(&app, &here, token.as_ref(), wants_desk_code, draw).await
}

/// Offers a code of the union's desk.
pub async fn offer_desk_code(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<CodeForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let done = app.portal().offer_desk_code(&here.tenant, &token, &form.code).await;
    step::answer(&app, &here, &token, done, wants_desk_code, |_, refused| {
        Ok(RecoveryDeskCodePage { frame: with_refusals(here.frame(&app), refused) })
    })
    .await
}

fn call_off_page(mut frame: Frame<'_>, token: &Token, wait: CallOff) -> Result<Response, Problem> {
    let action = MailedLink::CallOff.path(token.expose());
    frame.path.clone_from(&action);
    match wait {
        CallOff::Dead => Err(Problem::Gone),
        CallOff::Open => show_page(&CallOffPage { frame, action, done: false }),
        CallOff::Done => show_page(&CallOffPage { frame, action, done: true }),
    }
}

/// `/recovery/call-off/{token}`: asks first; looking changes nothing.
pub async fn ask_to_call_off(
    At(here): At,
    LinkToken(token): LinkToken,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let token = token.ok_or(Problem::Gone)?;
    let wait = app.portal().call_off_link(&here.tenant, &token).await?;
    call_off_page(here.frame(&app), &token, wait)
}

/// Calls the wait off. Nobody has to be signed in for it: whoever reads the member's mail may stop, and no more.
pub async fn call_off(
    At(here): At,
    LinkToken(token): LinkToken,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let token = token.ok_or(Problem::Gone)?;
    let wait = app.portal().call_off(&here.tenant, &token).await?;
    call_off_page(here.frame(&app), &token, wait)
}
