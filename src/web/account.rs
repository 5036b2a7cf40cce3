//! `/account/…`: what a member may look at and change, signed in.

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use serde::Deserialize;

use super::{
    app::App,
    fresh::{self, FreshlyProvenForm},
    page::Frame,
    problem::Problem,
    step::{Stopped, go, go_to},
    visitor::{Here, SignedIn},
};
use crate::{
    domain::{factor::Factor, route::Route},
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
pub mod services;

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
            "chosen" => Some(frame.words.msg("account-method-chosen")),
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
        page: Route,
    ) -> Result<Option<F>, Problem> {
        if self.kept == "1" { fresh::kept(app, here, me, page).await } else { Ok(None) }
    }
}

/// The factor a page is about, by its path; `None` where that holds no id.
#[derive(Debug, Clone, Copy)]
pub struct FactorInPath(Option<Factor>);

impl<S: Sync> FromRequestParts<S> for FactorInPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Route::of_path(parts.uri.path()).and_then(Factor::of_page)))
    }
}

/// Sorts a stop: refusals go back to the form, everything else leads elsewhere; to `not_now` where the page has nothing
/// left to do.
fn stopped(stop: Stop, not_now: Route) -> Result<Stopped, Problem> {
    Ok(match stop {
        Stop::Refused(refused) => Stopped::Again(refused),
        Stop::StartAgain => Stopped::Answer(go(Route::SignIn)),
        Stop::NotNow => Stopped::Answer(go(not_now)),
        Stop::Broken(fault) => return Err(fault.into()),
    })
}

/// 「全てのデバイスからサインアウトする」 as a kept form has it.
fn ticked(everywhere: bool) -> Vec<(&'static str, String)> {
    everywhere.then(|| ("sign_out_everywhere", "on".to_owned())).into_iter().collect()
}

/// The answer of a page that was done with.
fn done(route: Route, word: &str) -> Response {
    go_to(&route.with(&[("done", word)]))
}
