//! The authenticator inside a phone, a PC or a security key, as Chromium plays it (Web Authentication §11): it holds
//! passkeys and does as told, without anybody's finger.

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::browser::Browser;

/// Tells when the page has asked for a passkey at the field of the user ID (`mediation: "conditional"`), when that has come to
/// something or nothing, and which signals the browser has taken in.
const NOTES: &str = "
    const own = CredentialsContainer.prototype.get;
    CredentialsContainer.prototype.get = function (asked) {
        const answer = own.call(this, asked);
        if (asked?.mediation === 'conditional') {
            window.listHasAsked = true;
            const ended = () => { window.listHasEnded = true; };
            answer.then(ended, ended);
        }
        return answer;
    };
    window.takenIn = new Set();
    for (const signal of ['signalAllAcceptedCredentials', 'signalCurrentUserDetails', 'signalUnknownCredential']) {
        const own = window.PublicKeyCredential?.[signal];
        if (own) PublicKeyCredential[signal] = async function (about) {
            await own.call(this, about);
            takenIn.add(signal);
        };
    }";

/// One authenticator of the browser.
pub struct Keyring<'b> {
    browser: &'b Browser,
    id: String,
}

impl<'b> Keyring<'b> {
    /// A phone's or a PC's own, whose passkeys its provider copies to the member's other devices.
    pub async fn built_in(browser: &'b Browser) -> Self {
        let options = json!({
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal",
            "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true,
            "automaticPresenceSimulation": true, "defaultBackupEligibility": true, "defaultBackupState": true,
        });
        Self::add(browser, options).await
    }

    /// A key for the USB port, which counts.
    pub async fn on_usb(browser: &'b Browser) -> Self {
        let options = json!({
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "usb",
            "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true,
            "automaticPresenceSimulation": true,
        });
        Self::add(browser, options).await
    }

    async fn add(browser: &'b Browser, options: Value) -> Self {
        browser.in_every_page(&format!("{{{NOTES}}}")).await;
        browser.devtools("WebAuthn.enable", json!({ "enableUI": false })).await;
        let added = browser.devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await;
        let id = added["authenticatorId"].as_str().expect("an authenticator").to_owned();
        Self { browser, id }
    }

    /// Whether the member lets it recognise them from now on; else the browser ends the sheet, as when it is closed.
    pub async fn recognises(&self, recognises: bool) {
        self.tell("WebAuthn.setUserVerified", json!({ "isUserVerified": recognises })).await;
    }

    /// The authenticator claims to have verified nobody, although it was asked to.
    pub async fn forgets_to_verify(&self) {
        self.tell("WebAuthn.setResponseOverrideBits", json!({ "isBadUV": true })).await;
    }

    /// Whether somebody is there to touch it from now on.
    pub async fn attended(&self, attended: bool) {
        self.tell("WebAuthn.setAutomaticPresenceSimulation", json!({ "enabled": attended })).await;
    }

    /// Waits until the page has asked for a passkey at the field of the user ID, so that what changes from now on is there
    /// for the button. The browser may still be about to answer.
    pub async fn list_has_asked(&self) {
        self.noted("a page that has asked for a passkey", "window.listHasAsked === true").await;
    }

    /// Waits until what the page has asked for at the field of the user ID has come to something or nothing.
    pub async fn list_has_ended(&self) {
        self.noted("a question for a passkey that has ended", "window.listHasEnded === true").await;
    }

    /// Waits until the page has given this signal, and the browser has taken it in.
    pub async fn was_told(&self, signal: &str) {
        self.noted(signal, &format!("window.takenIn?.has('{signal}') === true")).await;
    }

    async fn noted(&self, what: &str, is_so: &str) {
        let script = format!("arguments[0]({is_so});");
        self.browser
            .until(what.to_owned(), async || {
                Ok((self.browser.try_run(&script, vec![]).await? == true).then_some(()))
            })
            .await;
    }

    /// Remembers a passkey for this relying party that the portal knows nothing of.
    pub async fn remembers_a_strange_one(&self, rp_id: &str) {
        let key = rcgen::KeyPair::generate().expect("a key on P-256").serialize_der();
        let credential = json!({
            "credentialId": BASE64.encode(&[7; 32]), "isResidentCredential": true, "rpId": rp_id,
            "privateKey": BASE64.encode(&key), "userHandle": BASE64.encode(&[9; 16]), "signCount": 0,
        });
        self.tell("WebAuthn.addCredential", json!({ "credential": credential })).await;
    }

    /// Goes into the drawer.
    pub async fn unplug(self) {
        self.tell("WebAuthn.removeVirtualAuthenticator", json!({})).await;
    }

    /// The passkeys it holds.
    pub async fn passkeys(&self) -> Vec<Value> {
        let held = self.tell("WebAuthn.getCredentials", json!({})).await;
        held["credentials"].as_array().expect("a list").clone()
    }

    /// Waits until it holds nothing.
    pub async fn is_empty(&self) {
        self.browser
            .until("an empty keyring".to_owned(), async || Ok(self.passkeys().await.is_empty().then_some(())))
            .await;
    }

    async fn tell(&self, method: &str, mut parameters: Value) -> Value {
        parameters["authenticatorId"] = json!(self.id);
        self.browser.devtools(method, parameters).await
    }
}
