//! Cookies: what a browser sends, with whatever neighbours have put there.

use axum::http::{HeaderMap, HeaderValue, header};
use kenpo_portal::{vault::Token, web::cookie};

use crate::engine::{Target, fuzz};

const WORDS: &[&str] = &[
    "__Host-session",
    "__Host-lang",
    "__Host-device",
    "__host-lang",
    "$Version",
    "; ",
    ";",
    "=",
    "\t",
    "\u{a0}",
    "en",
    "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU",
];

/// The lines of the header, as far as a server may get them.
fn headers(input: &[u8]) -> HeaderMap {
    let lines = input.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    lines.map(|line| (header::COOKIE, line)).collect()
}

/// Name and value of each pair, by RFC 6265, 5.4 and 5.2: another reading than the portal's.
fn pairs(headers: &HeaderMap) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    for line in headers.get_all(header::COOKIE) {
        for pair in line.as_bytes().split(|byte| *byte == b';') {
            // Only bytes: a byte of another encoding is a byte.
            let pair: String = pair.iter().copied().map(char::from).collect();
            if let Some((name, value)) = pair.split_once('=') {
                let bytes = |text: &str| -> Vec<u8> {
                    text.trim_matches([' ', '\t'])
                        .chars()
                        .map(|c| u8::try_from(u32::from(c)).unwrap())
                        .collect()
                };
                pairs.push((bytes(name), bytes(value)));
            }
        }
    }
    pairs
}

#[test]
fn cookie() {
    let token = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU";
    let seeds = [
        format!("__Host-session={token}; __Host-lang=en"),
        format!("utm_campaign=春の健診; __Host-device={token}\n__Host-session={token}; __Host-session=x"),
        format!("a=\"x y\"; =empty; nameless; ;; __Host-attempt={token};__Host-recovery={token}"),
    ];
    let target = Target {
        name: "cookie",
        seeds: seeds.map(String::into_bytes).into(),
        words: WORDS,
        longest: 16 * 1024,
        own: None,
        inputs: 2000,
    };
    fuzz(&target, |input| {
        let headers = headers(input);
        let pairs = pairs(&headers);
        let mut seen = Vec::new();
        for name in cookie::EVERY {
            let own: Vec<&str> = pairs
                .iter()
                .filter(|(key, _)| key == name.as_bytes())
                .filter_map(|(_, value)| std::str::from_utf8(value).ok())
                .collect();
            assert_eq!(cookie::value(&headers, name), own.first().copied(), "{name}");
            let tokens = cookie::tokens(&headers, name);
            let mut wanted: Vec<&str> = Vec::new();
            for value in own.iter().filter(|value| Token::parse(value).is_some()) {
                if !wanted.contains(value) {
                    wanted.push(value);
                }
            }
            wanted.truncate(4);
            assert_eq!(tokens.iter().map(Token::expose).collect::<Vec<_>>(), wanted, "{name}");
            for token in &tokens {
                let is_ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                assert!(token.expose().len() == 43 && token.expose().chars().all(is_ours));
                // What we set comes back as what it was, whatever stands behind it.
                let line = cookie::set(name, token, Some(60));
                let back: HeaderMap = [(header::COOKIE, line)].into_iter().collect();
                assert_eq!(cookie::token(&back, name).unwrap().expose(), token.expose());
            }
            seen.push((tokens.len(), own.len().min(5)));
        }
        // A cookie of ours behind everything else is found unless its name was sent before.
        let mut more = headers.clone();
        more.append(header::COOKIE, HeaderValue::from_static("__Host-lang=en"));
        let found = cookie::value(&more, cookie::LANGUAGE);
        assert_eq!(found, cookie::value(&headers, cookie::LANGUAGE).or(Some("en")));
        seen
    });
}
