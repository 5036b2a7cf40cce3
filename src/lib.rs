//! kenpo-portal: the member portal of Japanese health-insurance unions.

pub mod cli;
pub mod domain;
pub mod portal;
pub mod store;
pub mod vault;
pub mod world;
