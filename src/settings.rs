//! Settings of the process: defaults, then `portal.toml`, then `PORTAL_SECTION__KEY`, then
//! `PORTAL_SECTION__KEY_FILE`, which names a file that holds the value (for secrets).

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use url::Url;

mod layers;
mod trouble;

use layers::{Layers, Raw, ValueResult};
pub use trouble::{Origin, SettingsProblem, ValueFlaw};

pub mod network;
pub mod shown;

use network::Networks;

/// The file read when none is named.
pub const FILE: &str = "portal.toml";

/// Everything an operator may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address and port of the public listener.
    pub listen: SocketAddr,
    /// Log level: error, warn, info, debug; or an `EnvFilter` of tracing.
    pub log: String,
    /// How members reach the unions' hosts.
    pub public: PublicSettings,
    /// The internal listener, for health checks.
    pub internal: InternalSettings,
    /// The database in use.
    pub database: DatabaseSettings,
    /// Where the unions' files lie.
    pub tenants: TenantSettings,
    /// The domains under which unions' hosts may lie.
    pub hosts: HostSettings,
    /// Where the server keys lie.
    pub keys: KeySettings,
    /// How mail is sent.
    pub mail: MailSettings,
    /// How services of single sign-on are told.
    pub sso: SsoSettings,
    /// The proxies in front of the service.
    pub proxy: ProxySettings,
    /// The cost of a password hash.
    pub argon2: Argon2Settings,
    /// Where each setting that was set comes from.
    pub origins: BTreeMap<&'static str, Origin>,
    /// Settings and variables nobody knows: typing mistakes, or of another version.
    pub unknown: Vec<SettingsProblem>,
}

/// How members reach the unions' hosts.
#[derive(Debug, Clone)]
pub struct PublicSettings {
    /// The scheme of the unions' addresses: `https` or `http`.
    pub scheme: String,
    /// The port members see.
    pub port: u16,
}

/// Settings of the internal listener.
#[derive(Debug, Clone)]
pub struct InternalSettings {
    /// Address of health checks and the proxy's question.
    pub listen: SocketAddr,
}

/// Where everything is kept that lasts.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// The database's address: `sqlite:…` or `postgres://…`.
    pub url: String,
}

impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.url.split(':').next().unwrap_or_default();
        write!(f, "DatabaseSettings({kind}:***)")
    }
}

/// Settings of the unions' files.
#[derive(Debug, Clone)]
pub struct TenantSettings {
    /// The folder of the unions' files.
    pub dir: PathBuf,
}

/// Settings of the unions' hosts.
#[derive(Debug, Clone)]
pub struct HostSettings {
    /// Domains under which unions' hosts must lie; empty = not checked.
    pub base_domains: Vec<String>,
}

/// Settings of the server keys.
#[derive(Debug, Clone)]
pub struct KeySettings {
    /// The key ring's file.
    pub ring: PathBuf,
}

/// Settings of the mail server.
#[derive(Clone)]
pub struct MailSettings {
    /// `smtp://…`, `smtps://…`; without it letters wait.
    pub smtp_url: Option<String>,
    /// The name said to the mail server in `EHLO`, such as `portal.example.jp`; without it the machine's own.
    pub hello: Option<String>,
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.smtp_url.is_some() { "MailSettings(***)" } else { "MailSettings(none)" })
    }
}

/// Settings of single sign-on.
#[derive(Debug, Clone)]
pub struct SsoSettings {
    /// A file with certificates of authorities, beside the public ones, that services' certificates may come from.
    pub authorities: Option<PathBuf>,
}

/// Settings of the proxies in front of the service.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// Networks of the proxies in front: `10.0.0.0/8`, `2001:db8::/32` or one address. Their connections are not counted
    /// by address.
    pub trusted: Vec<String>,
}

impl ProxySettings {
    /// The networks of [`Self::trusted`].
    pub fn networks(&self) -> Networks {
        Networks::parse(&self.trusted).unwrap_or_default()
    }
}

/// The cost of a password hash.
#[derive(Debug, Clone)]
pub struct Argon2Settings {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// How often the memory is passed over.
    pub iterations: u32,
    /// The number of lanes (RFC 9106, 3.1).
    pub lanes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            log: "info".to_owned(),
            public: PublicSettings { scheme: "https".to_owned(), port: 443 },
            internal: InternalSettings { listen: SocketAddr::from(([127, 0, 0, 1], 9090)) },
            database: DatabaseSettings { url: "sqlite:portal-data/portal.db".to_owned() },
            tenants: TenantSettings { dir: PathBuf::from("tenants") },
            hosts: HostSettings { base_domains: Vec::new() },
            keys: KeySettings { ring: PathBuf::from("portal-data/keys.toml") },
            mail: MailSettings { smtp_url: None, hello: None },
            sso: SsoSettings { authorities: None },
            proxy: ProxySettings { trusted: Vec::new() },
            argon2: Argon2Settings { memory_kib: 19_456, iterations: 2, lanes: 1 },
            origins: BTreeMap::new(),
            unknown: Vec::new(),
        }
    }
}

/// The names of all settings.
const KEYS: [&str; 16] = [
    "listen",
    "log",
    "public.scheme",
    "public.port",
    "internal.listen",
    "database.url",
    "tenants.dir",
    "hosts.base_domains",
    "keys.ring",
    "mail.smtp_url",
    "mail.hello",
    "sso.authorities",
    "proxy.trusted",
    "argon2.memory_kib",
    "argon2.iterations",
    "argon2.lanes",
];

/// Why settings cannot be used. None of it holds a value that may be secret.
#[derive(Debug)]
pub enum SettingsFault {
    /// The named file is not there.
    NoFile(PathBuf),
    /// The file cannot be read.
    File(PathBuf, std::io::Error),
    /// The file is no TOML.
    Toml {
        /// The path of the file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A file named by `…_FILE` cannot be read.
    ValueFile {
        /// The name of the environment variable.
        variable: String,
        /// The path of the file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Values that cannot be right, and names that are nearly known. Never empty.
    Troubles(Vec<SettingsProblem>),
}

impl Settings {
    /// Reads the settings. A named `file` must exist; the usual one may be absent.
    ///
    /// # Errors
    /// [`SettingsFault`] when a file cannot be read, or with every value that cannot be right.
    pub fn read(file: Option<&Path>) -> Result<Self, SettingsFault> {
        let texts = std::env::vars_os().filter_map(|(name, value)| {
            // What is no text is told as an empty value, where it is one of ours.
            Some((name.into_string().ok()?, value.into_string().unwrap_or_default()))
        });
        Self::read_with(file, &texts.collect())
    }

    /// The same, with these variables.
    ///
    /// # Errors
    /// [`SettingsFault`] when a file cannot be read, or with every value that cannot be right.
    pub fn read_with(
        file: Option<&Path>,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, SettingsFault> {
        let mut layers = Layers::new();
        let mut troubles = Vec::new();
        let named = file.map(Path::to_owned).or_else(|| variables.get("PORTAL_CONFIG").map(PathBuf::from));
        let path = named.clone().unwrap_or_else(|| PathBuf::from(FILE));
        match layers::text_of(&path) {
            Ok(text) => layers::add_file(&mut layers, &mut troubles, &path, &text)?,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
                if named.is_some() {
                    return Err(SettingsFault::NoFile(path));
                }
            }
            Err(fault) => return Err(SettingsFault::File(path, fault)),
        }
        layers::add_variables(&mut layers, &mut troubles, variables)?;
        let mut reader = SettingsReader { layers, troubles };
        let mut settings = Self::of(&mut reader);
        let (stopping, unknown): (Vec<_>, Vec<_>) =
            reader.troubles.into_iter().partition(SettingsProblem::stops);
        if !stopping.is_empty() {
            return Err(SettingsFault::Troubles(stopping));
        }
        settings.unknown = unknown;
        settings.origins = reader.layers.into_iter().map(|(key, (_, origin))| (key, origin)).collect();
        Ok(settings)
    }

    fn of(reader: &mut SettingsReader) -> Self {
        let mut all = Self::default();
        reader.take("listen", &mut all.listen, |raw| address(raw, "127.0.0.1:8080"));
        reader.take("internal.listen", &mut all.internal.listen, |raw| address(raw, "127.0.0.1:9090"));
        reader.take("log", &mut all.log, level);
        reader.take("public.scheme", &mut all.public.scheme, scheme);
        reader.take("public.port", &mut all.public.port, |raw| {
            raw.number(1, u32::from(u16::MAX)).map(|port| u16::try_from(port).unwrap_or(u16::MAX))
        });
        reader.take("database.url", &mut all.database.url, database);
        reader.take("tenants.dir", &mut all.tenants.dir, |raw| raw.text().map(PathBuf::from));
        reader.take("hosts.base_domains", &mut all.hosts.base_domains, domains);
        reader.take("keys.ring", &mut all.keys.ring, |raw| raw.text().map(PathBuf::from));
        reader.take("mail.smtp_url", &mut all.mail.smtp_url, mail_server);
        reader.take("mail.hello", &mut all.mail.hello, hello);
        reader.take("sso.authorities", &mut all.sso.authorities, file);
        reader.take("proxy.trusted", &mut all.proxy.trusted, networks);
        // Bounds beyond which a single sign-in would take the machine; the lower ones are Argon2's own (RFC 9106, 3.1).
        reader.take("argon2.iterations", &mut all.argon2.iterations, |raw| raw.number(1, 1000));
        reader.take("argon2.lanes", &mut all.argon2.lanes, |raw| raw.number(1, 255));
        let lanes = all.argon2.lanes;
        reader.take("argon2.memory_kib", &mut all.argon2.memory_kib, |raw| {
            let memory = raw.number(8, 4 * 1024 * 1024)?;
            if memory < 8 * lanes { Err(ValueFlaw::TooLittleMemory { lanes }) } else { Ok(memory) }
        });
        all
    }

    /// Where a setting's value comes from.
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }
}

/// Reads values into [`Settings`] and collects what is wrong with them.
struct SettingsReader {
    layers: Layers,
    troubles: Vec<SettingsProblem>,
}

impl SettingsReader {
    fn take<T>(&mut self, key: &'static str, into: &mut T, look: impl FnOnce(&Raw) -> ValueResult<T>) {
        let Some((raw, origin)) = self.layers.get(key) else { return };
        // Whoever names a file means its value: an empty one was prepared and never filled in.
        let is_unfilled =
            matches!((raw, origin), (Raw::Loose(text), Origin::NamedFile { .. }) if text.is_empty());
        match if is_unfilled { Err(ValueFlaw::EmptyFile) } else { look(raw) } {
            Ok(value) => *into = value,
            Err(why) => self.troubles.push(SettingsProblem::Wrong { key, origin: origin.clone(), why }),
        }
    }
}

fn address(raw: &Raw, example: &'static str) -> ValueResult<SocketAddr> {
    let text = match raw {
        Raw::Number(shown) => return Err(ValueFlaw::NoAddress { shown: shown.clone(), example }),
        raw => raw.text()?,
    };
    text.trim().parse().map_err(|_| ValueFlaw::NoAddress { shown: text.to_owned(), example })
}

fn level(raw: &Raw) -> ValueResult<String> {
    let text = raw.text()?;
    let is_level = ["off", "error", "warn", "info", "debug", "trace"].contains(&text);
    // Anything else would be read as the name of a room, and the service would run without a word.
    let is_filter = text.contains('=') && tracing_subscriber::EnvFilter::try_new(text).is_ok();
    if is_level || is_filter { Ok(text.to_owned()) } else { Err(ValueFlaw::NoLevel(text.to_owned())) }
}

fn scheme(raw: &Raw) -> ValueResult<String> {
    const WORDS: [&str; 2] = ["https", "http"];
    let text = raw.text()?;
    if WORDS.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(ValueFlaw::NoWord { shown: text.to_owned(), words: &WORDS })
}

fn database(raw: &Raw) -> ValueResult<String> {
    let text = raw.text()?;
    if let Some(rest) = text.strip_prefix("sqlite:") {
        let file = rest.trim_start_matches("//").split('?').next().unwrap_or_default();
        let in_memory = file == ":memory:" || rest.contains("mode=memory");
        return if file.is_empty() || in_memory {
            Err(ValueFlaw::NoDatabaseFile)
        } else {
            Ok(text.to_owned())
        };
    }
    if !["postgres:", "postgresql:"].iter().any(|scheme| text.starts_with(scheme)) {
        return Err(ValueFlaw::NoDatabase);
    }
    match Url::parse(text) {
        // Without a host, libpq's and sqlx's own default: the socket of this machine.
        Ok(url) if text.contains("://") && !url.cannot_be_a_base() => Ok(text.to_owned()),
        _ => Err(ValueFlaw::DatabaseUnreadable),
    }
}

fn mail_server(raw: &Raw) -> ValueResult<Option<String>> {
    let text = match raw {
        Raw::Text(text) | Raw::Loose(text) => text.trim(),
        _ => return Err(ValueFlaw::NoText),
    };
    // Empty is none: what a composed environment passes on.
    if text.is_empty() {
        return Ok(None);
    }
    let begins = ["smtp://", "smtps://"].iter().any(|scheme| text.starts_with(scheme));
    if begins { Ok(Some(text.to_owned())) } else { Err(ValueFlaw::NoMailServer) }
}

/// A whole host name; empty is none.
fn hello(raw: &Raw) -> ValueResult<Option<String>> {
    let text = match raw {
        Raw::Text(text) | Raw::Loose(text) => text.trim(),
        _ => return Err(ValueFlaw::NoText),
    };
    match text.strip_suffix('.').unwrap_or(text) {
        "" => Ok(None),
        name if name.contains('.') && name.split('.').all(is_label) => Ok(Some(name.to_owned())),
        name => Err(ValueFlaw::NoDomain(name.to_owned())),
    }
}

/// The path of a file; empty is none.
fn file(raw: &Raw) -> ValueResult<Option<PathBuf>> {
    let text = match raw {
        Raw::Text(text) | Raw::Loose(text) => text.trim(),
        _ => return Err(ValueFlaw::NoText),
    };
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn domains(raw: &Raw) -> ValueResult<Vec<String>> {
    let domains = raw.list()?;
    match domains.iter().find(|domain| domain.len() > 253 || !domain.split('.').all(is_label)) {
        Some(odd) => Err(ValueFlaw::NoDomain(odd.clone())),
        None => Ok(domains),
    }
}

fn networks(raw: &Raw) -> ValueResult<Vec<String>> {
    let networks = raw.list()?;
    match networks.iter().find(|network| !is_network(network)) {
        Some(odd) => Err(ValueFlaw::NoNetwork(odd.clone())),
        None => Ok(networks),
    }
}

/// Whether that is an address, or an address and the number of bits that count (RFC 4632, RFC 4291 2.3).
fn is_network(text: &str) -> bool {
    Networks::parse(&[text.to_owned()]).is_ok()
}

#[cfg(test)]
mod tests;
