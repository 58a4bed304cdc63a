//! The network interfaces of this computer that clients can come in by, and how fast they are.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// What the system said is believed for so long: it is asked by clients, and must not be asked for each of them.
const BELIEVED: Duration = Duration::from_secs(10);
/// What an interface carries whose system does not say, in bits per second.
const USUAL_SPEED: u64 = 1_000_000_000;
/// From here on one connection does not fill it, where the system does not say into how many queues it receives.
const FAST: u64 = 10_000_000_000;

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interface {
    /// The system's number of it.
    pub(crate) index: u32,
    pub(crate) address: IpAddr,
    /// Bits per second.
    pub(crate) speed: u64,
    /// Several connections at once make more of it than one: it receives into several queues.
    pub(crate) has_queues: bool,
    /// A network card, rather than a bridge, a tunnel or the like that others may not reach.
    pub(crate) is_physical: bool,
}

/// How a client came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// What the listener is bound to; the unspecified address for all.
    pub(crate) listener: IpAddr,
    /// The address of ours that the client connected to.
    pub(crate) local: IpAddr,
    /// Where it came from.
    pub(crate) peer: IpAddr,
}

impl Way {
    /// Whether a client that came this way could come by that address as well. One that is on this computer is told of
    /// addresses for this computer alone, and nobody else is: a tunnel may end here.
    fn leads_to(self, interface: &Interface, index: Option<u32>) -> bool {
        let address = interface.address;
        if self.local.is_loopback() || address.is_loopback() {
            return self.peer.is_loopback() && address == self.local;
        }
        let is_listened_on = match self.listener {
            IpAddr::V4(all) if all.is_unspecified() => address.is_ipv4(),
            all if all.is_unspecified() => true,
            one => address == one,
        };
        // Such an address of IPv6 means nothing without the client's own name of its interface.
        let is_local_to_link = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
        is_listened_on && !is_local_to_link && (interface.is_physical || index == Some(interface.index))
    }
}

/// The interfaces, as the system told of them not long ago.
#[derive(Debug, Default)]
pub(crate) struct Interfaces {
    known: Mutex<Option<(Instant, Arc<[Interface]>)>>,
    /// Held by the one who asks the system.
    pub(crate) asking: tokio::sync::Mutex<()>,
}

impl Interfaces {
    /// Those of which is known.
    pub(crate) fn known(&self) -> Option<Arc<[Interface]>> {
        let known = self.known.lock();
        let (asked, all) = known.as_ref()?;
        (asked.elapsed() < BELIEVED).then(|| Arc::clone(all))
    }

    /// Asks the system. That takes a moment, and files that the sandbox does not let in.
    pub(crate) fn ask(&self) -> Arc<[Interface]> {
        let all: Arc<[Interface]> = netdev::get_interfaces().iter().flat_map(addresses).collect();
        *self.known.lock() = Some((Instant::now(), Arc::clone(&all)));
        all
    }
}

/// Those by which a client can come that came some way.
pub(crate) fn reachable(all: &[Interface], way: Way) -> impl Iterator<Item = &Interface> {
    let own = all.iter().find(|interface| interface.address == way.local);
    let index = own.map(|own| own.index);
    all.iter().filter(move |interface| way.leads_to(interface, index))
}

fn addresses(interface: &netdev::Interface) -> Vec<Interface> {
    if !interface.is_up() || !interface.is_running() {
        return Vec::new();
    }
    let speeds = [interface.transmit_speed, interface.receive_speed];
    let speed = speeds.into_iter().flatten().filter(|speed| *speed > 0).min();
    let queues = receive_queues(&interface.name);
    let is_physical = interface.is_physical();
    let addresses = interface.ip_addrs().into_iter();
    addresses
        .map(|address| Interface {
            index: interface.index,
            address,
            speed: speed.unwrap_or(USUAL_SPEED),
            has_queues: match queues {
                Some(queues) => queues > 1,
                None => speed >= Some(FAST),
            },
            is_physical,
        })
        .collect()
}

/// Into how many queues an interface receives; `None` where the system does not tell.
fn receive_queues(name: &str) -> Option<usize> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let queues = std::fs::read_dir(format!("/sys/class/net/{name}/queues")).ok()?;
    let receives = |name: std::ffi::OsString| name.as_encoded_bytes().starts_with(b"rx-");
    Some(
        queues
            .flatten()
            .filter(|queue| receives(queue.file_name()))
            .count(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(index: u32, address: &str, is_physical: bool) -> Interface {
        Interface {
            index,
            address: address.parse().unwrap(),
            speed: USUAL_SPEED,
            has_queues: false,
            is_physical,
        }
    }

    fn told(listener: &str, local: &str, peer: &str) -> Vec<String> {
        let all = [
            interface(1, "127.0.0.1", false),
            interface(1, "::1", false),
            interface(2, "192.168.1.5", true),
            interface(2, "fd00::5", true),
            interface(2, "fe80::5", true),
            interface(3, "10.0.0.5", true),
            interface(4, "172.17.0.1", false),
        ];
        let address = |text: &str| text.parse().unwrap();
        let way = Way {
            listener: address(listener),
            local: address(local),
            peer: address(peer),
        };
        reachable(&all, way)
            .map(|interface| interface.address.to_string())
            .collect()
    }

    #[test]
    fn clients_are_told_of_network_cards_that_are_listened_on() {
        let lan = ["192.168.1.5", "10.0.0.5"];
        assert_eq!(told("0.0.0.0", "192.168.1.5", "192.168.1.9"), lan);
        let both = ["192.168.1.5", "fd00::5", "10.0.0.5"];
        assert_eq!(told("::", "192.168.1.5", "192.168.1.9"), both);
        assert_eq!(told("10.0.0.5", "10.0.0.5", "10.0.0.9"), ["10.0.0.5"]);
    }

    #[test]
    fn who_came_by_a_bridge_is_told_of_it_and_nobody_else() {
        let bridged = ["192.168.1.5", "10.0.0.5", "172.17.0.1"];
        assert_eq!(told("0.0.0.0", "172.17.0.1", "172.17.0.2"), bridged);
    }

    #[test]
    fn a_client_on_this_computer_is_told_of_the_address_that_it_knows() {
        assert_eq!(told("0.0.0.0", "127.0.0.1", "127.0.0.1"), ["127.0.0.1"]);
        assert_eq!(told("::", "::1", "::1"), ["::1"]);
        assert!(told("127.0.0.1", "127.0.0.1", "192.168.1.9").is_empty());
    }

    #[test]
    fn the_system_tells_of_this_computer_s_own_address() {
        let interfaces = Interfaces::default();
        assert!(interfaces.known().is_none());
        let all = interfaces.ask();
        assert!(all.iter().any(|interface| interface.address.is_loopback()));
        assert!(all.iter().all(|interface| interface.speed > 0));
        assert_eq!(interfaces.known().as_deref(), Some(&*all));
    }
}
