//! Faults from outside: a disk that is full, a database that is silent, slow or restarted, no file handle, clients that
//! hang up; the service, the telling of services and every command that are killed; nodes that are replaced behind a proxy; a
//! service that somebody else wrote. The real program and the real store; needs Linux, `strace`, `prlimit`, `caddy`, `apache2` with
//! `mod_auth_openidc`, and PostgreSQL's programs.
//!
//! `PORTAL_TEST_FAULTS=50 cargo test --test faults` repeats each fault that often.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation breaks"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "faults happen to a program that runs by the machine's clock: what is slow has to last, and what must not last is measured"
)]

mod apache;
#[path = "../journeys/town/authenticator.rs"]
#[expect(dead_code, reason = "the journeys' device can also lie; here it is honest")]
mod authenticator;
mod backup;
mod caddy;
mod clock;
mod cluster;
mod commands;
mod kills;
mod new_union;
mod outward;
mod postgres;
mod program;
mod proxy;
mod rotation;
mod seed;
mod sqlite;
mod supervisor;
mod told;
mod visitor;

use std::sync::atomic::{AtomicBool, Ordering};

/// Whoever goes on until something is over sees that it is once this is dropped: also where an expectation breaks. Else their
/// threads would be waited for, and go on for ever.
pub(crate) struct OverAtLast<'o>(pub &'o AtomicBool);

impl Drop for OverAtLast<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often each fault is repeated.
pub(crate) fn times() -> u32 {
    std::env::var("PORTAL_TEST_FAULTS")
        .map_or(1, |times| times.parse().expect("PORTAL_TEST_FAULTS is a number"))
}
