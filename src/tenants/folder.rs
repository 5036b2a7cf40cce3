//! Folder: what lies in the tenants folder: unions' files, and whatever looks as if it was meant to be one and is not read
//! as one. A slip of the file manager must not take a union off the air without a word.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

use super::DEFAULTS;
use super::finding::{Finding, FindingCode, Severity};
use super::phrases::shorten;
use super::words::nearest;
use crate::domain::saying::{Saying, said};
use crate::domain::tenant::TenantSlug;
use crate::world::account;

/// What lies in the folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// The unions' files: stem and path, sorted.
    pub files: Vec<(String, PathBuf)>,
    /// Files that are not read, and look as if they were meant to be.
    strays: Vec<SkippedFile>,
    /// Folders that could be a union's.
    folders: Vec<String>,
    /// Whether the shared values are there.
    defaults: bool,
}

/// A file that is not read.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SkippedFile {
    path: PathBuf,
    name: String,
    /// The stem that was probably meant.
    stem: String,
    why: SkipReason,
}

/// Why a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SkipReason {
    /// What editors, archives and package managers leave behind.
    Leftover,
    /// Its name is not quite `*.toml`.
    Name,
}

/// What a name says.
#[derive(Debug, PartialEq, Eq)]
enum FileName {
    Union(String),
    Defaults,
    Stray(String, SkipReason),
    Nothing,
}

/// Looks into the folder. Fails only when it cannot be opened.
pub(super) fn look(dir: &Path) -> io::Result<Folder> {
    let mut folder = Folder::default();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let whole = entry.file_name().to_str().is_some();
        match meant(&name, whole) {
            FileName::Union(stem) => folder.files.push((stem, path)),
            FileName::Defaults => folder.defaults = true,
            FileName::Stray(stem, why) => folder.strays.push(SkippedFile { path, name, stem, why }),
            FileName::Nothing => {
                if TenantSlug::parse(&name).is_some() && path.is_dir() {
                    folder.folders.push(name);
                }
            }
        }
    }
    folder.files.sort();
    folder.strays.sort();
    folder.folders.sort();
    Ok(folder)
}

/// What a file of that name was meant to be; `whole` is false where the name is no UTF-8.
fn meant(name: &str, whole: bool) -> FileName {
    if name == DEFAULTS {
        return FileName::Defaults;
    }
    let folded = name.nfkc().collect::<String>().to_lowercase();
    let trimmed = folded.trim();
    if whole
        && let Some(stem) = name.strip_suffix(".toml")
        && !stem.is_empty()
        && !stem.starts_with(['_', '.', '#'])
    {
        return FileName::Union(stem.to_owned());
    }
    let bare = trimmed.trim_start_matches("._").trim_start_matches(['.', '#']);
    let Some((stem, rest)) = bare.split_once(".toml").or_else(|| nearly(bare)) else {
        return FileName::Nothing;
    };
    if stem.is_empty() {
        return FileName::Nothing;
    }
    if let Some(hidden) = stem.strip_prefix('_') {
        // A name that begins with _ keeps a file out on purpose; but not the shared values.
        return match nearest(hidden, ["defaults"]) {
            Some(_) if rest.is_empty() || !is_leftover(trimmed, rest) => {
                FileName::Stray("_defaults".to_owned(), SkipReason::Name)
            }
            Some(_) => FileName::Stray("_defaults".to_owned(), SkipReason::Leftover),
            None => FileName::Nothing,
        };
    }
    let why = if is_leftover(trimmed, rest) { SkipReason::Leftover } else { SkipReason::Name };
    FileName::Stray(stem.to_owned(), why)
}

/// `x.tml`, `x.tom`: stem and no rest.
fn nearly(name: &str) -> Option<(&str, &str)> {
    let (stem, ending) = name.rsplit_once('.')?;
    (ending.len() < 8 && nearest(ending, ["toml"]).is_some()).then_some((stem, ""))
}

/// Whether a program left the file behind: hidden names, swap and lock files, backups.
fn is_leftover(name: &str, rest: &str) -> bool {
    const ENDINGS: [&str; 20] = [
        "~",
        "#",
        ".swp",
        ".swo",
        ".swn",
        ".swx",
        ".kate-swp",
        ".tmp",
        ".bak",
        ".backup",
        ".orig",
        ".old",
        ".save",
        ".rej",
        ".disabled",
        ".off",
        ".rpmsave",
        ".rpmnew",
        ".dpkg-old",
        ".dpkg-new",
    ];
    name.starts_with(['.', '#']) || ENDINGS.iter().any(|ending| rest.ends_with(ending))
}

impl Folder {
    /// Every file that is read as a union's, or that looks as if it was meant to be.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().map(|(_, path)| path).chain(self.strays.iter().map(|stray| &stray.path))
    }

    /// Folders that could be a union's.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    /// What there is to say about files that are not read as a union. `named` are the folders that unions' files name.
    pub fn findings(&self, dir: &Path, named: &BTreeSet<&str>) -> Vec<Finding> {
        let has = |stem: &str| {
            if stem == "_defaults" {
                self.defaults
            } else {
                self.files.binary_search_by(|(there, _)| there.as_str().cmp(stem)).is_ok()
            }
        };
        let strays = self.strays.iter().map(|stray| stray.finding(has(&stray.stem)));
        let lost = self.folders.iter().filter(|name| {
            !has(name)
                && !named.contains(name.as_str())
                && !self.strays.iter().any(|stray| stray.stem == **name)
        });
        strays.chain(lost.map(|name| without_file(dir, name))).collect()
    }
}

impl SkippedFile {
    /// `beside`: the file it was meant to be, or a copy of, is there.
    fn finding(&self, beside: bool) -> Finding {
        let (name, stem) = (shorten(&self.name), shorten(&self.stem));
        let severity = match (self.why, beside) {
            (SkipReason::Leftover, true) => Severity::Note,
            (SkipReason::Leftover, false) | (SkipReason::Name, true) => Severity::Warning,
            (SkipReason::Name, false) => Severity::Error,
        };
        let shared = self.stem == "_defaults";
        let message =
            if shared { said!("finding-stray-defaults", name) } else { said!("finding-stray", name) };
        let help = match (self.why, beside) {
            (SkipReason::Leftover, true) => said!("finding-leftover-help", stem),
            (SkipReason::Name, true) => said!("finding-stray-beside-help", stem),
            _ => said!("finding-stray-help", stem),
        };
        about(
            self.path.clone(),
            (!shared).then(|| self.stem.clone()),
            FindingCode::Stray,
            severity,
            message,
            help,
        )
    }
}

/// A folder with logo and terms, whose union has no file.
fn without_file(dir: &Path, name: &str) -> Finding {
    let inner = dir.join(name).join(format!("{name}.toml"));
    let help = if inner.exists() {
        said!("finding-folder-inner-help", name)
    } else {
        said!("finding-folder-only-help", name)
    };
    about(
        dir.join(name),
        Some(name.to_owned()),
        FindingCode::FolderOnly,
        FindingCode::FolderOnly.severity(),
        said!("finding-folder-only", name),
        help,
    )
}

/// Members whose union has no file (D37).
pub(super) fn members_without_file(dir: &Path, tenant: &str, members: u32, severity: Severity) -> Finding {
    about(
        dir.join(format!("{tenant}.toml")),
        Some(tenant.to_owned()),
        FindingCode::NoFile,
        severity,
        said!("finding-no-file", tenant, members),
        said!("finding-no-file-help", tenant),
    )
}

/// A file or folder that belongs to the superuser and that nobody else may read.
pub(super) fn for_owner_only(dir: &Path, path: &Path) -> Option<Finding> {
    let about_it = fs::metadata(path).ok()?;
    let (mode, more) = (about_it.mode() & 0o7777, if about_it.is_dir() { "a+rx" } else { "a+r" });
    let wanted = if about_it.is_dir() { 0o5 } else { 0o4 };
    let for_group = about_it.gid() != 0 && (mode >> 3) & wanted == wanted;
    if about_it.uid() != 0 || for_group || mode & wanted == wanted {
        return None;
    }
    let inside = path.strip_prefix(dir).unwrap_or(path);
    let first = inside.iter().next().and_then(|first| first.to_str()).unwrap_or_default();
    let union = TenantSlug::parse(first.strip_suffix(".toml").unwrap_or(first));
    let (name, owner) = (inside.to_string_lossy().into_owned(), account::called(about_it.uid()));
    Some(about(
        path.to_owned(),
        union.map(|union| union.to_string()),
        FindingCode::OwnerOnly,
        FindingCode::OwnerOnly.severity(),
        said!("finding-owner-only", name, owner, mode = format!("{mode:o}")),
        said!("finding-owner-only-help", more, path),
    ))
}

/// A finding about a file as a whole.
pub(super) fn about(
    file: PathBuf,
    tenant: Option<String>,
    code: FindingCode,
    severity: Severity,
    message: Saying,
    help: Saying,
) -> Finding {
    Finding {
        code,
        severity,
        tenant,
        file,
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        key: String::new(),
        message,
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_was_meant() {
        let union = |stem: &str| FileName::Union(stem.to_owned());
        let name = |stem: &str| FileName::Stray(stem.to_owned(), SkipReason::Name);
        let left = |stem: &str| FileName::Stray(stem.to_owned(), SkipReason::Leftover);
        for (file, expected) in [
            ("midori.toml", union("midori")),
            ("Midori.toml", union("Midori")),
            ("midori (1).toml", union("midori (1)")),
            ("_defaults.toml", FileName::Defaults),
            ("_midori.toml", FileName::Nothing),
            ("README.md", FileName::Nothing),
            ("midori", FileName::Nothing),
            (".toml", FileName::Nothing),
            ("..data", FileName::Nothing),
            ("midori.html", FileName::Nothing),
            ("midori.TOML", name("midori")),
            ("midori.toml.txt", name("midori")),
            ("midori.toml ", name("midori")),
            ("midori．ｔｏｍｌ", name("midori")),
            ("midori.tml", name("midori")),
            ("midori.toml のコピー", name("midori")),
            (".midori.toml.swp", left("midori")),
            (".#midori.toml", left("midori")),
            ("#midori.toml#", left("midori")),
            ("._midori.toml", left("midori")),
            (".midori.toml", left("midori")),
            ("midori.toml~", left("midori")),
            ("midori.toml.bak", left("midori")),
            ("midori.TOML.orig", left("midori")),
            ("_default.toml", name("_defaults")),
            ("_Defaults.toml", name("_defaults")),
            ("_defaults.toml.txt", name("_defaults")),
            ("_defaults.toml~", left("_defaults")),
        ] {
            assert_eq!(meant(file, true), expected, "{file}");
        }
        assert_eq!(meant("mi\u{fffd}.toml", false), name("mi\u{fffd}"));
    }
}
