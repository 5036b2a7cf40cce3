//! Choosing: which version of each union is served, where files are bad, are gone, or claim what is another union's.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    LoadOptions, UnionVersion, UnionVersions,
    finding::Finding,
    hosts::{self, ClaimSource, Claimant},
    judging::{OneFile, is_erased},
};
use crate::domain::tenant::{Status, TenantSlug};

/// The version of a union that is served.
pub struct ChosenVersion {
    /// The union's file as it was read, with what belongs to it.
    pub version: Arc<UnionVersion>,
    /// Where it comes from.
    pub source: ClaimSource,
}

/// A version of every union, and what there is to say of it.
pub struct ChosenVersions {
    /// One for each union that is served.
    pub versions: Vec<ChosenVersion>,
    /// What is wrong between them.
    pub told: Vec<Finding>,
    /// The unions without a file whose end nobody has to be told of as a loss.
    pub ended: BTreeSet<String>,
}

/// Chooses a version of every union: its file's, or one from before where the file is bad, is `gone` though the union has
/// members, or gives way to another union. `files` has a union whose file is not read as one without its content.
///
/// # Decision
/// A union with members that has no file goes on with the version from before, with its hosts, as if its file were bad. Not
/// so a draft and one whose file said that it has closed, and one whose hosts another union's file takes over by name.
/// # Because
/// a file is far more often lost than a union, half a folder more often copied than all of it, and who ends a union says so
/// (`tenant close`, D34). No member saw a draft.
/// # Instead of
/// taking a file that is gone for the word that its union has ended.
pub fn choose(
    files: &[(&str, Option<&Arc<OneFile>>)],
    gone: &BTreeSet<&str>,
    broken: bool,
    options: &LoadOptions<'_>,
) -> ChosenVersions {
    let all: Vec<_> = files.iter().copied().chain(gone.iter().map(|stem| (*stem, None))).collect();
    let mut taken: BTreeSet<String> = files
        .iter()
        .filter_map(|(stem, file)| {
            let own = file.and_then(|file| file.version.as_ref()).filter(|_| !broken);
            own.or_else(|| before(stem, options).map(|(version, _)| version))
        })
        .flat_map(|version| version.claim.taken_over().iter().cloned())
        .collect();
    loop {
        let (versions, told) = choose_without(&all, gone, &taken, broken, options);
        // Whoever was to take hosts over and is not served takes nobody's place.
        let takes = versions.iter().flat_map(|chosen| chosen.version.claim.taken_over());
        let takes: BTreeSet<String> = takes.filter(|tenant| taken.contains(*tenant)).cloned().collect();
        if takes == taken {
            let is_live = |tenant: &str| match before(tenant, options) {
                Some((version, _)) => is_open_to_members(version),
                // What nobody remembers was served once, or was never more than a draft.
                None => options.served.iter().any(|served| served.tenant == tenant),
            };
            let has_ended = |tenant: &&&str| taken.contains(**tenant) || !is_live(tenant);
            let ended = gone.iter().filter(has_ended).map(|tenant| (*tenant).to_owned()).collect();
            return ChosenVersions { versions, told, ended };
        }
        taken = takes;
    }
}

/// Whether members come to its pages.
fn is_open_to_members(version: &UnionVersion) -> bool {
    matches!(version.tenant.status, Status::Open | Status::Maintenance)
}

/// The version from before: the one that is served, or else the one that the database keeps. Nothing of a union that was
/// erased comes back (D34).
fn before<'o>(stem: &str, options: &LoadOptions<'o>) -> Option<(&'o Arc<UnionVersion>, ClaimSource)> {
    let slug = TenantSlug::parse(stem).filter(|_| !is_erased(stem, options))?;
    let of = |versions: Option<&'o UnionVersions>| versions.and_then(|known| known.get(&slug));
    let in_force = of(options.in_force).map(|version| (version, ClaimSource::InForce));
    in_force.or_else(|| of(options.stored).map(|version| (version, ClaimSource::Stored)))
}

/// The same, where the unions that are `taken` over have ended.
///
/// # Decision
/// Whoever gives way is served by the version from before, which may claim other hosts: so the rules between unions are
/// asked until nobody has to give way any more.
fn choose_without(
    files: &[(&str, Option<&Arc<OneFile>>)],
    gone: &BTreeSet<&str>,
    taken: &BTreeSet<String>,
    broken: bool,
    options: &LoadOptions<'_>,
) -> (Vec<ChosenVersion>, Vec<Finding>) {
    let of_file = |file: Option<&Arc<OneFile>>| {
        let version = file.and_then(|file| file.version.as_ref()).filter(|_| !broken)?;
        // A file that was written again, with what stood there before, changes nothing.
        let same = options.in_force.and_then(|known| known.get(&version.tenant.slug));
        Some(Arc::clone(same.filter(|same| same.hash == version.hash).unwrap_or(version)))
    };
    let before = |stem: &str| -> Option<ChosenVersion> {
        let (version, source) = before(stem, options)?;
        // Of a union whose file is gone, no other may come to its hosts meanwhile, whether it is served or was kept.
        let is_gone = gone.contains(stem);
        let source = if is_gone { ClaimSource::InForce } else { source };
        let goes_on = !is_gone || (is_open_to_members(version) && !taken.contains(stem));
        goes_on.then(|| ChosenVersion { version: Arc::clone(version), source })
    };
    let mut chosen: Vec<Option<ChosenVersion>> = files
        .iter()
        .map(|(stem, file)| {
            let own = of_file(*file).map(|version| ChosenVersion { version, source: ClaimSource::File });
            own.or_else(|| before(stem))
        })
        .collect();
    let mut findings = Vec::new();
    let mut is_first = true;
    loop {
        // Each claim, and beside it whose it is, and whether it is the one that is served.
        let (mut claims, mut whose) = (Vec::new(), Vec::new());
        let mut claim = |claim, at, is_served| {
            claims.push(claim);
            whose.push((at, is_served));
        };
        for (at, (_, file)) in files.iter().enumerate() {
            let own = file.and_then(|file| file.claim.as_deref());
            let idle = |claim| {
                if is_first { Claimant::new(claim, ClaimSource::File) } else { Claimant::idle(claim) }
            };
            match chosen.get(at).and_then(Option::as_ref) {
                Some(chosen) => {
                    claim(Claimant::new(&chosen.version.claim, chosen.source), at, true);
                    if let Some(own) = own.filter(|_| chosen.source != ClaimSource::File) {
                        claim(Claimant::idle(own), at, false);
                    }
                }
                None => {
                    if let Some(own) = own {
                        claim(idle(own), at, false);
                    }
                }
            }
        }
        is_first = false;
        let told = hosts::neighbours(&claims, options);
        let (mut again, mut moved) = (false, BTreeSet::new());
        for (claim, finding) in told {
            if let Some((at, true)) = whose.get(claim).copied()
                && moved.insert(at)
                && let (Some(place), Some((stem, _))) = (chosen.get_mut(at), files.get(at))
                && let Some(given_up) = place.take()
            {
                *place = before(stem).filter(|before| {
                    given_up.source == ClaimSource::File && before.version.hash != given_up.version.hash
                });
                again |= place.is_some();
            }
            findings.push(finding);
        }
        if !again {
            return (chosen.into_iter().flatten().collect(), findings);
        }
    }
}
