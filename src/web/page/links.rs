//! Links: addresses that stand on every page of a union, made once for each union.

use crate::{
    domain::{
        tenant::{Language, Tenant},
        typed,
    },
    web::identity::{self, UnionFile},
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
    /// The icon of home screens.
    pub touch_icon: String,
    /// What browsers keep with a page on a home screen, in Japanese and in English.
    pub manifests: [String; 2],
    /// The union's telephone.
    pub phone: String,
}

impl UnionLinks {
    /// Those of a union.
    pub fn of(tenant: &Tenant) -> Self {
        let href = |file: UnionFile| file.href(tenant).unwrap_or_default();
        Self {
            colours: identity::tenant_css_href(tenant),
            logo: tenant.brand.logo.as_ref().map(identity::picture_href),
            favicon: href(UnionFile::of_tab(tenant)),
            touch_icon: href(UnionFile::TouchIcon),
            manifests: [Language::Ja, Language::En].map(|language| href(UnionFile::Manifest(language))),
            phone: format!("tel:{}", typed::phone(&tenant.contact.phone).unwrap_or_default()),
        }
    }
}
