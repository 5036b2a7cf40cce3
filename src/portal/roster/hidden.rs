//! Hidden: the rows of an import from its first batch to its last change. Why they are hidden, and what that does to
//! everybody else, stands in [`store::import`].

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    Import,
    draw::{DrawnMember, MailedCredential},
    letters::{LetterSealer, UnsentLetter},
};
use crate::{
    domain::{
        audit::{Event, doing::Doing},
        letter::FIRST_CREDENTIALS_PRIORITY,
        member::{EventId, MemberId},
        roster::{LOGIN_RESTS_DAYS, undo::UNDO_DAYS},
        tenant::{Tenant, TenantSlug},
    },
    portal::{
        Portal,
        issue::{ImportError, days_after},
    },
    store::{
        self, Store, Write, audit,
        import::{self, ImportedChange, RunningImport},
        outbox,
        undo::{ImportRecord, KeptRow},
    },
    vault::Vault,
    world::{Clock, RandomSource, random_bytes, today_in_japan},
};

/// Most rows of one transaction.
pub const BATCH: usize = 10_000;
/// Rows of the first transaction, before it is known how fast the machine is.
const FIRST: usize = 250;
/// Fewest rows of one transaction on a machine that is slow.
const FEWEST: usize = 50;
/// How long a transaction should take: others wait for SQLite's one writer meanwhile. A sign-in waits for it four times,
/// and should take no longer than 1 s.
const AIM: SignedDuration = SignedDuration::from_millis(100);
/// A transaction that took no longer, of few rows, is not worth a pause behind it.
const SHORT: SignedDuration = SignedDuration::from_millis(40);
/// The fewest rows that are worth a pause.
const WORTH_A_PAUSE: usize = 200;
/// How long an import is alive after its holder last said so. A batch takes a fraction of it.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How long a user ID that a change will bring rests for its member.
const RESERVED: SignedDuration = SignedDuration::from_hours(24);
/// How often a transaction behind the publication is tried when others are in its way.
const PATIENCE: u32 = 8;

/// What the change at a place can be taken back with.
pub type Keep<'k> = dyn Fn(u32) -> Result<KeptRow, ImportError> + 'k;

mod undo;

pub use undo::UndoneMembers;

/// How many rows a transaction takes, by how long the one before took: as many as fit [`AIM`], and at most twice or at
/// least half as many as before, so that one odd transaction does little.
#[derive(Debug)]
struct BatchSizer {
    rows: AtomicUsize,
    most: usize,
}

impl BatchSizer {
    fn new(most: usize) -> Self {
        Self { rows: AtomicUsize::new(most.clamp(1, FIRST)), most: most.max(1) }
    }

    /// Other rows begin, of which it is not known how long they take.
    fn begin(&self) {
        self.rows.store(self.most.min(FIRST), Ordering::Relaxed);
    }

    fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }

    fn took(&self, time: SignedDuration) {
        let rows = self.rows();
        let millis = usize::try_from(time.as_millis()).unwrap_or_default().max(1);
        let aim = usize::try_from(AIM.as_millis()).unwrap_or_default();
        let fits = rows.saturating_mul(aim) / millis;
        let next = fits.clamp(rows / 2, rows.saturating_mul(2)).max(FEWEST);
        self.rows.store(next.min(self.most), Ordering::Relaxed);
    }
}

/// The rows of one import, held by this process.
#[derive(Debug)]
pub struct HiddenRows<'a> {
    store: &'a Store,
    clock: &'a dyn Clock,
    tenant: &'a TenantSlug,
    rng: &'a dyn RandomSource,
    vault: &'a Vault,
    id: Uuid,
    holder: Uuid,
    undo: bool,
    doing: Doing,
    pace: BatchSizer,
    /// When the holder last said that it lives, in seconds since 1970.
    said_alive: AtomicI64,
}

/// What became of the publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishOutcome {
    /// Everybody is visible. `kept` user IDs and addresses stayed so far; whether all is done.
    Yes {
        /// See [`import::apply_changes`].
        kept: u64,
        /// Whether nothing is left to be done.
        finished: bool,
    },
    /// Somebody took the import over, or was in the way: nothing is visible.
    No,
}

impl<'a> HiddenRows<'a> {
    /// Begins an import. `None` when the union has one already.
    ///
    /// # Errors
    /// `ImportError` when the database fails. `None` when another import is at work.
    pub async fn begin(import: &'a Import<'_>, id: Uuid, batch: usize) -> Result<Option<Self>, ImportError> {
        let (tenant, now) = (&import.tenant.slug, import.clock.now());
        let mut tx = import.store.tenant(tenant).write().await?;
        let begun = import::begin(&mut tx, id, import.doing, now, lease(now)?).await?;
        tx.commit().await?;
        Ok(begun.then(|| Self::of(import, id, id, false, batch)))
    }

    fn of(import: &'a Import<'_>, id: Uuid, holder: Uuid, undo: bool, batch: usize) -> Self {
        let Import { store, clock, rng, vault, .. } = *import;
        let (tenant, doing) = (&import.tenant.slug, import.doing.clone());
        Self {
            store,
            clock,
            tenant,
            rng,
            vault,
            id,
            holder,
            undo,
            doing,
            pace: BatchSizer::new(batch),
            said_alive: AtomicI64::new(0),
        }
    }

    /// Removes what a dead import of the union left, or finishes it. The import that is alive, if there is one.
    ///
    /// # Errors
    /// `ImportError` when the database fails.
    pub async fn settle(
        store: &'a Store,
        clock: &'a dyn Clock,
        tenant: &'a TenantSlug,
        (rng, vault): (&'a dyn RandomSource, &'a Vault),
    ) -> Result<Option<RunningImport>, ImportError> {
        let holder = Uuid::from_bytes(random_bytes(rng)?);
        let now = clock.now();
        let running = import::running(&mut store.tenant(tenant).read().await?).await?;
        let dead = match running {
            Some(running) if running.alive_until <= now => running,
            other => return Ok(other),
        };
        let mut tx = store.tenant(tenant).write().await?;
        let taken = import::take_over(&mut tx, dead.id, holder, now, lease(now)?).await?;
        tx.commit().await?;
        if !taken {
            return Ok(import::running(&mut store.tenant(tenant).read().await?).await?);
        }
        let doing = dead.doing.unwrap_or_else(|| Doing::by_program("member import"));
        let (id, undo, pace) = (dead.id, dead.undo, BatchSizer::new(BATCH));
        let said_alive = AtomicI64::new(now.as_second());
        let hidden = Self { store, clock, tenant, rng, vault, id, holder, undo, doing, pace, said_alive };
        if undo && dead.published_at.is_none() {
            hidden.finish_undo(&mut |_| {}).await?;
            info!(%tenant, "An undo that had stopped half-way was finished");
        } else if !undo && dead.published_at.is_some() {
            hidden.finish(&mut |_| {}).await?;
            info!(%tenant, "An import that had stopped after its publication was finished");
        } else {
            hidden.remove().await?;
            info!(%tenant, "What an import had left that stopped half-way was removed");
        }
        Ok(None)
    }

    /// The id of the import.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// A transaction of the holder and when it began; `None` when the import is somebody else's by now.
    async fn write(&self) -> Result<Option<(Write, Timestamp)>, ImportError> {
        let mut tx = self.store.tenant(self.tenant).write().await?;
        let now = self.clock.now();
        let alive = import::keep_alive(&mut tx, self.holder, lease(now)?).await?;
        self.said_alive.store(now.as_second(), Ordering::Relaxed);
        // From here on others wait; while we waited for them, nobody did.
        Ok(alive.then_some((tx, self.clock.now())))
    }

    /// Ends a transaction of so many rows that began at `begun`, and lets others write.
    async fn pause_after(&self, rows: usize, begun: Timestamp) {
        let took = self.clock.now().duration_since(begun);
        self.pace.took(took);
        if rows >= WORTH_A_PAUSE || took >= SHORT {
            self.store.let_others_write_after(took.unsigned_abs()).await;
        }
    }

    /// Adds members nobody sees yet. `false` when somebody was quicker.
    ///
    /// # Errors
    /// `ImportError` when the database fails. `false` when the import is not ours any more.
    pub async fn members(
        &self,
        members: &[DrawnMember<'_>],
        (of, vault): (&Tenant, &Vault),
        (now, expires_at): (Timestamp, Timestamp),
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<bool, ImportError> {
        self.pace.begin();
        let mut rest = members;
        while !rest.is_empty() {
            let (some, behind) = rest.split_at(self.pace.rows().min(rest.len()));
            rest = behind;
            let new: Vec<_> = some.iter().map(|member| member.as_new(of, vault)).collect();
            let Some((mut tx, begun)) = self.write().await? else { return Ok(false) };
            if !store::roster::add(&mut tx, self.id, &new, now, expires_at).await? {
                return Ok(false);
            }
            tx.commit().await?;
            step(some.len());
            self.pause_after(some.len(), begun).await;
        }
        Ok(true)
    }

    /// Puts letters into the outbox that nobody sends yet. `false` when the import is somebody else's by now.
    ///
    /// # Errors
    /// `ImportError` when the database fails. `false` when the import is not ours any more.
    pub async fn letters(
        &self,
        letters: &[MailedCredential<'_>],
        seal: &LetterSealer<'_>,
        now: Timestamp,
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<bool, ImportError> {
        self.pace.begin();
        let mut rest = letters;
        while !rest.is_empty() {
            let (some, behind) = rest.split_at(self.pace.rows().min(rest.len()));
            rest = behind;
            // Sealed before others have to wait.
            let sealed = seal(some)?;
            let new: Vec<_> = sealed.iter().map(UnsentLetter::as_new).collect();
            let Some((mut tx, begun)) = self.write().await? else { return Ok(false) };
            outbox::put_hidden(&mut tx, &new, now).await?;
            tx.commit().await?;
            step(some.len());
            self.pause_after(some.len(), begun).await;
        }
        Ok(true)
    }

    /// Writes down what changes about members who are there already, and by the place of each what it can be taken back
    /// with. `false` when somebody was quicker.
    ///
    /// # Errors
    /// `ImportError` when the database fails. `false` when the import is not ours any more.
    pub async fn changes(
        &self,
        changes: &[ImportedChange<'_>],
        keep: Option<&Keep<'_>>,
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<bool, ImportError> {
        let undo_until = days_after(self.clock.now(), UNDO_DAYS).ok_or(ImportError::Time)?;
        let until = self.clock.now().checked_add(RESERVED).map_err(|_| ImportError::Time)?;
        self.pace.begin();
        let mut rest = changes;
        while !rest.is_empty() {
            let (some, behind) = rest.split_at(self.pace.rows().min(rest.len()));
            rest = behind;
            // Sealed before others have to wait.
            let keep = keep.map(|keep| some.iter().map(|change| keep(change.place)).collect());
            let kept: Vec<KeptRow> = keep.transpose()?.unwrap_or_default();
            let Some((mut tx, begun)) = self.write().await? else { return Ok(false) };
            if !import::put_changes(&mut tx, self.id, some, until).await? {
                return Ok(false);
            }
            store::undo::keep(&mut tx, self.id, &kept, undo_until).await?;
            tx.commit().await?;
            step(some.len());
            self.pause_after(some.len(), begun).await;
        }
        Ok(true)
    }

    /// Makes the members visible, with the event, and does as much of what is left as fits one transaction.
    ///
    /// # Errors
    /// `ImportError` when the database fails.
    pub async fn publish(
        &self,
        event: &Event,
        record: &ImportRecord,
        now: Timestamp,
    ) -> Result<PublishOutcome, ImportError> {
        let until = lease(self.clock.now())?;
        match self.try_publish(event, record, now).await {
            Err(fault) => match self.is_published(until).await {
                Some(Some(finished)) => Ok(PublishOutcome::Yes { kept: 0, finished }),
                Some(None) if matches!(&fault, ImportError::Store(fault) if fault.is_contention()) => {
                    Ok(PublishOutcome::No)
                }
                Some(None) => Err(fault),
                None => Err(ImportError::Unsure { notices: None }),
            },
            published => published,
        }
    }

    async fn try_publish(
        &self,
        event: &Event,
        record: &ImportRecord,
        now: Timestamp,
    ) -> Result<PublishOutcome, ImportError> {
        let Some((mut tx, _)) = self.write().await? else { return Ok(PublishOutcome::No) };
        if !import::publish(&mut tx, self.holder, now, today_in_japan(self.clock.now())).await? {
            return Ok(PublishOutcome::No);
        }
        self.note(&mut tx, None, event, now)?;
        store::undo::remember(&mut tx, record).await?;
        self.pace.begin();
        let (kept, _, finished) = self.some_more(&mut tx).await?;
        tx.commit().await?;
        Ok(PublishOutcome::Yes { kept, finished })
    }

    /// After a commit that nobody answered: whether it happened, and if so whether it left anything to be done. `None`
    /// when that cannot be known.
    async fn is_published(&self, alive_until: Timestamp) -> Option<Option<bool>> {
        let mut tx = self.store.tenant(self.tenant).read().await.ok()?;
        match import::running(&mut tx).await.ok()? {
            Some(running) if running.id == self.id => Some(running.published_at.map(|_| false)),
            // Nobody but the holder ends an import that is alive.
            None if self.clock.now() < alive_until => Some(Some(true)),
            _ => None,
        }
    }

    /// One transaction's worth of changes and letters behind the publication: what stayed, how much was done, and
    /// whether that was all.
    async fn some_more(&self, tx: &mut Write) -> Result<(u64, usize, bool), ImportError> {
        let now = self.clock.now();
        let limit = u32::try_from(self.pace.rows()).unwrap_or(u32::MAX);
        let (mut kept, mut done) = (0, 0);
        if let Some(first) = import::next_change(tx, self.id).await? {
            let rests_until = days_after(now, LOGIN_RESTS_DAYS).ok_or(ImportError::Time)?;
            let before = first.saturating_add(limit);
            kept = self.apply(tx, before, rests_until, now).await?;
            done = self.pace.rows();
            if import::next_change(tx, self.id).await?.is_some() {
                return Ok((kept, done, false));
            }
        }
        let released = import::release_letters(tx, FIRST_CREDENTIALS_PRIORITY, now, limit).await?;
        if released == u64::from(limit) {
            return Ok((kept, done + self.pace.rows(), false));
        }
        // Only the last import can be taken back.
        if store::undo::forget_others(tx, self.id, limit).await? == u64::from(limit) {
            return Ok((kept, done + self.pace.rows(), false));
        }
        import::end(tx, self.holder).await?;
        Ok((kept, done + usize::try_from(released).unwrap_or(usize::MAX), true))
    }

    /// Makes the changes whose place is below `before`, each with its rows in the trail. How many cells stayed as they were.
    async fn apply(
        &self,
        tx: &mut Write,
        before: u32,
        rests_until: Timestamp,
        now: Timestamp,
    ) -> Result<u64, ImportError> {
        let applied = import::apply_changes(tx, self.id, before, now, rests_until).await?;
        for change in applied.changed {
            if !change.columns.is_empty() {
                let columns = change.columns.iter().map(|column| column.key()).collect();
                self.note(tx, Some(change.member), &Event::RosterChangedMember { columns }, now)?;
            }
            if let Some(day) = change.lost_on {
                let event = day.map_or(Event::LastDayLifted, |day| Event::LastDaySet { day: day.date() });
                self.note(tx, Some(change.member), &event, now)?;
            }
        }
        Ok(applied.kept)
    }

    fn note(
        &self,
        tx: &mut Write,
        member: Option<MemberId>,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), ImportError> {
        let id = EventId::new(now, random_bytes(self.rng)?);
        audit::note(tx, id, member, event, self.doing.clone(), now);
        Ok(())
    }

    /// Does what is left behind the publication. How many user IDs and addresses stayed as they were.
    ///
    /// # Errors
    /// `ImportError` when the database fails; what is left is finished by any node.
    pub async fn finish(&self, step: &mut (dyn FnMut(usize) + Send)) -> Result<u64, ImportError> {
        let (mut kept, mut patience) = (0, PATIENCE);
        loop {
            let more = async {
                let Some((mut tx, begun)) = self.write().await? else { return Ok(None) };
                let more = self.some_more(&mut tx).await?;
                tx.commit().await?;
                Ok(Some((more, begun)))
            };
            match more.await {
                Ok(None) => return Ok(kept),
                Ok(Some(((stayed, done, finished), begun))) => {
                    kept += stayed;
                    step(done);
                    if finished {
                        return Ok(kept);
                    }
                    self.pause_after(done, begun).await;
                }
                Err(fault) => self.endure(fault, &mut patience).await?,
            }
        }
    }

    /// Takes every row away again; of an undo that counts, none.
    ///
    /// # Errors
    /// `ImportError` when the database fails; what is left is removed by any node.
    pub async fn remove(&self) -> Result<(), ImportError> {
        self.pace.begin();
        let mut patience = PATIENCE;
        loop {
            let limit = u32::try_from(self.pace.rows()).unwrap_or(u32::MAX);
            let more = async {
                let Some((mut tx, begun)) = self.write().await? else { return Ok(None) };
                let mut removed = 0;
                if !self.undo {
                    removed += import::remove_members(&mut tx, self.id, limit).await?;
                    removed += store::undo::forget(&mut tx, self.id, limit).await?;
                } else if store::undo::counts(&mut tx, self.id).await? {
                    return Ok(None);
                }
                removed += import::remove_changes(&mut tx, self.id, limit).await?;
                if removed == 0 {
                    import::end(&mut tx, self.holder).await?;
                }
                tx.commit().await?;
                Ok((removed > 0).then_some(begun))
            };
            match more.await {
                Ok(None) => return Ok(()),
                Ok(Some(begun)) => self.pause_after(self.pace.rows(), begun).await,
                Err(fault) => self.endure(fault, &mut patience).await?,
            }
        }
    }

    /// Takes every row away again, and lets the sweep do it where that is impossible now.
    pub async fn give_up(&self) {
        if let Err(fault) = self.remove().await {
            warn!(tenant = %self.tenant, %fault, "Rows of an import that came to nothing are still there, hidden");
        }
    }

    async fn endure(&self, fault: ImportError, patience: &mut u32) -> Result<(), ImportError> {
        let in_the_way = matches!(&fault, ImportError::Store(fault) if fault.is_contention());
        if !in_the_way || *patience == 0 {
            return Err(fault);
        }
        *patience -= 1;
        self.store.let_others_write().await;
        Ok(())
    }
}

fn lease(now: Timestamp) -> Result<Timestamp, ImportError> {
    now.checked_add(LEASE).map_err(|_| ImportError::Time)
}

impl Portal {
    /// Removes or finishes what a dead import of a union left; does nothing where one is alive.
    ///
    /// # Errors
    /// `ImportError` when the database fails.
    pub async fn settle_import(&self, tenant: &TenantSlug) -> Result<(), ImportError> {
        HiddenRows::settle(&self.store, self.clock.as_ref(), tenant, (self.rng(), &self.vault))
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_machine_gets_fewer_rows_and_a_fast_one_more() {
        let pace = BatchSizer::new(BATCH);
        let mut seen = vec![pace.rows()];
        for millis in [10, 30, 100, 120, 300, 900, 900, 900, 900, 900, 10, 10] {
            pace.took(SignedDuration::from_millis(millis));
            seen.push(pace.rows());
        }
        assert_eq!(seen, [250, 500, 1_000, 1_000, 833, 416, 208, 104, 52, 50, 50, 100, 200]);
        for _ in 0..20 {
            pace.took(SignedDuration::ZERO);
        }
        assert_eq!(pace.rows(), BATCH);
        let small = BatchSizer::new(2);
        small.took(SignedDuration::ZERO);
        assert_eq!(small.rows(), 2);
        small.took(AIM * 2);
        assert_eq!(small.rows(), 2);
    }
}
