//! People's stories, on SQLite, or on PostgreSQL where `PORTAL_TEST_DATABASE=postgres` says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story may stop at the first surprise"
)]

mod activity;
mod authenticators;
mod bad_input;
mod broken_line;
mod clock_back;
mod clock_jump;
mod clock_start;
mod closing;
mod confirm_email;
mod cookies;
mod denial;
mod denial_recovery;
mod desk;
mod desk_deeds;
mod desk_ways;
mod devices;
mod each_union;
mod email;
mod epoch;
mod every_tenant;
mod find;
mod first_login;
mod forgotten_user_id;
mod fresh;
mod hang_ups;
mod hashing;
mod help;
mod holder;
mod home;
mod identity;
mod kept_forms;
mod keys;
mod known_browser;
mod languages;
mod links;
mod lockout;
mod mail_code;
mod many_at_once;
mod membership;
mod methods;
mod metrics;
mod month;
mod month_lost_notices;
mod month_roster;
mod moving;
mod networks;
mod new_union;
mod no_random;
mod nodes;
mod odd_typing;
mod packed;
mod pages;
mod passkey;
mod passkey_alone;
mod passkey_forgery;
mod passkey_more;
mod passkey_replay;
mod password;
mod plain_pages;
mod postman;
mod postman_refused;
mod preview;
mod profile;
mod proofs;
mod reauth;
mod recent;
mod recovery;
mod recovery_again;
mod recovery_lost;
mod recovery_refused;
mod reload;
mod replay;
mod restored;
mod retention;
mod rivals;
mod roster;
mod round_trips;
mod routes;
mod same_work;
mod secrets;
mod sessions;
mod signin;
mod sso;
mod store_check;
mod strangers;
mod terms;
mod time_out;
mod town;
mod trail;
mod trail_archive;
mod trail_chain;
mod walk;
mod warnings;
mod what_ends;

/// Whether the stories run on the PostgreSQL server named by `PORTAL_TEST_POSTGRES`; else on SQLite files.
pub(crate) fn on_postgres() -> bool {
    match std::env::var("PORTAL_TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("PORTAL_TEST_DATABASE is «{other}»; it may be sqlite or postgres"),
    }
}
