//! Single sign-on: each union is an OpenID Provider for its own services (OpenID Connect Core 1.0). What is true of it,
//! without SQL or HTTP; the rules stand in [`crate::rules::sso`].
//!
//! | word | means |
//! |---|---|
//! | client | a service as the protocol knows it: the relying party |
//! | issuer | the union's name in the protocol, an origin; frozen with the first code |
//! | subject | the member's name at one sector, random and kept: two vendors can never compare |
//! | sector | the services that share a subject |

pub mod acr;
pub mod assertion;
pub mod claims;
pub mod client;
pub mod decision;
pub mod discovery;
pub mod end_session;
pub mod issuer;
pub mod key;
pub mod logout;
pub mod needs;
pub mod request;
mod strength;
pub mod subjects;

pub use client::{
    ClientAuth, ClientKey, ClientLogout, Pkce, Purpose, Relation, RequiredAcr, Scope, SigningAlgorithm,
    SsoClient, SsoPolicy, TileStart,
};
