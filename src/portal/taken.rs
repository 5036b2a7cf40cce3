//! Taken: whether a user ID or an address is another member's, asked ten times a day (D7, D8, F8).

use jiff::{SignedDuration, Timestamp};

use super::{Deed, Field, Portal, Stop};
use crate::{
    domain::{
        audit::Event,
        email_typo,
        lockout::CounterKind,
        login_id::LoginId,
        member::{EmailAddress, Member},
        refusal::{LoginIdFlaw, Refusal},
        roster::LOGIN_RESTS_DAYS,
        tenant::Tenant,
    },
    store::{self, epoch::EpochChange, lockout::CounterKey},
    world,
};

/// An address as a form offers it.
#[derive(Debug, Clone, Default)]
pub struct AddressOffer {
    /// The address as it was typed.
    pub typed: String,
    /// The address the member was asked about before, and sent once more.
    pub as_it_stands: String,
}

impl AddressOffer {
    /// What is asked once of an address that looks like a slip.
    pub(super) fn typo(&self, address: &EmailAddress) -> Option<Refusal> {
        let meant = email_typo::meant(address)?;
        let is_meant = EmailAddress::parse(&self.as_it_stands).as_ref() == Some(address);
        (!is_meant).then(|| Refusal::TypoInEmail { typed: address.as_str().to_owned(), meant })
    }
}

impl Portal {
    /// Whether a user ID is free. A member may ask for ten a day, so that nobody reads the roster this way (F8).
    pub(super) async fn ask_for_login(
        &self,
        tenant: &Tenant,
        member: &Member,
        login: &LoginId,
        now: Timestamp,
    ) -> Deed<Option<Refusal>> {
        let subject = self.vault.guard_subject_day(member.id, world::today_in_japan(now));
        // The question and its answer are one transaction: what is not counted is not answered, and the other way round.
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let counter = CounterKey::of(CounterKind::LoginTaken, subject, &tenant.policy.lockout);
        if !store::lockout::count(&mut tx, &counter, now).await? {
            return Ok(Some(Refusal::TooManyLoginTries));
        }
        let free = store::member::login_is_free(&mut tx, login, member.id, now).await?;
        if !free {
            self.note(&mut tx, Some(member.id), Event::LoginTaken, now)?;
        }
        tx.commit().await?;
        if free {
            return Ok(None);
        }
        Ok(Some(Refusal::LoginId(LoginIdFlaw::Taken)))
    }

    /// Whether an address is another member's. Told to members who showed a credential and the birth date, ten
    /// times a day (D8).
    pub(super) async fn ask_for_email(
        &self,
        tenant: &Tenant,
        member: &Member,
        address: &EmailAddress,
        now: Timestamp,
    ) -> Deed<Option<Refusal>> {
        if !tenant.policy.email.unique {
            return Ok(None);
        }
        let subject = self.vault.guard_subject_day(member.id, world::today_in_japan(now));
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let counter = CounterKey::of(CounterKind::EmailTaken, subject, &tenant.policy.lockout);
        if !store::lockout::count(&mut tx, &counter, now).await? {
            return Ok(Some(Refusal::TooManyEmailTries));
        }
        let taken = store::member::email_is_taken(&mut tx, address, member.id).await?;
        if taken {
            self.note(&mut tx, Some(member.id), Event::EmailTaken, now)?;
        }
        tx.commit().await?;
        if !taken {
            return Ok(None);
        }
        Ok(Some(Refusal::TakenEmail))
    }

    /// Gives a member another user ID; the old one rests for a year (D7).
    pub(super) async fn give_login(
        &self,
        tx: &mut EpochChange<'_>,
        member: &Member,
        login: &LoginId,
        now: Timestamp,
    ) -> Deed<()> {
        let until = now.checked_add(SignedDuration::from_hours(24 * LOGIN_RESTS_DAYS)).unwrap_or(now);
        if !store::member::change_login(tx, &member.login, login, now, until).await? {
            return Err(Stop::refuse(Field::Login, Refusal::LoginId(LoginIdFlaw::Taken)));
        }
        self.note(tx, Some(member.id), Event::LoginChanged, now)?;
        Ok(())
    }
}
