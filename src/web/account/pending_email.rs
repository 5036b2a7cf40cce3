//! `/account/email/confirm`: a new address, or one typed at first login where nothing was mailed, confirmed by the code
//! that was sent to it (D8, S-11).

use axum::{extract::State, response::Response};

use super::done;
use crate::{
    domain::route::Route,
    portal::Stop,
    web::{
        app::App,
        code::{self, CodeForm},
        fresh,
        page::code::MailedCodePage,
        posted::Posted,
        problem::Problem,
        step::{again, go, show_page},
        visitor::{At, Browser, Here, SignedIn},
    },
};

const PATH: Route = Route::ConfirmNewEmail;

async fn page<'a>(
    app: &'a App,
    here: &'a Here,
    me: &SignedIn,
) -> Result<Option<MailedCodePage<'a>>, Problem> {
    let Some(address) = &me.visit.member.email_pending else { return Ok(None) };
    let waiting = app.portal().pending_email_waiting(&here.tenant, &me.visit).await?;
    let replaces = me.visit.member.email.is_some();
    let out = code::out(&here.tenant, waiting);
    Ok(Some(MailedCodePage::of_new_email(me.frame(here, app), address.as_str(), replaces, out)))
}

/// Where nothing waits (any more): the profile names the address that counts.
fn nothing_waits() -> Response {
    done(Route::Profile, "no-code")
}

/// Shows it, while an address waits.
pub async fn show(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    match page(&app, &here, &me).await? {
        Some(page) => show_page(&page),
        None => Ok(nothing_waits()),
    }
}

/// Offers a code, asks for one, or calls the change off.
pub async fn offer(
    At(here): At,
    me: SignedIn,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<CodeForm>,
) -> Result<Response, Problem> {
    let portal = app.portal();
    let answered = if form.is_call_off() {
        // Whoever is signed in now finds the page as it is for them.
        if !fresh::is_hers(&me, &form) {
            return Ok(go(PATH));
        }
        let called_off = portal.call_off_pending_email(&here.tenant, &me.visit).await;
        called_off.map(|dropped| done(Route::Profile, if dropped { "email-kept" } else { "nothing" }))
    } else if form.is_resend() {
        match fresh::or_ask(&app, &here, &me, &PATH.to_string(), &form).await {
            Ok(visit) => portal.mail_pending_email(&here.tenant, &visit).await.map(|()| go(PATH)),
            Err(response) => return Ok(response),
        }
    } else {
        let confirmed = portal.confirm_pending_email(&here.tenant, &me.visit, &form.code, &browser).await;
        confirmed.map(|()| done(Route::Profile, "email"))
    };
    match answered {
        Ok(response) => Ok(response),
        Err(Stop::Refused(refused)) => match page(&app, &here, &me).await? {
            Some(page) => again(&page.with_refusals(&refused)),
            None => Ok(nothing_waits()),
        },
        Err(Stop::NotNow) => Ok(nothing_waits()),
        Err(Stop::StartAgain) => Ok(go(Route::SignIn)),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}
