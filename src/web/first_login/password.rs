//! `/signin/password`: a password of the member's own (F-06, D6).

use axum::{extract::State, response::Response};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    domain::{
        login_id::LoginId,
        route::Route,
        signin::{Goal, Step},
    },
    portal::{attempt::Seen, first_login::NewPasswordOffer},
    web::{
        app::App,
        page::first_login::{PasswordAskedAt, PasswordPage, Rule},
        posted::Posted,
        problem::Problem,
        step::{self, go, with_progress},
        visitor::{At, Browser, Here, OnTheWay},
    },
};

fn wanted(step: Step) -> bool {
    step == Step::NewPassword
}

fn page<'a>(app: &'a App, here: &'a Here, seen: &Seen, everywhere: bool) -> PasswordPage<'a> {
    let frame = with_progress(here.frame(app), seen);
    let rules = Rule::list(&frame.tenant.policy.password, &frame.words);
    let login = seen.member.login.as_str().to_owned();
    PasswordPage {
        frame,
        login,
        rules,
        sign_out_everywhere: everywhere,
        page: match seen.attempt.goal {
            Goal::Recover => PasswordAskedAt::Recovery,
            Goal::SignIn if seen.standing.password_exposed => PasswordAskedAt::Exposed,
            Goal::SignIn | Goal::Reauthenticate(_) => PasswordAskedAt::FirstLogin,
        },
    }
}

/// GET: shows the form for the new password.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    step::page(&app, &here, token.as_ref(), wanted, |seen| Ok(page(&app, &here, seen, true))).await
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    /// Whose page it was typed into. A password manager may write into `username`, which is there for it.
    shown_to: String,
    password: SecretString,
    password_confirm: SecretString,
    sign_out_everywhere: Option<String>,
}

/// POST: sets the password.
pub async fn set(
    At(here): At,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<PasswordForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let everywhere = form.sign_out_everywhere.is_some();
    let shown_to = LoginId::typed(&form.shown_to);
    let offer = NewPasswordOffer {
        shown_to,
        password: form.password,
        again: form.password_confirm,
        everywhere,
        browser,
    };
    let done = app.portal().set_password(&here.tenant, &token, offer).await;
    step::answer(&app, &here, &token, done, wanted, |seen, refused| {
        Ok(page(&app, &here, seen, everywhere).with_refusals(refused))
    })
    .await
}
