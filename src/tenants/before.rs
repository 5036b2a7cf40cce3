//! Before: the unions' files held against the version that was served last: what a sound change does to members, where the
//! file alone does not show it.

use super::{
    Finding, FindingCode, Loaded, UnionVersion,
    shown::{self, ShownValue},
    toml_file::TextRange,
};
use crate::domain::{
    saying::said,
    tenant::{Status, TenantSlug},
};

/// The texts of the version of a union that was served last. Plain data: this room knows no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionBefore {
    /// The union's slug.
    pub tenant: String,
    /// The text of its file.
    pub file: String,
    /// The text of the shared values it was read over.
    pub defaults: String,
}

impl Loaded {
    /// What there is to say of sound files that changed since. `members`: how many each union has.
    pub fn against_before(&self, before: &[VersionBefore], members: &[(String, u32)]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for before in before {
            let slug = TenantSlug::parse(&before.tenant);
            let Some(now) = slug.and_then(|slug| self.in_force.get(&slug)) else { continue };
            if *now.file == *before.file && *now.defaults == *before.defaults {
                continue;
            }
            let of_union = |counted: &&(String, u32)| counted.0 == before.tenant;
            let members = members.iter().find(of_union).map_or(0, |(_, members)| *members);
            let values =
                shown::of_texts(std::path::Path::new(""), &before.tenant, &before.file, &before.defaults);
            findings.extend(moved(now, &values));
            findings.extend(withdrawn(now, &values, members));
        }
        findings
    }
}

fn text<'v>(values: &'v [ShownValue], key: &str) -> Option<&'v str> {
    values.iter().find(|value| value.key == key)?.value.as_ref()?.as_str()
}

/// The union's own host is another one, and the one of before leads nowhere.
fn moved(now: &UnionVersion, before: &[ShownValue]) -> Option<Finding> {
    let (hosts, old) = (&now.tenant.hosts, text(before, "hosts.primary")?);
    let was_served = text(before, "status").is_some_and(|status| status != "draft");
    if !was_served || hosts.primary == old || hosts.aliases.iter().any(|alias| alias == old) {
        return None;
    }
    Some(now.claim.told_at_host(
        FindingCode::HostMoved,
        said!("finding-host-moved", old, new = &hosts.primary),
        said!("finding-host-moved-help", old),
    ))
}

/// The union was open to its members, and its file makes it a draft.
fn withdrawn(now: &UnionVersion, before: &[ShownValue], members: u32) -> Option<Finding> {
    let was_open = matches!(text(before, "status"), Some("open" | "maintenance"));
    if members == 0 || now.tenant.status != Status::Draft || !was_open {
        return None;
    }
    let mut lines = (1..).zip(now.file.lines());
    let line = lines.find(|(_, text)| text.trim_start().starts_with("status")).map_or(1, |(line, _)| line);
    let place = TextRange { line, column: 1, end_line: line, end_column: 1 };
    Some(now.claim.finding(
        FindingCode::Withdrawn,
        "status",
        place,
        said!("finding-withdrawn", members),
        said!("finding-withdrawn-help"),
    ))
}
