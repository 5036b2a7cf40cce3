//! Keys: a store and the vault whose keys have been compared with it (D36).
//!
//! # Decision
//! [`KeyedStore::open`] is the only way to a [`Vault`], and so to a [`Portal`](super::Portal), a desk or an import. It
//! compares the ring with the check values that the database keeps of every key that sealed or digested anything.
//! # Because
//! A wrong ring starts well, calls every right password wrong and counts it: members are shut out, one by one, by a
//! mistake in one file name. Nothing that could do so may open without the comparison.
//! # Instead of
//! Comparing in each command, where the next command forgets it.
//!
//! A check value is written before its key is used for the first time. Where the database was used before check values
//! existed, one is written only after something sealed before has opened with that key.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    store::{Store, everywhere::KnownKey},
    vault::{self, Cost, KeyId, KeyRing, SealContext, Vault},
    world::{Clock, RandomSource},
};

/// Why a ring must not be used with a database.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The database was used with a key that the ring does not hold.
    #[error("the key ring lacks key {id}, which this database was used with")]
    Missing {
        /// The number of the key.
        id: KeyId,
    },
    /// The ring holds another key of that number.
    #[error("the key ring holds another key {id} than this database was used with")]
    Differs {
        /// The number of the key.
        id: KeyId,
    },
    /// The database holds passwords from before check values existed, and nothing sealed that could prove the ring.
    #[error("nothing in this database proves that the key ring is the one its passwords were digested with")]
    Unproven,
    /// The store or the vault failed.
    #[error(transparent)]
    Broken(#[from] super::Fault),
}

impl From<crate::store::StoreError> for KeyRingError {
    fn from(fault: crate::store::StoreError) -> Self {
        Self::Broken(fault.into())
    }
}

impl From<vault::VaultError> for KeyRingError {
    fn from(fault: vault::VaultError) -> Self {
        Self::Broken(fault.into())
    }
}

/// How passwords are hashed.
#[derive(Debug, Clone, Copy)]
pub struct HashingSettings {
    /// How expensive one hash is.
    pub cost: Cost,
    /// How many at once.
    pub permits: usize,
}

/// A store, and the vault whose keys have been compared with it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeyedStore {
    store: Store,
    vault: Vault,
}

/// What is taken as proof where the database cannot give any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyProof {
    /// Nothing is taken: the database itself has to prove it.
    Data,
    /// The operator's word (`keys adopt`).
    Word,
}

impl KeyedStore {
    /// Compares the ring with the database, and notes the keys that are new to it.
    ///
    /// # Errors
    /// [`KeyRingError`] when the ring is not the one the database was used with, or when the database fails.
    pub async fn open(
        store: Store,
        key_ring: &KeyRing,
        hashing: HashingSettings,
        rng: Arc<dyn RandomSource>,
        clock: &dyn Clock,
    ) -> Result<Self, KeyRingError> {
        Self::open_by(KeyProof::Data, store, key_ring, hashing, rng, clock).await
    }

    /// The same, by the word of an operator that this is the ring the database's passwords were digested with. What the
    /// database knows better is refused all the same.
    ///
    /// # Errors
    /// [`KeyRingError::Missing`] and [`KeyRingError::Differs`] as [`KeyedStore::open`] says; never
    /// [`KeyRingError::Unproven`].
    pub async fn adopt(
        store: Store,
        key_ring: &KeyRing,
        hashing: HashingSettings,
        rng: Arc<dyn RandomSource>,
        clock: &dyn Clock,
    ) -> Result<Self, KeyRingError> {
        Self::open_by(KeyProof::Word, store, key_ring, hashing, rng, clock).await
    }

    async fn open_by(
        proof: KeyProof,
        store: Store,
        key_ring: &KeyRing,
        hashing: HashingSettings,
        rng: Arc<dyn RandomSource>,
        clock: &dyn Clock,
    ) -> Result<Self, KeyRingError> {
        let vault = Vault::new(key_ring, hashing.cost, hashing.permits, rng)?;
        'again: loop {
            let (known, proven) = compared(&store, &vault, proof).await?;
            let new = proven.into_iter().chain([vault.active()]);
            let mut place = u32::try_from(known.len()).unwrap_or(u32::MAX);
            let mut ids: Vec<KeyId> = known.iter().map(|key| key.id).collect();
            for id in new {
                if ids.contains(&id) {
                    continue;
                }
                let key = KnownKey { id, check: vault.check_value(id).unwrap_or_default() };
                if !store.everywhere().know_key(&key, place, clock.now()).await? {
                    // Another node or command wrote the same place first: it may have another ring.
                    continue 'again;
                }
                place = place.saturating_add(1);
                ids.push(id);
            }
            return Ok(Self { store, vault });
        }
    }

    /// Compares without writing anything, for commands that only look.
    ///
    /// # Errors
    /// [`KeyRingError`] as [`KeyedStore::open`] says.
    pub async fn compare(
        store: &Store,
        key_ring: &KeyRing,
        hashing: HashingSettings,
        rng: Arc<dyn RandomSource>,
    ) -> Result<(), KeyRingError> {
        let vault = Vault::new(key_ring, hashing.cost, hashing.permits, rng)?;
        compared(store, &vault, KeyProof::Data).await.map(drop)
    }

    /// The store that was compared.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The vault that was compared.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(super) fn into_parts(self) -> (Store, Vault) {
        (self.store, self.vault)
    }
}

impl super::Portal {
    /// Its store and vault, for another portal over the same database.
    pub fn keyed(&self) -> KeyedStore {
        KeyedStore { store: self.store.clone(), vault: self.vault.clone() }
    }

    /// Whether the keys still fit: another node may have brought a key of its own since, or the database was restored.
    ///
    /// # Errors
    /// [`KeyRingError::Missing`] or [`KeyRingError::Differs`] when they do not fit any more, [`KeyRingError::Broken`]
    /// when the database fails.
    pub async fn check_keys(&self) -> Result<(), KeyRingError> {
        let known = self.store.everywhere().known_keys().await?;
        fit(&known, &self.vault)
    }
}

fn fit(known: &[KnownKey], vault: &Vault) -> Result<(), KeyRingError> {
    for key in known {
        match vault.check_value(key.id) {
            None => return Err(KeyRingError::Missing { id: key.id }),
            Some(check) if check != key.check => return Err(KeyRingError::Differs { id: key.id }),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The keys the database knows, and those that something sealed before has opened with.
async fn compared(
    store: &Store,
    vault: &Vault,
    proof: KeyProof,
) -> Result<(Vec<KnownKey>, Vec<KeyId>), KeyRingError> {
    let known = store.everywhere().known_keys().await?;
    fit(&known, vault)?;
    if !known.is_empty() {
        return Ok((known, Vec::new()));
    }
    let mut opened: BTreeMap<KeyId, bool> = BTreeMap::new();
    for sample in store.everywhere().sealed_samples().await? {
        let Some(id) = vault::key_of(&sample.sealed) else { continue };
        let place = SealContext { tenant: &sample.tenant, column: sample.column, row: sample.row };
        *opened.entry(id).or_default() |= vault.open(place, &sample.sealed).is_ok();
    }
    for (id, has_opened) in &opened {
        if !has_opened {
            let is_there = vault.check_value(*id).is_some();
            return Err(if is_there {
                KeyRingError::Differs { id: *id }
            } else {
                KeyRingError::Missing { id: *id }
            });
        }
    }
    if opened.is_empty() && proof == KeyProof::Data && store.everywhere().has_digests().await? {
        return Err(KeyRingError::Unproven);
    }
    Ok((known, opened.into_keys().collect()))
}
