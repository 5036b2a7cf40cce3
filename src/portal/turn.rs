//! Turn: a try at a code of an attempt, from being counted to being refused (D13, D28). The attempt has five, whatever the
//! code; the member has thirty of each kind.

use jiff::Timestamp;

use super::{
    Deed, Fault, Field, Portal, Stop,
    attempt::Seen,
    lockout::{Counted, CounterTarget, OffTry, Try, TryAdmission},
};
use crate::{
    domain::{
        audit::Event,
        letter::Letter,
        lockout::{CODES_BEHIND_A_PASSWORD, CODES_PER_ATTEMPT, Ladder},
        refusal::Refusal,
        tenant::{Method, Tenant},
    },
    store::{self, Write},
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
    /// - At [`Field::Code`]: [`Refusal::FactorOff`], [`Refusal::AttemptOver`].
    /// - [`Stop::StartAgain`] where the attempt has gone on, or has ended, with another press.
    /// - [`Stop::NotNow`] for a factor without codes.
    pub(super) async fn turn_at_code(
        &self,
        tenant: &Tenant,
        seen: &Seen,
        method: Method,
        now: Timestamp,
    ) -> Deed<Try> {
        let refuse = |refusal| Stop::refuse(Field::Code, refusal);
        // What cannot be guessed has no code to be tried.
        let kind = method.traits().counter.ok_or(Stop::NotNow)?(seen.bucket);
        let ladder = kind.ladder(&tenant.policy.lockout);
        let subject = self.vault.guard_subject_member(seen.member.id);
        let target = CounterTarget::one(kind, subject, ladder, Some(seen.attempt.id));
        match self.take_turn(tenant, target.clone()).await? {
            TryAdmission::Verify(counted) => Ok(counted),
            TryAdmission::Off(OffTry::Uncounted(counted)) => {
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                // The one that switched it off was perhaps of a program that was killed.
                if counted.reaches(ladder.hard_limit) {
                    let counted =
                        self.catch_up_with_warnings(&mut tx, &target.counted_by, counted, now).await?;
                    self.warn_of_codes(&mut tx, tenant, seen, method, &counted, now).await?;
                }
                self.note(&mut tx, Some(seen.member.id), Event::FactorOff { method }, now)?;
                tx.commit().await?;
                Err(refuse(Refusal::FactorOff))
            }
            TryAdmission::Paused(..) | TryAdmission::Off(OffTry::Paced(_)) => {
                Err(Fault::Inconsistent("a code of an attempt with pauses").into())
            }
            TryAdmission::OffHere => Err(Fault::Inconsistent("a code with a limit of one browser").into()),
            TryAdmission::AttemptOver => {
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                if !store::attempt::run_out(&mut tx, seen.attempt.id, now).await? {
                    // It went on, or ended, with another press.
                    return Err(Stop::StartAgain);
                }
                self.note(&mut tx, Some(seen.member.id), Event::AttemptOver, now)?;
                tx.commit().await?;
                Err(refuse(Refusal::AttemptOver))
            }
        }
    }

    /// Writes what came of a wrong code; the last one of an attempt ends it. The member is told when it was the one that
    /// switches the factor off, and when so many came behind the right password that somebody else must know it.
    pub(super) async fn refuse_code(
        &self,
        tenant: &Tenant,
        seen: &Seen,
        method: Method,
        counted: Try,
        event: Event,
        now: Timestamp,
    ) -> Deed<TriesLeft> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let after = counted.settle(&mut tx, now).await?;
        self.note(&mut tx, Some(seen.member.id), event, now)?;
        self.warn_of_codes(&mut tx, tenant, seen, method, &after, now).await?;
        let left = CODES_PER_ATTEMPT.saturating_sub(counted.misses());
        // One that is being verified beside this one may be right.
        let ends = left == 0 && after.count.verifying == 0;
        if ends && store::attempt::run_out(&mut tx, seen.attempt.id, now).await? {
            self.note(&mut tx, Some(seen.member.id), Event::AttemptOver, now)?;
        }
        tx.commit().await?;
        counted.done();
        Ok(if ends { TriesLeft::Ended } else { TriesLeft::Tries(left) })
    }

    /// Tells the member what so many wrong codes mean, in the transaction in which they are counted.
    async fn warn_of_codes(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        seen: &Seen,
        method: Method,
        counted: &Counted,
        now: Timestamp,
    ) -> Deed<()> {
        let bucket = seen.bucket;
        let ladder = method.traits().counter.map(|kind| kind(bucket).ladder(&tenant.policy.lockout));
        if let Some(Ladder { hard_limit: times, .. }) = ladder
            && counted.reaches(times)
        {
            self.note(tx, Some(seen.member.id), Event::FactorSwitchedOff { method, bucket }, now)?;
            let letter = Letter::FactorOff { method, bucket, times };
            self.send(tx, tenant, &seen.member, &letter, now).await?;
        }
        // Every tenth: codes typed before another password was set say nothing about that one.
        if seen.is_strangers_behind_password()
            && counted.reaches_a_multiple_of(CODES_BEHIND_A_PASSWORD)
            && store::password::expose(tx, seen.member.id, now).await?
        {
            self.note(tx, Some(seen.member.id), Event::PasswordExposed, now)?;
            let letter = Letter::PasswordExposed { times: CODES_BEHIND_A_PASSWORD };
            self.send(tx, tenant, &seen.member, &letter, now).await?;
        }
        Ok(())
    }
}
