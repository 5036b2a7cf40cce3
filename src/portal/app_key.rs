//! The key an authenticator app is set up with: one for each attempt and each session, sealed where it is kept (D2).

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::{Digest as _, Sha256};

use super::{Deed, Fault, Field, Portal, Stop};
use crate::{
    domain::{
        audit::Event,
        clock::TrustedTime,
        code::SixDigits,
        device_name,
        member::{AttemptId, DeviceId, Member, SessionId},
        refusal::Refusal,
        route::Route,
        tenant::{Method, Tenant},
        totp,
    },
    store::{self, epoch::EpochChange, totp::AppRow},
    vault::{SealContext, SealedColumn},
    world::random_bytes,
};

/// The page where an app is added to those of a member who is signed in, as its forms are kept.
pub(super) const PAGE: Route = Route::AddApp;

/// What the set-up page shows.
#[derive(Debug)]
pub struct AppSetup {
    /// The key in groups of four, for typing.
    pub key: String,
    /// What the QR code says.
    pub url: String,
    /// The user ID, shown in the app.
    pub account: String,
    /// Tells this secret from another one, and nothing about it.
    pub mark: String,
}

/// What the set-up page offers.
#[derive(Debug)]
pub struct AppSetupOffer {
    /// The code as typed.
    pub code: String,
    /// The device's name as typed.
    pub name: String,
    /// The name when none was typed.
    pub default_name: String,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub everywhere: bool,
    /// Coarse device of the browser, for the session list.
    pub browser: String,
}

/// What a page shows of a secret that is to become an app.
pub(super) fn shown(tenant: &Tenant, member: &Member, secret: &SecretSlice<u8>) -> Result<AppSetup, Fault> {
    let account = member.login.as_str().to_owned();
    let url = totp::otpauth_url(secret.expose_secret(), &tenant.policy.app_otp.issuer, &account)
        .ok_or(Fault::Inconsistent("an issuer that no app accepts"))?;
    let digest = Sha256::digest(secret.expose_secret());
    let mark = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(AppSetup { key: totp::grouped_key(secret.expose_secret()), url, account, mark })
}

/// Where the secret of an attempt is sealed to.
pub(super) fn of_attempt(tenant: &Tenant, attempt: AttemptId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: SealedColumn::AttemptSecret, row: attempt.uuid() }
}

/// Where the secret of a session is sealed to.
pub(super) fn of_session(tenant: &Tenant, session: SessionId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: SealedColumn::SessionSecret, row: session.uuid() }
}

impl Portal {
    /// A fresh key, sealed to [`of_attempt`] or [`of_session`].
    pub(super) fn fresh_app_key(&self, place: SealContext<'_>) -> Result<Vec<u8>, Fault> {
        let secret: [u8; totp::SECRET_BYTES] = random_bytes(self.rng.as_ref())?;
        Ok(self.vault.seal(place, &secret)?)
    }

    /// Verifies the first code of an app, and everything else of its form: the device as it is to be kept, or every flaw
    /// at its field.
    pub(super) fn verify_first_code(
        &self,
        tenant: &Tenant,
        secret: &SecretSlice<u8>,
        offer: &AppSetupOffer,
        now: TrustedTime,
    ) -> Deed<AppRow> {
        let mut refused = Vec::new();
        let name = Some(device_name::typed(&offer.name)).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| offer.default_name.clone());
        if name.chars().count() > device_name::LONGEST {
            refused.push((Field::DeviceName, Refusal::DeviceNameTooLong { max: device_name::LONGEST }));
        }
        let code = SixDigits::parse(&offer.code).map_err(|refusal| refused.push((Field::Code, refusal))).ok();
        let skew = tenant.policy.app_otp.skew_steps;
        let step = code.as_ref().and_then(|code| totp::verify(secret.expose_secret(), code, now, 0, skew));
        if code.is_some() && step.is_none() {
            refused.push((Field::Code, Refusal::WrongCodeAtSetUp));
        }
        let Some(last_step) = step.filter(|_| refused.is_empty()) else { return Err(Stop::Refused(refused)) };
        let id = DeviceId::new(now.at(), self.chance()?);
        let secret = self.vault.seal(device_place(tenant, id), secret.expose_secret())?;
        Ok(AppRow { id, name, secret, last_step, created_at: now.at() })
    }

    /// Keeps an app that has shown its first code, with its event, within the union's limit.
    pub(super) async fn keep_app(
        &self,
        tx: &mut EpochChange<'_>,
        tenant: &Tenant,
        device: &AppRow,
        now: Timestamp,
    ) -> Deed<()> {
        let (max, member) = (tenant.policy.app_otp.max_devices, tx.member());
        if store::totp::of_member(tx, member).await?.len() >= max {
            return Err(Stop::refuse(Field::Code, Refusal::TooManyDevices { max }));
        }
        if !store::totp::add(tx, device, now).await? {
            return Err(Stop::refuse(Field::DeviceName, Refusal::DeviceNameTaken));
        }
        let event = Event::FactorAdded { method: Method::AppOtp, device: Some(device.id) };
        self.note(tx, Some(member), event, now)?;
        Ok(())
    }
}

/// Where the secret of an app is sealed to.
pub(super) fn device_place(tenant: &Tenant, device: DeviceId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: SealedColumn::AppSecret, row: device.uuid() }
}
