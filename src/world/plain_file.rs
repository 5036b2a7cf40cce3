//! Plain file: how a file that somebody named is read: a regular file or a link to one, opened without waiting for anybody,
//! and never more of it than it may hold. A device or a pipe may not end, and may keep its reader waiting for ever. What a
//! command may read from a pipe it reads from standard input, `-`.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Opens a regular file for reading.
///
/// # Errors
/// What the system said; [`io::ErrorKind::IsADirectory`] for a folder, [`io::ErrorKind::InvalidInput`] for a device, a pipe
/// or a socket.
pub fn open(path: &Path) -> io::Result<File> {
    // Asked twice: opening a device may do something, and what was a file may be a pipe by then.
    judge(&fs::metadata(path)?)?;
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    judge(&file.metadata()?)?;
    Ok(file)
}

/// The bytes of a regular file that holds at most `most`.
///
/// # Errors
/// As [`open`]; [`io::ErrorKind::InvalidInput`] where there are more.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    if size > most {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size + 1).unwrap_or(0));
    file.take(most + 1).read_to_end(&mut bytes)?;
    // It grew while it was read, or its system knows no sizes.
    if bytes.len() as u64 > most { Err(io::ErrorKind::InvalidInput.into()) } else { Ok(bytes) }
}

/// The same as text.
///
/// # Errors
/// As [`read`]; [`io::ErrorKind::InvalidData`] where it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn judge(about: &Metadata) -> io::Result<()> {
    match about {
        about if about.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        about if !about.is_file() => Err(io::ErrorKind::InvalidInput.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_regular_file_is_read_and_never_more_than_it_may_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "あ").unwrap();
        assert_eq!(read_text(&path, 3).unwrap(), "あ");
        assert_eq!(read(&path, 2).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(read_text(&path, 3).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for no_file in [Path::new("/dev/full"), Path::new("/dev/zero"), Path::new("/dev/null"), &pipe] {
            let fault = open(no_file).unwrap_err();
            assert_eq!(fault.kind(), io::ErrorKind::InvalidInput, "{}", no_file.display());
        }
        assert_eq!(open(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(open(&folder.path().join("no")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
