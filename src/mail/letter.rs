//! Letter: what a mail says, from its data and its union. Plain text; no personal data beyond need.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{letter::Letter, tenant::Tenant},
    wording::Words,
};

/// A letter in words, as it waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// The subject with the union's prefix.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// Puts a letter into the member's language and the union's name.
pub fn compose(letter: &Letter, tenant: &Tenant, words: &Words<'_>, now: Timestamp) -> Composed {
    let time = words.moment(now);
    let clock = words.clock_at(now);
    let contact = contact(tenant);
    let (subject, text) = match letter {
        Letter::FirstCredentialUsed => (
            words.with("letter-first-credential-used-subject", &[("clock", &clock)]),
            words.with(
                "letter-first-credential-used-text",
                &[("heading", &tenant.heading), ("time", &time), ("contact", &contact)],
            ),
        ),
        Letter::FactorAdded { device } => (
            words.with("letter-first-login-done-subject", &[("clock", &clock)]),
            words.with(
                "letter-first-login-done-text",
                &[("heading", &tenant.heading), ("time", &time), ("device", device), ("contact", &contact)],
            ),
        ),
        Letter::PasskeyAdded { device, browser } => {
            let unknown = words.msg("letter-browser-unknown");
            let browser = if browser.is_empty() { &unknown } else { browser };
            (
                words.with("letter-passkey-added-subject", &[("clock", &clock)]),
                words.with(
                    "letter-passkey-added-text",
                    &[
                        ("heading", &tenant.heading),
                        ("time", &time),
                        ("device", device),
                        ("browser", browser),
                        ("contact", &contact),
                    ],
                ),
            )
        }
        Letter::PasskeyCopied { device } => (
            words.with("letter-passkey-copied-subject", &[("clock", &clock)]),
            words.with(
                "letter-passkey-copied-text",
                &[("heading", &tenant.heading), ("time", &time), ("device", device), ("contact", &contact)],
            ),
        ),
    };
    Composed { subject: format!("{}{subject}", tenant.mail.subject_prefix), text }
}

/// The union's contact, as a letter ends.
fn contact(tenant: &Tenant) -> String {
    let contact = &tenant.contact;
    let department = contact.department.as_deref().map(|d| format!(" {d}")).unwrap_or_default();
    format!("{}{department}\n{}({})", tenant.name, contact.phone, contact.hours)
}
