//! Everywhere: the loud exception to "every statement pins its tenant". Housekeeping only; used by `jobs`, by the
//! demo's own page, and where union files are held against what the database keeps.

use jiff::Timestamp;

use super::{
    Result, Store,
    column::Keep,
    sql::{FromRow, Open, Reading, Statement, Writing},
};

/// Statements across all tenants.
#[derive(Debug)]
pub struct Everywhere<'s> {
    store: &'s Store,
}

/// What one sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Attempts that had run out.
    pub attempts: u64,
    /// Sessions that had run out.
    pub sessions: u64,
    /// Passkey ceremonies nobody finished.
    pub ceremonies: u64,
    /// User IDs whose quarantine is over.
    pub logins: u64,
}

impl<'s> Everywhere<'s> {
    pub(super) fn new(store: &'s Store) -> Self {
        Self { store }
    }

    /// Removes rows that ran out before `before`. Attempts are kept a day longer by the caller's choice of moment,
    /// so that a member who comes back late finds the user ID filled in.
    pub async fn sweep(&self, attempts_before: Timestamp, now: Timestamp) -> Result<Swept> {
        let attempts = self.run("DELETE FROM attempt WHERE expires_at < $1", attempts_before).await?;
        let sessions = self.run("DELETE FROM session WHERE expires_at < $1", now).await?;
        let ceremonies = self.run("DELETE FROM ceremony WHERE expires_at < $1", now).await?;
        let logins = self.run("DELETE FROM retired_login WHERE until < $1", now).await?;
        Ok(Swept { attempts, sessions, ceremonies, logins })
    }

    /// The newest waiting letters of every union: tenant, id, recipient and content (sealed), when written.
    pub async fn newest_letters(&self, limit: u32) -> Result<Vec<SealedLetter>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, id, recipient, content, written_at FROM outbox ORDER BY written_at DESC, id DESC LIMIT $1",
            None,
        )
        .bind(limit)
        .all()
        .await
    }

    /// How many passkeys each union's members hold, by the relying-party id they are bound to (D18).
    ///
    /// Across unions, because it is asked before it is known which unions can be served, and a union whose file is gone
    /// has passkeys too. It reads the whole table, once at start; an index would be written at each registration instead.
    pub async fn passkeys(&self) -> Result<Vec<Passkeys>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, rp_id, COUNT(*) FROM passkey GROUP BY tenant, rp_id ORDER BY tenant, rp_id",
            None,
        )
        .all()
        .await
    }

    async fn run(&self, text: &'static str, argument: impl Keep) -> Result<u64> {
        let mut open = self.store.begin_write().await?;
        let rows = Statement::<Writing>::new(&mut open, text, None).bind(argument).run().await?;
        match open {
            Open::Sqlite(tx) => tx.commit().await?,
            Open::Postgres(tx) => tx.commit().await?,
        }
        Ok(rows)
    }
}

/// A waiting letter as kept.
#[derive(Debug, Clone)]
pub struct SealedLetter {
    /// The union's slug.
    pub tenant: String,
    /// The row.
    pub id: uuid::Uuid,
    /// The sealed address.
    pub recipient: Vec<u8>,
    /// The sealed subject and text.
    pub content: Vec<u8>,
    /// When it was written.
    pub written_at: Timestamp,
}

impl FromRow for SealedLetter {
    fn from_row(row: &super::sql::Row) -> Result<Self> {
        Ok(Self {
            tenant: row.get(0)?,
            id: row.get(1)?,
            recipient: row.get(2)?,
            content: row.get(3)?,
            written_at: row.get(4)?,
        })
    }
}

/// Passkeys of one union that are bound to one relying-party id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkeys {
    /// The union's slug.
    pub tenant: String,
    /// The relying-party id they were made under; they answer to no other.
    pub rp_id: String,
    /// How many there are.
    pub count: u32,
}

impl FromRow for Passkeys {
    fn from_row(row: &super::sql::Row) -> Result<Self> {
        Ok(Self { tenant: row.get(0)?, rp_id: row.get(1)?, count: row.get(2)? })
    }
}
