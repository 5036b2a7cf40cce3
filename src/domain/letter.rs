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
}

impl Letter {
    /// The letter's stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::FirstCredentialUsed => "first-credential-used",
            Self::FactorAdded { .. } => "factor-added",
        }
    }

    /// Lower goes first: codes before notices.
    pub fn priority(&self) -> u32 {
        match self {
            Self::FirstCredentialUsed | Self::FactorAdded { .. } => 5,
        }
    }

    /// How long delivering it makes sense.
    pub fn delivery_window(&self) -> SignedDuration {
        match self {
            Self::FirstCredentialUsed | Self::FactorAdded { .. } => SignedDuration::from_hours(72),
        }
    }
}
