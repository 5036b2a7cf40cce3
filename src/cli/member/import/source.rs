//! Source: the bytes of a roster, from a file that nobody is writing at this moment, or from standard input.
//!
//! Linux has no locks that keep a reader out. What can be seen: the lock file that a spreadsheet puts beside what it has
//! open (`.~lock.NAME#`, `~$NAME`), also on a share; and a file that is another one after it was read. A file that a
//! program without a lock file has left half-written ends in a row that is told as a bad one.

use std::{
    fs::{self, Metadata},
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::{
    cli::{fault::machine, tell},
    domain::{roster::MOST_BYTES, saying::said, tenant::Language},
    world::plain_file,
};

/// Why there is no roster to be read.
#[derive(Debug)]
pub enum SourceFault {
    /// The operating system says why.
    Unreadable(io::Error),
    /// A spreadsheet has it open; its lock file.
    Open(PathBuf),
    /// It was written to while it was read.
    Changed,
}

impl SourceFault {
    /// What is wrong, and what to do.
    pub fn sentence(&self, path: &Path, language: Language) -> String {
        match self {
            Self::Unreadable(fault) => {
                let (why, next) = (machine::cause_at(path, fault), machine::next(path, fault));
                tell(language, &said!("import-file-unreadable", path, why, next))
            }
            Self::Open(lock) => tell(language, &said!("import-file-open", path, lock = lock.as_path())),
            Self::Changed => tell(language, &said!("import-file-changed", path)),
        }
    }
}

impl From<io::Error> for SourceFault {
    fn from(fault: io::Error) -> Self {
        Self::Unreadable(fault)
    }
}

/// The roster's bytes, `-` being standard input; of one that is too large, just enough to see it.
///
/// # Errors
/// [`SourceFault`]: nothing that was read may be used.
pub fn read(path: &Path) -> Result<Vec<u8>, SourceFault> {
    read_while(path, || {})
}

/// The same; `meanwhile` happens between the first and the last byte.
fn read_while(path: &Path, meanwhile: impl FnOnce()) -> Result<Vec<u8>, SourceFault> {
    let (mut bytes, most) = (Vec::new(), MOST_BYTES as u64 + 1);
    if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let file = plain_file::open(path)?;
    if let Some(lock) = lock_file(path) {
        return Err(SourceFault::Open(lock));
    }
    let before = file.metadata()?;
    (&file).take(most).read_to_end(&mut bytes)?;
    meanwhile();
    let (after, by_name) = (file.metadata()?, fs::metadata(path)?);
    if is_other(&before, &after) || is_other(&before, &by_name) {
        return Err(SourceFault::Changed);
    }
    Ok(bytes)
}

/// Whether a file was written to, or another one has its name.
fn is_other(before: &Metadata, after: &Metadata) -> bool {
    let of = |m: &Metadata| (m.dev(), m.ino(), m.len(), m.mtime(), m.mtime_nsec());
    before.is_file() && of(before) != of(after)
}

/// The lock file of a spreadsheet that has the file open.
fn lock_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let beside = [format!(".~lock.{name}#"), format!("~${name}")];
    beside.into_iter().map(|lock| path.with_file_name(lock)).find(|lock| lock.exists())
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Write as _};

    use super::*;

    #[test]
    fn a_file_that_somebody_is_writing_is_not_read() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("名簿.csv");
        let sentence = |fault: &SourceFault| fault.sentence(&path, Language::Ja);
        fs::write(&path, "記号,番号\n12,1\n").unwrap();
        assert_eq!(read(&path).unwrap(), "記号,番号\n12,1\n".as_bytes());

        let append = || {
            let mut file = File::options().append(true).open(&path).unwrap();
            file.write_all(b"12,2\n").unwrap();
        };
        let changed = read_while(&path, append).unwrap_err();
        assert!(sentence(&changed).contains("読んでいる間に書き換えられました"), "{changed:?}");
        // Saved by a program that writes beside and renames.
        let replace = || {
            fs::write(folder.path().join("new"), "記号,番号\n12,3\n").unwrap();
            fs::rename(folder.path().join("new"), &path).unwrap();
        };
        assert!(matches!(read_while(&path, replace), Err(SourceFault::Changed)));

        for lock in [".~lock.名簿.csv#", "~$名簿.csv"] {
            fs::write(folder.path().join(lock), "").unwrap();
            let open = read(&path).unwrap_err();
            assert!(sentence(&open).contains(lock) && sentence(&open).contains("閉じてから"), "{open:?}");
            fs::remove_file(folder.path().join(lock)).unwrap();
        }
        assert!(read(&path).is_ok());
        fs::remove_file(&path).unwrap();
        assert!(matches!(read(&path), Err(SourceFault::Unreadable(_))));
    }
}
