//! App: what every handler is given.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use axum::Router;

use super::page::links::UnionLinks;
use crate::{
    domain::{
        origin::PublicAddress,
        tenant::{Tenant, TenantSlug},
    },
    portal::Portal,
    settings::network::Networks,
    tenants::Tenants,
};

/// Everything a handler needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<AppInner>,
}

#[derive(Clone)]
struct AppInner {
    portal: Portal,
    tenants: Tenants,
    demo: Option<Router>,
    base_domains: Vec<String>,
    trusted: Networks,
    notes: Vec<String>,
    links: HashMap<TenantSlug, UnionLinks>,
}

impl App {
    /// The portal over its unions.
    pub fn new(portal: Portal, tenants: Tenants) -> Self {
        let (base_domains, notes, trusted) = (Vec::new(), Vec::new(), Networks::default());
        let links = tenants.iter().map(|tenant| (tenant.slug.clone(), UnionLinks::of(tenant))).collect();
        Self {
            inner: Arc::new(AppInner { portal, tenants, demo: None, base_domains, trusted, notes, links }),
        }
    }

    /// With lines that readiness says beside "ready": what is wrong and keeps nobody else out.
    #[must_use]
    pub fn noting(self, notes: Vec<String>) -> Self {
        Self { inner: Arc::new(AppInner { notes, ..AppInner::clone(&self.inner) }) }
    }

    /// Lines that readiness says beside "ready".
    pub fn notes(&self) -> &[String] {
        &self.inner.notes
    }

    /// With a page of its own at `http://localhost/`: only the demo command asks for this.
    #[must_use]
    pub fn with_own_page(self, own: Router) -> Self {
        Self { inner: Arc::new(AppInner { demo: Some(own), ..AppInner::clone(&self.inner) }) }
    }

    /// With the domains that are the operator's own (the setting `hosts.base_domains`): browsers are told to speak TLS to
    /// everything below a union's host there.
    #[must_use]
    pub fn below(self, base_domains: &[String]) -> Self {
        let base_domains = base_domains.to_vec();
        Self { inner: Arc::new(AppInner { base_domains, ..AppInner::clone(&self.inner) }) }
    }

    /// With the proxies in front (the setting `proxy.trusted`): what they tell of a client's address is believed (A17).
    #[must_use]
    pub fn behind(self, trusted: Networks) -> Self {
        Self { inner: Arc::new(AppInner { trusted, ..AppInner::clone(&self.inner) }) }
    }

    pub(super) fn trusted(&self) -> &Networks {
        &self.inner.trusted
    }

    /// Addresses that stand on every page of a union.
    pub(super) fn links(&self, tenant: &Tenant) -> Cow<'_, UnionLinks> {
        let made = self.inner.links.get(&tenant.slug);
        made.map_or_else(|| Cow::Owned(UnionLinks::of(tenant)), Cow::Borrowed)
    }

    pub(super) fn base_domains(&self) -> &[String] {
        &self.inner.base_domains
    }

    /// The portal, whose methods are the deeds.
    pub fn portal(&self) -> &Portal {
        &self.inner.portal
    }

    /// The unions that are served.
    pub fn tenants(&self) -> &Tenants {
        &self.inner.tenants
    }

    /// Where they are reached.
    pub fn public(&self) -> &PublicAddress {
        self.inner.portal.public()
    }

    pub(super) fn own_page(&self) -> Option<&Router> {
        self.inner.demo.as_ref()
    }
}
