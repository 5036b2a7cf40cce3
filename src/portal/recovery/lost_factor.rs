//! A lost factor (D4): the wait and calling it off, the desk's code, and the old factors going once the new one works.

use jiff::Timestamp;

use super::known_addresses;
use crate::{
    domain::{
        audit::Event,
        first_credential::{self, ALPHABET},
        letter::Letter,
        lockout::CounterKind,
        member::{Member, MemberId, OneTimeId},
        one_time::{self, OneTimePurpose},
        refusal::Refusal,
        route::MailedLink,
        signin::{LostFactorWait, Step},
        tenant::{LostFactor, Method, Tenant},
    },
    portal::{
        Deed, Field, Portal, Stop,
        attempt::{AttemptOutcome, Seen},
    },
    store::{self, Write, epoch::EpochChange, one_time::NewOneTime},
    vault::Token,
};

/// What a link for calling off finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOff {
    /// The wait runs, and may be called off.
    Open,
    /// There is none any more.
    Done,
    /// The link is none of ours, or too old.
    Dead,
}

impl Portal {
    /// Begins the wait, where the union has one, and tells every known address how to call it off. One that runs goes
    /// on as it is: asking again makes it neither shorter nor longer.
    pub(super) async fn begin_wait(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        member: &Member,
        now: Timestamp,
    ) -> Deed<()> {
        let policy = &tenant.policy.recovery;
        if policy.lost_factor == LostFactor::DeskCode || policy.lost_factor_wait_hours == 0 {
            return Ok(());
        }
        let wait = LostFactorWait::begun(policy, now);
        if !store::recovery::begin_wait(tx, (member.id, member.epoch), wait, now).await? {
            return Ok(());
        }
        let token = self.vault.token()?;
        let new = NewOneTime {
            id: OneTimeId::new(now, self.chance()?),
            purpose: OneTimePurpose::CallOff,
            member: member.id,
            bound_to: None,
            link: Some(&token.digest()),
            code: None,
            address: None,
            misses: 0,
            expires_at: wait.closes_at,
            epoch: member.epoch,
        };
        store::one_time::put(tx, &new, now).await?;
        let link = self.link(tenant, MailedLink::CallOff, &token);
        let letter = Letter::LostFactorAsked { opens_at: wait.opens_at, closes_at: wait.closes_at, link };
        for address in known_addresses(member) {
            self.send_to(tx, tenant, member, address, &letter, now).await?;
        }
        self.note(tx, Some(member.id), Event::LostFactorWaitBegun, now).await?;
        Ok(())
    }

    /// What the link of the letter leads to. Changes nothing.
    pub async fn call_off_link(&self, tenant: &Tenant, link: &Token) -> Deed<CallOff> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(found) =
            store::one_time::by_link(&mut tx, OneTimePurpose::CallOff, &link.digest(), now).await?
        else {
            return Ok(CallOff::Dead);
        };
        let runs = store::recovery::wait(&mut tx, found.member).await?.is_some();
        Ok(if runs { CallOff::Open } else { CallOff::Done })
    }

    /// Calls the wait off, and every recovery that is on its way with it. Pressed twice it has the same end; the link of
    /// another wait is another one.
    pub async fn call_off(&self, tenant: &Tenant, link: &Token) -> Deed<CallOff> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let Some(found) =
            store::one_time::by_link(&mut tx, OneTimePurpose::CallOff, &link.digest(), now).await?
        else {
            return Ok(CallOff::Dead);
        };
        self.end_wait(&mut tx, found.member, "link", now).await?;
        tx.commit().await?;
        Ok(CallOff::Done)
    }

    /// Whoever signs in with the factor has not lost it.
    pub(in crate::portal) async fn call_off_by_factor(
        &self,
        tx: &mut Write,
        member: MemberId,
        now: Timestamp,
    ) -> Deed<()> {
        self.end_wait(tx, member, "factor", now).await
    }

    async fn end_wait(&self, tx: &mut Write, member: MemberId, by: &'static str, now: Timestamp) -> Deed<()> {
        if store::recovery::end_wait(tx, member).await? {
            store::attempt::close_recoveries(tx, member).await?;
            store::one_time::end_all(tx, member, OneTimePurpose::Recovery).await?;
            self.note(tx, Some(member), Event::LostFactorWaitEnded { by }, now).await?;
        }
        Ok(())
    }

    /// Verifies a code of the union's desk. Each has its own five tries, of some 10^18 codes; a try at one that is dead is
    /// verified against nothing and counted nowhere, so that it takes nothing from the next one.
    pub async fn offer_desk_code(&self, tenant: &Tenant, token: &Token, text: &str) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let refuse = |refusal| Stop::refuse(Field::Code, refusal);
        let wanted = |step| step == Step::DeskCode;
        let seen = self.look_for(tenant, token, wanted).await?;
        let member = seen.member.id;
        let typed = first_credential::generated(text);
        if typed.is_empty() {
            return Err(refuse(Refusal::Empty));
        }
        let fits = typed.len() == first_credential::LENGTH && typed.bytes().all(|c| ALPHABET.contains(&c));
        if !fits {
            return Err(refuse(Refusal::MalformedDeskCode));
        }

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let found = store::one_time::newest(&mut tx, member, OneTimePurpose::DeskCode, None).await?;
        let misses = match &found {
            Some(found) => store::one_time::reserve(&mut tx, found.id, one_time::TRIES, now).await?,
            None => None,
        };
        tx.commit().await?;
        let (Some(found), Some(misses)) = (found, misses) else {
            self.note_alone(tenant, Some(member), Event::DeskCodeDead, now).await?;
            return Err(refuse(Refusal::DeskCodeDead));
        };
        let digest = found.code.as_deref().unwrap_or_default();
        if !self.vault.is_code(OneTimePurpose::DeskCode, found.id, &typed, digest) {
            self.note_alone(tenant, Some(member), Event::DeskCodeDiffered, now).await?;
            return Err(refuse(match one_time::TRIES.saturating_sub(misses) {
                0 => Refusal::DeskCodeDead,
                left => Refusal::WrongDeskCode { left },
            }));
        }
        let (mut tx, seen) = self.write_for(tenant, token, now, wanted).await?;
        // Used by another browser, or replaced by the desk, a moment ago.
        if !store::one_time::take(&mut tx, found.id, now).await? {
            return Err(refuse(Refusal::DeskCodeDead));
        }
        store::attempt::prove_desk_code(&mut tx, seen.attempt.id, now).await?;
        self.note(&mut tx, Some(member), Event::DeskCodeAccepted, now).await?;
        self.go_on(tx, tenant, token, "", now).await
    }

    /// Takes every factor away that the member has lost, in the transaction in which the new one is added: before it, so
    /// that it may bear an old one's name; and never without it. Counts of wrong codes go with the factor they were about.
    pub(in crate::portal) async fn remove_lost_factors(
        &self,
        tx: &mut EpochChange<'_>,
        tenant: &Tenant,
        seen: &Seen,
        browser: &str,
        now: Timestamp,
    ) -> Deed<()> {
        let member = seen.member.id;
        let mut names = Vec::new();
        let mut removed = Vec::new();
        for passkey in store::passkey::of_member(tx, member).await? {
            names.push(passkey.name);
            removed.push((Method::Passkey, Some(passkey.id)));
        }
        for device in store::totp::of_member(tx, member).await? {
            names.push(device.name);
            removed.push((Method::AppOtp, Some(device.id)));
        }
        store::passkey::remove_all(tx).await?;
        store::totp::remove_all(tx).await?;
        if store::member::drop_mail_code(tx).await? {
            removed.push((Method::EmailOtp, None));
        }
        for (method, device) in removed {
            self.note(tx, Some(member), Event::FactorRemoved { method, device }, now).await?;
        }
        let subject = self.vault.guard_subject_member(member);
        for kind in [CounterKind::AppCode, CounterKind::MailCode] {
            store::lockout::forget(tx, &subject, kind, now).await?;
        }
        // Told at once: the new password, which is told as well, may never be set.
        // What is asked for from now on is set up next, and told then.
        let letter =
            Letter::FactorRemoved { device: names.join("\n"), usual: None, browser: browser.to_owned() };
        self.send(tx, tenant, &seen.member, &letter, now).await?;
        Ok(())
    }
}
