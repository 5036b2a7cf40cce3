//! Style: values, declarations and style sheets of a picture, each property and function known.

use std::fmt::Write as _;

use super::known::{is_function, is_property};
use crate::{
    domain::saying::{Saying, said},
    tenants::phrases::shorten,
};

/// A value whose functions are all known.
pub(super) fn judged(value: &str) -> Result<&str, Saying> {
    if value.contains(['\\', '@', '<', '{', '}']) || value.contains("/*") {
        return Err(said!("finding-svg-hidden"));
    }
    for (at, _) in value.match_indices('(') {
        let head = value.get(..at).unwrap_or_default();
        let start =
            head.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).map_or(0, |place| {
                place + head.get(place..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
            });
        let name = head.get(start..).unwrap_or_default().to_ascii_lowercase();
        let inner = value.get(at + 1..).unwrap_or_default().trim_start().trim_start_matches(['"', '\'']);
        if name == "url" && !inner.starts_with('#') {
            return Err(said!("finding-svg-url"));
        }
        if name != "url" && !is_function(&name) {
            let shown = shorten(&name);
            return Err(said!("finding-svg-function", shown));
        }
    }
    Ok(value)
}

/// `fill:#fff;stroke:none`, each property known; what editors note for themselves is taken off.
pub(super) fn declarations(text: &str) -> Result<String, Saying> {
    let text = without_comments(text)?;
    let mut kept = Vec::new();
    for declaration in outside_quotes(&text, ';') {
        if declaration.trim().is_empty() {
            continue;
        }
        let Some((name, value)) = declaration.split_once(':') else {
            return Err(said!("finding-svg-style-unreadable"));
        };
        let name = name.trim().to_ascii_lowercase();
        if name.starts_with('-') || name.starts_with("inkscape-") {
            continue;
        }
        if !is_property(&name) {
            let shown = shorten(&name);
            return Err(said!("finding-svg-property", shown));
        }
        kept.push(format!("{name}:{}", judged(value.trim())?));
    }
    Ok(kept.join(";"))
}

/// `.a,.b{fill:#fff}` …; no at-rules, nothing nested.
pub(super) fn style_sheet(text: &str) -> Result<String, Saying> {
    let text = without_comments(text)?;
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.trim().is_empty() {
        let Some((selector, (body, behind))) =
            rest.split_once('{').and_then(|(selector, rest)| Some((selector, rest.split_once('}')?)))
        else {
            return Err(said!("finding-svg-sheet-unreadable"));
        };
        let plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || "-_.#,*>+~".contains(c);
        if !selector.chars().all(plain) {
            let shown = shorten(selector.trim());
            return Err(said!("finding-svg-selector", shown));
        }
        let _ = write!(out, "{}{{{}}}", selector.trim(), declarations(body)?);
        rest = behind;
    }
    Ok(out)
}

fn without_comments(text: &str) -> Result<String, Saying> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((head, tail)) = rest.split_once("/*") {
        let Some((_, behind)) = tail.split_once("*/") else {
            return Err(said!("finding-svg-comment"));
        };
        out.push_str(head);
        out.push(' ');
        rest = behind;
    }
    out.push_str(rest);
    // Remains of the old way to hide a style sheet from browsers that knew none.
    Ok(out.replace("<!--", " ").replace("-->", " "))
}

fn outside_quotes(text: &str, at: char) -> Vec<String> {
    let (mut found, mut quote) = (vec![String::new()], None);
    for c in text.chars() {
        if quote.is_none() && c == at {
            found.push(String::new());
            continue;
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        if let Some(last) = found.last_mut() {
            last.push(c);
        }
    }
    found
}
