//! Restore: one transaction that ends, in every union, what must not live on in a database that was put back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Everywhere;
use crate::{
    domain::{
        audit::{Event, doing::Doing},
        member::EventId,
        restore::{InFlight, InFlightCounts, used_up_to},
        tenant::TenantSlug,
    },
    store::{
        StoreResult, audit,
        open::OpenConnection,
        origin,
        outbox::LetterOutcome,
        sql::{Read, Reading, Statement, Write, Writing},
    },
};

/// How many of a kind a union has that would still be of use, by union: `$1` is the moment.
fn counting(kind: InFlight) -> &'static str {
    match kind {
        InFlight::Session => {
            "SELECT tenant, COUNT(*) AS held FROM session
              WHERE ended_at IS NULL AND expires_at > $1 GROUP BY tenant ORDER BY tenant"
        }
        InFlight::Attempt => {
            "SELECT tenant, COUNT(*) AS held FROM attempt
              WHERE ended_at IS NULL AND expires_at > $1 GROUP BY tenant ORDER BY tenant"
        }
        InFlight::Ceremony => {
            "SELECT tenant, COUNT(*) AS held FROM ceremony WHERE expires_at > $1 GROUP BY tenant ORDER BY tenant"
        }
        InFlight::LinkOrCode => {
            "SELECT tenant, COUNT(*) AS held FROM one_time
              WHERE (link IS NOT NULL OR code IS NOT NULL) AND expires_at > $1 GROUP BY tenant ORDER BY tenant"
        }
        InFlight::RecoveryAsk => {
            "SELECT tenant, COUNT(*) AS held FROM recovery_ask WHERE expires_at > $1 GROUP BY tenant ORDER BY tenant"
        }
        InFlight::Wait => {
            "SELECT tenant, COUNT(*) AS held FROM lost_factor WHERE closes_at > $1 GROUP BY tenant ORDER BY tenant"
        }
        InFlight::KnownBrowser => {
            "SELECT tenant, COUNT(*) AS held FROM known_device WHERE expires_at > $1 GROUP BY tenant ORDER BY tenant"
        }
        // Hidden members of an import that is not published wait for nothing.
        InFlight::PendingAddress => {
            "SELECT tenant, COUNT(*) AS held FROM member
              WHERE email_pending IS NOT NULL AND imported_at <= $1
                AND NOT EXISTS (SELECT 1 FROM import AS i
                                 WHERE i.tenant = member.tenant AND i.id = member.import AND i.published_at IS NULL)
              GROUP BY tenant ORDER BY tenant"
        }
        InFlight::Letter => {
            "SELECT tenant, COUNT(*) AS held FROM outbox
              WHERE outcome IS NULL AND deliver_before > $1 GROUP BY tenant ORDER BY tenant"
        }
    }
}

impl Everywhere<'_> {
    /// What a restore would end now, by union.
    pub async fn in_flight(&self, now: Timestamp) -> StoreResult<BTreeMap<String, InFlightCounts>> {
        let mut open = self.store.begin_read().await?;
        count(&mut open, now).await
    }

    /// Letters with first passwords that wait, by union.
    pub async fn first_passwords_waiting(&self) -> StoreResult<Vec<(String, u32)>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, COUNT(*) AS held FROM outbox
              WHERE outcome IS NULL AND kind = 'first-credentials' GROUP BY tenant ORDER BY tenant",
            None,
        )
        .map(|row| Ok((row.get("tenant")?, row.get("held")?)))
        .await
    }

    /// Begins the transaction that ends everything.
    pub async fn begin_ending(&self) -> StoreResult<EndingTransaction> {
        Ok(EndingTransaction { open: self.store.begin_write().await? })
    }
}

async fn count(open: &mut OpenConnection, now: Timestamp) -> StoreResult<BTreeMap<String, InFlightCounts>> {
    let mut unions: BTreeMap<String, InFlightCounts> = BTreeMap::new();
    for kind in InFlight::ALL {
        let counted = Statement::<Reading>::new(open, counting(kind), None).bind(now);
        let rows: Vec<(String, u32)> = counted.map(|row| Ok((row.get("tenant")?, row.get("held")?))).await?;
        for (tenant, held) in rows {
            unions.entry(tenant).or_default().insert(kind, held.into());
        }
    }
    Ok(unions)
}

/// The transaction in which everything ends. Dropped without a commit, nothing did.
#[derive(Debug)]
pub struct EndingTransaction {
    open: OpenConnection,
}

impl EndingTransaction {
    /// Ends everything that is in flight, raises every member's epoch, uses up every app code that may have been used, and
    /// gives up the work of whoever held a lease. What ended, by union.
    pub async fn end(&mut self, now: Timestamp) -> StoreResult<BTreeMap<String, InFlightCounts>> {
        let ended = count(&mut self.open, now).await?;
        for kind in InFlight::ALL {
            match kind {
                InFlight::Session => self.run("DELETE FROM session").await?,
                InFlight::Attempt => self.run("DELETE FROM attempt").await?,
                InFlight::Ceremony => self.run("DELETE FROM ceremony").await?,
                InFlight::LinkOrCode => self.run("DELETE FROM one_time").await?,
                InFlight::RecoveryAsk => self.run("DELETE FROM recovery_ask").await?,
                InFlight::Wait => self.run("DELETE FROM lost_factor").await?,
                InFlight::KnownBrowser => self.run("DELETE FROM known_device").await?,
                InFlight::PendingAddress => {
                    self.run("UPDATE member SET email_pending = NULL WHERE email_pending IS NOT NULL")
                        .await?;
                }
                InFlight::Letter => self.give_up_letters(now).await?,
            }
        }
        self.run("UPDATE member SET epoch = epoch + 1").await?;
        self.run("DELETE FROM preview_link").await?;
        // Services go on being told, by whoever serves now.
        let text =
            "UPDATE sso_logout SET lease = NULL, leased_until = NULL, try_at = $1 WHERE outcome IS NULL";
        Statement::<Writing>::new(&mut self.open, text, None).bind(Timestamp::UNIX_EPOCH).run().await?;
        self.forget_nodes().await?;
        let step = i64::try_from(used_up_to(now)).unwrap_or(i64::MAX);
        let text = "UPDATE totp SET last_step = $1 WHERE last_step < $1";
        Statement::<Writing>::new(&mut self.open, text, None).bind(step).run().await?;
        // Its holder is gone: the next import takes it over at once.
        let text =
            "UPDATE import SET alive_until = CASE WHEN undo_alive_until IS NULL THEN $1 ELSE alive_until END,
                                      undo_alive_until = CASE WHEN undo_alive_until IS NOT NULL THEN $1 END";
        Statement::<Writing>::new(&mut self.open, text, None).bind(now).run().await?;
        Ok(ended)
    }

    /// Forgets the nodes that ran where the database was before, and the leases they held.
    pub async fn forget_nodes(&mut self) -> StoreResult<()> {
        self.run("DELETE FROM node").await?;
        self.run("DELETE FROM lease").await
    }

    /// Notes what was done in the trail of a union.
    ///
    /// # Errors
    /// The database failed; the transaction is gone with it.
    pub async fn note(
        self,
        tenant: TenantSlug,
        (id, event, doing): (EventId, &Event, Doing),
        now: Timestamp,
    ) -> StoreResult<Self> {
        let mut tx = Write::over(Read { open: self.open, tenant });
        audit::note(&mut tx, id, None, event, doing, now);
        Ok(Self { open: tx.handed_on().await? })
    }

    /// Makes it lasting: the database is its own from now on.
    pub async fn commit(mut self, now: Timestamp) -> StoreResult<()> {
        origin::note_finished(&mut self.open, now).await?;
        self.open.commit().await
    }

    async fn run(&mut self, text: &'static str) -> StoreResult<()> {
        Statement::<Writing>::new(&mut self.open, text, None).run().await
    }

    async fn give_up_letters(&mut self, now: Timestamp) -> StoreResult<()> {
        let text = "UPDATE outbox SET outcome = $2, done_at = $1, recipient = $3, content = $3, lease = NULL,
                                      leased_until = NULL
                     WHERE outcome IS NULL";
        let given_up = Statement::<Writing>::new(&mut self.open, text, None);
        let given_up = given_up.bind(now).bind(LetterOutcome::GivenUp.as_str()).bind(&[] as &[u8]);
        given_up.run().await
    }
}
