//! Framed: the HTML that stands beside the text of a letter. It says the same words in the union's name and colour, with a
//! code that can be read from afar.
//!
//! # Decision
//! The page is made from the text when the letter is sent. Nothing in it is loaded, nothing is styled from elsewhere, and
//! only the band, the code's frame and the button have colours: on a dark screen the rest takes those of the mail program.
//! # Because
//! Two texts for one letter would part. A picture or a font that is fetched tells its server who reads when, and carriers
//! take such letters for advertising. Many mail programs throw style sheets away.
//! # Instead of
//! A second set of sentences, or a library for mail layouts.

use askama::Template;

use super::letter::{Composed, LetterButton};
use crate::{
    domain::{
        tenant::{Language, Tenant, TenantText},
        typed,
    },
    wording::Marked,
};

/// A letter as HTML.
#[derive(Template)]
#[template(path = "letter/framed.html")]
pub struct FramedLetter<'a> {
    language: Language,
    subject: &'a str,
    union: TenantText<'a>,
    /// `#rrggbb`, on which white can be read.
    colour: &'a str,
    /// The telephone link of the union.
    phone: String,
    blocks: Vec<LetterBlock<'a>>,
}

/// What stands below what came before, with a gap between.
enum LetterBlock<'a> {
    /// Lines of words and addresses.
    Paragraph(Vec<Vec<LinePiece<'a>>>),
    /// The code of the letter.
    Code(&'a str),
    /// What the letter is about is one press away.
    Button(&'a LetterButton),
}

/// A part of a line.
enum LinePiece<'a> {
    Words(&'a str),
    /// An address that can be pressed.
    Address(&'a str),
    /// The number of the union's phone.
    Phone(&'a str),
}

impl<'a> FramedLetter<'a> {
    /// A letter of that union.
    pub fn new(content: &'a Composed, tenant: &'a Tenant) -> Self {
        let language = content.language.unwrap_or(Language::Ja);
        Self {
            language,
            subject: &content.subject,
            union: tenant.name_in(language),
            colour: &tenant.brand.primary,
            phone: format!("tel:{}", typed::phone(&tenant.contact.phone).unwrap_or_default()),
            blocks: blocks(content, &tenant.contact.phone),
        }
    }
}

impl FramedLetter<'_> {
    /// Whether the union's name is in another language than the letter.
    fn is_foreign(&self) -> bool {
        self.union.language != self.language
    }

    /// Words of the letter, with what is not in its language marked.
    fn marked<T: AsRef<str>>(&self, text: T) -> Marked<T> {
        Marked::new(text, self.language)
    }
}

/// Paragraphs are parted by empty lines; the code and the button stand alone.
fn blocks<'a>(content: &'a Composed, phone: &str) -> Vec<LetterBlock<'a>> {
    let mut blocks = Vec::new();
    let mut paragraph = Vec::new();
    let is_label = |line: &str| content.button.as_ref().is_some_and(|button| button.label == line);
    for line in content.text.lines().map(str::trim_end) {
        let alone = match (&content.code, &content.button) {
            (Some(code), _) if line == code => Some(LetterBlock::Code(line)),
            (_, Some(button)) if line == button.link => Some(LetterBlock::Button(button)),
            _ => None,
        };
        if (alone.is_some() || line.is_empty()) && !paragraph.is_empty() {
            blocks.push(LetterBlock::Paragraph(std::mem::take(&mut paragraph)));
        }
        // Where there is no button to press, its words stand above the address.
        if alone.is_none() && !line.is_empty() && !is_label(line) {
            paragraph.push(pieces(line, phone));
        }
        blocks.extend(alone);
    }
    if !paragraph.is_empty() {
        blocks.push(LetterBlock::Paragraph(paragraph));
    }
    blocks
}

/// Parts words where the union's phone number stands.
fn with_phone<'a>(words: &'a str, phone: &str) -> Vec<LinePiece<'a>> {
    let Some(at) = words.find(phone).filter(|_| !phone.is_empty()) else {
        return vec![LinePiece::Words(words)];
    };
    let (before, from) = words.split_at(at);
    let (number, behind) = from.split_at(phone.len());
    vec![LinePiece::Words(before), LinePiece::Phone(number), LinePiece::Words(behind)]
}

/// Parts a line into words, the addresses between them, and the union's phone number.
fn pieces<'a>(line: &'a str, phone: &str) -> Vec<LinePiece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| !c.is_ascii_graphic() || "<>\"'()[]`\\".contains(c)).unwrap_or(from.len());
        let (whole, _) = from.split_at(end);
        let (address, after) = from.split_at(whole.trim_end_matches(['.', ',', ';', ':', '!', '?']).len());
        pieces.extend(with_phone(before, phone));
        pieces.push(LinePiece::Address(address));
        rest = after;
    }
    pieces.extend(with_phone(rest, phone));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str, code: Option<&str>, button: Option<(&str, &str)>) -> String {
        let content = Composed {
            subject: "件名".into(),
            text: text.into(),
            language: None,
            code: code.map(Into::into),
            button: button.map(|(label, link)| LetterButton { label: label.into(), link: link.into() }),
        };
        let blocks = blocks(&content, "03-0000-0000");
        FramedLetter {
            phone: "tel:0300000000".into(),
            language: Language::Ja,
            subject: &content.subject,
            union: TenantText { text: "みどり", language: Language::Ja },
            colour: "#005f6b",
            blocks,
        }
        .render()
        .unwrap()
    }

    #[test]
    fn a_text_becomes_paragraphs_links_and_a_large_code() {
        let text = "こんにちは <花子>\n二行目\n\n123456\nhttps://www.example.jp/r?a=1&b=2。つぎ\n654321";
        let page = page(text, Some("123456"), None);
        assert!(page.contains("こんにちは &#60;花子&#62;<br>二行目</p>"), "{page}");
        assert!(page.contains("text-align:center\">123456</p>"), "{page}");
        let address = "https://www.example.jp/r?a=1&#38;b=2";
        assert!(page.contains(&format!("<a href=\"{address}\">{address}</a>。つぎ<br>654321</p>")), "{page}");
    }

    #[test]
    fn a_button_says_what_it_does_and_shows_where_it_leads() {
        let link = "https://www.example.jp/x";
        let page =
            page(&format!("やめるには\n\n取りやめる\n{link}\n\n電話"), None, Some(("取りやめる", link)));
        assert_eq!(page.matches("取りやめる").count(), 1, "{page}");
        assert!(page.contains("text-decoration:none\">取りやめる</a>"), "{page}");
        assert!(page.contains(&format!("font-size:14px\">{link}</p>")), "{page}");
        assert!(page.contains("border-top:1px solid #888888\">電話</p>"), "{page}");
    }

    #[test]
    fn the_unions_phone_can_be_pressed() {
        let page = page("お電話ください。\n\nみどり健康保険組合\n03-0000-0000(平日 9:00〜17:00)", None, None);
        assert!(page.contains("<a href=\"tel:0300000000\">03-0000-0000</a>(平日"), "{page}");
    }

    #[test]
    fn no_address_in_a_text_leads_to_a_script() {
        let text = "javascript:alert(1) https://x.example/\"onclick=alert(1) <https://y.example>.";
        let page = page(text, None, None);
        assert_eq!(page.matches("<a ").count(), 2);
        assert!(
            page.contains("href=\"https://x.example/\">") && page.contains("href=\"https://y.example\">"),
            "{page}"
        );
        assert!(!page.contains("href=\"javascript"));
    }
}
