//! The audit trail: append-only rows, written in the transaction of their deed.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Read, Result, Write,
    column::Keep,
    sql::{Arguments, FromRow, Row, sql},
};
use crate::domain::{
    audit::Event,
    member::{EventId, MemberId},
};

impl Keep for EventId {
    fn put(self, arguments: &mut Arguments) -> Result<()> {
        self.uuid().put(arguments)
    }
}

/// Writes one event.
pub async fn write(
    tx: &mut Write,
    id: EventId,
    member: Option<MemberId>,
    event: &Event,
    now: Timestamp,
) -> Result<()> {
    tx.sql(sql!("INSERT INTO audit (tenant, id, at, event, member, detail) VALUES ($1, $2, $3, $4, $5, $6)"))
        .bind(id)
        .bind(now)
        .bind(event.word())
        .bind(member.map(MemberId::uuid))
        .bind(event.detail().to_string())
        .run()
        .await?;
    Ok(())
}

/// One row of the trail.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The event's word.
    pub event: String,
    /// About whom.
    pub member: Option<Uuid>,
    /// The rest, as JSON.
    pub detail: String,
}

impl FromRow for Entry {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self { at: row.get(0)?, event: row.get(1)?, member: row.get(2)?, detail: row.get(3)? })
    }
}

/// The trail after `after`, oldest first, at most `limit` rows, with the id to go on from.
pub async fn page(tx: &mut Read, after: Uuid, limit: u32) -> Result<Vec<(Uuid, Entry)>> {
    struct Numbered(Uuid, Entry);
    impl FromRow for Numbered {
        fn from_row(row: &Row) -> Result<Self> {
            let entry =
                Entry { at: row.get(1)?, event: row.get(2)?, member: row.get(3)?, detail: row.get(4)? };
            Ok(Self(row.get(0)?, entry))
        }
    }
    let rows: Vec<Numbered> = tx
        .sql(sql!(
            "SELECT id, at, event, member, detail FROM audit WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3"
        ))
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|Numbered(id, entry)| (id, entry)).collect())
}

/// What was refused to one member, newest first: what anybody can bring about who knows the user ID.
pub async fn refusals_of(tx: &mut Read, member: MemberId, limit: u32) -> Result<Vec<Entry>> {
    tx.sql(sql!(
        "SELECT at, event, member, detail FROM audit
          WHERE tenant = $1 AND member = $2
            AND event IN ('password-differed', 'password-paused', 'password-off', 'code-differed',
                          'mailed-code-differed', 'factor-off', 'passkey-refused', 'recovery-code-differed',
                          'desk-code-differed')
          ORDER BY id DESC LIMIT $3"
    ))
    .bind(member)
    .bind(limit)
    .all()
    .await
}

/// Everything else that happened to one member, newest first.
pub async fn deeds_of(tx: &mut Read, member: MemberId, limit: u32) -> Result<Vec<Entry>> {
    tx.sql(sql!(
        "SELECT at, event, member, detail FROM audit
          WHERE tenant = $1 AND member = $2
            AND event NOT IN ('password-differed', 'password-paused', 'password-off', 'code-differed',
                              'mailed-code-differed', 'factor-off', 'passkey-refused', 'recovery-code-differed',
                              'desk-code-differed')
          ORDER BY id DESC LIMIT $3"
    ))
    .bind(member)
    .bind(limit)
    .all()
    .await
}

/// What happened to one member, newest first.
pub async fn of_member(tx: &mut Read, member: MemberId, limit: u32) -> Result<Vec<Entry>> {
    tx.sql(sql!(
        "SELECT at, event, member, detail FROM audit WHERE tenant = $1 AND member = $2 ORDER BY id DESC LIMIT $3"
    ))
    .bind(member)
    .bind(limit)
    .all()
    .await
}
