//! Posted: a form as an argument of a handler. Too large, too slow, broken, or with a field twice: a clear page.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The largest body of a form, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// How long a browser may take to send one: less than a whole request may take, so that a slow one is told as a form that
/// could not be read, and not as trouble of ours.
const DEADLINE: Duration = Duration::from_secs(10);

/// A form that was read whole. Fields nobody asked for are not bound to anything.
#[derive(Debug)]
pub struct Posted<F>(pub F);

impl<F: DeserializeOwned, S: Sync> FromRequest<S> for Posted<F> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Problem::BadForm);
        }
        let bytes = read_whole(request.into_body()).await?;
        // The decoder replaces broken UTF-8 silently, and databases cannot keep NUL: both are refused here.
        let text = percent_encoding::percent_decode(&bytes).decode_utf8().map_err(|_| Problem::BadForm)?;
        if text.contains('\0') {
            return Err(Problem::BadForm);
        }
        serde_urlencoded::from_bytes(&bytes).map(Self).map_err(|_| Problem::BadForm)
    }
}

/// Reads a body whole, up to [`LARGEST`] bytes and in time.
///
/// # Errors
/// [`Problem::TooLarge`]; [`Problem::BadForm`] where it is too slow or breaks off.
pub async fn read_whole(body: Body) -> Result<Bytes, Problem> {
    let body = tokio::time::timeout(DEADLINE, Limited::new(body, LARGEST).collect()).await;
    let body = body
        .map_err(|_| Problem::BadForm)?
        .map_err(|fault| if fault.is::<LengthLimitError>() { Problem::TooLarge } else { Problem::BadForm })?;
    Ok(body.to_bytes())
}

/// What stands behind the `?` of an address. It only changes how a page looks, so whatever cannot be read counts as
/// not said.
#[derive(Debug)]
pub struct LenientQuery<Q>(pub Q);

impl<Q: DeserializeOwned + Default, S: Sync> FromRequestParts<S> for LenientQuery<Q> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(serde_urlencoded::from_str(query).unwrap_or_default()))
    }
}
