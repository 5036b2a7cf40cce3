//! `/`: the portal page, before sign-in and after (P-01, P-06–P-09).

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{
    app::App,
    page::portal,
    posted::LenientQuery,
    problem::Problem,
    step::show as whole,
    visitor::{At, Reader},
};
use crate::{domain::tenant::NoticePlace, world::today_in_japan};

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
) -> Result<Response, Problem> {
    let today = today_in_japan(app.portal().now());
    if let Some(me) = member {
        let pending = me.member().email_pending.as_ref();
        let pending_email = pending.map(|address| address.as_str().to_owned());
        let frame = me.frame(&here, &app).with_notices(NoticePlace::Home, today);
        return whole(&portal::HomePage { frame, pending_email });
    }
    let frame = here.frame(&app).with_notices(NoticePlace::Portal, today);
    whole(&portal::TopPage { frame, logged_out: after.after == "log-out" })
}
