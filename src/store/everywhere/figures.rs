//! Figures: what the database keeps, in a few numbers for `/metrics`.

use jiff::Timestamp;

use super::Everywhere;
use crate::store::{
    StoreResult,
    row::{FromRow, Row},
    sql::{Reading, Statement},
};

/// Letters that wait and imports that run, of all unions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkFigures {
    /// Letters that are not sent yet.
    pub letters: u32,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
    /// Services that are still to be told that a session has ended.
    pub logouts: u32,
    /// When the oldest of them was first seen.
    pub oldest_logout: Option<Timestamp>,
    /// Imports, and undoes, whose holder lives.
    pub imports: u32,
    /// Rows that those have brought in so far.
    pub import_rows: u32,
}

impl FromRow for WorkFigures {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            letters: row.get("letters")?,
            oldest: row.get("oldest")?,
            logouts: row.get("logouts")?,
            oldest_logout: row.get("oldest_logout")?,
            imports: row.get("imports")?,
            import_rows: row.get("new_rows")?,
        })
    }
}

impl Everywhere<'_> {
    /// Letters that wait and imports that run at `now`. What is done is not looked at: its cost is the number of those.
    ///
    /// # Errors
    /// The database failed.
    pub async fn work(&self, now: Timestamp) -> StoreResult<Option<WorkFigures>> {
        let mut open = self.store.begin_read().await?;
        let found = Statement::<Reading>::new(
            &mut open,
            "SELECT (SELECT COUNT(*) FROM outbox WHERE outcome IS NULL) AS letters,
                    (SELECT MIN(written_at) FROM outbox WHERE outcome IS NULL) AS oldest,
                    (SELECT COUNT(*) FROM sso_logout WHERE outcome IS NULL) AS logouts,
                    (SELECT MIN(made_at) FROM sso_logout WHERE outcome IS NULL) AS oldest_logout,
                    (SELECT COUNT(*) FROM import
                      WHERE COALESCE(undo_alive_until, alive_until) > $1) AS imports,
                    (SELECT COUNT(*) FROM import AS i JOIN member AS m ON m.tenant = i.tenant AND m.import = i.id
                      WHERE COALESCE(i.undo_alive_until, i.alive_until) > $1)
                  + (SELECT COUNT(*) FROM import AS i JOIN import_change AS c ON c.tenant = i.tenant AND c.import = i.id
                      WHERE COALESCE(i.undo_alive_until, i.alive_until) > $1) AS new_rows",
            None,
        )
        .bind(now)
        .all()
        .await?;
        Ok(found.into_iter().next())
    }
}
