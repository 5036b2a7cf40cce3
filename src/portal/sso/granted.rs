//! Granted: which services a member has opened, what they are given, and that it ends (個人情報保護法 27, and what members may
//! ask of their union).

use jiff::Timestamp;

use crate::{
    domain::{
        audit::{Event, SsoEvent},
        sso::{Scope, SsoClient},
        tenant::{Service, Tenant},
    },
    portal::{Deed, Portal, session::Visit},
    store::{self, sso::service_sessions},
};

/// A service that a member has opened.
#[derive(Debug)]
pub struct GrantedService<'t> {
    /// As the union's file lists it: the name that the member reads, and the tile.
    pub service: &'t Service,
    /// Its part in the protocol.
    pub client: &'t SsoClient,
    /// What it is given: what the member was told of, as far as the union still gives it.
    pub scopes: Vec<Scope>,
    /// Whether the member agreed, and was not only told.
    pub agreed: bool,
    /// The moment at which the member was told or agreed.
    pub at: Timestamp,
}

impl Portal {
    /// The services that the member has opened, in the order of the union's file. One that is not there any more is given
    /// nothing any more, and is not listed.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn granted_services<'t>(
        &self,
        tenant: &'t Tenant,
        visit: &Visit,
    ) -> Deed<Vec<GrantedService<'t>>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let mut grants = store::sso::codes::grants(&mut tx, visit.member.id).await?;
        let granted = tenant.clients().filter_map(|(service, client)| {
            let at = grants.iter().position(|(known, _)| *known == client.id)?;
            let (_, grant) = grants.swap_remove(at);
            let scopes = grant.scopes.into_iter().filter(|scope| client.scopes.contains(scope)).collect();
            Some(GrantedService { service, client, scopes, agreed: grant.agreed, at: grant.at })
        });
        Ok(granted.collect())
    }

    /// Takes back what the member was told of or agreed to: the service is given nothing more and told that the member's
    /// sessions there have ended. Who the member is there stays: opened again, it is the same person. `false` where there is
    /// nothing to take back.
    ///
    /// # Errors
    /// [`Stop::StartAgain`](crate::portal::Stop::StartAgain) where the session ended meanwhile.
    pub async fn withdraw_service(&self, tenant: &Tenant, visit: &Visit, client: &str) -> Deed<bool> {
        let now = self.clock.now();
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        if !store::sso::codes::withdraw(&mut tx, client, member.id).await? {
            return Ok(false);
        }
        service_sessions::end_of_member(&mut tx, client, member.id).await?;
        self.note(
            &mut tx,
            Some(member.id),
            Event::Sso(SsoEvent::Withdrawn { client: client.to_owned() }),
            now,
        )?;
        tx.commit().await?;
        Ok(true)
    }
}
