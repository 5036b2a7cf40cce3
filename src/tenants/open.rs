//! Open: a file of the tenants folder as bytes or text: without waiting for anybody, only from a regular file, and never
//! more than it may hold. A pipe, a device or a link into one must not hold up the start of every union.

use std::fs::{self, FileType, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use super::toml_file::{TextRange, line_and_column};
use crate::domain::saying::{Saying, said};
use crate::world::{account, plain_file};

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Nothing of that name is there.
    Absent,
    /// A link that leads to nothing.
    Dangling,
    /// A link that leads out of the folder.
    Outside,
    /// Something else than a file.
    Kind(FileType),
    /// More than the bytes it may hold.
    TooLarge(u64),
    /// This program may not read it: its path.
    Forbidden(PathBuf),
    /// What the system said.
    Failed(io::Error),
}

/// The bytes of a regular file, `largest` at most.
pub(super) fn bytes(path: &Path, largest: u64) -> Result<Vec<u8>, OpenError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => OpenError::Dangling,
        io::ErrorKind::NotFound => OpenError::Absent,
        io::ErrorKind::PermissionDenied => OpenError::Forbidden(path.to_owned()),
        _ => OpenError::Failed(error),
    };
    judge(&fs::metadata(path).map_err(failed)?, largest)?;
    let file = plain_file::open(path).map_err(failed)?;
    judge(&file.metadata().map_err(failed)?, largest)?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).map_err(OpenError::Failed)?;
    // It grew while it was read, or its system knows no sizes.
    if bytes.len() as u64 > largest { Err(OpenError::TooLarge(largest)) } else { Ok(bytes) }
}

/// The bytes of a regular file that lies below `folder`, also where links on the way to it are followed: a union hands its
/// logo and terms in, and none of them shows what else the machine holds.
pub(super) fn bytes_below(folder: &Path, path: &Path, largest: u64) -> Result<Vec<u8>, OpenError> {
    match (fs::canonicalize(folder), fs::canonicalize(path)) {
        (Ok(folder), Ok(real)) if real.is_file() && !real.starts_with(&folder) => Err(OpenError::Outside),
        _ => bytes(path, largest),
    }
}

fn judge(about: &Metadata, largest: u64) -> Result<(), OpenError> {
    if !about.is_file() {
        return Err(OpenError::Kind(about.file_type()));
    }
    if about.len() > largest { Err(OpenError::TooLarge(largest)) } else { Ok(()) }
}

impl OpenError {
    /// What is wrong with `name`, and what to do.
    pub fn told(&self, name: &str) -> (Saying, Saying) {
        match self {
            Self::Absent => (said!("finding-file-absent", name), said!("finding-file-absent-help")),
            Self::Dangling => (said!("finding-link-dangling", name), said!("finding-link-dangling-help")),
            Self::Outside => (said!("finding-link-outside", name), said!("finding-link-outside-help")),
            Self::Kind(kind) => (
                said!("finding-file-not-regular", name, kind = word(*kind)),
                said!("finding-file-not-regular-help"),
            ),
            Self::TooLarge(largest) => {
                let most = largest / 1024;
                (said!("finding-file-too-large", name, most), said!("finding-file-too-large-help"))
            }
            Self::Forbidden(path) => {
                let (path, mode) = account::kept_out(path);
                (
                    said!("finding-file-forbidden", name, user = account::own()),
                    said!("finding-file-forbidden-help", path = &path, mode),
                )
            }
            Self::Failed(error) => (
                said!("finding-file-unreadable", name, error = error.to_string()),
                said!("finding-file-unreadable-help"),
            ),
        }
    }
}

fn word(kind: FileType) -> Saying {
    match kind {
        _ if kind.is_dir() => said!("finding-kind-folder"),
        _ if kind.is_fifo() => said!("finding-kind-pipe"),
        _ if kind.is_socket() => said!("finding-kind-socket"),
        _ => said!("finding-kind-device"),
    }
}

/// The text of a file, or where and why it is none, and what to do.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, Box<(TextRange, Saying, Saying)>> {
    let wide = |bytes: &[u8]| bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if wide(&bytes) || bytes.contains(&0) {
        return Err(Box::new((TextRange::START, said!("finding-utf-16"), said!("finding-save-not-utf-16"))));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let head = error.as_bytes().get(..good).and_then(|head| std::str::from_utf8(head).ok()).unwrap_or("");
        let (line, column) = line_and_column(head, good);
        Box::new((
            TextRange { line, column, end_line: line, end_column: column },
            said!("finding-not-utf-8"),
            said!("finding-save-not-shift-jis"),
        ))
    })
}
