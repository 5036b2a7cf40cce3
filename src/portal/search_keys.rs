//! Search keys: written for members who have none, a few at a time, so that nobody waits for it.

use super::{Fault, Portal};
use crate::{
    domain::{search::SearchKeys, tenant::TenantSlug},
    store,
};

/// Members whose keys are written in one transaction: a sign-in waits for a few milliseconds at most.
const AT_ONCE: u32 = 500;

impl Portal {
    /// Writes the search keys of the union's next members who have none, because an older program wrote them or because
    /// their name or address has changed. How many; 0 when there is
    /// nothing left to do.
    ///
    /// # Errors
    /// `Fault` when the database fails.
    pub async fn key_members(&self, tenant: &TenantSlug) -> Result<u64, Fault> {
        let mut members = {
            let mut tx = self.store.tenant(tenant).read().await?;
            store::search::unkeyed(&mut tx, store::roster::before_all(), AT_ONCE).await?
        };
        if members.is_empty() {
            return Ok(0);
        }
        // In the order in which every transaction takes members.
        members.sort_by_key(|member| member.id);
        let mut tx = self.store.tenant(tenant).write().await?;
        let mut keyed = 0;
        for member in &members {
            keyed += store::search::put_keys(&mut tx, member, &SearchKeys::of(member)).await?;
        }
        tx.commit().await?;
        Ok(keyed)
    }
}
