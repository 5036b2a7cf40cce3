//! Postman: letters that wait in the outbox reach the mail server. Rounds, turns, leases, tries again, gives up.
//!
//! # Decision
//! Every node has a postman. A letter is leased for one try and marked as sent by one statement that asks for the
//! lease. The most urgent priority goes first; within it unions take turns, letter by letter. When the server itself
//! cannot be spoken to, the postman rests, and the letters keep their tries.
//! # Because
//! Nodes are equal (D21), so any may send any letter. A node that dies leaves a lease that runs out: nothing is lost, and
//! at most the letter it was handing in is sent twice, with one Message-ID (R21). Turns keep one union's 100,000 notices
//! from delaying another's code (R22); shares keep one union's hanging recipients from taking every conversation (R20).
//! # Instead of
//! A leader, a state that says "processing", or one queue for all.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::letter::Composed;
use crate::{
    domain::tenant::{MailIdentity, Tenant, TenantSlug},
    store::{
        self, Store,
        everywhere::LetterQueue,
        outbox::{self, Lease, LeasedLetter, LetterOutcome},
    },
    vault::{self, SealContext, Vault},
    world::{Clock, RandomError, RandomSource, random_bytes},
};

pub mod message;
pub mod reply;
pub mod server;

pub use message::{MailMessage, MessageError, message};
pub use reply::{ReplyScope, SmtpStep};
pub use server::{SmtpConversation, SmtpFailure, SmtpReason, SmtpServer, SmtpUrlError};

/// How many conversations with the mail server are held at once.
const WORKERS: usize = 4;
/// How many of these conversations one union may use.
const SHARE: usize = 3;
/// How many of these conversations one union may use for letters that nobody waits for.
const SHARE_OF_NOTICES: usize = 2;
/// The highest priority number of letters that somebody waits for: codes and links.
const URGENT: u32 = 1;
/// How often the outbox is read. Any node may write a letter, so every postman has to look.
const LOOK: Duration = Duration::from_millis(500);
/// How long a letter is leased to the postman who took it: longer than a try may last.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// The first wait after a failure; each further one is twice as long, up to the next two.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);
/// The longest wait of a letter somebody waits for, and of the postman before a server that does not answer.
const LONGEST_URGENT_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// The longest wait of any other letter.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// How often writing down what became of a letter is tried, a second apart.
const MARKS: u32 = 20;

/// Time limits of a conversation with the mail server.
#[derive(Debug, Clone, Copy)]
pub struct SmtpTimeouts {
    /// The limit for reaching the host.
    pub connect: Duration,
    /// The limit for one letter, from the first command to the last reply, reaching the host included.
    pub send: Duration,
    /// The limit for letters that are being sent when the service stops; after it their leases are given back.
    pub shutdown: Duration,
}

impl Default for SmtpTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            send: Duration::from_secs(30),
            shutdown: Duration::from_secs(10),
        }
    }
}

/// The sender of each union's letters.
#[derive(Debug, Clone, Default)]
pub struct Senders(Arc<BTreeMap<String, (TenantSlug, MailIdentity)>>);

impl Senders {
    /// The senders of these unions. Letters of any other union wait.
    pub fn of<'t>(tenants: impl IntoIterator<Item = &'t Tenant>) -> Self {
        let sender = |tenant: &Tenant| (tenant.slug.to_string(), (tenant.slug.clone(), tenant.mail.clone()));
        Self(Arc::new(tenants.into_iter().map(sender).collect()))
    }
}

/// What a postman needs: where letters wait, how they are opened, a clock, a random source, the senders and the server.
#[derive(Debug, Clone)]
pub struct PostmanContext {
    /// The store, in whose outbox letters wait.
    pub store: Store,
    /// The vault, which opens sealed letters.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random source, for the ids of leases.
    pub rng: Arc<dyn RandomSource>,
    /// The sender of each union.
    pub senders: Senders,
    /// The mail server.
    pub server: SmtpServer,
    /// Time limits of a conversation with it.
    pub pace: SmtpTimeouts,
}

/// Why a round failed. The letters wait.
#[derive(Debug, thiserror::Error)]
pub enum PostmanError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The operating system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] RandomError),
    /// A moment outside the calendar.
    #[error("the clock is outside the calendar")]
    Time,
}

/// What became of the letters of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoundReport {
    /// Letters that the mail server took.
    pub sent: u32,
    /// Letters that were refused for good or ran out.
    pub given_up: u32,
    /// Letters that are tried again later.
    pub put_back: u32,
}

/// The postman of one node.
#[derive(Debug)]
pub struct Postman {
    context: Arc<PostmanContext>,
    /// The deliveries that run now.
    deliveries: JoinSet<FinishedDelivery>,
    /// The letter of each running delivery.
    carried: HashMap<Id, Delivery>,
    /// Conversations that wait for the next letter.
    idle: Vec<SmtpConversation>,
    /// The slug of the union whose letter was taken last.
    last: String,
    /// When the server could not be spoken to.
    rest: Option<ServerPause>,
    done: RoundReport,
}

/// The postman rests because the server cannot be spoken to.
#[derive(Debug, Clone, Copy)]
struct ServerPause {
    /// How many pauses there were in a row.
    times: u32,
    /// When the pause ends.
    until: Timestamp,
}

/// A letter that is being delivered, with its lease.
#[derive(Debug, Clone)]
struct Delivery {
    slug: TenantSlug,
    letter: Arc<LeasedLetter>,
    lease: Lease,
}

impl Delivery {
    fn is_urgent(&self) -> bool {
        self.letter.priority <= URGENT
    }
}

/// How a delivery ended.
#[derive(Debug)]
struct FinishedDelivery {
    what: DeliveryOutcome,
    conversation: Option<SmtpConversation>,
}

/// What became of one letter.
#[derive(Debug)]
enum DeliveryOutcome {
    Sent,
    /// The server refused it for good.
    Refused(SmtpFailure),
    /// It ran out before it could be sent, or a change of the member's credentials made what it carries worthless.
    Expired,
    /// It cannot be made a message.
    Unwritable(MessageError),
    /// To be tried again.
    Later(SmtpFailure),
    /// It does not open with the keys at hand.
    Closed(vault::VaultError),
}

/// The wait after the `times`-th failure in a row, counted from 1.
fn wait(times: u32, longest: SignedDuration) -> SignedDuration {
    let doubled =
        FIRST_WAIT.checked_mul(1_i32.checked_shl(times.saturating_sub(1)).unwrap_or(i32::MAX).max(1));
    doubled.unwrap_or(longest).min(longest)
}

impl Postman {
    /// A postman that has not begun.
    pub fn new(context: PostmanContext) -> Self {
        Self {
            context: Arc::new(context),
            deliveries: JoinSet::new(),
            carried: HashMap::new(),
            idle: Vec::new(),
            last: String::new(),
            rest: None,
            done: RoundReport::default(),
        }
    }

    /// Sends letters until `leaving` is cancelled; then finishes the running deliveries, or gives their leases back.
    pub async fn run(mut self, leaving: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut silent = false;
        while !leaving.is_cancelled() {
            match self.fill().await {
                Ok(()) => silent = false,
                Err(fault) if !silent => {
                    silent = true;
                    tracing::warn!(%fault, "The outbox could not be read; letters wait");
                }
                Err(_) => {}
            }
            if self.deliveries.is_empty() {
                self.close_idle();
            }
            tokio::select! {
                () = leaving.cancelled() => {}
                Some(ended) = self.deliveries.join_next_with_id(), if !self.deliveries.is_empty() => self.finish_delivery(ended),
                _ = looks.tick() => {}
            }
        }
        self.shut_down().await;
    }

    /// Sends whatever may be sent now, and comes back when it is settled.
    ///
    /// # Errors
    /// [`PostmanError`] when the outbox could not be read. Letters that were not sent are no error: they are counted
    /// in the report.
    pub async fn round(&mut self) -> Result<RoundReport, PostmanError> {
        self.done = RoundReport::default();
        loop {
            self.fill().await?;
            match self.deliveries.join_next_with_id().await {
                Some(ended) => self.finish_delivery(ended),
                None => break,
            }
        }
        self.close_idle();
        Ok(self.done)
    }

    /// Begins deliveries until every conversation is in use or no letter may be taken.
    async fn fill(&mut self) -> Result<(), PostmanError> {
        while self.deliveries.len() < self.conversations() {
            let Some(carried) = self.take().await? else { break };
            let delivery =
                deliver(Arc::clone(&self.context), carried.clone(), self.idle.pop(), self.wait_for(&carried));
            let handle = self.deliveries.spawn(delivery);
            self.carried.insert(handle.id(), carried);
        }
        Ok(())
    }

    /// Conversations that may be held now: none while resting, and one to see whether the server is back.
    fn conversations(&self) -> usize {
        match self.rest {
            Some(rest) if self.context.clock.now() < rest.until => 0,
            Some(_) => 1,
            None => WORKERS,
        }
    }

    /// How long the server's own trouble would keep a letter waiting: as long as the postman rests.
    fn wait_for(&self, carried: &Delivery) -> RetryDelays {
        let longest = if carried.is_urgent() { LONGEST_URGENT_WAIT } else { LONGEST_WAIT };
        let times = self.rest.map_or(0, |rest| rest.times) + 1;
        RetryDelays { own: wait(carried.letter.tries, longest), servers: wait(times, LONGEST_URGENT_WAIT) }
    }

    /// Takes the letter whose turn it is.
    async fn take(&mut self) -> Result<Option<Delivery>, PostmanError> {
        let context = Arc::clone(&self.context);
        let now = context.clock.now();
        let queues = context.store.everywhere().queues(now).await?;
        for queue in in_turn(queues, &self.last) {
            let Some((slug, _)) = context.senders.0.get(&queue.tenant) else { continue };
            if !self.may_send(&queue) {
                continue;
            }
            let until = now.checked_add(LEASE).map_err(|_| PostmanError::Time)?;
            let lease = Lease { id: Uuid::from_bytes(random_bytes(context.rng.as_ref())?), until };
            let mut tx = context.store.tenant(slug).write().await?;
            let taken = outbox::take(&mut tx, queue.priority, lease, now).await?;
            tx.commit().await?;
            if let Some(letter) = taken {
                self.last = queue.tenant;
                return Ok(Some(Delivery { slug: slug.clone(), letter: Arc::new(letter), lease }));
            }
        }
        Ok(None)
    }

    /// Whether a union has conversations left for letters of that priority.
    fn may_send(&self, queue: &LetterQueue) -> bool {
        let own = || self.carried.values().filter(|carried| carried.slug.as_str() == queue.tenant);
        let notices = own().filter(|carried| !carried.is_urgent()).count();
        own().count() < SHARE && (queue.priority <= URGENT || notices < SHARE_OF_NOTICES)
    }

    /// Notes how a delivery ended.
    fn finish_delivery(&mut self, ended: Result<(Id, FinishedDelivery), JoinError>) {
        let (id, finished) = match ended {
            Ok((id, finished)) => (id, finished),
            Err(fault) => {
                // A panic: the lease runs out, and the letter is tried again.
                self.carried.remove(&fault.id());
                tracing::error!("A letter's delivery ended in a panic; it is tried again");
                return;
            }
        };
        self.idle.extend(finished.conversation.filter(SmtpConversation::is_usable));
        let Some(carried) = self.carried.remove(&id) else { return };
        let (letter, tenant) = (&carried.letter, carried.slug.as_str());
        match finished.what {
            DeliveryOutcome::Sent => {
                self.done.sent += 1;
                tracing::info!(tenant, letter.id = %letter.id, letter.kind, tries = letter.tries, "Sent a letter");
            }
            DeliveryOutcome::Expired => {
                self.done.given_up += 1;
                tracing::warn!(
                    tenant, letter.id = %letter.id, letter.kind, member.id = %letter.member, tries = letter.tries,
                    "A letter ran out before it could be sent, and is given up"
                );
            }
            DeliveryOutcome::Refused(ref trouble) => {
                self.done.given_up += 1;
                tracing::error!(
                    tenant, letter.id = %letter.id, letter.kind, member.id = %letter.member,
                    step = ?trouble.step, reason = ?trouble.reason,
                    "The mail server refuses a letter for good; it is given up"
                );
            }
            DeliveryOutcome::Unwritable(reason) => {
                self.done.given_up += 1;
                tracing::error!(
                    tenant, letter.id = %letter.id, letter.kind, member.id = %letter.member, %reason,
                    "A letter cannot be written; it is given up"
                );
            }
            DeliveryOutcome::Closed(ref fault) => {
                self.done.put_back += 1;
                tracing::error!(tenant, letter.id = %letter.id, letter.kind, %fault, "A letter cannot be opened");
            }
            DeliveryOutcome::Later(ref trouble) if matches!(trouble.reason, SmtpReason::Never(_)) => {
                self.done.put_back += 1;
                tracing::error!(
                    tenant, letter.id = %letter.id, letter.kind, tries = letter.tries,
                    step = ?trouble.step, reason = ?trouble.reason, about = ?trouble.about,
                    "The mail server refuses for good, and not for this letter's sake: see mail.hello, mail.smtp_url and \
                     the union's mail.from_address, or run `kenpo-portal mail test`; the letter is tried again"
                );
            }
            DeliveryOutcome::Later(ref trouble) => {
                self.done.put_back += 1;
                tracing::warn!(
                    tenant, letter.id = %letter.id, letter.kind, tries = letter.tries,
                    step = ?trouble.step, reason = ?trouble.reason,
                    "A letter could not be sent; it is tried again"
                );
            }
        }
        match finished.what {
            DeliveryOutcome::Later(trouble) if trouble.is_the_servers() => self.pause(&trouble),
            // It spoke with us.
            DeliveryOutcome::Sent | DeliveryOutcome::Refused(_) | DeliveryOutcome::Later(_) => self.resume(),
            DeliveryOutcome::Expired | DeliveryOutcome::Unwritable(_) | DeliveryOutcome::Closed(_) => {}
        }
    }

    /// Pauses all sending, longer each time.
    fn pause(&mut self, trouble: &SmtpFailure) {
        let now = self.context.clock.now();
        // Conversations that began before the rest tell of the same trouble.
        if self.rest.is_some_and(|rest| now < rest.until) {
            return;
        }
        let times = self.rest.map_or(0, |rest| rest.times) + 1;
        let pause = wait(times, LONGEST_URGENT_WAIT);
        self.rest = Some(ServerPause { times, until: now.checked_add(pause).unwrap_or(now) });
        let server = &self.context.server;
        let (host, port, seconds) = (server.host(), server.port(), pause.as_secs());
        let (step, reason) = (trouble.step, trouble.reason);
        if reason == SmtpReason::NotOffered {
            tracing::error!(
                host,
                port,
                seconds,
                "The mail server offers no encryption, and it is required: nothing is sent, every letter waits"
            );
        } else {
            tracing::error!(
                host,
                port,
                ?step,
                ?reason,
                seconds,
                "The mail server cannot be used; every letter waits"
            );
        }
    }

    fn resume(&mut self) {
        if self.rest.take().is_some() {
            tracing::info!(host = self.context.server.host(), "The mail server can be used again");
        }
    }

    /// Ends conversations nobody needs now.
    fn close_idle(&mut self) {
        for conversation in self.idle.drain(..) {
            tokio::spawn(tokio::time::timeout(self.context.pace.connect, conversation.leave()));
        }
    }

    /// Waits for the running deliveries for a short time, and gives the leases of the others back.
    async fn shut_down(mut self) {
        let farewell = self.context.pace.shutdown;
        let finish = async {
            while let Some(ended) = self.deliveries.join_next_with_id().await {
                self.finish_delivery(ended);
            }
        };
        if tokio::time::timeout(farewell, finish).await.is_err() {
            self.deliveries.shutdown().await;
            let now = self.context.clock.now();
            for carried in self.carried.values() {
                let store = &self.context.store;
                if let Err(fault) = put_back(store, carried, now).await {
                    tracing::warn!(%fault, "A letter could not be put back; it is tried again when its lease ends");
                }
            }
        }
        self.close_idle();
    }
}

/// Queues in the order of their turns: by priority, and within one beginning behind the union that was last.
fn in_turn(mut queues: Vec<LetterQueue>, last: &str) -> Vec<LetterQueue> {
    queues.sort_by(|a, b| {
        let turn = |queue: &LetterQueue| (queue.priority, queue.tenant.as_str() <= last);
        turn(a).cmp(&turn(b)).then_with(|| a.tenant.cmp(&b.tenant))
    });
    queues
}

/// How long a letter waits after a failure.
#[derive(Debug, Clone, Copy)]
struct RetryDelays {
    /// After a failure of this letter alone.
    own: SignedDuration,
    /// After a failure of the server, which every letter would meet.
    servers: SignedDuration,
}

/// Delivers one letter and writes down what became of it.
async fn deliver(
    context: Arc<PostmanContext>,
    carried: Delivery,
    idle: Option<SmtpConversation>,
    waits: RetryDelays,
) -> FinishedDelivery {
    let (what, conversation) = hand_over(&context, &carried, idle).await;
    for mark in 1..=MARKS {
        match settle(&context, &carried, &what, waits).await {
            Ok(true) => break,
            Ok(false) => {
                tracing::warn!(
                    tenant = carried.slug.as_str(), letter.id = %carried.letter.id,
                    "A letter took longer than its lease; another postman has it"
                );
                break;
            }
            Err(fault) if mark == MARKS => {
                tracing::error!(%fault, "What became of a letter could not be written down; it may be sent twice");
            }
            // The letter is out: a mark that fails would send it once more, so it is worth waiting for.
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
    FinishedDelivery { what, conversation }
}

/// Opens a letter, makes it a message and hands it in, all within the deadline.
async fn hand_over(
    context: &PostmanContext,
    carried: &Delivery,
    idle: Option<SmtpConversation>,
) -> (DeliveryOutcome, Option<SmtpConversation>) {
    let now = context.clock.now();
    if carried.letter.deliver_before <= now || !carried.letter.is_of_use {
        return (DeliveryOutcome::Expired, idle);
    }
    let ready = match open(context, carried, now) {
        Ok(ready) => ready,
        Err(what) => return (what, idle),
    };
    let deadline = tokio::time::Instant::now() + context.pace.send;
    let mut idle = idle;
    loop {
        let reused = idle.is_some();
        let mut conversation = match idle.take() {
            Some(conversation) => conversation,
            None => {
                match tokio::time::timeout_at(deadline, context.server.connect(context.pace.connect)).await {
                    Ok(Ok(conversation)) => conversation,
                    Ok(Err(trouble)) => return (DeliveryOutcome::Later(trouble), None),
                    Err(_) => {
                        return (
                            DeliveryOutcome::Later(SmtpFailure::new(SmtpStep::Reach, SmtpReason::Late)),
                            None,
                        );
                    }
                }
            }
        };
        let handed_in = tokio::time::timeout_at(deadline, conversation.hand_in(&ready)).await;
        let what = match handed_in {
            Ok(Ok(())) => DeliveryOutcome::Sent,
            // The server closed the line since the last letter; nothing about this one was said.
            Ok(Err(trouble)) if reused && trouble.step == SmtpStep::Sender && !conversation.is_usable() => {
                continue;
            }
            // A refused sender or session is the union's or the relay's mistake, and mended there: the letter waits.
            Ok(Err(trouble)) if trouble.is_final() => DeliveryOutcome::Refused(trouble),
            Ok(Err(trouble)) => DeliveryOutcome::Later(trouble),
            Err(_) => DeliveryOutcome::Later(SmtpFailure::new(SmtpStep::Content, SmtpReason::Late)),
        };
        return (what, Some(conversation));
    }
}

/// The sealed letter as a message.
fn open(
    context: &PostmanContext,
    carried: &Delivery,
    now: Timestamp,
) -> Result<MailMessage, DeliveryOutcome> {
    let letter = &carried.letter;
    let tenant = carried.slug.as_str();
    let (_, sender) =
        context.senders.0.get(tenant).ok_or(DeliveryOutcome::Unwritable(MessageError::Sender))?;
    let place = |column| SealContext { tenant, column, row: letter.id.uuid() };
    let to =
        context.vault.open(place("outbox.recipient"), &letter.recipient).map_err(DeliveryOutcome::Closed)?;
    let content =
        context.vault.open(place("outbox.content"), &letter.content).map_err(DeliveryOutcome::Closed)?;
    let to = std::str::from_utf8(to.expose_secret())
        .map_err(|_| DeliveryOutcome::Unwritable(MessageError::Recipient))?;
    let content: Composed = serde_json::from_slice(content.expose_secret())
        .map_err(|_| DeliveryOutcome::Unwritable(MessageError::Message))?;
    message(letter.id, sender, to, &content, now).map_err(DeliveryOutcome::Unwritable)
}

/// Writes down what became of a letter. `false` when the lease was lost.
async fn settle(
    context: &PostmanContext,
    carried: &Delivery,
    what: &DeliveryOutcome,
    waits: RetryDelays,
) -> Result<bool, store::StoreError> {
    let now = context.clock.now();
    let pause = match what {
        DeliveryOutcome::Sent => return close(context, carried, LetterOutcome::Sent, now).await,
        DeliveryOutcome::Refused(_) | DeliveryOutcome::Expired | DeliveryOutcome::Unwritable(_) => {
            return close(context, carried, LetterOutcome::GivenUp, now).await;
        }
        // Said before any letter was spoken of. Later, a letter waits longer each time, so that one the server takes
        // amiss is not the one that asks for all others.
        DeliveryOutcome::Later(trouble) if trouble.step < SmtpStep::Sender => waits.servers,
        DeliveryOutcome::Later(_) | DeliveryOutcome::Closed(_) => waits.own,
    };
    // Not later than its end, so that it is given up in time.
    let next = now.checked_add(pause).unwrap_or(now).min(carried.letter.deliver_before);
    put_back(&context.store, carried, next).await
}

async fn close(
    context: &PostmanContext,
    carried: &Delivery,
    outcome: LetterOutcome,
    now: Timestamp,
) -> Result<bool, store::StoreError> {
    let mut tx = context.store.tenant(&carried.slug).write().await?;
    let ours = outbox::close(&mut tx, carried.letter.id, carried.lease, outcome, now).await?;
    tx.commit().await?;
    Ok(ours)
}

async fn put_back(store: &Store, carried: &Delivery, next: Timestamp) -> Result<bool, store::StoreError> {
    let mut tx = store.tenant(&carried.slug).write().await?;
    let ours = outbox::put_back(&mut tx, carried.letter.id, carried.lease, next).await?;
    tx.commit().await?;
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_or_a_quarter_of_an_hour() {
        let seconds = |longest| (1..=9).map(|times| wait(times, longest).as_secs()).collect::<Vec<_>>();
        assert_eq!(seconds(LONGEST_URGENT_WAIT), [5, 10, 20, 40, 60, 60, 60, 60, 60]);
        assert_eq!(seconds(LONGEST_WAIT), [5, 10, 20, 40, 80, 160, 320, 640, 900]);
        assert_eq!(wait(u32::MAX, LONGEST_WAIT), LONGEST_WAIT);
        assert_eq!(wait(0, LONGEST_WAIT), FIRST_WAIT);
    }

    #[test]
    fn unions_take_turns_within_a_priority() {
        let queue = |priority, tenant: &str| LetterQueue { priority, tenant: tenant.to_owned() };
        let queues = vec![queue(5, "a"), queue(9, "a"), queue(5, "b"), queue(1, "c"), queue(5, "d")];
        let order = |last| {
            in_turn(queues.clone(), last)
                .iter()
                .map(|q| format!("{}{}", q.priority, q.tenant))
                .collect::<Vec<_>>()
        };
        assert_eq!(order(""), ["1c", "5a", "5b", "5d", "9a"]);
        assert_eq!(order("a"), ["1c", "5b", "5d", "5a", "9a"]);
        assert_eq!(order("b"), ["1c", "5d", "5a", "5b", "9a"]);
        assert_eq!(order("z"), ["1c", "5a", "5b", "5d", "9a"]);
    }
}
