//! How many connections are taken, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// How many connections are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// From one address.
    pub per_address: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: 1024,
            per_address: 128,
        }
    }
}

impl ConnectionLimits {
    /// The defaults, or less where the process may not open so many descriptors: each connection takes four, its
    /// socket and what its thread waits with. A quarter of them all is what one listener's clients may take.
    pub fn for_process(descriptors: Option<u64>) -> Self {
        let default = Self::default();
        let Some(descriptors) = descriptors.and_then(|count| usize::try_from(count).ok()) else {
            return default;
        };
        let total = descriptors / 16;
        Self {
            total: default.total.min(total),
            per_address: default.per_address.min((total / 8).max(4)),
        }
    }
}

/// The connections that a listener has now. Cloning is cheap. Lock order: a leaf.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Keeps a connection counted while it lasts.
#[derive(Debug)]
pub(super) struct Counted {
    connections: Connections,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.connections.0.lock();
        counts.total -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

impl Connections {
    /// Counts a connection from an address; `None` when it would be one too many.
    pub(super) fn count(&self, address: IpAddr, limits: ConnectionLimits) -> Option<Counted> {
        // A listener for both families shows an IPv4 client's address as an IPv6 one.
        let address = address.to_canonical();
        let mut counts = self.0.lock();
        let here = counts.by_address.get(&address).copied().unwrap_or_default();
        if counts.total >= limits.total || here >= limits.per_address {
            return None;
        }
        counts.total += 1;
        *counts.by_address.entry(address).or_default() += 1;
        Some(Counted {
            connections: self.clone(),
            address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connections_of_a_listener_fit_into_a_quarter_of_what_may_be_open() {
        for descriptors in [256, 1024, 4096, 1 << 20] {
            let limits = ConnectionLimits::for_process(Some(descriptors));
            assert!(limits.total as u64 * 4 <= descriptors / 4, "{limits:?}");
            assert!(limits.per_address < limits.total, "{limits:?}");
        }
        assert_eq!(ConnectionLimits::for_process(None), ConnectionLimits::default());
    }

    #[test]
    fn an_ended_connection_makes_room_for_another_from_its_address() {
        let limits = ConnectionLimits {
            total: 2,
            per_address: 1,
        };
        let [first, second, third] =
            ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|address| address.parse().unwrap());
        let connections = Connections::default();
        let held = connections.count(first, limits).unwrap();
        assert!(connections.count(first, limits).is_none());
        let _other = connections.count(second, limits).unwrap();
        assert!(connections.count(third, limits).is_none());
        drop(held);
        assert!(connections.count(first, limits).is_some());
    }

    #[test]
    fn an_address_counts_as_the_same_in_either_family() {
        let limits = ConnectionLimits {
            total: 2,
            per_address: 1,
        };
        let connections = Connections::default();
        let _held = connections.count("::ffff:10.0.0.1".parse().unwrap(), limits);
        assert!(connections.count("10.0.0.1".parse().unwrap(), limits).is_none());
    }
}
