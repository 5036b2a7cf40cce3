//! Mailed codes as a factor (M-01–M-03, D9, D13). There is nothing to set up: the first right code makes them one.

use jiff::Timestamp;

use super::{
    Deed, Field, Portal, Stop,
    attempt::{AttemptOutcome, Seen},
    code::{CodeComparison, CodeRequest, CodeStatus},
    lockout::TryAdmission,
    session::{FreshVisit, Visit},
};
use crate::{
    domain::{
        audit::Event,
        code::SixDigits,
        epoch::{CredentialChange, Doer},
        letter::Letter,
        lockout::CODES_PER_ATTEMPT,
        member::{EmailAddress, Member},
        one_time::{self, OneTimePurpose},
        refusal::Refusal,
        signin::Step,
        tenant::{Method, Tenant},
    },
    store,
    vault::Token,
};

/// Whether a mailed code answers the step, as a factor held or as the first of its kind.
fn asks_for_mail_code(seen: &Seen) -> bool {
    seen.step == Step::SetUp(Method::EmailOtp) || seen.may_prove(Method::EmailOtp)
}

impl Portal {
    /// What the page says about the code that is out.
    pub async fn mail_code_waiting(&self, tenant: &Tenant, seen: &Seen) -> Deed<CodeStatus> {
        let bound_to = seen.attempt.id.uuid();
        self.waiting(tenant, seen.member.id, OneTimePurpose::MailCode, bound_to.as_bytes()).await
    }

    /// Mails a code when its page comes next, unless one is out for this attempt already.
    pub(super) async fn first_mail_code(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let seen = self.look(tenant, token).await?;
        if !asks_for_mail_code(&seen) || self.mail_code_waiting(tenant, &seen).await?.is_out {
            return Ok(());
        }
        match self.mail_a_code(tenant, &seen, self.clock.now()).await {
            // The page says so when 再送信 is pressed.
            Err(Stop::Refused(_)) => Ok(()),
            other => other,
        }
    }

    /// 「再送信」: a new code in the place of the old one (M-03).
    pub async fn resend_mail_code(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let seen = self.look(tenant, token).await?;
        if !asks_for_mail_code(&seen) {
            return Err(Stop::NotNow);
        }
        let bound_to = seen.attempt.id.uuid();
        self.not_too_soon(tenant, seen.member.id, OneTimePurpose::MailCode, bound_to.as_bytes()).await?;
        self.mail_a_code(tenant, &seen, self.clock.now()).await
    }

    async fn mail_a_code(&self, tenant: &Tenant, seen: &Seen, now: Timestamp) -> Deed<()> {
        let policy = &tenant.policy.email_otp;
        let bound_to = seen.attempt.id.uuid();
        let expires_at = now.checked_add(one_time::code_life(policy)).unwrap_or(now);
        let wanted = CodeRequest {
            purpose: OneTimePurpose::MailCode,
            bound_to: bound_to.as_bytes(),
            address: None,
            with_link: false,
            expires_at,
        };
        let tx = self.store.tenant(&tenant.slug).write().await?;
        let mut tx = self.count_mail(tx, tenant, seen.member.id, OneTimePurpose::MailCode, now).await?;
        // The address may have changed since the look; the one in force now gets the code.
        let member = store::member::by_id(&mut tx, seen.member.id).await?.ok_or(Stop::StartAgain)?;
        let fresh = self.make_code(&mut tx, &member, &wanted, now).await?;
        let letter = Letter::MailCode { code: fresh.code, minutes: policy.ttl_minutes };
        self.send(&mut tx, tenant, &member, &letter, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Verifies a mailed code. Five wrong ones end the attempt, thirty in a row switch the factor off (D13).
    pub async fn prove_mail_code(
        &self,
        tenant: &Tenant,
        token: &Token,
        typed: &str,
        browser: &str,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let seen = self.look(tenant, token).await?;
        if !asks_for_mail_code(&seen) {
            return Err(Stop::NotNow);
        }
        let member = seen.member.id;
        // What cannot be a code, or has none to be compared with, is no guess and costs none.
        SixDigits::mailed(typed).map_err(|refusal| Stop::refuse(Field::Code, refusal))?;
        if !self.mail_code_waiting(tenant, &seen).await?.is_out {
            return Err(Stop::refuse(Field::Code, Refusal::NoMailCode));
        }
        let mut counted = match self.take_turn(tenant, self.code_of(&seen, Method::EmailOtp)).await? {
            TryAdmission::Verify(counted) => counted,
            TryAdmission::Off(_) => {
                let off = Event::FactorOff { method: Method::EmailOtp };
                self.note_alone(tenant, Some(member), off, now).await?;
                return Err(Stop::refuse(Field::Code, Refusal::FactorOff));
            }
            TryAdmission::Paused(until) => return Err(Stop::refuse(Field::Code, Refusal::Paused { until })),
            TryAdmission::AttemptOver => return Err(self.end_attempt(tenant, &seen, now).await?),
        };
        let bound_to = seen.attempt.id.uuid();
        let purpose = OneTimePurpose::MailCode;
        let right = match self.compare_code(tenant, member, purpose, bound_to.as_bytes(), typed).await? {
            CodeComparison::Right(right) => right,
            CodeComparison::Wrong { refusal } => {
                counted.record(false);
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                let after = counted.settle(&mut tx, now).await?;
                tx.commit().await?;
                let is_last = counted.misses() >= CODES_PER_ATTEMPT;
                counted.done();
                // One that is being verified beside this one may be right.
                if is_last && after.verifying == 0 {
                    return Err(self.end_attempt(tenant, &seen, now).await?);
                }
                return Err(Stop::refuse(Field::Code, refusal));
            }
            // Nothing was verified, and nothing is counted.
            CodeComparison::WithNothing => return Err(Stop::refuse(Field::Code, Refusal::NoMailCode)),
        };
        counted.record(true);

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let seen = self.look_again(&mut tx, tenant, token, now).await?;
        if !asks_for_mail_code(&seen) {
            return Err(Stop::NotNow);
        }
        if !store::one_time::take(&mut tx, right.id, now).await? {
            return Err(Stop::refuse(Field::Code, Refusal::NoMailCode));
        }
        counted.settle(&mut tx, now).await?;
        let event = if seen.step == Step::SetUp(Method::EmailOtp) {
            let (change, by) = (CredentialChange::SetUp(Method::EmailOtp), Doer::Attempt(seen.attempt.id));
            let mut raised = self.raise(&mut tx, tenant, &seen.member, change, by, false).await?;
            self.count_as_shown(&mut raised, &seen, Method::EmailOtp, now).await?;
            store::member::begin_mail_codes(&mut raised, now).await?;
            let letter = Letter::MailCodeChosen { browser: browser.to_owned() };
            self.send(&mut raised, tenant, &seen.member, &letter, now).await?;
            Event::FactorAdded { method: Method::EmailOtp, device: None }
        } else {
            store::attempt::prove_factor(&mut tx, seen.attempt.id, Method::EmailOtp, now).await?;
            Event::FactorProven { method: Method::EmailOtp, device: None }
        };
        self.note(&mut tx, Some(member), event, now).await?;
        let outcome = self.go_on(tx, tenant, token, browser, now).await?;
        counted.done();
        Ok(outcome)
    }
}

/// In the portal: mailed codes as one more factor (D10). Asking wants fresh proofs; the code that was asked for speaks
/// for them, so that nobody is sent back to the password for a slow mail.
impl Portal {
    /// Whether mailed codes may become a factor of the member.
    pub fn may_choose_mail_code(tenant: &Tenant, member: &Member) -> bool {
        let offered = tenant.policy.offered().any(|method| method == Method::EmailOtp);
        offered && member.email.is_some() && member.mail_code_at.is_none()
    }

    /// What the page says about the code that is out.
    pub async fn mail_code_choice_waiting(&self, tenant: &Tenant, visit: &Visit) -> Deed<CodeStatus> {
        let bound_to = visit.session.id.uuid();
        self.waiting(tenant, visit.member.id, OneTimePurpose::ChooseMailCode, bound_to.as_bytes()).await
    }

    /// 「確認コードを送る」 and 「再送信」.
    pub async fn ask_mail_code_choice(&self, tenant: &Tenant, fresh: &FreshVisit) -> Deed<()> {
        let now = self.clock.now();
        let (visit, purpose) = (fresh.visit(), OneTimePurpose::ChooseMailCode);
        if !Self::may_choose_mail_code(tenant, &visit.member) {
            return Err(Stop::NotNow);
        }
        let bound_to = visit.session.id.uuid();
        self.not_too_soon(tenant, visit.member.id, purpose, bound_to.as_bytes()).await?;
        let (tx, member) = self.write_as(tenant, visit).await?;
        let mut tx = self.count_mail(tx, tenant, member.id, purpose, now).await?;
        let Some(address) = &member.email else { return Err(Stop::NotNow) };
        let policy = &tenant.policy.email_otp;
        let wanted = CodeRequest {
            purpose,
            bound_to: bound_to.as_bytes(),
            address: Some(address.as_str()),
            with_link: false,
            expires_at: now.checked_add(one_time::code_life(policy)).unwrap_or(now),
        };
        let fresh = self.make_code(&mut tx, &member, &wanted, now).await?;
        let letter = Letter::MailCode { code: fresh.code, minutes: policy.ttl_minutes };
        self.send(&mut tx, tenant, &member, &letter, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes mailed codes a factor by the first right one, while the address is the one it went to.
    pub async fn choose_mail_code(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        typed: &str,
        browser: &str,
    ) -> Deed<()> {
        let now = self.clock.now();
        let (member, purpose) = (visit.member.id, OneTimePurpose::ChooseMailCode);
        let bound_to = visit.session.id.uuid();
        let right = self.verify_code(tenant, member, purpose, bound_to.as_bytes(), typed).await?;
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        let same_address = member.email.as_ref().map(EmailAddress::as_str) == right.address.as_deref();
        if !same_address || !store::one_time::take(&mut tx, right.id, now).await? {
            return Err(Stop::refuse(Field::Code, Refusal::NoMailCode));
        }
        if !Self::may_choose_mail_code(tenant, &member) {
            return Err(Stop::NotNow);
        }
        let (change, by) = (CredentialChange::Add(Method::EmailOtp), Doer::Session(visit.session.id));
        let mut raised = self.raise(&mut tx, tenant, &member, change, by, false).await?;
        store::member::begin_mail_codes(&mut raised, now).await?;
        let event = Event::FactorAdded { method: Method::EmailOtp, device: None };
        self.note(&mut tx, Some(member.id), event, now).await?;
        let letter = Letter::MailCodeChosen { browser: browser.to_owned() };
        self.send(&mut tx, tenant, &member, &letter, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
