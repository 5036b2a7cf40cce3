//! Finding: something to say about a tenant file: where, what is wrong, how to mend it.
//!
//! Codes are stable: scripts, editors and people's notes may rely on them. A code is never given a
//! second meaning; a rule that goes takes its code with it.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::domain::tenant::Language;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The union is not served from this file. [`FindingCode::TermsRewritten`] alone is an error to mend while the union is
    /// served.
    Error,
    /// Served, but weaker than recommended or probably not meant.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word in both languages' output and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($name:ident = $word:literal, $severity:ident, $doc:literal;)*) => {
        /// What a finding is about. T0xx: the file is wrong or probably not meant so; T1xx: weaker
        /// than recommended. T201 to T204 told of what an earlier version did not serve yet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode { $(#[doc = $doc] $name,)* }

        impl FindingCode {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable word, such as `T021`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Whether it is advice: a value that is weaker than recommended, and works.
            pub fn is_advice(self) -> bool {
                self.as_str().starts_with("T1")
            }

            /// How serious such a finding is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    // The text of one file.
    Unfilled = "T001", Error, "A value still says TODO (a warning while the union is a draft).";
    UnknownKey = "T002", Error, "No such key in this table.";
    Secret = "T003", Error, "A key that looks like a secret.";
    Missing = "T004", Error, "A required key is absent.";
    WrongType = "T005", Error, "A text where a number belongs, and the like.";
    UnknownWord = "T006", Error, "A word that is not on the key's list.";
    OutOfRange = "T007", Error, "A number outside its range, a text too long or empty.";
    Unprintable = "T008", Error, "Control characters in a text.";
    BareDate = "T009", Error, "A date without quotation marks.";
    Unreadable = "T010", Error, "The file cannot be read, is no regular file, or is not UTF-8.";
    Syntax = "T011", Error, "Not TOML.";
    Slug = "T012", Error, "`id` is malformed, reserved, or not the file's name.";
    OwnKey = "T013", Error, "A key of one union stands in `_defaults.toml`.";
    Malformed = "T014", Error, "A date, colour or address of the wrong form.";
    Repeated = "T015", Error, "The same value twice in a list.";
    // The folder.
    Stray = "T016", Error, "A file that looks as if it was meant to be read and is not (less where the right one is there).";
    FolderOnly = "T017", Warning, "A folder with logo and terms whose union has no file.";
    StaleAccept = "T018", Warning, "`check.accept` names advice that nobody gives any more.";
    NoFile = "T019", Warning, "Members in the database whose union has no file.";
    // Passwords and user IDs.
    UserIdLength = "T020", Error, "Shortest user ID longer than the longest.";
    PasswordLength = "T021", Error, "Shortest password longer than the longest.";
    Symbols = "T022", Error, "Symbols missing, or not printable ASCII.";
    GoodExample = "T023", Error, "An `ok` example breaks the rules.";
    BadExample = "T024", Error, "An `ng` example keeps the rules.";
    Redundant = "T025", Warning, "`letter` beside `upper` or `lower`.";
    ShortLimit = "T026", Note, "Longest password shorter than 64.";
    DerivedTooLong = "T027", Error, "A guessable first password lives longer than 90 days.";
    // First login and methods.
    StepShape = "T030", Error, "`steps` is not a list of steps and groups.";
    StepRepeated = "T031", Error, "A step stands twice.";
    StepMissing = "T032", Error, "A step that must be there is absent.";
    StepOrder = "T033", Error, "The birth date is not first, or mail comes too late.";
    StepGroup = "T034", Error, "A group other than user ID and method.";
    NoMethod = "T035", Error, "No method at all.";
    MailCodeNeedsMail = "T036", Error, "Mailed codes or links without a required, confirmed address.";
    // Hosts.
    HostForm = "T040", Error, "Not a host name in lower case.";
    HostTaken = "T041", Error, "A host that another union, or this one, has already.";
    RpIdForeign = "T042", Error, "`passkey.rp_id` is not one of the union's own hosts.";
    RpIdShared = "T043", Error, "`passkey.rp_id` covers another union's host.";
    HostOutside = "T044", Error, "A host outside the service's base domains.";
    RpIdFrozen = "T045", Error, "`passkey.rp_id` is not the one that the members' passkeys are bound to.";
    // Files beside the TOML.
    FileMissing = "T060", Error, "A file that is named is not there.";
    FileTooLarge = "T061", Error, "A picture above 100 KB; terms or a TOML file above 1 MB.";
    UncleanSvg = "T062", Error, "An SVG with something that is not known to draw.";
    Contrast = "T063", Error, "White text on the colour is hard to read.";
    FileElsewhere = "T064", Error, "A path that leaves the tenants folder.";
    FileKind = "T065", Error, "Neither SVG nor PNG.";
    HtmlDropped = "T066", Warning, "HTML in the terms is not shown.";
    ChangesUnseen = "T067", Warning, "The terms' section on what changed is empty or not the first.";
    // Held against the database.
    TermsRewritten = "T068", Error, "Members accepted another text under this version of the terms.";
    TermsRenamed = "T069", Warning, "A new version of the terms with the text of an older one.";
    // What pages show.
    NoticeDates = "T070", Error, "A notice ends before it begins.";
    NoticeOver = "T071", Note, "A notice is over.";
    Html = "T072", Error, "HTML in a sentence.";
    ColumnTwice = "T073", Error, "Two roster columns with one header.";
    Issuer = "T074", Error, "A colon in the name shown in the authenticator app.";
    DefaultLanguage = "T075", Error, "The default language is not offered.";
    // Files beside the TOML again.
    PreambleInChanges = "T076", Warning, "The section on what changed seems to hold the terms' preamble.";
    // Weaker than recommended (D1).
    PasskeySecond = "T101", Warning, "A passkey still needs the password before it.";
    Relogin = "T102", Warning, "Members are logged out before the factor is set up.";
    DerivedPassword = "T103", Warning, "First passwords that others can work out.";
    LostFactorByMail = "T104", Warning, "Mail and birth date alone replace a lost factor.";
    Composition = "T105", Warning, "Required character classes.";
    UnconfirmedMail = "T106", Warning, "Mail addresses are not confirmed at first login.";
    // Not served yet. Gone, and never to be used again: T203, T204.
}

impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilingual {
    ja: String,
    en: String,
}

impl Bilingual {
    /// The sentence in Japanese and in English.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), en: en.into() }
    }

    /// The Japanese sentence.
    pub fn ja(&self) -> &str {
        &self.ja
    }

    /// The English sentence.
    pub fn en(&self) -> &str {
        &self.en
    }

    /// The sentence in that language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }
}

/// Something to say about one place in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub code: FindingCode,
    /// How serious it is.
    pub severity: Severity,
    /// The union's file stem; `None` for `_defaults.toml`, which concerns all.
    pub tenant: Option<String>,
    /// The file, relative as the folder was given.
    pub file: PathBuf,
    /// First line, from 1.
    pub line: usize,
    /// First character in the line, from 1.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Character after the last one.
    pub end_column: usize,
    /// The key with dots, such as `password.min_length`; entries of lists by number from 0.
    pub key: String,
    /// What is wrong.
    pub message: Bilingual,
    /// How to mend it.
    pub help: Bilingual,
}

impl Finding {
    /// Whether it has to be mended: the union is left out because of it, but see [`Severity::Error`].
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// For people: what, where, and how to mend it, in three lines.
    pub fn display(&self, language: Language) -> impl fmt::Display + '_ {
        FindingText { finding: self, language }
    }
}

struct FindingText<'a> {
    finding: &'a Finding,
    language: Language,
}

impl fmt::Display for FindingText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { finding, language } = *self;
        writeln!(
            f,
            "{}[{}]: {}",
            finding.severity.as_str(),
            finding.code.as_str(),
            finding.message.get(language)
        )?;
        writeln!(f, " --> {}:{}:{}", finding.file.display(), finding.line, finding.column)?;
        write!(f, "  = help: {}", finding.help.get(language))
    }
}

/// For machines: the words never vary with the language.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 10)?;
        out.serialize_field("code", &self.code)?;
        out.serialize_field("severity", self.severity.as_str())?;
        out.serialize_field("file", &self.file.to_string_lossy())?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("column", &self.column)?;
        out.serialize_field("end_line", &self.end_line)?;
        out.serialize_field("end_column", &self.end_column)?;
        out.serialize_field("key", &self.key)?;
        out.serialize_field("message", self.message.get(Language::En))?;
        out.serialize_field("help", self.help.get(Language::En))?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_given_twice() {
        let mut words: Vec<_> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), FindingCode::ALL.len());
    }

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
            message: Bilingual::new("長すぎます", "too long"),
            help: Bilingual::new("短くしてください", "make it shorter"),
        };
        assert_eq!(
            finding.display(Language::Ja).to_string(),
            "error[T021]: 長すぎます\n --> tenants/midorikenpo.toml:4:14\n  = help: 短くしてください"
        );
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!(json["code"], "T021");
        assert_eq!(json["message"], "too long");
        assert_eq!(json["end_column"], 16);
    }
}
