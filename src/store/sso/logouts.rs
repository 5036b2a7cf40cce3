//! Logouts: services that have to be told that a session has ended, and what became of it.
//!
//! # Decision
//! A row is written by the database where a row of `sso_visit` goes (migration 0033), in the transaction that ends the
//! session. It is leased for one try, as a letter is ([`crate::store::outbox`]).
//! # Because
//! Sessions end in a dozen deeds, with their member, and by programs that are older than this: none of them can forget it.
//! # Instead of
//! A call in each deed.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    domain::member::MemberId,
    store::{
        Read, StoreResult, Write,
        outbox::Lease,
        row::{FromRow, Row},
        sql::sql,
    },
};

/// A logout taken out to be told.
#[derive(Debug, Clone)]
pub struct LeasedLogout {
    /// Its row in `sso_logout`, to which its outcome is written.
    pub id: Uuid,
    /// The service.
    pub client: String,
    /// Who the member is there.
    pub sub: String,
    /// What the session is called there.
    pub sid: String,
    /// When a node first saw it.
    pub made_at: Timestamp,
    /// Tries so far, this one included.
    pub tries: u32,
}

impl FromRow for LeasedLogout {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            client: row.get("client")?,
            sub: row.get("sub")?,
            sid: row.get("sid")?,
            made_at: row.get("made_at")?,
            tries: row.get("tries")?,
        })
    }
}

/// Takes what that service has waited longest to be told. `None` when there is nothing, or when another node took it first:
/// ask again.
pub async fn take(
    tx: &mut Write,
    client: &str,
    lease: Lease,
    now: Timestamp,
) -> StoreResult<Option<LeasedLogout>> {
    // The outer condition stops the second of two nodes on PostgreSQL, whose inner question saw the row still free.
    tx.sql(sql!(
        "UPDATE sso_logout SET lease = $2, leased_until = $3, try_at = $3, tries = tries + 1,
                               made_at = COALESCE(made_at, $4)
          WHERE tenant = $1 AND outcome IS NULL AND try_at <= $4
            AND id = (SELECT o.id FROM sso_logout AS o
                       WHERE o.tenant = $1 AND o.client = $5 AND o.outcome IS NULL AND o.try_at <= $4
                       ORDER BY o.try_at, o.id LIMIT 1)
         RETURNING id, client, sub, sid, made_at, tries"
    ))
    .bind(lease.id.as_bytes().as_slice())
    .bind(lease.until)
    .bind(now)
    .bind(client)
    .maybe()
    .await
}

/// A logout that a service has yet to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingLogout {
    /// Whether a try has failed.
    pub has_failed: bool,
}

impl FromRow for PendingLogout {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { has_failed: row.get("failed")? })
    }
}

/// What that service has yet to be told of the session that it knows by that name.
pub async fn pending(tx: &mut Read, client: &str, sid: &str) -> StoreResult<Option<PendingLogout>> {
    tx.sql(sql!(
        "SELECT last_result IS NOT NULL AS failed FROM sso_logout
          WHERE tenant = $1 AND client = $2 AND sid = $3 AND outcome IS NULL"
    ))
    .bind(client)
    .bind(sid)
    .maybe()
    .await
}

/// Whether that service was told, at that moment or later, that the session has ended which it knows by that name.
pub async fn was_told(tx: &mut Read, client: &str, sid: &str, since: Timestamp) -> StoreResult<bool> {
    let told: Option<(String,)> = tx
        .sql(sql!(
            "SELECT client FROM sso_logout
              WHERE tenant = $1 AND client = $2 AND sid = $3 AND outcome = $5 AND done_at >= $4"
        ))
        .bind(client)
        .bind(sid)
        .bind(since)
        .bind(LogoutOutcome::Told.as_str())
        .maybe()
        .await?;
    Ok(told.is_some())
}

/// What became of a logout for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// The service was told.
    Told,
    /// It could not be told in time.
    GivenUp,
    /// There is no service of that name, or it cannot be told anywhere.
    Nowhere,
}

impl LogoutOutcome {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::GivenUp => "given-up",
            Self::Nowhere => "nowhere",
        }
    }
}

/// Closes a logout. `false` when the lease is no longer ours.
pub async fn close(
    tx: &mut Write,
    (id, lease): (Uuid, Lease),
    outcome: LogoutOutcome,
    result: &str,
    now: Timestamp,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE sso_logout SET outcome = $4, last_result = $5, done_at = $6, lease = NULL, leased_until = NULL
          WHERE tenant = $1 AND id = $2 AND lease = $3 AND outcome IS NULL RETURNING id"
    ))
    .bind(id)
    .bind(lease.id.as_bytes().as_slice())
    .bind(outcome.as_str())
    .bind(result)
    .bind(now)
    .done()
    .await
}

/// Puts a logout back, to be told at `next`. `false` when the lease is no longer ours.
pub async fn put_back(
    tx: &mut Write,
    (id, lease): (Uuid, Lease),
    result: &str,
    next: Timestamp,
) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE sso_logout SET lease = NULL, leased_until = NULL, last_result = $4, try_at = $5
          WHERE tenant = $1 AND id = $2 AND lease = $3 AND outcome IS NULL RETURNING id"
    ))
    .bind(id)
    .bind(lease.id.as_bytes().as_slice())
    .bind(result)
    .bind(next)
    .done()
    .await
}

/// The member who is that subject at a service, while there is one.
pub async fn member_of(tx: &mut Read, sub: &str) -> StoreResult<Option<MemberId>> {
    let row: Option<(MemberId,)> = tx
        .sql(sql!("SELECT member FROM sso_subject WHERE tenant = $1 AND sub = $2"))
        .bind(sub)
        .maybe()
        .await?;
    Ok(row.map(|(member,)| member))
}

/// A logout, as the operator reads it: without who it is about.
#[derive(Debug, Clone)]
pub struct ListedLogout {
    /// Its row in `sso_logout`, as `sso logouts list --json` tells it.
    pub id: Uuid,
    /// The service.
    pub client: String,
    /// When a node first saw it; `None` where none has yet.
    pub made_at: Option<Timestamp>,
    /// When it is tried next, or a lease on it ends.
    pub try_at: Timestamp,
    /// Tries so far.
    pub tries: u32,
    /// The word of what became of it; `None` while it waits.
    pub outcome: Option<String>,
    /// The moment of that outcome; `None` while it waits.
    pub done_at: Option<Timestamp>,
    /// What the last try came to.
    pub last_result: Option<String>,
}

impl FromRow for ListedLogout {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            client: row.get("client")?,
            made_at: row.get("made_at")?,
            try_at: row.get("try_at")?,
            tries: row.get("tries")?,
            outcome: row.get("outcome")?,
            done_at: row.get("done_at")?,
            last_result: row.get("last_result")?,
        })
    }
}

/// What waits, and what was done lately if `done`: at most `limit` of each, what waits longest first.
pub async fn listed(tx: &mut Read, done: bool, limit: u32) -> StoreResult<Vec<ListedLogout>> {
    let waiting = tx
        .sql(sql!(
            "SELECT id, client, made_at, try_at, tries, outcome, done_at, last_result FROM sso_logout
              WHERE tenant = $1 AND outcome IS NULL ORDER BY made_at, try_at, id LIMIT $2"
        ))
        .bind(limit)
        .all::<ListedLogout>()
        .await?;
    if !done {
        return Ok(waiting);
    }
    let over = tx
        .sql(sql!(
            "SELECT id, client, made_at, try_at, tries, outcome, done_at, last_result FROM sso_logout
              WHERE tenant = $1 AND outcome IS NOT NULL ORDER BY done_at DESC, id LIMIT $2"
        ))
        .bind(limit)
        .all::<ListedLogout>()
        .await?;
    Ok(waiting.into_iter().chain(over).collect())
}

/// Has a service told anew at once of what could not be told it, or waits for its next try. How many.
pub async fn again(tx: &mut Write, client: &str, now: Timestamp) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE sso_logout
            SET tries = 0, made_at = $3, try_at = $3, outcome = NULL, done_at = NULL, lease = NULL, leased_until = NULL
          WHERE tenant = $1 AND client = $2
            AND ((outcome IS NULL AND (leased_until IS NULL OR leased_until <= $3)) OR outcome IN ($4, $5))"
    ))
    .bind(client)
    .bind(now)
    .bind(LogoutOutcome::GivenUp.as_str())
    .bind(LogoutOutcome::Nowhere.as_str())
    .count()
    .await
}
