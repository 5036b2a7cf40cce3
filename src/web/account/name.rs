//! `/account/apps/{id}/name`, `/account/passkeys/{id}/name`: what the member calls a device (T-17, W-03, W-04). It works
//! already, under the name it has; so nothing is lost when the page is closed.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{done, methods::gone};
use crate::{
    domain::{factor::Factor, member::DeviceId, passkey::CEREMONY},
    portal::Stop,
    web::{
        App,
        page::{Frame, account::NameDevice},
        posted::{Asked, Posted},
        problem::Problem,
        step::{again, go, show as whole, with_refusals},
        visitor::{At, Here, SignedIn},
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

fn action(factor: Factor) -> String {
    match factor {
        Factor::App(id) => format!("/account/apps/{id}/name"),
        Factor::Passkey(id) => format!("/account/passkeys/{id}/name"),
        Factor::MailCode => "/account/methods".to_owned(),
    }
}

fn page<'a>(frame: Frame<'a>, factor: Factor, name: String, from: &str, is_new: bool) -> NameDevice<'a> {
    let (from, back) = place(from);
    NameDevice { frame, action: action(factor), device_name: name, from, back, done: is_new }
}

async fn show(
    app: &App,
    here: &Here,
    me: &SignedIn,
    factor: Option<Factor>,
    from: &str,
) -> Result<Response, Problem> {
    let ways = app.portal().ways_of(&here.tenant, &me.visit.member).await?;
    let found = factor.and_then(|factor| ways.look_up(factor).map(|found| (factor, found)));
    let Some((factor, (Some(name), created_at))) = found else { return gone(app, here, me).await };
    let age = app.portal().now().duration_since(created_at);
    let is_new = !from.is_empty() && age < CEREMONY;
    whole(&page(me.frame(here, app), factor, name.to_owned(), from, is_new))
}

/// Shows an app's name.
pub async fn show_app(
    At(here): At,
    me: SignedIn,
    Path(id): Path<String>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    show(&app, &here, &me, DeviceId::parse(&id).map(Factor::App), "").await
}

/// Shows a passkey's; just after it was made, the proposed one.
pub async fn show_passkey(
    At(here): At,
    me: SignedIn,
    Path(id): Path<String>,
    Asked(from): Asked<From>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    show(&app, &here, &me, DeviceId::parse(&id).map(Factor::Passkey), &from.from).await
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    device_name: String,
    from: String,
}

async fn keep(
    app: &App,
    here: &Here,
    me: &SignedIn,
    factor: Option<Factor>,
    form: NameForm,
) -> Result<Response, Problem> {
    let Some(factor) = factor else { return gone(app, here, me).await };
    match app.portal().name_factor(&here.tenant, &me.visit, factor, &form.device_name).await {
        Ok(()) => Ok(match place(&form.from) {
            ("signin", portal) => go(portal),
            (_, methods) => done(methods, "named"),
        }),
        Err(Stop::Refused(refused)) => {
            let frame = with_refusals(me.frame(here, app), &refused);
            again(&page(frame, factor, form.device_name, &form.from, false))
        }
        Err(Stop::NotNow) => gone(app, here, me).await,
        Err(Stop::StartAgain) => Ok(go("/signin")),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}

/// Keeps an app's name.
pub async fn keep_app(
    At(here): At,
    me: SignedIn,
    Path(id): Path<String>,
    State(app): State<App>,
    Posted(form): Posted<NameForm>,
) -> Result<Response, Problem> {
    keep(&app, &here, &me, DeviceId::parse(&id).map(Factor::App), form).await
}

/// Keeps a passkey's.
pub async fn keep_passkey(
    At(here): At,
    me: SignedIn,
    Path(id): Path<String>,
    State(app): State<App>,
    Posted(form): Posted<NameForm>,
) -> Result<Response, Problem> {
    keep(&app, &here, &me, DeviceId::parse(&id).map(Factor::Passkey), form).await
}
