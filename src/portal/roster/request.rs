//! Request: what an import is asked to do, and what it tells while it works.

use super::{BATCH, NoticesTo, Report};
use crate::domain::roster::Plan;

/// What an import is asked to do.
#[derive(Clone, Copy)]
pub struct ImportRequest<'r> {
    /// The bytes of the roster file.
    pub file: &'r [u8],
    /// Only say what would be done.
    pub dry_run: bool,
    /// Whether it is done even where it changes much of the roster (D34).
    pub many: bool,
    /// Whether the file is the whole roster: who is missing is listed, and ended (D34).
    pub complete: bool,
    /// The last day of whoever is missing in a whole roster, as it was typed.
    pub ends_on: Option<&'r str>,
    /// Where drawn passwords may be written.
    pub notices: Option<NoticesTo<'r>>,
    /// Most rows of one transaction: [`BATCH`], but in tests.
    pub batch: usize,
    /// Hears how far the work is.
    pub watch: &'r (dyn Fn(ImportProgress) + Sync),
    /// Hears what would be done, person by person, before anything is written, and says whether to go on. It hears more
    /// than once where somebody was quicker and there is something else to be done.
    pub agree: &'r dyn Fn(&Plan<'_>, &Report) -> bool,
}

impl<'r> ImportRequest<'r> {
    /// Imports a file that needs no notices, unheard and unasked.
    pub fn new(file: &'r [u8]) -> Self {
        Self {
            file,
            dry_run: false,
            many: false,
            complete: false,
            ends_on: None,
            notices: None,
            batch: BATCH,
            watch: &|_| {},
            agree: &|_, _| true,
        }
    }
}

impl std::fmt::Debug for ImportRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("dry_run", &self.dry_run)
            .field("notices", &self.notices)
            .finish_non_exhaustive()
    }
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// The part of the work.
    pub stage: ImportStage,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do, as far as it is known.
    pub of: u64,
}

/// The parts of the work, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStage {
    /// Reading the file, in bytes.
    Reading,
    /// Comparing with the known members, whose number is not known before.
    Comparing,
    /// Writing, counted in members.
    Writing,
}
