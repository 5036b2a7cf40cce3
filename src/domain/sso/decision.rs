//! Decision: what comes next for a request that can be answered. Pure, in the order of the rules; the page, the code or the
//! error is for whoever asks.

use jiff::{SignedDuration, Timestamp};

use super::{
    acr::Acr,
    client::SsoClient,
    request::{SsoError, SsoRequest},
};

/// Who is signed in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedInFacts {
    /// When the member last showed who they are, with the factor of the session.
    pub auth_time: Timestamp,
    /// How strongly that was.
    pub acr: Acr,
    /// The strongest that the member could show: what they have set up.
    pub best: Acr,
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
    /// The member shows anew who they are, by the strongest that they have set up.
    ShowAgain,
    /// The member has to set something stronger up first.
    Stronger,
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
    // Whoever has nothing strong enough is told so before anything is asked of them.
    if !client.require_acr.is_met_by(member.acr.max(member.best)) {
        return if silent { Decision::Refuse(SsoError::InteractionRequired) } else { Decision::Stronger };
    }
    let age = now.duration_since(member.auth_time);
    let is_too_old = |seconds: u32| age > SignedDuration::from_secs(i64::from(seconds));
    let by_file = Some(client.fresh_minutes.saturating_mul(60)).filter(|seconds| *seconds > 0);
    let is_stale =
        asked.prompt.login || asked.max_age.is_some_and(is_too_old) || by_file.is_some_and(is_too_old);
    let must_show = (is_stale && member.auth_time < arrived_at) || !client.require_acr.is_met_by(member.acr);
    if must_show {
        return if silent { Decision::Refuse(SsoError::LoginRequired) } else { Decision::ShowAgain };
    }
    // A wish is met where it can be, once; where not, the answer says how it was (OpenID Connect Core, 5.5.1.1).
    let would_be_met = |acr: Acr| asked.acr_values.iter().any(|wished| acr >= *wished);
    if !silent && member.auth_time < arrived_at && !would_be_met(member.acr) && would_be_met(member.best) {
        return Decision::ShowAgain;
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
        ClientAuth, ClientLogout, Pkce, Purpose, Relation, RequiredAcr, Scope, SigningAlgorithm, TileStart,
        request::Prompt,
    };

    fn client(relation: Relation) -> SsoClient {
        SsoClient {
            id: "a".into(),
            operator: "a".into(),
            operator_en: None,
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
            require_acr: RequiredAcr::Any,
            fresh_minutes: 0,
            keys: Vec::new(),
            require_par: false,
            logout: ClientLogout::default(),
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
            acr_values: Vec::new(),
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
            let (acr, best) = (Acr::MultiFactor, Acr::MultiFactor);
            Some(SignedInFacts { auth_time, acr, best, is_hinted, is_granted })
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

    #[test]
    fn what_a_service_demands_or_wishes_is_held_against_what_was_shown_and_what_could_be() {
        use Acr::{MailedCode as Mail, MultiFactor as App, PhishingResistant as Key};
        use Decision::*;
        use RequiredAcr::{Any, MultiFactor, Passkey};
        use SsoError::{InteractionRequired, LoginRequired};
        let arrived = Timestamp::from_second(1_000_000).unwrap();
        let now = arrived + SignedDuration::from_secs(30);
        for (required, wished, prompt, (acr, best), expected) in [
            (Any, &[][..], "", (Mail, Key), Code),
            (MultiFactor, &[], "", (App, App), Code),
            (MultiFactor, &[], "", (Key, Key), Code),
            (MultiFactor, &[], "", (Mail, App), ShowAgain),
            (MultiFactor, &[], "", (Mail, Mail), Stronger),
            (MultiFactor, &[], "none", (App, App), Code),
            (MultiFactor, &[], "none", (Mail, App), Refuse(LoginRequired)),
            (MultiFactor, &[], "none", (Mail, Mail), Refuse(InteractionRequired)),
            (Passkey, &[], "", (App, App), Stronger),
            (Passkey, &[], "", (App, Key), ShowAgain),
            (Passkey, &[], "", (Key, Key), Code),
            // What was shown counts, also where it was taken away since.
            (Passkey, &[], "", (Key, Mail), Code),
            (Any, &[App], "", (Mail, App), ShowAgain),
            (Any, &[App], "", (Mail, Mail), Code),
            (Any, &[App], "none", (Mail, App), Code),
            (Any, &[Key, App], "", (App, Key), Code),
            (Any, &[Key], "", (App, Key), ShowAgain),
            (Any, &[Mail], "", (App, Key), Code),
        ] {
            let mut client = client(Relation::Entrusted);
            client.require_acr = required;
            let asked = SsoRequest { acr_values: wished.to_vec(), ..asked(prompt, None) };
            let auth_time = arrived - SignedDuration::from_secs(60);
            let mut member = SignedInFacts { auth_time, acr, best, is_hinted: None, is_granted: true };
            let decided = decide(&asked, &client, Some(member), arrived, now);
            assert_eq!(decided, expected, "{required:?} {wished:?} {prompt:?} {acr:?} {best:?}");
            // Once shown, nobody is asked a second time.
            if decided == ShowAgain {
                (member.acr, member.auth_time) = (best, arrived + SignedDuration::from_secs(10));
                assert_eq!(decide(&asked, &client, Some(member), arrived, now), Code);
            }
        }
    }

    #[test]
    fn proofs_may_be_as_old_as_the_file_says() {
        let arrived = Timestamp::from_second(1_000_000).unwrap();
        let client = SsoClient { fresh_minutes: 10, ..client(Relation::Entrusted) };
        for (before, max_age, prompt, expected) in [
            (599, None, "", Decision::Code),
            (601, None, "", Decision::ShowAgain),
            (601, Some(10_000), "", Decision::ShowAgain),
            (601, None, "none", Decision::Refuse(SsoError::LoginRequired)),
            (-1, None, "", Decision::Code),
        ] {
            let auth_time = arrived - SignedDuration::from_secs(before);
            let (acr, best) = (Acr::MultiFactor, Acr::MultiFactor);
            let member = SignedInFacts { auth_time, acr, best, is_hinted: None, is_granted: true };
            let decided = decide(&asked(prompt, max_age), &client, Some(member), arrived, arrived);
            assert_eq!(decided, expected, "{before} {max_age:?} {prompt:?}");
        }
    }
}
