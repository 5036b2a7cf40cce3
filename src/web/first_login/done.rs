//! `/signin/done`: the portal page in limited form, until the member logs out to set up the method (D2, F-10).

use axum::{extract::State, response::Response};

use crate::{
    domain::{route::Route, signin::Step, tenant::Method},
    web::{
        app::App,
        cookie,
        page::{SignedInName, portal::LimitedPage},
        problem::Problem,
        step::{self, Standpoint, add, go, go_after},
        visitor::{At, OnTheWay, SessionCookie},
    },
};

/// GET: shows the page.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    step::page(
        &app,
        &here,
        token.as_ref(),
        |step| step == Step::Limited,
        |seen| {
            let mut frame = here.frame(&app);
            frame.signed_in = Some(SignedInName { name: seen.member.name.clone(), logout_href: None });
            let mail_code = seen.standing.method.is_some_and(Method::is_mailed);
            Ok(LimitedPage { frame, login: seen.member.login.as_str().to_owned(), mail_code })
        },
    )
    .await
}

/// Ends the attempt; the next sign-in goes to the set-up, if there is one. Logging out is meant for the whole browser: a
/// session it had from before ends too, else its member's page would come instead of the sign-in page (D29).
pub async fn leave(
    At(here): At,
    OnTheWay(token): OnTheWay,
    SessionCookie(session): SessionCookie,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    // A page left over from before ends nothing.
    let seen = match step::standpoint(&app, &here, Some(&token), |step| step == Step::Limited).await? {
        Standpoint::Here(seen) => seen,
        Standpoint::Elsewhere(response) => return Ok(response),
    };
    app.portal().leave(&here.tenant, &token).await?;
    if let Some(session) = &session {
        app.portal().log_out(&here.tenant, session).await?;
    }
    // Members of mailed codes have nothing left to set up.
    let after = match seen.standing.method {
        Some(method) if method.is_mailed() => "log-out-to-sign-in",
        _ => "log-out-to-set-up",
    };
    // The cookie stays: by it the page finds the user ID (D15).
    let mut response = go_after(Route::SignIn, after);
    if session.is_some() {
        add(response.headers_mut(), cookie::clear(cookie::SESSION));
    }
    Ok(response)
}
