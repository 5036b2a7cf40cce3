//! Check: whether a union's trail is as it was sealed ([M4]). It reads and changes nothing, on a running store too.
//!
//! [M4]: crate::rules::threats#m4

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::SEAL_ROWS;
use crate::{
    domain::{
        audit::chain::{Head, Seal, TrailRow},
        tenant::TenantSlug,
    },
    store::{
        Read, Store, StoreResult, chain,
        kept::{KeptId, KeptTrailRow},
    },
};

/// Most flaws that are named; the others are counted.
const NAMED: usize = 100;
/// Seals that are read at once: each may name a thousand rows.
const SEALS: u32 = 20;
/// Rows that are read at once.
const ROWS: u32 = 1000;
/// Ids that are read at once.
const IDS: u32 = 5000;
/// Ids that are held at once, with the seals that name them: about 60 MB. A longer trail is gone through in parts.
const HELD: u64 = 1 << 21;
/// A row that is older than the seal before its own by more than this was added later than it says, or a clock was wrong.
/// Nothing that is done takes as long.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailFlaw {
    /// A row was changed after it was sealed.
    RowChanged {
        /// The row.
        id: Uuid,
        /// The time that it says now.
        at: Timestamp,
        /// The event that it says now.
        event: String,
        /// The seal that knows it otherwise.
        seal: u32,
    },
    /// A row was removed.
    RowMissing {
        /// The row.
        id: Uuid,
        /// The seal that names it; `None` where it had none yet.
        seal: Option<u32>,
        /// The time in its id.
        at: Timestamp,
    },
    /// A row was added past the program: no seal names it, and it waits for none.
    RowAdded {
        /// The row.
        id: Uuid,
        /// The time that it says.
        at: Timestamp,
        /// The event that it says.
        event: String,
    },
    /// A value of a row is none that the program writes: nothing can be said of the row, and it cannot be sealed.
    RowUnreadable {
        /// Its id, as it is kept.
        id: KeptId,
    },
    /// Two seals name a row.
    RowSealedTwice {
        /// The row.
        id: Uuid,
        /// The earlier seal.
        first: i64,
        /// The later one.
        seal: i64,
    },
    /// A row waits for a seal, and has one.
    RowWaitsSealed {
        /// The row.
        id: Uuid,
        /// The seal that names it.
        seal: i64,
    },
    /// A row is there, and is said to be archived.
    RowArchived {
        /// The row.
        id: Uuid,
        /// The seal that names it, before the place at which the chain begins.
        seal: i64,
    },
    /// Rows stand under a name that no union can have.
    NoUnion {
        /// The first of them; `None` where there are seals only.
        id: Option<KeptId>,
    },
    /// A seal is there, and is said to be archived.
    SealArchived {
        /// Its number.
        seal: i64,
    },
    /// A value of a seal is none that the program writes.
    SealUnreadable {
        /// Its number.
        seal: i64,
    },
    /// A place at which the chain is said to begin, and a value of it is none that the program writes.
    AnchorUnreadable {
        /// The number of the last seal that is said to be archived.
        seal: i64,
    },
    /// A seal was removed.
    SealMissing {
        /// Its number.
        seal: u32,
    },
    /// A seal was changed.
    SealChanged {
        /// Its number.
        seal: u32,
        /// When it says that it was made.
        at: Timestamp,
    },
    /// A seal was not made behind the one that stands before it.
    SealMoved {
        /// Its number.
        seal: u32,
        /// When it says that it was made.
        at: Timestamp,
    },
    /// The chain begins behind an archive of which the trail knows nothing.
    AnchorUnknown {
        /// The number of the last seal that is said to be archived.
        seal: u32,
    },
    /// A head that was kept is not in the chain: the end was cut off.
    HeadGone {
        /// Its number.
        seal: u32,
    },
    /// An archive is not what the database keeps of it: its last seal or its bytes are others.
    FileDiffers {
        /// The number of its last seal.
        seal: u32,
    },
    /// The seal of that number is another one than the head that was kept.
    HeadDiffers {
        /// Its number.
        seal: u32,
    },
}

/// A row that says an earlier time than the seal before its own, by more than a day: it was written later than it says, or a
/// clock was wrong. Which of the two, only whoever knows the machines can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateRow {
    /// The row.
    pub id: Uuid,
    /// The time that it says.
    pub at: Timestamp,
    /// The event that it says.
    pub event: String,
    /// The seal that names it.
    pub seal: u32,
    /// When the seal before that one was made, at which the row was not there.
    pub not_there: Timestamp,
}

/// What became of checking a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailReport {
    /// How many sealed rows were found as they were.
    pub rows: u64,
    /// How many seals were read.
    pub seals: u64,
    /// How many rows wait for their seal.
    pub waiting: u32,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
    /// Where the chain stands.
    pub head: Head,
    /// What is wrong, in the order in which it was found.
    pub flaws: Vec<TrailFlaw>,
    /// How many flaws there are besides.
    pub more: u64,
    /// Rows that say an earlier time than they can be of, as far as they are named.
    pub late: Vec<LateRow>,
    /// How many of them there are besides.
    pub more_late: u64,
    /// How many of all of them were sealed behind the head that was kept.
    pub new_late: u64,
    /// Where the chain begins, if rows were archived since the head that was kept.
    pub archived_since: Option<u32>,
}

impl TrailReport {
    /// Whether everything is as it was sealed, and no late row came since the head that was kept. Late rows before it, and
    /// all where none was kept, are told and are no flaw: a clock that was wrong once must not be an alarm for ever.
    pub fn is_sound(&self) -> bool {
        self.flaws.is_empty() && self.new_late == 0
    }

    /// Of a chain that begins behind `head`, before anything was read.
    pub(super) fn of(head: Head) -> Self {
        let (flaws, late) = (Vec::new(), Vec::new());
        let (more, more_late, new_late) = (0, 0, 0);
        let (oldest, archived_since) = (None, None);
        let (rows, seals, waiting) = (0, 0, 0);
        Self { rows, seals, waiting, oldest, head, flaws, more, late, more_late, new_late, archived_since }
    }

    fn tell_late(&mut self, row: LateRow, kept: Option<Head>) {
        if kept.is_some_and(|kept| row.seal > kept.number) {
            self.new_late += 1;
        }
        if self.late.len() < NAMED {
            self.late.push(row);
        } else {
            self.more_late += 1;
        }
    }

    pub(super) fn wrong(&mut self, flaw: TrailFlaw) {
        if self.flaws.len() < NAMED {
            self.flaws.push(flaw);
        } else {
            self.more += 1;
        }
    }

    /// The seal itself: its number, its own hash, and the one before it.
    pub(super) fn check_seal(&mut self, tenant: &str, seal: &Seal, kept: Option<Head>) {
        self.seals += 1;
        let expected = self.head.number.saturating_add(1);
        // Whoever writes a seal with a high number must not keep this busy.
        let named = seal.number.min(expected.saturating_add(u32::try_from(NAMED).unwrap_or(0)));
        for missing in expected..named {
            self.wrong(TrailFlaw::SealMissing { seal: missing });
        }
        self.more += u64::from(seal.number.saturating_sub(named.max(expected)));
        let (number, at) = (seal.number, seal.sealed_at);
        if seal.computed(tenant).as_slice() != seal.hash {
            self.wrong(TrailFlaw::SealChanged { seal: number, at });
        } else if number == expected && seal.before != self.head.hash {
            self.wrong(TrailFlaw::SealMoved { seal: number, at });
        }
        if kept.is_some_and(|kept| kept.number == number && kept.hash.as_slice() != seal.hash) {
            self.wrong(TrailFlaw::HeadDiffers { seal: number });
        }
    }

    /// A row that the seal of that number names. Whether it is as it was sealed.
    pub(super) fn check_row(
        &mut self,
        tenant: &str,
        seal: u32,
        (id, hash): (Uuid, &[u8]),
        row: Option<TrailRow>,
    ) -> bool {
        match row {
            None => self.wrong(TrailFlaw::RowMissing { id, seal: Some(seal), at: time_in(id) }),
            Some(row) if row.hash(tenant).as_slice() != hash => {
                self.wrong(TrailFlaw::RowChanged { id, at: row.at, event: row.event, seal });
            }
            Some(_) => {
                self.rows += 1;
                return true;
            }
        }
        false
    }

    /// The chain goes on behind this seal.
    pub(super) fn goes_on(&mut self, seal: &Seal) {
        let hash = seal.hash.as_slice().try_into().unwrap_or(self.head.hash);
        self.head = Head { number: seal.number, hash };
    }
}

/// Of rows that stand under a name that no union can have.
///
/// # Errors
/// The database failed.
pub async fn check_no_union(store: &Store, name: &str) -> StoreResult<TrailReport> {
    let mut report = TrailReport::of(Head::NONE);
    report.wrong(TrailFlaw::NoUnion { id: store.everywhere().first_of_trail(name).await? });
    Ok(report)
}

/// Reads a union's whole trail and its chain, as both were at one moment: what is sealed or archived meanwhile is no flaw.
/// `kept` is a head that was kept elsewhere.
///
/// # Errors
/// The database failed.
pub async fn check_trail(store: &Store, tenant: &TenantSlug, kept: Option<Head>) -> StoreResult<TrailReport> {
    let mut tx = store.tenant(tenant).snapshot().await?;
    let tx = &mut tx;
    let anchors = chain::anchors(tx).await?;
    let anchor = anchors.iter().find_map(|(_, anchor)| *anchor);
    let begins = anchor.map_or(Head::NONE, |(head, _)| head);
    let mut report = TrailReport::of(begins);
    for (number, _) in anchors.iter().filter(|(_, anchor)| anchor.is_none()) {
        report.wrong(TrailFlaw::AnchorUnreadable { seal: *number });
    }
    if let Some((head, event)) = anchor
        && !is_told(tx, head, event).await?
    {
        report.wrong(TrailFlaw::AnchorUnknown { seal: head.number });
    }
    if kept.is_some_and(|kept| kept.number == begins.number && kept.hash != begins.hash) {
        report.wrong(TrailFlaw::HeadDiffers { seal: begins.number });
    }
    // The seal of the row that says what was archived last. A row without one is younger than every head.
    let mut told_in = None;
    // When the seal before was made, unless rows may have waited longer than for it.
    let mut emptied_at = None;
    // How many ids all seals name.
    let mut named = 0;
    let mut after = i64::MIN;
    loop {
        let page = chain::kept_seals(tx, after, SEALS).await?;
        if page.is_empty() {
            break;
        }
        for (number, seal) in page {
            after = number;
            named += seal.as_ref().map_or(0, Seal::count) as u64;
            // An archive removes its seals in the transaction that says where the chain begins.
            if number <= i64::from(begins.number) {
                report.wrong(TrailFlaw::SealArchived { seal: number });
                continue;
            }
            let Some(seal) = seal else {
                report.wrong(TrailFlaw::SealUnreadable { seal: number });
                continue;
            };
            report.check_seal(tenant.as_str(), &seal, kept);
            if anchor.is_some_and(|(_, event)| seal.rows().any(|(id, _)| id == event)) {
                told_in = Some(seal.number);
            }
            check_rows(tx, &mut report, tenant, &seal, (emptied_at, kept)).await?;
            emptied_at = Some(seal.sealed_at).filter(|_| seal.count() < SEAL_ROWS as usize);
            report.goes_on(&seal);
        }
    }
    if let (Some(kept), Some((head, _))) = (kept, anchor)
        && told_in.is_none_or(|seal| seal > kept.number)
    {
        report.archived_since = Some(head.number);
    }
    if let Some(kept) = kept.filter(|kept| kept.number > report.head.number) {
        report.wrong(TrailFlaw::HeadGone { seal: kept.number });
    }
    check_waiting(tx, &mut report).await?;
    let parts = u32::try_from(named.div_ceil(HELD)).unwrap_or(u32::MAX).max(1);
    for part in 0..parts {
        check_ids(tx, &mut report, begins.number, (part, parts)).await?;
    }
    Ok(report)
}

/// Whether the trail says that it was archived or erased up to there.
async fn is_told(tx: &mut Read, head: Head, event: Uuid) -> StoreResult<bool> {
    let told = chain::row(tx, event).await?;
    Ok(told.is_some_and(|row| {
        let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
        let seal = detail.get("seal").and_then(serde_json::Value::as_u64);
        let hash = detail.get("hash").and_then(serde_json::Value::as_str);
        matches!(row.event.as_str(), "trail-archived" | "trail-erased")
            && seal == Some(u64::from(head.number))
            && hash == Some(&head.hex())
    }))
}

/// The rows that the seal names.
async fn check_rows(
    tx: &mut Read,
    report: &mut TrailReport,
    tenant: &TenantSlug,
    seal: &Seal,
    (emptied_at, kept): (Option<Timestamp>, Option<Head>),
) -> StoreResult<()> {
    let found = chain::kept_rows_of(tx, seal).await?.into_iter();
    let mut found: BTreeMap<KeptId, Option<TrailRow>> = found.map(|kept| (kept.id, kept.row)).collect();
    for (id, hash) in seal.rows() {
        let row = match found.remove(&KeptId::from(id)) {
            Some(None) => {
                report.wrong(TrailFlaw::RowUnreadable { id: id.into() });
                continue;
            }
            Some(row) => row,
            None => None,
        };
        let said = row.as_ref().map(|row| (row.at, row.event.clone()));
        if !report.check_row(tenant.as_str(), seal.number, (id, hash), row) {
            continue;
        }
        if let (Some((at, event)), Some(not_there)) = (said, emptied_at)
            && not_there.duration_since(at) > LATE
        {
            report.tell_late(LateRow { id, at, event, seal: seal.number, not_there }, kept);
        }
    }
    Ok(())
}

/// The rows that wait for their seal: how many, since when, and whether each is there and can be sealed.
async fn check_waiting(tx: &mut Read, report: &mut TrailReport) -> StoreResult<()> {
    for id in chain::waiting_without_row(tx, u32::try_from(NAMED).unwrap_or(u32::MAX)).await? {
        report.wrong(match id.uuid() {
            Some(id) => TrailFlaw::RowMissing { id, seal: None, at: time_in(id) },
            None => TrailFlaw::RowUnreadable { id },
        });
    }
    let mut after: Option<KeptId> = None;
    loop {
        let page = chain::waiting(tx, after.as_ref(), ROWS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id.clone());
        for KeptTrailRow { id, row } in page {
            report.waiting = report.waiting.saturating_add(1);
            match row {
                Some(row) => {
                    report.oldest = Some(report.oldest.map_or(row.at, |oldest| oldest.min(row.at)));
                }
                None => report.wrong(TrailFlaw::RowUnreadable { id }),
            }
        }
    }
}

/// Whether an id belongs to a part of all ids. The end of an id is random.
fn is_of(id: Uuid, (part, parts): (u32, u32)) -> bool {
    id.as_u128() % u128::from(parts) == u128::from(part)
}

/// Whether every row is named by one seal or waits for one, and not both: then there are as many rows as both together.
/// `begins` is where the chain begins.
async fn check_ids(
    tx: &mut Read,
    report: &mut TrailReport,
    begins: u32,
    part: (u32, u32),
) -> StoreResult<()> {
    let is_archived = |seal: i64| seal <= i64::from(begins);
    let named = named_ids(tx, part).await?;
    for pair in named.windows(2) {
        if let [(id, first), (other, seal)] = *pair
            && id == other
            && !is_archived(first)
        {
            report.wrong(TrailFlaw::RowSealedTwice { id, first, seal });
        }
    }
    let mut after: Option<KeptId> = None;
    loop {
        let page = chain::ids(tx, after.as_ref(), IDS).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for (kept, waits) in page {
            let Some(id) = kept.uuid() else {
                // One that waits was told with those that wait.
                if !waits && part.0 == 0 {
                    report.wrong(TrailFlaw::RowUnreadable { id: kept });
                }
                continue;
            };
            if !is_of(id, part) {
                continue;
            }
            // The last seal that names it: those of one id stand in their order.
            let at = named.partition_point(|(named, _)| *named <= id);
            let seal = at.checked_sub(1).and_then(|at| named.get(at)).filter(|(named, _)| *named == id);
            match seal {
                Some((_, seal)) if is_archived(*seal) => {
                    report.wrong(TrailFlaw::RowArchived { id, seal: *seal });
                }
                Some((_, seal)) if waits => report.wrong(TrailFlaw::RowWaitsSealed { id, seal: *seal }),
                None if !waits => {
                    report.wrong(match chain::row(tx, id).await? {
                        Some(row) => TrailFlaw::RowAdded { id, at: row.at, event: row.event },
                        None => TrailFlaw::RowUnreadable { id: kept },
                    });
                }
                _ => {}
            }
        }
    }
}

/// The ids of this part that seals name, each with the number of its seal, in the order of both.
async fn named_ids(tx: &mut Read, part: (u32, u32)) -> StoreResult<Vec<(Uuid, i64)>> {
    let mut named = Vec::new();
    let mut after = i64::MIN;
    loop {
        let page = chain::kept_seals(tx, after, SEALS).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (number, seal) in page {
            let ids = seal.iter().flat_map(Seal::rows).map(|(id, _)| id);
            named.extend(ids.filter(|id| is_of(*id, part)).map(|id| (id, number)));
        }
    }
    named.sort_unstable();
    Ok(named)
}

/// The time in an id of version 7 (RFC 9562, 5.7).
fn time_in(id: Uuid) -> Timestamp {
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or(0);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_belongs_to_one_part() {
        for parts in [1, 2, 7] {
            for id in [Uuid::nil(), Uuid::max(), Uuid::from_u128(1 << 80), Uuid::from_u128(12_345)] {
                assert_eq!((0..parts).filter(|part| is_of(id, (*part, parts))).count(), 1, "{id}");
            }
        }
    }

    #[test]
    fn a_seal_of_a_high_number_is_told_at_once_with_all_that_are_missing() {
        let mut report = TrailReport::of(Head::NONE);
        let mut seal = Seal::over("midori", Head::NONE, &[], Timestamp::UNIX_EPOCH);
        seal.number = u32::MAX;
        report.check_seal("midori", &seal, None);
        assert_eq!(report.flaws.len(), NAMED);
        assert_eq!(report.flaws.len() as u64 + report.more, u64::from(u32::MAX - 1) + 1);
        report.goes_on(&seal);
        report.check_seal("midori", &seal, None);
    }
}
