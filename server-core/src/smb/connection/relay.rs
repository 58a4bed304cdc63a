//! Whether a log-in was made for this server, or for another one and passed on by somebody in between ([MS-NLMP]
//! 2.2.2.1: MsvAvTargetName, MsvAvFlags). It matters where neither signing nor encryption keeps that somebody out.

use std::net::IpAddr;

use crate::smb::auth::Accepted;

/// The longest name that NetBIOS knows.
const LONGEST_NETBIOS_NAME: usize = 15;

/// Whom a log-in was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MeantFor {
    /// This server, or the client did not say.
    Us,
    /// A server of this name.
    Another(String),
    /// Nobody can tell: the client does not vouch for what it said, so that anything may have been taken out.
    Anybody,
}

impl MeantFor {
    /// What a log-in says. `names` are this server's, `local` is the address that the client connected to.
    pub(super) fn of(accepted: &Accepted, names: &[&str], local: Option<IpAddr>) -> Self {
        match &accepted.target {
            Some(target) if !names_us(host_of(target), names, local) => Self::Another(shown(host_of(target))),
            _ if !accepted.mic => Self::Anybody,
            _ => Self::Us,
        }
    }
}

/// The host in `service/host`, `service/host:port` or `service/host/name`.
fn host_of(target: &str) -> &str {
    let after = target.split_once('/').map_or(target, |(_, host)| host);
    let host = after.split('/').next().unwrap_or(after);
    if let Some(bracketed) = host.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or(bracketed);
    }
    match host.split_once(':') {
        // More than one colon is an IPv6 address.
        Some((name, port)) if !port.contains(':') => name,
        _ => host,
    }
}

fn names_us(host: &str, names: &[&str], local: Option<IpAddr>) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return local.is_none_or(|local| address.to_canonical() == local);
    }
    if host.is_empty() {
        return true;
    }
    let label = |name: &str| -> String {
        let first = name.split('.').next().unwrap_or(name);
        let first = first.chars().take(LONGEST_NETBIOS_NAME);
        first.flat_map(char::to_lowercase).collect()
    };
    let is_here = local.is_none_or(|local| local.is_loopback());
    is_here && label(host) == "localhost" || names.iter().any(|name| label(name) == label(host))
}

/// A stranger's word, fit to be shown.
fn shown(host: &str) -> String {
    let printable = host.chars().filter(|letter| !letter.is_control());
    printable.take(128).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["LANDFALL", "landfall-of-the-office"];

    fn accepted(target: Option<&str>, mic: bool) -> Accepted {
        Accepted {
            session_key: zeroize::Zeroizing::new([0; 16]),
            reply: Vec::new(),
            mic,
            target: target.map(str::to_owned),
        }
    }

    fn meant(target: &str) -> MeantFor {
        let local = "192.168.0.5".parse().unwrap();
        MeantFor::of(&accepted(Some(target), true), &NAMES, Some(local))
    }

    #[test]
    fn our_names_and_the_address_that_was_connected_to_are_us() {
        for target in [
            "cifs/landfall",
            "cifs/LANDFALL.local",
            "cifs/landfall.fritz.box:445",
            "cifs/Landfall-of-the-",
            "cifs/landfall-of-the-office.example.org",
            "cifs/192.168.0.5",
            "cifs/[::ffff:192.168.0.5]:445",
            "host/landfall/realm",
            "",
        ] {
            assert_eq!(meant(target), MeantFor::Us, "{target}");
        }
        let here = Some("127.0.0.1".parse().unwrap());
        let local = MeantFor::of(&accepted(Some("cifs/localhost"), true), &NAMES, here);
        assert_eq!(local, MeantFor::Us);
    }

    #[test]
    fn other_names_and_addresses_are_another_server() {
        for host in ["evil", "192.168.0.66", "localhost", "fe80::1", "land"] {
            let another = MeantFor::Another(host.to_owned());
            assert_eq!(meant(&format!("cifs/{host}")), another, "{host}");
        }
    }

    #[test]
    fn without_a_target_only_a_mic_says_that_nothing_was_taken_out() {
        let meant = |mic| MeantFor::of(&accepted(None, mic), &NAMES, None);
        assert_eq!(meant(true), MeantFor::Us);
        assert_eq!(meant(false), MeantFor::Anybody);
    }
}
