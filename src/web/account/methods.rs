//! `/account/methods`: 「ログイン方法変更」 (S-06, S-07).

use axum::{extract::State, response::Response};

use super::lines;
use crate::{
    domain::{passkey, tenant::Method},
    portal::Portal,
    web::{
        App,
        page::account::{MethodLine, Methods},
        problem::Problem,
        step::show as whole,
        visitor::{At, SignedIn},
    },
};

/// Lists the ways in.
pub async fn show(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    let ways = app.portal().ways_of(&here.tenant, me.visit.member.id).await?;
    let frame = me.frame(&here, &app);
    let offers = |method| here.tenant.policy.offered().any(|offered| offered == method);
    let apps = ways
        .apps
        .iter()
        .map(|app| MethodLine { name: app.name.clone(), created: frame.words.moment(app.created_at) });
    let apps = (offers(Method::AppOtp) || !ways.apps.is_empty()).then(|| apps.collect());
    let passkeys =
        (offers(Method::Passkey) || !ways.passkeys.is_empty()).then(|| lines(&frame, &ways.passkeys));
    let may_add_passkey = Portal::offers_passkeys(&here.tenant) && ways.passkeys.len() < passkey::MOST;
    let password_set = ways.password_set_at.map(|at| frame.words.moment(at)).unwrap_or_default();
    whole(&Methods { frame, password_set, apps, passkeys, may_add_passkey, saved: false })
}
