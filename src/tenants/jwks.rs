//! Jwks: the public keys by which a service signs that it is itself, read from its file (RFC 7517).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use crate::domain::sso::{ClientKey, SigningAlgorithm};

/// Bytes of the largest file.
pub(super) const LARGEST: u64 = 64 * 1024;
/// Keys of one file: each may be tried for one request.
const MOST_KEYS: usize = 20;
/// Characters of the longest name of a key.
const LONGEST_KID: usize = 200;
/// Bytes of the smallest and the largest RSA key: 2048 and 8192 bits, which is what ring verifies.
const RSA: std::ops::RangeInclusive<usize> = 256..=1024;

/// Why a file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JwksFlaw {
    /// It is no list of keys.
    Malformed,
    /// A private key stands in it.
    Private,
    /// An RSA key has too few bits, or more than can be verified.
    Size,
    /// Two keys have one name.
    Twice,
    /// No key in it can be used.
    NoKey,
}

impl JwksFlaw {
    /// Its word in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Private => "private",
            Self::Size => "size",
            Self::Twice => "twice",
            Self::NoKey => "no-key",
        }
    }
}

/// The keys of a file for ES256 and RS256. Those for anything else are passed over (RFC 7517, 5).
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ClientKey>, JwksFlaw> {
    let set: Value = serde_json::from_slice(bytes).map_err(|_| JwksFlaw::Malformed)?;
    let listed = set.get("keys").and_then(Value::as_array).ok_or(JwksFlaw::Malformed)?;
    if listed.len() > MOST_KEYS {
        return Err(JwksFlaw::Malformed);
    }
    let mut keys: Vec<ClientKey> = Vec::new();
    for listed in listed {
        let Some(key) = key(listed.as_object().ok_or(JwksFlaw::Malformed)?)? else { continue };
        if key.kid.is_some() && keys.iter().any(|known| known.kid == key.kid) {
            return Err(JwksFlaw::Twice);
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(JwksFlaw::NoKey) } else { Ok(keys) }
}

/// One key; `None` for one that is for something else.
fn key(jwk: &Map<String, Value>) -> Result<Option<ClientKey>, JwksFlaw> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    // Whoever reads the folder could else be the service.
    if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| jwk.contains_key(*name)) {
        return Err(JwksFlaw::Private);
    }
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some("verify")))
    };
    if text("use").is_some_and(|word| word != "sig") || !jwk.get("key_ops").is_none_or(verifies) {
        return Ok(None);
    }
    let number = |name: &str| {
        let bytes = text(name).and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
        bytes.ok_or(JwksFlaw::Malformed)
    };
    let (algorithm, public) = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) => {
            let (x, y) = (number("x")?, number("y")?);
            if x.len() != 32 || y.len() != 32 {
                return Err(JwksFlaw::Malformed);
            }
            let (x, y) = (BASE64URL_NOPAD.encode(&x), BASE64URL_NOPAD.encode(&y));
            (SigningAlgorithm::Es256, format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
        }
        (Some("RSA"), _) => {
            let (n, e) = (number("n")?, number("e")?);
            let n = n.iter().position(|byte| *byte != 0).and_then(|at| n.get(at..)).unwrap_or_default();
            if !RSA.contains(&n.len()) {
                return Err(JwksFlaw::Size);
            }
            let (n, e) = (BASE64URL_NOPAD.encode(n), BASE64URL_NOPAD.encode(&e));
            (SigningAlgorithm::Rs256, format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#))
        }
        (Some(_), _) => return Ok(None),
        (None, _) => return Err(JwksFlaw::Malformed),
    };
    if text("alg").is_some_and(|alg| alg != algorithm.as_str()) {
        return Ok(None);
    }
    let kid = text("kid").map(str::to_owned);
    if kid.as_ref().is_some_and(|kid| kid.chars().count() > LONGEST_KID) {
        return Err(JwksFlaw::Malformed);
    }
    Ok(Some(ClientKey { kid, algorithm, public }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ec(more: &Value) -> Value {
        let mut key = json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        });
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    fn rsa(bytes: usize) -> Value {
        json!({ "kty": "RSA", "e": "AQAB", "n": BASE64URL_NOPAD.encode(&vec![0xc5; bytes]) })
    }

    fn of(keys: &[Value]) -> Result<Vec<ClientKey>, JwksFlaw> {
        read(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn keys_of_both_kinds_are_read_and_others_passed_over() {
        let others = [
            ec(&json!({ "use": "enc" })),
            ec(&json!({ "alg": "ECDH-ES" })),
            ec(&json!({ "key_ops": ["deriveKey"] })),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
            ec(&json!({ "crv": "P-384" })),
        ];
        for other in &others {
            assert_eq!(of(std::slice::from_ref(other)), Err(JwksFlaw::NoKey), "{other}");
        }
        let mut all = others.to_vec();
        all.extend([ec(&json!({ "kid": "a", "alg": "ES256", "use": "sig" })), rsa(256)]);
        let read = of(&all).unwrap();
        let read: Vec<_> = read.iter().map(|key| (key.kid.as_deref(), key.algorithm)).collect();
        assert_eq!(read, [(Some("a"), SigningAlgorithm::Es256), (None, SigningAlgorithm::Rs256)]);
    }

    #[test]
    fn what_cannot_be_used_is_told_why() {
        let named = ec(&json!({ "kid": "a" }));
        for (keys, flaw) in [
            (vec![ec(&json!({ "d": "x" }))], JwksFlaw::Private),
            (vec![json!({ "kty": "oct", "k": "c2VjcmV0" })], JwksFlaw::Private),
            (vec![rsa(128)], JwksFlaw::Size),
            (vec![rsa(1025)], JwksFlaw::Size),
            (vec![named.clone(), named], JwksFlaw::Twice),
            (vec![], JwksFlaw::NoKey),
            (vec![ec(&json!({ "x": "AA" }))], JwksFlaw::Malformed),
            (vec![ec(&json!({ "y": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=" }))], JwksFlaw::Malformed),
            (vec![json!({})], JwksFlaw::Malformed),
            (vec![json!("x")], JwksFlaw::Malformed),
            (vec![ec(&json!({ "kid": "k".repeat(201) }))], JwksFlaw::Malformed),
            ((0..21).map(|n| ec(&json!({ "kid": n.to_string() }))).collect(), JwksFlaw::Malformed),
        ] {
            assert_eq!(of(&keys).unwrap_err(), flaw, "{keys:?}");
        }
        for text in ["", "[]", "{}", "{\"keys\":{}}", "\u{feff}{\"keys\":[]}"] {
            assert_eq!(read(text.as_bytes()), Err(JwksFlaw::Malformed), "{text}");
        }
    }
}
