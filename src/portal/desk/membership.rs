//! Memberships at the desk: a person is kept out or let in again, and a membership ends on a day, or goes on after all
//! (D34). What ended with it never comes back: password and factors do.

use super::{Desk, DeskDone, DeskRefusal, DeskStop, raise};
use crate::{
    domain::{
        audit::Event,
        desk::DeskDeed,
        epoch::CredentialChange,
        member::{Bar, LastDay},
        one_time::OneTimePurpose,
    },
    store::{self, member},
    world::today_in_japan,
};

/// What a deed on the last day of a membership was about.
#[derive(Debug, Clone, Copy)]
pub struct LastDayDone {
    /// The last day it is about.
    pub day: LastDay,
    /// Whether that day is over.
    pub is_over: bool,
}

impl Desk<'_> {
    /// Keeps a person out until [`Desk::unlock`]: sessions, browsers on their way in, links, codes and waiting letters that
    /// let in end; password and factors stay for afterwards.
    ///
    /// # Errors
    /// - [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`], [`DeskRefusal::LockedAlready`].
    /// - [`DeskStop::Broken`] when the member was changing something at this moment.
    pub async fn lock(&self, who: &str) -> Result<DeskDone<()>, DeskStop> {
        self.deed(who, DeskDeed::Lock, async |tx, member, now| {
            if member.membership.locked_at().is_some() {
                return Err(DeskRefusal::LockedAlready.into());
            }
            let mut raised = raise(tx, member, CredentialChange::Lock).await?;
            Ok(store::membership::lock(&mut raised, now).await?)
        })
        .await
    }

    /// Lets a person in again: a lock of the desk ends, and whatever is counted about the member is forgotten — wrong
    /// passwords, codes and birth dates, letters of the hour, and the tries at a code of the desk. Whether there was a lock.
    /// A membership that has ended stays so.
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`], [`DeskRefusal::NothingLeft`].
    pub async fn unlock(&self, who: &str) -> Result<DeskDone<bool>, DeskStop> {
        let id = self.one(who).await?;
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        let member = member::by_id(&mut tx, id).await?.ok_or(DeskRefusal::NoSuchMember)?;
        drop(tx);
        let is_locked = member.membership.locked_at().is_some();
        let kind = if is_locked { DeskDeed::LiftLock } else { DeskDeed::Unlock };
        self.deed_on(id, None, kind, async |tx, member, now| {
            let counted = self.forget_counters(tx, member, now).await? > 0;
            let missed = member::forget_birth_date_misses(tx, member.id).await?;
            let mistyped = store::one_time::forget_misses(tx, member.id, OneTimePurpose::DeskCode).await? > 0;
            let was_locked = store::membership::lift_lock(tx, member.id).await?;
            if !(counted || missed || mistyped || was_locked) {
                return Err(DeskRefusal::NothingLeft(DeskDeed::Unlock).into());
            }
            Ok(was_locked)
        })
        .await
    }

    /// Writes the last day of a membership down. While that day is not over the member is told by letter and may sign in;
    /// afterwards every door answers as to a dead credential. A day that is over ends everything at once.
    ///
    /// # Errors
    /// - [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`], [`DeskRefusal::LastDay`],
    ///   [`DeskRefusal::LastDayKnown`].
    /// - [`DeskStop::Broken`] when the member was changing something at this moment.
    pub async fn end_membership(&self, who: &str, on: &str) -> Result<DeskDone<LastDayDone>, DeskStop> {
        let today = today_in_japan(self.clock.now());
        let id = self.one(who).await?;
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        let member = member::by_id(&mut tx, id).await?.ok_or(DeskRefusal::NoSuchMember)?;
        drop(tx);
        // What is wrong with the day may be that it is before the member's birth.
        let day = match LastDay::parse(on, today, member.birth_date) {
            Ok(day) => day,
            Err(flaw) => return Err(self.refused(&member, DeskRefusal::LastDay(flaw)).await),
        };
        self.deed_on(id, None, DeskDeed::SetLastDay(day.date()), async |tx, member, now| {
            if member.membership.lost_on() == Some(day) {
                return Err(DeskRefusal::LastDayKnown(day).into());
            }
            let (is_over, was_over) = (day.is_over(now), member.membership.bar(now) == Some(Bar::Ended));
            store::membership::set_last_day(tx, member.id, day).await?;
            // What ended with another day until now stays ended, too.
            if is_over || was_over {
                let mut raised = raise(tx, member, CredentialChange::End).await?;
                if is_over {
                    store::membership::end(&mut raised, now).await?;
                    self.note(tx, member, &Event::MembershipEnded { day: day.date() }, now)?;
                }
            }
            Ok(LastDayDone { day, is_over })
        })
        .await
    }

    /// Takes the last day of a membership back: the person is a member as before, with the same credentials.
    ///
    /// # Errors
    /// - [`DeskRefusal::NobodyLeft`], [`DeskRefusal::Gone`], [`DeskRefusal::Ambiguous`], [`DeskRefusal::NoLastDay`].
    /// - [`DeskStop::Broken`] when the member was changing something at this moment.
    pub async fn lift_last_day(&self, who: &str) -> Result<DeskDone<LastDayDone>, DeskStop> {
        let done = self.deed(who, DeskDeed::LiftLastDay, async |tx, member, now| {
            let day = member.membership.lost_on().ok_or(DeskRefusal::NoLastDay)?;
            let is_over = member.membership.bar(now) == Some(Bar::Ended);
            if is_over {
                raise(tx, member, CredentialChange::End).await?;
            }
            store::membership::lift_last_day(tx, member.id).await?;
            Ok(LastDayDone { day, is_over })
        });
        // Whoever is to be brought back may have been erased long ago.
        match done.await {
            Err(DeskStop::Refused(DeskRefusal::NoSuchMember)) => {
                Err(DeskRefusal::NobodyLeft(self.tenant.policy.retention.ended_days).into())
            }
            done => done,
        }
    }
}
