//! Health: the internal listener. Never on the public one.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;

use super::App;
use crate::{domain::tenant::Status, tenants::Found};

/// Whether the service is on its way out: readiness goes red before connections are closed.
#[derive(Debug, Clone, Default)]
pub struct Leaving(Arc<AtomicBool>);

impl Leaving {
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
    app: App,
    leaving: Leaving,
}

/// `/livez`, `/readyz` and the proxy's question.
pub fn router(app: App, leaving: Leaving) -> Router {
    Router::new()
        .route("/livez", get(|| async { "live\n" }))
        .route("/readyz", get(ready))
        .route("/internal/tls-allowed", get(tls_allowed))
        .with_state(Health { app, leaving })
}

/// Ready: the database answers with this program's schema, and a union is served.
async fn ready(State(health): State<Health>) -> (StatusCode, String) {
    let red = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n"));
    if health.leaving.has_begun() {
        return red("shutting down");
    }
    if health.app.tenants().is_empty() {
        return red("no union is served");
    }
    match health.app.portal().store().schema().await {
        Ok(schema) => match schema.misfit() {
            None => {
                let notes = health.app.notes().iter().map(|note| format!("{note}\n"));
                (StatusCode::OK, format!("ready\n{}", notes.collect::<String>()))
            }
            Some(misfit) => red(&misfit.to_string()),
        },
        Err(_) => red("the database does not answer"),
    }
}

#[derive(Debug, Deserialize)]
struct Asked {
    domain: String,
}

/// Whether the proxy may fetch a certificate for that name: hosts and aliases of unions that are not drafts.
async fn tls_allowed(State(health): State<Health>, Query(asked): Query<Asked>) -> StatusCode {
    match health.app.tenants().by_host(&asked.domain.to_ascii_lowercase()) {
        Some(Found::Primary(tenant) | Found::Alias(tenant)) if tenant.status != Status::Draft => {
            StatusCode::OK
        }
        _ => StatusCode::NOT_FOUND,
    }
}
