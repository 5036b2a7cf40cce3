//! Host: the name a browser asked for, and the union that lives there (A2, D17).

use axum::http::{HeaderMap, Uri, header};

/// The one host this request is for: lower case, without port and trailing dot. `None` when there is none, or more
/// than one, or it is an address instead of a name. `Forwarded` and `X-Forwarded-Host` are never read.
pub fn asked_for(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let mut named = headers.get_all(header::HOST).iter();
    let header = named.next();
    if named.next().is_some() {
        return None;
    }
    let header = header.map(|value| value.to_str().ok().and_then(fold)).map(Option::unwrap_or_default);
    let authority = uri.authority().map(|authority| fold(authority.as_str()).unwrap_or_default());
    // HTTP/2 names the host in `:authority`; where both are given they must agree.
    let host = match (authority, header) {
        (Some(one), Some(other)) if one != other => return None,
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    (!host.is_empty()).then_some(host)
}

fn fold(authority: &str) -> Option<String> {
    if authority.contains('@') || authority.starts_with('[') {
        return None;
    }
    let (name, port) = match authority.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority, None),
    };
    if port.is_some_and(|port| port.is_empty() || port.parse::<u16>().is_err()) {
        return None;
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let shaped = !name.is_empty()
        && name.len() <= 253
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
        && !name.split('.').any(str::is_empty);
    shaped.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, value.parse().unwrap());
        asked_for(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn case_port_and_trailing_dot_do_not_matter() {
        for text in ["www.kenpo.example", "WWW.Kenpo.Example", "www.kenpo.example:8443", "www.kenpo.example."]
        {
            assert_eq!(host(text).as_deref(), Some("www.kenpo.example"), "{text}");
        }
    }

    #[test]
    fn odd_hosts_are_nobodys() {
        for text in
            ["", ".", "a..b", "[::1]", "user@kenpo.example", "kenpo.example:", "kenpo.example:http", "健保"]
        {
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
        assert_eq!(asked_for(&uri, &HeaderMap::new()).as_deref(), Some("a.example"));
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, "b.example".parse().unwrap());
        assert_eq!(asked_for(&uri, &headers), None);
    }
}
