//! Single sign-on: what services, members and the union do with it. Keys and secrets in [`keys`], a member's way to a service
//! in [`authorize`], what the service takes there in [`token`].

pub mod authorize;
pub mod keys;
pub mod token;
