//! Undo: the last import of a union is taken back, as a new import that changes the opposite (D34).
//!
//! # Decision
//! What it would do is looked at, shown, and looked at once more after it has begun. From its first row on the desk is told to
//! wait ([`super::super::desk`]), and what the desk was doing at that moment is waited for.
//! # Because
//! Whoever is asked may take an hour, and an undo that looked only before would write over what the desk changed meanwhile.

use std::collections::{HashMap, HashSet};

use tracing::{info, warn};
use uuid::Uuid;

use super::{
    Import, ImportError, ImportRefusal, ImportStop, PAGE, PATIENCE,
    hidden::{HiddenRows, UndoneMembers},
};
use crate::{
    domain::{
        audit::Event,
        member::MemberId,
        roster::{
            Column, Plan,
            much::is_much_ended,
            undo::{ChangedSince, KeptChange, Restoration, UNDO_DAYS},
        },
    },
    portal::issue::days_after,
    store::{
        self, Limits,
        import::ImportedChange,
        roster::Person,
        undo::{self, BegunMember, ImportRecord, KeptRow},
    },
    vault::{SealContext, SealedColumn},
    world::{random_bytes, today_in_japan},
};

/// A member whom an undo changes.
#[derive(Debug, Clone)]
pub struct RestoredMember {
    /// Whose row it is.
    pub member: MemberId,
    /// The one spelling of the number they have.
    pub key: String,
    /// What becomes of them.
    pub back: Restoration,
}

/// What an undo did, or would do.
#[derive(Debug, Clone)]
pub struct UndoReport {
    /// The import that is taken back.
    pub record: ImportRecord,
    /// How many members have not begun to use the portal: they are removed.
    pub removed: u64,
    /// Those who have: their membership ends with yesterday.
    pub ended: Vec<BegunMember>,
    /// Members who get back what they had before.
    pub restored: Vec<RestoredMember>,
    /// Members who have what they had before already: only the number that the import gave them is forgotten.
    pub forgotten: Vec<RestoredMember>,
    /// Members whom the import ended, and who stay so: they can be taken back one by one.
    pub stay_ended: Vec<BegunMember>,
    /// Fields that stayed as they were, because somebody was quicker.
    pub kept: u64,
    /// How many members the union has.
    pub members: u64,
}

impl UndoReport {
    /// Whether so many are ended that it is done only when asked for twice (D34).
    pub fn is_much(&self) -> bool {
        is_much_ended(self.ended.len() as u64, self.members)
    }

    /// What it comes to, for whoever has agreed to it: the import, and how many are removed, ended, and restored.
    fn sums(&self) -> (i64, u64, usize, usize) {
        (self.record.number, self.removed, self.ended.len(), self.restored.len())
    }
}

/// Whom an import changed, as an undo finds them.
struct Restorations {
    restored: Vec<RestoredMember>,
    forgotten: Vec<RestoredMember>,
    stay_ended: Vec<BegunMember>,
}

/// What an undo is asked to do.
#[derive(Clone, Copy)]
pub struct UndoRequest<'r> {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Whether it is done even where it ends many members.
    pub many: bool,
    /// Most rows of one transaction: [`super::BATCH`], but in tests.
    pub batch: usize,
    /// Hears what would be done before anything is written, and says whether to go on. It hears more than once where
    /// somebody was quicker and there is something else to be done.
    pub agree: &'r dyn Fn(&UndoReport) -> bool,
    /// Hears how much more is done.
    pub watch: &'r (dyn Fn(usize) + Sync),
}

impl std::fmt::Debug for UndoRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UndoRequest").field("dry_run", &self.dry_run).finish_non_exhaustive()
    }
}

impl Import<'_> {
    /// Takes the last import of the union back: who was added and has not begun to use the portal is removed, who has is
    /// ended, changed fields are what they were. Who was ended stays so.
    ///
    /// # Errors
    /// - [`ImportStop::Refused`] where there is nothing to take back, or something was changed again since.
    /// - [`ImportStop::Broken`]; nothing was changed then, but for [`ImportError::Unsure`].
    pub async fn undo(&self, request: &UndoRequest<'_>) -> Result<UndoReport, ImportStop> {
        let store = self.store.with_limits(Limits::BATCH);
        Import { store: &store, ..*self }.take_back(request).await
    }

    /// The imports of the union, the newest first.
    ///
    /// # Errors
    /// `ImportError` when the database fails.
    pub async fn history(&self) -> Result<Vec<ImportRecord>, ImportError> {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        Ok(undo::history(&mut tx).await?)
    }

    async fn take_back(&self, request: &UndoRequest<'_>) -> Result<UndoReport, ImportStop> {
        self.union_is_open().await?;
        let mut agreed = None;
        for _ in 0..PATIENCE {
            if !request.dry_run {
                self.clear_the_way().await?;
            }
            let seen = self.look_back(None).await?;
            if request.dry_run {
                (request.agree)(&seen);
                return Ok(seen);
            }
            if seen.is_much() && !request.many {
                let (ended, members) = (seen.ended.len() as u64, seen.members);
                return Err(ImportRefusal::MuchEnded { ended, members }.into());
            }
            if agreed != Some(seen.sums()) {
                if !(request.agree)(&seen) {
                    return Err(ImportRefusal::Declined.into());
                }
                agreed = Some(seen.sums());
            }
            let begun = HiddenRows::begin_undo(self, seen.record.import, request.batch).await?;
            let Some(hidden) = begun else { continue };
            // Whoever was asked may have taken an hour: what is done is what they have seen, or they are asked again.
            let mut report = match self.look_again(&hidden).await {
                Ok(report) if agreed == Some(report.sums()) => report,
                Ok(_) => {
                    hidden.give_up().await;
                    continue;
                }
                Err(stop) => {
                    hidden.give_up().await;
                    return Err(stop);
                }
            };
            let Some(done) = self.write_undo(request, &hidden, &report).await? else { continue };
            report.kept = done.kept;
            info!(
                tenant = %self.tenant.slug,
                removed = done.removed,
                ended = done.ended,
                restored = report.restored.len(),
                "An import was taken back"
            );
            return Ok(report);
        }
        Err(ImportError::Busy.into())
    }

    /// The same once more, after the undo has begun: from then on the desk changes nobody, and what it was changing at that
    /// moment is waited for.
    async fn look_again(&self, hidden: &HiddenRows<'_>) -> Result<UndoReport, ImportStop> {
        hidden.hold_changed().await?;
        self.look_back(Some(hidden)).await
    }

    /// What taking the last import back would do. `hidden` is kept alive meanwhile.
    async fn look_back(&self, hidden: Option<&HiddenRows<'_>>) -> Result<UndoReport, ImportStop> {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        let record = undo::last(&mut tx).await?.ok_or(ImportRefusal::NothingToUndo)?;
        if let Some(at) = record.undone_at {
            return Err(ImportRefusal::UndoneBefore(at).into());
        }
        if days_after(record.at, UNDO_DAYS).ok_or(ImportError::Time)? <= self.clock.now() {
            return Err(ImportRefusal::UndoTooLate(record.at).into());
        }
        let (brought, members) = undo::brought(&mut tx, record.import).await?;
        let ended = undo::begun(&mut tx, record.import).await?;
        drop(tx);
        let Restorations { restored, forgotten, stay_ended } = self.restorations(&record, hidden).await?;
        // Whom it brought may have been merged or deleted since: where nothing of it is left, nothing is taken back.
        if brought == 0 && restored.is_empty() && forgotten.is_empty() && stay_ended.is_empty() {
            return Err(ImportRefusal::NothingToUndo.into());
        }
        Ok(UndoReport {
            removed: u64::from(brought).saturating_sub(ended.len() as u64),
            ended,
            restored,
            forgotten,
            stay_ended,
            kept: 0,
            members: u64::from(members),
            record,
        })
    }

    /// Everybody whom the import changed, in the order of their numbers.
    async fn restorations(
        &self,
        record: &ImportRecord,
        hidden: Option<&HiddenRows<'_>>,
    ) -> Result<Restorations, ImportStop> {
        let (slug, today) = (&self.tenant.slug, today_in_japan(self.clock.now()));
        let kept = self.kept_changes(record).await?;
        // What members get back may be somebody else's by now.
        let numbers: HashMap<_, _> =
            kept.iter().filter_map(|(id, change)| Some((change.number_before()?, *id))).collect();
        let emails = kept.iter().filter(|_| self.tenant.policy.email.unique);
        let emails: HashMap<_, _> =
            emails.filter_map(|(id, change)| Some((change.email_before()?, *id))).collect();
        let (mut back, mut ended, mut since) = (Vec::new(), Vec::new(), Vec::new());
        let mut forgotten = Vec::new();
        let mut taken = HashSet::new();
        let mut after = store::roster::before_all();
        while !kept.is_empty() {
            if let Some(hidden) = hidden {
                hidden.keep_alive().await?;
            }
            let mut tx = self.store.tenant(slug).read().await?;
            let page = store::roster::page(&mut tx, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for member in &page {
                let others = |owner: Option<&MemberId>| owner.filter(|owner| **owner != member.id).copied();
                taken.extend(others(numbers.get(&member.key)).map(|owner| (owner, Column::Bango)));
                let email = member.email.as_ref().filter(|_| !emails.is_empty());
                let owner = email.and_then(|email| others(emails.get(&email.key())));
                taken.extend(owner.map(|owner| (owner, Column::Email)));
                let Some(change) = kept.get(&member.id) else { continue };
                match change.taken_back(member, today) {
                    Err(columns) => since.push(ChangedSince { number: member.number.clone(), columns }),
                    Ok(found) => {
                        if found.stays_ended {
                            let (number, name) = (member.number.clone(), member.name.clone());
                            ended.push(BegunMember { number, name });
                        }
                        let (member, key) = (member.id, member.key.clone());
                        let found = RestoredMember { member, key, back: found };
                        if !found.back.is_nothing() {
                            back.push(found);
                        } else if found.back.forgets_number.is_some() {
                            forgotten.push(found);
                        }
                    }
                }
            }
        }
        for found in &back {
            let columns = found.back.fields.iter().map(|field| field.column);
            let columns: Vec<_> = columns.filter(|column| taken.contains(&(found.member, *column))).collect();
            if !columns.is_empty() {
                since.push(ChangedSince { number: found.back.number.clone(), columns });
            }
        }
        back.sort_by_cached_key(|found| found.back.number.key());
        ended.sort_by_cached_key(|member| member.number.key());
        since.sort_by_cached_key(|member| member.number.key());
        if !since.is_empty() {
            return Err(ImportRefusal::ChangedSince(since).into());
        }
        Ok(Restorations { restored: back, forgotten, stay_ended: ended })
    }

    /// What the import changed, by member.
    async fn kept_changes(
        &self,
        record: &ImportRecord,
    ) -> Result<HashMap<MemberId, KeptChange>, ImportError> {
        let (mut kept, mut after) = (HashMap::new(), Uuid::nil());
        loop {
            let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
            let rows = undo::kept(&mut tx, record.import, after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(kept) };
            after = last.id;
            for row in rows {
                let opened = self.vault.open(self.place(row.id), &row.sealed)?;
                let change = secrecy::ExposeSecret::expose_secret(&opened);
                kept.insert(row.member, serde_json::from_slice(change).map_err(|_| ImportError::Kept)?);
            }
        }
    }

    /// Writes everything hidden, lets it count and does what is left. `None` when somebody was quicker: then nothing is
    /// changed.
    async fn write_undo(
        &self,
        request: &UndoRequest<'_>,
        hidden: &HiddenRows<'_>,
        report: &UndoReport,
    ) -> Result<Option<UndoneMembers>, ImportStop> {
        let now = self.clock.now();
        let (slug, record) = (&self.tenant.slug, &report.record);
        let found = (0..).zip(report.restored.iter().chain(&report.forgotten));
        let changes: Vec<ImportedChange<'_>> =
            found.map(|(place, found)| self.restoring(place, found)).collect();
        let mut step = |more| (request.watch)(more);
        let undone = Event::RosterImportUndone {
            number: record.number,
            removed: report.removed,
            ended: report.ended.len() as u64,
            restored: report.restored.len() as u64,
        };
        let done = ImportRecord {
            at: now,
            actor: self.doing.actor.name(),
            file: None,
            added: i64::try_from(report.removed).unwrap_or(i64::MAX),
            changed: super::counted(report.restored.len()),
            ended: super::counted(report.ended.len()),
            unchanged: 0,
            undoes: Some(record.number),
            undone_at: None,
            import: Uuid::from_bytes(random_bytes(self.rng)?),
            number: 0,
        };
        let decided = match hidden.changes(&changes, None, &mut step).await {
            Ok(true) => hidden.decide(&undone, &done, now).await,
            Ok(false) => Ok(false),
            Err(fault) => Err(fault),
        };
        match decided {
            Ok(true) => Ok(Some(hidden.finish_undo(&mut step).await.unwrap_or_else(|fault| {
                warn!(tenant = %slug, %fault, "An undo that counts is finished by the next sweep");
                UndoneMembers::default()
            }))),
            Ok(false) => {
                hidden.give_up().await;
                Ok(None)
            }
            Err(fault @ ImportError::Unsure { .. }) => Err(fault.into()),
            Err(fault) => {
                hidden.give_up().await;
                if super::is_contention(&fault) { Ok(None) } else { Err(fault.into()) }
            }
        }
    }

    fn restoring<'p>(&self, place: u32, found: &'p RestoredMember) -> ImportedChange<'p> {
        let back = &found.back;
        ImportedChange {
            place,
            member: found.member,
            person: back.person.then(|| Person {
                number: &back.number,
                name: &back.name,
                name_kana: &back.name_kana,
                birth_date: back.birth_date,
            }),
            number_key: back.key.as_deref(),
            number_seen: found.key.as_str().into(),
            lost_on: back.lost_on,
            login: back.login.as_ref(),
            email: back.email.as_ref().map(Option::as_ref),
            unique_email: self.tenant.policy.email.unique,
            forgets_number: back.forgets_number.as_deref(),
            forgets_login: back.forgets_login.as_ref(),
        }
    }

    /// What the change at a place of [`Import::changes`] is taken back with, sealed.
    pub(super) fn keep(&self, plan: &Plan<'_>, place: u32) -> Result<KeptRow, ImportError> {
        let place = usize::try_from(place).map_err(|_| ImportError::Kept)?;
        let (member, change) = if let Some(change) = plan.changed.get(place) {
            (change.known.id, KeptChange::of(change))
        } else {
            let missing = plan.missing.as_ref().ok_or(ImportError::Kept)?;
            let found = missing.missing.get(place - plan.changed.len()).ok_or(ImportError::Kept)?;
            let day = missing.ends_on().ok_or(ImportError::Kept)?;
            (found.id, KeptChange::of_missing(found, day))
        };
        let id = Uuid::from_bytes(random_bytes(self.rng)?);
        let written = serde_json::to_vec(&change).map_err(|_| ImportError::Kept)?;
        let sealed = self.vault.seal(self.place(id), &written)?;
        Ok(KeptRow { id, member, sealed })
    }

    fn place(&self, row: Uuid) -> SealContext<'_> {
        SealContext { tenant: self.tenant.slug.as_str(), column: SealedColumn::KeptChange, row }
    }
}
