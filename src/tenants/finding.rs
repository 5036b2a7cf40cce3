//! Finding: something to say about a tenant file: where, what is wrong, how to mend it; as data. Its words stand in
//! `templates/text/{ja,en}/finding.ftl`.
//!
//! Codes are stable: scripts, editors and people's notes may rely on them. A code is never given a
//! second meaning; a rule that goes takes its code with it.

use std::path::PathBuf;

use crate::domain::saying::Saying;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The union is not served from this file. [`FindingCode::TermsRewritten`] alone is an error to mend while the union is
    /// served.
    Error,
    /// Served, but weaker than recommended or probably not meant.
    Warning,
    /// Something that is good to know.
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
    ($(#[$doc:meta] $name:ident = $word:literal, $severity:ident;)*) => {
        /// What a finding is about. T0xx: the file is wrong or probably not meant so; T1xx: weaker
        /// than recommended. T201 to T204 told of what an earlier version did not serve yet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode { $(#[$doc] $name,)* }

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
    /// A value still says TODO (a warning while the union is a draft).
    Unfilled = "T001", Error;
    /// No such key in this table.
    UnknownKey = "T002", Error;
    /// A key that looks like a secret.
    Secret = "T003", Error;
    /// A required key is absent.
    Missing = "T004", Error;
    /// A text where a number belongs, and the like.
    WrongType = "T005", Error;
    /// A word that is not on the key's list.
    UnknownWord = "T006", Error;
    /// A number outside its range, a text too long or empty.
    OutOfRange = "T007", Error;
    /// Control characters in a text.
    Unprintable = "T008", Error;
    /// A date without quotation marks.
    BareDate = "T009", Error;
    /// The file cannot be read, is no regular file, or is not UTF-8.
    Unreadable = "T010", Error;
    /// Not TOML.
    Syntax = "T011", Error;
    /// `id` is malformed, reserved, or not the file's name.
    Slug = "T012", Error;
    /// A key of one union stands in `_defaults.toml`.
    OwnKey = "T013", Error;
    /// A date, colour or address of the wrong form.
    Malformed = "T014", Error;
    /// The same value twice in a list.
    Repeated = "T015", Error;
    // The folder.
    /// A file that looks as if it was meant to be read and is not (less where the right one is there).
    Stray = "T016", Error;
    /// A folder with logo and terms whose union has no file.
    FolderOnly = "T017", Warning;
    /// `check.accept` names advice that nobody gives any more.
    StaleAccept = "T018", Warning;
    /// Members in the database whose union has no file (less where it is no loss that members notice).
    NoFile = "T019", Error;
    // Passwords and user IDs.
    /// Shortest user ID longer than the longest.
    UserIdLength = "T020", Error;
    /// Shortest password longer than the longest.
    PasswordLength = "T021", Error;
    /// Symbols missing, or not printable ASCII.
    Symbols = "T022", Error;
    /// An `ok` example breaks the rules.
    GoodExample = "T023", Error;
    /// An `ng` example keeps the rules.
    BadExample = "T024", Error;
    /// `letter` beside `upper` or `lower`.
    Redundant = "T025", Warning;
    /// Longest password shorter than 64.
    ShortLimit = "T026", Note;
    /// A guessable first password lives longer than 90 days.
    DerivedTooLong = "T027", Error;
    // Unions that have left.
    /// The union's data was erased, and nobody has said that it begins anew.
    Left = "T028", Error;
    // First login and methods.
    /// `steps` is not a list of steps and groups.
    StepShape = "T030", Error;
    /// A step stands twice.
    StepRepeated = "T031", Error;
    /// A step that must be there is absent.
    StepMissing = "T032", Error;
    /// The birth date is not first, or mail comes too late.
    StepOrder = "T033", Error;
    /// A group other than user ID and method.
    StepGroup = "T034", Error;
    /// No method at all.
    NoMethod = "T035", Error;
    /// Mailed codes or links without a required, confirmed address.
    MailCodeNeedsMail = "T036", Error;
    // Hosts.
    /// Not a host name in lower case.
    HostForm = "T040", Error;
    /// A host that another union, or this one, has already.
    HostTaken = "T041", Error;
    /// `passkey.rp_id` is not one of the union's own hosts.
    RpIdForeign = "T042", Error;
    /// `passkey.rp_id` covers another union's host.
    RpIdShared = "T043", Error;
    /// A host outside the service's base domains.
    HostOutside = "T044", Error;
    /// `passkey.rp_id` is not the one that the members' passkeys are bound to.
    RpIdFrozen = "T045", Error;
    /// A host at which a union was served that still has data here, and which is not named in `hosts.takes_over`.
    HostLeftBehind = "T046", Error;
    /// `hosts.primary` is another one, and the host of before leads nowhere.
    HostMoved = "T047", Warning;
    /// A union that was open to its members is a draft.
    Withdrawn = "T048", Warning;
    // Files beside the TOML.
    /// A file that its owner alone can read, told to the superuser: the service may be another user.
    OwnerOnly = "T058", Warning;
    /// A picture that is too small, too large or of the wrong shape for its place.
    PictureSize = "T059", Error;
    /// A file that is named is not there.
    FileMissing = "T060", Error;
    /// A picture above 100 KB (`brand.hero`: 200 KB); terms or a TOML file above 1 MB.
    FileTooLarge = "T061", Error;
    /// An SVG with something that is not known to draw.
    UncleanSvg = "T062", Error;
    /// White text on the colour is hard to read.
    Contrast = "T063", Error;
    /// A path that leaves the tenants folder.
    FileElsewhere = "T064", Error;
    /// A picture of another kind than its place takes.
    FileKind = "T065", Error;
    /// HTML in the terms is not shown.
    HtmlDropped = "T066", Warning;
    /// The terms' section on what changed is empty or not the first.
    ChangesUnseen = "T067", Warning;
    // Held against the database.
    /// Members accepted another text under this version of the terms.
    TermsRewritten = "T068", Error;
    /// A new version of the terms with the text of an older one.
    TermsRenamed = "T069", Warning;
    // What pages show.
    /// A notice ends before it begins.
    NoticeDates = "T070", Error;
    /// A notice is over.
    NoticeOver = "T071", Note;
    /// HTML in a sentence.
    Html = "T072", Error;
    /// Two roster columns with one header.
    ColumnTwice = "T073", Error;
    /// A colon in the name shown in the authenticator app.
    Issuer = "T074", Error;
    /// The default language is not offered.
    DefaultLanguage = "T075", Error;
    // Files beside the TOML again.
    /// The section on what changed seems to hold the terms' preamble.
    PreambleInChanges = "T076", Warning;
    // English.
    /// The English terms are not said to translate the version in force, and are not shown.
    TranslationLate = "T077", Warning;
    /// Texts in English in a union that does not offer English.
    EnglishUnseen = "T078", Warning;
    /// Some texts have English, and others that members read have none.
    EnglishPartly = "T079", Note;
    // Single sign-on.
    /// `sso.issuer` is not the https origin of one of the union's own hosts.
    SsoIssuer = "T080", Error;
    /// An address at a service to which nobody may be sent.
    SsoUri = "T081", Error;
    /// 記号・番号 for a service that may not have them.
    SsoInsured = "T082", Error;
    /// A client, or the address of a tile, that is for trying things out, in a union that is not.
    SsoTestOnly = "T083", Error;
    /// A client without a way to work: no address to come back to, no `openid`, or a name that no protocol carries.
    SsoClient = "T084", Error;
    /// `sso.test` is on.
    SsoTest = "T085", Warning;
    /// A service demands a strength that the union offers no way to.
    SsoStrength = "T086", Error;
    /// A service that signs has no file of keys that can be used, or one that does not has one.
    SsoKeys = "T087", Error;
    /// `sso.insurer_number` is none.
    SsoInsurer = "T088", Error;
    /// `sso.issuer` is not the one by which services know the union.
    SsoIssuerFrozen = "T089", Error;
    /// A service that is told of logging out at an address that it cannot be told at, or at none.
    SsoLogout = "T090", Error;
    // Weaker than recommended (D1).
    /// A passkey still needs the password before it.
    PasskeySecond = "T101", Warning;
    /// Members are logged out before the factor is set up.
    Relogin = "T102", Warning;
    /// First passwords that others can work out.
    DerivedPassword = "T103", Warning;
    /// Mail and birth date alone replace a lost factor.
    LostFactorByMail = "T104", Warning;
    /// Required character classes.
    Composition = "T105", Warning;
    /// Mail addresses are not confirmed at first login.
    UnconfirmedMail = "T106", Warning;
    /// Data of former members are erased within a month.
    ShortRetention = "T107", Warning;
    // Not served yet. Gone, and never to be used again: T203, T204.
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
    /// The last line, from 1.
    pub end_line: usize,
    /// Character after the last one.
    pub end_column: usize,
    /// The key with dots, such as `password.min_length`; entries of lists by number from 0.
    pub key: String,
    /// What is wrong, in both languages.
    pub message: Saying,
    /// How to mend it.
    pub help: Saying,
}

impl Finding {
    /// Whether it has to be mended: the union is left out because of it, but see [`Severity::Error`].
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
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
}
