//! Phrases: pieces of sentences that several checks share.

use toml::de::DeValue;
use unicode_normalization::UnicodeNormalization as _;

use super::finding::Bilingual;
use super::keys::KeyKind;

/// What is said of a required key that is absent.
pub(super) fn missing(path: &str, name: &str) -> (Bilingual, Bilingual) {
    let (ja, en) = match path.rsplit_once('.') {
        Some((parent, _)) => (format!("{} に ", section(parent)), format!(" to {}", section(parent))),
        None => (String::new(), String::new()),
    };
    (
        Bilingual::new(
            format!("必要な項目「{path}」がありません"),
            format!("The required key `{path}` is absent"),
        ),
        Bilingual::new(format!("{ja}{name} = … を書き足してください"), format!("Add {name} = …{en}")),
    )
}

/// A table as it is headed in the file: `[password]`, `[[services]]`.
pub(super) fn section(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((list, at)) if at.parse::<usize>().is_ok() => format!("[[{list}]]"),
        _ => format!("[{path}]"),
    }
}

/// "Did you mean …?", if there is something to mean.
pub(super) fn did_you_mean(near: Option<&str>) -> (String, String) {
    near.map_or_else(
        || (String::new(), String::new()),
        |near| (format!("「{near}」のまちがいではありませんか。"), format!("Did you mean `{near}`? ")),
    )
}

/// Enough of a text to recognise it by.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    if text.chars().count() > MOST { format!("{clean}…") } else { clean }
}

/// What a kind is called where something else was written.
pub(super) fn wanted(kind: &KeyKind) -> (&'static str, &'static str) {
    match kind {
        KeyKind::Flag => (" true か false ", "true or false"),
        KeyKind::Number(..) => ("数", "a whole number"),
        KeyKind::Words(_) | KeyKind::Texts | KeyKind::Hosts => ("文字の配列", "a list of texts"),
        KeyKind::Steps => ("手順の配列", "a list of steps"),
        KeyKind::Table(_) | KeyKind::Sentences => ("表", "a table"),
        KeyKind::Tables(_) => ("表の配列", "a list of tables"),
        KeyKind::Date => ("引用符で囲んだ日付", "a date in quotation marks"),
        _ => ("文字", "a text"),
    }
}

/// What a value is called.
pub(super) fn got(value: &DeValue<'_>) -> (&'static str, &'static str) {
    match value {
        DeValue::String(_) => ("文字", "a text"),
        DeValue::Integer(_) => ("数", "a whole number"),
        DeValue::Float(_) => ("小数", "a number with a fraction"),
        DeValue::Boolean(_) => ("true / false", "true or false"),
        DeValue::Datetime(_) => ("引用符のない日付", "a date without quotation marks"),
        DeValue::Array(_) => ("配列", "a list"),
        DeValue::Table(_) => ("表", "a table"),
    }
}

/// The line as it could be: with what was written, where that can be made to fit.
pub(super) fn example(kind: &KeyKind, path: &str, written: &DeValue<'_>) -> Bilingual {
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
    Bilingual::new(format!("{line} の形で書いてください"), format!("Write it as {line}"))
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
