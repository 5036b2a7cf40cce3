//! Waiting: how many connections one address may have, and how many of them may wait without having asked anything
//! ([R28]).
//!
//! [R28]: crate::rules::reliability#r28

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::settings::network::Networks;

/// Most connections of one address that have not yet sent one whole request.
pub const MOST: usize = 100;
/// Most connections of one address in all: a tenth of what there is room for. A town behind one shared address needs
/// fewer; who needs more is a proxy.
pub const MOST_IN_ALL: usize = 1_000;

/// The connections of each address. An address in a trusted network is a proxy, which speaks for many, and is never
/// counted.
#[derive(Debug, Default)]
pub struct WaitingConnections {
    trusted: Networks,
    open: Mutex<HashMap<IpAddr, OpenConnections>>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    /// Those that have not yet sent one whole request.
    waiting: usize,
    /// Those and the others, of one address.
    in_all: usize,
}

impl WaitingConnections {
    /// No connection is open yet. `trusted`: the networks of proxies.
    pub fn new(trusted: Networks) -> Self {
        Self { trusted, open: Mutex::default() }
    }

    /// A place for one connection more; `None` when the address has as many as it may.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionPlace> {
        let address = address.to_canonical();
        if self.trusted.contain(address) {
            return Some(ConnectionPlace { open: None, address, is_waiting: false });
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = open.entry(address).or_default();
        if counts.waiting >= MOST || counts.in_all >= MOST_IN_ALL {
            return None;
        }
        counts.waiting += 1;
        counts.in_all += 1;
        Some(ConnectionPlace { open: Some(self.clone()), address, is_waiting: true })
    }
}

/// A connection's place, until it is dropped. It waits until it has asked something.
#[derive(Debug)]
pub struct ConnectionPlace {
    open: Option<Arc<WaitingConnections>>,
    address: IpAddr,
    is_waiting: bool,
}

impl ConnectionPlace {
    /// The connection has sent its first whole request.
    pub fn has_asked(&mut self) {
        if std::mem::take(&mut self.is_waiting) {
            self.count(|counts| counts.waiting -= 1);
        }
    }

    fn count(&self, change: impl FnOnce(&mut OpenConnections)) {
        let Some(open) = &self.open else { return };
        let mut open = open.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = open.get_mut(&self.address) {
            change(counts);
            if counts.in_all == 0 {
                open.remove(&self.address);
            }
        }
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.has_asked();
        self.count(|counts| counts.in_all -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_has_places_of_its_own_and_they_are_given_back() {
        let waiting = Arc::new(WaitingConnections::default());
        let mut places: Vec<_> = (0..MOST).map(|_| waiting.admit(address("192.0.2.1")).unwrap()).collect();
        assert!(waiting.admit(address("192.0.2.1")).is_none());
        assert!(waiting.admit(address("::ffff:192.0.2.1")).is_none(), "the same address in IPv6's clothes");
        assert!(waiting.admit(address("192.0.2.2")).is_some());
        places.pop();
        assert!(waiting.admit(address("192.0.2.1")).is_some());
        drop(places);
        assert!(waiting.open.lock().unwrap().is_empty(), "nothing is kept of addresses that are gone");
    }

    #[test]
    fn whoever_has_asked_waits_no_longer_and_is_counted_until_the_end() {
        let open = Arc::new(WaitingConnections::default());
        let mut places: Vec<_> = (0..MOST_IN_ALL)
            .map(|_| {
                let mut place = open.admit(address("192.0.2.1")).unwrap();
                place.has_asked();
                place.has_asked();
                place
            })
            .collect();
        assert!(open.admit(address("192.0.2.1")).is_none());
        assert!(open.admit(address("192.0.2.2")).is_some());
        places.pop();
        assert!(open.admit(address("192.0.2.1")).is_some());
        drop(places);
        assert!(open.open.lock().unwrap().is_empty());
    }

    #[test]
    fn a_proxy_is_never_counted() {
        let waiting =
            Arc::new(WaitingConnections::new(Networks::parse(&["192.0.2.0/24".to_owned()]).unwrap()));
        let places: Vec<_> =
            (0..3 * MOST_IN_ALL).map(|_| waiting.admit(address("192.0.2.1")).unwrap()).collect();
        assert_eq!(places.len(), 3 * MOST_IN_ALL);
        assert!(waiting.open.lock().unwrap().is_empty());
    }
}
