//! Lean: scripts and style sheets on fewer bytes.

/// The script without the lines that only explain, and without indentation. None of ours has a text over several lines.
pub fn lean(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.fold(String::with_capacity(script.len()), |text, line| text + line + "\n")
}

/// The style sheet without its comments, but for whose work it is, and without the blanks that say nothing. None of ours
/// has a text with a colon, a comma or a semicolon in it.
pub fn lean_sheet(sheet: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(sheet.len()), sheet);
    while let Some((before, behind)) = rest.split_once("/*") {
        let (comment, behind) = behind.split_once("*/").unwrap_or((behind, ""));
        text.push_str(before);
        if comment.contains("Copyright") {
            text.extend(["/*", comment, "*/"]);
        }
        rest = behind;
    }
    text.push_str(rest);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    [("; ", ";"), (" {", "{"), ("{ ", "{"), (" }", "}"), ("} ", "}"), (";}", "}"), (": ", ":"), (", ", ",")]
        .into_iter()
        .fold(lines, |text, (long, short)| text.replace(long, short))
        + "\n"
}
