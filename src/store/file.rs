//! File: whether the path of the SQLite database still leads to the file that was opened.
//!
//! # Decision
//! Device and inode are remembered when the database is opened, and the path is compared with them before a connection is
//! used and after every commit, before it is acknowledged. What was found stays found until the program ends.
//! # Because
//! A file that was deleted or replaced goes on working for whoever has it open: SQLite writes into it, says that all is
//! well, and everything acknowledged is gone when the program ends. Once it happened, connections to the old file and to
//! the new one, and side files of both, can stand beside each other: only a new start sorts that out.
//! # Instead of
//! Opening the new file in the running program: what is in it is older than what members were just told.
//!
//! Asking for it is one call that is answered from memory: the file is open, and SQLite's WAL only works on a local file
//! system. So it needs no thread and no limit of its own.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use super::{StoreError, StoreResult};

/// Which file it is, whatever its path (`st_dev` and `st_ino`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// Of the file the path leads to; a symbolic link is followed.
    fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|found| Self { device: found.dev(), inode: found.ino() })
    }
}

/// The file of an open SQLite database.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    /// The write-ahead log, beside the file that a symbolic link leads to.
    wal: PathBuf,
    identity: FileIdentity,
    is_lost: AtomicBool,
}

impl DatabaseFile {
    /// The file at the path, just opened. `None` where there is none: a database in memory.
    pub(super) fn opened(path: &Path) -> Option<Self> {
        let identity = FileIdentity::of(path).ok()?;
        let path = std::path::absolute(path).ok()?;
        let mut wal = fs::canonicalize(&path).ok()?.into_os_string();
        wal.push("-wal");
        Some(Self { path, wal: wal.into(), identity, is_lost: AtomicBool::new(false) })
    }

    /// Whether what is read and written is what the path leads to.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`], for good once the file was found deleted or replaced; while the path cannot be looked
    /// at, for as long as that lasts.
    pub(super) fn is_the_same(&self) -> StoreResult<()> {
        self.judge(FileIdentity::of(&self.path).map(|found| found == self.identity))
    }

    /// The same after a commit, when the write-ahead log with it must be there as well.
    ///
    /// # Errors
    /// As [`DatabaseFile::is_the_same`].
    pub(super) fn keeps_what_was_committed(&self) -> StoreResult<()> {
        self.is_the_same()?;
        self.judge(fs::metadata(&self.wal).map(|_| true))
    }

    fn judge(&self, found: io::Result<bool>) -> StoreResult<()> {
        let is_gone = match found {
            Ok(is_ours) => !is_ours,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => true,
            Err(fault) => {
                tracing::warn!(%fault, path = %self.path.display(), "The database's file cannot be looked at");
                return Err(StoreError::FileReplaced);
            }
        };
        if is_gone && !self.is_lost.swap(true, Ordering::AcqRel) {
            tracing::error!(
                path = %self.path.display(),
                next = "stop the service and every command, put the file back or restore the backup, run \
                        `kenpo-portal verify-store`, start the service",
                "The database's file was deleted or replaced: nothing is acknowledged any more"
            );
        }
        if self.is_lost.load(Ordering::Acquire) { Err(StoreError::FileReplaced) } else { Ok(()) }
    }
}
