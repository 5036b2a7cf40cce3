//! `/`: the portal page, before sign-in and after (P-01, P-06–P-09).

use axum::{extract::State, response::Response};

use super::{
    App,
    page::{SignedInName, portal},
    problem::Problem,
    step::show as whole,
    visitor::{Anybody, At, menu},
};
use crate::{domain::tenant::NoticePlace, portal::session::Admission};

/// Shows it.
pub async fn show(At(here): At, anybody: Anybody, State(app): State<App>) -> Result<Response, Problem> {
    match anybody.admission {
        Admission::In(visit) => {
            let mut frame = here.frame_with_notices(&app, NoticePlace::Home);
            frame.signed_in =
                Some(SignedInName { name: visit.member.name.clone(), logout_href: Some("/logout") });
            frame.menu = menu();
            let pending_email =
                visit.member.email_pending.as_ref().map(|address| address.as_str().to_owned());
            whole(&portal::Home { frame, pending_email })
        }
        Admission::RunOut { .. } | Admission::Out => {
            whole(&portal::Top { frame: here.frame_with_notices(&app, NoticePlace::Portal) })
        }
    }
}
