//! `/account/apps/{id}/delete`, `/account/passkeys/{id}/delete`, `/account/methods/mail-code/delete`: taking a way in
//! away (S-12, N-14).

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{Arrival, done, methods::gone, ticked};
use crate::{
    domain::{
        factor::{Factor, may_remove},
        member::DeviceId,
    },
    portal::{Stop, methods::Removal, session::FreshVisit},
    web::{
        App,
        fresh::{Form, Fresh, FreshForm},
        page::account::RemoveFactor,
        posted::Asked,
        problem::Problem,
        step::{again, go, show as whole, with_refusals},
        visitor::{At, Browser, Here, SignedIn},
    },
};

fn action(factor: Factor) -> String {
    match factor {
        Factor::App(id) => format!("/account/apps/{id}/delete"),
        Factor::Passkey(id) => format!("/account/passkeys/{id}/delete"),
        Factor::MailCode => "/account/methods/mail-code/delete".to_owned(),
    }
}

/// The confirmation; `None` when the member has no such factor.
async fn page<'a>(
    app: &'a App,
    here: &'a Here,
    me: &SignedIn,
    factor: Factor,
    everywhere: bool,
) -> Result<Option<RemoveFactor<'a>>, Problem> {
    let ways = app.portal().ways_of(&here.tenant, &me.visit.member).await?;
    let frame = me.frame(here, app);
    let Some((name, created_at)) = ways.look_up(factor) else { return Ok(None) };
    Ok(Some(RemoveFactor {
        action: action(factor),
        name: name.map(str::to_owned),
        method: factor.method(),
        created: frame.words.moment(created_at),
        sign_out_everywhere: everywhere,
        is_last: !may_remove(&ways.factors()),
        frame,
    }))
}

async fn ask(
    app: &App,
    here: &Here,
    me: &SignedIn,
    factor: Option<Factor>,
    arrival: &Arrival,
) -> Result<Response, Problem> {
    let Some(factor) = factor else { return gone(app, here, me).await };
    let kept = arrival.kept::<RemovalForm>(app, here, me, &action(factor)).await?;
    let everywhere = kept.is_none_or(|form| form.sign_out_everywhere.is_some());
    match page(app, here, me, factor, everywhere).await? {
        Some(page) => whole(&page),
        None => gone(app, here, me).await,
    }
}

/// Asks about an app.
pub async fn ask_app(
    At(here): At,
    fresh: Fresh,
    Path(id): Path<String>,
    Asked(arrival): Asked<Arrival>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    ask(&app, &here, &fresh.me, DeviceId::parse(&id).map(Factor::App), &arrival).await
}

/// Asks about a passkey.
pub async fn ask_passkey(
    At(here): At,
    fresh: Fresh,
    Path(id): Path<String>,
    Asked(arrival): Asked<Arrival>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    ask(&app, &here, &fresh.me, DeviceId::parse(&id).map(Factor::Passkey), &arrival).await
}

/// Asks about mailed codes.
pub async fn ask_mail_code(
    At(here): At,
    fresh: Fresh,
    Asked(arrival): Asked<Arrival>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    ask(&app, &here, &fresh.me, Some(Factor::MailCode), &arrival).await
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemovalForm {
    sign_out_everywhere: Option<String>,
}

impl Form for RemovalForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        // A tick that was taken away is kept too: a form with nothing in it would not be.
        let mut kept = ticked(self.sign_out_everywhere.is_some());
        kept.push(("kept", "1".to_owned()));
        kept
    }
}

async fn remove(
    app: &App,
    here: &Here,
    me: &SignedIn,
    visit: &FreshVisit,
    factor: Option<Factor>,
    (everywhere, browser): (bool, String),
) -> Result<Response, Problem> {
    let Some(factor) = factor else { return gone(app, here, me).await };
    match app.portal().remove_factor(&here.tenant, visit, Removal { factor, everywhere, browser }).await {
        Ok(()) => Ok(done("/account/methods", "removed")),
        Err(Stop::Refused(refused)) => match page(app, here, me, factor, everywhere).await? {
            Some(page) => again(&RemoveFactor { frame: with_refusals(page.frame, &refused), ..page }),
            None => gone(app, here, me).await,
        },
        Err(Stop::NotNow) => gone(app, here, me).await,
        Err(Stop::StartAgain) => Ok(go("/signin")),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}

/// Takes an app away.
pub async fn remove_app(
    At(here): At,
    Path(id): Path<String>,
    Browser(browser): Browser,
    State(app): State<App>,
    FreshForm { visit, me, form }: FreshForm<RemovalForm>,
) -> Result<Response, Problem> {
    let offer = (form.sign_out_everywhere.is_some(), browser);
    remove(&app, &here, &me, &visit, DeviceId::parse(&id).map(Factor::App), offer).await
}

/// Takes a passkey away.
pub async fn remove_passkey(
    At(here): At,
    Path(id): Path<String>,
    Browser(browser): Browser,
    State(app): State<App>,
    FreshForm { visit, me, form }: FreshForm<RemovalForm>,
) -> Result<Response, Problem> {
    let offer = (form.sign_out_everywhere.is_some(), browser);
    remove(&app, &here, &me, &visit, DeviceId::parse(&id).map(Factor::Passkey), offer).await
}

/// Takes mailed codes away.
pub async fn remove_mail_code(
    At(here): At,
    Browser(browser): Browser,
    State(app): State<App>,
    FreshForm { visit, me, form }: FreshForm<RemovalForm>,
) -> Result<Response, Problem> {
    let offer = (form.sign_out_everywhere.is_some(), browser);
    remove(&app, &here, &me, &visit, Some(Factor::MailCode), offer).await
}
