//! Page: what `/metrics` answers, in Prometheus' text format 0.0.4.

use std::{fmt, sync::atomic::Ordering};

use jiff::Timestamp;
use prometheus_client::{
    collector::Collector,
    encoding::{
        DescriptorEncoder, MetricEncoder, NoLabelSet,
        prometheus_text::{self, CONTENT_TYPE},
    },
    metrics::MetricType,
    registry::Registry,
};

use super::{
    HashCounts, MetricName, Metrics, PoolCounts, UnionCounts,
    label::{Job, Label, LabelValue},
    number::{CountBy, Spans},
};
use crate::domain::{route::Route, tenant::TenantSlug};

/// The type of the page.
pub const TYPE: &str = CONTENT_TYPE;

/// What is not counted but looked at when the page is asked for.
#[derive(Debug)]
pub struct Observed {
    /// The time.
    pub now: Timestamp,
    /// The queue before hashing.
    pub hashing: HashQueueState,
    /// The pools of connections to the database, by their names.
    pub pools: Vec<PoolState>,
    /// What the database says. `None` where it did not answer in time.
    pub kept: Option<KeptFigures>,
    /// Whether the time is believed.
    pub clock_trusted: bool,
    /// Memory, file handles and start of this program, as the system counts them.
    pub process: ProcessState,
}

/// The queue before hashing, as it is now.
#[derive(Debug)]
pub struct HashQueueState {
    /// Hashes being computed.
    pub running: usize,
    /// Requests that wait.
    pub waiting: usize,
    /// Places in all.
    pub places: usize,
    /// What it has counted.
    pub counts: std::sync::Arc<HashCounts>,
}

/// A pool of connections, as it is now.
#[derive(Debug)]
pub struct PoolState {
    /// `read`, `write` or `all`.
    pub name: &'static str,
    /// Connections that may be open at once.
    pub size: u32,
    /// Connections in use.
    pub in_use: usize,
    /// What it has counted.
    pub counts: std::sync::Arc<PoolCounts>,
}

/// What the database keeps, in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFigures {
    /// Letters that are not sent yet.
    pub letters: u64,
    /// When the oldest of them was written.
    pub oldest_letter: Option<Timestamp>,
    /// Services that are still to be told that a session has ended.
    pub logouts: u64,
    /// When the oldest of them was first seen.
    pub oldest_logout: Option<Timestamp>,
    /// Imports that run.
    pub imports: u64,
    /// Rows they brought in so far.
    pub import_rows: u64,
    /// Whether every key it needs is held here.
    pub keys_fit: bool,
}

/// What the system says of this process. `None` where it does not say.
#[derive(Debug, Clone, Default)]
pub struct ProcessState {
    /// When it began, in seconds since 1970.
    pub began: Option<f64>,
    /// Bytes of memory in use.
    pub memory: Option<u64>,
    /// File handles that are open.
    pub files: Option<u64>,
    /// File handles that may be open.
    pub files_most: Option<u64>,
}

/// The page.
pub fn text(metrics: &Metrics, observed: Observed) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Exposed { metrics: metrics.clone(), observed }));
    let mut page = String::new();
    // A text that grows takes whatever is written.
    let _ = prometheus_text::encode(&mut page, &registry);
    page
}

#[derive(Debug)]
struct Exposed {
    metrics: Metrics,
    observed: Observed,
}

impl Collector for Exposed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for metric in MetricName::ALL {
            let described = encoder.encode_descriptor(metric.word(), metric.help(), None, metric.kind())?;
            self.write(*metric, Values { metric: *metric, encoder: described })?;
        }
        Ok(())
    }
}

/// Writes the values of one metric.
struct Values<'e> {
    metric: MetricName,
    encoder: MetricEncoder<'e>,
}

impl Values<'_> {
    /// One value, as counter or gauge, for the labels of the metric.
    fn put<const N: usize>(&mut self, labels: [LabelValue<'_>; N], value: f64) -> fmt::Result {
        let mut names = self.metric.labels().iter();
        let labels = labels.map(|label| (names.next().copied().unwrap_or_default(), label));
        let mut encoder = self.encoder.encode_family(&labels)?;
        match self.metric.kind() {
            // Whole up to 2^53.
            MetricType::Counter => encoder.encode_counter::<NoLabelSet, _, f64>(&value, None),
            _ => encoder.encode_gauge(&value),
        }
    }

    fn one(&mut self, value: f64) -> fmt::Result {
        self.put([], value)
    }

    fn maybe(&mut self, value: Option<f64>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.one(value))
    }

    fn by<L: Label>(&mut self, counts: &CountBy<L>) -> fmt::Result {
        for (label, count) in counts.so_far() {
            self.put([LabelValue::Word(label.word())], whole(count))?;
        }
        Ok(())
    }

    /// Of every union what happened there at all.
    fn by_union<'u, L: Label>(
        &mut self,
        unions: impl IntoIterator<Item = (&'u TenantSlug, &'u UnionCounts)>,
        of: impl Fn(&UnionCounts) -> &CountBy<L>,
    ) -> fmt::Result {
        for (slug, counts) in unions {
            for (label, count) in of(counts).so_far().filter(|(_, count)| *count > 0) {
                self.put([LabelValue::Union(slug), LabelValue::Word(label.word())], whole(count))?;
            }
        }
        Ok(())
    }

    fn spans<const N: usize>(&mut self, labels: [LabelValue<'_>; N], spans: &Spans) -> fmt::Result {
        let mut names = self.metric.labels().iter();
        let labels = labels.map(|label| (names.next().copied().unwrap_or_default(), label));
        let (sum, count, buckets) = spans.so_far();
        self.encoder.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }
}

impl Exposed {
    fn write(&self, metric: MetricName, mut to: Values<'_>) -> fmt::Result {
        let (inner, seen) = (&self.metrics.inner, &self.observed);
        let list = inner.unions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let unions = || list.counts.iter().map(|(slug, counts)| (slug, &**counts));
        match metric {
            MetricName::Requests => {
                for (route, requests) in routes().zip(&inner.requests) {
                    for (class, count) in requests.so_far() {
                        to.put([route, LabelValue::Word(class.word())], whole(count))?;
                    }
                }
                Ok(())
            }
            MetricName::RequestDuration => {
                routes().zip(&inner.durations).try_for_each(|(route, spans)| to.spans([route], spans))
            }
            MetricName::SignIns => to.by(&inner.sign_ins),
            MetricName::Refusals => to.by(&inner.refusals),
            MetricName::UnionRequests => to.by_union(unions(), |counts| &counts.requests),
            MetricName::UnionSignIns => to.by_union(unions(), |counts| &counts.sign_ins),
            MetricName::UnionRefusals => to.by_union(unions(), |counts| &counts.refusals),
            MetricName::ConnectionsOpen => {
                let counts = &inner.connections.inner;
                // Closed first: what is opened between the two is open.
                let closed = counts.closed.so_far();
                to.one(whole(counts.opened.so_far().saturating_sub(closed)))
            }
            MetricName::ConnectionsTurnedAway => to.one(whole(inner.connections.inner.turned_away.so_far())),
            MetricName::HashRunning => to.one(size(seen.hashing.running)),
            MetricName::HashWaiting => to.one(size(seen.hashing.waiting)),
            MetricName::HashPlaces => to.one(size(seen.hashing.places)),
            MetricName::HashWait => to.spans([], &seen.hashing.counts.waits),
            MetricName::HashRefused => to.one(whole(seen.hashing.counts.refused.so_far())),
            MetricName::PoolConnections => self.pools(&mut to, |pool| f64::from(pool.size)),
            MetricName::PoolInUse => self.pools(&mut to, |pool| size(pool.in_use)),
            MetricName::PoolWait => seen
                .pools
                .iter()
                .try_for_each(|pool| to.spans([LabelValue::Word(pool.name)], &pool.counts.waits)),
            MetricName::PoolTimeouts => self.pools(&mut to, |pool| whole(pool.counts.timeouts.so_far())),
            MetricName::DatabaseUp => to.one(flag(seen.kept.is_some())),
            MetricName::LettersWaiting => to.maybe(seen.kept.as_ref().map(|kept| whole(kept.letters))),
            MetricName::LettersOldest => to.maybe(seen.kept.as_ref().map(|kept| {
                kept.oldest_letter.map_or(0.0, |at| seen.now.duration_since(at).as_secs_f64().max(0.0))
            })),
            MetricName::Letters => to.by(&inner.letters),
            MetricName::MailServerRests => to.one(flag(inner.mail_server_rests.load(Ordering::Relaxed))),
            MetricName::LogoutsWaiting => to.maybe(seen.kept.as_ref().map(|kept| whole(kept.logouts))),
            MetricName::LogoutsOldest => to.maybe(seen.kept.as_ref().map(|kept| {
                kept.oldest_logout.map_or(0.0, |at| seen.now.duration_since(at).as_secs_f64().max(0.0))
            })),
            MetricName::Logouts => to.by(&inner.logouts),
            MetricName::ImportsRunning => to.maybe(seen.kept.as_ref().map(|kept| whole(kept.imports))),
            MetricName::ImportRows => to.maybe(seen.kept.as_ref().map(|kept| whole(kept.import_rows))),
            MetricName::UnionsServed => to.one(size(list.served)),
            MetricName::UnionLeftOut => list
                .left_out
                .iter()
                .try_for_each(|left| to.put([LabelValue::File(left), LabelValue::Word(left.code)], 1.0)),
            MetricName::UnionDiffers => {
                list.differing.iter().try_for_each(|union| to.put([LabelValue::Union(union)], 1.0))
            }
            MetricName::SharedKept => to.one(flag(list.shared_kept)),
            MetricName::ConfigGood => to.maybe(inner.loaded.at().map(seconds)),
            MetricName::KeyRingFits => to.maybe(seen.kept.as_ref().map(|kept| flag(kept.keys_fit))),
            MetricName::ClockTrusted => to.one(flag(seen.clock_trusted)),
            MetricName::JobDone => Job::ALL.iter().zip(&inner.jobs_done).try_for_each(|(job, done)| {
                done.at().map_or(Ok(()), |at| to.put([LabelValue::Word(job.word())], seconds(at)))
            }),
            MetricName::JobPanics => to.by(&inner.jobs_panicked),
            MetricName::BuildInfo => to.put([LabelValue::Word(env!("CARGO_PKG_VERSION"))], 1.0),
            MetricName::ProcessStart => to.maybe(seen.process.began),
            MetricName::ProcessMemory => to.maybe(seen.process.memory.map(whole)),
            MetricName::ProcessFiles => to.maybe(seen.process.files.map(whole)),
            MetricName::ProcessFilesMost => to.maybe(seen.process.files_most.map(whole)),
        }
    }

    fn pools(&self, to: &mut Values<'_>, of: impl Fn(&PoolState) -> f64) -> fmt::Result {
        self.observed.pools.iter().try_for_each(|pool| to.put([LabelValue::Word(pool.name)], of(pool)))
    }
}

/// The label of each route, in the order in which they are counted, and that of whatever has none.
fn routes() -> impl Iterator<Item = LabelValue<'static>> {
    Route::every().map(|route| LabelValue::Word(route.pattern())).chain([LabelValue::Word("none")])
}

#[expect(clippy::cast_precision_loss, reason = "figures are whole up to 2^53")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "figures are whole up to 2^53")]
fn size(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds are whole up to 2^53")]
fn seconds(at: i64) -> f64 {
    at as f64
}

fn flag(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}
