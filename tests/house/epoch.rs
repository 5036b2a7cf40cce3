//! Epochs: whoever reads or uses up something in flight compares its epoch with the member's, and whoever changes how a
//! member gets in has raised it (D24).

use crate::texts::{Text, pinned};

/// Tables of what is in flight.
const IN_FLIGHT: [&str; 5] = ["attempt", "session", "one_time", "lost_factor", "ceremony"];
/// Tables of what a member gets in by.
const WAYS_IN: [&str; 4] = ["password", "first_credential", "totp", "passkey"];
/// Columns of `member` that say how a member gets in.
const COLUMNS: [&str; 7] =
    ["login", "email", "email_unique_key", "method", "mail_code_at", "locked_at", "ended_at"];

/// Statements that need no comparison, by how they begin, and why.
const WITHOUT: [(&str, &str); 20] = [
    (
        "SELECT t.id, t.member, t.at FROM (SELECT id, member, created_at AS at FROM session WHERE",
        "verify-store looks at every session",
    ),
    ("UPDATE one_time SET misses = 0", "the desk gives tries back; it opens nothing"),
    ("UPDATE attempt SET code_misses = code_misses - 1", "gives back a try that was not made"),
    ("DELETE FROM attempt", "what is deleted opens nothing"),
    ("DELETE FROM session", "what is deleted opens nothing"),
    ("DELETE FROM sso_visit", "what is deleted opens nothing; the service is told"),
    ("DELETE FROM ceremony WHERE tenant = $1 AND member", "what is deleted opens nothing"),
    ("DELETE FROM one_time WHERE tenant = $1 AND member = $2 AND purpose = $3", "replaced or called off"),
    ("UPDATE attempt SET expires_at = $3", "it ends"),
    ("UPDATE session SET ended_at = $2", "a purge: it ends"),
    ("UPDATE one_time SET code = NULL", "a purge: it ends"),
    ("UPDATE session SET seen_at = $3", "after a look that compared; it gives nothing"),
    ("UPDATE session SET draft_page = NULL", "it forgets"),
    ("UPDATE member SET changed_at = changed_at", "it only waits; the look behind it compares"),
    ("SELECT CAST(1 AS BIGINT)", "terms"),
    ("SELECT tenant", "across unions"),
    ("INSERT INTO audit", "the trail"),
    ("DELETE FROM ceremony WHERE tenant = $1 AND (challenge) IN", "a union's data is erased"),
    ("DELETE FROM one_time WHERE tenant = $1 AND (id) IN", "a union's data is erased"),
    ("DELETE FROM lost_factor WHERE tenant = $1 AND (member) IN", "a union's data is erased"),
];

/// Statements that write a way in without an epoch being raised, and why.
const NOT_A_CHANGE: [(&str, &str); 18] = [
    ("INSERT INTO member", "a new member: nothing was begun yet"),
    (
        "INSERT INTO first_credential (tenant, member, kind, digest, issued_at, expires_at) VALUES",
        "a new member",
    ),
    (
        "WITH new (tenant, id, login, email, email_unique_key, seen, at)",
        "raises the epoch in the same statement",
    ),
    (
        "UPDATE member SET kigo = COALESCE(c.kigo, member.kigo)",
        "an import, which raises the epoch in the same statement",
    ),
    (
        "UPDATE member SET locked_at = NULL",
        "the desk lets a person in again: what was in flight ended before",
    ),
    ("UPDATE member SET lost_on = $3, ended_at = NULL", "a last day: raised where it is over"),
    (
        "UPDATE member SET import = NULL, lost_on = CASE",
        "a last day that is over: raised by the job that ends it",
    ),
    ("UPDATE member SET lost_on = NULL, ended_at = NULL", "taken back: raised where it was in force"),
    ("UPDATE password SET hash = $4", "the same password, hashed anew"),
    ("UPDATE password SET exposed_at", "the same password; that somebody else knows it opens nothing"),
    ("UPDATE totp SET last_step", "a code is used up"),
    ("UPDATE totp SET name", "a name"),
    ("UPDATE passkey SET sign_count", "it was shown"),
    ("UPDATE passkey SET name", "a name"),
    ("DELETE FROM first_credential WHERE tenant = $1 AND (member) IN", "a union's data is erased"),
    ("DELETE FROM password WHERE tenant = $1 AND (member) IN", "a union's data is erased"),
    ("DELETE FROM totp WHERE tenant = $1 AND (id) IN", "a union's data is erased"),
    ("DELETE FROM passkey WHERE tenant = $1 AND (id) IN", "a union's data is erased"),
];

fn one_line(text: &Text) -> String {
    text.sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_excused(sql: &str, list: &[(&str, &str)]) -> bool {
    list.iter().any(|(begin, _)| sql.starts_with(begin))
}

fn names(sql: &str, table: &str) -> bool {
    ["FROM ", "UPDATE ", "INTO ", "JOIN "].iter().any(|verb| {
        let after = sql.split(verb).skip(1);
        after
            .into_iter()
            .any(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next() == Some(table))
    })
}

#[test]
fn what_is_in_flight_is_compared_with_its_members_epoch() {
    let mut seen = 0;
    for text in pinned() {
        let sql = one_line(&text);
        if !IN_FLIGHT.iter().any(|table| names(&sql, table)) || is_excused(&sql, &WITHOUT) {
            continue;
        }
        seen += 1;
        assert!(
            sql.contains("epoch"),
            "{}: something in flight, and no epoch is compared: {sql}",
            text.place
        );
    }
    assert!(seen > 30, "only {seen} statements about what is in flight");
}

#[test]
fn ways_in_are_changed_only_where_the_epoch_was_raised() {
    let mut seen = 0;
    for text in pinned().iter().filter(|text| text.writes()) {
        let sql = one_line(text);
        let set = sql.strip_prefix("UPDATE member SET ").or_else(|| sql.split(" UPDATE member SET ").nth(1));
        let set = set.map(|set| set.split(" WHERE ").next().unwrap()).unwrap_or_default();
        let changes_member = COLUMNS.iter().any(|column| {
            set.split(", ")
                .any(|part| part.trim().strip_prefix(column).is_some_and(|rest| rest.starts_with(" =")))
        });
        let writes_to = |table: &&str| {
            ["UPDATE ", "INSERT INTO ", "DELETE FROM "]
                .iter()
                .any(|verb| sql.split(verb).skip(1).any(|rest| rest.split([' ', '(']).next() == Some(table)))
        };
        let changes = changes_member || WAYS_IN.iter().any(writes_to);
        if !changes || is_excused(&sql, &NOT_A_CHANGE) {
            continue;
        }
        seen += 1;
        assert!(text.on_raised, "{}: a way in is changed without a `EpochChange`: {sql}", text.place);
    }
    assert!(seen >= 14, "only {seen} statements change a way in");
}
