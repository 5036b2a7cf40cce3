//! `/recovery/user-id`: 「ユーザIDを忘れた方」 (U-01–U-03, D5). One page for every answer.

use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    portal::Stop,
    web::{
        app::App,
        page::{
            recovery::{ForgotUserIdPage, UserIdSentPage},
            with_refusals,
        },
        posted::Posted,
        problem::Problem,
        step::{again, show_page},
        visitor::At,
    },
};

/// GET: shows the form for a forgotten user ID.
pub async fn show(At(here): At, State(app): State<App>) -> Result<Response, Problem> {
    show_page(&ForgotUserIdPage { frame: here.frame(&app), birthdate: String::new(), email: String::new() })
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ForgotUserIdForm {
    birthdate: String,
    email: String,
}

/// Asks for the mail. The address is shown as typed; whether anybody has it is told to its mailbox only.
pub async fn ask(
    At(here): At,
    State(app): State<App>,
    Posted(form): Posted<ForgotUserIdForm>,
) -> Result<Response, Problem> {
    match app.portal().ask_user_ids(&here.tenant, &form.birthdate, &form.email).await {
        Ok(()) => show_page(&UserIdSentPage { frame: here.frame(&app), email: form.email }),
        Err(Stop::Refused(refused)) => {
            let frame = with_refusals(here.frame(&app), &refused);
            again(&ForgotUserIdPage { frame, birthdate: form.birthdate, email: form.email })
        }
        Err(stop) => Err(stop.into()),
    }
}
