//! Ending a session by way of a service (OpenID Connect RP-Initiated Logout 1.0): what is done at once, and what is asked.

use super::{SsoClient, request::Parameters};

/// What the service shows of whom it means (2): an ID token of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndHint {
    /// Nothing, or nothing of ours.
    None,
    /// A token of ours about somebody else than the member who is signed in here.
    Other,
    /// A token of ours about the member who is signed in here, or nobody is.
    Own,
}

/// Where the service wants the browser to come back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// It does not say.
    None,
    /// To an address that is registered to the character.
    Registered,
    /// Elsewhere, or it cannot be read where.
    Unregistered,
}

impl WayBack {
    /// Where a request wants the browser back, at that service, which it has named or shown: character by character.
    pub fn of(asked: &Parameters, client: Option<&SsoClient>) -> Self {
        match (asked.get("post_logout_redirect_uri"), client) {
            _ if asked.has_repeated() => Self::Unregistered,
            (None, _) => Self::None,
            (Some(uri), Some(client)) if client.logout.return_uris.iter().any(|known| known == uri) => {
                Self::Registered
            }
            (Some(_), _) => Self::Unregistered,
        }
    }
}

/// What is done with a request to end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndDecision {
    /// The session ends, and a page of ours says so.
    End,
    /// It ends, and the browser goes back.
    EndAndReturn,
    /// The member is asked, and nobody is sent anywhere.
    Ask,
    /// Nobody is signed in, and a page of ours says so.
    Over,
}

/// What is done with a request to end a session. Without a token of ours anybody may have written the link; and whoever asks
/// for an address that is not registered is not taken at their word for the rest.
pub fn decide(hint: EndHint, back: WayBack, is_signed_in: bool) -> EndDecision {
    match (hint, back) {
        (EndHint::Own, WayBack::None) => EndDecision::End,
        (EndHint::Own, WayBack::Registered) => EndDecision::EndAndReturn,
        _ if is_signed_in => EndDecision::Ask,
        _ => EndDecision::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_back_or_signed_out_unasked_but_by_a_token_of_ours_to_a_registered_address() {
        use EndDecision::{Ask, End, EndAndReturn, Over};
        use WayBack::{None, Registered, Unregistered};
        for (hint, back, signed_in, signed_out) in [
            (EndHint::Own, None, End, End),
            (EndHint::Own, Registered, EndAndReturn, EndAndReturn),
            (EndHint::Own, Unregistered, Ask, Over),
            (EndHint::Other, None, Ask, Over),
            (EndHint::Other, Registered, Ask, Over),
            (EndHint::Other, Unregistered, Ask, Over),
            (EndHint::None, None, Ask, Over),
            (EndHint::None, Registered, Ask, Over),
            (EndHint::None, Unregistered, Ask, Over),
        ] {
            assert_eq!(decide(hint, back, true), signed_in, "{hint:?} {back:?}");
            assert_eq!(decide(hint, back, false), signed_out, "{hint:?} {back:?}");
        }
    }
}
