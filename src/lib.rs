//! kenpo-portal: the member portal of Japanese health-insurance unions. This page is the map; there is nothing else
//! in this file.
//!
//! **`domain` decides, `portal` does, `store` remembers, `web` shows, `mail` tells.**
//!
//! # Words
//!
//! | word | means | not |
//! |---|---|---|
//! | tenant | one health-insurance union as served here | org, site, client |
//! | member | a person on a tenant's roster | user, account (except the `/account` screens) |
//! | standing | what our records say the member has settled | state, status |
//! | attempt | one browser on its way in: a row, found by a cookie's digest | flow, pre-session |
//! | proof | something this browser has just shown, with its time | factor result |
//! | step / next | one thing still to be asked / the answer to "what now?" | stage, transition |
//! | entry | permission to open a session; only `signin::next` makes one | success flag |
//! | refusal | an expected "no" with a sentence for the member | error |
//! | fault | an unexpected failure, shown with a receipt number | error |
//! | letter / outbox / postman | a mail as data / waiting mails / who sends them | email service |
//! | deed | one thing a person can do: one public method of `Portal` | service, use case |
//!
//! One word, many rooms: a capability has one name and appears under it in every room, in the templates and in the
//! tests, so that `git ls-files | grep first_login` *is* the first login.
//!
//! # Rooms
//!
//! Imports only point inward: a room uses the rooms named in its row and no other. `tests/house/direction.rs` reads
//! this table and compares it with the code; to change a direction, change it here first.
//!
//! | room | what it is for | may use |
//! |---|---|---|
//! | `rules` | what was decided and has to hold, as pages; the codes in comments are their headings | – |
//! | `domain` | what is true: rules and types, pure — no await, clock, random bytes, SQL, HTTP | – |
//! | `wording` | how it is said: every sentence, in Japanese and English; pages and letters speak through it | `domain` |
//! | `world` | time and random bytes, the only place that asks the machine for either | – |
//! | `store` | what is remembered: SQL once, for SQLite and PostgreSQL | `domain` |
//! | `vault` | secrets: hashing behind permits, sealing, digests, the key ring | `domain`, `world` |
//! | `tenants` | `tenants/*.toml` into types, found by host; findings with file, line and fix | `domain` |
//! | `mail` | what is told by letter: a letter and its tenant into subject and text; the postman, who sends what waits | `domain`, `wording`, `store`, `vault`, `world` |
//! | `portal` | what people can do: one method for each deed | `domain`, `store`, `vault`, `mail`, `tenants`, `world`, `wording` |
//! | `web` | how it looks over HTTP | `domain`, `portal`, `tenants`, `settings`, `vault::Token`, `world`, `wording` |
//! | `jobs` | scheduled work: the postman's rounds, ending and sweeping rows that ran out | `domain`, `mail`, `portal`, `store` |
//! | `settings` | what an operator may set, in layers | – |
//! | `cli` | the commands: puts the other rooms together and runs them | `domain`, `wording`, `world`, `store`, `vault`, `tenants`, `mail`, `portal`, `web`, `jobs`, `settings` |
//! | `main` | the program: runs one command | `cli` |
//!
//! `web` knows of the vault only its `Token`: what stands in a cookie goes from the request to the deed unread.

pub mod cli;
pub mod domain;
pub mod jobs;
pub mod mail;
pub mod portal;
pub mod rules;
pub mod settings;
pub mod store;
pub mod tenants;
pub mod vault;
pub mod web;
pub mod wording;
pub mod world;
