//! Tenants: `tenants/*.toml` → [`Tenant`], found by host.
//!
//! The operator onboards a union by adding one file. Reading goes in three passes, and every
//! mistake is told at once:
//!
//! 1. `folder` and `open`: what lies there and can be read; `syntax`: what of it is TOML; `shape`: each file against
//!    the list of `keys` (names, types, words, ranges);
//! 2. `layers`: built-in values, then `_defaults.toml`, then the union's file; required keys;
//! 3. `judging`, by `rules`: what must hold within one union, for the files it names (`files`) and for the passkeys its
//!    members hold, and `advice` on what is weaker than recommended; `choosing`: which version of each union is served,
//!    by what must hold between unions (`hosts`).
//!
//! # Decision
//! A union with an error is left out, or served by the last version that had none; the others are served. An error in
//! `_defaults.toml` puts its last good text in force, where the database keeps one (D37), and leaves every union out where
//! it does not.
//! # Because
//! its values are every union's rules: a misspelt key there would silently weaken all of them.
//! # Instead of
//! serving what could be read.

mod accepted;
mod advice;
mod before;
mod built_in;
mod choosing;
mod colour;
mod examples;
mod files;
mod finding;
mod folder;
mod forms;
mod host_name;
mod hosts;
mod judging;
mod jwks;
pub mod keys;
mod layers;
mod open;
mod phrases;
mod picture;
mod read;
mod reading;
mod rules;
mod shape;
pub mod shown;
mod sso;
mod stamp;
mod steps;
pub mod svg;
mod syntax;
mod terms;
mod toml_fault;
mod toml_file;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

pub use accepted::AcceptedTerms;
pub use before::VersionBefore;
pub use finding::{Finding, FindingCode, Severity};
pub use hosts::ServedHostFact;
pub use reading::{FolderLook, TenantsFolder, VersionContent};
pub use toml_fault::in_toml;

use crate::domain::tenant::{Hosts, Service, Status, Tenant, TenantSlug};
use accepted::NamedTerms;
use hosts::HostClaim;
use open::OpenError;

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
    /// Drafts by their own host.
    drafts: HashMap<String, Arc<Tenant>>,
}

/// Whose host it is.
#[derive(Debug, Clone)]
pub enum HostMatch {
    /// The host of the union's pages.
    Primary(Arc<Tenant>),
    /// A host that leads to the primary one.
    Alias(Arc<Tenant>),
}

/// What reading the folder gave. The default is that of an empty folder.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The unions without error, drafts among them.
    pub tenants: Tenants,
    /// All there is to say, by file and line.
    pub findings: Vec<Finding>,
    /// The stems of all union files, sound or not, sorted.
    pub seen: Vec<String>,
    /// The unions with members that have no file, and have not ended: a slip, until somebody says otherwise.
    pub missing: BTreeSet<String>,
    /// What the files call their terms.
    named: Vec<NamedTerms>,
    /// The shared values in force.
    pub shared: DefaultsSource,
    /// The version of each union that is served, drafts among them.
    pub in_force: UnionVersions,
    /// The unions that are served by a version from before, because their file is bad, is gone or gives way to another union.
    pub kept: BTreeSet<TenantSlug>,
}

/// A version of each union.
pub type UnionVersions = BTreeMap<TenantSlug, Arc<UnionVersion>>;

/// One version of a union: what its file, the shared values and the files beside it said together.
#[derive(Debug)]
pub struct UnionVersion {
    /// The union.
    pub tenant: Arc<Tenant>,
    /// Its hosts and its RP ID.
    claim: Arc<HostClaim>,
    /// SHA-256 of everything it was made of, hex: two versions with one hash are the same.
    pub hash: String,
    /// The text of its file.
    pub file: Box<str>,
    /// The text of the shared values it was read over.
    pub defaults: Arc<str>,
    /// The key that names it, and SHA-256 in hex, of each file that it names.
    pub beside: Box<[(String, String)]>,
}

/// Where the shared values in force come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DefaultsSource {
    /// From `_defaults.toml`, which is sound: its text, to be kept.
    Read(String),
    /// There is no `_defaults.toml`: the built-in values.
    #[default]
    BuiltIn,
    /// The last good ones, because `_defaults.toml` is broken or gone.
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
    /// The issuers by which unions go since their first code; empty where the database is not asked.
    pub issuers: &'a [(String, String)],
    /// The last good text of `_defaults.toml`, as the database keeps it.
    pub defaults: Option<&'a str>,
    /// The versions that are served while the folder is read again: a union whose file is bad stays with its own.
    pub in_force: Option<&'a UnionVersions>,
    /// The last good versions, as the database keeps them: for unions with a bad file that are not served yet.
    pub stored: Option<&'a UnionVersions>,
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
    /// How many members hold one.
    pub holders: u32,
}

/// Reads every union's file in `dir`, once. Fails only when the folder itself cannot be read.
pub fn load(dir: &Path, options: &LoadOptions<'_>) -> io::Result<Loaded> {
    TenantsFolder::new(dir).read(options)
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
    fn of(tenants: impl IntoIterator<Item = Arc<Tenant>>) -> Self {
        let mut inner = TenantsInner::default();
        for tenant in tenants {
            if tenant.status == Status::Draft {
                inner.drafts.insert(tenant.hosts.primary.clone(), Arc::clone(&tenant));
            } else {
                for alias in &tenant.hosts.aliases {
                    inner.by_host.insert(alias.clone(), HostMatch::Alias(Arc::clone(&tenant)));
                }
                inner.by_host.insert(tenant.hosts.primary.clone(), HostMatch::Primary(Arc::clone(&tenant)));
            }
            inner.by_slug.insert(tenant.slug.clone(), tenant);
        }
        Self(Arc::new(inner))
    }

    /// The unions of these versions.
    pub fn of_versions(versions: &UnionVersions) -> Self {
        Self::of(versions.values().map(|version| Arc::clone(&version.tenant)))
    }

    /// The same unions, and at hosts where none of them is the ones that left: their pages say that they have closed.
    #[must_use]
    pub fn with_departed(&self, departed: impl IntoIterator<Item = Arc<Tenant>>) -> Self {
        let (by_slug, by_host) = (self.0.by_slug.clone(), self.0.by_host.clone());
        let mut inner = TenantsInner { by_slug, by_host, drafts: self.0.drafts.clone() };
        for tenant in departed {
            let tenant = Arc::new(Tenant { status: Status::Closed, ..Tenant::clone(&tenant) });
            for host in &tenant.hosts.aliases {
                inner.by_host.entry(host.clone()).or_insert_with(|| HostMatch::Alias(Arc::clone(&tenant)));
            }
            let primary = inner.by_host.entry(tenant.hosts.primary.clone());
            primary.or_insert_with(|| HostMatch::Primary(Arc::clone(&tenant)));
        }
        Self(Arc::new(inner))
    }

    /// The union of a host: lower case, without port and final dot. Drafts are not found.
    pub fn by_host(&self, host: &str) -> Option<HostMatch> {
        self.0.by_host.get(host).cloned()
    }

    /// The draft whose own host it is, where no union is served there.
    pub fn draft_at(&self, host: &str) -> Option<Arc<Tenant>> {
        self.0.drafts.get(host).filter(|_| !self.0.by_host.contains_key(host)).cloned()
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
            Arc::new(tenant)
        }))
    }

    /// The same unions with one more service each, before those of their files: the demo's own.
    #[must_use]
    pub fn with_service(self, service: impl Fn(&Tenant) -> Service) -> Self {
        Self::of(self.iter().map(|tenant| {
            let mut tenant = Tenant::clone(tenant);
            tenant.services.insert(0, service(&tenant));
            Arc::new(tenant)
        }))
    }
}
