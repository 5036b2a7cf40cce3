//! `/account/apps/{id}/name`, `/account/passkeys/{id}/name`: what the member calls a device (T-17, W-03, W-04). It works
//! already, under the name it has; so nothing is lost when the page is closed.

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{About, done, methods::gone, path_of};
use crate::{
    domain::{factor::Factor, passkey::CEREMONY},
    portal::Stop,
    web::{
        App,
        page::{Frame, account::NameDevice},
        posted::{Asked, Posted},
        problem::Problem,
        step::{again, go, show as whole, with_refusals},
        visitor::{At, SignedIn},
    },
};

/// Where the member came from, and goes on to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct From {
    from: String,
}

/// The word and the place; only these two.
fn place(from: &str) -> (&'static str, &'static str) {
    match from {
        "signin" => ("signin", "/"),
        _ => ("methods", "/account/methods"),
    }
}

fn page<'a>(frame: Frame<'a>, factor: Factor, name: String, from: &str, is_new: bool) -> NameDevice<'a> {
    let (from, back) = place(from);
    NameDevice {
        frame,
        action: format!("{}/name", path_of(factor)),
        device_name: name,
        from,
        back,
        done: is_new,
    }
}

/// Shows it; just after a passkey was made, with the proposed name in the field.
pub async fn show(
    At(here): At,
    me: SignedIn,
    About(factor): About,
    Asked(from): Asked<From>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let ways = app.portal().ways_of(&here.tenant, &me.visit.member).await?;
    let found = factor.and_then(|factor| ways.look_up(factor).map(|found| (factor, found)));
    let Some((factor, (Some(name), created_at))) = found else { return gone(&app, &here, &me).await };
    let age = app.portal().now().duration_since(created_at);
    let is_new = !from.from.is_empty() && age < CEREMONY;
    whole(&page(me.frame(&here, &app), factor, name.to_owned(), &from.from, is_new))
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    device_name: String,
    from: String,
}

/// Keeps the name.
pub async fn keep(
    At(here): At,
    me: SignedIn,
    About(factor): About,
    State(app): State<App>,
    Posted(form): Posted<NameForm>,
) -> Result<Response, Problem> {
    let Some(factor) = factor else { return gone(&app, &here, &me).await };
    match app.portal().name_factor(&here.tenant, &me.visit, factor, &form.device_name).await {
        Ok(()) => Ok(match place(&form.from) {
            ("signin", portal) => go(portal),
            (_, methods) => done(methods, "named"),
        }),
        Err(Stop::Refused(refused)) => {
            let frame = with_refusals(me.frame(&here, &app), &refused);
            again(&page(frame, factor, form.device_name, &form.from, false))
        }
        Err(Stop::NotNow) => gone(&app, &here, &me).await,
        Err(Stop::StartAgain) => Ok(go("/signin")),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}
