//! Which hosts a new union gets: those of the pattern that the other unions' hosts follow.

use crate::{
    domain::tenant::{Hosts, Tenant, TenantSlug},
    tenants::Loaded,
};

/// How unions' hosts are made of their ids: `www.ID.base` or `ID.base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPattern {
    www: bool,
    base: String,
}

/// The hosts of a new union.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewHosts {
    pub primary: String,
    pub alias: Option<String>,
    /// The relying-party id: the union's own host without `www.` (D18).
    pub rp_id: String,
}

impl NewHosts {
    /// The hosts to answer at.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.primary.as_str()).chain(self.alias.as_deref())
    }
}

impl HostPattern {
    /// That of the union `like`, else the one that most unions follow, below the base domains where those are set; else the
    /// first base domain. `None` where nothing tells.
    pub fn of(loaded: &Loaded, base_domains: &[String], like: Option<&str>) -> Option<Self> {
        let is_below = |pattern: &Self| {
            let ends = |base: &String| pattern.base == *base || pattern.base.ends_with(&format!(".{base}"));
            base_domains.is_empty() || base_domains.iter().any(ends)
        };
        let of = |tenant: &Tenant| Self::of_union(&tenant.slug, &tenant.hosts).filter(is_below);
        let others: Vec<Self> = loaded.tenants.iter().filter_map(|tenant| of(tenant)).collect();
        let same = like
            .and_then(|like| of(&loaded.tenants.iter().find(|tenant| tenant.slug.as_str() == like)?.clone()));
        let often = |pattern: &Self| others.iter().filter(|other| *other == pattern).count();
        // The first of those that are as frequent.
        let most = others.iter().rev().max_by_key(|pattern| often(pattern)).cloned();
        same.or(most).or_else(|| Some(Self { www: false, base: base_domains.first()?.clone() }))
    }

    fn of_union(slug: &TenantSlug, hosts: &Hosts) -> Option<Self> {
        let (www, host) = match hosts.primary.strip_prefix("www.") {
            Some(host) => (true, host),
            None => (false, hosts.primary.as_str()),
        };
        let base = host.strip_prefix(slug.as_str())?.strip_prefix('.')?;
        base.contains('.').then(|| Self { www, base: base.to_owned() })
    }

    /// The hosts of a union of that id.
    pub fn hosts(&self, slug: &TenantSlug) -> NewHosts {
        let bare = format!("{slug}.{}", self.base);
        let primary = if self.www { format!("www.{bare}") } else { bare.clone() };
        NewHosts { alias: self.www.then(|| bare.clone()), primary, rp_id: bare }
    }
}
