//! Signing: the keys by which unions sign for their services (RFC 7515, RFC 7518). Making, signing and verifying are ring's.
//!
//! # Decision
//! Which algorithm a key is for stands in its row; a token never says how it is to be verified.
//! # Because
//! Whoever believes the header of a token can be told `none`, or to take a public key for a shared secret (RFC 8725, 2.1).

use std::fmt;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{VaultError, VaultResult};
use crate::{
    domain::sso::{ClientKey, SigningAlgorithm},
    world,
};

/// The smallest RSA key that is taken, in bytes: 2048 bits (RFC 7518, 3.3).
const SMALLEST_RSA: usize = 256;

/// What everybody may know of a key, as JSON with its names in order and nothing else in it: what a thumbprint is made of
/// (RFC 7638, 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(String);

impl PublicKey {
    /// As the store has it.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As the store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key's name: its thumbprint (RFC 7638).
    pub fn kid(&self) -> String {
        BASE64URL_NOPAD.encode(&Sha256::digest(self.0.as_bytes()))
    }

    /// As services read it (RFC 7517, 4).
    pub fn jwk(&self, algorithm: SigningAlgorithm) -> Value {
        let mut jwk: Value = serde_json::from_str(&self.0).unwrap_or_default();
        if let Some(jwk) = jwk.as_object_mut() {
            jwk.insert("use".to_owned(), json!("sig"));
            jwk.insert("alg".to_owned(), json!(algorithm.as_str()));
            jwk.insert("kid".to_owned(), json!(self.kid()));
        }
        jwk
    }

    fn of_point(point: &[u8]) -> Option<Self> {
        // Uncompressed (SEC 1, 2.3.3): 4, x, y.
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
        Some(Self(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
    }

    fn of_rsa(key: &RsaKeyPair) -> Self {
        let RsaPublicKeyComponents::<Vec<u8>> { n, e } = key.public().into();
        let (n, e) = (BASE64URL_NOPAD.encode(&n), BASE64URL_NOPAD.encode(&e));
        Self(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#))
    }
}

/// A private key and what everybody may know of it.
pub struct SigningKey {
    kid: String,
    key: PrivateKey,
}

enum PrivateKey {
    Es256(Box<EcdsaKeyPair>),
    Rs256(Box<RsaKeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

/// Why a file is no RSA key that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an unencrypted RSA private key in PKCS#8 (PEM) of 2048 bits or more")]
pub struct KeyFileFlaw;

impl SigningKey {
    /// A new key for ES256, as PKCS#8, and its public part.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`] when the operating system gives no random bytes.
    pub fn make() -> VaultResult<(SecretSlice<u8>, PublicKey)> {
        let rng = world::ring_random();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng);
        let pkcs8 = made.map_err(|_| VaultError::NoRandomness(world::RandomError))?.as_ref().to_vec();
        let key = Self::open(SigningAlgorithm::Es256, &pkcs8)?;
        let public = key.public().ok_or(VaultError::Signing)?;
        Ok((SecretSlice::from(pkcs8), public))
    }

    /// An RSA key out of a PEM file (RFC 7468, 10), as PKCS#8, and its public part.
    ///
    /// # Errors
    /// [`KeyFileFlaw`] for anything else.
    pub fn of_pem(text: &str) -> Result<(SecretSlice<u8>, PublicKey), KeyFileFlaw> {
        let body = text.split("-----BEGIN PRIVATE KEY-----").nth(1).ok_or(KeyFileFlaw)?;
        let body = body.split("-----END PRIVATE KEY-----").next().ok_or(KeyFileFlaw)?;
        let body: String = body.split_ascii_whitespace().collect();
        let pkcs8 = BASE64.decode(body.as_bytes()).map_err(|_| KeyFileFlaw)?;
        let key = RsaKeyPair::from_pkcs8(&pkcs8).map_err(|_| KeyFileFlaw)?;
        if key.public().modulus_len() < SMALLEST_RSA {
            return Err(KeyFileFlaw);
        }
        let public = PublicKey::of_rsa(&key);
        Ok((SecretSlice::from(pkcs8), public))
    }

    /// The key in these bytes.
    ///
    /// # Errors
    /// [`VaultError::Signing`] where they hold no key of that algorithm.
    pub fn open(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> VaultResult<Self> {
        let key = match algorithm {
            SigningAlgorithm::Es256 => {
                let rng = world::ring_random();
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &rng);
                PrivateKey::Es256(Box::new(key.map_err(|_| VaultError::Signing)?))
            }
            SigningAlgorithm::Rs256 => {
                PrivateKey::Rs256(Box::new(RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| VaultError::Signing)?))
            }
        };
        let mut opened = Self { kid: String::new(), key };
        opened.kid = opened.public().ok_or(VaultError::Signing)?.kid();
        Ok(opened)
    }

    /// The same, of a sealed one.
    ///
    /// # Errors
    /// [`VaultError::Signing`] as [`Self::open`].
    pub fn opened(algorithm: SigningAlgorithm, pkcs8: &SecretSlice<u8>) -> VaultResult<Self> {
        Self::open(algorithm, pkcs8.expose_secret())
    }

    /// What everybody may know of it.
    pub fn public(&self) -> Option<PublicKey> {
        match &self.key {
            PrivateKey::Es256(key) => PublicKey::of_point(key.public_key().as_ref()),
            PrivateKey::Rs256(key) => Some(PublicKey::of_rsa(key)),
        }
    }

    /// The claims as a signed token of that type (RFC 7515, 7.1; RFC 7519).
    ///
    /// # Errors
    /// [`VaultError::Signing`] when the operating system gives no random bytes.
    pub fn token(&self, kind: &str, claims: &Value) -> VaultResult<String> {
        let (algorithm, rng) = (self.algorithm().as_str(), world::ring_random());
        let header = json!({ "alg": algorithm, "kid": self.kid, "typ": kind });
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = match &self.key {
            PrivateKey::Es256(key) => {
                key.sign(&rng, signed.as_bytes()).map_err(|_| VaultError::Signing)?.as_ref().to_vec()
            }
            PrivateKey::Rs256(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let done = key.sign(&RSA_PKCS1_SHA256, &rng, signed.as_bytes(), &mut signature);
                done.map_err(|_| VaultError::Signing)?;
                signature
            }
        };
        Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
    }

    fn algorithm(&self) -> SigningAlgorithm {
        match self.key {
            PrivateKey::Es256(_) => SigningAlgorithm::Es256,
            PrivateKey::Rs256(_) => SigningAlgorithm::Rs256,
        }
    }
}

/// The largest token that is read, in bytes.
const LARGEST_TOKEN: usize = 8 * 1024;

/// The claims of a token of ours, whatever its age. `key_of` gives the key of that name, with the algorithm of its row.
/// `None` for a token that none of our keys signed in just this way.
pub fn verified(
    token: &str,
    key_of: impl FnOnce(&str) -> Option<(SigningAlgorithm, PublicKey)>,
) -> Option<Value> {
    let parts = TokenParts::of(token)?;
    let (algorithm, public) = key_of(parts.kid()?)?;
    if parts.is_signed_by(algorithm, public.as_str())? { json(parts.body) } else { None }
}

/// The claims of a token that one of these keys of a service signed. A token without the name of a key is tried against each
/// of its algorithm.
pub fn verified_by(token: &str, keys: &[ClientKey]) -> Option<Value> {
    let parts = TokenParts::of(token)?;
    let may_be = |key: &&ClientKey| parts.kid().is_none_or(|kid| key.kid.as_deref() == Some(kid));
    let mut tried = keys.iter().filter(may_be);
    let is_signed = tried.any(|key| parts.is_signed_by(key.algorithm, &key.public) == Some(true));
    if is_signed { json(parts.body) } else { None }
}

/// A text that a token claims, before anything of it is believed.
pub fn claimed(token: &str, name: &str) -> Option<String> {
    let claims = json(TokenParts::of(token)?.body)?;
    claims.get(name)?.as_str().map(str::to_owned)
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
}

/// A token as it came (RFC 7515, 7.1).
struct TokenParts<'a> {
    signed: &'a str,
    header: Value,
    body: &'a str,
    signature: Vec<u8>,
}

impl<'a> TokenParts<'a> {
    /// What would change how it is verified: nobody asks a token that.
    const REFUSED: [&'static str; 5] = ["crit", "jku", "jwk", "x5u", "x5c"];

    fn of(token: &'a str) -> Option<Self> {
        if token.len() > LARGEST_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, body) = signed.split_once('.').filter(|(_, body)| !body.contains('.'))?;
        let header = json(head)?;
        if Self::REFUSED.iter().any(|name| header.get(name).is_some()) {
            return None;
        }
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        Some(Self { signed, header, body, signature })
    }

    fn kid(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// Whether that key signed it, for which only its own algorithm counts.
    fn is_signed_by(&self, algorithm: SigningAlgorithm, public: &str) -> Option<bool> {
        if self.header.get("alg")?.as_str()? != algorithm.as_str() {
            return None;
        }
        let key: Value = serde_json::from_str(public).ok()?;
        let number = |name: &str| BASE64URL_NOPAD.decode(key.get(name)?.as_str()?.as_bytes()).ok();
        let (signed, signature) = (self.signed.as_bytes(), self.signature.as_slice());
        Some(match algorithm {
            SigningAlgorithm::Es256 => {
                let point = [vec![4], number("x")?, number("y")?].concat();
                let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
                key.verify(signed, signature).is_ok()
            }
            SigningAlgorithm::Rs256 => {
                let key = RsaPublicKeyComponents { n: number("n")?, e: number("e")? };
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_key_is_its_thumbprint() {
        // RFC 7638, 3.1: the example, whose names stand in the same order here.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let public = PublicKey::kept(format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#));
        assert_eq!(public.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_token_is_read_only_as_it_was_signed() {
        let (pkcs8, public) = SigningKey::make().unwrap();
        let key = SigningKey::opened(SigningAlgorithm::Es256, &pkcs8).unwrap();
        let token = key.token("JWT", &json!({ "sub": "someone" })).unwrap();
        let read = |token: &str, algorithm| {
            verified(token, |kid| (kid == public.kid()).then(|| (algorithm, public.clone())))
        };
        assert_eq!(read(&token, SigningAlgorithm::Es256), Some(json!({ "sub": "someone" })));
        assert_eq!(read(&token, SigningAlgorithm::Rs256), None, "another algorithm than its key's");
        let [head, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let other = part(json!({ "sub": "somebody else" }));
        let none = part(json!({ "alg": "none", "kid": public.kid() }));
        let critical = part(json!({ "alg": "ES256", "kid": public.kid(), "crit": ["exp"] }));
        // HS256 with the public key as its secret (RFC 8725, 2.1).
        let hmac = part(json!({ "alg": "HS256", "kid": public.kid() }));
        let forged = crate::vault::mac(public.as_str().as_bytes(), &[format!("{hmac}.{body}").as_bytes()]);
        for bad in [
            format!("{head}.{other}.{signature}"),
            format!("{none}.{body}."),
            format!("{none}.{body}.{signature}"),
            format!("{critical}.{body}.{signature}"),
            format!("{hmac}.{body}.{}", BASE64URL_NOPAD.encode(&forged)),
            format!("{head}.{body}."),
            format!("{head}.{body}"),
            format!("{token}.{signature}"),
            format!("{token}="),
            "a".repeat(LARGEST_TOKEN + 1),
            String::new(),
        ] {
            assert_eq!(read(&bad, SigningAlgorithm::Es256), None, "{bad}");
        }
        assert!(!format!("{key:?}").contains(&BASE64URL_NOPAD.encode(pkcs8.expose_secret())[..20]));
    }

    #[test]
    fn only_an_rsa_key_of_enough_bits_is_taken_from_a_file() {
        let (pkcs8, _) = SigningKey::make().unwrap();
        let of = |bytes: &[u8]| {
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(bytes))
        };
        for bad in ["", "x", "-----BEGIN PRIVATE KEY-----", &of(b"x"), &of(pkcs8.expose_secret())] {
            assert_eq!(SigningKey::of_pem(bad).unwrap_err(), KeyFileFlaw, "{bad}");
        }
    }
}
