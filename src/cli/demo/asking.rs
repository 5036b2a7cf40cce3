//! Asking: how the demo's service asks the portal, as a server of another company does: over HTTP, without cookies.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, StatusCode, header},
};
use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The media type of what is posted.
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
/// Bytes of the largest answer that is read.
const LARGEST: usize = 64 * 1024;

/// The portal, as the service reaches it. Names below `.localhost` are not asked for: whether a system knows them differs.
#[derive(Debug, Clone, Copy)]
pub struct PortalAddress(pub SocketAddr);

/// A request of the service.
#[derive(Debug, Default)]
pub struct Asked<'a> {
    /// What is posted; a plain GET where there is nothing.
    pub form: Option<&'a [(&'a str, &'a str)]>,
    /// The access token, where one is shown.
    pub bearer: Option<&'a str>,
}

impl PortalAddress {
    /// The JSON at an address of the portal. `None` where there is no answer in time, and for one that is not 200 or no JSON.
    pub async fn json(self, url: &str, asked: &Asked<'_>) -> Option<Value> {
        timeout(PATIENCE, self.answer(url, asked)).await.ok()?
    }

    async fn answer(self, url: &str, asked: &Asked<'_>) -> Option<Value> {
        let request = request(url, asked)?;
        let stream = TcpStream::connect(self.0).await.ok()?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await.ok()?;
        let is_good = response.status() == StatusCode::OK;
        let body = Limited::new(response.into_body(), LARGEST).collect().await.ok()?.to_bytes();
        connection.abort();
        is_good.then(|| serde_json::from_slice(&body).ok()).flatten()
    }
}

fn request(url: &str, asked: &Asked<'_>) -> Option<Request<Body>> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let method = if asked.form.is_some() { Method::POST } else { Method::GET };
    let mut request = Request::builder().method(method).uri(format!("/{path}")).header(header::HOST, host);
    if let Some(token) = asked.bearer {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let Some(form) = asked.form else { return request.body(Body::empty()).ok() };
    request.header(header::CONTENT_TYPE, FORM).body(Body::from(serde_urlencoded::to_string(form).ok()?)).ok()
}
