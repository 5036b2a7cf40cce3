//! The audit trail: append-only rows, written in the transaction of their deed.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    kept::{self, KeptId, KeptText, KeptTrailRow},
    row::{Arguments, FromRow, Row, ToColumn},
    sql::{NotedEvent, Reading, Statement, sql},
};
use crate::domain::{
    audit::{Event, chain::TrailRow, doing::Doing},
    member::{EventId, MemberId},
};

impl ToColumn for EventId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

/// Notes one event: it is written when the transaction commits, all of a transaction in one statement. What is not
/// committed leaves no event. `doing` says who brought it about.
pub fn note(
    tx: &mut Write,
    id: EventId,
    member: Option<MemberId>,
    event: &Event,
    doing: Doing,
    now: Timestamp,
) {
    let (word, detail) = (event.word(), event.detail().to_string());
    tx.at_commit(NotedEvent { id, member, word, detail, doing, at: now });
}

/// The columns of a row of the trail.
macro_rules! columns {
    () => {
        "a.id, a.at, a.event, a.member, a.detail, a.actor_kind, a.actor, a.reason, a.purpose, a.gate, a.net, a.receipt"
    };
}
pub(super) use columns;

impl FromRow for TrailRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            at: row.get("at")?,
            event: row.get("event")?,
            member: row.get("member")?,
            detail: row.get("detail")?,
            actor_kind: row.get("actor_kind")?,
            actor: row.get("actor")?,
            reason: row.get("reason")?,
            purpose: row.get("purpose")?,
            gate: row.get("gate")?,
            net: row.get("net")?,
            receipt: row.get("receipt")?,
        })
    }
}

/// Which rows of a trail are asked for.
#[derive(Debug, Clone, Default)]
pub struct TrailFilter {
    /// Not before this moment.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// About this member.
    pub member: Option<MemberId>,
    /// By one of these actors: members' ids, or names of accounts as [`actors`] gives them.
    pub actors: Option<Vec<String>>,
}

/// Which rows a filter leaves: `$2` the id with which they begin, `$3` how many, `$4` to `$9` the filter's values.
macro_rules! chosen {
    () => {
        "a.tenant = $1 AND a.id >= $2 AND (a.at >= $4 OR $9) AND (a.at < $5 OR $6) AND (a.member = $7 OR $8)"
    };
}

/// The rows of the trail after `after` that the filter leaves, oldest first, at most `limit` and one.
pub async fn page(
    tx: &mut Read,
    filter: &TrailFilter,
    after: Option<&KeptId>,
    limit: u32,
) -> StoreResult<Vec<KeptTrailRow>> {
    let mut rows: Vec<KeptTrailRow> = Vec::new();
    if let Some(actors) = &filter.actors {
        // Each actor has an index to its rows; one statement for several would read the whole trail.
        for actor in actors {
            let text = sql!(
                "SELECT ",
                columns!(),
                " FROM audit AS a WHERE ",
                chosen!(),
                " AND a.actor = $10 ORDER BY a.id LIMIT $3"
            );
            rows.extend(
                choose(tx.sql(text), filter, after, limit).bind(actor.as_str()).all::<KeptTrailRow>().await?,
            );
        }
        rows.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1));
    } else {
        let text =
            sql!("SELECT ", columns!(), " FROM audit AS a WHERE ", chosen!(), " ORDER BY a.id LIMIT $3");
        rows = choose(tx.sql(text), filter, after, limit).all().await?;
    }
    Ok(kept::behind(rows, after, |row| &row.id))
}

/// Binds what [`chosen`] asks for.
fn choose<'t>(
    statement: Statement<'t, Reading>,
    filter: &TrailFilter,
    after: Option<&KeptId>,
    limit: u32,
) -> Statement<'t, Reading> {
    let (since, until) = (filter.since, filter.until);
    statement
        .bind(after)
        .bind(limit.saturating_add(1))
        .bind(since.unwrap_or(Timestamp::UNIX_EPOCH))
        .bind(until.unwrap_or(Timestamp::UNIX_EPOCH))
        .bind(until.is_none())
        .bind(filter.member.map_or(Uuid::nil(), MemberId::uuid))
        .bind(filter.member.is_none())
        .bind(since.is_none())
}

/// Everybody who has done something: members' ids, and names of accounts. It hops from one to the next along their index, so
/// that its cost is the number of actors and not of rows.
pub async fn actors(tx: &mut Read) -> StoreResult<Vec<String>> {
    let rows: Vec<(KeptText,)> = tx
        .sql(sql!(
            "WITH RECURSIVE known (actor) AS (
               SELECT MIN(a.actor) FROM audit AS a WHERE a.tenant = $1 AND a.actor IS NOT NULL
               UNION ALL
               SELECT (SELECT MIN(a.actor) FROM audit AS a
                        WHERE a.tenant = $1 AND a.actor IS NOT NULL AND a.actor > known.actor)
                 FROM known WHERE known.actor IS NOT NULL)
             SELECT actor FROM known WHERE actor IS NOT NULL ORDER BY actor"
        ))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(actor,)| actor.0).collect())
}

/// What was done by and for one member, newest first: the events of `domain::activity::DEEDS`, by an index of their own,
/// so that no number of other rows is read (D26).
pub async fn deeds_of(tx: &mut Read, member: MemberId, limit: u32) -> StoreResult<Vec<TrailRow>> {
    let rows = tx
        .sql(sql!(
        "SELECT ",
        columns!(),
        " FROM audit AS a
          WHERE a.tenant = $1 AND a.member = $2
            AND a.event IN ('session-opened', 'password-set', 'password-changed', 'password-recovered',
                          'login-changed', 'email-pending', 'email-kept', 'email-confirmed',
                          'lost-factor-wait-begun', 'factor-added', 'factor-removed', 'method-chosen',
                          'terms-accepted', 'session-ended', 'session-replaced', 'device-logged-out',
                          'signed-out-everywhere', 'desk-code-issued', 'member-unlocked', 'member-reverted',
                          'credential-reissued', 'factor-switched-off', 'password-exposed', 'browser-forgotten',
                          'browsers-forgotten', 'factors-reset', 'desk-address-set', 'desk-sessions-ended',
                          'desk-locked', 'desk-lock-lifted', 'last-day-set',
                          'last-day-lifted', 'membership-ended', 'roster-changed-member', 'member-moved', 'member-merged',
                          'sso-opened', 'sso-withdrawn')
          ORDER BY a.at DESC, a.id DESC LIMIT $3"
    ))
    .bind(member)
    .bind(limit)
    .all::<KeptTrailRow>()
    .await?;
    Ok(rows.into_iter().filter_map(|kept| kept.row).collect())
}

/// What is counted of one member by kind and day: kind, how often, when last.
pub async fn counted_of(
    tx: &mut Read,
    member: MemberId,
    by_strangers: bool,
    limit: u32,
) -> StoreResult<Vec<(String, u32, Timestamp)>> {
    tx.sql(sql!(
        "SELECT kind, times, last_at FROM activity_day
          WHERE tenant = $1 AND member = $2
            AND (kind IN ('password-refused', 'recovery-mailed', 'recovery-code-refused', 'user-id-mailed',
                          'lone-passkey-refused')) = $3
          ORDER BY day DESC, kind LIMIT $4"
    ))
    .bind(member)
    .bind(by_strangers)
    .bind(limit)
    .map(|row| Ok((row.get("kind")?, row.get("times")?, row.get("last_at")?)))
    .await
}

/// What happened to one member, newest first. A row that cannot be read is left out; `audit verify` names it.
pub async fn of_member(tx: &mut Read, member: MemberId, limit: u32) -> StoreResult<Vec<TrailRow>> {
    let rows = tx
        .sql(sql!(
            "SELECT ",
            columns!(),
            " FROM audit AS a WHERE a.tenant = $1 AND a.member = $2 ORDER BY a.id DESC LIMIT $3"
        ))
        .bind(member)
        .bind(limit)
        .all::<KeptTrailRow>()
        .await?;
    Ok(rows.into_iter().filter_map(|kept| kept.row).collect())
}

#[cfg(test)]
mod tests {
    use crate::domain::activity::{BY_STRANGERS, DEEDS};

    /// The words between quotation marks behind `start`.
    fn listed(start: &str) -> Vec<&'static str> {
        let source = include_str!("audit.rs");
        let list = source.split_once(start).and_then(|(_, rest)| rest.split_once(')')).unwrap().0;
        list.split('\'').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_statements_name_what_the_rules_name() {
        assert_eq!(listed("AND a.event IN ("), DEEDS);
        assert_eq!(listed("AND (kind IN ("), BY_STRANGERS);
    }
}
