//! Rotation: another key for new data while the service runs, and keys that nothing needs any more are removed (D36).
//!
//! # Decision
//! A key is added to the file, and not used; every running node says that it holds it; then one row makes it the key for
//! new data everywhere; every node says that it uses it; then whatever can be opened is sealed anew, in small transactions;
//! at last the keys before it are retired. Each step is found done or not done in the file and in the database.
//! # Because
//! Nothing sealed with a key may reach a node that does not hold it, and whatever is killed half-way has to go on where it
//! stopped.
//! # Instead of
//! A restart of every node at one moment, or a note of how far a rotation has come.
//!
//! Passwords, first passwords and codes are digests. A password is digested anew when it is shown next; the others run out.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{
    GUARD, GUARD_PLACE, HashingSettings, KeyProof, KeyRingError, KeyedStore, compared, removed,
    report::{KeyNeeds, UnopenedValue, UnopenedValues, needs},
    running_nodes,
};
use crate::{
    store::{
        Store,
        everywhere::{KnownKey, SealedValue, keys::NodeKeys},
    },
    vault::{self, KeyId, KeyRing, SealContext, SealedColumn},
    world::{Clock, RandomSource},
};

/// How many rows are sealed anew in one transaction: SQLite's one writer is free for members in between.
const AT_ONCE: u32 = 500;
/// How often a transaction is tried again that met another one at the same rows.
const TRIES: u32 = 10;
/// How often it is looked whether the nodes have followed.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// For how long after a rotation another one has to be asked for in words.
const JUST_DONE: SignedDuration = SignedDuration::from_hours(24);

/// Whoever works on the keys.
pub struct KeyWork<'w> {
    /// The database and the keys in use.
    pub keyed: &'w KeyedStore,
    /// The ring's file.
    pub path: &'w Path,
    /// The time.
    pub clock: &'w dyn Clock,
    /// Chance, for a new key.
    pub rng: &'w dyn RandomSource,
    /// How long the nodes are waited for, each time.
    pub patience: Duration,
}

impl KeyedStore {
    /// Compares the ring with the database, and opens everything that is sealed in it and lasts: of one union, or of all. What
    /// was sealed with a key that was removed is no fault: it was said then.
    ///
    /// # Errors
    /// [`KeyRingError`] as [`KeyedStore::open`] says.
    pub async fn unopened(
        store: &Store,
        key_ring: &KeyRing,
        hashing: HashingSettings,
        rng: Arc<dyn RandomSource>,
        only: Option<&str>,
    ) -> Result<UnopenedValues, KeyRingError> {
        let vault = vault::Vault::new(key_ring, hashing.cost, hashing.permits, rng)?;
        let (known, _) = compared(store, &vault, KeyProof::Data).await?;
        let removed = removed(&known);
        let mut unopened = UnopenedValues::default();
        let mut open = |place: SealContext<'_>, value: &SealedValue| match vault.open(place, &value.sealed) {
            Ok(_) => {}
            Err(vault::VaultError::UnknownKey(id)) if removed.contains(&id) => {}
            Err(fault) => unopened.add(UnopenedValue::of(value.clone(), &fault)),
        };
        if let Some(sealed) = store.everywhere().sealed_key(GUARD).await? {
            // It is no union's.
            let (tenant, column) = ("all".to_owned(), SealedColumn::GuardKey);
            open(GUARD_PLACE, &SealedValue { tenant, column, row: Uuid::nil(), member: None, sealed });
        }
        for column in SealedColumn::ALL {
            let mut behind = (only.unwrap_or_default().to_owned(), Uuid::nil());
            loop {
                let at = (behind.0.as_str(), behind.1);
                let values = store.everywhere().sealed_otherwise(column, at, None, AT_ONCE).await?;
                let Some(last) = values.last() else { break };
                behind = (last.tenant.clone(), last.row);
                let asked = |value: &&SealedValue| only.is_none_or(|union| union == value.tenant);
                for value in values.iter().filter(asked) {
                    open(SealContext { tenant: &value.tenant, column, row: value.row }, value);
                }
                if only.is_some_and(|union| union != behind.0) {
                    break;
                }
            }
        }
        Ok(unopened)
    }
}

/// What a rotation does just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationStep {
    /// A key is in the file, and not used yet.
    Added(KeyId),
    /// It is the key for new data.
    Activated(KeyId),
    /// So many values were sealed anew so far.
    Resealed(u64),
    /// A value does not open.
    Unopened(UnopenedValue),
}

/// How a rotation ended. All but the first go on when it is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    /// Everything that can be opened is under the key.
    Done {
        /// The key for new data.
        active: KeyId,
        /// How many values were sealed anew.
        resealed: u64,
        /// How many could not be opened: they are damaged, or not of this database.
        unopened: u64,
    },
    /// Some nodes do not hold the new key: their file has to be copied.
    NodesLack {
        /// The new key.
        id: KeyId,
        /// The number of nodes that have not followed.
        nodes: usize,
    },
    /// Some nodes do not use the new key yet.
    NodesBehind {
        /// The new key.
        id: KeyId,
        /// The number of nodes that have not followed.
        nodes: usize,
    },
    /// An import is under way: it uses the key it began with.
    ImportRuns,
    /// A rotation ended within the last day. Nothing was changed.
    JustDone {
        /// The key for new data.
        active: KeyId,
        /// The moment of its end.
        at: Timestamp,
    },
}

/// How a removal ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRemoval {
    /// The key is gone; so many members need a new password.
    Removed {
        /// The key.
        id: KeyId,
        /// The number of members whose password it made.
        members: u32,
    },
    /// Something needs it.
    Needed {
        /// The key.
        id: KeyId,
        /// Everything that could not be opened or verified without it.
        needs: KeyNeeds,
    },
    /// It is the key for new data.
    Active(KeyId),
    /// Its rotation has not ended.
    InRotation(KeyId),
    /// There is no such key.
    NoSuchKey(KeyId),
    /// There is none but the key for new data.
    Nothing,
    /// There are several: which one has to be said.
    Which(Vec<KeyId>),
}

/// Brings another key into use, or ends a rotation that was begun. Within a day after the last one only if it is to be done
/// `again`: whoever does not see that a rotation ended runs it once more, and makes a key that nobody asked for.
///
/// # Errors
/// [`KeyRingError`] when the file or the database fails, or do not fit.
pub async fn rotate(
    work: &KeyWork<'_>,
    ring: &mut KeyRing,
    again: bool,
    tell: &dyn Fn(RotationStep),
) -> Result<Rotated, KeyRingError> {
    let known = work.known().await?;
    let gone = removed(&known);
    let active = work.keyed.vault.active();
    let new = ring.ids().find(|id| known.iter().all(|key| key.id != *id));
    let has_ended = known.iter().all(|key| key.id == active || key.retired_at.is_some());
    let last = known.iter().filter_map(|key| key.retired_at).max();
    let just_done = last.filter(|at| !again && work.clock.now().duration_since(*at) < JUST_DONE);
    let new = match new {
        None if has_ended => {
            if let Some(at) = just_done {
                return Ok(Rotated::JustDone { active, at });
            }
            for id in gone {
                ring.take_out(id);
            }
            let id = ring.add_fresh(work.rng).map_err(vault::RingFault::from)?;
            ring.replace(work.path)?;
            Some(id)
        }
        found => found,
    };
    if let Some(id) = new {
        tell(RotationStep::Added(id));
        let lacking = work.wait_for_nodes(|node| node.held.contains(&id)).await?;
        if lacking > 0 {
            return Ok(Rotated::NodesLack { id, nodes: lacking });
        }
        let place = u32::try_from(known.len()).unwrap_or(u32::MAX);
        let check = ring.check_value(id).unwrap_or_default();
        // Where somebody else was first, that is another rotation, and this one goes on when it is run again.
        work.keyed.store.everywhere().know_key(id, &check, place, work.clock.now()).await?;
    }
    work.keyed.take_over(ring, None).await?;
    let active = work.keyed.vault.active();
    if ring.active() != active && ring.activate(active) {
        // For whoever reads the file, and for a database that knows none of its keys.
        ring.replace(work.path)?;
    }
    tell(RotationStep::Activated(active));
    let behind = work.wait_for_nodes(|node| node.active == active).await?;
    // Nodes that are behind, and an import, go on sealing with the key of before: then one way through is enough, and the
    // rest is left to the run that ends it.
    let import_runs = work.keyed.store.everywhere().imports_alive(work.clock.now()).await? > 0;
    let ways = if behind > 0 || import_runs { WaysThrough::One } else { WaysThrough::UntilNothingIsLeft };
    let (resealed, unopened) = work.reseal_all(ways, tell).await?;
    let UnopenedValues { count: unopened, first } = unopened;
    for value in first {
        tell(RotationStep::Unopened(value));
    }
    if behind > 0 {
        return Ok(Rotated::NodesBehind { id: active, nodes: behind });
    }
    if import_runs {
        return Ok(Rotated::ImportRuns);
    }
    work.keyed.store.everywhere().retire_keys_but(active, work.clock.now()).await?;
    Ok(Rotated::Done { active, resealed, unopened })
}

/// Removes a key that nothing needs; by force also one under which only digests stand, whose members then need a new
/// password. Whatever can be opened is sealed anew first.
///
/// # Errors
/// [`KeyRingError`] when the file or the database fails, or do not fit.
pub async fn remove(
    work: &KeyWork<'_>,
    ring: &mut KeyRing,
    wanted: Option<KeyId>,
    force: bool,
    tell: &dyn Fn(&KeyNeeds),
) -> Result<KeyRemoval, KeyRingError> {
    let known = work.known().await?;
    let active = work.keyed.vault.active();
    let held: Vec<KeyId> = ring.ids().filter(|id| *id != active).collect();
    let id = match (wanted, &held[..]) {
        (Some(id), _) => id,
        (None, [id]) => *id,
        (None, []) => return Ok(KeyRemoval::Nothing),
        (None, _) => return Ok(KeyRemoval::Which(held)),
    };
    if id == active {
        return Ok(KeyRemoval::Active(id));
    }
    let mut members = 0;
    match known.iter().find(|key| key.id == id) {
        // It was never used, or its removal was not finished.
        None if ring.ids().any(|held| held == id) => {}
        None => return Ok(KeyRemoval::NoSuchKey(id)),
        Some(key) if key.removed_at.is_some() => {}
        Some(key) if key.retired_at.is_none() => return Ok(KeyRemoval::InRotation(id)),
        Some(_) => {
            let (_, unopened) = work.reseal_all(WaysThrough::UntilNothingIsLeft, &|_| {}).await?;
            let mut needs = needs(&work.keyed.store, &known, id, work.clock.now()).await?;
            // Whatever another key than the active one sealed and is still there did not open.
            needs.unopened = unopened;
            if !needs.is_empty() {
                if !force {
                    return Ok(KeyRemoval::Needed { id, needs });
                }
                tell(&needs);
            }
            members = needs.members();
            work.keyed.store.everywhere().remove_key(id, work.clock.now()).await?;
        }
    }
    // Nodes read it as removed from now on, whether or not their file still holds it.
    if ring.active() == id {
        ring.activate(active);
    }
    if ring.take_out(id) {
        ring.replace(work.path)?;
    }
    Ok(KeyRemoval::Removed { id, members })
}

/// How long values are sealed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WaysThrough {
    /// Each column is read once.
    One,
    /// Until a way through a column finds nothing.
    UntilNothingIsLeft,
}

impl KeyWork<'_> {
    async fn known(&self) -> Result<Vec<KnownKey>, KeyRingError> {
        Ok(self.keyed.store.everywhere().known_keys().await?)
    }

    /// Waits until every running node has followed; how many have not when patience is at its end.
    async fn wait_for_nodes(&self, has_followed: impl Fn(&NodeKeys) -> bool) -> Result<usize, KeyRingError> {
        let until = tokio::time::Instant::now() + self.patience;
        loop {
            let nodes = running_nodes(&self.keyed.store, self.clock.now()).await?;
            let left = nodes.iter().filter(|node| !has_followed(node)).count();
            if left == 0 || tokio::time::Instant::now() >= until {
                return Ok(left);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Seals anew whatever another key sealed: how many values, and which do not open.
    async fn reseal_all(
        &self,
        ways: WaysThrough,
        tell: &dyn Fn(RotationStep),
    ) -> Result<(u64, UnopenedValues), KeyRingError> {
        let (mut resealed, mut unopened) = (self.reseal_guard().await?, UnopenedValues::default());
        for column in SealedColumn::ALL {
            loop {
                let (done, closed) = self.reseal_column(column, resealed, tell).await?;
                resealed += done;
                if done == 0 || ways == WaysThrough::One {
                    unopened.add_all(closed);
                    break;
                }
            }
        }
        Ok((resealed, unopened))
    }

    /// Puts values in the place of what was seen. A sweep or a deed may hold the same rows in another order: then one of the
    /// two is ended by the database, and this one begins again.
    async fn replace(&self, values: &[(SealedValue, Vec<u8>)]) -> Result<u64, KeyRingError> {
        let mut left = TRIES;
        loop {
            match self.keyed.store.everywhere().reseal(values).await {
                Err(fault) if fault.is_contention() && left > 0 => left -= 1,
                done => return Ok(done?),
            }
            self.keyed.store.let_others_write().await;
        }
    }

    /// The one row of the counters' digests.
    async fn reseal_guard(&self) -> Result<u64, KeyRingError> {
        let (store, vault) = (&self.keyed.store, &self.keyed.vault);
        let Some(kept) = store.everywhere().sealed_key(GUARD).await? else { return Ok(0) };
        if vault::key_of(&kept) == Some(vault.active()) {
            return Ok(0);
        }
        let new = vault.seal(GUARD_PLACE, vault.open(GUARD_PLACE, &kept)?.expose_secret())?;
        store.everywhere().replace_sealed_key(GUARD, &kept, &new).await?;
        Ok(1)
    }

    /// One way through a column: how many values were sealed anew, and which do not open.
    async fn reseal_column(
        &self,
        column: SealedColumn,
        before: u64,
        tell: &dyn Fn(RotationStep),
    ) -> Result<(u64, UnopenedValues), KeyRingError> {
        let (store, vault) = (&self.keyed.store, &self.keyed.vault);
        let (mut behind, mut resealed) = ((String::new(), Uuid::nil()), 0);
        let mut unopened = UnopenedValues::default();
        loop {
            let at = (behind.0.as_str(), behind.1);
            let rows = store.everywhere().sealed_otherwise(column, at, Some(vault.active()), AT_ONCE).await?;
            let Some(last) = rows.last() else { return Ok((resealed, unopened)) };
            behind = (last.tenant.clone(), last.row);
            let mut values: Vec<(SealedValue, Vec<u8>)> = Vec::with_capacity(rows.len());
            let mut members = BTreeSet::new();
            for seen in rows {
                // One row of a member in each transaction: a deed holds rows of one member, in an order of its own. The
                // others come with the next way through.
                if members.contains(&seen.member) {
                    continue;
                }
                let place = SealContext { tenant: &seen.tenant, column, row: seen.row };
                match vault.open(place, &seen.sealed) {
                    Ok(value) => {
                        let new = vault.seal(place, value.expose_secret())?;
                        members.insert(seen.member);
                        values.push((seen, new));
                    }
                    Err(fault) => unopened.add(UnopenedValue::of(seen, &fault)),
                }
            }
            resealed += self.replace(&values).await?;
            tell(RotationStep::Resealed(before + resealed));
            store.let_others_write().await;
        }
    }
}
