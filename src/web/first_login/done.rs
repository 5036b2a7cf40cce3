//! `/signin/done`: the portal page in limited form, until the member logs out to set up the method (D2, F-10).

use axum::{extract::State, response::Response};

use crate::{
    domain::{signin::Step, tenant::Method},
    web::{
        App, cookie,
        page::{SignedInName, portal::Limited},
        problem::Problem,
        step::{self, add, go},
        visitor::{At, OnTheWay},
    },
};

/// Shows it.
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
            let mail_code = seen.standing.method == Some(Method::EmailOtp);
            Ok(Limited { frame, mail_code })
        },
    )
    .await
}

/// Ends the attempt; the next sign-in goes to the set-up.
pub async fn leave(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    if let Some(token) = &token {
        app.portal().leave(&here.tenant, token).await?;
    }
    let mut response = go("/signin?after=log-out-to-set-up");
    add(response.headers_mut(), cookie::clear(cookie::ATTEMPT));
    Ok(response)
}
