//! Single sign-on in the trail: keys and secrets of a union, its members' ways to services, what services were told.

/// One thing that happened between a union, its members and its services.
#[must_use = "an event that is not written did not happen"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SsoEvent {
    /// A key by which the union signs for its services was made.
    KeyMade {
        /// Its name in tokens.
        kid: String,
        /// How it signs, in the protocol's word: `ES256` or `RS256`.
        algorithm: &'static str,
    },
    /// The member went to a service: a code was given.
    Opened {
        /// The service.
        client: String,
        /// How strongly the member was signed in.
        acr: &'static str,
    },
    /// The member was told what a service gets, or agreed to it.
    Granted {
        /// The service.
        client: String,
        /// Whether the member agreed, and was not only told.
        agreed: bool,
        /// What it gets: words of scopes.
        scopes: String,
    },
    /// The member took that back: the service is given nothing more.
    Withdrawn {
        /// The service.
        client: String,
    },
    /// A service was told that a session of the member has ended.
    LogoutSent {
        /// The service.
        client: String,
    },
    /// A service could not be told that in time.
    LogoutGaveUp {
        /// The service.
        client: String,
        /// What the last try came to: a status, or a word of ours.
        why: String,
    },
    /// Services are told anew, at once, of what they could not be told.
    LogoutsAgain {
        /// The service.
        client: String,
        /// The logouts that are told anew, counted.
        logouts: u64,
    },
    /// A code came again that had been used: what was given for it has ended.
    CodeReplayed {
        /// The service that it was for.
        client: String,
    },
    /// Subjects that another system gave were brought.
    SubjectsImported {
        /// For the services of which sector.
        sector: String,
        /// The number of members whose subject was brought.
        count: usize,
    },
    /// A secret of a service was made.
    SecretMade {
        /// The service whose secret it is.
        client: String,
        /// Its number among those that are good at a time.
        number: u32,
    },
    /// It was dropped.
    SecretDropped {
        /// The service whose secret it was.
        client: String,
        /// Its number among those that were good until then.
        number: u32,
    },
}

impl SsoEvent {
    /// The event's stable word in the trail.
    pub fn word(&self) -> &'static str {
        match self {
            Self::KeyMade { .. } => "sso-key-made",
            Self::Opened { .. } => "sso-opened",
            Self::Granted { .. } => "sso-granted",
            Self::Withdrawn { .. } => "sso-withdrawn",
            Self::LogoutSent { .. } => "sso-logout-sent",
            Self::LogoutGaveUp { .. } => "sso-logout-gave-up",
            Self::LogoutsAgain { .. } => "sso-logouts-again",
            Self::CodeReplayed { .. } => "sso-code-replayed",
            Self::SubjectsImported { .. } => "sso-subjects-imported",
            Self::SecretMade { .. } => "sso-secret-made",
            Self::SecretDropped { .. } => "sso-secret-dropped",
        }
    }

    /// What the word alone does not say, as JSON.
    pub fn detail(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::Opened { client, acr } => json!({ "client": client, "acr": acr }),
            Self::Granted { client, agreed, scopes } => {
                json!({ "client": client, "agreed": agreed, "scopes": scopes })
            }
            Self::Withdrawn { client } | Self::LogoutSent { client } | Self::CodeReplayed { client } => {
                json!({ "client": client })
            }
            Self::LogoutGaveUp { client, why } => json!({ "client": client, "why": why }),
            Self::LogoutsAgain { client, logouts } => json!({ "client": client, "logouts": logouts }),
            Self::SubjectsImported { sector, count } => json!({ "sector": sector, "count": count }),
            Self::KeyMade { kid, algorithm } => json!({ "kid": kid, "algorithm": algorithm }),
            Self::SecretMade { client, number } | Self::SecretDropped { client, number } => {
                json!({ "client": client, "number": number })
            }
        }
    }
}
