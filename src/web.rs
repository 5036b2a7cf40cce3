//! How it **looks** over HTTP.

pub mod assets;
pub mod page;
pub mod wording;
