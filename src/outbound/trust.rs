//! Trust: which certificates of services are good: those of the public authorities, and of the operator's own.

use std::sync::Arc;

use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Whose certificates are good.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: RootCertStore,
}

/// Why no certificate can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustFault {
    /// There is no certificate of an authority in the text.
    #[error("there is no certificate of an authority in it (PEM)")]
    NoCertificate,
    /// TLS cannot be used.
    #[error("TLS cannot be used")]
    NoTls,
}

impl Default for Trust {
    fn default() -> Self {
        Self { roots: RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() } }
    }
}

impl Trust {
    /// The same with further authorities, in PEM (RFC 7468).
    ///
    /// # Errors
    /// [`TrustFault::NoCertificate`] for a text without one, or with one that cannot be read.
    pub fn with(mut self, pem: &str) -> Result<Self, TrustFault> {
        let mut added = 0;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| TrustFault::NoCertificate)?;
            self.roots.add(certificate).map_err(|_| TrustFault::NoCertificate)?;
            added += 1;
        }
        if added == 0 { Err(TrustFault::NoCertificate) } else { Ok(self) }
    }

    /// How a connection is secured.
    pub(super) fn config(&self) -> Result<ClientConfig, TrustFault> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_| TrustFault::NoTls)?;
        Ok(config.with_root_certificates(self.roots.clone()).with_no_client_auth())
    }
}
