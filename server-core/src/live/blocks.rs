//! Addresses that are kept out: for a while, or for good. Asked by whoever accepts connections.
//! Lock order: a leaf.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::RwLock;

/// The addresses. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Blocks(Arc<RwLock<BTreeMap<IpAddr, Option<SystemTime>>>>);

impl Blocks {
    /// Keeps an address out until then; `None` for good.
    pub fn add(&self, address: IpAddr, until: Option<SystemTime>) {
        self.0.write().insert(address.to_canonical(), until);
    }

    /// Lets an address in again; false when it was not kept out.
    pub fn remove(&self, address: IpAddr) -> bool {
        self.0.write().remove(&address.to_canonical()).is_some()
    }

    /// Whether an address may connect.
    pub fn admit(&self, address: IpAddr, now: SystemTime) -> bool {
        match self.0.read().get(&address.to_canonical()) {
            None => true,
            Some(None) => false,
            Some(Some(until)) => *until <= now,
        }
    }

    /// Those that are kept out now, with the end of it.
    pub fn list(&self, now: SystemTime) -> Vec<(IpAddr, Option<SystemTime>)> {
        let blocks = self.0.read();
        let holds = |until: &Option<SystemTime>| until.is_none_or(|until| until > now);
        let held = blocks.iter().filter(|(_, until)| holds(until));
        held.map(|(address, until)| (*address, *until)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_block_ends_when_its_time_has_come_or_it_is_removed() {
        let blocks = Blocks::default();
        let now = SystemTime::UNIX_EPOCH;
        let (while_, good) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        blocks.add(while_, Some(now + Duration::from_secs(900)));
        blocks.add(good, None);
        assert!(!blocks.admit(while_, now) && !blocks.admit(good, now));
        assert_eq!(blocks.list(now).len(), 2);
        let later = now + Duration::from_secs(900);
        assert!(blocks.admit(while_, later) && !blocks.admit(good, later));
        assert!(blocks.remove(good) && !blocks.remove(good));
        assert!(blocks.admit(good, later));
    }

    #[test]
    fn an_address_is_the_same_in_either_family() {
        let blocks = Blocks::default();
        blocks.add("::ffff:10.0.0.1".parse().unwrap(), None);
        assert!(!blocks.admit("10.0.0.1".parse().unwrap(), SystemTime::UNIX_EPOCH));
    }
}
