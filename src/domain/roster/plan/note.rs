//! Note: what the union should know about a row that is no mistake.

use crate::domain::roster::column::Column;

/// Something the union should know, though the row came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportNote {
    /// The address was left out: an earlier row has it.
    EmailTwice {
        /// The line on which the row begins, from 1.
        line: u32,
        /// The earlier row's line.
        earlier: u32,
    },
    /// The address was left out: another member has it.
    EmailTaken {
        /// The line on which the row begins, from 1.
        line: u32,
    },
    /// Nobody had the former number: a new member.
    FormerUnknown {
        /// The line on which the row begins, from 1.
        line: u32,
    },
    /// The number is a former one of a member who has another one by now: left as it is.
    FormerNumber {
        /// The line on which the row begins, from 1.
        line: u32,
    },
    /// A membership that ended before the person was a member here: left out.
    LeftBefore {
        /// The line on which the row begins, from 1.
        line: u32,
    },
}

impl ImportNote {
    /// The line it is about.
    pub fn line(self) -> u32 {
        match self {
            Self::EmailTwice { line, .. }
            | Self::EmailTaken { line }
            | Self::FormerUnknown { line }
            | Self::FormerNumber { line }
            | Self::LeftBefore { line } => line,
        }
    }

    /// The column that it is about.
    pub fn column(self) -> Column {
        match self {
            Self::EmailTwice { .. } | Self::EmailTaken { .. } => Column::Email,
            Self::FormerUnknown { .. } => Column::FormerBango,
            Self::FormerNumber { .. } => Column::Bango,
            Self::LeftBefore { .. } => Column::LostOn,
        }
    }

    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmailTwice { .. } => "email-twice",
            Self::EmailTaken { .. } => "email-taken",
            Self::FormerUnknown { .. } => "former-number-unknown",
            Self::FormerNumber { .. } => "former-number",
            Self::LeftBefore { .. } => "left-before",
        }
    }
}
