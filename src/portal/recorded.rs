//! Recorded: the trail about a member as lines of 「最近の記録」, for the member and for the union's desk (D26).

use crate::{
    domain::{
        activity::{Activity, ActivityEntry, DAYS_READ, READ, lines},
        member::MemberId,
    },
    store::{self, Read},
};

/// What happened lately, newest first.
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
