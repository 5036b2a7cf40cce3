//! Phrases: pieces of sentences that several checks share.

use toml::de::DeValue;
use unicode_normalization::UnicodeNormalization as _;

use super::keys::KeyKind;
use crate::domain::saying::{Saying, said};

/// What is said of a required key that is absent.
pub(super) fn missing(path: &str, name: &str) -> (Saying, Saying) {
    let help = match path.rsplit_once('.') {
        Some((parent, _)) => said!("finding-missing-in-help", name, table = section(parent)),
        None => said!("finding-missing-help", name),
    };
    (said!("finding-missing", path), help)
}

/// A table as it is headed in the file: `[password]`, `[[services]]`.
pub(super) fn section(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((list, at)) if at.parse::<usize>().is_ok() => format!("[[{list}]]"),
        _ => format!("[{path}]"),
    }
}

/// "Did you mean …?", if there is something to mean.
pub(super) fn did_you_mean(near: Option<&str>) -> Option<Saying> {
    near.map(|near| said!("finding-did-you-mean", near))
}

/// Enough of a text to recognise it by.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    if text.chars().count() > MOST { format!("{clean}…") } else { clean }
}

/// What a kind is called where something else was written.
pub(super) fn wanted(kind: &KeyKind) -> Saying {
    match kind {
        KeyKind::Flag => said!("finding-wanted-flag"),
        KeyKind::Number(..) => said!("finding-type-number"),
        KeyKind::Words(_) | KeyKind::Texts | KeyKind::Hosts => said!("finding-type-texts"),
        KeyKind::Steps => said!("finding-type-steps"),
        KeyKind::Table(_) | KeyKind::Sentences => said!("finding-type-table"),
        KeyKind::Tables(_) => said!("finding-type-tables"),
        KeyKind::Date => said!("finding-type-date"),
        _ => said!("finding-type-text"),
    }
}

/// What a value is called.
pub(super) fn got(value: &DeValue<'_>) -> Saying {
    match value {
        DeValue::String(_) => said!("finding-type-text"),
        DeValue::Integer(_) => said!("finding-type-number"),
        DeValue::Float(_) => said!("finding-type-fraction"),
        DeValue::Boolean(_) => said!("finding-type-flag"),
        DeValue::Datetime(_) => said!("finding-type-bare-date"),
        DeValue::Array(_) => said!("finding-type-list"),
        DeValue::Table(_) => said!("finding-type-table"),
    }
}

/// The line as it could be: with what was written, where that can be made to fit.
pub(super) fn example(kind: &KeyKind, path: &str, written: &DeValue<'_>) -> Saying {
    let name = path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(path);
    let line = match kind {
        KeyKind::Flag => format!("{name} = {}", flag(written)),
        KeyKind::Number(from, to) => {
            format!("{name} = {}", number(written).map_or(*from, |n| n.clamp(*from, *to)))
        }
        KeyKind::Words(words) => {
            let meant = written.as_str().filter(|text| words().contains(text));
            format!("{name} = [\"{}\"]", meant.or(words().first().copied()).unwrap_or("…"))
        }
        KeyKind::Texts => format!("{name} = [\"{}\"]", written.as_str().unwrap_or("…")),
        KeyKind::Hosts if written.as_str().is_some_and(super::host_name::is_host) => {
            format!("{name} = [\"{}\"]", written.as_str().unwrap_or_default())
        }
        KeyKind::Hosts => format!("{name} = [\"portal.example.jp\"]"),
        KeyKind::Steps => {
            format!("{name} = [\"birthdate\", \"terms\", [\"user-id\", \"method\"], \"password\"]")
        }
        KeyKind::Table(_) | KeyKind::Sentences => format!("[{path}]"),
        KeyKind::Tables(_) => format!("[[{name}]]"),
        KeyKind::Date => format!("{name} = \"2027-03-31\""),
        _ => match written {
            DeValue::Integer(number) => format!("{name} = \"{number}\""),
            DeValue::Boolean(flag) => format!("{name} = \"{flag}\""),
            _ => format!("{name} = \"…\""),
        },
    };
    said!("finding-write-line", line)
}

/// The whole number in a text or before a point.
fn number(written: &DeValue<'_>) -> Option<i64> {
    match written {
        DeValue::String(text) => {
            let digits: String =
                text.nfkc().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        }
        DeValue::Float(float) => float.as_str().split('.').next()?.parse().ok(),
        _ => None,
    }
}

/// The flag that was probably meant.
fn flag(written: &DeValue<'_>) -> bool {
    match written {
        DeValue::String(text) => {
            !matches!(text.trim().to_lowercase().as_str(), "false" | "no" | "off" | "いいえ" | "なし" | "0")
        }
        DeValue::Integer(number) => number.as_str() != "0",
        _ => true,
    }
}
