//! Acceptances of the terms: who, which version, its hash, when, on which host (D14).

use jiff::Timestamp;

use super::{
    Read, StoreResult, Write,
    member::published,
    row::{FromRow, Row},
    sql::sql,
};
use crate::domain::{
    login_id::LoginId,
    member::{MemberId, MemberNumber},
};

/// That a member accepted a version, with what the union knows the member by today.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The member who accepted.
    pub member: MemberId,
    /// The member's 記号・番号・枝番.
    pub number: MemberNumber,
    /// The user ID in force today.
    pub login: LoginId,
    /// The version that was accepted.
    pub version: String,
    /// SHA-256 of the text, hex.
    pub hash: String,
    /// When it was accepted.
    pub at: Timestamp,
    /// The host on which it was accepted.
    pub host: String,
}

impl FromRow for Acceptance {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            member: row.get("member")?,
            number: MemberNumber::kept(row.get("kigo")?, row.get("bango")?, row.get("branch")?),
            login: LoginId::kept(row.get("login")?),
            version: row.get("version")?,
            hash: row.get("hash")?,
            at: row.get("at")?,
            host: row.get("host")?,
        })
    }
}

/// Whether the member accepted that version.
pub async fn is_accepted(tx: &mut Read, member: MemberId, version: &str) -> StoreResult<bool> {
    tx.sql(sql!(
        "SELECT CAST(1 AS BIGINT) FROM acceptance WHERE tenant = $1 AND member = $2 AND version = $3"
    ))
    .bind(member)
    .bind(version)
    .exists()
    .await
}

/// Keeps an acceptance. Accepting twice keeps the first.
pub async fn accept(
    tx: &mut Write,
    member: MemberId,
    version: &str,
    hash: &str,
    host: &str,
    now: Timestamp,
) -> StoreResult<()> {
    tx.sql(sql!(
        "INSERT INTO acceptance (tenant, member, version, hash, host, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, member, version) DO NOTHING"
    ))
    .bind(member)
    .bind(version)
    .bind(hash)
    .bind(host)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// The version the member accepted last, and when.
pub async fn latest(tx: &mut Read, member: MemberId) -> StoreResult<Option<(String, Timestamp)>> {
    tx.sql(sql!(
        "SELECT version, at FROM acceptance WHERE tenant = $1 AND member = $2
          ORDER BY at DESC, version DESC LIMIT 1"
    ))
    .bind(member)
    .map(|row| Ok((row.get("version")?, row.get("at")?)))
    .await
    .map(|found| found.into_iter().next())
}

/// Acceptances of one version or of all, after that member and version, at most `limit`: by member, then version. The
/// order is the key's, so a page costs its own rows however many there are.
pub async fn page(
    tx: &mut Read,
    after: (MemberId, &str),
    version: Option<&str>,
    limit: u32,
) -> StoreResult<Vec<Acceptance>> {
    tx.sql(sql!(
        "SELECT a.member, m.kigo, m.bango, m.branch, m.login, a.version, a.hash, a.at, a.host
           FROM acceptance AS a JOIN member AS m ON m.tenant = a.tenant AND m.id = a.member
          WHERE a.tenant = $1 AND (a.member, a.version) > ($2, $3)
            AND (CAST($4 AS TEXT) IS NULL OR a.version = $4) AND ",
        published!(),
        " ORDER BY a.member, a.version LIMIT $5"
    ))
    .bind(after.0)
    .bind(after.1)
    .bind(version)
    .bind(limit)
    .all()
    .await
}

/// The versions that were accepted, and by how many members.
pub async fn versions(tx: &mut Read) -> StoreResult<Vec<(String, u32)>> {
    tx.sql(sql!(
        "SELECT version, COUNT(*) AS members FROM acceptance WHERE tenant = $1 GROUP BY version ORDER BY version"
    ))
    .map(|row| Ok((row.get("version")?, row.get("members")?)))
    .await
}
