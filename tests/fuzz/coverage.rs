//! Coverage: which counters of `-C instrument-coverage` have moved. With `%c` in `LLVM_PROFILE_FILE` the counters lie in
//! that file, mapped into the memory of this process, and are read from there as from any file.

use std::{fs::File, os::unix::fs::FileExt as _, path::PathBuf};

/// The beginning of a raw profile, as `llvm/ProfileData/InstrProfData.inc` gives it: 64-bit words.
const MAGIC: u64 = 0xff6c_7072_6f66_7281;
/// The version of the layout below.
const VERSION: u64 = 10;
/// Words of the header.
const HEADER: usize = 16;
/// Bytes of what is said about one function.
const FUNCTION: u64 = 64;

/// The counters of this process.
pub struct Coverage {
    file: File,
    /// Where the counters begin, in bytes.
    begin: u64,
    bytes: Vec<u8>,
    reached: Vec<bool>,
}

impl Coverage {
    /// The counters, where this program was built with them and told to keep them in a file.
    pub fn open() -> Option<Self> {
        let path = std::env::var("FUZZ_COVERAGE").ok()?;
        let path = PathBuf::from(path).join(format!("{}.profraw", std::process::id()));
        let file = File::open(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let mut head = [0; 8 * HEADER];
        file.read_exact_at(&mut head, 0).unwrap();
        let word = |at: usize| u64::from_le_bytes(head[8 * at..8 * at + 8].try_into().unwrap());
        assert_eq!(
            (word(0), word(1) & 0xff),
            (MAGIC, VERSION),
            "a profile of another layout; see coverage.rs"
        );
        let (ids, functions, before, counters) = (word(2), word(3), word(4), word(5));
        let begin = 8 * HEADER as u64 + ids + FUNCTION * functions + before;
        let counters = usize::try_from(counters).unwrap();
        Some(Self { file, begin, bytes: vec![0; 8 * counters], reached: vec![false; counters] })
    }

    /// The counters that had not moved before.
    pub fn look(&mut self) -> Vec<usize> {
        self.file.read_exact_at(&mut self.bytes, self.begin).unwrap();
        let mut new = Vec::new();
        for (at, (counter, reached)) in self.bytes.chunks_exact(8).zip(&mut self.reached).enumerate() {
            if !*reached && counter != [0; 8] {
                *reached = true;
                new.push(at);
            }
        }
        new
    }

    /// What these counters say now.
    pub fn counts(&self, counters: &[usize]) -> Vec<[u8; 8]> {
        let count = |at: &usize| {
            let mut count = [0; 8];
            self.file.read_exact_at(&mut count, self.begin + 8 * *at as u64).unwrap();
            count
        };
        counters.iter().map(count).collect()
    }

    /// How many of all have moved.
    pub fn reached(&self) -> String {
        format!("{} of {}", self.reached.iter().filter(|reached| **reached).count(), self.reached.len())
    }
}
