//! Assertion: by which a service shows that it is itself without a secret that both know (RFC 7523; OpenID Connect Core, 9).
//! Pure; that it is signed by one of the service's keys is known before.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How far ahead an assertion may run out at most.
pub const LONGEST: SignedDuration = SignedDuration::from_mins(5);
/// By how much the clocks of a service and of the union may differ.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(30);
/// Characters of the longest `jti`.
const LONGEST_JTI: usize = 256;

/// The value of `client_assertion_type` (RFC 7523, 2.2).
pub const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion that is good, if it was not used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodAssertion {
    /// Its name, which is used once.
    pub jti: String,
    /// Until when its name has to be remembered.
    pub until: Timestamp,
}

/// Whether the claims say, at `now`, that it is that client which asks one of these addresses. `None` where they do not.
pub fn checked(claims: &Value, client: &str, audiences: &[String], now: Timestamp) -> Option<GoodAssertion> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client) || text("sub") != Some(client) {
        return None;
    }
    let is_ours =
        |audience: &Value| audience.as_str().is_some_and(|said| audiences.iter().any(|known| known == said));
    let is_for_us = match claims.get("aud")? {
        Value::Array(all) => all.iter().any(is_ours),
        one => is_ours(one),
    };
    let moment = |name: &str| match claims.get(name) {
        None => Some(None),
        // Seconds, perhaps with parts of one (RFC 7519, 2).
        Some(value) => {
            let seconds = value.as_i64().or_else(|| {
                let seconds = value.as_f64().filter(|seconds| seconds.abs() < 1e12)?;
                SignedDuration::try_from_secs_f64(seconds).ok().map(|duration| duration.as_secs())
            })?;
            Timestamp::from_second(seconds).ok().map(Some)
        }
    };
    let expires_at = moment("exp")??;
    let ahead = expires_at.duration_since(now);
    let is_begun = |at: Option<Timestamp>| at.is_none_or(|at| at.duration_since(now) <= LEEWAY);
    let is_now =
        ahead > -LEEWAY && ahead <= LONGEST + LEEWAY && is_begun(moment("nbf")?) && is_begun(moment("iat")?);
    let jti = text("jti").filter(|jti| !jti.is_empty() && jti.chars().count() <= LONGEST_JTI)?;
    let until = expires_at.checked_add(LEEWAY).ok()?;
    (is_for_us && is_now).then(|| GoodAssertion { jti: jti.to_owned(), until })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_assertion_says_who_asks_whom_and_until_when_and_has_a_name() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let audiences =
            ["https://union.example.jp".to_owned(), "https://union.example.jp/oidc/token".to_owned()];
        let good = json!({
            "iss": "yoyaku", "sub": "yoyaku", "aud": "https://union.example.jp",
            "exp": 1_800_000_060, "iat": 1_800_000_000, "jti": "1",
        });
        let check = |name: &str, value: Value| {
            let mut claims = good.clone();
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value,
            }
            checked(&claims, "yoyaku", &audiences, now)
        };
        let until = Timestamp::from_second(1_800_000_090).unwrap();
        assert_eq!(check("x", json!(1)), Some(GoodAssertion { jti: "1".to_owned(), until }));
        for (name, value) in [
            ("aud", json!("https://union.example.jp/oidc/token")),
            ("aud", json!(["https://other.example.jp", "https://union.example.jp"])),
            ("exp", json!(1_800_000_330)),
            ("exp", json!(1_799_999_971)),
            ("exp", json!(1_800_000_060.5)),
            ("iat", Value::Null),
            ("iat", json!(1_800_000_030)),
            ("nbf", json!(1_800_000_000)),
        ] {
            assert!(check(name, value.clone()).is_some(), "{name} {value}");
        }
        for (name, value) in [
            ("iss", Value::Null),
            ("iss", json!("another")),
            ("sub", Value::Null),
            ("sub", json!("another")),
            ("sub", json!(["yoyaku"])),
            ("aud", Value::Null),
            ("aud", json!("https://union.example.jp/")),
            ("aud", json!("https://UNION.example.jp")),
            ("aud", json!("https://other.example.jp")),
            ("aud", json!([])),
            ("aud", json!([["https://union.example.jp"]])),
            ("aud", json!({ "a": "https://union.example.jp" })),
            ("exp", Value::Null),
            ("exp", json!("1800000060")),
            ("exp", json!(1_799_999_970)),
            ("exp", json!(1_800_000_331)),
            ("exp", json!(i64::MAX)),
            ("exp", json!(1e300)),
            ("iat", json!(1_800_000_031)),
            ("iat", json!("now")),
            ("nbf", json!(1_800_000_031)),
            ("jti", Value::Null),
            ("jti", json!("")),
            ("jti", json!(1)),
            ("jti", json!("x".repeat(257))),
        ] {
            assert_eq!(check(name, value.clone()), None, "{name} {value}");
        }
        for odd in [json!(null), json!([]), json!("x"), json!(1)] {
            assert_eq!(checked(&odd, "yoyaku", &audiences, now), None, "{odd}");
        }
    }
}
