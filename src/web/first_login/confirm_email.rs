//! `/signin/email/confirm`: the page that waits until the address is confirmed, by the link on any device or by the code
//! here (F-08, D8); and the page behind the link.

use axum::{extract::State, response::Response};

use crate::{
    domain::{
        member::EmailAddress,
        one_time::CONFIRM_LINK,
        route::{MailedLink, Route},
        signin::Step,
        tenant::Verification,
    },
    portal::{Stop, attempt::Seen},
    vault::Token,
    web::{
        app::App,
        code::CodeForm,
        link::LinkToken,
        page::{
            Frame,
            first_login::{ConfirmEmailPage, ConfirmLinkPage},
            with_refusals,
        },
        posted::Posted,
        problem::Problem,
        step::{Standpoint, Stopped, again, go, onward, show_page, standpoint, stopped, with_progress},
        visitor::{At, Browser, Here, OnTheWay},
    },
};

const PATH: Route = Route::ConfirmEmail;

fn wanted(step: Step) -> bool {
    step == Step::ConfirmEmail
}

async fn page<'a>(app: &'a App, here: &'a Here, seen: &Seen) -> Result<ConfirmEmailPage<'a>, Problem> {
    let waiting = app.portal().confirmation_waiting(&here.tenant, seen).await?;
    let policy = &here.tenant.policy;
    let by_link = policy.email.verification == Verification::Link;
    let address = seen.member.email_pending.as_ref().or(seen.member.email.as_ref());
    let minutes = if by_link { CONFIRM_LINK.as_mins() } else { i64::from(policy.email_otp.ttl_minutes) };
    Ok(ConfirmEmailPage {
        frame: with_progress(here.frame(app), seen),
        address: address.map(EmailAddress::as_str).unwrap_or_default().to_owned(),
        by_link,
        wait_seconds: waiting.seconds,
        minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
        expired: !waiting.is_out,
    })
}

/// Waits. Whoever confirmed elsewhere is led on.
pub async fn show(
    At(here): At,
    OnTheWay(token): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    match standpoint(&app, &here, token.as_ref(), wanted).await? {
        Standpoint::Here(seen) => show_page(&page(&app, &here, &seen).await?),
        Standpoint::Elsewhere(response) => Ok(response),
    }
}

/// Offers a code, or asks for another mail.
pub async fn offer(
    At(here): At,
    OnTheWay(token): OnTheWay,
    Browser(browser): Browser,
    State(app): State<App>,
    Posted(form): Posted<CodeForm>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Ok(go(Route::SignIn)) };
    let portal = app.portal();
    let done = if form.is_resend() {
        portal.resend_confirmation(&here.tenant, &token).await.map(|()| go(PATH))
    } else {
        portal.confirm_email_by_code(&here.tenant, &token, &form.code, &browser).await.map(onward)
    };
    let stop = match done {
        Ok(response) => return Ok(response),
        Err(stop) => stop,
    };
    match stopped(&app, &here, &token, stop).await? {
        Stopped::Answer(response) => Ok(response),
        Stopped::Again(refused) => match standpoint(&app, &here, Some(&token), wanted).await? {
            Standpoint::Here(seen) => {
                let mut page = page(&app, &here, &seen).await?;
                page.frame = with_refusals(page.frame, &refused);
                if page.expired {
                    page.frame = page.frame.without_field("code");
                }
                again(&page)
            }
            Standpoint::Elsewhere(response) => Ok(response),
        },
    }
}

/// The frame at the link's clean address.
fn link_frame<'a>(here: &'a Here, app: &'a App, token: &Token) -> Frame<'a> {
    Frame { path: action(token), ..here.frame(app) }
}

fn action(token: &Token) -> String {
    MailedLink::ConfirmEmail.path(token.expose())
}

/// The page behind the link. Looking at it changes nothing: mail scanners look at everything (G6).
pub async fn link(
    At(here): At,
    LinkToken(token): LinkToken,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Err(Problem::Gone) };
    match app.portal().look_at_confirmation(&here.tenant, &token).await? {
        Some(opened) => show_page(&ConfirmLinkPage {
            frame: link_frame(&here, &app, &token),
            action: action(&token),
            address: opened.address,
            done: false,
        }),
        None => Err(Problem::Gone),
    }
}

/// POST: confirms the address of a link.
pub async fn confirm(
    At(here): At,
    LinkToken(token): LinkToken,
    Browser(browser): Browser,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let Some(token) = token else { return Err(Problem::Gone) };
    match app.portal().confirm_email_by_link(&here.tenant, &token, &browser).await {
        Ok(opened) => show_page(&ConfirmLinkPage {
            frame: link_frame(&here, &app, &token),
            action: action(&token),
            address: opened.address,
            done: true,
        }),
        Err(Stop::Broken(fault)) => Err(fault.into()),
        Err(Stop::Refused(_) | Stop::StartAgain | Stop::NotNow) => Err(Problem::Gone),
    }
}
