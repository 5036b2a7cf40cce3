//! The mail address: asked for in first login, and confirmed by whoever reads its mail (F-07, F-08, D8).

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Deed, Field, Portal, Stop,
    attempt::Seen,
    code::{CodeRequest, CodeStatus, to_confirm},
    onward::AttemptOutcome,
    request,
    session::{FreshVisit, Visit},
    taken::AddressOffer,
};
use crate::{
    domain::{
        audit::{Event, doing::Gate},
        clock::TrustedTime,
        epoch::{CredentialChange, Doer},
        letter::Letter,
        lockout::Bucket,
        member::{AttemptId, EmailAddress, Member},
        one_time::{self, OneTimePurpose},
        refusal::Refusal,
        route::Route,
        signin::Step,
        tenant::Tenant,
        typed,
    },
    store::{self, Write, one_time::OneTime},
    vault::Token,
};

/// What came of a link that was opened.
#[derive(Debug)]
pub struct OpenedLink {
    /// The address it speaks for.
    pub address: String,
}

/// How an address was confirmed.
#[derive(Debug, Clone, Copy)]
struct ConfirmedBy<'a> {
    /// How it was confirmed: `link` or `code` of the letter.
    word: &'static str,
    /// Coarse device of the browser; may be empty.
    browser: &'a str,
}

/// In first login.
impl Portal {
    /// What the waiting page says about the code that is out.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn confirmation_waiting(&self, tenant: &Tenant, seen: &Seen) -> Deed<CodeStatus> {
        let bound_to = seen.attempt.id.uuid();
        self.waiting(tenant, seen.member.id, OneTimePurpose::ConfirmEmail, bound_to.as_bytes()).await
    }

    /// 「再送信」: mails another code or link in place of the last one.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::Code`: `MailCodeTooSoon`, `TooManyMailCodes`.
    pub async fn resend_confirmation(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let now = self.clock.now();
        let wanted = |step| step == Step::ConfirmEmail;
        let seen = self.look_for(tenant, token, wanted).await?;
        let (purpose, bound_to) = (OneTimePurpose::ConfirmEmail, seen.attempt.id.uuid());
        self.not_too_soon(tenant, seen.member.id, purpose, bound_to.as_bytes()).await?;
        // The address may have changed since the look; the one in force now is asked.
        let (tx, seen) = self.write_for(tenant, &seen, now, wanted).await?;
        let mut tx = self.count_mail(tx, tenant, (seen.member.id, seen.bucket), purpose, now).await?;
        let Some(address) = to_confirm(&seen.member) else { return Err(Stop::NotNow) };
        self.mail_confirmation(&mut tx, tenant, &seen.member, address, seen.attempt.id, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The code, typed in the browser that waits.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::Code`: `Empty`, `MalformedMailCode`, `WrongConfirmationCode`, `NoMailCode`, `TakenEmail`.
    pub async fn confirm_email_by_code(
        &self,
        tenant: &Tenant,
        token: &Token,
        typed: &str,
        browser: &str,
    ) -> Deed<AttemptOutcome> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let wanted = |step| step == Step::ConfirmEmail;
        let seen = self.look_for(tenant, token, wanted).await?;
        let bound_to = seen.attempt.id.uuid();
        let right = self
            .verify_code(tenant, seen.member.id, OneTimePurpose::ConfirmEmail, bound_to.as_bytes(), typed)
            .await?;
        let (mut tx, seen) = self.write_for(tenant, &seen, now, wanted).await?;
        let by = ConfirmedBy { word: "code", browser };
        let who = (CredentialChange::FirstAddress, Doer::Attempt(seen.attempt.id));
        self.confirm(&mut tx, tenant, &seen.member, &right, who, by, trusted).await?;
        self.go_on_after(tx, tenant, seen, browser, now).await
    }

    /// What a link would confirm. Uses nothing up.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`. A link that does not work (any more) is `None`.
    pub async fn look_at_confirmation(&self, tenant: &Tenant, link: &Token) -> Deed<Option<OpenedLink>> {
        let trusted = self.trusted_now()?;
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let found =
            store::one_time::by_link(&mut tx, OneTimePurpose::ConfirmEmail, &link.digest(), trusted).await?;
        Ok(found
            .and_then(|found| found.address)
            .map(|address| OpenedLink { address: EmailAddress::kept(address).masked() }))
    }

    /// The link, confirmed in whatever browser it was opened. It lets nobody in: the page that waits goes on by itself
    /// (F13).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the link does not work (any more).
    /// - At `Field::Code`: `NoMailCode`, `TakenEmail`.
    pub async fn confirm_email_by_link(
        &self,
        tenant: &Tenant,
        link: &Token,
        browser: &str,
    ) -> Deed<OpenedLink> {
        let trusted = self.trusted_now()?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let found =
            store::one_time::by_link(&mut tx, OneTimePurpose::ConfirmEmail, &link.digest(), trusted).await?;
        let found = found.ok_or(Stop::StartAgain)?;
        store::member::hold(&mut tx, found.member).await?;
        let member = store::member::by_id(&mut tx, found.member).await?.ok_or(Stop::StartAgain)?;
        let address = EmailAddress::kept(found.address.clone().unwrap_or_default()).masked();
        let by = ConfirmedBy { word: "link", browser };
        // The browser that waits for it goes on by itself.
        let waits = found.bound_to.as_deref().and_then(|id| Uuid::from_slice(id).ok());
        let waits = AttemptId::kept(waits.ok_or(Stop::StartAgain)?);
        let who = (CredentialChange::FirstAddress, Doer::Attempt(waits));
        request::passed(member.id, Gate::MailLink);
        self.confirm(&mut tx, tenant, &member, &found, who, by, trusted).await?;
        tx.commit().await?;
        Ok(OpenedLink { address })
    }
}

/// What came of a new address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewEmail {
    /// It waits for its code, which is on its way.
    Asked,
    /// It is the one in force already; one that was waiting is called off.
    Kept,
}

/// In the portal: an address that was typed at first login where nothing was mailed, or a new one (D8, S-11).
impl Portal {
    /// Takes a new address and mails its code. It changes nothing until that is entered (N-17).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - At `Field::Email`: `Empty`, `MalformedEmail`, `TypoInEmail`, `TakenEmail`, `TooManyEmailTries`.
    pub async fn ask_new_email(
        &self,
        tenant: &Tenant,
        fresh: &FreshVisit,
        offer: &AddressOffer,
    ) -> Deed<NewEmail> {
        let now = self.clock.now();
        let visit = fresh.visit();
        let refuse = |refusal| Stop::refuse(Field::Email, refusal);
        if typed::fold(&offer.typed).is_empty() {
            return Err(refuse(Refusal::Empty));
        }
        let address = EmailAddress::read(&offer.typed).map_err(refuse)?;
        let is_new = visit.member.email.as_ref() != Some(&address);
        if is_new && let Some(refusal) = offer.typo(&address) {
            return Err(refuse(refusal));
        }
        if is_new && let Some(refusal) = self.ask_for_email(tenant, &visit.member, &address, now).await? {
            return Err(refuse(refusal));
        }

        // A second press, or the same address once more: its code is out, or was a moment ago.
        let waiting = self.code_that_waits(tenant, visit).await?;
        let is_asked = visit.member.email_pending.as_ref() == Some(&address);
        let is_mailed = is_asked && (waiting.is_out || waiting.seconds > 0);

        let (mut tx, member) = self.write_from(tenant, visit, Route::ChangeEmail).await?;
        let pending = is_new.then_some(&address);
        // The first of two presses was quicker.
        let is_quicker = !is_asked && member.email_pending.as_ref() == pending;
        let mails = is_new && !is_mailed && !is_quicker;
        if mails {
            let whose = (member.id, Bucket::Known);
            let counted = self.count_mail(tx, tenant, whose, OneTimePurpose::PendingEmail, now).await;
            tx = counted.map_err(|stop| stop.at(Field::Email))?;
        }
        if member.email_pending.as_ref() != pending {
            // What was mailed about another address is worth nothing any more.
            store::one_time::end_all(&mut tx, member.id, OneTimePurpose::PendingEmail).await?;
            store::member::review_email(&mut tx, member.id, pending, now).await?;
            let event = if is_new { Event::EmailPending } else { Event::EmailKept };
            self.note(&mut tx, Some(member.id), event, now)?;
        }
        if mails {
            self.write_pending_code(&mut tx, tenant, visit, &member, &address, now).await?;
        }
        tx.commit().await?;
        Ok(if is_new { NewEmail::Asked } else { NewEmail::Kept })
    }

    /// What the page says about the code that is out.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn pending_email_waiting(&self, tenant: &Tenant, visit: &Visit) -> Deed<CodeStatus> {
        self.code_that_waits(tenant, visit).await
    }

    async fn code_that_waits(&self, tenant: &Tenant, visit: &Visit) -> Deed<CodeStatus> {
        let bound_to = visit.session.id.uuid();
        self.waiting(tenant, visit.member.id, OneTimePurpose::PendingEmail, bound_to.as_bytes()).await
    }

    /// 「確認コードを送る」 and 「再送信」. What makes an address one's own wants fresh proofs (D11): the code speaks for them,
    /// so that nobody is sent back to the password for a slow mail.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when no address waits.
    /// - At `Field::Code`: `MailCodeTooSoon`, `TooManyMailCodes`.
    pub async fn mail_pending_email(&self, tenant: &Tenant, fresh: &FreshVisit) -> Deed<()> {
        let now = self.clock.now();
        let visit = fresh.visit();
        let purpose = OneTimePurpose::PendingEmail;
        let bound_to = visit.session.id.uuid();
        self.not_too_soon(tenant, visit.member.id, purpose, bound_to.as_bytes()).await?;
        let (tx, member) = self.write_as(tenant, visit).await?;
        let mut tx = self.count_mail(tx, tenant, (member.id, Bucket::Known), purpose, now).await?;
        let Some(address) = member.email_pending.clone() else { return Err(Stop::NotNow) };
        self.write_pending_code(&mut tx, tenant, visit, &member, &address, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The letter with the code of an address that waits; its mail was counted before.
    async fn write_pending_code(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        visit: &Visit,
        member: &Member,
        address: &EmailAddress,
        now: Timestamp,
    ) -> Deed<()> {
        let policy = &tenant.policy.email_otp;
        let bound_to = visit.session.id.uuid();
        let wanted = CodeRequest {
            purpose: OneTimePurpose::PendingEmail,
            bound_to: bound_to.as_bytes(),
            address: Some(address.as_str()),
            with_link: false,
            expires_at: now.checked_add(one_time::code_life(policy)).unwrap_or(now),
        };
        let fresh = self.make_code(tx, member, &wanted, now).await?;
        let letter = Letter::NewEmailCode { code: fresh.code, minutes: policy.ttl_minutes };
        self.send_to(tx, tenant, member, address, &letter, now).await?;
        Ok(())
    }

    /// Makes the pending address the verified one. Both addresses are told.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - At `Field::Code`: `Empty`, `MalformedMailCode`, `WrongConfirmationCode`, `NoMailCode`, `TakenEmail`.
    pub async fn confirm_pending_email(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        typed: &str,
        browser: &str,
    ) -> Deed<()> {
        let trusted = self.trusted_now()?;
        let bound_to = visit.session.id.uuid();
        let right = self
            .verify_code(tenant, visit.member.id, OneTimePurpose::PendingEmail, bound_to.as_bytes(), typed)
            .await?;
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        let by = ConfirmedBy { word: "code", browser };
        let who = (CredentialChange::Address, Doer::Session(visit.session.id));
        self.confirm(&mut tx, tenant, &member, &right, who, by, trusted).await?;
        tx.commit().await?;
        Ok(())
    }

    /// 「メールアドレスの変更をやめる」: what waits is dropped, its codes with it, and the address in force stays. A session is
    /// enough: it makes nothing weaker, and whoever finds the screen gains nothing by it. `false` when nothing waits any
    /// more: a second press, or another tab was first.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` where no address is in force: there is nothing to go back to.
    pub async fn call_off_pending_email(&self, tenant: &Tenant, visit: &Visit) -> Deed<bool> {
        let now = self.clock.now();
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        if member.email.is_none() {
            return Err(Stop::NotNow);
        }
        if member.email_pending.is_none() {
            return Ok(false);
        }
        store::one_time::end_all(&mut tx, member.id, OneTimePurpose::PendingEmail).await?;
        store::member::review_email(&mut tx, member.id, None, now).await?;
        self.note(&mut tx, Some(member.id), Event::EmailKept, now)?;
        tx.commit().await?;
        Ok(true)
    }
}

impl Portal {
    /// Uses a code or link up and makes its address the member's, if it still is the one that was asked about (F12). Where
    /// another address was there, both are told.
    #[expect(
        clippy::too_many_arguments,
        reason = "its three callers hand on what they have looked up and verified"
    )]
    async fn confirm(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        member: &Member,
        right: &OneTime,
        (change, doer): (CredentialChange, Doer),
        by: ConfirmedBy<'_>,
        trusted: TrustedTime,
    ) -> Deed<()> {
        let now = trusted.at();
        let address = right.address.clone().map(EmailAddress::kept);
        let Some(address) = address.filter(|address| to_confirm(member) == Some(address)) else {
            return Err(Stop::refuse(Field::Code, Refusal::NoMailCode));
        };
        if !store::one_time::take(tx, right.id, trusted).await? {
            return Err(Stop::refuse(Field::Code, Refusal::NoMailCode));
        }
        let unique = tenant.policy.email.unique;
        let old = member.email.as_ref().filter(|old| **old != address);
        // Where codes go to the address, it is a factor that was changed (I10).
        let everywhere = old.is_some() && member.holds_mail_code();
        // What went to the old mailbox opens nothing any more (D24, I6).
        let mut raised = self.raise(tx, tenant, member, change, doer, everywhere).await?;
        if !store::member::confirm_email(&mut raised, &address, unique, now).await? {
            return Err(Stop::refuse(Field::Code, Refusal::TakenEmail));
        }
        self.note(tx, Some(member.id), Event::EmailConfirmed { by: by.word }, now)?;
        if everywhere {
            self.note(tx, Some(member.id), Event::SignedOutEverywhere, now)?;
        }
        if let Some(old) = old {
            // Whoever reads the old mailbox is told (G16).
            let letter = Letter::EmailChanged { new: address.masked(), browser: by.browser.to_owned() };
            for reader in [old, &address] {
                self.send_to(tx, tenant, member, reader, &letter, now).await?;
            }
        }
        Ok(())
    }
}
