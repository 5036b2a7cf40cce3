//! `/account/apps/{id}/delete`, `/account/passkeys/{id}/delete`, `/account/methods/mail-code/delete`: taking a way in
//! away (S-12, N-14).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{AccountQuery, FactorInPath, done, methods::gone, ticked};
use crate::{
    domain::{factor::Factor, route::Route},
    portal::{Stop, methods::Removal},
    web::{
        app::App,
        fresh::{Fresh, FreshForm, FreshlyProvenForm},
        page::{account::RemoveFactorPage, with_refusals},
        posted::LenientQuery,
        problem::Problem,
        step::{again, go, show_page},
        visitor::{At, Browser, Here, SignedIn},
    },
};

/// The confirmation; `None` when the member has no such factor.
async fn page<'a>(
    app: &'a App,
    here: &'a Here,
    me: &SignedIn,
    factor: Factor,
    everywhere: bool,
) -> Result<Option<RemoveFactorPage<'a>>, Problem> {
    let ways = app.portal().ways_of(&here.tenant, &me.visit.member).await?;
    let frame = me.frame(here, app);
    let Some(held) = ways.look_up(factor) else { return Ok(None) };
    Ok(Some(RemoveFactorPage {
        action: factor.removal(),
        name: held.name.clone(),
        method: factor.method(),
        created: frame.words.moment(held.created_at),
        sign_out_everywhere: everywhere,
        is_last: !ways.may_remove(factor),
        frame,
    }))
}

/// GET: asks whether the factor is to be taken away.
pub async fn ask(
    At(mut here): At,
    Fresh { me, .. }: Fresh,
    FactorInPath(factor): FactorInPath,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let Some(factor) = factor else { return gone(&app, &here, &me).await };
    let kept = arrival.kept::<RemovalForm>(&app, &mut here, &me, factor.removal()).await?;
    let everywhere = kept.is_none_or(|form| form.sign_out_everywhere.is_some());
    match page(&app, &here, &me, factor, everywhere).await? {
        Some(page) => show_page(&page),
        None => gone(&app, &here, &me).await,
    }
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemovalForm {
    whose: String,
    sign_out_everywhere: Option<String>,
}

impl FreshlyProvenForm for RemovalForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        // A tick that was taken away is kept too: a form with nothing in it would not be.
        let mut kept = ticked(self.sign_out_everywhere.is_some());
        kept.push(("kept", "1".to_owned()));
        kept
    }

    fn whose(&self) -> &str {
        &self.whose
    }
}

/// POST: takes the factor away.
pub async fn remove(
    At(here): At,
    FactorInPath(factor): FactorInPath,
    Browser(browser): Browser,
    State(app): State<App>,
    FreshForm { visit, me, form }: FreshForm<RemovalForm>,
) -> Result<Response, Problem> {
    let Some(factor) = factor else { return gone(&app, &here, &me).await };
    let everywhere = form.sign_out_everywhere.is_some();
    match app.portal().remove_factor(&here.tenant, &visit, Removal { factor, everywhere, browser }).await {
        Ok(None) => Ok(done(Route::Methods, "removed")),
        Ok(Some(_)) => Ok(done(Route::Methods, "removed-usual")),
        Err(Stop::Refused(refused)) => match page(&app, &here, &me, factor, everywhere).await? {
            Some(page) => again(&RemoveFactorPage { frame: with_refusals(page.frame, &refused), ..page }),
            None => gone(&app, &here, &me).await,
        },
        Err(Stop::NotNow) => gone(&app, &here, &me).await,
        Err(Stop::StartAgain) => Ok(go(Route::SignIn)),
        Err(Stop::Broken(fault)) => Err(fault.into()),
    }
}
