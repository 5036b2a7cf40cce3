//! `/`: the portal page, before sign-in and after (P-01, P-06–P-09).

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;

use super::{
    app::App,
    page::{Frame, portal},
    posted::LenientQuery,
    problem::Problem,
    step::{show_kept, show_page},
    visitor::{At, Reader, ReadingMember},
};
use crate::{
    domain::{
        member::Member,
        session::FormerSignIn,
        tenant::{Method, NoticePlace, Tenant},
    },
    world::today_in_japan,
};

/// What brought the member here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HomeQuery {
    after: String,
}

/// GET: shows the page.
pub async fn show(
    At(here): At,
    LenientQuery(after): LenientQuery<HomeQuery>,
    Reader(member): Reader,
    State(app): State<App>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let today = today_in_japan(app.portal().now());
    if let Some(me) = member {
        let is_finished = is_finished(&app, &here.tenant, &me).await;
        let frame = me.frame(&here, &app).with_notices(NoticePlace::Home, today);
        let member = me.member();
        return show_page(&portal::HomePage {
            former: me.former().map(|former| former_told(&frame, former, today)),
            finished: is_finished.then(|| next_time(&frame, member)),
            is_mailed: member.email.is_some(),
            pending_email: member.email_pending.as_ref().map(|address| address.as_str().to_owned()),
            // Not in the moment in which everything is said to be done.
            is_alone: !is_finished && me.factors() == 1 && may_have_more(&here.tenant, member),
            frame,
        });
    }
    let frame = here.frame(&app).with_notices(NoticePlace::Portal, today);
    let logged_out = after.after == "log-out";
    let page = portal::TopPage { frame, logged_out };
    if logged_out { show_page(&page) } else { show_kept(&page, &asked) }
}

/// Whether this visit is the one that says that first login is whole. Where that cannot be found out now the page is shown
/// without it, and a later visit says it.
async fn is_finished(app: &App, tenant: &Tenant, me: &ReadingMember) -> bool {
    if !me.member().finish_due {
        return false;
    }
    match app.portal().take_finish(tenant, me.member().id).await {
        Ok(is_due) => is_due,
        Err(stop) => {
            tracing::warn!(?stop, "Whether first login was said to be whole cannot be found out");
            false
        }
    }
}

/// The sign-in before this one.
fn former_told(frame: &Frame<'_>, former: FormerSignIn, today: jiff::civil::Date) -> String {
    let time = frame.words.lately(former.at, today);
    match former.method {
        Some(method) => frame.msg2("portal-former-by", "time", time, "method", method_name(frame, method)),
        None => frame.msg1("portal-former", "time", time),
    }
}

/// What letters and the trail call a method.
fn method_name(frame: &Frame<'_>, method: Method) -> String {
    frame.words.msg(&format!("letter-method-{}", method.as_str()))
}

/// How the member gets in from now on.
fn next_time(frame: &Frame<'_>, member: &Member) -> String {
    let method = member.method.unwrap_or(Method::AppOtp);
    if frame.tenant.policy.stands_alone(method) {
        return frame.msg1("portal-finished-alone", "button", frame.msg("signin-passkey-button"));
    }
    let key = format!("portal-finished-{}", method.as_str());
    frame.msg1(&key, "login", member.login.as_str())
}

/// Whether the union offers a second factor to whoever holds one.
fn may_have_more(tenant: &Tenant, member: &Member) -> bool {
    tenant.policy.offered().any(|method| !method.is_mailed() || !member.holds_mail_code())
}
