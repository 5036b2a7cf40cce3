//! Files: the logo, the icon and the terms that a union names, read from the tenants folder.

use std::fs;
use std::io;
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::finding::{Code, Text};
use super::layers::Desk;
use super::shape::is_unfilled;
use super::svg;
use super::terms::{self, CHANGES, Unseen};
use crate::domain::tenant::{Picture, Tenant};

const LARGEST_PICTURE: u64 = 100 * 1024;
const LARGEST_TERMS: u64 = 1024 * 1024;

/// Reads the files into the tenant.
pub(super) fn attach(desk: &mut Desk<'_, '_>, tenant: &mut Tenant, folder: &Path) {
    tenant.brand.logo = picture(desk, "brand.logo", folder);
    tenant.brand.favicon = picture(desk, "brand.favicon", folder);
    let Some(bytes) = read(desk, "terms.file", folder, LARGEST_TERMS) else { return };
    let Ok(markdown) = std::str::from_utf8(&bytes) else {
        desk.tell(
            Code::Unreadable,
            &["terms.file"],
            Text::new("規約がUTF-8ではありません", "The terms are not UTF-8"),
            Text::new("文字コードをUTF-8にして保存してください", "Save the file as UTF-8"),
        );
        return;
    };
    let rendered = terms::render(markdown.trim_start_matches('\u{feff}'));
    if rendered.is_empty {
        let help = if rendered.changes.is_some() {
            // It swallowed them.
            Text::new(
                format!(
                    "「{CHANGES}」は、同じ大きさの次の見出しまで続きます。本文の見出しを、それと同じ大きさか、それより大きくしてください"
                ),
                format!(
                    "The section 「{CHANGES}」 goes on to the next heading of its level: give the terms headings of that level or above"
                ),
            )
        } else {
            Text::new("規約の本文を書いてください", "Write the terms")
        };
        desk.tell(Code::OutOfRange, &["terms.file"], Text::new("規約が空です", "The terms are empty"), help);
    }
    if let Some(unseen) = rendered.unseen {
        changes_unseen(desk, unseen);
    }
    if let Some(line) = rendered.swallowed {
        preamble_in_changes(desk, line);
    }
    if rendered.dropped_html {
        desk.tell(
            Code::HtmlDropped,
            &["terms.file"],
            Text::new("規約の中のHTMLは画面に出ません", "HTML in the terms is not shown"),
            Text::new("Markdownで書いてください", "Write Markdown"),
        );
    }
    tenant.terms.hash = hash(&bytes);
    tenant.terms.html = rendered.html;
    tenant.terms.changes = rendered.changes;
}

/// A section that should say what changed, and will not.
fn changes_unseen(desk: &mut Desk<'_, '_>, unseen: Unseen) {
    let (message, help) = match unseen {
        Unseen::Empty => (
            Text::new(
                format!("規約の「{CHANGES}」に何も書かれていません"),
                format!("The section 「{CHANGES}」 of the terms says nothing"),
            ),
            Text::new(
                "変わったところを書くか、見出しを消してください",
                "Write what changed, or remove the heading",
            ),
        ),
        Unseen::NotFirst => (
            Text::new(
                format!("規約の「{CHANGES}」が最初の節ではないため、規約の一部として全員に示します"),
                format!(
                    "The section 「{CHANGES}」 is not the first one, so everybody sees it as a part of the terms"
                ),
            ),
            Text::new(
                "題名と前文のあと、最初の見出しのすぐ前に移してください。前に同意した方にだけ、規約の上に示します",
                "Move it behind title and preamble, right before the first heading of the terms: those who agreed before see it above them",
            ),
        ),
    };
    desk.tell(Code::ChangesUnseen, &["terms.file"], message, help);
}

/// A paragraph at the end of the section on what changed, where the preamble of the terms used to stand.
fn preamble_in_changes(desk: &mut Desk<'_, '_>, line: usize) {
    let Some(path) = desk.text("terms.file").map(str::to_owned) else { return };
    desk.tell(
        Code::PreambleInChanges,
        &["terms.file"],
        Text::new(
            format!(
                "{path} の {line} 行目: この段落は「{CHANGES}」の節の中にあるため、規約の一部ではなく、変わったところとして示します。はじめて同意する方には見えません"
            ),
            format!(
                "{path}, line {line}: this paragraph stands in the section 「{CHANGES}」, so it is shown as a change and not as a part of the terms; newcomers do not see it"
            ),
        ),
        Text::new(
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

fn picture(desk: &mut Desk<'_, '_>, key: &str, folder: &Path) -> Option<Picture> {
    let bytes = read(desk, key, folder, LARGEST_PICTURE)?;
    let path = desk.text(key)?;
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let media_type = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => {
            if let Err(unclean) = judge_svg(&bytes) {
                let line = unclean.line;
                desk.tell(
                    Code::UncleanSvg,
                    &[key],
                    Text::new(
                        format!("{path} の {line} 行目: {}", unclean.ja),
                        format!("{path}, line {line}: {}", unclean.en),
                    ),
                    Text::new(
                        "スクリプトや外部参照のないSVGに書き出し直してください",
                        "Export the SVG again without scripts and outside references",
                    ),
                );
                return None;
            }
            "image/svg+xml"
        }
        Some("png") if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ => {
            desk.tell(
                Code::FileKind,
                &[key],
                Text::new(
                    format!("{path} はSVGでもPNGでもありません"),
                    format!("{path} is neither SVG nor PNG"),
                ),
                Text::new("SVG(勧めます)かPNGにしてください", "Use SVG (recommended) or PNG"),
            );
            return None;
        }
    };
    let hash = hash(&bytes).chars().take(16).collect();
    Some(Picture { media_type, bytes, hash })
}

fn judge_svg(bytes: &[u8]) -> Result<(), svg::Unclean> {
    let text = std::str::from_utf8(bytes).map_err(|_| svg::Unclean {
        line: 1,
        ja: "UTF-8ではありません".to_owned(),
        en: "it is not UTF-8".to_owned(),
    })?;
    svg::judge(text.trim_start_matches('\u{feff}'))
}

/// The bytes of the file that `key` names; `None` when there is no such key or it was told.
fn read(desk: &mut Desk<'_, '_>, key: &str, folder: &Path, largest: u64) -> Option<Vec<u8>> {
    let path = desk.text(key)?;
    if is_unfilled(path) || !super::forms::is_inside(path) {
        return None;
    }
    let file = folder.join(path);
    let bytes = fs::metadata(&file)
        .and_then(|about| if about.len() <= largest { fs::read(&file).map(Some) } else { Ok(None) });
    match bytes {
        Ok(Some(bytes)) => Some(bytes),
        Ok(None) => {
            let most = largest / 1024;
            desk.tell(
                Code::FileTooLarge,
                &[key],
                Text::new(
                    format!("{path} が {most} KB を超えています"),
                    format!("{path} is larger than {most} KB"),
                ),
                Text::new("小さくしてください", "Make it smaller"),
            );
            None
        }
        Err(error) => {
            let (message, help) = if error.kind() == io::ErrorKind::NotFound {
                (
                    Text::new(
                        format!("{} がありません", file.display()),
                        format!("There is no {}", file.display()),
                    ),
                    Text::new(
                        "ファイルを置くか、名前を直してください",
                        "Put the file there, or mend its name",
                    ),
                )
            } else {
                (
                    Text::new(
                        format!("{} を読めません({error})", file.display()),
                        format!("{} cannot be read: {error}", file.display()),
                    ),
                    Text::new("ファイルの種類と権限を確かめてください", "Check its kind and permissions"),
                )
            };
            desk.tell(Code::FileMissing, &[key], message, help);
            None
        }
    }
}
