//! Authenticator: a device that makes and shows passkeys (Web Authentication Level 3, here «WA»), with the browser
//! around it. It is honest unless it is told which lie to tell.
//!
//! # Decision
//! Written against the specification, by hand and bit by bit, with nothing of the library that reads its answers.
//! # Because
//! Two halves of one library agree with each other even where both are wrong, and an honest one cannot lie.

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Ways to misbehave. As it stands by default, none.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each lie is told or not, whatever the others are")]
pub struct Lies {
    /// Another origin in the client data.
    pub origin: Option<String>,
    /// Another RP ID under the signature.
    pub rp_id: Option<String>,
    /// Another `type` in the client data.
    pub type_: Option<&'static str>,
    /// Another challenge.
    pub challenge: Option<Vec<u8>>,
    /// `crossOrigin: true`.
    pub cross_origin: bool,
    /// A `topOrigin`.
    pub top_origin: Option<String>,
    /// The user was not verified.
    pub no_user_verification: bool,
    /// Nobody touched the device.
    pub no_user_presence: bool,
    /// A sign counter of its own choice.
    pub counter: Option<u32>,
    /// Backup eligible, backed up.
    pub backup: Option<(bool, bool)>,
    /// When made: this id for the new passkey. When shown: this passkey, whatever is allowed; one that is not on the
    /// device is claimed with another one's signature.
    pub credential_id: Option<Vec<u8>>,
    /// Another user handle; empty: none at all.
    pub user_handle: Option<Vec<u8>>,
    /// A key of another algorithm: −257 (RS256), or one that nobody offered: −36 (ES512) or −8 (`EdDSA`).
    pub algorithm: Option<i64>,
    /// A signature by a key that was never registered.
    pub signature_by_another_key: bool,
    /// Another attestation format.
    pub format: Option<&'static str>,
    /// A statement in it, as CBOR; by default an empty one.
    pub statement: Option<Vec<u8>>,
}

impl Lies {
    /// Just the lie that is told.
    pub fn told(tell: impl FnOnce(&mut Self)) -> Self {
        let mut lies = Self::default();
        tell(&mut lies);
        lies
    }
}

#[derive(Debug, Clone)]
struct Key {
    rp_id: String,
    id: Vec<u8>,
    secret: SigningKey,
    user_handle: Vec<u8>,
    counter: u32,
}

/// One device and its passkeys.
#[derive(Debug, Clone)]
pub struct Authenticator {
    keys: Vec<Key>,
    seed: u32,
    made: u8,
    /// Whether each showing raises the counter. Passkeys that are synced do not count.
    pub counts: bool,
    /// Backup eligible, backed up.
    pub backup: (bool, bool),
    pub aaguid: [u8; 16],
    /// Whether it answers the extension `credProtect`, as security keys do.
    pub protects: bool,
    pub lies: Lies,
}

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENDED: u8 = 1 << 7;

impl Authenticator {
    /// A phone whose passkeys are synced. The seed is its keys.
    pub fn new(seed: u32) -> Self {
        Self {
            keys: Vec::new(),
            seed,
            made: 0,
            counts: false,
            backup: (true, true),
            aaguid: [0; 16],
            protects: false,
            lies: Lies::default(),
        }
    }

    /// A security key: counts, and its passkeys stay on it.
    pub fn security_key(seed: u32) -> Self {
        Self { counts: true, backup: (false, false), ..Self::new(seed) }
    }

    /// The ids of its passkeys, oldest first.
    pub fn ids(&self) -> Vec<Vec<u8>> {
        self.keys.iter().map(|key| key.id.clone()).collect()
    }

    /// The names of its owners, as passkeys know them.
    pub fn user_handles(&self) -> Vec<Vec<u8>> {
        self.keys.iter().map(|key| key.user_handle.clone()).collect()
    }

    /// The public half of a passkey as it stands in a COSE key: x and y.
    pub fn public_key(&self, at: usize) -> (Vec<u8>, Vec<u8>) {
        point(&self.keys[at].secret)
    }

    /// Makes or shows a passkey, whichever the options ask for.
    ///
    /// # Errors
    /// The name of the `DOMException` a page would see.
    pub fn answer(&mut self, options: &Value, page_origin: &str) -> Result<Value, String> {
        if options["publicKey"]["rp"].is_object() {
            self.create(options, page_origin)
        } else {
            self.get(options, page_origin)
        }
    }

    /// The same device, telling a lie.
    pub fn lying(&self, tell: impl FnOnce(&mut Lies)) -> Self {
        Self { lies: Lies::told(tell), ..self.clone() }
    }

    /// `navigator.credentials.create()`: `PublicKeyCredentialCreationOptionsJSON` in, `RegistrationResponseJSON` out.
    ///
    /// # Errors
    /// The name of the `DOMException` a page would see.
    pub fn create(&mut self, options: &Value, page_origin: &str) -> Result<Value, String> {
        let asked = &options["publicKey"];
        let rp_id = text(&asked["rp"]["id"]);
        in_scope(page_origin, &rp_id)?;
        let params = asked["pubKeyCredParams"].as_array().ok_or("TypeError")?;
        if !params.iter().any(|param| param["alg"] == -7 && param["type"] == "public-key") {
            return Err("NotSupportedError".into());
        }
        let user_handle = bytes(&asked["user"]["id"]);
        if user_handle.is_empty() || user_handle.len() > 64 || !asked["user"]["displayName"].is_string() {
            return Err("TypeError".into());
        }
        let excluded = ids_of(&asked["excludeCredentials"]);
        if self.keys.iter().any(|key| key.rp_id == rp_id && excluded.contains(&key.id)) {
            return Err("InvalidStateError".into());
        }
        let key = self.make(rp_id, user_handle);
        let client_data = self.client_data("webauthn.create", &bytes(&asked["challenge"]), page_origin);
        let more = if self.protects { ATTESTED | EXTENDED } else { ATTESTED };
        let mut data = self.authenticator_data(&key, more);
        data.extend(self.aaguid);
        data.extend(u16::try_from(key.id.len()).map_err(|_| "UnknownError")?.to_be_bytes());
        data.extend(&key.id);
        data.extend(self.cose_key(&key));
        if self.protects {
            data.extend([cbor_head(5, 1), cbor_text("credProtect"), cbor_int(3)].concat());
        }
        let (x, y) = point(&key.secret);
        let answer = json!({
            "id": BASE64URL_NOPAD.encode(&key.id),
            "rawId": BASE64URL_NOPAD.encode(&key.id),
            "type": "public-key",
            "authenticatorAttachment": if self.counts { "cross-platform" } else { "platform" },
            "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {
                "clientDataJSON": BASE64URL_NOPAD.encode(&client_data),
                "attestationObject": BASE64URL_NOPAD.encode(&attestation_object(&self.lies, &data)),
                "authenticatorData": BASE64URL_NOPAD.encode(&data),
                "publicKey": BASE64URL_NOPAD.encode(&subject_public_key_info(&x, &y)),
                "publicKeyAlgorithm": self.lies.algorithm.unwrap_or(-7),
                "transports": if self.counts { json!(["usb", "nfc"]) } else { json!(["hybrid", "internal"]) },
            },
        });
        // One user has one passkey at one place on a device: a newer one takes the place of the older.
        self.keys.retain(|old| (&old.rp_id, &old.user_handle) != (&key.rp_id, &key.user_handle));
        self.keys.push(key);
        Ok(answer)
    }

    /// `navigator.credentials.get()`: `PublicKeyCredentialRequestOptionsJSON` in, `AuthenticationResponseJSON` out.
    ///
    /// # Errors
    /// The name of the `DOMException` a page would see.
    pub fn get(&mut self, options: &Value, page_origin: &str) -> Result<Value, String> {
        let asked = &options["publicKey"];
        let rp_id = text(&asked["rpId"]);
        in_scope(page_origin, &rp_id)?;
        let allowed = ids_of(&asked["allowCredentials"]);
        let may = |key: &Key| match &self.lies.credential_id {
            Some(id) if self.keys.iter().any(|key| &key.id == id) => &key.id == id,
            Some(_) => true,
            None => key.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&key.id)),
        };
        let at = self.keys.iter().rposition(may).ok_or("NotAllowedError")?;
        if self.counts {
            self.keys[at].counter += 1;
        }
        let mut key = self.keys[at].clone();
        key.rp_id = rp_id;
        let client_data = self.client_data("webauthn.get", &bytes(&asked["challenge"]), page_origin);
        let data = self.authenticator_data(&key, 0);
        let signer = if self.lies.signature_by_another_key { self.secret(u8::MAX) } else { key.secret };
        let message = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = signer.sign(&message);
        let id = self.lies.credential_id.clone().unwrap_or(key.id);
        let mut response = json!({
            "clientDataJSON": BASE64URL_NOPAD.encode(&client_data),
            "authenticatorData": BASE64URL_NOPAD.encode(&data),
            "signature": BASE64URL_NOPAD.encode(signature.to_der().as_bytes()),
        });
        let user_handle = self.lies.user_handle.clone().unwrap_or(key.user_handle);
        if !user_handle.is_empty() {
            response["userHandle"] = json!(BASE64URL_NOPAD.encode(&user_handle));
        }
        Ok(json!({
            "id": BASE64URL_NOPAD.encode(&id),
            "rawId": BASE64URL_NOPAD.encode(&id),
            "type": "public-key",
            "authenticatorAttachment": if self.counts { "cross-platform" } else { "platform" },
            "clientExtensionResults": {},
            "response": response,
        }))
    }

    fn make(&mut self, rp_id: String, user_handle: Vec<u8>) -> Key {
        self.made += 1;
        let secret = self.secret(self.made);
        let id = Sha256::digest([b"credential".as_slice(), &self.seed.to_be_bytes(), &[self.made]].concat())
            .to_vec();
        let id = self.lies.credential_id.clone().unwrap_or(id);
        Key { rp_id, id, secret, user_handle, counter: 0 }
    }

    fn secret(&self, number: u8) -> SigningKey {
        SigningKey::from_slice(&Sha256::digest([self.seed.to_be_bytes().as_slice(), &[number]].concat()))
            .unwrap()
    }

    /// WA §5.8.1, in the order in which browsers write it.
    fn client_data(&self, type_: &str, challenge: &[u8], page_origin: &str) -> Vec<u8> {
        let lies = &self.lies;
        let challenge = BASE64URL_NOPAD.encode(lies.challenge.as_deref().unwrap_or(challenge));
        let type_ = lies.type_.unwrap_or(type_);
        let origin = json!(lies.origin.as_deref().unwrap_or(page_origin));
        let framed = lies.cross_origin;
        let top = lies.top_origin.as_ref().map(|top| format!(",\"topOrigin\":{}", json!(top)));
        let top = top.unwrap_or_default();
        format!(
            "{{\"type\":\"{type_}\",\"challenge\":\"{challenge}\",\"origin\":{origin},\"crossOrigin\":{framed}{top}}}"
        )
        .into_bytes()
    }

    /// WA §6.1, up to the counter.
    fn authenticator_data(&self, key: &Key, more: u8) -> Vec<u8> {
        let lies = &self.lies;
        let (eligible, backed_up) = lies.backup.unwrap_or(self.backup);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = flag(!lies.no_user_presence, USER_PRESENT)
            | flag(!lies.no_user_verification, USER_VERIFIED)
            | flag(eligible, BACKUP_ELIGIBLE)
            | flag(backed_up, BACKED_UP)
            | more;
        let mut data = Sha256::digest(lies.rp_id.as_ref().unwrap_or(&key.rp_id)).to_vec();
        data.push(flags);
        data.extend(lies.counter.unwrap_or(key.counter).to_be_bytes());
        data
    }

    /// RFC 9053 §7.
    fn cose_key(&self, key: &Key) -> Vec<u8> {
        let (x, y) = point(&key.secret);
        let entry = |key: i64, value: Vec<u8>| [cbor_int(key), value].concat();
        match self.lies.algorithm {
            None => [
                cbor_head(5, 5),
                entry(1, cbor_int(2)),
                entry(3, cbor_int(-7)),
                entry(-1, cbor_int(1)),
                entry(-2, cbor_bytes(&x)),
                entry(-3, cbor_bytes(&y)),
            ]
            .concat(),
            // The generator of P-521: a key of its own kind, and a valid one.
            Some(-36) => [
                cbor_head(5, 5),
                entry(1, cbor_int(2)),
                entry(3, cbor_int(-36)),
                entry(-1, cbor_int(3)),
                entry(-2, cbor_bytes(&hex(P521_X))),
                entry(-3, cbor_bytes(&hex(P521_Y))),
            ]
            .concat(),
            // RFC 8230 §4: a modulus of 2048 bits, odd, and 65537.
            Some(-257) => {
                let mut modulus: Vec<u8> = (0..8_u8)
                    .flat_map(|n| Sha256::digest([self.seed.to_be_bytes().as_slice(), &[0xA5, n]].concat()))
                    .collect();
                modulus[0] |= 0x80;
                modulus[255] |= 1;
                [
                    cbor_head(5, 4),
                    entry(1, cbor_int(3)),
                    entry(3, cbor_int(-257)),
                    entry(-1, cbor_bytes(&modulus)),
                    entry(-2, cbor_bytes(&[1, 0, 1])),
                ]
                .concat()
            }
            Some(other) => [
                cbor_head(5, 4),
                entry(1, cbor_int(1)),
                entry(3, cbor_int(other)),
                entry(-1, cbor_int(6)),
                entry(-2, cbor_bytes(&x)),
            ]
            .concat(),
        }
    }
}

const P521_X: &str = "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127\
                      a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66";
const P521_Y: &str = "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b901\
                      3fad0761353c7086a272c24088be94769fd16650";

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// base64url without padding, and nothing else (WA §3).
fn bytes(value: &Value) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text(value).as_bytes()).unwrap()
}

fn ids_of(list: &Value) -> Vec<Vec<u8>> {
    list.as_array().into_iter().flatten().map(|one| bytes(&one["id"])).collect()
}

/// A browser lets a page ask for its own host's passkeys and those of the domains above it, over https only.
fn in_scope(page_origin: &str, rp_id: &str) -> Result<(), String> {
    let host = page_origin.strip_prefix("https://").ok_or("SecurityError")?;
    let host = host.split(':').next().unwrap_or_default();
    let fits = !rp_id.is_empty() && (host == rp_id || host.ends_with(&format!(".{rp_id}")));
    if fits { Ok(()) } else { Err("SecurityError".into()) }
}

fn point(secret: &SigningKey) -> (Vec<u8>, Vec<u8>) {
    let point = secret.verifying_key().to_sec1_point(false);
    (point.x().unwrap().to_vec(), point.y().unwrap().to_vec())
}

/// RFC 5480: an uncompressed point on P-256.
fn subject_public_key_info(x: &[u8], y: &[u8]) -> Vec<u8> {
    let head = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    [&hex(head), x, y].concat()
}

/// WA §6.5: without attestation, the keys in CTAP2's canonical order.
fn attestation_object(lies: &Lies, data: &[u8]) -> Vec<u8> {
    [
        cbor_head(5, 3),
        cbor_text("fmt"),
        cbor_text(lies.format.unwrap_or("none")),
        cbor_text("attStmt"),
        lies.statement.clone().unwrap_or_else(|| cbor_head(5, 0)),
        cbor_text("authData"),
        cbor_bytes(data),
    ]
    .concat()
}

/// RFC 8949 §3: a major type and its argument, in the shortest form.
fn cbor_head(major: u8, argument: u64) -> Vec<u8> {
    let wide = argument.to_be_bytes();
    match argument {
        0..=23 => vec![(major << 5) | wide[7]],
        24..=0xff => vec![(major << 5) | 0x18, wide[7]],
        0x100..=0xffff => [&[(major << 5) | 0x19], &wide[6..]].concat(),
        _ => [&[(major << 5) | 0x1a], &wide[4..]].concat(),
    }
}

fn cbor_int(value: i64) -> Vec<u8> {
    if value < 0 { cbor_head(1, (-1 - value).unsigned_abs()) } else { cbor_head(0, value.unsigned_abs()) }
}

/// A statement as an authenticator of that format might hand it in, its parts of nobody's making.
pub fn statement_of(format: &str) -> Vec<u8> {
    let x5c = |certificates: &[&[u8]]| {
        let list = certificates.iter().map(|one| cbor_bytes(one)).collect::<Vec<_>>().concat();
        [cbor_text("x5c"), cbor_head(4, certificates.len() as u64), list].concat()
    };
    let entry = |name: &str, value: Vec<u8>| [cbor_text(name), value].concat();
    let signature = entry("sig", cbor_bytes(&[7; 70]));
    match format {
        "tpm" => [
            cbor_head(5, 6),
            entry("alg", cbor_int(-65535)),
            signature,
            entry("ver", cbor_text("2.0")),
            x5c(&[&[1; 900], &[2; 1500]]),
            entry("pubArea", cbor_bytes(&[3; 310])),
            entry("certInfo", cbor_bytes(&[4; 161])),
        ]
        .concat(),
        "packed" => [cbor_head(5, 3), entry("alg", cbor_int(-7)), signature, x5c(&[&[1; 700]])].concat(),
        "packed-self" => [cbor_head(5, 2), entry("alg", cbor_int(-7)), signature].concat(),
        "android-key" => {
            [cbor_head(5, 3), entry("alg", cbor_int(-7)), signature, x5c(&[&[1; 700], &[2; 9]])].concat()
        }
        "android-safetynet" => {
            [cbor_head(5, 2), entry("ver", cbor_text("1")), entry("response", cbor_bytes(b"a.b.c"))].concat()
        }
        "fido-u2f" => [cbor_head(5, 2), signature, x5c(&[&[1; 700]])].concat(),
        "apple" => [cbor_head(5, 1), x5c(&[&[1; 700], &[2; 700]])].concat(),
        // No map, and nothing any standard knows.
        _ => cbor_head(4, 0),
    }
}

fn cbor_bytes(value: &[u8]) -> Vec<u8> {
    [cbor_head(2, value.len() as u64), value.to_vec()].concat()
}

fn cbor_text(value: &str) -> Vec<u8> {
    [cbor_head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}
