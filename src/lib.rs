//! kenpo-portal: the member portal of Japanese health-insurance unions.

pub mod domain;
pub mod store;
pub mod vault;
pub mod world;
