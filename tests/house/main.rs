//! House tests: what holds for the whole tree — directions, pages, words, union files, statements — and for the program
//! as it meets the wire and the command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation breaks"
)]

mod cited;
mod cli;
mod compose;
mod direction;
mod epoch;
mod letters;
mod metrics;
mod migrations;
mod names;
mod pages;
mod prose;
mod restore;
mod routes;
mod rules;
mod sample_tenant;
mod source;
mod statements;
mod structure;
mod tenants;
mod texts;
mod tree;
mod wire;
mod words;
