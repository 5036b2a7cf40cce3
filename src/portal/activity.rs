//! Recent activity: the trail about a member, told to that member and to the union's desk (N-28, D26).

use super::{Deed, Portal, session::Visit};
use crate::{
    domain::{
        activity::{Activity, ActivityEntry, DAYS_READ, READ, lines},
        member::MemberId,
        tenant::Tenant,
    },
    store::{self, Read},
};

impl Portal {
    /// The last deeds, and what was refused or asked for, newest first.
    pub async fn activity_of(&self, tenant: &Tenant, visit: &Visit) -> Deed<Vec<ActivityEntry>> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(of_member(&mut tx, visit.member.id).await?)
    }
}

/// The same for whoever has looked the member up.
pub(super) async fn of_member(tx: &mut Read, member: MemberId) -> store::StoreResult<Vec<ActivityEntry>> {
    let deeds = store::audit::deeds_of(tx, member, READ).await?;
    let deeds = deeds.into_iter().filter_map(|row| {
        let detail = serde_json::from_str(&row.detail).unwrap_or_default();
        let activity = Activity::of(&row.event, &detail)?;
        Some(ActivityEntry { at: row.at, activity, times: 1, word: row.event })
    });
    let deeds = deeds.collect();
    let mut counted = store::audit::counted_of(tx, member, true, DAYS_READ).await?;
    counted.extend(store::audit::counted_of(tx, member, false, DAYS_READ).await?);
    let counted = counted.into_iter().filter_map(|(kind, times, at)| {
        Some(ActivityEntry { at, activity: Activity::of_kind(&kind)?, times, word: kind })
    });
    Ok(lines(deeds, counted.collect()))
}
