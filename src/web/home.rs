//! `/`: the portal page, before sign-in and after (P-01, P-06–P-09).

use axum::{extract::State, response::Response};

use super::{
    App,
    page::portal,
    problem::Problem,
    step::show as whole,
    visitor::{Anybody, At},
};
use crate::{domain::tenant::NoticePlace, world::today_in_japan};

/// Shows it.
pub async fn show(At(here): At, anybody: Anybody, State(app): State<App>) -> Result<Response, Problem> {
    let today = today_in_japan(app.portal().now());
    match anybody.signed_in() {
        Some(me) => {
            let pending = me.visit.member.email_pending.as_ref();
            let pending_email = pending.map(|address| address.as_str().to_owned());
            let frame = me.frame(&here, &app).with_notices(NoticePlace::Home, today);
            whole(&portal::Home { frame, pending_email })
        }
        None => whole(&portal::Top { frame: here.frame(&app).with_notices(NoticePlace::Portal, today) }),
    }
}
