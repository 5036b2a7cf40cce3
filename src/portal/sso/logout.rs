//! Logout: services are told that sessions have ended, one try at a time (OpenID Connect Back-Channel Logout 1.0). Who is to be
//! told stands in a queue that the database fills ([`crate::store::sso::logouts`]).

use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    domain::{
        audit::{Event, SsoEvent, doing::Doing},
        member::EventId,
        sso::{
            issuer,
            logout::{LogoutToken, TOKEN_TYPE, logout_token, next_try},
        },
        tenant::Tenant,
    },
    metrics::label::LogoutFate,
    portal::{Fault, Portal},
    store::{
        self,
        outbox::Lease,
        sso::logouts::{self, LeasedLogout, ListedLogout, LogoutOutcome},
    },
    world::random_bytes,
};

/// How long a logout is leased to the node that took it: longer than a try may last.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// Most logouts that are listed of each kind.
const LISTED: u32 = 500;

/// What the last result of a logout says that nobody was asked for.
const NOWHERE: &str = "nowhere";
/// The union has no key to sign with.
const NO_KEY: &str = "no-key";

/// A logout that this node holds for one try.
#[derive(Debug)]
pub struct TakenLogout {
    row: LeasedLogout,
    lease: Lease,
}

/// What is to be sent, and where.
pub struct LogoutMessage {
    /// The service's address, as the union's file has it.
    pub address: String,
    /// Whether it may stand in a private network.
    pub internal: bool,
    /// The form, with a token that is good for two minutes.
    pub form: String,
}

impl std::fmt::Debug for LogoutMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogoutMessage({})", self.address)
    }
}

/// What is done with a logout that was taken.
#[derive(Debug)]
pub enum LogoutStep {
    /// This is sent, and what came of it settled.
    Send(LogoutMessage),
    /// It is settled already.
    Settled(LogoutFate),
}

impl Portal {
    /// Takes what that service has waited longest to be told, for one try.
    ///
    /// # Errors
    /// [`Fault::Clock`] while the time is not believed: a token says when it was made. `Fault` when the database fails.
    pub async fn take_logout(&self, tenant: &Tenant, client: &str) -> Result<Option<TakenLogout>, Fault> {
        let now = self.trusted_now()?.at();
        let id = Uuid::from_bytes(random_bytes(self.rng())?);
        let lease = Lease { id, until: now.checked_add(LEASE).unwrap_or(now) };
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let row = logouts::take(&mut tx, client, lease, now).await?;
        tx.commit().await?;
        Ok(row.map(|row| TakenLogout { row, lease }))
    }

    /// What the service is told, signed anew for this try; or that it cannot be told.
    ///
    /// # Errors
    /// [`Fault`] when the database or the vault fails.
    pub async fn logout_step(&self, tenant: &Tenant, taken: &TakenLogout) -> Result<LogoutStep, Fault> {
        let now = self.trusted_now()?.at();
        let row = &taken.row;
        let known = tenant.client(&row.client).map(|(_, client)| client);
        let Some((client, address)) = known.and_then(|client| Some((client, client.logout.told_at.clone()?)))
        else {
            return Ok(LogoutStep::Settled(
                self.close_logout(tenant, taken, LogoutOutcome::Nowhere, NOWHERE).await?,
            ));
        };
        let union = self.sso_union(&tenant.slug).await?;
        let Some(key) = union.signing(&self.vault, &tenant.slug, client.signing, now)? else {
            return Ok(LogoutStep::Settled(self.put_logout_back(tenant, taken, NO_KEY).await?));
        };
        let issuer = union.issuer.clone().unwrap_or_else(|| issuer::by_file(tenant, &self.public));
        let jti = self.vault.token()?;
        let about = LogoutToken {
            issuer: &issuer,
            client: &client.id,
            sub: &row.sub,
            sid: &row.sid,
            jti: jti.expose(),
        };
        let token = key.token(TOKEN_TYPE, &logout_token(&about, now))?;
        // What a token is made of needs no escaping (RFC 7515, 2).
        let form = format!("logout_token={token}");
        Ok(LogoutStep::Send(LogoutMessage { address, internal: client.logout.internal, form }))
    }

    /// Notes that the service was told.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn logout_told(
        &self,
        tenant: &Tenant,
        taken: &TakenLogout,
        status: u16,
    ) -> Result<LogoutFate, Fault> {
        self.close_logout(tenant, taken, LogoutOutcome::Told, &status.to_string()).await
    }

    /// Notes that the service could not be told: it is tried again, or given up.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn logout_failed(
        &self,
        tenant: &Tenant,
        taken: &TakenLogout,
        why: &str,
    ) -> Result<LogoutFate, Fault> {
        self.put_logout_back(tenant, taken, why).await
    }

    /// As [`Self::logout_failed`], also where no key is found to sign with.
    async fn put_logout_back(
        &self,
        tenant: &Tenant,
        taken: &TakenLogout,
        why: &str,
    ) -> Result<LogoutFate, Fault> {
        let now = self.clock.now();
        let Some(next) = next_try(taken.row.made_at, taken.row.tries, now) else {
            return self.close_logout(tenant, taken, LogoutOutcome::GivenUp, why).await;
        };
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        logouts::put_back(&mut tx, (taken.row.id, taken.lease), why, next).await?;
        tx.commit().await?;
        let (client, tries) = (taken.row.client.as_str(), taken.row.tries);
        tracing::warn!(tenant = %tenant.slug, client, why, tries, "A service could not be told that a session has ended; it is tried again");
        Ok(LogoutFate::PutBack)
    }

    async fn close_logout(
        &self,
        tenant: &Tenant,
        taken: &TakenLogout,
        outcome: LogoutOutcome,
        result: &str,
    ) -> Result<LogoutFate, Fault> {
        let (now, client) = (self.clock.now(), taken.row.client.clone());
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let is_ours = logouts::close(&mut tx, (taken.row.id, taken.lease), outcome, result, now).await?;
        let (event, fate) = match outcome {
            LogoutOutcome::Told => {
                (Some(Event::Sso(SsoEvent::LogoutSent { client: client.clone() })), LogoutFate::Told)
            }
            LogoutOutcome::GivenUp => {
                let why = result.to_owned();
                (
                    Some(Event::Sso(SsoEvent::LogoutGaveUp { client: client.clone(), why })),
                    LogoutFate::GivenUp,
                )
            }
            LogoutOutcome::Nowhere => (None, LogoutFate::Nowhere),
        };
        if let Some(event) = event.filter(|_| is_ours) {
            let member = logouts::member_of(&mut tx, &taken.row.sub).await?;
            self.note(&mut tx, member, event, now)?;
        }
        tx.commit().await?;
        if fate == LogoutFate::GivenUp {
            tracing::error!(tenant = %tenant.slug, client, why = result, "A service could not be told for a day that a session has ended; it is given up: see `kenpo-portal sso logouts list`");
        }
        Ok(fate)
    }

    /// What is to be told to the union's services; with what was told and given up lately, if `done`.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn sso_logouts(&self, tenant: &Tenant, done: bool) -> Result<Vec<ListedLogout>, Fault> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(logouts::listed(&mut tx, done, LISTED).await?)
    }

    /// Has a service told at once of what waits for its next try, or was given up. How many.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn tell_again(&self, tenant: &Tenant, client: &str, doing: &Doing) -> Result<u64, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let again = logouts::again(&mut tx, client, now).await?;
        if again > 0 {
            let event = Event::Sso(SsoEvent::LogoutsAgain { client: client.to_owned(), logouts: again });
            let id = EventId::new(now, self.chance_in_order()?);
            store::audit::note(&mut tx, id, None, &event, doing.clone(), now);
        }
        tx.commit().await?;
        Ok(again)
    }
}
