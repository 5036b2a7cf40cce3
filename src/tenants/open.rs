//! Open: a file of the tenants folder as bytes or text: without waiting for anybody, only from a regular file, and never
//! more than it may hold. A pipe, a device or a link into one must not hold up the start of every union.

use std::fs::{self, FileType, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::finding::Bilingual;
use super::toml_file::{TextRange, line_and_column};

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Nothing of that name is there.
    Absent,
    /// A link that leads to nothing.
    Dangling,
    /// Something else than a file.
    Kind(FileType),
    /// More than the bytes it may hold.
    TooLarge(u64),
    /// What the system said.
    Failed(io::Error),
}

/// The bytes of a regular file, `largest` at most.
pub(super) fn bytes(path: &Path, largest: u64) -> Result<Vec<u8>, OpenError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => OpenError::Dangling,
        io::ErrorKind::NotFound => OpenError::Absent,
        _ => OpenError::Failed(error),
    };
    // Asked twice: opening a device may do something, and what was a file may be a pipe by then.
    judge(&fs::metadata(path).map_err(failed)?, largest)?;
    let mut options = OpenOptions::new();
    let file =
        options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path).map_err(failed)?;
    judge(&file.metadata().map_err(failed)?, largest)?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).map_err(OpenError::Failed)?;
    // It grew while it was read, or its system knows no sizes.
    if bytes.len() as u64 > largest { Err(OpenError::TooLarge(largest)) } else { Ok(bytes) }
}

fn judge(about: &Metadata, largest: u64) -> Result<(), OpenError> {
    if !about.is_file() {
        return Err(OpenError::Kind(about.file_type()));
    }
    if about.len() > largest { Err(OpenError::TooLarge(largest)) } else { Ok(()) }
}

impl OpenError {
    /// What is wrong with `name`, and what to do.
    pub fn told(&self, name: &str) -> (Bilingual, Bilingual) {
        match self {
            Self::Absent => (
                Bilingual::new(format!("{name} がありません"), format!("There is no {name}")),
                Bilingual::new(
                    "ファイルを置くか、名前を直してください",
                    "Put the file there, or mend its name",
                ),
            ),
            Self::Dangling => (
                Bilingual::new(
                    format!("{name} は、行き先のないリンクです"),
                    format!("{name} is a link that leads to nothing"),
                ),
                Bilingual::new(
                    "リンクの行き先を直すか、ファイルそのものを置いてください",
                    "Mend where the link leads, or put the file itself there",
                ),
            ),
            Self::Kind(kind) => {
                let (ja, en) = word(*kind);
                (
                    Bilingual::new(
                        format!("{name} は、ふつうのファイルではなく{ja}です"),
                        format!("{name} is no regular file but {en}"),
                    ),
                    Bilingual::new("ふつうのファイルに替えてください", "Replace it by a regular file"),
                )
            }
            Self::TooLarge(largest) => {
                let most = largest / 1024;
                (
                    Bilingual::new(
                        format!("{name} が {most} KB を超えています"),
                        format!("{name} is larger than {most} KB"),
                    ),
                    Bilingual::new(
                        "小さくしてください。別のファイルではないか、確かめてください",
                        "Make it smaller, and see whether it is another file",
                    ),
                )
            }
            Self::Failed(error) => (
                Bilingual::new(
                    format!("{name} を読めません({error})"),
                    format!("{name} cannot be read: {error}"),
                ),
                Bilingual::new("ファイルの種類と権限を確かめてください", "Check its kind and permissions"),
            ),
        }
    }
}

fn word(kind: FileType) -> (&'static str, &'static str) {
    match kind {
        _ if kind.is_dir() => ("フォルダ", "a folder"),
        _ if kind.is_fifo() => ("名前つきパイプ", "a named pipe"),
        _ if kind.is_socket() => ("ソケット", "a socket"),
        _ => ("デバイス", "a device"),
    }
}

/// The text of a file, or where and why it is none, and what to do.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, Box<(TextRange, Bilingual, Bilingual)>> {
    let wide = |bytes: &[u8]| bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let save = |ja: &str, en: &str| {
        Bilingual::new(
            format!("文字コードをUTF-8({ja}ではなく)にして保存してください"),
            format!("Save the file as UTF-8 (not {en})"),
        )
    };
    if wide(&bytes) || bytes.contains(&0) {
        return Err(Box::new((
            TextRange::START,
            Bilingual::new(
                "UTF-8ではなく、UTF-16のファイルのようです",
                "The file is not UTF-8; it seems to be UTF-16",
            ),
            save("UTF-16、Unicode", "UTF-16, \"Unicode\""),
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let head = error.as_bytes().get(..good).and_then(|head| std::str::from_utf8(head).ok()).unwrap_or("");
        let (line, column) = line_and_column(head, good);
        Box::new((
            TextRange { line, column, end_line: line, end_column: column },
            Bilingual::new("UTF-8ではない文字があります", "The file is not UTF-8"),
            save("Shift_JIS", "Shift_JIS"),
        ))
    })
}
