//! Addresses that come and come and never log in are turned away for a while. Pure: time comes in as a parameter.
//!
//! Each connection that ends without a log-in costs its address some time, and the costs add up. Seldom ones are
//! forgotten as fast as they come; an address that piles up more than [`TOLERATED`] gets in no more until all of it
//! has passed. An address that people log in from is only slowed, as everybody is: whoever shares it, behind a
//! router, is not to pay for another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// What is put up with: scanners of ports, devices that try each dialect anew, a client that is set up.
const TOLERATED: Duration = Duration::from_secs(30);
/// The longest an address is turned away.
const LONGEST: Duration = Duration::from_secs(600);
/// So long after a log-in an address counts as one that people come from.
const FAMILIAR: Duration = Duration::from_secs(24 * 3600);
/// Addresses that are kept at most.
const MOST: usize = 4096;

/// What a connection did that ended without a log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offence {
    /// It came, and went or was pushed out.
    NoLogIn,
    /// It asked whether a name has a key.
    Probe,
    /// It used up the time that a log-in may take.
    TooSlow,
}

impl Offence {
    fn cost(self) -> Duration {
        Duration::from_millis(match self {
            Self::NoLogIn => 500,
            Self::Probe => 1_000,
            Self::TooSlow => 5_000,
        })
    }
}

/// The addresses and what they have piled up.
#[derive(Debug, Default)]
pub(super) struct Penalties(HashMap<IpAddr, Record>);

#[derive(Debug)]
struct Record {
    /// When all of it has passed.
    until: Instant,
    /// More than is tolerated was reached, and not all of it has passed.
    turned_away: bool,
    logged_in: Option<Instant>,
}

impl Record {
    fn is_familiar(&self, now: Instant) -> bool {
        self.logged_in
            .is_some_and(|last| now.saturating_duration_since(last) < FAMILIAR)
    }
}

impl Penalties {
    /// Whether a newcomer from there is turned away.
    pub(super) fn turn_away(&self, network: IpAddr, now: Instant) -> bool {
        let record = self.0.get(&network);
        record.is_some_and(|record| record.turned_away && now < record.until)
    }

    /// Whether people log in from there.
    pub(super) fn is_familiar(&self, network: IpAddr, now: Instant) -> bool {
        self.0.get(&network).is_some_and(|record| record.is_familiar(now))
    }

    /// A connection from there did this.
    pub(super) fn offend(&mut self, network: IpAddr, offence: Offence, now: Instant) {
        // This computer's own programs, and everybody who comes through a tunnel or a proxy on it.
        if network.is_loopback() {
            return;
        }
        let record = self.record(network, now);
        if record.until <= now {
            record.until = now;
            record.turned_away = false;
        }
        record.until = (record.until + offence.cost()).min(now + LONGEST);
        if record.until > now + TOLERATED && !record.is_familiar(now) {
            record.turned_away = true;
        }
    }

    /// Somebody logged in from there.
    pub(super) fn logged_in(&mut self, network: IpAddr, now: Instant) {
        let record = self.record(network, now);
        record.logged_in = Some(now);
        record.turned_away = false;
        record.until = now;
    }

    fn record(&mut self, network: IpAddr, now: Instant) -> &mut Record {
        if self.0.len() >= MOST && !self.0.contains_key(&network) {
            self.make_room(now);
        }
        self.0.entry(network).or_insert(Record {
            until: now,
            turned_away: false,
            logged_in: None,
        })
    }

    /// Forgets what has passed, then the tenth that has the least left, strangers first.
    fn make_room(&mut self, now: Instant) {
        self.0
            .retain(|_, record| record.until > now || record.is_familiar(now));
        if self.0.len() < MOST {
            return;
        }
        let mut order: Vec<_> = self
            .0
            .iter()
            .map(|(network, record)| (record.is_familiar(now), record.until, *network))
            .collect();
        order.sort();
        for (_, _, network) in order.into_iter().take(MOST / 10) {
            self.0.remove(&network);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 9));

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn an_address_that_never_logs_in_is_turned_away_until_all_of_it_has_passed() {
        let mut penalties = Penalties::default();
        let now = Instant::now();
        for _ in 0..60 {
            penalties.offend(STRANGER, Offence::NoLogIn, now);
            assert!(!penalties.turn_away(STRANGER, now));
        }
        penalties.offend(STRANGER, Offence::NoLogIn, now);
        assert!(penalties.turn_away(STRANGER, now + seconds(30)));
        assert!(!penalties.turn_away(STRANGER, now + seconds(31)));
        for _ in 0..10_000 {
            penalties.offend(STRANGER, Offence::TooSlow, now + seconds(31));
        }
        assert!(penalties.turn_away(STRANGER, now + seconds(630)));
        assert!(!penalties.turn_away(STRANGER, now + seconds(631)));
    }

    #[test]
    fn a_monitor_that_looks_in_every_second_is_never_turned_away() {
        let mut penalties = Penalties::default();
        let now = Instant::now();
        for second in 0..10_000 {
            penalties.offend(STRANGER, Offence::NoLogIn, now + seconds(second));
            assert!(!penalties.turn_away(STRANGER, now + seconds(second)));
        }
    }

    #[test]
    fn an_address_that_people_log_in_from_is_not_turned_away_for_a_day() {
        let mut penalties = Penalties::default();
        let now = Instant::now();
        for _ in 0..100 {
            penalties.offend(STRANGER, Offence::NoLogIn, now);
        }
        penalties.logged_in(STRANGER, now);
        for _ in 0..1_000 {
            penalties.offend(STRANGER, Offence::NoLogIn, now);
        }
        assert!(!penalties.turn_away(STRANGER, now));
        let later = now + seconds(25 * 3600);
        for _ in 0..1_000 {
            penalties.offend(STRANGER, Offence::NoLogIn, later);
        }
        assert!(penalties.turn_away(STRANGER, later));
    }

    #[test]
    fn a_flood_of_addresses_is_kept_within_bounds_and_forgets_no_familiar_one() {
        let mut penalties = Penalties::default();
        let now = Instant::now();
        penalties.logged_in(STRANGER, now);
        for number in 0..3 * u32::try_from(MOST).unwrap() {
            let address = IpAddr::V4(std::net::Ipv4Addr::from(0x0B00_0000 + number));
            penalties.offend(address, Offence::Probe, now);
        }
        assert!(penalties.0.len() <= MOST);
        assert!(penalties.is_familiar(STRANGER, now));
    }

    #[test]
    fn whoever_comes_through_a_tunnel_is_not_turned_away_for_others() {
        let mut penalties = Penalties::default();
        let now = Instant::now();
        let tunnel = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        for _ in 0..1_000 {
            penalties.offend(tunnel, Offence::TooSlow, now);
        }
        assert!(!penalties.turn_away(tunnel, now));
    }
}
