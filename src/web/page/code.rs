//! The page of a mailed code: to sign in, as one more way in, for a new address, and of a forgotten password.

use askama::Template;

use super::{Frame, with_refusals};
use crate::{
    domain::{refusal::Refusal, route::Route},
    portal::Field,
};

/// A page that waits for a mailed code. Field: `code`. Forms of their own send `resend` (value `1`), for a mail, and
/// `call_off` (value `1`), for ending the change that the code is for. Errors stand at `code`.
#[derive(Template)]
#[template(path = "code/mailed.html")]
pub struct MailedCodePage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// Messages above: what brought the member here.
    notes: Vec<String>,
    /// Where the form posts: the page's own route.
    action: Route,
    /// The name of the message with the title.
    title: &'static str,
    /// What stands above the form, in words.
    lead: Vec<String>,
    /// Message: that no code is out.
    warning: Option<&'static str>,
    /// Message: the button that has the first code mailed, in the place of the field.
    send: Option<&'static str>,
    /// Message: the label of the field.
    label: &'static str,
    /// The button 「再送信」, where another letter may be asked for.
    resend: Option<Resend>,
    /// Message: the last piece of advice where no mail comes.
    help: &'static str,
    /// Message: the button that calls off what the code is for.
    call_off: Option<&'static str>,
    /// Links at the end: address and message.
    links: Vec<(String, &'static str)>,
}

/// The button 「再送信」.
struct Resend {
    /// The name of the message above the button.
    hint: &'static str,
    /// Seconds until it is served; 0 for now.
    wait_seconds: i64,
}

/// What a page says about the code that is out.
#[derive(Debug, Clone, Copy)]
pub struct CodeOut {
    /// Whether a code was sent.
    pub sent: bool,
    /// Seconds until 「再送信」 is served; 0 for now.
    pub wait_seconds: i64,
    /// Minutes a code lives.
    pub minutes: u32,
}

/// What leads elsewhere from the code of a sign-in.
#[derive(Debug, Clone, Copy, Default)]
pub struct OtherWays {
    /// Another way to confirm oneself (D10): 「ほかの方法で確認する」.
    pub way: Option<Route>,
    /// Whether no factor works yet: the first code is the set-up.
    pub set_up: bool,
    /// Whether 「ほかの認証方法を選ぶ」 is offered while setting up (D2).
    pub methods: bool,
}

impl<'a> MailedCodePage<'a> {
    /// [`Route::ProveMailCode`] (M-01–M-03). The address is shortened: `h***@example.jp`.
    pub fn of_sign_in(frame: Frame<'a>, address: Option<String>, out: CodeOut, other: OtherWays) -> Self {
        let address = address.filter(|_| out.sent);
        let sent =
            address.map(|address| frame.msg2("factor-mail-sent", "address", address, "minutes", out.minutes));
        let change = || Route::ChooseMethod.with(&[("change", "1")]);
        let links = [
            other.way.map(|way| (way.to_string(), "factor-other-way")),
            (other.set_up && other.methods).then(|| (change(), "factor-other-methods")),
            (!other.set_up).then(|| (Route::ForgotPassword.to_string(), "factor-lost")),
            Some((Route::SignIn.to_string(), "recovery-back")),
        ];
        Self {
            notes: Vec::new(),
            action: Route::ProveMailCode,
            title: "factor-mail-title",
            warning: sent.is_none().then_some("factor-mail-none-out"),
            lead: [frame.words.msg("factor-mail-lead")].into_iter().chain(sent).collect(),
            send: None,
            label: "common-code",
            resend: Some(Resend { hint: "factor-mail-not-there", wait_seconds: out.wait_seconds }),
            help: "factor-mail-help-address",
            call_off: None,
            links: links.into_iter().flatten().collect(),
            frame,
        }
    }

    /// [`Route::AddMailCode`] (D10). The frame has `signed_in` and `menu`.
    pub fn of_one_more_way(frame: Frame<'a>, address: &str, out: CodeOut) -> Self {
        let lead = if out.sent {
            vec![frame.msg2("account-mail-code-sent", "address", address, "minutes", out.minutes)]
        } else {
            vec![
                frame.msg1("account-mail-code-ask", "address", address),
                frame.words.msg("account-mail-code-what"),
            ]
        };
        Self {
            notes: Vec::new(),
            action: Route::AddMailCode,
            title: "account-mail-code-title",
            lead,
            warning: None,
            send: (!out.sent).then_some("account-mail-code-send"),
            label: "common-code",
            resend: Resend::of_account(out),
            help: "account-mail-code-wrong",
            call_off: None,
            links: vec![(Route::Methods.to_string(), "common-back")],
            frame,
        }
    }

    /// With messages above: what brought the member here.
    #[must_use]
    pub fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// With what is wrong at its fields.
    #[must_use]
    pub fn with_refusals(self, refused: &[(Field, Refusal)]) -> Self {
        let frame = with_refusals(self.frame, refused);
        // Where no code is out there is no field for one.
        let frame = if self.send.is_some() { frame.without_field("code") } else { frame };
        Self { frame, ..self }
    }

    /// [`Route::ConfirmNewEmail`] (D8, S-11): a pending address. `replaces`: another one is in force until then. The frame
    /// has `signed_in` and `menu`.
    pub fn of_new_email(frame: Frame<'a>, address: &str, replaces: bool, out: CodeOut) -> Self {
        let lead = if out.sent {
            vec![frame.msg2("account-pending-sent", "address", address, "minutes", out.minutes)]
        } else {
            vec![
                frame.msg1("account-pending-ask", "address", address),
                frame.words.msg(if replaces { "account-pending-why" } else { "account-pending-why-none" }),
            ]
        };
        Self {
            notes: Vec::new(),
            action: Route::ConfirmNewEmail,
            title: "account-pending-title",
            lead,
            warning: None,
            send: (!out.sent).then_some("account-pending-send"),
            label: "common-confirmation-code",
            resend: Resend::of_account(out),
            help: "account-pending-wrong",
            call_off: replaces.then_some("account-pending-call-off"),
            links: vec![
                (Route::ChangeEmail.to_string(), "first-login-confirm-correct"),
                (Route::Profile.to_string(), "account-menu-profile"),
                (Route::Top.to_string(), "account-menu-portal"),
            ],
            frame,
        }
    }

    /// [`Route::RecoveryCode`]: the code of the mail, in the browser that asked. It says the same whether or not a mail
    /// went out, and offers no other one.
    pub fn of_recovery(frame: Frame<'a>) -> Self {
        let minutes = frame.tenant.policy.recovery.reset_link_minutes;
        Self {
            notes: Vec::new(),
            action: Route::RecoveryCode,
            title: "recovery-code-title",
            lead: vec![frame.msg1("recovery-code-lead", "minutes", minutes)],
            warning: None,
            send: None,
            label: "common-confirmation-code",
            resend: None,
            help: "recovery-sent-help-user-id",
            call_off: None,
            links: vec![
                (Route::ForgotPassword.to_string(), "recovery-again"),
                (Route::SignIn.to_string(), "recovery-back"),
            ],
            frame,
        }
    }
}

impl Resend {
    /// On pages behind the login, once a code is out.
    fn of_account(out: CodeOut) -> Option<Self> {
        out.sent.then_some(Self { hint: "mail-resend-hint", wait_seconds: out.wait_seconds })
    }
}
