//! Passkeys in an attempt: the first factor, and showing one after the password.

use serde_json::Value;

use super::{FailedCheck, NewPasskey, PasskeyRefused};
use crate::{
    domain::{
        audit::Event,
        epoch::CredentialChange,
        member::DeviceId,
        passkey::CeremonyPurpose,
        signin::{Goal, Step},
        tenant::{Method, Tenant},
    },
    portal::{Deed, Portal, Stop, onward::AttemptOutcome},
    store,
    vault::Token,
};

impl Portal {
    /// Asks for a first passkey.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next, or the union offers no passkeys.
    pub async fn ask_for_first_passkey(&self, tenant: &Tenant, token: &Token) -> Deed<Value> {
        let now = self.clock.now();
        let wanted = |step| step == Step::SetUp(Method::Passkey);
        let seen = self.look_for(tenant, token, wanted).await?;
        let bound_to = seen.attempt.id.uuid();
        self.ask_to_make(tenant, &seen.member, CeremonyPurpose::SetUp, bound_to.as_bytes(), now).await
    }

    /// Sets up a first passkey. It counts as shown: user verification is part of making it.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when another step is next.
    /// - At `Field::Passkey`: `Passkey` with what is wrong.
    pub async fn finish_first_passkey(
        &self,
        tenant: &Tenant,
        token: &Token,
        offer: NewPasskey,
    ) -> Deed<(AttemptOutcome, DeviceId)> {
        let now = self.clock.now();
        let wanted = |step| step == Step::SetUp(Method::Passkey);
        let seen = self.look_for(tenant, token, wanted).await?;
        let bound_to = seen.attempt.id.uuid();
        let (made, hints) = self
            .take_made(tenant, seen.member.id, CeremonyPurpose::SetUp, bound_to.as_bytes(), &offer, now)
            .await?;

        let epoch = seen.member.epoch;
        let (mut tx, mut seen) = self.write_for(tenant, &seen, now, wanted).await?;
        // Made under another epoch, it is as late as one whose time ran out (DD4).
        if seen.member.epoch != epoch {
            return Err(Stop::NotNow);
        }
        let recovers = seen.attempt.goal == Goal::Recover;
        let change = if recovers {
            CredentialChange::Replace(Method::Passkey)
        } else {
            CredentialChange::SetUp(Method::Passkey)
        };
        if recovers {
            self.forget_factor_counters(&mut tx, seen.member.id, now).await?;
        }
        let everywhere = offer.everywhere;
        let mut raised = self.raise_on_the_way(&mut tx, tenant, &mut seen, change, everywhere, now).await?;
        if recovers {
            self.remove_lost_factors(&mut raised, tenant, &seen, &offer.browser, now).await?;
            store::member::choose_method(&mut raised, Method::Passkey, now).await?;
        }
        let is_first = seen.standing.factors.is_empty() && !recovers;
        let whose = (&seen.member, is_first);
        let added = self.add(&mut raised, tenant, whose, made, &hints, &offer, now).await?;
        let Some(id) = added else {
            drop(tx);
            return Err(self
                .say_no(
                    tenant,
                    Some(seen.member.id),
                    CeremonyPurpose::SetUp,
                    PasskeyRefused::because(FailedCheck::Taken),
                    now,
                )
                .await);
        };
        seen.note_made(Method::Passkey, now);
        if offer.everywhere || recovers {
            self.note(&mut tx, Some(seen.member.id), Event::SignedOutEverywhere, now)?;
        }
        let outcome = self.go_on_after(tx, tenant, seen, &offer.browser, now).await?;
        Ok((outcome, id))
    }

    /// Asks for one of the member's passkeys.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when the step is not answered by a passkey.
    pub async fn ask_to_show_passkey(&self, tenant: &Tenant, token: &Token) -> Deed<Value> {
        let now = self.clock.now();
        let seen = self.look_to_prove(tenant, token, Method::Passkey).await?;
        let bound_to = seen.attempt.id.uuid();
        self.ask_to_show(tenant, &seen.member, CeremonyPurpose::Prove, bound_to.as_bytes(), now).await
    }

    /// Verifies a passkey after the password.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the attempt is over.
    /// - `Stop::NotNow` when the step is not answered by a passkey.
    /// - At `Field::Passkey`: `Passkey` with what is wrong.
    pub async fn prove_passkey(
        &self,
        tenant: &Tenant,
        token: &Token,
        credential: &str,
        browser: &str,
    ) -> Deed<AttemptOutcome> {
        let now = self.clock.now();
        let seen = self.look_to_prove(tenant, token, Method::Passkey).await?;
        let bound_to = seen.attempt.id.uuid();
        let (kept, shown) = self
            .take_shown(
                tenant,
                Some(seen.member.id),
                CeremonyPurpose::Prove,
                bound_to.as_bytes(),
                credential,
                now,
            )
            .await?;

        let (mut tx, mut seen) = self.write_on(tenant, &seen, now).await?;
        if !seen.may_prove(Method::Passkey) {
            return Err(Stop::NotNow);
        }
        if !store::passkey::show(&mut tx, kept.id, shown.count, shown.backed_up, now).await? {
            drop(tx);
            return Err(self.say_copied(tenant, &seen.member, CeremonyPurpose::Prove, kept, now).await);
        }
        seen.attempt.proofs.factor = Some((Method::Passkey, now));
        let event = Event::FactorProven { method: Method::Passkey, device: Some(kept.id) };
        self.note(&mut tx, Some(seen.member.id), event, now)?;
        self.call_off_by_factor(&mut tx, &seen, now).await?;
        self.go_on(tx, tenant, seen, browser, now).await
    }
}
