//! `/account/…`: what a member may look at and change, signed in.

use axum::{
    Router,
    extract::FromRequestParts,
    http::request::Parts,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    App,
    fresh::{self, FreshlyProvenForm},
    page::Frame,
    passkey,
    problem::Problem,
    step::{Stopped, go, go_to},
    visitor::{Here, SignedIn},
};
use crate::{
    domain::{factor::Factor, member::DeviceId},
    portal::Stop,
};

pub mod activity;
pub mod app;
pub mod devices;
pub mod email;
pub mod mail_code;
pub mod methods;
pub mod name;
pub mod password;
pub mod pending_email;
pub mod profile;
pub mod removal;

/// The pages.
pub fn router() -> Router<App> {
    Router::new()
        .route("/account/profile", get(profile::show).post(profile::change))
        .route("/account/email", get(email::show).post(email::offer))
        .route("/account/email/confirm", get(pending_email::show).post(pending_email::offer))
        .route("/account/password", get(password::show).post(password::change))
        .route("/account/methods", get(methods::show))
        .route("/account/methods/totp", get(app::show).post(app::finish))
        .route("/account/methods/passkey", get(passkey::another::show).post(passkey::another::finish))
        .route("/account/methods/passkey/options", post(passkey::another::options))
        .route("/account/methods/mail-code", get(mail_code::show).post(mail_code::offer))
        .route("/account/methods/mail-code/delete", get(removal::ask).post(removal::remove))
        .route("/account/apps/{id}/delete", get(removal::ask).post(removal::remove))
        .route("/account/passkeys/{id}/delete", get(removal::ask).post(removal::remove))
        .route("/account/apps/{id}/name", get(name::show).post(name::keep))
        .route("/account/passkeys/{id}/name", get(name::show).post(name::keep))
        .route("/account/devices", get(devices::show).post(devices::log_out))
        .route("/account/activity", get(activity::show))
}

/// What stands behind the `?` of these pages.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccountQuery {
    /// What was done a moment ago: words with dots between them.
    done: String,
    /// `1` for a member who showed again who they are: what was typed before is shown again.
    kept: String,
}

impl AccountQuery {
    /// What was done a moment ago.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.done.split('.')
    }

    /// The messages for a member who chose a method that is set up on this page, and perhaps another user ID with it.
    pub fn chosen(&self, frame: &Frame<'_>, me: &SignedIn) -> Vec<String> {
        let told = |word| match word {
            "user-id" => Some(frame.msg1("account-user-id-changed", "login", me.visit.member.login.as_str())),
            "chosen" => Some(frame.msg("account-method-chosen")),
            _ => None,
        };
        self.words().filter_map(told).collect()
    }

    /// What was typed before, if it is wanted; the page says when.
    async fn kept<F: FreshlyProvenForm>(
        &self,
        app: &App,
        here: &mut Here,
        me: &SignedIn,
        path: &str,
    ) -> Result<Option<F>, Problem> {
        if self.kept == "1" { fresh::kept(app, here, me, path).await } else { Ok(None) }
    }
}

/// The factor a page is about, by its path; `None` where that holds no id.
#[derive(Debug, Clone, Copy)]
pub struct FactorInPath(Option<Factor>);

impl<S: Sync> FromRequestParts<S> for FactorInPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let steps: Vec<&str> = parts.uri.path().split('/').skip(2).collect();
        Ok(Self(match steps.as_slice() {
            ["apps", id, _] => DeviceId::parse(id).map(Factor::App),
            ["passkeys", id, _] => DeviceId::parse(id).map(Factor::Passkey),
            ["methods", "mail-code", _] => Some(Factor::MailCode),
            _ => None,
        }))
    }
}

/// What the paths of a factor's own pages begin with.
fn path_of(factor: Factor) -> String {
    match factor {
        Factor::App(id) => format!("/account/apps/{id}"),
        Factor::Passkey(id) => format!("/account/passkeys/{id}"),
        Factor::MailCode => "/account/methods/mail-code".to_owned(),
    }
}

/// Sorts a stop: refusals go back to the form, everything else leads elsewhere; to `not_now` where the page has nothing
/// left to do.
fn stopped(stop: Stop, not_now: &str) -> Result<Stopped, Problem> {
    Ok(match stop {
        Stop::Refused(refused) => Stopped::Again(refused),
        Stop::StartAgain => Stopped::Answer(go("/signin")),
        Stop::NotNow => Stopped::Answer(go_to(not_now)),
        Stop::Broken(fault) => return Err(fault.into()),
    })
}

/// 「全てのデバイスからサインアウトする」 as a kept form has it.
fn ticked(everywhere: bool) -> Vec<(&'static str, String)> {
    everywhere.then(|| ("sign_out_everywhere", "on".to_owned())).into_iter().collect()
}

/// The answer of a page that was done with.
fn done(path: &str, word: &str) -> Response {
    go_to(&format!("{path}?done={word}"))
}
