//! Files: the logo, the icon and the terms that a union names, read from the tenants folder.

use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::finding::FindingCode;
use super::layers::TenantFiles;
use super::open::{self, OpenError};
use super::shape::{is_unfilled, unfilled_line};
use super::svg;
use super::terms::{self, CHANGES, ChangesFlaw};
use crate::domain::saying::said;
use crate::domain::tenant::{Picture, Tenant};

const LARGEST_PICTURE: u64 = 100 * 1024;
const LARGEST_TERMS: u64 = 1024 * 1024;

/// Reads the files into the tenant.
pub(super) fn attach(files: &mut TenantFiles<'_, '_>, tenant: &mut Tenant, folder: &Path) {
    tenant.brand.logo = picture(files, "brand.logo", folder);
    tenant.brand.favicon = picture(files, "brand.favicon", folder);
    let Some(bytes) = read(files, "terms.file", folder, LARGEST_TERMS) else { return };
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

fn picture(files: &mut TenantFiles<'_, '_>, key: &str, folder: &Path) -> Option<Picture> {
    let mut bytes = read(files, key, folder, LARGEST_PICTURE)?;
    let path = files.text(key)?;
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let media_type = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => {
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
            "image/svg+xml"
        }
        Some("png") if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ => {
            files.tell(
                FindingCode::FileKind,
                &[key],
                said!("finding-file-kind", path),
                said!("finding-file-kind-help"),
            );
            return None;
        }
    };
    let hash = hash(&bytes).chars().take(16).collect();
    Some(Picture { media_type, bytes, hash })
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
fn read(files: &mut TenantFiles<'_, '_>, key: &str, folder: &Path, largest: u64) -> Option<Vec<u8>> {
    let path = files.text(key)?;
    if is_unfilled(path) || !super::forms::is_inside(path) {
        return None;
    }
    match open::bytes(&folder.join(path), largest) {
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
    let named = ["brand.logo", "brand.favicon", "terms.file"].into_iter().filter_map(|key| files.text(key));
    named.filter_map(|path| path.split_once('/')).map(|(folder, _)| folder.to_owned()).collect()
}
