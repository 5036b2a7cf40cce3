//! Pages about the member's own account.

use askama::Template;

use super::Frame;

/// `/logout` (P-10): 「ログアウトしてもよろしいですか？」, posting to `/logout`.
#[derive(Template)]
#[template(path = "account/log_out.html")]
pub struct LogOut<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
}
