//! TOML file: one file as read: its values, and where each stands.
//!
//! # Decision
//! Values and positions come from one parse, `toml::de::DeTable`, walked by dotted path.
//! # Because
//! every key and value keeps its place in the text. What is not TOML was blanked before (`syntax`).
//! # Instead of
//! serde structs (they stop at the first mistake and forget where a value stood) and figment (it
//! knows the file but no line).

use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::syntax::{Source, SyntaxFlaw};

/// The key that names the advice a file sets aside.
pub(super) const ACCEPT: &str = "check.accept";

/// A value in a file, with its place.
pub(super) type TomlValue<'a> = Spanned<DeValue<'a>>;

/// One TOML file, parsed, with the places of its values.
pub(super) struct TomlFile<'a> {
    /// The path, relative as the folder was given.
    pub path: PathBuf,
    /// The union's file stem; `None` for `_defaults.toml`.
    pub tenant: Option<String>,
    /// The text as it was written.
    pub text: &'a str,
    /// What could be read of it.
    pub root: DeTable<'a>,
    /// What could not be parsed.
    pub flaws: &'a [SyntaxFlaw],
}

/// A place in a text: lines and characters from 1; the end is the character after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextRange {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl TextRange {
    /// The very start of a file.
    pub const START: Self = Self { line: 1, column: 1, end_line: 1, end_column: 1 };
}

impl<'a> TomlFile<'a> {
    /// Reads what can be read of a text.
    pub fn parse(path: PathBuf, tenant: Option<String>, source: &'a Source<'_>) -> Self {
        let (root, _) = DeTable::parse_recoverable(&source.text);
        Self { path, tenant, text: source.written, root: root.into_inner(), flaws: &source.flaws }
    }

    /// The value at a dotted path; entries of arrays by number from 0.
    pub fn get(&self, path: &str) -> Option<&TomlValue<'a>> {
        let mut segments = path.split('.');
        let mut value = self.root.get(segments.next()?)?;
        for segment in segments {
            value = match value.get_ref() {
                DeValue::Table(table) => table.get(segment)?,
                DeValue::Array(array) => array.get(segment.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// Whether the file sets this advice aside.
    pub fn accepts(&self, code: &str) -> bool {
        let codes = self.get(ACCEPT).and_then(|value| value.get_ref().as_array());
        codes.is_some_and(|codes| codes.iter().any(|entry| entry.get_ref().as_str() == Some(code)))
    }

    /// Where the value at `path` stands, or the nearest table around it, or the start of the file.
    pub fn place(&self, path: &str) -> TextRange {
        let mut path = path;
        loop {
            if let Some(value) = self.get(path) {
                return self.place_of(value.span());
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => return TextRange::START,
            }
        }
    }

    /// Bytes to lines and characters.
    pub fn place_of(&self, span: Range<usize>) -> TextRange {
        let (line, column) = line_and_column(self.text, span.start);
        let (end_line, end_column) = line_and_column(self.text, span.end.max(span.start));
        TextRange { line, column, end_line, end_column }
    }
}

/// The line and character of a byte, both from 1. Beyond the end counts as the end; a byte inside a
/// character counts as that character.
pub(super) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let head = text.get(..text.floor_char_boundary(byte)).unwrap_or(text);
    let line_start = head.rfind('\n').map_or(0, |at| at + 1);
    let line = head.matches('\n').count() + 1;
    let column = head.get(line_start..).unwrap_or("").trim_start_matches('\u{feff}').chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &'static str) -> TomlFile<'static> {
        let source = Box::leak(Box::new(crate::tenants::syntax::read(text)));
        TomlFile::parse(PathBuf::from("x.toml"), None, source)
    }

    #[test]
    fn places_in_a_broken_line_count_characters_too() {
        // What is broken is blanked byte for byte; an editor shows what was written.
        let file = file("あいう健保 = = 1\n");
        assert_eq!(file.place_of(file.flaws[0].span.clone()).column, "あいう健保 = =".chars().count());
        assert_eq!(file.place_of(0..file.text.len()).end_line, 2);
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        assert_eq!(line_and_column("名前 = 1\n健保 = 2", "名前 = 1\n健保".len()), (2, 3));
        assert_eq!(line_and_column("", 99), (1, 1));
    }

    #[test]
    fn a_value_stands_where_it_is_written() {
        let file = file("# 注\n[password]\nmin_length = 21\n[[notices]]\ntext = \"あ\"\n");
        assert_eq!(
            file.place("password.min_length"),
            TextRange { line: 3, column: 14, end_line: 3, end_column: 16 }
        );
        assert_eq!(file.place("notices.0.text").line, 5);
    }

    #[test]
    fn what_is_absent_stands_at_the_header_of_its_table() {
        let file = file("id = \"a\"\n\n[mail]\nfrom_name = \"x\"\n");
        assert_eq!(file.place("mail.from_address").line, 3);
        assert_eq!(file.place("contact.phone"), TextRange::START);
    }

    #[test]
    fn reading_goes_on_after_a_syntax_error() {
        let file = file("a = = 1\nb = 2\n[c\nd = 3\n[e]\nf = 4\nf = 5\n");
        assert_eq!(file.flaws.len(), 3);
        assert!(file.get("b").is_some());
        assert!(file.get("e.f").is_some());
    }
}
