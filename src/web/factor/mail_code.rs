//! `/signin/mail-code`: the code that was mailed (M-01–M-03).

use axum::{extract::State, response::Response};

use crate::{
    domain::{member::EmailAddress, route::Route, signin::Step, tenant::Method},
    portal::attempt::Seen,
    vault::Token,
    web::{
        app::App,
        code::{self, CodeForm},
        page::code::{MailedCodePage, OtherWays},
        posted::Posted,
        problem::Problem,
        step::{
            self, Standpoint, Stopped, again, go, onward, path, show_page, standpoint, stopped, with_progress,
        },
        visitor::{At, Browser, Here, OnTheWay},
    },
};

const PATH: Route = Route::ProveMailCode;

/// Whoever is asked for a factor may come here with this one, if it will do; and whoever chose it for the first time.
fn wanted(step: Step) -> bool {
    matches!(step, Step::Prove(_) | Step::SetUp(Method::EmailOtp))
}

/// The browser's attempt, where a mailed code is asked for; or the answer that leads elsewhere.
async fn look(app: &App, here: &Here, token: Option<&Token>) -> Result<Result<Box<Seen>, Response>, Problem> {
    Ok(match standpoint(app, here, token, wanted).await? {
        Standpoint::Here(seen) if seen.may_show_mail_code() => Ok(seen),
        Standpoint::Here(seen) => Err(go(path(seen.step))),
        Standpoint::Elsewhere(response) => Err(response),
    })
}

async fn page<'a>(app: &'a App, here: &'a Here, seen: &Seen) -> Result<MailedCodePage<'a>, Problem> {
    let waiting = app.portal().mail_code_waiting(&here.tenant, seen).await?;
    let other = OtherWays {
        way: step::other_way(seen, Method::EmailOtp),
        set_up: seen.step == Step::SetUp(Method::EmailOtp),
        methods: here.tenant.policy.offered().count() > 1,
    };
    let address = seen.member.email.as_ref().map(EmailAddress::masked);
    let frame = with_progress(step::frame_of_proof(app, here, seen), seen);
    Ok(MailedCodePage::of_sign_in(frame, address, code::out(&here.tenant, waiting), other))
}

/// GET: shows the form for a mailed code.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match look(&app, &here, token.as_ref()).await? {
        Ok(seen) => show_page(&page(&app, &here, &seen).await?),
        Err(response) => Ok(response),
    }
}

/// Offers a code, or asks for another.
pub async fn offer(
    At(here): At,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<CodeForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let seen = match look(&app, &here, Some(&token)).await? {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let portal = app.portal();
    let done = if form.is_resend() {
        portal.resend_mail_code(&here.tenant, &seen).await.map(|()| go(PATH))
    } else {
        portal.prove_mail_code(&here.tenant, &seen, &form.code, &browser).await.map(onward)
    };
    let stop = match done {
        Ok(response) => return Ok(response),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => again(&page(&app, &here, &seen).await?.with_refusals(&refused)),
    }
}
