//! What a browser asks at the addresses of single sign-on.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, StatusCode, Uri, request::Parts},
    response::{IntoResponse as _, Response},
};
use percent_encoding::percent_decode_str;

use crate::domain::sso::request::{LARGEST, Parameters};

/// A request behind which somebody may stand. What nobody may have asked for yet, a browser that fetches ahead, or only looks at
/// what would be answered, is answered before anything is given, ended or kept for it.
#[derive(Debug)]
pub struct OpenedAddress {
    /// The address.
    pub uri: Uri,
    /// As the browser sent them: they tell a visit from a browser that fetches ahead.
    pub headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for OpenedAddress {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match ahead(&parts.method, &parts.headers) {
            Some(answer) => Err(answer),
            None => Ok(Self { uri: parts.uri.clone(), headers: parts.headers.clone() }),
        }
    }
}

/// What is answered where nobody may have asked.
fn ahead(method: &Method, headers: &HeaderMap) -> Option<Response> {
    let is_prefetch = |name: &str| {
        let said = headers.get_all(name).iter();
        said.filter_map(|value| value.to_str().ok()).any(|value| value.contains("prefetch"))
    };
    if is_prefetch("sec-purpose") || is_prefetch("purpose") || is_prefetch("x-moz") {
        return Some(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    (*method == Method::HEAD).then(|| StatusCode::OK.into_response())
}

/// Names and values of a query or a form.
pub fn parameters(text: &str) -> Option<Parameters> {
    let plain = percent_decode_str(text).decode_utf8().ok()?;
    if text.len() > LARGEST || plain.contains('\0') {
        return None;
    }
    serde_urlencoded::from_str(text).ok().map(Parameters::new)
}

/// The same names and values as a query; `None` for a form that cannot be read.
pub fn query_of(form: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(form).ok().filter(|text| text.len() <= LARGEST)?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).ok()?;
    serde_urlencoded::to_string(pairs).ok()
}
