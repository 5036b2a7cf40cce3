//! Letter: a mail as data. What it says is put into words by `mail::letter`; who sends it is the postman's business.

use jiff::SignedDuration;

/// A letter to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// The derived first password was used (D3).
    FirstCredentialUsed,
    /// First login is complete: an authenticator app was set up.
    FactorAdded {
        /// The name the member gave it.
        device: String,
    },
    /// A passkey was registered (C13).
    PasskeyAdded {
        /// Its name.
        device: String,
        /// Coarse device of the browser; may be empty.
        browser: String,
    },
    /// A passkey was refused because its counter went backwards: there may be a copy (C8).
    PasskeyCopied {
        /// Its name.
        device: String,
    },
}

impl Letter {
    /// The letter's stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::FirstCredentialUsed => "first-credential-used",
            Self::FactorAdded { .. } => "factor-added",
            Self::PasskeyAdded { .. } => "passkey-added",
            Self::PasskeyCopied { .. } => "passkey-copied",
        }
    }

    /// Lower goes first: codes before notices.
    pub fn priority(&self) -> u32 {
        match self {
            Self::FirstCredentialUsed
            | Self::FactorAdded { .. }
            | Self::PasskeyAdded { .. }
            | Self::PasskeyCopied { .. } => 5,
        }
    }

    /// How long delivering it makes sense.
    pub fn delivery_window(&self) -> SignedDuration {
        match self {
            Self::FirstCredentialUsed
            | Self::FactorAdded { .. }
            | Self::PasskeyAdded { .. }
            | Self::PasskeyCopied { .. } => SignedDuration::from_hours(72),
        }
    }
}
