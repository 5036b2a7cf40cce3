//! `/account/password`: 「パスワードの更新」 from inside (S-10).

use axum::{extract::State, response::Response};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::{AccountQuery, done, stopped, ticked};
use crate::{
    domain::{login_id::LoginId, route::Route},
    portal::password::PasswordChange,
    web::{
        app::App,
        fresh::{Fresh, FreshForm, FreshlyProvenForm},
        page::first_login::{PasswordAskedAt, PasswordPage, Rule},
        posted::LenientQuery,
        problem::Problem,
        step::{Stopped, again_because, show_page},
        visitor::{At, Browser, Here, SignedIn},
    },
};

const PATH: Route = Route::ChangePassword;
const METHODS: Route = Route::Methods;

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChangePasswordForm {
    whose: String,
    /// Whose page it was typed into. A password manager may write into `username`, which is there for it.
    shown_to: String,
    /// When the password was set that was in force then, in microseconds.
    shown_set_at: String,
    password: SecretString,
    password_confirm: SecretString,
    sign_out_everywhere: Option<String>,
}

/// Passwords are typed again; the tick is kept.
impl FreshlyProvenForm for ChangePasswordForm {
    fn kept(&self) -> Vec<(&'static str, String)> {
        let mut kept = ticked(self.sign_out_everywhere.is_some());
        kept.push(("shown_to", self.shown_to.clone()));
        kept
    }

    fn whose(&self) -> &str {
        &self.whose
    }
}

async fn page<'a>(
    app: &'a App,
    here: &'a Here,
    me: &SignedIn,
    everywhere: bool,
) -> Result<PasswordPage<'a>, Problem> {
    let set_at = app.portal().password_set_at(&here.tenant, &me.visit.member).await?;
    let shown = set_at.map(|at| at.as_microsecond().to_string()).unwrap_or_default();
    let frame = me.frame(here, app);
    let rules = Rule::list(&frame.tenant.policy.password, &frame.words);
    let login = me.visit.member.login.as_str().to_owned();
    let page = PasswordAskedAt::Change { shown, is_kept: false };
    Ok(PasswordPage { frame, login, rules, sign_out_everywhere: everywhere, page })
}

/// GET: shows the page.
pub async fn show(
    At(mut here): At,
    fresh: Fresh,
    LenientQuery(arrival): LenientQuery<AccountQuery>,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let kept = arrival.kept::<ChangePasswordForm>(&app, &mut here, &fresh.me, PATH).await?;
    let everywhere = kept.as_ref().is_none_or(|form| form.sign_out_everywhere.is_some());
    let mut page = page(&app, &here, &fresh.me, everywhere).await?;
    if let PasswordAskedAt::Change { is_kept, .. } = &mut page.page {
        *is_kept = kept.is_some();
    }
    show_page(&page)
}

/// POST: changes the password.
pub async fn change(
    At(here): At,
    Browser(browser): Browser,
    State(app): State<App>,
    FreshForm { visit, me, form }: FreshForm<ChangePasswordForm>,
) -> Result<Response, Problem> {
    let everywhere = form.sign_out_everywhere.is_some();
    let shown = form.shown_set_at.parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok());
    let change = PasswordChange {
        shown_to: LoginId::typed(&form.shown_to),
        shown,
        password: form.password,
        again: form.password_confirm,
        everywhere,
        browser,
    };
    match app.portal().change_password(&here.tenant, &visit, change).await {
        Ok(()) => Ok(done(METHODS, "password")),
        Err(stop) => match stopped(stop, METHODS)? {
            Stopped::Answer(response) => Ok(response),
            Stopped::Again(refused) => {
                let page = page(&app, &here, &me, everywhere).await?.with_refusals(&refused);
                again_because(&refused, &page)
            }
        },
    }
}
