//! Hidden: the rows of an import from its first batch to its last change. Why they are hidden, and what that does to
//! everybody else, stands in [`store::import`].

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};
use uuid::Uuid;

use super::{Fault, days_after, letters::Sealed};
use crate::{
    domain::{
        audit::Event, letter::FIRST_CREDENTIALS_PRIORITY, member::EventId, roster::LOGIN_RESTS_DAYS,
        tenant::TenantSlug,
    },
    portal::Portal,
    store::{
        self, Store, Write, audit,
        import::{self, Change, Running},
        outbox,
        roster::NewMember,
    },
    world::{Clock, draw},
};

/// Rows of one transaction: some tenths of a second of SQLite's one writer.
pub const BATCH: usize = 2_000;
/// A transaction of fewer rows than this is not worth a pause behind it.
const WORTH_A_PAUSE: usize = 500;
/// How long an import is alive after its holder last said so. A batch takes a fraction of it.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How long a user ID that a change will bring rests for its member.
const RESERVED: SignedDuration = SignedDuration::from_hours(24);
/// How often a transaction behind the publication is tried when others are in its way.
const PATIENCE: u32 = 8;

/// The rows of one import, held by this process.
#[derive(Debug)]
pub struct Hidden<'a> {
    store: &'a Store,
    clock: &'a dyn Clock,
    tenant: &'a TenantSlug,
    id: Uuid,
    holder: Uuid,
    batch: usize,
}

/// What became of the publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
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

impl<'a> Hidden<'a> {
    /// Begins an import. `None` when the union has one already.
    pub async fn begin(
        store: &'a Store,
        clock: &'a dyn Clock,
        tenant: &'a TenantSlug,
        id: Uuid,
        batch: usize,
    ) -> Result<Option<Self>, Fault> {
        let now = clock.now();
        let mut tx = store.tenant(tenant).write().await?;
        let begun = import::begin(&mut tx, id, now, lease(now)?).await?;
        tx.commit().await?;
        Ok(begun.then_some(Self { store, clock, tenant, id, holder: id, batch }))
    }

    /// Removes what a dead import of the union left, or finishes it. The import that is alive, if there is one.
    pub async fn settle(
        store: &'a Store,
        clock: &'a dyn Clock,
        tenant: &'a TenantSlug,
        holder: Uuid,
    ) -> Result<Option<Running>, Fault> {
        let now = clock.now();
        let running = import::running(&mut store.tenant(tenant).read().await?).await?;
        let Some(dead) = running.filter(|running| running.alive_until <= now) else { return Ok(running) };
        let mut tx = store.tenant(tenant).write().await?;
        let taken = import::take_over(&mut tx, dead.id, holder, now, lease(now)?).await?;
        tx.commit().await?;
        if !taken {
            return Ok(import::running(&mut store.tenant(tenant).read().await?).await?);
        }
        let hidden = Self { store, clock, tenant, id: dead.id, holder, batch: BATCH };
        if dead.published_at.is_some() {
            hidden.finish(&mut |_| {}).await?;
            info!(%tenant, "An import that had stopped after its publication was finished");
        } else {
            hidden.remove().await?;
            info!(%tenant, "What an import had left that stopped half-way was removed");
        }
        Ok(None)
    }

    /// A transaction of the holder; `None` when the import is somebody else's by now.
    async fn write(&self) -> Result<Option<Write>, Fault> {
        let mut tx = self.store.tenant(self.tenant).write().await?;
        let alive = import::keep_alive(&mut tx, self.holder, lease(self.clock.now())?).await?;
        Ok(alive.then_some(tx))
    }

    async fn pause_after(&self, rows: usize) {
        if rows >= WORTH_A_PAUSE {
            self.store.let_others_write().await;
        }
    }

    /// Adds members nobody sees yet. `false` when somebody was quicker.
    pub async fn members(
        &self,
        members: &[NewMember<'_>],
        now: Timestamp,
        expires_at: Timestamp,
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<bool, Fault> {
        for some in members.chunks(self.batch) {
            let Some(mut tx) = self.write().await? else { return Ok(false) };
            if !store::roster::add(&mut tx, self.id, some, now, expires_at).await? {
                return Ok(false);
            }
            tx.commit().await?;
            step(some.len());
            self.pause_after(some.len()).await;
        }
        Ok(true)
    }

    /// Puts letters into the outbox that nobody sends yet. `false` when the import is somebody else's by now.
    pub async fn letters(
        &self,
        letters: &[Sealed],
        now: Timestamp,
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<bool, Fault> {
        for some in letters.chunks(self.batch) {
            let Some(mut tx) = self.write().await? else { return Ok(false) };
            let new: Vec<_> = some.iter().map(Sealed::as_new).collect();
            outbox::put_hidden(&mut tx, &new, now).await?;
            tx.commit().await?;
            step(some.len());
            self.pause_after(some.len()).await;
        }
        Ok(true)
    }

    /// Writes down what changes about members who are there already. `false` when somebody was quicker.
    pub async fn changes(
        &self,
        changes: &[Change<'_>],
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<bool, Fault> {
        let until = self.clock.now().checked_add(RESERVED).map_err(|_| Fault::Time)?;
        for some in changes.chunks(self.batch) {
            let Some(mut tx) = self.write().await? else { return Ok(false) };
            if !import::put_changes(&mut tx, self.id, some, until).await? {
                return Ok(false);
            }
            tx.commit().await?;
            step(some.len());
            self.pause_after(some.len()).await;
        }
        Ok(true)
    }

    /// Makes the members visible, with the event, and does as much of what is left as fits one transaction.
    pub async fn publish(&self, id: EventId, event: &Event, now: Timestamp) -> Result<Published, Fault> {
        let until = lease(self.clock.now())?;
        match self.try_publish(id, event, now).await {
            Err(fault) => match self.is_published(until).await {
                Some(Some(finished)) => Ok(Published::Yes { kept: 0, finished }),
                Some(None) if matches!(&fault, Fault::Store(fault) if fault.is_contention()) => {
                    Ok(Published::No)
                }
                Some(None) => Err(fault),
                None => Err(Fault::Unsure { notices: None }),
            },
            published => published,
        }
    }

    async fn try_publish(&self, id: EventId, event: &Event, now: Timestamp) -> Result<Published, Fault> {
        let Some(mut tx) = self.write().await? else { return Ok(Published::No) };
        if !import::publish(&mut tx, self.holder, now).await? {
            return Ok(Published::No);
        }
        audit::write(&mut tx, id, None, event, now).await?;
        let (kept, _, finished) = self.some_more(&mut tx).await?;
        tx.commit().await?;
        Ok(Published::Yes { kept, finished })
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
    async fn some_more(&self, tx: &mut Write) -> Result<(u64, usize, bool), Fault> {
        let now = self.clock.now();
        let limit = u32::try_from(self.batch).unwrap_or(u32::MAX);
        let (mut kept, mut done) = (0, 0);
        if let Some(first) = import::next_change(tx, self.id).await? {
            let rests_until = days_after(now, LOGIN_RESTS_DAYS).ok_or(Fault::Time)?;
            let before = first.saturating_add(limit);
            kept = import::apply_changes(tx, self.id, before, now, rests_until).await?;
            done = self.batch;
            if import::next_change(tx, self.id).await?.is_some() {
                return Ok((kept, done, false));
            }
        }
        let released = import::release_letters(tx, FIRST_CREDENTIALS_PRIORITY, now, limit).await?;
        if released == u64::from(limit) {
            return Ok((kept, done + self.batch, false));
        }
        import::end(tx, self.holder).await?;
        Ok((kept, done + usize::try_from(released).unwrap_or(self.batch), true))
    }

    /// Does what is left behind the publication. How many user IDs and addresses stayed as they were.
    pub async fn finish(&self, step: &mut (dyn FnMut(usize) + Send)) -> Result<u64, Fault> {
        let (mut kept, mut patience) = (0, PATIENCE);
        loop {
            let more = async {
                let Some(mut tx) = self.write().await? else { return Ok(None) };
                let more = self.some_more(&mut tx).await?;
                tx.commit().await?;
                Ok(Some(more))
            };
            match more.await {
                Ok(None) => return Ok(kept),
                Ok(Some((stayed, done, finished))) => {
                    kept += stayed;
                    step(done);
                    if finished {
                        return Ok(kept);
                    }
                    self.pause_after(done).await;
                }
                Err(fault) => self.endure(fault, &mut patience).await?,
            }
        }
    }

    /// Takes every row away again.
    pub async fn remove(&self) -> Result<(), Fault> {
        let limit = u32::try_from(self.batch).unwrap_or(u32::MAX);
        let mut patience = PATIENCE;
        loop {
            let more = async {
                let Some(mut tx) = self.write().await? else { return Ok(true) };
                let removed = import::remove_members(&mut tx, self.id, limit).await?
                    + import::remove_changes(&mut tx, self.id, limit).await?;
                if removed == 0 {
                    import::end(&mut tx, self.holder).await?;
                }
                tx.commit().await?;
                Ok(removed == 0)
            };
            match more.await {
                Ok(true) => return Ok(()),
                Ok(false) => self.pause_after(self.batch).await,
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

    async fn endure(&self, fault: Fault, patience: &mut u32) -> Result<(), Fault> {
        let in_the_way = matches!(&fault, Fault::Store(fault) if fault.is_contention());
        if !in_the_way || *patience == 0 {
            return Err(fault);
        }
        *patience -= 1;
        self.store.let_others_write().await;
        Ok(())
    }
}

fn lease(now: Timestamp) -> Result<Timestamp, Fault> {
    now.checked_add(LEASE).map_err(|_| Fault::Time)
}

impl Portal {
    /// Removes or finishes what a dead import of a union left; does nothing where one is alive.
    pub async fn settle_import(&self, tenant: &TenantSlug) -> Result<(), Fault> {
        let holder = Uuid::from_bytes(draw(self.dice())?);
        Hidden::settle(&self.store, self.clock.as_ref(), tenant, holder).await.map(drop)
    }
}
