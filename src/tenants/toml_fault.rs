//! What the TOML parser complains of, by its kind: its own words are English only.

use crate::domain::saying::{Saying, said};

/// What a complaint of the parser is about, told by the words in it. New versions of the parser may have new complaints:
/// they are told as such without a kind.
pub fn in_toml(complaint: &str) -> Saying {
    let about = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    if about(&["duplicate", "redefin", "extend"]) {
        said!("toml-twice")
    } else if about(&["comma"]) {
        said!("toml-comma")
    } else if about(&["`=`", "separator"]) {
        said!("toml-equals")
    } else if about(&["escape", "unicode"]) {
        said!("toml-escape")
    } else if about(&["string", "quote"]) {
        said!("toml-quotes")
    } else if about(&["unclosed", "opening", "closing", "array", "table"]) {
        said!("toml-brackets")
    } else if about(&["date", "time", "offset"]) {
        said!("toml-date")
    } else if about(&["digit", "integer", "float", "number", "radix", "sign", "leading zero"]) {
        said!("toml-number")
    } else if about(&["no value", "missing value", "invalid value"]) {
        said!("toml-value")
    } else if about(&["key"]) {
        said!("toml-key")
    } else {
        said!("toml-other")
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::in_toml;

    #[test]
    fn a_complaint_of_the_parser_is_known_by_its_kind() {
        for (text, name) in [
            ("a = 1\na = 2", "toml-twice"),
            ("a = [\"x\" \"y\"]", "toml-comma"),
            ("a = = 1", "toml-equals"),
            ("a = \"\\q\"", "toml-escape"),
            ("a = \"x", "toml-quotes"),
            ("a = x", "toml-quotes"),
            ("[a", "toml-brackets"),
            ("a = 1979-13-40", "toml-date"),
            ("a = 1__0", "toml-number"),
        ] {
            let fault = DeTable::parse(text).unwrap_err();
            assert_eq!(in_toml(fault.message()).name(), name, "{text}: {}", fault.message());
        }
    }
}
