//! `/logout` (P-10): GET asks, POST logs out. `/session`: what is left of it, for the script that warns before its end.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use super::{
    app::App,
    cookie,
    page::{account::LogOutPage, sso::LoggedOutPage},
    problem::Problem,
    step::{add, go, go_after, show_page},
    visitor::{At, Here, ReadingMember, SignedIn},
};
use crate::{
    domain::{route::Route, session::TimeLeft},
    portal::left_services::LeftService,
};

/// GET: asks whether to log out.
pub async fn ask(At(here): At, me: ReadingMember, State(app): State<App>) -> Result<Response, Problem> {
    show_page(&LogOutPage { frame: me.frame(&here, &app) })
}

/// Logs out, whatever the cookie is worth: logging out twice is logging out. `"cookies"` is not cleared: that would
/// sign the member out of sibling unions (D12).
pub async fn log_out(At(here): At, headers: HeaderMap, State(app): State<App>) -> Result<Response, Problem> {
    let mut left = Vec::new();
    for token in cookie::tokens(&headers, cookie::SESSION) {
        left.extend(app.portal().log_out(&here.tenant, &token).await?);
    }
    if left.is_empty() {
        return Ok(forget(go_after(Route::Top, "log-out")));
    }
    over(&here, &app, left).await.map(forget)
}

/// The page that says that nobody is signed in any more, and which services know it. The session is over already: a database
/// that fails meanwhile leaves them on their way.
pub async fn over(here: &Here, app: &App, mut left: Vec<LeftService>) -> Result<Response, Problem> {
    if let Err(stop) = app.portal().await_services(&here.tenant, &mut left).await {
        tracing::warn!(tenant = %here.tenant.slug, ?stop, "Whether services were told that a session has ended could not be read");
    }
    show_page(&LoggedOutPage::new(here.frame(app), &here.tenant, &left))
}

/// Takes the session's cookie away, and what the browser has kept of our pages.
pub fn forget(mut response: Response) -> Response {
    let headers = response.headers_mut();
    add(headers, cookie::clear(cookie::SESSION));
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    response
}

/// POST 「続ける」: moves the end of the session away.
pub async fn go_on(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    Ok(told(app.portal().stay(&here.tenant, &me.visit).await?))
}

/// What is left, without going on: a page asks this when its own clock says that little is, for another page may have
/// gone on meanwhile. Whose session did not just run out, but was ended, is led to the sign-in page.
pub async fn rest(At(here): At, headers: HeaderMap, State(app): State<App>) -> Result<Response, Problem> {
    let mut rest = None;
    for token in cookie::tokens(&headers, cookie::SESSION) {
        rest = app.portal().rest_of(&here.tenant, &token).await?.or(rest);
    }
    Ok(rest.map_or_else(|| go(Route::SignIn), told))
}

fn told(rest: TimeLeft) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let rest = serde_json::json!({ "seconds": rest.seconds, "may_go_on": rest.may_go_on });
    ([(header::CONTENT_TYPE, JSON)], rest.to_string()).into_response()
}
