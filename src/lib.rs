//! kenpo-portal: the member portal of Japanese health-insurance unions.

pub mod cli {
    //! The command line.
    pub mod tenant;
}
pub mod domain;
pub mod tenants;
