//! Factors: setting up an authenticator app and proving it (D9, D10, D13).

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::{Digest as _, Sha256};

use super::{
    Deed, Fault, Field, Portal, Stop,
    attempt::{AttemptOutcome, Seen},
    lockout::{CounterTarget, TryAdmission},
};
use crate::{
    domain::{
        audit::Event,
        code::SixDigits,
        device_name,
        epoch::{CredentialChange, Doer},
        letter::Letter,
        lockout::{CODES_PER_ATTEMPT, CounterKind, Ladder},
        member::{DeviceId, Member, MemberId},
        refusal::Refusal,
        signin::{Goal, Step},
        tenant::{Method, Tenant},
        totp::{self, TimeStep},
    },
    store::{self, epoch::EpochChange, totp::AppRow},
    vault::{SealContext, Token},
};

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
    /// 「全てのデバイスからサインアウトする」
    pub everywhere: bool,
    /// Coarse device of the browser, for the session list.
    pub browser: String,
}

impl Portal {
    /// The key of this attempt's set-up: the same on reload, gone with the attempt (D2).
    pub fn app_setup(&self, tenant: &Tenant, seen: &Seen) -> Result<AppSetup, Fault> {
        let secret = self.vault.open(setup_place(tenant, seen), &seen.attempt.setup_secret)?;
        shown_secret(tenant, &seen.member, &secret)
    }

    /// Sets up an authenticator app: active only after its first right code, which counts as used (D10).
    pub async fn finish_app_setup(
        &self,
        tenant: &Tenant,
        token: &Token,
        offer: AppSetupOffer,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let wanted = |step| step == Step::SetUp(Method::AppOtp);
        let seen = self.look_for(tenant, token, wanted).await?;
        let secret = self.vault.open(setup_place(tenant, &seen), &seen.attempt.setup_secret)?;
        let device = self.verify_first_code(tenant, &secret, &offer, now)?;

        let (mut tx, seen) = self.write_for(tenant, token, now, wanted).await?;
        let recovers = seen.attempt.goal == Goal::Recover;
        let change = if recovers {
            CredentialChange::Replace(Method::AppOtp)
        } else {
            CredentialChange::SetUp(Method::AppOtp)
        };
        let by = Doer::Attempt(seen.attempt.id);
        let mut raised = self.raise(&mut tx, tenant, &seen.member, change, by, offer.everywhere).await?;
        if recovers {
            self.remove_lost_factors(&mut raised, tenant, &seen, &offer.browser, now).await?;
        }
        self.keep_app(&mut raised, tenant, &device, now).await?;
        self.count_as_shown(&mut raised, &seen, Method::AppOtp, now).await?;
        if recovers {
            store::member::choose_method(&mut raised, Method::AppOtp, now).await?;
        } else {
            let letter = if seen.standing.factors.is_empty() {
                Letter::FactorAdded { device: device.name }
            } else {
                Letter::AppAdded { device: device.name, browser: offer.browser.clone() }
            };
            self.send(&mut raised, tenant, &seen.member, &letter, now).await?;
        }
        if offer.everywhere || recovers {
            self.note(&mut raised, Some(seen.member.id), Event::SignedOutEverywhere, now).await?;
        }
        self.go_on(tx, tenant, token, &offer.browser, now).await
    }

    /// Verifies the first code of an app, and everything else of its form: the device as it is to be kept, or every flaw
    /// at its field.
    pub(super) fn verify_first_code(
        &self,
        tenant: &Tenant,
        secret: &SecretSlice<u8>,
        offer: &AppSetupOffer,
        now: Timestamp,
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
        let id = DeviceId::new(now, self.chance()?);
        let secret = self.vault.seal(device_place(tenant, id), secret.expose_secret())?;
        Ok(AppRow { id, name, secret, last_step, created_at: now })
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
        self.note(tx, Some(member), event, now).await?;
        Ok(())
    }

    /// The member's authenticator apps, the last used one first (T-10).
    pub async fn apps_of(&self, tenant: &Tenant, seen: &Seen) -> Deed<Vec<AppRow>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::totp::of_member(&mut tx, seen.member.id).await?)
    }

    /// Verifies a code at sign-in. Five wrong ones end the attempt, thirty in a row switch the factor off (D13).
    pub async fn prove_app(
        &self,
        tenant: &Tenant,
        token: &Token,
        code: &str,
        chosen: Option<DeviceId>,
        browser: &str,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let seen = self.look_to_prove(tenant, token, Method::AppOtp).await?;
        let member = seen.member.id;
        let code = SixDigits::parse(code).map_err(|refusal| Stop::refuse(Field::Code, refusal))?;

        let mut counted = match self.take_turn(tenant, self.code_of(&seen, Method::AppOtp)).await? {
            TryAdmission::Verify(counted) => counted,
            TryAdmission::Off(_) => {
                let off = Event::FactorOff { method: Method::AppOtp };
                self.note_alone(tenant, Some(member), off, now).await?;
                return Err(Stop::refuse(Field::Code, Refusal::FactorOff));
            }
            TryAdmission::Paused(until) => return Err(Stop::refuse(Field::Code, Refusal::Paused { until })),
            TryAdmission::AttemptOver => return Err(self.end_attempt(tenant, &seen, now).await?),
        };

        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let devices = store::totp::of_member(&mut tx, member).await?;
        drop(tx);
        // A device that is not the member's own is answered like a wrong code (TD12).
        let foreign = chosen.is_some_and(|id| devices.iter().all(|device| device.id != id));
        let found = if foreign { None } else { self.matching(tenant, &devices, chosen, &code, now)? };
        let used = !foreign && found.is_none() && self.is_used(tenant, &devices, &code, now)?;
        counted.record(false);

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        // A password that was changed meanwhile has ended this attempt.
        if !self.look_again(&mut tx, tenant, token, now).await?.may_prove(Method::AppOtp) {
            return Err(Stop::NotNow);
        }
        if let Some((device, step)) = found
            && store::totp::use_step(&mut tx, device, step, now).await?
        {
            counted.record(true);
            counted.settle(&mut tx, now).await?;
            store::attempt::prove_factor(&mut tx, seen.attempt.id, Method::AppOtp, now).await?;
            let event = Event::FactorProven { method: Method::AppOtp, device: Some(device.id) };
            self.note(&mut tx, Some(member), event, now).await?;
            if seen.attempt.goal != Goal::Recover {
                self.call_off_by_factor(&mut tx, member, now).await?;
            }
            let outcome = self.go_on(tx, tenant, token, browser, now).await?;
            counted.done();
            return Ok(outcome);
        }
        let after = counted.settle(&mut tx, now).await?;
        self.note(&mut tx, Some(member), Event::CodeDiffered { method: Method::AppOtp }, now).await?;
        let left = CODES_PER_ATTEMPT.saturating_sub(counted.misses());
        // One that is being verified beside this one may be right.
        if left == 0 && after.verifying == 0 {
            store::attempt::close(&mut tx, seen.attempt.id).await?;
            self.note(&mut tx, Some(member), Event::AttemptOver, now).await?;
        }
        tx.commit().await?;
        counted.done();
        let refusal = match left {
            0 => Refusal::AttemptOver,
            _ if used => Refusal::CodeUsed { left },
            _ => Refusal::WrongCodeAtSignIn { left },
        };
        Err(Stop::refuse(Field::Code, refusal))
    }

    /// A look that insists on a factor being asked which this one may answer (D10, D11).
    pub(super) async fn look_to_prove(&self, tenant: &Tenant, token: &Token, method: Method) -> Deed<Seen> {
        let seen = self.look(tenant, token).await?;
        if seen.may_prove(method) { Ok(seen) } else { Err(Stop::NotNow) }
    }

    /// What tries at a code are counted by: the member, and the attempt's own five.
    pub(super) fn code_of(&self, seen: &Seen, method: Method) -> CounterTarget {
        let (kind, ladder) = match method {
            Method::EmailOtp => (CounterKind::MailCode, Ladder::MAIL_CODE),
            Method::AppOtp | Method::Passkey => (CounterKind::AppCode, Ladder::APP_CODE),
        };
        let subject = self.vault.guard_subject_member(seen.member.id);
        CounterTarget { kind, subject, ladder, attempt: Some(seen.attempt.id) }
    }

    /// Ends an attempt that has had its five wrong codes, and says so.
    pub(super) async fn end_attempt(&self, tenant: &Tenant, seen: &Seen, now: Timestamp) -> Deed<Stop> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if !store::attempt::close(&mut tx, seen.attempt.id).await? {
            // It went on, or ended, with another press.
            return Ok(Stop::StartAgain);
        }
        self.note(&mut tx, Some(seen.member.id), Event::AttemptOver, now).await?;
        tx.commit().await?;
        Ok(Stop::refuse(Field::Code, Refusal::AttemptOver))
    }

    /// Whether the code is right for one of the devices, and used up.
    fn is_used(
        &self,
        tenant: &Tenant,
        devices: &[AppRow],
        code: &SixDigits,
        now: Timestamp,
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
    pub async fn codes_now(&self, tenant: &Tenant, member: MemberId) -> Deed<Vec<String>> {
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
        now: Timestamp,
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

/// What a page shows of a secret that is to become an app.
pub(super) fn shown_secret(
    tenant: &Tenant,
    member: &Member,
    secret: &SecretSlice<u8>,
) -> Result<AppSetup, Fault> {
    let account = member.login.as_str().to_owned();
    let url = totp::otpauth_url(secret.expose_secret(), &tenant.policy.app_otp.issuer, &account)
        .ok_or(Fault::Inconsistent("an issuer that no app accepts"))?;
    let digest = Sha256::digest(secret.expose_secret());
    let mark = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(AppSetup { key: totp::grouped_key(secret.expose_secret()), url, account, mark })
}

fn setup_place<'a>(tenant: &'a Tenant, seen: &Seen) -> SealContext<'a> {
    SealContext { tenant: tenant.slug.as_str(), column: "attempt.setup_secret", row: seen.attempt.id.uuid() }
}

fn device_place(tenant: &Tenant, device: DeviceId) -> SealContext<'_> {
    SealContext { tenant: tenant.slug.as_str(), column: "totp.secret", row: device.uuid() }
}
