//! App: what every handler is given. It knows no union: the request brings its own ([`super::visitor::Here`]).

use std::sync::Arc;

use crate::{domain::origin::PublicAddress, portal::Portal, settings::network::Networks};

/// Everything a handler needs beside its request. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<AppInner>,
}

struct AppInner {
    portal: Portal,
    trusted: Networks,
}

impl App {
    pub(super) fn new(portal: Portal, trusted: Networks) -> Self {
        Self { inner: Arc::new(AppInner { portal, trusted }) }
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
