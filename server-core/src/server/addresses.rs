//! What to tell people to type into a client.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use crate::admin::Address;

/// The address of a bound listener, as a client would write it.
pub(super) fn shown(protocol: &str, scheme: &str, usual_port: u16, bound: SocketAddr) -> Address {
    let host = match bound.ip() {
        ip if ip.is_unspecified() => lan_address(),
        ip => ip,
    };
    let host = match host {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let port = match bound.port() {
        port if port == usual_port => String::new(),
        port => format!(":{port}"),
    };
    Address {
        protocol: protocol.to_owned(),
        address: bound,
        url: format!("{scheme}://{host}{port}/"),
    }
}

/// The address that this computer would use towards the rest of the network, else one of its network's.
fn lan_address() -> IpAddr {
    routed()
        .or_else(|| {
            best(
                netdev::get_interfaces()
                    .iter()
                    .flat_map(netdev::Interface::ip_addrs),
            )
        })
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// Nothing is sent: a UDP socket that is "connected" to a documentation address only looks at the routes.
fn routed() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified()).then_some(ip)
}

/// Where no route leads beyond the network, as between a camera and a laptop: the address that others there most
/// likely reach.
fn best(own: impl Iterator<Item = IpAddr>) -> Option<IpAddr> {
    let rank = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) if ip.is_private() => 0,
        IpAddr::V4(ip) if !ip.is_link_local() => 1,
        IpAddr::V6(ip) if ip.is_unique_local() => 2,
        IpAddr::V4(_) => 3,
        IpAddr::V6(_) => 4,
    };
    // A link-local address of IPv6 is of no use without the name of an interface, which each client has its own of.
    let usable = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => !ip.is_loopback(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local(),
    };
    own.filter(usable).min_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_route_the_address_of_the_network_is_shown() {
        let shown = |ips: &[&str]| {
            let own = ips.iter().map(|ip| ip.parse().unwrap());
            best(own).map(|ip: IpAddr| ip.to_string())
        };
        let all = ["127.0.0.1", "fe80::1", "169.254.3.4", "fd00::7", "192.168.4.1"];
        assert_eq!(shown(&all).as_deref(), Some("192.168.4.1"));
        assert_eq!(shown(&all[..4]).as_deref(), Some("fd00::7"));
        assert_eq!(shown(&all[..3]).as_deref(), Some("169.254.3.4"));
        assert_eq!(shown(&all[..2]), None);
    }

    #[test]
    fn the_usual_port_is_left_out_and_others_are_named() {
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(
            shown("smb", "smb", 445, at("10.0.0.5:445")).url,
            "smb://10.0.0.5/"
        );
        assert_eq!(
            shown("smb", "smb", 445, at("10.0.0.5:4450")).url,
            "smb://10.0.0.5:4450/"
        );
        assert_eq!(
            shown("sftp", "sftp", 22, at("[::1]:2022")).url,
            "sftp://[::1]:2022/"
        );
        assert!(
            !shown("smb", "smb", 445, at("0.0.0.0:4450"))
                .url
                .contains("0.0.0.0")
        );
    }
}
