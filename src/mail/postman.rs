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

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::tenant::{Tenant, TenantSlug},
    metrics::{Metrics, label::Job},
    store::{
        self, Store,
        everywhere::LetterQueue,
        outbox::{self, Lease, WantedLetters},
    },
    vault::Vault,
    world::{Clock, RandomError, RandomSource, random_bytes},
};

mod delivery;
pub mod message;
pub mod reply;
mod retry;
pub mod server;
mod turns;

use delivery::{Delivery, DeliveryOutcome, FinishedDelivery, deliver, put_back};
use retry::{LONGEST_URGENT_WAIT, LONGEST_WAIT, RetryDelays, wait};
use turns::{has_share_left, in_turn};

pub use message::{MailMessage, MessageError, message};
pub use reply::{ReplyScope, SmtpStep};
pub use server::{SmtpConversation, SmtpFailure, SmtpReason, SmtpServer, SmtpUrlError};

/// How many conversations with the mail server are held at once.
const WORKERS: usize = 4;
/// How often the outbox is read. Any node may write a letter, so every postman has to look.
const LOOK: Duration = Duration::from_millis(500);
/// How long a letter is leased to the postman who took it: longer than a try may last.
const LEASE: SignedDuration = SignedDuration::from_secs(90);

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

/// Finds a union by its slug, as its files stand now.
type FindTenant = dyn Fn(&TenantSlug) -> Option<Arc<Tenant>> + Send + Sync;

/// In whose name letters leave. It is asked once for each letter, which keeps the answer to its end (R34).
#[derive(Clone)]
pub struct Senders(Arc<FindTenant>);

impl Senders {
    /// The unions that `find` finds. Letters of any other union wait.
    pub fn new(find: impl Fn(&TenantSlug) -> Option<Arc<Tenant>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    fn of(&self, slug: &str) -> Option<Arc<Tenant>> {
        (self.0)(&TenantSlug::parse(slug)?)
    }
}

impl std::fmt::Debug for Senders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Senders(…)")
    }
}

/// Whether what ran out may be given up now.
#[derive(Clone)]
pub struct GivesUp(Arc<dyn Fn() -> bool + Send + Sync>);

impl GivesUp {
    /// By this answer, asked for each letter.
    pub fn when(may: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(may))
    }

    fn now(&self) -> bool {
        (self.0)()
    }
}

impl std::fmt::Debug for GivesUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivesUp(…)")
    }
}

/// What a postman needs: where letters wait, how they are opened, a clock, a random source, the senders and the server.
#[derive(Debug, Clone)]
pub struct PostmanContext {
    /// The store, in whose outbox letters wait.
    pub store: Store,
    /// The vault, which opens sealed letters.
    pub vault: Vault,
    /// By what letters are due, leased and run out.
    pub clock: Arc<dyn Clock>,
    /// Whether letters that ran out by that clock are given up. Where the time is in doubt they wait (R25).
    pub gives_up: GivesUp,
    /// The random source, for the ids of leases.
    pub rng: Arc<dyn RandomSource>,
    /// In whose name letters leave.
    pub senders: Senders,
    /// The mail server.
    pub server: SmtpServer,
    /// Time limits of a conversation with it.
    pub pace: SmtpTimeouts,
    /// The metrics of this process, for letters that were sent or not.
    pub metrics: Metrics,
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

impl RoundReport {
    fn count(&mut self, outcome: &DeliveryOutcome) {
        match outcome {
            DeliveryOutcome::Sent => self.sent += 1,
            DeliveryOutcome::Refused(_) | DeliveryOutcome::Expired | DeliveryOutcome::Unwritable(_) => {
                self.given_up += 1;
            }
            DeliveryOutcome::Later(_) | DeliveryOutcome::Closed(_) | DeliveryOutcome::Untimely => {
                self.put_back += 1;
            }
        }
    }
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
                Ok(()) => {
                    silent = false;
                    self.context.metrics.job_done(Job::Post, self.context.clock.now());
                }
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
        let wanted = if context.gives_up.now() { WantedLetters::All } else { WantedLetters::InTime };
        let queues = context.store.everywhere().queues(now, wanted).await?;
        for queue in in_turn(queues, &self.last) {
            let Some(tenant) = context.senders.of(&queue.tenant) else { continue };
            if !self.may_send(&queue) {
                continue;
            }
            let until = now.checked_add(LEASE).map_err(|_| PostmanError::Time)?;
            let lease = Lease { id: Uuid::from_bytes(random_bytes(context.rng.as_ref())?), until };
            let mut tx = context.store.tenant(&tenant.slug).write().await?;
            let taken = outbox::take(&mut tx, queue.priority, lease, wanted, now).await?;
            tx.commit().await?;
            if let Some(letter) = taken {
                self.last = queue.tenant;
                return Ok(Some(Delivery { tenant, letter: Arc::new(letter), lease }));
            }
        }
        Ok(None)
    }

    /// Whether a union has conversations left for letters of that priority.
    fn may_send(&self, queue: &LetterQueue) -> bool {
        let own = self.carried.values().filter(|carried| carried.tenant.slug.as_str() == queue.tenant);
        has_share_left(queue.priority, own.map(|carried| carried.letter.priority))
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
        self.done.count(&finished.what);
        self.context.metrics.letters(finished.what.fate(), 1);
        finished.what.log(&carried);
        match finished.what {
            DeliveryOutcome::Later(trouble) if trouble.is_the_servers() => self.pause(&trouble),
            // It spoke with us.
            DeliveryOutcome::Sent | DeliveryOutcome::Refused(_) | DeliveryOutcome::Later(_) => self.resume(),
            DeliveryOutcome::Expired
            | DeliveryOutcome::Untimely
            | DeliveryOutcome::Unwritable(_)
            | DeliveryOutcome::Closed(_) => {}
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
        self.context.metrics.mail_server_rests(true);
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
            self.context.metrics.mail_server_rests(false);
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
        let grace = self.context.pace.shutdown;
        let finish = async {
            while let Some(ended) = self.deliveries.join_next_with_id().await {
                self.finish_delivery(ended);
            }
        };
        if tokio::time::timeout(grace, finish).await.is_err() {
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
