//! `/signin/totp`: the code of an authenticator app (T-09–T-12).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::{member::DeviceId, route::Route, signin::Step, tenant::Method},
    portal::{attempt::Seen, factor::AppRow},
    vault::Token,
    web::{
        app::App,
        page::{
            Frame,
            factor::{DeviceChoice, ProveAppPage},
            with_refusals,
        },
        posted::Posted,
        problem::Problem,
        step::{self, Standpoint, Stopped, again, go, onward, path, show_page, standpoint, stopped},
        visitor::{At, Browser, Here, OnTheWay},
    },
};

/// Whoever is asked for a factor may come here with this one, if it will do (D10, D11).
fn wanted(step: Step) -> bool {
    matches!(step, Step::Prove(_))
}

fn page<'a>(frame: Frame<'a>, seen: &Seen, apps: Vec<AppRow>, chosen: Option<DeviceId>) -> ProveAppPage<'a> {
    let other_way = step::other_way(seen, Method::AppOtp);
    // The last used one comes first, and is chosen unless the member chose another.
    let chosen = chosen.filter(|id| apps.iter().any(|d| d.id == *id)).or(apps.first().map(|d| d.id));
    let devices = apps
        .into_iter()
        .map(|device| DeviceChoice {
            id: device.id.to_string(),
            name: device.name,
            chosen: Some(device.id) == chosen,
        })
        .collect();
    ProveAppPage { frame, devices, other_way, back: step::way_back(seen) }
}

/// The browser's attempt, where a code of an app is asked for; or the answer that leads elsewhere.
async fn look(app: &App, here: &Here, token: Option<&Token>) -> Result<Result<Box<Seen>, Response>, Problem> {
    Ok(match standpoint(app, here, token, wanted).await? {
        Standpoint::Here(seen) if !seen.may_prove(Method::AppOtp) => Err(go(path(seen.step))),
        Standpoint::Here(seen) => Ok(seen),
        Standpoint::Elsewhere(response) => Err(response),
    })
}

/// GET: shows the form for an app's code.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match look(&app, &here, token.as_ref()).await? {
        Ok(seen) => {
            let apps = app.portal().apps_of(&here.tenant, &seen).await?;
            show_page(&page(step::frame_of_proof(&app, &here, &seen), &seen, apps, None))
        }
        Err(response) => Ok(response),
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
    let seen = match look(&app, &here, Some(&token)).await? {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let done = app.portal().prove_app(&here.tenant, &seen, &form.code, chosen, &browser).await;
    let stop = match done {
        Ok(outcome) => return Ok(onward(outcome)),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => {
            let apps = app.portal().apps_of(&here.tenant, &seen).await?;
            let frame = with_refusals(step::frame_of_proof(&app, &here, &seen), &refused);
            again(&page(frame, &seen, apps, chosen))
        }
    }
}
