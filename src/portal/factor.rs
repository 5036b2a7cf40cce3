//! Factors: setting up an authenticator app and proving it (D9, D10, D13).

use secrecy::ExposeSecret as _;

use super::{
    Deed, Fault, Field, Portal, Stop,
    app_key::{self, AppSetup, AppSetupOffer, device_place},
    attempt::Seen,
    finish::NewFactor,
    onward::AttemptOutcome,
    turn::TriesLeft,
};
use crate::{
    domain::{
        audit::Event,
        clock::TrustedTime,
        code::SixDigits,
        epoch::CredentialChange,
        member::{DeviceId, MemberId},
        refusal::Refusal,
        signin::{Goal, Step},
        tenant::{Method, Tenant},
        totp::{self, TimeStep},
    },
    store::{self},
    vault::Token,
};

pub use crate::store::totp::AppRow;

impl Portal {
    /// The key of this attempt's set-up: the same on reload, gone with the attempt (D2).
    ///
    /// # Errors
    /// `Fault` when the kept secret does not open.
    pub fn app_setup(&self, tenant: &Tenant, seen: &Seen) -> Result<AppSetup, Fault> {
        let place = app_key::of_attempt(tenant, seen.attempt.id);
        let secret = self.vault.open(place, &seen.attempt.setup_secret)?;
        app_key::shown(tenant, &seen.member, &secret)
    }

    /// Sets up an authenticator app: active only after its first right code, which counts as used (D10).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::DeviceName`: `DeviceNameTooLong`, `DeviceNameTaken`.
    /// - At `Field::Code`: `Empty`, `MalformedCode`, `WrongCodeAtSetUp`, `TooManyDevices`.
    pub async fn finish_app_setup(
        &self,
        tenant: &Tenant,
        token: &Token,
        offer: AppSetupOffer,
    ) -> Deed<AttemptOutcome> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let wanted = |step| step == Step::SetUp(Method::AppOtp);
        let seen = self.look_for(tenant, token, wanted).await?;
        let place = app_key::of_attempt(tenant, seen.attempt.id);
        let secret = self.vault.open(place, &seen.attempt.setup_secret)?;
        let device = self.verify_first_code(tenant, &secret, &offer, trusted)?;

        let (mut tx, mut seen) = self.write_for(tenant, &seen, now, wanted).await?;
        let recovers = seen.attempt.goal == Goal::Recover;
        let change = if recovers {
            CredentialChange::Replace(Method::AppOtp)
        } else {
            CredentialChange::SetUp(Method::AppOtp)
        };
        if recovers {
            self.forget_factor_counters(&mut tx, seen.member.id, now).await?;
        }
        let everywhere = offer.everywhere;
        let mut raised = self.raise_on_the_way(&mut tx, tenant, &mut seen, change, everywhere, now).await?;
        if recovers {
            self.remove_lost_factors(&mut raised, tenant, &seen, &offer.browser, now).await?;
        }
        self.keep_app(&mut raised, tenant, &device, now).await?;
        let is_first = seen.standing.factors.is_empty();
        seen.note_made(Method::AppOtp, now);
        if recovers {
            store::member::choose_method(&mut raised, Method::AppOtp, now).await?;
        } else {
            let factor = NewFactor {
                method: Method::AppOtp,
                device: Some(device.name),
                browser: &offer.browser,
                is_first,
            };
            self.tell_of_factor(&mut raised, tenant, &seen.member, factor, now).await?;
        }
        if offer.everywhere || recovers {
            self.note(&mut raised, Some(seen.member.id), Event::SignedOutEverywhere, now)?;
        }
        self.go_on_after(tx, tenant, seen, &offer.browser, now).await
    }

    /// The member's authenticator apps, the last used one first (T-10).
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn apps_of(&self, tenant: &Tenant, seen: &Seen) -> Deed<Vec<AppRow>> {
        self.held_apps(tenant, seen).await
    }

    async fn held_apps(&self, tenant: &Tenant, seen: &Seen) -> Deed<Vec<AppRow>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::totp::of_member(&mut tx, seen.member.id).await?)
    }

    /// Verifies a code at sign-in. Five wrong ones end the attempt, thirty in a row switch the factor off (D13).
    ///
    /// # Errors
    /// - [`Stop::NotNow`] where no code of an app is asked for.
    /// - [`Stop::StartAgain`] where the attempt has gone on, or has ended, meanwhile.
    /// - At [`Field::Code`]: `Empty`, `MalformedCode`, `WrongCodeAtSignIn`, `CodeUsed`, `AttemptOver`, `FactorOff`.
    pub async fn prove_app(
        &self,
        tenant: &Tenant,
        seen: &Seen,
        code: &str,
        chosen: Option<DeviceId>,
        browser: &str,
    ) -> Deed<AttemptOutcome> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        if !seen.may_prove(Method::AppOtp) {
            return Err(Stop::NotNow);
        }
        let code = SixDigits::parse(code).map_err(|refusal| Stop::refuse(Field::Code, refusal))?;
        let mut counted = self.turn_at_code(tenant, seen, Method::AppOtp, now).await?;
        // Asked for now: another browser may have used a step while this try waited for its turn.
        let apps = &self.held_apps(tenant, seen).await?;
        // A device that is not the member's own is answered like a wrong code (D12 of the threats).
        let foreign = chosen.is_some_and(|id| apps.iter().all(|device| device.id != id));
        let found = if foreign { None } else { self.matching(tenant, apps, chosen, &code, trusted)? };
        let mut used = !foreign && found.is_none() && self.is_used(tenant, apps, &code, trusted)?;
        counted.record(false);

        if let Some((device, step)) = found {
            // A password that was changed meanwhile has ended this attempt.
            let (mut tx, mut seen) = self.write_on(tenant, seen, now).await?;
            if !seen.may_prove(Method::AppOtp) {
                return Err(Stop::NotNow);
            }
            if store::totp::use_step(&mut tx, device, step, now).await? {
                counted.record(true);
                counted.settle(&mut tx, now).await?;
                seen.attempt.proofs.factor = Some((Method::AppOtp, now));
                let event = Event::FactorProven { method: Method::AppOtp, device: Some(device.id) };
                self.note(&mut tx, Some(seen.member.id), event, now)?;
                self.call_off_by_factor(&mut tx, &seen, now).await?;
                let outcome = self.go_on(tx, tenant, seen, browser, now).await?;
                counted.done();
                return Ok(outcome);
            }
            // Used a moment ago, in another browser.
            used = true;
        }
        let event = Event::CodeDiffered { method: Method::AppOtp };
        let refusal = match self.refuse_code(tenant, seen, Method::AppOtp, counted, event, now).await? {
            TriesLeft::Ended | TriesLeft::Tries(0) => Refusal::AttemptOver,
            TriesLeft::Tries(left) if used => Refusal::CodeUsed { left },
            TriesLeft::Tries(left) => Refusal::WrongCodeAtSignIn { left },
        };
        Err(Stop::refuse(Field::Code, refusal))
    }

    /// Whether the code is right for one of the devices, and used up.
    fn is_used(
        &self,
        tenant: &Tenant,
        devices: &[AppRow],
        code: &SixDigits,
        now: TrustedTime,
    ) -> Result<bool, Fault> {
        let skew = tenant.policy.app_otp.skew_steps;
        for device in devices {
            let secret = self.vault.open(device_place(tenant, device.id), &device.secret)?;
            if totp::was_used(secret.expose_secret(), code, now, device.last_step, skew) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The code each of the member's apps shows now, for the demo's own page.
    ///
    /// # Errors
    /// What the database or the vault says.
    pub async fn codes_now(&self, tenant: &Tenant, member: MemberId) -> Result<Vec<String>, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let mut codes = Vec::new();
        for device in store::totp::of_member(&mut tx, member).await? {
            let secret = self.vault.open(device_place(tenant, device.id), &device.secret)?;
            codes.push(totp::code_at(secret.expose_secret(), now));
        }
        Ok(codes)
    }

    /// The device whose code this is: the chosen one is asked first, then the others, so that a forgotten radio
    /// button costs nobody a try.
    fn matching<'d>(
        &self,
        tenant: &Tenant,
        devices: &'d [AppRow],
        chosen: Option<DeviceId>,
        code: &SixDigits,
        now: TrustedTime,
    ) -> Result<Option<(&'d AppRow, TimeStep)>, Fault> {
        let skew = tenant.policy.app_otp.skew_steps;
        let (first, rest): (Vec<_>, Vec<_>) = devices.iter().partition(|device| Some(device.id) == chosen);
        for device in first.into_iter().chain(rest) {
            let secret = self.vault.open(device_place(tenant, device.id), &device.secret)?;
            if let Some(step) = totp::verify(secret.expose_secret(), code, now, device.last_step, skew) {
                return Ok(Some((device, step)));
            }
        }
        Ok(None)
    }
}
