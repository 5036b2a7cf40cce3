//! Former: what a member was known by before: numbers, user IDs, and the ids of members who were merged into this one (D34).
//!
//! # Decision
//! A trigger writes the number or user ID that a member gives up. Nothing but a merge writes here besides.
//! # Because
//! No deed can forget it, and an older program beside this one needs to know nothing of it.
//! # Instead of
//! A statement in each deed that changes a number or a user ID.

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    epoch::EpochChange,
    member::{member_columns, published},
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::member::{FormerKind, FormerName, Member, MemberId};

impl FromRow for FormerName {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let kind = row.get::<String>("kind")?;
        Ok(Self {
            kind: FormerKind::parse(&kind).ok_or_else(|| row.broken("kind"))?,
            shown: row.get("shown")?,
            until: row.get("until_at")?,
        })
    }
}

/// Everything a member was known by before, newest first.
pub async fn of_member(tx: &mut Read, member: MemberId) -> StoreResult<Vec<FormerName>> {
    tx.sql(sql!(
        "SELECT kind, shown, until_at FROM former_name WHERE tenant = $1 AND member = $2
          ORDER BY until_at DESC, kind, key"
    ))
    .bind(member)
    .all()
    .await
}

/// Members who were known by that name before, who gave it up last first.
pub async fn by_name(tx: &mut Read, kind: FormerKind, key: &str, limit: u32) -> StoreResult<Vec<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM former_name AS n JOIN member AS m ON m.tenant = n.tenant AND m.id = n.member
          WHERE n.tenant = $1 AND n.kind = $2 AND n.key = $3 AND ",
        published!(),
        " ORDER BY n.until_at DESC, m.id LIMIT $4"
    ))
    .bind(kind.as_str())
    .bind(key)
    .bind(limit)
    .all()
    .await
}

/// Former numbers of the members behind `after` up to `last`, in the order of their ids.
pub async fn numbers(tx: &mut Read, after: MemberId, last: MemberId) -> StoreResult<Vec<(MemberId, String)>> {
    tx.sql(sql!(
        "SELECT member, key FROM former_name
          WHERE tenant = $1 AND member > $2 AND member <= $3 AND kind = $4 ORDER BY member, key"
    ))
    .bind(after)
    .bind(last)
    .bind(FormerKind::Number.as_str())
    .map(|row| Ok((row.get("member")?, row.get("key")?)))
    .await
}

/// Keeps what a member who is about to be merged was known by, as former names of the member whose epoch was raised: user ID
/// and id, and what stood here already. Nobody else is given the user ID until `rests_until` (D7); that is for
/// [`rest_login`] to say once it is free.
pub async fn take_over(tx: &mut EpochChange<'_>, from: &Member, now: Timestamp) -> StoreResult<()> {
    let member = tx.member();
    tx.sql(sql!(
        "INSERT INTO former_name (tenant, member, kind, key, shown, until_at)
         SELECT n.tenant, $2, n.kind, n.key, n.shown, n.until_at FROM former_name AS n
          WHERE n.tenant = $1 AND n.member = $3
             ON CONFLICT (tenant, member, kind, key) DO NOTHING"
    ))
    .bind(member)
    .bind(from.id)
    .run()
    .await?;
    let (id, login) = (from.id.to_string(), from.login.as_str().to_owned());
    for (kind, name) in [(FormerKind::Member, id), (FormerKind::Login, login)] {
        tx.sql(sql!(
            "INSERT INTO former_name (tenant, member, kind, key, shown, until_at) VALUES ($1, $2, $3, $4, $4, $5)
             ON CONFLICT (tenant, member, kind, key) DO UPDATE SET until_at = excluded.until_at"
        ))
        .bind(member)
        .bind(kind.as_str())
        .bind(name)
        .bind(now)
        .run()
        .await?;
    }
    Ok(())
}

/// Lets a user ID that nobody has any more rest for the member, so that it is given to nobody else until `until` (D7).
pub async fn rest_login(tx: &mut Write, login: &str, member: MemberId, until: Timestamp) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO retired_login (tenant, login, member, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, login) DO UPDATE SET member = excluded.member, until = excluded.until"
    ))
    .bind(login)
    .bind(member)
    .bind(until)
    .run()
    .await?;
    Ok(())
}
