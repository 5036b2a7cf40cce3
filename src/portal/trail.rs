//! Trail: sealing what happened into a chain, and summing what strangers caused on days that are over ([D35], [D26]).
//! Making a seal is [`seal`]'s, checking the chain [`check`]'s, checking it together
//! with the rows that it tells of [`invariants`]'s, putting old rows away [`archive`]'s, into a file as [`mod@file`] reads it.
//!
//! [D26]: crate::rules::decisions#d26
//! [D35]: crate::rules::decisions#d35

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};
use uuid::Uuid;

use seal::{MadeSeal, seal_waiting};

use super::{Fault, Portal};
pub use crate::domain::audit::chain::SEAL_ROWS;
use crate::{
    domain::{
        activity::day_of,
        audit::{Event, chain::Head, doing::Doing},
        member::EventId,
        tenant::TenantSlug,
    },
    store::{audit, chain, lease},
};

pub mod archive;
pub mod check;
pub mod file;
pub mod invariants;
pub mod seal;

/// The lease of whoever seals a union's trail.
const SEALING: &str = "seal-trail";
/// How long it lasts: when its node dies, another one takes over.
const LEASE: SignedDuration = SignedDuration::from_secs(3);

/// What came of sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// Nothing waits.
    Nothing,
    /// Another node does it.
    Elsewhere,
    /// This node's time is not believed (R24): a seal that is dated wrong would make every row behind it look late.
    Resting,
    /// A seal was made; more rows may wait where it is full.
    One {
        /// Where the chain stands now.
        head: Head,
        /// Whether more may wait.
        full: bool,
    },
}

impl Portal {
    /// Seals what waits in a union's trail, at most [`SEAL_ROWS`]. `holder` is this node.
    ///
    /// # Errors
    /// `Fault` when the database fails: then nothing was sealed, and it is tried again.
    pub async fn seal_trail(&self, tenant: &TenantSlug, holder: &[u8]) -> Result<Sealed, Fault> {
        if self.clock_doubt().is_some() {
            return Ok(Sealed::Resting);
        }
        let mut tx = self.store.tenant(tenant).write().await?;
        let now = self.clock.now();
        if !lease::take(&mut tx, SEALING, holder, now, LEASE).await? {
            return Ok(Sealed::Elsewhere);
        }
        match seal_waiting(&mut tx, tenant, now).await? {
            MadeSeal::Nothing => Ok(Sealed::Nothing),
            MadeSeal::Elsewhere => Ok(Sealed::Elsewhere),
            MadeSeal::One { head, full } => {
                tx.commit().await?;
                Ok(Sealed::One { head, full })
            }
        }
    }

    /// Since when the oldest row waits that has no seal yet.
    ///
    /// # Errors
    /// `Fault` when the database fails.
    pub async fn unsealed_since(&self, tenant: &TenantSlug) -> Result<Option<Timestamp>, Fault> {
        let mut tx = self.store.tenant(tenant).read().await?;
        Ok(chain::oldest_waiting(&mut tx).await?)
    }

    /// Writes what strangers caused on days that are over into the trail, by day and event, and forgets the counts.
    ///
    /// # Errors
    /// `Fault` when the database fails: then nothing was forgotten.
    pub async fn sum_strangers(&self, tenant: &TenantSlug) -> Result<usize, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(tenant).write().await?;
        let counted = chain::take_sums(&mut tx, day_of(now)).await?;
        let mut sums: BTreeMap<(u32, String), (u64, BTreeSet<Uuid>)> = BTreeMap::new();
        for (day, event, member, times) in counted {
            let (sum, members) = sums.entry((day, event)).or_default();
            *sum += u64::from(times);
            if !member.is_nil() {
                members.insert(member);
            }
        }
        let written = sums.len();
        for ((day, event), (times, members)) in sums {
            let day = EPOCH.saturating_add(jiff::Span::new().days(i64::from(day)));
            let event = Event::StrangersSummed { day, event, times, members: members.len() as u64 };
            let id = EventId::new(now, self.chance_in_order()?);
            audit::note(&mut tx, id, None, &event, Doing::by_program("sum-strangers"), now);
        }
        tx.commit().await?;
        Ok(written)
    }
}

/// Day 0 of `stranger_day`.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);
