//! Needs: what is missing before each service of a union works. Pure.

use super::{ClientAuth, SigningAlgorithm};
use crate::domain::tenant::Tenant;

/// What is missing, or contradicts what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SsoNeed {
    /// There is no key to sign with for that service.
    Key {
        /// The service.
        client: String,
        /// What it wants tokens to be signed by.
        algorithm: SigningAlgorithm,
    },
    /// The service has no secret.
    Secret {
        /// The service.
        client: String,
    },
    /// A secret is kept for a service that the file does not know, or that goes by keys of its own.
    Unused {
        /// The service's name.
        client: String,
    },
    /// The file names another issuer than services know.
    Issuer {
        /// The file's.
        file: String,
        /// By which services know the union.
        frozen: String,
    },
}

impl SsoNeed {
    /// Its word for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Key { .. } => "key",
            Self::Secret { .. } => "secret",
            Self::Unused { .. } => "unused-secret",
            Self::Issuer { .. } => "issuer",
        }
    }
}

/// What the union needs: `signing` are the algorithms of keys that sign now, `secrets` the services that have one.
pub fn needs(
    tenant: &Tenant,
    signing: &[SigningAlgorithm],
    secrets: &[String],
    frozen: Option<&str>,
) -> Vec<SsoNeed> {
    let mut needs = Vec::new();
    for (_, client) in tenant.clients() {
        let id = || client.id.clone();
        if !signing.contains(&client.signing) {
            needs.push(SsoNeed::Key { client: id(), algorithm: client.signing });
        }
        if client.auth == ClientAuth::Secret && !secrets.contains(&client.id) {
            needs.push(SsoNeed::Secret { client: id() });
        }
    }
    for client in secrets {
        let goes_by_it = |(_, known): (_, &super::SsoClient)| known.auth == ClientAuth::Secret;
        let unused = SsoNeed::Unused { client: client.clone() };
        if !tenant.client(client).is_some_and(goes_by_it) && !needs.contains(&unused) {
            needs.push(unused);
        }
    }
    if let (Some(file), Some(frozen)) = (&tenant.sso.issuer, frozen)
        && file != frozen
    {
        needs.push(SsoNeed::Issuer { file: file.clone(), frozen: frozen.to_owned() });
    }
    needs
}
