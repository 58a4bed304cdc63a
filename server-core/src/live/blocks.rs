//! Addresses that are kept out: for a while, or for good. Asked by whoever accepts connections. Of IPv6 too it is the
//! address alone that is kept out, as said: its network of 64 bits is everybody's who is in the same house.
//! Lock order: a leaf.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use parking_lot::RwLock;

/// The addresses. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Blocks(Arc<RwLock<BTreeMap<IpAddr, Option<Until>>>>);

/// The end of a block. It comes when it was said to come, whatever becomes of the computer's clock meanwhile.
#[derive(Debug, Clone, Copy)]
struct Until {
    /// As it is shown.
    time: SystemTime,
    /// As it is counted.
    end: Instant,
}

impl Blocks {
    /// Keeps an address out until then; `None` for good.
    pub fn add(&self, address: IpAddr, until: Option<SystemTime>) {
        let until = until.and_then(|time| {
            let left = time.duration_since(SystemTime::now()).unwrap_or_default();
            // What no clock counts to is for good.
            let end = Instant::now().checked_add(left)?;
            Some(Until { time, end })
        });
        self.0.write().insert(address.to_canonical(), until);
    }

    /// Lets an address in again; false when it was not kept out.
    pub fn remove(&self, address: IpAddr) -> bool {
        self.0.write().remove(&address.to_canonical()).is_some()
    }

    /// Whether an address may connect.
    pub fn admit(&self, address: IpAddr, now: Instant) -> bool {
        match self.0.read().get(&address.to_canonical()) {
            None => true,
            Some(None) => false,
            Some(Some(until)) => until.end <= now,
        }
    }

    /// Those that are kept out now, with the end of it.
    pub fn list(&self, now: Instant) -> Vec<(IpAddr, Option<SystemTime>)> {
        let blocks = self.0.read();
        let holds = |until: &Option<Until>| until.is_none_or(|until| until.end > now);
        let held = blocks.iter().filter(|(_, until)| holds(until));
        let shown = held.map(|(address, until)| (*address, until.map(|until| until.time)));
        shown.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_block_ends_after_its_time_whatever_the_clock_says_or_when_it_is_removed() {
        let blocks = Blocks::default();
        let now = Instant::now();
        let (while_, good) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        blocks.add(while_, Some(SystemTime::now() + Duration::from_secs(899)));
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
        assert!(!blocks.admit("10.0.0.1".parse().unwrap(), Instant::now()));
    }
}
