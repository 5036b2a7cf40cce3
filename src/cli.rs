//! Command line.

pub mod tenant;
