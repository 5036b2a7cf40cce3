//! Relying: what the demo's service does by the protocol, without HTTP: what it remembers of browsers on their way, and how it
//! reads an ID token (OpenID Connect Core, 3.1.3.7) and a logout token.

use std::{collections::VecDeque, sync::Mutex, sync::PoisonError};

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::sso::SigningAlgorithm,
    vault::{
        Token,
        signing::{PublicKey, verified},
    },
};

/// Rows of the longest list that is remembered; the oldest are forgotten.
const MOST: usize = 200;

/// A browser that was sent to the portal to sign in.
#[derive(Debug)]
pub struct Departure {
    /// The browser, by its cookie.
    pub browser: Token,
    /// Which union it was sent to.
    pub union: String,
    /// What comes back with the answer.
    pub state: Token,
    /// What stands in the ID token.
    pub nonce: Token,
    /// What is shown with the code (RFC 7636).
    pub verifier: Token,
}

/// The digest of a verifier, as it is sent with the request (RFC 7636, 4.2).
pub fn challenge(verifier: &Token) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(verifier.expose().as_bytes()))
}

/// A member who is signed in at the service.
#[derive(Debug, Clone)]
pub struct SignedInHere {
    /// The browser, by its cookie.
    pub browser: String,
    /// Whose member it is.
    pub union: String,
    /// The ID token as it came: shown when the member logs out.
    pub id_token: String,
    /// What stands in it.
    pub claims: Value,
    /// What was read of the member.
    pub told: Value,
}

/// What the service remembers, in memory only.
#[derive(Debug, Default)]
pub struct Remembered {
    begun: Mutex<VecDeque<Departure>>,
    here: Mutex<VecDeque<SignedInHere>>,
}

impl Remembered {
    /// A browser leaves for the portal.
    pub fn begin(&self, begun: Departure) {
        keep(&mut self.begun.lock().unwrap_or_else(PoisonError::into_inner), begun);
    }

    /// It comes back, once, to the union it was sent to.
    pub fn take(&self, browser: &Token, union: &str, state: &str) -> Option<Departure> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |one: &Departure| {
            one.state.expose() == state && one.browser.expose() == browser.expose() && one.union == union
        };
        let at = begun.iter().position(is_it)?;
        begun.remove(at)
    }

    /// A member is signed in; whoever was in this browser before is not any more.
    pub fn sign_in(&self, member: SignedInHere) {
        self.end(|other| other.browser == member.browser && other.union == member.union);
        keep(&mut self.here.lock().unwrap_or_else(PoisonError::into_inner), member);
    }

    /// Who is signed in in that browser.
    pub fn member(&self, browser: &Token, union: &str) -> Option<SignedInHere> {
        let here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.iter().find(|one| one.browser == browser.expose() && one.union == union).cloned()
    }

    /// Ends what the condition is true of.
    pub fn end(&self, is_over: impl Fn(&SignedInHere) -> bool) {
        self.here.lock().unwrap_or_else(PoisonError::into_inner).retain(|one| !is_over(one));
    }
}

fn keep<T>(list: &mut VecDeque<T>, one: T) {
    if list.len() >= MOST {
        list.pop_front();
    }
    list.push_back(one);
}

/// The claims of a token that one of these published keys has signed.
pub fn signed(token: &str, keys: &Value) -> Option<Value> {
    verified(token, |kid| {
        let keys = keys.get("keys")?.as_array()?;
        let key = keys.iter().find(|key| key.get("kid").and_then(Value::as_str) == Some(kid))?;
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let algorithm = SigningAlgorithm::parse(text("alg")?)?;
        let public = match algorithm {
            SigningAlgorithm::Es256 => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x")?, text("y")?)
            }
            SigningAlgorithm::Rs256 => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text("e")?, text("n")?)
            }
        };
        Some((algorithm, PublicKey::kept(public)))
    })
}

/// Whether a token is the issuer's, for this service, and of this moment.
pub fn is_for_us(claims: &Value, issuer: &str, client: &str, now: Timestamp) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    text("iss") == Some(issuer)
        && text("aud") == Some(client)
        && number("exp").is_some_and(|until| until > now.as_second())
}

/// Whether an ID token answers this very request.
pub fn answers(claims: &Value, begun: &Departure) -> bool {
    claims.get("nonce").and_then(Value::as_str) == Some(begun.nonce.expose())
        && claims.get("sub").and_then(Value::as_str).is_some()
}

/// The session that a logout token says is over; `None` for what is none (OpenID Connect Back-Channel Logout 1.0, 2.6).
pub fn ended_session(claims: &Value) -> Option<&str> {
    let event = claims.get("events")?.get("http://schemas.openid.net/event/backchannel-logout")?;
    let sid = claims.get("sid")?.as_str()?;
    (event.is_object() && claims.get("nonce").is_none()).then_some(sid)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vault::signing::SigningKey;

    fn token(of: u8) -> Token {
        Token::parse(&BASE64URL_NOPAD.encode(&[of; 32])).unwrap()
    }

    fn begun(state: u8) -> Departure {
        Departure {
            browser: token(1),
            union: "a".into(),
            state: token(state),
            nonce: token(3),
            verifier: token(4),
        }
    }

    #[test]
    fn an_answer_is_taken_once_by_the_browser_that_asked_for_it() {
        let remembered = Remembered::default();
        remembered.begin(begun(2));
        let state = token(2);
        assert!(remembered.take(&token(9), "a", state.expose()).is_none(), "another browser");
        assert!(remembered.take(&token(1), "b", state.expose()).is_none(), "another union");
        assert!(remembered.take(&token(1), "a", "another").is_none(), "another request");
        assert!(remembered.take(&token(1), "a", state.expose()).is_some());
        assert!(remembered.take(&token(1), "a", state.expose()).is_none(), "twice");
        for _ in 0..=MOST {
            remembered.begin(begun(5));
        }
        assert_eq!(remembered.begun.lock().unwrap().len(), MOST);
    }

    #[test]
    fn a_logout_token_names_the_session_that_is_over_and_no_other_token_does() {
        let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
        let good = json!({ "sub": "s", "sid": "d", "events": event });
        assert_eq!(ended_session(&good), Some("d"));
        for (name, value) in [("sid", Value::Null), ("events", json!({ "other": {} })), ("nonce", json!("n"))]
        {
            let mut bad = good.clone();
            bad[name] = value;
            assert_eq!(ended_session(&bad), None, "{name}");
        }
        assert_eq!(ended_session(&json!({ "sub": "s", "sid": "d" })), None, "an ID token");
    }

    #[test]
    fn a_token_counts_that_the_union_signed_for_this_service_request_and_moment() {
        let now = Timestamp::from_second(1_000).unwrap();
        let (pkcs8, public) = SigningKey::make().unwrap();
        let key = SigningKey::opened(SigningAlgorithm::Es256, &pkcs8).unwrap();
        let good = json!({ "iss": "i", "aud": "c", "exp": 1_001, "nonce": token(3).expose(), "sub": "s" });
        let signed_token = key.token("JWT", &good).unwrap();
        let keys = json!({ "keys": [public.jwk(SigningAlgorithm::Es256)] });
        assert_eq!(signed(&signed_token, &keys), Some(good.clone()));
        assert_eq!(signed(&signed_token, &json!({ "keys": [] })), None, "a key that is not published");
        let (_, other) = SigningKey::make().unwrap();
        assert_eq!(signed(&signed_token, &json!({ "keys": [other.jwk(SigningAlgorithm::Es256)] })), None);

        assert!(is_for_us(&good, "i", "c", now) && answers(&good, &begun(2)));
        for (name, value) in [("iss", json!("j")), ("aud", json!("d")), ("exp", json!(1_000))] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(!is_for_us(&bad, "i", "c", now), "{name}");
        }
        for (name, value) in [("nonce", json!("n")), ("sub", Value::Null)] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(!answers(&bad, &begun(2)), "{name}");
        }
    }
}
