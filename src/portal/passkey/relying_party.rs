//! Relying party: a union as passkeys know it, and the one file that speaks with `webauthn-rs`. What the library leaves
//! to its caller — framed pages, owners, counters, backup flags — is asked here or in the deeds around it.

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, Credential, CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url,
    Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::{
    domain::{
        origin::PublicAddress,
        passkey::{CEREMONY, ClientData, LONGEST_ID, PasskeyFlaw},
        tenant::{PasskeyRole, Tenant},
    },
    portal::Fault,
};

/// Which check said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedCheck {
    /// The answer cannot be read.
    Malformed,
    /// Nobody asked: another challenge, another browser, too late, or answered before.
    Ceremony,
    /// The page sat inside another site's frame.
    Framed,
    /// Made where one was to be shown, or the other way round.
    Type,
    /// The answer is to another challenge than the one remembered.
    Challenge,
    /// The page belongs to another site.
    Origin,
    /// Another relying party's passkey.
    RelyingParty,
    /// Nobody touched the authenticator.
    NotPresent,
    /// The authenticator did not make sure who touched it.
    NotVerified,
    /// Signed in a way nobody asked for.
    Algorithm,
    /// Another passkey than those asked for.
    NotAskedFor,
    /// The sign counter went backwards.
    Counter,
    /// The backup flags do not fit.
    Backup,
    /// The signature is not the key's.
    Signature,
    /// An attestation, though none was asked for.
    Attestation,
    /// No passkey of this union.
    Unknown,
    /// The passkey is another member's.
    Owner,
    /// The passkey is registered already.
    Taken,
}

impl FailedCheck {
    /// The word in the audit trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Ceremony => "ceremony",
            Self::Framed => "framed",
            Self::Type => "type",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::RelyingParty => "relying-party",
            Self::NotPresent => "not-present",
            Self::NotVerified => "not-verified",
            Self::Algorithm => "algorithm",
            Self::NotAskedFor => "not-asked-for",
            Self::Counter => "counter",
            Self::Backup => "backup",
            Self::Signature => "signature",
            Self::Attestation => "attestation",
            Self::Unknown => "unknown",
            Self::Owner => "owner",
            Self::Taken => "taken",
        }
    }

    /// What the member is told.
    pub fn flaw(self) -> PasskeyFlaw {
        match self {
            Self::Ceremony => PasskeyFlaw::TooLate,
            Self::Counter => PasskeyFlaw::Copied,
            Self::Unknown => PasskeyFlaw::Unknown,
            Self::Taken => PasskeyFlaw::AlreadyHere,
            Self::Malformed
            | Self::Framed
            | Self::Type
            | Self::Challenge
            | Self::Origin
            | Self::RelyingParty
            | Self::NotPresent
            | Self::NotVerified
            | Self::Algorithm
            | Self::NotAskedFor
            | Self::Backup
            | Self::Signature
            | Self::Attestation
            | Self::Owner => PasskeyFlaw::NotAccepted,
        }
    }
}

/// A question for a browser.
#[derive(Debug)]
pub struct CeremonyRequest {
    /// What the page's script hands to `navigator.credentials`.
    pub options: Value,
    /// The challenge in it.
    pub challenge: Vec<u8>,
    /// What the library wants back with the answer.
    pub state: Vec<u8>,
}

/// A browser's answer to "make one".
#[derive(Debug)]
pub struct MadeAnswer {
    answer: RegisterPublicKeyCredential,
    /// What the browser says about its side.
    pub client: ClientData,
    /// What the authenticator says about itself, unchecked: for proposing a name.
    pub hints: Hints,
}

/// A browser's answer to "show one".
#[derive(Debug)]
pub struct ShownAnswer {
    answer: PublicKeyCredential,
    /// What the browser says about its side.
    pub client: ClientData,
}

/// Where a passkey seems to live.
#[derive(Debug, Default)]
pub struct Hints {
    /// The model of the authenticator (AAGUID).
    pub aaguid: Option<Uuid>,
    /// In this device, not beside it.
    pub is_built_in: bool,
    /// In a phone that was reached by its QR code.
    pub is_phone: bool,
    /// In a key for a USB port, or for holding near.
    pub is_key: bool,
}

/// A passkey that was just made, and is sound.
#[derive(Debug)]
pub struct Made {
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Everything for later checks, to be sealed.
    pub kept: Vec<u8>,
    /// The signature counter (Web Authentication Level 3, 6.1.1).
    pub count: u32,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it is copied to other devices now.
    pub backed_up: bool,
}

/// A passkey that was just shown, with user verification.
#[derive(Debug)]
pub struct VerifiedAssertion {
    /// The signature counter (Web Authentication Level 3, 6.1.1).
    pub count: u32,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it is copied to other devices now.
    pub backed_up: bool,
}

impl MadeAnswer {
    /// Reads what a page's script sent.
    ///
    /// # Errors
    /// [`FailedCheck`] when the answer cannot be read.
    pub fn parse(text: &str) -> Result<Self, FailedCheck> {
        let said: Value = parse(text)?;
        let object = said.pointer("/response/attestationObject");
        let silent =
            bytes(&said, "/response/attestationObject").and_then(|object| without_statement(&object));
        // What is no attestation object stays as it is: the library refuses it, once its ceremony is over.
        let object = silent.map(|object| json!(BASE64URL_NOPAD.encode(&object))).or_else(|| object.cloned());
        let answer: RegisterPublicKeyCredential = from_value(json!({
            "id": "",
            "rawId": said.get("rawId"),
            "type": "public-key",
            "response": {
                "attestationObject": object,
                "clientDataJSON": said.pointer("/response/clientDataJSON"),
            },
        }))?;
        let client = ClientData::parse(&answer.response.client_data_json).ok_or(FailedCheck::Malformed)?;
        Ok(Self { answer, client, hints: Hints::parse(text) })
    }

    /// What the browser says the passkey is called; the authenticator's own word is in what the library reads.
    pub fn credential_id(&self) -> &[u8] {
        &self.answer.raw_id
    }
}

impl ShownAnswer {
    /// Reads what a page's script sent.
    ///
    /// # Errors
    /// [`FailedCheck`] when the answer cannot be read.
    pub fn parse(text: &str) -> Result<Self, FailedCheck> {
        let said: Value = parse(text)?;
        let part = |name: &str| said.pointer(&format!("/response/{name}"));
        // An empty user handle is none, and so is one that cannot be read (D32).
        let owner = bytes(&said, "/response/userHandle").map(|owner| BASE64URL_NOPAD.encode(&owner));
        let answer: PublicKeyCredential = from_value(json!({
            "id": "",
            "rawId": said.get("rawId"),
            "type": "public-key",
            "response": {
                "authenticatorData": part("authenticatorData"),
                "clientDataJSON": part("clientDataJSON"),
                "signature": part("signature"),
                "userHandle": owner,
            },
        }))?;
        let client = ClientData::parse(&answer.response.client_data_json).ok_or(FailedCheck::Malformed)?;
        Ok(Self { answer, client })
    }

    /// Which passkey is shown.
    pub fn credential_id(&self) -> &[u8] {
        &self.answer.raw_id
    }

    /// Whose the authenticator says it is; `None` where it does not say.
    pub fn owner(&self) -> Option<&[u8]> {
        self.answer.get_user_unique_id()
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, FailedCheck> {
    serde_json::from_str(text).map_err(|_| FailedCheck::Malformed)
}

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, FailedCheck> {
    serde_json::from_value(value).map_err(|_| FailedCheck::Malformed)
}

/// The bytes of a member of an answer; `None` where there are none.
fn bytes(said: &Value, place: &str) -> Option<Vec<u8>> {
    let text = said.pointer(place)?.as_str()?;
    BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|bytes| !bytes.is_empty())
}

/// An attestation object that states nothing: the same authenticator data, to the byte, under the format `none`.
///
/// # Decision
/// No statement is judged, of whatever format (D32).
/// # Because
/// None was asked for (WA §5.4.7), and authenticators hand them in all the same: Windows Hello `tpm`, older Androids
/// `android-key`. What counts stands in the authenticator data, and is judged there; a statement speaks about the maker of
/// the device, whom nobody here trusts or distrusts.
fn without_statement(object: &[u8]) -> Option<Vec<u8>> {
    use serde_cbor_2::Value as Cbor;
    let text = |word: &str| Cbor::Text(word.to_owned());
    let Ok(Cbor::Map(mut stated)) = serde_cbor_2::from_slice(object) else { return None };
    let data = stated.remove(&text("authData")).filter(|data| matches!(data, Cbor::Bytes(_)))?;
    let silent = [
        (text("fmt"), text("none")),
        (text("attStmt"), Cbor::Map(std::collections::BTreeMap::new())),
        (text("authData"), data),
    ];
    serde_cbor_2::to_vec(&Cbor::Map(silent.into())).ok()
}

impl Hints {
    fn parse(text: &str) -> Self {
        let said: Value = serde_json::from_str(text).unwrap_or_default();
        let data = said.pointer("/response/authenticatorData").and_then(Value::as_str).unwrap_or_default();
        let data = BASE64URL_NOPAD.decode(data.as_bytes()).unwrap_or_default();
        let ways = said.pointer("/response/transports").and_then(Value::as_array).cloned();
        let goes = |way: &str| ways.iter().flatten().any(|one| one == way);
        Self {
            aaguid: crate::domain::passkey::aaguid(&data),
            is_built_in: said.get("authenticatorAttachment").is_some_and(|word| word == "platform"),
            is_phone: goes("hybrid"),
            is_key: goes("usb") || goes("nfc") || goes("ble"),
        }
    }
}

/// A union as passkeys know it.
#[derive(Debug)]
pub struct RelyingParty {
    webauthn: Webauthn,
    origin: String,
    resident_key: &'static str,
}

impl RelyingParty {
    /// The union's RP ID and its one exact origin (C3): no subdomains, no other port.
    ///
    /// # Errors
    /// `Fault` when the union's host and relying-party ID do not fit each other.
    pub fn of(tenant: &Tenant, public: &PublicAddress) -> Result<Self, Fault> {
        let broken = |_| Fault::Inconsistent("a union's host that is no origin");
        let url = Url::parse(&public.origin(tenant))
            .map_err(|_| Fault::Inconsistent("a union's host that is no address"))?;
        // As browsers write it: without the port that belongs to the scheme.
        let origin = url.origin().ascii_serialization();
        let webauthn = WebauthnBuilder::new(&tenant.rp_id, &url)
            .map_err(broken)?
            .rp_name(&tenant.name)
            .timeout(CEREMONY.unsigned_abs())
            .build()
            .map_err(broken)?;
        // `preferred` makes Android store a synced passkey instead of a key bound to the handset; `required` fails on
        // security keys without storage, and is needed only where a passkey has to be found without a user ID.
        let resident_key = match tenant.policy.passkey {
            PasskeyRole::SecondFactor => "preferred",
            PasskeyRole::Alone => "required",
        };
        Ok(Self { webauthn, origin, resident_key })
    }

    /// "Make one, unless you hold one of these." User verification is required; platform, security key and phone are
    /// all welcome; ES256, ES384 and RS256 are understood.
    ///
    /// # Errors
    /// `Fault` when the library cannot make the request.
    pub fn ask_to_make(
        &self,
        owner: Uuid,
        login: &str,
        held: Vec<CredentialID>,
    ) -> Result<CeremonyRequest, Fault> {
        // The authenticator shows user IDs, so nothing more about the member leaves the portal.
        let (options, state) = self
            .webauthn
            .start_passkey_registration(owner, login, login, Some(held))
            .map_err(|_| Fault::Inconsistent("a member no passkey can be made for"))?;
        let challenge = options.public_key.challenge.clone();
        let mut options = to_value(&options)?;
        // The library asks for "discouraged" and offers no other way (WA §5.4.6).
        if let Some(wish) =
            options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut)
        {
            wish.insert("residentKey".to_owned(), json!(self.resident_key));
            wish.insert("requireResidentKey".to_owned(), json!(self.resident_key == "required"));
        }
        Ok(CeremonyRequest { options, challenge, state: to_bytes(&state)? })
    }

    /// "Show one of these."
    ///
    /// # Errors
    /// `Fault` when the library cannot make the request.
    pub fn ask_to_show(&self, held: &[Vec<u8>]) -> Result<CeremonyRequest, Fault> {
        let held: Vec<Passkey> = held.iter().map(|kept| from_bytes(kept)).collect::<Result<_, _>>()?;
        if held.is_empty() {
            return Err(Fault::Inconsistent("asking for a passkey of a member who has none"));
        }
        let (options, state) = self
            .webauthn
            .start_passkey_authentication(&held)
            .map_err(|_| Fault::Inconsistent("kept passkeys that cannot be asked for"))?;
        let challenge = options.public_key.challenge.clone();
        let options = json!({ "publicKey": to_value(&options.public_key)? });
        Ok(CeremonyRequest { options, challenge, state: to_bytes(&state)? })
    }

    /// "Show any you hold for this union."
    ///
    /// # Errors
    /// `Fault` when the library cannot make the request.
    pub fn ask_for_any(&self) -> Result<CeremonyRequest, Fault> {
        let (options, state) = self
            .webauthn
            .start_discoverable_authentication()
            .map_err(|_| Fault::Inconsistent("a union no passkey can be asked for"))?;
        let challenge = options.public_key.challenge.clone();
        // Whether it waits in the autofill list or opens a sheet is the page's own business.
        let options = json!({ "publicKey": to_value(&options.public_key)? });
        Ok(CeremonyRequest { options, challenge, state: to_bytes(&state)? })
    }

    /// Checks a passkey that was made (WA §7.1).
    ///
    /// # Errors
    /// [`FailedCheck`]: the first check that said no.
    pub fn judge_made(&self, made: &MadeAnswer, state: &[u8]) -> Result<Made, FailedCheck> {
        let state: PasskeyRegistration = serde_json::from_slice(state).map_err(|_| FailedCheck::Ceremony)?;
        if made.client.is_framed {
            return Err(FailedCheck::Framed);
        }
        let passkey = self.webauthn.finish_passkey_registration(&made.answer, &state).map_err(|f| why(&f))?;
        self.is_ours(&made.client)?;
        let kept = serde_json::to_vec(&passkey).map_err(|_| FailedCheck::Malformed)?;
        let credential = Credential::from(passkey);
        let credential_id: Vec<u8> = credential.cred_id;
        if credential_id.is_empty() || credential_id.len() > LONGEST_ID {
            return Err(FailedCheck::Malformed);
        }
        Ok(Made {
            credential_id,
            kept,
            count: credential.counter,
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backup_state,
        })
    }

    /// Checks one of the member's passkeys that was shown (WA §7.2).
    ///
    /// # Errors
    /// [`FailedCheck`]: the first check that said no.
    pub fn judge_shown(&self, shown: &ShownAnswer, state: &[u8]) -> Result<VerifiedAssertion, FailedCheck> {
        let state: PasskeyAuthentication =
            serde_json::from_slice(state).map_err(|_| FailedCheck::Ceremony)?;
        if shown.client.is_framed {
            return Err(FailedCheck::Framed);
        }
        let judged = self.webauthn.finish_passkey_authentication(&shown.answer, &state);
        let verified = judged.map(from).map_err(|f| why(&f))?;
        self.is_ours(&shown.client).map(|()| verified)
    }

    /// Checks a passkey that was shown by itself, against the one we keep under its id.
    ///
    /// # Errors
    /// [`FailedCheck`]: the first check that said no.
    pub fn judge_any(
        &self,
        shown: &ShownAnswer,
        state: &[u8],
        kept: &[u8],
    ) -> Result<VerifiedAssertion, FailedCheck> {
        let state: DiscoverableAuthentication =
            serde_json::from_slice(state).map_err(|_| FailedCheck::Ceremony)?;
        if shown.client.is_framed {
            return Err(FailedCheck::Framed);
        }
        let passkey: Passkey = serde_json::from_slice(kept).map_err(|_| FailedCheck::Malformed)?;
        let judged = self.webauthn.finish_discoverable_authentication_v2(
            &shown.answer,
            state,
            DiscoverableKey::from(passkey),
        );
        let verified = judged.map(from).map_err(|f| why(&f))?;
        self.is_ours(&shown.client).map(|()| verified)
    }

    /// The origin letter by letter (C3). The library compares addresses, to which `HTTPS://HOST/path` is the same; no
    /// browser writes that.
    fn is_ours(&self, client: &ClientData) -> Result<(), FailedCheck> {
        if client.origin == self.origin { Ok(()) } else { Err(FailedCheck::Origin) }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands for a conversion")]
fn from(result: AuthenticationResult) -> VerifiedAssertion {
    VerifiedAssertion {
        count: result.counter(),
        backup_eligible: result.backup_eligible(),
        backed_up: result.backup_state(),
    }
}

/// The library's reason in the words of the trail.
fn why(fault: &WebauthnError) -> FailedCheck {
    match fault {
        WebauthnError::InvalidClientDataType => FailedCheck::Type,
        WebauthnError::MismatchedChallenge | WebauthnError::ChallengeNotFound => FailedCheck::Challenge,
        WebauthnError::InvalidRPOrigin => FailedCheck::Origin,
        WebauthnError::InvalidRPIDHash => FailedCheck::RelyingParty,
        WebauthnError::CredentialCrossOrigin => FailedCheck::Framed,
        WebauthnError::UserNotPresent => FailedCheck::NotPresent,
        WebauthnError::UserNotVerified => FailedCheck::NotVerified,
        WebauthnError::CredentialAlteredAlgFromRequest | WebauthnError::SshPublicKeyEDUnsupported => {
            FailedCheck::Algorithm
        }
        WebauthnError::CredentialNotFound => FailedCheck::NotAskedFor,
        WebauthnError::CredentialPossibleCompromise => FailedCheck::Counter,
        WebauthnError::CredentialBackupEligibilityInconsistent
        | WebauthnError::CredentialMayNotBeHardwareBound => FailedCheck::Backup,
        WebauthnError::AuthenticationFailure => FailedCheck::Signature,
        WebauthnError::AttestationNotSupported => FailedCheck::Attestation,
        _ => FailedCheck::Malformed,
    }
}

fn to_value(value: &impl serde::Serialize) -> Result<Value, Fault> {
    serde_json::to_value(value).map_err(|_| Fault::Inconsistent("a ceremony that cannot be written"))
}

fn to_bytes(value: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|_| Fault::Inconsistent("a ceremony that cannot be written"))
}

fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|_| Fault::Inconsistent("a kept passkey that cannot be read"))
}
