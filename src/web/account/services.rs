//! `/account/services`: the services that a member has opened, what they are given, and that it ends.

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{AccountQuery, done};
use crate::{
    domain::route::Route,
    portal::Stop,
    web::{
        app::App,
        page::account::{ServiceLine, ServicesPage},
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{go, show_page},
        visitor::{At, SignedIn},
    },
};

const PATH: Route = Route::AccountServices;

/// GET: lists the services.
pub async fn show(
    At(here): At,
    me: SignedIn,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let granted = app.portal().granted_services(&here.tenant, &me.visit).await?;
    let frame = me.frame(&here, &app);
    let lines = granted.into_iter().map(|granted| ServiceLine::new(&frame, &granted)).collect();
    show_page(&ServicesPage { lines, is_withdrawn: arrival.done == "withdrawn", frame })
}

/// The service that is to be given nothing more.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WithdrawForm {
    whose: String,
    client: String,
}

/// POST: takes back what was told of or agreed to.
pub async fn withdraw(
    At(here): At,
    me: SignedIn,
    State(app): State<App>,
    Posted(form): Posted<WithdrawForm>,
) -> Result<Response, Problem> {
    // Another member's page: the list is shown as it is for whoever is signed in.
    if form.whose != me.whose() {
        return Ok(go(PATH));
    }
    match app.portal().withdraw_service(&here.tenant, &me.visit, &form.client).await {
        Ok(true) => Ok(done(PATH, "withdrawn")),
        Ok(false) | Err(Stop::StartAgain) => Ok(go(PATH)),
        Err(stop) => Err(stop.into()),
    }
}
