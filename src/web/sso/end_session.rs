//! `/oidc/logout`: a service asks that its member be signed out (OpenID Connect RP-Initiated Logout 1.0).
//!
//! # Decision
//! A form is turned into the same with GET. Nothing is asked of a cookie before that, and nothing ends for a HEAD or for what
//! is fetched ahead.
//! # Because
//! No browser sends the session's cookie with a form of another site; with the GET behind it, it does.

use axum::{
    extract::{Request, State},
    response::Response,
};

use super::{
    asked::{OpenedAddress, parameters},
    authorize::{as_query, returned},
};
use crate::{
    domain::route::Route,
    portal::sso::end_session::EndedByService,
    web::{
        app::App,
        page::account::LogOutPage,
        problem::Problem,
        session::{forget, over},
        step::show_page,
        visitor::{Anybody, At},
    },
};

/// GET: ends the session and goes back, or asks.
pub async fn end(
    At(here): At,
    anybody: Anybody,
    OpenedAddress { uri, .. }: OpenedAddress,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let asked = parameters(uri.query().unwrap_or_default()).unwrap_or_default();
    let me = anybody.signed_in();
    let visit = me.as_ref().map(|me| &*me.visit);
    match app.portal().end_by_service(&here.tenant, visit, &asked).await? {
        EndedByService::Return(address) => returned(&address).map(forget),
        EndedByService::Over(left) => over(&here, &app, left).await.map(forget),
        EndedByService::Nobody => over(&here, &app, Vec::new()).await,
        EndedByService::Ask => match me {
            Some(me) => show_page(&LogOutPage { frame: me.frame(&here, &app) }),
            None => Err(Problem::Gone),
        },
    }
}

/// POST: the same with GET.
pub async fn end_by_form(
    At(here): At,
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    as_query(&here, &app, request, Route::EndSession).await
}
