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
    /// The last sign-ins, refusals and changes, newest first. Refusals are read by themselves: whoever knows the user ID can
    /// bring about any number of them, and must not push a sign-in off the page that way.
    pub async fn activity_of(&self, tenant: &Tenant, visit: &Visit) -> Deed<Vec<Line>> {
        let member = visit.member.id;
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let deeds = store::audit::deeds_of(&mut tx, member, READ).await?;
        let refusals = store::audit::refusals_of(&mut tx, member, READ).await?;
        let mut told: Vec<_> = deeds
            .into_iter()
            .chain(refusals)
            .filter_map(|row| {
                let detail = serde_json::from_str(&row.detail).unwrap_or_default();
                Activity::of(&row.event, &detail).map(|activity| (row.at, activity))
            })
            .collect();
        // Stable: what happened in one deed keeps its order.
        told.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Ok(lines(told))
    }
}
