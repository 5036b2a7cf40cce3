//! Authentication context: how a member showed who they are, as services are told (OpenID Connect Core, 2; RFC 8176).

use crate::domain::tenant::Method;

/// How strongly somebody was signed in. Never more than is true. The weakest is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acr {
    /// By a password and a mailed code: weaker than what others call multi-factor.
    MailedCode,
    /// By a password and a code of an authenticator app.
    MultiFactor,
    /// By a passkey: nobody can be led to show it to another site.
    PhishingResistant,
}

impl Acr {
    /// The names that services may meet: of OpenID's EAP ACR Values 1.0, of REFEDS, and one of this program's own.
    pub const SUPPORTED: [&'static str; 3] =
        ["phr", "https://refeds.org/profile/mfa", "urn:kenpo-portal:acr:mail"];

    /// What a session by that factor is worth.
    pub fn of(method: Method) -> Self {
        match method {
            Method::Passkey => Self::PhishingResistant,
            Method::AppOtp => Self::MultiFactor,
            Method::EmailOtp => Self::MailedCode,
        }
    }

    /// The one of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::MailedCode, Self::MultiFactor, Self::PhishingResistant]
            .into_iter()
            .find(|acr| acr.as_str() == text)
    }

    /// Its name in the protocol.
    pub fn as_str(self) -> &'static str {
        let [passkey, app, mail] = Self::SUPPORTED;
        match self {
            Self::PhishingResistant => passkey,
            Self::MultiFactor => app,
            Self::MailedCode => mail,
        }
    }

    /// What was shown (RFC 8176, 2).
    pub fn amr(self) -> &'static [&'static str] {
        match self {
            Self::PhishingResistant => &["pop", "user", "mfa"],
            Self::MultiFactor => &["pwd", "otp", "mfa"],
            // One mailbox may be behind both: the password can be reset by mail.
            Self::MailedCode => &["pwd", "otp"],
        }
    }
}
