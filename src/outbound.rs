//! Outbound: a service of a union's file is told something, by one form over HTTPS (OpenID Connect Back-Channel Logout 1.0,
//! 2.5).
//!
//! # Decision
//! The address comes from the union's file and from nowhere else. The name is looked up here, and the connection goes to an
//! address that was checked: public, or private where the file says so. No redirect is followed. What is answered counts by
//! its status; a kilobyte of it is read and forgotten.
//! # Because
//! Whoever can have this program call an address of their choice reaches what stands beside it: databases, and what a
//! provider tells its own machines. A name that is looked up twice can mean two hosts.
//! # Instead of
//! A client that resolves, follows and pools by itself.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes, header};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

pub mod address;
pub mod trust;

use address::is_allowed;
pub use trust::{Trust, TrustFault};

/// The limit for reaching one address.
const CONNECT: Duration = Duration::from_secs(2);
/// The limit for everything, the name included.
pub const TOTAL: Duration = Duration::from_secs(5);
/// How many addresses of a host are tried.
const ADDRESSES: usize = 3;
/// Bytes that are read of what a service answers beside its status.
const READ: usize = 1024;
/// Bytes of the largest head of an answer.
const LARGEST_HEAD: usize = 16 * 1024;

/// Where a service is told something.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Its address, as the union's file has it.
    pub address: String,
    /// Whether it may stand in a private network.
    pub internal: bool,
}

/// Why a service was not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundFault {
    /// The address cannot be read.
    #[error("the address cannot be read")]
    Unreadable,
    /// Nobody knows its host.
    #[error("the host is not known")]
    UnknownHost,
    /// Its host stands where nothing is told.
    #[error("the host has no public address")]
    NotPublic,
    /// Nobody answered there.
    #[error("the host cannot be reached")]
    Unreachable,
    /// Its certificate is not good.
    #[error("the certificate is not trusted")]
    Certificate,
    /// It said something else than HTTP.
    #[error("the answer cannot be read")]
    Answer,
    /// It took too long.
    #[error("the time is over")]
    Time,
}

impl OutboundFault {
    /// Its word, for the operator.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "bad-address",
            Self::UnknownHost => "unknown-host",
            Self::NotPublic => "not-public",
            Self::Unreachable => "unreachable",
            Self::Certificate => "certificate",
            Self::Answer => "bad-answer",
            Self::Time => "timeout",
        }
    }
}

/// Tells services.
#[derive(Clone)]
pub struct Outbound {
    tls: TlsConnector,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbound(…)")
    }
}

impl Outbound {
    /// Who tells services whose certificates are trusted so.
    ///
    /// # Errors
    /// [`TrustFault`] where TLS cannot be used at all.
    pub fn new(trust: &Trust) -> Result<Self, TrustFault> {
        Ok(Self { tls: TlsConnector::from(Arc::new(trust.config()?)) })
    }

    /// Sends a form. The status of the answer.
    ///
    /// # Errors
    /// [`OutboundFault`] where there is none.
    pub async fn post_form(&self, to: &Recipient, form: String) -> Result<u16, OutboundFault> {
        timeout(TOTAL, self.send(to, form)).await.unwrap_or(Err(OutboundFault::Time))
    }

    /// Connects as for a form, and says nothing: whether a service could be told something.
    ///
    /// # Errors
    /// [`OutboundFault`] where nobody is there who may be told.
    pub async fn reach(&self, to: &Recipient) -> Result<(), OutboundFault> {
        let opened = timeout(TOTAL, async { self.open(&read(to)?, to.internal).await.map(drop) });
        opened.await.unwrap_or(Err(OutboundFault::Time))
    }

    async fn send(&self, to: &Recipient, form: String) -> Result<u16, OutboundFault> {
        let address = read(to)?;
        let request = request(&address, form).ok_or(OutboundFault::Unreadable)?;
        exchange(self.open(&address, to.internal).await?, request).await
    }

    /// A connection to the address, secured where it says so.
    async fn open(&self, address: &url::Url, internal: bool) -> Result<Box<dyn Line>, OutboundFault> {
        let host = address.host_str().ok_or(OutboundFault::Unreadable)?.to_owned();
        let port = address.port_or_known_default().ok_or(OutboundFault::Unreadable)?;
        let is_secured = match address.scheme() {
            "https" => true,
            // Only what the union's file was allowed to say: this machine, for trying things out.
            "http" => false,
            _ => return Err(OutboundFault::Unreadable),
        };
        let stream = connect(&host, port, internal).await?;
        if !is_secured {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(host).map_err(|_| OutboundFault::Unreadable)?;
        let secured = self.tls.connect(name, stream).await;
        Ok(Box::new(secured.map_err(|_| OutboundFault::Certificate)?))
    }
}

/// What a request is written to and its answer read from.
trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<L: AsyncRead + AsyncWrite + Send + Unpin> Line for L {}

fn read(to: &Recipient) -> Result<url::Url, OutboundFault> {
    url::Url::parse(&to.address).map_err(|_| OutboundFault::Unreadable)
}

/// The request as it is written: the path in its first line, the host beside it.
fn request(address: &url::Url, form: String) -> Option<Request<Full<Bytes>>> {
    let path = address
        .query()
        .map_or_else(|| address.path().to_owned(), |query| format!("{}?{query}", address.path()));
    let host = address.host_str()?;
    let host = address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Request::post(path)
        .header(header::HOST, host)
        .header(header::USER_AGENT, "kenpo-portal")
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))
        .ok()
}

/// Connects to an address of the host that may be told something.
async fn connect(host: &str, port: u16, internal: bool) -> Result<TcpStream, OutboundFault> {
    let found: Vec<SocketAddr> = if crate::domain::sso::client::is_this_machine(host) {
        // No resolver is asked what this machine is called (RFC 6761, 6.3).
        vec![
            SocketAddr::from(([127, 0, 0, 1], port)),
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port)),
        ]
    } else {
        let found = tokio::net::lookup_host((host, port)).await;
        found.map_err(|_| OutboundFault::UnknownHost)?.collect()
    };
    if found.is_empty() {
        return Err(OutboundFault::UnknownHost);
    }
    let allowed = found.into_iter().filter(|address| is_allowed(address.ip(), internal)).take(ADDRESSES);
    let mut fault = OutboundFault::NotPublic;
    for address in allowed {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(_)) => fault = OutboundFault::Unreachable,
            Err(_) => fault = OutboundFault::Time,
        }
    }
    Err(fault)
}

/// One request and its answer.
async fn exchange(stream: Box<dyn Line>, request: Request<Full<Bytes>>) -> Result<u16, OutboundFault> {
    let mut http = hyper::client::conn::http1::Builder::new();
    http.max_buf_size(LARGEST_HEAD);
    let (mut sender, connection) =
        http.handshake(TokioIo::new(stream)).await.map_err(|_| OutboundFault::Answer)?;
    // Ends with whoever waits for the answer.
    let mut running = tokio::task::JoinSet::new();
    running.spawn(async move { drop(connection.await) });
    let response = sender.send_request(request).await.map_err(|_| OutboundFault::Answer)?;
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let mut read = 0;
    while read < READ {
        match body.frame().await {
            Some(Ok(frame)) => read += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => break,
        }
    }
    Ok(status)
}
