//! Undo: an import is taken back in the same way as it came, a few rows at a time and hidden. What counts when stands in
//! [`store::undo`](crate::store::undo).

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::Ordering,
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{HiddenRows, Import, PATIENCE, lease};
use crate::{
    domain::{
        audit::Event,
        member::{LastDay, Member, MemberId},
    },
    portal::{erasure, issue::ImportError},
    store::{
        Write, import,
        undo::{self, ImportRecord},
    },
    world::today_in_japan,
};

/// A holder that reads for long says so often that it lives.
const RENEWED_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// What an undo that counts has done to members.
#[derive(Debug, Clone, Copy, Default)]
pub struct UndoneMembers {
    /// How many were removed.
    pub removed: u64,
    /// How many were ended.
    pub ended: u64,
    /// How many fields stayed as they were, because somebody was quicker.
    pub kept: u64,
}

impl<'a> HiddenRows<'a> {
    /// Begins to take a published import back. `None` when the union has one at work, or this one is not the last any more.
    ///
    /// # Errors
    /// `ImportError` when the database fails.
    pub async fn begin_undo(
        import: &'a Import<'_>,
        id: Uuid,
        batch: usize,
    ) -> Result<Option<Self>, ImportError> {
        let holder = Uuid::from_bytes(crate::world::random_bytes(import.rng)?);
        let now = import.clock.now();
        let mut tx = import.store.tenant(&import.tenant.slug).write().await?;
        if !undo::begin(&mut tx, id, holder, import.doing, now, lease(now)?).await? {
            return Ok(None);
        }
        tx.commit().await?;
        Ok(Some(Self::of(import, id, holder, true, batch)))
    }

    /// Waits for whatever is being done at this moment about the members whom the import changed. What begins later finds
    /// that the undo runs.
    ///
    /// # Errors
    /// `ImportError` when the database fails.
    pub async fn hold_changed(&self) -> Result<(), ImportError> {
        let (mut after, mut patience) = (Uuid::nil(), PATIENCE);
        loop {
            let limit = u32::try_from(self.pace.rows()).unwrap_or(u32::MAX);
            let held = async {
                let Some((mut tx, begun)) = self.write().await? else { return Ok(None) };
                let last = undo::hold_kept(&mut tx, self.id, after, limit).await?;
                tx.commit().await?;
                Ok(last.map(|last| (last, begun)))
            };
            match held.await {
                Ok(None) => return Ok(()),
                Ok(Some((last, begun))) => {
                    after = last;
                    self.pause_after(self.pace.rows(), begun).await;
                }
                Err(fault) => self.endure(fault, &mut patience).await?,
            }
        }
    }

    /// Says that the holder lives, where it has not just said so.
    ///
    /// # Errors
    /// `ImportError` when the database fails.
    pub async fn keep_alive(&self) -> Result<(), ImportError> {
        let said = self.said_alive.load(Ordering::Relaxed);
        if self.clock.now().as_second() >= said.saturating_add(RENEWED_AFTER.as_secs())
            && let Some((tx, _)) = self.write().await?
        {
            tx.commit().await?;
        }
        Ok(())
    }

    /// Lets the undo count: members whom the import brought are hidden at once. `false` when somebody took it over;
    /// nothing has changed then.
    ///
    /// # Errors
    /// `ImportError` when the database fails: [`ImportError::Unsure`] where it may count, else it does not.
    pub async fn decide(
        &self,
        event: &Event,
        record: &ImportRecord,
        now: Timestamp,
    ) -> Result<bool, ImportError> {
        match self.try_decide(event, record, now).await {
            Err(fault) => {
                let found = async {
                    let mut tx = self.store.tenant(self.tenant).read().await?;
                    import::running(&mut tx).await
                };
                match found.await {
                    Ok(Some(running)) if running.undo && running.id == self.id => {
                        if running.published_at.is_none() { Ok(true) } else { Err(fault) }
                    }
                    _ => Err(ImportError::Unsure { notices: None }),
                }
            }
            decided => decided,
        }
    }

    async fn try_decide(
        &self,
        event: &Event,
        record: &ImportRecord,
        now: Timestamp,
    ) -> Result<bool, ImportError> {
        let Some((mut tx, _)) = self.write().await? else { return Ok(false) };
        if !undo::decide(&mut tx, self.id, self.holder, now).await? {
            return Ok(false);
        }
        self.note(&mut tx, None, event, now)?;
        undo::remember(&mut tx, record).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Does what is left of an undo that counts: removes or ends hidden members, then makes the changes.
    ///
    /// # Errors
    /// `ImportError` when the database fails; what is left is finished by any node.
    pub async fn finish_undo(
        &self,
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<UndoneMembers, ImportError> {
        let (mut done, mut patience) = (UndoneMembers::default(), PATIENCE);
        loop {
            let more = async {
                let Some((mut tx, begun)) = self.write().await? else { return Ok(None) };
                let (rows, some, ended) = self.some_of_undo(&mut tx).await?;
                tx.commit().await?;
                Ok(Some((rows, some, ended, begun)))
            };
            match more.await {
                Ok(None) => return Ok(done),
                Ok(Some((rows, some, ended, begun))) => {
                    done.removed += some.removed;
                    done.ended += some.ended;
                    done.kept += some.kept;
                    step(rows);
                    if ended {
                        return Ok(done);
                    }
                    self.pause_after(rows, begun).await;
                }
                Err(fault) => self.endure(fault, &mut patience).await?,
            }
        }
    }

    /// One transaction's worth of an undo that counts: how many rows, what it did, and whether that was all.
    async fn some_of_undo(&self, tx: &mut Write) -> Result<(usize, UndoneMembers, bool), ImportError> {
        let (rows, now) = (self.pace.rows(), self.clock.now());
        let limit = u32::try_from(rows).unwrap_or(u32::MAX);
        let mut done = UndoneMembers::default();
        // A member who is setting a password at this moment is waited for, and then ended instead of removed.
        let found = undo::hold(tx, self.id, limit).await?;
        if let Some(last) = found.last().map(|member| member.id) {
            let ended = self.end_begun(tx, &found, last, now).await?;
            for member in found.iter().filter(|member| !ended.contains(&member.id)) {
                erasure::forget_counters(self.vault, tx, member, now).await?;
                self.note(tx, Some(member.id), &Event::MemberDeleted, now)?;
            }
            done.ended = ended.len() as u64;
            done.removed = undo::remove(tx, self.id, last).await?;
            return Ok((rows, done, false));
        }
        if let Some(first) = import::next_change(tx, self.id).await? {
            // Nobody has used the user IDs of the wrong file: they are free for whom they belong to.
            done.kept = self.apply(tx, first.saturating_add(limit), now, now).await?;
            return Ok((rows, done, false));
        }
        if undo::forget(tx, self.id, limit).await? > 0 {
            return Ok((rows, done, false));
        }
        import::end(tx, self.holder).await?;
        Ok((0, done, true))
    }

    /// Ends those of the hidden members up to `last` who have begun to use the portal: yesterday was their last day, where
    /// it was not an earlier one. Who they are.
    async fn end_begun(
        &self,
        tx: &mut Write,
        found: &[Member],
        last: MemberId,
        now: Timestamp,
    ) -> Result<HashSet<MemberId>, ImportError> {
        let last_day = today_in_japan(now).yesterday().map_err(|_| ImportError::Time)?;
        let ended: HashMap<_, _> = undo::end_begun(tx, self.id, last, last_day).await?.into_iter().collect();
        for member in found {
            let before = member.membership.lost_on().map(LastDay::date);
            if let Some(day) = ended.get(&member.id).filter(|day| before != Some(**day)) {
                self.note(tx, Some(member.id), &Event::LastDaySet { day: *day }, now)?;
            }
        }
        Ok(ended.into_keys().collect())
    }
}
