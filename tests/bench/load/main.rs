//! What pages and sign-ins cost, as ratios in one run: `cargo bench --bench load`.
//!
//! The release build serves a union of 1,500 members that this program makes, walks through their first login (password
//! and authenticator app) and signs in again, over HTTP/1.1 on loopback. Beside it runs what it is held against:
//!
//! * pages: a bare axum server that answers the same bytes under the same headers and writes no log;
//! * codes for services: the same; tokens for these codes: raw signatures of the same crate, on one thread;
//! * sign-ins: argon2id of the same crate with the same parameters, memory reused, on two threads.
//!
//! Both sides are measured in turn, three times; a ratio is the median of the three. SQLite always; PostgreSQL too where
//! `PORTAL_TEST_POSTGRES` names a server. Load, service and database share the machine, so only ratios mean something.
//! `LOAD_MEMBERS` and `LOAD_SECONDS` (of one measurement) make it smaller, `LOAD_PARTS` leaves some of it out: it names what is
//! measured of `pages,services,sign-ins`. On a machine with more processors:
//! `taskset -c 0,1 cargo bench --bench load`. The processor time of each answer is printed beside: that of the service
//! alone, which a busy machine disturbs least.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement prints and may stop; its numbers are small"
)]

mod client;
mod floor;
mod members;
#[allow(dead_code, reason = "where the database is, the measurement of time asks for")]
mod service;
mod sso;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use client::Connection;
use members::Member;
use service::Service;

/// Connections that ask for pages at once.
const READERS: usize = 32;
/// Members who sign in at once.
const SIGNING_IN: usize = 16;
/// Which part of the sign-ins it can do is going on while codes for services are timed.
const BESIDE: f64 = 0.6;
/// What `LOAD_PARTS` names.
const PARTS: [&str; 3] = ["pages", "services", "sign-ins"];
/// How often each side is measured.
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--floor") {
        return floor::serve(arguments[at + 1].as_ref()).await;
    }
    let members = number("LOAD_MEMBERS", 1500);
    let seconds = Duration::from_secs(number("LOAD_SECONDS", 10));
    println!("processors {}, members {members}", std::thread::available_parallelism().unwrap());
    measure("SQLite", None, members, seconds).await;
    match std::env::var("PORTAL_TEST_POSTGRES") {
        Ok(server) => measure("PostgreSQL", Some(&server), members, seconds).await,
        Err(_) => println!("PostgreSQL  not measured: PORTAL_TEST_POSTGRES names no server"),
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// Whether that part is measured: all of them are where `LOAD_PARTS` names none.
fn is_wanted(part: &str) -> bool {
    let Ok(parts) = std::env::var("LOAD_PARTS") else { return true };
    let named: Vec<&str> = parts.split(',').collect();
    assert!(named.iter().all(|named| PARTS.contains(named)), "LOAD_PARTS is of {PARTS:?}");
    named.contains(&part)
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
fn now() -> Instant {
    Instant::now()
}

async fn measure(database: &str, server: Option<&str>, count: u64, seconds: Duration) {
    let service = Service::start_with_services(server, &members::roster(count), &sso::file()).await;
    let began = now();
    let members = members::first_logins(service.address, count).await;
    let took = began.elapsed().as_secs_f64();
    println!("{database:<11} {count} first logins in {took:.0} s; resident {} MiB", service.resident_mib());
    if is_wanted("pages") {
        pages(database, &service, &members, seconds).await;
    }
    let relying = sso::Relying::all(&service, &members).await;
    if is_wanted("services") {
        sso::measure(database, &service, &relying, &members, seconds).await;
    }
    if is_wanted("sign-ins") {
        sign_ins(database, &service, members, seconds, &relying[0]).await;
    }
    // What a moment of quiet gives back is not held.
    tokio::time::sleep(Duration::from_secs(1)).await;
    println!("{database:<11} resident after the load: {} MiB", service.resident_mib());
    service.stop().await;
}

/// A signed-in page and the sign-in page, beside the same bytes from a bare server.
async fn pages(database: &str, service: &Service, members: &[Member], seconds: Duration) {
    let cookie = members[0].session.clone();
    for (what, path, cookie) in [("GET / signed in", "/", cookie.as_str()), ("GET /signin", "/signin", "")] {
        let request = client::get(path, cookie);
        let example = Connection::open(service.address).await.exchange(&request).await;
        assert_eq!(example.status, 200, "{path}");
        let floor = service.floor(&example);
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        let (ours_before, bare_before) = (service.processor(), floor.processor());
        for _ in 0..ROUNDS {
            ours.push(per_second(service.address, &request, seconds).await);
            bare.push(per_second(floor.address, &request, seconds).await);
        }
        report(database, what, &ours, "bare axum page", &bare);
        let each = |time: Duration, rates: &[f64]| {
            time.as_secs_f64() * 1e6 / (rates.iter().sum::<f64>() * seconds.as_secs_f64())
        };
        println!(
            "{database:<11} {what:<16} {:.1} µs of processor each against {:.1}",
            each(service.processor().saturating_sub(ours_before), &ours),
            each(floor.processor().saturating_sub(bare_before), &bare),
        );
        floor.stop().await;
    }
}

/// Answers per second to one request, asked again and again over [`READERS`] connections.
async fn per_second(address: std::net::SocketAddr, request: &[u8], seconds: Duration) -> f64 {
    let answered = Arc::new(AtomicU64::new(0));
    let until = now() + seconds;
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..READERS {
        let (answered, request) = (answered.clone(), request.to_vec());
        readers.spawn(async move {
            let mut connection = Connection::open(address).await;
            while now() < until {
                assert_eq!(connection.exchange(&request).await.status, 200);
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    readers.join_all().await;
    answered.load(Ordering::Relaxed) as f64 / seconds.as_secs_f64()
}

/// Whole sign-ins (five requests) beside raw argon2id. A round ends with its time, or with its members.
/// Afterwards, at [`BESIDE`] of what it did there, how long codes for services take meanwhile.
async fn sign_ins(
    database: &str,
    service: &Service,
    members: Vec<Member>,
    seconds: Duration,
    relying: &sso::Relying,
) {
    // A code works once, so each round has members of its own.
    let mut rest = members;
    let share = rest.len() / (ROUNDS + 1);
    let asking = rest.remove(0);
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    let (before, mut all) = (service.processor(), 0);
    for _ in 0..ROUNDS {
        raw.push(tokio::task::spawn_blocking(move || raw_argon2(seconds)).await.unwrap());
        let (done, rate) = sign_in_all(service, rest.split_off(rest.len() - share), seconds, None).await;
        all += done;
        ours.push(rate);
    }
    let processor = service.processor().saturating_sub(before);
    report(database, "whole sign-ins", &ours, "raw argon2id, 2 threads", &raw);
    println!(
        "{database:<11} whole sign-ins   {:.1} ms of processor each against {:.1}",
        processor.as_secs_f64() * 1e3 / all as f64,
        2e3 * raw.len() as f64 / raw.iter().sum::<f64>(),
    );
    ours.sort_by(f64::total_cmp);
    let pace = ours[ours.len() / 2] * BESIDE;
    let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (meanwhile, (_, rate)) =
        tokio::join!(sso::codes_meanwhile(service, relying, &asking, over.clone()), async {
            let done = sign_in_all(service, rest, seconds, Some(pace)).await;
            over.store(true, Ordering::Relaxed);
            done
        });
    let (count, p95) = meanwhile;
    println!(
        "{database:<11} code meanwhile   p95 {:.1} ms of {count}, beside {rate:.1} sign-ins a second ({:.0} % of that maximum)",
        p95.as_secs_f64() * 1e3,
        100.0 * rate / (pace / BESIDE)
    );
}

/// Signs members in until the time or the members are over: how many, and how many a second. With a pace, no more than that.
async fn sign_in_all(
    service: &Service,
    members: Vec<Member>,
    seconds: Duration,
    pace: Option<f64>,
) -> (u64, f64) {
    let waiting = Arc::new(std::sync::Mutex::new((members, 0_u32)));
    let began = now();
    let mut browsers = tokio::task::JoinSet::new();
    for _ in 0..SIGNING_IN {
        let (waiting, address) = (waiting.clone(), service.address);
        browsers.spawn(async move {
            let mut done = 0;
            while began.elapsed() < seconds {
                let (next, number) = {
                    let mut waiting = waiting.lock().unwrap();
                    waiting.1 += 1;
                    (waiting.0.pop(), waiting.1)
                };
                let Some(mut member) = next else { break };
                if let Some(pace) = pace {
                    let due = Duration::from_secs_f64(f64::from(number) / pace);
                    tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
                }
                done += u64::from(member.sign_in(address).await);
            }
            done
        });
    }
    let done: u64 = browsers.join_all().await.into_iter().sum();
    (done, done as f64 / began.elapsed().as_secs_f64())
}

/// Hashes per second on two threads, each with memory of its own that is used again.
fn raw_argon2(seconds: Duration) -> f64 {
    let params = argon2::Params::new(19_456, 2, 1, Some(32)).unwrap();
    let until = now() + seconds;
    let hashes: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let argon2 = argon2::Argon2::new(
                        argon2::Algorithm::Argon2id,
                        argon2::Version::V0x13,
                        params.clone(),
                    );
                    let mut memory = vec![argon2::Block::default(); params.block_count()];
                    let mut out = [0; 32];
                    let mut done = 0;
                    while now() < until {
                        argon2
                            .hash_password_into_with_memory(
                                b"Ku7!mori-no-Asa",
                                &[7; 16],
                                &mut out,
                                &mut memory,
                            )
                            .unwrap();
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    hashes as f64 / seconds.as_secs_f64()
}

fn report(database: &str, what: &str, ours: &[f64], beside: &str, floor: &[f64]) {
    let mut ratios: Vec<f64> = ours.iter().zip(floor).map(|(ours, floor)| ours / floor).collect();
    ratios.sort_by(f64::total_cmp);
    let list = |rates: &[f64]| rates.iter().map(|rate| format!("{rate:.0}")).collect::<Vec<_>>().join(" ");
    println!(
        "{database:<11} {what:<16} {:.2} of {beside}   ({} against {} a second)",
        ratios[ratios.len() / 2],
        list(ours),
        list(floor)
    );
}
