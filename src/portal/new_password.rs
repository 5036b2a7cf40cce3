//! A new password: judged by the union's rules, compared with the one in force, and what ends with it (D6, D4).

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Deed, Fault, Field, Portal, Stop, attempt::Seen, request};
use crate::{
    domain::{
        audit::Event,
        letter::Letter,
        lockout::{Bucket, CounterKind},
        member::{EmailAddress, Member, MemberId},
        password::{self, Password, PasswordContext},
        refusal::{PasswordFlaw, Refusal},
        signin,
        tenant::{Forbidden, Method, Tenant},
        typed,
    },
    store::{
        self, Write,
        epoch::EpochChange,
        password::{FirstCredential, FirstKind, MemberCredentials},
    },
    vault::ExpectedPassword,
};

/// A new password as typed, twice.
pub(super) struct TypedPassword<'a> {
    pub password: &'a SecretString,
    pub again: &'a SecretString,
}

/// What a first credential is compared with.
///
/// # Errors
/// [`Fault::Inconsistent`] where it was printed or drawn and its digest is gone.
pub(super) fn expected_first(member: &Member, first: FirstCredential) -> Result<ExpectedPassword, Fault> {
    let digest = || first.digest.ok_or(Fault::Inconsistent("a stored first credential without its digest"));
    Ok(match first.kind {
        FirstKind::Printed => ExpectedPassword::Printed(member.id, digest()?),
        FirstKind::Generated => ExpectedPassword::Generated(member.id, digest()?),
        FirstKind::Derived => ExpectedPassword::Derived(member.number.derived_passwords(member.birth_date)),
    })
}

impl Portal {
    /// Every flaw at once, at its field. `replaced`: the one in force may not stay, whatever the union's file says.
    pub(super) async fn judge_password(
        &self,
        tenant: &Tenant,
        member: &Member,
        offer: &TypedPassword<'_>,
        replaced: bool,
    ) -> Deed<Password> {
        let text = offer.password.expose_secret();
        if text.is_empty() {
            return Err(Stop::refuse(Field::Password, Refusal::Empty));
        }
        let max = tenant.policy.password.max_length;
        let Some(password) = Password::typed(offer.password) else {
            let flaw = Refusal::Password(PasswordFlaw::TooLong { max });
            return Err(Stop::refuse(Field::Password, flaw));
        };
        let union_words = password::union_words(tenant);
        let about = PasswordContext {
            login: &member.login,
            birth_date: member.birth_date,
            number: &member.number,
            mailbox: member.email.as_ref().map(EmailAddress::mailbox),
            union_words: &union_words,
        };
        let policy = &tenant.policy.password;
        let mut flaws = password::flaws(policy, &password, &about);
        let judged = replaced || policy.forbid.contains(&Forbidden::Current);
        if judged && self.is_in_force(tenant, member, &password).await? {
            flaws.push(PasswordFlaw::IsCurrent);
        }
        let mut refused: Vec<_> =
            flaws.into_iter().map(|f| (Field::Password, Refusal::Password(f))).collect();
        if offer.again.expose_secret().is_empty() {
            refused.push((Field::PasswordAgain, Refusal::Empty));
        } else if typed::password(offer.again.expose_secret()) != password.expose() {
            refused.push((Field::PasswordAgain, Refusal::PasswordsDiffer));
        }
        if refused.is_empty() { Ok(password) } else { Err(Stop::Refused(refused)) }
    }

    /// Whether one of these is the password in force. Asked of user IDs, after the member has shown who they are: to a
    /// stranger it would be a guess for free.
    pub(super) async fn is_any_in_force(
        &self,
        tenant: &Tenant,
        member: &Member,
        passwords: &[Password],
    ) -> Deed<bool> {
        for password in passwords {
            if self.is_in_force(tenant, member, password).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the password is the one in force, first or own.
    pub(super) async fn is_in_force(
        &self,
        tenant: &Tenant,
        member: &Member,
        password: &Password,
    ) -> Deed<bool> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let MemberCredentials { own, first } = store::password::of_member(&mut tx, member.id).await?;
        drop(tx);
        let expected = match (own, first) {
            (Some(own), _) => ExpectedPassword::Own(own.hash),
            (None, Some(first)) => expected_first(member, first)?,
            (None, None) => return Ok(false),
        };
        Ok(self.vault.verify(request::hash_asker(true), &expected, Some(password)).await?)
    }

    /// A password that was off is on again with another one (D13). Pauses stay: this browser has its own, and strangers see
    /// the others (D27).
    pub(super) async fn forget_password_counts(&self, tx: &mut Write, member: MemberId) -> Deed<()> {
        let (subject, now) = (self.vault.guard_subject_member(member), self.clock.now());
        for bucket in Bucket::BOTH {
            store::lockout::forget_count(tx, &subject, CounterKind::Password(bucket), now).await?;
        }
        Ok(())
    }

    /// The wrong codes that somebody typed behind a password they knew keep no factor off once there is another password
    /// (TD6). `shown`: the factor that was shown, and whose tries those of that browser are counted with. Before the epoch is
    /// raised, as [`Portal::forget_factor_counters`] is.
    pub(super) async fn end_strangers_counts(
        &self,
        tx: &mut Write,
        member: MemberId,
        (shown, shown_in): (Method, Bucket),
        now: Timestamp,
    ) -> Deed<()> {
        let subject = self.vault.guard_subject_member(member);
        for kind in shown.ends_counts(shown_in) {
            store::lockout::forget(tx, &subject, kind, now).await?;
        }
        Ok(())
    }

    /// What ends with a new password beside everything that an epoch ends: the pauses of the old one. A staff lock stays,
    /// and so do the counts of wrong codes (G12).
    pub(super) async fn finish_recovery(
        &self,
        tx: &mut EpochChange<'_>,
        tenant: &Tenant,
        seen: &mut Seen,
        browser: &str,
        now: Timestamp,
    ) -> Deed<()> {
        let member = seen.member.id;
        if let Some(recovery) = &mut seen.attempt.proofs.recovery {
            recovery.password = true;
        }
        let subject = self.vault.guard_subject_member(member);
        // A new password is nothing that was guessed at before. Pauses end with it, too: the member waits for that.
        for bucket in Bucket::BOTH {
            store::lockout::forget(tx, &subject, CounterKind::Password(bucket), now).await?;
            store::lockout::forget(tx, &subject, CounterKind::RecoveryCode(bucket), now).await?;
        }
        self.note(tx, Some(member), Event::SignedOutEverywhere, now)?;
        let lost = seen.attempt.proofs.recovery.is_some_and(|recovery| recovery.lost == Some(true));
        // Where a union offers nothing to set up any more, the old factor was shown after all.
        let factor_replaced = lost
            && seen.attempt.proofs.factor.is_some()
            && signin::replacements(&tenant.policy).next().is_some();
        self.note(tx, Some(member), Event::PasswordRecovered { factor_replaced }, now)?;
        let letter = Letter::Recovered { factor_replaced, browser: browser.to_owned() };
        self.send(tx, tenant, &seen.member, &letter, now).await?;
        Ok(())
    }
}
