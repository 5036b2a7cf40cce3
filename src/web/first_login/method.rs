//! `/signin/method`: user ID and method, one or both (F-03–F-05). Until a first factor works, the way back to
//! another method (D2).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    domain::{
        route::Route,
        signin::Step,
        tenant::{Method, NoticePlace},
    },
    portal::{attempt::Seen, first_login::MethodOffer},
    web::{
        app::App,
        page::{
            Frame,
            first_login::{MethodOption, MethodPage},
            with_refusals,
        },
        posted::Posted,
        problem::Problem,
        step::{self, go, names_a_password, with_progress},
        visitor::{At, Here, OnTheWay},
    },
};

/// The page is the next one, or the member came back from a set-up page to choose anew.
fn wanted(step: Step) -> bool {
    matches!(step, Step::Method { .. } | Step::SetUp(_))
}

fn frame<'a>(app: &'a App, here: &'a Here, seen: &Seen) -> Frame<'a> {
    with_progress(here.frame_with_notices(app, NoticePlace::Method), seen)
}

fn page<'a>(frame: Frame<'a>, seen: &Seen, typed: Option<String>, chosen: Option<Method>) -> MethodPage<'a> {
    let (user_id, method) = match seen.step {
        Step::Method { user_id, method } => (user_id, method),
        _ => (false, true),
    };
    let current = || seen.member.login.as_str().to_owned();
    let mut methods =
        if method { MethodOption::list(&frame, chosen.or(seen.standing.method)) } else { Vec::new() };
    let choices = seen.choices(frame.tenant);
    methods.retain(|option| choices.contains(&option.method));
    // Where there is nothing to choose, nobody is asked to.
    if let [only] = &mut methods[..] {
        only.selected = true;
    }
    MethodPage { frame, user_id: user_id.then(|| typed.unwrap_or_else(current)), methods }
}

/// GET: shows the form for user ID and method.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let draw = |seen: &Seen| Ok(page(frame(&app, &here, seen), seen, None, None));
    step::page(&app, &here, token.as_ref(), wanted, draw).await
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MethodForm {
    user_id: Option<String>,
    method: String,
}

/// POST: keeps what was chosen.
pub async fn choose(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
    Posted(form): Posted<MethodForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let chosen = Method::parse(&form.method);
    let offer = MethodOffer { login: form.user_id.clone(), method: chosen };
    let done = app.portal().choose_method(&here.tenant, &token, offer).await;
    step::answer(&app, &here, &token, done, wanted, |seen, refused| {
        let typed = form.user_id.filter(|_| !names_a_password(refused));
        Ok(page(with_refusals(frame(&app, &here, seen), refused), seen, typed, chosen))
    })
    .await
}
