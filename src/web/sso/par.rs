//! `/oidc/par`: a service leaves its request here before it sends a browser (RFC 9126).

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;

use super::{
    authorize::parameters,
    token::{ClaimFlaw, as_json, claim, not_the_client, refused, too_often},
};
use crate::portal::sso::par::{PUSHED_LIFE, PushRefusal};
use crate::web::{app::App, posted::read_whole, problem::Problem, visitor::At};

/// POST: keeps the request, and tells the name by which a browser brings it.
pub async fn push(
    At(here): At,
    State(app): State<App>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let body = read_whole(request.into_body()).await?;
    let form = std::str::from_utf8(&body).ok().and_then(parameters);
    let Some(form) = form.filter(|form| !form.has_repeated()) else { return Ok(refused("invalid_request")) };
    let claim = match claim(&headers, &form) {
        Ok(claim) => claim,
        Err(ClaimFlaw::Twice) => return Ok(refused("invalid_request")),
        Err(ClaimFlaw::Unreadable) => return Ok(not_the_client()),
    };
    Ok(match app.portal().push_request(&here.tenant, &claim, &form).await? {
        Ok(name) => {
            let told = json!({ "request_uri": name, "expires_in": PUSHED_LIFE.as_secs() });
            as_json(StatusCode::CREATED, &told)
        }
        Err(PushRefusal::Client) => not_the_client(),
        Err(PushRefusal::TooOften) => too_often(),
        Err(PushRefusal::Request(error)) => refused(error.as_str()),
        Err(PushRefusal::TooMany) => {
            let mut response =
                as_json(StatusCode::TOO_MANY_REQUESTS, &json!({ "error": "temporarily_unavailable" }));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            response
        }
    })
}
