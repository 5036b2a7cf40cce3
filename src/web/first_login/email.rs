//! `/signin/email`: the mail address (F-07, D8).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::{member::EmailAddress, route::Route, signin::Step, tenant::Verification},
    portal::{attempt::Seen, first_login::EmailOffer, taken::AddressOffer},
    web::{
        app::App,
        page::{first_login::EmailPage, with_refusals},
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{self, go, with_progress},
        visitor::{At, Here, OnTheWay},
    },
};

/// Until it is confirmed the address may be mended.
fn wanted(step: Step) -> bool {
    matches!(step, Step::Email | Step::ConfirmEmail)
}

/// Whether the member came back from the waiting page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChangeQuery {
    change: String,
}

fn page<'a>(
    app: &'a App,
    here: &'a Here,
    seen: &Seen,
    typed: Option<String>,
    everywhere: bool,
) -> EmailPage<'a> {
    let frame = with_progress(here.frame(app), seen);
    let kept = seen.member.email_pending.as_ref().or(seen.member.email.as_ref()).map(EmailAddress::as_str);
    // Where nothing is mailed, a member without an address may go on without one (D8).
    let policy = &here.tenant.policy.email;
    let required = policy.verification != Verification::None || (policy.required && kept.is_some());
    let value = typed.unwrap_or_else(|| kept.unwrap_or_default().to_owned());
    EmailPage { frame, value, meant: None, required, sign_out_everywhere: everywhere }
}

/// GET: shows the form for the address.
pub async fn show(
    At(here): At,
    LenientQuery(query): LenientQuery<ChangeQuery>,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let wanted = |step| if query.change == "1" { wanted(step) } else { step == Step::Email };
    step::page(&app, &here, token.as_ref(), wanted, |seen| Ok(page(&app, &here, seen, None, true))).await
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EmailForm {
    email: String,
    as_it_stands: String,
    mended: Option<String>,
    sign_out_everywhere: Option<String>,
}

/// POST: offers the address.
pub async fn offer(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<EmailForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let everywhere = form.sign_out_everywhere.is_some();
    let typed = form.mended.unwrap_or(form.email);
    let email = AddressOffer { typed: typed.clone(), as_it_stands: form.as_it_stands };
    let offer = EmailOffer { email, everywhere };
    let done = app.portal().offer_email(&here.tenant, &token, offer).await;
    step::answer(&app, &here, &token, done, wanted, |seen, refused| {
        let page = page(&app, &here, seen, Some(typed), everywhere);
        Ok(EmailPage { frame: with_refusals(page.frame, refused), meant: step::meant(refused), ..page })
    })
    .await
}
