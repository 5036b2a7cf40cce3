//! `/signin/terms` (F-02, D14, G-01).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::{route::Route, signin::Step},
    web::{
        app::App,
        cookie,
        page::first_login::{DeclinedPage, Renewed, TermsPage},
        posted::Posted,
        problem::Problem,
        step::{Standpoint, Stopped, add, go, onward, path, show_page, standpoint, stopped, with_progress},
        visitor::{At, Browser, OnTheWay},
    },
    world::today_in_japan,
};

fn wanted(step: Step) -> bool {
    step == Step::Terms
}

/// Shows the terms; to those who agreed to others, what changed and when they agreed.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let seen = match standpoint(&app, &here, token.as_ref(), wanted).await? {
        Standpoint::Here(seen) => seen,
        Standpoint::Elsewhere(response) => return Ok(response),
    };
    let tenant = &here.tenant;
    let agreed = app.portal().agreed_last(tenant, seen.member.id).await?;
    let frame = with_progress(here.frame(&app), &seen);
    let renewed =
        agreed.map(|agreed| Renewed::new(tenant, &frame.words, &agreed.version, today_in_japan(agreed.at)));
    show_page(&TermsPage { frame, renewed })
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TermsForm {
    answer: String,
    /// The version that was shown.
    version: String,
}

/// 「同意する」 or 「同意しない」. Anything else asks again: silence is no consent, and neither is a yes to a version
/// that was in force when the page was opened.
pub async fn answer(
    At(here): At,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<TermsForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let stop = match form.answer.as_str() {
        "agree" if form.version == here.tenant.terms.version => {
            match app.portal().accept_terms(&here.tenant, &token, &browser).await {
                Ok(outcome) => return Ok(onward(outcome)),
                Err(stop) => stop,
            }
        }
        "decline" => match app.portal().decline_terms(&here.tenant, &token).await {
            Ok(()) => {
                let mut response = show_page(&DeclinedPage { frame: here.frame(&app) })?;
                add(response.headers_mut(), cookie::clear(cookie::ATTEMPT));
                return Ok(response);
            }
            Err(stop) => stop,
        },
        _ => return Ok(go(path(Step::Terms))),
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(_) => Ok(go(path(Step::Terms))),
    }
}
