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

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};

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
async fn the_programs_own_role_writes_the_trail_and_can_take_nothing_out_of_it() {
    use kenpo_portal::{
        domain::{
            audit::{
                Event,
                chain::Seal,
                doing::{Actor, Doing},
            },
            member::EventId,
            tenant::TenantSlug,
        },
        portal::trail::archive::{Archive, ArchiveStop},
        store::{Store, StoreError, audit, chain},
        world::{SystemClock, SystemRandom},
    };

    let mut postgres = Postgres::migrated("role").await;
    let role = format!("house_app_{}", std::process::id());
    // As docker-compose.yml makes it.
    for text in [
        format!("CREATE ROLE {role} LOGIN PASSWORD 'app'"),
        format!("GRANT USAGE ON SCHEMA public TO {role}"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"),
    ] {
        postgres.connection.execute(AssertSqlSafe(text)).await.unwrap();
    }
    let server = std::env::var("PORTAL_TEST_POSTGRES").unwrap();
    let host = server.rsplit_once('@').unwrap().1.split('/').next().unwrap().to_owned();
    let url = format!("postgres://{role}:app@{host}/{}", postgres.name());
    let store = Store::open(&url).await.unwrap();
    let slug = TenantSlug::parse("midorikenpo").unwrap();
    let at: jiff::Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    for n in 1..=2_u8 {
        let mut tx = store.tenant(&slug).write().await.unwrap();
        let doing = Doing { actor: Actor::Stranger, ..Doing::by_program("test") };
        audit::note(&mut tx, EventId::new(at, [n; 10]), None, &Event::PasswordDiffered, doing, at);
        tx.commit().await.unwrap();
        let mut tx = store.tenant(&slug).write().await.unwrap();
        let (head, number) = (chain::head(&mut tx).await.unwrap(), u32::from(n));
        assert_eq!(chain::mark(&mut tx, number, None, 10).await.unwrap(), 1);
        let rows = chain::marked(&mut tx, number).await.unwrap();
        let rows: Vec<_> = rows.into_iter().map(|kept| kept.row.unwrap()).collect();
        assert!(chain::put(&mut tx, &Seal::over(slug.as_str(), head, &rows, at)).await.unwrap());
        tx.commit().await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let doing = Doing::by_program("test");
    let (clock, rng) = (&SystemClock, &SystemRandom);
    let archive = Archive { store: &store, clock, rng, tenant: &slug, doing: &doing };
    let later: jiff::Timestamp = "2020-02-01T00:00:00Z".parse().unwrap();
    let stopped = archive.run(later, &folder.path().join("old.jsonl")).await;
    assert!(matches!(stopped, Err(ArchiveStop::NotOwner)), "{stopped:?}");
    assert!(!store.owns_trail().await.unwrap());
    // A role that has to be taken on by SET ROLE owns what it owns.
    let owner = server.split_once("://").unwrap().1.split([':', '@']).next().unwrap().to_owned();
    for (text, owns) in [
        (format!("ALTER ROLE {role} NOINHERIT; GRANT {owner} TO {role}"), true),
        (format!("REVOKE {owner} FROM {role}; ALTER ROLE {role} INHERIT"), false),
    ] {
        postgres.connection.execute(AssertSqlSafe(text)).await.unwrap();
        assert_eq!(store.owns_trail().await.unwrap(), owns);
    }
    assert!(store.schema().await.unwrap().matches());
    for (text, may) in [
        (format!("REVOKE USAGE ON SCHEMA public FROM {role}, PUBLIC"), false),
        (format!("GRANT USAGE ON SCHEMA public TO {role}"), true),
    ] {
        postgres.connection.execute(AssertSqlSafe(text)).await.unwrap();
        let schema = store.schema().await;
        assert_eq!(!matches!(schema, Err(StoreError::NoSchema)), may, "{schema:?}");
    }
    store.close().await;
    let owner =
        Store::open(&format!("{}/{}", server.rsplit_once('/').unwrap().0, postgres.name())).await.unwrap();
    assert!(owner.owns_trail().await.unwrap());
    owner.close().await;
    let mut own = sqlx::PgConnection::connect(&url).await.unwrap();
    for text in [
        "UPDATE audit SET detail = 'x'",
        "DELETE FROM audit",
        "DELETE FROM audit_seal",
        "TRUNCATE audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_is_append_only ON audit",
        "SET session_replication_role = replica",
    ] {
        assert!(own.execute(text).await.is_err(), "{text}");
    }
    own.close().await.unwrap();
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    postgres.connection.execute(AssertSqlSafe(drop)).await.unwrap();
    postgres.remove().await;
}

/// What takes a guard of the trail away or passes it by, what puts it back, and what it is called.
fn ways_past_a_guard(role: &str, database: &str) -> Vec<(String, String, String)> {
    let body = "$$ BEGIN RAISE EXCEPTION 'audit rows are never changed or deleted'; END $$";
    let append_only = "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
                       FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()";
    let function = |body: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS {body}"
        )
    };
    [
        (
            "ALTER TABLE audit DISABLE TRIGGER audit_is_append_only".to_owned(),
            "ALTER TABLE audit ENABLE TRIGGER audit_is_append_only".to_owned(),
            "altered trigger audit_is_append_only on audit".to_owned(),
        ),
        (
            "ALTER TABLE audit ENABLE REPLICA TRIGGER audit_waits".to_owned(),
            "ALTER TABLE audit ENABLE TRIGGER audit_waits".to_owned(),
            "altered trigger audit_waits on audit".to_owned(),
        ),
        (
            "DROP TRIGGER audit_is_append_only ON audit".to_owned(),
            append_only.to_owned(),
            "missing trigger audit_is_append_only on audit".to_owned(),
        ),
        (
            append_only
                .replace("CREATE", "CREATE OR REPLACE")
                .replace("EXECUTE", "WHEN (OLD.event <> 'x') EXECUTE"),
            append_only.replace("CREATE", "CREATE OR REPLACE"),
            "altered trigger audit_is_append_only on audit".to_owned(),
        ),
        (
            function("$$ BEGIN RETURN OLD; END $$"),
            function(body),
            "altered function audit_is_append_only".to_owned(),
        ),
        (
            "CREATE TRIGGER a BEFORE INSERT ON audit_waiting FOR EACH ROW EXECUTE FUNCTION audit_waits()"
                .to_owned(),
            "DROP TRIGGER a ON audit_waiting".to_owned(),
            "foreign trigger a on audit_waiting".to_owned(),
        ),
        (
            "CREATE RULE hides AS ON DELETE TO audit_seal DO INSTEAD NOTHING".to_owned(),
            "DROP RULE hides ON audit_seal".to_owned(),
            "foreign rule hides on audit_seal".to_owned(),
        ),
        (
            "ALTER TABLE audit ENABLE ROW LEVEL SECURITY".to_owned(),
            "ALTER TABLE audit DISABLE ROW LEVEL SECURITY".to_owned(),
            "foreign row security on audit".to_owned(),
        ),
        (
            "CREATE TABLE more () INHERITS (audit)".to_owned(),
            "DROP TABLE more".to_owned(),
            "foreign table more on audit".to_owned(),
        ),
        (
            "ALTER FUNCTION audit_waits() SET search_path = pg_temp, public".to_owned(),
            "ALTER FUNCTION audit_waits() RESET search_path".to_owned(),
            "foreign setting search_path of function audit_waits on audit".to_owned(),
        ),
        (
            "ALTER FUNCTION audit_waits() SECURITY DEFINER".to_owned(),
            "ALTER FUNCTION audit_waits() SECURITY INVOKER".to_owned(),
            "foreign setting security_definer of function audit_waits on audit".to_owned(),
        ),
        (
            "ALTER TABLE audit DROP CONSTRAINT audit_pkey, ADD PRIMARY KEY (id)".to_owned(),
            "ALTER TABLE audit DROP CONSTRAINT audit_pkey, ADD PRIMARY KEY (tenant, id)".to_owned(),
            "missing primary key on audit".to_owned(),
        ),
        (
            "ALTER TABLE audit DROP CONSTRAINT audit_pkey".to_owned(),
            "ALTER TABLE audit ADD PRIMARY KEY (tenant, id)".to_owned(),
            "missing primary key on audit".to_owned(),
        ),
        (
            format!("GRANT TRUNCATE ON audit TO {role}"),
            format!("REVOKE TRUNCATE ON audit FROM {role}"),
            format!("foreign privilege TRUNCATE of {role} on audit"),
        ),
        (
            "GRANT TRIGGER ON audit_anchor TO PUBLIC".to_owned(),
            "REVOKE TRIGGER ON audit_anchor FROM PUBLIC".to_owned(),
            "foreign privilege TRIGGER of PUBLIC on audit_anchor".to_owned(),
        ),
        (
            format!("ALTER ROLE {role} IN DATABASE {database} SET session_replication_role = 'replica'"),
            format!("ALTER ROLE {role} IN DATABASE {database} RESET session_replication_role"),
            format!("foreign setting session_replication_role of {role}"),
        ),
    ]
    .into()
}

#[tokio::test]
async fn a_guard_of_the_trail_that_is_taken_away_or_passed_by_is_named() {
    use kenpo_portal::store::Store;

    let mut postgres = Postgres::migrated("guards").await;
    let server = std::env::var("PORTAL_TEST_POSTGRES").unwrap();
    let (before, _) = server.rsplit_once('/').unwrap();
    let store = Store::open(&format!("{before}/{}", postgres.name())).await.unwrap();
    assert_eq!(store.strange_objects().await.unwrap(), [], "as the migrations make it");
    let role = format!("house_guards_{}", std::process::id());
    postgres.connection.execute(AssertSqlSafe(format!("CREATE ROLE {role}"))).await.unwrap();
    // As docker-compose.yml has it.
    let intended = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
    postgres.connection.execute(AssertSqlSafe(intended)).await.unwrap();
    assert_eq!(store.strange_objects().await.unwrap(), []);
    for (done, undone, found) in ways_past_a_guard(&role, postgres.name()) {
        postgres.connection.execute(AssertSqlSafe(done.clone())).await.unwrap();
        let strange = store.strange_objects().await.unwrap();
        let strange: Vec<String> =
            strange.iter().map(|one| format!("{} {}", one.flaw.word(), one.object)).collect();
        assert_eq!(strange, [found], "{done}");
        postgres.connection.execute(AssertSqlSafe(undone)).await.unwrap();
        assert_eq!(store.strange_objects().await.unwrap(), [], "after {done}");
    }
    store.close().await;
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    postgres.connection.execute(AssertSqlSafe(drop)).await.unwrap();
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
