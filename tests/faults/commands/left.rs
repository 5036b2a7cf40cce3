//! What lies where a command writes, whatever became of the command: it is whole, or nobody takes it for the whole.

use std::{fs, path::Path};

use data_encoding::HEXLOWER;
use kenpo_portal::vault::KeyRing;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Place, told};
use crate::program::sqlite;

/// How the name of a file ends that is still written: by these the commands name it, and clear it away or ask to.
const UNFINISHED: [&str; 5] = [".part", ".part-journal", ".part-wal", ".part-shm", ".partial"];

/// Each file and folder that the deed has left is whole, or has the name of one that is not.
pub fn is_whole(place: &Place, words: &str, after: &str) {
    for entry in fs::read_dir(place.out.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let what = format!("{after}: {name}");
        if UNFINISHED.iter().any(|end| name.ends_with(end)) {
            continue;
        }
        match name {
            "a.db" => backup(place, &what),
            // It gets its name before the backup does. The backup is compared with it.
            "a.db.sha256" => {
                let text = fs::read_to_string(&path).unwrap();
                assert!(text.ends_with("  a.db\n") && text.len() == 64 + 7, "{what}: {text}");
            }
            "ring.toml" => drop(KeyRing::read(&path).unwrap_or_else(|fault| panic!("{what}: {fault:?}"))),
            "n.csv" => notices(place, &path, words, &what),
            "g.html" => page(&path, &what),
            "all" => export(&path, &what),
            "preview" => preview(&path, &what),
            _ => panic!("{what}: nobody said that it would be written"),
        }
    }
}

/// It can be restored, and is what its sum says.
fn backup(place: &Place, what: &str) {
    let empty = tempfile::tempdir().unwrap();
    let mut restore = place.typed("restore OUT/a.db --reason drill --dry-run");
    let done = restore.env("PORTAL_DATABASE__URL", sqlite(empty.path())).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{what}: {}", told(&done));
    assert!(place.out.path().join("a.db.sha256").exists(), "{what}: without its sum");
}

/// A row for everybody who is told something, and each row to its end.
fn notices(place: &Place, path: &Path, words: &str, what: &str) {
    let text = fs::read(path).unwrap();
    let roster = fs::read_to_string(place.folder.path().join("roster.csv")).unwrap();
    let members = if words.contains("ROSTER") { roster.lines().count() - 1 } else { 1 };
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let rows = reader.byte_records().map(|row| row.unwrap_or_else(|fault| panic!("{what}: {fault}")));
    assert_eq!(rows.count(), members, "{what}");
    assert!(text.ends_with(b"\n"), "{what}: the last row is cut off");
}

fn page(path: &Path, what: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.trim_end().ends_with("</html>"), "{what}: {} is cut off", path.display());
}

/// A folder without a manifest is not whole. What the manifest names is there as it says.
fn export(folder: &Path, what: &str) {
    let Ok(text) = fs::read_to_string(folder.join("manifest.json")) else { return };
    let manifest: Value = serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{what}: {fault}"));
    let files = manifest["files"].as_array().unwrap();
    assert!(files.len() > 2, "{what}: {text}");
    for file in files {
        let name = file["name"].as_str().unwrap();
        let bytes = fs::read(folder.join(name)).unwrap_or_else(|fault| panic!("{what}: {name}: {fault}"));
        assert_eq!(file["sha256"], HEXLOWER.encode(&Sha256::digest(&bytes)), "{what}: {name}");
    }
    assert!(fs::metadata(folder.join("README.txt")).unwrap().len() > 0, "{what}");
}

/// A folder without the page that lists all others is not whole. What it leads to is there, and each page to its end.
fn preview(folder: &Path, what: &str) {
    let index = folder.join("index.html");
    let Ok(text) = fs::read_to_string(&index) else { return };
    let led_to = text.split(" href=\"").skip(1).filter_map(|rest| rest.split(['"', '#']).next());
    let led_to: Vec<&str> = led_to.filter(|link| !link.is_empty()).collect();
    assert!(led_to.len() > 100, "{what}: {led_to:?}");
    for link in led_to {
        assert!(folder.join(link).is_file(), "{what}: {link} is missing");
    }
    pages_below(folder, what);
}

fn pages_below(folder: &Path, what: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages_below(&path, what);
        } else if path.extension().is_some_and(|ending| ending == "html") {
            page(&path, what);
        }
    }
}
