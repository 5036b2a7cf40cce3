//! The pages of first login, in whatever order the union lists them (F-01–F-07).

pub mod birth_date;
pub mod confirm_email;
pub mod done;
pub mod email;
pub mod method;
pub mod password;
pub mod terms;
