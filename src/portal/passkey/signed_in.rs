//! Passkeys of a member who is signed in: one more, showing again who one is, names.

use serde_json::Value;

use super::{Kept, NewPasskey, No, Why};
use crate::{
    domain::{
        audit::Event,
        device_name,
        member::{DeviceId, MemberId},
        passkey::Purpose,
        proof::Proofs,
        refusal::Refusal,
        signin::{self, Goal, Next},
        tenant::{Method, Tenant},
    },
    portal::{
        Deed, Field, Portal, Stop,
        attempt::{Entered, standing},
        session::{FreshVisit, Visit},
    },
    store,
};

impl Portal {
    /// The member's passkeys, the last used one first.
    pub async fn passkeys_of(&self, tenant: &Tenant, member: MemberId) -> Deed<Vec<Kept>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::passkey::of_member(&mut tx, member).await?)
    }

    /// Asks for one more passkey (D11).
    pub async fn ask_for_another_passkey(&self, tenant: &Tenant, fresh: &FreshVisit) -> Deed<Value> {
        let now = self.clock.now();
        let visit = fresh.visit();
        let bound_to = visit.session.id.uuid();
        self.ask_to_make(tenant, &visit.member, Purpose::Add, bound_to.as_bytes(), now).await
    }

    /// Adds a passkey. That the session was fresh is in the ceremony: none other can have asked for it, and a member
    /// who takes four minutes with the sheet is not sent back to the password.
    pub async fn add_passkey(&self, tenant: &Tenant, visit: &Visit, offer: NewPasskey) -> Deed<DeviceId> {
        let now = self.clock.now();
        if !Self::offers_passkeys(tenant) {
            return Err(Stop::NotNow);
        }
        let member = visit.member.id;
        let bound_to = visit.session.id.uuid();
        let (made, hints) =
            self.take_made(tenant, member, Purpose::Add, bound_to.as_bytes(), &offer, now).await?;

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        // Deeds of one member wait for each other; and a session that ended meanwhile adds nothing.
        store::member::hold_member(&mut tx, member).await?;
        if store::session::by_id(&mut tx, visit.session.id).await?.is_none() {
            return Err(Stop::StartAgain);
        }
        let Some(id) = self.add(&mut tx, tenant, &visit.member, made, &hints, &offer, now).await? else {
            drop(tx);
            return Err(self.say_no(tenant, Some(member), Purpose::Add, No::because(Why::Taken), now).await);
        };
        if offer.everywhere {
            store::session::close_others(&mut tx, member, visit.session.id).await?;
            store::attempt::close_others(&mut tx, member, None).await?;
            self.note(&mut tx, Some(member), Event::SignedOutEverywhere, now).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Asks a signed-in member for one of their passkeys, where a passkey stands alone.
    pub async fn ask_again_for_passkey(&self, tenant: &Tenant, visit: &Visit) -> Deed<Value> {
        let now = self.clock.now();
        if !Self::passkey_stands_alone(tenant) {
            return Err(Stop::NotNow);
        }
        let bound_to = visit.session.id.uuid();
        self.ask_to_show(tenant, &visit.member, Purpose::Reauthenticate, bound_to.as_bytes(), now).await
    }

    /// Makes the session fresh by a passkey alone (D11).
    pub async fn refresh_by_passkey(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        credential: &str,
    ) -> Deed<Entered> {
        let now = self.clock.now();
        if !Self::passkey_stands_alone(tenant) {
            return Err(Stop::NotNow);
        }
        let (member, session) = (visit.member.id, visit.session.id);
        let purpose = Purpose::Reauthenticate;
        let bound_to = session.uuid();
        let (kept, shown) =
            self.take_shown(tenant, Some(member), purpose, bound_to.as_bytes(), credential, now).await?;

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if !store::passkey::show(&mut tx, kept.id, shown.count, shown.backed_up, now).await? {
            drop(tx);
            return Err(self.say_copied(tenant, &visit.member, purpose, kept, now).await);
        }
        let standing = standing(&mut tx, tenant, &visit.member).await?.ok_or(Stop::StartAgain)?;
        let event = Event::FactorProven { method: Method::Passkey, device: Some(kept.id) };
        self.note(&mut tx, Some(member), event, now).await?;
        let proofs = Proofs { factor: Some((Method::Passkey, now)), ..Proofs::default() };
        let goal = Goal::Reauthenticate(session);
        let Next::Enter(entry) = signin::next(goal, &tenant.policy, &standing, &proofs, now) else {
            return Err(Stop::NotNow);
        };
        let entered = self.renew_session(&mut tx, tenant, &entry, session, now).await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// Gives a passkey its name; an empty one, or its own, leaves it as it is (W-03, W-04).
    pub async fn name_passkey(&self, tenant: &Tenant, visit: &Visit, id: DeviceId, name: &str) -> Deed<()> {
        let now = self.clock.now();
        let member = visit.member.id;
        let name = device_name::typed(name);
        if name.chars().count() > device_name::LONGEST {
            let refusal = Refusal::DeviceNameTooLong { max: device_name::LONGEST };
            return Err(Stop::refuse(Field::DeviceName, refusal));
        }
        if name.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let held = store::passkey::of_member(&mut tx, member).await?;
        if held.iter().any(|kept| kept.id == id && kept.name == name) {
            return Ok(());
        }
        match store::passkey::rename(&mut tx, member, id, &name).await? {
            Some(true) => {
                self.note(&mut tx, Some(member), Event::PasskeyNamed { device: id }, now).await?;
                tx.commit().await?;
                Ok(())
            }
            Some(false) => Err(Stop::refuse(Field::DeviceName, Refusal::DeviceNameTaken)),
            None => Err(Stop::NotNow),
        }
    }
}
