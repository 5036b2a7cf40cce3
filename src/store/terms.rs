//! Acceptances of the terms: who, which version, its hash, when, on which host (D14).

use jiff::Timestamp;

use super::{Read, Result, Write, sql::sql};
use crate::domain::member::MemberId;

/// Whether the member accepted that version.
pub async fn is_accepted(tx: &mut Read, member: MemberId, version: &str) -> Result<bool> {
    let row: Option<(i64,)> = tx
        .sql(sql!(
            "SELECT CAST(1 AS BIGINT) FROM acceptance WHERE tenant = $1 AND member = $2 AND version = $3"
        ))
        .bind(member)
        .bind(version)
        .maybe()
        .await?;
    Ok(row.is_some())
}

/// Keeps an acceptance. Accepting twice keeps the first.
pub async fn accept(
    tx: &mut Write,
    member: MemberId,
    version: &str,
    hash: &str,
    host: &str,
    now: Timestamp,
) -> Result<()> {
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
