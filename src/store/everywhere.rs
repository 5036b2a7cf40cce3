//! Everywhere: the loud exception to "every statement pins its tenant". Housekeeping only; used by `jobs`, by the
//! postman, who serves all unions in turn, by the demo's own page, and where union files are held against what the
//! database keeps.

use jiff::Timestamp;

use crate::domain::receipt::Receipt;

use super::{
    Store, StoreResult,
    kept::{KeptId, KeptText},
    outbox::{LetterOutcome, WantedLetters},
    row::{FromRow, Row, ToColumn},
    sql::{Reading, Statement, Writing},
};

mod clock;
mod closing;
mod figures;
mod good_version;
pub mod keys;
mod logouts;
pub mod restore;
mod sweep;

pub use figures::WorkFigures;
pub use good_version::GoodVersion;
pub use keys::{KnownKey, SealedValue};
pub use logouts::LogoutQueue;
pub use sweep::Swept;

/// Statements across all tenants.
#[derive(Debug)]
pub struct Everywhere<'s> {
    store: &'s Store,
}

impl<'s> Everywhere<'s> {
    pub(super) fn new(store: &'s Store) -> Self {
        Self { store }
    }

    /// The newest waiting letters of every union: tenant, id, recipient and content (sealed), when written.
    pub async fn newest_letters(&self, limit: u32) -> StoreResult<Vec<SealedLetterRow>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, id, recipient, content, written_at FROM outbox
              WHERE outcome IS NULL ORDER BY written_at DESC, id DESC LIMIT $1",
            None,
        )
        .bind(limit)
        .all()
        .await
    }

    /// Where letters wait that may be tried at `now`: priority and union, the most urgent first.
    ///
    /// It hops from one priority and one union to the next along the index of what waits, so that its cost is the number
    /// of unions and not of letters. Of letters that ran out and are not wanted, it reads the index.
    pub async fn queues(&self, now: Timestamp, wanted: WantedLetters) -> StoreResult<Vec<LetterQueue>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "WITH RECURSIVE
               level (priority) AS (
                 SELECT MIN(priority) FROM outbox WHERE outcome IS NULL
                 UNION ALL
                 SELECT (SELECT MIN(o.priority) FROM outbox AS o
                          WHERE o.outcome IS NULL AND o.priority > level.priority)
                   FROM level WHERE level.priority IS NOT NULL),
               queue (priority, tenant) AS (
                 SELECT priority, (SELECT MIN(o.tenant) FROM outbox AS o
                                    WHERE o.outcome IS NULL AND o.priority = level.priority)
                   FROM level WHERE priority IS NOT NULL
                 UNION ALL
                 SELECT priority, (SELECT MIN(o.tenant) FROM outbox AS o
                                    WHERE o.outcome IS NULL AND o.priority = queue.priority
                                      AND o.tenant > queue.tenant)
                   FROM queue WHERE tenant IS NOT NULL)
             SELECT priority, tenant FROM queue
              WHERE tenant IS NOT NULL
                AND EXISTS (SELECT 1 FROM outbox AS o
                             WHERE o.outcome IS NULL AND o.priority = queue.priority AND o.tenant = queue.tenant
                               AND o.next_try_at <= $1 AND o.deliver_before > $2)
              ORDER BY priority, tenant",
            None,
        )
        .bind(now)
        .bind(wanted.end(now))
        .all()
        .await
    }

    /// Gives up every letter that ran out and that nobody is sending just now, and erases it. How many.
    pub async fn give_up_expired(&self, now: Timestamp) -> StoreResult<u64> {
        // One that runs out in a postman's hands stays run out, should it come back (R25).
        let mut open = self.store.begin_write().await?;
        Statement::<Writing>::new(
            &mut open,
            "UPDATE outbox SET deliver_before = $2
              WHERE outcome IS NULL AND deliver_before <= $1 AND deliver_before > $2 AND leased_until > $1",
            None,
        )
        .bind(now)
        .bind(Timestamp::UNIX_EPOCH)
        .run()
        .await?;
        open.commit().await?;
        let mut open = self.store.begin_write().await?;
        let rows = Statement::<Writing>::new(
            &mut open,
            "UPDATE outbox SET outcome = $3, done_at = $1, recipient = $2, content = $2, lease = NULL,
                               leased_until = NULL
              WHERE outcome IS NULL AND deliver_before <= $1 AND (leased_until IS NULL OR leased_until <= $1)",
            None,
        )
        .bind(now)
        .bind(&[] as &[u8])
        .bind(LetterOutcome::GivenUp.as_str())
        .count()
        .await?;
        open.commit().await?;
        Ok(rows)
    }

    /// Removes letters that were sent or given up before `before`. How many.
    pub async fn forget_letters(&self, before: Timestamp) -> StoreResult<u64> {
        self.run("DELETE FROM outbox WHERE outcome IS NOT NULL AND done_at < $1", before).await
    }

    /// The outbox of every union in figures; `since` is where "lately" begins.
    pub async fn mail(&self, since: Timestamp, now: Timestamp) -> StoreResult<Vec<OutboxFigures>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant,
                    COUNT(*) FILTER (WHERE outcome IS NULL AND (leased_until IS NULL OR leased_until <= $2)) AS waiting,
                    MIN(CASE WHEN outcome IS NULL THEN written_at END) AS oldest,
                    COUNT(*) FILTER (WHERE outcome IS NULL AND leased_until > $2) AS sending,
                    COUNT(*) FILTER (WHERE outcome = $3 AND done_at >= $1) AS sent,
                    COUNT(*) FILTER (WHERE outcome = $4 AND done_at >= $1) AS given_up,
                    COUNT(*) FILTER (WHERE outcome = $4 AND done_at >= $1
                                       AND done_at = (SELECT finished_at FROM store_origin WHERE id = 1)) AS restored
               FROM outbox GROUP BY tenant ORDER BY tenant",
            None,
        )
        .bind(since)
        .bind(now)
        .bind(LetterOutcome::Sent.as_str())
        .bind(LetterOutcome::GivenUp.as_str())
        .all()
        .await
    }

    /// How many passkeys each union's members hold, by the relying-party id they are bound to (D18).
    ///
    /// Across unions, because it is asked before it is known which unions can be served, and a union whose file is gone
    /// has passkeys too. It reads the whole table, once at start; an index would be written at each registration instead.
    pub async fn passkeys(&self) -> StoreResult<Vec<PasskeyGroup>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, rp_id, COUNT(*) AS held, COUNT(DISTINCT member) AS holders
               FROM passkey GROUP BY tenant, rp_id ORDER BY tenant, rp_id",
            None,
        )
        .all()
        .await
    }

    /// How many members accepted each text under each version of each union's terms (D14). It reads the whole table too.
    pub async fn acceptances(&self) -> StoreResult<Vec<Acceptances>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, version, hash, COUNT(*) AS accepted FROM acceptance
              GROUP BY tenant, version, hash ORDER BY tenant, version, hash",
            None,
        )
        .all()
        .await
    }

    /// The unions with an import that is dead at `now`: its holder has not said for a while that it lives.
    pub async fn dead_imports(&self, now: Timestamp) -> StoreResult<Vec<String>> {
        let mut open = self.store.begin_read().await?;
        let rows: Vec<(String,)> = Statement::<Reading>::new(
            &mut open,
            "SELECT tenant FROM import WHERE COALESCE(undo_alive_until, alive_until) <= $1 ORDER BY tenant",
            None,
        )
        .bind(now)
        .all()
        .await?;
        Ok(rows.into_iter().map(|(tenant,)| tenant).collect())
    }

    /// How many members each union has; those of an unpublished import are none yet. It reads the whole table.
    pub async fn members(&self) -> StoreResult<Vec<MemberCount>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, COUNT(*) AS members FROM member
              WHERE NOT EXISTS (SELECT 1 FROM import AS i
                                 WHERE i.tenant = member.tenant AND i.id = member.import AND i.published_at IS NULL)
              GROUP BY tenant ORDER BY tenant",
            None,
        )
        .all()
        .await
    }

    /// By which issuer each union's services know it, since its first code.
    pub async fn issuers(&self) -> StoreResult<Vec<FrozenIssuer>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(&mut open, "SELECT tenant, issuer FROM sso_issuer ORDER BY tenant", None)
            .all()
            .await
    }

    /// Which hosts were served, by which union, and since when (D37).
    pub async fn hosts(&self) -> StoreResult<Vec<ServedHost>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, host, since FROM host ORDER BY tenant, host",
            None,
        )
        .all()
        .await
    }

    /// Keeps that these hosts are served from `now` on; those that were served before keep their time.
    pub async fn keep_hosts(&self, hosts: &[(String, String)], now: Timestamp) -> StoreResult<()> {
        let mut open = self.store.begin_write().await?;
        for (tenant, host) in hosts {
            Statement::<Writing>::new(
                &mut open,
                "INSERT INTO host (tenant, host, since) VALUES ($1, $2, $3) ON CONFLICT (tenant, host) DO NOTHING",
                None,
            )
            .bind(tenant.as_str())
            .bind(host.as_str())
            .bind(now)
            .run()
            .await?;
        }
        open.commit().await
    }

    /// The last good text of a file that concerns every union.
    pub async fn kept_file(&self, name: &str) -> StoreResult<Option<String>> {
        let mut open = self.store.begin_read().await?;
        let row: Option<(String,)> = Statement::<Reading>::new(
            &mut open,
            "SELECT text FROM kept_file WHERE tenant = '' AND name = $1",
            None,
        )
        .bind(name)
        .maybe()
        .await?;
        Ok(row.map(|(text,)| text))
    }

    /// Keeps the text of a file that concerns every union.
    pub async fn keep_file(&self, name: &str, text: &str, now: Timestamp) -> StoreResult<()> {
        let mut open = self.store.begin_write().await?;
        Statement::<Writing>::new(
            &mut open,
            "INSERT INTO kept_file (tenant, name, text, kept_at) VALUES ('', $1, $2, $3)
             ON CONFLICT (tenant, name) DO UPDATE SET text = excluded.text, kept_at = excluded.kept_at",
            None,
        )
        .bind(name)
        .bind(text)
        .bind(now)
        .run()
        .await?;
        open.commit().await
    }

    /// Writes one small row that belongs to nobody, lastingly: whether that works is what readiness asks (D39). One
    /// exchange with the database, so that no lock waits for us.
    pub async fn write_and_keep(&self) -> StoreResult<()> {
        let text = "INSERT INTO readiness (id, written) VALUES (1, 1)
                    ON CONFLICT (id) DO UPDATE SET written = readiness.written + 1";
        self.store.write_at_once(text).await
    }

    /// The unions with rows of the trail that wait for a seal. It hops from one union to the next along the primary key, so
    /// that its cost is the number of unions and not of rows. What waits without its row, which somebody removed, is
    /// sealed by nothing ([`super::chain::mark`]) and names no union.
    pub async fn unsealed(&self) -> StoreResult<Vec<String>> {
        let mut open = self.store.begin_read().await?;
        let rows: Vec<(KeptText,)> = Statement::<Reading>::new(
            &mut open,
            "WITH RECURSIVE union_of (tenant) AS (
               SELECT MIN(tenant) FROM audit_waiting
               UNION ALL
               SELECT (SELECT MIN(w.tenant) FROM audit_waiting AS w WHERE w.tenant > union_of.tenant)
                 FROM union_of WHERE union_of.tenant IS NOT NULL)
             SELECT tenant FROM union_of
              WHERE EXISTS (SELECT 1 FROM audit_waiting AS w JOIN audit AS a ON a.tenant = w.tenant AND a.id = w.id
                             WHERE w.tenant = union_of.tenant)
              ORDER BY tenant",
            None,
        )
        .all()
        .await?;
        Ok(rows.into_iter().map(|(tenant,)| tenant.0).collect())
    }

    /// The names under which rows of the trail or seals are kept: the unions', and whatever else was written there.
    pub async fn trails(&self) -> StoreResult<Vec<String>> {
        let mut open = self.store.begin_read().await?;
        let rows: Vec<(KeptText,)> = Statement::<Reading>::new(
            &mut open,
            "WITH RECURSIVE union_of (tenant) AS (
               SELECT MIN(tenant) FROM (SELECT MIN(tenant) AS tenant FROM audit
                                        UNION ALL SELECT MIN(tenant) AS tenant FROM audit_seal) AS first
               UNION ALL
               SELECT (SELECT MIN(tenant)
                         FROM (SELECT MIN(a.tenant) AS tenant FROM audit AS a WHERE a.tenant > union_of.tenant
                               UNION ALL
                               SELECT MIN(s.tenant) AS tenant FROM audit_seal AS s
                                WHERE s.tenant > union_of.tenant) AS next)
                 FROM union_of WHERE union_of.tenant IS NOT NULL)
             SELECT tenant FROM union_of WHERE tenant IS NOT NULL ORDER BY tenant",
            None,
        )
        .all()
        .await?;
        Ok(rows.into_iter().map(|(tenant,)| tenant.0).collect())
    }

    /// The first row that the trail holds under that name, whether or not it is a union's.
    pub async fn first_of_trail(&self, name: &str) -> StoreResult<Option<KeptId>> {
        let mut open = self.store.begin_read().await?;
        let text = "SELECT id FROM audit WHERE tenant = $1 ORDER BY id LIMIT 1";
        let found: Option<(KeptId,)> =
            Statement::<Reading>::new(&mut open, text, None).bind(name).maybe().await?;
        Ok(found.map(|(id,)| id))
    }

    /// What the trails of all unions hold of one request. Across unions, because whoever asks has nothing but the number.
    pub async fn of_receipt(&self, receipt: &Receipt) -> StoreResult<Vec<ReceiptedRow>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, at, event, member, detail FROM audit WHERE receipt = $1 ORDER BY id LIMIT 100",
            None,
        )
        .bind(receipt.as_str())
        .all()
        .await
    }

    async fn run(&self, text: &'static str, argument: impl ToColumn) -> StoreResult<u64> {
        let mut open = self.store.begin_write().await?;
        let rows = Statement::<Writing>::new(&mut open, text, None).bind(argument).count().await?;
        open.commit().await?;
        Ok(rows)
    }
}

/// One row of a union's trail, found by its receipt number.
#[derive(Debug, Clone)]
pub struct ReceiptedRow {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// The moment at which it happened.
    pub at: Timestamp,
    /// The word of the event.
    pub event: String,
    /// The member it is about.
    pub member: Option<uuid::Uuid>,
    /// The rest, as JSON.
    pub detail: String,
}

impl FromRow for ReceiptedRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            tenant: row.get("tenant")?,
            at: row.get("at")?,
            event: row.get("event")?,
            member: row.get("member")?,
            detail: row.get("detail")?,
        })
    }
}

/// Letters of one union and one priority that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterQueue {
    /// The priority: letters with a lower number go first.
    pub priority: u32,
    /// The slug of the union it belongs to.
    pub tenant: String,
}

impl FromRow for LetterQueue {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { priority: row.get("priority")?, tenant: row.get("tenant")? })
    }
}

/// The outbox of one union in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxFigures {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// How many letters wait.
    pub waiting: u32,
    /// When the oldest letter that is not done was written.
    pub oldest: Option<Timestamp>,
    /// Letters some postman is sending now.
    pub sending: u32,
    /// How many letters were sent lately.
    pub sent: u32,
    /// Letters given up lately.
    pub given_up: u32,
    /// Those of them that a restore gave up: they waited when the backup was made.
    pub restored: u32,
}

impl FromRow for OutboxFigures {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            tenant: row.get("tenant")?,
            waiting: row.get("waiting")?,
            oldest: row.get("oldest")?,
            sending: row.get("sending")?,
            sent: row.get("sent")?,
            given_up: row.get("given_up")?,
            restored: row.get("restored")?,
        })
    }
}

/// A waiting letter as kept.
#[derive(Debug, Clone)]
pub struct SealedLetterRow {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// The id of the row.
    pub id: uuid::Uuid,
    /// The recipient's address, sealed.
    pub recipient: Vec<u8>,
    /// The sealed subject and text.
    pub content: Vec<u8>,
    /// When it was written.
    pub written_at: Timestamp,
}

impl FromRow for SealedLetterRow {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            tenant: row.get("tenant")?,
            id: row.get("id")?,
            recipient: row.get("recipient")?,
            content: row.get("content")?,
            written_at: row.get("written_at")?,
        })
    }
}

/// Passkeys of one union that are bound to one relying-party id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyGroup {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// The relying-party id they were made under; they answer to no other.
    pub rp_id: String,
    /// How many there are.
    pub count: u32,
    /// How many members hold one.
    pub holders: u32,
}

impl FromRow for PasskeyGroup {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            tenant: row.get("tenant")?,
            rp_id: row.get("rp_id")?,
            count: row.get("held")?,
            holders: row.get("holders")?,
        })
    }
}

/// Acceptances of one text under one version of a union's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptances {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// The version that was accepted.
    pub version: String,
    /// SHA-256 of the text, hex.
    pub hash: String,
    /// How many there are.
    pub count: u32,
}

impl FromRow for Acceptances {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            tenant: row.get("tenant")?,
            version: row.get("version")?,
            hash: row.get("hash")?,
            count: row.get("accepted")?,
        })
    }
}

/// The members of one union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberCount {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// How many there are.
    pub count: u32,
}

impl FromRow for MemberCount {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { tenant: row.get("tenant")?, count: row.get("members")? })
    }
}

/// By which issuer a union's services know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenIssuer {
    /// The slug of the union.
    pub tenant: String,
    /// The address in `iss` of its tokens, fixed with the first code that a service got.
    pub issuer: String,
}

impl FromRow for FrozenIssuer {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { tenant: row.get("tenant")?, issuer: row.get("issuer")? })
    }
}

/// A host that a union was served at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedHost {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// The host name.
    pub host: String,
    /// When it was first served.
    pub since: Timestamp,
}

impl FromRow for ServedHost {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { tenant: row.get("tenant")?, host: row.get("host")?, since: row.get("since")? })
    }
}
