//! `keys new|adopt`, `migrate status|up`: small commands of the operator.

use std::{io::Write, path::Path};

use serde_json::{Value, json};

use super::{
    CommandFault, Exit,
    serve::{hashing, make_store, open_migrated, open_store, read_ring},
    tell,
};
use crate::{
    domain::{saying::said, tenant::Language},
    portal::keys::KeyedStore,
    settings::Settings,
    vault::KeyRing,
    world::{SystemClock, SystemRandom},
};

pub mod command;
pub mod rotation;

/// Makes a key ring.
pub fn new_ring(
    path: &Path,
    settings: &Settings,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|fault| CommandFault::File(folder.to_owned(), fault))?;
    }
    KeyRing::fresh(&SystemRandom)?.write_new(path)?;
    // Where the setting leads elsewhere, the other commands have to be told.
    let is_the_one = settings.keys.ring == path;
    let told = if is_the_one { String::new() } else { format!("PORTAL_KEYS__RING={} ", path.display()) };
    writeln!(err, "{}", tell(language, &said!("keys-made", path, told)))?;
    Ok(Exit::Fine)
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

/// Shows where the database stands.
pub async fn migrate_status(
    settings: &Settings,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let store = match open_store(&settings.database.url).await {
        Ok(store) => store,
        Err(fault @ CommandFault::NoDatabase(_)) => {
            writeln!(err, "{}", fault.sentence(language))?;
            return Ok(Exit::Problems);
        }
        Err(fault) => return Err(fault),
    };
    let schema = store.schema().await?;
    if json {
        let known = schema.known.iter().map(|(version, name)| {
            json!({ "version": version, "name": name, "applied": schema.applied.contains(version) })
        });
        let known: Vec<Value> = known.collect();
        let newer = schema.newer.iter().map(|newer| {
            json!({ "version": newer.version, "oldest_program": newer.oldest.map(|oldest| oldest.to_string()) })
        });
        let newer: Vec<Value> = newer.collect();
        let fits = schema.misfit().is_none();
        writeln!(out, "{:#}", json!({ "fits": fits, "known": known, "newer": newer }))?;
        return Ok(if fits { Exit::Fine } else { Exit::Problems });
    }
    for (version, name) in &schema.known {
        let state = if schema.applied.contains(version) { "applied" } else { "missing" };
        writeln!(out, "{version:04} {name} {state}")?;
    }
    for newer in &schema.newer {
        let goes_on = match newer.oldest {
            Some(oldest) => said!("migrate-goes-on", oldest = oldest.to_string()),
            None => said!("migrate-unknown"),
        };
        writeln!(out, "{:04} ? {}", newer.version, tell(language, &goes_on))?;
    }
    let Some(misfit) = schema.misfit() else { return Ok(Exit::Fine) };
    writeln!(err, "{}", CommandFault::Schema(misfit).sentence(language))?;
    Ok(Exit::Problems)
}

/// Brings the database to this program's schema.
pub async fn migrate_up(
    settings: &Settings,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let store = make_store(&settings.database.url).await?;
    let before = store.schema().await?;
    let missing = before.missing();
    let done = store.migrate().await;
    store.close().await;
    done?;
    if !before.newer.is_empty() {
        let newer: Vec<i64> = before.newer.iter().map(|newer| newer.version).collect();
        writeln!(err, "{}", tell(language, &said!("migrate-newer", newer = format!("{newer:?}"))))?;
    }
    let told = if missing.is_empty() {
        said!("migrate-nothing")
    } else {
        said!("migrate-done", missing = format!("{missing:?}"))
    };
    writeln!(err, "{}", tell(language, &told))?;
    Ok(Exit::Fine)
}
