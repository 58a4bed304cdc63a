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

/// The address that this computer would use towards the rest of the network. Nothing is sent: a UDP
/// socket that is "connected" to a documentation address only looks at the routes.
fn lan_address() -> IpAddr {
    let route = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    };
    match route() {
        Ok(address) if !address.ip().is_unspecified() => address.ip(),
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
