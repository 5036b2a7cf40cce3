//! Why a command could not run: what happened, and what to type next. The words stand in
//! `templates/text/{ja,en}/fault.ftl`.

use std::{io, net::SocketAddr, path::PathBuf};

pub mod broken;
pub mod database;
mod keys;
pub mod machine;
mod restore;
pub mod settings;

use jiff::{Timestamp, civil::Date};
use machine::{cause, cause_at};
pub use restore::strange_objects;

use super::{tell, voice};
use crate::{
    domain::{
        audit::doing::Reason,
        roster::FileFlaw,
        saying::{Saying, SayingValue, said},
        tenant::Language,
    },
    mail::postman::SmtpUrlError,
    outbound::TrustFault,
    portal::{self, clock::UnlikelyTime, keys::KeyRingError, roster::ImportError},
    settings::SettingsFault,
    store::{
        self,
        backup::BackupFlaw,
        schema::{SchemaMismatch, Version},
    },
    vault::{self, KeyId},
    world::RandomError,
};

/// Why a command could not run.
#[derive(Debug)]
pub enum CommandFault {
    /// Not one union has a file without errors.
    NoUnion {
        /// Whether the files were held against the database too.
        compared: bool,
    },
    /// No union of that id has a file without errors.
    UnknownUnion(String),
    /// The database's schema is not this program's.
    Schema(SchemaMismatch),
    /// The SQLite file is not there.
    NoDatabase(PathBuf),
    /// The demo was asked to listen where others could reach it.
    NotLoopback(SocketAddr),
    /// A preview was asked to listen where others could reach it.
    PreviewNotLoopback(SocketAddr),
    /// The demo was started where a database is configured.
    DatabaseConfigured,
    /// A text that is no address and port.
    NotAnAddress(String),
    /// The address cannot be listened at.
    Listen {
        /// The address and port.
        address: SocketAddr,
        /// The setting or flag that names it.
        setting: &'static str,
        /// What the system said.
        fault: io::Error,
    },
    /// The folder of the unions' files cannot be read.
    TenantsFolder {
        /// The path of the folder.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// `--lang` names a language the program does not speak.
    Language(String),
    /// Whoever read the output left before its end (`| head`): no fault, and nothing more to do.
    ReaderLeft,
    /// Whoever read an export left before its end: what they have is not whole.
    ExportCut,
    /// The service does not answer at its internal address.
    NoAnswer(SocketAddr, io::Error),
    /// Something answers at the internal address, and not as this program does; with the status of HTTP.
    NotAnswered(SocketAddr, u16),
    /// A file or folder cannot be read or written.
    File(PathBuf, io::Error),
    /// A demo's sample roster cannot be read.
    Sample(PathBuf, FileFlaw),
    /// A demo's sample roster was refused by the rules.
    SampleRefused(PathBuf),
    /// `mail.smtp_url` cannot be used.
    MailServer(SmtpUrlError),
    /// A file of the settings that holds no certificate of an authority.
    NoCertificate(PathBuf),
    /// TLS cannot be used at all.
    NoTls(TrustFault),
    /// `mail.smtp_url` is not set.
    NoMailServer,
    /// A text that is no receipt number.
    NotAReceipt(String),
    /// The command acts on a member or on the trail, and nobody said why.
    ReasonNeeded,
    /// A reason that is empty, too long or not one line.
    ReasonUnfit,
    /// No member has that user ID, number or id.
    NoSuchMember(String),
    /// A file that holds no RSA key that can be used.
    NotAnRsaKey(PathBuf),
    /// A file of heads without one: it would be compared with nothing.
    NoHeads(PathBuf),
    /// A line of a file of heads that is none.
    NotAHead(PathBuf, u64),
    /// The first day that was asked for is later than the last one.
    DaysReversed(Date, Date),
    /// Rows from before a day that is later than the latest one may not be archived.
    ArchiveTooYoung {
        /// The day that was given.
        before: Date,
        /// The latest day that may be given.
        latest: Date,
        /// For how many days rows stay at that union.
        days: u32,
    },
    /// The clock is odd against what the database knows of the time: nothing is taken out of the database by it.
    ClockUnlikely(UnlikelyTime),
    /// A file that is there, and is not the archive that was begun.
    OtherArchive(PathBuf),
    /// The database's account does not own the tables.
    NotOwner,
    /// A text that is no mail address.
    NotAMailAddress(String),
    /// The key ring cannot be used.
    Ring(vault::RingFault),
    /// The ring is not there, and the database was used with it.
    RingLost {
        /// The path of the file.
        path: PathBuf,
        /// A key it held.
        key: KeyId,
    },
    /// A new ring was to be made, and the database needs the keys of another.
    RingNeeded {
        /// Where the ring of the settings belongs.
        path: PathBuf,
        /// A key that is needed.
        key: KeyId,
    },
    /// Another service runs on this SQLite file.
    ServesAlready(PathBuf),
    /// The ring is not this database's.
    Keys {
        /// The path of the file.
        path: PathBuf,
        /// Why it must not be used.
        fault: KeyRingError,
    },
    /// The same in the demo, which can begin anew.
    DemoKeys(Box<CommandFault>),
    /// Another command changes the ring just now.
    RingBusy(PathBuf),
    /// The settings cannot be used.
    Settings(SettingsFault),
    /// The database failed.
    Store(store::StoreError),
    /// A backup cannot go to standard output.
    BackupToOutput,
    /// PostgreSQL is backed up by its own tools.
    BackupByPostgres {
        /// The file that was named.
        file: PathBuf,
        /// The address of the database, without its password.
        url: String,
    },
    /// A backup is not what it has to be.
    Backup {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: BackupFlaw,
    },
    /// A backup has another sum than it should.
    SumDiffers {
        /// The path of the file.
        path: PathBuf,
        /// Its SHA-256.
        found: String,
        /// What it should be.
        expected: String,
        /// The file that says so; none where it was typed.
        beside: Option<PathBuf>,
    },
    /// A file of sums that holds none of the backup.
    NoSumInFile(PathBuf),
    /// A text that is no SHA-256.
    NotASum(String),
    /// A backup cannot come from standard input.
    RestoreFromInput,
    /// PostgreSQL is put back by its own tools.
    RestoreByPostgres {
        /// The file that was named.
        file: PathBuf,
        /// The address of the database, without its password.
        url: String,
    },
    /// Something is at the place where a backup was to be put.
    RestoreTaken(PathBuf),
    /// The write-ahead log of a database that is gone is there.
    RestoreLeftover(PathBuf),
    /// A node or a command uses the database.
    StoreInUse,
    /// That many nodes have said a moment ago that they run.
    NodesRun(usize),
    /// The database was put back, and what must not live on in it has not been ended: it is of the backup of this moment,
    /// where it tells.
    Unfinished(Option<Timestamp>),
    /// Notices and an answer for machines cannot both go to standard output.
    NoticesBesideJson,
    /// Letters are a page in UTF-8.
    LettersInUtf8,
    /// The output cannot be written.
    Output(io::Error),
    /// Anything else that broke, as a part of a sentence.
    Broken(SayingValue),
}

/// Rows from before a day that is later than the latest one stay.
fn too_young(before: Date, latest: Date, days: u32) -> Saying {
    let (before, latest) = (before.to_string(), latest.to_string());
    said!("fault-archive-too-young", before, latest, days)
}

/// The clock and what the database knows of the time say different things.
fn clock_unlikely(found: &UnlikelyTime) -> Saying {
    said!("fault-clock-unlikely", here = found.here.to_string(), known = found.known.to_string())
}

impl CommandFault {
    /// What the comparison of keys said about the ring in that file.
    pub fn of_keys(path: &std::path::Path, fault: KeyRingError) -> Self {
        match fault {
            KeyRingError::Broken(fault) => fault.into(),
            fault => Self::Keys { path: path.to_owned(), fault },
        }
    }

    /// The fault in one sentence or two, ending with what to do next; several faults on a line each.
    pub fn sentence(&self, language: Language) -> String {
        let sayings = self.sayings(language);
        sayings.iter().map(|saying| tell(language, saying)).collect::<Vec<_>>().join("\n")
    }

    /// The sentences as data. `language` is that of parts whose words `wording` puts together itself.
    fn sayings(&self, language: Language) -> Vec<Saying> {
        vec![match self {
            // Nobody reads it.
            Self::ReaderLeft => return Vec::new(),
            Self::Settings(fault) => return settings::sayings(fault),
            Self::DemoKeys(fault) => {
                let mut sayings = fault.sayings(language);
                sayings.push(said!("fault-of-demo"));
                return sayings;
            }
            Self::Sample(path, flaw) => {
                said!("fault-at", path, why = voice(language).file_flaw(flaw))
            }
            Self::NoUnion { compared: true } => said!("fault-no-union", again = CHECK_AGAIN_WITH_DATABASE),
            Self::NoUnion { compared: false } => said!("fault-no-union", again = CHECK_AGAIN),
            Self::ExportCut => said!("fault-export-cut"),
            Self::NoticesBesideJson => said!("fault-notices-beside-json"),
            Self::LettersInUtf8 => said!("fault-letters-in-utf-8"),
            Self::UnknownUnion(id) => said!("fault-unknown-union", id),
            Self::Schema(SchemaMismatch::Older { missing }) => {
                said!("fault-schema-older", missing = format!("{missing:?}"))
            }
            Self::Schema(SchemaMismatch::Newer { unknown, needed: Some(needed) }) => said!(
                "fault-schema-newer",
                unknown = format!("{unknown:?}"),
                needed = needed.to_string(),
                own = Version::own().to_string()
            ),
            Self::Schema(SchemaMismatch::Newer { unknown, needed: None }) => said!(
                "fault-schema-unknown",
                unknown = format!("{unknown:?}"),
                own = Version::own().to_string()
            ),
            Self::NoDatabase(path) => said!("fault-no-database", path),
            Self::NotLoopback(address) => said!("fault-not-loopback", address = address.to_string()),
            Self::PreviewNotLoopback(address) => {
                said!("fault-preview-not-loopback", address = address.to_string())
            }
            Self::DatabaseConfigured => said!("fault-database-configured"),
            Self::NotAnAddress(text) => said!("fault-not-an-address", text),
            Self::Listen { address, setting, fault } => {
                said!("fault-listen", address = address.to_string(), why = cause(fault), setting)
            }
            Self::TenantsFolder { path, fault } => machine::tenants_folder(path, fault),
            Self::Language(text) => said!("fault-language", text),
            Self::NoAnswer(address, fault) => {
                said!("fault-no-answer", address = address.to_string(), why = cause(fault))
            }
            Self::NotAnswered(address, status) => {
                said!("fault-not-answered", address = address.to_string(), status)
            }
            Self::File(path, fault) => {
                said!("fault-file", path, why = cause_at(path, fault), next = machine::next(path, fault))
            }
            Self::SampleRefused(path) => said!("fault-sample-refused", path),
            Self::MailServer(fault) => said!("fault-mail-server", why = url(fault)),
            Self::NoCertificate(path) => said!("fault-no-certificate", path),
            Self::NoTls(fault) => said!("fault-no-tls", why = broken::tls(*fault)),
            Self::NoMailServer => said!("fault-no-mail-server"),
            Self::NotAReceipt(text) => said!("fault-not-a-receipt", text),
            Self::ReasonNeeded => said!("fault-reason-needed"),
            Self::ReasonUnfit => said!("fault-reason-unfit", most = Reason::LONGEST),
            Self::NotAnRsaKey(path) => said!("fault-not-an-rsa-key", path),
            Self::NoSuchMember(who) => said!("fault-no-such-member", who),
            Self::NoHeads(path) => said!("fault-no-heads", path),
            Self::NotAHead(path, line) => said!("fault-not-a-head", path, line),
            Self::DaysReversed(since, until) => {
                said!("fault-days-reversed", since = since.to_string(), until = until.to_string())
            }
            Self::ArchiveTooYoung { before, latest, days } => too_young(*before, *latest, *days),
            Self::ClockUnlikely(found) => clock_unlikely(found),
            Self::OtherArchive(path) => said!("fault-other-archive", path),
            Self::NotOwner => said!("fault-not-owner"),
            Self::NotAMailAddress(text) => said!("fault-not-a-mail-address", text),
            Self::Ring(fault) => keys::ring(fault),
            Self::RingLost { path, key } => keys::lost(path, *key),
            Self::Keys { path, fault } => keys::saying(path, fault),
            Self::RingBusy(path) => said!("ring-busy", path),
            Self::Store(fault) => database::saying(fault),
            Self::BackupToOutput => said!("fault-backup-to-output"),
            Self::BackupByPostgres { file, url } => said!("fault-backup-by-postgres", file, url),
            Self::Backup { path, flaw } => restore::flaw(path, flaw),
            Self::SumDiffers { path, found, expected, beside } => {
                restore::sum_differs(path, (found, expected), beside.as_deref())
            }
            Self::NoSumInFile(path) => said!("fault-no-sum-in-file", path),
            Self::NotASum(text) => said!("fault-not-a-sum", text),
            Self::RingNeeded { path, key } => said!("ring-needed", path, key = key.to_string()),
            Self::ServesAlready(path) => said!("fault-serves-already", path),
            Self::RestoreFromInput => said!("fault-restore-from-input"),
            Self::RestoreByPostgres { file, url } => said!("fault-restore-by-postgres", file, url),
            Self::RestoreTaken(path) => said!("fault-restore-taken", path),
            Self::RestoreLeftover(path) => said!("fault-restore-leftover", path),
            Self::StoreInUse => said!("fault-store-in-use"),
            Self::NodesRun(nodes) => said!("fault-nodes-run", nodes),
            Self::Unfinished(backup) => restore::unfinished(backup.map(|at| voice(language).moment(at))),
            Self::Output(fault) => said!("fault-output", why = cause(fault)),
            Self::Broken(fault) => said!("fault-broken", fault = fault.clone()),
        }]
    }
}

/// The commands that tell why.
const CHECK_AGAIN: &str = "kenpo-portal tenant check";
const CHECK_AGAIN_WITH_DATABASE: &str = "kenpo-portal tenant check --db";

/// Why `mail.smtp_url` cannot be used.
fn url(fault: &SmtpUrlError) -> Saying {
    match fault {
        SmtpUrlError::NotAnAddress => said!("smtp-url-no-address"),
        SmtpUrlError::Scheme(scheme) => said!("smtp-url-scheme", scheme),
        SmtpUrlError::Tls(word) => said!("smtp-url-tls", word),
        SmtpUrlError::Unknown(word) => said!("smtp-url-unknown", word),
        SmtpUrlError::HalfCredentials => said!("smtp-url-half-credentials"),
        SmtpUrlError::ClearPassword => said!("smtp-url-clear-password"),
        SmtpUrlError::Certificate(path) => said!("smtp-url-certificate", path),
        SmtpUrlError::Raw { found, encoded } => said!("smtp-url-raw", found = shown(*found), encoded),
        SmtpUrlError::Hello(name) => said!("smtp-url-hello", name),
    }
}

/// A character that can be seen.
fn shown(c: char) -> SayingValue {
    match c {
        ' ' => said!("smtp-url-space").into(),
        c if c.is_whitespace() || c.is_control() => format!("U+{:04X}", u32::from(c)).into(),
        c => c.into(),
    }
}

impl From<vault::RingFault> for CommandFault {
    fn from(fault: vault::RingFault) -> Self {
        Self::Ring(fault)
    }
}

impl From<SettingsFault> for CommandFault {
    fn from(fault: SettingsFault) -> Self {
        Self::Settings(fault)
    }
}

impl From<store::StoreError> for CommandFault {
    fn from(fault: store::StoreError) -> Self {
        match fault {
            store::StoreError::Schema(mismatch) => Self::Schema(mismatch),
            fault => Self::Store(fault),
        }
    }
}

impl From<RandomError> for CommandFault {
    fn from(_: RandomError) -> Self {
        Self::Broken(broken::no_randomness().into())
    }
}

impl From<vault::VaultError> for CommandFault {
    fn from(fault: vault::VaultError) -> Self {
        Self::Broken(broken::vault(&fault).into())
    }
}

impl From<ImportError> for CommandFault {
    fn from(fault: ImportError) -> Self {
        match fault {
            ImportError::Store(fault) => fault.into(),
            fault => Self::Broken(broken::import(&fault).into()),
        }
    }
}

/// The library's own words: there are none in Japanese.
impl From<askama::Error> for CommandFault {
    fn from(fault: askama::Error) -> Self {
        Self::Broken(fault.to_string().into())
    }
}

impl From<portal::Fault> for CommandFault {
    fn from(fault: portal::Fault) -> Self {
        match fault {
            portal::Fault::Store(fault) => fault.into(),
            fault => Self::Broken(broken::deed(&fault).into()),
        }
    }
}

/// What the output said. Words to standard error never fail a command, see [`super::output::QuietStderr`].
impl From<io::Error> for CommandFault {
    fn from(fault: io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderLeft,
            _ => Self::Output(fault),
        }
    }
}

impl From<serde_json::Error> for CommandFault {
    fn from(fault: serde_json::Error) -> Self {
        match fault.io_error_kind() {
            Some(kind) => io::Error::from(kind).into(),
            None => Self::Broken(fault.to_string().into()),
        }
    }
}
