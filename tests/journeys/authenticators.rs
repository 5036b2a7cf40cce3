//! Authenticators: the town's own one before the library alone, and one by other hands before the portal. What ours says
//! honestly is accepted, and each of its lies is a lie: a story in which a lie is refused is worth nothing if the truth
//! would be refused too.

use serde::de::DeserializeOwned;
use serde_json::Value;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Passkey, Url, Uuid, WebauthnError},
};

use crate::{
    passkey::{PROVE, SET_UP, at_set_up},
    passkey_alone::{ALONE, alone},
    town::{Authenticator, JSW, Lies, Town, Wallet, hours},
    walk::{NEW_PASSWORD, sign_in},
};

const ORIGIN: &str = "https://www.example.jp";

fn library() -> Webauthn {
    WebauthnBuilder::new("example.jp", &Url::parse(ORIGIN).unwrap()).unwrap().build().unwrap()
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn register(device: &mut Authenticator) -> Result<Passkey, WebauthnError> {
    let library = library();
    let (options, state) =
        library.start_passkey_registration(Uuid::from_u128(7), "hanako", "hanako", None).unwrap();
    let answer = device.create(&serde_json::to_value(options).unwrap(), ORIGIN).unwrap();
    library.finish_passkey_registration(&read(answer), &state)
}

fn show(device: &mut Authenticator, passkey: &Passkey) -> Result<(), WebauthnError> {
    let library = library();
    let (options, state) = library.start_passkey_authentication(std::slice::from_ref(passkey)).unwrap();
    let answer = device.get(&serde_json::to_value(options).unwrap(), ORIGIN).unwrap();
    library.finish_passkey_authentication(&read(answer), &state).map(drop)
}

#[test]
fn an_honest_device_is_accepted_when_it_makes_a_passkey_and_when_it_shows_it() {
    for mut device in [Authenticator::new(1), Authenticator::security_key(1)] {
        let passkey = register(&mut device).unwrap();
        assert_eq!(device.ids(), [passkey.cred_id().clone()]);
        assert_eq!(device.user_handles(), [Uuid::from_u128(7).as_bytes()]);
        show(&mut device, &passkey).unwrap();
        show(&mut device, &passkey).unwrap();
    }
}

#[test]
fn each_lie_about_a_new_passkey_is_noticed() {
    type Noticed = fn(&WebauthnError) -> bool;
    let lies: [(Lies, Noticed); 11] = [
        (Lies::told(|lies| lies.origin = Some("https://example.jp".into())), |error| {
            matches!(error, WebauthnError::InvalidRPOrigin)
        }),
        (Lies::told(|lies| lies.rp_id = Some("www.example.jp".into())), |error| {
            matches!(error, WebauthnError::InvalidRPIDHash)
        }),
        (Lies::told(|lies| lies.type_ = Some("webauthn.get")), |error| {
            matches!(error, WebauthnError::InvalidClientDataType)
        }),
        (Lies::told(|lies| lies.challenge = Some(vec![0; 32])), |error| {
            matches!(error, WebauthnError::MismatchedChallenge)
        }),
        (Lies::told(|lies| lies.cross_origin = true), |error| {
            matches!(error, WebauthnError::CredentialCrossOrigin)
        }),
        (Lies::told(|lies| lies.no_user_verification = true), |error| {
            matches!(error, WebauthnError::UserNotVerified)
        }),
        (Lies::told(|lies| lies.no_user_presence = true), |error| {
            matches!(error, WebauthnError::UserNotPresent)
        }),
        (Lies::told(|lies| lies.backup = Some((false, true))), |error| {
            matches!(error, WebauthnError::CredentialMayNotBeHardwareBound)
        }),
        (Lies::told(|lies| lies.algorithm = Some(-36)), |error| {
            matches!(error, WebauthnError::CredentialAlteredAlgFromRequest)
        }),
        (Lies::told(|lies| lies.algorithm = Some(-8)), |error| {
            matches!(error, WebauthnError::SshPublicKeyEDUnsupported)
        }),
        (Lies::told(|lies| lies.format = Some("portal-made-up")), |error| {
            matches!(error, WebauthnError::AttestationNotSupported)
        }),
    ];
    for (lies, is_noticed) in lies {
        let mut device = Authenticator::new(1);
        device.lies = lies.clone();
        let error = register(&mut device).unwrap_err();
        assert!(is_noticed(&error), "{lies:?}: {error:?}");
        device.lies = Lies::default();
        register(&mut device).unwrap();
    }
}

#[test]
fn each_lie_about_a_known_passkey_is_noticed() {
    type Noticed = fn(&WebauthnError) -> bool;
    let lies: [(Lies, Noticed); 9] = [
        (Lies::told(|lies| lies.origin = Some("http://www.example.jp".into())), |error| {
            matches!(error, WebauthnError::InvalidRPOrigin)
        }),
        (Lies::told(|lies| lies.rp_id = Some("www.example.jp".into())), |error| {
            matches!(error, WebauthnError::InvalidRPIDHash)
        }),
        (Lies::told(|lies| lies.type_ = Some("webauthn.create")), |error| {
            matches!(error, WebauthnError::InvalidClientDataType)
        }),
        (Lies::told(|lies| lies.challenge = Some(vec![0; 32])), |error| {
            matches!(error, WebauthnError::MismatchedChallenge)
        }),
        (Lies::told(|lies| lies.no_user_verification = true), |error| {
            matches!(error, WebauthnError::UserNotVerified)
        }),
        (Lies::told(|lies| lies.no_user_presence = true), |error| {
            matches!(error, WebauthnError::UserNotPresent)
        }),
        (Lies::told(|lies| lies.backup = Some((false, false))), |error| {
            matches!(error, WebauthnError::CredentialBackupEligibilityInconsistent)
        }),
        (Lies::told(|lies| lies.signature_by_another_key = true), |error| {
            matches!(error, WebauthnError::AuthenticationFailure)
        }),
        (Lies::told(|lies| lies.credential_id = Some(b"another".to_vec())), |error| {
            matches!(error, WebauthnError::CredentialNotFound)
        }),
    ];
    let mut device = Authenticator::new(1);
    let passkey = register(&mut device).unwrap();
    for (lies, is_noticed) in lies {
        device.lies = lies.clone();
        let error = show(&mut device, &passkey).unwrap_err();
        assert!(is_noticed(&error), "{lies:?}: {error:?}");
        device.lies = Lies::default();
        show(&mut device, &passkey).unwrap();
    }
    let mut key = Authenticator::security_key(2);
    let passkey = register(&mut key).unwrap();
    key.lies.counter = Some(7);
    let library = library();
    let (options, state) = library.start_passkey_authentication(&[passkey]).unwrap();
    let answer = key.get(&serde_json::to_value(options).unwrap(), ORIGIN).unwrap();
    let result = library.finish_passkey_authentication(&read(answer), &state).unwrap();
    assert_eq!(result.counter(), 7);
}

#[test]
fn a_browser_shows_no_page_another_hosts_passkeys_and_makes_no_second_one_beside_the_first() {
    let library = library();
    let mut device = Authenticator::new(1);
    let passkey = register(&mut device).unwrap();
    let excluded = Some(vec![passkey.cred_id().clone()]);
    let (options, _) =
        library.start_passkey_registration(Uuid::from_u128(7), "hanako", "hanako", excluded).unwrap();
    let options = serde_json::to_value(options).unwrap();
    assert_eq!(device.create(&options, ORIGIN).unwrap_err(), "InvalidStateError");
    for origin in ["https://example.com", "http://www.example.jp", "https://notexample.jp", "https://jp"] {
        assert_eq!(device.create(&options, origin).unwrap_err(), "SecurityError", "{origin}");
    }
    let (options, _) = library.start_passkey_authentication(&[passkey]).unwrap();
    let options = serde_json::to_value(options).unwrap();
    assert_eq!(device.get(&options, "https://example.com").unwrap_err(), "SecurityError");
    assert_eq!(Authenticator::new(2).get(&options, ORIGIN).unwrap_err(), "NotAllowedError");
}

#[tokio::test]
async fn a_password_manager_by_other_hands_registers_and_gets_in_both_ways() {
    let town = Town::edited(JSW, alone).await;
    let hanako = town.hanako(JSW).await;
    let mut wallet = Wallet::default();
    let mut browser = at_set_up(&town, &hanako).await;
    let options = browser.options(SET_UP).await;
    let made = wallet.answer(&options, &browser.origin()).await;
    browser.hand_in(SET_UP, &made).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");

    town.clock.advance(hours(24));
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(PROVE, "生体認証の設定");
    let options = browser.options(PROVE).await;
    let shown = wallet.answer(&options, &browser.origin()).await;
    browser.hand_in(PROVE, &shown).await.is_at("/", "サービス");

    let mut browser = town.browser(JSW);
    let options = browser.options(ALONE).await;
    let shown = wallet.answer(&options, &browser.origin()).await;
    browser.hand_in(ALONE, &shown).await.is_at("/", "サービス");
    town.close().await;
}
