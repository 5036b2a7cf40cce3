//! Discovery: what a union tells services of itself (OpenID Connect Discovery 1.0, 3; RFC 8414).

use serde_json::{Value, json};

use super::{
    claims,
    client::{Scope, SigningAlgorithm},
};
use crate::domain::route::Route;

/// The document of an issuer whose endpoints stand at that origin. They need not share a host: a union that moved keeps its
/// issuer.
pub fn document(issuer: &str, origin: &str) -> Value {
    let at = |route: Route| format!("{origin}{route}");
    let of_scopes = Scope::WORDS.into_iter().flat_map(|(scope, _)| claims::of_scope(scope));
    let claims: Vec<&str> = claims::OF_ID_TOKEN.iter().chain(of_scopes).copied().collect();
    json!({
        "issuer": issuer,
        "authorization_endpoint": at(Route::Authorize),
        "token_endpoint": at(Route::Token),
        "pushed_authorization_request_endpoint": at(Route::Par),
        "require_pushed_authorization_requests": false,
        "userinfo_endpoint": at(Route::UserInfo),
        "jwks_uri": at(Route::Jwks),
        "end_session_endpoint": at(Route::EndSession),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "scopes_supported": Scope::WORDS.map(|(_, word)| word),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "acr_values_supported": super::acr::Acr::SUPPORTED,
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": SigningAlgorithm::WORDS.map(|(_, word)| word),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": SigningAlgorithm::WORDS.map(|(_, word)| word),
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": claims,
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "authorization_response_iss_parameter_supported": true,
        "ui_locales_supported": ["ja", "en"],
    })
}
