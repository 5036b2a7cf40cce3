//! Request: which request a deed serves, for the trail and for the log.
//!
//! # Decision
//! It travels with the task, not through arguments.
//! # Because
//! Every row of the trail carries the number of its request, its network and who acts (D35), and rows are written in a
//! hundred places, most of them deep inside a deed that has no business with HTTP. What has to be handed on is forgotten
//! somewhere.
//! # Instead of
//! One more argument to every deed.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use crate::{
    domain::{
        audit::{
            Event,
            doing::{Actor, Doing, Gate},
        },
        member::MemberId,
        network::Network,
        outcome::{RefusalCause, SignInOutcome},
        receipt::Receipt,
    },
    vault::{HashAsker, Token},
};

/// One request, while it is served. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RequestContext {
    inner: Arc<RequestInner>,
}

#[derive(Debug)]
struct RequestInner {
    receipt: Receipt,
    network: Option<Network>,
    browser_cookie: Option<Token>,
    /// The route, for the trail.
    purpose: String,
    member: OnceLock<MemberId>,
    /// Who has proven to be whom, and how.
    passed: Mutex<Option<(MemberId, Gate)>>,
    /// What came of tries to sign in, and why it was refused: a bit for each word.
    sign_ins: AtomicU32,
    refusals: AtomicU32,
    /// The word of the last event that was noted.
    event: Mutex<Option<&'static str>>,
}

tokio::task_local! {
    static SERVED: RequestContext;
}

impl RequestContext {
    /// A request with this receipt number for that route, from that network where it is known, of a browser with that
    /// cookie `__Host-device`.
    pub fn new(
        receipt: Receipt,
        network: Option<Network>,
        purpose: &str,
        browser_cookie: Option<Token>,
    ) -> Self {
        let (member, passed) = (OnceLock::new(), Mutex::default());
        let purpose = purpose.to_owned();
        Self {
            inner: Arc::new(RequestInner {
                receipt,
                network,
                browser_cookie,
                purpose,
                member,
                passed,
                sign_ins: AtomicU32::new(0),
                refusals: AtomicU32::new(0),
                event: Mutex::default(),
            }),
        }
    }

    /// The receipt number.
    pub fn receipt(&self) -> &Receipt {
        &self.inner.receipt
    }

    /// The network it comes from, as `web::client` found it.
    pub fn network(&self) -> Option<Network> {
        self.inner.network
    }

    /// About whom it turned out to be.
    pub fn member(&self) -> Option<MemberId> {
        self.inner.member.get().copied()
    }

    /// What came of tries to sign in while it was served: a bit for each, at its place in [`SignInOutcome::ALL`].
    pub fn sign_ins(&self) -> u32 {
        self.inner.sign_ins.load(Ordering::Relaxed)
    }

    /// Why it was not served: the same.
    pub fn refusals(&self) -> u32 {
        self.inner.refusals.load(Ordering::Relaxed)
    }

    /// It was not served for that cause.
    pub fn was_refused(&self, cause: RefusalCause) {
        self.inner.refusals.fetch_or(1 << cause.place(), Ordering::Relaxed);
    }

    /// The word of the last event that was noted while it was served.
    pub fn event(&self) -> Option<&'static str> {
        *self.inner.event.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves it: whatever `work` writes into the trail carries the number.
    pub async fn serve<T>(&self, work: impl Future<Output = T>) -> T {
        SERVED.scope(self.clone(), work).await
    }
}

/// Says that this browser has proven to be the member. What is noted of the member from now on is the member's own doing,
/// through this gate.
pub(super) fn passed(member: MemberId, gate: Gate) {
    let _ = SERVED.try_with(|request| {
        *request.inner.passed.lock().unwrap_or_else(PoisonError::into_inner) = Some((member, gate));
    });
}

/// Says that an event was noted for the request that is served.
pub(super) fn noted(event: &Event) {
    let _ = SERVED.try_with(|request| {
        let inner = &request.inner;
        if let Some(outcome) = SignInOutcome::of(event) {
            inner.sign_ins.fetch_or(1 << outcome.place(), Ordering::Relaxed);
        }
        if let Some(cause) = RefusalCause::of(event) {
            request.was_refused(cause);
        }
        *inner.event.lock().unwrap_or_else(PoisonError::into_inner) = Some(event.word());
    });
}

/// Says that the request that is served was refused for that cause.
pub(super) fn was_refused(cause: RefusalCause) {
    let _ = SERVED.try_with(|request| request.was_refused(cause));
}

/// Who brings about what is noted now about this member, or about nobody. Outside of a request it is the program: commands
/// note with a doing of their own.
pub(super) fn doing(about: Option<MemberId>) -> Doing {
    let served = SERVED.try_with(|request| {
        let inner = &request.inner;
        let passed = *inner.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let (actor, gate) = match passed {
            Some((member, gate)) if about == Some(member) => (Actor::Member(member), gate),
            _ => (Actor::Stranger, Gate::Nothing),
        };
        let (receipt, purpose) = (Some(inner.receipt.clone()), inner.purpose.clone());
        Doing { actor, gate, purpose, reason: None, net: inner.network, receipt }
    });
    served.unwrap_or_else(|_| Doing::by_program("service"))
}

/// The network the request that is served comes from, where it is known.
pub(super) fn network() -> Option<Network> {
    SERVED.try_with(|request| request.inner.network).ok().flatten()
}

/// The cookie `__Host-device` of the browser whose request is served, whatever it is worth (D27).
pub(super) fn browser_cookie() -> Option<Token> {
    SERVED.try_with(|request| request.inner.browser_cookie.clone()).ok().flatten()
}

/// For whom the request that is served asks for a hash: for a member, or for somebody who has shown nothing yet.
pub(super) fn hash_asker(is_member: bool) -> HashAsker {
    if is_member { HashAsker::Member(network()) } else { HashAsker::Stranger(network()) }
}

/// Says about whom the request is. The first word counts.
pub fn is_about(member: MemberId) {
    let _ = SERVED.try_with(|request| request.inner.member.set(member));
}
