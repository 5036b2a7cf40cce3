//! Folder: where a preview is written: new or empty, and no link.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use super::files::{INDEX, PreviewFiles};

/// What was to be written, and what the system said.
type FolderFault = (PathBuf, io::Error);

/// Makes the folder; whether there is an empty one now. One that holds anything, and a link to one, is left as it is.
pub fn prepare(folder: &Path) -> Result<bool, FolderFault> {
    let failed = |fault| (folder.to_owned(), fault);
    match fs::symlink_metadata(folder) {
        Ok(about) if about.is_dir() => Ok(fs::read_dir(folder).map_err(failed)?.next().is_none()),
        Ok(about) if about.is_symlink() => Ok(false),
        Ok(_) => Err(failed(ErrorKind::NotADirectory.into())),
        Err(fault) if fault.kind() == ErrorKind::NotFound => {
            fs::create_dir(folder).map_err(failed)?;
            Ok(true)
        }
        Err(fault) => Err(failed(fault)),
    }
}

/// Writes the files, the index last: a folder without it is not whole.
pub fn write(folder: &Path, files: &PreviewFiles) -> Result<(), FolderFault> {
    let (index, others): (Vec<_>, Vec<_>) = files.content.iter().partition(|(path, _)| *path == INDEX);
    for (path, bytes) in others.into_iter().chain(index) {
        let path = folder.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)
        });
        written.map_err(|fault| (path, fault))?;
    }
    Ok(())
}
