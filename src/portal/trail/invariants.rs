//! Invariants: what must be so after every fault, asked of a store that runs or was restored ([INV2] to [INV6]).
//!
//! [INV2]: crate::rules::reliability#inv2
//! [INV6]: crate::rules::reliability#inv6

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::check::{TrailReport, check_trail};
use crate::{
    domain::{session::LONGEST, tenant::TenantSlug},
    store::{Read, Store, StoreResult, invariants, invariants::BrokenRow},
    vault::KEPT_HASH,
};

/// Most rows of one kind that are named.
const NAMED: u32 = 100;
/// How many sessions are looked at by one statement.
const READ_AT_ONCE: u32 = 1000;
/// A letter that is done stays as a row for seven days ([`crate::jobs`]); a day less, so that none is missed that goes just
/// now.
const LETTERS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 6);

/// Ways in which a store contradicts itself, each found by a statement of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// A link or code that was used still works.
    UsedAndAlive,
    /// A session was opened twice.
    OpenedTwice,
    /// A password, of which the trail does not know.
    PasswordUntold,
    /// An authenticator app or passkey likewise.
    FactorUntold,
    /// A session likewise.
    SessionUntold,
    /// An acceptance of the terms likewise.
    AcceptanceUntold,
    /// A letter about a change likewise.
    LetterUntold,
    /// A password was replaced, and no letter tells the member.
    ChangeUnlettered,
    /// A session lives, whose member holds no factor or has no password.
    SessionWithoutFactor,
    /// A session that lives ends later than any union's file allows.
    SessionEndMoved,
    /// The password that the union issued works beside the member's own.
    TwoPasswords,
    /// A password's hash is damaged: nothing is right for it.
    PasswordDamaged,
}

impl Contradiction {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::UsedAndAlive,
        Self::OpenedTwice,
        Self::PasswordUntold,
        Self::FactorUntold,
        Self::SessionUntold,
        Self::AcceptanceUntold,
        Self::LetterUntold,
        Self::ChangeUnlettered,
        Self::SessionWithoutFactor,
        Self::SessionEndMoved,
        Self::TwoPasswords,
        Self::PasswordDamaged,
    ];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::UsedAndAlive => "used-and-alive",
            Self::OpenedTwice => "opened-twice",
            Self::PasswordUntold => "password-untold",
            Self::FactorUntold => "factor-untold",
            Self::SessionUntold => "session-untold",
            Self::AcceptanceUntold => "acceptance-untold",
            Self::LetterUntold => "letter-untold",
            Self::ChangeUnlettered => "change-unlettered",
            Self::SessionWithoutFactor => "session-without-factor",
            Self::SessionEndMoved => "session-end-moved",
            Self::TwoPasswords => "two-passwords",
            Self::PasswordDamaged => "password-damaged",
        }
    }

    /// The invariant that it breaks.
    pub fn invariant(self) -> &'static str {
        match self {
            Self::UsedAndAlive | Self::OpenedTwice => "INV2",
            Self::PasswordUntold
            | Self::FactorUntold
            | Self::SessionUntold
            | Self::AcceptanceUntold
            | Self::LetterUntold
            | Self::ChangeUnlettered => "INV3",
            Self::SessionWithoutFactor
            | Self::SessionEndMoved
            | Self::TwoPasswords
            | Self::PasswordDamaged => "INV5",
        }
    }
}

/// What became of checking a union's rows.
#[derive(Debug)]
pub struct StoreReport {
    /// What is wrong, with the rows.
    pub broken: Vec<(Contradiction, BrokenRow)>,
    /// How many members only the desk can let in.
    pub desk_only: u32,
    /// The trail and its chain (INV6).
    pub trail: TrailReport,
}

impl StoreReport {
    /// Whether everything is as it must be.
    pub fn is_sound(&self) -> bool {
        self.broken.is_empty() && self.trail.is_sound()
    }
}

/// Sessions that live and end later than any file allows.
async fn ends_moved(tx: &mut Read, now: Timestamp) -> StoreResult<Vec<BrokenRow>> {
    let (mut moved, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let ends = invariants::session_ends(tx, now, after, READ_AT_ONCE).await?;
        let Some((last, _)) = ends.last() else { return Ok(moved) };
        after = last.id;
        let later = ends.into_iter().filter(|(row, end)| end.duration_since(row.at) > LONGEST);
        moved.extend(later.map(|(row, _)| row));
        if moved.len() >= NAMED as usize {
            moved.truncate(NAMED as usize);
            return Ok(moved);
        }
    }
}

/// Checks the rows of one union, and its trail.
///
/// # Errors
/// The database failed.
pub async fn check_store(store: &Store, tenant: &TenantSlug, now: Timestamp) -> StoreResult<StoreReport> {
    let broken = broken_rows(store, tenant, now).await?;
    let desk_only = invariants::desk_only(&mut store.tenant(tenant).read().await?, now).await?;
    let trail = check_trail(store, tenant, None).await?;
    Ok(StoreReport { broken, desk_only, trail })
}

/// The rows of one union that contradict what must be so.
///
/// # Errors
/// The database failed.
pub async fn broken_rows(
    store: &Store,
    tenant: &TenantSlug,
    now: Timestamp,
) -> StoreResult<Vec<(Contradiction, BrokenRow)>> {
    let mut read = store.tenant(tenant).snapshot().await?;
    let tx = &mut read;
    let begins = invariants::trail_begins(tx).await?;
    let lettered = begins.max(now.checked_sub(LETTERS_KEPT).unwrap_or(now));
    let mut broken = Vec::new();
    for kind in Contradiction::ALL {
        let rows = match kind {
            Contradiction::UsedAndAlive => invariants::used_and_alive(tx, NAMED).await?,
            Contradiction::OpenedTwice => invariants::opened_twice(tx, NAMED).await?,
            Contradiction::PasswordUntold => invariants::password_untold(tx, begins, NAMED).await?,
            Contradiction::FactorUntold => invariants::factor_untold(tx, begins, NAMED).await?,
            Contradiction::SessionUntold => invariants::session_untold(tx, begins, NAMED).await?,
            Contradiction::AcceptanceUntold => invariants::acceptance_untold(tx, begins, NAMED).await?,
            Contradiction::LetterUntold => invariants::letter_untold(tx, begins, NAMED).await?,
            Contradiction::ChangeUnlettered => invariants::change_unlettered(tx, lettered, NAMED).await?,
            Contradiction::SessionWithoutFactor => invariants::session_without_factor(tx, now, NAMED).await?,
            Contradiction::SessionEndMoved => ends_moved(tx, now).await?,
            Contradiction::TwoPasswords => invariants::two_passwords(tx, now, NAMED).await?,
            Contradiction::PasswordDamaged => invariants::password_damaged(tx, KEPT_HASH, NAMED).await?,
        };
        broken.extend(rows.into_iter().map(|row| (kind, row)));
    }
    Ok(broken)
}
