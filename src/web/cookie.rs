//! Cookies: `__Host-` names only, because sibling unions are same-site and could set any other (A5, D19).

use axum::http::{HeaderMap, HeaderValue, header};

use crate::vault::Token;

/// A browser on its way in.
pub const ATTEMPT: &str = "__Host-attempt";
/// A signed-in browser.
pub const SESSION: &str = "__Host-session";
/// A browser that was asked for a passkey before anybody said who they are.
pub const CEREMONY: &str = "__Host-ceremony";
/// A browser that told us of a forgotten password.
pub const RECOVERY: &str = "__Host-recovery";
/// The language chosen.
pub const LANGUAGE: &str = "__Host-lang";

/// How long a chosen language is kept.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The value of a cookie. A name sent twice counts as not sent.
pub fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The token in a cookie.
pub fn token(headers: &HeaderMap, name: &str) -> Option<Token> {
    value(headers, name).and_then(Token::parse)
}

fn line(name: &str, value: &str, max_age: Option<i64>) -> HeaderValue {
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}");
    // Tokens are base64url and languages are tags: always a header's characters.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Sets a token; without `keep_seconds` it ends with the browser.
pub fn set(name: &str, token: &Token, keep_seconds: Option<i64>) -> HeaderValue {
    line(name, token.expose(), keep_seconds)
}

/// Sets the language.
pub fn set_language(tag: &str) -> HeaderValue {
    line(LANGUAGE, tag, Some(LANGUAGE_SECONDS))
}

/// Takes a cookie away.
pub fn clear(name: &str) -> HeaderValue {
    line(name, "", Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others_and_not_when_sent_twice() {
        assert_eq!(value(&headers(&["a=1; __Host-lang=en", "b=2"]), LANGUAGE), Some("en"));
        assert_eq!(value(&headers(&["__Host-lang=en; __Host-lang=ja"]), LANGUAGE), None);
        assert_eq!(value(&headers(&["x__Host-lang=en"]), LANGUAGE), None);
    }

    #[test]
    fn every_cookie_is_host_only_secure_and_out_of_scripts_reach() {
        let text = set_language("en").to_str().unwrap().to_owned();
        for part in ["__Host-", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("Domain"));
    }
}
