//! Report: where each key of the ring stands, and what still needs it (D36). Reading only; [`super::rotation`] changes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{KeyRingError, running_nodes};
use crate::{
    store::{
        Store,
        everywhere::{
            KnownKey, SealedValue,
            keys::{MadeBetween, NodeKeys},
        },
    },
    vault::{self, KeyId, KeyRing, SealedColumn},
};

/// How far clocks, and the end of what was under way, may lie apart from the moment a key was retired.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// How many values that do not open are named.
const UNOPENED_NAMED: usize = 20;

/// A sealed value that does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnopenedValue {
    /// The union it belongs to.
    pub tenant: String,
    /// Its table and column.
    pub column: SealedColumn,
    /// The id of its row.
    pub row: Uuid,
    /// The key it names, where the ring does not hold that one; else it is damaged, or was moved there from another row.
    pub unknown: Option<KeyId>,
}

impl UnopenedValue {
    pub(super) fn of(value: SealedValue, fault: &vault::VaultError) -> Self {
        let unknown = match fault {
            vault::VaultError::UnknownKey(id) => Some(*id),
            _ => None,
        };
        Self { tenant: value.tenant, column: value.column, row: value.row, unknown }
    }
}

/// Sealed values that do not open: how many, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnopenedValues {
    /// How many there are.
    pub count: u64,
    /// The first twenty.
    pub first: Vec<UnopenedValue>,
}

impl UnopenedValues {
    pub(super) fn add(&mut self, value: UnopenedValue) {
        self.count += 1;
        if self.first.len() < UNOPENED_NAMED {
            self.first.push(value);
        }
    }

    pub(super) fn add_all(&mut self, others: Self) {
        self.count += others.count;
        let room = UNOPENED_NAMED.saturating_sub(self.first.len());
        self.first.extend(others.first.into_iter().take(room));
    }
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStage {
    /// In the file, and not used yet.
    Waiting,
    /// The key for new data.
    Active,
    /// Another one is the key for new data, and the rotation to it has not ended.
    InRotation,
    /// Not used for new data since then.
    Retired(Timestamp),
    /// Removed then: nothing opens with it.
    Removed(Timestamp),
}

/// What still needs a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyNeeds {
    /// Sealed values, by column.
    pub sealed: BTreeMap<SealedColumn, u32>,
    /// Members' own passwords.
    pub passwords: u32,
    /// First passwords that still live.
    pub first_passwords: u32,
    /// Mailed codes and codes of the desk that still live.
    pub codes: u32,
    /// Sealed values that no key of the ring opens. Known only while a key is being removed.
    pub unopened: UnopenedValues,
}

impl KeyNeeds {
    /// Whether nothing needs the key.
    pub fn is_empty(&self) -> bool {
        self.sealed.is_empty() && self.members() == 0 && self.codes == 0
    }

    /// How many members could not sign in without it until they have a new password.
    pub fn members(&self) -> u32 {
        self.passwords.saturating_add(self.first_passwords)
    }
}

/// One key, as `keys status` tells it.
#[derive(Debug, Clone)]
pub struct KeyState {
    /// Its number.
    pub id: KeyId,
    /// Whether the ring's file holds it.
    pub in_file: bool,
    /// Since when it is, or was, used for new data.
    pub since: Option<Timestamp>,
    /// How far it has come, from the file to its removal.
    pub stage: KeyStage,
    /// What still needs it.
    pub needs: KeyNeeds,
}

/// All keys and nodes.
#[derive(Debug)]
pub struct KeyReport {
    /// The keys, in the order in which they came.
    pub keys: Vec<KeyState>,
    /// The nodes that run.
    pub nodes: Vec<NodeKeys>,
}

/// What `keys status` tells. Changes nothing.
///
/// # Errors
/// [`KeyRingError::Broken`] when the database fails.
pub async fn report(store: &Store, ring: &KeyRing, now: Timestamp) -> Result<KeyReport, KeyRingError> {
    let known = store.everywhere().known_keys().await?;
    let newest = known.iter().rfind(|key| key.removed_at.is_none()).map_or(ring.active(), |key| key.id);
    let mut keys = Vec::new();
    for key in &known {
        let stage = match (key.removed_at, key.retired_at) {
            (Some(at), _) => KeyStage::Removed(at),
            (None, _) if key.id == newest => KeyStage::Active,
            (None, Some(at)) => KeyStage::Retired(at),
            (None, None) => KeyStage::InRotation,
        };
        let needs = needs(store, &known, key.id, now).await?;
        let in_file = ring.ids().any(|id| id == key.id);
        keys.push(KeyState { id: key.id, in_file, since: Some(key.since), stage, needs });
    }
    let new = ring.ids().filter(|id| known.iter().all(|key| key.id != *id));
    keys.extend(new.map(|id| KeyState {
        id,
        in_file: true,
        since: None,
        // A database that knows no key was not used yet: the file's word counts.
        stage: if known.is_empty() && id == ring.active() { KeyStage::Active } else { KeyStage::Waiting },
        needs: KeyNeeds::default(),
    }));
    let nodes = running_nodes(store, now).await?;
    Ok(KeyReport { keys, nodes })
}

/// What needs one of the keys. Digests do not say which key made them: what may have been made under it counts.
pub(super) async fn needs(
    store: &Store,
    known: &[KnownKey],
    id: KeyId,
    now: Timestamp,
) -> Result<KeyNeeds, KeyRingError> {
    let Some(key) = known.iter().find(|key| key.id == id && key.removed_at.is_none()) else {
        return Ok(KeyNeeds::default());
    };
    let everywhere = store.everywhere();
    let mut sealed = BTreeMap::new();
    for (word, number, count) in everywhere.sealed_by_key(now).await? {
        if let Some(column) = SealedColumn::parse(&word)
            && number == id.to_be_bytes()
        {
            sealed.insert(column, count);
        }
    }
    // The first keys that were noted made what is older than the notes.
    let first = known.first().map_or(key.since, |first| first.since);
    let is_first = key.since.duration_since(first) <= SLACK;
    let before = |at: Timestamp| at.checked_sub(SLACK).unwrap_or(at);
    let after = |at: Timestamp| at.checked_add(SLACK).unwrap_or(at);
    let made = MadeBetween {
        from: if is_first { Timestamp::UNIX_EPOCH } else { before(key.since) },
        to: after(key.retired_at.unwrap_or(now)),
    };
    Ok(KeyNeeds {
        sealed,
        passwords: everywhere.passwords_with(&vault::mark_of_key(id)).await?,
        first_passwords: everywhere.first_passwords_made(made, now).await?,
        codes: everywhere.codes_made(made, now).await?,
        unopened: UnopenedValues::default(),
    })
}
