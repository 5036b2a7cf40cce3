//! Logouts of every union: where something waits to be told to a service, and what is done with long afterwards.

use jiff::Timestamp;

use super::Everywhere;
use crate::store::{
    StoreResult,
    row::{FromRow, Row},
    sql::{Reading, Statement, Writing},
    sso::logouts::LogoutOutcome,
};

/// A service that has to be told something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogoutQueue {
    /// The slug of the union it belongs to.
    pub tenant: String,
    /// The service.
    pub client: String,
}

impl FromRow for LogoutQueue {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { tenant: row.get("tenant")?, client: row.get("client")? })
    }
}

impl Everywhere<'_> {
    /// The services that may be told something at `now`. It hops from one to the next along the index of what waits, so that
    /// its cost is their number.
    pub async fn logout_queues(&self, now: Timestamp) -> StoreResult<Vec<LogoutQueue>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "WITH RECURSIVE
               union_of (tenant) AS (
                 SELECT MIN(tenant) FROM sso_logout WHERE outcome IS NULL
                 UNION ALL
                 SELECT (SELECT MIN(o.tenant) FROM sso_logout AS o
                          WHERE o.outcome IS NULL AND o.tenant > union_of.tenant)
                   FROM union_of WHERE union_of.tenant IS NOT NULL),
               queue (tenant, client) AS (
                 SELECT tenant, (SELECT MIN(o.client) FROM sso_logout AS o
                                  WHERE o.outcome IS NULL AND o.tenant = union_of.tenant)
                   FROM union_of WHERE tenant IS NOT NULL
                 UNION ALL
                 SELECT tenant, (SELECT MIN(o.client) FROM sso_logout AS o
                                  WHERE o.outcome IS NULL AND o.tenant = queue.tenant AND o.client > queue.client)
                   FROM queue WHERE client IS NOT NULL)
             SELECT tenant, client FROM queue
              WHERE client IS NOT NULL
                AND (SELECT MIN(o.try_at) FROM sso_logout AS o
                      WHERE o.outcome IS NULL AND o.tenant = queue.tenant AND o.client = queue.client) <= $1
              ORDER BY tenant, client",
            None,
        )
        .bind(now)
        .all()
        .await
    }

    /// Notes when logouts were first seen that nobody has taken: nobody may know their union any more.
    pub async fn see_logouts(&self, now: Timestamp) -> StoreResult<u64> {
        self.run("UPDATE sso_logout SET made_at = $1 WHERE made_at IS NULL AND outcome IS NULL", now).await
    }

    /// Gives up logouts first seen before `before` that nobody holds. How many.
    pub async fn give_up_logouts(&self, before: Timestamp, now: Timestamp) -> StoreResult<u64> {
        let mut open = self.store.begin_write().await?;
        let rows = Statement::<Writing>::new(
            &mut open,
            "UPDATE sso_logout SET outcome = $3, done_at = $2, lease = NULL, leased_until = NULL
              WHERE outcome IS NULL AND made_at <= $1 AND (leased_until IS NULL OR leased_until <= $2)",
            None,
        )
        .bind(before)
        .bind(now)
        .bind(LogoutOutcome::GivenUp.as_str())
        .count()
        .await?;
        open.commit().await?;
        Ok(rows)
    }

    /// Removes logouts that were done with before `before`. How many.
    pub async fn forget_logouts(&self, before: Timestamp) -> StoreResult<u64> {
        self.run("DELETE FROM sso_logout WHERE outcome IS NOT NULL AND done_at < $1", before).await
    }
}
