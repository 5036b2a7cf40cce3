//! `/oidc/par`: a service leaves its request here before it sends a browser (RFC 9126).

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;

use super::service::{FromService, as_json, not_the_client, refused, too_often};
use crate::portal::sso::par::{PUSHED_LIFE, PushRefusal};
use crate::web::{app::App, problem::Problem, visitor::At};

/// POST: keeps the request, and tells the name by which a browser brings it.
pub async fn push(
    At(here): At,
    State(app): State<App>,
    FromService { form, claim }: FromService,
) -> Result<Response, Problem> {
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
