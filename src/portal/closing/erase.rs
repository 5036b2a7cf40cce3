//! Erase: the data of a union that has left goes, some rows at a time ([D34], [D35]).
//!
//! # Decision
//! First the tables, members last, then the trail: whole seals, oldest first, with the triggers lifted in each
//! transaction, as an archive does ([`crate::portal::trail::archive`]). Each transaction that removes seals moves the anchor
//! and says so in the trail; the number of the last seal to go is fixed before the first row is erased.
//! # Because
//! Whoever signs in at another union waits no longer than for one short transaction. Killed anywhere, the erasure goes on
//! where it stopped, and at every moment the chain of what is left can be verified.
//! # Instead of
//! One transaction, or a chain that begins anew and can be told from a forged one by nothing.
//!
//! [D34]: crate::rules::decisions#d34
//! [D35]: crate::rules::decisions#d35

use jiff::{SignedDuration, Timestamp};

use super::{Leaving, LeavingRefusal, LeavingStop, end_in_flight};
use crate::{
    domain::{
        audit::{Event, chain::Head},
        clock::TrustedTime,
        closing::Closing,
    },
    portal::{
        Fault,
        trail::{
            check::check_trail,
            seal::{MadeSeal, seal_waiting},
        },
    },
    store::{Write, audit, chain, closing, erase, import, lease},
    world::random_bytes,
};

/// Rows that are erased in one transaction.
const AT_ONCE: u32 = 500;
/// Seals that are erased in one transaction: at most 10,000 rows.
const SEALS_AT_ONCE: u32 = 10;
/// The lease of whoever erases a union, and how long it lasts: after a kill the next one waits that long at most.
const ERASING: &str = "erase-union";
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// An erasure that has ended, or what a dry run would erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Members that were there when this run began.
    pub members: u32,
    /// Rows that this run erased, those of the trail included.
    pub rows: u64,
    /// Whether an earlier run was stopped.
    pub resumed: bool,
    /// Where the chain of the trail begins from now on.
    pub anchor: Head,
}

impl Leaving<'_> {
    /// Erases every row of the union but [`erase::KEPT`]. `unexported`: although nobody has exported its data. `watch` hears
    /// how many rows have gone.
    ///
    /// # Errors
    /// - [`LeavingRefusal::NotClosing`], [`LeavingRefusal::NotOver`], [`LeavingRefusal::NotExported`],
    ///   [`LeavingRefusal::Erased`], [`LeavingRefusal::ImportRunning`], [`LeavingRefusal::ErasedElsewhere`],
    ///   [`LeavingRefusal::ClosedAnew`], [`LeavingRefusal::ClocksApart`]: nothing was erased then, or nothing more.
    /// - [`LeavingStop::TrailBroken`], [`LeavingStop::NotOwner`]: likewise.
    /// - [`LeavingStop::Broken`]: run again, it goes on where it stopped.
    pub async fn erase(&self, unexported: bool, watch: &mut dyn FnMut(u64)) -> Result<Erased, LeavingStop> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let known = closing::of_union(&mut tx).await?;
        drop(tx);
        let now = self.now().await?;
        let known = may_be_erased(known, now, unexported)?;
        self.no_import_runs(now).await?;
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let figures = erase::figures(&mut tx).await?;
        let begins = chain::anchor(&mut tx).await?.map_or(Head::NONE, |(head, _)| head);
        drop(tx);
        self.owns_the_trail().await?;
        let resumed = known.is_being_erased();
        let members = figures.members;
        if !resumed {
            let report = check_trail(self.store, self.tenant, None).await?;
            if !report.is_sound() {
                return Err(LeavingStop::TrailBroken(Box::new(report)));
            }
        }
        if self.dry_run {
            let rows = u64::from(members) + u64::from(figures.trail);
            return Ok(Erased { members, rows, resumed, anchor: begins });
        }
        let purge = Purge { of: self, unexported, asked_at: known.asked_at, holder: random_bytes(self.rng)? };
        if !resumed {
            purge.begin().await?;
        }
        let mut rows = 0;
        let mut table = 0;
        while table < erase::TABLES.len() {
            let (mut tx, _, _) = purge.write().await?;
            let gone = erase::some(&mut tx, table, AT_ONCE).await?.unwrap_or(0);
            tx.commit().await?;
            rows += gone;
            watch(rows);
            if gone < u64::from(AT_ONCE) {
                table += 1;
            } else {
                self.store.let_others_write().await;
            }
        }
        while let Some(gone) = purge.erase_seals().await? {
            rows += gone;
            watch(rows);
            self.store.let_others_write().await;
        }
        let anchor = purge.end().await?;
        Ok(Erased { members, rows, resumed, anchor })
    }

    /// A dead import is erased with the rest; one that is alive would go on writing.
    async fn no_import_runs(&self, now: TrustedTime) -> Result<(), LeavingStop> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        match import::running(&mut tx).await? {
            Some(running) if running.alive_until > now.at() => {
                let (since, until) = (running.begun_at, running.alive_until);
                Err(LeavingRefusal::ImportRunning { since, until }.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether the database lets this account lift the triggers of the trail: asked before anything is erased.
    async fn owns_the_trail(&self) -> Result<(), LeavingStop> {
        let mut tx = self.store.tenant(self.tenant).write().await?;
        let lifted = self.store.lift(&mut tx).await.map(drop);
        drop(tx);
        lifted.map_err(|fault| if fault.is_forbidden() { LeavingStop::NotOwner } else { fault.into() })
    }
}

/// The closing as it was just read, where the union may be erased by it.
fn may_be_erased(known: Option<Closing>, now: TrustedTime, unexported: bool) -> Result<Closing, LeavingStop> {
    let known = known.ok_or(LeavingRefusal::NotClosing)?;
    if !known.is_over(now.at()) {
        return Err(LeavingRefusal::NotOver(known).into());
    }
    if let Some(at) = known.erased_at {
        return Err(LeavingRefusal::Erased(at).into());
    }
    if known.exported_at.is_none() && !unexported {
        return Err(LeavingRefusal::NotExported.into());
    }
    Ok(known)
}

/// An erasure at work.
struct Purge<'l> {
    of: &'l Leaving<'l>,
    /// Although nobody has exported the union's data.
    unexported: bool,
    /// When somebody asked for the closing by which it is erased.
    asked_at: Timestamp,
    /// Who erases, by its lease.
    holder: [u8; 16],
}

impl Purge<'_> {
    /// A transaction of whoever erases the union, the closing that it holds until its end, and when it began. Nothing is
    /// erased in any other: the last day may have been taken back since the one before, or while the trail was checked, and
    /// another one written down.
    async fn write(&self) -> Result<(Write, Closing, TrustedTime), LeavingStop> {
        let now = self.of.now().await?;
        let mut tx = self.of.store.tenant(self.of.tenant).write().await?;
        if !lease::take(&mut tx, ERASING, &self.holder, now.at(), LEASE).await? {
            return Err(LeavingRefusal::ErasedElsewhere.into());
        }
        let known = may_be_erased(closing::hold(&mut tx).await?, now, self.unexported)?;
        if known.asked_at != self.asked_at {
            return Err(LeavingRefusal::ClosedAnew.into());
        }
        Ok((tx, known, now))
    }

    /// Ends what is in flight, seals what waits and notes up to which seal the trail goes.
    async fn begin(&self) -> Result<(), LeavingStop> {
        let Leaving { store, rng, tenant, .. } = *self.of;
        loop {
            let (mut tx, known, now) = self.write().await?;
            if known.is_being_erased() {
                // Another command has begun it since, and died.
                return Ok(());
            }
            if known.closed_at.is_none() {
                drop(tx);
                // Whether it did so is read in the next transaction.
                end_in_flight(store, rng, tenant, now, None).await?;
                continue;
            }
            let now = now.at();
            match seal_waiting(&mut tx, tenant, now).await? {
                MadeSeal::Nothing => {
                    let through = chain::head(&mut tx).await?.number;
                    if !closing::note_erasing(&mut tx, now, through).await? {
                        return Err(Fault::Inconsistent("an erasure that began and did not").into());
                    }
                    self.of.note(&mut tx, &Event::UnionErasing, now)?;
                    tx.commit().await?;
                    return Ok(());
                }
                MadeSeal::One { .. } => tx.commit().await?,
                // A node of the service was quicker: nothing of this transaction stays.
                MadeSeal::Elsewhere => {}
            }
        }
    }

    /// Erases some seals and their rows, and moves the anchor. How many rows; `None` when none is left that is to go.
    async fn erase_seals(&self) -> Result<Option<u64>, LeavingStop> {
        let (mut tx, known, now) = self.write().await?;
        let now = now.at();
        let through = known.erase_through.unwrap_or(0);
        let begins = chain::anchor(&mut tx).await?.map_or(0, |(head, _)| head.number);
        let mut seals = chain::seals(&mut tx, begins, SEALS_AT_ONCE).await?;
        seals.retain(|seal| seal.number <= through);
        let Some((newest, last)) = seals.last().and_then(|seal| Some((seal.clone(), seal.head()?))) else {
            return Ok(None);
        };
        let triggers = self.of.store.lift(&mut tx).await?;
        let mut rows = 0;
        for seal in &seals {
            rows += chain::remove(&mut tx, seal).await?;
        }
        self.of.store.put_back(&mut tx, triggers).await?;
        let event = Event::TrailErased { seal: last.number, hash: last.hex(), rows };
        let id = super::event_id(self.of.rng, now)?;
        audit::note(&mut tx, id, None, &event, self.of.doing.clone(), now);
        chain::put_anchor(&mut tx, &newest, id, now).await?;
        tx.commit().await?;
        Ok(Some(rows))
    }

    /// Notes that nothing is left. Where the chain of the trail begins from now on.
    async fn end(&self) -> Result<Head, LeavingStop> {
        let (mut tx, _, now) = self.write().await?;
        let now = now.at();
        if !closing::note_erased(&mut tx, now).await? {
            return Err(Fault::Inconsistent("an erasure that ended and did not begin").into());
        }
        let anchor = chain::anchor(&mut tx).await?.map_or(Head::NONE, |(head, _)| head);
        self.of.note(&mut tx, &Event::UnionErased, now)?;
        tx.commit().await?;
        Ok(anchor)
    }
}
