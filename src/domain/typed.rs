//! Typed: what a person's keyboard produced becomes one spelling.
//!
//! Full-width letters, stray spaces, an iPhone's ¥ and a PC's \: all of these are the same to a member, so they
//! are the same to us. Every type of text folds here first and is judged afterwards.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::UnicodeNormalization as _;

/// Invisible and control characters off (a line break becomes a space); NFKC; outer white space off. NFKC comes last, so
/// that nothing that was taken off keeps a letter from its accent, and what is folded once stays as it is.
pub fn fold(text: &str) -> String {
    // What is ASCII and can be seen is in its one spelling.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.trim().to_owned();
    }
    let wide: String = visible(text)
        .map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c })
        .filter(|c| !c.is_control())
        .nfkc()
        .collect();
    wide.trim().to_owned()
}

/// The text without what nobody sees. Before NFKC, so that nothing invisible keeps a letter from its accent; NFKC makes
/// nothing invisible of what is visible.
fn visible(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_invisible(*c))
}

/// Whether a character has no shape of its own: what copying from mails, chats and PDFs leaves behind, among it marks of
/// direction, which turn the text around them on pages and in letters. Unicode's `Default_Ignorable_Code_Point`
/// (`DerivedCoreProperties.txt`) but for its unassigned code points, and the marks U+FFF9 to U+FFFC (of annotations, and
/// of objects that were cut out).
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFC}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether a character turns the direction of the text around it (UAX #9, 2): a line of a log or of the trail that holds one is
/// shown as another one than it is.
pub fn turns_text(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether there is nothing to see in a text: white space, control and invisible characters, and the two that are drawn as
/// nothing (a Braille cell without dots, a note without a head).
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace() || c.is_control() || is_invisible(c) || matches!(c, '\u{2800}' | '\u{1D159}')
    })
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

/// A telephone number as it is dialled: from its first digit or `+` to the first character that is part of none, so that
/// words around it and an extension stay out. `None` where no whole number is there (9 to 15 digits, ITU-T E.164).
pub fn phone(text: &str) -> Option<String> {
    let folded = fold(text);
    let begin = |c: &char| !(c.is_ascii_digit() || *c == '+');
    let part = |c: &char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.');
    let dialled = folded.chars().map(dash).skip_while(begin).take_while(part);
    let number: String = dialled.filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    ((9..=15).contains(&digits) && number.rfind('+').is_none_or(|at| at == 0)).then_some(number)
}

/// A telephone number as it is shown: one spelling of digits and hyphens.
pub fn shown_phone(text: &str) -> String {
    hyphens(&fold(text))
}

/// Digits without the spaces and dashes people put between them; other characters stay and are judged later.
pub fn digits(text: &str) -> String {
    fold(text).chars().map(dash).filter(|c| !c.is_whitespace() && *c != '-').collect()
}

/// A password's one spelling (D6): what nobody sees is no part of it (invisible and control characters, which no password
/// may hold), then NFKC, then `¥` is the key for `\`. No space is trimmed: one that can be seen is told.
pub fn password(text: &str) -> String {
    visible(text).filter(|c| !c.is_control()).nfkc().map(|c| if c == '\u{00A5}' { '\\' } else { c }).collect()
}

/// A person's name for searching: NFKC, katakana without small ones (insurance cards have none), one form of characters
/// that have several, lower case, no spaces.
pub fn search_key(text: &str) -> String {
    fold(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
            other => other,
        })
        .map(one_form)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Characters of names that people write in several forms, in one: the first of each row. Old forms (旧字体), forms of the
/// family register, and small katakana.
const FORMS: &str = include_str!("typed/forms.txt");

/// The one form of a character.
fn one_form(c: char) -> char {
    static ONE: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        let rows = FORMS.lines().filter_map(|row| Some((row.chars().next()?, row.chars().skip(1))));
        rows.flat_map(|(one, others)| others.map(move |other| (other, one))).collect()
    });
    if c.is_ascii() { c } else { ONE.get(&c).copied().unwrap_or(c) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every character there is.
    fn all() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    /// The spelling of a password before invisible characters were taken off.
    fn as_it_was(text: &str) -> String {
        text.nfkc().map(|c| if c == '\u{00A5}' { '\\' } else { c }).collect()
    }

    /// What a password may be made of (D6).
    fn may_be_set(spelling: &str) -> bool {
        !spelling.is_empty() && spelling.chars().all(|c| c.is_ascii_graphic())
    }

    #[test]
    fn what_nobody_sees_is_no_part_of_a_password() {
        for c in all().filter(|c| is_invisible(*c) || c.is_control()) {
            for typed in [format!("{c}Ku7!mori"), format!("Ku7{c}!mori"), format!("Ku7!mori{c}{c}")] {
                assert_eq!(password(&typed), "Ku7!mori", "U+{:04X}", u32::from(c));
            }
        }
        assert_eq!(password("\u{FEFF}Ｋｕ7！mori\u{200B}"), "Ku7!mori");
        assert_eq!(password("a b"), "a b", "a space can be seen");
    }

    #[test]
    fn nothing_visible_becomes_invisible() {
        for c in all().filter(|c| !is_invisible(*c)) {
            let made = c.to_string().nfkc().find(|c| is_invisible(*c));
            assert_eq!(made, None, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn no_password_that_could_be_set_means_another_one_now() {
        // One character at a time: whatever made a permitted spelling makes the same one. Invisible characters made none.
        for c in all() {
            let typed = c.to_string();
            if may_be_set(&as_it_was(&typed)) {
                assert_eq!(password(&typed), as_it_was(&typed), "U+{:04X}", u32::from(c));
            }
        }
    }

    #[test]
    fn a_control_character_keeps_no_letter_from_its_accent() {
        assert_eq!(fold("ｶ\u{8f}ﾞ"), "ガ");
        assert_eq!(fold("e\u{7}\u{301}"), "é");
    }

    proptest! {
        #[test]
        fn no_text_that_could_be_set_means_another_one_now(text in "[!-~！-～￥¥\u{FEFF}\u{200B}\u{301}é]{1,12}") {
            if may_be_set(&as_it_was(&text)) {
                prop_assert_eq!(password(&text), as_it_was(&text));
            }
            // And what is kept stands in its one spelling already.
            prop_assert_eq!(password(&password(&text)), password(&text));
        }
    }

    #[test]
    fn what_nobody_sees_is_no_part_of_ids_codes_dates_and_addresses() {
        for c in all().filter(|c| is_invisible(*c)) {
            assert_eq!(fold(&format!("{c}te{c}st{c} ")), "test", "U+{:04X}", u32::from(c));
            assert_eq!(digits(&format!("{c}066{c}474")), "066474", "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn a_text_in_which_nothing_can_be_seen_is_blank() {
        for c in all().filter(|c| is_invisible(*c) || c.is_whitespace() || c.is_control()) {
            assert!(is_blank(&format!("{c} {c}")), "U+{:04X}", u32::from(c));
            assert!(!is_blank(&format!("{c}あ{c}")), "U+{:04X}", u32::from(c));
        }
        assert!(is_blank("") && is_blank("\u{2800}") && !is_blank("-"));
    }

    #[test]
    fn a_telephone_number_is_dialled_whatever_keyboard_wrote_it() {
        for (text, dialled, seen) in [
            ("03-1234-5678", Some("0312345678"), "03-1234-5678"),
            ("０３－１２３４－５６７８", Some("0312345678"), "03-1234-5678"),
            ("０３ー１２３４ー５６７８", Some("0312345678"), "03-1234-5678"),
            ("03−1234−5678(内線 12)", Some("0312345678"), "03-1234-5678(内線 12)"),
            ("コールセンター (03)1234-5678", Some("0312345678"), "コールセンター (03)1234-5678"),
            ("+81 3 1234 5678", Some("+81312345678"), "+81 3 1234 5678"),
            ("1234-5678", None, "1234-5678"),
            ("組合まで", None, "組合まで"),
        ] {
            assert_eq!(phone(text).as_deref(), dialled, "{text}");
            assert_eq!(shown_phone(text), seen, "{text}");
        }
    }

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
        assert_eq!(search_key("齋藤 シヨウジ"), search_key("斉藤 しょうじ"));
    }

    #[test]
    fn each_form_of_a_character_leads_to_one() {
        let all: Vec<char> = FORMS.lines().flat_map(str::chars).collect();
        for (at, c) in all.iter().enumerate() {
            assert!(!all[..at].contains(c), "{c} stands there twice");
        }
        for row in FORMS.lines() {
            let forms: Vec<String> = row.chars().map(|c| search_key(&c.to_string())).collect();
            assert!(forms.windows(2).all(|pair| pair[0] == pair[1]), "{row}: {forms:?}");
        }
    }
}
