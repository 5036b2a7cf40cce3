//! Node: a running process follows the ring and the database, and says which keys it has (D36).

use std::{path::Path, sync::PoisonError};

use uuid::Uuid;

use super::{KeyRingError, KeyedStore, SILENT, time_of_nodes};
use crate::{
    portal::{Fault, Portal},
    store::everywhere::keys::NodeKeys,
    vault::{KeyId, KeyRing},
};

impl KeyedStore {
    /// Takes over what changed in the ring's file and in the database since: keys that were added, the key for new data,
    /// keys that were removed.
    ///
    /// # Errors
    /// [`KeyRingError`] when the file cannot be read or is not this database's ring; the keys in use stay.
    pub async fn refresh(&self, path: &Path) -> Result<(), KeyRingError> {
        let path = path.to_owned();
        let reading = tokio::task::spawn_blocking(move || KeyRing::read(&path)).await;
        let key_ring = reading.map_err(|_| Fault::Inconsistent("a read of the key ring that died"))??;
        self.take_over(&key_ring, None).await
    }
}

impl Portal {
    /// Follows the ring's file and the database.
    ///
    /// # Errors
    /// [`KeyRingError`] as [`KeyedStore::refresh`] says.
    pub async fn refresh_keys(&self, path: &Path) -> Result<(), KeyRingError> {
        let refreshed = self.keyed().refresh(path).await;
        let trouble = match &refreshed {
            Ok(()) => None,
            // Of the file nothing is known then.
            Err(KeyRingError::Broken(_)) => return refreshed,
            Err(fault) => Some(fault.to_string()),
        };
        *self.ring_trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        refreshed
    }

    /// Why the ring's file is not what this node goes on with: it is gone, cannot be read, or is another one. Nobody notices
    /// as long as the node runs, and none can start.
    pub fn ring_trouble(&self) -> Option<String> {
        self.ring_trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key this node uses for new data, and the keys it holds.
    pub fn keys_in_use(&self) -> (KeyId, Vec<KeyId>) {
        (self.vault.active(), self.vault.held())
    }

    /// Says which key this node uses for new data, and which ones it holds. Whoever rotates waits for it.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn announce_keys(&self, node: Uuid) -> Result<(), Fault> {
        let now = time_of_nodes(&self.store, self.clock.now()).await?;
        let (active, held) = self.keys_in_use();
        let said = NodeKeys { id: node, active, held, seen_at: now };
        let forgotten = now.checked_sub(SILENT * 10).unwrap_or(now);
        Ok(self.store.everywhere().announce_node(&said, forgotten).await?)
    }

    /// Waits until something names a key that this node does not hold.
    pub async fn meets_unknown_key(&self) {
        self.vault.meets_unknown_key().await;
    }

    /// This node ends: nobody has to wait for it.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn end_node(&self, node: Uuid) -> Result<(), Fault> {
        Ok(self.store.everywhere().forget_node(node).await?)
    }
}
