//! Website: the pages of every union over one portal, and the version of the unions' files that is in force.
//!
//! # Decision
//! What is read of all files together is one [`TenantsSnapshot`], replaced as a whole. The gate takes it once for each
//! request and hands the union on; [`App`], which is all that handlers are given, has no way to ask for it again.
//! # Because
//! a request that asked twice could draw a page of two versions (R34).
//! # Instead of
//! a lock around values that change one by one, or care taken in every handler.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use axum::Router;

use super::{answer_times::AnswerTimes, app::App, page::links::UnionLinks};
use crate::{
    domain::{
        origin::PublicAddress,
        tenant::{Tenant, TenantSlug},
    },
    metrics::{Metrics, UnionCounts},
    portal::Portal,
    settings::network::Networks,
    tenants::{HostMatch, Tenants},
};

/// The addresses on each union's pages, with the version of the union they were made for.
type LinksOfUnions = HashMap<TenantSlug, (Arc<Tenant>, Arc<UnionLinks>)>;

/// One version of all unions' files, with everything that follows from it alone. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct TenantsSnapshot {
    /// The unions that are served.
    pub tenants: Tenants,
    /// What readiness says beside "ready": what is wrong and keeps nobody else out.
    pub notes: Arc<[String]>,
    /// Addresses on every page, kept with the union they were made for.
    links: Arc<LinksOfUnions>,
    /// What is counted at each union, whatever its version.
    counts: Arc<HashMap<TenantSlug, Arc<UnionCounts>>>,
}

impl TenantsSnapshot {
    /// The snapshot of these unions. What `before` has of a union that is still the same is taken over.
    fn new(tenants: Tenants, notes: Vec<String>, before: &Self, metrics: &Metrics) -> Self {
        let counts = metrics.serves(tenants.iter().map(|tenant| &tenant.slug)).into_iter().collect();
        let links = tenants.at_hosts().map(|tenant| {
            let kept = before.links.get(&tenant.slug).filter(|(known, _)| Arc::ptr_eq(known, tenant));
            let links = kept.map_or_else(|| Arc::new(UnionLinks::of(tenant)), |(_, links)| Arc::clone(links));
            (tenant.slug.clone(), (Arc::clone(tenant), links))
        });
        Self { links: Arc::new(links.collect()), counts: Arc::new(counts), notes: notes.into(), tenants }
    }

    /// The union of a host, the addresses on its pages, and what is counted there.
    pub(super) fn by_host(&self, host: &str) -> Option<(HostMatch, Arc<UnionLinks>, Arc<UnionCounts>)> {
        let found = self.tenants.by_host(host)?;
        let (HostMatch::Primary(tenant) | HostMatch::Alias(tenant)) = &found;
        let (links, counts) = self.kept_of(tenant);
        Some((found, links, counts))
    }

    /// The same of the draft whose own host it is.
    pub(super) fn draft_at(&self, host: &str) -> Option<(Arc<Tenant>, Arc<UnionLinks>, Arc<UnionCounts>)> {
        let draft = self.tenants.draft_at(host)?;
        let (links, counts) = self.kept_of(&draft);
        Some((draft, links, counts))
    }

    fn kept_of(&self, tenant: &Arc<Tenant>) -> (Arc<UnionLinks>, Arc<UnionCounts>) {
        let kept = self.links.get(&tenant.slug).filter(|(known, _)| Arc::ptr_eq(known, tenant));
        let links = kept.map_or_else(|| Arc::new(UnionLinks::of(tenant)), |(_, links)| Arc::clone(links));
        (links, self.counts.get(&tenant.slug).cloned().unwrap_or_default())
    }
}

/// All pages, as whoever runs the service holds them. Cheap to clone; clones share the snapshot in force.
#[derive(Clone)]
pub struct Website {
    app: App,
    base_domains: Arc<[String]>,
    demo: Option<Router>,
    current: Arc<ArcSwap<TenantsSnapshot>>,
}

impl Website {
    /// The pages over a portal, for these unions.
    pub fn new(portal: Portal, tenants: Tenants) -> Self {
        let snapshot =
            TenantsSnapshot::new(tenants, Vec::new(), &TenantsSnapshot::default(), portal.metrics());
        Self {
            app: App::new(portal, Networks::default(), AnswerTimes::USUAL),
            base_domains: Arc::default(),
            demo: None,
            current: Arc::new(ArcSwap::from_pointee(snapshot)),
        }
    }

    /// Puts another version of the unions in force, as one: requests that began go on with theirs. `notes` are lines that
    /// readiness says beside "ready".
    pub fn replace(&self, tenants: Tenants, notes: Vec<String>) {
        let snapshot = TenantsSnapshot::new(tenants, notes, &self.current.load(), self.portal().metrics());
        self.current.store(Arc::new(snapshot));
    }

    /// With lines that readiness says beside "ready".
    #[must_use]
    pub fn noting(self, notes: Vec<String>) -> Self {
        self.replace(self.tenants(), notes);
        self
    }

    /// With a page of its own at `http://localhost/`: only the demo command asks for this.
    #[must_use]
    pub fn with_own_page(self, own: Router) -> Self {
        Self { demo: Some(own), ..self }
    }

    /// With the domains that are the operator's own (the setting `hosts.base_domains`): browsers are told to speak TLS to
    /// everything below a union's host there.
    #[must_use]
    pub fn below(self, base_domains: &[String]) -> Self {
        Self { base_domains: base_domains.into(), ..self }
    }

    /// With the proxies in front (the setting `proxy.trusted`): what they tell of a client's address is believed (A17).
    #[must_use]
    pub fn behind(self, trusted: Networks) -> Self {
        Self { app: self.app.behind(trusted), ..self }
    }

    /// Without the waits that hide from whoever measures answers what they took: for journeys, whose members have no patience
    /// and measure nothing. No command calls it (`tests/house/routes.rs`).
    #[must_use]
    pub fn answering_at_once(self) -> Self {
        Self { app: self.app.answering(AnswerTimes::AT_ONCE), ..self }
    }

    pub(super) fn base_domains(&self) -> &[String] {
        &self.base_domains
    }

    pub(super) fn own_page(&self) -> Option<&Router> {
        self.demo.as_ref()
    }

    /// What handlers are given.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The portal, whose methods are the deeds.
    pub fn portal(&self) -> &Portal {
        self.app.portal()
    }

    /// Where the unions are reached.
    pub fn public(&self) -> &PublicAddress {
        self.app.public()
    }

    /// The version in force at this moment.
    pub fn snapshot(&self) -> TenantsSnapshot {
        TenantsSnapshot::clone(&self.current.load())
    }

    /// The unions that are served at this moment.
    pub fn tenants(&self) -> Tenants {
        self.current.load().tenants.clone()
    }
}
