//! Personal: whether a page shows anything of one person, and so travels as it is.
//!
//! # Decision
//! Every page that can be shown says which it is, here; one that says nothing does not compile. What is personal carries
//! `no-transform` and is never compressed, by us or by a proxy.
//! # Because
//! The size of a compressed page tells whether something in it repeats. Pages echo the address they were asked for, which
//! a stranger can choose; beside it a key, a code or a name could be guessed letter by letter (BREACH).
//! # Instead of
//! Compressing everything, or deciding in the proxy, which knows no page.

use askama::Template;

use super::{account, code, factor, first_login, help, passkey, portal, recovery, signin, sso};

/// A page that can be shown.
pub trait Page: Template {
    /// Whether it shows anything of one person: a name, a user ID, an address, a key, a link, how far they are.
    fn is_personal(&self) -> bool;
}

/// Pages that are the same for everybody, unless somebody is signed in.
macro_rules! for_everybody {
    ($($page:ty),+ $(,)?) => {$(
        impl Page for $page {
            fn is_personal(&self) -> bool {
                self.frame.signed_in.is_some()
            }
        }
    )+};
}

/// Pages about one person.
macro_rules! for_one_person {
    ($($page:ty),+ $(,)?) => {$(
        impl Page for $page {
            fn is_personal(&self) -> bool {
                true
            }
        }
    )+};
}

for_everybody![
    portal::TopPage<'_>,
    help::HelpPage<'_>,
    help::ChapterPage<'_>,
    help::WholeGuidePage<'_>,
    help::AccessibilityPage<'_>,
    help::ReadTermsPage<'_>,
];

impl Page for signin::SignInPage<'_> {
    fn is_personal(&self) -> bool {
        // A user ID is filled in after a time-out (D15).
        !self.login.is_empty() || self.message.is_some() || self.frame.signed_in.is_some()
    }
}

impl Page for recovery::ForgotPasswordPage<'_> {
    fn is_personal(&self) -> bool {
        !self.login.is_empty()
    }
}

impl Page for recovery::ForgotUserIdPage<'_> {
    fn is_personal(&self) -> bool {
        !self.birthdate.is_empty() || !self.email.is_empty()
    }
}

for_one_person![
    portal::HomePage<'_>,
    portal::LimitedPage<'_>,
    code::MailedCodePage<'_>,
    first_login::BirthDatePage<'_>,
    first_login::TermsPage<'_>,
    first_login::DeclinedPage<'_>,
    first_login::MethodPage<'_>,
    first_login::PasswordPage<'_>,
    first_login::EmailPage<'_>,
    first_login::ConfirmEmailPage<'_>,
    first_login::ConfirmLinkPage<'_>,
    factor::SetUpAppPage<'_>,
    factor::ProveAppPage<'_>,
    passkey::SetUpPasskeyPage<'_>,
    passkey::ProvePasskeyPage<'_>,
    recovery::RecoverySentPage<'_>,
    recovery::RecoveryLinkPage<'_>,
    recovery::RecoveryWayPage<'_>,
    recovery::RecoveryWaitPage<'_>,
    recovery::RecoveryDeskCodePage<'_>,
    recovery::CallOffPage<'_>,
    recovery::UserIdSentPage<'_>,
    account::LogOutPage<'_>,
    account::ProfilePage<'_>,
    account::ChangeEmailPage<'_>,
    account::MethodsPage<'_>,
    account::NameDevicePage<'_>,
    account::RemoveFactorPage<'_>,
    account::DevicesPage<'_>,
    account::ActivitiesPage<'_>,
    account::ServicesPage<'_>,
    account::ReauthPage<'_>,
    sso::GoPage<'_>,
    sso::NoticePage<'_>,
    sso::StrongerPage<'_>,
    sso::LoggedOutPage<'_>,
];
