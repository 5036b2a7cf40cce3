//! Recent activity: the trail about a member, told to that member (N-28).

use super::{Deed, Portal, session::Visit};
use crate::{
    domain::{
        activity::{Activity, Line, READ, lines},
        tenant::Tenant,
    },
    store,
};

impl Portal {
    /// The last sign-ins, refusals and changes, newest first.
    pub async fn activity_of(&self, tenant: &Tenant, visit: &Visit) -> Deed<Vec<Line>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let rows = store::audit::of_member(&mut tx, visit.member.id, READ).await?;
        Ok(lines(rows.into_iter().filter_map(|row| {
            let detail = serde_json::from_str(&row.detail).unwrap_or_default();
            Activity::of(&row.event, &detail).map(|activity| (row.at, activity))
        })))
    }
}
