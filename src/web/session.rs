//! `/logout` (P-10): GET asks, POST logs out.

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::Response,
};

use super::{
    App, cookie,
    page::account::LogOut,
    problem::Problem,
    step::{add, go, show as whole},
    visitor::{At, SignedIn},
};
use crate::vault::Token;

/// Asks.
pub async fn ask(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    whole(&LogOut { frame: me.frame(&here, &app) })
}

/// The session's cookie, whatever it is worth: logging out twice is logging out.
#[derive(Debug)]
pub struct MaybeSession(Option<Token>);

impl<S: Sync> axum::extract::FromRequestParts<S> for MaybeSession {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(cookie::token(&parts.headers, cookie::SESSION)))
    }
}

/// Logs out. `"cookies"` is not cleared: that would sign the member out of sibling unions (D12).
pub async fn log_out(
    At(here): At,
    MaybeSession(token): MaybeSession,
    State(app): State<App>,
) -> Result<Response, Problem> {
    if let Some(token) = &token {
        app.portal().log_out(&here.tenant, token).await?;
    }
    let mut response = go("/");
    let headers = response.headers_mut();
    add(headers, cookie::clear(cookie::SESSION));
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(response)
}
