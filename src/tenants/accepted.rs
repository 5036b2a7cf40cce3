//! Accepted: the unions' terms held against what their members accepted (D14): one version, one text.
//!
//! # Decision
//! A text that changed under its version is an error of `tenant check --db` and a warning in the service's log; the union
//! is served all the same.
//! # Because
//! what each member accepted is known by its hash, whatever the file says now. Nothing is lost by going on, and a slip of
//! the pen mended in the terms must not take a union off the air.
//! # Instead of
//! leaving the union out, as for an RP ID that would cost members their passkeys.

use std::path::PathBuf;

use super::Loaded;
use super::finding::{Finding, FindingCode};
use super::layers::TenantFiles;
use super::toml_file::TextRange;
use crate::domain::saying::{Saying, said};
use crate::domain::tenant::{Status, Tenant};

/// Acceptances of one text under one version. Plain data: this room knows no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedTerms {
    /// The union's slug. It may have no file any more.
    pub tenant: String,
    /// The version that was accepted.
    pub version: String,
    /// SHA-256 of the text that was accepted, hex.
    pub hash: String,
    /// How many members accepted it.
    pub members: u32,
}

/// What a union's file calls its terms, kept when the file is no longer in memory.
#[derive(Debug, Clone)]
pub(super) struct NamedTerms {
    tenant: String,
    file: PathBuf,
    place: TextRange,
    version: String,
    hash: String,
}

impl NamedTerms {
    /// What this union's file says. `None` where the terms cannot be read, and where nobody is asked any more.
    pub fn of(files: &TenantFiles<'_, '_>, tenant: &Tenant) -> Option<Self> {
        let terms = &tenant.terms;
        let asked = tenant.status != Status::Closed && !terms.hash.is_empty() && !terms.version.is_empty();
        asked.then(|| Self {
            tenant: files.stem().to_owned(),
            file: files.own_file().path.clone(),
            place: files.own_file().place("terms.version"),
            version: terms.version.clone(),
            hash: terms.hash.clone(),
        })
    }

    fn finding(&self, code: FindingCode, message: Saying, help: Saying) -> Finding {
        Finding {
            code,
            severity: code.severity(),
            tenant: Some(self.tenant.clone()),
            file: self.file.clone(),
            line: self.place.line,
            column: self.place.column,
            end_line: self.place.end_line,
            end_column: self.place.end_column,
            key: "terms.version".to_owned(),
            message,
            help,
        }
    }

    fn judge(&self, accepted: &[AcceptedTerms]) -> Option<Finding> {
        let version = &self.version;
        let own = || accepted.iter().filter(|kept| kept.tenant == self.tenant && kept.members > 0);
        let others: u64 = own()
            .filter(|kept| kept.version == *version && kept.hash != self.hash)
            .map(|kept| u64::from(kept.members))
            .sum();
        if others > 0 {
            return Some(self.finding(
                FindingCode::TermsRewritten,
                said!("finding-terms-rewritten", version, others),
                said!("finding-terms-rewritten-help"),
            ));
        }
        if own().any(|kept| kept.version == *version) {
            return None;
        }
        let same = own().filter(|kept| kept.hash == self.hash).max_by_key(|kept| kept.members)?;
        let (old, members) = (&same.version, same.members);
        Some(self.finding(
            FindingCode::TermsRenamed,
            said!("finding-terms-renamed", version, old, members),
            said!("finding-terms-renamed-help", old),
        ))
    }
}

impl Loaded {
    /// What there is to say about each union's terms and what its members accepted. No union is left out for it.
    pub fn terms_against(&self, accepted: &[AcceptedTerms]) -> Vec<Finding> {
        self.named.iter().filter_map(|named| named.judge(accepted)).collect()
    }

    /// Adds what was found out later, in its place.
    pub fn add(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
        super::sort(&mut self.findings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(version: &str, hash: &str, accepted: &[(&str, &str, &str, u32)]) -> Option<&'static str> {
        let named = NamedTerms {
            tenant: "midori".into(),
            file: PathBuf::from("midori.toml"),
            place: TextRange::START,
            version: version.into(),
            hash: hash.into(),
        };
        let kept = |(tenant, version, hash, members): &(&str, &str, &str, u32)| AcceptedTerms {
            tenant: (*tenant).into(),
            version: (*version).into(),
            hash: (*hash).into(),
            members: *members,
        };
        let accepted: Vec<_> = accepted.iter().map(kept).collect();
        named.judge(&accepted).map(|finding| finding.code.as_str())
    }

    #[test]
    fn one_version_has_one_text() {
        assert_eq!(codes("1", "a", &[]), None);
        assert_eq!(codes("1", "a", &[("midori", "1", "a", 3)]), None);
        assert_eq!(codes("1", "b", &[("midori", "1", "a", 3)]), Some("T068"));
        assert_eq!(codes("1", "b", &[("midori", "1", "a", 3), ("midori", "1", "b", 9)]), Some("T068"));
        assert_eq!(codes("2", "b", &[("midori", "1", "a", 3)]), None);
        assert_eq!(codes("1", "b", &[("ao", "1", "a", 3)]), None, "another union's");
    }

    #[test]
    fn a_new_version_of_the_same_text_asks_everybody_for_nothing() {
        assert_eq!(codes("2", "a", &[("midori", "1", "a", 3)]), Some("T069"));
        // Somebody agreed already: too late to speak of it.
        assert_eq!(codes("2", "a", &[("midori", "1", "a", 3), ("midori", "2", "a", 1)]), None);
        assert_eq!(codes("2", "a", &[("ao", "1", "a", 3)]), None);
    }
}
