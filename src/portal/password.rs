//! Passwords of the member's own: judging a new one, and changing it from inside (D6, S-10, K-07).

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Deed, Field, Portal, Stop, session::FreshVisit};
use crate::{
    domain::{
        audit::Event,
        epoch::{CredentialChange, Doer},
        letter::Letter,
        lockout::CounterKind,
        login_id::LoginId,
        member::{EmailAddress, Member},
        password::{self, Password, PasswordContext},
        refusal::{PasswordFlaw, Refusal},
        tenant::{Forbidden, Tenant},
        typed,
    },
    store::{self, password::FirstKind},
    vault::ExpectedPassword,
};

/// A new password as typed, twice.
pub(super) struct TypedPassword<'a> {
    pub password: &'a SecretString,
    pub again: &'a SecretString,
}

/// What the page of a member who is signed in offers.
#[derive(Debug)]
pub struct PasswordChange {
    /// Whose page it was typed into.
    pub shown_to: LoginId,
    /// When the password was set that was in force then.
    pub shown: Option<Timestamp>,
    /// The new password.
    pub password: SecretString,
    /// The same again.
    pub again: SecretString,
    /// 「全てのデバイスからサインアウトする」
    pub everywhere: bool,
    /// Coarse device of the browser.
    pub browser: String,
}

impl Portal {
    /// When the member's own password was set (S-06): what the page carries, to be compared.
    pub async fn password_set_at(&self, tenant: &Tenant, member: &Member) -> Deed<Option<Timestamp>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::password::own(&mut tx, member.id).await?.map(|own| own.set_at))
    }

    /// Changes the password. Everything that was begun with the old one ends (D24, I6); other sessions too, unless the
    /// member keeps them (I10). A second press finds it done; a page that is older than
    /// the password in force is refused.
    pub async fn change_password(
        &self,
        tenant: &Tenant,
        fresh: &FreshVisit,
        offer: PasswordChange,
    ) -> Deed<()> {
        let now = self.clock.now();
        let visit = fresh.visit();
        // A family at one computer: the page was opened for one member, and another has signed in since.
        if offer.shown_to != visit.member.login {
            return Err(Stop::NotNow);
        }
        if self.password_set_at(tenant, &visit.member).await? != offer.shown {
            let typed = Password::typed(&offer.password);
            return match typed {
                Some(typed) if self.is_in_force(tenant, &visit.member, &typed).await? => Ok(()),
                _ => Err(Stop::refuse(Field::Page, Refusal::PasswordChangedMeanwhile)),
            };
        }
        let typed = TypedPassword { password: &offer.password, again: &offer.again };
        let password = self.judge_password(tenant, &visit.member, &typed, true).await?;

        let hash = self.vault.hash(&password).await?;

        let (mut tx, member) = self.write_from(tenant, visit, "password").await?;
        let in_force = store::password::own(&mut tx, member.id).await?.map(|own| own.set_at);
        if in_force != offer.shown {
            drop(tx);
            // The first of two presses was quicker.
            if self.is_in_force(tenant, &member, &password).await? {
                return Ok(());
            }
            return Err(Stop::refuse(Field::Page, Refusal::PasswordChangedMeanwhile));
        }
        let by = Doer::Session(visit.session.id);
        let mut raised =
            self.raise(&mut tx, tenant, &member, CredentialChange::Password, by, offer.everywhere).await?;
        store::password::set(&mut raised, &hash, now).await?;
        // Whoever showed the strongest factor may be trusted with as much as a reset is (D13).
        let subject = self.vault.guard_subject_member(member.id);
        store::lockout::forget(&mut tx, &subject, CounterKind::Password, now).await?;
        self.note(&mut tx, Some(member.id), Event::PasswordChanged, now).await?;
        if offer.everywhere {
            self.note(&mut tx, Some(member.id), Event::SignedOutEverywhere, now).await?;
        }
        let letter = Letter::PasswordChanged { browser: offer.browser };
        self.send(&mut tx, tenant, &member, &letter, now).await?;
        tx.commit().await?;
        Ok(())
    }

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
    async fn is_in_force(&self, tenant: &Tenant, member: &Member, password: &Password) -> Deed<bool> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let own = store::password::own(&mut tx, member.id).await?;
        let first = store::password::first(&mut tx, member.id).await?;
        drop(tx);
        let expected = match (own, first) {
            (Some(own), _) => ExpectedPassword::Own(own.hash),
            (None, Some(first)) => match (first.kind, first.digest) {
                (FirstKind::Printed, Some(digest)) => ExpectedPassword::Printed(member.id, digest),
                (FirstKind::Generated, Some(digest)) => ExpectedPassword::Generated(member.id, digest),
                _ => ExpectedPassword::Derived(member.number.derived_passwords(member.birth_date)),
            },
            (None, None) => return Ok(false),
        };
        Ok(self.vault.verify(&expected, Some(password)).await?)
    }
}
