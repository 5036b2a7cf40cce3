//! `/help`: 「ご利用の手引き」, `/help/accessibility` and `/terms`, for everybody; a member who is signed in keeps name and
//! menu.

use axum::{extract::State, response::Response};

use super::{
    app::App,
    page::help::{AccessibilityPage, HelpPage, ReadTermsPage},
    problem::Problem,
    step::show as whole,
    visitor::{At, OnTheWay, Reader},
};
use crate::world::today_in_japan;

/// Shows it. It asks for no step and settles none: an attempt stays where it is.
pub async fn show(
    At(here): At,
    Reader(me): Reader,
    OnTheWay(attempt): OnTheWay,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let on_the_way = attempt.is_some() && me.is_none();
    let frame = me.map_or_else(|| here.frame(&app), |me| me.frame(&here, &app));
    whole(&HelpPage::new(frame, today_in_japan(app.portal().now()), on_the_way))
}

/// Shows what was done for everybody to be able to use the site.
pub async fn accessibility(
    At(here): At,
    Reader(me): Reader,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let frame = me.map_or_else(|| here.frame(&app), |me| me.frame(&here, &app));
    whole(&AccessibilityPage { frame })
}

/// Shows the terms in force.
pub async fn terms(At(here): At, Reader(me): Reader, State(app): State<App>) -> Result<Response, Problem> {
    let frame = me.map_or_else(|| here.frame(&app), |me| me.frame(&here, &app));
    whole(&ReadTermsPage { frame })
}
