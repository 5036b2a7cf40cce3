//! Turn: a try at a code of an attempt, from being counted to being refused (D13, D28). The attempt has five, whatever the
//! code; the member has thirty of each kind.

use jiff::Timestamp;

use super::{
    Deed, Field, Portal, Stop,
    attempt::Seen,
    lockout::{CounterTarget, Try, TryAdmission},
};
use crate::{
    domain::{
        audit::Event,
        lockout::CODES_PER_ATTEMPT,
        refusal::Refusal,
        tenant::{Method, Tenant},
    },
    store,
};

/// What a wrong code leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TriesLeft {
    /// How many tries are left.
    Tries(u32),
    /// Nothing: the attempt is over.
    Ended,
}

impl Portal {
    /// Counts a try at a code, by the member and by the attempt.
    ///
    /// # Errors
    /// [`Refusal::FactorOff`], [`Refusal::Paused`], or [`Refusal::AttemptOver`]; [`Stop::NotNow`] for a factor without codes.
    pub(super) async fn turn_at_code(
        &self,
        tenant: &Tenant,
        seen: &Seen,
        method: Method,
        now: Timestamp,
    ) -> Deed<Try> {
        let refuse = |refusal| Stop::refuse(Field::Code, refusal);
        // What cannot be guessed has no code to be tried.
        let kind = method.traits().counter.ok_or(Stop::NotNow)?;
        let ladder = kind.ladder(&tenant.policy.lockout);
        let subject = self.vault.guard_subject_member(seen.member.id);
        let target = CounterTarget { kind, subject, ladder, attempt: Some(seen.attempt.id) };
        match self.take_turn(tenant, target).await? {
            TryAdmission::Verify(counted) => Ok(counted),
            TryAdmission::Off(_) => {
                self.note_alone(tenant, Some(seen.member.id), Event::FactorOff { method }, now).await?;
                Err(refuse(Refusal::FactorOff))
            }
            TryAdmission::Paused(until, _) => Err(refuse(Refusal::Paused { until })),
            TryAdmission::AttemptOver => {
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                if !store::attempt::close(&mut tx, seen.attempt.id).await? {
                    // It went on, or ended, with another press.
                    return Err(Stop::StartAgain);
                }
                self.note(&mut tx, Some(seen.member.id), Event::AttemptOver, now)?;
                tx.commit().await?;
                Err(refuse(Refusal::AttemptOver))
            }
        }
    }

    /// Writes what came of a wrong code; the last one of an attempt ends it.
    pub(super) async fn refuse_code(
        &self,
        tenant: &Tenant,
        seen: &Seen,
        counted: Try,
        event: Event,
        now: Timestamp,
    ) -> Deed<TriesLeft> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let after = counted.settle(&mut tx, now).await?;
        self.note(&mut tx, Some(seen.member.id), event, now)?;
        let left = CODES_PER_ATTEMPT.saturating_sub(counted.misses());
        // One that is being verified beside this one may be right.
        let ends = left == 0 && after.verifying == 0;
        if ends && store::attempt::close(&mut tx, seen.attempt.id).await? {
            self.note(&mut tx, Some(seen.member.id), Event::AttemptOver, now)?;
        }
        tx.commit().await?;
        counted.done();
        Ok(if ends { TriesLeft::Ended } else { TriesLeft::Tries(left) })
    }
}
