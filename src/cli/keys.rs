//! `keys new|adopt`: small commands of the operator.

use std::{io::Write, path::Path};

use super::{
    CommandFault, Exit,
    serve::{hashing, open_migrated, open_unmigrated_to_read, read_ring},
    tell,
};
use crate::{
    domain::{saying::said, tenant::Language},
    portal::keys::KeyedStore,
    settings::Settings,
    vault::{KeyId, KeyRing},
    world::{SystemClock, SystemRandom},
};

pub mod command;
pub mod rotation;

/// Makes a key ring. Not where the database of the settings needs the keys of another: that is the copy's place. Where the
/// database cannot be asked, that is said.
pub async fn new_ring(
    path: &Path,
    settings: &Settings,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let needed = needed_key(settings).await;
    if let Ok(Some(key)) = needed {
        return Err(CommandFault::RingNeeded { path: settings.keys.ring.clone(), key });
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|fault| CommandFault::File(folder.to_owned(), fault))?;
    }
    KeyRing::fresh(&SystemRandom)?.write_new(path)?;
    // Where the setting leads elsewhere, the other commands have to be told.
    let is_the_one = settings.keys.ring == path;
    let told = if is_the_one { String::new() } else { format!("PORTAL_KEYS__RING={} ", path.display()) };
    writeln!(err, "{}", tell(language, &said!("keys-made", path, told)))?;
    if let Err(fault) = needed {
        let why = fault.sentence(language);
        writeln!(err, "{}", tell(language, &said!("keys-database-not-asked", why)))?;
    }
    Ok(Exit::Fine)
}

/// A key that the database of the settings needs. One that is not there yet needs none.
async fn needed_key(settings: &Settings) -> Result<Option<KeyId>, CommandFault> {
    let store = match open_unmigrated_to_read(&settings.database.url).await {
        Ok(store) => store,
        Err(CommandFault::NoDatabase(_)) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    // A database without its tables was used with no key.
    let known = store.everywhere().known_keys_if_any().await;
    store.close().await;
    Ok(known?.iter().find(|key| key.removed_at.is_none()).map(|key| key.id))
}

/// Takes the ring of the settings for the one that the database's passwords were digested with, where nothing in the
/// database can prove it.
pub async fn adopt(
    settings: &Settings,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let store = open_migrated(&settings.database.url).await?;
    let path = &settings.keys.ring;
    let ring = read_ring(&store, path).await?;
    let random = std::sync::Arc::new(SystemRandom);
    let keyed = KeyedStore::adopt(store, &ring, hashing(settings), random, &SystemClock).await;
    let keyed = keyed.map_err(|fault| CommandFault::of_keys(path, fault))?;
    keyed.store().close().await;
    writeln!(err, "{}", tell(language, &said!("keys-adopted", path)))?;
    Ok(Exit::Fine)
}
