//! Clock: what the database knows of the time, for whoever starts with a clock that may be wrong (R24, R25).
//!
//! # Decision
//! Running nodes write the time down, in the table of files that concern every union. A database in which none has yet is
//! asked for the newest row of its trails.
//! # Because
//! A trail goes on by a wrong clock as well, and its rows are never changed: after a short time in the future the right
//! clock would lie before them for as long.
//! # Instead of
//! A table of its own, for one row that no union has.

use jiff::Timestamp;

use super::Everywhere;
use crate::{
    domain::clock::KnownTime,
    store::{
        StoreResult,
        sql::{Reading, Statement},
    },
};

/// The name of the row.
const NAME: &str = "clock";

impl Everywhere<'_> {
    /// What nodes wrote down of the time.
    pub async fn known_time(&self) -> StoreResult<Option<KnownTime>> {
        let mut open = self.store.begin_read().await?;
        let text = "SELECT text, kept_at FROM kept_file WHERE tenant = '' AND name = $1";
        let rows = Statement::<Reading>::new(&mut open, text, None).bind(NAME).map(|row| {
            let text: String = row.get("text")?;
            Ok(KnownTime { at: row.get("kept_at")?, ahead: ahead(&text) })
        });
        Ok(rows.await?.into_iter().next())
    }

    /// Writes down what is known of the time.
    pub async fn keep_known_time(&self, known: KnownTime) -> StoreResult<()> {
        let text = known.ahead.map_or_else(String::new, |(since, last)| format!("{since} {last}"));
        self.keep_file(NAME, &text, known.at).await
    }

    /// When the newest row of the unions' trails was written. It hops from one union to the next along the primary key.
    pub async fn newest_event(&self) -> StoreResult<Option<Timestamp>> {
        let mut open = self.store.begin_read().await?;
        let (newest,): (Option<Timestamp>,) = Statement::<Reading>::new(
            &mut open,
            "WITH RECURSIVE union_of (tenant) AS (
               SELECT MIN(tenant) FROM audit
               UNION ALL
               SELECT (SELECT MIN(a.tenant) FROM audit AS a WHERE a.tenant > union_of.tenant)
                 FROM union_of WHERE union_of.tenant IS NOT NULL),
             newest_of (at) AS (
               SELECT (SELECT a.at FROM audit AS a WHERE a.tenant = union_of.tenant ORDER BY a.id DESC LIMIT 1)
                 FROM union_of WHERE union_of.tenant IS NOT NULL)
             SELECT MAX(at) AS newest FROM newest_of",
            None,
        )
        .one()
        .await?;
        Ok(newest)
    }
}

/// Since when a node runs whose time lies far after what is known, and when it last said so.
fn ahead(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (since, last) = text.split_once(' ')?;
    Some((since.parse().ok()?, last.parse().ok()?))
}
