//! Restore: what ends when a database is put back from a backup ([M11], [R18], [DD7]).
//!
//! # Decision
//! Everything that was begun before the backup ends, as rows and by the epoch of every member; what members have and know
//! stays as it was at the moment of the backup.
//! # Because
//! Between the backup and the restore, sessions were signed out, links and codes were used up, letters were sent. A restored
//! database does not know it, and would let all of them work once more.
//! # Instead of
//! Ending only what is younger than the backup: nobody knows what was used up since.
//!
//! First passwords that were printed or mailed stay. For whoever used one after the backup it is the only way in again, and
//! a password that was used before it is gone from the backup, too.
//!
//! [DD7]: crate::rules::threats#dd7
//! [M11]: crate::rules::threats#m11
//! [R18]: crate::rules::reliability#r18

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::totp::{STEP_SECONDS, TimeStep};

/// A kind of thing that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InFlight {
    /// Signed-in browsers, remembered ones too.
    Session,
    /// Browsers on their way in, recoveries and re-authentications among them.
    Attempt,
    /// Passkey ceremonies.
    Ceremony,
    /// Mailed links and codes, and the desk's codes.
    LinkOrCode,
    /// For whom a browser asked a recovery.
    RecoveryAsk,
    /// Waits before a lost factor may be replaced.
    Wait,
    /// Browsers that are known to have signed a member in.
    KnownBrowser,
    /// Addresses that wait for their confirmation.
    PendingAddress,
    /// Letters that wait to be sent: the lost service has probably sent them since.
    Letter,
}

impl InFlight {
    /// Each of them; whatever points at another row before that row.
    pub const ALL: [Self; 9] = [
        Self::Attempt,
        Self::Session,
        Self::Ceremony,
        Self::LinkOrCode,
        Self::RecoveryAsk,
        Self::Wait,
        Self::KnownBrowser,
        Self::PendingAddress,
        Self::Letter,
    ];

    /// Its stable word in the trail and for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Session => "sessions",
            Self::Attempt => "attempts",
            Self::Ceremony => "ceremonies",
            Self::LinkOrCode => "links_and_codes",
            Self::RecoveryAsk => "recovery_asks",
            Self::Wait => "waits",
            Self::KnownBrowser => "known_browsers",
            Self::PendingAddress => "pending_addresses",
            Self::Letter => "letters",
        }
    }

    /// The table whose rows they are.
    pub fn table(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Attempt => "attempt",
            Self::Ceremony => "ceremony",
            Self::LinkOrCode => "one_time",
            Self::RecoveryAsk => "recovery_ask",
            Self::Wait => "lost_factor",
            Self::KnownBrowser => "known_device",
            Self::PendingAddress => "member",
            Self::Letter => "outbox",
        }
    }
}

/// How many of each kind.
pub type InFlightCounts = BTreeMap<InFlight, u64>;

/// The last time step of app codes that counts as used after a restore: the one after `now`, because the codes of all up to
/// it may have been used after the backup. A phone shows the next one within a minute.
pub fn used_up_to(now: Timestamp) -> TimeStep {
    u64::try_from(now.as_second()).unwrap_or(0) / STEP_SECONDS + 1
}

/// Where a database comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreOrigin {
    /// It is a backup made at this moment, and its restore was not finished.
    pub backup_at: Option<Timestamp>,
    /// Its rows were brought in from a dump, and the restore was not finished (PostgreSQL).
    pub is_copied: bool,
    /// When a restore was last finished here.
    pub finished_at: Option<Timestamp>,
}

impl StoreOrigin {
    /// Whether it was put back, and what must not live on may still be in it.
    pub fn is_unfinished(&self) -> bool {
        self.backup_at.is_some() || self.is_copied
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        let words: BTreeSet<_> = InFlight::ALL.into_iter().map(InFlight::word).collect();
        assert_eq!(words.len(), InFlight::ALL.len());
    }

    #[test]
    fn no_code_that_a_phone_shows_at_the_restore_works() {
        let now: Timestamp = "2026-11-21T01:00:29Z".parse().unwrap();
        assert_eq!(used_up_to(now) * STEP_SECONDS, 1_795_222_830);
    }
}
