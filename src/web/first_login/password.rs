//! `/signin/password`: a password of the member's own (F-06, D6).

use axum::{extract::State, response::Response};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    domain::signin::Step,
    portal::{attempt::Seen, first_login::NewPasswordOffer},
    web::{
        App,
        page::{
            Frame,
            first_login::{Password, Rule},
        },
        posted::Posted,
        problem::Problem,
        step::{
            Standpoint, Stopped, again, go, onward, show as whole, standpoint, stopped, with_progress,
            with_refusals,
        },
        visitor::{At, OnTheWay},
    },
};

fn wanted(step: Step) -> bool {
    step == Step::NewPassword
}

fn page<'a>(frame: Frame<'a>, seen: &Seen, everywhere: bool) -> Password<'a> {
    let rules = Rule::list(&frame.tenant.policy.password, &frame.words);
    let login = seen.member.login.as_str().to_owned();
    Password { frame, login, rules, sign_out_everywhere: everywhere, reset: false }
}

/// Shows the form.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match standpoint(&app, &here, token.as_ref(), wanted).await? {
        Standpoint::Here(seen) => whole(&page(with_progress(here.frame(&app), &seen), &seen, true)),
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    password: SecretString,
    password_confirm: SecretString,
    sign_out_everywhere: Option<String>,
}

/// Sets the password.
pub async fn set(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<PasswordForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go("/signin")) };
    let everywhere = form.sign_out_everywhere.is_some();
    let offer = NewPasswordOffer { password: form.password, again: form.password_confirm, everywhere };
    let stop = match app.portal().set_password(&here.tenant, &token, offer).await {
        Ok(outcome) => return Ok(onward(outcome)),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => match standpoint(&app, &here, Some(&token), wanted).await? {
            Standpoint::Here(seen) => {
                let frame = with_refusals(with_progress(here.frame(&app), &seen), &refused);
                again(&page(frame, &seen, everywhere))
            }
            Standpoint::Elsewhere(response) => Ok(response),
        },
    }
}
