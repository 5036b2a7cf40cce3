//! Files: the logo, the icon and the terms that a union names, read from the tenants folder.

use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::finding::{Bilingual, FindingCode};
use super::layers::TenantFiles;
use super::open::{self, OpenError};
use super::shape::is_unfilled;
use super::svg;
use super::terms::{self, CHANGES, ChangesFlaw};
use crate::domain::tenant::{Picture, Tenant};

const LARGEST_PICTURE: u64 = 100 * 1024;
const LARGEST_TERMS: u64 = 1024 * 1024;

/// Reads the files into the tenant.
pub(super) fn attach(desk: &mut TenantFiles<'_, '_>, tenant: &mut Tenant, folder: &Path) {
    tenant.brand.logo = picture(desk, "brand.logo", folder);
    tenant.brand.favicon = picture(desk, "brand.favicon", folder);
    let Some(bytes) = read(desk, "terms.file", folder, LARGEST_TERMS) else { return };
    let hash = hash(&bytes);
    let markdown = match open::text(bytes) {
        Ok(markdown) => markdown,
        Err(told) => {
            let (place, message, help) = *told;
            let path = desk.text("terms.file").unwrap_or_default().to_owned();
            let line = place.line;
            let message = Bilingual::new(
                format!("{path} の {line} 行目: {}", message.ja()),
                format!("{path}, line {line}: {}", message.en()),
            );
            return desk.tell(FindingCode::Unreadable, &["terms.file"], message, help);
        }
    };
    let rendered = terms::render(markdown.trim_start_matches('\u{feff}'));
    if rendered.is_empty {
        let help = if rendered.changes.is_some() {
            // It swallowed them.
            Bilingual::new(
                format!(
                    "「{CHANGES}」は、同じ大きさの次の見出しまで続きます。本文の見出しを、それと同じ大きさか、それより大きくしてください"
                ),
                format!(
                    "The section 「{CHANGES}」 goes on to the next heading of its level: give the terms headings of that level or above"
                ),
            )
        } else {
            Bilingual::new("規約の本文を書いてください", "Write the terms")
        };
        desk.tell(
            FindingCode::OutOfRange,
            &["terms.file"],
            Bilingual::new("規約が空です", "The terms are empty"),
            help,
        );
    }
    if let Some(unseen) = rendered.unseen {
        changes_unseen(desk, unseen);
    }
    if let Some(line) = rendered.swallowed {
        preamble_in_changes(desk, line);
    }
    if rendered.dropped_html {
        desk.tell(
            FindingCode::HtmlDropped,
            &["terms.file"],
            Bilingual::new("規約の中のHTMLは画面に出ません", "HTML in the terms is not shown"),
            Bilingual::new("Markdownで書いてください", "Write Markdown"),
        );
    }
    tenant.terms.hash = hash;
    tenant.terms.html = rendered.html;
    tenant.terms.changes = rendered.changes;
}

/// A section that should say what changed, and will not.
fn changes_unseen(desk: &mut TenantFiles<'_, '_>, unseen: ChangesFlaw) {
    let (message, help) = match unseen {
        ChangesFlaw::Empty => (
            Bilingual::new(
                format!("規約の「{CHANGES}」に何も書かれていません"),
                format!("The section 「{CHANGES}」 of the terms says nothing"),
            ),
            Bilingual::new(
                "変わったところを書くか、見出しを消してください",
                "Write what changed, or remove the heading",
            ),
        ),
        ChangesFlaw::NotFirst => (
            Bilingual::new(
                format!("規約の「{CHANGES}」が最初の節ではないため、規約の一部として全員に示します"),
                format!(
                    "The section 「{CHANGES}」 is not the first one, so everybody sees it as a part of the terms"
                ),
            ),
            Bilingual::new(
                "題名と前文のあと、最初の見出しのすぐ前に移してください。前に同意した方にだけ、規約の上に示します",
                "Move it behind title and preamble, right before the first heading of the terms: those who agreed before see it above them",
            ),
        ),
    };
    desk.tell(FindingCode::ChangesUnseen, &["terms.file"], message, help);
}

/// A paragraph at the end of the section on what changed, where the preamble of the terms used to stand.
fn preamble_in_changes(desk: &mut TenantFiles<'_, '_>, line: usize) {
    let Some(path) = desk.text("terms.file").map(str::to_owned) else { return };
    desk.tell(
        FindingCode::PreambleInChanges,
        &["terms.file"],
        Bilingual::new(
            format!(
                "{path} の {line} 行目: この段落は「{CHANGES}」の節の中にあるため、規約の一部ではなく、変わったところとして示します。はじめて同意する方には見えません"
            ),
            format!(
                "{path}, line {line}: this paragraph stands in the section 「{CHANGES}」, so it is shown as a change and not as a part of the terms; newcomers do not see it"
            ),
        ),
        Bilingual::new(
            format!(
                "規約の前文のときは、「{CHANGES}」の見出しより上に移してください。変わったところのときは、箇条書き(「- 」で始まる行)にしてください"
            ),
            format!(
                "If it is the preamble, move it above the heading 「{CHANGES}」; if it is a change, make it a list item (`- `)"
            ),
        ),
    );
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn picture(desk: &mut TenantFiles<'_, '_>, key: &str, folder: &Path) -> Option<Picture> {
    let mut bytes = read(desk, key, folder, LARGEST_PICTURE)?;
    let path = desk.text(key)?;
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let media_type = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => {
            match clean_svg(bytes) {
                Ok(clean) => bytes = clean,
                Err(unclean) => {
                    let line = unclean.line;
                    desk.tell(
                        FindingCode::UncleanSvg,
                        &[key],
                        Bilingual::new(
                            format!("{path} の {line} 行目: {}", unclean.ja),
                            format!("{path}, line {line}: {}", unclean.en),
                        ),
                        Bilingual::new(
                            "スクリプト・外部参照・埋め込み画像・動きのない、図形だけのSVGに書き出し直してください",
                            "Export the SVG again with shapes only: no scripts, outside references, embedded pictures or animation",
                        ),
                    );
                    return None;
                }
            }
            "image/svg+xml"
        }
        Some("png") if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ => {
            desk.tell(
                FindingCode::FileKind,
                &[key],
                Bilingual::new(
                    format!("{path} はSVGでもPNGでもありません"),
                    format!("{path} is neither SVG nor PNG"),
                ),
                Bilingual::new("SVG(勧めます)かPNGにしてください", "Use SVG (recommended) or PNG"),
            );
            return None;
        }
    };
    let hash = hash(&bytes).chars().take(16).collect();
    Some(Picture { media_type, bytes, hash })
}

/// The picture written anew.
fn clean_svg(bytes: Vec<u8>) -> Result<Vec<u8>, svg::Unclean> {
    let unclean = |line, message: &Bilingual| svg::Unclean {
        line,
        ja: message.ja().to_owned(),
        en: message.en().to_owned(),
    };
    let text = open::text(bytes).map_err(|told| unclean(told.0.line, &told.1))?;
    svg::clean(text.trim_start_matches('\u{feff}')).map(String::into_bytes)
}

/// The bytes of the file that `key` names; `None` when there is no such key or it was told.
fn read(desk: &mut TenantFiles<'_, '_>, key: &str, folder: &Path, largest: u64) -> Option<Vec<u8>> {
    let path = desk.text(key)?;
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
            desk.tell(code, &[key], message, help);
            None
        }
    }
}

/// The folders that the union's values name.
pub(super) fn folders(desk: &TenantFiles<'_, '_>) -> Vec<String> {
    let named = ["brand.logo", "brand.favicon", "terms.file"].into_iter().filter_map(|key| desk.text(key));
    named.filter_map(|path| path.split_once('/')).map(|(folder, _)| folder.to_owned()).collect()
}
