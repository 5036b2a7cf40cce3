//! Issuer: the union's name in the protocol.

use crate::domain::{origin::PublicAddress, tenant::Tenant};

/// The issuer by the union's file: what the file says, else the origin of the primary host. Once a code was issued, the one
/// that the database keeps holds instead.
pub fn by_file(tenant: &Tenant, public: &PublicAddress) -> String {
    tenant.sso.issuer.clone().unwrap_or_else(|| public.origin(tenant))
}
