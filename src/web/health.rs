//! Health: the internal listener. Never on the public one. What it answers is for machines and in English: no member reads
//! it, and its sentences stand here, not in `templates/text`.

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use serde::Deserialize;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::website::Website;
use crate::{
    domain::clock::ClockDoubt,
    metrics::page::{self, KeptFigures},
    portal::keys,
};

/// Whether the service is on its way out: readiness goes red before connections are closed.
#[derive(Debug, Clone, Default)]
pub struct ShutdownFlag(Arc<AtomicBool>);

impl ShutdownFlag {
    /// Says that the service is leaving.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
struct Health {
    website: Website,
    leaving: ShutdownFlag,
    written: Arc<Mutex<Option<WriteCheck>>>,
    figures: Arc<Mutex<Option<(Instant, KeptFigures)>>>,
}

/// What the last write said.
#[derive(Debug, Clone)]
struct WriteCheck {
    at: Instant,
    trouble: Option<String>,
}

/// How often writing is tried, however many ask (D39).
const WRITES: Duration = Duration::from_secs(1);

/// How often the database is asked for its figures, however many ask for `/metrics`.
const FIGURES: Duration = Duration::from_secs(5);

/// `/livez`, `/readyz`, `/metrics` and the proxy's question.
pub fn router(website: Website, leaving: ShutdownFlag) -> Router {
    Router::new()
        .route("/livez", get(|| async { "live\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/internal/tls-allowed", get(tls_allowed))
        .with_state(Health { website, leaving, written: Arc::default(), figures: Arc::default() })
}

/// Whatever is counted, also while the database is away: what is read from it is left out then.
async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    let portal = health.website.portal();
    let kept = health.figures().await;
    let observed = portal.observed(kept);
    ([(header::CONTENT_TYPE, page::TYPE)], page::text(portal.metrics(), observed))
}

/// Ready: a union is served, a file can be opened, the database answers with a schema this program may run on, and it
/// keeps what is written. Answered in time whatever the database does (D39).
async fn ready(State(health): State<Health>) -> (StatusCode, String) {
    let red = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n"));
    if health.leaving.has_begun() {
        return red("shutting down");
    }
    if health.website.tenants().is_empty() {
        return red("no union is served");
    }
    if let Some(doubt) = health.website.portal().clock_doubt() {
        return red(&doubted(doubt));
    }
    // Connections and SQLite's files need handles: without one the next of them fails.
    if let Err(fault) = File::open("/dev/null") {
        return red(&format!("no file can be opened: {fault}"));
    }
    let limit = health.website.portal().store().limits().readiness.mul_f64(0.9);
    match timeout(limit, health.database()).await {
        Ok(Ok(())) => {
            let snapshot = health.website.snapshot();
            let ring = health.website.portal().ring_trouble();
            let ring = ring.map(|why| format!("key ring lost: {why}; put the copy back"));
            let rest = health.website.portal().clock_rest().filter(|rest| rest.is_long);
            let rest = rest.map(|rest| {
                format!(
                    "the clock lies more than 30 days after {}, the last moment that the database knows: nothing is ended for \
                     good before {}; look at the clock, and where it is right: kenpo-portal clock --confirm --reason WHY",
                    rest.known, rest.until
                )
            });
            let notes =
                ring.iter().chain(rest.iter()).chain(snapshot.notes.iter()).map(|note| format!("{note}\n"));
            (StatusCode::OK, format!("ready\n{}", notes.collect::<String>()))
        }
        Ok(Err(why)) => red(&why),
        Err(_) => red("the database does not answer"),
    }
}

/// Why the time is not believed, and until when.
fn doubted(doubt: ClockDoubt) -> String {
    const AGREED: &str = "until the clocks have agreed for a minute";
    let seconds = doubt.seconds();
    let (why, until) = match doubt {
        ClockDoubt::NotCompared => {
            ("the clock was not compared with the database's yet".to_owned(), "until it was")
        }
        ClockDoubt::Behind(_) => (
            format!(
                "the clock is {} s behind the newest moment that the database knows",
                seconds.unsigned_abs()
            ),
            "until it is set and has agreed for a minute; where it is right: kenpo-portal clock --confirm --reason WHY",
        ),
        ClockDoubt::Jumped(_) => (format!("the clock jumped by {seconds} s"), AGREED),
        ClockDoubt::Apart(_) => {
            (format!("the database's clock differs from this machine's by {seconds} s"), AGREED)
        }
    };
    format!("{why}; no code or link is compared with the time {until}")
}

impl Health {
    /// What the database keeps, a few seconds old at most. One asker at a time, so that askers take one connection at most.
    async fn figures(&self) -> Option<KeptFigures> {
        let mut figures = self.figures.lock().await;
        if let Some((at, kept)) = &*figures
            && at.elapsed() < FIGURES
        {
            return Some(kept.clone());
        }
        let limit = self.website.portal().store().limits().readiness.mul_f64(0.9);
        let kept = self.website.portal().kept_figures(limit).await;
        *figures = kept.clone().map(|kept| (Instant::now(), kept));
        kept
    }

    /// Reads, and writes if nobody did a moment ago; one asker at a time, so that askers take one connection at most.
    async fn database(&self) -> Result<(), String> {
        let mut written = self.written.lock().await;
        let store = self.website.portal().store();
        match store.schema().await {
            Ok(schema) => match schema.mismatch() {
                None => {}
                Some(mismatch) => return Err(mismatch.to_string()),
            },
            Err(fault) if fault.is_replaced() => return Err(fault.to_string()),
            Err(fault) => return Err(format!("the database does not answer: {fault}")),
        }
        match self.website.portal().check_keys().await {
            Ok(()) => {}
            Err(keys::KeyRingError::Broken(fault)) => {
                return Err(format!("the database does not answer: {fault}"));
            }
            Err(fault) => return Err(format!("{fault}; every node needs the same keys.ring, read at start")),
        }
        let trouble = match &*written {
            Some(written) if written.at.elapsed() < WRITES => written.trouble.clone(),
            _ => {
                let trouble = store.everywhere().write_and_keep().await.err();
                let trouble =
                    trouble.map(|fault| format!("the database keeps nothing that is written: {fault}"));
                *written = Some(WriteCheck { at: Instant::now(), trouble: trouble.clone() });
                trouble
            }
        };
        trouble.map_or(Ok(()), Err)
    }
}

#[derive(Debug, Deserialize)]
struct TlsQuery {
    domain: String,
}

/// Whether the proxy may fetch a certificate for that name: hosts and aliases of unions, and a draft's own host while somebody
/// may look at it there.
async fn tls_allowed(State(health): State<Health>, Query(asked): Query<TlsQuery>) -> StatusCode {
    let (host, tenants) = (asked.domain.to_ascii_lowercase(), health.website.tenants());
    if tenants.by_host(&host).is_some() {
        return StatusCode::OK;
    }
    let Some(draft) = tenants.draft_at(&host) else { return StatusCode::NOT_FOUND };
    match health.website.portal().is_previewed(&draft.slug).await {
        Ok(true) => StatusCode::OK,
        Ok(false) | Err(_) => StatusCode::NOT_FOUND,
    }
}
