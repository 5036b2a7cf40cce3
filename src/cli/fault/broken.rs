//! What broke inside the program, as a part of a sentence in the operator's language.

use super::{database, machine::cause_at};
use crate::{
    domain::{
        clock::ClockDoubt,
        saying::{Saying, said},
    },
    outbound::TrustFault,
    portal::{self, roster::ImportError},
    vault::VaultError,
};

/// The operating system gave no random bytes.
pub fn no_randomness() -> Saying {
    said!("broken-no-randomness")
}

/// What a deed met.
pub fn deed(fault: &portal::Fault) -> Saying {
    match fault {
        portal::Fault::Store(fault) => database::saying(fault),
        portal::Fault::Vault(fault) => vault(fault),
        portal::Fault::NoRandomness(_) => no_randomness(),
        portal::Fault::Clock(doubt) => clock(*doubt),
        portal::Fault::Inconsistent(what) => said!("broken-inconsistent", what),
    }
}

/// What the vault could not do.
pub fn vault(fault: &VaultError) -> Saying {
    match fault {
        VaultError::Busy => said!("broken-hashing-busy"),
        VaultError::Hashing(what) => said!("broken-hashing", what),
        VaultError::MalformedHash => said!("broken-hash"),
        VaultError::Sealed => said!("broken-sealed"),
        VaultError::UnknownKey(key) => said!("broken-unknown-key", key = key.to_string()),
        VaultError::Signing => said!("broken-signing"),
        VaultError::NoRandomness(_) => no_randomness(),
    }
}

/// What stopped an import, or a deed of the desk.
pub fn import(fault: &ImportError) -> Saying {
    match fault {
        ImportError::Store(fault) => database::saying(fault),
        ImportError::Vault(fault) => vault(fault),
        ImportError::NoRandomness(_) => no_randomness(),
        ImportError::Notices { path, source } => said!("broken-notices", path, why = cause_at(path, source)),
        ImportError::Busy => said!("broken-busy"),
        ImportError::Unsure { .. } => said!("broken-unsure"),
        ImportError::Time => said!("broken-time"),
        ImportError::Kept => said!("broken-undo-kept"),
        ImportError::Letter => said!("broken-letter"),
    }
}

/// Why TLS cannot be used.
pub fn tls(fault: TrustFault) -> Saying {
    match fault {
        TrustFault::NoCertificate => said!("broken-no-certificate"),
        TrustFault::NoTls => said!("broken-no-tls"),
    }
}

/// Why the time is not believed.
fn clock(doubt: ClockDoubt) -> Saying {
    let seconds = doubt.seconds();
    match doubt {
        ClockDoubt::NotCompared => said!("broken-clock-not-compared"),
        ClockDoubt::Behind(_) => said!("broken-clock-behind", seconds = seconds.unsigned_abs()),
        ClockDoubt::Jumped(_) => said!("broken-clock-jumped", seconds),
        ClockDoubt::Apart(_) => said!("broken-clock-apart", seconds),
    }
}
