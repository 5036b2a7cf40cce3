//! Network: addresses an operator names, `10.0.0.0/8` or `2001:db8::/32` or one address (RFC 4632, RFC 4291).

use std::{net::IpAddr, str::FromStr as _, sync::Arc};

use ipnet::IpNet;

/// Networks that are all of one kind: those of the proxies in front, say. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Networks(Arc<[IpNet]>);

impl Networks {
    /// Reads a list.
    ///
    /// # Errors
    /// The first text that is no network.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        let read = |text: &String| network(text.trim()).ok_or_else(|| text.clone());
        texts.iter().map(read).collect::<Result<Vec<_>, _>>().map(|all| Self(all.into()))
    }

    /// Whether an address lies in one of them. An IPv4 address is itself, in IPv6's clothes too (`::ffff:192.0.2.1`).
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(text: &str) -> Option<IpNet> {
    if text.contains('/') {
        IpNet::from_str(text).ok()
    } else {
        IpAddr::from_str(text).ok().map(|address| IpNet::from(address.to_canonical()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(texts: &[&str]) -> Result<Networks, String> {
        Networks::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn an_address_lies_in_a_network_or_not() {
        let networks = parse(&["10.0.0.0/8", " 192.0.2.7", "2001:db8::/32", "::1"]).unwrap();
        for inside in ["10.255.0.1", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8:1::1", "::1"] {
            assert!(networks.contain(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::2", "::ffff:11.0.0.1"] {
            assert!(!networks.contain(outside.parse().unwrap()), "{outside}");
        }
        assert!(!Networks::default().contain("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in
            ["10.0.0.0/33", "10.0.0/8", "proxy", "10.0.0.0/8/8", "::/129", "10.0.0.0/-1", "0x0a000000/8", ""]
        {
            assert_eq!(parse(&["10.0.0.0/8", bad]).unwrap_err(), bad);
        }
    }
}
