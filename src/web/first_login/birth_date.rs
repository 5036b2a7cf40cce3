//! `/signin/birthdate` (F-01).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::{lockout::BIRTH_DATES_IN_ALL, refusal::Refusal, route::Route, signin::Step},
    portal::{Field, attempt::Seen},
    web::{
        app::App,
        page::{Frame, first_login::BirthDatePage, with_refusals},
        posted::Posted,
        problem::Problem,
        step::{self, go, with_progress},
        visitor::{At, Here, OnTheWay},
    },
};

fn wanted(step: Step) -> bool {
    step == Step::BirthDate
}

fn frame<'a>(app: &'a App, here: &'a Here, seen: &Seen) -> Frame<'a> {
    with_progress(here.frame(app), seen)
}

/// The frame on arrival: whoever may not answer any more is told before typing.
fn arrival<'a>(app: &'a App, here: &'a Here, seen: &Seen) -> Frame<'a> {
    let closed = seen.member.birth_date_misses >= BIRTH_DATES_IN_ALL;
    let told = if closed { vec![(Field::BirthDate, Refusal::BirthDateClosed)] } else { Vec::new() };
    with_refusals(frame(app, here, seen), &told)
}

/// GET: shows the form for the birth date.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let draw = |seen: &Seen| Ok(BirthDatePage { frame: arrival(&app, &here, seen), value: String::new() });
    step::page(&app, &here, token.as_ref(), wanted, draw).await
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BirthDateForm {
    birthdate: String,
}

/// Offers the birth date.
pub async fn offer(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<BirthDateForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let done = app.portal().offer_birth_date(&here.tenant, &token, &form.birthdate, here.language).await;
    step::answer(&app, &here, &token, done, wanted, |seen, refused| {
        Ok(BirthDatePage { frame: with_refusals(frame(&app, &here, seen), refused), value: form.birthdate })
    })
    .await
}
