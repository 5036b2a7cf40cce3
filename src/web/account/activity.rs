//! `/account/activity`: 「最近の記録」, the trail in a member's words (N-28).

use axum::{extract::State, response::Response};

use crate::{
    domain::{
        activity::{Activity, Line},
        tenant::Method,
    },
    web::{
        App,
        page::{
            Frame,
            account::{Activities, ActivityLine},
        },
        problem::Problem,
        step::show as whole,
        visitor::{At, SignedIn},
    },
};

/// A line in words.
fn line(frame: &Frame<'_>, line: &Line) -> ActivityLine {
    let method = |method: Method| frame.msg(&format!("letter-method-{}", method.as_str()));
    let what = match &line.activity {
        Activity::SignedIn { .. } => frame.msg("activity-signed-in"),
        Activity::PasswordRefused => frame.msg1("activity-password-refused", "times", line.times),
        Activity::CodeRefused => frame.msg1("activity-code-refused", "times", line.times),
        Activity::PasskeyRefused => frame.msg1("activity-passkey-refused", "times", line.times),
        Activity::PasswordChanged => frame.msg("activity-password-changed"),
        Activity::RecoveryMailed => frame.msg("activity-recovery-mailed"),
        Activity::PasswordRecovered => frame.msg("activity-password-recovered"),
        Activity::LoginChanged => frame.msg("activity-login-changed"),
        Activity::EmailAsked => frame.msg("activity-email-asked"),
        Activity::EmailKept => frame.msg("activity-email-kept"),
        Activity::LostFactorAsked => frame.msg("activity-lost-factor-asked"),
        Activity::EmailConfirmed => frame.msg("activity-email-confirmed"),
        Activity::FactorAdded(kind) => frame.msg1("activity-factor-added", "method", method(*kind)),
        Activity::FactorRemoved(kind) => frame.msg1("activity-factor-removed", "method", method(*kind)),
        Activity::MethodChosen(kind) => frame.msg1("activity-method-chosen", "method", method(*kind)),
        Activity::TermsAccepted => frame.msg("activity-terms-accepted"),
        Activity::LoggedOut => frame.msg("activity-logged-out"),
        Activity::DeviceLoggedOut => frame.msg("activity-device-logged-out"),
        Activity::LoggedOutElsewhere => frame.msg("activity-logged-out-elsewhere"),
        Activity::Desk => frame.msg("activity-desk"),
    };
    let how = match &line.activity {
        Activity::SignedIn { method: kind, device } => {
            let parts = [(!device.is_empty()).then(|| device.clone()), kind.map(method)];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
        _ => String::new(),
    };
    ActivityLine { at: frame.words.moment(line.at), what, how, is_refusal: line.activity.is_refusal() }
}

/// Lists it.
pub async fn show(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    let lines = app.portal().activity_of(&here.tenant, &me.visit).await?;
    let frame = me.frame(&here, &app);
    let lines = lines.iter().map(|one| line(&frame, one)).collect();
    whole(&Activities { frame, lines })
}
