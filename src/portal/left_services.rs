//! Left services: which services a session was at when it ended, for the page that follows.

use crate::{
    domain::{
        audit::{Event, doing::Gate},
        member::SessionId,
        session::Session,
        tenant::Tenant,
    },
    portal::{Deed, Portal, request},
    store::{self, Read, Write, sso::visits},
};

/// The services that a session was at when it ended, by their names in the protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftServices {
    /// Those that are told.
    pub told: Vec<String>,
    /// Those that cannot be told, or could not be lately: the member logs out there.
    pub not_told: Vec<String>,
}

impl LeftServices {
    /// Whether the session was at none.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty() && self.not_told.is_empty()
    }
}

impl Portal {
    /// Ends a session, by the cookie or the token of whoever asks, and lists the services that it was at.
    pub(super) async fn end_and_list(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        session: &Session,
    ) -> Deed<LeftServices> {
        let now = self.clock.now();
        let left = left_services(tx, tenant, session.id).await?;
        if store::session::close(tx, session.id).await? {
            request::passed(session.member, Gate::Session);
            self.note(tx, Some(session.member), Event::SessionEnded { session: session.id }, now)?;
        }
        Ok(left)
    }
}

/// The services that a session was at. One that could not be told of another session, and is tried again, counts as not told.
pub(super) async fn left_services(tx: &mut Read, tenant: &Tenant, session: SessionId) -> Deed<LeftServices> {
    let mut left = LeftServices::default();
    for (client, is_unreached) in visits::of_session(tx, session).await? {
        let Some((_, client)) = tenant.client(&client) else { continue };
        let is_told = client.logout.told_at.is_some() && !is_unreached;
        let list = if is_told { &mut left.told } else { &mut left.not_told };
        list.push(client.id.clone());
    }
    Ok(left)
}
