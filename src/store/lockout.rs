//! Counters of wrong tries. The rule is `domain::lockout`'s; here it is made safe against parallel tries: a counter
//! is replaced only if it still is what was judged.

use jiff::Timestamp;

use super::{
    Fault, Read, Result, TenantStore, Write,
    sql::{FromRow, Row, sql},
};
use crate::domain::lockout::{self, Counter, Gate, Ladder};

/// What a counter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Passwords, by typed user ID.
    Password,
    /// Codes of authenticator apps, by member.
    AppCode,
    /// "Is this address taken?", by member and day.
    EmailTaken,
    /// "Is this user ID free?", by member and day.
    LoginTaken,
    /// Mailed codes, by member.
    MailCode,
    /// Codes that were mailed to let a member in, by member and hour.
    CodeMailed,
    /// Codes and links that were mailed to confirm an address, by member and hour.
    ConfirmationMailed,
    /// Forgotten passwords, by member and hour.
    RecoveryAsked,
    /// Codes of a forgotten password, by the browser that asked.
    RecoveryCode,
    /// Forgotten user IDs, by address and day.
    UserIdAsked,
    /// Codes of the desk, by member and day.
    DeskCode,
}

impl Kind {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AppCode => "app-code",
            Self::EmailTaken => "email-taken",
            Self::LoginTaken => "login-taken",
            Self::MailCode => "mail-code",
            Self::CodeMailed => "code-mailed",
            Self::ConfirmationMailed => "confirmation-mailed",
            Self::RecoveryAsked => "recovery-asked",
            Self::RecoveryCode => "recovery-code",
            Self::UserIdAsked => "user-id-asked",
            Self::DeskCode => "desk-code",
        }
    }
}

impl FromRow for Counter {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self { fails: row.get(0)?, total: row.get(1)?, not_before: row.get(2)?, last_at: row.get(3)? })
    }
}

/// More replacements lost in a row than parallel tries can explain.
const PATIENCE: u32 = 100;

impl TenantStore<'_> {
    /// Reserves one try: counts it and commits, before anything is verified. The answer is the judge's.
    pub async fn reserve(&self, subject: &[u8], kind: Kind, ladder: Ladder, now: Timestamp) -> Result<Gate> {
        for _ in 0..PATIENCE {
            let mut tx = self.write().await?;
            let seen: Option<Counter> = tx
                .sql(sql!(
                    "SELECT fails, total, not_before, last_at FROM guard
                      WHERE tenant = $1 AND subject = $2 AND kind = $3"
                ))
                .bind(subject)
                .bind(kind.as_str())
                .maybe()
                .await?;
            let gate = lockout::judge(seen, ladder, now);
            let Gate::Open(counter) = gate else { return Ok(gate) };
            if replace(&mut tx, subject, kind, seen, counter).await? {
                tx.commit().await?;
                return Ok(gate);
            }
        }
        Err(Fault::Contended)
    }
}

/// Takes back one try that turned out not to be one: of two presses only the first mailed.
pub async fn give_back(tx: &mut Write, subject: &[u8], kind: Kind) -> Result<()> {
    tx.sql(sql!(
        "UPDATE guard SET fails = fails - 1, total = total - 1
          WHERE tenant = $1 AND subject = $2 AND kind = $3 AND fails > 0 AND total > 0"
    ))
    .bind(subject)
    .bind(kind.as_str())
    .run()
    .await?;
    Ok(())
}

/// Whether a kind is switched off for that subject: refused, whatever is shown (D13). Counts nothing.
pub async fn is_off(tx: &mut Read, subject: &[u8], kind: Kind, ladder: Ladder) -> Result<bool> {
    let row: Option<(u32,)> = tx
        .sql(sql!("SELECT total FROM guard WHERE tenant = $1 AND subject = $2 AND kind = $3"))
        .bind(subject)
        .bind(kind.as_str())
        .maybe()
        .await?;
    Ok(row.is_some_and(|(total,)| total >= ladder.hard_limit))
}

/// Writes the counter if it still is what was seen.
async fn replace(
    tx: &mut Write,
    subject: &[u8],
    kind: Kind,
    seen: Option<Counter>,
    new: Counter,
) -> Result<bool> {
    let row: Option<(i64,)> = match seen {
        None => {
            tx.sql(sql!(
                "INSERT INTO guard (tenant, subject, kind, fails, total, not_before, last_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (tenant, subject, kind) DO NOTHING RETURNING total"
            ))
            .bind(subject)
            .bind(kind.as_str())
            .bind(new.fails)
            .bind(new.total)
            .bind(new.not_before)
            .bind(new.last_at)
            .maybe()
            .await?
        }
        Some(seen) => {
            tx.sql(sql!(
                "UPDATE guard SET fails = $4, total = $5, not_before = $6, last_at = $7
                  WHERE tenant = $1 AND subject = $2 AND kind = $3 AND fails = $8 AND total = $9
              RETURNING total"
            ))
            .bind(subject)
            .bind(kind.as_str())
            .bind(new.fails)
            .bind(new.total)
            .bind(new.not_before)
            .bind(new.last_at)
            .bind(seen.fails)
            .bind(seen.total)
            .maybe()
            .await?
        }
    };
    Ok(row.is_some())
}

/// Forgets a counter: success, reset or desk.
pub async fn forget(tx: &mut Write, subject: &[u8], kind: Kind) -> Result<()> {
    tx.sql(sql!("DELETE FROM guard WHERE tenant = $1 AND subject = $2 AND kind = $3"))
        .bind(subject)
        .bind(kind.as_str())
        .run()
        .await?;
    Ok(())
}
