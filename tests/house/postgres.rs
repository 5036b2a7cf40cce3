//! House tests that need a PostgreSQL server, named by `PORTAL_TEST_POSTGRES`: statements and schemas on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation breaks"
)]

mod databases;
mod schemas;
mod source;
mod texts;

use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};

use databases::Postgres;

#[tokio::test]
async fn every_statement_prepares_on_postgresql() {
    let mut postgres = Postgres::migrated("statements").await;
    for text in texts::pinned().into_iter().chain(texts::everywhere()) {
        let prepared = postgres.connection.prepare(AssertSqlSafe(text.sql.clone()).into_sql_str()).await;
        assert!(prepared.is_ok(), "{}: {:?}\n{}", text.place, prepared.err(), text.sql);
    }
    postgres.remove().await;
}
