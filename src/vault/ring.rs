//! Key ring: the server's secret keys, in a file of their own with mode 0600.
//!
//! The file is TOML: `active` names the key for new data, `[keys]` holds every key that data may still need.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

use data_encoding::BASE64;
use secrecy::{ExposeSecret as _, SecretSlice};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::world::{RandomError, RandomSource, plain_file, random_bytes};

/// The number of a key in the ring; stands in everything made with it.
pub type KeyId = u32;

/// Server keys by number.
#[derive(Debug)]
pub struct KeyRing {
    active: KeyId,
    keys: BTreeMap<KeyId, SecretSlice<u8>>,
}

/// Why a key ring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RingFault {
    /// The file could not be read or written.
    #[error("key ring {path}: {source}")]
    Io {
        /// The path of the key ring's file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no such file.
    #[error("key ring {path} is not there")]
    Missing {
        /// The path of the key ring's file.
        path: PathBuf,
    },
    /// Others can read the file.
    #[error("key ring {path} can be read by others (mode {mode:o}). Fix: chmod 600 {path}")]
    TooOpen {
        /// The path of the key ring's file.
        path: PathBuf,
        /// The permission bits of the file.
        mode: u32,
    },
    /// The file's text is not a key ring.
    #[error("key ring {path}: {flaw}")]
    Malformed {
        /// The path of the key ring's file.
        path: PathBuf,
        /// What is wrong with the text.
        flaw: RingFlaw,
    },
    /// The file exists already.
    #[error("{path} exists; a key ring is never overwritten, because data sealed with it would be lost")]
    Exists {
        /// The path of the key ring's file.
        path: PathBuf,
    },
    /// The operating system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] RandomError),
}

/// What is wrong with a ring's text. Quotes none of its keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RingFlaw {
    /// No TOML with `active` and `[keys]`.
    #[error("it is no TOML with active and [keys]")]
    NotARing,
    /// The name of a key is no number.
    #[error("key name {0:?} is no number")]
    NotANumber(String),
    /// A key is not written in base64.
    #[error("key {0} is not base64")]
    NotBase64(KeyId),
    /// A key is too short or too long.
    #[error("key {id} has {bytes} bytes instead of {wanted}")]
    Length {
        /// The number of the key.
        id: KeyId,
        /// How many bytes it has.
        bytes: usize,
        /// How many a key has.
        wanted: usize,
    },
    /// The key for new data is not among the keys.
    #[error("the active key {0} is not among the keys")]
    NoActiveKey(KeyId),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RingFile {
    active: KeyId,
    keys: BTreeMap<String, String>,
}

const KEY_BYTES: usize = 32;
/// Bytes of the largest ring that is read.
const LARGEST: u64 = 1 << 20;

impl KeyRing {
    /// A ring with one fresh key. Its number is random as well, so that two rings are told apart by it.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn fresh(rng: &dyn RandomSource) -> Result<Self, RandomError> {
        let key: [u8; KEY_BYTES] = random_bytes(rng)?;
        let digest = Sha256::new().chain_update(b"kenpo-portal key number").chain_update(key).finalize();
        let number = digest.first_chunk::<4>().map_or(1, |bytes| KeyId::from_be_bytes(*bytes).max(1));
        Ok(Self { active: number, keys: BTreeMap::from([(number, SecretSlice::from(key.to_vec()))]) })
    }

    /// Reads a ring; refuses a file that others can read (M10).
    ///
    /// # Errors
    /// [`RingFault`] when the file is not there, can be read by others, or is no key ring.
    pub fn read(path: &Path) -> Result<Self, RingFault> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => RingFault::Missing { path: path.to_owned() },
            _ => RingFault::Io { path: path.to_owned(), source },
        };
        let malformed = |flaw| RingFault::Malformed { path: path.to_owned(), flaw };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(RingFault::TooOpen { path: path.to_owned(), mode });
            }
        }
        let text = zeroize::Zeroizing::new(plain_file::read_text(path, LARGEST).map_err(io)?);
        // The parser's own message would quote the line, and the line is a key.
        let file: RingFile = toml::from_str(&text).map_err(|_| malformed(RingFlaw::NotARing))?;
        let mut keys = BTreeMap::new();
        for (number, text) in &file.keys {
            let id = number.parse().map_err(|_| malformed(RingFlaw::NotANumber(number.clone())))?;
            let bytes = BASE64.decode(text.as_bytes()).map_err(|_| malformed(RingFlaw::NotBase64(id)))?;
            if bytes.len() != KEY_BYTES {
                return Err(malformed(RingFlaw::Length { id, bytes: bytes.len(), wanted: KEY_BYTES }));
            }
            keys.insert(id, SecretSlice::from(bytes));
        }
        if !keys.contains_key(&file.active) {
            return Err(malformed(RingFlaw::NoActiveKey(file.active)));
        }
        Ok(Self { active: file.active, keys })
    }

    /// Adds a fresh key, which is not yet the one for new data. Its number.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn add_fresh(&mut self, rng: &dyn RandomSource) -> Result<KeyId, RandomError> {
        loop {
            let fresh = Self::fresh(rng)?;
            if let std::collections::btree_map::Entry::Vacant(free) = self.keys.entry(fresh.active) {
                let key = fresh.keys.into_values().next().unwrap_or_default();
                free.insert(key);
                return Ok(fresh.active);
            }
        }
    }

    /// Makes a key the one for new data. `false` when the ring does not hold it.
    pub fn activate(&mut self, id: KeyId) -> bool {
        let held = self.keys.contains_key(&id);
        if held {
            self.active = id;
        }
        held
    }

    /// Takes a key out, unless it is the one for new data. Whether it was there.
    pub fn take_out(&mut self, id: KeyId) -> bool {
        id != self.active && self.keys.remove(&id).is_some()
    }

    /// The numbers of all keys.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.keys().copied()
    }

    /// Writes a new ring with mode 0600; never over an existing file.
    ///
    /// # Errors
    /// [`RingFault::Exists`] when there is a file of that name, [`RingFault::Io`] when it cannot be written.
    pub fn write_new(&self, path: &Path) -> Result<(), RingFault> {
        self.write_to(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => RingFault::Exists { path: path.to_owned() },
            _ => RingFault::Io { path: path.to_owned(), source },
        })
    }

    /// Writes the ring in the place of the file that is there, old or new and never half: a file of another name, synced,
    /// with the owner and mode of the old one, takes its name.
    ///
    /// # Errors
    /// [`RingFault::Io`] when it cannot be written; then the old file is still there.
    pub fn replace(&self, path: &Path) -> Result<(), RingFault> {
        let io = |source| RingFault::Io { path: path.to_owned(), source };
        // A link stays one; its file is replaced.
        let real = std::fs::canonicalize(path).map_err(io)?;
        let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = real.with_file_name(format!(".{name}.new"));
        match std::fs::remove_file(&beside) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(io(source)),
            _ => {}
        }
        let replaced = self.write_to(&beside).and_then(|()| {
            #[cfg(unix)]
            {
                use std::os::unix::fs::{MetadataExt as _, chown};
                let (old, new) = (std::fs::metadata(&real)?, std::fs::metadata(&beside)?);
                if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
                    chown(&beside, Some(old.uid()), Some(old.gid()))?;
                }
            }
            std::fs::rename(&beside, &real)?;
            match real.parent() {
                Some(folder) => std::fs::File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        });
        if replaced.is_err() {
            // It holds every key.
            let _ = std::fs::remove_file(&beside);
        }
        replaced.map_err(io)
    }

    /// Makes the file, which must not be there.
    fn write_to(&self, path: &Path) -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        let mut text = zeroize::Zeroizing::new(format!(
            "# Key ring of kenpo-portal. Keep a copy apart from the database's backups: without it, passwords and\n\
             # authenticator apps cannot be verified.\nactive = {}\n\n[keys]\n",
            self.active
        ));
        for (id, key) in &self.keys {
            let key = zeroize::Zeroizing::new(BASE64.encode(key.expose_secret()));
            text.extend([id.to_string().as_str(), " = \"", key.as_str(), "\"\n"]);
        }
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all())
    }

    /// The number of the key for new data.
    pub fn active(&self) -> KeyId {
        self.active
    }

    /// Every key with its number.
    pub(super) fn keys(&self) -> impl Iterator<Item = (KeyId, &[u8])> {
        self.keys.iter().map(|(id, key)| (*id, key.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SystemRandom;

    #[test]
    fn a_ring_comes_back_from_its_file_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring.toml");
        let ring = KeyRing::fresh(&SystemRandom).unwrap();
        ring.write_new(&path).unwrap();
        let again = KeyRing::read(&path).unwrap();
        assert_eq!(ring.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
        assert!(matches!(ring.write_new(&path), Err(RingFault::Exists { .. })));
    }

    #[test]
    fn a_ring_that_cannot_be_replaced_leaves_no_file_with_keys_behind() {
        let folder = tempfile::tempdir().unwrap();
        let ring = KeyRing::fresh(&SystemRandom).unwrap();
        // A folder takes the name of no file.
        let path = folder.path().join("ring.toml");
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(ring.replace(&path), Err(RingFault::Io { .. })));
        assert!(!folder.path().join(".ring.toml.new").exists());
    }

    #[test]
    fn a_ring_that_changes_is_replaced_whole_with_its_mode_and_through_its_link() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("ring.toml"), folder.path().join("link.toml"));
        let mut ring = KeyRing::fresh(&SystemRandom).unwrap();
        ring.write_new(&path).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        // What a kill left behind is in nobody's way.
        std::fs::write(folder.path().join(".ring.toml.new"), "half").unwrap();
        let (old, new) = (ring.active(), ring.add_fresh(&SystemRandom).unwrap());
        assert!(ring.active() == old && !ring.take_out(old), "the active key stays");
        assert!(ring.activate(new) && ring.take_out(old) && !ring.activate(old));
        ring.replace(&link).unwrap();
        let again = KeyRing::read(&path).unwrap();
        assert_eq!((again.active(), again.ids().collect::<Vec<_>>()), (new, vec![new]));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_ring_that_others_can_read_is_refused_with_the_fix() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring.toml");
        KeyRing::fresh(&SystemRandom).unwrap().write_new(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let said = KeyRing::read(&path).unwrap_err().to_string();
        assert!(said.contains("chmod 600"), "{said}");
    }

    #[test]
    fn a_broken_ring_is_refused_without_quoting_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring.toml");
        for text in
            ["active = 1", "active = 2\n[keys]\n1 = \"c2VjcmV0\"", "[keys]\n1 = \"c2VjcmV0c2VjcmV0\"\n"]
        {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            let said = KeyRing::read(&path).unwrap_err().to_string();
            assert!(!said.contains("c2Vj"), "{said}");
        }
    }
}
