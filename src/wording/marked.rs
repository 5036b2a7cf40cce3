//! Marked: texts in which a stretch is in another language than the page: a screen reader is told (WCAG 2.2, 3.1.2). On pages
//! short words with a hyphen are kept on one line as well: e-mail, a domain, a phone number.

use std::fmt;

use askama::filters::{Html, HtmlSafe, escape};

use crate::domain::tenant::Language;

/// A text as HTML on a page of that language: Japanese words on a page in another language are marked.
///
/// It belongs between tags; an attribute takes no marks.
#[derive(Debug, Clone)]
pub struct Marked<T> {
    text: T,
    language: Language,
    keeps_whole: bool,
}

impl<T: AsRef<str>> Marked<T> {
    /// The text, unescaped, on a page of that language.
    pub fn new(text: T, language: Language) -> Self {
        Self { text, language, keeps_whole: false }
    }

    /// The same where the style sheet is at hand that keeps words with a hyphen on one line.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { keeps_whole: true, ..self }
    }

    fn write(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = text;
        while let Some((before, word, behind)) = split_at_hyphenated(rest).filter(|_| self.keeps_whole) {
            escaped(before, f)?;
            f.write_str("<span class=\"whole\">")?;
            escaped(word, f)?;
            f.write_str("</span>")?;
            rest = behind;
        }
        escaped(rest, f)
    }
}

impl<T: AsRef<str>> HtmlSafe for Marked<T> {}

impl<T: AsRef<str>> fmt::Display for Marked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.as_ref();
        let has_japanese = self.language != Language::Ja && text.contains(is_japanese);
        // One box for a button that lays out what is in it.
        let is_boxed = self.keeps_whole && (has_japanese || split_at_hyphenated(text).is_some());
        if is_boxed {
            f.write_str("<span>")?;
        }
        self.write_marked(text, f)?;
        if is_boxed {
            f.write_str("</span>")?;
        }
        Ok(())
    }
}

impl<T: AsRef<str>> Marked<T> {
    fn write_marked(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.language == Language::Ja {
            return self.write(text, f);
        }
        let mut rest = text;
        while let Some((before, japanese, behind)) = split_at_japanese(rest) {
            self.write(before, f)?;
            f.write_str("<span lang=\"ja\">")?;
            escaped(japanese, f)?;
            f.write_str("</span>")?;
            rest = behind;
        }
        self.write(rest, f)
    }
}

/// The longest word that is kept on one line, in letters: for longer ones there may be no room.
const LONGEST_WHOLE: usize = 12;

/// The first short word with a hyphen inside, with what stands before and behind it.
fn split_at_hyphenated(text: &str) -> Option<(&str, &str, &str)> {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '@');
    text.match_indices('-').find_map(|(at, _)| {
        let (before, from) = text.split_at(at);
        let start = before.trim_end_matches(is_of_word).len();
        let end = at + from.len() - from.trim_start_matches(is_of_word).len();
        let word = text.get(start..end)?.trim_matches(['-', '.']);
        let start = start + text.get(start..end)?.find(word)?;
        let is_whole = word.contains('-') && word.len() <= LONGEST_WHOLE;
        is_whole.then(|| Some((text.get(..start)?, word, text.get(start + word.len()..)?)))?
    })
}

fn escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Ok(escaped) = escape(text, Html);
    write!(f, "{escaped}")
}

/// The first stretch of Japanese with what stands before and behind it. Digits and punctuation between two Japanese
/// words belong to it (昭和54年8月22日).
fn split_at_japanese(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find(is_japanese)?;
    let (before, from) = text.split_at(start);
    let end = from
        .char_indices()
        .take_while(|(_, letter)| is_japanese(*letter) || joins(*letter))
        .filter(|(_, letter)| is_japanese(*letter))
        .last()
        .map_or(from.len(), |(at, letter)| at + letter.len_utf8());
    let (japanese, behind) = from.split_at(end);
    Some((before, japanese, behind))
}

/// Whether a letter is read in Japanese only: kana or kanji.
pub fn is_japanese(letter: char) -> bool {
    matches!(letter, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '々' | '一'..='鿿' | '㐀'..='䶿' | 'ｦ'..='ﾟ')
}

/// Whether a sign may stand between two Japanese words without parting them.
fn joins(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '・' | '\u{3000}'..='\u{301f}' | '\u{ff01}'..='\u{ff65}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_an_english_page(text: &str) -> String {
        Marked::new(text, Language::En).to_string()
    }

    #[test]
    fn japanese_on_an_english_page_is_marked() {
        assert_eq!(on_an_english_page("Nothing <here>"), "Nothing &#60;here&#62;");
        assert_eq!(
            on_an_english_page("such as 昭和54年8月22日 work, 第3版 too"),
            "such as <span lang=\"ja\">昭和54年8月22日</span> work, <span lang=\"ja\">第3版</span> too"
        );
        assert_eq!(
            on_an_english_page("(記号・番号・枝番) 12"),
            "(<span lang=\"ja\">記号・番号・枝番</span>) 12"
        );
    }

    #[test]
    fn short_words_with_a_hyphen_are_kept_whole() {
        let whole = |text, language| Marked::new(text, language).whole().to_string();
        assert_eq!(
            whole("Send the e-mail again - now. Pre-", Language::En),
            "<span>Send the <span class=\"whole\">e-mail</span> again - now. Pre-</span>"
        );
        assert_eq!(
            whole("「kosmo-web.jp」からのメール。", Language::Ja),
            "<span>「<span class=\"whole\">kosmo-web.jp</span>」からのメール。</span>"
        );
        let long = "a-name-that-is-very-long@example.jp";
        assert_eq!(whole(long, Language::En), long);
    }

    #[test]
    fn a_japanese_page_has_no_marks() {
        assert_eq!(Marked::new("記号 & 番号", Language::Ja).to_string(), "記号 &#38; 番号");
    }
}
