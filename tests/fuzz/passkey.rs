//! Passkeys: the JSON that a page's script posts, and the bytes in it. Nothing that was signed can be changed, and nothing
//! unsigned that was asked for.

use data_encoding::BASE64URL_NOPAD;
use kenpo_portal::{
    domain::{
        origin::PublicAddress,
        passkey::{ClientData, LONGEST_ID},
    },
    portal::passkey::relying_party::{CeremonyRequest, FailedCheck, MadeAnswer, RelyingParty, ShownAnswer},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    engine::{Target, fuzz},
    mutation::{Random, mutated},
    tenants::{folder, read},
};

#[path = "../journeys/town/authenticator.rs"]
#[allow(dead_code, reason = "of the journeys' authenticator only what makes and shows")]
mod authenticator;

use authenticator::{Authenticator, statement_of};

const WORDS: &[&str] = &[
    "\"id\"",
    "\"rawId\"",
    "\"response\"",
    "\"clientDataJSON\"",
    "\"attestationObject\"",
    "\"authenticatorData\"",
    "\"signature\"",
    "\"userHandle\"",
    "\"type\"",
    "null",
    "{}",
    "[]",
    "\"\"",
    "\"public-key\"",
    "AAAA",
    "=",
    "\\u0000",
    "1e999",
    "webauthn.get",
    "webauthn.create",
    "crossOrigin",
    "true",
    "topOrigin",
    "https://",
    "fmt",
    "attStmt",
    "authData",
    "none",
    "packed",
    "tpm",
    "x5c",
];
/// What no CBOR, or too much of it, begins with.
const HEADS: &[&[u8]] = &[
    b"\xa0",
    b"\xa3",
    b"\xbf",
    b"\x9f",
    b"\xff",
    b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\xfb",
    b"\xd8\x40",
    b"\x58\x25",
    b"\x59\xff\xff",
    b"\x81\x81\x81\x81\x81\x81\x81\x81",
    b"\x01\x03\x39\x01\x00",
    b"\x00\x00\x00\x00",
];

/// A union with its origin, and what was asked of a browser.
struct Asked {
    party: RelyingParty,
    origin: String,
    rp_id: String,
    make: CeremonyRequest,
    show: CeremonyRequest,
    any: CeremonyRequest,
    kept: Vec<u8>,
}

/// The bytes that stand in base64url at that place.
fn bytes(said: &Value, place: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(said.pointer(place).unwrap().as_str().unwrap().as_bytes()).unwrap()
}

/// Changes the bytes of one part of an answer, which mostly stay hidden behind base64url.
fn inside(random: &mut Random, input: &[u8]) -> Option<Vec<u8>> {
    let mut said: Value = serde_json::from_slice(input).ok()?;
    let places = [
        "/rawId",
        "/response/clientDataJSON",
        "/response/attestationObject",
        "/response/authenticatorData",
        "/response/signature",
        "/response/userHandle",
    ];
    let part = said.pointer_mut(random.of(&places))?;
    let old = BASE64URL_NOPAD.decode(part.as_str()?.as_bytes()).ok()?;
    let new = if random.one_in(4) {
        let at = random.below(old.len() + 1);
        [&old[..at], random.of(HEADS), &old[at..]].concat()
    } else {
        mutated(random, &old, &old, WORDS)
    };
    *part = json!(BASE64URL_NOPAD.encode(&new));
    serde_json::to_vec(&said).ok()
}

#[test]
fn passkey() {
    let dir = folder();
    let tenant = read(dir.path()).tenants.iter().next().unwrap().clone();
    let public = PublicAddress { scheme: "https".to_owned(), port: None };
    let origin = public.origin(&tenant);
    let party = RelyingParty::of(&tenant, &public).unwrap();
    let owner = Uuid::from_bytes([7; 16]);
    let mut phone = Authenticator::new(1);

    let make = party.ask_to_make(owner, "hanako", Vec::new()).unwrap();
    let mut made = vec![phone.create(&make.options, &origin).unwrap()];
    let kept = party.judge_made(&MadeAnswer::parse(&made[0].to_string()).unwrap(), &make.state).unwrap().kept;
    for (seed, format) in [(2, "packed"), (3, "tpm"), (4, "fido-u2f"), (5, "apple")] {
        let mut other = Authenticator::security_key(seed);
        other.protects = true;
        other.lies.format = Some(format);
        other.lies.statement = Some(statement_of(format));
        other.lies.algorithm = (format == "tpm").then_some(-257);
        made.push(other.create(&make.options, &origin).unwrap());
    }
    let show = party.ask_to_show(std::slice::from_ref(&kept)).unwrap();
    let any = party.ask_for_any().unwrap();
    let shown = [&show, &any].map(|asked| phone.get(&asked.options, &origin).unwrap());
    // What the passkey has signed, and nothing else may be accepted as.
    let signed = shown.clone().map(|answer| {
        [bytes(&answer, "/response/authenticatorData"), bytes(&answer, "/response/clientDataJSON")]
    });
    let seeds = made.iter().chain(&shown).map(|answer| answer.to_string().into_bytes()).collect();
    let rp_id = tenant.rp_id.clone();
    let asked = Asked { party, origin, rp_id, make, show, any, kept };

    let target =
        Target { name: "passkey", seeds, words: WORDS, longest: 48 * 1024, own: Some(inside), inputs: 800 };
    fuzz(&target, |input| {
        let text = String::from_utf8_lossy(input);
        let made = MadeAnswer::parse(&text).and_then(|answer| judge_made(&asked, &text, &answer));
        let shown = ShownAnswer::parse(&text).and_then(|answer| judge_shown(&asked, &text, &answer, &signed));
        (format!("{:?}", made.err()), format!("{:?}", shown.err()))
    });
}

/// What has to hold of an answer to "make one" that is accepted.
fn judge_made(asked: &Asked, text: &str, answer: &MadeAnswer) -> Result<(), FailedCheck> {
    let made = asked.party.judge_made(answer, &asked.make.state)?;
    let said: Value = serde_json::from_str(text).unwrap();
    let client = bytes(&said, "/response/clientDataJSON");
    let wanted = ClientData {
        challenge: asked.make.challenge.clone(),
        origin: asked.origin.clone(),
        is_framed: false,
    };
    assert_eq!(ClientData::parse(&client), Some(wanted));
    let client: Value = serde_json::from_slice(&client).unwrap();
    assert_eq!((&client["type"], &client["origin"]), (&json!("webauthn.create"), &json!(asked.origin)));
    assert!((1..=LONGEST_ID).contains(&made.credential_id.len()));
    // The authenticator data stands in the object as bytes: made for this relying party, by somebody present and verified.
    let object = bytes(&said, "/response/attestationObject");
    let hash = Sha256::digest(&asked.rp_id);
    let at = object.windows(32).position(|window| window == hash.as_slice()).expect("made for this union");
    assert_eq!(object[at + 32] & 0b0100_0101, 0b0100_0101, "present, verified, with a key in it");
    assert!(made.backup_eligible || !made.backed_up);
    // What was kept can be asked for.
    assert!(asked.party.ask_to_show(&[made.kept]).is_ok());
    Ok(())
}

/// What has to hold of an answer to "show one" that is accepted: it is the one that was signed.
fn judge_shown(
    asked: &Asked,
    text: &str,
    answer: &ShownAnswer,
    signed: &[[Vec<u8>; 2]; 2],
) -> Result<(), FailedCheck> {
    let one = asked.party.judge_shown(answer, &asked.show.state);
    let any = asked.party.judge_any(answer, &asked.any.state, &asked.kept);
    for (accepted, signed) in [one.is_ok(), any.is_ok()].into_iter().zip(signed) {
        if accepted {
            let said: Value = serde_json::from_str(text).unwrap();
            let parts =
                ["/response/authenticatorData", "/response/clientDataJSON"].map(|place| bytes(&said, place));
            assert_eq!(&parts, signed, "accepted, and never signed");
        }
    }
    one.or(any).map(drop)
}
