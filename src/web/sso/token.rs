//! `/oidc/token` and `/oidc/userinfo`: asked by services, which bring no cookies.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::authorize::parameters;
use crate::web::{app::App, posted::read_whole, problem::Problem, visitor::At};
use crate::{
    domain::sso::{assertion, request::Parameters},
    portal::sso::{
        client::{ClientClaim, ClientProof},
        token::{ACCESS_LIFE, CodeExchange, TokenRefusal, Verifier},
    },
    vault::Token,
};

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
pub(super) enum ClaimFlaw {
    /// It is said twice.
    Twice,
    /// The header cannot be read, or names another service than the form.
    Unreadable,
}

/// Who asks: by the header, by the form or by an assertion, never by two of them (RFC 6749, 2.3; RFC 7521, 4.2). Name and
/// secret in the header are escaped as in a form (RFC 6749, 2.3.1).
pub(super) fn claim(headers: &HeaderMap, form: &Parameters) -> Result<ClientClaim, ClaimFlaw> {
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

/// POST `/oidc/token`: a code becomes tokens.
pub async fn token(
    At(here): At,
    State(app): State<App>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let body = read_whole(request.into_body()).await?;
    let form = std::str::from_utf8(&body).ok().and_then(parameters);
    let Some(form) = form.filter(|form| !form.has_repeated()) else { return Ok(refused("invalid_request")) };
    match form.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => return Ok(refused("unsupported_grant_type")),
        None => return Ok(refused("invalid_request")),
    }
    let (Some(code), Some(redirect_uri)) = (form.get("code"), form.get("redirect_uri")) else {
        return Ok(refused("invalid_request"));
    };
    let claim = match claim(&headers, &form) {
        Ok(claim) => claim,
        Err(ClaimFlaw::Twice) => return Ok(refused("invalid_request")),
        Err(ClaimFlaw::Unreadable) => return Ok(not_the_client()),
    };
    let shown = CodeExchange {
        code: Token::parse(code),
        redirect_uri: redirect_uri.to_owned(),
        verifier: form.get("code_verifier").map(|verifier| Verifier(verifier.to_owned())),
    };
    Ok(match app.portal().exchange_code(&here.tenant, &claim, &shown).await? {
        Ok(given) => as_json(
            StatusCode::OK,
            &json!({
                "access_token": given.access_token.expose(),
                "token_type": "Bearer",
                "expires_in": ACCESS_LIFE.as_secs(),
                "scope": given.scopes,
                "id_token": given.id_token.expose_secret(),
            }),
        ),
        Err(TokenRefusal::Client) => not_the_client(),
        Err(TokenRefusal::TooOften) => too_often(),
        Err(TokenRefusal::Grant) => refused("invalid_grant"),
        Err(TokenRefusal::NoKey) => {
            let unavailable = json!({ "error": "temporarily_unavailable" });
            as_json(StatusCode::SERVICE_UNAVAILABLE, &unavailable)
        }
    })
}

/// GET and POST `/oidc/userinfo`: what the service may read of the member (OpenID Connect Core, 5.3).
pub async fn user_info(
    At(here): At,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut said = headers.get_all(header::AUTHORIZATION).iter();
    let bearer = said.next().filter(|_| said.next().is_none()).and_then(|value| value.to_str().ok());
    let token = bearer
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| Token::parse(token.trim()));
    let told = match &token {
        Some(token) => app.portal().user_info(&here.tenant, token).await?,
        None => None,
    };
    if let Some(claims) = told {
        return Ok(as_json(StatusCode::OK, &claims));
    }
    // Who sent none is told no more than that one is needed (RFC 6750, 3.1).
    let challenge = match bearer {
        Some(_) => "Bearer realm=\"userinfo\", error=\"invalid_token\"",
        None => "Bearer realm=\"userinfo\"",
    };
    let mut response = as_json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" }));
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    Ok(response)
}
