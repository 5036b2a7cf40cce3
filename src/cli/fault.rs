//! Why a command could not run, in both languages: what happened, and what to type next.

use std::{io, net::SocketAddr, path::PathBuf};

pub mod database;
mod keys;
pub mod machine;
pub mod settings;

use machine::io_words;

use crate::{
    domain::{roster::FileFlaw, tenant::Language},
    mail::postman::SmtpUrlError,
    portal::{self, keys::KeyRingError},
    settings::SettingsFault,
    store::{
        self,
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
    /// The demo was started where a database is configured.
    DatabaseConfigured,
    /// A text that is no address and port.
    NotAnAddress(String),
    /// The address cannot be listened at.
    Listen {
        /// The address.
        address: SocketAddr,
        /// The setting or flag that names it.
        setting: &'static str,
        /// What the system said.
        fault: io::Error,
    },
    /// The folder of the unions' files cannot be read.
    TenantsFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// `--lang` names a language the program does not speak.
    Language(String),
    /// Whoever read the output left before its end (`| head`): no fault, and nothing more to do.
    ReaderLeft,
    /// The service does not answer at its internal address.
    NoAnswer(SocketAddr, io::Error),
    /// A file or folder cannot be read or written.
    File(PathBuf, io::Error),
    /// A demo's sample roster cannot be read.
    Sample(PathBuf, FileFlaw),
    /// A demo's sample roster was refused by the rules.
    SampleRefused(PathBuf),
    /// `mail.smtp_url` cannot be used.
    MailServer(SmtpUrlError),
    /// `mail.smtp_url` is not set.
    NoMailServer,
    /// A text that is no receipt number.
    NotAReceipt(String),
    /// A text that is no mail address.
    NotAMailAddress(String),
    /// The key ring.
    Ring(vault::RingFault),
    /// The ring is not there, and the database was used with it.
    RingLost {
        /// The file.
        path: PathBuf,
        /// A key it held.
        key: KeyId,
    },
    /// The ring is not this database's.
    Keys {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: KeyRingError,
    },
    /// The same in the demo, which can begin anew.
    DemoKeys(Box<CommandFault>),
    /// The settings.
    Settings(SettingsFault),
    /// The database.
    Store(store::StoreError),
    /// The output cannot be written.
    Output(io::Error),
    /// Anything else that broke.
    Broken(String),
}

impl CommandFault {
    /// What the comparison of keys said about the ring in that file.
    pub fn of_keys(path: &std::path::Path, fault: KeyRingError) -> Self {
        match fault {
            KeyRingError::Broken(fault) => fault.into(),
            fault => Self::Keys { path: path.to_owned(), fault },
        }
    }

    /// The fault in one sentence or two, ending with what to do next.
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::Ja => self.japanese(),
            Language::En => self.english(),
        }
    }

    fn japanese(&self) -> String {
        match self {
            Self::NoUnion { compared } => {
                format!("公開できる組合がひとつもありません。次: {}", check_again(*compared))
            }
            Self::UnknownUnion(id) => {
                format!("「{id}」という、まちがいのない組合のファイルはありません。次: kenpo-portal tenant check --db (理由)、kenpo-portal tenant list")
            }
            Self::Schema(SchemaMismatch::Older { missing }) => {
                format!("データベースの形が古いままです(足りない: {missing:?})。次: kenpo-portal migrate up")
            }
            Self::Schema(SchemaMismatch::Newer { unknown, needed: Some(needed) }) => format!(
                "データベースの形({unknown:?})には kenpo-portal {needed} 以上が必要です。これは {} です。次: {needed} 以上のプログラムを使う",
                Version::own()
            ),
            Self::Schema(SchemaMismatch::Newer { unknown, needed: None }) => format!(
                "データベースの形({unknown:?})を、この kenpo-portal {} は知りません。次: migrate up を実行したプログラムを使う",
                Version::own()
            ),
            Self::NoDatabase(path) => {
                format!("データベース {} がありません。次: kenpo-portal migrate up", path.display())
            }
            Self::NotLoopback(address) => format!(
                "体験版はこの機械の中だけで動きます。{address} では待ち受けません。次: --listen 127.0.0.1:8080"
            ),
            Self::DatabaseConfigured => "データベースが設定されています(PORTAL_DATABASE__URL か portal.toml)。体験版はそれに触れません。\
                                         設定を外すか、kenpo-portal serve を実行してください。"
                .to_owned(),
            Self::NotAnAddress(text) => {
                format!("「{text}」はアドレスとして読めません。次: --listen 127.0.0.1:8080")
            }
            Self::Listen { address, setting, fault } => format!(
                "{address} で待ち受けられません: {}。次: {setting} を別のアドレスかポートにする",
                io_words(fault, Language::Ja)
            ),
            Self::TenantsFolder { path, fault } => format!(
                "組合のファイルのフォルダー {} を開けません: {}。次: 設定 tenants.dir(PORTAL_TENANTS__DIR)を確かめる",
                path.display(),
                io_words(fault, Language::Ja)
            ),
            Self::Language(text) => {
                format!("「{text}」では話せません。次: --lang ja か --lang en")
            }
            Self::ReaderLeft => String::new(),
            Self::NoAnswer(address, fault) => {
                format!(
                    "{address}(設定 internal.listen)から返事がありません: {}。kenpo-portal serve は動いていますか。",
                    io_words(fault, Language::Ja)
                )
            }
            Self::File(path, fault) => format!("{}: {}", path.display(), io_words(fault, Language::Ja)),
            Self::Sample(path, flaw) => format!("{}: {}", path.display(), flaw.sentence(Language::Ja)),
            Self::SampleRefused(path) => format!(
                "{} を取りこめません。次: kenpo-portal member import --dry-run で理由を確かめる",
                path.display()
            ),
            Self::MailServer(fault) => format!(
                "mail.smtp_url を使えません: {}。例: smtp://ユーザー:パスワード@smtp.example.jp:587",
                japanese_url(fault)
            ),
            Self::NoMailServer => "mail.smtp_url が設定されていません。次: PORTAL_MAIL__SMTP_URL=smtp://smtp.example.jp:587"
                .to_owned(),
            Self::NotAReceipt(text) => format!(
                "「{text}」はお問い合わせ番号ではありません。I、O、0、1 のない英字と数字 8 けたです。例: kenpo-portal receipt K7M294QA"
            ),
            Self::NotAMailAddress(text) => {
                format!("「{text}」はメールアドレスとして読めません。ひとつだけ、名前をつけずに指定してください。")
            }
            Self::Ring(fault) => japanese_ring(fault),
            Self::RingLost { path, key } => keys::lost(path, *key, Language::Ja),
            Self::Keys { path, fault } => keys::sentence(path, fault, Language::Ja),
            Self::DemoKeys(fault) => {
                format!("{}\n体験版は、はじめからやり直せます。次: --fresh をつける", fault.japanese())
            }
            Self::Settings(fault) => settings::sentence(fault, Language::Ja),
            Self::Store(fault) => database::sentence(fault, Language::Ja),
            Self::Output(fault) => format!("出力を書けません: {}", io_words(fault, Language::Ja)),
            Self::Broken(fault) => format!("うまくいきませんでした: {fault}"),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NoUnion { compared } => format!("no union can be served. Next: {}", check_again(*compared)),
            Self::UnknownUnion(id) => {
                format!(
                    "there is no union {id:?} whose file is without errors. Next: kenpo-portal tenant check --db (why), kenpo-portal tenant list"
                )
            }
            Self::Schema(SchemaMismatch::Older { missing }) => {
                format!(
                    "the database's schema does not match (missing: {missing:?}). Next: kenpo-portal migrate up"
                )
            }
            Self::Schema(SchemaMismatch::Newer { unknown, needed: Some(needed) }) => format!(
                "the database's schema ({unknown:?}) needs kenpo-portal {needed} or newer, and this is {}. Next: use \
                 kenpo-portal {needed} or newer",
                Version::own()
            ),
            Self::Schema(SchemaMismatch::Newer { unknown, needed: None }) => format!(
                "the database's schema ({unknown:?}) is unknown to kenpo-portal {}. Next: use the program that ran \
                 `migrate up`",
                Version::own()
            ),
            Self::NoDatabase(path) => {
                format!("the database {} is not there. Next: kenpo-portal migrate up", path.display())
            }
            Self::NotLoopback(address) => format!(
                "the demo listens on this machine only, and {address} is not. Next: --listen 127.0.0.1:8080"
            ),
            Self::DatabaseConfigured => {
                "a database is configured (PORTAL_DATABASE__URL or portal.toml), and the demo never \
                                         touches one. Unset it, or run `kenpo-portal serve`."
                    .to_owned()
            }
            Self::NotAnAddress(text) => format!("{text:?} is no address. Next: --listen 127.0.0.1:8080"),
            Self::Listen { address, setting, fault } => format!(
                "cannot listen at {address}: {}. Next: give {setting} another address or port",
                io_words(fault, Language::En)
            ),
            Self::TenantsFolder { path, fault } => format!(
                "the folder of the unions' files {} cannot be opened: {}. Next: check the setting tenants.dir \
                 (PORTAL_TENANTS__DIR)",
                path.display(),
                io_words(fault, Language::En)
            ),
            Self::Language(text) => format!("there is no language {text:?}. Next: --lang ja or --lang en"),
            Self::ReaderLeft => String::new(),
            Self::NoAnswer(address, fault) => {
                format!(
                    "{address} (setting internal.listen) does not answer: {}. Is `kenpo-portal serve` running?",
                    io_words(fault, Language::En)
                )
            }
            Self::File(path, fault) => format!("{}: {}", path.display(), io_words(fault, Language::En)),
            Self::Sample(path, flaw) => format!("{}: {}", path.display(), flaw.sentence(Language::En)),
            Self::SampleRefused(path) => format!(
                "{} cannot be imported. Next: kenpo-portal member import --dry-run, which says why",
                path.display()
            ),
            Self::MailServer(fault) => format!(
                "mail.smtp_url cannot be used: {}. Example: smtp://user:password@smtp.example.jp:587",
                english_url(fault)
            ),
            Self::NoMailServer => {
                "mail.smtp_url is not set. Next: PORTAL_MAIL__SMTP_URL=smtp://smtp.example.jp:587".to_owned()
            }
            Self::NotAReceipt(text) => format!(
                "{text:?} is no receipt number: 8 letters and digits, without I, O, 0 and 1. Example: kenpo-portal receipt \
                 K7M294QA"
            ),
            Self::NotAMailAddress(text) => {
                format!("{text:?} is no mail address. Give one, without a name.")
            }
            Self::Ring(vault::RingFault::Io { path, source }) => {
                format!("key ring {}: {}", path.display(), io_words(source, Language::En))
            }
            Self::Ring(fault) => fault.to_string(),
            Self::RingLost { path, key } => keys::lost(path, *key, Language::En),
            Self::Keys { path, fault } => keys::sentence(path, fault, Language::En),
            Self::DemoKeys(fault) => {
                format!("{}\nThe demo can begin anew. Next: add --fresh", fault.english())
            }
            Self::Settings(fault) => settings::sentence(fault, Language::En),
            Self::Store(fault) => database::sentence(fault, Language::En),
            Self::Output(fault) => format!("the output cannot be written: {}", io_words(fault, Language::En)),
            Self::Broken(fault) => fault.clone(),
        }
    }
}

/// The command that tells why.
fn check_again(compared: bool) -> &'static str {
    if compared { "kenpo-portal tenant check --db" } else { "kenpo-portal tenant check" }
}

fn japanese_url(fault: &SmtpUrlError) -> String {
    match fault {
        SmtpUrlError::NotAnAddress => "ホストのあるアドレスとして読めません".to_owned(),
        SmtpUrlError::Scheme(scheme) => {
            format!("「{scheme}:」ではなく、smtp:// か smtps:// で始めてください")
        }
        SmtpUrlError::Tls(word) => format!(
            "tls={word} は使えません。required、opportunistic、none のどれか(smtps:// では required だけ)を書いてください"
        ),
        SmtpUrlError::Unknown(word) => format!("「{word}」は知らない指定です。使えるのは tls= と ca= です"),
        SmtpUrlError::HalfCredentials => {
            "ユーザーとパスワードは、両方書くか、両方なくしてください".to_owned()
        }
        SmtpUrlError::ClearPassword => {
            "パスワードが暗号化されずに送られてしまいます。tls=required にするか、smtps:// を使ってください"
                .to_owned()
        }
        SmtpUrlError::Certificate(path) => format!("証明書 {} を PEM として読めません", path.display()),
        SmtpUrlError::Raw { found, encoded } => format!(
            "ユーザーかパスワードに「{}」がそのまま書かれています。{encoded} と書いてください(% 自身は %25)",
            shown(*found)
        ),
        SmtpUrlError::Hello(name) => format!(
            "設定 mail.hello の「{name}」は、. のある完全なホスト名(例: portal.example.jp)ではありません"
        ),
    }
}

fn english_url(fault: &SmtpUrlError) -> String {
    match fault {
        SmtpUrlError::NotAnAddress => "it is no address with a host".to_owned(),
        SmtpUrlError::Scheme(scheme) => format!("it begins with {scheme:?} instead of smtp:// or smtps://"),
        SmtpUrlError::Tls(word) => {
            format!("tls={word} is not required, opportunistic or none (with smtps:// only required)")
        }
        SmtpUrlError::Unknown(word) => format!("{word:?} is unknown; there are tls= and ca="),
        SmtpUrlError::HalfCredentials => "user and password go together: write both or neither".to_owned(),
        SmtpUrlError::ClearPassword => {
            "the password would travel in clear; use tls=required or smtps://".to_owned()
        }
        SmtpUrlError::Certificate(path) => {
            format!("the certificate {} cannot be read as PEM", path.display())
        }
        SmtpUrlError::Raw { found, encoded } => format!(
            "user or password holds the character `{}` as it is; write it as {encoded} (and a % itself as %25)",
            shown(*found)
        ),
        SmtpUrlError::Hello(name) => {
            format!(
                "the setting mail.hello, {name:?}, is no whole host name with a dot, such as portal.example.jp"
            )
        }
    }
}

/// A character that can be seen.
fn shown(c: char) -> String {
    match c {
        ' ' => "space".to_owned(),
        c if c.is_whitespace() || c.is_control() => format!("U+{:04X}", u32::from(c)),
        c => c.to_string(),
    }
}

fn japanese_ring(fault: &vault::RingFault) -> String {
    use vault::RingFault;
    match fault {
        RingFault::Missing { path } => {
            format!("鍵束 {0} がありません。次: kenpo-portal keys new {0}", path.display())
        }
        RingFault::TooOpen { path, .. } => {
            format!("鍵束 {0} を、ほかの人も読めるようになっています。次: chmod 600 {0}", path.display())
        }
        RingFault::Exists { path } => {
            format!(
                "{} はもうあります。鍵束を上書きすると、今のデータが開けなくなるため、作りません。",
                path.display()
            )
        }
        RingFault::Malformed { path, reason } => {
            format!("鍵束 {} を読めません({reason})。控えから戻してください。", path.display())
        }
        RingFault::Io { path, source } => {
            format!("鍵束 {}: {}", path.display(), io_words(source, Language::Ja))
        }
        RingFault::NoRandomness(fault) => fault.to_string(),
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
            store::StoreError::Schema(misfit) => Self::Schema(misfit),
            fault => Self::Store(fault),
        }
    }
}

macro_rules! broken {
    ($($kind:ty),+) => {$(
        impl From<$kind> for CommandFault {
            fn from(fault: $kind) -> Self {
                Self::Broken(fault.to_string())
            }
        }
    )+};
}
broken!(RandomError, vault::VaultError, askama::Error);

impl From<portal::Fault> for CommandFault {
    fn from(fault: portal::Fault) -> Self {
        match fault {
            portal::Fault::Store(fault) => fault.into(),
            fault => Self::Broken(fault.to_string()),
        }
    }
}

/// What the output said. Words to standard error never fail a command, see [`super::QuietStderr`].
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
            None => Self::Broken(fault.to_string()),
        }
    }
}
