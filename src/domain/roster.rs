//! Roster: what a union's file says about its members, and what that changes here. Pure.
//!
//! A file is read whole before anything is compared: [`read`] gives every [`RosterRow`] and every flaw, [`PlanBuilder`]
//! compares the rows with the members that are known, and its [`Plan`] is what the store will write, all of it or
//! nothing.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{login_id::LoginId, tenant::ImportFormat};

pub mod column;
pub mod difference;
pub mod flaw;
mod header;
mod index;
pub mod missing;
pub mod much;
pub mod notice;
pub mod plan;
pub mod row;
pub(in crate::domain) mod table;
pub(in crate::domain) mod text;
pub mod undo;

pub use column::Column;
pub use flaw::{BadRow, FileFlaw, RowFlaw};
pub use notice::{CredentialNotice, Unprintable};
pub use plan::{Addition, ImportNote, KnownMember, Plan, PlanBuilder, PlannedChange, mark};
pub use row::{FirstCredentialSource, RosterRow};
pub use text::is_self_made;

use header::Header;
use index::{RowIndex, login_of, number_of};
use table::{CsvRecord, CsvTable};

/// Most mebibytes of a file (K7).
const MOST_MEBIBYTES: usize = 50;
/// Most bytes of a file (K7).
pub const MOST_BYTES: usize = MOST_MEBIBYTES << 20;
/// Most members in a file (K7).
pub const MOST_ROWS: usize = 300_000;
/// What divides columns in files that are no CSV.
const OTHER_SEPARATORS: [&str; 2] = [";", "\t"];
/// How the files of spreadsheets begin that are no text: a ZIP archive (`.xlsx`, `.ods`), a compound file (`.xls`).
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];
/// Days for which a freed user ID is given to nobody else (D7).
pub const LOGIN_RESTS_DAYS: i64 = 365;

/// A file as read.
#[derive(Debug, Default)]
pub struct Roster {
    /// The rows that are right in themselves, in the file's order.
    pub rows: Vec<RosterRow>,
    /// Everything that is wrong, in the file's order.
    pub bad: Vec<BadRow>,
    /// Headers that are no column of the roster.
    pub extra: Vec<String>,
}

/// Reads a file. `today` is the civil date in Japan; `watch` hears how many of all bytes are read.
///
/// # Errors
/// [`FileFlaw`] when the file as a whole cannot be read. Rows that are wrong are no error: they stand in
/// [`Roster::bad`].
pub fn read(
    bytes: &[u8],
    format: &ImportFormat,
    today: Date,
    watch: impl Fn(u64, u64),
) -> Result<Roster, FileFlaw> {
    if bytes.len() > MOST_BYTES {
        return Err(FileFlaw::TooLarge { most: MOST_MEBIBYTES });
    }
    if WORKBOOKS.iter().any(|start| bytes.starts_with(start)) {
        return Err(FileFlaw::Workbook);
    }
    let likelier = |flaw| likelier(flaw, bytes, format);
    let text = text::decode(bytes, format.encoding).map_err(likelier)?;
    let mut table = CsvTable::new(&text);
    let header = header(&table.next().ok_or(FileFlaw::Empty)??, format).map_err(likelier)?;
    let mut roster = Roster::default();
    let mut seen = EarlierRows::default();
    let mut count = 0;
    while let Some(record) = table.next() {
        let record = record?;
        if record.is_blank() {
            continue;
        }
        count += 1;
        if count > MOST_ROWS {
            return Err(FileFlaw::TooManyRows { most: MOST_ROWS });
        }
        if count % 1_000 == 0 {
            let of = text.len() as u64;
            watch(of - table.left() as u64, of);
        }
        match RosterRow::read(&record, &header, today) {
            Ok(row) => roster.take(row, &mut seen),
            Err(flaws) => {
                roster.bad.extend(flaws);
                // A row that is wrong may also be there twice, which is told in the same report.
                if let Some(key) = row::number_key(&record, &header) {
                    roster.claim_number(record.line, key, &mut seen);
                }
            }
        }
    }
    if count == 0 {
        return Err(FileFlaw::HeaderOnly);
    }
    roster.extra = header.extra;
    Ok(roster)
}

/// The columns by the first record. A first line with one column may be divided by something else.
fn header(first: &CsvRecord<'_>, format: &ImportFormat) -> Result<Header, FileFlaw> {
    let whole = first.fields.concat();
    match Header::read(first, &format.columns) {
        Err(FileFlaw::ColumnsMissing { .. })
            if first.width == 1 && OTHER_SEPARATORS.iter().any(|other| is_header(&whole, other, format)) =>
        {
            Err(FileFlaw::OtherSeparator)
        }
        other => other,
    }
}

/// The likelier cause, where a file makes no sense in the union's encoding and its first line would in another one.
fn likelier(flaw: FileFlaw, bytes: &[u8], format: &ImportFormat) -> FileFlaw {
    let senseless = matches!(
        flaw,
        FileFlaw::NotUtf8 { .. }
            | FileFlaw::NotCp932 { .. }
            | FileFlaw::ColumnsMissing { .. }
            | FileFlaw::Empty
    );
    let reads = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        is_header(line, ",", format) || OTHER_SEPARATORS.iter().any(|other| is_header(line, other, format))
    };
    match senseless.then(|| text::other_encoding(bytes, reads)).flatten() {
        Some(found) => FileFlaw::OtherEncoding { found, wanted: format.encoding },
        None => flaw,
    }
}

fn is_header(line: &str, separator: &str, format: &ImportFormat) -> bool {
    let line = line.replace(separator, ",");
    let record = CsvTable::new(&line).next().and_then(Result::ok);
    record.is_some_and(|record| Header::read(&record, &format.columns).is_ok())
}

/// What the rows so far have, to find what is there twice.
#[derive(Default)]
struct EarlierRows {
    numbers: RowIndex,
    logins: RowIndex,
    /// Numbers and user IDs of rows that are wrong and not kept, with their lines.
    others: [HashMap<String, u32>; 2],
}

impl Roster {
    /// The earlier line that has the number.
    fn line_of_number(&self, key: &str, seen: &EarlierRows) -> Option<u32> {
        let [others, _] = &seen.others;
        let kept = seen.numbers.find(key, &self.rows, number_of).and_then(|at| self.rows.get(at));
        kept.map(|row| row.line).or_else(|| others.get(key).copied())
    }

    /// The earlier line that has the user ID.
    fn line_of_login(&self, login: &str, seen: &EarlierRows) -> Option<u32> {
        let [_, others] = &seen.others;
        let kept = seen.logins.find(login, &self.rows, login_of).and_then(|at| self.rows.get(at));
        kept.map(|row| row.line).or_else(|| others.get(login).copied())
    }

    fn tell_number_twice(&mut self, line: u32, earlier: u32) {
        let flaw = RowFlaw::NumberTwice { line: earlier };
        self.bad.push(BadRow { line, column: Some(Column::Bango), flaw });
    }

    /// Notes whose number a line that is wrong has, or that an earlier line has it.
    fn claim_number(&mut self, line: u32, key: String, seen: &mut EarlierRows) {
        if let Some(earlier) = self.line_of_number(&key, seen) {
            self.tell_number_twice(line, earlier);
        } else {
            let [numbers, _] = &mut seen.others;
            numbers.insert(key, line);
        }
    }

    /// Keeps a row, unless an earlier one has its number or its user ID.
    fn take(&mut self, row: RosterRow, seen: &mut EarlierRows) {
        let number = self.line_of_number(&row.key, seen);
        let login = row.kind.login().map(LoginId::as_str);
        let twice = login.and_then(|login| self.line_of_login(login, seen));
        if let Some(earlier) = number {
            self.tell_number_twice(row.line, earlier);
        }
        if let Some(earlier) = twice {
            let flaw = RowFlaw::UserIdTwice { line: earlier };
            self.bad.push(BadRow { line: row.line, column: Some(Column::UserId), flaw });
        }
        if number.is_none() && twice.is_none() {
            self.rows.push(row);
            let at = self.rows.len() - 1;
            seen.numbers.add(at, &self.rows, number_of);
            seen.logins.add(at, &self.rows, login_of);
            return;
        }
        let [numbers, logins] = &mut seen.others;
        if number.is_none() {
            numbers.insert(row.key.to_string(), row.line);
        }
        if let Some(login) = login.filter(|_| twice.is_none()) {
            logins.insert(login.to_owned(), row.line);
        }
    }
}

#[cfg(test)]
mod tests;
