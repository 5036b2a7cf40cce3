//! Internal: the whole of the internal listener, and who may ask it for what a command asks ([A22]).
//!
//! # Decision
//! Whatever changes something, and every address that commands ask, is refused unless the host is `localhost` or an
//! address, and no header says that a web page sent the request.
//! # Because
//! A page that is open on the machine, or on one of its network, may send requests here: across sites, or to a name of its
//! own that leads here since a moment ago (DNS rebinding). It cannot choose the host, and no page is at an address.
//! # Instead of
//! a secret for commands: whoever reads it could as well read the database.
//!
//! [A22]: crate::rules::threats#a22

use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};

use super::{
    health::{self, ShutdownFlag},
    reload::{self, FilesQuestions, IN_FORCE},
    website::Website,
};

/// Everything that the internal listener answers.
pub fn router(website: Website, leaving: ShutdownFlag, questions: FilesQuestions) -> Router {
    let all = health::router(website, leaving).merge(reload::router(questions));
    all.layer(from_fn(guard))
}

async fn guard(request: Request, next: Next) -> Response {
    let is_a_commands = !matches!(*request.method(), Method::GET | Method::HEAD)
        || request.uri().path().starts_with(IN_FORCE);
    if is_a_commands && !(is_here(request.headers()) && is_no_pages(request.headers())) {
        let why = "refused: commands on this machine ask here, and no web page\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    next.run(request).await
}

/// Whether the one host is `localhost` or an address, each with or without a port.
fn is_here(headers: &HeaderMap) -> bool {
    let mut named = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok()
        || host.parse::<SocketAddr>().is_ok()
}

/// Whether no header is there that browsers add to what a page sends.
fn is_no_pages(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site")
}
