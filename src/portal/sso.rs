//! Single sign-on: what services, members and the union do with it. Keys and secrets in [`keys`].

pub mod keys;
