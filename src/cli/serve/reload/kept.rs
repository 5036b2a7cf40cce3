//! Kept: the versions of unions in the database, for whoever meets a bad file ([D37]).
//!
//! [D37]: crate::rules::decisions#d37

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::UnionChange;
use crate::{
    cli::serve::told,
    domain::tenant::TenantSlug,
    store::{Store, StoreError, everywhere::GoodVersion},
    tenants::{Loaded, TenantsFolder, UnionVersions},
};

/// How many versions are written in one transaction: others write meanwhile.
const AT_ONCE: usize = 20;

/// What is still to be written of the versions that the database keeps.
#[derive(Debug)]
pub struct KeptVersions {
    /// The unions whose version is not kept yet.
    unkept: BTreeSet<TenantSlug>,
    /// The unions whose file was taken away: their version must not be kept any longer, and nothing brings it back.
    gone: BTreeSet<String>,
    /// The files that the start has seen, until it was asked whose versions are kept without one.
    seen_at_start: Option<BTreeSet<String>>,
    /// Whether the versions could not be kept when it was tried last.
    is_troubled: bool,
}

impl KeptVersions {
    /// After what the start has read.
    pub fn after_start(loaded: &Loaded) -> Self {
        let unkept = loaded.in_force.keys().filter(|slug| !loaded.kept.contains(slug)).cloned();
        Self {
            unkept: unkept.collect(),
            gone: BTreeSet::new(),
            seen_at_start: Some(loaded.seen.iter().cloned().collect()),
            is_troubled: false,
        }
    }

    /// Notes what a later reading has changed.
    pub fn follow(&mut self, loaded: &Loaded, changes: &[(String, UnionChange)]) {
        let is_new = |change: &UnionChange| matches!(change, UnionChange::Added | UnionChange::Changed);
        let new = changes.iter().filter(|(_, change)| is_new(change));
        self.unkept.extend(new.filter_map(|(union, _)| TenantSlug::parse(union)));
        self.unkept.retain(|slug| !loaded.kept.contains(slug) && loaded.in_force.contains_key(slug));
        let removed = changes.iter().filter(|(_, change)| *change == UnionChange::Removed);
        self.gone.extend(removed.map(|(union, _)| union.clone()));
        self.gone.retain(|union| !is_served(&loaded.in_force, union));
    }

    /// Notes the unions of which the `database` keeps nothing any more: another node had no file of them, and no member was
    /// there to keep it for.
    pub fn add_lost(&mut self, in_force: &UnionVersions, database: &BTreeMap<String, String>) {
        self.unkept.extend(in_force.keys().filter(|slug| !database.contains_key(slug.as_str())).cloned());
    }

    /// How many versions in force are not kept yet.
    pub fn unkept(&self) -> usize {
        self.unkept.len()
    }

    /// Whether that union's version is not kept yet.
    pub fn lacks(&self, slug: &TenantSlug) -> bool {
        self.unkept.contains(slug)
    }

    /// The unions whose file was taken away, and whose version is still kept.
    pub fn gone(&self) -> &BTreeSet<String> {
        &self.gone
    }

    /// Keeps what is served, and says in the log what came of it: how many versions are kept now that were not.
    ///
    /// # Errors
    /// The database failed: what was not written is written the next time.
    pub async fn keep(
        &mut self,
        store: &Store,
        in_force: &UnionVersions,
        folder: &TenantsFolder,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let kept = self.keep_versions(store, in_force, folder, now).await;
        match &kept {
            Ok(0) => {}
            Ok(kept) => {
                tracing::info!(kept, "The versions that are served are kept, for whoever meets a bad file");
            }
            Err(fault) if !self.is_troubled => {
                tracing::warn!(%fault, "The versions that are served could not be kept; it is tried again");
            }
            Err(_) => {}
        }
        self.is_troubled = kept.is_err();
        kept
    }

    /// Keeps what is served from the folder and is not kept yet: for this node after its next start, or another one. Of nodes
    /// whose folders differ, the one that began last to serve a version has the word: the order of their commits decides, and
    /// no clock.
    async fn keep_versions(
        &mut self,
        store: &Store,
        in_force: &UnionVersions,
        folder: &TenantsFolder,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        if self.unkept.is_empty() && self.gone.is_empty() && self.seen_at_start.is_none() {
            return Ok(0);
        }
        let kept = store.everywhere().good_hashes().await?;
        if let Some(seen) = self.seen_at_start.take() {
            // Taken away while nobody looked. A version that is served has its file, or had it when this began.
            let without_file =
                kept.keys().filter(|union| !seen.contains(*union) && !is_served(in_force, union));
            self.gone.extend(without_file.cloned());
        }
        self.forget_gone(store, &kept).await?;
        let mut done = 0;
        while !self.unkept.is_empty() {
            let mut part = Vec::new();
            for slug in self.unkept.iter().take(AT_ONCE) {
                let Some(version) = in_force.get(slug) else { continue };
                if kept.get(slug.as_str()) == Some(&version.hash) {
                    continue;
                }
                // What changed again meanwhile is read with the next look.
                let Some(content) = folder.content(version) else { continue };
                part.push(GoodVersion {
                    tenant: slug.to_string(),
                    hash: version.hash.clone(),
                    file: content.file,
                    defaults: content.defaults,
                    beside: content.beside,
                    served_since: now,
                });
            }
            if !part.is_empty() {
                store.everywhere().keep_good_versions(&part).await?;
                store.let_others_write().await;
            }
            done += part.len();
            self.unkept = self.unkept.iter().skip(AT_ONCE).cloned().collect();
        }
        Ok(done)
    }

    /// Ends what is kept of unions whose file was taken away.
    async fn forget_gone(
        &mut self,
        store: &Store,
        kept: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let gone: Vec<_> = self.gone.iter().filter(|union| kept.contains_key(*union)).cloned().collect();
        if !gone.is_empty() {
            let gone = store.everywhere().forget_good_versions(&gone).await?;
            let unions = gone.iter().take(told::NAMED).cloned().collect::<Vec<_>>().join(" ");
            let forgotten = gone.len();
            if forgotten > 0 {
                tracing::info!(
                    forgotten,
                    unions,
                    "Unions have no file any more; no version of them is kept any longer"
                );
            }
        }
        self.gone.clear();
        Ok(())
    }
}

fn is_served(in_force: &UnionVersions, union: &str) -> bool {
    TenantSlug::parse(union).is_some_and(|slug| in_force.contains_key(&slug))
}
