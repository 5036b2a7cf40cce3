//! Client: the network a request comes from ([A17]). A connection has one address, its peer's; a proxy speaks for many, and
//! tells in `X-Forwarded-For` for whom.
//!
//! [A17]: crate::rules::threats#a17

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, Request},
};

use crate::{domain::network::Network, settings::network::Networks};

/// The header in which proxies tell for whom they ask: each adds the address it was asked from at the end.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Most addresses that are read of it, from its end: more proxies than stand in a row anywhere.
const MOST_HOPS: usize = 16;

/// The other end of the connection on which a request came: an extension of the request, set by `web::server`.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The sender of a request, as far as the connection and a trusted proxy tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The network it is in.
    pub network: Network,
    /// The proxy it came through, where that did not say for whom it asks: then the network is the proxy's.
    pub silent_proxy: Option<IpAddr>,
}

/// Who asks. `None` where the request came over no connection.
pub fn client(request: &Request<Body>, trusted: &Networks) -> Option<Client> {
    let Peer(peer) = *request.extensions().get::<Peer>()?;
    let address = address(peer, request.headers(), trusted);
    let silent_proxy = (address == peer && trusted.contain(peer)).then_some(peer);
    Some(Client { network: Network::of(address), silent_proxy })
}

/// The client's address: read from the end, the first that is no trusted proxy's. What a client writes itself stands
/// further to the front and is never reached. Where there is none, or what a proxy tells is no address, it is the peer.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    if !trusted.contain(peer) {
        return peer;
    }
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops.take(MOST_HOPS) {
        match read(hop) {
            Some(address) if trusted.contain(address) => {}
            Some(address) => return address,
            None => return peer,
        }
    }
    peer
}

/// An address; some proxies write the port as well.
fn read(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse::<IpAddr>().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, lines: &[&str]) -> String {
        let trusted = Networks::parse(&["10.0.0.0/8".to_owned(), "2001:db8:ffff::/48".to_owned()]).unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, axum::http::HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_added_itself() {
        for (peer, lines, client) in [
            // No proxy: whatever is told is the client's own word.
            ("203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            ("203.0.113.9", &[], "203.0.113.9"),
            // One proxy, and what a client wrote before it.
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["192.0.2.7, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["192.0.2.7", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["10.9.9.9, 198.51.100.1"], "198.51.100.1"),
            // Two proxies in a row.
            ("10.0.0.1", &["192.0.2.7, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            // Written in other ways.
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1:40312"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::7]:443"], "2001:db8::7"),
            ("2001:db8:ffff::1", &["2001:db8::7"], "2001:db8::7"),
            // Nothing, or nothing that is an address: the proxy, as if it had told nothing.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1,"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, 10.0.0.300"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, 春"], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.1"),
        ] {
            assert_eq!(told(peer, lines), client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_long_row_of_proxies_ends() {
        let row = "10.0.0.2,".repeat(5000);
        assert_eq!(told("10.0.0.1", &[&format!("198.51.100.1,{row}10.0.0.2")]), "10.0.0.1");
    }
}
