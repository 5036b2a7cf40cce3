//! Origin: where the unions' hosts are reached. Links, passkeys and the same-origin rule all hang on it ([D17]–[D19]).
//!
//! [D17]: crate::rules::decisions#d17
//! [D19]: crate::rules::decisions#d19

use super::tenant::Tenant;

/// How the outside world reaches the portal. With a union's host this makes its origin; what a request says about
/// itself never does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAddress {
    /// `https`, or `http` for the demo.
    pub scheme: String,
    /// The port members type, if it is not the scheme's own.
    pub port: Option<u16>,
}

impl PublicAddress {
    /// The union's origin, as browsers write it.
    pub fn origin(&self, tenant: &Tenant) -> String {
        let host = &tenant.hosts.primary;
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }
}
