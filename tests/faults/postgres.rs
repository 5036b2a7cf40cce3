//! PostgreSQL that is silent, slow, cut off, restarted: every wait ends, nothing but 503 is told, and all of it heals.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use kenpo_portal::store::Store;
use sqlx::{Connection as _, Executor as _, PgConnection, migrate::Migrator};

use crate::{
    OverAtLast,
    cluster::Cluster,
    program::Program,
    proxy::{Manner, Proxy},
    times,
};

fn behind_a_proxy() -> (Cluster, Proxy, Program) {
    let cluster = Cluster::start();
    let proxy = Proxy::to(cluster.port);
    let program = Program::start(&Cluster::url(proxy.port));
    (cluster, proxy, program)
}

/// The database does that for a while.
fn does_and_heals(manner: Manner) {
    let (_cluster, proxy, program) = behind_a_proxy();
    let what = format!("{manner:?}");
    for _ in 0..times() {
        proxy.does(manner);
        thread::scope(|scope| {
            // Many at once, so that every connection meets it.
            for _ in 0..20 {
                scope.spawn(|| program.is_told_to_come_back(&what));
            }
            program.is_red(&what);
        });
        program.is_red(&what);
        proxy.does(Manner::Passes);
        program.heals(&what);
    }
}

#[test]
fn a_database_that_is_silent() {
    does_and_heals(Manner::IsSilent);
}

#[test]
fn a_database_that_is_very_slow() {
    does_and_heals(Manner::Delays(Duration::from_secs(10)));
}

#[test]
fn a_database_that_is_cut_off() {
    does_and_heals(Manner::Cuts);
}

#[test]
fn a_database_that_restarts_costs_nothing_but_the_gap() {
    let cluster = Cluster::start();
    let program = Program::start(&Cluster::url(cluster.port));
    for _ in 0..times() {
        // Connections that wait in the pool.
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| program.works("before"));
            }
        });
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let _over_at_last = OverAtLast(&over);
            for _ in 0..4 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        let answer = program.sign_in().expect("an answer");
                        assert!(answer.status < 500 || answer.status == 503, "{}", answer.head);
                    }
                });
            }
            cluster.restart();
        });
        for _ in 0..20 {
            program.works("after the restart");
        }
        program.heals("a restart");
    }
}

#[test]
fn connections_that_die_while_they_wait_cost_no_answer() {
    let cluster = Cluster::start();
    let program = Program::start(&Cluster::url(cluster.port));
    for _ in 0..times() {
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| program.works("before"));
            }
        });
        let ended = cluster.ask(
            "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE application_name = 'kenpo-portal') AS ended",
        );
        assert!(ended > 0);
        for _ in 0..20 {
            program.works("a dead connection");
        }
    }
}

#[test]
fn clients_that_hang_up_leave_no_transaction() {
    let cluster = Cluster::start();
    let program = Program::start(&Cluster::url(cluster.port));
    for round in 0..times() {
        for delay in 0..300 {
            program.hang_up(Duration::from_micros(u64::from(100 * delay + round)));
            if delay % 10 == 0 {
                program.works("a neighbour hung up");
            }
        }
        program.heals("clients that hang up");
        let open = cluster.ask(
            "SELECT COUNT(*) FROM pg_stat_activity
              WHERE application_name = 'kenpo-portal' AND state LIKE 'idle in transaction%'",
        );
        assert_eq!(open, 0, "transactions left open");
    }
}

/// A migration that takes two tables, in an order that a request does not.
const TWO_TABLES: &str = "-- Oldest program beside it: 0.2.0
ALTER TABLE member ADD COLUMN of_tomorrow TEXT;
ALTER TABLE session ADD COLUMN of_tomorrow TEXT;
";

/// A request holds one of the tables and wants the other, which the migration holds (D43).
#[test]
fn a_migration_gives_its_tables_back_to_requests_and_comes_through_all_the_same() {
    let cluster = Cluster::start();
    let url = Cluster::url(cluster.port);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("9001_two_tables.sql"), TWO_TABLES).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        let mut request = PgConnection::connect(&url).await.unwrap();
        let mut watcher = PgConnection::connect(&url).await.unwrap();
        request.execute("BEGIN; UPDATE session SET seen_at = seen_at").await.unwrap();
        let migrator = Migrator::new(folder.path()).await.unwrap();
        let meets = async {
            // Until it holds the one and waits for the other.
            let waits =
                "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'session'::regclass AND NOT granted)";
            while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut watcher).await.unwrap() {
                tokio::task::yield_now().await;
            }
            let answered = request.execute("SELECT FROM member").await;
            answered.expect("the request is not given up for the migration");
            request.execute("COMMIT").await.unwrap();
        };
        let (applied, ()) = tokio::join!(store.apply(&migrator), meets);
        applied.expect("the migration comes through");
        let columns = "SELECT COUNT(*) FROM information_schema.columns WHERE column_name = 'of_tomorrow'";
        let made: i64 = sqlx::query_scalar(columns).fetch_one(&mut watcher).await.unwrap();
        assert_eq!(made, 2);
    });
}
