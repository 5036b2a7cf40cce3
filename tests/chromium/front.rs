//! The TLS proxy before the service, as small as it can be: one certificate for whatever name is asked for.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A listener that speaks TLS; it is there as long as the test's runtime.
pub struct Front {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Front {
    /// Takes a port and makes a certificate for these names.
    pub async fn open(names: Vec<String>) -> Self {
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("its key");
        let config = ServerConfig::builder_with_provider(Arc::new(
            tokio_rustls::rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .expect("TLS of today")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("the certificate fits its key");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    /// The port browsers come to.
    pub fn port(&self) -> u16 {
        self.listener.local_addr().expect("its address").port()
    }

    /// Hands every connection on to this port.
    pub fn lead_to(self, port: u16) {
        tokio::spawn(async move {
            while let Ok((outside, _)) = self.listener.accept().await {
                let acceptor = self.acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut outside) = acceptor.accept(outside).await else { return };
                    let Ok(mut inside) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
                        return;
                    };
                    let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
    }
}
