//! kenpo-portal: the member portal of Japanese health-insurance unions.

pub mod cli;
pub mod domain;
pub mod jobs;
pub mod mail;
pub mod portal;
pub mod settings;
pub mod store;
pub mod tenants;
pub mod vault;
pub mod web;
pub mod wording;
pub mod world;
