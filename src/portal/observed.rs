//! Observed: what `/metrics` shows beside what was counted.

use std::time::Duration;

use tokio::time::timeout;

use super::{Portal, keys::KeyRingError};
use crate::{
    metrics::page::{KeptFigures, Observed, ProcessState},
    world::process,
};

impl Portal {
    /// What is now, beside what was counted. `kept` is what [`Portal::kept_figures`] found.
    #[expect(clippy::cast_precision_loss, reason = "seconds are whole up to 2^53")]
    pub fn observed(&self, kept: Option<KeptFigures>) -> Observed {
        let own = process::own();
        let began = Some(self.began.as_second() as f64);
        Observed {
            now: self.now(),
            hashing: self.vault.queue(),
            pools: self.store.pools(),
            kept,
            clock_trusted: self.clock_doubt().is_none(),
            process: ProcessState { began, memory: own.memory, files: own.files, files_most: own.files_most },
        }
    }

    /// What the database says in figures. `None` where it fails, or does not answer within `limit`.
    pub async fn kept_figures(&self, limit: Duration) -> Option<KeptFigures> {
        timeout(limit, self.ask_for_figures()).await.ok().flatten()
    }

    async fn ask_for_figures(&self) -> Option<KeptFigures> {
        let work = self.store.everywhere().work(self.now()).await.ok().flatten()?;
        let keys_fit = match self.check_keys().await {
            Ok(()) => true,
            Err(KeyRingError::Broken(_)) => return None,
            Err(_) => false,
        };
        Some(KeptFigures {
            letters: work.letters.into(),
            oldest_letter: work.oldest,
            logouts: work.logouts.into(),
            oldest_logout: work.oldest_logout,
            imports: work.imports.into(),
            import_rows: work.import_rows.into(),
            keys_fit,
        })
    }
}
