//! Pages about the member's own account.

use askama::Template;

use super::{
    Frame,
    passkey::{self, PasskeyLine},
};
use crate::domain::passkey::PasskeyFlaw;

/// `/logout` (P-10): 「ログアウトしてもよろしいですか？」, posting to `/logout`.
#[derive(Template)]
#[template(path = "account/log_out.html")]
pub struct LogOut<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
}

/// `/account/methods` (S-06): 「基本認証」 and 「二要素認証」.
#[derive(Template)]
#[template(path = "account/methods.html")]
pub struct Methods<'a> {
    /// The frame, with `signed_in` and `menu`.
    pub frame: Frame<'a>,
    /// 「作成日」 of the password, in words.
    pub password_set: String,
    /// The authenticator apps; `None` where the union does not offer them and the member has none.
    pub apps: Option<Vec<MethodLine>>,
    /// The passkeys; `None` where the union does not offer them and the member has none.
    pub passkeys: Option<Vec<PasskeyLine>>,
    /// Whether one more passkey may be registered: 「設定」, a link to `/account/methods/passkey`.
    pub may_add_passkey: bool,
    /// Whether something was changed just now.
    pub saved: bool,
}

/// A registered authenticator app in a list.
#[derive(Debug, Clone)]
pub struct MethodLine {
    /// The name the member gave it.
    pub name: String,
    /// 「作成日」 in words.
    pub created: String,
}

/// `/reauth` (S-08, D11). Fields: `password`, `back`; with a passkey instead: `credential`, `back`, posted to
/// `/reauth/passkey`.
#[derive(Template)]
#[template(path = "account/reauth.html")]
pub struct Reauth<'a> {
    /// The frame. Errors stand at `password`.
    pub frame: Frame<'a>,
    /// The user ID: shown, not asked.
    pub login: String,
    /// Where to go on afterwards, a word for the hidden field `back`.
    pub back: &'static str,
    /// Path of 「戻る」.
    pub cancel: &'static str,
    /// Whether a passkey by itself is enough.
    pub passkey_alone: bool,
    /// Why a passkey was not accepted.
    pub failed: Option<PasskeyFlaw>,
}

impl Reauth<'_> {
    fn failure(&self) -> Option<String> {
        self.failed.map(|flaw| passkey::sentence(&self.frame, flaw))
    }

    fn is_unknown(&self) -> bool {
        self.failed == Some(PasskeyFlaw::Unknown)
    }
}

/// `/account/email/confirm` (D8): a pending address. Field: `code`; a form of its own sends `resend` (value `1`).
#[derive(Template)]
#[template(path = "account/pending_email.html")]
pub struct PendingEmail<'a> {
    /// The frame, with `signed_in` and `menu`. Errors stand at `code`.
    pub frame: Frame<'a>,
    /// The pending address.
    pub address: String,
    /// Whether a code is on its way.
    pub sent: bool,
    /// Seconds until 「再送信」 is served; 0 for now.
    pub wait_seconds: i64,
    /// Minutes a code lives.
    pub minutes: u32,
}
