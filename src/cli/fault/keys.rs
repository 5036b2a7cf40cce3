//! What is wrong with a key ring. Each sentence names the file, and where the database was used with another ring, none
//! offers to make a new one: that would lose what the old one sealed.

use std::path::Path;

use super::{
    broken,
    machine::{cause_at, next},
};
use crate::{
    domain::saying::{Saying, said},
    portal::keys::KeyRingError,
    vault::{KeyId, RingFault, RingFlaw},
};

/// The ring itself.
pub fn ring(fault: &RingFault) -> Saying {
    match fault {
        RingFault::Missing { path } => said!("ring-missing", path),
        RingFault::TooOpen { path, mode } => said!("ring-too-open", path, mode = format!("{mode:o}")),
        RingFault::Exists { path } => said!("ring-exists", path),
        RingFault::Malformed { path, flaw } => said!("ring-malformed", path, flaw = self::flaw(flaw)),
        RingFault::Io { path, source } => {
            said!("ring-unreadable", path, why = cause_at(path, source), next = next(path, source))
        }
        RingFault::NoRandomness(_) => said!("fault-broken", fault = broken::no_randomness()),
    }
}

/// What is wrong with the file's text.
fn flaw(flaw: &RingFlaw) -> Saying {
    match flaw {
        RingFlaw::NotARing => said!("ring-flaw-not-a-ring"),
        RingFlaw::NotANumber(name) => said!("ring-flaw-not-a-number", name),
        RingFlaw::NotBase64(id) => said!("ring-flaw-not-base64", id = id.to_string()),
        RingFlaw::Length { id, bytes, wanted } => {
            said!("ring-flaw-length", id = id.to_string(), bytes, wanted)
        }
        RingFlaw::NoActiveKey(id) => said!("ring-flaw-no-active-key", id = id.to_string()),
    }
}

/// The ring is not there, and the database was used with it.
pub fn lost(path: &Path, key: KeyId) -> Saying {
    said!("ring-lost", path, key = key.to_string())
}

/// The ring is there and is another one.
pub fn saying(path: &Path, fault: &KeyRingError) -> Saying {
    match fault {
        KeyRingError::Missing { id } => said!("ring-key-missing", path, id = id.to_string()),
        KeyRingError::Differs { id } => said!("ring-key-differs", path, id = id.to_string()),
        KeyRingError::Removed { id } => said!("ring-key-removed", path, id = id.to_string()),
        KeyRingError::Ring(fault) => ring(fault),
        KeyRingError::Unproven => said!("ring-unproven", path),
        KeyRingError::Broken(fault) => said!("fault-broken", fault = broken::deed(fault)),
    }
}
