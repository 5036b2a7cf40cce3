//! Cookies: `__Host-` names only, because sibling unions are same-site and could set any other ([A5], [D19]).
//!
//! [A5]: crate::rules::threats#a5
//! [D19]: crate::rules::decisions#d19

use axum::http::{HeaderMap, HeaderValue, header};

use crate::vault::Token;

/// The list of cookies: each a constant, and all of them in [`EVERY`].
macro_rules! cookies {
    ($($(#[$doc:meta])* $name:ident $value:literal,)+) => {
        $($(#[$doc])* pub const $name: &str = $value;)+

        /// The name of every cookie that is set.
        pub const EVERY: &[&str] = &[$($name),+];
    };
}

cookies! {
    /// A browser on its way in.
    ATTEMPT "__Host-attempt",
    /// The cookie of a signed-in browser.
    SESSION "__Host-session",
    /// A browser that was asked for a passkey before anybody said who they are.
    CEREMONY "__Host-ceremony",
    /// A browser in which a request of a service waits.
    SSO "__Host-sso",
    /// A browser that told us of a forgotten password.
    RECOVERY "__Host-recovery",
    /// A browser that has signed somebody in (D27).
    KNOWN_BROWSER "__Host-device",
    /// A browser that may look at a draft.
    PREVIEW "__Host-preview",
    /// The cookie with the language that was chosen.
    LANGUAGE "__Host-lang",
}

/// How long a chosen language is kept.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The values under a name, in the order in which they were sent.
///
/// # Decision
/// The line is bytes (RFC 6265, 5.4; D31): it is cut at each `;`, and what neighbours put there — UTF-8, quotes, no `=` —
/// is passed over pair by pair. Only space and tab are taken off around a name; a name that begins with another white
/// space is another name.
/// # Because
/// Browsers send what any site below the same domain has set, and whoever takes off more than they do can be handed a
/// cookie of ours by a neighbour.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(move |pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (pair.get(..at)?, pair.get(at + 1..)?);
            (trimmed(key) == name.as_bytes()).then(|| std::str::from_utf8(trimmed(value)).ok())?
        })
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let from = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let to = bytes.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
    bytes.get(from..to).unwrap_or_default()
}

/// The value of a cookie; the first one where the name is sent twice.
pub fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    values(headers, name).next()
}

/// Most tokens looked up under one name.
const MOST_TOKENS: usize = 4;

/// The different tokens under a name, the first ones sent. What is no token's shape was not set by us.
pub fn tokens(headers: &HeaderMap, name: &str) -> Vec<Token> {
    let mut all: Vec<Token> = Vec::new();
    for token in values(headers, name).filter_map(Token::parse) {
        if all.len() < MOST_TOKENS && all.iter().all(|other| other.expose() != token.expose()) {
            all.push(token);
        }
    }
    all
}

/// The token in a cookie: the first one where the name is sent twice. No neighbour can set a `__Host-` name, so a second
/// one is a browser's fault; it must not undo the first (D31).
pub fn token(headers: &HeaderMap, name: &str) -> Option<Token> {
    tokens(headers, name).into_iter().next()
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

/// The header that keeps the chosen language.
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

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn language(line: &[u8]) -> Option<String> {
        value(&headers(&[line]), LANGUAGE).map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_found_whatever_neighbours_put_beside_it() {
        for neighbour in [
            "utm_campaign=春の健診".as_bytes(),
            b"a=\xFF\xFE\x80",
            b"a=\"x",
            b"a=\"x y\"",
            b"nameless",
            b"=empty",
            b"",
            b"  ",
            b"a=1=2==",
            b"a=\t\tb",
            b"$Version=1",
            b"x__Host-lang=ja",
            b"__Host-lang",
            b"__Host-lang2=ja",
            b"__HOST-LANG=ja",
            "\u{2003}__Host-lang=ja".as_bytes(),
            "\u{A0}__Host-lang=ja".as_bytes(),
            b"\xA0__Host-lang=ja",
        ] {
            let own = b"__Host-lang=en".as_slice();
            for line in [[neighbour, own].join(b"; ".as_slice()), [own, neighbour].join(b";".as_slice())] {
                assert_eq!(language(&line).as_deref(), Some("en"), "{:?}", line.escape_ascii().to_string());
            }
            // In another line, as HTTP/2 sends each pair (RFC 9113, 8.2.3).
            assert_eq!(value(&headers(&[neighbour, own, neighbour]), LANGUAGE), Some("en"));
            assert_eq!(language(neighbour), None, "{:?}", neighbour.escape_ascii().to_string());
        }
    }

    #[test]
    fn a_name_sent_twice_is_the_first_one_and_a_token_is_what_has_its_shape() {
        assert_eq!(language(b"__Host-lang=en; __Host-lang=ja").as_deref(), Some("en"));
        let (one, other) = ("A".repeat(43), format!("B{}", "A".repeat(42)));
        let line =
            format!("{SESSION}=x; {SESSION}=\u{5065}; {SESSION}={one}; {SESSION}={one}; {SESSION}={other}");
        let headers = headers(&[line.as_bytes()]);
        assert_eq!(token(&headers, SESSION).unwrap().expose(), one);
        let all = tokens(&headers, SESSION);
        assert_eq!(all.iter().map(Token::expose).collect::<Vec<_>>(), [one, other]);
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
