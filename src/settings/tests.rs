//! What stands in a settings file, in variables and in files of their own, and what cannot be right.

use std::fs;

use tempfile::TempDir;

use super::*;

/// A folder with a settings file, and variables.
struct TestFolder {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl TestFolder {
    fn new(file: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), variables: BTreeMap::new() };
        fs::write(desk.folder.path().join(FILE), file).unwrap();
        desk
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn read(&self) -> Result<Settings, SettingsFault> {
        Settings::read_with(Some(&self.folder.path().join(FILE)), &self.variables)
    }

    /// Where the trouble with that setting stands, without the folder.
    fn wrong(&self, key: &str) -> (String, ValueFlaw) {
        let SettingsFault::Troubles(troubles) = self.read().unwrap_err() else { panic!("not told") };
        let found = troubles.into_iter().find_map(|trouble| match trouble {
            SettingsProblem::Wrong { key: named, origin, why } if named == key => Some((origin, why)),
            _ => None,
        });
        let (origin, why) = found.unwrap_or_else(|| panic!("{key} is not told"));
        let folder = format!("{}/", self.folder.path().display());
        (origin.to_string().replace(&folder, ""), why)
    }
}

#[test]
fn later_layers_win_and_files_hold_secrets() {
    let desk = TestFolder::new("listen = \"127.0.0.1:1\"\n[public]\nport = 8443\n");
    let url = desk.folder.path().join("url");
    fs::write(&url, "postgres://portal:secret@db/portal\n").unwrap();
    let desk = desk
        .var("PORTAL_LISTEN", "127.0.0.1:2")
        .var("PORTAL_DATABASE__URL_FILE", url.to_str().unwrap())
        .var("PORTAL_TEST_POSTGRES", "ignored");
    let settings = desk.read().unwrap();
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.public.port, 8443);
    assert_eq!(settings.database.url, "postgres://portal:secret@db/portal");
    assert!(!format!("{settings:?}").contains("secret"));
    assert_eq!(settings.origin("listen").to_string(), "PORTAL_LISTEN");
    assert!(settings.origin("public.port").to_string().ends_with("portal.toml:3"));
    assert_eq!(settings.origin("log"), &Origin::Default);
    assert!(settings.unknown.is_empty());
}

#[test]
fn a_list_may_stand_in_a_file_or_with_commas_in_a_variable() {
    let desk = TestFolder::new("[hosts]\nbase_domains = [\"portal.example\"]\n")
        .var("PORTAL_PROXY__TRUSTED", "172.16.0.0/12, 10.0.0.0/8");
    let settings = desk.read().unwrap();
    assert_eq!(settings.hosts.base_domains, ["portal.example"]);
    assert_eq!(settings.proxy.trusted, ["172.16.0.0/12", "10.0.0.0/8"]);
}

/// Settings, values that cannot be right, and values that can.
const VALUES: [(&str, &[&str], &[&str]); 16] = [
    (
        "listen",
        &["", "8080", ":8080", "localhost:8080", "0.0.0.0", "127.0.0.1:99999", "127.0.0.1:http", "[::1]"],
        &["0.0.0.0:80", "[::]:8080", "127.0.0.1:0"],
    ),
    ("internal.listen", &["9090", "localhost:9090"], &["127.0.0.1:9090"]),
    (
        "log",
        &["", "verbose", "INFO LEVEL", "info=bar=", "warning"],
        &["info", "off", "kenpo_portal=debug,info"],
    ),
    ("public.scheme", &["", "ftp", "HTTPS", "https://", "http:"], &["https", "http"]),
    ("public.port", &["", "0", "65536", "-1", "https", "443.0"], &["443", "1", "65535"]),
    (
        "database.url",
        &[
            "",
            "portal.db",
            "mysql://portal@db/portal",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:file?mode=memory",
            "postgres:portal@db",
            "postgres://db:port/portal",
            "Postgres",
            "postgres//db/portal",
        ],
        &[
            "sqlite:portal.db",
            "sqlite:///var/lib/portal.db?mode=rwc",
            "postgres://p:w@db:5432/p",
            "postgresql:///portal?host=/run",
        ],
    ),
    ("tenants.dir", &["", "  "], &["/etc/kenpo-portal/tenants"]),
    (
        "hosts.base_domains",
        &["https://portal.example", "*.portal.example", "portal.example:443", ".example", "健保.jp", "a..b"],
        &["", "portal.example", "a.example, b.example"],
    ),
    ("keys.ring", &[""], &["keys.toml"]),
    (
        "mail.smtp_url",
        &["smtp.example.jp", "http://smtp.example.jp", "smtp:smtp.example.jp"],
        &["", "smtp://h:25", "smtps://h"],
    ),
    (
        "mail.hello",
        &["portal-7f9", "a..b", "健保.jp", "https://a.jp"],
        &["", "portal.example.jp", "a.example."],
    ),
    ("sso.authorities", &[], &["", "/etc/kenpo-portal/authorities.pem"]),
    (
        "proxy.trusted",
        &[
            "nonsense",
            "10.0.0.0/33",
            "10.0.0/8",
            "fd00::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "caddy",
            "10.0.0.1:80",
            "10.0.0.0-10.0.0.9",
        ],
        &["", "10.0.0.1", "172.16.0.0/12,fd00::/8", "::1"],
    ),
    ("argon2.memory_kib", &["", "0", "7", "99999999", "19456k", "1e3"], &["8", "19456"]),
    ("argon2.iterations", &["0", "1001", "two"], &["1", "2"]),
    ("argon2.lanes", &["0", "256"], &["1"]),
];

#[test]
fn a_value_that_cannot_be_right_is_told_with_its_setting_and_where_it_stands() {
    assert_eq!(VALUES.map(|(key, _, _)| key).len(), KEYS.len());
    for (key, wrong, right) in VALUES {
        assert!(KEYS.contains(&key), "{key}");
        let variable = layers::variable(key);
        for value in wrong {
            let (origin, _) = TestFolder::new("").var(&variable, value).wrong(key);
            assert_eq!(origin, variable, "{key} = {value:?}");
        }
        for value in right {
            let read = TestFolder::new("").var(&variable, value).read();
            assert!(read.is_ok(), "{key} = {value:?}: {:?}", read.err());
        }
    }
    // Enough memory for one lane, not for four.
    let desk = TestFolder::new("[argon2]\nmemory_kib = 16\nlanes = 4\n");
    assert_eq!(
        desk.wrong("argon2.memory_kib"),
        ("portal.toml:2".into(), ValueFlaw::TooLittleMemory { lanes: 4 })
    );
}

#[test]
fn the_file_s_values_are_looked_at_alike() {
    for (line, key) in [
        ("listen = 8080", "listen"),
        ("listen = [\"127.0.0.1:8080\"]", "listen"),
        ("log = true", "log"),
        ("public.scheme = \"ftp\"", "public.scheme"),
        ("public.port = \"https\"", "public.port"),
        ("public.port = 70000", "public.port"),
        ("public.port = 443.5", "public.port"),
        ("database = \"sqlite:portal.db\"", "database.url"),
        ("proxy.trusted = [\"nonsense\"]", "proxy.trusted"),
        ("proxy.trusted = [10]", "proxy.trusted"),
        ("tenants.dir = {}", "tenants.dir"),
    ] {
        let desk = TestFolder::new(&format!("# settings\n{line}\n"));
        if line.starts_with("database") {
            assert!(matches!(desk.read().unwrap_err(), SettingsFault::Troubles(_)), "{line}");
            continue;
        }
        assert_eq!(desk.wrong(key).0, "portal.toml:2", "{line}");
    }
}

#[test]
fn every_trouble_is_told_at_once() {
    let desk = TestFolder::new("[public]\nscheme = \"ftp\"\nport = 0\n").var("PORTAL_PROXY__TRUSTED", "x");
    let SettingsFault::Troubles(troubles) = desk.read().unwrap_err() else { panic!() };
    assert_eq!(troubles.len(), 3);
}

#[test]
fn a_name_that_is_nearly_known_stops_and_another_is_told() {
    for (file, name, value) in [
        ("", "PORTAL_DATABASE_URL", "postgres://db/portal"),
        ("", "PORTAL_DATABASE__ULR", "x"),
        ("", "portal_database__url", "x"),
        ("", "PORTAL_DATABASE_URL_FILE", "x"),
        ("", "PORTAL_MAIL__SMTP_URL_FIL", "x"),
        ("", "PORTAL_KEYS__RING_FLE", "x"),
        ("", "PORTAL_CONFIGG", "x"),
        ("", "PORTAL_CONFIG_FILE", "x"),
        ("", "portal_config", "x"),
        ("[argon2]\nmemory = 1\n", "HOME", "x"),
        ("[databse]\nurl = \"sqlite:x\"\n", "HOME", "x"),
        ("[database]\nurl = { host = \"db\" }\n", "HOME", "x"),
    ] {
        let read = TestFolder::new(file).var(name, value).read();
        assert!(matches!(read, Err(SettingsFault::Troubles(_))), "{file}{name}: {read:?}");
    }
    let desk =
        TestFolder::new("[metrics]\nlisten = \"127.0.0.1:1\"\n").var("PORTAL_SERVICE_HOST", "10.0.0.1");
    let settings = desk.read().unwrap();
    let told: Vec<_> = settings.unknown.iter().map(|trouble| format!("{trouble:?}")).collect();
    assert!(
        told.len() == 2 && told[0].contains("metrics") && told[1].contains("PORTAL_SERVICE_HOST"),
        "{told:?}"
    );
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let nowhere = BTreeMap::new();
    let read = |path: &str| Settings::read_with(Some(Path::new(path)), &nowhere).unwrap_err();
    assert!(matches!(read("no-such.toml"), SettingsFault::NoFile(_)));
    assert!(matches!(read("/"), SettingsFault::File(..)), "a folder");
    assert!(matches!(read("/dev/zero"), SettingsFault::File(..)), "never ends");
    let broken = TestFolder::new("listen = \"127.0.0.1:1\"\n[public\nport = 1\n").read().unwrap_err();
    assert!(matches!(broken, SettingsFault::Toml { line: 2, .. }), "{broken:?}");
    let named = TestFolder::new("").var("PORTAL_MAIL__SMTP_URL_FILE", "no-such").read().unwrap_err();
    assert!(matches!(named, SettingsFault::ValueFile { .. }));
    // A value file that was prepared and never filled in; an empty variable is what a composed environment passes on.
    let unfilled = TestFolder::new("");
    let empty = unfilled.folder.path().join("smtp_url").display().to_string();
    fs::write(&empty, "\n").unwrap();
    for variable in ["PORTAL_MAIL__SMTP_URL_FILE", "PORTAL_PROXY__TRUSTED_FILE", "PORTAL_DATABASE__URL_FILE"]
    {
        let named = TestFolder::new("").var(variable, &empty).read().unwrap_err();
        let SettingsFault::Troubles(troubles) = &named else { panic!("{variable}: {named:?}") };
        assert!(
            matches!(&troubles[..], [SettingsProblem::Wrong { why: ValueFlaw::EmptyFile, .. }]),
            "{troubles:?}"
        );
    }
    assert_eq!(TestFolder::new("").var("PORTAL_MAIL__SMTP_URL", "").read().unwrap().mail.smtp_url, None);
    // And the file itself may be named by a variable.
    let desk = TestFolder::new("log = \"warn\"\n");
    let path = desk.folder.path().join(FILE).display().to_string();
    let by_variable = BTreeMap::from([("PORTAL_CONFIG".to_owned(), path)]);
    assert_eq!(Settings::read_with(None, &by_variable).unwrap().log, "warn");
}
