//! Forgotten passwords and user IDs (R-01–R-05, U-01–U-03), from the question to the mail and back.

use askama::Template;

use super::Frame;
use crate::domain::{route::Route, tenant::LostFactor};

/// `/recovery/password`: 「パスワードを忘れた方はこちら」. Field: `user_id`.
#[derive(Template)]
#[template(path = "recovery/forgot_password.html")]
pub struct ForgotPasswordPage<'a> {
    /// The frame. Errors stand at `user_id`.
    pub frame: Frame<'a>,
    /// The user ID in the field.
    pub login: String,
}

/// `/recovery/password/sent`: the same for every outcome, so it never says that a mail went out.
#[derive(Template)]
#[template(path = "recovery/recovery_sent.html")]
pub struct RecoverySentPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
}

/// What the mailed link opens. One button, because GET never consumes.
#[derive(Template)]
#[template(path = "recovery/recovery_link.html")]
pub struct RecoveryLinkPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// Where the form posts: the link's own path.
    pub action: String,
}

/// `/recovery/password/way` (D4): with the registered method, or without it. Field: `lost`, `0` or `1`.
#[derive(Template)]
#[template(path = "recovery/recovery_way.html")]
pub struct RecoveryWayPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// Whether the member came by the code alone: a lost factor needs the mail's link.
    pub code_only: bool,
}

impl RecoveryWayPage<'_> {
    /// What a member who has it still goes on with. A mailed code is none: the mail is shown already (D4).
    fn kept_means(&self) -> String {
        let offered = self.frame.tenant.policy.offered().filter(|method| !method.is_mailed());
        self.frame.msg1("recovery-way-kept-means", "ways", self.frame.ways(offered))
    }

    /// What choosing 「機種変更や紛失などで使えない」 leads to at this union.
    fn lost_means(&self) -> String {
        let recovery = &self.frame.tenant.policy.recovery;
        match (recovery.lost_factor, recovery.lost_factor_wait_hours) {
            (LostFactor::DeskCode, _) => self.frame.words.msg("recovery-way-lost-desk"),
            (LostFactor::MailAndBirthDate, 0) => self.frame.words.msg("recovery-way-lost-now"),
            (LostFactor::MailAndBirthDate, hours) => {
                self.frame.msg1("recovery-way-lost-wait", "hours", hours)
            }
        }
    }
}

/// `/recovery/password/wait` (D4): replacing a lost factor has to wait.
#[derive(Template)]
#[template(path = "recovery/recovery_wait.html")]
pub struct RecoveryWaitPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// From when it may be replaced, in words.
    pub opens: String,
    /// Until when, in words.
    pub closes: String,
}

/// `/recovery/password/desk-code` (D4): a code the union tells on the phone. Field: `code`.
#[derive(Template)]
#[template(path = "recovery/recovery_desk_code.html")]
pub struct RecoveryDeskCodePage<'a> {
    /// The frame. Errors stand at `code`.
    pub frame: Frame<'a>,
}

/// What the cancel link of `letter-lost-factor-asked` opens (D4). GET asks, POST calls off.
#[derive(Template)]
#[template(path = "recovery/call_off.html")]
pub struct CallOffPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// Where the form posts: the link's own path.
    pub action: String,
    /// Whether it was called off just now.
    pub done: bool,
}

impl CallOffPage<'_> {
    fn title(&self) -> String {
        self.frame.words.msg(if self.done { "recovery-called-off" } else { "recovery-call-off-title" })
    }
}

/// `/recovery/user-id` (U-01): 「ユーザIDを忘れた方はこちら」. Fields: `birthdate`, `email`.
#[derive(Template)]
#[template(path = "recovery/forgot_user_id.html")]
pub struct ForgotUserIdPage<'a> {
    /// The frame. Errors stand at `birthdate` and `email`.
    pub frame: Frame<'a>,
    /// The birth date as typed.
    pub birthdate: String,
    /// The address as typed.
    pub email: String,
}

/// The answer of `/recovery/user-id` (U-02): the same for every outcome, the address as typed (D5).
#[derive(Template)]
#[template(path = "recovery/user_id_sent.html")]
pub struct UserIdSentPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// The address as typed.
    pub email: String,
}
