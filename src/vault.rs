//! Vault: argon2 behind permits, sealing, digests. Whatever needs a server key happens here.
//!
//! # Decision
//! A fixed number of hashing permits, with memory that is used again while people sign in; a queue that is as long as what it
//! holds is done within a second; beyond it, "come back", at once.
//! # Because
//! Hashing is the one expensive thing a stranger can ask for. The permit moves into the blocking task, so that a
//! browser that hangs up does not free it while the work goes on. Whoever waits longer than a person does has given up
//! before the answer comes, and the work for them keeps the next one waiting.
//! # Instead of
//! Hashing in the request's own task, allocating 19 MiB anew for each of many sign-ins, or a queue without an end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use argon2::{Algorithm, Argon2, Version};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

mod guard;
mod hashing;
mod kept_hash;
mod memory;
pub mod queue;
pub mod ring;
pub mod signing;

use hashing::params;
pub use kept_hash::KEPT_HASH;
use kept_hash::KeptHash;
pub use queue::{HashAsker, Permit};
pub use ring::{KeyId, KeyRing, RingFault, RingFlaw};

use memory::Memory;
use queue::PermitQueue;
use tokio::sync::Notify;

pub use crate::domain::sealed::SealedColumn;

use crate::{
    domain::{
        login_id::LoginId,
        member::{MemberId, OneTimeId},
        one_time,
    },
    world::{RandomError, RandomSource, random_bytes},
};

/// Why the vault could not do something.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The queue before the permits is full, or no permit came free for as long as a request may wait.
    #[error("password hashing is busy")]
    Busy,
    /// The hashing task ended in a panic.
    #[error("password hashing failed: {0}")]
    Hashing(String),
    /// A kept hash is not in this program's form.
    #[error("a kept password hash cannot be read")]
    MalformedHash,
    /// A sealed value does not open: wrong key, moved from its row, or damaged.
    #[error("a sealed value does not open")]
    Sealed,
    /// Data names a key that the ring does not hold.
    #[error("key {0} is not in the key ring")]
    UnknownKey(KeyId),
    /// A key that signs cannot be read, or could not sign.
    #[error("a signing key cannot be used")]
    Signing,
    /// The operating system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] RandomError),
}

impl VaultError {
    /// Whether coming back in a moment may help (M16). A key that is not held here yet is looked for at once.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::NoRandomness(_) | Self::UnknownKey(_) => true,
            Self::Hashing(_) | Self::MalformedHash | Self::Sealed | Self::Signing => false,
        }
    }
}

/// The result of anything in this room.
pub type VaultResult<T, E = VaultError> = std::result::Result<T, E>;

/// The cost parameters of a hash (Argon2id, RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// How often the memory is passed over.
    pub iterations: u32,
    /// The number of lanes (RFC 9106, 3.1).
    pub lanes: u32,
}

/// Bytes of salt and of hash.
const SALT: usize = 16;
const HASH: usize = 32;

/// A token on its way to a member: 256 bits. The store keeps its digest only.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// Reads a cookie's value; `None` for anything that is not a token's shape.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == 32).then(|| Self(SecretString::from(text.to_owned())))
    }

    /// The value, for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The digest, for the store.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.expose().as_bytes()).to_vec()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Where a sealed value belongs. It opens nowhere else (M17).
#[derive(Debug, Clone, Copy)]
pub struct SealContext<'a> {
    /// The slug of the union whose value it is.
    pub tenant: &'a str,
    /// Table and column of the value.
    pub column: SealedColumn,
    /// The id of the row.
    pub row: uuid::Uuid,
}

impl SealContext<'_> {
    fn associated_data(&self) -> Vec<u8> {
        format!("{}|{}|{}", self.tenant, self.column.word(), self.row).into_bytes()
    }
}

/// What a typed password is compared with.
#[derive(Debug, PartialEq, Eq)]
pub enum ExpectedPassword {
    /// A hash of the member's own password.
    Own(String),
    /// The digest of a printed first password.
    Printed(MemberId, Vec<u8>),
    /// The digest of a generated first password.
    Generated(MemberId, Vec<u8>),
    /// The derived first passwords of the roster.
    Derived([String; 2]),
    /// Nothing can be right: no such member, or no credential that lives.
    Nothing,
}

/// One key's parts, each for one purpose.
struct KeyParts {
    pepper: SecretSlice<u8>,
    first: SecretSlice<u8>,
    guard: SecretSlice<u8>,
    code: SecretSlice<u8>,
    seal: XChaCha20Poly1305,
    /// What only this key gives, and nothing can be drawn from: the database keeps it (D36).
    check: Vec<u8>,
}

impl fmt::Debug for KeyParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length; the error type exists for other MACs.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

impl KeyParts {
    /// The parts of a key of the ring; what the counters' digests are made with may be given instead.
    fn derive(key: &[u8], guard: Option<&SecretSlice<u8>>) -> Self {
        let part = |purpose: &str| SecretSlice::from(mac(key, &[b"kenpo-portal", purpose.as_bytes()]));
        let seal = part("seal");
        let array: [u8; 32] = <[u8; 32]>::try_from(seal.expose_secret()).unwrap_or_default();
        Self {
            pepper: part("password pepper"),
            first: part("first credential"),
            guard: guard.cloned().unwrap_or_else(|| part("guard subject")),
            code: part("one-time code"),
            seal: XChaCha20Poly1305::new(&array.into()),
            check: part("check value").expose_secret().to_vec(),
        }
    }
}

/// The vault. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault {
    inner: Arc<VaultInner>,
}

struct VaultInner {
    keys: RwLock<Arc<KeysInUse>>,
    cost: Cost,
    queue: PermitQueue,
    memory: Memory,
    rng: Arc<dyn RandomSource>,
    /// Told when something names a key that is not in use here: it may have come to the ring a moment ago.
    unknown: Notify,
}

impl fmt::Debug for VaultInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// The keys in use, replaced as a whole.
struct KeysInUse {
    active: KeyId,
    keys: BTreeMap<KeyId, KeyParts>,
    /// Keys that were given up: nothing opens with them, also while the ring's file still holds them.
    removed: BTreeSet<KeyId>,
    /// What the digests of the counters are made with; no rotation changes it.
    guard: SecretSlice<u8>,
    /// A kept hash that no password has, under the active key.
    dummy: String,
}

impl KeysInUse {
    fn of(&self, id: KeyId) -> VaultResult<&KeyParts> {
        self.keys.get(&id).ok_or(VaultError::UnknownKey(id))
    }
}

impl KeyRing {
    /// What only that key of the ring gives; `None` where the ring does not hold it.
    pub(crate) fn check_value(&self, id: KeyId) -> Option<Vec<u8>> {
        self.keys().find(|(held, _)| *held == id).map(|(_, key)| KeyParts::derive(key, None).check)
    }

    /// What an installation that has no key of its own for the counters' digests makes them with.
    pub(crate) fn first_guard(&self) -> SecretSlice<u8> {
        let active = self.keys().find(|(held, _)| *held == self.active());
        active.map(|(_, key)| KeyParts::derive(key, None).guard).unwrap_or_default()
    }
}

impl Vault {
    /// A vault over the ring's keys, hashing at `cost`, at most `permits` at once: as many as there are cores.
    ///
    /// Only [`crate::portal::keys::KeyedStore`] asks for one: after it, the keys have been compared with a database.
    pub(crate) fn new(
        key_ring: &KeyRing,
        cost: Cost,
        permits: usize,
        rng: Arc<dyn RandomSource>,
    ) -> VaultResult<Self> {
        let (active, guard) = (key_ring.active(), key_ring.first_guard());
        let keys = in_use(key_ring, active, BTreeSet::new(), guard, cost, rng.as_ref())?;
        Ok(Self {
            inner: Arc::new(VaultInner {
                keys: RwLock::new(Arc::new(keys)),
                cost,
                queue: PermitQueue::new(permits, cost),
                memory: Memory::default(),
                rng,
                unknown: Notify::new(),
            }),
        })
    }

    /// Takes a ring's keys into use in the place of those before: which one is for new data, which ones were removed, and,
    /// where it is not to stay as it is, what the counters' digests are made with. What is being hashed or opened just now goes on with the
    /// ones it began with.
    ///
    /// Only [`crate::portal::keys`] asks for it, after the ring has been compared with the database.
    pub(crate) fn take_over(
        &self,
        key_ring: &KeyRing,
        active: KeyId,
        removed: BTreeSet<KeyId>,
        guard: Option<SecretSlice<u8>>,
    ) -> VaultResult<()> {
        let guard = guard.unwrap_or_else(|| self.keys().guard.clone());
        let keys = in_use(key_ring, active, removed, guard, self.inner.cost, self.inner.rng.as_ref())?;
        *self.inner.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    fn keys(&self) -> Arc<KeysInUse> {
        self.inner.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of the key for new data.
    pub fn active(&self) -> KeyId {
        self.keys().active
    }

    /// The numbers of the keys in use.
    pub fn held(&self) -> Vec<KeyId> {
        self.keys().keys.keys().copied().collect()
    }

    /// The numbers of keys that were given up.
    pub(crate) fn removed(&self) -> BTreeSet<KeyId> {
        self.keys().removed.clone()
    }

    /// Waits until something names a key that is not in use here.
    pub async fn meets_unknown_key(&self) {
        self.inner.unknown.notified().await;
    }

    /// Has whoever re-reads the ring do so now.
    fn noticed<T>(&self, result: VaultResult<T>) -> VaultResult<T> {
        if let Err(VaultError::UnknownKey(_)) = result {
            self.inner.unknown.notify_one();
        }
        result
    }

    /// What only that key of the ring gives; `None` where it is not in use.
    pub fn check_value(&self, id: KeyId) -> Option<Vec<u8>> {
        self.keys().keys.get(&id).map(|keys| keys.check.clone())
    }

    /// A new token of 256 random bits.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`] when the operating system gives no random bytes.
    pub fn token(&self) -> VaultResult<Token> {
        let bytes: [u8; 32] = random_bytes(self.inner.rng.as_ref())?;
        Ok(Token(SecretString::from(BASE64URL_NOPAD.encode(&bytes))))
    }

    /// The keyed digest of a first password, in the spelling of its kind.
    pub fn first_digest(&self, member: MemberId, normalised: &str) -> Vec<u8> {
        self.with_active(|keys| {
            mac(keys.first.expose_secret(), &[member.uuid().as_bytes(), normalised.as_bytes()])
        })
    }

    fn is_first(&self, member: MemberId, normalised: &str, digest: &[u8]) -> bool {
        self.keys().keys.values().any(|keys| {
            let made = mac(keys.first.expose_secret(), &[member.uuid().as_bytes(), normalised.as_bytes()]);
            bool::from(made.ct_eq(digest))
        })
    }

    /// The keyed digest of a one-time code: six digits would be found by trying them all, without the key (E10).
    pub fn code_digest(&self, purpose: one_time::OneTimePurpose, id: OneTimeId, code: &str) -> Vec<u8> {
        let row = id.uuid();
        let parts = [purpose.as_str().as_bytes(), row.as_bytes(), code.as_bytes()];
        self.with_active(|keys| mac(keys.code.expose_secret(), &parts))
    }

    /// Whether this is the code, whichever key of the ring it was kept under.
    pub fn is_code(
        &self,
        purpose: one_time::OneTimePurpose,
        id: OneTimeId,
        code: &str,
        digest: &[u8],
    ) -> bool {
        let row = id.uuid();
        let parts = [purpose.as_str().as_bytes(), row.as_bytes(), code.as_bytes()];
        self.keys().keys.values().any(|keys| bool::from(mac(keys.code.expose_secret(), &parts).ct_eq(digest)))
    }

    /// A typed user ID as the audit trail may hold it: the same ID gives the same mark, the mark gives no ID.
    pub fn mark(&self, login: &LoginId) -> String {
        HEXLOWER.encode(self.guard_subject_login(login).get(..8).unwrap_or_default())
    }

    fn with_active<T: Default>(&self, with: impl FnOnce(&KeyParts) -> T) -> T {
        // A ring without its active key is refused.
        let keys = self.keys();
        keys.keys.get(&keys.active).map(with).unwrap_or_default()
    }

    /// Seals a value for one place.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`] when the operating system gives no random bytes.
    pub fn seal(&self, place: SealContext<'_>, value: &[u8]) -> VaultResult<Vec<u8>> {
        let nonce: [u8; 24] = random_bytes(self.inner.rng.as_ref())?;
        let keys = self.keys();
        let payload = Payload { msg: value, aad: &place.associated_data() };
        let sealed = keys
            .of(keys.active)?
            .seal
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| VaultError::Sealed)?;
        let mut out = Vec::with_capacity(1 + 4 + 24 + sealed.len());
        out.push(1);
        out.extend_from_slice(&keys.active.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens a value in its place. [`key_of`] says which key it needs.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] for a value of another place or one that is damaged, [`VaultError::UnknownKey`] when
    /// the ring lacks its key.
    pub fn open(&self, place: SealContext<'_>, sealed: &[u8]) -> VaultResult<SecretSlice<u8>> {
        let (head, body) = sealed.split_at_checked(29).ok_or(VaultError::Sealed)?;
        let (version, key, nonce) = match head {
            [version, a, b, c, d, nonce @ ..] => (*version, KeyId::from_be_bytes([*a, *b, *c, *d]), nonce),
            _ => return Err(VaultError::Sealed),
        };
        let nonce = <[u8; 24]>::try_from(nonce).map_err(|_| VaultError::Sealed)?;
        if version != 1 {
            return Err(VaultError::Sealed);
        }
        let keys = self.keys();
        let payload = Payload { msg: body, aad: &place.associated_data() };
        let value = self
            .noticed(keys.of(key))?
            .seal
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| VaultError::Sealed)?;
        Ok(SecretSlice::from(value))
    }

    /// The random source this vault was made with.
    pub fn rng(&self) -> &dyn RandomSource {
        self.inner.rng.as_ref()
    }
}

/// Gives memory back that nobody hashes in any more.
async fn watch_memory(vault: Arc<VaultInner>) {
    loop {
        tokio::time::sleep(memory::QUIET).await;
        if vault.memory.shrink() {
            return;
        }
    }
}

impl VaultInner {
    fn argon2_now(&self, keys: &KeysInUse, kept: &KeptHash, typed: &[u8]) -> VaultResult<Vec<u8>> {
        let failed = |fault: argon2::Error| VaultError::Hashing(fault.to_string());
        let keys = keys.of(kept.key)?;
        let argon2 = Argon2::new_with_secret(
            keys.pepper.expose_secret(),
            Algorithm::Argon2id,
            Version::V0x13,
            kept.params.clone(),
        )
        .map_err(failed)?;
        let mut memory = self.memory.take(kept.params.block_count());
        let mut out = vec![0; HASH];
        let done = argon2.hash_password_into_with_memory(typed, &kept.salt, &mut out, &mut memory);
        self.memory.give_back(memory, kept.params.t_cost());
        done.map_err(failed)?;
        Ok(out)
    }
}

/// A ring's keys, as they are to be used with one database.
fn in_use(
    key_ring: &KeyRing,
    active: KeyId,
    removed: BTreeSet<KeyId>,
    guard: SecretSlice<u8>,
    cost: Cost,
    rng: &dyn RandomSource,
) -> VaultResult<KeysInUse> {
    let held = key_ring.keys().filter(|(id, _)| !removed.contains(id));
    let keys: BTreeMap<_, _> = held.map(|(id, key)| (id, KeyParts::derive(key, Some(&guard)))).collect();
    if !keys.contains_key(&active) {
        return Err(VaultError::UnknownKey(active));
    }
    let salt: [u8; SALT] = random_bytes(rng)?;
    let other: [u8; HASH] = random_bytes(rng)?;
    let dummy = KeptHash { key: active, params: params(cost)?, salt: salt.to_vec(), hash: other.to_vec() };
    Ok(KeysInUse { active, keys, removed, guard, dummy: dummy.written()? })
}

/// The number of the key a value was sealed with.
pub fn key_of(sealed: &[u8]) -> Option<KeyId> {
    match sealed {
        [1, a, b, c, d, ..] => Some(KeyId::from_be_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

/// What stands in every kept hash of that key, and in no other.
pub fn mark_of_key(id: KeyId) -> String {
    format!(",keyid={}$", data_encoding::BASE64_NOPAD.encode(&id.to_be_bytes()))
}

#[cfg(test)]
mod tests;
