//! What is wrong with a roster, in words for the union's staff: what it is, and where that is not plain, what to do.
//!
//! No catch-all arm anywhere: a new flaw does not compile until it has its words. None quotes a cell: reports are mailed
//! around, names and birth dates are not.

use super::Words;
use crate::domain::{
    member::{LastDayFlaw, NumberFlaw},
    refusal::BirthDateFlaw,
    roster::{FileFlaw, ImportNote, RowFlaw},
    spreadsheet::SpreadsheetTrace,
    tenant::RosterEncoding,
};

impl Words<'_> {
    /// Why a whole file cannot be read.
    pub fn file_flaw(&self, flaw: &FileFlaw) -> String {
        match flaw {
            FileFlaw::TooLarge { most } => self.msg1("roster-file-too-large", "most", most),
            FileFlaw::Empty => self.msg("roster-file-empty"),
            FileFlaw::Workbook => self.msg("roster-file-workbook"),
            FileFlaw::OtherEncoding { found, wanted: RosterEncoding::Utf8 } => {
                self.msg1("roster-file-other-than-utf-8", "found", *found)
            }
            FileFlaw::OtherEncoding { found, wanted: RosterEncoding::Cp932 } => {
                self.msg1("roster-file-other-than-cp932", "found", *found)
            }
            FileFlaw::OtherSeparator => self.msg("roster-file-other-separator"),
            FileFlaw::NotUtf8 { line } => self.msg1("roster-file-not-utf-8", "line", line),
            FileFlaw::NotCp932 { line } => self.msg1("roster-file-not-cp932", "line", line),
            FileFlaw::Cp932InsteadOfUtf8 => self.msg("roster-file-cp932-instead-of-utf-8"),
            FileFlaw::Utf8InsteadOfCp932 => self.msg("roster-file-utf-8-instead-of-cp932"),
            FileFlaw::OpenQuote { line } => self.msg1("roster-file-open-quote", "line", line),
            FileFlaw::ColumnsMissing { wanted, found } => {
                let (wanted, found) = (self.headers(wanted), self.headers(found));
                self.msg2("roster-file-columns-missing", "wanted", wanted, "found", found)
            }
            FileFlaw::ColumnTwice { header } => self.msg1("roster-file-column-twice", "header", header),
            FileFlaw::ColumnAlike { found, wanted } => {
                self.msg2("roster-file-column-alike", "found", found, "wanted", wanted)
            }
            FileFlaw::TooManyColumns { most } => self.msg1("roster-file-too-many-columns", "most", most),
            FileFlaw::HeaderOnly => self.msg("roster-file-header-only"),
            FileFlaw::TooManyRows { most } => self.msg1("roster-file-too-many-rows", "most", most),
        }
    }

    /// Headers in the language's quotation marks.
    fn headers(&self, headers: &[String]) -> String {
        let quoted: Vec<_> =
            headers.iter().map(|header| self.msg1("roster-header", "header", header)).collect();
        quoted.join(", ")
    }

    /// What is wrong with a row.
    pub fn row_flaw(&self, flaw: &RowFlaw) -> String {
        match flaw {
            RowFlaw::Ragged { found, wanted } => {
                self.msg2("roster-row-ragged", "found", found, "wanted", wanted)
            }
            RowFlaw::StrayQuote => self.msg("roster-row-stray-quote"),
            RowFlaw::FieldTooLong { most } => self.msg1("roster-row-field-too-long", "most", most),
            RowFlaw::ControlCharacter => self.msg("roster-row-control-character"),
            RowFlaw::Number(flaw) => self.number_flaw(*flaw),
            RowFlaw::Spreadsheet(trace) => self.trace(*trace),
            RowFlaw::NumberTwice { line } => self.msg1("roster-row-number-twice", "line", line),
            RowFlaw::BirthDateMissing => self.msg("roster-row-birth-date-missing"),
            RowFlaw::BirthDate(flaw) => self.msg(match flaw {
                BirthDateFlaw::SixDigits => "roster-birth-date-six-digits",
                BirthDateFlaw::Unreadable => "roster-birth-date-unreadable",
                BirthDateFlaw::NoSuchDay => "roster-birth-date-no-such-day",
                BirthDateFlaw::Future => "roster-birth-date-future",
                BirthDateFlaw::TooLongAgo => "roster-birth-date-too-long-ago",
            }),
            RowFlaw::BirthDateTime => self.msg("roster-row-birth-date-time"),
            RowFlaw::BirthDateSerial => self.msg("roster-row-birth-date-serial"),
            RowFlaw::NameMissing => self.msg("roster-row-name-missing"),
            RowFlaw::TooLong { most } => self.msg1("roster-row-too-long", "most", most),
            RowFlaw::UserIdMalformed => self.msg("roster-row-user-id-malformed"),
            RowFlaw::UserIdTwice { line } => self.msg1("roster-row-user-id-twice", "line", line),
            RowFlaw::UserIdTaken => self.msg("roster-row-user-id-taken"),
            RowFlaw::UserIdResting => self.msg("roster-row-user-id-resting"),
            RowFlaw::TempPasswordAlone => self.msg("roster-row-temp-password-alone"),
            RowFlaw::EmailMalformed => self.msg("roster-row-email-malformed"),
            RowFlaw::LastDay(flaw) => self.msg(match flaw {
                LastDayFlaw::Missing | LastDayFlaw::Unreadable => "roster-last-day-unreadable",
                LastDayFlaw::NoSuchDay => "roster-last-day-no-such-day",
                // The past is never said of a row: leavers of years ago stand in rosters.
                LastDayFlaw::TooFar | LastDayFlaw::Past => "roster-last-day-too-far",
                LastDayFlaw::BeforeBirth => "roster-last-day-before-birth",
            }),
            RowFlaw::FormerInFile { line } => self.msg1("roster-row-former-in-file", "line", line),
            RowFlaw::FormerTwice { line } => self.msg1("roster-row-former-twice", "line", line),
            RowFlaw::FormerBornOtherwise => self.msg("roster-row-former-born-otherwise"),
            RowFlaw::FormerBesideNew => self.msg("roster-row-former-beside-new"),
        }
    }

    /// What is wrong with a part of the number.
    pub fn number_flaw(&self, flaw: NumberFlaw) -> String {
        match flaw {
            NumberFlaw::Missing => self.msg("roster-number-missing"),
            NumberFlaw::NotDigits => self.msg("roster-number-not-digits"),
            NumberFlaw::TooLong { most } => self.msg1("roster-number-too-long", "most", most),
            NumberFlaw::NotABranch => self.msg("roster-number-not-a-branch"),
            NumberFlaw::Character => self.msg("roster-number-character"),
            NumberFlaw::Spreadsheet(trace) => self.trace(trace),
        }
    }

    /// What a spreadsheet did to a cell: the likely cause, and what to do.
    fn trace(&self, trace: SpreadsheetTrace) -> String {
        self.msg(match trace {
            SpreadsheetTrace::Exponent => "roster-spreadsheet-exponent",
            SpreadsheetTrace::ErrorValue => "roster-spreadsheet-error-value",
            SpreadsheetTrace::Formula => "roster-spreadsheet-formula",
            SpreadsheetTrace::Apostrophe => "roster-spreadsheet-apostrophe",
            SpreadsheetTrace::Date => "roster-spreadsheet-date",
            SpreadsheetTrace::Amount => "roster-spreadsheet-amount",
            SpreadsheetTrace::Sign => "roster-spreadsheet-sign",
        })
    }

    /// What the union should know of a row that came in.
    pub fn roster_note(&self, note: ImportNote) -> String {
        match note {
            ImportNote::EmailTwice { earlier, .. } => {
                self.msg1("roster-note-email-twice", "earlier", earlier)
            }
            ImportNote::EmailTaken { .. } => self.msg("roster-note-email-taken"),
            ImportNote::FormerUnknown { .. } => self.msg("roster-note-former-unknown"),
            ImportNote::FormerNumber { .. } => self.msg("roster-note-former-number"),
            ImportNote::LeftBefore { .. } => self.msg("roster-note-left-before"),
        }
    }
}
