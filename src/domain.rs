//! What is **true**: the rules of signing in, tenancy and the roster. Pure: no await, clock, random bytes,
//! SQL or HTTP. Time and random bytes are arguments.

pub mod activity;
pub mod audit;
pub mod birth_date;
pub mod code;
pub mod device_name;
pub mod email;
pub mod email_typo;
pub mod epoch;
pub mod factor;
pub mod first_credential;
pub mod id;
pub mod known_device;
pub mod letter;
pub mod lockout;
pub mod login_id;
pub mod member;
pub mod network;
pub mod one_time;
pub mod origin;
pub mod passkey;
pub mod password;
pub mod profile;
pub mod proof;
pub mod receipt;
pub mod refusal;
pub mod roster;
pub mod route;
pub mod saying;
pub mod sealed;
pub mod session;
pub mod signin;
pub mod spreadsheet;
pub mod tenant;
pub mod totp;
pub mod typed;
