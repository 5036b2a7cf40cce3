//! Whether time tells one kind of account from another: `cargo bench --bench timing`.
//!
//! The release build serves a union with members of every kind, over HTTP/1.1 on loopback. SQLite's file lies where `TMPDIR`
//! says; on a disk, what a commit costs there is part of the time. Three doors ask about somebody who may not be there: a
//! wrong password, a forgotten password, a forgotten user ID. Each block asks once for every kind, in a drawn order, each
//! time for another account and from another network; what the asking has counted is put back before it would slow anybody
//! down. SQLite always; PostgreSQL too where `PORTAL_TEST_POSTGRES` names a server. `TIMING_BLOCKS` is the number of blocks
//! (1,000), `TIMING_DOORS` names some of `signin recovery user-id`.
//!
//! Two kinds are alike when the medians differ by no more than 5 ms or 5 % of the smaller one, whichever is more, and a
//! Kolmogorov-Smirnov test does not tell their distributions apart: p > 0.01, by Holm's correction for the number of pairs.
//! Ends with 1 where two kinds of a door are not (DD6).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement prints and may stop; its numbers are small"
)]

#[path = "../load/client.rs"]
mod client;
mod kinds;
#[path = "../load/members.rs"]
#[allow(dead_code, reason = "of the load's members only what walks one through a first login")]
mod members;
#[path = "../load/service.rs"]
#[allow(dead_code, reason = "of the load's service all but its memory and the bare server")]
mod service;
mod statistics;

use std::{process::ExitCode, time::Instant};

use client::Connection;
use kinds::{Door, World};
use statistics::{Draw, Measured};

/// Accounts of each kind. Each is asked three times before the counters are put back: the fourth mail of an hour is not
/// sent, and the fifth wrong password begins a pause.
pub const ACCOUNTS: usize = 40;
/// How often each account is asked before that.
const TIMES: usize = 3;
/// Blocks that are not counted, of each door.
const WARM_UP: usize = 20;

#[tokio::main]
async fn main() -> ExitCode {
    let blocks = std::env::var("TIMING_BLOCKS").map_or(1000, |text| text.parse().unwrap());
    let doors = std::env::var("TIMING_DOORS").unwrap_or_else(|_| "signin recovery user-id".to_owned());
    println!("processors {}, blocks {blocks}", std::thread::available_parallelism().unwrap());
    let mut alike = measure("SQLite", None, blocks, &doors).await;
    match std::env::var("PORTAL_TEST_POSTGRES") {
        Ok(server) => alike &= measure("PostgreSQL", Some(&server), blocks, &doors).await,
        Err(_) => println!("PostgreSQL  not measured: PORTAL_TEST_POSTGRES names no server"),
    }
    if alike { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
fn now() -> Instant {
    Instant::now()
}

async fn measure(database: &str, server: Option<&str>, blocks: usize, doors: &str) -> bool {
    let mut world = World::open(server).await;
    let mut alike = true;
    for door in Door::ALL.into_iter().filter(|door| doors.contains(door.word())) {
        let measured = door_by_kind(&mut world, door, blocks).await;
        alike &= statistics::report(database, door.word(), &measured);
    }
    world.close().await;
    alike
}

/// The time of each answer, in microseconds, for each kind of a door.
async fn door_by_kind(world: &mut World, door: Door, blocks: usize) -> Vec<Measured> {
    let kinds = door.kinds();
    let mut measured: Vec<Measured> =
        kinds.iter().map(|kind| Measured { kind, micros: Vec::with_capacity(blocks) }).collect();
    // Only the order is drawn, the same one in every run.
    let mut random = Draw::default();
    let mut connection = Connection::open(world.address()).await;
    world.put_back().await;
    for block in 0..blocks + WARM_UP {
        if block % (ACCOUNTS * TIMES) == 0 {
            world.put_back().await;
        }
        let mut order: Vec<usize> = (0..kinds.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        for at in order {
            let request = world.ask(door, kinds[at], block % ACCOUNTS);
            let began = now();
            let answer = connection.exchange(&request).await;
            let took = began.elapsed();
            assert_eq!(answer.status, door.status(), "{}: {}", kinds[at], answer.head);
            if block >= WARM_UP {
                measured[at].micros.push(took.as_secs_f64() * 1e6);
            }
        }
    }
    measured
}
