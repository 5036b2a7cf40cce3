//! Issuing first credentials, for desk and import alike: drawn passwords, how long they open first login, and every way it
//! can be refused or fail (D3).

use std::{io, path::PathBuf};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::notices::{NoticesBatch, NoticesForm, NoticesPathTaken};
use crate::{
    domain::{
        first_credential::{self, LENGTH},
        member::{LastDay, LastDayFlaw},
        roster::{BadRow, FileFlaw, Unprintable, undo::ChangedSince},
        tenant::Tenant,
    },
    store, vault,
    world::{RandomError, RandomSource, random_bytes},
};

/// What became of the notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notices {
    /// No password was drawn.
    None,
    /// A dry run: that many would be written.
    Due(u64),
    /// They were written: how many, and the file.
    Written(u64, PathBuf),
    /// Written, but under this name: the wanted one could not be given after the commit.
    Unnamed(u64, PathBuf),
    /// They went to the program's output.
    Sent(u64),
    /// The passwords are issued, and the output did not take all of them: why. They are to be issued anew.
    Lost(u64, io::ErrorKind),
}

/// An expected "no" of an import.
#[derive(Debug)]
pub enum ImportRefusal {
    /// Another import of the union is at work.
    Running {
        /// When the other import began.
        since: Timestamp,
        /// From when on it counts as dead, if nothing is heard of it.
        until: Timestamp,
    },
    /// The file cannot be read.
    File(FileFlaw),
    /// Rows are wrong: every one of them.
    Rows(Vec<BadRow>),
    /// Passwords would be drawn, and nobody said where to write them.
    NoticesNeeded(u64),
    /// So many members would be changed that the file is more likely another one (D34).
    Much {
        /// How many would be changed.
        changed: u64,
        /// How many members there are.
        members: u64,
    },
    /// So many are missing in a file that is the whole roster that it is done only when asked for twice (D34).
    MuchMissing {
        /// How many memberships it would end.
        missing: u64,
        /// How many members the union has whose membership is not over.
        members: u64,
    },
    /// So many are missing in a file that is the whole roster, and nobody said on which day they end.
    LastDayNeeded(u64),
    /// The day on which they end cannot be meant.
    LastDay(LastDayFlaw),
    /// Whoever was asked said no.
    Declined,
    /// No import of the union is known.
    NothingToUndo,
    /// The last import was taken back already.
    UndoneBefore(Timestamp),
    /// The last import is too long ago.
    UndoTooLate(Timestamp),
    /// The undo ends so many that it is done only when asked for twice (D34).
    MuchEnded {
        /// How many memberships it ends.
        ended: u64,
        /// How many members the union has.
        members: u64,
    },
    /// What the import changed was changed again since.
    ChangedSince(Vec<ChangedSince>),
    /// The union has closed: its last day.
    UnionClosed(LastDay),
    /// The notices file cannot be written there.
    NoticesTaken(NoticesPathTaken),
    /// The encoding of the notices cannot hold some of them: every one of them.
    Unprintable(Vec<UnprintableRow>),
}

/// A member whose notice the encoding cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnprintableRow {
    /// The line of the row, where a file was read.
    pub line: Option<u32>,
    /// The member's name.
    pub name: String,
    /// The characters that the encoding does not have.
    pub characters: String,
}

/// Tells of every notice that cannot be written in that form; `lines` are those of their rows, where a file was read.
///
/// # Errors
/// [`ImportRefusal::Unprintable`].
pub(super) fn check_printable(
    batch: &NoticesBatch<'_>,
    form: NoticesForm<'_>,
    lines: &[u32],
) -> Result<(), ImportRefusal> {
    let row = |told: Unprintable| UnprintableRow {
        line: lines.get(told.at).copied(),
        name: batch.notices.get(told.at).map_or_else(String::new, |notice| notice.name.to_owned()),
        characters: told.characters,
    };
    let rows: Vec<UnprintableRow> = batch.unprintable(form).into_iter().map(row).collect();
    if rows.is_empty() { Ok(()) } else { Err(ImportRefusal::Unprintable(rows)) }
}

/// Why an import stopped. Nothing was written, but for [`ImportError::Unsure`].
#[derive(Debug)]
pub enum ImportStop {
    /// An expected "no".
    Refused(ImportRefusal),
    /// An unexpected failure.
    Broken(ImportError),
}

/// An unexpected failure of an import.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The operating system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] RandomError),
    /// The notices file could not be written.
    #[error("{path}: {source}")]
    Notices {
        /// The path of the notices file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others kept writing at the same time.
    #[error("others kept writing at the same time")]
    Busy,
    /// The database went away during the commit and does not say whether it happened. The notices are kept.
    #[error("the database went away during the commit")]
    Unsure {
        /// The notices, if there were any.
        notices: Option<PathBuf>,
    },
    /// A moment outside the calendar.
    #[error("the clock is outside the calendar")]
    Time,
    /// A letter could not be sealed.
    #[error(transparent)]
    Vault(#[from] vault::VaultError),
    /// What an import can be taken back with could not be read or written.
    #[error("what an import changed could not be read or written")]
    Kept,
    /// A letter could not be written down.
    #[error("a letter could not be written down")]
    Letter,
}

impl<F: Into<ImportError>> From<F> for ImportStop {
    fn from(fault: F) -> Self {
        Self::Broken(fault.into())
    }
}

impl From<ImportRefusal> for ImportStop {
    fn from(refusal: ImportRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A password of our own making, as kept in clear until it is printed.
pub(super) fn draw_password(rng: &dyn RandomSource) -> Result<SecretString, RandomError> {
    loop {
        if let Some(drawn) = first_credential::draw(random_bytes::<LENGTH>(rng)?) {
            return Ok(SecretString::from(drawn));
        }
    }
}

pub(super) fn days_after(now: Timestamp, days: i64) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_hours(24 * days)).ok()
}

/// When first credentials issued at `now` die (D3).
pub(super) fn first_credentials_end(now: Timestamp, tenant: &Tenant) -> Option<Timestamp> {
    days_after(now, i64::from(tenant.policy.initial_password.valid_days))
}
