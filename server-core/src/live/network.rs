//! What counts as one client among addresses.

use std::net::{IpAddr, Ipv6Addr};

/// What one client controls: an IPv4 address, or an IPv6 network of 64 bits.
pub(crate) fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}
