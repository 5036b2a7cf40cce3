//! A union that leaves ([D34]): its last day is written down or taken back, and what is in flight ends when that day is
//! over. Writing its data out is [`export`]'s, erasing it [`erase`]'s.
//!
//! The union's file need not be there for any of it: what visitors are shown afterwards was kept with the last day.
//!
//! [D34]: crate::rules::decisions#d34

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    Fault, NodeJob, Portal,
    clock::{self, UnlikelyTime},
};
use crate::{
    domain::{
        audit::{Event, doing::Doing},
        clock::{ClockDoubt, TrustedTime},
        closing::{Closing, ContactAfterClosing},
        member::{EventId, LastDay, LastDayFlaw},
        tenant::{Language, Tenant, TenantSlug, TenantText},
    },
    store::{self, Store, Write, audit, closing, lease},
    world::{Clock, RandomSource, random_bytes, today_in_japan},
};

pub mod erase;
pub mod export;

/// Members, or rows of a table, in one transaction: others write meanwhile.
const AT_ONCE: u32 = 500;
/// The lease of the node that ends what is in flight at a union, and how long it lasts: when its node dies, another one takes
/// over.
const ENDING: &str = "end-union";
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The closings that this node has read, for the pages it answers with. What members may do is asked in the database.
#[derive(Debug, Default)]
pub(super) struct KnownClosings(RwLock<Arc<HashMap<TenantSlug, Closing>>>);

impl KnownClosings {
    fn all(&self) -> Arc<HashMap<TenantSlug, Closing>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Portal {
    /// Takes over what the database knows of unions that close.
    pub fn know_closings(&self, closings: Vec<(TenantSlug, Closing)>) {
        let known = Arc::new(closings.into_iter().collect());
        *self.closings.0.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// The closing of that union, where its last day is over.
    pub fn closed(&self, tenant: &TenantSlug) -> Option<Closing> {
        let known = self.closings.all();
        if known.is_empty() {
            return None;
        }
        known.get(tenant).filter(|closing| closing.is_over(self.clock.now())).cloned()
    }

    /// The closing of the union that had that host, where its last day is over.
    pub fn closed_at_host(&self, host: &str) -> Option<Closing> {
        let (known, now) = (self.closings.all(), self.clock.now());
        let mut over = known.values().filter(|closing| closing.is_over(now));
        over.find(|closing| closing.contact.hosts.iter().any(|had| had == host)).cloned()
    }

    /// Unions whose last day is over while nobody has ended yet what is in flight.
    pub fn closings_to_end(&self) -> Vec<TenantSlug> {
        let (known, now) = (self.closings.all(), self.clock.now());
        let over = known.iter().filter(|(_, closing)| closing.closed_at.is_none() && closing.is_over(now));
        over.map(|(tenant, _)| tenant.clone()).collect()
    }

    /// Ends everything in flight at a union whose last day is over, and says so in its trail: one node at a time, batch by
    /// batch. Whether it was done here, to its end.
    ///
    /// # Errors
    /// [`Fault::Clock`] while the time is not believed. `Fault` when the database fails; what was ended before stays so, and
    /// the next round begins again.
    pub async fn end_union(&self, tenant: &TenantSlug, job: NodeJob<'_>) -> Result<bool, Fault> {
        let now = self.trusted_now()?;
        end_in_flight(&self.store, self.rng.as_ref(), tenant, now, Some(job)).await
    }
}

/// Ends what is in flight, some members and some rows at a time. `false` where the union is not to be ended (any more), or by
/// another node, or where this one stops. A command is no job: it ends beside a node what that node ends, which does no harm.
async fn end_in_flight(
    store: &Store,
    rng: &dyn RandomSource,
    tenant: &TenantSlug,
    now: TrustedTime,
    job: Option<NodeJob<'_>>,
) -> Result<bool, Fault> {
    let now = now.at();
    let mut after = Uuid::nil();
    let mut is_behind_members = false;
    loop {
        if job.is_some_and(|job| !(job.goes_on)()) {
            return Ok(false);
        }
        let mut tx = store.tenant(tenant).write().await?;
        if let Some(job) = job
            && !lease::take(&mut tx, ENDING, job.holder, now, LEASE).await?
        {
            return Ok(false);
        }
        // Whoever takes the last day back waits for this transaction, and the next one finds out.
        let Some(closing) = closing::hold(&mut tx).await? else { return Ok(false) };
        if closing.closed_at.is_some() || !closing.last_day.is_over(now) {
            return Ok(false);
        }
        if !is_behind_members {
            match closing::end_in_flight(&mut tx, after, AT_ONCE).await? {
                Some(last) => after = last,
                None => is_behind_members = true,
            }
        }
        if is_behind_members && closing::end_the_rest(&mut tx, now, AT_ONCE).await? {
            closing::note_closed(&mut tx, now).await?;
            let event = Event::UnionClosed { day: closing.last_day.date() };
            audit::note(&mut tx, event_id(rng, now)?, None, &event, Doing::by_program("close-union"), now);
            tx.commit().await?;
            return Ok(true);
        }
        tx.commit().await?;
        store.let_others_write().await;
    }
}

fn event_id(rng: &dyn RandomSource, now: Timestamp) -> Result<EventId, crate::world::RandomError> {
    Ok(EventId::new(now, random_bytes(rng)?))
}

/// What visitors of the union are shown once it has closed and its file is gone.
pub fn contact_after_closing(tenant: &Tenant) -> ContactAfterClosing {
    let contact = &tenant.contact;
    let primary = std::iter::once(&tenant.hosts.primary);
    let english = |text: TenantText<'_>| (text.language == Language::En).then(|| text.text.to_owned());
    ContactAfterClosing {
        name: tenant.name.clone(),
        name_en: english(tenant.name_in(Language::En)),
        department: contact.department.clone(),
        phone: contact.phone.clone(),
        hours: contact.hours.clone(),
        hours_en: english(tenant.hours_in(Language::En)),
        hosts: primary.chain(&tenant.hosts.aliases).cloned().collect(),
    }
}

/// What whoever runs the portal does about a whole union that leaves.
#[derive(Debug)]
pub struct Leaving<'a> {
    /// The store; for erasing, opened as the tables' owner.
    pub store: &'a Store,
    /// By what the union's last day is over, and what the trail is written with.
    pub clock: &'a dyn Clock,
    /// The random source.
    pub rng: &'a dyn RandomSource,
    /// The slug of the union.
    pub tenant: &'a TenantSlug,
    /// Who does it, and why.
    pub doing: &'a Doing,
    /// Nothing is changed: it is only said what would be.
    pub dry_run: bool,
}

/// An expected "no" about a union that leaves.
#[derive(Debug)]
pub enum LeavingRefusal {
    /// The day cannot be meant.
    Day(LastDayFlaw),
    /// There is a last day already.
    ClosingAlready(Closing),
    /// There is no last day that could be taken back, or after which anything could be done.
    NotClosing,
    /// Its last day is not over yet.
    NotOver(Closing),
    /// Its data is being erased: that has to end first.
    BeingErased,
    /// Its data was erased already.
    Erased(Timestamp),
    /// Nobody has exported its data since it closed.
    NotExported,
    /// Another command erases its data, or was stopped a moment ago.
    ErasedElsewhere,
    /// Its last day was taken back and written down anew while the command was at work.
    ClosedAnew,
    /// This machine's clock and the database's do not agree: which of them is right is unknown.
    ClocksApart {
        /// The time by this machine.
        here: Timestamp,
        /// The time by the database.
        there: Timestamp,
    },
    /// This machine's clock lies before what the database knows of the time, or so far after it that somebody has to look.
    ClockUnlikely(UnlikelyTime),
    /// An import of the union is at work.
    ImportRunning {
        /// The moment at which it began.
        since: Timestamp,
        /// From when on it counts as dead, if nothing is heard of it.
        until: Timestamp,
    },
}

/// Why nothing, or not everything, was done about a union that leaves.
#[derive(Debug, thiserror::Error)]
pub enum LeavingStop {
    /// An expected "no".
    #[error("refused: {0:?}")]
    Refused(Box<LeavingRefusal>),
    /// The trail is not as it was sealed: nothing of it is erased.
    #[error("the trail is not as it was sealed")]
    TrailBroken(Box<super::trail::check::TrailReport>),
    /// The database's account does not own the tables.
    #[error("not the owner")]
    NotOwner,
    /// A file or folder cannot be written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one: of the export's folder, or that folder itself.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder is there and holds something, or it is a file or a link.
    #[error("{} is no empty folder", .0.display())]
    NotEmpty(std::path::PathBuf),
    /// The folder cannot be made or read.
    #[error("the folder {}: {source}", path.display())]
    NoFolder {
        /// Which folder, as it was named.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Fault),
}

impl From<LeavingRefusal> for LeavingStop {
    fn from(refusal: LeavingRefusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<store::StoreError> for LeavingStop {
    fn from(fault: store::StoreError) -> Self {
        Self::Broken(fault.into())
    }
}

impl From<crate::world::RandomError> for LeavingStop {
    fn from(fault: crate::world::RandomError) -> Self {
        Self::Broken(fault.into())
    }
}

impl Leaving<'_> {
    /// Writes the union's last day down. Until it is over nothing changes.
    ///
    /// # Errors
    /// [`LeavingRefusal::Day`], [`LeavingRefusal::ClosingAlready`], [`LeavingRefusal::ClocksApart`].
    pub async fn close(&self, day: &str, shown: &ContactAfterClosing) -> Result<LastDay, LeavingStop> {
        let now = self.now().await?.at();
        let day = LastDay::of_union(day, today_in_japan(now)).map_err(LeavingRefusal::Day)?;
        let mut tx = self.store.tenant(self.tenant).write().await?;
        if !closing::set(&mut tx, day, shown, now).await? {
            return Err(match closing::of_union(&mut tx).await? {
                Some(known) => LeavingRefusal::ClosingAlready(known).into(),
                None => Fault::Inconsistent("a last day that is there and is not").into(),
            });
        }
        self.note(&mut tx, &Event::UnionClosing { day: day.date() }, now)?;
        self.end(tx).await?;
        Ok(day)
    }

    /// Takes the last day back: members come in again with what they had. Where the day is over, what was in flight is ended
    /// first and stays so: whoever was told that the union has closed finds no session of before, at no moment. Where it is
    /// not, nobody notices anything. Which of the two is asked while the closing is held: midnight falls before or after. A
    /// union whose data was erased begins anew, without members.
    ///
    /// # Errors
    /// [`LeavingRefusal::NotClosing`], [`LeavingRefusal::BeingErased`], [`LeavingRefusal::ClocksApart`].
    pub async fn undo(&self) -> Result<Closing, LeavingStop> {
        loop {
            let mut tx = self.store.tenant(self.tenant).write().await?;
            let known = closing::hold(&mut tx).await?.ok_or(LeavingRefusal::NotClosing)?;
            if known.is_being_erased() {
                return Err(LeavingRefusal::BeingErased.into());
            }
            let now = self.now().await?;
            if known.closed_at.is_none() && known.is_over(now.at()) && !self.dry_run {
                drop(tx);
                // Whether it did so is read in the next transaction.
                end_in_flight(self.store, self.rng, self.tenant, now, None).await?;
                continue;
            }
            closing::lift(&mut tx).await?;
            self.note(&mut tx, &Event::UnionClosingLifted { day: known.last_day.date() }, now.at())?;
            self.end(tx).await?;
            return Ok(known);
        }
    }

    /// The time by which it is decided whether the last day is over: what a wrong clock ends or erases stays so (R24). A
    /// command may run on a machine where no node runs, whose clock nobody has looked at.
    async fn now(&self) -> Result<TrustedTime, LeavingStop> {
        match clock::compared(self.clock, self.store).await {
            Err(Fault::Clock(ClockDoubt::Apart(by))) => {
                let here = self.clock.now();
                let there = here.checked_add(by).unwrap_or(here);
                Err(LeavingRefusal::ClocksApart { here, there }.into())
            }
            told => {
                let now = told?;
                let unlikely = if self.clock.is_of_the_world() {
                    clock::unlikely(self.clock, self.store).await?
                } else {
                    None
                };
                unlikely.map_or(Ok(now), |unlikely| Err(LeavingRefusal::ClockUnlikely(unlikely).into()))
            }
        }
    }

    fn note(&self, tx: &mut Write, event: &Event, now: Timestamp) -> Result<(), LeavingStop> {
        audit::note(tx, event_id(self.rng, now)?, None, event, self.doing.clone(), now);
        Ok(())
    }

    /// Commits, or throws away what a dry run did.
    async fn end(&self, tx: Write) -> Result<(), LeavingStop> {
        if self.dry_run {
            return Ok(());
        }
        Ok(tx.commit().await?)
    }
}
