//! What people can **do**: one public method of [`Portal`] for each deed, whoever drives it — web, command line or
//! a timer.
//!
//! The rhythm of every deed is *look, reserve, verify, write*: SQLite has one writer, so argon2 never runs inside a
//! transaction; and what may change between look and write is asked again in the write.
//!
//! # Layers
//! A deed stands on the ground below it and never on another deed. `tests/house/structure.rs` reads this table, lowest
//! layer first; a file that is not in it is a deed. Each uses only what stands above it here.
//!
//! | files | what they hold |
//! |---|---|
//! | `request`, `clock`, `keys`, `app_key`, `lockout`, `erasure`, `notices`, `recorded`, `sealed_letter`, `trail::check`, `trail::seal` | what knows nobody's way: receipt numbers, keys, tries, letters, how a member is erased, whether a trail is sound |
//! | `known_browser`, `networks`, `keys::report` | which browser asks, and the ones that have signed a member in; what a network has left; what still needs a key of the ring |
//! | `attempt`, `issue` | the look at a browser on its way in; first credentials, with every refusal of issuing them |
//! | `session`, `left_services`, `epoch`, `turn`, `new_password`, `taken`, `finish` | opening sessions and writing in them, ending one with the services that it was at, raising an epoch, tries at codes, that first login is whole |
//! | `code`, `passkey` | codes by mail; the two halves of every ceremony |
//! | `lost_factor`, `onward` | what ends with a factor; what follows a deed on the way in |

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use jiff::Timestamp;
use sealed_letter::SealedLetter;

use crate::{
    domain::{
        audit::Event,
        clock::ClockDoubt,
        epoch::Epoch,
        letter::Letter,
        member::{EmailAddress, EventId, LetterId, Member, MemberId},
        origin::PublicAddress,
        outcome::RefusalCause,
        refusal::Refusal,
        tenant::{Language, Tenant},
    },
    metrics::Metrics,
    store::{self, Store, Write, outbox},
    vault::{self, Vault},
    wording::Wording,
    world::{Clock, RandomError, RandomSource, random_bytes},
};

pub mod activity;
pub mod app_key;
pub mod attempt;
pub mod clock;
pub mod closing;
pub mod code;
pub mod desk;
pub mod devices;
pub mod email;
mod epoch;
mod erasure;
pub mod factor;
pub mod finish;
pub mod first_login;
mod issue;
pub mod keys;
mod known_browser;
pub mod left_services;
mod lockout;
mod lost_factor;
pub mod mail_code;
pub mod membership;
pub mod methods;
pub mod networks;
mod new_password;
mod notices;
mod observed;
pub mod onward;
pub mod passkey;
pub mod password;
pub mod preview;
pub mod profile;
pub mod purge;
pub mod recent;
mod recorded;
pub mod recovery;
pub mod request;
pub mod restore;
pub mod roster;
mod sealed_letter;
pub mod search_keys;
pub mod session;
pub mod signin;
pub mod sso;
pub mod taken;
pub mod terms;
pub mod trail;
mod turn;
pub mod visits;

/// An unexpected failure, shown to the member as a receipt number.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] vault::VaultError),
    /// The operating system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] RandomError),
    /// The time is not believed just now (R24).
    #[error("the time is not believed ({}, {} s): no code or link is compared with it until the clocks have agreed", .0.word(), .0.seconds())]
    Clock(ClockDoubt),
    /// A kept value contradicts the rules.
    #[error("inconsistent data: {0}")]
    Inconsistent(&'static str),
}

impl Fault {
    /// Whether coming back in a moment may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Store(fault) => fault.is_passing(),
            Self::Vault(fault) => fault.is_passing(),
            Self::NoRandomness(_) | Self::Clock(_) => true,
            Self::Inconsistent(_) => false,
        }
    }

    /// Whether nobody knows if a change was made: the database did not say.
    pub fn is_unsure(&self) -> bool {
        matches!(self, Self::Store(fault) if fault.is_unsure())
    }

    /// Why the request was not served.
    pub fn cause(&self) -> RefusalCause {
        match self {
            Self::Store(fault) if fault.is_passing() => RefusalCause::Database,
            Self::Vault(vault::VaultError::Busy) => RefusalCause::HashQueue,
            Self::Vault(vault::VaultError::UnknownKey(_)) => RefusalCause::KeyMissing,
            Self::NoRandomness(_) | Self::Vault(vault::VaultError::NoRandomness(_)) => {
                RefusalCause::NoRandomness
            }
            Self::Clock(_) => RefusalCause::Clock,
            Self::Store(_) | Self::Vault(_) | Self::Inconsistent(_) => RefusalCause::Fault,
        }
    }
}

/// A job of a node at work. It stops between two batches: whoever stops the service waits for one batch at most.
#[derive(Clone, Copy)]
pub struct NodeJob<'a> {
    /// The node, for leases.
    pub holder: &'a [u8],
    /// Whether the next batch may begin: not while the node stops.
    pub goes_on: &'a (dyn Fn() -> bool + Sync),
}

impl std::fmt::Debug for NodeJob<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeJob").field("holder", &self.holder).finish_non_exhaustive()
    }
}

/// A field of a form, for telling what is wrong where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The user ID.
    Login,
    /// The password.
    Password,
    /// The password, typed a second time.
    PasswordAgain,
    /// The birth date.
    BirthDate,
    /// The method (「認証方法」).
    Method,
    /// The mail address.
    Email,
    /// A code: of an app, a mail or the desk.
    Code,
    /// The name of an app or a passkey.
    DeviceName,
    /// What a browser answers about a passkey.
    Passkey,
    /// Whether a factor is lost.
    Lost,
    /// The language.
    Language,
    /// The page as a whole: no field of it is wrong.
    Page,
}

/// Why a deed was not done.
#[derive(Debug)]
pub enum Stop {
    /// Expected: what is wrong, at which field. Never empty.
    Refused(Vec<(Field, Refusal)>),
    /// This browser's attempt is not there, or has run out, or is over: sign in again. Progress is kept.
    StartAgain,
    /// Another step is next; nothing was changed. Two tabs, the back button, a double click.
    NotNow,
    /// An unexpected failure, told with a receipt number.
    Broken(Fault),
}

impl Stop {
    /// One refusal at one field.
    ///
    /// A pause, and a way in that is closed, are counted for the request that is served.
    pub fn refuse(field: Field, refusal: Refusal) -> Self {
        if let Some(cause) = RefusalCause::told(&refusal) {
            request::was_refused(cause);
        }
        Self::Refused(vec![(field, refusal)])
    }

    /// The same refusals at another field; anything else as it is.
    fn at(self, field: Field) -> Self {
        match self {
            Self::Refused(refused) => {
                Self::Refused(refused.into_iter().map(|(_, refusal)| (field, refusal)).collect())
            }
            other => other,
        }
    }
}

impl<F: Into<Fault>> From<F> for Stop {
    fn from(fault: F) -> Self {
        Self::Broken(fault.into())
    }
}

/// The result of a deed. Any deed may end in [`Stop::Broken`]; its `# Errors` name the other ends, refusals by their
/// variant of [`Refusal`].
pub type Deed<T> = Result<T, Stop>;

/// Whom a letter would be for that is written and thrown away. Never in any outbox.
const NOBODY: &str = "nobody@example.invalid";

/// Everything a deed needs. Cheap to clone.
#[derive(Clone)]
pub struct Portal {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn RandomSource>,
    wording: Arc<Wording>,
    public: PublicAddress,
    written: Arc<AtomicU16>,
    lines: Arc<lockout::Lines>,
    recent: Arc<recent::RecentVisits>,
    lately_left: Arc<left_services::LatelyLeft>,
    sso_unions: Arc<sso::kept::KeptUnions>,
    watch: Arc<clock::WatchedClock>,
    wrong_codes: Arc<code::WrongCodesOfUnions>,
    networks: Arc<networks::NetworkLimits>,
    closings: Arc<closing::KnownClosings>,
    metrics: Metrics,
    began: Timestamp,
    ring_trouble: Arc<Mutex<Option<String>>>,
}

impl Portal {
    /// A portal over a store and the vault whose keys were compared with it.
    pub fn new(
        keyed: keys::KeyedStore,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn RandomSource>,
        wording: Arc<Wording>,
        public: PublicAddress,
    ) -> Self {
        let (store, vault) = keyed.into_parts();
        let watch = Arc::new(clock::watched(clock.as_ref(), &store));
        let began = clock.now();
        Self {
            store,
            vault,
            clock,
            rng,
            wording,
            public,
            written: Arc::default(),
            lines: Arc::default(),
            recent: Arc::default(),
            lately_left: Arc::default(),
            sso_unions: Arc::default(),
            watch,
            wrong_codes: Arc::default(),
            networks: Arc::default(),
            closings: Arc::default(),
            metrics: Metrics::default(),
            began,
            ring_trouble: Arc::default(),
        }
    }

    /// Where the unions are reached.
    pub fn public(&self) -> &PublicAddress {
        &self.public
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The vault with the server's keys.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The sentences, in both languages.
    pub fn wording(&self) -> &Arc<Wording> {
        &self.wording
    }

    /// The metrics of this process.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A clock that nobody sets, for how long something took.
    pub fn steady(&self) -> std::time::Duration {
        self.clock.steady()
    }

    /// The time, for pages that show it. Deeds read it themselves, and again behind what takes its time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Chance, for what is no secret: receipt numbers.
    pub fn rng(&self) -> &dyn RandomSource {
        self.rng.as_ref()
    }

    /// Ten bytes of chance for an id.
    pub(crate) fn chance(&self) -> Result<[u8; 10], RandomError> {
        random_bytes(self.rng.as_ref())
    }

    /// The same for rows of one deed, which share its instant: the order of their ids is the order in which they were
    /// written.
    fn chance_in_order(&self) -> Result<[u8; 10], RandomError> {
        let mut chance = self.chance()?;
        let [high, low] = (self.written.fetch_add(1, Ordering::Relaxed) & 0x0FFF).to_be_bytes();
        (chance[0], chance[1]) = (high, low);
        Ok(chance)
    }

    /// Writes an event into the deed's transaction: with its commit, in one statement with the others.
    #[expect(clippy::needless_pass_by_value, reason = "an event is made for the trail and for nothing else")]
    pub(crate) fn note(
        &self,
        tx: &mut Write,
        member: Option<MemberId>,
        event: Event,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let id = EventId::new(now, self.chance_in_order()?);
        if let Some(member) = member {
            request::is_about(member);
        }
        request::noted(&event);
        store::audit::note(tx, id, member, &event, request::doing(member), now);
        Ok(())
    }

    /// Writes one event in a transaction of its own: for refusals, which change nothing else.
    pub(crate) async fn note_alone(
        &self,
        tenant: &Tenant,
        member: Option<MemberId>,
        event: Event,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        self.note(&mut tx, member, event, now)?;
        Ok(tx.commit().await?)
    }

    /// Writes a letter into the deed's transaction, if the member has a verified address to send it to. Whether there was
    /// one.
    pub(crate) async fn send(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        member: &Member,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let Some(address) = &member.email else { return Ok(false) };
        self.send_to(tx, tenant, member, address, letter, now).await?;
        Ok(true)
    }

    /// Writes a letter to whoever it is for, or for nobody: the same work and the same statements. The letter to nobody
    /// is in no outbox.
    pub(crate) async fn send_or_not(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        to: Option<&Member>,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let to = to.and_then(|member| Some((member, member.email.as_ref()?)));
        let nobody = EmailAddress::kept(NOBODY.to_owned());
        let (member, epoch, language, address) = match to {
            Some((member, address)) => (member.id, member.epoch, member.language, address),
            None => (MemberId::new(now, self.chance()?), Epoch::FIRST, None, &nobody),
        };
        let language = language.unwrap_or(tenant.default_language);
        let sealed = self.seal_letter(tenant, language, address, letter, now)?;
        let epoch = letter.ends_with_epoch().then_some(epoch);
        Ok(outbox::put_for(tx, &sealed.to(member, epoch, letter, now), now).await?)
    }

    /// Writes a letter to an address that is not the member's verified one: to ask whether it is theirs.
    pub(crate) async fn send_to(
        &self,
        tx: &mut Write,
        tenant: &Tenant,
        member: &Member,
        address: &EmailAddress,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let language = member.language.unwrap_or(tenant.default_language);
        let sealed = self.seal_letter(tenant, language, address, letter, now)?;
        let epoch = letter.ends_with_epoch().then_some(member.epoch);
        Ok(outbox::put(tx, &sealed.to(member.id, epoch, letter, now), now).await?)
    }

    /// Puts a letter into words and seals it.
    fn seal_letter(
        &self,
        tenant: &Tenant,
        language: Language,
        address: &EmailAddress,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<SealedLetter, Fault> {
        let id = LetterId::new(now, self.chance_in_order()?);
        let words = self.wording.words(tenant, language);
        SealedLetter::write((&self.vault, &words), tenant, id, address, letter, now)
    }
}
