//! Desk: what the union's staff look up and do about one member ([D35], [M6]).
//!
//! # Decision
//! Every deed on how a member gets in goes through [`Desk::deed`]: it finds the member by any word the desk may type,
//! holds the row, lets the deed act, notes its row in the trail, writes the letter to the member, and commits. The deed
//! itself only acts. A dry run does the same and throws the transaction away; that the desk looked is in the trail all the
//! same.
//! # Because
//! No deed can forget the trail or the letter, and a dry run cannot promise anything that the deed does not do.
//! # Instead of
//! A second way through each deed that only says what it would do.
//!
//! [D35]: crate::rules::decisions#d35
//! [M6]: crate::rules::threats#m6

use std::{io, path::PathBuf};

use jiff::Timestamp;
use tracing::info;
use zeroize::Zeroizing;

use super::{
    issue::{ImportError, ImportRefusal, Notices},
    notices::{NoticesPlace, NoticesTo, Partial},
    sealed_letter::SealedLetter,
};
use crate::{
    domain::{
        audit::{Event, doing::Doing},
        desk::{DeskDeed, PasswordAfter},
        epoch::{CarriedBrowsers, CredentialChange},
        letter::Letter,
        member::{
            Bar, EmailAddress, EventId, LastDay, LastDayFlaw, LetterId, Member, MemberId, MemberNumber,
            NumberFlaw, NumberPart, OtherPerson,
        },
        tenant::Tenant,
    },
    store::{
        Store, Write, audit,
        epoch::{self, CarriedOver, EpochChange},
        import, member, outbox, password,
    },
    vault::Vault,
    wording::Wording,
    world::{Clock, RandomSource, random_bytes},
};

mod card;
mod credentials;
mod find;
mod membership;
mod moving;
mod ways_in;

pub use card::MemberCard;
pub use credentials::{Address, DeskCode, Reverted};
pub use find::{FoundMembers, LISTED, member_of};
pub use membership::LastDayDone;
pub use moving::Moved;
pub use ways_in::{Reissued, ReissuedFile};

/// What the union's desk can do about one member.
#[derive(Debug)]
pub struct Desk<'a> {
    /// Where members are remembered.
    pub store: &'a Store,
    /// By what a deed is dated, and first credentials run out.
    pub clock: &'a dyn Clock,
    /// The random source.
    pub rng: &'a dyn RandomSource,
    /// The vault with the server's keys.
    pub vault: &'a Vault,
    /// The union whose desk it is.
    pub tenant: &'a Tenant,
    /// The sentences of letters.
    pub wording: &'a Wording,
    /// Who is at the desk, and why: the trail says it with every deed (D35).
    pub doing: &'a Doing,
    /// Nothing is changed: a deed only says what it would do.
    pub dry_run: bool,
}

/// An expected "no" of the desk's commands.
#[derive(Debug)]
pub enum DeskRefusal {
    /// The word means nobody.
    NoSuchMember,
    /// The word means several members: these.
    Ambiguous(Vec<Member>),
    /// The member has a password of their own: nothing to be issued anew or erased.
    HasSignedIn,
    /// The member has no password of their own: nothing to be reset.
    NotSignedIn,
    /// It is no mail address.
    NoAddress,
    /// Another member has the address.
    AddressTaken,
    /// More members than are done at once: how many.
    TooMany(usize),
    /// The union's file does not ask for codes of the desk.
    NoDeskCodes,
    /// A password is drawn, and nobody said where to write it.
    NoticesNeeded,
    /// The notices file cannot be written.
    Notices(ImportRefusal),
    /// The desk keeps the person out already.
    LockedAlready,
    /// Everything that this deed does was done before: nothing is changed, and no letter is sent a second time.
    NothingLeft(DeskDeed),
    /// The day cannot be this member's last one.
    LastDay(LastDayFlaw),
    /// That day was the last one already.
    LastDayKnown(LastDay),
    /// No last day is known that could be taken back.
    NoLastDay,
    /// The whole union has closed: its last day.
    UnionClosed(LastDay),
    /// Nobody is there to be brought back: data of members are erased so many days after the membership has ended.
    NobodyLeft(u32),
    /// The member of that id was erased, or merged into another one, at that moment.
    Gone(Timestamp),
    /// It is no number: what is wrong with which part.
    NotANumber(Vec<(NumberPart, NumberFlaw)>),
    /// The person has that number already.
    SameNumber(MemberNumber),
    /// The word is a number of before: this member has another one by now.
    MovedBefore(Box<Member>),
    /// Another member has the number, and has begun to sign in.
    NumberTaken(Box<Member>),
    /// Another member has the number, who is not the same person as far as the roster says.
    OtherPerson(Box<Member>, OtherPerson),
    /// Another member has the number, whose membership is over.
    NumberEnded(Box<Member>),
    /// A roster is being imported: what it says of two members is not settled yet. Or an import is being taken back: what
    /// is changed meanwhile would be lost.
    ImportRuns {
        /// Whether it is taken back.
        undo: bool,
    },
    /// Somebody else has just got the number.
    NumberBusy,
}

impl DeskRefusal {
    /// The member whom the sentence shows, beside those the word means.
    fn shows(&self) -> Option<&Member> {
        match self {
            Self::NumberTaken(member)
            | Self::OtherPerson(member, _)
            | Self::NumberEnded(member)
            | Self::MovedBefore(member) => Some(member),
            _ => None,
        }
    }
}

/// Why a deed stopped.
#[derive(Debug)]
pub enum DeskStop {
    /// An expected "no".
    Refused(DeskRefusal),
    /// An unexpected failure.
    Broken(ImportError),
}

impl<F: Into<ImportError>> From<F> for DeskStop {
    fn from(fault: F) -> Self {
        Self::Broken(fault.into())
    }
}

impl From<DeskRefusal> for DeskStop {
    fn from(refusal: DeskRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A deed that was done, or that a dry run would do.
#[derive(Debug)]
pub struct DeskDone<T> {
    /// The member, as before.
    pub member: Member,
    /// Whether a letter tells the member: not without an address, and not once the membership is over.
    pub told: bool,
    /// What became of the notices file.
    pub notices: Notices,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// What the deed made.
    pub done: T,
}

/// Notices of credentials that are not committed yet.
struct DueNotices<'a> {
    to: NoticesTo<'a>,
    file: Zeroizing<Vec<u8>>,
    count: u64,
}

impl<'a> DueNotices<'a> {
    /// What can be done before the commit: the file is written, and has no name yet.
    fn ready(self) -> Result<ReadyNotices<'a>, ImportError> {
        let Self { to, file, count } = self;
        Ok(match to.place {
            NoticesPlace::File(path) => {
                let written = Partial::write(path, |out| out.write_all(&file));
                let written =
                    written.map_err(|source| ImportError::Notices { path: path.to_path_buf(), source })?;
                ReadyNotices::File(count, written)
            }
            NoticesPlace::Output(output) => ReadyNotices::Output(count, output, file),
        })
    }
}

/// Notices that wait for the commit of their credentials: how many, and the file without its name, or the output and its
/// bytes.
enum ReadyNotices<'a> {
    File(u64, Partial),
    Output(u64, &'a dyn Fn(&[u8]) -> io::Result<()>, Zeroizing<Vec<u8>>),
}

impl ReadyNotices<'_> {
    /// The credentials are committed: the file gets its name, or the output its bytes.
    fn leave(self) -> Notices {
        match self {
            Self::File(count, partial) => match partial.name() {
                Ok(path) => Notices::Written(count, path),
                Err(path) => Notices::Unnamed(count, path),
            },
            Self::Output(count, output, bytes) => match output(&bytes).and_then(|()| output(&[])) {
                Ok(()) => Notices::Sent(count),
                Err(fault) => Notices::Lost(count, fault.kind()),
            },
        }
    }

    /// Nobody knows whether they are committed: the file stays without its name, and where it is.
    fn keep(self) -> Option<PathBuf> {
        match self {
            Self::File(_, partial) => Some(partial.keep()),
            Self::Output(..) => None,
        }
    }
}

impl Desk<'_> {
    /// Does one deed on one member, as the head of this file says. `act` has the member's row held.
    ///
    /// # Errors
    /// - [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Gone`], [`DeskRefusal::Ambiguous`], [`DeskRefusal::ImportRuns`],
    ///   [`DeskRefusal::UnionClosed`], and what `act` refuses: nothing is written then, but that the desk has learned of the
    ///   member, a dry run likewise.
    /// - [`ImportError::Unsure`] when the database did not say whether it happened.
    async fn deed<T>(
        &self,
        who: &str,
        kind: DeskDeed,
        act: impl AsyncFnOnce(&mut Write, &Member, Timestamp) -> Result<T, DeskStop>,
    ) -> Result<DeskDone<T>, DeskStop> {
        self.deed_on(self.one(who).await?, None, kind, act).await
    }

    /// The same, for a deed that has looked at the member already: never on somebody whom the word means by now. Both rows
    /// are held where it acts on a second member as well.
    async fn deed_on<T>(
        &self,
        id: MemberId,
        beside: Option<MemberId>,
        kind: DeskDeed,
        act: impl AsyncFnOnce(&mut Write, &Member, Timestamp) -> Result<T, DeskStop>,
    ) -> Result<DeskDone<T>, DeskStop> {
        let act = async move |tx: &mut Write, member: &Member, now| Ok((act(tx, member, now).await?, None));
        self.whole_deed((id, beside), kind, act).await
    }

    /// The same, for a deed that draws a password.
    async fn deed_with_notices<'n, T>(
        &self,
        who: &str,
        kind: DeskDeed,
        act: impl AsyncFnOnce(&mut Write, &Member, Timestamp) -> Result<(T, Option<DueNotices<'n>>), DeskStop>,
    ) -> Result<DeskDone<T>, DeskStop> {
        self.whole_deed((self.one(who).await?, None), kind, act).await
    }

    async fn whole_deed<'n, T>(
        &self,
        (id, beside): (MemberId, Option<MemberId>),
        kind: DeskDeed,
        act: impl AsyncFnOnce(&mut Write, &Member, Timestamp) -> Result<(T, Option<DueNotices<'n>>), DeskStop>,
    ) -> Result<DeskDone<T>, DeskStop> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        // What the member is doing at this moment is done first, or finds everything changed. In the order of every deed:
        // the member, then the counters.
        member::hold_all(&mut tx, std::iter::once(id).chain(beside)).await?;
        let member = held_member(&mut tx, id, now).await?;
        let (done, due) = match act(&mut tx, &member, now).await {
            Err(DeskStop::Refused(refusal)) => {
                drop(tx);
                return Err(self.refused(&member, refusal).await);
            }
            done => done?,
        };
        let told = self.settle(&mut tx, &member, kind, now).await?;
        let notices = self.finish(tx, &[&member], due, now).await?;
        if !self.dry_run {
            info!(tenant = %self.tenant.slug, member.id = %member.id, deed = kind.word(), "The desk did a deed");
        }
        Ok(DeskDone { member, told, notices, dry_run: self.dry_run, done })
    }

    /// Notes who was learned of by a refusal: the member, of whom it says how things stand, and the one whom it shows (M6).
    async fn refused(&self, member: &Member, refusal: DeskRefusal) -> DeskStop {
        let beside = refusal.shows().filter(|shown| shown.id != member.id);
        let about: Vec<Member> = std::iter::once(member).chain(beside).cloned().collect();
        match self.shown(&about).await {
            Ok(()) => refusal.into(),
            Err(fault) => fault.into(),
        }
    }

    /// Notes the deed and writes its letter. Whether there is one.
    async fn settle(
        &self,
        tx: &mut Write,
        member: &Member,
        kind: DeskDeed,
        now: Timestamp,
    ) -> Result<bool, ImportError> {
        self.note(tx, member, &kind.event(), now)?;
        // Letters stop with the membership (D34).
        let is_over = match kind {
            DeskDeed::SetLastDay(day) => LastDay::kept(day).is_over(now),
            DeskDeed::LiftLastDay | DeskDeed::Merge(_) => false,
            _ => member.membership.bar(now) == Some(Bar::Ended),
        };
        match &member.email {
            _ if is_over => Ok(false),
            Some(address) => self.tell(tx, member, address, kind, now).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Writes the letter about a deed to one address.
    async fn tell(
        &self,
        tx: &mut Write,
        member: &Member,
        address: &EmailAddress,
        kind: DeskDeed,
        now: Timestamp,
    ) -> Result<(), ImportError> {
        let words = self.wording.words(self.tenant, member.language.unwrap_or(self.tenant.default_language));
        let is_of_number =
            kind.changes_number() && password::of_member(tx, member.id).await?.is_of_number(now);
        let password =
            if is_of_number { PasswordAfter::OfTheNewNumber } else { PasswordAfter::AsTheDeedSays };
        let (id, letter) = (LetterId::new(now, random_bytes(self.rng)?), Letter::Desk(kind, password));
        let sealed = SealedLetter::write((self.vault, &words), self.tenant, id, address, &letter, now)
            .map_err(|_| ImportError::Letter)?;
        Ok(outbox::put(tx, &sealed.to(member.id, None, &letter, now), now).await?)
    }

    /// Commits, with the notices; a dry run only notes of whom the desk learned something.
    async fn finish(
        &self,
        mut tx: Write,
        about: &[&Member],
        due: Option<DueNotices<'_>>,
        now: Timestamp,
    ) -> Result<Notices, DeskStop> {
        if self.dry_run {
            drop(tx);
            tx = self.store.tenant(&self.tenant.slug).write().await?;
            for member in about {
                self.note(&mut tx, member, &Event::MemberShown, now)?;
            }
            tx.commit().await?;
            return Ok(due.map_or(Notices::None, |due| Notices::Due(due.count)));
        }
        let ready = due.map(DueNotices::ready).transpose()?;
        match (tx.commit().await, ready) {
            (Ok(()), ready) => Ok(ready.map_or(Notices::None, ReadyNotices::leave)),
            (Err(fault), ready) if fault.is_unsure() => {
                Err(ImportError::Unsure { notices: ready.and_then(ReadyNotices::keep) }.into())
            }
            // Nothing happened: the notices go with it.
            (Err(fault), _) => Err(fault.into()),
        }
    }

    fn note(
        &self,
        tx: &mut Write,
        member: &Member,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), ImportError> {
        let id = EventId::new(now, random_bytes(self.rng)?);
        audit::note(tx, id, Some(member.id), event, self.doing.clone(), now);
        Ok(())
    }
}

/// Nothing is done while an import is being taken back. It is asked behind the rows of the members, which are held: an undo
/// waits for those once it has begun, so of it and a deed the later one sees the other.
async fn no_undo_runs(tx: &mut Write) -> Result<(), DeskStop> {
    match import::running(tx).await? {
        Some(running) if running.undo => Err(DeskRefusal::ImportRuns { undo: true }.into()),
        _ => Ok(()),
    }
}

/// The member, whose row is held, for a deed of the desk.
///
/// # Errors
/// [`DeskRefusal::ImportRuns`], [`DeskRefusal::NoSuchMember`], [`DeskRefusal::UnionClosed`].
async fn held_member(tx: &mut Write, id: MemberId, now: Timestamp) -> Result<Member, DeskStop> {
    no_undo_runs(tx).await?;
    let member = member::by_id(tx, id).await?.ok_or(DeskRefusal::NoSuchMember)?;
    union_is_open(&member, now)?;
    Ok(member)
}

/// Nothing is done for members of a union that has closed (D34).
fn union_is_open(member: &Member, now: Timestamp) -> Result<(), DeskRefusal> {
    member.membership.union_over(now).map_or(Ok(()), |day| Err(DeskRefusal::UnionClosed(day)))
}

/// Raises the member's epoch for a change by the desk, which carries over no attempt and no session of its own.
async fn raise<'t>(
    tx: &'t mut Write,
    member: &Member,
    change: CredentialChange,
) -> Result<EpochChange<'t>, ImportError> {
    let carries = change.carries(true, false);
    let carried = CarriedOver {
        pending: carries.pending,
        browsers: carries.browsers == CarriedBrowsers::All,
        every_session: carries.others,
        ..CarriedOver::default()
    };
    epoch::raise(tx, member, &carried).await?.ok_or(ImportError::Busy)
}
