//! Files: the logo, the icon and the terms that a union names, read from the tenants folder.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::finding::FindingCode;
use super::jwks;
use super::layers::TenantFiles;
use super::open::{self, OpenError};
use super::picture::{self, PictureKind};
use super::shape::{is_unfilled, unfilled_line};
use super::stamp::FileStamp;
use super::svg;
use super::terms::{self, CHANGES, ChangesFlaw};
use crate::domain::saying::{Saying, said};
use crate::domain::sso::ClientKey;
use crate::domain::tenant::{Picture, Tenant};

/// The keys that name files.
const NAMING: [&str; 6] =
    ["brand.logo", "brand.favicon", "brand.touch_icon", "brand.hero", "terms.file", "terms.file_en"];
/// The largest photograph of the entrance, in bytes.
const LARGEST_HERO: u64 = 200 * 1024;
/// The largest other picture, in bytes.
const LARGEST_PICTURE: u64 = 100 * 1024;
/// The largest text of terms, in bytes.
const LARGEST_TERMS: u64 = 1024 * 1024;

/// Where the files are that a union names, and which of them were asked for.
pub(super) struct FilesBeside<'f> {
    from: FilesSource<'f>,
    looked_at: RefCell<Vec<FileBeside>>,
    hashes: RefCell<BTreeMap<String, String>>,
}

/// A file of the folder that a union names.
#[derive(Debug)]
pub(super) struct FileBeside {
    /// The key that names it.
    pub key: String,
    /// Its path, beginning with the folder's.
    pub path: PathBuf,
    /// What lay there before it was read.
    pub stamp: Option<FileStamp>,
}

enum FilesSource<'f> {
    /// In the folder, by the path that the union's file gives.
    Folder(&'f Path),
    /// Kept with an earlier version, by the key that named them.
    Kept(&'f BTreeMap<String, Vec<u8>>),
}

impl<'f> FilesBeside<'f> {
    /// Files of the folder.
    pub fn of_folder(folder: &'f Path) -> Self {
        Self::new(FilesSource::Folder(folder))
    }

    /// Files that were kept, by the key that named them.
    pub fn kept(kept: &'f BTreeMap<String, Vec<u8>>) -> Self {
        Self::new(FilesSource::Kept(kept))
    }

    fn new(from: FilesSource<'f>) -> Self {
        Self { from, looked_at: RefCell::default(), hashes: RefCell::default() }
    }

    fn bytes(&self, key: &str, path: &str, largest: u64) -> Result<Vec<u8>, OpenError> {
        let bytes = match self.from {
            FilesSource::Folder(folder) => {
                let path = folder.join(path);
                // Before its content: what changes meanwhile is noticed at the next look.
                let stamp = FileStamp::of(&path);
                let bytes = open::bytes_below(folder, &path, largest);
                self.looked_at.borrow_mut().push(FileBeside { key: key.to_owned(), path, stamp });
                bytes?
            }
            FilesSource::Kept(kept) => kept.get(key).cloned().ok_or(OpenError::Absent)?,
        };
        self.hashes.borrow_mut().insert(key.to_owned(), hash(&bytes));
        Ok(bytes)
    }

    /// SHA-256 of these texts and of every file that was read, hex.
    pub fn hash_with(&self, texts: &[&str]) -> String {
        hash_of(texts, self.hashes.borrow().iter().map(|(key, hash)| (key.as_str(), hash.clone())))
    }

    /// The key that names it, and SHA-256 in hex, of each file that was read.
    pub fn hashes(&self) -> Box<[(String, String)]> {
        self.hashes.borrow().iter().map(|(key, hash)| (key.clone(), hash.clone())).collect()
    }

    /// The files of the folder that were asked for.
    pub fn looked_at(self) -> Box<[FileBeside]> {
        self.looked_at.into_inner().into_boxed_slice()
    }
}

/// SHA-256 of texts and of files under their keys, hex: by it a version of a union is known.
fn hash_of<'k>(texts: &[&str], files: impl Iterator<Item = (&'k str, String)>) -> String {
    let mut all = Sha256::new();
    for text in texts {
        all.update((text.len() as u64).to_be_bytes());
        all.update(text);
    }
    for (key, hash) in files {
        all.update(format!("{key} {hash} "));
    }
    HEXLOWER.encode(&all.finalize())
}

/// The same of files that are at hand.
pub(super) fn hash_of_kept(texts: &[&str], files: &BTreeMap<String, Vec<u8>>) -> String {
    hash_of(texts, files.iter().map(|(key, bytes)| (key.as_str(), hash(bytes))))
}

/// Reads the files into the tenant.
pub(super) fn attach(files: &mut TenantFiles<'_, '_>, tenant: &mut Tenant, beside: &FilesBeside<'_>) {
    tenant.brand.logo = picture(files, "brand.logo", PictureUse::Logo, beside);
    tenant.brand.favicon = picture(files, "brand.favicon", PictureUse::Logo, beside);
    tenant.brand.touch_icon = picture(files, "brand.touch_icon", PictureUse::TouchIcon, beside);
    tenant.brand.hero = picture(files, "brand.hero", PictureUse::Hero, beside);
    for (at, service) in tenant.services.iter_mut().enumerate() {
        if let Some(client) = &mut service.sso {
            client.keys = client_keys(files, &client_keys_key(at), beside);
        }
    }
    let Some(bytes) = read(files, "terms.file", beside, LARGEST_TERMS) else { return };
    let hash = hash(&bytes);
    let markdown = match open::text(bytes) {
        Ok(markdown) => markdown,
        Err(told) => {
            let (place, message, help) = *told;
            let path = files.text("terms.file").unwrap_or_default().to_owned();
            let line = place.line;
            let message = said!("finding-in-line", path, line, why = message);
            return files.tell(FindingCode::Unreadable, &["terms.file"], message, help);
        }
    };
    tell_unfilled(files, "terms.file", &markdown);
    let rendered = terms::render(markdown.trim_start_matches('\u{feff}'));
    if rendered.is_empty {
        let help = if rendered.changes.is_some() {
            // It swallowed them.
            said!("finding-terms-empty-swallowed", heading = CHANGES)
        } else {
            said!("finding-terms-empty-help")
        };
        files.tell(FindingCode::OutOfRange, &["terms.file"], said!("finding-terms-empty"), help);
    }
    if let Some(unseen) = rendered.unseen {
        changes_unseen(files, unseen);
    }
    if let Some(line) = rendered.swallowed {
        preamble_in_changes(files, line);
    }
    if rendered.dropped_html {
        files.tell(
            FindingCode::HtmlDropped,
            &["terms.file"],
            said!("finding-html-dropped"),
            said!("finding-html-dropped-help"),
        );
    }
    tenant.terms.hash = hash;
    tenant.terms.html = rendered.html;
    tenant.terms.changes = rendered.changes;
    translation(files, tenant, beside);
}

/// The terms in English. They are shown as long as they translate the version in force: nobody agrees to a text of which
/// another one was read.
fn translation(files: &mut TenantFiles<'_, '_>, tenant: &mut Tenant, beside: &FilesBeside<'_>) {
    let Some(bytes) = read(files, "terms.file_en", beside, LARGEST_TERMS) else { return };
    let Ok(markdown) = open::text(bytes) else {
        let path = files.text("terms.file_en").unwrap_or_default().to_owned();
        let (message, help) =
            (said!("finding-translation-unreadable", path), said!("finding-save-not-shift-jis"));
        return files.tell(FindingCode::Unreadable, &["terms.file_en"], message, help);
    };
    tell_unfilled(files, "terms.file_en", &markdown);
    let rendered = terms::render(markdown.trim_start_matches('\u{feff}'));
    let version = tenant.terms.version.as_str();
    if rendered.is_empty {
        let help = said!("finding-terms-empty-help");
        files.tell(FindingCode::OutOfRange, &["terms.file_en"], said!("finding-terms-empty"), help);
    } else if files.text("terms.version_en") != Some(version) {
        files.tell(
            FindingCode::TranslationLate,
            &["terms.version_en", "terms.file_en"],
            said!("finding-translation-late", version),
            said!("finding-translation-late-help", version),
        );
    } else {
        tenant.english.terms_html = Some(rendered.html);
        tenant.english.terms_changes = rendered.changes;
    }
}

/// The key that names the file of a service's keys.
fn client_keys_key(service: usize) -> String {
    format!("services.{service}.sso.jwks")
}

/// The keys by which a service signs that it is itself.
fn client_keys(files: &mut TenantFiles<'_, '_>, key: &str, beside: &FilesBeside<'_>) -> Vec<ClientKey> {
    let Some(bytes) = read(files, key, beside, jwks::LARGEST) else { return Vec::new() };
    jwks::read(&bytes).unwrap_or_else(|flaw| {
        let path = files.text(key).unwrap_or_default().to_owned();
        files.tell(
            FindingCode::SsoKeys,
            &[key],
            said!("finding-sso-keys", path, flaw = flaw.word()),
            said!("finding-sso-keys-help"),
        );
        Vec::new()
    })
}

/// A file that still holds a stand-in.
fn tell_unfilled(files: &mut TenantFiles<'_, '_>, key: &str, text: &str) {
    let Some((line, path)) = unfilled_line(text).zip(files.text(key)) else { return };
    files.tell(
        FindingCode::Unfilled,
        &[key],
        said!("finding-unfilled-file", path, line),
        said!("finding-unfilled-file-help"),
    );
}

/// A section that should say what changed, and will not.
fn changes_unseen(files: &mut TenantFiles<'_, '_>, unseen: ChangesFlaw) {
    let (message, help) = match unseen {
        ChangesFlaw::Empty => {
            (said!("finding-changes-empty", heading = CHANGES), said!("finding-changes-empty-help"))
        }
        ChangesFlaw::NotFirst => {
            (said!("finding-changes-not-first", heading = CHANGES), said!("finding-changes-not-first-help"))
        }
    };
    files.tell(FindingCode::ChangesUnseen, &["terms.file"], message, help);
}

/// A paragraph at the end of the section on what changed, where the preamble of the terms used to stand.
fn preamble_in_changes(files: &mut TenantFiles<'_, '_>, line: usize) {
    let Some(path) = files.text("terms.file").map(str::to_owned) else { return };
    files.tell(
        FindingCode::PreambleInChanges,
        &["terms.file"],
        said!("finding-preamble-in-changes", path, line, heading = CHANGES),
        said!("finding-preamble-in-changes-help", heading = CHANGES),
    );
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// What a picture is for, and what it has to be for that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PictureUse {
    /// Beside the name, in the tab: drawn at any size.
    Logo,
    /// On home screens, which draw no SVG: a square.
    TouchIcon,
    /// Beside the heading of the entrance.
    Hero,
}

impl PictureUse {
    fn largest(self) -> u64 {
        if self == Self::Hero { LARGEST_HERO } else { LARGEST_PICTURE }
    }

    fn takes(self, kind: PictureKind) -> bool {
        match self {
            Self::Logo => matches!(kind, PictureKind::Svg | PictureKind::Png),
            Self::TouchIcon => kind == PictureKind::Png,
            Self::Hero => matches!(kind, PictureKind::Png | PictureKind::Jpeg),
        }
    }

    /// Whether it can be shown well in these measures.
    fn fits(self, (width, height): (u32, u32)) -> bool {
        match self {
            Self::Logo => true,
            Self::TouchIcon => width == height && (180..=1024).contains(&width),
            Self::Hero => (800..=2400).contains(&width) && (400..=2400).contains(&height),
        }
    }

    /// What it has to be.
    fn help(self) -> Saying {
        match self {
            Self::Logo => said!("finding-file-kind-help"),
            Self::TouchIcon => said!("finding-touch-icon-help"),
            Self::Hero => said!("finding-hero-help"),
        }
    }
}

fn picture(
    files: &mut TenantFiles<'_, '_>,
    key: &str,
    what_for: PictureUse,
    beside: &FilesBeside<'_>,
) -> Option<Picture> {
    let mut bytes = read(files, key, beside, what_for.largest())?;
    let path = files.text(key)?;
    let kind = PictureKind::of(path, &bytes).filter(|kind| what_for.takes(*kind));
    let size = match kind {
        Some(PictureKind::Svg) => {
            tell_unfilled(files, key, &String::from_utf8_lossy(&bytes));
            match clean_svg(bytes) {
                Ok(clean) => bytes = clean,
                Err(unclean) => {
                    let line = unclean.line;
                    files.tell(
                        FindingCode::UncleanSvg,
                        &[key],
                        said!("finding-in-line", path, line, why = unclean.why),
                        said!("finding-svg-help"),
                    );
                    return None;
                }
            }
            picture::svg_size(&bytes)
        }
        Some(kind @ (PictureKind::Png | PictureKind::Jpeg)) => {
            kind.without_words(&bytes).map(|(kept, size)| {
                bytes = kept;
                size
            })
        }
        None => None,
    };
    let Some(kind) = kind.filter(|kind| *kind == PictureKind::Svg || size.is_some()) else {
        let message = match what_for {
            PictureUse::Logo => said!("finding-file-kind", path),
            PictureUse::TouchIcon => said!("finding-touch-icon-kind", path),
            PictureUse::Hero => said!("finding-hero-kind", path),
        };
        files.tell(FindingCode::FileKind, &[key], message, what_for.help());
        return None;
    };
    if let Some((width, height)) = size.filter(|size| !what_for.fits(*size)) {
        let message = said!("finding-picture-size", path, width, height);
        files.tell(FindingCode::PictureSize, &[key], message, what_for.help());
        return None;
    }
    let hash = hash(&bytes).chars().take(16).collect();
    Some(Picture { media_type: kind.media_type(), size, bytes, hash })
}

/// The picture written anew.
fn clean_svg(bytes: Vec<u8>) -> Result<Vec<u8>, svg::Unclean> {
    let text = open::text(bytes).map_err(|told| {
        let (place, why, _) = *told;
        svg::Unclean { line: place.line, why }
    })?;
    svg::clean(text.trim_start_matches('\u{feff}')).map(String::into_bytes)
}

/// The bytes of the file that `key` names; `None` when there is no such key or it was told.
fn read(
    files: &mut TenantFiles<'_, '_>,
    key: &str,
    beside: &FilesBeside<'_>,
    largest: u64,
) -> Option<Vec<u8>> {
    let path = files.text(key)?;
    if is_unfilled(path) || !super::forms::is_inside(path) {
        return None;
    }
    match beside.bytes(key, path, largest) {
        Ok(bytes) => Some(bytes),
        Err(unread) => {
            let code = if matches!(unread, OpenError::TooLarge(_)) {
                FindingCode::FileTooLarge
            } else {
                FindingCode::FileMissing
            };
            let (message, help) = unread.told(path);
            files.tell(code, &[key], message, help);
            None
        }
    }
}

/// The folders that the union's values name.
pub(super) fn folders(files: &TenantFiles<'_, '_>) -> Vec<String> {
    let services = (0..files.rows("services").len()).map(client_keys_key);
    let keys: Vec<String> = NAMING.map(str::to_owned).into_iter().chain(services).collect();
    let named = keys.iter().filter_map(|key| files.text(key));
    named.filter_map(|path| path.split_once('/')).map(|(folder, _)| folder.to_owned()).collect()
}
