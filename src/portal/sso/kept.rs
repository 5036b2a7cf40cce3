//! Kept: what services are answered by: the union's keys, opened once, the secrets of its services, and its issuer.
//!
//! # Decision
//! What was read is kept for [`KEPT`] by this node's memory while nothing that this node wrote since can have changed it
//! ([`crate::store::changes`]). Which key signs is asked anew of the rows each time: it changes at the instant that stands
//! in them.
//! # Because
//! Services ask for tokens and keys far more often than those change, and opening a private key costs more than signing
//! with it. A key or a secret that is withdrawn here is gone at once; on another node at most [`KEPT`] later.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use moka::sync::{Cache, CacheBuilder};

use super::keys::place;
use crate::{
    domain::{
        sso::{
            SigningAlgorithm,
            key::{self, KeyTimes, SigningState},
        },
        tenant::TenantSlug,
    },
    portal::{Fault, Portal},
    store::{
        self,
        changes::Moment,
        sso::{SecretRow, SsoKeyRow},
    },
    vault::{
        Vault,
        signing::{PublicKey, SigningKey},
    },
};

/// How long what was read is used again.
const KEPT: SignedDuration = SignedDuration::from_secs(1);
/// Bytes of all that is kept, about: room for some four thousand unions with a key each.
const BYTES: u64 = 16 << 20;
/// A union that no service asks about for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_mins(10);
/// What an opened key takes at most, in bytes: an RSA key of 4096 bits with what ring computes ahead.
const OPENED: usize = 3072;
/// What one secret takes.
const SECRET: usize = size_of::<SecretRow>() + 64;
/// What one union takes beside its keys and secrets, with the cache's own records.
const OVERHEAD: usize = size_of::<KeptUnion>() + 320;

struct KeptKey {
    row: SsoKeyRow,
    opened: OnceLock<Arc<SigningKey>>,
}

/// What services of a union are answered by, as of at most a second ago.
pub(in crate::portal) struct KeptUnion {
    keys: Vec<KeptKey>,
    times: Vec<KeyTimes>,
    /// The secrets of its services.
    pub secrets: Vec<SecretRow>,
    /// Its issuer, once a code was issued.
    pub issuer: Option<String>,
    at: Timestamp,
    moment: Moment,
}

impl fmt::Debug for KeptUnion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptUnion({} keys)", self.keys.len())
    }
}

impl KeptUnion {
    fn weight(&self) -> usize {
        let key = |key: &KeptKey| {
            size_of::<KeptKey>() + OPENED + key.row.public.len() + key.row.private.len() + key.row.kid.len()
        };
        OVERHEAD + self.keys.iter().map(key).sum::<usize>() + self.secrets.len() * SECRET
    }

    /// Each key and what it does now.
    fn states(&self, now: Timestamp) -> impl Iterator<Item = (&KeptKey, SigningState)> {
        self.keys.iter().map(move |key| (key, key::state(&key.row.times, &self.times, now)))
    }

    /// The keys that services are told of.
    pub fn published(&self, now: Timestamp) -> impl Iterator<Item = (SigningAlgorithm, PublicKey)> {
        let published = self.states(now).filter(|(_, state)| state.is_published());
        published.map(|(key, _)| (key.row.times.algorithm, PublicKey::kept(key.row.public.clone())))
    }

    /// The public part of a key of that name, while services are told of it, with the algorithm of its row.
    pub fn of_kid(&self, kid: &str, now: Timestamp) -> Option<(SigningAlgorithm, PublicKey)> {
        let mut states = self.states(now);
        let (key, _) = states.find(|(key, state)| key.row.kid == kid && state.is_published())?;
        Some((key.row.times.algorithm, PublicKey::kept(key.row.public.clone())))
    }

    /// The key that signs now by that algorithm. `None` where the union has none.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be opened.
    pub fn signing(
        &self,
        vault: &Vault,
        tenant: &TenantSlug,
        algorithm: SigningAlgorithm,
        now: Timestamp,
    ) -> Result<Option<Arc<SigningKey>>, Fault> {
        let mut states = self.states(now);
        let found =
            states.find(|(key, state)| *state == SigningState::Signs && key.row.times.algorithm == algorithm);
        let Some((key, _)) = found else { return Ok(None) };
        if let Some(opened) = key.opened.get() {
            return Ok(Some(opened.clone()));
        }
        let private = vault.open(place(tenant, key.row.id), &key.row.private)?;
        let opened = Arc::new(SigningKey::opened(algorithm, &private)?);
        Ok(Some(key.opened.get_or_init(|| opened).clone()))
    }
}

/// What this node keeps of unions.
pub(in crate::portal) struct KeptUnions(Cache<TenantSlug, Arc<KeptUnion>>);

impl fmt::Debug for KeptUnions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptUnions")
    }
}

impl Default for KeptUnions {
    fn default() -> Self {
        Self(bounded().time_to_idle(FORGOTTEN).build())
    }
}

/// The memory's bound by size, apart from its bound by time: how much is kept must not depend on how fast a machine is.
fn bounded() -> CacheBuilder<TenantSlug, Arc<KeptUnion>, Cache<TenantSlug, Arc<KeptUnion>>> {
    let size = |_: &TenantSlug, union: &Arc<KeptUnion>| u32::try_from(union.weight()).unwrap_or(u32::MAX);
    Cache::builder().max_capacity(BYTES).weigher(size)
}

impl Portal {
    /// What services of that union are answered by.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub(super) async fn sso_union(&self, tenant: &TenantSlug) -> Result<Arc<KeptUnion>, Fault> {
        let now = self.clock.now();
        let former = self.sso_unions.0.get(tenant);
        let holds = |kept: &Arc<KeptUnion>| {
            let age = now.duration_since(kept.at);
            // A clock that was set back makes nothing new.
            !age.is_negative() && age < KEPT && self.store.changes().none_of_union_since(kept.moment, tenant)
        };
        if let Some(kept) = former.clone().filter(holds) {
            return Ok(kept);
        }
        let moment = self.store.changes().moment();
        let mut tx = self.store.tenant(tenant).read().await?;
        let keys = store::sso::keys(&mut tx).await?;
        let secrets = store::sso::secrets(&mut tx).await?;
        let issuer = store::sso::codes::issuer(&mut tx).await?;
        drop(tx);
        let times = keys.iter().map(|key| key.times).collect();
        let opened_before = |row: &SsoKeyRow| {
            let former = former.as_ref()?;
            let same =
                former.keys.iter().find(|key| key.row.id == row.id && key.row.private == row.private)?;
            same.opened.get().cloned()
        };
        let keys = keys.into_iter().map(|row| {
            let opened = opened_before(&row).map_or_else(OnceLock::new, OnceLock::from);
            KeptKey { row, opened }
        });
        let read = KeptUnion { keys: keys.collect(), times, secrets, issuer, at: now, moment };
        let read = Arc::new(read);
        self.sso_unions.0.insert(tenant.clone(), read.clone());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::member::SsoKeyId, store::changes::Changes};

    #[test]
    fn however_many_unions_are_asked_about_the_memory_is_bounded() {
        let unions = KeptUnions(bounded().build());
        let at = Timestamp::UNIX_EPOCH;
        let row = |algorithm| SsoKeyRow {
            id: SsoKeyId::kept(uuid::Uuid::nil()),
            kid: "k".repeat(43),
            times: KeyTimes { algorithm, place: 1, signs_from: at, gone_at: None },
            public: "p".repeat(140),
            private: vec![0; 200],
            created_at: at,
        };
        let moment = Changes::default().moment();
        for n in 0..20_000 {
            let keys = vec![KeptKey { row: row(SigningAlgorithm::Es256), opened: OnceLock::new() }];
            let (times, secrets) = (Vec::new(), Vec::new());
            let union = KeptUnion { keys, times, secrets, issuer: None, at, moment };
            unions.0.insert(TenantSlug::parse(&format!("union{n}")).unwrap(), Arc::new(union));
        }
        unions.0.run_pending_tasks();
        assert!(unions.0.weighted_size() <= BYTES);
        assert!(unions.0.entry_count() > 3000, "{}", unions.0.entry_count());
    }
}
