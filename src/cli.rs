//! The command line.

pub mod member;
