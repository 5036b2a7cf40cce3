//! 「パスワードを忘れた方はこちら」「ユーザIDを忘れた方はこちら」: until self-service by mail arrives, whom to ask.

use axum::{extract::State, response::Response};

use super::{
    App,
    page::recovery::{ForgotPassword, ForgotUserId},
    problem::Problem,
    step::show,
    visitor::At,
};

/// `/recovery/password`.
pub async fn password(At(here): At, State(app): State<App>) -> Result<Response, Problem> {
    show(&ForgotPassword { frame: here.frame(&app), login: String::new() })
}

/// `/recovery/user-id`.
pub async fn user_id(At(here): At, State(app): State<App>) -> Result<Response, Problem> {
    show(&ForgotUserId { frame: here.frame(&app), birthdate: String::new(), email: String::new() })
}
