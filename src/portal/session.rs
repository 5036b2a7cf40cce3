//! Sessions: being signed in, and logging out (D12).

use super::{Deed, Portal};
use crate::{
    domain::{
        audit::Event,
        member::Member,
        session::{self, NOTE_EVERY, Session},
        tenant::Tenant,
    },
    store,
    vault::Token,
};

/// A member who is signed in.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The session.
    pub session: Session,
    /// The member.
    pub member: Member,
}

/// What a session's cookie is worth.
#[derive(Debug, Clone)]
pub enum Admission {
    /// Signed in.
    In(Box<Visit>),
    /// Was signed in, and time ran out; the user ID, to be filled in again (D15).
    RunOut {
        /// The user ID in force.
        login: String,
    },
    /// Not signed in.
    Out,
}

/// A visit of a member who showed a moment ago who they are (D11). Only [`Portal::fresh`] makes one, and every deed
/// that a forgotten screen must not do takes one: a handler cannot leave the question out.
#[derive(Debug, Clone)]
pub struct FreshVisit {
    visit: Visit,
}

impl FreshVisit {
    /// The visit.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }
}

impl Portal {
    /// The visit as a fresh one, while its proofs are.
    pub fn fresh(&self, visit: &Visit) -> Option<FreshVisit> {
        session::is_fresh(&visit.session, self.clock.now()).then(|| FreshVisit { visit: visit.clone() })
    }

    /// Who comes with this cookie. Notes the visit at most once a minute.
    pub async fn visit(&self, tenant: &Tenant, token: &Token) -> Deed<Admission> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(mut found) = store::session::by_token(&mut tx, &token.digest()).await? else {
            return Ok(Admission::Out);
        };
        let Some(member) = store::member::by_id(&mut tx, found.member).await? else {
            return Ok(Admission::Out);
        };
        drop(tx);
        if member.locked_at.is_some() {
            return Ok(Admission::Out);
        }
        if !session::is_alive(&found, &tenant.policy.session, now) {
            return Ok(Admission::RunOut { login: member.login.as_str().to_owned() });
        }
        if now.duration_since(found.seen_at) >= NOTE_EVERY {
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            store::session::note_visit(&mut tx, found.id, now).await?;
            tx.commit().await?;
            found.seen_at = now;
        }
        Ok(Admission::In(Box::new(Visit { session: found, member })))
    }

    /// Ends the session of this cookie, here and on every node.
    pub async fn log_out(&self, tenant: &Tenant, token: &Token) -> Deed<()> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if let Some(found) = store::session::by_token(&mut tx, &token.digest()).await?
            && store::session::close(&mut tx, found.id).await?
        {
            let event = Event::SessionEnded { session: found.id };
            self.note(&mut tx, Some(found.member), event, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
