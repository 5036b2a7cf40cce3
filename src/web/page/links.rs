//! Links: addresses that stand on every page of a union, made once for each union.

use crate::{
    domain::{tenant::Tenant, typed},
    web::assets,
};

/// Addresses that follow from the union's file alone.
#[derive(Debug, Clone)]
pub struct UnionLinks {
    /// The union's colours.
    pub colours: String,
    /// The union's logo.
    pub logo: Option<String>,
    /// The tab's icon.
    pub favicon: String,
    /// The union's telephone.
    pub phone: String,
}

impl UnionLinks {
    /// Those of a union.
    pub fn of(tenant: &Tenant) -> Self {
        let favicon = tenant.brand.favicon.as_ref().map(assets::picture_href);
        Self {
            colours: assets::tenant_css_href(tenant),
            logo: tenant.brand.logo.as_ref().map(assets::picture_href),
            favicon: favicon.unwrap_or_else(|| assets::FAVICON.href().to_owned()),
            phone: format!("tel:{}", typed::phone(&tenant.contact.phone).unwrap_or_default()),
        }
    }
}
