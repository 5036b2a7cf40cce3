//! The notices file: the only place where drawn passwords stand in clear. It is written beside its name before the
//! commit and gets its name after it, so that it exists exactly when the credentials do.

use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Why no notices file can be written there.
#[derive(Debug)]
pub enum NoticesPathTaken {
    /// A file of that name exists.
    Exists(PathBuf),
    /// An interrupted run left its unnamed file.
    Partial(PathBuf),
}

/// The name before the commit.
fn partial_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Whether a notices file may be written there; nothing is ever overwritten.
///
/// # Errors
/// [`NoticesPathTaken`] when there is a file already, finished or not.
pub fn check(path: &Path) -> Result<(), NoticesPathTaken> {
    let partial = partial_of(path);
    if path.exists() {
        Err(NoticesPathTaken::Exists(path.to_owned()))
    } else if partial.exists() {
        Err(NoticesPathTaken::Partial(partial))
    } else {
        Ok(())
    }
}

/// A notices file that has not got its name. Dropped, it goes away.
#[derive(Debug)]
pub struct Partial {
    /// The name after the commit.
    path: PathBuf,
    /// The name until then.
    now: PathBuf,
    keep: bool,
}

impl Partial {
    /// Writes `bytes` to the disk, readable by the owner only.
    ///
    /// # Errors
    /// What the operating system says of the file.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let partial = partial_of(path);
        let mut file = options.open(&partial)?;
        // From here on the file is ours to remove.
        let written = Self { path: path.to_owned(), now: partial, keep: false };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(written)
    }

    /// Leaves the file where it is, and says where.
    pub fn keep(mut self) -> PathBuf {
        self.keep = true;
        self.now.clone()
    }

    /// Gives the file its name. Where that fails, the file stays; the answer says where.
    ///
    /// # Errors
    /// The path of the file that could not be renamed: it is whole, under its temporary name.
    pub fn name(mut self) -> Result<PathBuf, PathBuf> {
        self.keep = true;
        if self.path.exists() || std::fs::rename(&self.now, &self.path).is_err() {
            return Err(self.now.clone());
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // The name is there; that it survives a power cut is as far as the system goes.
        drop(File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()));
        Ok(self.path.clone())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.keep && std::fs::remove_file(&self.now).is_err() {
            tracing::warn!(
                file = %self.now.display(),
                "A notices file of credentials that were not issued could not be removed; remove it by hand"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_gets_its_name_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notices.csv");
        let partial = Partial::write(&path, b"x").unwrap();
        assert!(matches!(check(&path), Err(NoticesPathTaken::Partial(_))));
        assert_eq!(partial.name(), Ok(path.clone()));
        assert!(matches!(check(&path), Err(NoticesPathTaken::Exists(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn without_a_commit_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        drop(Partial::write(&folder.path().join("notices.csv"), b"x").unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_appeared_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notices.csv");
        let partial = Partial::write(&path, b"new").unwrap();
        std::fs::write(&path, b"old").unwrap();
        let left = partial.name().unwrap_err();
        assert_eq!(std::fs::read(&left).unwrap(), b"new");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = Partial::write(&folder.path().join("n.csv"), b"x").unwrap().name().unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
