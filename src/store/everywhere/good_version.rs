//! Good version: the last good version of each union's files, for whoever meets a bad one (R32, D37).

use std::collections::BTreeMap;

use data_encoding::BASE64;
use jiff::Timestamp;

use super::Everywhere;
use crate::store::{
    StoreResult,
    row::{FromRow, Row},
    sql::{Reading, Statement, Writing},
};

/// Everything that one version of a union was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodVersion {
    /// The slug of the union.
    pub tenant: String,
    /// SHA-256 of the rest, hex.
    pub hash: String,
    /// The text of the union's file.
    pub file: String,
    /// The text of the shared values.
    pub defaults: String,
    /// The files that the union names, by the key that names each.
    pub beside: BTreeMap<String, Vec<u8>>,
    /// When a node began to serve it, by that node's clock: for people, nothing is decided by it.
    pub served_since: Timestamp,
}

impl FromRow for GoodVersion {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let beside: String = row.get("beside")?;
        Ok(Self {
            tenant: row.get("tenant")?,
            hash: row.get("hash")?,
            file: row.get("file")?,
            defaults: row.get("defaults")?,
            beside: unpacked(&beside),
            served_since: row.get("served_since")?,
        })
    }
}

fn packed(beside: &BTreeMap<String, Vec<u8>>) -> String {
    let encoded: BTreeMap<_, _> = beside.iter().map(|(key, bytes)| (key, BASE64.encode(bytes))).collect();
    serde_json::to_string(&encoded).unwrap_or_default()
}

/// What cannot be read is not there: the version is judged like any other, and refused for it.
fn unpacked(text: &str) -> BTreeMap<String, Vec<u8>> {
    let encoded: BTreeMap<String, String> = serde_json::from_str(text).unwrap_or_default();
    let decoded =
        encoded.into_iter().filter_map(|(key, text)| Some((key, BASE64.decode(text.as_bytes()).ok()?)));
    decoded.collect()
}

impl Everywhere<'_> {
    /// Which version of each union is kept: union and hash.
    pub async fn good_hashes(&self) -> StoreResult<BTreeMap<String, String>> {
        let mut open = self.store.begin_read().await?;
        let rows: Vec<(String, String)> = Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, hash FROM good_version ORDER BY tenant",
            None,
        )
        .map(|row| Ok((row.get("tenant")?, row.get("hash")?)))
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// The texts of the version that is kept of each union: union, its file, the shared values.
    pub async fn good_texts(&self) -> StoreResult<Vec<(String, String, String)>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, file, defaults FROM good_version ORDER BY tenant",
            None,
        )
        .map(|row| Ok((row.get("tenant")?, row.get("file")?, row.get("defaults")?)))
        .await
    }

    /// The version that is kept of a union.
    pub async fn good_version(&self, tenant: &str) -> StoreResult<Option<GoodVersion>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, hash, file, defaults, beside, served_since FROM good_version WHERE tenant = $1",
            None,
        )
        .bind(tenant)
        .maybe()
        .await
    }

    /// Keeps these versions in place of those from before: whoever commits last has the word. Nothing is kept of a union
    /// whose data are being erased (D34).
    pub async fn keep_good_versions(&self, versions: &[GoodVersion]) -> StoreResult<()> {
        let mut open = self.store.begin_write().await?;
        for version in versions {
            Statement::<Writing>::new(
                &mut open,
                "INSERT INTO good_version (tenant, hash, file, defaults, beside, served_since)
                 SELECT $1, $2, $3, $4, $5, $6
                  WHERE NOT EXISTS (SELECT 1 FROM closing WHERE tenant = $1 AND erasing_since IS NOT NULL)
                 ON CONFLICT (tenant) DO UPDATE
                   SET hash = excluded.hash, file = excluded.file, defaults = excluded.defaults,
                       beside = excluded.beside, served_since = excluded.served_since",
                None,
            )
            .bind(version.tenant.as_str())
            .bind(version.hash.as_str())
            .bind(version.file.as_str())
            .bind(version.defaults.as_str())
            .bind(packed(&version.beside).as_str())
            .bind(version.served_since)
            .run()
            .await?;
        }
        open.commit().await
    }

    /// Ends what is kept of these unions: those whose version ended. A union that has members, and was not closed, keeps its
    /// version, whichever node has no file of it.
    pub async fn forget_good_versions(&self, tenants: &[String]) -> StoreResult<Vec<String>> {
        let mut open = self.store.begin_write().await?;
        let mut forgotten = Vec::new();
        for tenant in tenants {
            let ended = Statement::<Writing>::new(
                &mut open,
                "DELETE FROM good_version
                  WHERE tenant = $1
                    AND (NOT EXISTS (SELECT 1 FROM member
                                      WHERE member.tenant = $1
                                        AND NOT EXISTS (SELECT 1 FROM import AS i
                                                         WHERE i.tenant = member.tenant AND i.id = member.import
                                                           AND i.published_at IS NULL))
                         OR EXISTS (SELECT 1 FROM closing AS c WHERE c.tenant = $1 AND c.closed_at IS NOT NULL))",
                None,
            )
            .bind(tenant.as_str())
            .count()
            .await?;
            if ended > 0 {
                forgotten.push(tenant.clone());
            }
        }
        open.commit().await?;
        Ok(forgotten)
    }
}
