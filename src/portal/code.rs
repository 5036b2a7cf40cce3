//! Codes by mail: made, sent, counted, compared (D9; group E of the threats). What a right one opens is the business of
//! the deed that asked for it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Deed, Fault, Field, Portal, Stop};
use crate::{
    domain::{
        audit::Event,
        code::{CodeLength, MailedDigits, WrongCodes},
        letter::Letter,
        lockout::{Bucket, CounterKind},
        member::{AttemptId, EmailAddress, Member, MemberId, OneTimeId},
        one_time::{self, OneTimePurpose, TRIES},
        refusal::Refusal,
        route::MailedLink,
        signin::Step,
        tenant::{Tenant, TenantSlug, Verification},
    },
    store::{
        self, Read, Write,
        lockout::CounterKey,
        one_time::{NewOneTime, OneTime},
    },
    vault::Token,
    world::random_bytes,
};

/// Wrong mailed codes, by union: in the memory of this node, for what bounds the guesses at each member is durable.
#[derive(Debug, Default)]
pub(super) struct WrongCodesOfUnions(Mutex<HashMap<TenantSlug, WrongCodes>>);

impl WrongCodesOfUnions {
    fn lock(&self) -> MutexGuard<'_, HashMap<TenantSlug, WrongCodes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more, typed while a code was out. The one that makes them many is told in the log.
    pub fn counted(&self, tenant: &TenantSlug, now: Timestamp) {
        let mut unions = self.lock();
        let (counted, is_many) = unions.get(tenant).copied().unwrap_or_default().counted(now);
        unions.insert(tenant.clone(), counted);
        drop(unions);
        if is_many {
            tracing::error!(
                %tenant,
                wrong_codes = WrongCodes::MANY,
                "Mailed codes of many members are guessed; new codes have eight digits until an hour is quiet (E6)"
            );
        }
    }

    /// How long a code is that is mailed now.
    fn length(&self, tenant: &TenantSlug, now: Timestamp) -> CodeLength {
        self.lock().get(tenant).copied().unwrap_or_default().length(now)
    }
}

/// A fresh code, with its link if there is to be one.
#[derive(Debug)]
pub(super) struct NewCode {
    /// The digits in clear, for the letter alone: what is kept is their digest.
    pub code: SecretString,
    /// The token in the link.
    pub link: Option<Token>,
}

/// What a new code is to be.
#[derive(Debug)]
pub(super) struct CodeRequest<'a> {
    /// What the code is for.
    pub purpose: OneTimePurpose,
    /// The attempt, session or browser in which the code works.
    pub bound_to: &'a [u8],
    /// The address it speaks for.
    pub address: Option<&'a str>,
    /// Whether it gets a link that works anywhere.
    pub with_link: bool,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// What a page about a mailed code says of it.
#[derive(Debug, Clone, Copy)]
pub struct CodeStatus {
    /// Seconds until 再送信 is served; 0: now.
    pub seconds: i64,
    /// Whether a code is out that still works here.
    pub is_out: bool,
}

impl Portal {
    /// Counts a mail to the member in the transaction that writes it: five an hour for signing in or for making mailed codes
    /// a factor, of known browsers and of all others apart (D27), and five that confirm addresses (E7). A mail that is not
    /// written counts for nothing.
    ///
    /// # Errors
    /// [`Refusal::TooManyMailCodes`], and nothing of the transaction is kept.
    pub(super) async fn count_mail(
        &self,
        mut tx: Write,
        tenant: &Tenant,
        (member, bucket): (MemberId, Bucket),
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Deed<Write> {
        if self.may_mail(&mut tx, tenant, (member, bucket), purpose, now).await? {
            return Ok(tx);
        }
        drop(tx);
        self.note_alone(tenant, Some(member), Event::CodeNotMailed { purpose }, now).await?;
        Err(Stop::refuse(Field::Code, Refusal::TooManyMailCodes))
    }

    async fn may_mail(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        (member, bucket): (MemberId, Bucket),
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let subject = self.vault.guard_subject_hour(member, now);
        let kind = if purpose.confirms_address() {
            CounterKind::ConfirmationMailed
        } else {
            CounterKind::CodeMailed(bucket)
        };
        let counter = CounterKey::of(kind, subject, &tenant.policy.lockout);
        Ok(store::lockout::count(tx, &counter, now).await?)
    }

    /// Some pages wait for a mail. It is written in the transaction of the deed that leads to them, unless one is out for
    /// this attempt already: GET changes nothing, and a deed leaves nothing half done. Where too many were mailed, the page
    /// says so when 再送信 is pressed.
    pub(super) async fn mail_what_is_waited_for(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        (member, bucket): (&Member, Bucket),
        attempt: AttemptId,
        step: Step,
        now: Timestamp,
    ) -> Deed<()> {
        let purpose = match step {
            Step::ConfirmEmail => OneTimePurpose::ConfirmEmail,
            Step::Prove(method) | Step::SetUp(method) if method.is_mailed() => OneTimePurpose::MailCode,
            _ => return Ok(()),
        };
        let bound_to = attempt.uuid();
        let newest = store::one_time::newest(tx, member.id, purpose, Some(bound_to.as_bytes())).await?;
        if newest.is_some_and(|newest| code_is_alive(tenant, &newest, now)) {
            return Ok(());
        }
        if !self.may_mail(tx, tenant, (member.id, bucket), purpose, now).await? {
            self.note(tx, Some(member.id), Event::CodeNotMailed { purpose }, now)?;
            return Ok(());
        }
        match purpose {
            OneTimePurpose::ConfirmEmail => match to_confirm(member) {
                Some(address) => self.mail_confirmation(tx, tenant, member, address, attempt, now).await,
                None => Ok(()),
            },
            _ => self.mail_sign_in_code(tx, tenant, member, attempt, now).await,
        }
    }

    /// Writes the code of a sign-in, and its letter; the mail was counted before.
    pub(super) async fn mail_sign_in_code(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        member: &Member,
        attempt: AttemptId,
        now: Timestamp,
    ) -> Deed<()> {
        let policy = &tenant.policy.email_otp;
        let bound_to = attempt.uuid();
        let wanted = CodeRequest {
            purpose: OneTimePurpose::MailCode,
            bound_to: bound_to.as_bytes(),
            address: None,
            with_link: false,
            expires_at: now.checked_add(one_time::code_life(policy)).unwrap_or(now),
        };
        let fresh = self.make_code(tx, member, &wanted, now).await?;
        let letter = Letter::MailCode { code: fresh.code, minutes: policy.ttl_minutes };
        self.send(tx, tenant, member, &letter, now).await?;
        Ok(())
    }

    /// Writes the question whether an address is the member's, and its letter; the mail was counted before.
    pub(super) async fn mail_confirmation(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        member: &Member,
        address: &EmailAddress,
        attempt: AttemptId,
        now: Timestamp,
    ) -> Deed<()> {
        let by_link = tenant.policy.email.verification == Verification::Link;
        let policy = &tenant.policy.email_otp;
        let life = if by_link { one_time::CONFIRM_LINK } else { one_time::code_life(policy) };
        let bound_to = attempt.uuid();
        let wanted = CodeRequest {
            purpose: OneTimePurpose::ConfirmEmail,
            bound_to: bound_to.as_bytes(),
            address: Some(address.as_str()),
            with_link: by_link,
            expires_at: now.checked_add(life).unwrap_or(now),
        };
        let fresh = self.make_code(tx, member, &wanted, now).await?;
        let letter = match fresh.link {
            Some(link) => Letter::ConfirmEmailByLink {
                link: self.link(tenant, MailedLink::ConfirmEmail, &link),
                code: fresh.code,
                minutes: u32::try_from(life.as_mins()).unwrap_or(u32::MAX),
                code_minutes: policy.ttl_minutes,
            },
            None => Letter::ConfirmEmailByCode { code: fresh.code, minutes: policy.ttl_minutes },
        };
        self.send_to(tx, tenant, member, address, &letter, now).await?;
        Ok(())
    }

    /// Makes a code in the transaction of its letter. A code only speaks for the address it was mailed to, and five
    /// mails an hour bound the guesses; at sign-in the attempt's own five tries do, however many codes are mailed for
    /// it (E4).
    pub(super) async fn make_code(
        &self,
        tx: &mut Write,
        member: &Member,
        wanted: &CodeRequest<'_>,
        now: Timestamp,
    ) -> Result<NewCode, Fault> {
        let code = self.draw_code(wanted.purpose, tx.tenant(), now)?;
        let link = if wanted.with_link { Some(self.vault.token()?) } else { None };
        let id = OneTimeId::new(now, self.chance()?);
        let digest = link.as_ref().map(Token::digest);
        let code_digest = self.vault.code_digest(wanted.purpose, id, code.expose_secret());
        let new = NewOneTime {
            id,
            purpose: wanted.purpose,
            member: member.id,
            bound_to: Some(wanted.bound_to),
            link: digest.as_deref(),
            code: Some(&code_digest),
            address: wanted.address,
            expires_at: wanted.expires_at,
            epoch: member.epoch,
        };
        store::one_time::put(tx, &new, now).await?;
        self.note(tx, Some(member.id), Event::CodeMailed { purpose: wanted.purpose }, now)?;
        Ok(NewCode { code, link })
    }

    /// Digits that nobody can foretell: more of them for what lets somebody in, while many guess (E6).
    pub(super) fn draw_code(
        &self,
        purpose: OneTimePurpose,
        tenant: &TenantSlug,
        now: Timestamp,
    ) -> Result<SecretString, Fault> {
        let length =
            if purpose.guess_lets_in() { self.wrong_codes.length(tenant, now) } else { CodeLength::Six };
        loop {
            if let Some(code) = length.draw(random_bytes(self.rng.as_ref())?) {
                return Ok(code);
            }
        }
    }

    /// What a page says about the newest code of that purpose in that browser.
    pub(super) async fn waiting(
        &self,
        tenant: &Tenant,
        member: MemberId,
        purpose: OneTimePurpose,
        bound_to: &[u8],
    ) -> Deed<CodeStatus> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let newest = store::one_time::newest(&mut tx, member, purpose, Some(bound_to)).await?;
        Ok(newest.map_or(CodeStatus { seconds: 0, is_out: false }, |newest| CodeStatus {
            seconds: seconds_to_wait(tenant, &newest, now),
            is_out: code_is_alive(tenant, &newest, now),
        }))
    }

    /// Refuses 再送信 before its time (D9).
    pub(super) async fn not_too_soon(
        &self,
        tenant: &Tenant,
        member: MemberId,
        purpose: OneTimePurpose,
        bound_to: &[u8],
    ) -> Deed<()> {
        let waiting = self.waiting(tenant, member, purpose, bound_to).await?;
        if waiting.seconds > 0 {
            return Err(Stop::refuse(Field::Code, Refusal::MailCodeTooSoon { seconds: waiting.seconds }));
        }
        Ok(())
    }

    /// The code that is out for this purpose in this browser, while it lives.
    pub(super) async fn code_out(
        &self,
        tx: &mut Read,
        tenant: &Tenant,
        member: MemberId,
        purpose: OneTimePurpose,
        bound_to: &[u8],
        now: Timestamp,
    ) -> Result<Option<OneTime>, Fault> {
        let newest = store::one_time::newest(tx, member, purpose, Some(bound_to)).await?;
        Ok(newest.filter(|newest| code_is_alive(tenant, newest, now)))
    }

    /// Whether that is the code.
    pub(super) fn is_code(&self, purpose: OneTimePurpose, kept: &OneTime, typed: &MailedDigits) -> bool {
        let digest = kept.code.as_deref().unwrap_or_default();
        self.vault.is_code(purpose, kept.id, typed.expose(), digest)
    }

    /// Verifies a code that confirms something: counted and committed first, compared then. The one to be used up, or a
    /// refusal.
    pub(super) async fn verify_code(
        &self,
        tenant: &Tenant,
        member: MemberId,
        purpose: OneTimePurpose,
        bound_to: &[u8],
        typed: &str,
    ) -> Deed<OneTime> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let code = MailedDigits::parse(typed).map_err(|refusal| Stop::refuse(Field::Code, refusal))?;
        let none = || Stop::refuse(Field::Code, Refusal::NoMailCode);
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let kept = self.code_out(&mut tx, tenant, member, purpose, bound_to, now).await?;
        let kept = kept.ok_or_else(none)?;
        let misses = store::one_time::reserve(&mut tx, kept.id, TRIES, trusted).await?.ok_or_else(none)?;
        tx.commit().await?;
        if self.is_code(purpose, &kept, &code) {
            return Ok(kept);
        }
        self.note_alone(tenant, Some(member), Event::MailedCodeDiffered { purpose }, now).await?;
        Err(match TRIES.saturating_sub(misses) {
            0 => none(),
            left => Stop::refuse(Field::Code, Refusal::WrongConfirmationCode { left }),
        })
    }

    /// An address of this union with a token at its end. Made of the union's file and the settings, never of a request
    /// (A1).
    pub(super) fn link(&self, tenant: &Tenant, link: MailedLink, token: &Token) -> SecretString {
        SecretString::from(format!("{}{}", self.public.origin(tenant), link.path(token.expose())))
    }
}

/// The address that is to be confirmed: the one just typed, else the one on the roster.
pub(super) fn to_confirm(member: &Member) -> Option<&EmailAddress> {
    member.email_pending.as_ref().or(member.email.as_ref())
}

/// Seconds until another code is mailed. For one that a clock made that ran ahead nobody waits (R24).
fn seconds_to_wait(tenant: &Tenant, newest: &OneTime, now: Timestamp) -> i64 {
    if newest.made_at > one_time::made_by(now) {
        return 0;
    }
    let since = now.duration_since(newest.made_at).as_secs();
    (i64::from(tenant.policy.email_otp.resend_seconds) - since).max(0)
}

/// A code lives `email_otp.ttl_minutes`, also beside a link that lives longer, and where its tries are counted in its row
/// five of them (D9).
fn code_is_alive(tenant: &Tenant, newest: &OneTime, now: Timestamp) -> bool {
    let age = now.duration_since(newest.made_at);
    newest.code.is_some()
        && newest.made_at <= one_time::made_by(now)
        && now < newest.expires_at
        && age < one_time::code_life(&tenant.policy.email_otp)
        && newest.misses < TRIES
}
