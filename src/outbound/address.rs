//! Address: where something may be told to a service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address may be called: a public one, or where `internal` a private one or this machine. Never one of a link,
/// where providers tell machines about themselves, nor of a group.
pub fn is_allowed(address: IpAddr, internal: bool) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_allowed_v4(address, internal),
        IpAddr::V6(address) => match embedded(address) {
            Some(inside) => is_allowed_v4(inside, internal),
            None => is_allowed_v6(address, internal),
        },
    }
}

fn is_allowed_v4(address: Ipv4Addr, internal: bool) -> bool {
    let [a, b, c, _] = address.octets();
    let is_private = address.is_private() || address.is_loopback() || (a == 100 && (64..128).contains(&b));
    let is_never = a == 0
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a >= 240
        // For protocols, tests of networks, and relays that were given up (RFC 6890).
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !is_never && (internal || !is_private)
}

fn is_allowed_v6(address: Ipv6Addr, internal: bool) -> bool {
    let [first, second, ..] = address.segments();
    if address.is_loopback() || (first & 0xfe00) == 0xfc00 {
        return internal;
    }
    // What is routed at all (RFC 4291, 2.4), less what is for documents, tests and tunnels.
    (first & 0xe000) == 0x2000
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        && !(first == 0x3fff && second < 0x1000)
}

/// The IPv4 address that an IPv6 one leads to: through a translator (RFC 6052) or a relay (RFC 3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(of(high, low)),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_called_and_private_ones_where_the_file_says_so() {
        for (address, public, internal) in [
            ("203.0.114.1", true, true),
            ("8.8.8.8", true, true),
            ("2606:4700::1111", true, true),
            ("10.0.0.1", false, true),
            ("172.16.3.4", false, true),
            ("172.32.0.1", true, true),
            ("192.168.1.1", false, true),
            ("100.64.0.1", false, true),
            ("127.0.0.1", false, true),
            ("127.8.8.8", false, true),
            ("::1", false, true),
            ("fd00::1", false, true),
            ("::ffff:10.0.0.1", false, true),
            ("::ffff:8.8.8.8", true, true),
            ("64:ff9b::a00:1", false, true),
            ("64:ff9b::808:808", true, true),
            ("2002:a00:1::", false, true),
            ("2002:7f00:1::", false, true),
            ("::10.0.0.1", false, true),
            ("169.254.169.254", false, false),
            ("::ffff:169.254.169.254", false, false),
            ("64:ff9b::a9fe:a9fe", false, false),
            ("fe80::1", false, false),
            ("fec0::1", false, false),
            ("0.0.0.0", false, false),
            ("0.1.2.3", false, false),
            ("::", false, false),
            ("224.0.0.1", false, false),
            ("ff02::1", false, false),
            ("255.255.255.255", false, false),
            ("240.0.0.1", false, false),
            ("192.0.0.8", false, false),
            ("192.0.2.1", false, false),
            ("198.18.0.1", false, false),
            ("2001:db8::1", false, false),
            ("2001::1", false, false),
            ("100::1", false, false),
        ] {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(
                (is_allowed(parsed, false), is_allowed(parsed, true)),
                (public, internal),
                "{address}"
            );
        }
    }
}
