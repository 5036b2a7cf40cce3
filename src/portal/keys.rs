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
//! Which key is used for new data is the database's word as well: the one that was noted last. So a rotation takes effect on
//! every node by one row, whenever their files are copied; a file's `active` counts for a database that does not know it.
//! What the counters' digests are made with is kept sealed in the database, and no rotation changes it: locks and
//! switched-off factors stay.
//!
//! A check value is written before its key is used for the first time. Where the database was used before check values
//! existed, one is written only after something sealed before has opened with that key.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;

use crate::{
    store::{
        Store, StoreResult,
        everywhere::{KnownKey, keys::NodeKeys},
    },
    vault::{self, Cost, KeyId, KeyRing, RingFault, SealContext, SealedColumn, Vault},
    world::{Clock, RandomSource},
};

pub mod node;
pub mod report;
pub mod rotation;

/// After how long without a word a node is taken to have ended. It says one every ten seconds.
const SILENT: SignedDuration = SignedDuration::from_secs(30);

/// The time by which nodes say that they run and by which they are looked for: the database's own, for a node and a command on
/// two machines must not differ over who is there. SQLite has the machine's, which is `now`.
async fn time_of_nodes(store: &Store, now: Timestamp) -> StoreResult<Timestamp> {
    Ok(store.time().await?.unwrap_or(now))
}

/// The nodes that have said a moment ago that they run.
pub(super) async fn running_nodes(store: &Store, now: Timestamp) -> StoreResult<Vec<NodeKeys>> {
    let now = time_of_nodes(store, now).await?;
    store.everywhere().nodes(now.checked_sub(SILENT).unwrap_or(now)).await
}

/// The name under which the database keeps what the counters' digests are made with.
const GUARD: &str = "guard";

/// Where that is sealed to: it is no union's.
const GUARD_PLACE: SealContext<'static> =
    SealContext { tenant: "", column: SealedColumn::GuardKey, row: uuid::Uuid::nil() };

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
    /// The ring's key for new data was removed from this database.
    #[error("key {id} of the key ring was removed from this database")]
    Removed {
        /// The number of the key.
        id: KeyId,
    },
    /// The ring's file cannot be read or written.
    #[error(transparent)]
    Ring(#[from] RingFault),
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
                let check = vault.check_value(id).unwrap_or_default();
                if !store.everywhere().know_key(id, &check, place, clock.now()).await? {
                    // Another node or command wrote the same place first: it may have another ring.
                    continue 'again;
                }
                place = place.saturating_add(1);
                ids.push(id);
            }
            let keyed = Self { store, vault };
            let guard = keyed.guard(key_ring).await?;
            keyed.take_over(key_ring, Some(guard)).await?;
            return Ok(keyed);
        }
    }

    /// What the counters' digests are made with: what the database keeps. Where it keeps nothing yet, what earlier programs
    /// drew from the ring.
    async fn guard(&self, key_ring: &KeyRing) -> Result<secrecy::SecretSlice<u8>, KeyRingError> {
        let everywhere = self.store.everywhere();
        let kept = if let Some(kept) = everywhere.sealed_key(GUARD).await? {
            kept
        } else {
            let first = self.vault.seal(GUARD_PLACE, key_ring.first_guard().expose_secret())?;
            everywhere.keep_sealed_key(GUARD, &first).await?;
            // Another node may have been first.
            everywhere.sealed_key(GUARD).await?.unwrap_or(first)
        };
        Ok(self.vault.open(GUARD_PLACE, &kept)?)
    }

    /// Compares the ring as it is now, and uses it as the database says: what was noted last is the key for new data, and
    /// what was removed opens nothing.
    async fn take_over(
        &self,
        key_ring: &KeyRing,
        guard: Option<secrecy::SecretSlice<u8>>,
    ) -> Result<(), KeyRingError> {
        let known = self.store.everywhere().known_keys().await?;
        fit(&known, |id| key_ring.check_value(id))?;
        let removed = removed(&known);
        let newest = known.iter().rfind(|key| key.removed_at.is_none());
        let active = newest.map_or(key_ring.active(), |key| key.id);
        let held: Vec<KeyId> = key_ring.ids().filter(|id| !removed.contains(id)).collect();
        let same = active == self.vault.active() && held == self.vault.held();
        if guard.is_none() && same && removed == self.vault.removed() {
            return Ok(());
        }
        tracing::info!(active, ?held, "Keys in use");
        Ok(self.vault.take_over(key_ring, active, removed, guard)?)
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
        fit(&known, |id| self.vault.check_value(id))
    }
}

fn fit(known: &[KnownKey], check_value: impl Fn(KeyId) -> Option<Vec<u8>>) -> Result<(), KeyRingError> {
    for key in known.iter().filter(|key| key.removed_at.is_none()) {
        match check_value(key.id) {
            None => return Err(KeyRingError::Missing { id: key.id }),
            Some(check) if check != key.check => return Err(KeyRingError::Differs { id: key.id }),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The numbers of keys that were removed.
fn removed(known: &[KnownKey]) -> BTreeSet<KeyId> {
    known.iter().filter(|key| key.removed_at.is_some()).map(|key| key.id).collect()
}

/// The keys the database knows, and those that something sealed before has opened with.
async fn compared(
    store: &Store,
    vault: &Vault,
    proof: KeyProof,
) -> Result<(Vec<KnownKey>, Vec<KeyId>), KeyRingError> {
    let known = store.everywhere().known_keys().await?;
    fit(&known, |id| vault.check_value(id))?;
    if let Some(id) = removed(&known).into_iter().find(|id| *id == vault.active()) {
        return Err(KeyRingError::Removed { id });
    }
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
