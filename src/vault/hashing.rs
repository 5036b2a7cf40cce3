//! Hashing: passwords are hashed and compared, each under a permit.

use argon2::Params;
use subtle::ConstantTimeEq as _;

use super::{
    Cost, ExpectedPassword, HASH, HashAsker, Permit, SALT, Vault, VaultError, VaultResult,
    kept_hash::KeptHash, watch_memory,
};
use crate::{
    domain::{first_credential, password::Password},
    metrics::page::HashQueueState,
    world::random_bytes,
};

impl Vault {
    /// Hashes a new password.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when no permit came free in time, [`VaultError::NoRandomness`], or
    /// [`VaultError::Hashing`] when the task died.
    pub async fn hash(&self, asker: HashAsker, password: &Password) -> VaultResult<String> {
        let salt: [u8; SALT] = random_bytes(self.inner.rng.as_ref())?;
        let (key, params, salt) = (self.active(), params(self.inner.cost)?, salt.to_vec());
        let permit = self.permit(asker).await?;
        let hash = KeptHash { key, params: params.clone(), salt: salt.clone(), hash: Vec::new() };
        let hash = self.argon2(permit, hash, password.expose()).await?;
        KeptHash { key, params, salt, hash }.written()
    }

    /// Whether the typed password is the right one. Every call costs exactly one argon2, whatever it is compared
    /// with and however it ends, so that kinds of credential cannot be told apart by time (D3). `None` stands
    /// for a text too long to be a password.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when no permit came free in time, else what [`Vault::verify_with`] says.
    pub async fn verify(
        &self,
        asker: HashAsker,
        expected: &ExpectedPassword,
        typed: Option<&Password>,
    ) -> VaultResult<bool> {
        self.verify_with(self.permit(asker).await?, expected, typed).await
    }

    /// [`Vault::verify`] with a permit that was waited for before.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] for a kept hash whose key is not held here, [`VaultError::Hashing`] when the task died. A
    /// wrong password is no error, and neither is a kept hash that is damaged: nothing is right for it (DD6).
    pub async fn verify_with(
        &self,
        permit: Permit,
        expected: &ExpectedPassword,
        typed: Option<&Password>,
    ) -> VaultResult<bool> {
        let keys = self.keys();
        // Nothing is right any more under a key that was given up, nor for a hash that is damaged: the member is told what
        // a wrong password is told, at the same cost, and sets a new one.
        let own = match expected {
            ExpectedPassword::Own(hash) => {
                KeptHash::read(hash).ok().filter(|kept| !keys.removed.contains(&kept.key))
            }
            _ => None,
        };
        let is_compared = own.is_some();
        let kept = match own {
            Some(kept) => kept,
            None => KeptHash::read(&keys.dummy)?,
        };
        let right = kept.hash.clone();
        let out = self.argon2(permit, kept, typed.map_or("", Password::expose)).await?;
        let Some(typed) = typed.map(Password::expose) else { return Ok(false) };
        Ok(match expected {
            ExpectedPassword::Own(_) => bool::from(right.ct_eq(&out)) && is_compared,
            ExpectedPassword::Printed(member, digest) => {
                self.is_first(*member, &first_credential::printed(typed), digest)
            }
            ExpectedPassword::Generated(member, digest) => {
                self.is_first(*member, &first_credential::generated(typed), digest)
            }
            ExpectedPassword::Derived(right) => {
                let typed = first_credential::derived(typed);
                let same = |right: &String| {
                    let right = first_credential::derived(right);
                    typed.as_bytes().ct_eq(right.as_bytes())
                };
                bool::from(right.iter().map(same).fold(subtle::Choice::from(0), |any, one| any | one))
            }
            ExpectedPassword::Nothing => false,
        })
    }

    /// Whether a kept hash was made with other parameters or another key than new ones are.
    pub fn is_outdated(&self, hash: &str) -> bool {
        KeptHash::read(hash).map_or(true, |read| {
            params(self.inner.cost).is_ok_and(|now| {
                read.key != self.active()
                    || read.params.m_cost() != now.m_cost()
                    || read.params.t_cost() != now.t_cost()
                    || read.params.p_cost() != now.p_cost()
            })
        })
    }

    /// Whether the key that a kept hash was made with is held here: without it nothing is compared with the hash any
    /// more. Of what is no such hash nothing is said.
    pub fn has_key_of(&self, hash: &str) -> bool {
        KeptHash::read(hash).map_or(true, |read| self.held().contains(&read.key))
    }

    /// Whether the queue has a place for that asker: asked before anything is done for a request that would end there. Takes
    /// none.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when there is none.
    pub fn has_room(&self, asker: HashAsker) -> VaultResult<()> {
        self.inner.queue.has_room(asker)
    }

    /// Waits for a permit, a second at most.
    ///
    /// # Errors
    /// [`VaultError::Busy`] when there is no place for that asker, or when no permit came free in time.
    pub async fn permit(&self, asker: HashAsker) -> VaultResult<Permit> {
        self.inner.queue.permit(asker).await
    }

    /// How long the queue is now, and what it has counted.
    pub fn queue(&self) -> HashQueueState {
        self.inner.queue.state()
    }

    async fn argon2(&self, permit: Permit, kept: KeptHash, typed: &str) -> VaultResult<Vec<u8>> {
        let keys = self.keys();
        self.noticed(keys.of(kept.key).map(drop))?;
        let vault = self.inner.clone();
        let typed = zeroize::Zeroizing::new(typed.as_bytes().to_vec());
        tokio::task::spawn_blocking(move || {
            let result = vault.argon2_now(&keys, &kept, &typed);
            drop(permit);
            if vault.memory.wants_watching() {
                tokio::spawn(watch_memory(vault));
            }
            result
        })
        .await
        .map_err(|fault| VaultError::Hashing(fault.to_string()))?
    }
}

pub(super) fn params(cost: Cost) -> VaultResult<Params> {
    Params::new(cost.memory_kib, cost.iterations, cost.lanes, Some(HASH))
        .map_err(|e| VaultError::Hashing(e.to_string()))
}
