//! `/account/email`: 「Eメール変更」 (S-11, D8). The new address counts once the code sent to it is entered.

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{AccountQuery, done, stopped};
use crate::{
    domain::{member::EmailAddress, route::Route},
    portal::{email::NewEmail, taken::AddressOffer},
    web::{
        app::App,
        fresh::{Fresh, FreshForm, FreshlyProvenForm},
        page::{account::ChangeEmailPage, with_refusals},
        posted::LenientQuery,
        problem::Problem,
        step::{self, Stopped, again, go, show_page},
        visitor::{At, Here, SignedIn},
    },
};

const PATH: Route = Route::ChangeEmail;

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChangeEmailForm {
    whose: String,
    email: String,
    as_it_stands: String,
    mended: Option<String>,
}

impl ChangeEmailForm {
    /// The address as typed, or as mended with one press.
    fn address(&self) -> &str {
        self.mended.as_deref().unwrap_or(&self.email)
    }
}

impl FreshlyProvenForm for ChangeEmailForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        vec![("email", self.address().to_owned())]
    }

    fn whose(&self) -> &str {
        &self.whose
    }
}

fn page<'a>(app: &'a App, here: &'a Here, me: &SignedIn, typed: Option<String>) -> ChangeEmailPage<'a> {
    let member = &me.visit.member;
    let kept = member.email_pending.as_ref().or(member.email.as_ref()).map(EmailAddress::as_str);
    let value = typed.unwrap_or_else(|| kept.unwrap_or_default().to_owned());
    ChangeEmailPage {
        frame: me.frame(here, app),
        value,
        meant: None,
        replaces: kept.is_some(),
        is_kept: false,
    }
}

/// GET: shows the page.
pub async fn show(
    At(mut here): At,
    fresh: Fresh,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let kept = arrival.kept::<ChangeEmailForm>(&app, &mut here, &fresh.me, PATH).await?;
    let is_kept = kept.is_some();
    show_page(&ChangeEmailPage { is_kept, ..page(&app, &here, &fresh.me, kept.map(|form| form.email)) })
}

/// Takes the address, and leads to its code.
pub async fn offer(
    At(here): At,
    State(app): State<App>,
    FreshForm { visit, me, form }: FreshForm<ChangeEmailForm>,
) -> Result<Response, Problem> {
    let typed = form.address().to_owned();
    let offer = AddressOffer { typed: typed.clone(), as_it_stands: form.as_it_stands };
    match app.portal().ask_new_email(&here.tenant, &visit, &offer).await {
        Ok(NewEmail::Asked) => Ok(go(Route::ConfirmNewEmail)),
        Ok(NewEmail::Kept) => Ok(done(Route::Profile, "nothing")),
        Err(stop) => match stopped(stop, PATH)? {
            Stopped::Answer(response) => Ok(response),
            Stopped::Again(refused) => {
                let page = page(&app, &here, &me, Some(typed));
                let frame = with_refusals(page.frame, &refused);
                again(&ChangeEmailPage { frame, meant: step::meant(&refused), ..page })
            }
        },
    }
}
