//! Flaw: what can be wrong with a roster file, each with its sentence for the union's staff. Never holds what a
//! cell says: reports are mailed around, names and birth dates are not.

use super::column::Column;
use crate::domain::{
    member::NumberFlaw,
    refusal::BirthDateFlaw,
    spreadsheet::SpreadsheetTrace,
    tenant::{Language, RosterEncoding},
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

    /// What happened and what to do.
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::Ja => self.japanese(),
            Language::En => self.english(),
        }
    }

    fn japanese(&self) -> String {
        match self {
            Self::TooLarge { most } => {
                format!("ファイルが {most} MB を超えています。加入者をいくつかのファイルに分けてください。")
            }
            Self::Empty => "ファイルが空です。書き出しが終わっているか確かめてください。".into(),
            Self::OtherEncoding { found, wanted } => format!(
                "文字コードが {found} です。表計算ソフトで開き、「{}」を選んで保存しなおしてください。",
                match wanted {
                    RosterEncoding::Utf8 => "CSV UTF-8(コンマ区切り)",
                    RosterEncoding::Cp932 => "CSV(コンマ区切り)",
                }
            ),
            Self::OtherSeparator => "列がコンマで区切られていません(タブやセミコロンです)。「CSV(コンマ区切り)」で保存しなおしてください。".into(),
            Self::NotUtf8 { line } => {
                format!("{line} 行目に UTF-8 ではない文字があります。UTF-8 で保存しなおしてください。")
            }
            Self::NotCp932 { line } => format!(
                "{line} 行目に CP932(Shift_JIS)ではない文字があります。文字コードを CP932 にして保存しなおしてください。"
            ),
            Self::Cp932InsteadOfUtf8 => "文字コードが CP932(Shift_JIS)です。この組合は UTF-8 の設定です。UTF-8 で保存しなおすか、組合のファイルの [import] を encoding = \"cp932\" にしてください。".into(),
            Self::Utf8InsteadOfCp932 => "文字コードが UTF-8 です。この組合は CP932(Shift_JIS)の設定です。CP932 で保存しなおすか、組合のファイルの [import] を encoding = \"utf-8\" にしてください。".into(),
            Self::OpenQuote { line } => {
                format!("{line} 行目で始まる「\"」が閉じていません。その行の「\"」を確かめてください。")
            }
            Self::ColumnsMissing { wanted, found } => format!(
                "1 行目に {} の列がありません。見つかった列: {}。見出しを直すか、組合のファイルの [import.columns] を合わせてください。",
                quoted(wanted, '「', '」'),
                quoted(found, '「', '」')
            ),
            Self::ColumnTwice { header } => {
                format!("「{header}」の列が 2 つあります。どちらか 1 つにしてください。")
            }
            Self::ColumnAlike { found, wanted } => format!(
                "「{found}」は「{wanted}」のまちがいではありませんか。見出しを直すか、組合のファイルの [import.columns] を合わせてください。"
            ),
            Self::TooManyColumns { most } => {
                format!("列が {most} を超えています。名簿のファイルか確かめてください。")
            }
            Self::HeaderOnly => "見出しの行だけで、加入者が 1 人もいません。書き出しの条件を確かめてください。".into(),
            Self::TooManyRows { most } => {
                format!("{most} 行を超えています。加入者をいくつかのファイルに分けてください。")
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::TooLarge { most } => {
                format!("The file is larger than {most} MB. Divide the members among several files.")
            }
            Self::Empty => "The file is empty. Was the export finished?".into(),
            Self::OtherEncoding { found, wanted } => format!(
                "The file is {found}. Open it in a spreadsheet and save it as \"{}\".",
                match wanted {
                    RosterEncoding::Utf8 => "CSV UTF-8 (Comma delimited)",
                    RosterEncoding::Cp932 => "CSV (Comma delimited)",
                }
            ),
            Self::OtherSeparator => {
                "The columns are divided by tabs or semicolons. Save the file as CSV with commas.".into()
            }
            Self::NotUtf8 { line } => format!("Line {line} is not UTF-8. Save the file again as UTF-8."),
            Self::NotCp932 { line } => {
                format!("Line {line} is not CP932 (Shift_JIS). Save the file again as CP932.")
            }
            Self::Cp932InsteadOfUtf8 => "The file is CP932 (Shift_JIS), and the union's setting is UTF-8. Save it as UTF-8, or say encoding = \"cp932\" under [import] of the union's file.".into(),
            Self::Utf8InsteadOfCp932 => "The file is UTF-8, and the union's setting is CP932 (Shift_JIS). Save it as CP932, or say encoding = \"utf-8\" under [import] of the union's file.".into(),
            Self::OpenQuote { line } => {
                format!("The quote opened on line {line} is never closed. Check the quotes of that line.")
            }
            Self::ColumnsMissing { wanted, found } => format!(
                "The first line has no column {}. Found: {}. Correct the header, or [import.columns] of the union's file.",
                quoted(wanted, '"', '"'),
                quoted(found, '"', '"')
            ),
            Self::ColumnTwice { header } => format!("There are two columns \"{header}\". Keep one."),
            Self::ColumnAlike { found, wanted } => format!(
                "Did you mean \"{wanted}\" by \"{found}\"? Correct the header, or [import.columns] of the union's file."
            ),
            Self::TooManyColumns { most } => format!("There are more than {most} columns. Is this a roster?"),
            Self::HeaderOnly => "There is a header and no member below it. Check what was exported.".into(),
            Self::TooManyRows { most } => {
                format!("There are more than {most} rows. Divide the members among several files.")
            }
        }
    }
}

fn quoted(words: &[String], open: char, close: char) -> String {
    words.iter().map(|word| format!("{open}{word}{close}")).collect::<Vec<_>>().join(", ")
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
        }
    }

    /// What is wrong, and where it is not plain, what to do.
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::Ja => self.japanese(),
            Language::En => self.english(),
        }
    }

    fn japanese(&self) -> String {
        match self {
            Self::Ragged { found, wanted } => {
                format!("項目が {found} 個あります。見出しは {wanted} 個です。")
            }
            Self::StrayQuote => "項目の途中に「\"」があります。項目全体を「\"」で囲み、中の「\"」は 2 つ重ねてください。".into(),
            Self::FieldTooLong { most } => format!("項目が長すぎます({most} バイトまで)。"),
            Self::ControlCharacter => "改行などの見えない文字が入っています。消してください。".into(),
            Self::Number(flaw) => flaw.sentence(Language::Ja),
            Self::Spreadsheet(trace) => trace.sentence(Language::Ja).into(),
            Self::NumberTwice { line } => format!("記号・番号・枝番が {line} 行目と同じです。"),
            Self::BirthDateMissing => "生年月日がありません。".into(),
            Self::BirthDate(flaw) => match flaw {
                BirthDateFlaw::SixDigits => "年が 2 けたです。西暦 4 けたか和暦で書いてください。",
                BirthDateFlaw::Unreadable => {
                    "生年月日として読めません。例: 19790822、1979/8/22、昭和54年8月22日、S54.8.22"
                }
                BirthDateFlaw::NoSuchDay => "その日はありません。",
                BirthDateFlaw::Future => "未来の日です。",
                BirthDateFlaw::TooLongAgo => "120 年より前の日です。",
            }
            .into(),
            Self::BirthDateTime => "生年月日に時刻が付いています。日付だけにしてください(0:00 は、付いていてもかまいません)。".into(),
            Self::BirthDateSerial => "日付が表計算ソフトの通し番号になっています。列の書式を「日付」にして保存しなおしてください。".into(),
            Self::NameMissing => "氏名がありません。".into(),
            Self::TooLong { most } => format!("長すぎます({most} 文字まで)。"),
            Self::UserIdMalformed => "ユーザIDに使えない文字があるか、64 文字を超えています。半角の英数字と記号だけで書いてください。".into(),
            Self::UserIdTwice { line } => format!("ユーザIDが {line} 行目と同じです。"),
            Self::UserIdTaken => "ユーザIDは、ほかの加入者が使っています。".into(),
            Self::UserIdResting => "ユーザIDは、ほかの加入者が 1 年以内に使っていました。別のIDにしてください。".into(),
            Self::TempPasswordAlone => "仮パスワードがありますが、ユーザID(仮ID)がありません。".into(),
            Self::EmailMalformed => "メールアドレスとして読めません。1 つだけ、半角で書いてください。".into(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Ragged { found, wanted } => format!("{found} fields, where the header has {wanted}."),
            Self::StrayQuote => {
                "A quote in the middle of the field. Quote the whole field and double the quotes in it."
                    .into()
            }
            Self::FieldTooLong { most } => format!("The field is too long (at most {most} bytes)."),
            Self::ControlCharacter => "An invisible character, such as a line end. Remove it.".into(),
            Self::Number(flaw) => flaw.sentence(Language::En),
            Self::Spreadsheet(trace) => trace.sentence(Language::En).into(),
            Self::NumberTwice { line } => format!("The same number stands on line {line}."),
            Self::BirthDateMissing => "The birth date is missing.".into(),
            Self::BirthDate(flaw) => match flaw {
                BirthDateFlaw::SixDigits => "The year has two digits. Write four, or a Japanese year.",
                BirthDateFlaw::Unreadable => {
                    "Not a birth date. Examples: 19790822, 1979/8/22, 昭和54年8月22日, S54.8.22"
                }
                BirthDateFlaw::NoSuchDay => "There is no such day.",
                BirthDateFlaw::Future => "The day is in the future.",
                BirthDateFlaw::TooLongAgo => "The day is more than 120 years ago.",
            }
            .into(),
            Self::BirthDateTime => {
                "There is a time behind the birth date. Leave the day only (0:00 may stay).".into()
            }
            Self::BirthDateSerial => {
                "A spreadsheet's count of days. Format the column as a date and save it again.".into()
            }
            Self::NameMissing => "The name is missing.".into(),
            Self::TooLong { most } => format!("Too long (at most {most} characters)."),
            Self::UserIdMalformed => {
                "Not a user ID: at most 64 letters, digits and signs, without spaces or kana.".into()
            }
            Self::UserIdTwice { line } => format!("The same user ID stands on line {line}."),
            Self::UserIdTaken => "Another member has this user ID.".into(),
            Self::UserIdResting => "Another member had this user ID within the year. Choose another.".into(),
            Self::TempPasswordAlone => "A temporary password without a user ID.".into(),
            Self::EmailMalformed => "Not a mail address. Write a single one.".into(),
        }
    }
}
