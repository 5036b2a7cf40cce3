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

#[tokio::test]
async fn what_the_server_refuses_is_told_by_its_cause() {
    use kenpo_portal::store::{Store, contact::DatabaseProblem};

    let server = std::env::var("PORTAL_TEST_POSTGRES").unwrap();
    let (before, _) = server.rsplit_once('/').unwrap();
    let fault = Store::open(&format!("{before}/house_no_such_database")).await.unwrap_err();
    assert!(matches!(fault.trouble(), DatabaseProblem::NoDatabase), "{fault}");
    let nobody = server.replacen("://", "://nobody_of_this_name:x@", 1);
    let nobody = format!("{}@{}", nobody.split('@').next().unwrap(), server.rsplit_once('@').unwrap().1);
    let fault = Store::open(&nobody).await.unwrap_err();
    assert!(matches!(fault.trouble(), DatabaseProblem::Password), "{fault}");
    let fault = Store::open_to_read("postgres://portal@127.0.0.1:1/portal").await.unwrap_err();
    assert!(matches!(fault.trouble(), DatabaseProblem::Network(_)), "{fault}");
    // A listener that never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://portal@{}/portal", silent.local_addr().unwrap());
    let fault = Store::open(&url).await.unwrap_err();
    assert!(matches!(fault.trouble(), DatabaseProblem::Silent), "{fault}");
}
