//! Decision: what comes next for a request that can be answered. Pure, in the order of the rules; the page, the code or the
//! error is for whoever asks.

use jiff::{SignedDuration, Timestamp};

use super::{
    client::SsoClient,
    request::{SsoError, SsoRequest},
};

/// Who is signed in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedInFacts {
    /// When the member last showed who they are, with the factor of the session.
    pub auth_time: Timestamp,
    /// Whether the hint is about this member; `None` where the service gave none.
    pub is_hinted: Option<bool>,
    /// Whether the member was told of this, or agreed to it, before.
    pub is_granted: bool,
}

/// The next thing for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nobody is signed in: sign in.
    SignIn,
    /// The member shows anew who they are.
    ShowAgain,
    /// The member is told, or asked, what the service gets.
    Notice,
    /// A code.
    Code,
    /// The service is told no.
    Refuse(SsoError),
}

/// What comes next at `now` for a request that arrived at `arrived_at`. Proofs are compared with its arrival, so that one
/// answer to `prompt=login` or `max_age=0` is enough.
pub fn decide(
    asked: &SsoRequest,
    client: &SsoClient,
    member: Option<SignedInFacts>,
    arrived_at: Timestamp,
    now: Timestamp,
) -> Decision {
    let silent = asked.prompt.none;
    let Some(member) = member else {
        return if silent { Decision::Refuse(SsoError::LoginRequired) } else { Decision::SignIn };
    };
    if member.is_hinted == Some(false) {
        return Decision::Refuse(SsoError::LoginRequired);
    }
    let age = now.duration_since(member.auth_time);
    let is_too_old = |seconds: u32| age > SignedDuration::from_secs(i64::from(seconds));
    let is_stale = asked.prompt.login || asked.max_age.is_some_and(is_too_old);
    if is_stale && member.auth_time < arrived_at {
        return if silent { Decision::Refuse(SsoError::LoginRequired) } else { Decision::ShowAgain };
    }
    if !member.is_granted {
        return match (silent, client.relation.asks()) {
            (false, _) => Decision::Notice,
            (true, true) => Decision::Refuse(SsoError::ConsentRequired),
            (true, false) => Decision::Refuse(SsoError::InteractionRequired),
        };
    }
    Decision::Code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sso::{
        ClientAuth, Pkce, Purpose, Relation, Scope, SigningAlgorithm, TileStart, request::Prompt,
    };

    fn client(relation: Relation) -> SsoClient {
        SsoClient {
            id: "a".into(),
            operator: "a".into(),
            relation,
            purpose: Purpose::Other,
            privacy_url: None,
            redirect_uris: vec!["https://a.example.jp/".into()],
            auth: ClientAuth::Secret,
            pkce: Pkce::Required,
            signing: SigningAlgorithm::Es256,
            scopes: vec![Scope::OpenId],
            sector: "a".into(),
            start: TileStart::Plain,
        }
    }

    fn asked(prompt: &str, max_age: Option<u32>) -> SsoRequest {
        SsoRequest {
            client: "a".into(),
            redirect_uri: "https://a.example.jp/".into(),
            scopes: vec![Scope::OpenId],
            state: None,
            nonce: None,
            challenge: None,
            prompt: Prompt::kept(prompt),
            max_age,
            hint: None,
        }
    }

    #[test]
    fn every_wish_meets_every_member_as_the_table_says() {
        use Decision::*;
        use SsoError::{ConsentRequired, InteractionRequired, LoginRequired};
        let arrived = Timestamp::from_second(1_000_000).unwrap();
        let now = arrived + SignedDuration::from_secs(30);
        // Proofs of so many seconds before the request arrived.
        let facts = |before: i64, is_hinted, is_granted| {
            let auth_time = arrived - SignedDuration::from_secs(before);
            Some(SignedInFacts { auth_time, is_hinted, is_granted })
        };
        let (told, asking) = (Relation::Entrusted, Relation::ThirdParty);
        for (prompt, max_age, relation, member, expected) in [
            ("", None, told, None, SignIn),
            ("login", None, told, None, SignIn),
            ("none", None, told, None, Refuse(LoginRequired)),
            ("", None, told, facts(600, None, true), Code),
            ("none", None, told, facts(600, None, true), Code),
            ("", None, told, facts(600, None, false), Notice),
            ("", None, asking, facts(600, None, false), Notice),
            ("none", None, told, facts(600, None, false), Refuse(InteractionRequired)),
            ("none", None, asking, facts(600, None, false), Refuse(ConsentRequired)),
            ("login", None, told, facts(600, None, true), ShowAgain),
            ("login", None, told, facts(-10, None, true), Code),
            ("login", None, told, facts(-10, None, false), Notice),
            ("", Some(0), told, facts(1, None, true), ShowAgain),
            ("", Some(0), told, facts(-10, None, true), Code),
            ("", Some(100), told, facts(60, None, true), Code),
            ("", Some(100), told, facts(100, None, true), ShowAgain),
            ("", Some(u32::MAX), told, facts(600, None, true), Code),
            ("none", Some(100), told, facts(100, None, true), Refuse(LoginRequired)),
            ("none", Some(1000), told, facts(100, None, true), Code),
            ("", None, told, facts(600, Some(true), true), Code),
            ("", None, told, facts(600, Some(false), true), Refuse(LoginRequired)),
            ("none", None, told, facts(600, Some(true), true), Code),
            ("none", None, told, facts(600, Some(false), true), Refuse(LoginRequired)),
        ] {
            let asked = asked(prompt, max_age);
            let decided = decide(&asked, &client(relation), member, arrived, now);
            assert_eq!(decided, expected, "{prompt:?} {max_age:?} {relation:?} {member:?}");
        }
    }
}
