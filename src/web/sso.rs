//! Single sign-on over HTTP: what services ask for. The way of a member in [`authorize`], tokens in [`token`], requests left
//! beforehand in [`par`], and what their companies read in [`vendor`]. What a browser sends is read in [`asked`], what a service
//! sends by itself in [`service`].

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{app::App, problem::Problem, visitor::At};
use crate::domain::sso::discovery;

pub mod asked;
pub mod authorize;
pub mod end_session;
pub mod par;
pub mod service;
pub mod token;
pub mod vendor;

/// How long services may keep what the union tells of itself.
const DOCUMENT_KEPT: &str = "public, max-age=3600";
/// How long services may keep the keys: a quarter of an hour, far less than a new one is published before it signs.
const KEYS_KEPT: &str = "public, max-age=900";

/// What the union tells services of itself (OpenID Connect Discovery, 4; RFC 8414, 3).
pub async fn discovery(
    At(here): At,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let issuer = app.portal().issuer(&here.tenant).await?;
    let document = discovery::document(&issuer, &app.public().origin(&here.tenant));
    Ok(for_everybody(&document, "application/json", DOCUMENT_KEPT, &headers))
}

/// `/oidc/jwks`: the keys by which the union signs (RFC 7517, 5).
pub async fn jwks(At(here): At, State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let keys = app.portal().jwks(&here.tenant).await?;
    Ok(for_everybody(&keys, "application/jwk-set+json", KEYS_KEPT, &headers))
}

/// A document that every site may read; 304 where who asks has it already (RFC 9110, 13.1.2).
fn for_everybody(document: &Value, kind: &'static str, kept: &'static str, asked: &HeaderMap) -> Response {
    let text = document.to_string();
    let tag = format!("\"{}\"", BASE64URL_NOPAD.encode(&Sha256::digest(text.as_bytes())));
    let has_it = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let head = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, kept.to_owned()),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin".to_owned()),
    ];
    if has_it {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(header::CONTENT_TYPE, kind)], text).into_response()
}
