//! Forms: whether one text has the form its key wants: a host, a date, an address, a colour.

use jiff::civil::Date;

use super::finding::FindingCode;
use super::host_name::is_host;
use super::keys::KeyKind;
use crate::domain::{
    saying::{Saying, said},
    sso::client::{is_this_machine, uri_flaw},
    typed,
};

/// Something wrong with a text.
pub(super) struct TextFlaw {
    pub code: FindingCode,
    pub message: Saying,
    pub help: Saying,
}

impl TextFlaw {
    fn new(code: FindingCode, message: Saying, help: Saying) -> Self {
        Self { code, message, help }
    }
}

/// The first thing wrong with `text` as the value of `path`, with the text as it was probably meant, where that is plain.
pub(super) fn flaw(kind: &KeyKind, text: &str, path: &str) -> Option<TextFlaw> {
    let flaw = judge(kind, text, path)?;
    let meant =
        candidates(kind, text).into_iter().find(|meant| meant != text && judge(kind, meant, path).is_none());
    Some(match meant.filter(|_| matches!(flaw.code, FindingCode::Malformed | FindingCode::HostForm)) {
        Some(meant) => TextFlaw { help: said!("finding-write-value", meant), ..flaw },
        None => flaw,
    })
}

/// What a text of the wrong form was probably meant to be.
fn candidates(kind: &KeyKind, text: &str) -> Vec<String> {
    let plain = typed::fold(text);
    match kind {
        KeyKind::Host => {
            let bare = plain.split_once("://").map_or(plain.as_str(), |(_, rest)| rest).to_lowercase();
            let host = bare.split(['/', ':', '?']).next().unwrap_or_default().trim_end_matches('.');
            vec![host.to_owned()]
        }
        KeyKind::Https | KeyKind::HttpsOrHere => {
            let bare = plain.split_once("://").map_or(plain.as_str(), |(_, rest)| rest);
            vec![format!("https://{bare}"), format!("https://{bare}/")]
        }
        KeyKind::Colour => {
            let digits: String = plain.chars().filter(char::is_ascii_hexdigit).collect();
            let long: String = digits.chars().flat_map(|digit| [digit, digit]).collect();
            let other = plain.chars().any(|c| !c.is_ascii_hexdigit() && c != '#');
            if other { Vec::new() } else { vec![format!("#{digits}"), format!("#{long}")] }
        }
        KeyKind::Date => {
            let parts: Vec<u16> = plain
                .split(|c: char| !c.is_ascii_digit())
                .filter(|part| !part.is_empty())
                .filter_map(|part| part.parse().ok())
                .collect();
            match parts.as_slice() {
                [year, month, day] => vec![format!("{year:04}-{month:02}-{day:02}")],
                _ => Vec::new(),
            }
        }
        _ => vec![plain],
    }
}

fn judge(kind: &KeyKind, text: &str, path: &str) -> Option<TextFlaw> {
    let breaks = matches!(kind, KeyKind::Lines(_));
    if text.chars().any(|c| c.is_control() && !(breaks && c == '\n') || is_invisible(c)) {
        return Some(TextFlaw::new(
            FindingCode::Unprintable,
            said!("finding-unprintable", path),
            said!("finding-unprintable-help"),
        ));
    }
    match kind {
        KeyKind::Id => length(text, 1, 31, path),
        KeyKind::Text(least, most) => length(text, *least, *most, path),
        KeyKind::Lines(most) => length(text, 1, *most, path),
        KeyKind::Host => (!is_host(text)).then(|| host(text)),
        KeyKind::Https => (!is_https(text)).then(|| not_https(path)),
        KeyKind::HttpsOrHere => (!is_https(text) && !is_here(text)).then(|| not_https(path)),
        KeyKind::Address => {
            (!is_address(text)).then(|| malformed(path, said!("finding-form-address"), "kenpo@example.jp"))
        }
        KeyKind::Phone => length(text, 1, 60, path).or_else(|| {
            typed::phone(text).is_none().then(|| malformed(path, said!("finding-form-phone"), "03-1234-5678"))
        }),
        KeyKind::Colour => super::colour::Rgb::parse(text)
            .is_none()
            .then(|| malformed(path, said!("finding-form-colour"), "#00529b")),
        KeyKind::Date => {
            text.parse::<Date>().is_err().then(|| malformed(path, said!("finding-form-date"), "2027-03-31"))
        }
        KeyKind::File => (!is_inside(text)).then(|| {
            TextFlaw::new(
                FindingCode::FileElsewhere,
                said!("finding-file-elsewhere", path),
                said!("finding-file-elsewhere-help"),
            )
        }),
        _ => None,
    }
}

fn length(text: &str, least: usize, most: usize, path: &str) -> Option<TextFlaw> {
    let count = text.chars().count();
    if count < least || (least > 0 && text.trim().is_empty()) {
        return Some(TextFlaw::new(
            FindingCode::OutOfRange,
            said!("finding-empty", path),
            said!("finding-empty-help"),
        ));
    }
    (count > most).then(|| {
        TextFlaw::new(
            FindingCode::OutOfRange,
            said!("finding-too-long", path, count),
            said!("finding-too-long-help", most),
        )
    })
}

fn not_https(path: &str) -> TextFlaw {
    malformed(path, said!("finding-form-https", scheme = "https://"), "https://www.example.jp/")
}

fn malformed(path: &str, form: Saying, example: &str) -> TextFlaw {
    TextFlaw::new(
        FindingCode::Malformed,
        said!("finding-malformed", path, form),
        said!("finding-malformed-help", example),
    )
}

fn host(text: &str) -> TextFlaw {
    let short = super::phrases::shorten(text);
    TextFlaw::new(
        FindingCode::HostForm,
        said!("finding-host-form", short),
        said!("finding-host-form-help", scheme = "https://"),
    )
}

/// Characters that turn or hide text without being seen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn is_https(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, port)| if port.parse::<u16>().is_ok() { host } else { "" });
        is_host(&host.to_lowercase())
            && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'`'))
    })
}

/// Whether it is an address of this machine, which only a union for trying out may have.
pub(super) fn is_here(text: &str) -> bool {
    let host = text.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split([':', '/', '?']).next().unwrap_or_default();
    is_this_machine(host) && uri_flaw(text, true).is_none()
}

/// The operator's own addresses: plain ones only, unlike members' (D8).
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
        !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(atom)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && is_host(&domain.to_lowercase())
    })
}

/// A relative path that stays where it is.
pub(super) fn is_inside(text: &str) -> bool {
    !text.is_empty()
        && !text.contains('\\')
        && text.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_lower_case_and_has_no_port_or_final_dot() {
        assert!(is_host("www.midorikenpo.portal.example.jp"));
        assert!(is_host("midorikenpo.localhost"));
        for bad in [
            "",
            "localhost",
            "WWW.example.jp",
            "a.jp.",
            "a.jp:443",
            "https://a.jp",
            "-a.jp",
            "127.0.0.1",
            "健保.jp",
            "a..jp",
        ] {
            assert!(!is_host(bad), "{bad}");
        }
    }

    #[test]
    fn a_service_is_reached_over_https() {
        assert!(is_https("https://mieru.example.jp/midori/?a=b#c"));
        assert!(is_https("https://mieru.example.jp:8443/"));
        for bad in
            ["http://a.jp/", "https://", "https://a.jp/\"x", "javascript:alert(1)", "https://user@a.jp/"]
        {
            assert!(!is_https(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_of_the_operator_is_plain() {
        assert!(is_address("no-reply@example.jp"));
        for bad in ["", "@example.jp", "a@b", "a b@example.jp", "a..b@example.jp", "a@example.jp\n"] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_path_stays_below_the_tenants_folder() {
        assert!(is_inside("midorikenpo/logo.svg"));
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "c:\\x", "C:/x"] {
            assert!(!is_inside(bad), "{bad}");
        }
    }
}
