//! One lock-out for wrong passwords over both protocols, growing and bounded: for a name at an address, for an address
//! whatever the name, and, after many more, for a name from everywhere.
//!
//! Pure: time comes in as a parameter. After `failures` wrong passwords within `window` what they count against is
//! locked for `first`; each further round of failures doubles that, up to `longest`. What is locked is refused before
//! any password is looked at, and such refusals don't count. Who guesses a name locks it for themselves: nobody else is
//! kept out by that, unless so many guess that the name is locked from everywhere; and then not those who come from
//! where the person was of late.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::live::client_network;

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
    /// For one name at one address.
    pub name_at_address: LockoutRule,
    /// For one name from anywhere.
    pub name: LockoutRule,
    /// For one address whatever the name.
    pub address: LockoutRule,
    /// Names, and addresses, that are kept at most; the longest quiet ones are forgotten first.
    pub entries: usize,
}

impl Default for LockoutRules {
    fn default() -> Self {
        let name_at_address = LockoutRule {
            failures: 5,
            window: Duration::from_secs(600),
            first: Duration::from_secs(30),
            longest: Duration::from_secs(3600),
        };
        Self {
            name_at_address,
            name: LockoutRule {
                failures: 100,
                ..name_at_address
            },
            address: LockoutRule {
                failures: 30,
                ..name_at_address
            },
            entries: 10_000,
        }
    }
}

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockedOut {
    /// A log-in name from everywhere, in the form names are compared by; of someone who exists or not.
    Name(String),
    /// A log-in name at one address; of IPv6 the network's first 64 bits.
    NameAt(String, IpAddr),
    /// An address; of IPv6 the network's first 64 bits.
    Address(IpAddr),
}

impl LockedOut {
    /// The name, if one is locked.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) | Self::NameAt(name, _) => Some(name),
            Self::Address(_) => None,
        }
    }

    /// The address, if the lock holds at one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) | Self::NameAt(_, address) => Some(*address),
            Self::Name(_) => None,
        }
    }
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

/// What was tried, so that the same is known again: a keyed hash of a password, never a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tried(pub(super) u64);

/// Whether a name's lock holds for whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comes {
    /// From an address where this person was of late.
    FromWherePersonWas,
    /// From elsewhere.
    FromElsewhere,
}

/// The counts and locks.
#[derive(Debug)]
pub(super) struct Lockout {
    rules: LockoutRules,
    names_at_addresses: HashMap<(String, IpAddr), Entry>,
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
    /// What was tried last, and how often again.
    tried: Option<Tried>,
    repeats: u32,
}

/// A device that was told a password once tries it for ever; that is no guessing. Of those who try it so fast that it
/// costs, one in so many counts all the same.
const REPEATS_THAT_COUNT_AS_ONE: u32 = 32;

impl Lockout {
    pub(super) fn new(rules: LockoutRules) -> Self {
        Self {
            rules,
            names_at_addresses: HashMap::new(),
            names: HashMap::new(),
            addresses: HashMap::new(),
        }
    }

    /// Other rules from now on; locks that hold stay.
    pub(super) fn set_rules(&mut self, rules: LockoutRules) {
        self.rules = rules;
    }

    /// Whether a name is locked from everywhere, but for where the person was of late.
    pub(super) fn is_name_locked(&self, name: &str, now: Instant) -> bool {
        let entry = self.names.get(name);
        entry.is_some_and(|entry| entry.remaining(now).is_some())
    }

    /// How long a name at an address must still wait; the longest of the three.
    pub(super) fn wait(&self, name: &str, address: IpAddr, comes: Comes, now: Instant) -> Option<Duration> {
        let address = client_network(address);
        let by_name = match comes {
            Comes::FromWherePersonWas => None,
            Comes::FromElsewhere => self.names.get(name),
        };
        let at_address = self.names_at_addresses.get(&(name.to_owned(), address));
        let found = [by_name, at_address, self.addresses.get(&address)];
        let waits = found.into_iter().flatten().map(|entry| entry.remaining(now));
        waits.max().flatten()
    }

    /// Counts a wrong password; gives the lock that it causes. What was tried just before counts once.
    pub(super) fn fail(
        &mut self,
        name: &str,
        address: IpAddr,
        tried: Option<Tried>,
        now: Instant,
    ) -> Option<Duration> {
        let rules = self.rules;
        let address = client_network(address);
        let key = (name.to_owned(), address);
        if let Some(entry) = self.names_at_addresses.get_mut(&key)
            && entry.is_repeated(tried)
        {
            return None;
        }
        let by_name = count(&mut self.names, name.to_owned(), rules.name, rules.entries, now);
        let at_address = count(
            &mut self.names_at_addresses,
            key.clone(),
            rules.name_at_address,
            rules.entries,
            now,
        );
        let by_address = count(&mut self.addresses, address, rules.address, rules.entries, now);
        if let Some(entry) = self.names_at_addresses.get_mut(&key) {
            entry.tried = tried;
        }
        by_name.max(at_address).max(by_address)
    }

    /// A right password: the name starts afresh there. The address does not, or an attacker with an account of their
    /// own could clear it between guesses; nor does the name elsewhere, or every log-in would give guessers new tries.
    pub(super) fn succeed(&mut self, name: &str, address: IpAddr) {
        let key = (name.to_owned(), client_network(address));
        self.names_at_addresses.remove(&key);
    }

    /// Every lock that holds, the longest first.
    pub(super) fn locks(&self, now: Instant) -> Vec<Lock> {
        let names = self.names.iter();
        let names = names.map(|(name, entry)| (LockedOut::Name(name.clone()), entry));
        let at_addresses = self.names_at_addresses.iter();
        let at_addresses =
            at_addresses.map(|((name, address), entry)| (LockedOut::NameAt(name.clone(), *address), entry));
        let addresses = self.addresses.iter();
        let addresses = addresses.map(|(address, entry)| (LockedOut::Address(*address), entry));
        let all = names.chain(at_addresses).chain(addresses);
        let mut locks: Vec<_> = all
            .filter_map(|(what, entry)| {
                Some(Lock {
                    what,
                    failures: entry.total,
                    remaining: entry.remaining(now)?,
                })
            })
            .collect();
        locks.sort_by_key(|lock| std::cmp::Reverse(lock.remaining));
        locks
    }

    /// Forgets what was counted against a name, wherever; false when there was nothing.
    pub(super) fn unlock_name(&mut self, name: &str) -> bool {
        let before = self.names_at_addresses.len();
        self.names_at_addresses.retain(|(of, _), _| of != name);
        self.names.remove(name).is_some() || self.names_at_addresses.len() < before
    }

    /// Forgets what was counted against an address, whatever the name; false when there was nothing.
    pub(super) fn unlock_address(&mut self, address: IpAddr) -> bool {
        let address = client_network(address);
        let before = self.names_at_addresses.len();
        self.names_at_addresses.retain(|(_, at), _| *at != address);
        self.addresses.remove(&address).is_some() || self.names_at_addresses.len() < before
    }
}

impl Entry {
    fn remaining(&self, now: Instant) -> Option<Duration> {
        let remaining = self.locked_until?.checked_duration_since(now)?;
        (!remaining.is_zero()).then_some(remaining)
    }

    /// Whether this is only what was tried before once more.
    fn is_repeated(&mut self, tried: Option<Tried>) -> bool {
        let is_same = tried.is_some() && tried == self.tried;
        self.repeats = match is_same {
            true => self.repeats + 1,
            false => 0,
        };
        is_same && !self.repeats.is_multiple_of(REPEATS_THAT_COUNT_AS_ONE)
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
        tried: None,
        repeats: 0,
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

    const ELSEWHERE: Comes = Comes::FromElsewhere;

    /// Fails at one address until a lock begins; gives its length.
    fn fail_until_locked(lockout: &mut Lockout, name: &str, now: Instant) -> Duration {
        (0..100)
            .find_map(|_| lockout.fail(name, ADDRESS, None, now))
            .expect("a lock after enough failures")
    }

    /// Without a lock for addresses, so that one can try often.
    fn for_names() -> Lockout {
        let mut rules = LockoutRules::default();
        rules.address.failures = 0;
        Lockout::new(rules)
    }

    #[test]
    fn five_wrong_passwords_lock_a_name_where_they_came_from_and_no_fewer() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for _ in 0..4 {
            assert_eq!(lockout.fail("alice", ADDRESS, None, now), None);
        }
        assert_eq!(lockout.wait("alice", ADDRESS, ELSEWHERE, now), None);
        assert_eq!(lockout.fail("alice", ADDRESS, None, now), Some(seconds(30)));
        assert_eq!(lockout.wait("alice", ADDRESS, ELSEWHERE, now), Some(seconds(30)));
        assert_eq!(lockout.wait("alice", other(1), ELSEWHERE, now), None);
        assert_eq!(lockout.wait("bob", ADDRESS, ELSEWHERE, now), None);
        let after = now + seconds(30);
        assert_eq!(lockout.wait("alice", ADDRESS, ELSEWHERE, after), None);
    }

    #[test]
    fn many_wrong_passwords_from_many_addresses_lock_a_name_but_not_where_the_person_was() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for n in 0..99 {
            assert_eq!(lockout.fail("alice", other(n), None, now), None);
        }
        assert!(!lockout.is_name_locked("alice", now));
        assert_eq!(lockout.fail("alice", other(99), None, now), Some(seconds(30)));
        assert!(lockout.is_name_locked("alice", now));
        assert!(lockout.wait("alice", other(200), ELSEWHERE, now).is_some());
        let was = Comes::FromWherePersonWas;
        assert_eq!(lockout.wait("alice", other(200), was, now), None);
        // Which frees no address that guessed by itself.
        for _ in 0..5 {
            lockout.fail("alice", other(200), None, now);
        }
        assert!(lockout.wait("alice", other(200), was, now).is_some());
    }

    #[test]
    fn the_same_wrong_password_again_and_again_counts_once() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for n in 0..20 {
            let now = now + seconds(30 * n);
            assert_eq!(lockout.fail("alice", ADDRESS, Some(Tried(7)), now), None);
        }
        // What is not known to be the same counts, and so does what was tried before the last.
        let now = now + seconds(600);
        for tried in [Some(Tried(8)), Some(Tried(7)), None] {
            assert_eq!(lockout.fail("alice", ADDRESS, tried, now), None);
        }
        assert!(lockout.fail("alice", ADDRESS, None, now).is_some());
        // Too fast to be a device.
        let mut fast = Lockout::new(LockoutRules::default());
        let tries = (0..1000).find_map(|n| {
            let lock = fast.fail("alice", ADDRESS, Some(Tried(7)), now);
            lock.map(|_| n)
        });
        assert_eq!(tries, Some(4 * 32));
    }

    #[test]
    fn locks_double_up_to_an_hour_and_start_afresh_after_a_long_quiet() {
        let mut lockout = for_names();
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
        let mut lockout = for_names();
        let mut now = Instant::now();
        for _ in 0..20 {
            assert_eq!(lockout.fail("alice", other(1), None, now), None);
            now += seconds(601);
        }
        for _ in 0..20 {
            for _ in 0..4 {
                assert_eq!(lockout.fail("bob", ADDRESS, None, now), None);
            }
            lockout.succeed("bob", ADDRESS);
        }
    }

    #[test]
    fn an_address_that_guesses_many_names_is_locked_for_all_of_them() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for n in 0..29 {
            assert_eq!(lockout.fail(&format!("name{n}"), ADDRESS, None, now), None);
        }
        lockout.succeed("name1", ADDRESS);
        assert_eq!(lockout.fail("name30", ADDRESS, None, now), Some(seconds(30)));
        assert!(lockout.wait("alice", ADDRESS, ELSEWHERE, now).is_some());
        assert!(lockout.wait("alice", other(7), ELSEWHERE, now).is_none());
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        let address = |host: u32| format!("2001:db8::{host:x}").parse::<IpAddr>().unwrap();
        for n in 0..5 {
            lockout.fail("bob", address(n + 1), None, now);
        }
        assert!(lockout.wait("bob", address(999), ELSEWHERE, now).is_some());
        for n in 0..25 {
            lockout.fail(&format!("name{n}"), address(n + 1), None, now);
        }
        assert!(lockout.wait("alice", address(999), ELSEWHERE, now).is_some());
        let elsewhere = "2001:db8:0:1::1".parse().unwrap();
        assert!(lockout.wait("alice", elsewhere, ELSEWHERE, now).is_none());
    }

    #[test]
    fn locks_are_listed_and_can_be_cleared() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let now = Instant::now();
        for _ in 0..30 {
            lockout.fail("alice", ADDRESS, None, now);
        }
        let locks = lockout.locks(now);
        assert_eq!(locks.len(), 2);
        assert!(locks.iter().all(|lock| lock.failures == 30));
        assert!(lockout.unlock_name("alice") && !lockout.unlock_name("alice"));
        assert!(lockout.unlock_address(ADDRESS));
        assert!(lockout.locks(now).is_empty());
        assert_eq!(lockout.wait("alice", ADDRESS, ELSEWHERE, now), None);
        for _ in 0..5 {
            lockout.fail("alice", ADDRESS, None, now);
        }
        let locked = LockedOut::NameAt("alice".to_owned(), ADDRESS);
        assert_eq!(lockout.locks(now)[0].what, locked);
        assert!(lockout.unlock_address(ADDRESS));
        assert!(lockout.locks(now).is_empty());
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
                None,
                now + Duration::from_millis(u64::from(n) / 10),
            );
            assert!(lockout.names.len() <= 10_000 && lockout.addresses.len() <= 10_000);
            assert!(lockout.names_at_addresses.len() <= 10_000);
        }
        let then = now + seconds(5);
        assert!(lockout.wait("alice", ADDRESS, ELSEWHERE, then).is_some());
    }

    #[test]
    fn rules_can_be_switched_off() {
        let mut rules = LockoutRules::default();
        rules.name.failures = 0;
        rules.name_at_address.failures = 0;
        rules.address.failures = 0;
        let mut lockout = Lockout::new(rules);
        let now = Instant::now();
        for _ in 0..1000 {
            assert_eq!(lockout.fail("alice", ADDRESS, None, now), None);
        }
    }
}
