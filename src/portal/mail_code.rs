//! Mailed codes as a factor (M-01–M-03, D9, D13). There is nothing to set up: the first right code makes them one.

use super::{
    Deed, Field, Portal, Stop,
    attempt::Seen,
    code::{CodeRequest, CodeStatus},
    finish::NewFactor,
    onward::AttemptOutcome,
    session::{FreshVisit, Visit},
    turn::TriesLeft,
};
use crate::{
    domain::{
        audit::Event,
        code::MailedDigits,
        epoch::{CredentialChange, Doer},
        letter::Letter,
        lockout::Bucket,
        member::{EmailAddress, Member},
        one_time::{self, OneTimePurpose},
        refusal::Refusal,
        signin::{Goal, Step},
        tenant::{Method, Tenant},
    },
    store,
};

impl Portal {
    /// What the page says about the code that is out.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn mail_code_waiting(&self, tenant: &Tenant, seen: &Seen) -> Deed<CodeStatus> {
        let bound_to = seen.attempt.id.uuid();
        self.waiting(tenant, seen.member.id, OneTimePurpose::MailCode, bound_to.as_bytes()).await
    }

    /// 「再送信」: a new code in the place of the old one (M-03).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when no mailed code is asked for.
    /// - At `Field::Code`: `MailCodeTooSoon`, `TooManyMailCodes`.
    pub async fn resend_mail_code(&self, tenant: &Tenant, seen: &Seen) -> Deed<()> {
        let now = self.clock.now();
        if !seen.may_show_mail_code() {
            return Err(Stop::NotNow);
        }
        let bound_to = seen.attempt.id.uuid();
        self.not_too_soon(tenant, seen.member.id, OneTimePurpose::MailCode, bound_to.as_bytes()).await?;
        // The address may have changed since the look; the one in force now gets the code.
        let (tx, seen) = self.write_on(tenant, seen, now).await?;
        if !seen.may_show_mail_code() {
            return Err(Stop::NotNow);
        }
        let mut tx =
            self.count_mail(tx, tenant, (seen.member.id, seen.bucket), OneTimePurpose::MailCode, now).await?;
        self.mail_sign_in_code(&mut tx, tenant, &seen.member, seen.attempt.id, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Verifies a mailed code. Five wrong ones end the attempt, thirty in a row switch the factor off (D13).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when no mailed code is asked for.
    /// - At `Field::Code`: `Empty`, `MalformedMailCode`, `NoMailCode`, `WrongMailCode`, `FactorOff`, `AttemptOver`.
    pub async fn prove_mail_code(
        &self,
        tenant: &Tenant,
        seen: &Seen,
        typed: &str,
        browser: &str,
    ) -> Deed<AttemptOutcome> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        if !seen.may_show_mail_code() {
            return Err(Stop::NotNow);
        }
        let (member, purpose) = (seen.member.id, OneTimePurpose::MailCode);
        let none = || Stop::refuse(Field::Code, Refusal::NoMailCode);
        // What cannot be a code, or has none to be compared with, is no guess and costs none.
        let code = MailedDigits::parse(typed).map_err(|refusal| Stop::refuse(Field::Code, refusal))?;
        let bound_to = seen.attempt.id.uuid();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let out = self.code_out(&mut tx, tenant, member, purpose, bound_to.as_bytes(), now).await?;
        drop(tx);
        let out = out.ok_or_else(none)?;
        let mut counted = self.turn_at_code(tenant, seen, Method::EmailOtp, now).await?;
        counted.record(self.is_code(purpose, &out, &code));
        if !counted.is_right() {
            let event = Event::MailedCodeDiffered { purpose };
            self.wrong_codes.counted(&tenant.slug, now);
            let left = self.refuse_code(tenant, seen, Method::EmailOtp, counted, event, now).await?;
            return Err(match left {
                TriesLeft::Ended => Stop::refuse(Field::Code, Refusal::AttemptOver),
                TriesLeft::Tries(0) => none(),
                TriesLeft::Tries(left) => Stop::refuse(Field::Code, Refusal::WrongMailCode { left }),
            });
        }

        let (mut tx, mut seen) = self.write_on(tenant, seen, now).await?;
        if !seen.may_show_mail_code() {
            return Err(Stop::NotNow);
        }
        if !store::one_time::take(&mut tx, out.id, trusted).await? {
            return Err(none());
        }
        counted.settle(&mut tx, now).await?;
        let outcome = if seen.step == Step::SetUp(Method::EmailOtp) {
            let change = CredentialChange::SetUp(Method::EmailOtp);
            let mut raised = self.raise_on_the_way(&mut tx, tenant, &mut seen, change, false, now).await?;
            let is_first = seen.standing.factors.is_empty() && seen.attempt.goal != Goal::Recover;
            seen.note_made(Method::EmailOtp, now);
            store::member::begin_mail_codes(&mut raised, now).await?;
            let factor = NewFactor { method: Method::EmailOtp, device: None, browser, is_first };
            self.tell_of_factor(&mut raised, tenant, &seen.member, factor, now).await?;
            let event = Event::FactorAdded { method: Method::EmailOtp, device: None };
            self.note(&mut tx, Some(member), event, now)?;
            self.go_on_after(tx, tenant, seen, browser, now).await?
        } else {
            seen.attempt.proofs.factor = Some((Method::EmailOtp, now));
            let event = Event::FactorProven { method: Method::EmailOtp, device: None };
            self.note(&mut tx, Some(member), event, now)?;
            self.go_on(tx, tenant, seen, browser, now).await?
        };
        counted.done();
        Ok(outcome)
    }
}

/// In the portal: mailed codes as one more factor (D10). Asking wants fresh proofs; the code that was asked for speaks
/// for them, so that nobody is sent back to the password for a slow mail.
impl Portal {
    /// Whether mailed codes may become a factor of the member.
    pub fn may_choose_mail_code(tenant: &Tenant, member: &Member) -> bool {
        tenant.policy.offers(Method::EmailOtp) && member.email.is_some() && !member.holds_mail_code()
    }

    /// What the page says about the code that is out.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn mail_code_choice_waiting(&self, tenant: &Tenant, visit: &Visit) -> Deed<CodeStatus> {
        let bound_to = visit.session.id.uuid();
        self.waiting(tenant, visit.member.id, OneTimePurpose::ChooseMailCode, bound_to.as_bytes()).await
    }

    /// 「確認コードを送る」 and 「再送信」: mails a code that makes mailed codes a factor.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when mailed codes cannot become a factor of the member.
    /// - At `Field::Code`: `MailCodeTooSoon`, `TooManyMailCodes`.
    pub async fn ask_mail_code_choice(&self, tenant: &Tenant, fresh: &FreshVisit) -> Deed<()> {
        let now = self.clock.now();
        let (visit, purpose) = (fresh.visit(), OneTimePurpose::ChooseMailCode);
        if !Self::may_choose_mail_code(tenant, &visit.member) {
            return Err(Stop::NotNow);
        }
        let bound_to = visit.session.id.uuid();
        self.not_too_soon(tenant, visit.member.id, purpose, bound_to.as_bytes()).await?;
        let (tx, member) = self.write_as(tenant, visit).await?;
        let mut tx = self.count_mail(tx, tenant, (member.id, Bucket::Known), purpose, now).await?;
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
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when mailed codes cannot become a factor of the member.
    /// - At `Field::Code`: `Empty`, `MalformedMailCode`, `WrongConfirmationCode`, `NoMailCode`.
    pub async fn choose_mail_code(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        typed: &str,
        browser: &str,
    ) -> Deed<()> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let (member, purpose) = (visit.member.id, OneTimePurpose::ChooseMailCode);
        let bound_to = visit.session.id.uuid();
        let right = self.verify_code(tenant, member, purpose, bound_to.as_bytes(), typed).await?;
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        let same_address = member.email.as_ref().map(EmailAddress::as_str) == right.address.as_deref();
        if !same_address || !store::one_time::take(&mut tx, right.id, trusted).await? {
            return Err(Stop::refuse(Field::Code, Refusal::NoMailCode));
        }
        if !Self::may_choose_mail_code(tenant, &member) {
            return Err(Stop::NotNow);
        }
        let (change, by) = (CredentialChange::Add(Method::EmailOtp), Doer::Session(visit.session.id));
        let mut raised = self.raise(&mut tx, tenant, &member, change, by, false).await?;
        store::member::begin_mail_codes(&mut raised, now).await?;
        let event = Event::FactorAdded { method: Method::EmailOtp, device: None };
        self.note(&mut tx, Some(member.id), event, now)?;
        let letter =
            Letter::OneMoreFactor { method: Method::EmailOtp, device: None, browser: browser.to_owned() };
        self.send(&mut tx, tenant, &member, &letter, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
