//! Restore: of every table it is known whether its rows end when a database is put back, or why they stay (M11).

use std::collections::BTreeSet;

use kenpo_portal::{domain::restore::InFlight, store::Store};
use sqlx::{Connection as _, SqliteConnection};

use crate::texts::everywhere;

/// Tables whose rows go with a restore though nobody counts them.
const GO: [(&str, &str); 3] = [
    ("node", "the nodes of then run no more"),
    ("lease", "so do those who held a lease"),
    ("preview_link", "a link that was ended after the backup shows nothing again"),
];

/// Tables whose rows stay, and why.
const STAY: [(&str, &str); 38] = [
    ("password", "what the member knows"),
    ("first_credential", "the only way in for whoever used it after the backup"),
    ("totp", "what the member holds; every code that may have been used counts as used"),
    ("passkey", "what the member holds"),
    ("guard", "tries that failed stay counted"),
    ("acceptance", "what was agreed to"),
    ("retired_login", "a user ID that rests goes on resting"),
    ("former_name", "what the desk finds members by"),
    ("audit", "the trail"),
    ("audit_waiting", "rows of the trail that wait for their seal"),
    ("audit_seal", "the chain"),
    ("audit_anchor", "the chain"),
    ("activity_day", "counts"),
    ("stranger_day", "counts"),
    ("import", "a roster that was half read is taken away or finished by the next one"),
    ("import_change", "the same"),
    ("import_history", "what was imported"),
    ("import_kept", "the last import may be taken back"),
    ("closing", "a union that leaves goes on leaving"),
    ("host", "who was served first"),
    ("kept_file", "the last good texts, and what is known of the time"),
    ("good_version", "the unions' last good files; newer files on the disk count"),
    ("sso_issuer", "services know the union by it"),
    ("sso_subject", "services know the member by it"),
    ("sso_grant", "what was told and agreed to"),
    ("sso_request", "waits for a sign-in, and gives nothing without a session"),
    ("sso_pushed", "good for a minute and a half, and gives nothing without a session"),
    ("sso_assertion", "an assertion that was used stays used"),
    ("sso_code", "good for a minute, and only with a session, which ends"),
    ("sso_visit", "says at which services a session was"),
    ("sso_logout", "services are told of sessions that have ended all the same"),
    ("sso_key", "services know the keys that they have read"),
    ("sso_secret", "services know their secrets"),
    ("known_key", "the ring has to fit"),
    ("sealed_key", "the counters' digests have to fit"),
    ("readiness", "a number"),
    ("store_origin", "says that the restore is finished"),
    ("member", "who is a member; the address that waits for its confirmation goes"),
];

#[tokio::test]
async fn every_table_ends_with_a_restore_or_it_is_said_why_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portal.db").display());
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND substr(name, 1, 1) <> '_'",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    let ends: BTreeSet<&str> =
        InFlight::ALL.iter().map(|kind| kind.table()).chain(GO.map(|(table, _)| table)).collect();
    let stays: BTreeSet<&str> = STAY.iter().map(|(table, _)| *table).collect();
    for table in &tables {
        let (ends, stays) = (ends.contains(table.as_str()), stays.contains(table.as_str()));
        assert!(
            ends || stays,
            "{table}: does a restore end its rows (`domain::restore`), or why do they stay?"
        );
        assert!(!(ends && stays) || table == "member", "{table}: one of both");
    }
    for named in ends.iter().chain(&stays) {
        assert!(tables.iter().any(|table| table == named), "{named} is no table");
    }
}

#[test]
fn what_ends_ends_in_the_one_transaction() {
    let said: Vec<String> = everywhere()
        .into_iter()
        .filter(|text| text.place.starts_with("src/store/everywhere/restore.rs") && text.writes())
        .map(|text| text.sql.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for table in InFlight::ALL.iter().map(|kind| kind.table()).chain(GO.map(|(table, _)| table)) {
        let ends = [format!("DELETE FROM {table}"), format!("UPDATE {table} SET ")];
        assert!(
            said.iter().any(|sql| ends.iter().any(|end| sql.starts_with(end.as_str()))),
            "{table}: no statement ends its rows"
        );
    }
}
