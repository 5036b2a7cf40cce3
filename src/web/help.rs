//! `/help`: 「ご利用の手引き」, for everybody; a member who is signed in keeps name and menu.

use axum::{extract::State, response::Response};

use super::{
    App,
    page::{SignedInName, help::Help},
    problem::Problem,
    step::show as whole,
    visitor::{Anybody, At, OnTheWay, menu},
};
use crate::{portal::session::Admission, world::today_in_japan};

/// Shows it. It asks for no step and settles none: an attempt stays where it is.
pub async fn show(
    At(here): At,
    anybody: Anybody,
    OnTheWay(attempt): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let mut frame = here.frame(&app);
    if let Admission::In(visit) = anybody.admission {
        frame.signed_in =
            Some(SignedInName { name: visit.member.name.clone(), logout_href: Some("/logout") });
        frame.menu = menu();
    }
    let on_the_way = attempt.is_some() && frame.signed_in.is_none();
    whole(&Help::new(frame, today_in_japan(app.portal().now()), on_the_way))
}
