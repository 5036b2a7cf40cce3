//! Connection: what one connection is doing, known to the one who reads and writes its bytes, to the one who answers its
//! requests, and to the one who ends it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Stages, waiting::ConnectionPlace};

/// Most bytes between the beginnings of two requests: a hundred forms of the largest size at once, and more.
const UNASKED: usize = 8 << 20;
/// Most requests that are given up beyond those that are answered: what somebody gives up who reloads in a hurry is less.
const GIVEN_UP: usize = 100;

/// What one connection is doing.
#[derive(Debug)]
pub struct Connection {
    state: Mutex<ConnectionState>,
    /// Cancelled once the connection is known to speak HTTP/2.
    http2: CancellationToken,
    /// Cancelled once it says far more than it asks, or gives up far more than it takes.
    flooded: CancellationToken,
    /// How far the service is on its way out.
    pub stages: Stages,
}

#[derive(Debug)]
struct ConnectionState {
    /// Requests whose answer is still being made.
    running: usize,
    /// Answers that are not handed over to the last byte.
    answers: usize,
    /// When something of any of them last went on.
    since: Instant,
    /// Whether anything was said since the last request began or ended: the beginning of another one.
    has_begun: bool,
    /// Bytes that were said since the last request began.
    unasked: usize,
    /// Requests that were given up, less those that were answered.
    given_up: usize,
    /// The place among the connections of its address.
    place: ConnectionPlace,
}

impl Connection {
    /// A connection that has said nothing yet.
    pub fn new(place: ConnectionPlace, stages: Stages) -> Self {
        let since = Instant::now();
        let (has_begun, unasked, given_up) = (false, 0, 0);
        let state = ConnectionState { running: 0, answers: 0, since, has_begun, unasked, given_up, place };
        let (http2, flooded) = (CancellationToken::new(), CancellationToken::new());
        Self { state: Mutex::new(state), http2, flooded, stages }
    }

    fn state(&self) -> MutexGuard<'_, ConnectionState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that so many bytes came in.
    pub fn hear(&self, bytes: usize) {
        let mut state = self.state();
        state.has_begun = true;
        state.unasked = state.unasked.saturating_add(bytes);
        if state.unasked > UNASKED {
            self.flooded.cancel();
        }
    }

    /// Notes that the connection speaks HTTP/2.
    pub fn speaks_http2(&self) {
        self.http2.cancel();
    }

    /// Whether it speaks HTTP/2.
    pub fn is_http2(&self) -> bool {
        self.http2.is_cancelled()
    }

    /// A request's headers were read.
    pub fn begin(&self) {
        let mut state = self.state();
        state.running += 1;
        state.has_begun = false;
        state.unasked = 0;
    }

    /// A request was read whole.
    pub fn is_whole(&self) {
        self.state().place.has_asked();
    }

    /// An answer was made, or its request given up.
    pub fn end(&self, was_answered: bool) {
        let mut state = self.state();
        state.given_up = if was_answered { state.given_up.saturating_sub(1) } else { state.given_up + 1 };
        if state.given_up > GIVEN_UP {
            self.flooded.cancel();
        }
        state.running = state.running.saturating_sub(1);
        state.has_begun = false;
        state.since = Instant::now();
    }

    /// An answer is there to be taken.
    pub fn offer(&self) {
        self.state().answers += 1;
    }

    /// A piece of an answer was taken.
    pub fn goes_on(&self) {
        self.state().since = Instant::now();
    }

    /// An answer was taken whole, or nobody wants it any more.
    pub fn is_taken(&self) {
        let mut state = self.state();
        state.answers = state.answers.saturating_sub(1);
        state.has_begun = false;
        state.since = Instant::now();
    }

    /// What is waited for.
    pub fn phase(&self) -> Phase {
        let state = self.state();
        match (state.running + state.answers, state.has_begun) {
            (0, false) => Phase::Idle,
            (0, true) => Phase::Headers,
            _ => Phase::Running,
        }
    }

    /// Waits until the connection has said far more than it asks, or given up far more requests than it took answers (R29):
    /// frames of HTTP/2 that ask nothing, or requests that are taken back at once.
    pub async fn is_flooded(&self) {
        self.flooded.cancelled().await;
    }

    /// Waits until a connection of HTTP/2 is to be told to go: because the service leaves, or because nothing was asked
    /// for a while. Answers to PING are no requests.
    pub async fn is_to_go(&self, idle: Duration) {
        self.http2.cancelled().await;
        tokio::select! {
            () = self.stages.last_answers.cancelled() => {}
            () = self.rests_for(idle) => {}
        }
    }

    /// Waits until nothing of an answer was taken for a while. Over HTTP/1 the bytes themselves tell; over HTTP/2 an
    /// answer waits for room that the other end gives, and may be waiting behind answers to PING for ever.
    pub async fn is_stuck(&self, long: Duration) {
        self.http2.cancelled().await;
        loop {
            let (is_offered, until) = {
                let state = self.state();
                (state.running == 0 && state.answers > 0, state.since + long)
            };
            if !is_offered {
                sleep(long).await;
            } else if until <= Instant::now() {
                return;
            } else {
                sleep_until(until).await;
            }
        }
    }

    /// Waits until the connection is worth nothing any more: told to go, or the service closed, and nothing has gone on
    /// for `linger`; or the service closed, and `drain` is over.
    pub async fn is_worthless(&self, was_told: bool, linger: Duration, drain: Duration) {
        if was_told {
            tokio::select! {
                () = self.rests_for(linger) => {}
                () = async { self.stages.closed.cancelled().await; sleep(drain).await } => {}
            }
        } else {
            self.stages.closed.cancelled().await;
            tokio::select! {
                () = self.rests_for(linger) => {}
                () = sleep(drain) => {}
            }
        }
    }

    /// Waits until nothing has been running or going on for a while, counted from now on at the earliest.
    async fn rests_for(&self, while_: Duration) {
        let called = Instant::now();
        loop {
            let (running, since) = {
                let state = self.state();
                (state.running, state.since)
            };
            let until = since.max(called) + while_;
            if running > 0 {
                sleep(Duration::from_secs(1)).await;
            } else if until <= Instant::now() {
                return;
            } else {
                sleep_until(until).await;
            }
        }
    }
}

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// For the next request.
    Idle,
    /// For the rest of a request's headers.
    Headers,
    /// For an answer to be made or taken.
    Running,
}
