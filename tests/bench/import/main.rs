//! How long a large roster takes, what memory that needs, and how long a sign-in takes beside it: `cargo bench --bench
//! import`, or with `-- 20000` that many rows; `sqlite` or `postgres` behind it measures one of the databases.
//!
//! The release build serves a union whose members sign in with password and app code, one after the other, over HTTP/1.1 on
//! loopback. Beside it another process of the program imports rosters of other unions into the same database: everybody is
//! new, nobody changed, one in a hundred changed, everybody changed; and everybody is new and gets a letter. Printed of each:
//!
//! * its time; for rows that are new beside a bare `INSERT … SELECT` of the same rows into empty tables of the same schema,
//!   in one transaction, with nobody beside it;
//! * the most memory it had resident (`VmHWM` of its process, looked at every 10 ms; Linux);
//! * whole sign-ins (five requests) meanwhile, and as a ratio to sign-ins with no import beside them.
//!
//! SQLite always; PostgreSQL too where `PORTAL_TEST_POSTGRES` names a server. The database lies where `TMPDIR` says (its
//! server's, for PostgreSQL). What is beyond its reach (R8) is marked; the reaches are for 300,000 rows.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement prints and may stop; its numbers are small"
)]

#[path = "../load/client.rs"]
mod client;
mod floor;
#[path = "../load/members.rs"]
mod members;
mod roster;
#[path = "../load/service.rs"]
#[allow(dead_code, reason = "of the load's service all but the bare server beside it")]
mod service;
mod sign_ins;

use std::{
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use roster::Rows;
use service::Service;

const ROWS: u32 = 300_000;
/// Of an import in which everybody is new.
const NEW: Duration = Duration::from_secs(40);
/// Of an import that changes nothing.
const UNCHANGED: Duration = Duration::from_secs(10);
/// The most memory, in MiB.
const MEMORY: u64 = 200;
/// The longest sign-in beside an import, on SQLite.
const SIGN_IN: Duration = Duration::from_secs(1);
/// Members who sign in. Each has one code in 30 s.
const SIGNING_IN: u64 = 160;
/// How long an authenticator app shows one code (RFC 6238).
const TIME_STEP: Duration = Duration::from_secs(30);
/// How long members sign in with nothing beside them.
const ALONE: Duration = Duration::from_secs(20);
/// A union whose file comes in CP932, with user IDs of an old system; printed first passwords.
const PRINTING: &str = "jswkenpo";
/// A union that mails first passwords.
const MAILING: &str = "daiwakenpo";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rows = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROWS);
    let only = |database: &str| {
        ["sqlite", "postgres"].iter().all(|name| !arguments.iter().any(|argument| argument == name))
            || arguments.iter().any(|argument| argument == database)
    };
    println!("{rows} rows; processors {}", std::thread::available_parallelism().unwrap());
    if only("sqlite") {
        Box::pin(measure("SQLite", None, rows)).await;
    }
    match std::env::var("PORTAL_TEST_POSTGRES") {
        Ok(server) if only("postgres") => Box::pin(measure("PostgreSQL", Some(&server), rows)).await,
        Ok(_) => {}
        Err(_) => println!("PostgreSQL  not measured: PORTAL_TEST_POSTGRES names no server"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
fn now() -> Instant {
    Instant::now()
}

/// One import: what is measured, whose file, its rows, and the longest time it may take.
struct Run {
    what: &'static str,
    union: &'static str,
    rows: Rows,
    reach: Option<Duration>,
}

fn runs(count: u32) -> [Run; 5] {
    let run = |what, union, rows, reach| Run { what, union, rows, reach };
    let known = |changed| Rows::Known { count, changed };
    [
        run("new", PRINTING, known(0), Some(NEW)),
        run("unchanged", PRINTING, known(0), Some(UNCHANGED)),
        run("1 % changed", PRINTING, known(1), None),
        run("all changed", PRINTING, known(100), None),
        run("new, by mail", MAILING, Rows::Newcomers { count }, None),
    ]
}

async fn measure(database: &str, server: Option<&str>, count: u32) {
    let unions = [PRINTING, MAILING];
    let service = Service::start_with(server, &members::roster(SIGNING_IN), &[], &unions).await;
    let mut people = sign_ins::People::new(members::first_logins(service.address, SIGNING_IN).await);
    // The code of a first login is used up: on a quick machine all of them are of the time step that still lasts.
    tokio::time::sleep(TIME_STEP).await;
    let alone = people.while_busy(service.address, tokio::time::sleep(ALONE)).await.1;
    println!("{database:<11} sign-ins alone     {alone}");
    for run in runs(count) {
        let (import, beside) = people.while_busy(service.address, import(&service, &run)).await;
        let longest = if server.is_none() { beside.longest } else { Duration::ZERO };
        println!(
            "{database:<11} {:<13} {:>6.2} s   resident {:>3} MiB   sign-ins {beside} ({:.1} × alone){}{}{}",
            run.what,
            import.took.as_secs_f64(),
            import.resident,
            beside.median.as_secs_f64() / alone.median.as_secs_f64(),
            if run.reach.is_some_and(|reach| import.took > reach) { "   TOO SLOW" } else { "" },
            if import.resident > MEMORY { "   TOO LARGE" } else { "" },
            if longest > SIGN_IN { "   SIGN-INS WAIT TOO LONG" } else { "" },
        );
        if run.what.starts_with("new") {
            let bare = floor::insert(&service, run.union, run.what).await;
            println!(
                "{database:<11} {:<13} {:>6.2} s   bare INSERT of the same rows; the import took {:.1} × as long",
                "",
                bare.as_secs_f64(),
                import.took.as_secs_f64() / bare.as_secs_f64()
            );
        }
    }
    service.stop().await;
}

/// How an import went.
struct Imported {
    took: Duration,
    /// The most memory it had resident, in MiB.
    resident: u64,
}

/// Imports the rows with a process of the program.
async fn import(service: &Service, run: &Run) -> Imported {
    let (file, notices) = (service.at("file.csv"), service.at("notices.csv"));
    std::fs::write(&file, run.rows.file()).unwrap();
    let _ = std::fs::remove_file(&notices);
    let mut command =
        service.program(&["member", "import", "--tenant", run.union, "--yes", "--yes-many", "--json"]);
    command.arg("--notices").args([&notices, &file]);
    let told = std::fs::File::create(service.at("told")).unwrap();
    command.stdin(Stdio::null()).stderr(told.try_clone().unwrap()).stdout(told);
    let began = now();
    let mut child = command.spawn().unwrap();
    let status: PathBuf = format!("/proc/{}/status", child.id()).into();
    let mut resident = 0;
    let ended = loop {
        resident = resident.max(service::mib(&status, "VmHWM:").unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let told = std::fs::read_to_string(service.at("told")).unwrap();
    assert!(ended.success(), "{told}");
    Imported { took: began.elapsed(), resident }
}
