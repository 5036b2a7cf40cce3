//! The audit trail: append-only rows, written in the transaction of their deed.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, StoreResult, Write,
    row::{Arguments, FromRow, Row, ToColumn},
    sql::{NotedEvent, sql},
};
use crate::domain::{
    audit::Event,
    member::{EventId, MemberId},
    receipt::Receipt,
};

impl ToColumn for EventId {
    fn put(self, arguments: &mut Arguments) -> StoreResult<()> {
        self.uuid().put(arguments)
    }
}

/// Notes one event: it is written when the transaction commits, all of a transaction in one statement. What is not
/// committed leaves no event. `receipt` is the number of the request that brought it about; commands and timers have none.
pub fn note(
    tx: &mut Write,
    id: EventId,
    member: Option<MemberId>,
    event: &Event,
    receipt: Option<&Receipt>,
    now: Timestamp,
) {
    let (word, detail) = (event.word(), event.detail().to_string());
    let receipt = receipt.map(|receipt| receipt.as_str().to_owned());
    tx.at_commit(NotedEvent { id, member, word, detail, receipt, at: now });
}

/// One row of the trail.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// The moment at which it happened.
    pub at: Timestamp,
    /// The word of the event.
    pub event: String,
    /// The member it is about.
    pub member: Option<Uuid>,
    /// The rest, as JSON.
    pub detail: String,
}

impl FromRow for AuditRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            at: row.get("at")?,
            event: row.get("event")?,
            member: row.get("member")?,
            detail: row.get("detail")?,
        })
    }
}

/// The trail after `after`, oldest first, at most `limit` rows, with the id to go on from.
pub async fn page(tx: &mut Read, after: Uuid, limit: u32) -> StoreResult<Vec<(Uuid, AuditRow)>> {
    tx.sql(sql!(
        "SELECT id, at, event, member, detail FROM audit WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3"
    ))
    .bind(after)
    .bind(limit)
    .map(|row| Ok((row.get("id")?, AuditRow::from_row(row)?)))
    .await
}

/// What was done by and for one member, newest first: the events of `domain::activity::DEEDS`, by an index of their own,
/// so that no number of other rows is read (D26).
pub async fn deeds_of(tx: &mut Read, member: MemberId, limit: u32) -> StoreResult<Vec<AuditRow>> {
    tx.sql(sql!(
        "SELECT at, event, member, detail FROM audit
          WHERE tenant = $1 AND member = $2
            AND event IN ('session-opened', 'password-set', 'password-changed', 'password-recovered',
                          'login-changed', 'email-pending', 'email-kept', 'email-confirmed',
                          'lost-factor-wait-begun', 'factor-added', 'factor-removed', 'method-chosen',
                          'terms-accepted', 'session-ended', 'session-replaced', 'device-logged-out',
                          'signed-out-everywhere', 'desk-code-issued', 'member-unlocked', 'member-reverted',
                          'credential-reissued')
          ORDER BY at DESC, id DESC LIMIT $3"
    ))
    .bind(member)
    .bind(limit)
    .all()
    .await
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

/// What happened to one member, newest first.
pub async fn of_member(tx: &mut Read, member: MemberId, limit: u32) -> StoreResult<Vec<AuditRow>> {
    tx.sql(sql!(
        "SELECT at, event, member, detail FROM audit WHERE tenant = $1 AND member = $2 ORDER BY id DESC LIMIT $3"
    ))
    .bind(member)
    .bind(limit)
    .all()
    .await
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
        assert_eq!(listed("AND event IN ("), DEEDS);
        assert_eq!(listed("AND (kind IN ("), BY_STRANGERS);
    }
}
