//! Authorize: a service asks who is signed in, and is answered by a code, or by an error, or later.
//!
//! # Decision
//! What can be answered at once is; nothing is kept of it but the code. A request that has to wait for its member is a row
//! of its own, bound to the browser by a cookie, and is answered once.
//! # Because
//! A first login takes an hour and passes through mails and other pages; and who gets hold of the address of a request that
//! waits must not be able to have another browser answer it.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::par::PushedOrNot;
use crate::{
    domain::{
        audit::{Event, SsoEvent},
        member::SsoRequestId,
        session,
        sso::{
            SsoClient,
            acr::Acr,
            decision::{Decision, SignedInFacts, decide},
            issuer,
            request::{self, BadReturn, Parameters, SsoError, SsoRequest},
        },
        tenant::{Service, Tenant},
    },
    portal::{Deed, Portal, attempt::factors_of, session::Visit},
    store::{
        self, Write,
        sso::{
            codes::{GrantRow, KnownAtService, NewSsoCode},
            requests::WaitingRequest,
            service_sessions::NewServiceSession,
        },
    },
    vault::{Token, signing::verified},
};

/// How long a code is good (RFC 6749, 4.1.2; FAPI 2.0).
pub const CODE_LIFE: SignedDuration = SignedDuration::from_secs(60);
/// How long a request waits for its member: as long as a first login may take.
pub const REQUEST_LIFE: SignedDuration = SignedDuration::from_mins(60);

/// An address at a service, with what the service is told. It may hold a code.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceAddress(String);

impl ServiceAddress {
    /// Of what is checked already.
    pub(super) fn new(address: String) -> Self {
        Self(address)
    }

    /// The address, for the browser.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ServiceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceAddress(…)")
    }
}

/// What follows a request.
#[derive(Debug)]
pub enum SsoAnswer {
    /// The browser goes back to the service.
    Return(ServiceAddress),
    /// The member signs in first.
    SignIn(SsoRequestId),
    /// The member shows anew who they are first.
    ShowAgain(SsoRequestId),
    /// The member sets up a stronger way first.
    Stronger(SsoRequestId),
    /// The member is told, or asked, first.
    Notice(SsoRequestId),
    /// A page of ours says no, and nobody else is told anything.
    Bad(BadReturn),
    /// The request is not there, was answered, or ran out.
    Gone,
}

/// A service that a member is told of.
#[derive(Debug, Clone, Copy)]
pub struct AskingService<'t> {
    /// As the union's file lists it: the name that the member reads, and the tile.
    pub service: &'t Service,
    /// Its part in the protocol.
    pub client: &'t SsoClient,
}

/// What is known when a request is decided.
struct Facts {
    known: KnownAtService,
    member: Option<SignedInFacts>,
}

/// A request that waits in a browser, by its id and the digest of the browser's cookie.
type RequestInBrowser<'a> = (SsoRequestId, &'a [u8]);

impl Portal {
    /// A cookie for a browser in which a request will wait.
    ///
    /// # Errors
    /// [`Fault`](crate::portal::Fault) when the operating system gives no random bytes.
    pub fn new_sso_browser(&self) -> Result<Token, crate::portal::Fault> {
        Ok(self.vault.token()?)
    }

    /// The union's issuer.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn issuer(&self, tenant: &Tenant) -> Deed<String> {
        self.issuer_of(tenant).await
    }

    async fn issuer_of(&self, tenant: &Tenant) -> Deed<String> {
        let union = self.sso_union(&tenant.slug).await?;
        Ok(union.issuer.clone().unwrap_or_else(|| issuer::by_file(tenant, &self.public)))
    }

    /// Answers what a service asks of this browser, or keeps it until it can be answered.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`; what is refused is told to the service.
    pub async fn authorize(
        &self,
        tenant: &Tenant,
        visit: Option<&Visit>,
        browser: &Token,
        asked: &Parameters,
    ) -> Deed<SsoAnswer> {
        let now = self.trusted_now()?.at();
        let Some(PushedOrNot { asked, is_pushed }) = self.unpushed(tenant, asked).await? else {
            return Ok(SsoAnswer::Bad(BadReturn::Pushed));
        };
        let asked = &asked;
        let client = match request::client_of(tenant, asked) {
            Ok((_, client)) => client,
            Err(bad) => return Ok(SsoAnswer::Bad(bad)),
        };
        let read = request::read(client, asked);
        let may_come = is_pushed || !client.require_par;
        let asked =
            match read.and_then(|read| if may_come { Ok(read) } else { Err(SsoError::InvalidRequest) }) {
                Ok(asked) => asked,
                Err(error) => {
                    let uri = asked.get("redirect_uri").unwrap_or_default();
                    let state = asked.get("state").filter(|state| state.len() <= request::LONGEST_STATE);
                    let state = state.filter(|_| !asked.is_repeated("state"));
                    let issuer = self.issuer_of(tenant).await?;
                    return Ok(SsoAnswer::Return(refusal(uri, state, &issuer, error)));
                }
            };
        let facts = self.sso_facts(tenant, client, visit, &asked, now, now).await?;
        match (decide(&asked, client, facts.member, now, now), visit) {
            (Decision::Code, Some(visit)) => {
                self.give_code(tenant, client, &asked, (visit, facts.known), None, now).await
            }
            (Decision::Refuse(error), _) => {
                Ok(SsoAnswer::Return(self.refused(tenant, &asked, facts.known.issuer, error)))
            }
            (decision, _) => {
                let id = SsoRequestId::new(now, self.chance()?);
                let until = now.checked_add(REQUEST_LIFE).unwrap_or(now);
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                store::sso::requests::wait(&mut tx, id, &browser.digest(), &asked, now, until).await?;
                self.before_showing_again(&mut tx, decision, visit).await?;
                tx.commit().await?;
                Ok(waits(decision, id))
            }
        }
    }

    /// Answers a request that waits in this browser, as far as its member has come.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn go_on_to_service(
        &self,
        tenant: &Tenant,
        visit: Option<&Visit>,
        browser: &Token,
        id: SsoRequestId,
    ) -> Deed<SsoAnswer> {
        let now = self.trusted_now()?.at();
        let digest = browser.digest();
        let Some((client, waiting)) = self.waiting_request(tenant, (id, &digest), now).await? else {
            return Ok(SsoAnswer::Gone);
        };
        let WaitingRequest { asked, arrived_at } = waiting;
        let facts = self.sso_facts(tenant, client, visit, &asked, arrived_at, now).await?;
        match (decide(&asked, client, facts.member, arrived_at, now), visit) {
            (Decision::Code, Some(visit)) => {
                let from = Some((id, digest.as_slice()));
                self.give_code(tenant, client, &asked, (visit, facts.known), from, now).await
            }
            (Decision::Refuse(error), _) => {
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                let answered = store::sso::requests::answer(&mut tx, id, &digest, now).await?;
                tx.commit().await?;
                let address = self.refused(tenant, &asked, facts.known.issuer, error);
                Ok(if answered { SsoAnswer::Return(address) } else { SsoAnswer::Gone })
            }
            (decision, _) => {
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                self.before_showing_again(&mut tx, decision, visit).await?;
                tx.commit().await?;
                Ok(waits(decision, id))
            }
        }
    }

    /// The service behind a request that waits in this browser, and what it asks for.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn asking_service<'t>(
        &self,
        tenant: &'t Tenant,
        browser: &Token,
        id: SsoRequestId,
    ) -> Deed<Option<(AskingService<'t>, SsoRequest)>> {
        let now = self.trusted_now()?.at();
        let found = self.waiting_request(tenant, (id, &browser.digest()), now).await?;
        Ok(found.and_then(|(client, waiting)| {
            let (service, client) = tenant.client(&client.id)?;
            Some((AskingService { service, client }, waiting.asked))
        }))
    }

    /// Notes that the member was told what the service gets, or agreed to it. `false` where the request is gone.
    ///
    /// # Errors
    /// [`Stop::StartAgain`](crate::portal::Stop::StartAgain) where the session ended meanwhile.
    pub async fn accept_service(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        browser: &Token,
        id: SsoRequestId,
    ) -> Deed<bool> {
        let now = self.trusted_now()?.at();
        let Some((client, waiting)) = self.waiting_request(tenant, (id, &browser.digest()), now).await?
        else {
            return Ok(false);
        };
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        let agreed = client.relation.asks();
        let scopes = waiting.asked.scopes;
        let words = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        let given = GrantRow { agreed, scopes, operator: client.operator.clone(), at: now };
        store::sso::codes::grant(&mut tx, &client.id, member.id, &given).await?;
        let event = Event::Sso(SsoEvent::Granted { client: client.id.clone(), agreed, scopes: words });
        self.note(&mut tx, Some(member.id), event, now)?;
        tx.commit().await?;
        Ok(true)
    }

    /// Tells the service that the member does not want to go on.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn decline_service(
        &self,
        tenant: &Tenant,
        browser: &Token,
        id: SsoRequestId,
    ) -> Deed<SsoAnswer> {
        let now = self.trusted_now()?.at();
        let digest = browser.digest();
        let Some((_, waiting)) = self.waiting_request(tenant, (id, &digest), now).await? else {
            return Ok(SsoAnswer::Gone);
        };
        let issuer = self.issuer_of(tenant).await?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let answered = store::sso::requests::answer(&mut tx, id, &digest, now).await?;
        tx.commit().await?;
        let address = self.refused(tenant, &waiting.asked, Some(issuer), SsoError::AccessDenied);
        Ok(if answered { SsoAnswer::Return(address) } else { SsoAnswer::Gone })
    }

    /// The request that waits in this browser and came last: where a member goes on who had to leave the way in.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn newest_request(&self, tenant: &Tenant, browser: &Token) -> Deed<Option<SsoRequestId>> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(store::sso::requests::newest(&mut tx, &browser.digest(), now).await?)
    }

    /// A request that waits, while its service is there and still wants to be answered there.
    async fn waiting_request<'t>(
        &self,
        tenant: &'t Tenant,
        (id, browser): RequestInBrowser<'_>,
        now: Timestamp,
    ) -> Deed<Option<(&'t SsoClient, WaitingRequest)>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let waiting = store::sso::requests::waiting(&mut tx, id, browser, now).await?;
        Ok(waiting.and_then(|waiting| {
            let (_, client) = tenant.client(&waiting.asked.client)?;
            client.redirect_uris.contains(&waiting.asked.redirect_uri).then_some((client, waiting))
        }))
    }

    /// What a decision asks about: one statement, the keys where there is a hint, and what the member has set up where the
    /// service would like more than was shown.
    async fn sso_facts(
        &self,
        tenant: &Tenant,
        client: &SsoClient,
        visit: Option<&Visit>,
        asked: &SsoRequest,
        arrived_at: Timestamp,
        now: Timestamp,
    ) -> Deed<Facts> {
        let Some(Visit { session, member, .. }) = visit else {
            let issuer = self.sso_union(&tenant.slug).await?.issuer.clone();
            return Ok(Facts { known: KnownAtService { issuer, ..KnownAtService::default() }, member: None });
        };
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let known = store::sso::codes::known(&mut tx, &client.id, &client.sector, member.id).await?;
        let is_hinted = match &asked.hint {
            Some(hint) => Some(self.is_about(tenant, client, hint, &known, now).await?),
            None => None,
        };
        let is_granted = known.grant.as_ref().is_some_and(|grant| {
            (grant.agreed || !client.relation.asks())
                && grant.operator == client.operator
                && asked.scopes.iter().all(|scope| grant.scopes.contains(scope))
                && (!asked.prompt.consent || grant.at >= arrived_at)
        });
        let acr = Acr::of(session.factor);
        let is_enough = client.require_acr.is_met_by(acr) && asked.acr_values.is_empty();
        let held = if is_enough { Vec::new() } else { factors_of(&mut tx, tenant, member.id).await? };
        let best = held.into_iter().map(Acr::of).max().unwrap_or(acr);
        let auth_time = session::auth_time(session);
        let member = SignedInFacts { auth_time, acr, best, is_hinted, is_granted };
        Ok(Facts { known, member: Some(member) })
    }

    /// Whether a hint is an ID token of ours about that member at that service. Its age does not matter (OpenID Connect Core,
    /// 3.1.2.1); one that is not ours is about nobody.
    async fn is_about(
        &self,
        tenant: &Tenant,
        client: &SsoClient,
        hint: &str,
        known: &KnownAtService,
        now: Timestamp,
    ) -> Deed<bool> {
        let union = self.sso_union(&tenant.slug).await?;
        let claims = verified(hint, |kid| union.of_kid(kid, now));
        let issuer = known.issuer.clone().unwrap_or_else(|| issuer::by_file(tenant, &self.public));
        let says = |name: &str| claims.as_ref().and_then(|claims| claims.get(name)?.as_str());
        Ok(says("iss") == Some(issuer.as_str())
            && says("aud") == Some(client.id.as_str())
            && known.subject.is_some()
            && says("sub") == known.subject.as_deref())
    }

    /// Has both proofs asked for anew: those of a moment ago were shown before the service asked.
    async fn before_showing_again(
        &self,
        tx: &mut Write,
        decision: Decision,
        visit: Option<&Visit>,
    ) -> Deed<()> {
        if let (Decision::ShowAgain, Some(visit)) = (decision, visit) {
            store::session::make_stale(tx, visit.session.id).await?;
        }
        Ok(())
    }

    /// Gives a code, and uses the request up that waited for it.
    async fn give_code(
        &self,
        tenant: &Tenant,
        client: &SsoClient,
        asked: &SsoRequest,
        (visit, known): (&Visit, KnownAtService),
        from: Option<RequestInBrowser<'_>>,
        now: Timestamp,
    ) -> Deed<SsoAnswer> {
        let Visit { session, member, .. } = visit;
        let code = self.vault.token()?;
        // Where a power cut forgets it, the code is refused, and the service asks again.
        let mut tx = self.store.tenant(&tenant.slug).write_unsynced().await?;
        if let Some((id, browser)) = from
            && !store::sso::requests::answer(&mut tx, id, browser, now).await?
        {
            return Ok(SsoAnswer::Gone);
        }
        let issuer = if let Some(issuer) = known.issuer {
            issuer
        } else {
            let issuer = issuer::by_file(tenant, &self.public);
            store::sso::codes::freeze_issuer(&mut tx, &issuer, now).await?
        };
        let sub = if let Some(sub) = known.subject {
            sub
        } else {
            let sub = self.vault.token()?;
            store::sso::codes::keep_subject(&mut tx, &client.sector, member.id, sub.expose(), now).await?
        };
        let sid = self.vault.token()?;
        let at_service = NewServiceSession {
            session: session.id,
            client: &client.id,
            sid: sid.expose(),
            member: member.id,
            sub: &sub,
            ends_at: session.expires_at,
        };
        store::sso::service_sessions::note_service_session(&mut tx, &at_service, now).await?;
        let new = NewSsoCode {
            digest: &code.digest(),
            client: &client.id,
            asked,
            member: member.id,
            session: session.id,
            sub: &sub,
            shown: (session::auth_time(session), session.factor),
            expires_at: now.checked_add(CODE_LIFE).unwrap_or(now),
        };
        store::sso::codes::add_code(&mut tx, &new, now).await?;
        let event =
            Event::Sso(SsoEvent::Opened { client: client.id.clone(), acr: Acr::of(session.factor).as_str() });
        self.note(&mut tx, Some(member.id), event, now)?;
        tx.commit().await?;
        Ok(SsoAnswer::Return(answer(
            &asked.redirect_uri,
            &[("code", code.expose())],
            asked.state.as_deref(),
            &issuer,
        )))
    }

    fn refused(
        &self,
        tenant: &Tenant,
        asked: &SsoRequest,
        issuer: Option<String>,
        error: SsoError,
    ) -> ServiceAddress {
        let issuer = issuer.unwrap_or_else(|| issuer::by_file(tenant, &self.public));
        refusal(&asked.redirect_uri, asked.state.as_deref(), &issuer, error)
    }
}

fn waits(decision: Decision, id: SsoRequestId) -> SsoAnswer {
    match decision {
        Decision::ShowAgain => SsoAnswer::ShowAgain(id),
        Decision::Stronger => SsoAnswer::Stronger(id),
        Decision::Notice => SsoAnswer::Notice(id),
        Decision::SignIn | Decision::Code | Decision::Refuse(_) => SsoAnswer::SignIn(id),
    }
}

/// An answer to a service: each says whose it is (RFC 9207).
fn answer(uri: &str, first: &[(&str, &str)], state: Option<&str>, issuer: &str) -> ServiceAddress {
    let mut all = first.to_vec();
    all.extend(state.map(|state| ("state", state)));
    all.push(("iss", issuer));
    ServiceAddress(request::answer_at(uri, &all))
}

fn refusal(uri: &str, state: Option<&str>, issuer: &str, error: SsoError) -> ServiceAddress {
    answer(uri, &[("error", error.as_str())], state, issuer)
}
