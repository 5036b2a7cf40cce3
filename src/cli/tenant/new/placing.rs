//! How a new union's files come into the folder: all of them or none, and never over others.
//!
//! # Decision
//! They are written into a hidden folder beside the unions' files, `.ID.new`, which is held meanwhile. From there the
//! union's own folder is moved into place, and then its file is linked: the union exists from that moment on.
//! # Because
//! no system call makes a file and a folder appear at once. A run that is killed before the move leaves nothing that counts,
//! and the next one removes it; one that is killed between the two has made everything, and the next one finishes it.
//! # Instead of
//! removing what an earlier run has put into sight: somebody may have put a logo there since.

use std::{
    fs::{self, File, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::{is_there, text::NewText};
use crate::{
    domain::tenant::TenantSlug,
    tenants::{DEFAULTS, Loaded, file_beside},
};

/// More than `_defaults.toml` has.
const LARGEST: u64 = 1024 * 1024;

/// Why the files were not written.
#[derive(Debug)]
pub(super) enum PlaceError {
    /// Something of that name is there.
    There(PathBuf),
    /// Another run makes the same union.
    Held,
    /// What the system said.
    Failed(io::Error),
}

impl From<io::Error> for PlaceError {
    fn from(fault: io::Error) -> Self {
        Self::Failed(fault)
    }
}

/// The files are where they belong.
#[derive(Debug)]
pub(super) struct Placed;

/// The files of one new union, on their way.
#[derive(Debug)]
pub(super) struct NewFiles {
    /// The hidden folder.
    hidden: PathBuf,
    /// Where the union's folder belongs, and its file.
    folder: PathBuf,
    file: PathBuf,
    stem: String,
    /// Holds the hidden folder until it is dropped.
    _held: File,
}

impl NewFiles {
    /// Makes the hidden folder and holds it.
    pub fn hold(dir: &Path, slug: &TenantSlug) -> Result<Self, PlaceError> {
        let hidden = dir.join(format!(".{slug}.new"));
        let (folder, file) = (dir.join(slug.as_str()), dir.join(format!("{slug}.toml")));
        if is_there(&file) && !is_there(&hidden) {
            return Err(PlaceError::There(file));
        }
        match fs::create_dir(&hidden) {
            Err(fault) if fault.kind() != ErrorKind::AlreadyExists => return Err(fault.into()),
            // What an earlier run has left is a folder. Behind a link lies somebody else's, which is not cleared.
            Err(_) if !fs::symlink_metadata(&hidden)?.is_dir() => return Err(PlaceError::There(hidden)),
            _ => {}
        }
        let held = {
            let folder = &hidden;
            File::open(folder)?
        };
        match held.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(PlaceError::Held),
            Err(fs::TryLockError::Error(fault)) => return Err(fault.into()),
        }
        Ok(Self { hidden, folder, file, stem: slug.to_string(), _held: held })
    }

    /// The hidden folder.
    pub fn hidden(&self) -> &Path {
        &self.hidden
    }

    fn file_here(&self) -> PathBuf {
        self.hidden.join(format!("{}.toml", self.stem))
    }

    fn folder_here(&self) -> PathBuf {
        self.hidden.join(&self.stem)
    }

    /// Finishes what an earlier run had put into sight, and removes what it had not. `None` where there is nothing to finish.
    pub fn finish_earlier(&mut self) -> Result<Option<Placed>, PlaceError> {
        let moved = is_there(&self.file_here()) && !is_there(&self.folder_here()) && is_there(&self.folder);
        if moved && !is_there(&self.file) {
            self.link()?;
            return Ok(Some(Placed));
        }
        self.remove_hidden()?;
        for there in [&self.file, &self.folder] {
            if is_there(there) {
                return Err(PlaceError::There(there.clone()));
            }
        }
        Ok(None)
    }

    /// Writes the files into the hidden folder.
    pub fn write(&self, files: &[NewText]) -> Result<(), PlaceError> {
        fs::create_dir_all(self.folder_here())?;
        // Whatever this account keeps from others: nothing in them is secret, and the service is seldom the same user.
        fs::set_permissions(self.folder_here(), Permissions::from_mode(0o755))?;
        for NewText { name, text } in files {
            let mut file = File::options().write(true).create_new(true).open(self.hidden.join(name))?;
            file.set_permissions(Permissions::from_mode(0o644))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        Ok(())
    }

    /// Lets `read` judge the files beside a copy of the shared values; what is refused is removed with `self`.
    pub fn judge(&self, read: impl FnOnce(&Path) -> io::Result<Loaded>) -> Result<Loaded, PlaceError> {
        let copy = self.hidden.join(DEFAULTS);
        if let Some(defaults) = self.hidden.parent().and_then(|dir| file_beside(&dir.join(DEFAULTS), LARGEST))
        {
            fs::write(&copy, defaults)?;
        }
        let judged = read(&self.hidden)?;
        if is_there(&copy) {
            fs::remove_file(&copy)?;
        }
        Ok(judged)
    }

    /// Brings the files into sight.
    pub fn publish(self) -> Result<Placed, PlaceError> {
        if is_there(&self.folder) {
            return Err(PlaceError::There(self.folder.clone()));
        }
        fs::rename(self.folder_here(), &self.folder)?;
        if let Err(stop) = self.link() {
            // Somebody has made the same file meanwhile.
            fs::rename(&self.folder, self.folder_here())?;
            return Err(stop);
        }
        Ok(Placed)
    }

    /// The union's file appears, and with it the union.
    fn link(&self) -> Result<(), PlaceError> {
        match fs::hard_link(self.file_here(), &self.file) {
            Ok(()) => {}
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {
                return Err(PlaceError::There(self.file.clone()));
            }
            Err(fault) => return Err(fault.into()),
        }
        if let Some(folder) = self.hidden.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Removes what nobody was to see.
    fn remove_hidden(&self) -> Result<(), PlaceError> {
        for entry in fs::read_dir(&self.hidden)? {
            let path = entry?.path();
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
        Ok(())
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        // Whatever is left of it is nothing that counts: the next run removes or finishes it.
        let moved = is_there(&self.file_here()) && !is_there(&self.folder_here()) && !is_there(&self.file);
        if !moved && self.remove_hidden().is_ok() {
            let _ = fs::remove_dir(&self.hidden);
        }
    }
}
