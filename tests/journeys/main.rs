//! People's stories, on SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story may stop at the first surprise"
)]

mod authenticators;
mod bad_input;
mod confirm_email;
mod desk;
mod every_tenant;
mod first_login;
mod forgotten_user_id;
mod help;
mod mail_code;
mod odd_typing;
mod pages;
mod passkey;
mod passkey_alone;
mod passkey_forgery;
mod passkey_more;
mod passkey_replay;
mod postman;
mod reauth;
mod recovery;
mod recovery_lost;
mod recovery_refused;
mod rivals;
mod roster;
mod secrets;
mod sessions;
mod signin;
mod strangers;
mod town;
mod walk;

/// Which database the stories run on.
pub const DATABASE: &str = "sqlite";
