//! The notices file: the only place where drawn passwords stand in clear. It is written beside its name before the
//! commit and gets its name after it, so that it exists exactly when the credentials do. Where notices go to the program's
//! output instead, they are written after the commit: who reads them finds the trail's row there already, and what is lost on
//! the way is told and issued anew.

use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use jiff::civil::Date;

use crate::{
    domain::{
        origin::PublicAddress,
        roster::{CredentialNotice, Unprintable, notice},
        tenant::{RosterEncoding, Tenant},
    },
    mail::printed::PrintedLetters,
    wording::Wording,
};

/// Where notices go, and what is written.
#[derive(Debug, Clone, Copy)]
pub struct NoticesTo<'a> {
    /// The file, or the program's output.
    pub place: NoticesPlace<'a>,
    /// A table for a print house, or letters.
    pub form: NoticesForm<'a>,
}

/// The place of notices: a file or the program's output.
#[derive(Clone, Copy)]
pub enum NoticesPlace<'a> {
    /// A file, which must not be there yet.
    File(&'a Path),
    /// The program's output, which takes the bytes after the commit; no bytes: all of them are to be on their way.
    Output(&'a dyn Fn(&[u8]) -> io::Result<()>),
}

impl std::fmt::Debug for NoticesPlace<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Output(_) => f.write_str("Output"),
        }
    }
}

/// The form of notices: a table or letters.
#[derive(Debug, Clone, Copy)]
pub enum NoticesForm<'a> {
    /// A line for each member, in this encoding; without one, in that of the union's rosters.
    Csv(Option<RosterEncoding>),
    /// A page of letters, ready for print; they name the address where members sign in.
    Letters(&'a PublicAddress),
}

impl<'a> NoticesTo<'a> {
    /// A table in the union's encoding, in that file.
    pub fn file(path: &'a Path) -> Self {
        Self { place: NoticesPlace::File(path), form: NoticesForm::Csv(None) }
    }

    /// Whether they may be written there; nothing is ever overwritten.
    ///
    /// # Errors
    /// [`NoticesPathTaken`] when there is a file already, finished or not.
    pub fn check(&self) -> Result<(), NoticesPathTaken> {
        match self.place {
            NoticesPlace::File(path) => check(path),
            NoticesPlace::Output(_) => Ok(()),
        }
    }
}

/// The notices of one deed, which are written one by one: there may be 300,000 of them.
#[derive(Debug, Clone, Copy)]
pub struct NoticesBatch<'a> {
    /// Whom something is told.
    pub notices: &'a [CredentialNotice<'a>],
    /// The last whole day on which the credentials open first login.
    pub last_day: Date,
    /// The union that tells it.
    pub tenant: &'a Tenant,
    /// Its sentences.
    pub wording: &'a Wording,
}

impl NoticesBatch<'_> {
    /// Every notice that cannot be written in that form.
    pub fn unprintable(&self, form: NoticesForm<'_>) -> Vec<Unprintable> {
        match form {
            NoticesForm::Csv(encoding) => notice::unprintable(self.notices, self.encoding(encoding)),
            NoticesForm::Letters(_) => Vec::new(),
        }
    }

    fn encoding(&self, asked: Option<RosterEncoding>) -> RosterEncoding {
        asked.unwrap_or(self.tenant.import.encoding)
    }

    /// Writes all of them.
    ///
    /// # Errors
    /// What `out` says; `InvalidData` for a notice of [`NoticesBatch::unprintable`].
    pub fn write(&self, form: NoticesForm<'_>, out: &mut dyn Write) -> io::Result<()> {
        let missing = || io::Error::from(io::ErrorKind::InvalidData);
        match form {
            NoticesForm::Csv(encoding) => {
                let encoding = self.encoding(encoding);
                out.write_all(&notice::csv_head(encoding).ok_or_else(missing)?)?;
                for notice in self.notices {
                    let line = notice::csv_line(notice, self.last_day, encoding).ok_or_else(missing)?;
                    out.write_all(&line)?;
                }
            }
            NoticesForm::Letters(public) => {
                let letters = PrintedLetters::new(self.tenant, self.wording, public, self.last_day);
                out.write_all(letters.head(self.notices).map_err(io::Error::other)?.as_bytes())?;
                for (at, notice) in self.notices.iter().enumerate() {
                    out.write_all(letters.letter(at, notice).map_err(io::Error::other)?.as_bytes())?;
                }
                out.write_all(PrintedLetters::FOOT.as_bytes())?;
            }
        }
        out.flush()
    }
}

/// The program's output, as something to write to.
pub(super) struct Output<'a>(pub &'a dyn Fn(&[u8]) -> io::Result<()>);

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        (self.0)(&[])
    }
}

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
fn check(path: &Path) -> Result<(), NoticesPathTaken> {
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
    /// Writes what `content` writes to the disk, readable by the owner only.
    ///
    /// # Errors
    /// What the operating system says of the file; nothing of it is left then.
    pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let partial = partial_of(path);
        let file = options.open(&partial)?;
        // From here on the file is ours to remove.
        let written = Self { path: path.to_owned(), now: partial, keep: false };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        let mut file = BufWriter::new(file);
        content(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
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
        let partial = Partial::write(&path, |out| out.write_all(b"x")).unwrap();
        assert!(matches!(check(&path), Err(NoticesPathTaken::Partial(_))));
        assert_eq!(partial.name(), Ok(path.clone()));
        assert!(matches!(check(&path), Err(NoticesPathTaken::Exists(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn without_a_commit_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notices.csv");
        drop(Partial::write(&path, |out| out.write_all(b"x")).unwrap());
        let broken = Partial::write(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert!(broken.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_appeared_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notices.csv");
        let partial = Partial::write(&path, |out| out.write_all(b"new")).unwrap();
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
        let path = Partial::write(&folder.path().join("n.csv"), |out| out.write_all(b"x")).unwrap();
        let path = path.name().unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
