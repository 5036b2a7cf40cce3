//! Schemas: both databases have the same tables, columns and keys; every key begins with the tenant; the audit trail
//! can only grow.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _, SqliteConnection};

use crate::{
    databases::{Postgres, Sqlite},
    texts::pinned,
};

/// A table, as either database describes it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Name, kind of value, whether NULL is allowed; in the table's order.
    columns: Vec<(String, String, bool)>,
    primary: Vec<String>,
    unique: BTreeSet<Vec<String>>,
    /// Columns, the other table, its columns, what happens when the other row goes.
    foreign: BTreeSet<(Vec<String>, String, Vec<String>, String)>,
    /// Further indexes: name and columns.
    indexes: BTreeSet<(String, Vec<String>)>,
}

type Schema = BTreeMap<String, Table>;

/// Tables without a tenant: a single row that readiness writes; keys and nodes, which belong to the installation.
const NOBODYS: [&str; 5] = ["readiness", "known_key", "sealed_key", "node", "store_origin"];
/// What belongs to the migrations, not to the portal, begins with this.
const MIGRATIONS: &str = "_";

async fn of_sqlite(database: &mut SqliteConnection) -> Schema {
    let mut schema = Schema::new();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND substr(name, 1, 1) <> $1",
    )
    .bind(MIGRATIONS)
    .fetch_all(&mut *database)
    .await
    .unwrap();
    for name in tables {
        let table = schema.entry(name.clone()).or_default();
        let rows = sqlx::query("SELECT name, type, \"notnull\", pk FROM pragma_table_info($1) ORDER BY cid");
        let mut primary = BTreeMap::new();
        for row in rows.bind(&name).fetch_all(&mut *database).await.unwrap() {
            let (column, kind, not_null, key): (String, String, bool, i64) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            if key > 0 {
                primary.insert(key, column.clone());
            }
            table.columns.push((column, kind, !not_null));
        }
        table.primary = primary.into_values().collect();
        let rows = sqlx::query("SELECT name, \"unique\", origin FROM pragma_index_list($1)");
        for row in rows.bind(&name).fetch_all(&mut *database).await.unwrap() {
            let (index, unique, origin): (String, bool, String) = (row.get(0), row.get(1), row.get(2));
            let columns: Vec<String> =
                sqlx::query_scalar("SELECT name FROM pragma_index_info($1) ORDER BY seqno")
                    .bind(&index)
                    .fetch_all(&mut *database)
                    .await
                    .unwrap();
            match (origin.as_str(), unique) {
                ("pk", _) => assert_eq!(columns, table.primary),
                (_, true) => drop(table.unique.insert(columns)),
                _ => drop(table.indexes.insert((index, columns))),
            }
        }
        let rows = sqlx::query(
            "SELECT id, \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list($1) ORDER BY id, seq",
        );
        let mut keys: BTreeMap<i64, (Vec<String>, String, Vec<String>, String)> = BTreeMap::new();
        for row in rows.bind(&name).fetch_all(&mut *database).await.unwrap() {
            let key = keys.entry(row.get(0)).or_default();
            key.0.push(row.get(2));
            key.1 = row.get(1);
            key.2.push(row.get(3));
            key.3 = row.get(4);
        }
        table.foreign = keys.into_values().collect();
    }
    schema
}

async fn of_postgres(database: &mut PgConnection) -> Schema {
    let mut schema = Schema::new();
    let columns = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES',
                          coalesce(collation_name, '')::text
                     FROM information_schema.columns
                    WHERE table_schema = 'public' AND substr(table_name, 1, 1) <> $1 ORDER BY table_name, ordinal_position";
    for row in sqlx::query(columns).bind(MIGRATIONS).fetch_all(&mut *database).await.unwrap() {
        let (table, column, kind, collation): (String, String, String, String) =
            (row.get(0), row.get(1), row.get(2), row.get(4));
        if kind == "text" {
            assert_eq!(collation, "C", "{table}.{column}: text sorts by bytes, as in SQLite");
        }
        schema.entry(table).or_default().columns.push((column, kind, row.get(3)));
    }
    let names = |of: &str, relation: &str| {
        format!(
            "(SELECT array_agg(a.attname::text ORDER BY k.place)
                FROM unnest({of}) WITH ORDINALITY AS k(number, place)
                JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = k.number)"
        )
    };
    let constraints = format!(
        "SELECT r.relname::text, c.contype::text, {}, coalesce(f.relname::text, ''), {}, c.confdeltype::text
           FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid LEFT JOIN pg_class f ON f.oid = c.confrelid
          WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'f') AND substr(r.relname, 1, 1) <> $1",
        names("c.conkey", "c.conrelid"),
        names("c.confkey", "c.confrelid"),
    );
    let rows = sqlx::query(AssertSqlSafe(constraints)).bind(MIGRATIONS);
    for row in rows.fetch_all(&mut *database).await.unwrap() {
        let table = schema.get_mut(&row.get::<String, _>(0)).unwrap();
        let columns: Vec<String> = row.get(2);
        match row.get::<String, _>(1).as_str() {
            "p" => table.primary = columns,
            "u" => drop(table.unique.insert(columns)),
            _ => {
                let gone = match row.get::<String, _>(5).as_str() {
                    "c" => "CASCADE".to_owned(),
                    "a" => "NO ACTION".to_owned(),
                    other => other.to_owned(),
                };
                table.foreign.insert((columns, row.get(3), row.get(4), gone));
            }
        }
    }
    let indexes = format!(
        "SELECT r.relname::text, i.relname::text, x.indisunique, {}
           FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class r ON r.oid = x.indrelid
          WHERE r.relnamespace = 'public'::regnamespace AND substr(r.relname, 1, 1) <> $1
            AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u'))",
        names("x.indkey::int2[]", "x.indrelid"),
    );
    let rows = sqlx::query(AssertSqlSafe(indexes)).bind(MIGRATIONS);
    for row in rows.fetch_all(&mut *database).await.unwrap() {
        let table = schema.get_mut(&row.get::<String, _>(0)).unwrap();
        let columns: Vec<String> = row.get(3);
        if row.get::<bool, _>(2) {
            table.unique.insert(columns);
        } else {
            table.indexes.insert((row.get(1), columns));
        }
    }
    schema
}

/// SQLite's word for a PostgreSQL type, as `store/column.rs` keeps it.
fn kept_as(kind: &str) -> &str {
    match kind {
        "text" => "TEXT",
        "uuid" | "bytea" => "BLOB",
        "bigint" | "boolean" | "timestamp with time zone" => "INTEGER",
        other => panic!("{other}: no type of this house; see store/column.rs"),
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let (mut sqlite, mut postgres) = (Sqlite::migrated().await, Postgres::migrated("tables").await);
    let one = of_sqlite(&mut sqlite.connection).await;
    let mut other = of_postgres(&mut postgres.connection).await;
    for (_, kind, _) in other.values_mut().flat_map(|table| &mut table.columns) {
        *kind = kept_as(kind).to_owned();
    }
    assert!(one.len() > 8, "only {} tables were found", one.len());
    let attempt = &one["attempt"];
    assert!(!attempt.unique.is_empty() && !attempt.foreign.is_empty() && !attempt.indexes.is_empty());
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, table) in &one {
        assert_eq!(table, &other[name], "{name}: SQLite left, PostgreSQL right");
    }
    postgres.remove().await;
}

#[tokio::test]
async fn every_key_begins_with_the_tenant() {
    let (mut sqlite, mut postgres) = (Sqlite::migrated().await, Postgres::migrated("keys").await);
    for schema in [of_sqlite(&mut sqlite.connection).await, of_postgres(&mut postgres.connection).await] {
        for (name, table) in schema.into_iter().filter(|(name, _)| !NOBODYS.contains(&name.as_str())) {
            let begins = |columns: &[String]| columns.first().is_some_and(|first| first == "tenant");
            assert!(!table.columns.iter().any(|(column, _, null)| column == "tenant" && *null), "{name}");
            assert!(begins(&table.primary), "{name}: primary key {:?}", table.primary);
            for unique in &table.unique {
                assert!(begins(unique), "{name}: unique {unique:?}");
            }
            for (here, to, there, _) in &table.foreign {
                assert!(begins(here) && begins(there), "{name}: {here:?} → {to} {there:?}");
            }
        }
    }
    postgres.remove().await;
}

/// The table that names a member and keeps the id when the member is erased: the trail.
const KEEP_THE_ID: [&str; 1] = ["audit"];

#[tokio::test]
async fn every_table_of_a_member_is_emptied_when_the_member_is_erased() {
    let erased = pinned().into_iter().filter(|text| text.place.starts_with("src/store/erase_member.rs"));
    let erased: Vec<String> =
        erased.map(|text| text.sql.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let (mut sqlite, mut postgres) = (Sqlite::migrated().await, Postgres::migrated("erased").await);
    for schema in [of_sqlite(&mut sqlite.connection).await, of_postgres(&mut postgres.connection).await] {
        let named = |table: &Table| table.columns.iter().any(|(column, _, _)| column == "member");
        let mut seen = 0;
        for (name, table) in schema.iter().filter(|(_, table)| named(table)) {
            seen += 1;
            let goes_with = table.foreign.iter().any(|(here, to, _, gone)| {
                here.iter().any(|column| column == "member") && to == "member" && gone == "CASCADE"
            });
            let begin = format!("DELETE FROM {name} WHERE tenant = $1 AND member = $2");
            let is_named = erased.contains(&begin);
            assert!(
                goes_with || is_named || KEEP_THE_ID.contains(&name.as_str()),
                "{name}: rows of a member who is erased stay; a foreign key or `store::erase_member` removes them"
            );
        }
        assert!(seen > 15, "only {seen} tables name a member");
    }
    postgres.remove().await;
}

const EVENT: &str = "INSERT INTO audit (tenant, id, at, event, detail) VALUES";
const CHANGES: [&str; 8] = [
    "UPDATE audit_seal SET hash = before",
    "DELETE FROM audit_seal",
    "UPDATE audit_anchor SET number = 2",
    "DELETE FROM audit_anchor",
    "UPDATE audit SET detail = 'nothing'",
    "UPDATE audit SET tenant = 'other' WHERE event = 'signed-in'",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE tenant = 'midori'",
];

#[tokio::test]
async fn the_trail_cannot_be_changed_on_sqlite() {
    let database = &mut Sqlite::migrated().await.connection;
    let event = format!("{EVENT} ('midori', x'00112233445566778899aabbccddeeff', 1, 'signed-in', '{{}}')");
    let seal = "INSERT INTO audit_seal (tenant, number, sealed_at, entries, before, hash) VALUES ('midori', 1, 1, x'', x'', x'')";
    let anchor = "INSERT INTO audit_anchor (tenant, number, hash, sealed_at, event, archived_at) VALUES ('midori', 1, x'', 1, x'', 1)";
    for first in [event.clone(), seal.to_owned(), anchor.to_owned()] {
        database.execute(AssertSqlSafe(first)).await.unwrap();
    }
    // What replaces a row asks no trigger about deleting.
    let replaced = [event, seal.to_owned(), anchor.to_owned()]
        .map(|text| text.replacen("INSERT", "INSERT OR REPLACE", 1));
    let by_place = "INSERT OR REPLACE INTO audit (rowid, tenant, id, at, event, detail) VALUES (1, 'x', x'00', 1, 'x', 'x')";
    let changes = CHANGES.map(str::to_owned).into_iter().chain(replaced).chain([by_place.to_owned()]);
    for change in changes {
        let refused = database.execute(AssertSqlSafe(change.clone())).await.unwrap_err().to_string();
        assert!(refused.contains("audit ") && refused.contains(" are never "), "{change}: {refused}");
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM audit WHERE detail = '{}'")
        .fetch_one(&mut *database)
        .await
        .unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn the_trail_cannot_be_changed_on_postgresql() {
    let mut postgres = Postgres::migrated("trail").await;
    let database = &mut postgres.connection;
    let event = format!(
        "{EVENT} ('midori', '00112233-4455-6677-8899-aabbccddeeff', to_timestamp(1), 'signed-in', '{{}}')"
    );
    let seal = "INSERT INTO audit_seal (tenant, number, sealed_at, entries, before, hash)
                VALUES ('midori', 1, now(), '', '', '')";
    let anchor = "INSERT INTO audit_anchor (tenant, number, hash, sealed_at, event, archived_at)
                  VALUES ('midori', 1, '', now(), '00112233-4455-6677-8899-aabbccddeeff', now())";
    for first in [event.as_str(), seal, anchor] {
        database.execute(AssertSqlSafe(first.to_owned())).await.unwrap();
    }
    let emptied =
        ["TRUNCATE audit", "TRUNCATE audit_seal", "TRUNCATE audit_anchor", "TRUNCATE audit CASCADE"];
    for change in CHANGES.into_iter().chain(emptied) {
        let refused = database.execute(change).await.unwrap_err().to_string();
        assert!(refused.contains("audit rows are never"), "{change}: {refused}");
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM audit WHERE detail = '{}'")
        .fetch_one(&mut *database)
        .await
        .unwrap();
    assert_eq!(left, 1);
    postgres.remove().await;
}
