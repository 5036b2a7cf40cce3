//! Memberships that are over: what the doors say by the calendar is made final, member by member (D34).

use super::{Fault, Portal};
use crate::{
    domain::{audit::Event, tenant::Tenant},
    store::{
        self,
        epoch::{self, CarriedOver},
    },
};

/// Members in one transaction: others write meanwhile.
const AT_ONCE: u32 = 50;

impl Portal {
    /// Ends every membership of the union whose last day is over: its member's epoch is raised, so that nothing in flight
    /// lives on, whatever becomes of the clock or of the last day. How many.
    ///
    /// # Errors
    /// `Fault` when the database fails; what was ended before stays so, and the next round goes on.
    pub async fn end_memberships(&self, tenant: &Tenant) -> Result<u64, Fault> {
        let now = self.clock.now();
        let mut ended = 0;
        loop {
            let mut tx = self.store.tenant(&tenant.slug).read().await?;
            let over = store::membership::over(&mut tx, now, AT_ONCE).await?;
            drop(tx);
            if over.is_empty() {
                return Ok(ended);
            }
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            let before = ended;
            for found in &over {
                store::member::hold(&mut tx, found.id).await?;
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
                return Ok(ended);
            }
            self.store.let_others_write().await;
        }
    }
}
