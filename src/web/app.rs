//! App: what every handler is given. It knows no union: the request brings its own ([`super::visitor::Here`]).

use std::sync::Arc;

use super::answer_times::AnswerTimes;
use crate::{domain::origin::PublicAddress, portal::Portal, settings::network::Networks};

/// Everything a handler needs beside its request. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<AppInner>,
}

struct AppInner {
    portal: Portal,
    trusted: Networks,
    times: AnswerTimes,
}

impl App {
    pub(super) fn new(portal: Portal, trusted: Networks, times: AnswerTimes) -> Self {
        Self { inner: Arc::new(AppInner { portal, trusted, times }) }
    }

    /// The same behind other proxies.
    pub(super) fn behind(&self, trusted: Networks) -> Self {
        Self::new(self.portal().clone(), trusted, self.times())
    }

    /// The same with answers at other times.
    pub(super) fn answering(&self, times: AnswerTimes) -> Self {
        Self::new(self.portal().clone(), self.trusted().clone(), times)
    }

    /// When answers leave whose time must tell nothing.
    pub(super) fn times(&self) -> AnswerTimes {
        self.inner.times
    }

    pub(super) fn trusted(&self) -> &Networks {
        &self.inner.trusted
    }

    /// The portal, whose methods are the deeds.
    pub fn portal(&self) -> &Portal {
        &self.inner.portal
    }

    /// Where the unions are reached.
    pub fn public(&self) -> &PublicAddress {
        self.inner.portal.public()
    }
}
