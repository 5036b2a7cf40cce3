//! Purge: what ran out by a union's file is over for good (R25).

use super::{Fault, Portal};
use crate::{
    domain::{sso::SsoClient, tenant::Tenant},
    store,
};

impl Portal {
    /// Ends what ran out by the times of this union's file. How many rows.
    ///
    /// # Errors
    /// `Fault` when the database fails.
    pub async fn purge(&self, tenant: &Tenant) -> Result<u64, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let asks = |client: &&SsoClient| client.logout.on_idle;
        let on_idle: Vec<&str> = tenant
            .clients()
            .map(|(_, client)| client)
            .filter(asks)
            .map(|client| client.id.as_str())
            .collect();
        let sessions = store::purge::sessions(&mut tx, &tenant.policy, &on_idle, now).await?;
        let codes = store::purge::codes(&mut tx, &tenant.policy, now).await?;
        tx.commit().await?;
        Ok(sessions + codes)
    }
}
