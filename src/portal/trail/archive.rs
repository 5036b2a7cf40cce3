//! Archive: old rows of a trail go into a file, and the chain begins behind them ([D35]).
//!
//! # Decision
//! Whole seals are archived, oldest first. The file is written and synced before anything is removed; then a few seals at a
//! time go in transactions of their own, each of which lifts the triggers, moves the anchor, says so in the trail and puts
//! the triggers back.
//! # Because
//! What is in no file must not be gone, and whoever signs in meanwhile waits no longer than for one short transaction. An
//! archive that is killed anywhere is run again with the same file: it goes on where it stopped.
//!
//! Nothing is believed of a file but what was read back from it: it is checked like a chain of its own, and a seal is
//! removed only if the file holds that seal, by number and hash. A file of another archive, of a chain that went on
//! differently after a restore, or one that lost a row, removes nothing.
//! # Instead of
//! One transaction over years of rows.
//!
//! [D35]: crate::rules::decisions#d35

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::{
    check::{TrailReport, check_trail},
    file::{ArchiveFile, ArchiveWriter, first_line, last_line, row_line, seal_line},
};
use crate::{
    domain::{
        audit::{Event, chain::Head, doing::Doing},
        member::EventId,
        tenant::TenantSlug,
    },
    store::{Store, StoreError, StoreResult, audit, chain},
    world::{Clock, RandomError, RandomSource, random_bytes},
};

/// Seals that are removed in one transaction: at most 10,000 rows.
const AT_ONCE: u32 = 10;

/// The deed of archiving.
#[derive(Debug)]
pub struct Archive<'a> {
    /// The store, opened as the tables' owner.
    pub store: &'a Store,
    /// The time that the trail says it was archived at.
    pub clock: &'a dyn Clock,
    /// The random source.
    pub rng: &'a dyn RandomSource,
    /// Whose trail it is.
    pub tenant: &'a TenantSlug,
    /// Who does it, and why.
    pub doing: &'a Doing,
}

/// An archive that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archived {
    /// How many rows the file holds.
    pub rows: u64,
    /// Where the chain begins now.
    pub head: Head,
    /// Whether the file was there from a run that was stopped.
    pub resumed: bool,
}

/// Why nothing, or not everything, was archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveStop {
    /// The chain is not as it was sealed. Nothing is removed of it.
    #[error("the trail is not as it was sealed")]
    Broken(Box<TrailReport>),
    /// No seal holds older rows only.
    #[error("nothing is as old")]
    Nothing,
    /// The file is there, and is not of this chain.
    #[error("the file {} is another one", .0.display())]
    OtherFile(PathBuf),
    /// The file does not hold what was sealed: nothing was removed.
    #[error("the file {} is damaged", path.display())]
    Damaged {
        /// The archive that was begun.
        path: PathBuf,
        /// What is wrong with it.
        report: Box<TrailReport>,
    },
    /// The file is of an archive that had ended: nothing was left to remove.
    #[error("the file {} is of an archive that had ended", .0.display())]
    Ended(PathBuf),
    /// Another archive is being made in that folder.
    #[error("another archive is being made in {}", .0.display())]
    Busy(PathBuf),
    /// The file cannot be written or read.
    #[error("the file {}: {source}", path.display())]
    File {
        /// The archive, or the folder that it belongs in.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database's account does not own the tables.
    #[error("not the owner")]
    NotOwner,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] RandomError),
}

/// The folder of the files, held against other archives: two of them with one file name would write into one another.
struct HeldFolder(File);

impl HeldFolder {
    fn hold(path: &Path) -> Result<Self, ArchiveStop> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let at = |source| ArchiveStop::File { path: folder.to_owned(), source };
        let held = File::open(folder).map_err(at)?;
        match held.try_lock() {
            Ok(()) => Ok(Self(held)),
            Err(TryLockError::WouldBlock) => Err(ArchiveStop::Busy(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(at(source)),
        }
    }
}

impl Archive<'_> {
    /// Archives every seal whose rows are all older than `before` into `path`. The newest seal stays.
    ///
    /// # Errors
    /// [`ArchiveStop`]. Run again with the same file, it goes on where it stopped.
    pub async fn run(&self, before: Timestamp, path: &Path) -> Result<Archived, ArchiveStop> {
        let folder = HeldFolder::hold(path)?;
        let report = check_trail(self.store, self.tenant, None).await?;
        if !report.is_sound() {
            return Err(ArchiveStop::Broken(Box::new(report)));
        }
        let resumed = path.exists();
        if !resumed {
            let through = self.last_older(before).await?.ok_or(ArchiveStop::Nothing)?;
            self.write(&folder, path, through).await?;
        }
        let file = self.read(path)?;
        self.compare(path, &file).await?;
        if self.remove(path, &file).await? == 0 {
            return Err(ArchiveStop::Ended(path.to_owned()));
        }
        Ok(Archived { rows: file.rows, head: file.report.head, resumed })
    }

    /// The last seal of those at the beginning whose rows are all older.
    async fn last_older(&self, before: Timestamp) -> StoreResult<Option<Head>> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let newest = chain::head(&mut tx).await?.number;
        let mut after = chain::anchor(&mut tx).await?.map_or(0, |(head, _)| head.number);
        let mut last = None;
        while let Some(seal) = chain::seals(&mut tx, after, 1).await?.pop() {
            let rows = chain::rows_of(&mut tx, &seal).await?;
            if seal.number == newest || rows.iter().any(|row| row.at >= before) {
                break;
            }
            (after, last) = (seal.number, seal.head());
        }
        Ok(last)
    }

    /// Writes the file beside its name, and gives it the name once it is on the disk and is what it should be.
    async fn write(&self, folder: &HeldFolder, path: &Path, through: Head) -> Result<(), ArchiveStop> {
        let at = |source| ArchiveStop::File { path: path.to_owned(), source };
        let partial = PathBuf::from(format!("{}.partial", path.display()));
        let mut options = File::options();
        options.write(true).create(true).truncate(true).mode(0o600).custom_flags(libc::O_NONBLOCK);
        let mut file = ArchiveWriter::new(options.open(&partial).map_err(at)?);
        let mut tx = self.store.tenant(self.tenant).snapshot().await?;
        let mut after = chain::anchor(&mut tx).await?.map_or(Head::NONE, |(head, _)| head);
        file.line(&first_line(self.tenant.as_str(), after)).map_err(at)?;
        let mut count = 0;
        while after.number < through.number
            && let Some(seal) = chain::seals(&mut tx, after.number, 1).await?.pop()
        {
            for row in chain::rows_of(&mut tx, &seal).await? {
                file.line(&row_line(&row, seal.number)).map_err(at)?;
                count += 1;
            }
            file.line(&seal_line(&seal)).map_err(at)?;
            after = seal.head().unwrap_or(after);
        }
        drop(tx);
        file.line(&last_line(count, through)).map_err(at)?;
        file.end().map_err(at)?;
        self.read(&partial)?;
        fs::rename(&partial, path).map_err(at)?;
        folder.0.sync_all().map_err(at)
    }

    /// Reads a file back. It must be an archive of this union, and sound.
    fn read(&self, path: &Path) -> Result<ArchiveFile, ArchiveStop> {
        let read = ArchiveFile::read(path, |_| None);
        let file = read.map_err(|source| ArchiveStop::File { path: path.to_owned(), source })?;
        let of_this_union = file.filter(|file| file.union == self.tenant.as_str());
        let file = of_this_union.ok_or_else(|| ArchiveStop::OtherFile(path.to_owned()))?;
        if !file.report.is_sound() {
            return Err(ArchiveStop::Damaged { path: path.to_owned(), report: Box::new(file.report) });
        }
        Ok(file)
    }

    /// That the file holds every seal that is about to be removed: before the first of them goes.
    async fn compare(&self, path: &Path, file: &ArchiveFile) -> Result<(), ArchiveStop> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let mut after = chain::anchor(&mut tx).await?.map_or(0, |(head, _)| head.number);
        loop {
            let page = chain::seals(&mut tx, after, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            for seal in page {
                if seal.number > file.report.head.number {
                    return Ok(());
                }
                if !file.holds(&seal) {
                    return Err(ArchiveStop::OtherFile(path.to_owned()));
                }
            }
        }
    }

    /// Removes what the file holds, a few seals at a time. How many seals.
    async fn remove(&self, path: &Path, file: &ArchiveFile) -> Result<usize, ArchiveStop> {
        let mut removed = 0;
        loop {
            let mut tx = self.store.tenant(self.tenant).write().await?;
            let begins = chain::anchor(&mut tx).await?.map_or(0, |(head, _)| head.number);
            let mut seals = chain::seals(&mut tx, begins, AT_ONCE).await?;
            seals.retain(|seal| seal.number <= file.report.head.number);
            let Some((newest, last)) = seals.last().and_then(|seal| Some((seal.clone(), seal.head()?)))
            else {
                return Ok(removed);
            };
            // Asked once more where it counts: in the transaction that removes them.
            if !seals.iter().all(|seal| file.holds(seal)) {
                return Err(ArchiveStop::OtherFile(path.to_owned()));
            }
            let triggers =
                self.store.lift(&mut tx).await.map_err(|fault| {
                    if fault.is_forbidden() { ArchiveStop::NotOwner } else { fault.into() }
                })?;
            let mut rows = 0;
            for seal in &seals {
                rows += chain::remove(&mut tx, seal).await?;
            }
            self.store.put_back(&mut tx, triggers).await?;
            let now = self.clock.now();
            let id = EventId::new(now, random_bytes(self.rng)?);
            let (seal, hash) = (last.number, last.hex());
            let event = Event::TrailArchived { seal, hash, rows, file: file.sha256.clone() };
            audit::note(&mut tx, id, None, &event, self.doing.clone(), now);
            chain::put_anchor(&mut tx, &newest, id, now).await?;
            tx.commit().await?;
            removed += seals.len();
            self.store.let_others_write().await;
        }
    }
}
