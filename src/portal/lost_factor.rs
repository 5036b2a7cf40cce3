//! A lost factor: the wait before it may be replaced, and the old factors going once the new one works (D4).

use jiff::Timestamp;

use super::{Deed, Portal, attempt::Seen};
use crate::{
    domain::{
        audit::Event,
        letter::Letter,
        member::{EmailAddress, Member, MemberId, OneTimeId},
        one_time::OneTimePurpose,
        route::MailedLink,
        signin::{Goal, LostFactorWait},
        tenant::{LostFactor, Method, Tenant},
    },
    store::{self, Write, epoch::EpochChange, one_time::NewOneTime},
};

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
            expires_at: wait.closes_at,
            epoch: member.epoch,
        };
        store::one_time::put(tx, &new, now).await?;
        let link = self.link(tenant, MailedLink::CallOff, &token);
        let letter = Letter::LostFactorAsked { opens_at: wait.opens_at, closes_at: wait.closes_at, link };
        for address in known_addresses(member) {
            self.send_to(tx, tenant, member, address, &letter, now).await?;
        }
        self.note(tx, Some(member.id), Event::LostFactorWaitBegun, now)?;
        Ok(())
    }

    /// Whoever signs in with the factor has not lost it: a wait that runs is over, and who is on the way out of a forgotten
    /// password has chosen for themselves.
    pub(super) async fn call_off_by_factor(&self, tx: &mut Write, seen: &Seen, now: Timestamp) -> Deed<()> {
        if seen.attempt.goal == Goal::Recover || seen.standing.lost_factor.is_none() {
            return Ok(());
        }
        self.end_wait(tx, seen.member.id, "factor", now).await
    }

    /// Ends a wait that runs, and every recovery that is on its way with it.
    pub(super) async fn end_wait(
        &self,
        tx: &mut Write,
        member: MemberId,
        by: &'static str,
        now: Timestamp,
    ) -> Deed<()> {
        if store::recovery::end_wait(tx, member).await? {
            store::attempt::close_recoveries(tx, member).await?;
            store::one_time::end_all(tx, member, OneTimePurpose::Recovery).await?;
            self.note(tx, Some(member), Event::LostFactorWaitEnded { by }, now)?;
        }
        Ok(())
    }

    /// Forgets the wrong codes that were counted at factors which are about to go. Before the epoch is raised: whoever
    /// counts a try locks the counter first and the attempt second, and raising locks the attempts.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub(super) async fn forget_factor_counters(
        &self,
        tx: &mut Write,
        member: MemberId,
        now: Timestamp,
    ) -> Deed<()> {
        let subject = self.vault.guard_subject_member(member);
        for (_, kind) in Method::counters() {
            store::lockout::forget(tx, &subject, kind, now).await?;
        }
        Ok(())
    }

    /// Takes every factor away that the member has lost, in the transaction in which the new one is added: before it, so
    /// that it may bear an old one's name; and never without it.
    pub(super) async fn remove_lost_factors(
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
        for device in store::held::of_member(tx, member).await?.devices {
            names.push(device.name);
            removed.push((device.kind.method(), Some(device.id)));
        }
        store::held::remove_all(tx).await?;
        if store::member::drop_mail_code(tx).await? {
            removed.push((Method::EmailOtp, None));
        }
        for (method, device) in removed {
            self.note(tx, Some(member), Event::FactorRemoved { method, device }, now)?;
        }
        // Told at once: the new password, which is told as well, may never be set.
        // What is asked for from now on is set up next, and told then.
        let letter =
            Letter::FactorRemoved { device: names.join("\n"), usual: None, browser: browser.to_owned() };
        self.send(tx, tenant, &seen.member, &letter, now).await?;
        Ok(())
    }
}

/// Every address the portal knows of a member, verified or not, each once.
fn known_addresses(member: &Member) -> Vec<&EmailAddress> {
    let mut known: Vec<_> = member.email.iter().chain(&member.email_pending).collect();
    known.dedup_by_key(|address| address.key());
    known
}
