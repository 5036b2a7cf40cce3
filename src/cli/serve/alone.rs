//! Alone: one service on a SQLite file. What a node keeps in memory (limits, visits, sessions of the last second) another one
//! would not know; that is what PostgreSQL is for (D21).
//!
//! # Decision
//! A service holds a lock on a file beside the database, which the system takes away with the process.
//! # Because
//! A process that was killed leaves nothing that keeps the next one from starting, and containers that share the folder see
//! the same lock.
//! # Instead of
//! What running nodes say in the database: it is believed for half a minute after a kill. Or a lock on the database's file:
//! closing it would give SQLite's own locks up.

use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    cli::CommandFault,
    world::{Clock as _, SystemClock},
};

/// Behind the name of the database's file.
pub(in crate::cli) const END: &str = "-serving";
/// How long one that stops is waited for: it finishes what it has begun, which takes about seven seconds.
const STOPS_WITHIN: Duration = Duration::from_secs(10);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(100);

/// Holds the database's place for this service, until what it gives is dropped. Where a lock cannot be had for another
/// reason than another service, that is said, and nothing holds.
///
/// # Errors
/// [`CommandFault::ServesAlready`].
pub(in crate::cli) async fn alone(database: &Path) -> Result<Option<File>, CommandFault> {
    let path = beside(database);
    let opened = File::options().read(true).append(true).create(true).mode(0o600).open(&path);
    // One that `root` made may be readable for this user at least.
    let file = match opened.or_else(|fault| File::open(&path).map_err(|_| fault)) {
        Ok(file) => file,
        Err(fault) => {
            tracing::warn!(%fault, file = %path.display(), "Another service on this database would not be noticed");
            return Ok(None);
        }
    };
    if let (Ok(ours), Ok(its)) = (file.metadata(), fs::metadata(database))
        && ours.uid() != its.uid()
    {
        let _ = fchown(&file, Some(its.uid()), Some(its.gid()));
    }
    let began = SystemClock.steady();
    let mut is_told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if SystemClock.steady().saturating_sub(began) < STOPS_WITHIN => {
                if !is_told {
                    let (file, most) = (path.display(), STOPS_WITHIN);
                    tracing::warn!(%file, ?most, "Another service runs on this database; waiting for it to stop");
                    is_told = true;
                }
                tokio::time::sleep(AGAIN).await;
            }
            Err(TryLockError::WouldBlock) => return Err(CommandFault::ServesAlready(path)),
            Err(TryLockError::Error(fault)) => {
                tracing::warn!(%fault, file = %path.display(), "Another service on this database would not be noticed");
                return Ok(None);
            }
        }
    }
}

/// A link leads to the file that is meant, under whatever name.
fn beside(database: &Path) -> PathBuf {
    let file = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut name: OsString = file.into_os_string();
    name.push(END);
    name.into()
}
