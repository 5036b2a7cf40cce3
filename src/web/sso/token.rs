//! `/oidc/token` and `/oidc/userinfo`: asked by services, which bring no cookies.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::service::{FromService, as_json, not_the_client, refused, too_often};
use crate::web::{app::App, problem::Problem, visitor::At};
use crate::{
    portal::sso::token::{ACCESS_LIFE, CodeExchange, TokenRefusal, Verifier},
    vault::Token,
};

/// POST `/oidc/token`: a code becomes tokens.
pub async fn token(
    At(here): At,
    State(app): State<App>,
    FromService { form, claim }: FromService,
) -> Result<Response, Problem> {
    match form.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => return Ok(refused("unsupported_grant_type")),
        None => return Ok(refused("invalid_request")),
    }
    let (Some(code), Some(redirect_uri)) = (form.get("code"), form.get("redirect_uri")) else {
        return Ok(refused("invalid_request"));
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
