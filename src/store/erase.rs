//! Erase: every row of a union that has left, table by table (D34). What stays, and why, is [`KEPT`]; a test compares both
//! lists with the live schema.

use super::{
    Read, StoreResult, Write,
    row::{FromRow, Row},
    sql::sql,
};

/// The tables that are emptied, in this order: what hangs on a member goes before the member.
pub const TABLES: [&str; 37] = [
    "import_kept",
    "import_history",
    "import_change",
    "import",
    "attempt",
    "session",
    "ceremony",
    "one_time",
    "lost_factor",
    "recovery_ask",
    "known_device",
    "retired_login",
    "first_credential",
    "password",
    "totp",
    "passkey",
    "guard",
    "acceptance",
    "outbox",
    "activity_day",
    "stranger_day",
    "host",
    "kept_file",
    "good_version",
    "former_name",
    "sso_pushed",
    "sso_assertion",
    "sso_request",
    "sso_code",
    "sso_visit",
    "sso_logout",
    "sso_grant",
    "sso_subject",
    "sso_issuer",
    "sso_secret",
    "sso_key",
    "member",
];

/// The tables of which something stays: the trail is erased seal by seal, and its anchor and what was noted since stay; the
/// closing says that the union has left; a lease says which node seals the trail.
pub const KEPT: [&str; 6] = ["audit", "audit_waiting", "audit_seal", "audit_anchor", "closing", "lease"];

/// Erases at most `limit` rows of the table with that place in [`TABLES`]. How many; `None` behind the last table.
#[expect(clippy::too_many_lines, reason = "one statement for each table, and nothing else")]
pub async fn some(tx: &mut Write, table: usize, limit: u32) -> StoreResult<Option<u64>> {
    let texts: [_; TABLES.len()] = [
        sql!(
            "DELETE FROM import_kept
              WHERE tenant = $1 AND id IN (SELECT id FROM import_kept WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM import_history
              WHERE tenant = $1 AND number IN (SELECT number FROM import_history WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM import_change
              WHERE tenant = $1
                AND (import, place) IN (SELECT import, place FROM import_change WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM import WHERE tenant = $1 AND id IN (SELECT id FROM import WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM attempt WHERE tenant = $1 AND id IN (SELECT id FROM attempt WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM session WHERE tenant = $1 AND id IN (SELECT id FROM session WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM ceremony
              WHERE tenant = $1 AND challenge IN (SELECT challenge FROM ceremony WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM one_time
              WHERE tenant = $1 AND id IN (SELECT id FROM one_time WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM lost_factor
              WHERE tenant = $1 AND member IN (SELECT member FROM lost_factor WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM recovery_ask
              WHERE tenant = $1 AND browser IN (SELECT browser FROM recovery_ask WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM known_device
              WHERE tenant = $1
                AND (device, member) IN (SELECT device, member FROM known_device WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM retired_login
              WHERE tenant = $1 AND login IN (SELECT login FROM retired_login WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM first_credential
              WHERE tenant = $1 AND member IN (SELECT member FROM first_credential WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM password
              WHERE tenant = $1 AND member IN (SELECT member FROM password WHERE tenant = $1 LIMIT $2)"
        ),
        sql!("DELETE FROM totp WHERE tenant = $1 AND id IN (SELECT id FROM totp WHERE tenant = $1 LIMIT $2)"),
        sql!(
            "DELETE FROM passkey WHERE tenant = $1 AND id IN (SELECT id FROM passkey WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM guard
              WHERE tenant = $1
                AND (subject, kind) IN (SELECT subject, kind FROM guard WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM acceptance
              WHERE tenant = $1
                AND (member, version) IN (SELECT member, version FROM acceptance WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM outbox WHERE tenant = $1 AND id IN (SELECT id FROM outbox WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM activity_day
              WHERE tenant = $1
                AND (member, kind, day) IN (SELECT member, kind, day FROM activity_day WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM stranger_day
              WHERE tenant = $1
                AND (day, event, member) IN (SELECT day, event, member FROM stranger_day WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM host WHERE tenant = $1 AND host IN (SELECT host FROM host WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM kept_file
              WHERE tenant = $1 AND name IN (SELECT name FROM kept_file WHERE tenant = $1 LIMIT $2)"
        ),
        // One row at most: the limit is there because every statement is bound the same way.
        sql!(
            "DELETE FROM good_version
              WHERE tenant = $1 AND tenant IN (SELECT tenant FROM good_version WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM former_name
              WHERE tenant = $1
                AND (member, kind, key) IN (SELECT member, kind, key FROM former_name WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_pushed
              WHERE tenant = $1 AND digest IN (SELECT digest FROM sso_pushed WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_assertion
              WHERE tenant = $1
                AND (client, jti) IN (SELECT client, jti FROM sso_assertion WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_request
              WHERE tenant = $1 AND id IN (SELECT id FROM sso_request WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_code
              WHERE tenant = $1 AND digest IN (SELECT digest FROM sso_code WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_visit
              WHERE tenant = $1
                AND (session, client) IN (SELECT session, client FROM sso_visit WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_logout
              WHERE tenant = $1 AND id IN (SELECT id FROM sso_logout WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_grant
              WHERE tenant = $1
                AND (client, member) IN (SELECT client, member FROM sso_grant WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_subject
              WHERE tenant = $1
                AND (sector, member) IN (SELECT sector, member FROM sso_subject WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_issuer
              WHERE tenant = $1 AND issuer IN (SELECT issuer FROM sso_issuer WHERE tenant = $1 LIMIT $2)"
        ),
        sql!(
            "DELETE FROM sso_secret
              WHERE tenant = $1 AND id IN (SELECT id FROM sso_secret WHERE tenant = $1 LIMIT $2)"
        ),
        sql!("DELETE FROM sso_key WHERE tenant = $1 AND id IN (SELECT id FROM sso_key WHERE tenant = $1 LIMIT $2)"),
        sql!(
            "DELETE FROM member WHERE tenant = $1 AND id IN (SELECT id FROM member WHERE tenant = $1 LIMIT $2)"
        ),
    ];
    let Some(text) = texts.get(table) else { return Ok(None) };
    Ok(Some(tx.sql(*text).bind(limit).run().await?))
}

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
