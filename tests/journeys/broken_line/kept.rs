//! Kept: every row of a database, to be put back past the portal and its triggers.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

pub struct Kept {
    connection: Connection,
    keep: String,
    restore: String,
}

/// Counters of tries, and how long the trail is.
pub struct Counters {
    pub fails: BTreeMap<String, i64>,
    pub trail: i64,
}

impl Kept {
    /// Of the database at that address, by a connection of its own. It is the last one that may change the trail: on SQLite its guards
    /// are taken away.
    pub async fn of(url: &str) -> Self {
        let connection = if url.starts_with("postgres:") {
            let mut connection = PgConnection::connect(url).await.unwrap();
            connection.execute("SET session_replication_role = replica").await.unwrap();
            Connection::Postgres(connection)
        } else {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            connection.execute("PRAGMA foreign_keys = OFF").await.unwrap();
            Connection::Sqlite(connection)
        };
        let mut kept = Self { connection, keep: String::new(), restore: String::new() };
        let tables = if matches!(kept.connection, Connection::Postgres(_)) {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%'"
        } else {
            for guard in kept
                .words("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%append_only%'")
                .await
            {
                kept.run(&format!("DROP TRIGGER {guard}")).await;
            }
            "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 1) <> '_' AND name NOT LIKE 'sqlite%'"
        };
        let mut tables = kept.words(tables).await;
        // A row of the trail writes rows elsewhere: first, so that those are put right after it.
        tables.sort_by_key(|table| table != "audit");
        let of_each = |what: &dyn Fn(&str) -> String| {
            let each: Vec<_> = tables.iter().map(|table| what(table)).collect();
            each.join(" ")
        };
        let copies =
            of_each(&|table| format!("CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table} WHERE 1 = 0;"));
        kept.run(&copies).await;
        let copy = |to: &str, from: &str| format!("DELETE FROM {to}; INSERT INTO {to} SELECT * FROM {from};");
        let begin =
            if matches!(kept.connection, Connection::Postgres(_)) { "BEGIN" } else { "BEGIN IMMEDIATE" };
        let whole = |text: String| format!("{begin}; {text} COMMIT");
        kept.keep = whole(of_each(&|table| copy(&format!("kept_{table}"), table)));
        let empty = of_each(&|table| format!("DELETE FROM {table};"));
        kept.restore = whole(empty + &of_each(&|table| copy(table, &format!("kept_{table}"))));
        kept
    }

    /// Keeps every row as it is now.
    pub async fn keep(&mut self) {
        let text = self.keep.clone();
        self.run(&text).await;
    }

    /// Puts back what was kept.
    pub async fn restore(&mut self) {
        let text = self.restore.clone();
        self.run(&text).await;
    }

    pub async fn counters(&mut self) -> Counters {
        let trail = "SELECT COUNT(*) FROM audit";
        let fails = "SELECT tenant || ' ' || kind || ' ' || HEX, fails FROM guard";
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let fails = AssertSqlSafe(fails.replace("HEX", "hex(subject)"));
                let fails = connection.fetch_all(fails).await.unwrap();
                Counters {
                    fails: fails.iter().map(|row| (row.get(0), row.get(1))).collect(),
                    trail: connection.fetch_one(trail).await.unwrap().get(0),
                }
            }
            Connection::Postgres(connection) => {
                let fails = AssertSqlSafe(fails.replace("HEX", "encode(subject, 'hex')"));
                let fails = connection.fetch_all(fails).await.unwrap();
                Counters {
                    fails: fails.iter().map(|row| (row.get(0), row.get(1))).collect(),
                    trail: connection.fetch_one(trail).await.unwrap().get(0),
                }
            }
        }
    }

    async fn run(&mut self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        match &mut self.connection {
            Connection::Sqlite(connection) => drop(connection.execute(text).await.unwrap()),
            Connection::Postgres(connection) => drop(connection.execute(text).await.unwrap()),
        }
    }

    async fn words(&mut self, text: &'static str) -> Vec<String> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                connection.fetch_all(text).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
            Connection::Postgres(connection) => {
                connection.fetch_all(text).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
        }
    }
}
