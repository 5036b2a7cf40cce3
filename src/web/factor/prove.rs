//! `/signin/totp`: the code of an authenticator app (T-09–T-12).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::{member::DeviceId, route::Route, signin::Step, tenant::Method},
    portal::attempt::Seen,
    web::{
        App,
        page::{
            Frame,
            factor::{DeviceChoice, ProveTotpPage},
        },
        posted::Posted,
        problem::Problem,
        step::{
            self, Standpoint, Stopped, again, go, onward, path, show as whole, standpoint, stopped,
            with_refusals,
        },
        visitor::{At, Browser, Here, OnTheWay},
    },
};

/// Whoever is asked for a factor may come here with this one, if it will do (D10, D11).
fn wanted(step: Step) -> bool {
    matches!(step, Step::Prove(_))
}

async fn page<'a>(
    app: &App,
    here: &Here,
    frame: Frame<'a>,
    seen: &Seen,
    chosen: Option<DeviceId>,
) -> Result<ProveTotpPage<'a>, Problem> {
    let other_way = step::other_way(seen, Method::AppOtp);
    let devices = app.portal().apps_of(&here.tenant, seen).await?;
    // The last used one comes first, and is chosen unless the member chose another.
    let chosen = chosen.filter(|id| devices.iter().any(|d| d.id == *id)).or(devices.first().map(|d| d.id));
    let devices = devices
        .into_iter()
        .map(|device| DeviceChoice {
            id: device.id.to_string(),
            name: device.name,
            chosen: Some(device.id) == chosen,
        })
        .collect();
    Ok(ProveTotpPage { frame, devices, other_way, back: step::way_back(seen) })
}

/// GET: shows the form for an app's code.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match standpoint(&app, &here, token.as_ref(), wanted).await? {
        Standpoint::Here(seen) if !seen.may_prove(Method::AppOtp) => Ok(go(path(seen.step))),
        Standpoint::Here(seen) => whole(&page(&app, &here, here.frame(&app), &seen, None).await?),
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AppCodeForm {
    code: String,
    device: Option<String>,
}

/// POST: offers a code.
pub async fn offer(
    At(here): At,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<AppCodeForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    // A device id that is none is a device that is not the member's.
    let chosen =
        form.device.as_deref().map(|id| DeviceId::parse(id).unwrap_or(DeviceId::kept(uuid::Uuid::nil())));
    let stop = match app.portal().prove_app(&here.tenant, &token, &form.code, chosen, &browser).await {
        Ok(outcome) => return Ok(onward(outcome)),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => match standpoint(&app, &here, Some(&token), wanted).await? {
            Standpoint::Here(seen) if !seen.may_prove(Method::AppOtp) => Ok(go(path(seen.step))),
            Standpoint::Here(seen) => {
                let frame = with_refusals(here.frame(&app), &refused);
                again(&page(&app, &here, frame, &seen, chosen).await?)
            }
            Standpoint::Elsewhere(response) => Ok(response),
        },
    }
}
