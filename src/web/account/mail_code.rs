//! `/account/methods/mail-code`: mailed codes as one more way in (D10).

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};

use super::{AccountQuery, done, stopped};
use crate::{
    domain::{member::EmailAddress, route::Route},
    portal::Portal,
    web::{
        app::App,
        code::{self, CodeForm},
        fresh::{self, Fresh},
        page::code::MailedCodePage,
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{Stopped, again, go, show_page},
        visitor::{At, Browser, Here, SignedIn},
    },
};

const PATH: Route = Route::AddMailCode;
const METHODS: Route = Route::Methods;

async fn page<'a>(app: &'a App, here: &'a Here, me: &SignedIn) -> Result<MailedCodePage<'a>, Problem> {
    let waiting = app.portal().mail_code_choice_waiting(&here.tenant, &me.visit).await?;
    let address = me.visit.member.email.as_ref().map(EmailAddress::as_str).unwrap_or_default();
    Ok(MailedCodePage::of_one_more_way(me.frame(here, app), address, code::out(&here.tenant, waiting)))
}

/// Shows it; where there is nothing to choose, the list.
pub async fn show(
    At(here): At,
    fresh: Fresh,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    if !Portal::may_choose_mail_code(&here.tenant, &fresh.me.visit.member) {
        return Ok(go(METHODS));
    }
    let page = page(&app, &here, &fresh.me).await?;
    let notes = arrival.chosen(&page.frame, &fresh.me);
    show_page(&page.with_notes(notes))
}

/// Asks for a code, or offers one. Only asking wants fresh proofs: mail may be slow.
pub async fn offer(
    At(here): At,
    me: SignedIn,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<CodeForm>,
) -> Result<Response, Problem> {
    let portal = app.portal();
    let answered = if form.is_resend() {
        match fresh::or_ask(&app, &here, &me, &PATH.to_string(), &form).await {
            Ok(visit) => portal.ask_mail_code_choice(&here.tenant, &visit).await.map(|()| go(PATH)),
            Err(response) => return Ok(response.into_response()),
        }
    } else {
        let chosen = portal.choose_mail_code(&here.tenant, &me.visit, &form.code, &browser).await;
        chosen.map(|()| done(METHODS, "added"))
    };
    let stop = match answered {
        Ok(response) => return Ok(response),
        Err(stop) => stop,
    };
    match stopped(stop, METHODS)? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => {
            let page = page(&app, &here, &me).await?;
            again(&page.with_refusals(&refused))
        }
    }
}
