//! Terms: what a member agreed to and when, and the union's list of it (D14, G-01, N-07). Agreeing and declining are a
//! step on the way in: [`super::first_login`].
//!
//! # Decision
//! New terms are asked at the next sign-in, and in a recovery, after every factor. A session that is open when they come
//! into force goes on until it ends, and being fresh again in it (D11) asks for no terms.
//! # Because
//! G-01 puts them between the whole authentication and the portal. A session lasts a day at most (D12), so everybody who
//! uses the portal has been asked a day later, and nobody is thrown out of what they are just doing.
//! # Instead of
//! ending sessions when the file changes: nodes read their files at different moments, and would end each other's.

use jiff::Timestamp;

use super::{Deed, Fault, Portal};
use crate::{
    domain::{
        member::MemberId,
        tenant::{Tenant, TenantSlug},
    },
    store::{
        self, Store,
        roster::before_all,
        terms::{Acceptance, page, versions},
    },
};

/// What a member agreed to last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedTerms {
    /// The version that was accepted.
    pub version: String,
    /// When it was accepted.
    pub at: Timestamp,
}

impl Portal {
    /// What the member agreed to last; `None` for a member who never did.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn agreed_last(&self, tenant: &Tenant, member: MemberId) -> Deed<Option<AgreedTerms>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let latest = store::terms::latest(&mut tx, member).await?;
        Ok(latest.map(|(version, at)| AgreedTerms { version, at }))
    }
}

/// Acceptances read at a time.
const PAGE: u32 = 1000;

/// A union's acceptances, by member and version, a page at a time: each page is a transaction of its own, so that a long
/// list is never in memory and holds nobody up. Needs no keys.
#[derive(Debug)]
pub struct TermsExport<'a> {
    store: &'a Store,
    slug: &'a TenantSlug,
    version: Option<&'a str>,
    /// Behind whom to go on.
    after: Option<(MemberId, String)>,
}

impl<'a> TermsExport<'a> {
    /// The acceptances of one version, or of all.
    pub fn new(store: &'a Store, slug: &'a TenantSlug, version: Option<&'a str>) -> Self {
        Self { store, slug, version, after: None }
    }

    /// The next acceptances; none when all were given.
    ///
    /// # Errors
    /// `Fault` when the database fails.
    pub async fn next(&mut self) -> Result<Vec<Acceptance>, Fault> {
        let mut tx = self.store.tenant(self.slug).read().await?;
        let after = match &self.after {
            Some((member, version)) => (*member, version.as_str()),
            None => (before_all(), ""),
        };
        let found = page(&mut tx, after, self.version, PAGE).await?;
        if let Some(last) = found.last() {
            self.after = Some((last.member, last.version.clone()));
        }
        Ok(found)
    }

    /// The versions that were accepted, for whoever asked for one that was not.
    ///
    /// # Errors
    /// `Fault` when the database fails.
    pub async fn versions(&self) -> Result<Vec<String>, Fault> {
        let mut tx = self.store.tenant(self.slug).read().await?;
        Ok(versions(&mut tx).await?.into_iter().map(|(version, _)| version).collect())
    }
}
