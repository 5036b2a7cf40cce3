//! Wallet: a password manager that keeps passkeys, written by other hands, and always honest. Where it and the town's
//! own authenticator both get in, the portal asks for what the specification says and not for what one of them does.

use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::rust_crypto::RustCryptoBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
    },
};
use serde_json::Value;
use webauthn_rs::prelude::Url;

/// Somebody at the device who agrees to everything.
struct Somebody;

#[async_trait::async_trait]
impl UserValidationMethod for Somebody {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        _: bool,
        _: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: true })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// Keeps one passkey.
#[derive(Default)]
pub struct Wallet {
    kept: Option<Passkey>,
}

impl Wallet {
    /// Makes or shows a passkey, whichever the options ask for.
    pub async fn answer(&mut self, options: &Value, page_origin: &str) -> Value {
        let (options, origin) = (options.clone(), Url::parse(page_origin).unwrap());
        let device = Authenticator::new(Aaguid::new_empty(), self.kept.take(), Somebody, RustCryptoBackend);
        let mut browser = Client::new(device);
        let answer = if options["publicKey"]["rp"].is_object() {
            let options = serde_json::from_value(options).unwrap();
            let made = browser.register(&origin, options, DefaultClientData).await.unwrap();
            serde_json::to_value(made).unwrap()
        } else {
            let options = serde_json::from_value(options).unwrap();
            let shown = browser.authenticate(&origin, options, DefaultClientData).await.unwrap();
            serde_json::to_value(shown).unwrap()
        };
        self.kept.clone_from(browser.authenticator().store());
        answer
    }
}
