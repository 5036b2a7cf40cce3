//! Metrics: what is counted while the service runs, for `/metrics` on the internal listener ([R39]). The page that explains
//! each, with what to watch, is [`rules::running`]; [`MetricName`] is the list.
//!
//! # Decision
//! Whatever a request counts is an atomic number at a place that is known beforehand: an array, whose index is the place of
//! a word in a fixed list. Labels are such words, and the ids of unions' files; [`label`] has no other way to make one.
//! `prometheus-client` writes the text.
//! # Because
//! Counting must not make requests wait for each other, no label may hold what a request brought along, and the number of
//! series must not be a stranger's choice. The library's own families look a label up behind a lock, and its histograms are
//! behind one.
//! # Instead of
//! Families of labels made while counting, or a recorder for the whole process.
//!
//! [R39]: crate::rules::reliability#r39
//! [`rules::running`]: crate::rules::running

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::domain::{
    outcome::{RefusalCause, SignInOutcome},
    route::Route,
    tenant::TenantSlug,
};

pub mod declared;
pub mod label;
pub mod number;
pub mod page;

pub use declared::MetricName;
use label::{Job, LeftOut, LetterFate, LogoutFate, StatusClass};
use number::{Count, CountBy, LastTime, Spans};

/// What one process counts. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    inner: Arc<MetricsInner>,
}

#[derive(Debug)]
struct MetricsInner {
    /// The place of each route by its pattern, and behind them the place of everything that has no route.
    routes: FxHashMap<&'static str, usize>,
    /// By route, then by class.
    requests: Vec<CountBy<StatusClass>>,
    durations: Vec<Spans>,
    sign_ins: CountBy<SignInOutcome>,
    refusals: CountBy<RefusalCause>,
    letters: CountBy<LetterFate>,
    logouts: CountBy<LogoutFate>,
    mail_server_rests: AtomicBool,
    jobs_done: Vec<LastTime>,
    jobs_panicked: CountBy<Job>,
    /// Written when unions are loaded, and read by `/metrics` only.
    unions: Mutex<UnionList>,
    loaded: LastTime,
    connections: ConnectionCounts,
}

impl Default for MetricsInner {
    fn default() -> Self {
        let routes: FxHashMap<_, _> =
            Route::every().enumerate().map(|(place, route)| (route.pattern(), place)).collect();
        let places = routes.len() + 1;
        Self {
            routes,
            requests: (0..places).map(|_| CountBy::default()).collect(),
            durations: (0..places).map(|_| Spans::default()).collect(),
            sign_ins: CountBy::default(),
            refusals: CountBy::default(),
            letters: CountBy::default(),
            logouts: CountBy::default(),
            mail_server_rests: AtomicBool::new(false),
            jobs_done: Job::ALL.iter().map(|_| LastTime::default()).collect(),
            jobs_panicked: CountBy::default(),
            unions: Mutex::default(),
            loaded: LastTime::default(),
            connections: ConnectionCounts::default(),
        }
    }
}

#[derive(Debug, Default)]
struct UnionList {
    /// What was counted at each union since the process began, those that are not served any more included.
    counts: BTreeMap<TenantSlug, Arc<UnionCounts>>,
    served: usize,
    left_out: Vec<LeftOut>,
    /// Whether the shared values are those of the database instead of their file's.
    shared_kept: bool,
    /// The unions of which another node serves another version.
    differing: Vec<TenantSlug>,
}

/// What is counted at one union.
#[derive(Debug, Default)]
pub struct UnionCounts {
    requests: CountBy<StatusClass>,
    sign_ins: CountBy<SignInOutcome>,
    refusals: CountBy<RefusalCause>,
}

/// A request that was answered, as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct AnsweredRequest<'r> {
    /// The pattern of its route, where it has one.
    pub route: Option<&'r str>,
    /// The status code.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
    /// What came of tries to sign in: a bit for each, at its place.
    pub sign_ins: u32,
    /// Why it was not served: the same.
    pub refusals: u32,
}

impl Metrics {
    /// Counts a request, at a union where it reached one.
    pub fn answered(&self, request: AnsweredRequest<'_>, union: Option<&UnionCounts>) {
        let inner = &self.inner;
        let place = request.route.and_then(|pattern| inner.routes.get(pattern)).copied();
        let place = place.unwrap_or(inner.routes.len());
        let class = StatusClass::of(request.status);
        if let (Some(requests), Some(durations)) = (inner.requests.get(place), inner.durations.get(place)) {
            requests.add(class);
            durations.took(request.took);
        }
        if let Some(union) = union {
            union.requests.add(class);
        }
        if request.sign_ins != 0 {
            for outcome in SignInOutcome::ALL.iter().filter(|o| request.sign_ins & (1 << o.place()) != 0) {
                inner.sign_ins.add(*outcome);
                if let Some(union) = union {
                    union.sign_ins.add(*outcome);
                }
            }
        }
        if request.refusals != 0 {
            for cause in RefusalCause::ALL.iter().filter(|c| request.refusals & (1 << c.place()) != 0) {
                inner.refusals.add(*cause);
                if let Some(union) = union {
                    union.refusals.add(*cause);
                }
            }
        }
    }

    /// These unions are served from now on. What is counted at each, to be kept at hand.
    pub fn serves<'t>(
        &self,
        unions: impl IntoIterator<Item = &'t TenantSlug>,
    ) -> Vec<(TenantSlug, Arc<UnionCounts>)> {
        let mut list = self.inner.unions.lock().unwrap_or_else(PoisonError::into_inner);
        let kept: Vec<_> = unions
            .into_iter()
            .map(|slug| (slug.clone(), list.counts.entry(slug.clone()).or_default().clone()))
            .collect();
        list.served = kept.len();
        kept
    }

    /// The unions' files were read: who was left out, and whether the shared values are those of the database instead of
    /// their file's.
    pub fn loaded(&self, left_out: Vec<LeftOut>, shared_kept: bool, now: Timestamp) {
        let is_whole = left_out.is_empty() && !shared_kept;
        let mut list = self.inner.unions.lock().unwrap_or_else(PoisonError::into_inner);
        (list.left_out, list.shared_kept) = (left_out, shared_kept);
        if is_whole {
            self.inner.loaded.is(now);
        }
    }

    /// Another node serves other versions of these unions.
    pub fn differ(&self, unions: Vec<TenantSlug>) {
        self.inner.unions.lock().unwrap_or_else(PoisonError::into_inner).differing = unions;
    }

    /// What the accept loop of the public listener counts.
    pub fn connections(&self) -> ConnectionCounts {
        self.inner.connections.clone()
    }

    /// Counts what became of telling services.
    pub fn logouts(&self, fate: LogoutFate, logouts: u64) {
        self.inner.logouts.add_many(fate, logouts);
    }

    /// Counts what became of letters.
    pub fn letters(&self, fate: LetterFate, letters: u64) {
        self.inner.letters.add_many(fate, letters);
    }

    /// Whether the postman rests because the mail server cannot be spoken to.
    pub fn mail_server_rests(&self, rests: bool) {
        self.inner.mail_server_rests.store(rests, Ordering::Relaxed);
    }

    /// A round of a job went well in all of its parts.
    pub fn job_done(&self, job: Job, now: Timestamp) {
        if let Some(done) = self.inner.jobs_done.get(job.place()) {
            done.is(now);
        }
    }

    /// A job panicked, and begins again.
    pub fn job_panicked(&self, job: Job) {
        self.inner.jobs_panicked.add(job);
    }
}

/// What the pool of connections to a database counts.
#[derive(Debug, Default)]
pub struct PoolCounts {
    /// How long connections were waited for.
    pub waits: Spans,
    /// Waits that ended without a connection.
    pub timeouts: Count,
}

/// What the queue before password hashing counts.
#[derive(Debug, Default)]
pub struct HashCounts {
    /// How long permits were waited for.
    pub waits: Spans,
    /// Requests that found no place in the queue, or waited in vain.
    pub refused: Count,
}

/// What the accept loop counts.
#[derive(Debug, Clone, Default)]
pub struct ConnectionCounts {
    inner: Arc<ConnectionCountsInner>,
}

#[derive(Debug, Default)]
struct ConnectionCountsInner {
    opened: Count,
    closed: Count,
    turned_away: Count,
}

/// A connection while it is open.
#[derive(Debug)]
pub struct CountedConnection(ConnectionCounts);

impl ConnectionCounts {
    /// A connection is open until what is returned is dropped.
    pub fn opened(&self) -> CountedConnection {
        self.inner.opened.add();
        CountedConnection(self.clone())
    }

    /// A connection was turned away, because its address has too many.
    pub fn turned_away(&self) {
        self.inner.turned_away.add();
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        self.0.inner.closed.add();
    }
}
