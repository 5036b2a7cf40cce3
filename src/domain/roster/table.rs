//! Table: a strict reader of comma-separated text that knows the line of everything.
//!
//! # Decision
//! Own reader of RFC 4180, 100 lines.
//! # Because
//! The union must be told *where* its file is broken. A lenient reader takes an open quote for a field that
//! lasts to the end of the file, and thousands of members would silently be missing.
//! # Instead of
//! The `csv` crate, which reads anything. The tests let it write what is read here.

use std::borrow::Cow;

use super::flaw::FileFlaw;

/// More columns than any roster has; fields beyond are counted and not kept.
pub const MOST_COLUMNS: usize = 200;

/// One record of the file.
#[derive(Debug)]
pub struct CsvRecord<'t> {
    /// Line on which it begins, counted from 1.
    pub line: u32,
    /// Its fields, quotes taken off; at most [`MOST_COLUMNS`].
    pub fields: Vec<Cow<'t, str>>,
    /// How many fields there were.
    pub width: usize,
    /// Whether a quote stood in the middle of a field.
    pub stray_quote: bool,
}

impl CsvRecord<'_> {
    /// Whether nothing at all is written in it: spreadsheets leave such rows at the end.
    pub fn is_blank(&self) -> bool {
        self.fields.iter().all(|field| field.trim().is_empty())
    }
}

/// The records of a text, one after the other.
#[derive(Debug)]
pub struct CsvTable<'t> {
    rest: &'t str,
    line: u32,
}

impl<'t> CsvTable<'t> {
    /// Reads `text` from its first line.
    pub fn new(text: &'t str) -> Self {
        Self { rest: text, line: 1 }
    }

    /// How many bytes are still to be read.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    fn record(&mut self) -> Result<CsvRecord<'t>, FileFlaw> {
        let mut record = CsvRecord { line: self.line, fields: Vec::new(), width: 0, stray_quote: false };
        loop {
            let (field, stray) = self.field()?;
            record.width += 1;
            record.stray_quote |= stray;
            if record.fields.len() < MOST_COLUMNS {
                record.fields.push(field);
            }
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
            } else {
                self.end_line();
                return Ok(record);
            }
        }
    }

    fn end_line(&mut self) -> bool {
        let after = ["\r\n", "\n", "\r"].into_iter().find_map(|end| self.rest.strip_prefix(end));
        if let Some(rest) = after {
            self.rest = rest;
            self.line = self.line.saturating_add(1);
        }
        after.is_some()
    }

    /// The next field, and whether a quote stood where none belongs.
    fn field(&mut self) -> Result<(Cow<'t, str>, bool), FileFlaw> {
        if let Some(inside) = self.rest.strip_prefix('"') {
            return self.quoted(inside);
        }
        let field = self.bare();
        Ok((Cow::Borrowed(field), field.contains('"')))
    }

    fn bare(&mut self) -> &'t str {
        let end = self.rest.find([',', '\r', '\n']).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest;
        field
    }

    fn quoted(&mut self, mut inside: &'t str) -> Result<(Cow<'t, str>, bool), FileFlaw> {
        let opened = self.line;
        let mut value = Cow::Borrowed("");
        loop {
            let Some((part, after)) = inside.split_once('"') else {
                return Err(FileFlaw::OpenQuote { line: opened });
            };
            self.line = self.line.saturating_add(line_ends(part));
            value += part;
            if let Some(more) = after.strip_prefix('"') {
                value += "\"";
                inside = more;
                continue;
            }
            self.rest = after;
            let tail = self.bare();
            value += tail;
            return Ok((value, !tail.is_empty()));
        }
    }
}

impl<'t> Iterator for CsvTable<'t> {
    type Item = Result<CsvRecord<'t>, FileFlaw>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.end_line() {}
        if self.rest.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.rest = "";
        }
        Some(record)
    }
}

/// Ends of line in a text, whichever system wrote them.
pub fn line_ends(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let alone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    let ends =
        bytes.iter().enumerate().filter(|(at, byte)| **byte == b'\n' || (**byte == b'\r' && alone(*at)));
    u32::try_from(ends.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>)> {
        CsvTable::new(text)
            .map(|record| {
                let record = record.unwrap();
                (record.line, record.fields.iter().map(ToString::to_string).collect())
            })
            .collect()
    }

    fn row(line: u32, fields: &[&str]) -> (u32, Vec<String>) {
        (line, fields.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn quotes_commas_and_line_ends_of_every_system() {
        assert_eq!(read("a,b\r\nc,\"d,\"\"e\"\"\"\n"), [row(1, &["a", "b"]), row(2, &["c", "d,\"e\""])]);
        assert_eq!(read("a\rb\n\n\nc"), [row(1, &["a"]), row(2, &["b"]), row(5, &["c"])]);
        assert_eq!(read("\"\",\n"), [row(1, &["", ""])]);
        assert_eq!(read(""), []);
    }

    #[test]
    fn lines_are_counted_as_an_editor_shows_them() {
        assert_eq!(
            read("x,\"two\r\nlines\"\r\n\r\ny,z\r\n"),
            [row(1, &["x", "two\r\nlines"]), row(4, &["y", "z"])]
        );
    }

    #[test]
    fn an_open_quote_is_told_where_it_was_opened() {
        let all: Vec<_> = CsvTable::new("a,b\nc,\"d\ne,f\n").collect();
        assert!(matches!(all.as_slice(), [Ok(_), Err(FileFlaw::OpenQuote { line: 2 })]));
    }

    #[test]
    fn a_quote_in_the_middle_of_a_field_is_noticed() {
        for text in ["a\"b,c", "\"a\"b,c", " \"a\",c"] {
            assert!(CsvTable::new(text).next().unwrap().unwrap().stray_quote, "{text}");
        }
        assert!(!CsvTable::new("\"a\"\"b\",c").next().unwrap().unwrap().stray_quote);
    }

    #[test]
    fn a_million_columns_are_counted_and_not_kept() {
        let text = ",".repeat(1_000_000);
        let record = CsvTable::new(&text).next().unwrap().unwrap();
        assert_eq!((record.width, record.fields.len()), (1_000_001, MOST_COLUMNS));
    }

    proptest! {
        #[test]
        fn whatever_a_writer_writes_is_read_back(rows in prop::collection::vec(prop::collection::vec("[a,\"\r\n記]{0,6}", 1..4), 0..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let back: Vec<Vec<String>> = read(&text).into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(back, rows);
        }

        #[test]
        fn no_text_makes_it_stumble(text in "[a,\"\r\n]{0,60}") {
            for record in CsvTable::new(&text) {
                drop(record);
            }
        }
    }
}
