//! Settings of the process: defaults, then `portal.toml`, then `PORTAL_SECTION__KEY`, then
//! `PORTAL_SECTION__KEY_FILE`, which names a file that holds the value (for secrets).

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format as _, Serialized, Toml},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};

/// The file read when none is named.
pub const FILE: &str = "portal.toml";

/// Everything an operator may set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Public listener.
    pub listen: SocketAddr,
    /// Log level: error, warn, info, debug; or an `EnvFilter` of tracing.
    pub log: String,
    /// How members reach the unions' hosts.
    pub public: PublicSettings,
    /// The internal listener.
    pub internal: InternalSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// The unions' files.
    pub tenants: TenantSettings,
    /// Where hosts may lie.
    pub hosts: HostSettings,
    /// Server keys.
    pub keys: KeySettings,
    /// Sending mail.
    pub mail: MailSettings,
    /// Proxies in front.
    pub proxy: ProxySettings,
    /// The cost of a password hash.
    pub argon2: Argon2Settings,
}

/// How members reach the unions' hosts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicSettings {
    /// `https` or `http`.
    pub scheme: String,
    /// The port members see.
    pub port: u16,
}

/// The internal listener.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternalSettings {
    /// Address of health checks and the proxy's question.
    pub listen: SocketAddr,
}

/// The database.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite:…` or `postgres://…`.
    pub url: String,
}

impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.url.split(':').next().unwrap_or_default();
        write!(f, "DatabaseSettings({kind}:***)")
    }
}

/// The unions' files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// The folder.
    pub dir: PathBuf,
}

/// Where hosts may lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSettings {
    /// Domains under which unions' hosts must lie; empty = not checked.
    #[serde(deserialize_with = "list")]
    pub base_domains: Vec<String>,
}

/// Server keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySettings {
    /// The key ring's file.
    pub ring: PathBuf,
}

/// Sending mail.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `smtp://…`, `smtps://…`; without it letters wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_url: Option<String>,
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.smtp_url.is_some() { "MailSettings(***)" } else { "MailSettings(none)" })
    }
}

/// Proxies in front.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxySettings {
    /// Networks whose X-Forwarded-For counts.
    #[serde(deserialize_with = "list")]
    pub trusted: Vec<String>,
}

/// A list in a file, or one text with commas, which is what a variable can hold.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct ListOrText;
    impl<'de> Visitor<'de> for ListOrText {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of texts, or texts with commas between")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(item) = items.next_element()? {
                all.push(item);
            }
            Ok(all)
        }
    }
    from.deserialize_any(ListOrText)
}

/// The cost of a password hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2Settings {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
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
            mail: MailSettings { smtp_url: None },
            proxy: ProxySettings { trusted: Vec::new() },
            argon2: Argon2Settings { memory_kib: 19_456, iterations: 2, lanes: 1 },
        }
    }
}

/// The settings' names in the environment, without `PORTAL_`. Names of other things may share the prefix.
const KEYS: [&str; 15] = [
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
    "proxy.trusted",
    "argon2.memory_kib",
    "argon2.iterations",
    "argon2.lanes",
    "config",
];

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFault {
    /// A value is missing, of the wrong type or unknown.
    #[error("settings: {0}")]
    Value(Box<figment::Error>),
    /// The log level is none.
    #[error("log = {0:?} is no level: off, error, warn, info, debug, trace")]
    Log(String),
    /// The named file is not there.
    #[error("settings file {0} is not there")]
    NoFile(PathBuf),
    /// A file named by `…_FILE` cannot be read.
    #[error("{variable} names {path}, which cannot be read: {source}")]
    ValueFile {
        /// The variable.
        variable: String,
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Settings {
    /// Reads the settings. A named `file` must exist; the usual one may be absent.
    pub fn read(file: Option<&Path>) -> Result<Self, SettingsFault> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        match file {
            Some(file) if !file.exists() => return Err(SettingsFault::NoFile(file.to_owned())),
            Some(file) => figment = figment.merge(Toml::file_exact(file)),
            None => figment = figment.merge(Toml::file(FILE)),
        }
        figment = figment.merge(Env::prefixed("PORTAL_").split("__").only(&KEYS));
        for (key, variable) in KEYS.iter().map(|key| (key, file_variable(key))) {
            let Ok(path) = std::env::var(&variable) else { continue };
            let text = std::fs::read_to_string(&path).map_err(|source| SettingsFault::ValueFile {
                variable,
                path,
                source,
            })?;
            figment = figment.merge(Serialized::default(key, text.trim()));
        }
        let settings: Self = figment.extract().map_err(|fault| SettingsFault::Value(Box::new(fault)))?;
        let level = ["off", "error", "warn", "info", "debug", "trace"].contains(&settings.log.as_str());
        // Anything else would be read as the name of a room, and the service would run without a word.
        if !level && !settings.log.contains('=') {
            return Err(SettingsFault::Log(settings.log));
        }
        Ok(settings)
    }

    /// Variables that look like settings and are none: typing mistakes, mostly.
    pub fn unknown_variables() -> Vec<String> {
        let known = |name: &str| {
            let plain = name.trim_start_matches("PORTAL_").to_lowercase().replace("__", ".");
            KEYS.contains(&plain.as_str())
                || plain.strip_suffix("_file").is_some_and(|key| KEYS.contains(&key))
        };
        std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.starts_with("PORTAL_") && !known(name))
            .filter(|name| {
                !["PORTAL_TEST_", "PORTAL_SCREEN", "PORTAL_IMAGE"].iter().any(|other| name.starts_with(other))
            })
            .collect()
    }
}

fn file_variable(key: &str) -> String {
    format!("PORTAL_{}_FILE", key.replace('.', "__").to_uppercase())
}

#[cfg(test)]
#[expect(clippy::result_large_err, reason = "the jail's closures return figment's own error")]
mod tests {
    use super::*;
    use figment::Jail;

    #[test]
    fn later_layers_win_and_files_hold_secrets() {
        Jail::expect_with(|jail| {
            jail.create_file("portal.toml", "listen = \"127.0.0.1:1\"\n[public]\nport = 8443\n")?;
            jail.create_file("url", "postgres://portal:secret@db/portal\n")?;
            jail.set_env("PORTAL_LISTEN", "127.0.0.1:2");
            jail.set_env("PORTAL_DATABASE__URL_FILE", "url");
            jail.set_env("PORTAL_TEST_POSTGRES", "ignored");
            let settings = Settings::read(None).unwrap();
            assert_eq!(settings.listen.port(), 2);
            assert_eq!(settings.public.port, 8443);
            assert_eq!(settings.database.url, "postgres://portal:secret@db/portal");
            assert!(!format!("{settings:?}").contains("secret"));
            Ok(())
        });
    }

    #[test]
    fn a_list_may_stand_in_a_file_or_with_commas_in_a_variable() {
        Jail::expect_with(|jail| {
            jail.create_file("portal.toml", "[hosts]\nbase_domains = [\"portal.example\"]\n")?;
            jail.set_env("PORTAL_PROXY__TRUSTED", "172.16.0.0/12, 10.0.0.0/8");
            let settings = Settings::read(None).unwrap();
            assert_eq!(settings.hosts.base_domains, ["portal.example"]);
            assert_eq!(settings.proxy.trusted, ["172.16.0.0/12", "10.0.0.0/8"]);
            Ok(())
        });
    }

    #[test]
    fn a_typing_mistake_is_refused_with_its_name() {
        Jail::expect_with(|jail| {
            jail.create_file("portal.toml", "[argon2]\nmemory = 1\n")?;
            let said = Settings::read(None).unwrap_err().to_string();
            assert!(said.contains("memory"), "{said}");
            jail.set_env("PORTAL_DATABASE__ULR", "x");
            assert_eq!(Settings::unknown_variables(), ["PORTAL_DATABASE__ULR"]);
            Ok(())
        });
    }

    #[test]
    fn a_named_file_must_be_there() {
        assert!(matches!(Settings::read(Some(Path::new("no-such.toml"))), Err(SettingsFault::NoFile(_))));
    }
}
