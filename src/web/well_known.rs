//! Well-known: addresses that programs ask for (RFC 8615). Answered on a union's aliases too (D17): the RP ID may be
//! one of them, and `passkey-endpoints` must not be redirected.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{app::App, problem::Problem, visitor::At};
use crate::domain::{
    route::{Route, WELL_KNOWN},
    tenant::Method,
};

/// How long a password manager may keep the answer: an hour, so that a union's new host is known the same day.
const KEPT: &str = "max-age=3600";

/// Whether a path is a well-known one, to be answered on whichever of the union's hosts it is asked for.
pub fn is_asked(path: &str) -> bool {
    path.starts_with(WELL_KNOWN)
}

/// Where members make and look after their passkeys: whole addresses, because it is asked on the RP ID's host.
#[derive(Debug, Serialize)]
struct PasskeyEndpoints {
    enroll: String,
    manage: String,
}

/// `/.well-known/passkey-endpoints` (W3C, A Well-Known URL for Relying Party Passkey Endpoints, §3): a password manager
/// finds out that the union takes passkeys, and leads the member to the page. 404 where the union offers none.
pub async fn passkey_endpoints(At(here): At, State(app): State<App>) -> Result<Response, Problem> {
    if !here.tenant.policy.offers(Method::Passkey) {
        return Err(Problem::NotFound);
    }
    let origin = app.public().origin(&here.tenant);
    let (enroll, manage) = (Route::AddPasskey, Route::Methods);
    let endpoints =
        PasskeyEndpoints { enroll: format!("{origin}{enroll}"), manage: format!("{origin}{manage}") };
    let body = serde_json::to_string(&endpoints).map_err(|fault| Problem::Fault(fault.into()))?;
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, KEPT)], body).into_response())
}

/// `/.well-known/change-password` (W3C, A Well-Known URL for Changing Passwords): a password manager leads the member
/// to the page where the password is changed, on the union's own host.
pub async fn change_password(At(here): At, State(app): State<App>) -> Result<Response, Problem> {
    let place = format!("{}{}", app.public().origin(&here.tenant), Route::ChangePassword);
    let place = HeaderValue::from_str(&place).map_err(|fault| Problem::Fault(fault.into()))?;
    Ok((StatusCode::FOUND, [(header::LOCATION, place)]).into_response())
}
