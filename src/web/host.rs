//! Host: the name a browser asked for, and the union that lives there ([A2], [D17]).
//!
//! [A2]: crate::rules::threats#a2
//! [D17]: crate::rules::decisions#d17

use axum::http::{HeaderMap, Uri, header};

/// A host as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHost {
    /// In lower case, without port and trailing dot.
    pub name: String,
    /// Whether it was written with a trailing dot, as the root of the DNS allows. For browsers that is another host, with
    /// cookies and an origin of its own: an alias (D31).
    pub is_dotted: bool,
}

/// The one host this request is for. `None` when there is none, or more than one, or it is an address instead of a name.
/// `Forwarded` and `X-Forwarded-Host` are never read.
pub fn asked_for(uri: &Uri, headers: &HeaderMap) -> Option<RequestHost> {
    let mut named = headers.get_all(header::HOST).iter();
    let header = named.next();
    if named.next().is_some() {
        return None;
    }
    let header = header.map(|value| value.to_str().ok().and_then(fold));
    let authority = uri.authority().map(|authority| fold(authority.as_str()));
    // HTTP/2 names the host in `:authority`; where both are given they must agree.
    match (authority, header) {
        (Some(one), Some(other)) if one != other => None,
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => None,
    }
}

fn fold(authority: &str) -> Option<RequestHost> {
    if authority.contains('@') || authority.starts_with('[') {
        return None;
    }
    let (name, port) = match authority.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority, None),
    };
    if port.is_some_and(|port| !is_port(port)) {
        return None;
    }
    let bare = name.strip_suffix('.');
    let (name, is_dotted) = (bare.unwrap_or(name).to_ascii_lowercase(), bare.is_some());
    let shaped = !name.is_empty()
        && name.len() <= 253
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
        && !name.split('.').any(str::is_empty);
    shaped.then_some(RequestHost { name, is_dotted })
}

/// Digits without a sign and leading zeros, from 1 to 65535.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(value: &str) -> Option<RequestHost> {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, value.parse().unwrap());
        asked_for(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn case_and_port_do_not_matter_and_a_trailing_dot_is_told() {
        for (text, is_dotted) in [
            ("www.kenpo.example", false),
            ("WWW.Kenpo.Example", false),
            ("www.kenpo.example:8443", false),
            ("www.kenpo.example.", true),
            ("www.kenpo.example.:443", true),
        ] {
            let name = "www.kenpo.example".to_owned();
            assert_eq!(host(text), Some(RequestHost { name, is_dotted }), "{text}");
        }
    }

    #[test]
    fn odd_hosts_are_nobodys() {
        for text in [
            "",
            ".",
            "a..b",
            "[::1]",
            "user@kenpo.example",
            "kenpo.example:",
            "kenpo.example:http",
            "健保",
            "kenpo.example:+443",
            "kenpo.example:-1",
            "kenpo.example:0",
            "kenpo.example:0443",
            "kenpo.example:65536",
            "kenpo.example:443:443",
            "kenpo.example:４４３",
            "kenpo.example: 443",
            "kenpo.example..",
        ] {
            let value = axum::http::HeaderValue::from_bytes(text.as_bytes()).unwrap();
            let mut headers = HeaderMap::new();
            headers.append(header::HOST, value);
            assert_eq!(asked_for(&Uri::from_static("/"), &headers), None, "{text}");
        }
    }

    #[test]
    fn two_hosts_are_no_host() {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, "a.example".parse().unwrap());
        headers.append(header::HOST, "a.example".parse().unwrap());
        assert_eq!(asked_for(&Uri::from_static("/"), &headers), None);
    }

    #[test]
    fn authority_and_host_must_agree() {
        let uri = Uri::from_static("https://a.example/signin");
        assert_eq!(asked_for(&uri, &HeaderMap::new()).unwrap().name, "a.example");
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, "b.example".parse().unwrap());
        assert_eq!(asked_for(&uri, &headers), None);
    }
}
