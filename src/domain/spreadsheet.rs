//! Spreadsheet: what such a program makes of a cell that is text ([D33]).
//!
//! Opened and saved once, `001000` becomes `1000`, `3456789` in a narrow column `3.45679E+06`, `1-2` a date. Some of
//! this can be recognised afterwards, and then the row is refused with its cause; what is handed to a printer is drawn
//! so that it survives.
//!
//! [D33]: crate::rules::decisions#d33

use super::typed;

/// What a spreadsheet has left in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpreadsheetTrace {
    /// `3.45679E+06`: most digits are lost.
    Exponent,
    /// `#NAME?`, `########`: the content is lost.
    ErrorValue,
    /// A formula: `=`, `+` or `@` in front.
    Formula,
    /// `'` in front, which marks text there.
    Apostrophe,
    /// `3月4日`, `4-Mar`, `2026/3/4`: taken for a date.
    Date,
    /// `1,000`, `1000.0`: shown as an amount.
    Amount,
    /// `(12)`, `-12`, `*12`: brackets and signs of book-keeping.
    Sign,
}

/// Content that a spreadsheet shows instead of what it could not compute.
const ERROR_VALUES: [&str; 17] = [
    "#NAME?",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#N/A",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#UNKNOWN!",
    "#BUSY!",
    "#PYTHON!",
    "#EXTERNAL!",
    "#GETTING_DATA",
];

/// English months, as spreadsheets abbreviate them in Japan too.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl SpreadsheetTrace {
    /// In any cell: what no person writes there.
    pub fn in_text(text: &str) -> Option<Self> {
        let text = typed::fold(text);
        if is_error_value(&text) {
            Some(Self::ErrorValue)
        } else if is_exponent(&text, true) {
            Some(Self::Exponent)
        } else {
            None
        }
    }

    /// In a 記号, 番号 or 枝番: there much less is right.
    pub fn in_number(text: &str) -> Option<Self> {
        let text = typed::hyphens(&typed::fold(text));
        let first = text.chars().next()?;
        if is_error_value(&text) || first == '#' {
            Some(Self::ErrorValue)
        } else if matches!(first, '\'' | '’' | '‘' | '`') {
            Some(Self::Apostrophe)
        } else if matches!(first, '=' | '+' | '@') {
            Some(Self::Formula)
        } else if is_exponent(&text, false) {
            Some(Self::Exponent)
        } else if is_date(&text) {
            Some(Self::Date)
        } else if text.contains([',', '.', '¥', '\\', '$', '%']) {
            Some(Self::Amount)
        } else if text.contains(['(', ')', '*', '△', '▲']) || text.starts_with('-') || text.ends_with('-')
        {
            Some(Self::Sign)
        } else {
            None
        }
    }

    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Exponent => "spreadsheet-exponent",
            Self::ErrorValue => "spreadsheet-error",
            Self::Formula => "spreadsheet-formula",
            Self::Apostrophe => "spreadsheet-apostrophe",
            Self::Date => "spreadsheet-date",
            Self::Amount => "spreadsheet-amount",
            Self::Sign => "spreadsheet-sign",
        }
    }
}

fn is_error_value(text: &str) -> bool {
    let upper = text.to_uppercase();
    ERROR_VALUES.contains(&upper.as_str())
        || (text.len() >= 4 && text.chars().all(|c| c == '#'))
        || upper.strip_prefix("ERR:").is_some_and(is_digits)
}

/// `1E5`, `1.5E+05`. With `sign` only those that a person would not type.
fn is_exponent(text: &str, sign: bool) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let signed = exponent.strip_prefix(['+', '-']);
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, part) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    is_digits(whole)
        && (part.is_empty() || is_digits(part))
        && is_digits(signed.unwrap_or(exponent))
        && (signed.is_some() || !sign)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Forms in which a spreadsheet shows a date or a time.
fn is_date(text: &str) -> bool {
    let counted = text.chars().zip(text.chars().skip(1));
    if counted.into_iter().any(|(digit, unit)| digit.is_ascii_digit() && matches!(unit, '年' | '月' | '日'))
    {
        return true;
    }
    if text.chars().any(|c| c.is_ascii_digit()) && text.contains(['/', ':']) {
        return true;
    }
    let parts: Vec<&str> = text.split('-').collect();
    let iso = |parts: &[&str]| match parts {
        [y, m, d] => {
            y.len() == 4 && [m, d].iter().all(|part| part.len() <= 2) && parts.iter().all(|p| is_digits(p))
        }
        _ => false,
    };
    let named = parts.len() > 1
        && parts.iter().any(|part| is_month(part))
        && parts.iter().all(|part| is_digits(part) || is_month(part));
    iso(&parts) || named
}

fn is_month(text: &str) -> bool {
    let text = text.to_lowercase();
    MONTHS.iter().any(|month| *month == text || (text.len() >= 3 && month.get(..3) == Some(text.as_str())))
        || text == "sept"
}

/// Whether a spreadsheet that opens a file leaves this text alone: it is no number, exponent, date or formula there,
/// and would keep every sign. For texts of capital letters and digits, grouped by hyphens or not.
pub fn leaves_alone(text: &str) -> bool {
    let folded = typed::fold(text);
    let bare: String = folded.chars().filter(|c| *c != '-').collect();
    let months_and_digits = {
        let letters = bare.trim_matches(|c: char| c.is_ascii_digit());
        is_month(letters)
    };
    // Some read `D` as an exponent too, and a half of a day behind digits as a time.
    let (digits, letters) = bare.split_at(bare.find(|c: char| !c.is_ascii_digit()).unwrap_or(bare.len()));
    let exponent = matches!(letters.as_bytes(), [b'E' | b'e' | b'D' | b'd', rest @ ..]
        if !digits.is_empty() && rest.iter().all(u8::is_ascii_digit));
    let half_day =
        !digits.is_empty() && matches!(letters.to_ascii_uppercase().as_str(), "A" | "P" | "AM" | "PM");
    !(bare.is_empty()
        || is_digits(&bare)
        || months_and_digits
        || exponent
        || half_day
        || is_date(&folded)
        || folded.starts_with(['=', '+', '-', '@', '\'', '#'])
        || folded.contains(['.', ',', '%', '$', '¥', '(', ')']))
}

/// A cell for a table that we write, which no spreadsheet calculates (K7).
pub fn without_formula(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_makes_of_a_number_is_recognised() {
        for (text, trace) in [
            ("3.45679E+06", SpreadsheetTrace::Exponent),
            ("1.23457E+11", SpreadsheetTrace::Exponent),
            ("１．２３Ｅ＋０５", SpreadsheetTrace::Exponent),
            ("1E+05", SpreadsheetTrace::Exponent),
            ("1e5", SpreadsheetTrace::Exponent),
            ("#NAME?", SpreadsheetTrace::ErrorValue),
            ("#N/A", SpreadsheetTrace::ErrorValue),
            ("########", SpreadsheetTrace::ErrorValue),
            ("##", SpreadsheetTrace::ErrorValue),
            ("Err:502", SpreadsheetTrace::ErrorValue),
            ("'0012", SpreadsheetTrace::Apostrophe),
            ("’0012", SpreadsheetTrace::Apostrophe),
            ("=\"0012\"", SpreadsheetTrace::Formula),
            ("+12", SpreadsheetTrace::Formula),
            ("3月4日", SpreadsheetTrace::Date),
            ("2026年1月", SpreadsheetTrace::Date),
            ("1/2", SpreadsheetTrace::Date),
            ("2026-01-02", SpreadsheetTrace::Date),
            ("4-Mar", SpreadsheetTrace::Date),
            ("Mar-04", SpreadsheetTrace::Date),
            ("0:12", SpreadsheetTrace::Date),
            ("1,234", SpreadsheetTrace::Amount),
            ("12.0", SpreadsheetTrace::Amount),
            ("¥12", SpreadsheetTrace::Amount),
            ("50%", SpreadsheetTrace::Amount),
            ("(12)", SpreadsheetTrace::Sign),
            ("（１２）", SpreadsheetTrace::Sign),
            ("-12", SpreadsheetTrace::Sign),
            ("*12*", SpreadsheetTrace::Sign),
        ] {
            assert_eq!(SpreadsheetTrace::in_number(text), Some(trace), "{text}");
        }
        for text in [
            "",
            "12",
            "0012",
            "１２",
            "健-12",
            "けんぽ",
            "ｹﾝﾎﾟ",
            "12-34",
            "A12",
            "E12",
            "May",
            "日本12",
            "月1",
        ] {
            assert_eq!(SpreadsheetTrace::in_number(text), None, "{text}");
        }
    }

    #[test]
    fn in_other_cells_only_what_nobody_writes() {
        for text in ["1.23457E+11", "#NAME?", "####", "#REF!"] {
            assert!(SpreadsheetTrace::in_text(text).is_some(), "{text}");
        }
        for text in ["1e5", "#1", "a.b-c@x", "Ab-1=2", "=x", "2026/1/2", "健保　花子", ""] {
            assert!(SpreadsheetTrace::in_text(text).is_none(), "{text}");
        }
    }

    #[test]
    fn texts_that_a_spreadsheet_would_change_are_known() {
        for text in [
            "234567892345",
            "2345-6789-2345",
            "2E2345678923",
            "22E234567892",
            "234567892E34",
            "3D4567892345",
            "DECEMBER2222",
            "FEBRUARY2345",
            "22222222MAR2",
            "SEPTEMBER222",
            "22222222AUG",
            "2345678923AM",
            "=ABC",
            "-ABC",
        ] {
            assert!(!leaves_alone(text), "{text}");
        }
        for text in ["ABCDEFGH2345", "2345-ABCD-2345", "E23456789234", "22E2ABCD2345", "MARX22222222"] {
            assert!(leaves_alone(text), "{text}");
        }
    }
}
