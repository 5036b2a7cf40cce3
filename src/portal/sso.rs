//! Single sign-on: what services, members and the union do with it. Keys and secrets in [`keys`], a member's way to a service
//! in [`authorize`], what the service takes there in [`token`], what both are answered by in `kept`.

pub mod authorize;
pub mod client;
pub mod end_session;
pub mod granted;
pub(super) mod kept;
pub mod keys;
pub mod logout;
pub mod par;
pub mod subjects;
pub mod token;
