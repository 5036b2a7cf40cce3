//! Codes by mail: made, sent, counted, compared (D9; group E of the threats). What a right one opens is the business of
//! the deed that asked for it.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Deed, Fault, Field, Portal, Stop};
use crate::{
    domain::{
        audit::Event,
        code::SixDigits,
        lockout::{CounterKind, Ladder},
        member::{Member, MemberId, OneTimeId},
        one_time::{self, OneTimePurpose, TRIES},
        refusal::Refusal,
        tenant::Tenant,
    },
    store::{
        self, Write,
        one_time::{NewOneTime, OneTime},
    },
    vault::Token,
    world::random_bytes,
};

/// A fresh code, with its link if there is to be one.
#[derive(Debug)]
pub(super) struct NewCode {
    /// Six digits.
    pub code: SecretString,
    /// The token in the link.
    pub link: Option<Token>,
}

/// What is to be made.
#[derive(Debug)]
pub(super) struct CodeRequest<'a> {
    /// What for.
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

/// What came of a typed code.
#[derive(Debug)]
pub(super) enum CodeComparison {
    /// The one to be used up, in the transaction of what it opens.
    Right(OneTime),
    /// It was compared, and differs.
    Wrong {
        /// What to say.
        refusal: Refusal,
    },
    /// There was no code that lives, or it has had its tries.
    WithNothing,
}

impl Portal {
    /// Counts a mail to the member in the transaction that writes it: five an hour that let the member in, and five that
    /// confirm addresses (E7). A mail that is not written counts for nothing.
    pub(super) async fn count_mail(
        &self,
        mut tx: Write,
        tenant: &Tenant,
        member: MemberId,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Deed<Write> {
        let subject = self.vault.guard_subject_hour(member, now);
        let kind = if purpose.confirms_address() {
            CounterKind::ConfirmationMailed
        } else {
            CounterKind::CodeMailed
        };
        if store::lockout::count(&mut tx, &subject, kind, Ladder::CODES_MAILED, now).await? {
            return Ok(tx);
        }
        drop(tx);
        self.note_alone(tenant, Some(member), Event::CodeNotMailed { purpose }, now).await?;
        Err(Stop::refuse(Field::Code, Refusal::TooManyMailCodes))
    }

    /// Makes a code in the transaction of its letter. At sign-in the misses of the one it replaces stay (E4); elsewhere a
    /// code only speaks for the address it was mailed to, and five mails an hour bound the guesses.
    pub(super) async fn make_code(
        &self,
        tx: &mut Write,
        member: &Member,
        wanted: &CodeRequest<'_>,
        now: Timestamp,
    ) -> Result<NewCode, Fault> {
        let code = self.six_digits()?;
        let link = if wanted.with_link { Some(self.vault.token()?) } else { None };
        let id = OneTimeId::new(now, self.chance()?);
        let former = store::one_time::newest(tx, member.id, wanted.purpose, Some(wanted.bound_to)).await?;
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
            misses: former
                .filter(|_| wanted.purpose == OneTimePurpose::MailCode)
                .map_or(0, |former| former.misses),
            expires_at: wanted.expires_at,
            epoch: member.epoch,
        };
        store::one_time::put(tx, &new, now).await?;
        self.note(tx, Some(member.id), Event::CodeMailed { purpose: wanted.purpose }, now).await?;
        Ok(NewCode { code, link })
    }

    /// Six digits that nobody can foretell.
    pub(super) fn six_digits(&self) -> Result<SecretString, Fault> {
        loop {
            if let Some(code) = one_time::six_digits(random_bytes(self.rng.as_ref())?) {
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

    /// Verifies a typed code: the one to be used up, or a refusal.
    pub(super) async fn verify_code(
        &self,
        tenant: &Tenant,
        member: MemberId,
        purpose: OneTimePurpose,
        bound_to: &[u8],
        typed: &str,
    ) -> Deed<OneTime> {
        match self.compare_code(tenant, member, purpose, bound_to, typed).await? {
            CodeComparison::Right(right) => Ok(right),
            CodeComparison::Wrong { refusal } => Err(Stop::refuse(Field::Code, refusal)),
            CodeComparison::WithNothing => Err(Stop::refuse(Field::Code, Refusal::NoMailCode)),
        }
    }

    /// Compares a typed code: counted and committed first, compared then.
    pub(super) async fn compare_code(
        &self,
        tenant: &Tenant,
        member: MemberId,
        purpose: OneTimePurpose,
        bound_to: &[u8],
        typed: &str,
    ) -> Deed<CodeComparison> {
        let now = self.clock.now();
        let code = SixDigits::mailed(typed).map_err(|refusal| Stop::refuse(Field::Code, refusal))?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let newest = store::one_time::newest(&mut tx, member, purpose, Some(bound_to)).await?;
        let newest = newest.filter(|newest| code_is_alive(tenant, newest, now));
        let Some(kept) = newest else { return Ok(CodeComparison::WithNothing) };
        let Some(misses) = store::one_time::reserve(&mut tx, kept.id, TRIES, now).await? else {
            return Ok(CodeComparison::WithNothing);
        };
        tx.commit().await?;
        let digest = kept.code.as_deref().unwrap_or_default();
        if self.vault.is_code(purpose, kept.id, code.expose(), digest) {
            return Ok(CodeComparison::Right(kept));
        }
        self.note_alone(tenant, Some(member), Event::MailedCodeDiffered { purpose }, now).await?;
        let refusal = match (TRIES.saturating_sub(misses), purpose) {
            (0, _) => Refusal::NoMailCode,
            (left, OneTimePurpose::MailCode) => Refusal::WrongMailCode { left },
            (left, _) => Refusal::WrongConfirmationCode { left },
        };
        Ok(CodeComparison::Wrong { refusal })
    }
}

fn seconds_to_wait(tenant: &Tenant, newest: &OneTime, now: Timestamp) -> i64 {
    let since = now.duration_since(newest.made_at).as_secs();
    (i64::from(tenant.policy.email_otp.resend_seconds) - since).max(0)
}

/// A code lives ten minutes and five tries (D9), also beside a link that lives longer.
fn code_is_alive(tenant: &Tenant, newest: &OneTime, now: Timestamp) -> bool {
    let age = now.duration_since(newest.made_at);
    newest.code.is_some()
        && now < newest.expires_at
        && age < one_time::code_life(&tenant.policy.email_otp)
        && newest.misses < TRIES
}
