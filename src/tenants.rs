//! Tenants: `tenants/*.toml` → [`Tenant`], found by host.
//!
//! The operator onboards a union by adding one file. Reading goes in three passes, and every
//! mistake is told at once:
//!
//! 1. `folder` and `open`: what lies there and can be read; `syntax`: what of it is TOML; `shape`: each file against
//!    the list of `keys` (names, types, words, ranges);
//! 2. `layers`: built-in values, then `_defaults.toml`, then the union's file; required keys;
//! 3. `rules`: what must hold within one union, for the files it names (`files`), for the passkeys its members hold and
//!    between unions (`hosts`); then `advice` on what is weaker than recommended.
//!
//! # Decision
//! A union with an error is left out; the others are served. An error in `_defaults.toml` puts its last good text in
//! force, where the database keeps one (D37), and leaves every union out where it does not.
//! # Because
//! its values are every union's rules: a misspelt key there would silently weaken all of them.
//! # Instead of
//! serving what could be read.

mod accepted;
mod advice;
mod built_in;
mod colour;
mod examples;
mod files;
mod finding;
mod folder;
mod forms;
mod host_name;
mod hosts;
pub mod keys;
mod layers;
mod open;
mod phrases;
mod read;
mod rules;
mod shape;
pub mod shown;
mod steps;
pub mod svg;
mod syntax;
mod terms;
mod toml_fault;
mod toml_file;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

pub use accepted::AcceptedTerms;
pub use finding::{Finding, FindingCode, Severity};
pub use hosts::ServedHostFact;
pub use toml_fault::in_toml;

use crate::domain::saying::said;
use crate::domain::tenant::{Hosts, Status, Tenant, TenantSlug};
use accepted::NamedTerms;
use folder::Folder;
use hosts::HostClaim;
use layers::TenantFiles;
use open::OpenError;
use toml_file::TomlFile;

/// The file whose values all unions share.
pub const DEFAULTS: &str = "_defaults.toml";
/// More than any file of values has, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The unions served, as read at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tenants(Arc<TenantsInner>);

#[derive(Debug, Default)]
struct TenantsInner {
    by_slug: BTreeMap<TenantSlug, Arc<Tenant>>,
    by_host: HashMap<String, HostMatch>,
}

/// Whose host it is.
#[derive(Debug, Clone)]
pub enum HostMatch {
    /// The host of the union's pages.
    Primary(Arc<Tenant>),
    /// A host that leads to the primary one.
    Alias(Arc<Tenant>),
}

/// What reading the folder gave.
#[derive(Debug)]
pub struct Loaded {
    /// The unions without error, drafts among them.
    pub tenants: Tenants,
    /// All there is to say, by file and line.
    pub findings: Vec<Finding>,
    /// The stems of all union files, sound or not, sorted.
    pub seen: Vec<String>,
    /// What the files call their terms.
    named: Vec<NamedTerms>,
    /// The shared values in force.
    pub shared: DefaultsSource,
}

/// Where the shared values in force come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultsSource {
    /// From `_defaults.toml`, which is sound: its text, to be kept.
    Read(String),
    /// There is no `_defaults.toml`: the built-in values.
    BuiltIn,
    /// From the database, because `_defaults.toml` is broken or gone.
    Kept,
    /// `_defaults.toml` is broken and no other text is known: no union is served.
    Broken,
}

/// What reading depends on beside the folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadOptions<'a> {
    /// Domains under which every host must lie; empty = any.
    pub base_domains: &'a [String],
    /// Today in Japan, for notices that are over.
    pub today: Date,
    /// The passkeys that exist, as the database tells; empty where it is not asked.
    pub kept: &'a [PasskeyCount],
    /// The unions that have members in the database, with their number; empty where it is not asked.
    pub members: &'a [(String, u32)],
    /// Which hosts were served first by whom (D37); empty where the database is not asked.
    pub served: &'a [ServedHostFact],
    /// The unions whose data was erased when they left (D34); empty where the database is not asked.
    pub erased: &'a [String],
    /// The last good text of `_defaults.toml`, as the database keeps it.
    pub defaults: Option<&'a str>,
}

/// Passkeys of a union that are bound to one relying-party id (D18). Plain data: this room knows no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyCount {
    /// The union's slug. It may have no file any more.
    pub tenant: String,
    /// The relying-party id they were made under; they answer to no other.
    pub rp_id: String,
    /// How many there are.
    pub passkeys: u32,
}

/// Reads every union's file in `dir`. Fails only when the folder itself cannot be read.
pub fn load(dir: &Path, options: &LoadOptions<'_>) -> io::Result<Loaded> {
    let folder = folder::look(dir)?;
    let path = dir.join(DEFAULTS);
    let (text, absent) = match read_text(&path, DEFAULTS, None) {
        Ok(text) => (Ok(text), false),
        Err(None) => (Ok(String::new()), true),
        Err(Some(finding)) => (Err(finding), false),
    };
    let mut told = match text {
        Ok(_) if absent && options.defaults.is_some() => vec![gone(&path)],
        Ok(text) => {
            let shared = if absent { DefaultsSource::BuiltIn } else { DefaultsSource::Read(text.clone()) };
            let loaded = load_with(dir, &folder, &text, shared, options);
            // Also a value that breaks a rule only together with a union's own.
            if !loaded.findings.iter().any(is_shared_error) {
                return Ok(loaded);
            }
            let Some(_) = options.defaults.filter(|kept| *kept != text) else {
                let tenants =
                    if loaded.shared == DefaultsSource::Broken { Tenants::default() } else { loaded.tenants };
                return Ok(Loaded { tenants, shared: DefaultsSource::Broken, ..loaded });
            };
            loaded.findings.into_iter().filter(is_shared_error).collect()
        }
        Err(finding) => vec![*finding],
    };
    let mut loaded = match options.defaults {
        Some(kept) => load_with(dir, &folder, kept, DefaultsSource::Kept, options),
        None => load_with(dir, &folder, "", DefaultsSource::Broken, options),
    };
    // The kept text was judged when it was kept.
    loaded.findings.retain(|finding| finding.tenant.is_some() || finding.code == FindingCode::Stray);
    loaded.findings.append(&mut told);
    sort(&mut loaded.findings);
    Ok(loaded)
}

/// An error in the shared values: every union's.
fn is_shared_error(finding: &Finding) -> bool {
    finding.is_error() && finding.tenant.is_none() && finding.code != FindingCode::Stray
}

/// The shared values were there once, and are no more.
fn gone(path: &Path) -> Finding {
    folder::about(
        path.to_owned(),
        None,
        FindingCode::Unreadable,
        Severity::Error,
        said!("finding-defaults-gone", file = DEFAULTS),
        said!("finding-defaults-gone-help"),
    )
}

/// Reads the unions over one text of shared values.
fn load_with(
    dir: &Path,
    folder: &Folder,
    text: &str,
    shared: DefaultsSource,
    options: &LoadOptions<'_>,
) -> Loaded {
    let source = syntax::read(text);
    let values = TomlFile::parse(dir.join(DEFAULTS), None, &source);
    let mut findings = shape::check(&values);
    let broken = shared == DefaultsSource::Broken || findings.iter().any(Finding::is_error);
    let mut sound = BTreeMap::new();
    let mut claims = Vec::with_capacity(folder.files.len());
    let mut named = Vec::with_capacity(folder.files.len());
    let mut folders = Vec::new();
    for (stem, file) in &folder.files {
        let text = match read_text(file, &format!("{stem}.toml"), Some(stem)) {
            Ok(text) => text,
            Err(None) => continue,
            Err(Some(finding)) => {
                findings.push(*finding);
                continue;
            }
        };
        let source = syntax::read(&text);
        let own = TomlFile::parse(file.clone(), Some(stem.clone()), &source);
        let read = one(&own, &values, !broken, dir, options);
        findings.extend(read.findings);
        claims.extend(read.claim);
        named.extend(read.named);
        folders.extend(read.folders);
        if let Some(tenant) = read.tenant.filter(|_| !broken) {
            sound.insert(tenant.slug.clone(), tenant);
        }
    }
    for finding in hosts::neighbours(&claims, options) {
        if let Some(slug) = finding.tenant.as_deref().and_then(TenantSlug::parse) {
            sound.remove(&slug);
        }
        findings.push(finding);
    }
    let mut seen: Vec<String> = folder.files.iter().map(|(stem, _)| stem.clone()).collect();
    findings.extend(folder.findings(dir, &folders));
    for (tenant, members) in
        options.members.iter().filter(|(tenant, members)| *members > 0 && !seen.contains(tenant))
    {
        findings.push(folder::members_without_file(dir, tenant, *members));
    }
    // Whose file was meant and is not read stands in the list too.
    let lost = findings.iter().filter(|finding| finding.code == FindingCode::Stray && finding.is_error());
    seen.extend(
        lost.filter_map(|finding| finding.tenant.clone())
            .filter(|stem| TenantSlug::parse(stem).is_some())
            .collect::<Vec<_>>(),
    );
    seen.sort();
    seen.dedup();
    sort(&mut findings);
    let shared = if broken { DefaultsSource::Broken } else { shared };
    Loaded { tenants: Tenants::of(sound.into_values()), findings, seen, named, shared }
}

/// What one file gave.
struct OneFile {
    /// Absent when an error was told.
    tenant: Option<Tenant>,
    claim: Option<HostClaim>,
    named: Option<NamedTerms>,
    /// Folders that its values name.
    folders: Vec<String>,
    findings: Vec<Finding>,
}

/// Reads one union; `known`: whether the shared values are without errors. A file with a name that no union can have is
/// judged all the same.
fn one(
    own: &TomlFile<'_>,
    shared: &TomlFile<'_>,
    known: bool,
    dir: &Path,
    options: &LoadOptions<'_>,
) -> OneFile {
    let mut files = TenantFiles::open(own, shared, known);
    files.require_keys();
    let Some(slug) = TenantSlug::parse(files.stem()).or_else(|| TenantSlug::parse("unnamed")) else {
        return OneFile {
            tenant: None,
            claim: None,
            named: None,
            folders: Vec::new(),
            findings: files.close(),
        };
    };
    let Some(mut tenant) = read::tenant(&files, slug) else {
        return OneFile {
            tenant: None,
            claim: None,
            named: None,
            folders: Vec::new(),
            findings: files.close(),
        };
    };
    rules::check(&mut files, &tenant, options.today);
    hosts::check(&mut files, &tenant, options);
    files::attach(&mut files, &mut tenant, dir);
    advice::check(&mut files, &tenant);
    let claim = HostClaim::of(&files, &tenant);
    let named = NamedTerms::of(&files, &tenant);
    let folders = files::folders(&files);
    let sound = !files.is_spoiled();
    OneFile { tenant: sound.then_some(tenant), claim: Some(claim), named, folders, findings: files.close() }
}

/// The text of a file; `None` where there is none, else what to say of it.
fn read_text(file: &Path, name: &str, tenant: Option<&str>) -> Result<String, Option<Box<Finding>>> {
    let told = |code: FindingCode, message, help| {
        Box::new(folder::about(
            file.to_owned(),
            tenant.map(str::to_owned),
            code,
            code.severity(),
            message,
            help,
        ))
    };
    let bytes = open::bytes(file, LARGEST).map_err(|unread| match unread {
        OpenError::Absent => None,
        OpenError::TooLarge(_) => {
            let (message, help) = unread.told(name);
            Some(told(FindingCode::FileTooLarge, message, help))
        }
        _ => {
            let (message, help) = unread.told(name);
            Some(told(FindingCode::Unreadable, message, help))
        }
    })?;
    open::text(bytes).map_err(|told_of| {
        let (place, message, help) = *told_of;
        let finding = told(FindingCode::Unreadable, message, help);
        let (line, column) = (place.line, place.column);
        Some(Box::new(Finding { line, column, end_line: line, end_column: column, ..*finding }))
    })
}

/// By file and place; what is inherited by many unions is told once.
fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.severity, a.code, &a.key)
            .cmp(&(&b.file, b.line, b.column, b.severity, b.code, &b.key))
    });
    findings.dedup_by(|a, b| {
        (&a.file, a.line, a.column, a.code, &a.key) == (&b.file, b.line, b.column, b.code, &b.key)
    });
}

/// The bytes of a regular file beside a union's, `largest` at most: nobody is waited for. `None` where there is none.
pub fn file_beside(path: &Path, largest: u64) -> Option<Vec<u8>> {
    open::bytes(path, largest).ok()
}

impl Tenants {
    fn of(tenants: impl IntoIterator<Item = Tenant>) -> Self {
        let mut inner = TenantsInner::default();
        for tenant in tenants {
            let tenant = Arc::new(tenant);
            if tenant.status != Status::Draft {
                for alias in &tenant.hosts.aliases {
                    inner.by_host.insert(alias.clone(), HostMatch::Alias(Arc::clone(&tenant)));
                }
                inner.by_host.insert(tenant.hosts.primary.clone(), HostMatch::Primary(Arc::clone(&tenant)));
            }
            inner.by_slug.insert(tenant.slug.clone(), tenant);
        }
        Self(Arc::new(inner))
    }

    /// The union of a host: lower case, without port and final dot. Drafts are not found.
    pub fn by_host(&self, host: &str) -> Option<HostMatch> {
        self.0.by_host.get(host).cloned()
    }

    /// Union and host of every host that is served, the primary ones and the aliases.
    pub fn served_hosts(&self) -> impl Iterator<Item = (String, String)> {
        self.0.by_host.iter().map(|(host, found)| match found {
            HostMatch::Primary(tenant) | HostMatch::Alias(tenant) => (tenant.slug.to_string(), host.clone()),
        })
    }

    /// The unions that are found at a host: drafts are not among them.
    pub fn at_hosts(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.0.by_host.values().filter_map(|found| match found {
            HostMatch::Primary(tenant) => Some(tenant),
            HostMatch::Alias(_) => None,
        })
    }

    /// The union of that slug, drafts among them.
    pub fn by_slug(&self, slug: &TenantSlug) -> Option<Arc<Tenant>> {
        self.0.by_slug.get(slug).cloned()
    }

    /// All unions, by slug.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.0.by_slug.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.by_slug.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.by_slug.is_empty()
    }

    /// The same unions, open at `<slug>.localhost` (D17). Their RP IDs are made of their slugs, so passkeys
    /// of the demo always fit, whatever the files say.
    #[must_use]
    pub fn for_demo(self) -> Self {
        Self::of(self.iter().map(|tenant| {
            let host = format!("{}.localhost", tenant.slug);
            let mut tenant = Tenant::clone(tenant);
            tenant.rp_id.clone_from(&host);
            tenant.hosts = Hosts { primary: host, aliases: Vec::new() };
            tenant.status = Status::Open;
            tenant
        }))
    }
}
