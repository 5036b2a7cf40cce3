//! `/account/passkeys/{id}/name`: what the member calls a passkey (W-03, W-04). It works already, under the name the
//! portal proposed; so nothing is lost when the page is closed.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use crate::{
    domain::{member::DeviceId, passkey::CEREMONY},
    portal::Stop,
    web::{
        App,
        page::{Frame, passkey::NamePasskey},
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

fn page<'a>(frame: Frame<'a>, id: DeviceId, device_name: String, from: &str, done: bool) -> NamePasskey<'a> {
    let (from, back) = place(from);
    let action = format!("/account/passkeys/{id}/name");
    NamePasskey { frame, action, device_name, from, back, done }
}

/// Shows it, with the proposed name in the field.
pub async fn show(
    At(here): At,
    me: SignedIn,
    Path(id): Path<String>,
    Asked(from): Asked<From>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let id = DeviceId::parse(&id).ok_or(Problem::NotFound)?;
    let held = app.portal().passkeys_of(&here.tenant, me.visit.member.id).await?;
    let kept = held.into_iter().find(|kept| kept.id == id).ok_or(Problem::NotFound)?;
    let age = app.portal().now().duration_since(kept.created_at);
    let is_new = !from.from.is_empty() && age < CEREMONY;
    whole(&page(me.frame(&here, &app), id, kept.name, &from.from, is_new))
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
    Path(id): Path<String>,
    State(app): State<App>,
    Posted(form): Posted<NameForm>,
) -> Result<Response, Problem> {
    let id = DeviceId::parse(&id).ok_or(Problem::NotFound)?;
    match app.portal().name_passkey(&here.tenant, &me.visit, id, &form.device_name).await {
        Ok(()) => Ok(go(place(&form.from).1)),
        Err(Stop::Refused(refused)) => {
            let frame = with_refusals(me.frame(&here, &app), &refused);
            again(&page(frame, id, form.device_name, &form.from, false))
        }
        Err(Stop::NotNow | Stop::StartAgain) => Err(Problem::NotFound),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}
