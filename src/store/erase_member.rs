//! Erase a member: a member goes, with everything that hangs on them.
//!
//! # Decision
//! A table whose rows are a member's has a foreign key to the member that deletes them (`ON DELETE CASCADE`). The few that
//! have none, because a trigger or somebody without a member writes them too, stand in [`erase_member`].
//! # Because
//! A table that is added later is emptied without a line here, or the test of the house `schemas` says that it is forgotten.
//! # Instead of
//! A list of every table in each deed that erases.

use uuid::Uuid;

use super::{StoreResult, Write, sql::sql};
use crate::domain::member::MemberId;

/// Erases a member with everything that hangs on them. The trail keeps the id; what strangers caused on days that are not
/// summed yet is counted without it. `false` when there is no such member.
pub async fn erase_member(tx: &mut Write, member: MemberId) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO stranger_day (tenant, day, event, member, times)
         SELECT tenant, day, event, $3, times FROM stranger_day WHERE tenant = $1 AND member = $2 ORDER BY day, event
             ON CONFLICT (tenant, day, event, member) DO UPDATE SET times = stranger_day.times + excluded.times"
    ))
    .bind(member)
    .bind(Uuid::nil())
    .run()
    .await?;
    for text in [
        sql!("DELETE FROM activity_day WHERE tenant = $1 AND member = $2"),
        sql!("DELETE FROM stranger_day WHERE tenant = $1 AND member = $2"),
        sql!("DELETE FROM ceremony WHERE tenant = $1 AND member = $2"),
        sql!("DELETE FROM import_change WHERE tenant = $1 AND member = $2"),
        sql!("DELETE FROM sso_visit WHERE tenant = $1 AND member = $2"),
    ] {
        tx.sql(text).bind(member).run().await?;
    }
    tx.sql(sql!("DELETE FROM member WHERE tenant = $1 AND id = $2 RETURNING id")).bind(member).done().await
}
