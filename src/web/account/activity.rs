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
        step::show_page,
        visitor::{At, SignedIn},
    },
    world::today_in_japan,
};

/// A line in words.
fn line(frame: &Frame<'_>, line: &ActivityEntry, at: String) -> ActivityLine {
    ActivityLine { at, what: frame.words.activity(line), how: frame.words.activity_how(line) }
}

/// Lines by the day in Japan, in their order.
fn by_day(frame: &Frame<'_>, lines: Vec<ActivityEntry>) -> Vec<(String, Vec<ActivityLine>)> {
    let mut days: Vec<(String, Vec<ActivityLine>)> = Vec::new();
    for entry in lines {
        let day = frame.words.day(today_in_japan(entry.at));
        let told = line(frame, &entry, frame.words.clock_at(entry.at));
        match days.last_mut().filter(|(of, _)| *of == day) {
            Some((_, lines)) => lines.push(told),
            None => days.push((day, vec![told])),
        }
    }
    days
}

/// GET: lists the recent activity.
pub async fn show(At(here): At, me: SignedIn, State(app): State<App>) -> Result<Response, Problem> {
    let frame = me.frame(&here, &app);
    let lines = app.portal().activity_of(&here.tenant, &me.visit, frame.language()).await?;
    let (refused, done): (Vec<_>, Vec<_>) = lines.into_iter().partition(|entry| entry.activity.is_refusal());
    let pause_after = here.tenant.policy.lockout.pause_after;
    let is_alarming = refused.iter().any(|entry| entry.is_alarming(pause_after));
    let attention = refused.iter().map(|entry| line(&frame, entry, frame.words.moment(entry.at))).collect();
    show_page(&ActivitiesPage { attention, is_alarming, days: by_day(&frame, done), frame })
}
