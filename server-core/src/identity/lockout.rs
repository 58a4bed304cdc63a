//! One lock-out for wrong passwords over both protocols: per name and per address, growing, bounded.
//!
//! Pure: time comes in as a parameter. After `failures` wrong passwords within `window` the name (or
//! address) is locked for `first`; each further round of failures doubles that, up to `longest`. What
//! is locked is refused before any password is looked at, and such refusals don't count.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::live::network;

/// When something is locked, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutRule {
    /// Wrong passwords until a lock.
    pub failures: u32,
    /// Wrong passwords further apart than this don't add up.
    pub window: Duration,
    /// The first lock.
    pub first: Duration,
    /// The longest lock; also how long after its end a lock makes the next one longer.
    pub longest: Duration,
}

/// The rules for names and addresses. Zero failures switch one off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutRules {
    /// For one name from anywhere.
    pub name: LockoutRule,
    /// For one address whatever the name.
    pub address: LockoutRule,
    /// Names, and addresses, that are kept at most; the longest quiet ones are forgotten first.
    pub entries: usize,
}

impl Default for LockoutRules {
    fn default() -> Self {
        let name = LockoutRule {
            failures: 5,
            window: Duration::from_secs(600),
            first: Duration::from_secs(30),
            longest: Duration::from_secs(3600),
        };
        let address = LockoutRule { failures: 30, ..name };
        Self {
            name,
            address,
            entries: 10_000,
        }
    }
}

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockedOut {
    /// A log-in name, in the form names are compared by; of someone who exists or not.
    Name(String),
    /// An address; of IPv6 the network's first 64 bits.
    Address(IpAddr),
}

/// A lock that holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// What is locked.
    pub what: LockedOut,
    /// Wrong passwords counted in all since the last success.
    pub failures: u32,
    /// Until it ends.
    pub remaining: Duration,
}

/// The counts and locks.
#[derive(Debug)]
pub(super) struct Lockout {
    rules: LockoutRules,
    names: HashMap<String, Entry>,
    addresses: HashMap<IpAddr, Entry>,
}

#[derive(Debug)]
struct Entry {
    /// Failures since the last lock, none older than the window of the one before it.
    recent: u32,
    total: u32,
    last_failure: Instant,
    /// Locks so far.
    locks: u32,
    locked_until: Option<Instant>,
}

impl Lockout {
    pub(super) fn new(rules: LockoutRules) -> Self {
        Self {
            rules,
            names: HashMap::new(),
            addresses: HashMap::new(),
        }
    }

    /// Other rules from now on; locks that hold stay.
    pub(super) fn set_rules(&mut self, rules: LockoutRules) {
        self.rules = rules;
    }

    /// How long a name or address must still wait; the longer of the two.
    pub(super) fn wait(&self, name: &str, address: IpAddr, now: Instant) -> Option<Duration> {
        let by_name = self.names.get(name).and_then(|entry| entry.remaining(now));
        let by_address = self.addresses.get(&network(address));
        by_name.max(by_address.and_then(|entry| entry.remaining(now)))
    }

    /// Counts a wrong password; gives the lock that it causes.
    pub(super) fn fail(&mut self, name: &str, address: IpAddr, now: Instant) -> Option<Duration> {
        let rules = self.rules;
        let by_name = count(&mut self.names, name.to_owned(), rules.name, rules.entries, now);
        let address = network(address);
        let by_address = count(&mut self.addresses, address, rules.address, rules.entries, now);
        by_name.max(by_address)
    }

    /// A right password: the name starts afresh. The address does not, or an attacker with an account
    /// of their own could clear it between guesses.
    pub(super) fn succeed(&mut self, name: &str) {
        self.names.remove(name);
    }

    /// Every lock that holds, the longest first.
    pub(super) fn locks(&self, now: Instant) -> Vec<Lock> {
        let names = self.names.iter().filter_map(|(name, entry)| {
            let what = LockedOut::Name(name.clone());
            Some((what, entry, entry.remaining(now)?))
        });
        let addresses = self.addresses.iter().filter_map(|(&address, entry)| {
            let what = LockedOut::Address(address);
            Some((what, entry, entry.remaining(now)?))
        });
        let mut locks: Vec<_> = names
            .chain(addresses)
            .map(|(what, entry, remaining)| Lock {
                what,
                failures: entry.total,
                remaining,
            })
            .collect();
        locks.sort_by_key(|lock| std::cmp::Reverse(lock.remaining));
        locks
    }

    /// Forgets what was counted against a name; false when there was nothing.
    pub(super) fn unlock_name(&mut self, name: &str) -> bool {
        self.names.remove(name).is_some()
    }

    /// Forgets what was counted against an address; false when there was nothing.
    pub(super) fn unlock_address(&mut self, address: IpAddr) -> bool {
        self.addresses.remove(&network(address)).is_some()
    }
}

impl Entry {
    fn remaining(&self, now: Instant) -> Option<Duration> {
        let remaining = self.locked_until?.checked_duration_since(now)?;
        (!remaining.is_zero()).then_some(remaining)
    }
}

fn count<K: Hash + Eq + Clone>(
    entries: &mut HashMap<K, Entry>,
    key: K,
    rule: LockoutRule,
    most: usize,
    now: Instant,
) -> Option<Duration> {
    if rule.failures == 0 {
        return None;
    }
    if !entries.contains_key(&key) && entries.len() >= most.max(1) {
        make_room(entries, most, now);
    }
    let entry = entries.entry(key).or_insert(Entry {
        recent: 0,
        total: 0,
        last_failure: now,
        locks: 0,
        locked_until: None,
    });
    let quiet = now.saturating_duration_since(entry.locked_until.unwrap_or(entry.last_failure));
    if quiet > rule.longest {
        entry.locks = 0;
        entry.total = 0;
    }
    if now.saturating_duration_since(entry.last_failure) > rule.window {
        entry.recent = 0;
    }
    entry.recent += 1;
    entry.total = entry.total.saturating_add(1);
    entry.last_failure = now;
    if entry.recent < rule.failures {
        return None;
    }
    let doubled = 1_u32.checked_shl(entry.locks).unwrap_or(u32::MAX);
    let length = rule.first.saturating_mul(doubled).min(rule.longest);
    entry.locks = entry.locks.saturating_add(1).min(31);
    entry.recent = 0;
    entry.locked_until = now.checked_add(length);
    Some(length)
}

/// Forgets the longest quiet tenth, those that are not locked first, so that a flood of invented names
/// costs little and frees nobody while there is anything else to forget.
fn make_room<K: Hash + Eq + Clone>(entries: &mut HashMap<K, Entry>, most: usize, now: Instant) {
    let mut order: Vec<_> = entries
        .iter()
        .map(|(key, entry)| (entry.remaining(now).is_some(), entry.last_failure, key.clone()))
        .collect();
    order.sort_by_key(|(locked, last, _)| (*locked, *last));
    let excess = (entries.len() + 1).saturating_sub(most.max(1));
    let going = excess.max(most / 10);
    for (_, _, key) in order.into_iter().take(going) {
        entries.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 9));

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn other(n: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from(n))
    }

    /// Fails until a lock begins; gives its length.
    fn fail_until_locked(lockout: &mut Lockout, name: &str, now: Instant) -> Duration {
        (0..100)
            .find_map(|n| lockout.fail(name, other(n), now))
            .expect("a lock after enough failures")
    }

    #[test]
    fn five_wrong_passwords_lock_a_name_and_no_fewer() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for _ in 0..4 {
            assert_eq!(lockout.fail("alice", ADDRESS, now), None);
        }
        assert_eq!(lockout.wait("alice", ADDRESS, now), None);
        assert_eq!(lockout.fail("alice", ADDRESS, now), Some(seconds(30)));
        assert_eq!(lockout.wait("alice", other(1), now), Some(seconds(30)));
        assert_eq!(lockout.wait("bob", ADDRESS, now), None);
        assert_eq!(lockout.wait("alice", ADDRESS, now + seconds(30)), None);
    }

    #[test]
    fn locks_double_up_to_an_hour_and_start_afresh_after_a_long_quiet() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let mut now = Instant::now();
        let mut lengths = Vec::new();
        for _ in 0..9 {
            let length = fail_until_locked(&mut lockout, "alice", now);
            lengths.push(length.as_secs());
            now += length;
        }
        assert_eq!(lengths, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        now += seconds(3601);
        assert_eq!(fail_until_locked(&mut lockout, "alice", now), seconds(30));
    }

    #[test]
    fn wrong_passwords_far_apart_or_before_a_right_one_do_not_add_up() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let mut now = Instant::now();
        for _ in 0..20 {
            assert_eq!(lockout.fail("alice", other(1), now), None);
            now += seconds(601);
        }
        for n in 0..20 {
            for _ in 0..4 {
                assert_eq!(lockout.fail("bob", other(n), now), None);
            }
            lockout.succeed("bob");
        }
    }

    #[test]
    fn an_address_that_guesses_many_names_is_locked_for_all_of_them() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for n in 0..29 {
            assert_eq!(lockout.fail(&format!("name{n}"), ADDRESS, now), None);
        }
        lockout.succeed("name1");
        assert_eq!(lockout.fail("name30", ADDRESS, now), Some(seconds(30)));
        assert!(lockout.wait("alice", ADDRESS, now).is_some());
        assert!(lockout.wait("alice", other(7), now).is_none());
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        let address = |host: u32| format!("2001:db8::{host:x}").parse::<IpAddr>().unwrap();
        for n in 0..30 {
            lockout.fail(&format!("name{n}"), address(n + 1), now);
        }
        assert!(lockout.wait("alice", address(999), now).is_some());
        let elsewhere = "2001:db8:0:1::1".parse().unwrap();
        assert!(lockout.wait("alice", elsewhere, now).is_none());
    }

    #[test]
    fn locks_are_listed_and_can_be_cleared() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for _ in 0..30 {
            lockout.fail("alice", ADDRESS, now);
        }
        let locks = lockout.locks(now);
        assert_eq!(locks.len(), 2);
        assert!(locks.iter().all(|lock| lock.failures == 30));
        assert!(lockout.unlock_name("alice") && !lockout.unlock_name("alice"));
        assert!(lockout.unlock_address(ADDRESS));
        assert!(lockout.locks(now).is_empty());
        assert_eq!(lockout.wait("alice", ADDRESS, now), None);
    }

    #[test]
    fn a_flood_of_invented_names_is_bounded_and_frees_nobody() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        fail_until_locked(&mut lockout, "alice", now);
        for n in 0..30_000_u32 {
            lockout.fail(
                &format!("invented{n}"),
                other(n),
                now + Duration::from_millis(u64::from(n) / 10),
            );
            assert!(lockout.names.len() <= 10_000 && lockout.addresses.len() <= 10_000);
        }
        assert!(lockout.wait("alice", ADDRESS, now + seconds(5)).is_some());
    }

    #[test]
    fn rules_can_be_switched_off() {
        let mut rules = LockoutRules::default();
        rules.name.failures = 0;
        let mut lockout = Lockout::new(rules);
        let now = Instant::now();
        for n in 0..1000 {
            assert_eq!(lockout.fail("alice", other(n), now), None);
        }
    }
}
