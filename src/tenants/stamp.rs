//! Stamp: size and times of a file, by which it is known without being read that it is still the same.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

use jiff::{SignedDuration, Timestamp};

use crate::world::{Clock as _, SystemClock};

/// Longer than the ticks in which any file system counts: a file that was changed within them might be changed again
/// without a new time.
const TICKS: SignedDuration = SignedDuration::from_secs(2);

/// What a file looks like from outside; behind a link, the file that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FileStamp {
    place: (u64, u64),
    size: u64,
    written: (i64, i64),
    changed: (i64, i64),
    settled: bool,
}

impl FileStamp {
    /// The file at that path; `None` where there is none, or nobody may look.
    pub fn of(path: &Path) -> Option<Self> {
        let about: io::Result<fs::Metadata> = fs::metadata(path);
        let about = about.ok()?;
        let written = (about.mtime(), about.mtime_nsec());
        let changed = (about.ctime(), about.ctime_nsec());
        let last = Timestamp::from_second(written.0.max(changed.0)).ok()?;
        let settled = SystemClock.now().duration_since(last) > TICKS;
        Some(Self { place: (about.dev(), about.ino()), size: about.size(), written, changed, settled })
    }

    /// Whether it had not been changed for a while when it was looked at: the same stamp means the same content.
    pub fn is_settled(&self) -> bool {
        self.settled
    }
}
