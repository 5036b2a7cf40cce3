//! Flaw: what can be wrong with a roster file. Never holds what a cell says: reports are mailed around, names and birth
//! dates are not. `wording` has the sentences for the union's staff.

use super::column::Column;
use crate::domain::{
    member::{LastDayFlaw, NumberFlaw},
    refusal::BirthDateFlaw,
    spreadsheet::SpreadsheetTrace,
    tenant::RosterEncoding,
};

/// UTF-16 by its name.
pub const UTF_16: &str = "UTF-16";

/// The whole file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFlaw {
    /// More bytes than a roster can have.
    TooLarge {
        /// The largest size, in MiB.
        most: usize,
    },
    /// No byte in it.
    Empty,
    /// A spreadsheet's workbook (`.xlsx`, `.xls`, `.ods`), and no text at all.
    Workbook,
    /// An encoding that no union is set to.
    OtherEncoding {
        /// The name of the encoding the file has.
        found: &'static str,
        /// The encoding the union's file is set to.
        wanted: RosterEncoding,
    },
    /// Columns are divided by something else than commas.
    OtherSeparator,
    /// Not UTF-8 from that line on.
    NotUtf8 {
        /// The line of the file, from 1.
        line: u32,
    },
    /// Not CP932 from that line on.
    NotCp932 {
        /// The line of the file, from 1.
        line: u32,
    },
    /// CP932, where the union's file says UTF-8.
    Cp932InsteadOfUtf8,
    /// UTF-8, where the union's file says CP932.
    Utf8InsteadOfCp932,
    /// A quote is opened and never closed.
    OpenQuote {
        /// Where it was opened.
        line: u32,
    },
    /// Columns without which nothing can be imported are not there.
    ColumnsMissing {
        /// The headers of the missing columns.
        wanted: Vec<String>,
        /// The headers of the file.
        found: Vec<String>,
    },
    /// Two columns have the same header.
    ColumnTwice {
        /// The header that stands twice.
        header: String,
    },
    /// A header is nearly the one of a column that would be missing.
    ColumnAlike {
        /// The header of the file.
        found: String,
        /// The header of the column.
        wanted: String,
    },
    /// More columns than a roster can have.
    TooManyColumns {
        /// The largest number of columns.
        most: usize,
    },
    /// A header and nothing below it.
    HeaderOnly,
    /// More rows than a roster can have.
    TooManyRows {
        /// The largest number of rows.
        most: usize,
    },
}

impl FileFlaw {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "file-too-large",
            Self::Empty => "file-empty",
            Self::Workbook => "file-workbook",
            Self::OtherEncoding { found: UTF_16, .. } => "file-utf-16",
            Self::OtherEncoding { .. } => "file-other-encoding",
            Self::OtherSeparator => "file-other-separator",
            Self::NotUtf8 { .. } => "file-not-utf-8",
            Self::NotCp932 { .. } => "file-not-cp932",
            Self::Cp932InsteadOfUtf8 => "file-cp932-instead-of-utf-8",
            Self::Utf8InsteadOfCp932 => "file-utf-8-instead-of-cp932",
            Self::OpenQuote { .. } => "open-quote",
            Self::ColumnsMissing { .. } => "columns-missing",
            Self::ColumnTwice { .. } => "column-twice",
            Self::ColumnAlike { .. } => "column-alike",
            Self::TooManyColumns { .. } => "too-many-columns",
            Self::HeaderOnly => "header-only",
            Self::TooManyRows { .. } => "too-many-rows",
        }
    }

    /// The line it is about, where there is one.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::NotUtf8 { line } | Self::NotCp932 { line } | Self::OpenQuote { line } => Some(*line),
            Self::OtherSeparator
            | Self::ColumnsMissing { .. }
            | Self::ColumnTwice { .. }
            | Self::ColumnAlike { .. } => Some(1),
            _ => None,
        }
    }
}

/// One thing that is wrong in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The line on which the row begins, as an editor counts.
    pub line: u32,
    /// The column; none when it is about the whole row.
    pub column: Option<Column>,
    /// What is wrong with the row.
    pub flaw: RowFlaw,
}

/// How a row is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFlaw {
    /// More or fewer fields than the header.
    Ragged {
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        wanted: usize,
    },
    /// A quote in the middle of a field.
    StrayQuote,
    /// A field longer than any can be.
    FieldTooLong {
        /// The greatest length of a field, in bytes.
        most: usize,
    },
    /// A control character, such as a line end in a name.
    ControlCharacter,
    /// A part of the number is none.
    Number(NumberFlaw),
    /// What a spreadsheet made of the cell.
    Spreadsheet(SpreadsheetTrace),
    /// The same 記号・番号・枝番 stands in an earlier row.
    NumberTwice {
        /// The earlier row's line.
        line: u32,
    },
    /// The row has no birth date.
    BirthDateMissing,
    /// Not a birth date.
    BirthDate(BirthDateFlaw),
    /// A time of day that is not midnight.
    BirthDateTime,
    /// A spreadsheet's count of days.
    BirthDateSerial,
    /// The row has no name.
    NameMissing,
    /// More characters than allowed.
    TooLong {
        /// The greatest length, in characters.
        most: usize,
    },
    /// Not a user ID.
    UserIdMalformed,
    /// The same user ID stands in an earlier row.
    UserIdTwice {
        /// The earlier row's line.
        line: u32,
    },
    /// Another member has the user ID.
    UserIdTaken,
    /// Another member had the user ID within the year (D7).
    UserIdResting,
    /// A temporary password and no user ID.
    TempPasswordAlone,
    /// Not a mail address.
    EmailMalformed,
    /// Not a last day of a membership.
    LastDay(LastDayFlaw),
    /// The former number stands in another row as a number of its own.
    FormerInFile {
        /// That row's line.
        line: u32,
    },
    /// Another row names the same former number.
    FormerTwice {
        /// The earlier row's line.
        line: u32,
    },
    /// The member with the former number was born on another day.
    FormerBornOtherwise,
    /// The new number is a member's already, and the former one another member's.
    FormerBesideNew,
}

impl RowFlaw {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ragged { .. } => "ragged-row",
            Self::StrayQuote => "stray-quote",
            Self::FieldTooLong { .. } => "field-too-long",
            Self::ControlCharacter => "control-character",
            Self::Number(flaw) => flaw.code(),
            Self::Spreadsheet(trace) => trace.code(),
            Self::NumberTwice { .. } => "number-twice",
            Self::BirthDateMissing => "birth-date-missing",
            Self::BirthDate(flaw) => match flaw {
                BirthDateFlaw::SixDigits => "birth-date-six-digits",
                BirthDateFlaw::Unreadable => "birth-date-unreadable",
                BirthDateFlaw::NoSuchDay => "birth-date-no-such-day",
                BirthDateFlaw::Future => "birth-date-future",
                BirthDateFlaw::TooLongAgo => "birth-date-too-long-ago",
            },
            Self::BirthDateTime => "birth-date-time",
            Self::BirthDateSerial => "birth-date-serial",
            Self::NameMissing => "name-missing",
            Self::TooLong { .. } => "too-long",
            Self::UserIdMalformed => "user-id-malformed",
            Self::UserIdTwice { .. } => "user-id-twice",
            Self::UserIdTaken => "user-id-taken",
            Self::UserIdResting => "user-id-resting",
            Self::TempPasswordAlone => "temp-password-alone",
            Self::EmailMalformed => "email-malformed",
            Self::LastDay(flaw) => flaw.code(),
            Self::FormerInFile { .. } => "former-number-in-file",
            Self::FormerTwice { .. } => "former-number-twice",
            Self::FormerBornOtherwise => "former-number-born-otherwise",
            Self::FormerBesideNew => "former-number-beside-new",
        }
    }
}
