//! `/account/activity`: 「最近の記録」, the trail in a member's words (N-28).

use axum::{extract::State, response::Response};

use crate::{
    domain::activity::ActivityEntry,
    web::{
        app::App,
        page::{
            Frame,
            account::{ActivitiesPage, ActivityLine},
        },
        problem::Problem,
        step::show as whole,
        visitor::{At, SignedIn},
    },
};

/// A line in words.
fn line(frame: &Frame<'_>, line: &ActivityEntry) -> ActivityLine {
    let (what, how) = (frame.words.activity(line), frame.words.activity_how(line));
    ActivityLine { at: frame.words.moment(line.at), what, how, is_refusal: line.activity.is_refusal() }
}

/// GET: lists the recent activity.
pub async fn show(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    let lines = app.portal().activity_of(&here.tenant, &me.visit).await?;
    let frame = me.frame(&here, &app);
    let lines = lines.iter().map(|one| line(&frame, one)).collect();
    whole(&ActivitiesPage { frame, lines })
}
