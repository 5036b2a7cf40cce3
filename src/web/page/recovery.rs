//! Forgotten password and user ID. Until self-service by mail arrives these pages explain what to do.

use askama::Template;

use super::Frame;

/// `/recovery/password`: 「パスワードを忘れた方はこちら」.
#[derive(Template)]
#[template(path = "recovery/forgot_password.html")]
pub struct ForgotPassword<'a> {
    /// The frame.
    pub frame: Frame<'a>,
}

/// `/recovery/user-id`: 「ユーザIDを忘れた方はこちら」.
#[derive(Template)]
#[template(path = "recovery/forgot_user_id.html")]
pub struct ForgotUserId<'a> {
    /// The frame.
    pub frame: Frame<'a>,
}
