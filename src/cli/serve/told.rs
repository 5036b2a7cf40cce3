//! Told: what is said of the unions' files outside of commands: lines of the log, readiness, labels of metrics. However many
//! files are bad, each of them stays short: the first are named, and the others counted. `tenant check` names all.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cli::finding,
    domain::tenant::{Language, TenantSlug},
    metrics::label::LeftOut,
    tenants::{self, DefaultsSource, Finding, FindingCode, Loaded, Severity},
};

/// How many of one kind are named, in the log at one reading and by readiness.
pub const NAMED: usize = 20;
/// How many files metrics name.
pub const COUNTED: usize = 200;
/// How many faults of one file readiness names.
const PLACES: usize = 3;

/// The first of these, and how many more there are.
fn first<T>(mut all: impl Iterator<Item = T>, most: usize) -> (Vec<T>, usize) {
    let first = all.by_ref().take(most).collect();
    (first, all.count())
}

/// What readiness says beside "ready": unions that are left out, and the file that is not in force.
pub(super) fn notes(loaded: &Loaded) -> Vec<String> {
    let place = |finding: &Finding| {
        let (code, file) = (finding.code.as_str(), finding.file.file_name().unwrap_or_default());
        let file = file.to_string_lossy();
        match finding.code {
            FindingCode::NoFile => format!("{code} {file} is gone"),
            _ => format!("{code} {file}:{}:{}", finding.line, finding.column),
        }
    };
    let mut left: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let told = |finding: &&Finding| finding.is_error() || finding.code == FindingCode::NoFile;
    for finding in loaded.findings.iter().filter(told) {
        left.entry(finding.tenant.as_deref().unwrap_or(tenants::DEFAULTS)).or_default().push(place(finding));
    }
    // What concerns all comes first, then whoever has members here: a heap of other files does not hide them.
    let (of_members, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|(union, _)| {
        *union == tenants::DEFAULTS || is_kept(loaded, union) || is_missing(loaded, union)
    });
    let (named, more) = first(of_members.into_iter().chain(others), NAMED);
    let named = named.into_iter().map(|(union, places)| {
        let (places, more) = first(places.into_iter(), PLACES);
        let places = places.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
        match (union, &loaded.shared) {
            (tenants::DEFAULTS, DefaultsSource::Kept) => format!("last good {union} in force: {places}"),
            (tenants::DEFAULTS, DefaultsSource::Broken) if !loaded.in_force.is_empty() => {
                format!("broken {union}: {places}")
            }
            _ if is_kept(loaded, union) => format!("last good {union}.toml in force: {places}"),
            _ => format!("left out: {union}: {places}"),
        }
    });
    let more = (more > 0).then(|| format!("more files: {more} (kenpo-portal tenant check --db)"));
    named.chain(more).collect()
}

/// Whether it has members and no file.
fn is_missing(loaded: &Loaded, union: &str) -> bool {
    let mut all = loaded.findings.iter();
    all.any(|finding| finding.code == FindingCode::NoFile && finding.tenant.as_deref() == Some(union))
}

/// The unions that are left out, with the codes of what is wrong with their files, each once; [`COUNTED`] at most.
pub(super) fn left_out(loaded: &Loaded) -> Vec<LeftOut> {
    // The shared values leave nobody out while their last good text is in force.
    let kept = |finding: &&Finding| finding.tenant.is_none() && loaded.shared == DefaultsSource::Kept;
    let told =
        |finding: &&Finding| (finding.is_error() && !kept(finding)) || finding.code == FindingCode::NoFile;
    let left: BTreeSet<(&str, &'static str)> = loaded
        .findings
        .iter()
        .filter(told)
        .map(|finding| (finding.tenant.as_deref().unwrap_or(tenants::DEFAULTS), finding.code.as_str()))
        .collect();
    let left = left.into_iter().take(COUNTED);
    left.map(|(union, code)| LeftOut { union: union.to_owned(), code }).collect()
}

/// A loud line for each union that is left out, or served by an earlier version; a quiet one for what could be better.
pub fn log_findings(loaded: &Loaded) {
    let text = |finding| finding::shown(finding, Language::En);
    log_errors(loaded, loaded.findings.iter().filter(|finding| finding.is_error()));
    let gone = |finding: &&Finding| finding.code == FindingCode::NoFile && !finding.is_error();
    let (gone, more) = first(loaded.findings.iter().filter(gone), NAMED);
    for finding in gone {
        let union = finding.tenant.as_deref().unwrap_or_default();
        tracing::warn!(union, finding = text(finding), "Members have no union, and were not served lately");
    }
    log_more(more);
    let is_unread = |finding: &&Finding| {
        let is_stray = matches!(finding.code, FindingCode::Stray | FindingCode::FolderOnly);
        is_stray && finding.severity == Severity::Warning
    };
    let (unread, more) = first(loaded.findings.iter().filter(is_unread), NAMED);
    for finding in unread {
        tracing::warn!(finding = text(finding), "Something among the unions' files is not read");
    }
    log_more(more);
    for finding in loaded.findings.iter().filter(|finding| finding.severity == Severity::Warning) {
        tracing::debug!(finding = text(finding), "A union's file could be better");
    }
}

/// The line behind the ones that name the first.
fn log_more(more: usize) {
    if more > 0 {
        tracing::error!(more, "So it is with more files; kenpo-portal tenant check --db names them all");
    }
}

/// A loud line for each of these errors, those of unions with an earlier version first.
pub(super) fn log_errors<'f>(loaded: &Loaded, errors: impl Iterator<Item = &'f Finding>) {
    let is_kept_one =
        |finding: &&Finding| finding.tenant.as_deref().is_none_or(|union| is_kept(loaded, union));
    let (kept, others): (Vec<_>, Vec<_>) = errors.partition(is_kept_one);
    let (errors, more) = first(kept.into_iter().chain(others), NAMED);
    for finding in errors {
        let text = finding::shown(finding, Language::En);
        let union = finding.tenant.as_deref();
        match union {
            None if loaded.shared == DefaultsSource::Kept => {
                tracing::error!(
                    finding = text,
                    "The unions' shared values are broken; their last good text stays in force"
                );
            }
            Some(union) if finding.code == FindingCode::NoFile && is_kept(loaded, union) => {
                tracing::error!(
                    union,
                    finding = text,
                    "The file of a union with members is gone; its last good version stays in force"
                );
            }
            Some(union) if finding.code == FindingCode::NoFile => {
                tracing::error!(union, finding = text, "Members have no union: its file is gone");
            }
            Some(union) if is_kept(loaded, union) => {
                tracing::error!(
                    union,
                    finding = text,
                    "A union's file is bad; its last good version stays in force"
                );
            }
            _ => {
                let union = union.unwrap_or("all");
                tracing::error!(union, finding = text, "A union is left out because of its file");
            }
        }
    }
    log_more(more);
}

/// What readiness says of unions of which another node serves another version.
pub(super) fn differing(unions: &[TenantSlug]) -> Option<String> {
    if unions.is_empty() {
        return None;
    }
    let (named, more) = first(unions.iter().map(TenantSlug::as_str), NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("nodes differ: {}{more}", named.join(", ")))
}

/// A line when the unions change of which another node serves another version.
pub(super) fn log_differing(unions: &[TenantSlug]) {
    let (named, more) = first(unions.iter().map(TenantSlug::as_str), NAMED);
    let differing = named.join(" ");
    if unions.is_empty() {
        tracing::info!("This node serves what the others serve again");
    } else {
        tracing::warn!(
            differing,
            more,
            "Another node serves other versions of unions: the folders of the nodes differ"
        );
    }
}

/// A line for each union whose file is good again.
pub(super) fn log_mended<'u>(unions: impl Iterator<Item = &'u str>) {
    let (mended, more) = first(unions, NAMED);
    for union in mended {
        if union == tenants::DEFAULTS {
            tracing::info!("The unions' shared values are good again, and in force");
        } else {
            tracing::info!(union, "A union's file is good again, and in force");
        }
    }
    if more > 0 {
        tracing::info!(more, "So it is with more files");
    }
}

/// Whether a union is served by a version from before.
fn is_kept(loaded: &Loaded, union: &str) -> bool {
    loaded.kept.iter().any(|kept| kept.as_str() == union)
}

/// A line for each union whose terms do not fit what its members accepted. It is served all the same: nothing that was
/// accepted is lost by it.
pub(super) fn log_terms(found: &[Finding]) {
    let (found, more) = first(found.iter(), NAMED);
    for finding in found {
        let union = finding.tenant.as_deref().unwrap_or_default();
        let text = finding::shown(finding, Language::En);
        tracing::warn!(union, finding = text, "A union's terms do not fit what its members accepted");
    }
    log_more(more);
}
