//! Database: opened as each command needs it, by the address in the settings.

use std::{
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    cli::CommandFault,
    settings::{Settings, shown::is_split_in_its_password},
    store::Store,
};

/// Opens the database; makes a SQLite file and its folder.
pub async fn make_store(url: &str) -> Result<Store, CommandFault> {
    if let Some(folder) = sqlite_file(url).and_then(|file| file.parent().map(Path::to_owned)) {
        std::fs::create_dir_all(&folder).map_err(|fault| CommandFault::File(folder, fault))?;
    }
    if let Some(file) = sqlite_file(url) {
        // Names and birth dates are nobody else's to read; SQLite gives its side files the same mode.
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        options.open(&file).map_err(|fault| CommandFault::File(file, fault))?;
    }
    Ok(Store::open(url).await?)
}

/// Opens a database that is there.
pub async fn open_store(url: &str) -> Result<Store, CommandFault> {
    match sqlite_file(url) {
        Some(file) if !file.exists() => Err(CommandFault::NoDatabase(file)),
        _ => Ok(Store::open(url).await?),
    }
}

/// Opens a database that has this program's schema, and in which nothing lives on that a restore has to end.
pub async fn open_migrated(url: &str) -> Result<Store, CommandFault> {
    let store = open_unfinished(url).await?;
    let origin = store.origin().await?;
    if origin.is_unfinished() {
        return Err(CommandFault::Unfinished(origin.backup_at));
    }
    Ok(store)
}

/// The same of a database that may have been put back from a backup a moment ago.
pub async fn open_unfinished(url: &str) -> Result<Store, CommandFault> {
    migrated(open_store(url).await?).await
}

/// As [`open_migrated`], for a command that must not change anything.
pub async fn open_to_read(url: &str) -> Result<Store, CommandFault> {
    migrated(open_unmigrated_to_read(url).await?).await
}

/// The same, whatever its schema.
pub async fn open_unmigrated_to_read(url: &str) -> Result<Store, CommandFault> {
    match sqlite_file(url) {
        Some(file) if !file.exists() => Err(CommandFault::NoDatabase(file)),
        _ => Ok(Store::open_to_read(url).await?),
    }
}

async fn migrated(store: Store) -> Result<Store, CommandFault> {
    let schema = store.schema().await?;
    match schema.mismatch() {
        None => Ok(store),
        Some(mismatch) => Err(CommandFault::Schema(mismatch)),
    }
}

/// The database as it may be shown: without a password.
pub fn shown_database(settings: &Settings) -> String {
    let url = &settings.database.url;
    if url.starts_with("sqlite:") {
        return url.clone();
    }
    let Ok(mut url) = url::Url::parse(url) else { return "postgres:…".to_owned() };
    if is_split_in_its_password(&url) {
        return "postgres:…".to_owned();
    }
    // A parameter may hold a password, too.
    url.set_query(None);
    let _ = url.set_password(None);
    url.to_string()
}

/// The file of a SQLite address.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//").split('?').next()?;
    Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty())
}
