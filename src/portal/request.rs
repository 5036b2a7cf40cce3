//! Request: which request a deed serves, for the trail and for the log.
//!
//! # Decision
//! It travels with the task, not through arguments.
//! # Because
//! Every row of the trail carries the number of its request (D35), and rows are written in a hundred places, most of
//! them deep inside a deed that has no business with HTTP. A number that has to be handed on is forgotten somewhere.
//! # Instead of
//! One more argument to every deed.

use std::sync::{Arc, OnceLock};

use crate::domain::{member::MemberId, network::Network, receipt::Receipt};

/// One request, while it is served. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RequestContext {
    inner: Arc<RequestInner>,
}

#[derive(Debug)]
struct RequestInner {
    receipt: Receipt,
    network: Option<Network>,
    member: OnceLock<MemberId>,
}

tokio::task_local! {
    static SERVED: RequestContext;
}

impl RequestContext {
    /// A request with this receipt number, from that network where it is known.
    pub fn new(receipt: Receipt, network: Option<Network>) -> Self {
        Self { inner: Arc::new(RequestInner { receipt, network, member: OnceLock::new() }) }
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

    /// Serves it: whatever `work` writes into the trail carries the number.
    pub async fn serve<T>(&self, work: impl Future<Output = T>) -> T {
        SERVED.scope(self.clone(), work).await
    }
}

/// The number of the request that is served, if one is: commands and timers serve none.
pub(super) fn receipt() -> Option<Receipt> {
    SERVED.try_with(|request| request.inner.receipt.clone()).ok()
}

/// Says about whom the request is. The first word counts.
pub fn is_about(member: MemberId) {
    let _ = SERVED.try_with(|request| request.inner.member.set(member));
}
