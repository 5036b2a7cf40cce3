//! Waiting: how many connections of one address may wait without having asked anything ([R28]).
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

/// The addresses whose connections have not yet asked anything. An address in a trusted network is a proxy, which speaks
/// for many, and is never counted.
#[derive(Debug, Default)]
pub struct WaitingConnections {
    trusted: Networks,
    waiting: Mutex<HashMap<IpAddr, usize>>,
}

impl WaitingConnections {
    /// No connection waits yet. `trusted`: the networks of proxies.
    pub fn new(trusted: Networks) -> Self {
        Self { trusted, waiting: Mutex::default() }
    }

    /// A place among the waiting; `None` when the address has as many as it may.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<WaitingConnection> {
        let address = address.to_canonical();
        if self.trusted.contain(address) {
            return Some(WaitingConnection { waiting: None, address });
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.entry(address).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(WaitingConnection { waiting: Some(self.clone()), address })
    }
}

/// A connection that waits. Dropped with its first whole request, or with the connection.
#[derive(Debug)]
pub struct WaitingConnection {
    waiting: Option<Arc<WaitingConnections>>,
    address: IpAddr,
}

impl Drop for WaitingConnection {
    fn drop(&mut self) {
        let Some(waiting) = &self.waiting else { return };
        let mut waiting = waiting.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.address);
            }
        }
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
        assert!(waiting.waiting.lock().unwrap().is_empty(), "nothing is kept of addresses that are gone");
    }

    #[test]
    fn a_proxy_is_never_counted() {
        let waiting =
            Arc::new(WaitingConnections::new(Networks::parse(&["192.0.2.0/24".to_owned()]).unwrap()));
        let places: Vec<_> = (0..3 * MOST).map(|_| waiting.admit(address("192.0.2.1")).unwrap()).collect();
        assert_eq!(places.len(), 3 * MOST);
        assert!(waiting.waiting.lock().unwrap().is_empty());
    }
}
