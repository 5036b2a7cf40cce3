//! Nodes: whether other nodes serve other versions of the unions, by what the database keeps.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::kept::KeptVersions;
use crate::{
    domain::tenant::TenantSlug,
    tenants::{FindingCode, Loaded, UnionVersions},
};

/// How often what is served is compared with what the database keeps, and for how long a difference is told to nobody.
pub const COMPARED: SignedDuration = SignedDuration::from_mins(1);

/// What differs between this node and the one that began last to serve a version.
#[derive(Debug)]
pub struct NodeComparison {
    /// The unions that have a file here, or of which it is told that they have none: served or not.
    known_here: BTreeSet<String>,
    compared_at: Option<Timestamp>,
    /// The unions that differ, and since when.
    apart: BTreeMap<TenantSlug, Timestamp>,
    /// Those that have differed for long enough to be told.
    differing: Vec<TenantSlug>,
}

impl NodeComparison {
    /// After what the start has read.
    pub fn after_start(loaded: &Loaded) -> Self {
        let (compared_at, apart, differing) = (None, BTreeMap::new(), Vec::new());
        Self { known_here: known_here(loaded), compared_at, apart, differing }
    }

    /// Notes what a later reading has found: it is compared anew.
    pub fn follow(&mut self, loaded: &Loaded) {
        (self.known_here, self.compared_at) = (known_here(loaded), None);
    }

    /// Whether it is time to compare.
    pub fn are_due(&self, now: Timestamp) -> bool {
        self.compared_at.is_none_or(|at| at > now || now.duration_since(at) >= COMPARED)
    }

    /// The unions of which it is told that another node serves another version.
    pub fn differing(&self) -> &[TenantSlug] {
        &self.differing
    }

    /// Compares what is served here with the hashes of the versions in the `database`. Whether there is something else to
    /// tell than before.
    pub fn compare(
        &mut self,
        in_force: &UnionVersions,
        kept: &KeptVersions,
        database: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> bool {
        self.compared_at = Some(now);
        let is_other = |slug: &TenantSlug, hash: &String| match in_force.get(slug) {
            Some(version) => version.hash != *hash && !kept.lacks(slug),
            None => !self.known_here.contains(slug.as_str()) && !kept.gone().contains(slug.as_str()),
        };
        let versions = database.iter().filter_map(|(union, hash)| Some((TenantSlug::parse(union)?, hash)));
        let apart = versions.filter(|(slug, hash)| is_other(slug, hash)).map(|(slug, _)| {
            let since = self.apart.get(&slug).copied().unwrap_or(now);
            (slug, since)
        });
        self.apart = apart.collect();
        let lasting = self.apart.iter().filter(|(_, since)| now.duration_since(**since) >= COMPARED);
        let differing: Vec<_> = lasting.map(|(slug, _)| slug.clone()).collect();
        let is_news = differing != self.differing;
        self.differing = differing;
        is_news
    }
}

/// The unions that have a file, or of which it is told that they have none.
fn known_here(loaded: &Loaded) -> BTreeSet<String> {
    let told = loaded.findings.iter().filter(|finding| finding.code == FindingCode::NoFile);
    let told = told.filter_map(|finding| finding.tenant.clone());
    told.chain(loaded.seen.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(name: &str) -> TenantSlug {
        TenantSlug::parse(name).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_difference_is_told_once_when_it_has_lasted_a_minute_and_when_it_is_over() {
        let loaded = Loaded::default();
        let mut nodes = NodeComparison::after_start(&loaded);
        let kept = KeptVersions::after_start(&loaded);
        let elsewhere = BTreeMap::from([("alpha".to_owned(), "hash".to_owned())]);
        let nowhere = BTreeMap::new();
        let mut compare = |database: &BTreeMap<String, String>, second| {
            let is_news = nodes.compare(&UnionVersions::new(), &kept, database, at(second));
            (
                is_news,
                nodes.differing().to_vec(),
                nodes.are_due(at(second + 59)),
                nodes.are_due(at(second + 60)),
            )
        };
        assert_eq!(compare(&elsewhere, 0), (false, vec![], false, true));
        assert_eq!(compare(&elsewhere, 59), (false, vec![], false, true));
        assert_eq!(compare(&elsewhere, 60), (true, vec![slug("alpha")], false, true));
        assert_eq!(compare(&elsewhere, 120), (false, vec![slug("alpha")], false, true));
        assert_eq!(compare(&nowhere, 180), (true, vec![], false, true));
        // Of what comes back the minute begins anew.
        assert_eq!(compare(&elsewhere, 240), (false, vec![], false, true));
    }

    #[test]
    fn a_union_whose_file_is_bad_here_is_told_by_its_finding_alone() {
        let mut loaded = Loaded::default();
        loaded.seen.push("alpha".to_owned());
        let mut nodes = NodeComparison::after_start(&loaded);
        let kept = KeptVersions::after_start(&loaded);
        let elsewhere = BTreeMap::from([("alpha".to_owned(), "hash".to_owned())]);
        for second in [0, 60] {
            assert!(!nodes.compare(&UnionVersions::new(), &kept, &elsewhere, at(second)));
        }
        assert_eq!(nodes.differing(), []);
    }

    #[test]
    fn a_reading_is_compared_at_once_also_by_a_clock_that_was_put_back() {
        let mut nodes = NodeComparison::after_start(&Loaded::default());
        let kept = KeptVersions::after_start(&Loaded::default());
        assert!(nodes.are_due(at(0)));
        nodes.compare(&UnionVersions::new(), &kept, &BTreeMap::new(), at(0));
        assert!(!nodes.are_due(at(1)));
        assert!(nodes.are_due(at(-1)));
        nodes.follow(&Loaded::default());
        assert!(nodes.are_due(at(1)));
    }
}
