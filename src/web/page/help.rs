//! 「ご利用の手引き」: a page of contents and chapters, made from the union's own file (D1). It names what this union offers,
//! in its order and with its numbers, and nothing else.

mod apps;
mod chapter;
mod guide;
mod screen;

use askama::Template;
use jiff::civil::Date;

use super::{
    Frame,
    first_login::{MethodOption, Rule, version_told},
    spaced, step_name,
};
pub use chapter::{ChapterPage, WHOLE_GUIDE, WholeGuidePage, chapters};
pub use guide::GuidePage;
use screen::ScreenDrawing;

use crate::domain::{
    lockout::CODES_PER_ATTEMPT,
    passkey,
    route::Route,
    tenant::{CredentialLetter, ListedStep, LostFactor, Method, MfaSetup, NoticePlace, Verification},
};

impl Frame<'_> {
    /// The chapter of the guide about what this page is for; its contents where no chapter is about it alone.
    pub fn help_href(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        let chapter = match Route::of_path(path) {
            _ if self.progress.is_some() => "first-login",
            Some(
                Route::ProveApp
                | Route::ProvePasskey
                | Route::ProveMailCode
                | Route::Reauth
                | Route::ReauthPasskey
                | Route::LogOut,
            ) => "sign-in",
            Some(
                Route::ForgotPassword
                | Route::RecoverySent
                | Route::RecoveryLink
                | Route::RecoveryCode
                | Route::RecoveryWay
                | Route::RecoveryWait
                | Route::RecoveryDeskCode
                | Route::ForgotUserId,
            ) => "questions",
            Some(
                Route::Profile
                | Route::ChangeEmail
                | Route::ConfirmNewEmail
                | Route::ChangePassword
                | Route::Methods
                | Route::AddMailCode
                | Route::RemoveMailCode
                | Route::RemoveApp(_)
                | Route::RemovePasskey(_)
                | Route::NameApp(_)
                | Route::NamePasskey(_)
                | Route::Devices
                | Route::Activity
                | Route::AccountServices,
            ) => "settings",
            Some(Route::AddApp) => "apps",
            Some(Route::AddPasskey) => "passkeys",
            _ => return Route::Help.to_string(),
        };
        format!("{}{chapter}", Route::HelpChapter)
    }
}

/// `/help`: the contents. The chapters are parts of it: `templates/help/*.html`. Everybody may read them; nothing is a form.
#[derive(Template)]
#[template(path = "help/help.html")]
pub struct HelpPage<'a> {
    /// The frame, with the notices of every page before sign-in; `signed_in` and `menu` for a member.
    pub frame: Frame<'a>,
    /// Whether this browser is in the middle of signing in, and is told the way back.
    pub on_the_way: bool,
    /// How much of it is on the page.
    extent: GuideExtent,
}

/// How much of the guide is on one page: by it links are anchors or addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GuideExtent {
    /// The contents.
    Contents,
    /// The chapter of that word.
    Chapter(&'static str),
    /// Everything.
    Whole,
    /// Everything, on paper, where nothing can be pressed.
    Paper,
}

/// `/help/accessibility`: for whom the pages are made, how that was tested, what is known to be missing.
#[derive(Template)]
#[template(path = "help/accessibility.html")]
pub struct AccessibilityPage<'a> {
    /// The frame, with `signed_in` and `menu` for a member.
    pub frame: Frame<'a>,
}

/// `/terms`: the terms of use in force.
#[derive(Template)]
#[template(path = "help/terms.html")]
pub struct ReadTermsPage<'a> {
    /// The frame, with `signed_in` and `menu` for a member.
    pub frame: Frame<'a>,
}

impl ReadTermsPage<'_> {
    /// The version in force.
    fn version(&self) -> String {
        version_told(&self.frame.words, &self.frame.tenant.terms.version)
    }
}

/// One step of first login: the heading of its page, what to do there, and where it is told at length.
struct FirstStep {
    heading: String,
    texts: Vec<String>,
    /// The page, drawn small.
    screen: Option<ScreenDrawing>,
    /// Anchor and title.
    more: Vec<(&'static str, String)>,
}

impl<'a> HelpPage<'a> {
    /// The guide on that day (civil date in Japan), with every notice that is shown before sign-in: what a union tells
    /// about computers at work stands there.
    pub fn new(mut frame: Frame<'a>, today: Date, on_the_way: bool) -> Self {
        let shown = frame.tenant.notices.iter();
        frame.notices = shown.filter(|n| n.place != NoticePlace::Home && n.is_shown(today)).collect();
        Self { frame, on_the_way, extent: GuideExtent::Contents }
    }

    /// What the top page asks of it: nothing that depends on notices.
    pub(super) fn of_top(frame: Frame<'a>) -> Self {
        Self { frame, on_the_way: false, extent: GuideExtent::Contents }
    }

    fn is_printed(&self) -> bool {
        self.extent == GuideExtent::Paper
    }

    fn is_whole(&self) -> bool {
        matches!(self.extent, GuideExtent::Whole | GuideExtent::Paper)
    }

    /// Where a part of the guide stands: on this page, or in its chapter.
    fn href(&self, id: &str) -> String {
        let chapter = match id {
            "rules" => "questions",
            _ if id.starts_with("q-") => "questions",
            _ if id.starts_with("app-") => "apps",
            _ => id,
        };
        let is_chapter = self.sections().iter().any(|(word, _)| *word == chapter) && chapter != "contact";
        match self.extent {
            GuideExtent::Whole | GuideExtent::Paper => format!("#{id}"),
            GuideExtent::Chapter(here) if here == chapter => format!("#{id}"),
            GuideExtent::Contents if !is_chapter => format!("#{id}"),
            _ if !is_chapter => format!("{}#{id}", Route::Help),
            _ if id == chapter => format!("{}{chapter}", Route::HelpChapter),
            _ => format!("{}{chapter}#{id}", Route::HelpChapter),
        }
    }

    /// The sections with the addresses at which they stand.
    fn contents(&self) -> Vec<(String, String)> {
        self.sections().into_iter().map(|(id, title)| (self.href(id), title)).collect()
    }

    fn has_passkeys(&self) -> bool {
        self.frame.tenant.policy.offers(Method::Passkey)
    }

    fn has_apps(&self) -> bool {
        self.frame.tenant.policy.offers(Method::AppOtp)
    }

    fn has_mail_codes(&self) -> bool {
        self.frame.tenant.policy.offers(Method::EmailOtp)
    }

    /// Whether there is a device to register, to lose and to delete.
    fn has_devices(&self) -> bool {
        self.has_passkeys() || self.has_apps()
    }

    /// Whether there are services that open without another login.
    fn signs_in_to_services(&self) -> bool {
        self.frame.tenant.clients().next().is_some()
    }

    fn has_several_methods(&self) -> bool {
        self.frame.tenant.policy.methods.len() > 1
    }

    fn has_one_method(&self) -> bool {
        !self.has_several_methods()
    }

    fn passkey_alone(&self) -> bool {
        self.frame.tenant.policy.stands_alone(Method::Passkey)
    }

    /// What the list 「認証方法」 calls a method.
    fn label(&self, method: Method) -> String {
        let mut options = MethodOption::list(&self.frame, None).into_iter();
        options.find(|option| option.method == method).map_or_else(String::new, |option| option.label)
    }

    fn asks_for(&self, step: ListedStep) -> bool {
        self.frame.tenant.policy.first_login.steps.iter().flatten().any(|listed| *listed == step)
    }

    /// The sections, in order: anchor and title. The table of contents is made of them.
    fn sections(&self) -> Vec<(&'static str, String)> {
        let sections = [
            ("first-login", "portal-first-title", true),
            ("sign-in", "help-sign-in-title", true),
            ("passkeys", "help-passkeys-title", self.has_passkeys()),
            ("apps", "help-apps-title", self.has_apps()),
            ("mail-codes", "help-mail-codes-title", self.has_mail_codes()),
            ("questions", "help-questions-title", true),
            ("mail", "mail-help", true),
            ("devices", "help-devices-title", true),
            ("settings", "help-settings-title", true),
            ("safety", "help-safety-title", true),
            ("contact", "recovery-call-title", true),
        ];
        self.told(sections)
    }

    /// The questions, in the order of manual 003 §4: anchor and question.
    fn questions(&self) -> Vec<(String, String)> {
        let codes = self.has_apps() || self.has_mail_codes();
        let questions = [
            ("q-user-id", "help-q-user-id", true),
            ("q-new-user-id", "help-q-new-user-id", true),
            ("q-mail", "help-q-mail", true),
            ("q-password", "help-q-password", true),
            ("q-password-locked", "help-q-password-locked", true),
            ("q-account-locked", "help-q-account-locked", true),
            ("q-rules", "help-q-rules", true),
            ("q-user-id-rules", "help-q-user-id-rules", self.frame.tenant.policy.user_id.change),
            ("q-refused", "help-q-refused", true),
            ("q-code", "help-q-code", self.has_apps()),
            ("q-wrong-code", "help-q-wrong-code", codes),
            ("q-two", "help-q-two", self.has_devices()),
            ("q-delete", "help-q-delete", self.has_devices()),
            ("q-name", "help-q-name", true),
            ("q-phone", "help-q-phone", true),
            ("q-pc", "help-q-pc", true),
            ("q-family", "help-q-family", self.is_address_ones_own()),
        ];
        self.told(questions).into_iter().map(|(id, title)| (self.href(id), title)).collect()
    }

    fn told<const N: usize>(
        &self,
        all: [(&'static str, &'static str, bool); N],
    ) -> Vec<(&'static str, String)> {
        all.into_iter()
            .filter(|(.., told)| *told)
            .map(|(id, key, _)| (id, self.frame.words.msg(key)))
            .collect()
    }

    fn is_address_ones_own(&self) -> bool {
        self.frame.tenant.policy.email.unique && self.asks_for(ListedStep::Email)
    }

    /// What to have at hand for first login. The formula of derived first passwords is not told here: the page is open
    /// to everybody (F1).
    pub fn needs(&self) -> Vec<String> {
        let (policy, frame) = (&self.frame.tenant.policy, &self.frame);
        let has_former = frame.has_former_members();
        let notice = match (policy.initial_password.letter, has_former) {
            (CredentialLetter::Mail, _) => "help-need-letter",
            // Members from before have no notice with a password.
            (CredentialLetter::Postcard | CredentialLetter::None, true) => "help-need-notice-new",
            (CredentialLetter::Postcard | CredentialLetter::None, false) => "portal-first-need-notice",
        };
        let former = has_former.then_some("help-need-former");
        let mut needs: Vec<_> =
            former.into_iter().chain([notice]).map(|name| frame.words.msg(name)).collect();
        if self.has_passkeys() || self.guides(false).next().is_some() {
            needs.push(frame.words.msg("portal-first-need-phone"));
        }
        if self.has_apps() {
            needs.push(frame.msg1("help-need-app", "label", self.label(Method::AppOtp)));
        }
        if self.asks_for(ListedStep::Email) {
            needs.push(frame.words.msg(match policy.email.verification {
                Verification::None => "help-need-mail",
                Verification::Code | Verification::Link => "help-need-mailbox",
            }));
        }
        needs
    }

    /// First login in the union's own order (D2), each step under the heading of its page.
    fn first_steps(&self) -> Vec<FirstStep> {
        let frame = &self.frame;
        let step = |heading: &str, texts: Vec<String>, screen: Option<ScreenDrawing>| FirstStep {
            heading: frame.words.msg(heading),
            texts,
            screen,
            more: Vec::new(),
        };
        let sign_in = if frame.has_former_members() {
            ["help-first-sign-in-former", "first-password-former", "help-first-spelling"].as_slice()
        } else {
            ["help-first-sign-in", "help-first-spelling"].as_slice()
        };
        let sign_in = sign_in.iter().map(|key| frame.words.msg(key)).collect();
        let mut steps = vec![
            step(
                "help-first-open-title",
                vec![frame.msg1("help-first-open", "address", self.address())],
                Some(ScreenDrawing::top(frame)),
            ),
            step("signin-title", sign_in, Some(ScreenDrawing::sign_in(frame))),
        ];
        for group in &frame.tenant.policy.first_login.steps {
            steps.push(self.listed(group));
            if group.contains(&ListedStep::Email) {
                let screen = self.sends_code().then(|| ScreenDrawing::confirm(frame));
                steps.extend(
                    self.confirm_email().map(|texts| step("first-login-confirm-title", texts, screen)),
                );
            }
        }
        if frame.tenant.policy.first_login.mfa_setup == MfaSetup::Relogin {
            steps.push(step("first-login-done-title", self.leave(), None));
            steps.push(step("signin-title", vec![frame.words.msg("help-first-again")], None));
        }
        steps.push(self.set_up());
        steps.push(step(
            "help-first-end-title",
            vec![frame.words.msg("help-first-end")],
            Some(ScreenDrawing::home(frame)),
        ));
        steps
    }

    /// What to do on the page of a group of the union's list.
    fn listed(&self, group: &[ListedStep]) -> FirstStep {
        let (policy, frame) = (&self.frame.tenant.policy, &self.frame);
        let (mut texts, mut more) = (Vec::new(), Vec::new());
        let mut say = |key: &str| texts.push(frame.words.msg(key));
        for step in group {
            match step {
                ListedStep::BirthDate => say("help-first-birth-date"),
                ListedStep::Terms => say("help-first-terms"),
                ListedStep::UserId if policy.user_id.change => say("help-first-user-id"),
                ListedStep::UserId => say("help-first-user-id-fixed"),
                ListedStep::Method => say("help-first-method"),
                ListedStep::Password => {
                    say("help-first-password");
                    say("help-first-password-from-now");
                    more.push(("q-rules", frame.words.msg("password-rules-title")));
                }
                ListedStep::Email => {
                    say("help-first-email");
                    if policy.email.unique {
                        say("first-login-email-unique");
                    }
                    if !policy.email.required {
                        say("first-login-email-optional");
                    }
                }
            }
        }
        if group.contains(&ListedStep::Method) {
            texts.extend(self.about_methods());
        }
        if group.contains(&ListedStep::UserId) || group.contains(&ListedStep::Method) {
            texts.push(frame.words.msg("help-first-go"));
        }
        let heading = step_name(frame, group);
        FirstStep { screen: Some(ScreenDrawing::of_steps(frame, &heading, group)), heading, texts, more }
    }

    /// The methods on offer, as the page of the methods tells them.
    fn about_methods(&self) -> Vec<String> {
        let frame = &self.frame;
        let options = MethodOption::list(frame, None);
        let best = options.iter().filter(|option| option.recommended);
        let best = best.map(|option| frame.msg1("first-login-method-recommended", "label", &option.label));
        let about = frame.tenant.policy.offered().zip(&options).map(|(method, option)| {
            let mut about = frame.words.msg(method.traits().messages.about);
            if method == Method::Passkey {
                about += &frame.msg("first-login-about-passkey-before");
            }
            frame.msg2("help-method", "label", &option.label, "about", about)
        });
        best.chain(about).collect()
    }

    fn sends_code(&self) -> bool {
        self.frame.tenant.policy.email.verification == Verification::Code
    }

    /// How an address is confirmed at this union, where it is.
    fn confirm_email(&self) -> Option<Vec<String>> {
        let frame = &self.frame;
        match frame.tenant.policy.email.verification {
            Verification::None => None,
            Verification::Code => Some(vec![frame.words.msg("help-first-email-code")]),
            Verification::Link => Some(vec![
                frame.words.msg("help-first-email-link"),
                frame.words.msg("help-first-email-link-press"),
            ]),
        }
    }

    /// The button of the limited page, for each method.
    fn leave(&self) -> Vec<String> {
        let frame = &self.frame;
        match (self.has_devices(), self.has_mail_codes()) {
            (true, true) => vec![
                frame.words.msg("help-first-leave"),
                frame.msg1("help-first-leave-mail-too", "label", self.label(Method::EmailOtp)),
            ],
            (true, false) => vec![frame.words.msg("help-first-leave")],
            (false, _) => vec![frame.words.msg("help-first-leave-mail")],
        }
    }

    /// Setting the method up: one, or whichever was chosen.
    fn set_up(&self) -> FirstStep {
        let frame = &self.frame;
        let one = self.has_one_method();
        let (mut texts, mut more, mut heading) = (Vec::new(), Vec::new(), "first-login-method-set-up");
        for method in frame.tenant.policy.offered() {
            let messages = &method.traits().messages;
            let (title, anchor) = (messages.set_up, messages.help);
            let label = self.label(method);
            texts.push(match (method.is_mailed(), one) {
                (true, true) => frame.words.msg("help-first-mail-code"),
                (true, false) => frame.msg1("help-first-mail-code-if", "label", label),
                (false, true) => frame.msg1("help-first-set-up", "title", frame.words.msg(title)),
                (false, false) => {
                    frame.msg2("help-first-set-up-if", "label", label, "title", frame.words.msg(title))
                }
            });
            more.push((anchor.0, frame.words.msg(anchor.1)));
            if one {
                heading = title;
            }
        }
        let screen = (one && self.has_apps()).then(|| ScreenDrawing::app(frame));
        FirstStep { heading: frame.words.msg(heading), texts, screen, more }
    }

    /// How a lost device is replaced at this union (D4), between the link of the mail and the new password.
    fn lost_steps(&self) -> Vec<String> {
        let (recovery, frame) = (&self.frame.tenant.policy.recovery, &self.frame);
        let mut steps = vec![frame.words.msg("help-a-phone-way")];
        match (recovery.lost_factor, recovery.lost_factor_wait_hours) {
            (LostFactor::DeskCode, _) => steps.push(frame.words.msg("help-a-phone-desk")),
            (LostFactor::MailAndBirthDate, 0) => {}
            (LostFactor::MailAndBirthDate, hours) => {
                steps.push(frame.msg1("help-a-phone-wait", "hours", hours));
                steps.push(frame.words.msg("help-a-phone-wait-then"));
            }
        }
        steps.push(frame.words.msg("help-a-phone-now"));
        steps
    }

    /// Where the union's pages begin.
    fn address(&self) -> String {
        self.frame.address(&Route::Top)
    }

    /// The rules for new passwords (D6), as their own page lists them.
    fn password_rules(&self) -> Vec<Rule> {
        Rule::list(&self.frame.tenant.policy.password, &self.frame.words)
    }

    fn password_symbols(&self) -> String {
        spaced(&self.frame.tenant.policy.password.symbols)
    }

    fn user_id_symbols(&self) -> String {
        spaced(&self.frame.tenant.policy.user_id.symbols)
    }

    /// How many wrong codes lead back to the beginning (D13).
    fn wrong_codes(&self) -> String {
        self.frame.msg1("help-a-locked-code", "times", CODES_PER_ATTEMPT)
    }

    /// A sentence that says how many passkeys one member may have.
    fn most_passkeys(&self, key: &str) -> String {
        self.frame.msg1(key, "most", passkey::MOST)
    }

    /// What the list 「認証方法」 of the profile says of a method not set up yet (D10).
    fn later_method(&self) -> String {
        self.frame.words.msg(match self.frame.tenant.policy.first_login.mfa_setup {
            MfaSetup::Continue => "help-settings-method-now",
            MfaSetup::Relogin => "help-settings-method-later",
        })
    }
}
