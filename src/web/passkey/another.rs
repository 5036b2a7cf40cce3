//! `/account/methods/passkey`: one more passkey, for a member who is signed in and fresh (W-01, W-04, D11).

use axum::{extract::State, response::Response};

use super::{PasskeyForm, SheetReport, flaw, options_json};
use crate::{
    domain::{
        passkey::{self, PasskeyFlaw},
        route::Route,
        tenant::Method,
    },
    portal::{Stop, passkey::NewPasskey},
    web::{
        account::AccountQuery,
        app::App,
        fresh::Fresh,
        page::passkey::SetUpPasskeyPage,
        posted::{LenientQuery, Posted},
        problem::Problem,
        step::{again, go, go_to, show_page},
        visitor::{At, Browser, Here, SignedIn},
    },
};

const PATH: Route = Route::AddPasskey;

fn page<'a>(
    here: &'a Here,
    app: &'a App,
    me: &SignedIn,
    sign_out_everywhere: bool,
    failed: Option<PasskeyFlaw>,
) -> SetUpPasskeyPage<'a> {
    let frame = me.frame(here, app);
    let back = Some(Route::Methods);
    SetUpPasskeyPage {
        frame,
        action: PATH,
        options: Route::AddPasskeyOptions,
        sign_out_everywhere,
        other_methods: false,
        back,
        notes: Vec::new(),
        failed,
        refused: false,
    }
}

/// Shows it; with what the script reports, the page of W-12.
pub async fn show(
    At(here): At,
    fresh: Fresh,
    LenientQuery(reported): LenientQuery<SheetReport>,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    if !here.tenant.policy.offers(Method::Passkey) {
        return Err(Problem::NotFound);
    }
    let held = app.portal().passkeys_of(&here.tenant, fresh.me.visit.member.id).await?;
    let full = (held.len() >= passkey::MOST).then_some(PasskeyFlaw::TooMany);
    let page = page(&here, &app, &fresh.me, reported.keeps_tick(), full.or(reported.flaw()));
    show_page(&SetUpPasskeyPage { notes: arrival.chosen(&page.frame, &fresh.me), ..page })
}

/// The question for the browser.
pub async fn options(At(here): At, fresh: Fresh, State(app): State<App>) -> Result<Response, Problem> {
    options_json(app.portal().ask_for_another_passkey(&here.tenant, &fresh.visit).await)
}

/// Takes the browser's answer. Fresh was whoever asked for the question; nobody is sent back to the password for
/// having taken a while with the sheet.
pub async fn finish(
    At(here): At,
    me: SignedIn,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<PasskeyForm>,
) -> Result<Response, Problem> {
    let everywhere = form.sign_out_everywhere.is_some();
    let offer = NewPasskey { credential: form.credential, everywhere, browser, language: me.language(&here) };
    match app.portal().add_passkey(&here.tenant, &me.visit, offer).await {
        Ok(id) => Ok(go_to(&Route::NamePasskey(id).with(&[("from", "methods")]))),
        Err(Stop::Refused(refused)) => {
            let page = page(&here, &app, &me, everywhere, flaw(&refused));
            again(&SetUpPasskeyPage { refused: true, ..page })
        }
        Err(Stop::StartAgain) => Ok(go(Route::SignIn)),
        Err(Stop::NotNow) => Ok(go(Route::Methods)),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}
