//! House tests: what holds for the whole tree — pages, words, union files.

#[path = "sample_tenant.rs"]
mod sample_tenant;
mod screens;
mod tenants;
mod words;
