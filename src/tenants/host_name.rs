//! Host name: which texts are names of hosts.

/// Lower-case labels of letters, digits and inner hyphens; at least two; no address in numbers.
pub(super) fn is_host(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let shaped = labels.iter().all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    let named = labels.last().is_some_and(|last| last.bytes().any(|b| b.is_ascii_lowercase()));
    shaped && named && labels.len() >= 2 && text.len() <= 253
}
