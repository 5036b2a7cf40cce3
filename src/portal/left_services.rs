//! Left services: which services a session was at when it ended, and which of them know it, for the page that follows.

use std::time::Duration;

use jiff::SignedDuration;
use moka::sync::Cache;
use tokio::time::{sleep, timeout};

use crate::{
    domain::{
        audit::{Event, doing::Gate},
        member::SessionId,
        session::Session,
        tenant::{Tenant, TenantSlug},
    },
    portal::{Deed, Portal, request},
    store::{
        self, Read, Write,
        sso::{
            logouts::{self, PendingLogout},
            service_sessions,
        },
    },
    vault::Token,
};

/// How long the page after logging out waits for services at most.
const WAITED: Duration = Duration::from_secs(2);
/// How often it looks meanwhile. Any node may tell them.
const LOOK: Duration = Duration::from_millis(100);
/// How far the clocks of two nodes may be apart, amply (R24).
const APART: SignedDuration = SignedDuration::from_mins(1);

/// Whether a service knows that a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It was told.
    Told,
    /// It is about to be told.
    OnItsWay,
    /// It cannot be told, or could not be: the member logs out there.
    NotTold,
}

/// A service that a session was at when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftService {
    /// Its name in the protocol.
    pub client: String,
    /// What the session is called there.
    sid: String,
    /// Whether it could not be told of another session and is still tried.
    is_failing: bool,
    /// Whether it knows.
    pub reached: Reached,
}

/// How long a browser that logs out once more is told the same.
const AGAIN: Duration = Duration::from_secs(10);
/// How many browsers are told the same; whoever was told longest ago is forgotten first.
const MOST_AGAIN: u64 = 1_000;

/// The services of sessions that this node ended a moment ago, by the cookie that ended them. A button that is pressed
/// twice is answered twice, and a browser shows the second answer.
#[derive(Debug)]
pub(super) struct LatelyLeft(Cache<(TenantSlug, Vec<u8>), Vec<LeftService>>);

impl Default for LatelyLeft {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST_AGAIN).time_to_live(AGAIN).build())
    }
}

impl LatelyLeft {
    /// Keeps what is told to that cookie's browser.
    pub(super) fn keep(&self, tenant: &TenantSlug, token: &Token, left: &[LeftService]) {
        if !left.is_empty() {
            self.0.insert((tenant.clone(), token.digest()), left.to_vec());
        }
    }

    /// What was told to that cookie's browser a moment ago.
    pub(super) fn told(&self, tenant: &TenantSlug, token: &Token) -> Vec<LeftService> {
        self.0.get(&(tenant.clone(), token.digest())).unwrap_or_default()
    }
}

impl Portal {
    /// Ends a session, by the cookie or the token of whoever asks, and lists the services that it was at.
    pub(super) async fn end_and_list(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        session: &Session,
    ) -> Deed<Vec<LeftService>> {
        let now = self.clock.now();
        let left = left_services(tx, tenant, session.id).await?;
        if !store::session::close(tx, session.id).await? {
            // Somebody else has ended it, or goes on with what it was at.
            return Ok(Vec::new());
        }
        request::passed(session.member, Gate::Session);
        self.note(tx, Some(session.member), Event::SessionEnded { session: session.id }, now)?;
        Ok(left)
    }

    /// Waits until each of these services was told or could not be, two seconds at most whatever the database does, and says
    /// which. A service that is about to be told, and could not be told of another session lately, counts as not told.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn await_services(&self, tenant: &Tenant, left: &mut [LeftService]) -> Deed<()> {
        let ended = timeout(WAITED, self.follow_services(tenant, left)).await;
        for service in left {
            if service.reached == Reached::OnItsWay && service.is_failing {
                service.reached = Reached::NotTold;
            }
        }
        ended.unwrap_or(Ok(()))
    }

    /// Looks until none is on its way.
    async fn follow_services(&self, tenant: &Tenant, left: &mut [LeftService]) -> Deed<()> {
        let now = self.clock.now();
        let since = now.checked_sub(APART).unwrap_or(now);
        loop {
            let mut waits = false;
            for service in left.iter_mut().filter(|service| service.reached == Reached::OnItsWay) {
                let (client, sid) = (&service.client, &service.sid);
                let mut tx = self.store.tenant(&tenant.slug).read().await?;
                service.reached = match logouts::pending(&mut tx, client, sid).await? {
                    Some(PendingLogout { has_failed: false }) => Reached::OnItsWay,
                    None if logouts::was_told(&mut tx, client, sid, since).await? => Reached::Told,
                    Some(PendingLogout { has_failed: true }) | None => Reached::NotTold,
                };
                waits |= service.reached == Reached::OnItsWay;
            }
            if !waits {
                return Ok(());
            }
            sleep(LOOK).await;
        }
    }
}

/// The services that a session is at.
async fn left_services(tx: &mut Read, tenant: &Tenant, session: SessionId) -> Deed<Vec<LeftService>> {
    let sessions = service_sessions::of_session(tx, session).await?.into_iter();
    let left = sessions.filter_map(|service_sessions::LeftServiceSession { client, sid, is_unreached }| {
        let (_, client) = tenant.client(&client)?;
        let reached = if client.logout.told_at.is_some() { Reached::OnItsWay } else { Reached::NotTold };
        Some(LeftService { client: client.id.clone(), sid, is_failing: is_unreached, reached })
    });
    Ok(left.collect())
}
