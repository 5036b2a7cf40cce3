//! What services ask by themselves, without a member's browser: who asks, and refusals in JSON.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::asked::parameters;
use crate::{
    domain::sso::{assertion, request::Parameters},
    portal::sso::client::{ClientClaim, ClientProof},
    vault::Token,
    web::{posted::read_whole, problem::Problem},
};

/// A form that a service sent, and who it says it is; what cannot be read is refused as services read it.
#[derive(Debug)]
pub struct FromService {
    /// The form, in which nothing stands twice.
    pub form: Parameters,
    /// Who the service says it is.
    pub claim: ClientClaim,
}

impl<S: Sync> FromRequest<S> for FromService {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Response> {
        let (head, body) = request.into_parts();
        let body = read_whole(body).await.map_err(Problem::into_response)?;
        let form = std::str::from_utf8(&body).ok().and_then(parameters);
        let form = form.filter(|form| !form.has_repeated()).ok_or_else(|| refused("invalid_request"))?;
        match claim(&head.headers, &form) {
            Ok(claim) => Ok(Self { form, claim }),
            Err(ClaimFlaw::Twice) => Err(refused("invalid_request")),
            Err(ClaimFlaw::Unreadable) => Err(not_the_client()),
        }
    }
}

pub(super) fn as_json(status: StatusCode, body: &Value) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

pub(super) fn refused(error: &str) -> Response {
    as_json(StatusCode::BAD_REQUEST, &json!({ "error": error }))
}

/// 401 to whoever is not the service it says it is (RFC 6749, 5.2).
pub(super) fn not_the_client() -> Response {
    let mut response = as_json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_client" }));
    let basic = HeaderValue::from_static("Basic realm=\"token\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
    response
}

/// Why it cannot be read who asks.
enum ClaimFlaw {
    /// It is said twice.
    Twice,
    /// The header cannot be read, or names another service than the form.
    Unreadable,
}

/// Who asks: by the header, by the form or by an assertion, never by two of them (RFC 6749, 2.3; RFC 7521, 4.2). Name and
/// secret in the header are escaped as in a form (RFC 6749, 2.3.1).
fn claim(headers: &HeaderMap, form: &Parameters) -> Result<ClientClaim, ClaimFlaw> {
    let mut said = headers.get_all(header::AUTHORIZATION).iter();
    let (first, more) = (said.next(), said.next().is_some());
    let (secret, id) = (form.get("client_secret"), form.get("client_id").map(str::to_owned));
    if let (Some(kind), assertion) = (form.get("client_assertion_type"), form.get("client_assertion")) {
        if first.is_some() || secret.is_some() {
            return Err(ClaimFlaw::Twice);
        }
        let assertion = assertion.filter(|_| kind == assertion::KIND).ok_or(ClaimFlaw::Unreadable)?;
        return Ok(ClientClaim { id, proof: ClientProof::Assertion(assertion.to_owned()) });
    }
    let Some(first) = first else {
        return Ok(ClientClaim { id, proof: ClientProof::Secret(secret.and_then(Token::parse)) });
    };
    if more || secret.is_some() {
        return Err(ClaimFlaw::Twice);
    }
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(String::from);
    let read = || {
        let (scheme, rest) = first.to_str().ok()?.split_once(' ')?;
        let pair =
            BASE64.decode(rest.trim().as_bytes()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
        let (id, secret) = (plain(id)?, plain(secret)?);
        // A name in the form has to be the same one.
        form.get("client_id").is_none_or(|other| other == id).then(|| (id, Token::parse(&secret)))
    };
    let (id, secret) = read().ok_or(ClaimFlaw::Unreadable)?;
    Ok(ClientClaim { id: Some(id), proof: ClientProof::Secret(secret) })
}

/// 429 to whoever said too often to be a service and was not (RFC 6585, 4).
pub(super) fn too_often() -> Response {
    let mut response = as_json(StatusCode::TOO_MANY_REQUESTS, &json!({ "error": "invalid_client" }));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}
