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
        Read, Store, StoreResult,
        audit::{self, TrailFilter},
        chain,
    },
};

/// Most flaws that are named; the others are counted.
const NAMED: usize = 100;
/// Seals that are read at once: each may name a thousand rows.
const SEALS: u32 = 20;
/// Rows that are read at once.
const ROWS: u32 = 1000;
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
        let expected = self.head.number + 1;
        for missing in expected..seal.number {
            self.wrong(TrailFlaw::SealMissing { seal: missing });
        }
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

/// Reads a union's whole trail and its chain, as both were at one moment: what is sealed or archived meanwhile is no flaw.
/// `kept` is a head that was kept elsewhere.
///
/// # Errors
/// The database failed.
pub async fn check_trail(store: &Store, tenant: &TenantSlug, kept: Option<Head>) -> StoreResult<TrailReport> {
    let mut tx = store.tenant(tenant).snapshot().await?;
    let tx = &mut tx;
    let anchor = chain::anchor(tx).await?;
    let begins = anchor.map_or(Head::NONE, |(head, _)| head);
    let mut report = TrailReport::of(begins);
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
    loop {
        let page = chain::seals(tx, report.head.number, SEALS).await?;
        if page.is_empty() {
            break;
        }
        for seal in page {
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
    for id in chain::waiting_without_row(tx, u32::try_from(NAMED).unwrap_or(u32::MAX)).await? {
        report.wrong(TrailFlaw::RowMissing { id, seal: None, at: time_in(id) });
    }
    let figures = chain::figures(tx).await?;
    (report.waiting, report.oldest) = (figures.waiting, figures.oldest);
    if !report.is_sound() || u64::from(figures.rows) != u64::from(figures.sealed) + u64::from(figures.waiting)
    {
        find_added(tx, &mut report, begins.number).await?;
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
    let mut found: BTreeMap<Uuid, TrailRow> =
        chain::rows_of(tx, seal).await?.into_iter().map(|row| (row.id, row)).collect();
    for (id, hash) in seal.rows() {
        let row = found.remove(&id);
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

/// Names the rows that no seal names and that wait for none.
async fn find_added(tx: &mut Read, report: &mut TrailReport, begins: u32) -> StoreResult<()> {
    let mut named = Vec::new();
    let mut last = begins;
    loop {
        let page = chain::seals(tx, last, SEALS).await?;
        let Some(newest) = page.last() else { break };
        last = newest.number;
        named.extend(page.iter().flat_map(Seal::rows).map(|(id, _)| id));
    }
    named.sort_unstable();
    let mut after = Uuid::nil();
    loop {
        let page = audit::page(tx, &TrailFilter::default(), after, ROWS).await?;
        let Some(row) = page.last() else { return Ok(()) };
        after = row.id;
        for row in page {
            if named.binary_search(&row.id).is_err() && !chain::is_waiting(tx, row.id).await? {
                report.wrong(TrailFlaw::RowAdded { id: row.id, at: row.at, event: row.event });
            }
        }
    }
}

/// The time in an id of version 7 (RFC 9562, 5.7).
fn time_in(id: Uuid) -> Timestamp {
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or(0);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}
