//! The product as members meet it: the real program in a real Chromium.
//!
//! A journey opens a [`portal::Portal`] (`kenpo-portal demo` on a free port with a data folder of its own) and walks
//! through it in a [`browser::Browser`], by the labels and the words on the buttons. Each page it looks at is checked in
//! light and dark: accessibility by axe-core, an empty error console, nothing wider than the screen; and a screenshot of
//! it is kept for people to look at.
//!
//! Needs `chromium` and `chromedriver`; `tests/run` installs them. By hand: `cargo test --test chromium`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation stops the test; that is its job"
)]

mod authenticator;
mod axe;
mod browser;
mod driver;
mod front;
mod keyring;
mod newcomer;
mod portal;

mod account;
mod first_login_and_return;
mod keyboard;
mod mail;
mod neighbours;
mod passkey;
mod passkey_hostile;
mod session_end;
mod side_roads;
mod sso;
mod the_watchers_watch;
