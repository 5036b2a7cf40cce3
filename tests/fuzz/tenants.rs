//! Union files: what an operator writes into the folder, from bytes to a union that is served, and what is told of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::civil::date;
use kenpo_portal::{
    cli::tell,
    domain::tenant::{Language, Status, Tenant},
    tenants::{Finding, HostMatch, LoadOptions, Loaded, load},
};

use crate::engine::{Target, fuzz};

pub const UNION: &str = include_str!("../tenants/midorikenpo.toml");
const SHARED: &str = include_str!("../../tenants/_defaults.toml");
pub const TERMS: &str = include_str!("../tenants/midorikenpo/terms.md");
const LOGO: &str = include_str!("../tenants/midorikenpo/logo.svg");
const BASE: &str = "portal.example.jp";

const WORDS: &[&str] = &[
    "[",
    "]",
    "[[",
    "]]",
    "\"\"\"",
    "'''",
    " = ",
    "true",
    "false",
    "[]",
    "{}",
    "{ a = 1 }",
    "2026-04-01",
    "\"2026-04-01\"",
    "TODO",
    "\\u0000",
    "\\U0010FFFF",
    "\\x41",
    "../",
    "/etc/passwd",
    "midorikenpo/terms.md",
    "https://a.jp/",
    "javascript:x",
    "portal.example.jp",
    "localhost",
    "xn--",
    "app-otp",
    "passkey",
    "email-otp",
    "random",
    "derived",
    "desk-code",
    "min_length",
    "hosts",
    "texts.ja",
    "import.columns",
    "check.accept",
    "_defaults",
    "id",
    "#",
    "0x7fffffffffffffff",
    "inf",
    "nan",
    "1_000",
    "03-1234-5678",
];

/// A folder with one sound union.
pub fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("midorikenpo")).unwrap();
    for (name, text) in [
        ("_defaults.toml", SHARED),
        ("midorikenpo.toml", UNION),
        ("midorikenpo/terms.md", TERMS),
        ("midorikenpo/logo.svg", LOGO),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

pub fn read(dir: &Path) -> Loaded {
    let base_domains = [BASE.to_owned()];
    load(dir, &LoadOptions { base_domains: &base_domains, today: date(2026, 4, 1), ..LoadOptions::default() })
        .unwrap()
}

/// What has to hold of every finding: a place inside the file, and words in both languages.
fn told(finding: &Finding, dir: &Path, file: &Path, text: &[u8]) {
    assert!(finding.file.starts_with(dir));
    let (begin, end) = ((finding.line, finding.column), (finding.end_line, finding.end_column));
    assert!(finding.line >= 1 && finding.column >= 1 && end >= begin, "{finding:?}");
    if finding.file == file {
        let text = String::from_utf8_lossy(text);
        let lines: Vec<&str> = text.split('\n').collect();
        assert!(finding.end_line <= lines.len(), "{finding:?} of {} lines", lines.len());
        for (line, column) in [begin, end] {
            // One behind the last character is a place as well.
            let width = lines[line - 1].chars().count() + 1;
            assert!(column <= width, "{finding:?}: column {column} of {width}");
        }
    }
    for saying in [&finding.message, &finding.help] {
        for language in [Language::Ja, Language::En] {
            let words = tell(language, saying);
            assert!(!words.is_empty() && !words.starts_with("{finding-"), "{words}");
        }
    }
}

/// What has to hold of every union that is served, whatever its file says.
fn sound(tenant: &Tenant, loaded: &Loaded) {
    let hosts = &tenant.hosts;
    for host in [&hosts.primary, &tenant.rp_id].into_iter().chain(&hosts.aliases) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        assert!(host.chars().all(plain) && host.len() <= 253, "{host}");
        assert!(host.ends_with(&format!(".{BASE}")), "{host} does not lie below {BASE}");
    }
    if tenant.status != Status::Draft {
        assert!(
            matches!(loaded.tenants.by_host(&hosts.primary), Some(HostMatch::Primary(found)) if found.slug == tenant.slug)
        );
    }
    let policy = &tenant.policy;
    assert!(policy.user_id.min_length <= policy.user_id.max_length);
    assert!(policy.password.min_length >= 8 && policy.password.min_length <= policy.password.max_length);
    assert!(!policy.methods.is_empty(), "no second factor");
    for text in [&tenant.name, &tenant.contact.phone] {
        assert!(!text.trim().is_empty() && !text.contains(char::is_control), "{text:?}");
    }
}

/// Fuzzes one file of the folder.
fn fuzz_file(name: &'static str, file: &'static str, seeds: Vec<Vec<u8>>) {
    let dir = folder();
    let path: PathBuf = dir.path().join(file);
    let target = Target { name, seeds, words: WORDS, longest: 32 * 1024, own: None, inputs: 50 };
    fuzz(&target, |text| {
        fs::write(&path, text).unwrap();
        let loaded = read(dir.path());
        let errors = loaded.findings.iter().filter(|finding| finding.is_error()).count();
        assert_eq!(loaded.tenants.is_empty(), errors > 0, "served, and in order");
        loaded.findings.iter().for_each(|finding| told(finding, dir.path(), &path, text));
        loaded.tenants.iter().for_each(|tenant| sound(tenant, &loaded));
        // The same file is read in the same way again.
        assert_eq!(format!("{:?}", read(dir.path()).findings), format!("{:?}", loaded.findings));
        let mut codes: Vec<_> =
            loaded.findings.iter().map(|finding| (finding.code, finding.message.name().to_owned())).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    });
}

#[test]
fn tenants() {
    let seeds = [
        UNION,
        include_str!("../tenants/hinatakenpo.toml"),
        include_str!("../../tenants/jswkenpo.toml"),
        include_str!("../../tenants/daiwakenpo.toml"),
        include_str!("../../tenants/mgckenpo.toml"),
    ];
    fuzz_file("tenants", "midorikenpo.toml", seeds.map(|seed| seed.as_bytes().to_vec()).into());
}

#[test]
fn shared_values() {
    fuzz_file("shared_values", "_defaults.toml", vec![SHARED.as_bytes().to_vec()]);
}
