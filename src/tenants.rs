//! Tenants: `tenants/*.toml` → [`Tenant`], found by host.
//!
//! The operator onboards a union by adding one file. Reading goes in three passes, and every
//! mistake is told at once:
//!
//! 1. `shape`: each file against the list of `keys` (names, types, words, ranges);
//! 2. `layers`: built-in values, then `_defaults.toml`, then the union's file; required keys;
//! 3. `rules`: what must hold within one union, for the files it names (`files`), for the passkeys its
//!    members hold and between unions (`hosts`); then `advice` on what is weaker than recommended or
//!    not served yet.
//!
//! # Decision
//! A union with an error is left out; the others are served. An error in `_defaults.toml` leaves
//! every union out.
//! # Because
//! its values are every union's rules: a misspelt key there would silently weaken all of them.
//! # Instead of
//! serving what could be read. A running server keeps its last good snapshot in either case.

mod accepted;
mod advice;
mod colour;
mod examples;
mod files;
mod finding;
mod forms;
mod hosts;
mod keys;
mod layers;
mod phrases;
mod read;
mod rules;
mod shape;
mod sheet;
mod steps;
mod svg;
mod terms;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use jiff::civil::Date;

pub use accepted::Accepted;
pub use finding::{Code, Finding, Severity, Text};

use crate::domain::tenant::{Hosts, Status, Tenant, TenantSlug};
use accepted::Named;
use hosts::Claim;
use layers::Desk;
use sheet::{Place, Sheet};

/// The file whose values all unions share.
const DEFAULTS: &str = "_defaults.toml";

/// The unions served, as read at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tenants(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_slug: BTreeMap<TenantSlug, Arc<Tenant>>,
    by_host: HashMap<String, Found>,
}

/// Whose host it is.
#[derive(Debug, Clone)]
pub enum Found {
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
    named: Vec<Named>,
}

/// What reading depends on beside the folder.
#[derive(Debug, Clone, Copy)]
pub struct LoadOptions<'a> {
    /// Domains under which every host must lie; empty = any.
    pub base_domains: &'a [String],
    /// Today in Japan, for notices that are over.
    pub today: Date,
    /// The passkeys that exist, as the database tells; empty where it is not asked.
    pub kept: &'a [Kept],
}

/// Passkeys of a union that are bound to one relying-party id (D18). Plain data: this room knows no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The union's slug. It may have no file any more.
    pub tenant: String,
    /// The relying-party id they were made under; they answer to no other.
    pub rp_id: String,
    /// How many there are.
    pub passkeys: u32,
}

/// Reads every union's file in `dir`. Fails only when the folder itself cannot be read.
pub fn load(dir: &Path, options: &LoadOptions<'_>) -> io::Result<Loaded> {
    let (seen, files) = union_files(dir)?;
    let mut findings = Vec::new();
    let shared_path = dir.join(DEFAULTS);
    let shared_text = match read_text(&shared_path, None) {
        Ok(text) => text,
        Err(Unread::Absent) => String::new(),
        Err(Unread::Told(finding)) => {
            findings.push(*finding);
            String::new()
        }
    };
    let shared = Sheet::parse(shared_path, None, &shared_text);
    findings.extend(shape::check(&shared));
    let trusted = !findings.iter().any(Finding::is_error);

    let mut sound = BTreeMap::new();
    let mut claims = Vec::with_capacity(files.len());
    let mut named = Vec::with_capacity(files.len());
    for (stem, file) in seen.iter().zip(files) {
        let text = match read_text(&file, Some(stem)) {
            Ok(text) => text,
            Err(Unread::Absent) => continue,
            Err(Unread::Told(finding)) => {
                findings.push(*finding);
                continue;
            }
        };
        let own = Sheet::parse(file, Some(stem.clone()), &text);
        let read = one(&own, &shared, dir, options);
        findings.extend(read.findings);
        claims.extend(read.claim);
        named.extend(read.named);
        if let Some(tenant) = read.tenant.filter(|_| trusted) {
            sound.insert(tenant.slug.clone(), tenant);
        }
    }
    for finding in hosts::neighbours(&claims) {
        if let Some(slug) = finding.tenant.as_deref().and_then(TenantSlug::parse) {
            sound.remove(&slug);
        }
        findings.push(finding);
    }
    sort(&mut findings);
    Ok(Loaded { tenants: Tenants::of(sound.into_values()), findings, seen, named })
}

/// What one file gave.
struct One {
    /// Absent when an error was told.
    tenant: Option<Tenant>,
    claim: Option<Claim>,
    named: Option<Named>,
    findings: Vec<Finding>,
}

/// Reads one union. A file with a name that no union can have is judged all the same.
fn one(own: &Sheet<'_>, shared: &Sheet<'_>, dir: &Path, options: &LoadOptions<'_>) -> One {
    let mut desk = Desk::open(own, shared);
    desk.require_keys();
    let Some(slug) = TenantSlug::parse(desk.stem()).or_else(|| TenantSlug::parse("unnamed")) else {
        return One { tenant: None, claim: None, named: None, findings: desk.close() };
    };
    let mut tenant = read::tenant(&desk, slug);
    rules::check(&mut desk, &tenant, options.today);
    hosts::check(&mut desk, &tenant, options);
    files::attach(&mut desk, &mut tenant, dir);
    advice::check(&mut desk, &tenant);
    let claim = Claim::of(&desk, &tenant);
    let named = Named::of(&desk, &tenant);
    let sound = !desk.is_spoiled();
    One { tenant: sound.then_some(tenant), claim: Some(claim), named, findings: desk.close() }
}

/// The stems and paths of the union files, sorted: `*.toml` not beginning with `_` or `.`.
fn union_files(dir: &Path) -> io::Result<(Vec<String>, Vec<PathBuf>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".toml")
            && !stem.is_empty()
            && !stem.starts_with(['_', '.'])
        {
            found.push((stem.to_owned(), dir.join(&name)));
        }
    }
    found.sort();
    Ok(found.into_iter().unzip())
}

enum Unread {
    Absent,
    Told(Box<Finding>),
}

/// The text of a file, or what to say of it.
fn read_text(file: &Path, tenant: Option<&str>) -> Result<String, Unread> {
    let told = |place: Place, message: Text, help: Text| {
        Unread::Told(Box::new(Finding {
            code: Code::Unreadable,
            severity: Code::Unreadable.severity(),
            tenant: tenant.map(str::to_owned),
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            key: String::new(),
            message,
            help,
        }))
    };
    let bytes = fs::read(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unread::Absent,
        _ => told(
            Place::START,
            Text::new(format!("ファイルを読めません({error})"), format!("The file cannot be read: {error}")),
            Text::new("ファイルの種類と権限を確かめてください", "Check its kind and permissions"),
        ),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let head = error.as_bytes().get(..good).and_then(|head| std::str::from_utf8(head).ok()).unwrap_or("");
        let (line, column) = sheet::line_and_column(head, good);
        told(
            Place { line, column, end_line: line, end_column: column },
            Text::new("UTF-8ではない文字があります", "The file is not UTF-8"),
            Text::new(
                "文字コードをUTF-8(Shift_JISではなく)にして保存してください",
                "Save the file as UTF-8 (not Shift_JIS)",
            ),
        )
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

impl Tenants {
    fn of(tenants: impl IntoIterator<Item = Tenant>) -> Self {
        let mut inner = Inner::default();
        for tenant in tenants {
            let tenant = Arc::new(tenant);
            if tenant.status != Status::Draft {
                for alias in &tenant.hosts.aliases {
                    inner.by_host.insert(alias.clone(), Found::Alias(Arc::clone(&tenant)));
                }
                inner.by_host.insert(tenant.hosts.primary.clone(), Found::Primary(Arc::clone(&tenant)));
            }
            inner.by_slug.insert(tenant.slug.clone(), tenant);
        }
        Self(Arc::new(inner))
    }

    /// The union of a host: lower case, without port and final dot. Drafts are not found.
    pub fn by_host(&self, host: &str) -> Option<Found> {
        self.0.by_host.get(host).cloned()
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
