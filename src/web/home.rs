//! `/`: the portal page, before sign-in and after (P-01, P-06–P-09).

use axum::{extract::State, response::Response};

use super::{
    App,
    page::portal,
    problem::Problem,
    step::show as whole,
    visitor::{Anybody, At, SignedIn},
};
use crate::{domain::tenant::NoticePlace, portal::session::Admission, world::today_in_japan};

/// Shows it.
pub async fn show(At(here): At, anybody: Anybody, State(app): State<App>) -> Result<Response, Problem> {
    match (anybody.admission, anybody.token) {
        (Admission::In(visit), Some(token)) => {
            let pending_email =
                visit.member.email_pending.as_ref().map(|address| address.as_str().to_owned());
            let me = SignedIn { visit, token };
            let today = today_in_japan(app.portal().now());
            let frame = me.frame(&here, &app).with_notices(NoticePlace::Home, today);
            whole(&portal::Home { frame, pending_email })
        }
        _ => whole(&portal::Top { frame: here.frame_with_notices(&app, NoticePlace::Portal) }),
    }
}
