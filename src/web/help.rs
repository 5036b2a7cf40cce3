//! `/help`: 「ご利用の手引き」 and its chapters, `/help/accessibility` and `/terms`, for everybody; a member who is signed in keeps name and
//! menu.

use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};

use super::{
    app::App,
    page::help::{AccessibilityPage, ChapterPage, HelpPage, ReadTermsPage, WHOLE_GUIDE, WholeGuidePage},
    problem::Problem,
    step::show_kept,
    visitor::{At, OnTheWay, Reader},
};
use crate::{domain::route::Route, world::today_in_japan};

/// Shows its contents. It asks for no step and settles none: an attempt stays where it is.
pub async fn show(
    At(here): At,
    Reader(me): Reader,
    OnTheWay(attempt): OnTheWay,
    State(app): State<App>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let on_the_way = attempt.is_some() && me.is_none();
    let frame = me.map_or_else(|| here.frame(&app), |me| me.frame(&here, &app));
    show_kept(&HelpPage::new(frame, today_in_japan(app.portal().now()), on_the_way), &asked)
}

/// Shows a chapter, or all of them on one page.
pub async fn chapter(
    At(here): At,
    uri: Uri,
    Reader(me): Reader,
    OnTheWay(attempt): OnTheWay,
    State(app): State<App>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let word = uri.path().strip_prefix(&Route::HelpChapter.to_string()).unwrap_or_default();
    let on_the_way = attempt.is_some() && me.is_none();
    let frame = me.map_or_else(|| here.frame(&app), |me| me.frame(&here, &app));
    let guide = HelpPage::new(frame, today_in_japan(app.portal().now()), on_the_way);
    if word == WHOLE_GUIDE {
        return show_kept(&WholeGuidePage::new(guide), &asked);
    }
    show_kept(&ChapterPage::new(guide, word).ok_or(Problem::NotFound)?, &asked)
}

/// Shows what was done for everybody to be able to use the site.
pub async fn accessibility(
    At(here): At,
    Reader(me): Reader,
    State(app): State<App>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let frame = me.map_or_else(|| here.frame(&app), |me| me.frame(&here, &app));
    show_kept(&AccessibilityPage { frame }, &asked)
}

/// Shows the terms in force.
pub async fn terms(
    At(here): At,
    Reader(me): Reader,
    State(app): State<App>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let frame = me.map_or_else(|| here.frame(&app), |me| me.frame(&here, &app));
    show_kept(&ReadTermsPage { frame }, &asked)
}
