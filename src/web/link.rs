//! Link: the token at the end of a mailed address. Mail programs take along what stands around an address, so whatever is
//! no part of the token is cut off, and the page's own form goes to the clean address.

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::request::Parts,
};

use crate::{domain::typed, vault::Token};

/// Characters of a token in base64url: 32 bytes.
const LENGTH: usize = 43;

/// The token of a mailed link; `None` where the address holds none.
#[derive(Debug, Clone)]
pub struct LinkToken(pub Option<Token>);

impl<S: Sync> FromRequestParts<S> for LinkToken {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Not by axum's `Path`, which refuses what is no UTF-8 with an answer of its own.
        let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let before =
            route.as_deref().and_then(|route| route.split_once('{')).map_or("", |(before, _)| before);
        Ok(Self(parts.uri.path().strip_prefix(before).and_then(token)))
    }
}

/// The token at the beginning of what follows a link's last `/`, in percent-encoding. A token has a fixed length, so
/// whatever comes behind it is no part of it: `.`, `>`, `/`, 「。」 and the like. White space, invisible characters and
/// `=` are what folding mails leaves inside (RFC 2045, 6.7); no token holds any of them.
pub fn token(rest: &str) -> Option<Token> {
    let text = percent_encoding::percent_decode_str(rest).decode_utf8_lossy();
    let inside = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let left_by_folding =
        |c: &char| *c == '=' || c.is_whitespace() || c.is_control() || typed::is_invisible(*c);
    let whole: String = text
        .chars()
        .filter(|c| !left_by_folding(c))
        .skip_while(|c| !inside(c))
        .take_while(inside)
        .take(LENGTH)
        .collect();
    Token::parse(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "Zm9v-_0123456789abcdefghijklmnopqrstuvwxyzA";

    fn read(rest: &str) -> Option<String> {
        token(rest).map(|token| token.expose().to_owned())
    }

    #[test]
    fn what_a_mail_program_takes_along_is_cut_off() {
        assert_eq!(read(TOKEN).as_deref(), Some(TOKEN));
        for behind in [
            ".",
            ",",
            ";",
            ":",
            "!",
            "'",
            "%22",
            ">",
            "%3E",
            "&gt;",
            ")",
            "]",
            "}",
            "*",
            "_",
            "-",
            "%20",
            "+",
            "/",
            "/.",
            "//",
            "%0D%0A",
            "=",
            "=3D",
            "=20",
            "=%0D%0A",
            "%3D",
            "。",
            "%E3%80%82",
            "」",
            "%E3%80%8D",
            "）",
            "、",
            "からご確認ください",
            "%E2%80%8B",
            "%EF%BB%BF",
            "%C2%A0",
            "%E3%80%80",
            "%FF",
            "%",
            "%2",
            "%00",
            "<br>",
            "\\",
            "|",
            "abc",
            "%E3%80%82x",
        ] {
            assert_eq!(read(&format!("{TOKEN}{behind}")).as_deref(), Some(TOKEN), "{behind}");
        }
        for before in ["%20", "%3C", "=", "%EF%BB%BF", "/", "."] {
            assert_eq!(read(&format!("{before}{TOKEN}")).as_deref(), Some(TOKEN), "{before}");
        }
        for fold in ["=", "=%0D%0A", "%0D%0A", "%0A%20", "%20", "%E2%80%8B", "%C2%AD"] {
            let (one, other) = TOKEN.split_at(20);
            assert_eq!(read(&format!("{one}{fold}{other}")).as_deref(), Some(TOKEN), "{fold}");
        }
    }

    #[test]
    fn what_is_cut_short_or_changed_is_no_token_or_another_one() {
        for none in ["", "/", "x", &TOKEN[..42], &format!("{}.{}", &TOKEN[..20], &TOKEN[20..]), "%FF%FE"] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_ne!(read(&TOKEN.to_lowercase()).as_deref(), Some(TOKEN));
    }
}
