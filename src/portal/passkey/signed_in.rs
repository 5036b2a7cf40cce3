//! Passkeys of a member who is signed in: one more, showing again who one is, names.

use serde_json::Value;

use super::{FailedCheck, NewPasskey, PasskeyRefused};
use crate::{
    domain::{
        audit::Event,
        epoch::{CredentialChange, Doer},
        member::DeviceId,
        passkey::CeremonyPurpose,
        proof::Proofs,
        signin::{self, Goal, Next},
        tenant::{Method, Tenant},
    },
    portal::{
        Deed, Portal, Stop,
        attempt::standing,
        known_browser::asking,
        session::{Entered, FreshVisit, Visit},
    },
    store,
};

impl Portal {
    /// Asks for one more passkey (D11).
    ///
    /// # Errors
    /// - `Stop::NotNow` when the union offers no passkeys.
    /// - `Stop::StartAgain` when the member is gone.
    /// - At `Field::Passkey`: `Passkey` when the member has as many as a member may have.
    pub async fn ask_for_another_passkey(&self, tenant: &Tenant, fresh: &FreshVisit) -> Deed<Value> {
        let now = self.clock.now();
        let visit = fresh.visit();
        let bound_to = visit.session.id.uuid();
        self.ask_to_make(tenant, &visit.member, CeremonyPurpose::Add, bound_to.as_bytes(), now).await
    }

    /// Adds a passkey. That the session was fresh is in the ceremony: none other can have asked for it, and a member
    /// who takes four minutes with the sheet is not sent back to the password.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when the union offers no passkeys.
    /// - At `Field::Passkey`: `Passkey` with what is wrong.
    pub async fn add_passkey(&self, tenant: &Tenant, visit: &Visit, offer: NewPasskey) -> Deed<DeviceId> {
        let now = self.clock.now();
        if !tenant.policy.offers(Method::Passkey) {
            return Err(Stop::NotNow);
        }
        let member = visit.member.id;
        let bound_to = visit.session.id.uuid();
        let (made, hints) =
            self.take_made(tenant, member, CeremonyPurpose::Add, bound_to.as_bytes(), &offer, now).await?;

        let (mut tx, member) = self.write_as(tenant, visit).await?;
        // Made under another epoch, it is as late as one whose time ran out (DD4).
        if member.epoch != visit.member.epoch {
            drop(tx);
            let no = PasskeyRefused::because(FailedCheck::Ceremony);
            return Err(self.say_no(tenant, Some(member.id), CeremonyPurpose::Add, no, now).await);
        }
        let (change, by) = (CredentialChange::Add(Method::Passkey), Doer::Session(visit.session.id));
        let mut raised = self.raise(&mut tx, tenant, &member, change, by, offer.everywhere).await?;
        let Some(id) = self.add(&mut raised, tenant, (&member, false), made, &hints, &offer, now).await?
        else {
            drop(tx);
            return Err(self
                .say_no(
                    tenant,
                    Some(member.id),
                    CeremonyPurpose::Add,
                    PasskeyRefused::because(FailedCheck::Taken),
                    now,
                )
                .await);
        };
        if offer.everywhere {
            self.note(&mut tx, Some(member.id), Event::SignedOutEverywhere, now)?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Asks a signed-in member for one of their passkeys, where a passkey stands alone.
    ///
    /// # Errors
    /// `Stop::NotNow` when the member has no passkey, or none is asked for at this union.
    pub async fn ask_again_for_passkey(&self, tenant: &Tenant, visit: &Visit) -> Deed<Value> {
        let now = self.clock.now();
        if !tenant.policy.stands_alone(Method::Passkey) {
            return Err(Stop::NotNow);
        }
        let bound_to = visit.session.id.uuid();
        self.ask_to_show(tenant, &visit.member, CeremonyPurpose::Reauthenticate, bound_to.as_bytes(), now)
            .await
    }

    /// Makes the session fresh by a passkey alone (D11).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when a passkey does not make it fresh.
    /// - At `Field::Passkey`: `Passkey` with what is wrong.
    pub async fn refresh_by_passkey(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        credential: &str,
    ) -> Deed<Entered> {
        let now = self.clock.now();
        if !tenant.policy.stands_alone(Method::Passkey) {
            return Err(Stop::NotNow);
        }
        let (member, session) = (visit.member.id, visit.session.id);
        let purpose = CeremonyPurpose::Reauthenticate;
        let bound_to = session.uuid();
        let (kept, shown) =
            self.take_shown(tenant, Some(member), purpose, bound_to.as_bytes(), credential, now).await?;

        let (mut tx, now_member) = self.write_as(tenant, visit).await?;
        // It may have been taken away while it was verified.
        if now_member.epoch != visit.member.epoch {
            return Err(Stop::StartAgain);
        }
        if !store::passkey::show(&mut tx, kept.id, shown.count, shown.backed_up, now).await? {
            drop(tx);
            return Err(self.say_copied(tenant, &visit.member, purpose, kept, now).await);
        }
        let facts = store::look::at_member(&mut tx, member, &tenant.terms.version, &asking(now)).await?;
        let standing = facts.and_then(|facts| standing(tenant, &facts, now)).ok_or(Stop::StartAgain)?;
        let event = Event::FactorProven { method: Method::Passkey, device: Some(kept.id) };
        self.note(&mut tx, Some(member), event, now)?;
        let proofs = Proofs { factor: Some((Method::Passkey, now)), ..Proofs::default() };
        let goal = Goal::Reauthenticate(session);
        let Next::Enter(entry) = signin::next(goal, &tenant.policy, &standing, &proofs, now) else {
            return Err(Stop::NotNow);
        };
        let entered = self.renew_session(&mut tx, tenant, &entry, session, now).await?;
        tx.commit().await?;
        Ok(entered)
    }
}
