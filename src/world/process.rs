//! Process: what the system says of this one.

use std::path::Path;

use super::plain_file;

/// The largest of these files that is read.
const LARGEST: u64 = 1 << 16;

/// What the system says of this process. `None` where it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnProcess {
    /// Bytes of memory in use.
    pub memory: Option<u64>,
    /// File handles that are open.
    pub files: Option<u64>,
    /// File handles that may be open.
    pub files_most: Option<u64>,
}

/// Asks the system (proc(5)).
pub fn own() -> OwnProcess {
    let read =
        |name: &str| plain_file::read_text(&Path::new("/proc/self").join(name), LARGEST).unwrap_or_default();
    let files = std::fs::read_dir("/proc/self/fd").ok();
    OwnProcess {
        memory: number(&read("status"), "VmRSS:").map(|kib| kib * 1024),
        // One of them reads the folder.
        files: files.map(|files| (files.count() as u64).saturating_sub(1)),
        files_most: number(&read("limits"), "Max open files"),
    }
}

/// The first number behind a name at the beginning of a line.
fn number(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_of_this_process() {
        let own = own();
        assert!(own.memory.is_some_and(|bytes| bytes > 1 << 20), "{own:?}");
        assert!(own.files.is_some_and(|files| files >= 3), "{own:?}");
        assert!(own.files_most > own.files, "{own:?}");
        assert_eq!(number("Max open files            unlimited            files", "Max open files"), None);
    }
}
