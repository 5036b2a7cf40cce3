//! Judging: what one union's file gives, by the rules that hold within one union.

use std::sync::Arc;

use jiff::civil::Date;

use super::{
    LoadOptions, PasskeyCount, UnionVersion,
    accepted::NamedTerms,
    advice,
    files::{self, FilesBeside},
    finding::Finding,
    hosts::{self, HostClaim},
    layers::TenantFiles,
    read, rules, sso,
    toml_file::TomlFile,
};
use crate::domain::tenant::TenantSlug;

/// What one file gave.
#[derive(Debug)]
pub struct OneFile {
    /// Absent when an error was told.
    pub version: Option<Arc<UnionVersion>>,
    /// What the file claims, whether it is sound or not.
    pub claim: Option<Arc<HostClaim>>,
    /// The terms that it names.
    pub named: Option<NamedTerms>,
    /// Folders that its values name.
    pub folders: Vec<String>,
    /// What there is to say of it.
    pub findings: Vec<Finding>,
    /// The last days of notices: on the day after, something else is said of them.
    pub last_days: Vec<Date>,
}

impl OneFile {
    /// One of which nothing is known but what is wrong.
    pub fn unread(findings: Vec<Finding>) -> Self {
        let (version, claim, named) = (None, None, None);
        Self { version, claim, named, folders: Vec::new(), findings, last_days: Vec::new() }
    }
}

/// Judges one union; `known`: whether the shared values are without errors. A file with a name that no union can have is
/// judged all the same.
pub fn judge(
    own: &TomlFile<'_>,
    (values, shared): (&TomlFile<'_>, &Arc<str>),
    known: bool,
    beside: &FilesBeside<'_>,
    options: &LoadOptions<'_>,
) -> OneFile {
    let mut files = TenantFiles::open(own, values, known);
    files.require_keys();
    let slug = TenantSlug::parse(files.stem()).or_else(|| TenantSlug::parse("unnamed"));
    let Some(mut tenant) = slug.and_then(|slug| read::tenant(&files, slug)) else {
        return OneFile::unread(files.close());
    };
    rules::check(&mut files, &tenant, options.today);
    hosts::check(&mut files, &tenant, options);
    let frozen_issuer = own_issuer(files.stem(), options);
    sso::frozen(&mut files, &tenant, frozen_issuer);
    files::attach(&mut files, &mut tenant, beside);
    advice::check(&mut files, &tenant);
    let claim = Arc::new(HostClaim::of(&files, &tenant));
    let named = NamedTerms::of(&files, &tenant);
    let folders = files::folders(&files);
    let sound = !files.is_spoiled();
    let last_days = tenant.notices.iter().filter_map(|notice| notice.until).collect();
    let version = sound.then(|| {
        let hash = beside.hash_with(&[own.text, shared]);
        // Files that were looked at again and are as they were are kept once: a thousand unions are megabytes.
        let same = options.in_force.and_then(|known| known.get(&tenant.slug));
        if let Some(same) = same.filter(|same| same.hash == hash) {
            return Arc::clone(same);
        }
        let (file, defaults) = (Box::from(own.text), Arc::clone(shared));
        let (tenant, claim, beside) = (Arc::new(tenant), Arc::clone(&claim), beside.hashes());
        Arc::new(UnionVersion { tenant, claim, hash, file, defaults, beside })
    });
    let claim = version.as_ref().map_or(claim, |version| Arc::clone(&version.claim));
    OneFile { version, claim: Some(claim), named, folders, findings: files.close(), last_days }
}

/// Whether the union's members were erased.
pub fn is_erased(stem: &str, options: &LoadOptions<'_>) -> bool {
    options.erased.iter().any(|erased| erased == stem)
}

/// The issuer whose codes its services had, which cannot change.
pub fn own_issuer<'o>(stem: &str, options: &LoadOptions<'o>) -> Option<&'o str> {
    options.issuers.iter().find(|(tenant, _)| tenant == stem).map(|(_, issuer)| issuer.as_str())
}

/// The passkeys of its members.
pub fn own_passkeys<'o>(stem: &str, options: &LoadOptions<'o>) -> impl Iterator<Item = &'o PasskeyCount> {
    options.kept.iter().filter(move |kept| kept.tenant == stem)
}
