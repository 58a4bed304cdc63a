//! What counts as one client among addresses.

use std::net::{IpAddr, Ipv6Addr};

/// What one client controls: an IPv4 address, or an IPv6 network of 64 bits. All computers of a link have addresses of
/// the network fe80::/64, so there it is the address.
pub(crate) fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() && !address.is_unicast_link_local() => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_computer_is_its_network_and_an_ipv4_one_itself() {
        let of = |text: &str| client_network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2::9"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(of("::1"), "::1");
        assert_eq!(of("fe80::1234:5678"), "fe80::1234:5678");
    }
}
