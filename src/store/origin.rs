//! Origin: whether this database was put back from a backup or a dump, and who else is at it.
//!
//! # Decision
//! A backup of SQLite is marked as one while it is made. On PostgreSQL one row keeps the number of the transaction that
//! wrote it, and the system column `xmin` is compared with it: whatever brings the row in again (`pg_restore`, `COPY`,
//! logical replication) is another transaction. `VACUUM FULL`, `CLUSTER`, freezing and `pg_upgrade` keep it.
//! # Because
//! A restored database looks like any other, and lets what was used up since the backup work once more. The mark travels
//! with the data, so that no copy of it can be started by mistake.
//! # Instead of
//! The server's system identifier or the file's inode: a dump may come back into the same database, a file over the same
//! inode; and a machine that is moved as a whole would be taken for a restore. What copies the files themselves (a disk
//! snapshot, `pg_basebackup`, `cp`) cannot be told from the original by either; it is the operator who knows.

use jiff::Timestamp;

use super::{
    Database, Store, StoreResult,
    open::OpenConnection,
    row::{FromRow, Row},
    sql::{Reading, Statement, Writing},
};
use crate::domain::restore::StoreOrigin;

impl FromRow for StoreOrigin {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            backup_at: row.get("backup_at")?,
            is_copied: row.get("is_copied")?,
            finished_at: row.get("finished_at")?,
        })
    }
}

impl Store {
    /// Whether the database is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.database, Database::Postgres { .. })
    }

    /// Where this database comes from. One without its row is its own.
    pub async fn origin(&self) -> StoreResult<StoreOrigin> {
        let text = match self.database {
            Database::Sqlite { .. } => {
                "SELECT backup_at, 1 = 0 AS is_copied, finished_at FROM store_origin WHERE id = 1"
            }
            Database::Postgres { .. } => {
                "SELECT backup_at, finished_at,
                        written_in IS NOT NULL
                        AND CAST(written_in AS BIGINT) & 4294967295 <> CAST(CAST(xmin AS TEXT) AS BIGINT) AS is_copied
                   FROM store_origin WHERE id = 1"
            }
        };
        let mut open = self.begin_read().await?;
        let row = Statement::<Reading>::new(&mut open, text, None).maybe().await?;
        Ok(row.unwrap_or_default())
    }

    /// How many other connections of this program there are to a PostgreSQL database: nodes and commands. Asked before this
    /// store has opened a second one. On SQLite nobody counts them.
    pub async fn other_connections(&self) -> StoreResult<u32> {
        if !self.is_postgres() {
            return Ok(0);
        }
        let mut open = self.begin_read().await?;
        let text = "SELECT COUNT(*) AS held FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()
                       AND application_name = 'kenpo-portal'";
        let (held,) = Statement::<Reading>::new(&mut open, text, None).one().await?;
        Ok(held)
    }
}

/// Notes in a transaction that the database is its own from now on.
pub(super) async fn note_finished(open: &mut OpenConnection, now: Timestamp) -> StoreResult<()> {
    let text = if open.is_postgres() {
        "INSERT INTO store_origin (id, finished_at, written_in) VALUES (1, $1, CAST(pg_current_xact_id() AS TEXT))
         ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, written_in = excluded.written_in,
                                        backup_at = NULL, backup_rows = NULL"
    } else {
        "INSERT INTO store_origin (id, finished_at) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, backup_at = NULL, backup_rows = NULL"
    };
    Statement::<Writing>::new(open, text, None).bind(now).run().await?;
    Ok(())
}
