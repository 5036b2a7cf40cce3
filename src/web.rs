//! How it **looks** over HTTP: hosts to unions, cookies to members, forms to deeds, answers to pages.
//!
//! One outer layer ([`gate`]) knows the union, refuses foreign hosts and foreign forms, draws every problem and sets
//! the headers of every answer. Handlers say what they need by their arguments ([`visitor`], [`posted`]).

pub mod account;
mod answer_times;
pub mod app;
pub mod assets;
pub mod budget;
pub mod client;
pub mod code;
pub mod cookie;
pub mod encoding;
pub mod factor;
pub mod first_login;
pub mod fresh;
pub mod gate;
pub mod health;
pub mod help;
pub mod home;
pub mod host;
pub mod identity;
pub mod internal;
pub mod language;
pub mod link;
pub mod page;
pub mod passkey;
pub mod place;
pub mod posted;
pub mod preview;
pub mod problem;
pub mod reauth;
pub mod receipt;
pub mod recovery;
pub mod reload;
pub mod router;
pub mod sample;
pub mod server;
pub mod session;
pub mod signin;
pub mod sso;
pub mod step;
pub mod visitor;
pub mod website;
mod weight;
pub mod well_known;

pub use app::App;
pub use website::{TenantsSnapshot, Website};
