//! First credentials and passwords of the member's own.

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    epoch::EpochChange,
    member::published,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::member::MemberId;

/// How a first credential came about (D3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstKind {
    /// Printed and sent before the import; kept as given.
    Printed,
    /// Drawn by us, told by notice.
    Generated,
    /// Made of 記号, 番号 and 生年月日; never stored.
    Derived,
}

impl FirstKind {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Generated => "generated",
            Self::Derived => "derived",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Printed, Self::Generated, Self::Derived].into_iter().find(|k| k.as_str() == word)
    }
}

/// A first credential as kept.
#[derive(Debug, Clone)]
pub struct FirstCredential {
    /// How it came about.
    pub kind: FirstKind,
    /// Keyed digest of the password; absent for derived ones.
    pub digest: Option<Vec<u8>>,
    /// Dead from then on.
    pub expires_at: Timestamp,
    /// Whether a purge has found it dead since it was issued: final, whatever the clock says later (R25).
    pub is_ended: bool,
}

impl FirstCredential {
    /// Whether it opens the first login.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        !self.is_ended && now < self.expires_at
    }
}

/// The columns of both, of tables that the statement calls `own` and `issued`. What was issued or set after a purge is not
/// what the purge ended, whichever program did it.
macro_rules! credential_columns {
    () => {
        "own.hash AS own_hash, own.set_at AS own_set_at,
         COALESCE(own.factorless_from, own.set_at) AS own_factorless_from, COALESCE(own.ended_at >= own.set_at, 1 = 0) AS own_is_ended,
         COALESCE(own.exposed_at >= own.set_at, 1 = 0) AS own_is_exposed,
         issued.kind AS first_kind, issued.digest AS first_digest, issued.expires_at AS first_expires_at,
         COALESCE(issued.ended_at >= issued.issued_at, 1 = 0) AS first_is_ended"
    };
}
pub(super) use credential_columns;

impl FromRow for FirstCredential {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let word: String = row.get("first_kind")?;
        let kind = FirstKind::parse(&word).ok_or_else(|| row.broken("first_kind"))?;
        Ok(Self {
            kind,
            digest: row.get("first_digest")?,
            expires_at: row.get("first_expires_at")?,
            is_ended: row.get("first_is_ended")?,
        })
    }
}

/// A password of the member's own, as kept.
#[derive(Debug, Clone)]
pub struct OwnPassword {
    /// Hash with its parameters and key id.
    pub hash: String,
    /// When it was set.
    pub set_at: Timestamp,
    /// Since when it may wait for a factor (D2): since it was set, or the desk took the factors away.
    pub factorless_from: Timestamp,
    /// Whether a purge has found it too old without a factor (D2): final, whatever the clock says later (R25).
    pub is_ended: bool,
    /// Whether somebody else knows it: there were too many wrong codes behind it since it was set (TD6).
    pub is_exposed: bool,
}

impl FromRow for OwnPassword {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            hash: row.get("own_hash")?,
            set_at: row.get("own_set_at")?,
            factorless_from: row.get("own_factorless_from")?,
            is_ended: row.get("own_is_ended")?,
            is_exposed: row.get("own_is_exposed")?,
        })
    }
}

/// What the member shows first at a sign-in.
#[derive(Debug, Clone, Default)]
pub struct MemberCredentials {
    /// The password of their own.
    pub own: Option<OwnPassword>,
    /// The first credential, while it has not been replaced.
    pub first: Option<FirstCredential>,
}

impl MemberCredentials {
    /// Whether the member gets in with a first password that is made of the number and the birth date (D3).
    pub fn is_of_number(&self, now: Timestamp) -> bool {
        let first = self.first.as_ref().filter(|first| self.own.is_none() && first.is_alive(now));
        first.is_some_and(|first| first.kind == FirstKind::Derived)
    }
}

impl FromRow for MemberCredentials {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let (has_own, has_first) =
            (row.get::<Option<String>>("own_hash")?, row.get::<Option<String>>("first_kind")?);
        Ok(Self {
            own: has_own.map(|_| OwnPassword::from_row(row)).transpose()?,
            first: has_first.map(|_| FirstCredential::from_row(row)).transpose()?,
        })
    }
}

/// The member's passwords, own and first.
pub async fn of_member(tx: &mut Read, member: MemberId) -> StoreResult<MemberCredentials> {
    tx.sql(sql!(
        "SELECT ",
        credential_columns!(),
        " FROM member AS m
          LEFT JOIN password AS own ON own.tenant = m.tenant AND own.member = m.id
          LEFT JOIN first_credential AS issued ON issued.tenant = m.tenant AND issued.member = m.id
          WHERE m.tenant = $1 AND m.id = $2 AND ",
        published!(),
    ))
    .bind(member)
    .maybe()
    .await
    .map(Option::unwrap_or_default)
}

/// Sets the member's own password; the first credential is gone with it.
pub async fn set(tx: &mut EpochChange<'_>, hash: &str, now: Timestamp) -> StoreResult<()> {
    let member = tx.member();
    tx.sql(sql!(
        "INSERT INTO password (tenant, member, hash, set_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, member) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at, ended_at = NULL,
                     exposed_at = NULL, factorless_from = NULL"
    ))
    .bind(member)
    .bind(hash)
    .bind(now)
    .run()
    .await?;
    tx.sql(sql!("DELETE FROM first_credential WHERE tenant = $1 AND member = $2")).bind(member).run().await?;
    Ok(())
}

/// Notes that somebody else knows the member's password. `false` when there is none, or that is known already.
pub async fn expose(tx: &mut Write, member: MemberId, now: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE password SET exposed_at = $3
          WHERE tenant = $1 AND member = $2 AND (exposed_at IS NULL OR exposed_at < set_at)
      RETURNING member"
    ))
    .bind(member)
    .bind(now)
    .done()
    .await
}

/// Replaces a hash made with older parameters, unless the password was changed meanwhile (B15).
pub async fn rehash(tx: &mut Write, member: MemberId, old: &str, new: &str) -> StoreResult<()> {
    tx.sql(sql!("UPDATE password SET hash = $4 WHERE tenant = $1 AND member = $2 AND hash = $3"))
        .bind(member)
        .bind(old)
        .bind(new)
        .run()
        .await?;
    Ok(())
}

/// Lets the password wait for another factor from now on, as if it had just been set (D2). `false` where there is none.
pub async fn wait_for_factor(tx: &mut EpochChange<'_>, now: Timestamp) -> StoreResult<bool> {
    let member = tx.member();
    tx.sql(sql!(
        "UPDATE password SET factorless_from = $3, ended_at = NULL WHERE tenant = $1 AND member = $2 RETURNING member"
    ))
    .bind(member)
    .bind(now)
    .done()
    .await
}

/// Issues a first credential in place of whatever the member had. Until one of `member revert` is replaced, no mail opens
/// another way in (D25).
pub async fn issue_first(
    tx: &mut EpochChange<'_>,
    kind: FirstKind,
    digest: Option<&[u8]>,
    now: Timestamp,
    expires_at: Timestamp,
    by_revert: bool,
) -> StoreResult<()> {
    let member = tx.member();
    tx.sql(sql!("DELETE FROM password WHERE tenant = $1 AND member = $2")).bind(member).run().await?;
    tx.sql(sql!(
        "INSERT INTO first_credential (tenant, member, kind, digest, issued_at, expires_at, by_revert)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant, member) DO UPDATE SET kind = excluded.kind, digest = excluded.digest,
                     issued_at = excluded.issued_at, expires_at = excluded.expires_at,
                     by_revert = first_credential.by_revert OR excluded.by_revert,
                     ended_at = NULL"
    ))
    .bind(member)
    .bind(kind.as_str())
    .bind(digest.map(<[u8]>::to_vec))
    .bind(now)
    .bind(expires_at)
    .bind(by_revert)
    .run()
    .await?;
    Ok(())
}
