//! Fuzzing: what a stranger, a member or an operator can hand in, mutated from valid inputs, and what has to hold of it
//! whatever it is.
//!
//! `cargo test` gives each target a fixed number of inputs, the same ones every time. `tests/fuzz/run MINUTES [TARGET]`
//! gives each target that many minutes, guided by coverage: an input that reaches code which none before it has reached is
//! kept (in `target/fuzz`, for the next run as well) and mutated further. It needs nothing but this Rust.
//!
//! # Decision
//! An engine of our own: mutation, feedback and shrinking in 400 lines. Coverage is read from the counters that
//! `-C instrument-coverage` keeps in a file (`LLVM_PROFILE_FILE` with `%c`).
//! # Because
//! it runs on stable Rust, needs no tool and no `unsafe`, and the same targets are part of every test run.
//! # Instead of
//! cargo-fuzz (nightly), AFL (a compiler of its own), libFuzzer behind bolero (a C++ compiler), and proptest alone, which
//! keeps nothing it has learnt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a target fails by a panic; the engine shows the input, and what a long run has done"
)]

mod birth_date;
mod code;
mod cookie;
mod coverage;
mod engine;
mod form;
mod link;
mod mutation;
mod passkey;
mod roster;
mod sso;
mod svg;
mod tenants;
mod terms;
