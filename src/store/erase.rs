//! Erase: every row of a union that has left, table by table (D34). What stays, and why, is [`KEPT`]; a test compares both
//! lists with the live schema.

use super::{
    Read, StoreResult, Write,
    row::{FromRow, Row},
    sql::sql,
};

/// Each table with the columns that tell its rows apart within a union: in the order in which they are emptied, what hangs on
/// a member before the member.
macro_rules! erased {
    ($($table:literal by $key:literal,)+) => {
        /// The tables that are emptied, in this order.
        pub const TABLES: [&str; [$($table),+].len()] = [$($table),+];

        /// Erases at most `limit` rows of the table with that place in [`TABLES`]. How many; `None` behind the last table.
        pub async fn some(tx: &mut Write, table: usize, limit: u32) -> StoreResult<Option<u64>> {
            let texts = [$(sql!(
                "DELETE FROM ", $table, " WHERE tenant = $1 AND (", $key, ") IN (SELECT ", $key, " FROM ", $table,
                " WHERE tenant = $1 LIMIT $2)"
            )),+];
            let Some(text) = texts.get(table) else { return Ok(None) };
            Ok(Some(tx.sql(*text).bind(limit).count().await?))
        }
    };
}

erased! {
    "import_kept" by "id",
    "import_history" by "number",
    "import_change" by "import, place",
    "import" by "id",
    "attempt" by "id",
    "session" by "id",
    "ceremony" by "challenge",
    "one_time" by "id",
    "lost_factor" by "member",
    "recovery_ask" by "browser",
    "known_device" by "device, member",
    "retired_login" by "login",
    "first_credential" by "member",
    "password" by "member",
    "totp" by "id",
    "passkey" by "id",
    "guard" by "subject, kind",
    "acceptance" by "member, version",
    "outbox" by "id",
    "activity_day" by "member, kind, day",
    "stranger_day" by "day, event, member",
    "host" by "host",
    "kept_file" by "name",
    "good_version" by "tenant",
    "former_name" by "member, kind, key",
    "preview_link" by "tenant",
    "sso_pushed" by "digest",
    "sso_assertion" by "client, jti",
    "sso_request" by "id",
    "sso_code" by "digest",
    "sso_visit" by "session, client",
    "sso_logout" by "id",
    "sso_grant" by "client, member",
    "sso_subject" by "sector, member",
    "sso_issuer" by "issuer",
    "sso_secret" by "id",
    "sso_key" by "id",
    "member" by "id",
}

/// The tables of which something stays: the trail is erased seal by seal, and its anchor and what was noted since stay; the
/// closing says that the union has left; a lease says which node seals the trail.
pub const KEPT: [&str; 6] = ["audit", "audit_waiting", "audit_seal", "audit_anchor", "closing", "lease"];

/// Erases at most `limit` questions for a recovery mail, which hang on no member. How many.
pub async fn some_asks(tx: &mut Write, limit: u32) -> StoreResult<u64> {
    let place = TABLES.iter().position(|table| *table == "recovery_ask").unwrap_or(TABLES.len());
    Ok(some(tx, place, limit).await?.unwrap_or(0))
}

/// What an erasure is about, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureFigures {
    /// Members, those of an unpublished import included.
    pub members: u32,
    /// Rows of the trail.
    pub trail: u32,
}

impl FromRow for ErasureFigures {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self { members: row.get("members")?, trail: row.get("trail")? })
    }
}

/// Counts what would be erased.
pub async fn figures(tx: &mut Read) -> StoreResult<ErasureFigures> {
    tx.sql(sql!(
        "SELECT (SELECT COUNT(*) FROM member WHERE tenant = $1) AS members,
                (SELECT COUNT(*) FROM audit WHERE tenant = $1) AS trail"
    ))
    .one()
    .await
}
