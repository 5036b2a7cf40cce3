//! kenpo-portal: the member portal of Japanese health-insurance unions.

pub mod domain;
/// How it looks over HTTP.
pub mod web {
    pub mod assets;
    pub mod page;
    pub mod wording;
}
