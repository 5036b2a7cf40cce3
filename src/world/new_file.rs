//! New file: a file that appears at its path whole, on the disk, for its owner alone (mode 0600), or not at all.
//!
//! # Decision
//! It is written beside its place under the same name with `.part` behind it, locked for as long as its writer lives, and
//! linked to its place at the end; a link is never made over another file.
//! # Because
//! Whoever is killed half-way leaves a `.part`, which nobody takes for the file, and which the next one clears away.
//! # Instead of
//! `rename`, which replaces what has come to the place meanwhile.

use std::{
    ffi::OsString,
    fs::{self, File, Permissions, TryLockError},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown},
    path::{Path, PathBuf},
};

/// Ends the name of what is being written.
const PART: &str = ".part";
/// What SQLite puts beside a file that it writes.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// A file that is being written.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    part: PathBuf,
    /// Keeps others away, and SQLite's own locks alive: closing any handle of a file gives those up.
    lock: File,
    replaces: bool,
}

impl NewFile {
    /// Begins a file at a path where there is none.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] where there is one, [`io::ErrorKind::ResourceBusy`] while somebody else is writing it;
    /// else what the system said.
    pub fn begin(path: &Path) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Self::locked(path, false),
            Err(fault) => Err(fault),
        }
    }

    /// The same, in place of a file that is there and worth nothing.
    ///
    /// # Errors
    /// As [`NewFile::begin`].
    pub fn in_place_of(path: &Path) -> io::Result<Self> {
        Self::locked(path, true)
    }

    fn locked(path: &Path, replaces: bool) -> io::Result<Self> {
        // A link leads to the file that is meant; what comes into its place has to be beside that one.
        let path = if replaces { fs::canonicalize(path)? } else { std::path::absolute(path)? };
        let part = beside(&path, PART);
        loop {
            // Behind a link lies another file, which would never be seen to be this one.
            if fs::symlink_metadata(&part).is_ok_and(|found| !found.is_file()) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let mut options = File::options();
            let lock = options.read(true).append(true).create(true).mode(0o600).open(&part)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
                Err(TryLockError::Error(fault)) => return Err(fault),
            }
            // Whoever had it may have taken it away since it was opened here.
            let is_there = fs::symlink_metadata(&part).is_ok_and(|found| {
                lock.metadata().is_ok_and(|ours| (found.dev(), found.ino()) == (ours.dev(), ours.ino()))
            });
            if !is_there {
                continue;
            }
            lock.set_permissions(Permissions::from_mode(0o600))?;
            lock.set_len(0)?;
            let new = Self { path, part, lock, replaces };
            new.clear_beside();
            return Ok(new);
        }
    }

    /// Where it is written until it is whole. It is there, and empty at first.
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// What is written into it stands behind what was written before.
    pub fn content(&self) -> &File {
        &self.lock
    }

    /// Gives it to the owner of its folder, where that is another and this process may: what `root` makes there is used by
    /// the user of the service.
    ///
    /// # Errors
    /// What the system said of the folder.
    pub fn give_to_owner_of_folder(&self) -> io::Result<()> {
        let (folder, own) =
            (fs::metadata(self.path.parent().unwrap_or(Path::new("/")))?, self.lock.metadata()?);
        if folder.uid() == own.uid() {
            return Ok(());
        }
        match fchown(&self.lock, Some(folder.uid()), Some(folder.gid())) {
            // Nobody but `root` can give a file away.
            Err(fault) if fault.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            given => given,
        }
    }

    /// Puts the file into its place, on the disk.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] where a file has come there meanwhile; else what the system said. Then there is none.
    pub fn finish(self) -> io::Result<()> {
        self.lock.sync_all()?;
        if self.replaces {
            fs::rename(&self.part, &self.path)?;
        } else {
            match fs::hard_link(&self.part, &self.path) {
                Ok(()) => {}
                Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => return Err(fault),
                // A file system without links: an empty file keeps the place for a moment.
                Err(_) => {
                    File::options().write(true).create_new(true).mode(0o600).open(&self.path)?;
                    fs::rename(&self.part, &self.path)?;
                }
            }
        }
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let _ = fs::remove_file(&self.part);
        File::open(folder)?.sync_all()
    }

    fn clear_beside(&self) {
        for end in BESIDE {
            let _ = fs::remove_file(beside(&self.part, end));
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        self.clear_beside();
        let _ = fs::remove_file(&self.part);
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_appears_whole_and_over_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let new = NewFile::begin(&path).unwrap();
        fs::write(new.part(), "whole").unwrap();
        assert!(!path.exists());
        assert_eq!(NewFile::begin(&path).unwrap_err().kind(), io::ErrorKind::ResourceBusy, "one at a time");
        new.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(NewFile::begin(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_link_where_it_would_be_written_is_refused_and_nothing_behind_it_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("a"), folder.path().join("victim"));
        for is_there in [false, true] {
            if is_there {
                fs::write(&victim, "another's").unwrap();
            }
            let _ = fs::remove_file(beside(&path, PART));
            std::os::unix::fs::symlink(&victim, beside(&path, PART)).unwrap();
            assert_eq!(NewFile::begin(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&victim).ok().as_deref(), is_there.then_some("another's"));
        }
    }

    #[test]
    fn what_comes_into_the_place_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let new = NewFile::begin(&path).unwrap();
        fs::write(&path, "another's").unwrap();
        assert_eq!(new.finish().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "another's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_somebody_left_half_way_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let part = folder.path().join("a.part");
        File::create(&part).unwrap().write_all(b"half").unwrap();
        fs::set_permissions(&part, Permissions::from_mode(0o644)).unwrap();
        let new = NewFile::begin(&path).unwrap();
        assert_eq!(fs::metadata(new.part()).unwrap().len(), 0);
        new.finish().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(NewFile::begin(&folder.path().join("b")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "who gives up leaves nothing");
    }
}
