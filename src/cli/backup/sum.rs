//! The sum of a backup: its SHA-256 in a file beside it, as `sha256sum` writes and checks it.
//!
//! # Decision
//! The sum gets its name before the backup does.
//! # Because
//! A bit that was turned in a row is found by no check of a database. A backup that is there has its sum; a sum whose backup
//! never came is replaced by the next one.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    cli::CommandFault,
    world::{new_file::NewFile, plain_file},
};

/// Behind the name of a backup.
pub const END: &str = ".sha256";
/// Bytes of the largest file of sums that is read.
const LARGEST: u64 = 64 * 1024;
/// Digits of a SHA-256.
const DIGITS: usize = 64;

/// Where the sum of a backup stands.
pub fn beside(file: &Path) -> PathBuf {
    let mut name: OsString = file.as_os_str().to_owned();
    name.push(END);
    name.into()
}

/// Writes the sum of a backup that is about to get its name.
///
/// # Errors
/// What the system said; [`io::ErrorKind::AlreadyExists`] where something other than a file is in its place.
pub fn write(file: &Path, sha256: &str) -> io::Result<()> {
    let path = beside(file);
    let new = match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() => NewFile::in_place_of(&path),
        _ => NewFile::begin(&path),
    }?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    writeln!(new.content(), "{sha256}  {name}")?;
    new.finish()
}

/// By what a backup was found to be the one that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparedWith {
    /// The sum in the file beside it.
    File,
    /// The sum on the command line.
    Typed,
}

/// What a backup's SHA-256 has to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedSum {
    typed: Option<String>,
    file: Option<String>,
}

impl ExpectedSum {
    /// Reads what stands beside the file, and takes what was typed.
    ///
    /// # Errors
    /// [`CommandFault::NotASum`], [`CommandFault::NoSumInFile`], [`CommandFault::File`].
    pub fn of(file: &Path, typed: Option<&str>) -> Result<Self, CommandFault> {
        let typed = typed.map(|text| sum(text.trim()).ok_or_else(|| CommandFault::NotASum(text.to_owned())));
        let path = beside(file);
        let found = match plain_file::read_text(&path, LARGEST) {
            Ok(text) => Some(of_name(&text, file).ok_or(CommandFault::NoSumInFile(path))?),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => None,
            Err(fault) if fault.kind() == io::ErrorKind::InvalidData => {
                return Err(CommandFault::NoSumInFile(path));
            }
            Err(fault) => return Err(CommandFault::File(path, fault)),
        };
        Ok(Self { typed: typed.transpose()?, file: found })
    }

    /// Holds the file's own sum against them. By what it was compared, if by anything.
    ///
    /// # Errors
    /// [`CommandFault::SumDiffers`].
    pub fn compare(&self, file: &Path, found: &str) -> Result<Option<ComparedWith>, CommandFault> {
        let both = [(&self.typed, ComparedWith::Typed), (&self.file, ComparedWith::File)];
        let mut compared = None;
        for (expected, with) in both {
            let Some(expected) = expected else { continue };
            if expected != found {
                let beside = (with == ComparedWith::File).then(|| beside(file));
                let (path, found) = (file.to_owned(), found.to_owned());
                return Err(CommandFault::SumDiffers { path, found, expected: expected.clone(), beside });
            }
            compared = compared.or(Some(with));
        }
        Ok(compared)
    }
}

/// A SHA-256 in hexadecimal.
fn sum(text: &str) -> Option<String> {
    let is_one = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| text.to_ascii_lowercase())
}

/// The sum of a file among the lines of `sha256sum`: the one with its name, or the only one, whatever the file was called.
fn of_name(text: &str, file: &Path) -> Option<String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let (digits, rest) = line.split_at_checked(DIGITS)?;
        let named = rest.trim_start_matches([' ', '*']).rsplit('/').next().unwrap_or_default().trim_end();
        Some((sum(digits)?, named.to_owned()))
    });
    let lines: Vec<(String, String)> = lines.collect::<Option<_>>()?;
    let by_name = lines.iter().find(|(_, named)| *named == name);
    let only = if lines.len() == 1 { lines.first() } else { None };
    by_name.or(only).map(|(sum, _)| sum.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_as_sha256sum_writes_it() {
        let (one, two) = ("a1".repeat(32), "b2".repeat(32));
        let file = Path::new("/backup/x.db");
        for (text, found) in [
            (format!("{one}  x.db\n"), Some(&one)),
            (format!("{one} *x.db\n"), Some(&one)),
            (format!("{}\n", one.to_uppercase()), Some(&one)),
            (format!("{one}  /elsewhere/was-called-otherwise.db\n"), Some(&one)),
            (format!("{two}  y.db\n{one}  ./x.db\n"), Some(&one)),
            (format!("{two}  y.db\n{one}  z.db\n"), None),
            ("no sum\n".to_owned(), None),
            (String::new(), None),
            (format!("{}  x.db\n", &one[1..]), None),
        ] {
            assert_eq!(of_name(&text, file).as_ref(), found, "{text}");
        }
    }
}
