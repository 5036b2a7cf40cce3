//! Findings in words, for the person who writes the unions' files, and as data for programs.

use serde::Serialize;

use super::{colour::Colour, tell};
use crate::{
    domain::tenant::Language,
    tenants::{Finding, Severity},
};

/// For people: what, where, and how to mend it, in three lines.
pub fn shown(finding: &Finding, language: Language) -> String {
    coloured(finding, language, Colour::default())
}

/// The same, for a terminal.
pub fn coloured(finding: &Finding, language: Language, colour: Colour) -> String {
    let Finding { code, severity, file, line, column, message, help, .. } = finding;
    let (severity, code, file) = (severity.as_str(), code.as_str(), file.display());
    let (message, help) = (tell(language, message), tell(language, help));
    let head = format!("{severity}[{code}]");
    let head = match finding.severity {
        Severity::Error => colour.bad(&head),
        Severity::Warning => colour.doubtful(&head),
        Severity::Note => colour.quiet(&head),
    };
    format!("{head}: {message}\n --> {file}:{line}:{column}\n  = help: {help}")
}

/// For programs. Names are an interface; the words never vary with the language.
#[derive(Serialize)]
pub(super) struct FindingRow {
    code: &'static str,
    severity: &'static str,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    key: String,
    message: String,
    help: String,
}

impl FindingRow {
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.as_str(),
            severity: finding.severity.as_str(),
            file: finding.file.to_string_lossy().into_owned(),
            line: finding.line,
            column: finding.column,
            end_line: finding.end_line,
            end_column: finding.end_column,
            key: finding.key.clone(),
            message: tell(Language::En, &finding.message),
            help: tell(Language::En, &finding.help),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{domain::saying::said, tenants::FindingCode};

    #[test]
    fn a_finding_is_told_in_the_readers_language_and_in_english_to_machines() {
        let finding = Finding {
            code: FindingCode::PasswordLength,
            severity: Severity::Error,
            tenant: Some("midorikenpo".to_owned()),
            file: PathBuf::from("tenants/midorikenpo.toml"),
            line: 4,
            column: 14,
            end_line: 4,
            end_column: 16,
            key: "password.min_length".to_owned(),
            message: said!("finding-empty", path = "a.b"),
            help: said!("finding-too-long-help", most = 20_u8),
        };
        assert_eq!(
            shown(&finding, Language::Ja),
            "error[T021]: a.b が空です\n --> tenants/midorikenpo.toml:4:14\n  = help: 20 文字までにしてください"
        );
        let json = serde_json::to_value(FindingRow::of(&finding)).unwrap();
        assert_eq!(json["code"], "T021");
        assert_eq!(json["message"], "a.b is empty");
        assert_eq!(json["end_column"], 16);
    }
}
