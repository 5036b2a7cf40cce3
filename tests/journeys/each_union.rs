//! A union whose rows the database refuses keeps no other union from what the jobs do, and is named (R15).

use std::sync::Arc;

use kenpo_portal::{domain::tenant::Tenant, jobs};
use tokio_util::sync::CancellationToken;

use crate::{
    holder::JRP,
    town::{JSW, Town},
};

/// The database refuses whatever changes this union's rows of that table, until [`heal`].
async fn break_rows(town: &Town, table: &str, event: &str, union: &str) {
    let sqlite = format!(
        "CREATE TRIGGER broken BEFORE {event} ON {table} WHEN NEW.tenant = '{union}'
         BEGIN SELECT RAISE(ABORT, 'broken'); END"
    );
    let postgres = format!(
        "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
         CREATE TRIGGER broken BEFORE {event} ON {table}
             FOR EACH ROW WHEN (NEW.tenant = '{union}') EXECUTE FUNCTION broken()"
    );
    town.plainly(&sqlite, &postgres).await;
}

async fn heal(town: &Town, table: &str) {
    let postgres = format!("DROP TRIGGER broken ON {table}; DROP FUNCTION broken()");
    town.plainly("DROP TRIGGER broken", &postgres).await;
}

fn both(town: &Town) -> Vec<Arc<Tenant>> {
    [JRP, JSW].map(|slug| town.tenant(slug)).into()
}

/// The unions of which a query tells.
async fn told(town: &Town, query: &str) -> Vec<String> {
    town.texts(query).await.into_iter().filter_map(|mut row| row.swap_remove(0)).collect()
}

#[tokio::test]
async fn keys_that_sign_are_made_for_the_union_behind_one_that_fails() {
    let town = Town::open().await;
    break_rows(&town, "sso_key", "INSERT", JRP).await;
    let round = async || {
        jobs::make_sso_keys_of(town.app.portal(), both(&town), &CancellationToken::new())
            .await
            .map_err(|fault| fault.to_string())
    };
    let fault = round().await.unwrap_err();
    assert!(fault.contains("broken") && fault.contains(&format!("(tenant {JRP};")), "{fault}");
    let have = "SELECT DISTINCT tenant FROM sso_key ORDER BY tenant";
    assert_eq!(told(&town, have).await, [JSW]);
    heal(&town, "sso_key").await;
    round().await.unwrap();
    assert_eq!(told(&town, have).await, [JRP, JSW]);
    town.close().await;
}

#[tokio::test]
async fn members_are_found_at_the_union_behind_one_that_fails() {
    let town = Town::open().await;
    town.taro(JRP).await;
    town.hanako(JSW).await;
    town.sql("UPDATE member SET name_key = NULL, kana_key = NULL, email_key = NULL, pending_key = NULL")
        .await;
    break_rows(&town, "member", "UPDATE", JRP).await;
    let round = async || {
        jobs::key_all(town.app.portal(), both(&town), &CancellationToken::new())
            .await
            .map_err(|fault| fault.to_string())
    };
    let fault = round().await.unwrap_err();
    assert!(fault.contains("broken") && fault.contains(&format!("(tenant {JRP};")), "{fault}");
    let have = "SELECT DISTINCT tenant FROM member WHERE name_key IS NOT NULL ORDER BY tenant";
    assert_eq!(told(&town, have).await, [JSW]);
    heal(&town, "member").await;
    round().await.unwrap();
    assert_eq!(told(&town, have).await, [JRP, JSW]);
    town.close().await;
}
