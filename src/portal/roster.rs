//! Roster: a union's file becomes members with first credentials, whole or not at all.
//!
//! # Decision
//! The file is read and compared with what a read transaction sees. What follows is written in short transactions that
//! nobody sees, made visible by one row, and removed when somebody was quicker; [`store::import`] says how.
//! # Because
//! SQLite has one writer: while 300,000 rows are parsed, their credentials drawn and written, members still sign in.
//! # Instead of
//! One long write transaction around everything.

use std::io::BufWriter;

use data_encoding::HEXLOWER;
use jiff::{Timestamp, civil::Date};
use sha2::{Digest as _, Sha256};
use tracing::{info, warn};
use uuid::Uuid;

use crate::{
    domain::{
        audit::{Event, doing::Doing},
        first_credential,
        member::LastDay,
        origin::PublicAddress,
        roster::{
            self, Plan, PlanBuilder, Roster,
            missing::{MissingMember, MissingMembers, WholeRoster},
            much::is_much_changed,
        },
        tenant::Tenant,
    },
    store::{self, Limits, Store, import::ImportedChange, roster::Person, undo::ImportRecord},
    vault::Vault,
    wording::Wording,
    world::{Clock, RandomSource, random_bytes, today_in_japan},
};

mod draw;
mod hidden;
mod letters;
mod report;
mod request;
pub mod undo;

pub use hidden::BATCH;
use hidden::{HiddenRows, Keep, PublishOutcome};
pub use report::Report;
use report::{ended, report};
pub use request::{ImportProgress, ImportRequest, ImportStage};

pub use super::{
    issue::{ImportError, ImportRefusal, ImportStop, Notices, UnprintableRow},
    notices::{NoticesForm, NoticesPathTaken, NoticesPlace, NoticesTo},
};
use super::{
    issue::{check_printable, first_credentials_end},
    notices::{NoticesBatch, Output, Partial},
};

/// The deed of importing a roster.
#[derive(Debug)]
pub struct Import<'a> {
    /// Where members are remembered.
    pub store: &'a Store,
    /// By what the import is dated, and first credentials run out.
    pub clock: &'a dyn Clock,
    /// The random source.
    pub rng: &'a dyn RandomSource,
    /// The vault with the server's keys.
    pub vault: &'a Vault,
    /// The union whose roster it is.
    pub tenant: &'a Tenant,
    /// The sentences of letters.
    pub wording: &'a Wording,
    /// Where the unions are reached: letters say where to begin.
    pub public: &'a PublicAddress,
    /// Who imports, for the trail (D35).
    pub doing: &'a Doing,
}

/// What an import writes.
struct ImportWork<'p> {
    members: &'p [draw::DrawnMember<'p>],
    letters: &'p [draw::MailedCredential<'p>],
    /// The last day on which the first passwords in the letters are good.
    until: Date,
    changes: &'p [ImportedChange<'p>],
    keep: &'p Keep<'p>,
    record: ImportRecord,
    event: Event,
    now: Timestamp,
    expires_at: Timestamp,
}

/// What it has written.
struct WrittenImport {
    /// User IDs and addresses that stayed as they were, because somebody was quicker.
    kept: u64,
    /// What became of the notices.
    notices: Notices,
}

/// How often an import looks again when somebody was quicker.
const PATIENCE: u32 = 8;
/// Known members per look.
const PAGE: u32 = 2_000;

impl Import<'_> {
    /// Imports the file. Nobody's request waits for it, so it may wait longer for the database than one (D39).
    ///
    /// # Errors
    /// - [`ImportStop::Refused`] with [`ImportRefusal`]; nothing was written then.
    /// - [`ImportStop::Broken`]; nothing was written then, but for [`ImportError::Unsure`].
    pub async fn run(&self, request: &ImportRequest<'_>) -> Result<Report, ImportStop> {
        let store = self.store.with_limits(Limits::BATCH);
        Import { store: &store, ..*self }.import(request).await
    }

    async fn import(&self, request: &ImportRequest<'_>) -> Result<Report, ImportStop> {
        let now = self.clock.now();
        if let Some(to) = request.notices {
            to.check().map_err(ImportRefusal::NoticesTaken)?;
        }
        let watch = |done, of| (request.watch)(ImportProgress { stage: ImportStage::Reading, done, of });
        let whole = whole_roster(request, today_in_japan(now))?;
        let roster = roster::read(request.file, &self.tenant.import, today_in_japan(now), watch)
            .map_err(ImportRefusal::File)?;
        for _ in 0..PATIENCE {
            if let Some(report) = self.attempt(request, &roster, whole, now).await? {
                return Ok(report);
            }
        }
        Err(ImportError::Busy.into())
    }

    /// Looks, compares and writes once. `None` when somebody was quicker.
    async fn attempt(
        &self,
        request: &ImportRequest<'_>,
        roster: &Roster,
        whole: Option<WholeRoster>,
        now: Timestamp,
    ) -> Result<Option<Report>, ImportStop> {
        let expires_at = first_credentials_end(now, self.tenant).ok_or(ImportError::Time)?;
        self.union_is_open().await?;
        if !request.dry_run {
            self.clear_the_way().await?;
        }

        let builder = PlanBuilder::new(&roster.rows, self.tenant.policy.email.unique).whole(whole);
        let builder = self.look(request, builder, now).await?;

        let plan = checked_plan(builder, roster)?;
        let drawn = draw::credentials(&plan, self.tenant, self.vault, self.rng, now)?;
        let mut report = report(&plan, roster);
        report.letters = drawn.mailed.len() as u64;
        let due = drawn.notices.len() as u64;
        let batch = NoticesBatch {
            notices: &drawn.notices,
            last_day: first_credential::last_day(expires_at),
            tenant: self.tenant,
            wording: self.wording,
        };
        let form = request.notices.map_or(NoticesForm::Csv(None), |to| to.form);
        check_printable(&batch, form, &drawn.lines)?;
        report.notices = if due == 0 { Notices::None } else { Notices::Due(due) };
        if request.dry_run {
            (request.agree)(&plan, &report);
            return Ok(Some(report));
        }
        refuse_much(&plan, &report, request)?;
        let notices = match (due, request.notices) {
            (0, _) => None,
            (due, None) => return Err(ImportRefusal::NoticesNeeded(due).into()),
            (_, Some(to)) => Some((to, batch)),
        };

        if !(request.agree)(&plan, &report) {
            return Err(ImportRefusal::Declined.into());
        }
        let work = ImportWork {
            members: &drawn.members,
            letters: &drawn.mailed,
            until: first_credential::last_day(expires_at),
            changes: &self.changes(&plan),
            keep: &|place| self.keep(&plan, place),
            record: ImportRecord {
                number: 0,
                import: Uuid::nil(),
                at: now,
                actor: self.doing.actor.name(),
                file: Some(HEXLOWER.encode(&Sha256::digest(request.file))),
                added: counted(plan.added.len()),
                changed: counted(plan.changed.len() + ended(&plan)),
                ended: counted(
                    plan.changed.iter().filter(|change| change.lost_on.is_some()).count() + ended(&plan),
                ),
                unchanged: i64::try_from(plan.unchanged).unwrap_or(i64::MAX),
                undoes: None,
                undone_at: None,
            },
            event: Event::RosterImported {
                added: drawn.members.len() as u64,
                changed: plan.changed.len() as u64,
                missing: report.missing,
                unchanged: plan.unchanged,
            },
            now,
            expires_at,
        };
        let Some(written) = self.write(request, &work, notices).await? else { return Ok(None) };
        report.kept += written.kept;
        report.notices = written.notices;
        info!(
            tenant = %self.tenant.slug,
            added = report.added(),
            changed = report.changed,
            missing = report.missing,
            unchanged = report.unchanged,
            letters = report.letters,
            "A roster was imported"
        );
        Ok(Some(report))
    }

    /// Writes everything hidden, publishes it and does what is left. `None` when somebody was quicker: then nothing is
    /// there.
    async fn write(
        &self,
        request: &ImportRequest<'_>,
        work: &ImportWork<'_>,
        notices: Option<(NoticesTo<'_>, NoticesBatch<'_>)>,
    ) -> Result<Option<WrittenImport>, ImportStop> {
        let (id, slug) = (Uuid::from_bytes(random_bytes(self.rng)?), &self.tenant.slug);
        // On the disk before the import begins: nobody says that it lives while a slow disk takes its time.
        let partial = match notices {
            Some((NoticesTo { place: NoticesPlace::File(path), form }, batch)) => {
                let written = Partial::write(path, |out| batch.write(form, out));
                Some(written.map_err(|source| ImportError::Notices { path: path.to_owned(), source })?)
            }
            _ => None,
        };
        let Some(hidden) = HiddenRows::begin(self, id, request.batch).await? else {
            return Ok(None);
        };
        // Letters and changes are written twice: first hidden, then for good.
        let of = (work.members.len() + 2 * (work.letters.len() + work.changes.len())) as u64;
        let mut done = 0;
        let mut step = |more: usize| {
            done = of.min(done + more as u64);
            (request.watch)(ImportProgress { stage: ImportStage::Writing, done, of });
        };
        let published = self.publish(&hidden, work, partial, &mut step).await;
        let (mut kept, finished, partial) = match published {
            Ok(Some(published)) => published,
            // Nobody knows what is there: the lease runs out, and the sweep finds out.
            Err(fault @ ImportError::Unsure { .. }) => return Err(fault.into()),
            Ok(None) => {
                hidden.give_up().await;
                return Ok(None);
            }
            Err(fault) => {
                hidden.give_up().await;
                return if is_contention(&fault) { Ok(None) } else { Err(fault.into()) };
            }
        };
        let due = notices.map_or(0, |(_, batch)| batch.notices.len() as u64);
        let named = partial.map(Partial::name);
        step(0);
        if !finished {
            match hidden.finish(&mut step).await {
                Ok(more) => kept += more,
                Err(fault) => {
                    warn!(tenant = %slug, %fault, "Changes of an import that is published wait for the next sweep");
                }
            }
        }
        let notices = match (named, notices) {
            (Some(Ok(path)), _) => Notices::Written(due, path),
            (Some(Err(path)), _) => Notices::Unnamed(due, path),
            // Last of all: whoever reads slowly holds nothing up.
            (None, Some((NoticesTo { place: NoticesPlace::Output(output), form }, batch))) => {
                match batch.write(form, &mut BufWriter::new(Output(output))) {
                    Ok(()) => Notices::Sent(due),
                    Err(fault) => Notices::Lost(due, fault.kind()),
                }
            }
            (None, _) => Notices::None,
        };
        Ok(Some(WrittenImport { kept, notices }))
    }

    /// Writes everything hidden and publishes it. What stayed as it was, whether nothing is left to be done, and the
    /// notices without their name; `None` when somebody was quicker.
    async fn publish(
        &self,
        hidden: &HiddenRows<'_>,
        work: &ImportWork<'_>,
        partial: Option<Partial>,
        step: &mut (dyn FnMut(usize) + Send),
    ) -> Result<Option<(u64, bool, Option<Partial>)>, ImportError> {
        let (until, now) = (work.until, work.now);
        let seal = |mailed: &[draw::MailedCredential<'_>]| letters::seal(self, mailed, until, now);
        let when = (work.now, work.expires_at);
        let staged = hidden.members(work.members, (self.tenant, self.vault), when, step).await?
            && hidden.letters(work.letters, &seal, work.now, step).await?
            && hidden.changes(work.changes, Some(work.keep), step).await?;
        if !staged {
            return Ok(None);
        }
        let record = ImportRecord { import: hidden.id(), ..work.record.clone() };
        match hidden.publish(&work.event, &record, work.now).await {
            Ok(PublishOutcome::Yes { kept, finished }) => Ok(Some((kept, finished, partial))),
            Ok(PublishOutcome::No) => Ok(None),
            Err(ImportError::Unsure { .. }) => {
                Err(ImportError::Unsure { notices: partial.map(Partial::keep) })
            }
            Err(fault) => Err(fault),
        }
    }

    /// Nobody is added to a union that has closed (D34). One that closes meanwhile publishes nothing.
    async fn union_is_open(&self) -> Result<(), ImportStop> {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        match store::closing::of_union(&mut tx).await? {
            Some(closing) if closing.is_over(self.clock.now()) => {
                Err(ImportRefusal::UnionClosed(closing.last_day).into())
            }
            _ => Ok(()),
        }
    }

    /// Settles what a dead import left; refuses while another one is alive.
    async fn clear_the_way(&self) -> Result<(), ImportStop> {
        match HiddenRows::settle(self.store, self.clock, &self.tenant.slug, (self.rng, self.vault)).await? {
            None => Ok(()),
            Some(running) => {
                Err(ImportRefusal::Running { since: running.begun_at, until: running.alive_until }.into())
            }
        }
    }

    /// Compares the rows with every known member, page by page. Each page is a transaction of its own: what changes
    /// meanwhile is noticed when it is written.
    async fn look<'r>(
        &self,
        request: &ImportRequest<'_>,
        mut builder: PlanBuilder<'r>,
        now: Timestamp,
    ) -> Result<PlanBuilder<'r>, ImportError> {
        let (mut after, mut met) = (store::roster::before_all(), 0);
        loop {
            let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
            let mut page = store::roster::page(&mut tx, after, PAGE).await?;
            let Some(last) = page.last().map(|last| last.id) else { break };
            // Asked behind the page: whoever got another number meanwhile is known by the one before.
            for (member, former) in store::former::numbers(&mut tx, after, last).await? {
                if let Ok(at) = page.binary_search_by_key(&member, |known| known.id)
                    && let Some(known) = page.get_mut(at)
                {
                    known.formers.push(former);
                }
            }
            after = last;
            met += page.len() as u64;
            for known in page {
                builder.meet(known);
            }
            (request.watch)(ImportProgress { stage: ImportStage::Comparing, done: met, of: met });
        }
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        for (login, member) in store::roster::resting_logins(&mut tx, now).await? {
            builder.meet_resting(&login, member);
        }
        Ok(builder)
    }

    /// What the plan changes about members who are known.
    fn changes<'p>(&self, plan: &'p Plan<'_>) -> Vec<ImportedChange<'p>> {
        let change = |(place, change): (u32, &'p roster::PlannedChange<'_>)| ImportedChange {
            place,
            member: change.known.id,
            person: change.person.then(|| Person {
                number: &change.row.number,
                name: &change.row.name,
                name_kana: change.known.kana_after(change.row),
                birth_date: change.row.birth_date,
            }),
            number_key: change.moves.then_some(change.row.key.as_str()),
            number_seen: change.known.key.as_str().into(),
            lost_on: change.lost_on.map(Some),
            login: change.login,
            email: change.email.map(Some),
            unique_email: self.tenant.policy.email.unique,
            forgets_number: None,
            forgets_login: None,
        };
        let day = plan.missing.as_ref().and_then(MissingMembers::ends_on);
        let missing = plan.missing.iter().flat_map(|missing| &missing.missing).filter(|_| day.is_some());
        let ended = |(place, missing): (u32, &MissingMember)| ImportedChange {
            place,
            member: missing.id,
            person: None,
            number_key: None,
            number_seen: missing.number.key().into(),
            lost_on: Some(day),
            login: None,
            email: None,
            unique_email: self.tenant.policy.email.unique,
            forgets_number: None,
            forgets_login: None,
        };
        let mut changes: Vec<_> = (0..).zip(&plan.changed).map(change).collect();
        let behind = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        changes.extend((behind..).zip(missing).map(ended));
        changes
    }
}

/// What is asked where the file is the whole roster.
fn whole_roster(request: &ImportRequest<'_>, today: Date) -> Result<Option<WholeRoster>, ImportRefusal> {
    let day = request.ends_on.map(|day| LastDay::parse_for_many(day, today));
    let ends_on = day.transpose().map_err(ImportRefusal::LastDay)?;
    Ok(request.complete.then_some(WholeRoster { today, ends_on }))
}

/// Refuses what changes much of the roster, unless it was asked for twice, and a whole roster without a day for whoever is
/// missing in it (D34).
fn refuse_much(plan: &Plan<'_>, report: &Report, request: &ImportRequest<'_>) -> Result<(), ImportRefusal> {
    if let Some(missing) = plan.missing.as_ref().filter(|missing| !missing.missing.is_empty()) {
        let count = missing.missing.len() as u64;
        if missing.is_much() && !request.many {
            return Err(ImportRefusal::MuchMissing { missing: count, members: missing.members() });
        }
        if missing.ends_on().is_none() {
            return Err(ImportRefusal::LastDayNeeded(count));
        }
    }
    if is_much_changed(report.changed, plan.known) && !request.many {
        return Err(ImportRefusal::Much { changed: report.changed, members: plan.known });
    }
    Ok(())
}

fn counted(members: usize) -> i64 {
    i64::try_from(members).unwrap_or(i64::MAX)
}

fn is_contention(fault: &ImportError) -> bool {
    matches!(fault, ImportError::Store(fault) if fault.is_contention())
}

/// The plan, or every bad row of file and comparison in the file's order.
fn checked_plan<'r>(builder: PlanBuilder<'r>, roster: &Roster) -> Result<Plan<'r>, ImportRefusal> {
    match builder.plan() {
        Ok(plan) if roster.bad.is_empty() => Ok(plan),
        Ok(_) => Err(ImportRefusal::Rows(roster.bad.clone())),
        Err(more) => {
            let mut all = [roster.bad.clone(), more].concat();
            all.sort_by_key(|bad| bad.line);
            Err(ImportRefusal::Rows(all))
        }
    }
}
