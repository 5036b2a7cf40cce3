//! Rests: what a backup or a restore leaves that was killed. They are members' data under a name that no later backup has.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use super::sum;
use crate::world::plain_file;

/// Behind the name of what is being written.
const PART: &str = ".part";
/// What SQLite puts beside it.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];
/// How a SQLite file begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// A file that nobody writes any more, held until it is removed or let go.
#[derive(Debug)]
pub struct DeadPart {
    /// The path of the file.
    pub path: PathBuf,
    _held: File,
}

/// Files in a folder that a backup or a restore began, and that nobody writes any more.
pub fn dead(folder: &Path) -> Vec<DeadPart> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<DeadPart> = entries.flatten().filter_map(|entry| of_ours(entry.path())).collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Whoever writes such a file holds a lock on it for as long as it lives (`world::new_file`).
fn of_ours(path: PathBuf) -> Option<DeadPart> {
    let name = path.file_name()?.to_str()?;
    let is_sum = name.ends_with(&format!("{}{PART}", sum::END));
    if !name.ends_with(PART) || !fs::symlink_metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut held = plain_file::open(&path).ok()?;
    held.try_lock().ok()?;
    let mut begins = Vec::new();
    held.by_ref().take(SQLITE.len() as u64).read_to_end(&mut begins).ok()?;
    (is_sum || begins.is_empty() || begins == SQLITE).then_some(DeadPart { path, _held: held })
}

/// Removes what earlier backups left in the folder of this one: files whose name is like this one's but for the digits.
pub fn clear(file: &Path) -> Vec<PathBuf> {
    let Some(own) = file.file_name().and_then(OsStr::to_str) else { return Vec::new() };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let like = [format!("{own}{PART}"), format!("{own}{}{PART}", sum::END)].map(|name| shape(&name));
    let mut removed = Vec::new();
    for part in dead(folder) {
        let name = part.path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if !like.contains(&shape(name)) {
            continue;
        }
        for end in BESIDE {
            let mut beside = part.path.clone().into_os_string();
            beside.push(end);
            let _ = fs::remove_file(PathBuf::from(beside));
        }
        if fs::remove_file(&part.path).is_ok() {
            // As it was typed.
            removed.push(part.path.strip_prefix(".").unwrap_or(&part.path).to_owned());
        }
    }
    removed
}

/// A name with one digit for all digits.
fn shape(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::new_file::NewFile;

    #[test]
    fn only_what_dead_backups_of_that_name_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let sqlite = [SQLITE, &[0; 100]].concat();
        for name in
            ["b-20260101T0315.db.part", "b-20260101T0315.db.part-journal", "other.db.part", "b-1.db.part"]
        {
            fs::write(path(name), &sqlite).unwrap();
        }
        fs::write(path("b-20260102T0315.db.sha256.part"), "half").unwrap();
        fs::write(path("b-20260103T0315.db.part"), "what somebody downloads").unwrap();
        fs::write(path("b-20260104T0315.db"), &sqlite).unwrap();
        let running = NewFile::begin(&path("b-20260105T0315.db")).unwrap();
        let removed = clear(&path("b-20260106T0315.db"));
        assert_eq!(removed, [path("b-20260101T0315.db.part"), path("b-20260102T0315.db.sha256.part")]);
        assert!(!path("b-20260101T0315.db.part-journal").exists());
        assert!(running.part().exists() && path("b-20260104T0315.db").exists());
        assert!(path("b-20260103T0315.db.part").exists() && path("b-1.db.part").exists());
        let left: Vec<PathBuf> = dead(folder.path()).into_iter().map(|part| part.path).collect();
        assert_eq!(left, [path("b-1.db.part"), path("other.db.part")]);
    }
}
