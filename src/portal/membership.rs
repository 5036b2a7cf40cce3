//! Memberships that are over: what the doors say by the calendar is made final, member by member; and long afterwards
//! everything about the member is erased (D34).

use jiff::SignedDuration;

use super::{Fault, NodeJob, Portal, erasure};
use crate::{
    domain::{audit::Event, tenant::Tenant},
    store::{
        self,
        epoch::{self, CarriedOver},
        lease,
    },
};

/// Members in one transaction: others write meanwhile.
const AT_ONCE: u32 = 50;
/// Members who are erased in one transaction: each has rows in a dozen tables.
const ERASED_AT_ONCE: u32 = 20;
/// Members of a union who are erased in one round.
const ERASED_IN_A_ROUND: u64 = 1_000;
/// The lease of whoever ends a union's memberships.
const ENDING: &str = "end-memberships";
/// The lease of whoever erases a union's former members.
const ERASING: &str = "erase-ended";
/// How long they last: when its node dies, another one takes over.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

impl Portal {
    /// Ends every membership of the union whose last day is over: its member's epoch is raised, so that nothing in flight
    /// lives on, whatever becomes of the clock or of the last day. One node at a time, batch by batch. How many.
    ///
    /// # Errors
    /// [`Fault::Clock`] while the time is not believed. `Fault` when the database fails; what was ended before stays so, and
    /// the next round goes on.
    pub async fn end_memberships(&self, tenant: &Tenant, job: NodeJob<'_>) -> Result<u64, Fault> {
        let mut ended = 0;
        while (job.goes_on)() {
            let now = self.trusted_now()?.at();
            let mut tx = self.store.tenant(&tenant.slug).read().await?;
            let over = store::membership::over(&mut tx, now, AT_ONCE).await?;
            drop(tx);
            if over.is_empty() {
                break;
            }
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            if !lease::take(&mut tx, ENDING, job.holder, now, LEASE).await? {
                break;
            }
            let before = ended;
            store::member::hold_all(&mut tx, over.iter().map(|found| found.id)).await?;
            for found in &over {
                // The desk, or another node, may have been quicker.
                let Some(member) = store::member::by_id(&mut tx, found.id).await? else { continue };
                let Some(day) = member.membership.lost_on().filter(|_| member.membership.is_to_be_ended(now))
                else {
                    continue;
                };
                let Some(mut raised) = epoch::raise(&mut tx, &member, &CarriedOver::default()).await? else {
                    continue;
                };
                store::membership::end(&mut raised, now).await?;
                self.note(&mut tx, Some(member.id), Event::MembershipEnded { day: day.date() }, now)?;
                ended += 1;
            }
            tx.commit().await?;
            if ended == before {
                break;
            }
            self.store.let_others_write().await;
        }
        Ok(ended)
    }

    /// Erases everything about members of the union whose membership ended longer ago than its file says: a few at a time,
    /// some thousand in a round, by one node. The trail keeps their ids. How many.
    ///
    /// # Errors
    /// [`Fault::Clock`] while the time is not believed: nothing is erased then, for it cannot be taken back. `Fault` when the
    /// database fails; whoever was erased before stays so, and the next round goes on.
    pub async fn erase_ended(&self, tenant: &Tenant, job: NodeJob<'_>) -> Result<u64, Fault> {
        let days = tenant.policy.retention.ended_days;
        let mut erased = 0;
        while erased < ERASED_IN_A_ROUND && (job.goes_on)() {
            let now = self.trusted_now()?.at();
            let kept = SignedDuration::from_hours(24 * i64::from(days));
            let Ok(before) = now.checked_sub(kept) else { break };
            let mut tx = self.store.tenant(&tenant.slug).read().await?;
            let ended = store::membership::ended_before(&mut tx, before, ERASED_AT_ONCE).await?;
            drop(tx);
            if ended.is_empty() {
                break;
            }
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            if !lease::take(&mut tx, ERASING, job.holder, now, LEASE).await? {
                break;
            }
            let so_far = erased;
            store::member::hold_all(&mut tx, ended.iter().copied()).await?;
            for id in ended {
                // The desk, a roster or another node may have been quicker.
                let Some(member) = store::member::by_id(&mut tx, id).await? else { continue };
                if member.membership.ended_at().is_none_or(|at| at > before) {
                    continue;
                }
                self.note(&mut tx, Some(id), Event::MemberErased { days }, now)?;
                erased += u64::from(erasure::erase(&self.vault, &mut tx, &member, now).await?);
            }
            tx.commit().await?;
            if erased == so_far {
                break;
            }
            self.store.let_others_write().await;
        }
        if erased > 0 {
            tracing::info!(tenant = %tenant.slug, erased, days, "Members were erased whose membership ended long ago");
        }
        Ok(erased)
    }
}
