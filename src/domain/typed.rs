//! Typed: what a person's keyboard produced becomes one spelling.
//!
//! Full-width letters, stray spaces, an iPhone's ¥ and a PC's \: all of these are the same to a member, so they
//! are the same to us. Every type of text folds here first and is judged afterwards.

use unicode_normalization::UnicodeNormalization as _;

/// NFKC; control and zero-width characters off (a line break becomes a space); outer white space off.
pub fn fold(text: &str) -> String {
    let wide: String = text
        .nfkc()
        .map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c })
        .filter(|c| !is_invisible(*c) && !c.is_control())
        .collect();
    wide.trim().to_owned()
}

/// Zero-width characters that copying from mails and PDFs leaves behind.
pub fn is_invisible(c: char) -> bool {
    // Marks of direction among them: they turn the text around them on pages and in letters.
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{00AD}')
}

/// The many dashes of Japanese keyboards become `-`.
pub fn dash(c: char) -> char {
    match c {
        'ー' | '－' | '−' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '\u{FF70}' => '-',
        other => other,
    }
}

/// A text with one kind of hyphen. The long sound of a kana is a kana; behind anything else the same key was meant as
/// a hyphen.
pub fn hyphens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let after_kana = out.chars().next_back().is_some_and(|before| matches!(before, 'ぁ'..='ヿ'));
        out.push(if c == 'ー' && after_kana { c } else { dash(c) });
    }
    out
}

/// Digits without the spaces and dashes people put between them; other characters stay and are judged later.
pub fn digits(text: &str) -> String {
    fold(text).chars().map(dash).filter(|c| !c.is_whitespace() && *c != '-').collect()
}

/// A password's one spelling (D6): NFKC, then `¥` is the key for `\`. Nothing is trimmed.
pub fn password(text: &str) -> String {
    text.nfkc().map(|c| if c == '\u{00A5}' { '\\' } else { c }).collect()
}

/// A person's name for searching: NFKC, katakana, lower case, no spaces.
pub fn search_key(text: &str) -> String {
    fold(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
            '髙' => '高',
            '﨑' => '崎',
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_out_plain_however_they_were_typed() {
        for typed in ["066474", "066 474", "０６６４７４", " 066-474\u{200B}", "066ー474", "０６６　４７４"]
        {
            assert_eq!(digits(typed), "066474", "{typed}");
        }
    }

    #[test]
    fn yen_and_backslash_are_one_key_on_every_keyboard() {
        assert_eq!(password("a¥b"), "a\\b");
        assert_eq!(password("a￥b"), "a\\b");
        assert_eq!(password("ａ＼ｂ"), "a\\b");
        assert_eq!(password(" a "), " a ");
    }

    #[test]
    fn names_are_found_by_either_kana_and_either_kanji() {
        assert_eq!(search_key("ｹﾝﾎﾟ　はなこ"), search_key("ケンポ ハナコ"));
        assert_eq!(search_key("髙﨑"), search_key("高崎"));
    }
}
