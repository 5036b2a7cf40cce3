//! `/signin/birthdate` (F-01).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::signin::Step,
    portal::attempt::Seen,
    web::{
        App,
        page::{Frame, first_login::BirthDate},
        posted::Posted,
        problem::Problem,
        step::{
            Standpoint, Stopped, again, go, onward, show as whole, standpoint, stopped, with_progress,
            with_refusals,
        },
        visitor::{At, Here, OnTheWay},
    },
};

fn wanted(step: Step) -> bool {
    step == Step::BirthDate
}

fn frame<'a>(app: &'a App, here: &'a Here, seen: &Seen) -> Frame<'a> {
    with_progress(here.frame(app), seen)
}

/// Shows the form.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match standpoint(&app, &here, token.as_ref(), wanted).await? {
        Standpoint::Here(seen) => {
            whole(&BirthDate { frame: frame(&app, &here, &seen), value: String::new() })
        }
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

/// The form.
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
    let Some(token) = token else { return Ok(go("/signin")) };
    let stop = match app.portal().offer_birth_date(&here.tenant, &token, &form.birthdate).await {
        Ok(outcome) => return Ok(onward(outcome)),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => match standpoint(&app, &here, Some(&token), wanted).await? {
            Standpoint::Here(seen) => {
                let frame = with_refusals(frame(&app, &here, &seen), &refused);
                again(&BirthDate { frame, value: form.birthdate })
            }
            Standpoint::Elsewhere(response) => Ok(response),
        },
    }
}
