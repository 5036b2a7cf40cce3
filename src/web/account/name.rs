//! `/account/apps/{id}/name`, `/account/passkeys/{id}/name`: what the member calls a device (T-17, W-03, W-04). It works
//! already, under the name it has; so nothing is lost when the page is closed.

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{FactorInPath, done, methods::gone};
use crate::{
    domain::{passkey::CEREMONY, refusal::Refusal, route::Route},
    portal::{
        Stop,
        methods::{NameChange, Naming},
    },
    web::{
        app::App,
        page::{Frame, account::NameDevicePage, with_refusals},
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{again_because, go, show_page},
        visitor::{At, SignedIn},
    },
};

/// Where the member came from, and goes on to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameQuery {
    from: String,
}

/// The word and the place; only these. Without a word it is a name that is changed, not a first one.
fn place(from: &str) -> (&'static str, Route) {
    match from {
        "signin" => ("signin", Route::Top),
        "methods" => ("methods", Route::Methods),
        _ => ("", Route::Methods),
    }
}

fn page<'a>(frame: Frame<'a>, action: Route, name: String, shown: String, from: &str) -> NameDevicePage<'a> {
    let (from, back) = place(from);
    NameDevicePage {
        frame,
        action,
        device_name: name,
        shown_name: shown,
        is_first: !from.is_empty(),
        from,
        back,
        done: false,
    }
}

/// Shows it; just after a passkey was made, with the proposed name in the field.
pub async fn show(
    At(here): At,
    me: SignedIn,
    FactorInPath(factor): FactorInPath,
    LenientQuery(from): LenientQuery<NameQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let ways = app.portal().ways_of(&here.tenant, &me.visit.member).await?;
    let found = factor.and_then(|factor| {
        let held = ways.look_up(factor)?;
        Some((factor.naming()?, held.name.clone()?, held.created_at))
    });
    let Some((action, name, created_at)) = found else { return gone(&app, &here, &me).await };
    let age = app.portal().now().duration_since(created_at);
    // A link that was kept says no more that it is new.
    let from = if age < CEREMONY { from.from.as_str() } else { "" };
    let page = page(me.frame(&here, &app), action, name.clone(), name, from);
    show_page(&NameDevicePage { done: page.is_first, ..page })
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    device_name: String,
    from: String,
    /// The name it was shown with; forms made by hand may leave it out.
    shown_name: Option<String>,
}

/// POST: keeps the name.
pub async fn keep(
    At(here): At,
    me: SignedIn,
    FactorInPath(factor): FactorInPath,
    State(app): State<App>,
    Posted(form): Posted<NameForm>,
) -> Result<Response, Problem> {
    let named = factor.and_then(|factor| Some((factor, factor.naming()?)));
    let Some((factor, action)) = named else { return gone(&app, &here, &me).await };
    let naming = Naming { factor, name: &form.device_name, shown: form.shown_name.as_deref() };
    match app.portal().name_factor(&here.tenant, &me.visit, naming).await {
        Ok(named) => Ok(match place(&form.from) {
            ("signin", portal) => go(portal),
            (_, methods) if named == NameChange::AsBefore => done(methods, "not-named"),
            (_, methods) => done(methods, "named"),
        }),
        Err(Stop::Refused(refused)) => {
            let frame = with_refusals(me.frame(&here, &app), &refused);
            let newer = refused.iter().find_map(|(_, refusal)| match refusal {
                Refusal::NameChangedMeanwhile { now } => Some(now.clone()),
                _ => None,
            });
            let ways = app.portal().ways_of(&here.tenant, &me.visit.member).await?;
            let now = || ways.look_up(factor).and_then(|held| held.name.clone()).unwrap_or_default();
            let shown = newer.or(form.shown_name).unwrap_or_else(now);
            again_because(&refused, &page(frame, action, form.device_name, shown, &form.from))
        }
        Err(Stop::NotNow) => gone(&app, &here, &me).await,
        Err(Stop::StartAgain) => Ok(go(Route::SignIn)),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}
