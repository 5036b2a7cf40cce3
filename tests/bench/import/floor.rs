//! What an import is held against: the database alone, writing the same rows under the same indexes.

use std::time::Duration;

use kenpo_portal::store::Store;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::{now, service::Service};

/// The tables whose rows an import of newcomers writes.
const TABLES: [&str; 3] = ["member", "first_credential", "outbox"];

/// Writes a union's rows once more, into empty tables, in one transaction. How long that took.
pub async fn insert(service: &Service, union: &str, run: &str) -> Duration {
    let insert = |to: &str, from: &str| {
        let all = TABLES.map(|table| {
            format!("INSERT INTO {to}.{table} SELECT * FROM {from}.{table} WHERE tenant = '{union}'")
        });
        AssertSqlSafe(all.join("; "))
    };
    if let Some(path) = service.url.strip_prefix("sqlite:") {
        let file = service.at(&format!("bare {run}.sqlite"));
        let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        let mut connection = sqlx::SqliteConnection::connect(&file.display().to_string()).await.unwrap();
        let prepare = format!("PRAGMA synchronous = FULL; ATTACH '{path}' AS ours");
        connection.execute(AssertSqlSafe(prepare)).await.unwrap();
        let began = now();
        let mut transaction = connection.begin().await.unwrap();
        transaction.execute(insert("main", "ours")).await.unwrap();
        transaction.commit().await.unwrap();
        let took = began.elapsed();
        connection.close().await.unwrap();
        std::fs::remove_file(file).unwrap();
        return took;
    }
    let mut connection = sqlx::PgConnection::connect(&service.url).await.unwrap();
    let tables = TABLES.map(|table| format!("CREATE TABLE bare.{table} (LIKE public.{table} INCLUDING ALL)"));
    let prepare = format!("CREATE SCHEMA bare; {}", tables.join("; "));
    connection.execute(AssertSqlSafe(prepare)).await.unwrap();
    let began = now();
    let mut transaction = connection.begin().await.unwrap();
    transaction.execute(insert("bare", "public")).await.unwrap();
    transaction.commit().await.unwrap();
    let took = began.elapsed();
    connection.execute("DROP SCHEMA bare CASCADE").await.unwrap();
    connection.close().await.unwrap();
    took
}
