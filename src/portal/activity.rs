//! Recent activity: the trail about a member, told to that member and to the union's desk (N-28, D26).

use super::{Deed, Portal, recorded::of_member, session::Visit};
use crate::domain::{
    activity::{Activity, ActivityEntry},
    tenant::{Language, Tenant},
};

impl Portal {
    /// The last deeds, and what was refused or asked for, newest first. Services are named as pages of that language do.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn activity_of(
        &self,
        tenant: &Tenant,
        visit: &Visit,
        language: Language,
    ) -> Deed<Vec<ActivityEntry>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let mut entries = of_member(&mut tx, visit.member.id).await?;
        for entry in &mut entries {
            if let Activity::ServiceOpened { service } | Activity::ServiceWithdrawn { service } =
                &mut entry.activity
                && let Some((known, _)) = tenant.client(service)
            {
                known.label_in(language).text.clone_into(service);
            }
        }
        Ok(entries)
    }
}
