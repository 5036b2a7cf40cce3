//! Lean: a script on fewer bytes.

/// The script without the lines that only explain, and without indentation. None of ours has a text over several lines.
pub fn lean(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.fold(String::with_capacity(script.len()), |text, line| text + line + "\n")
}
