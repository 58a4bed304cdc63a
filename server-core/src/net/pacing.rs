//! How fast newcomers from one address are served where serving them costs something before they log in. Pure: time
//! comes in as a parameter. Those who come faster wait for their turn; a log-in gives its turn back.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// So many are served at once: programs come with several connections.
const BURST: u32 = 12;
/// From then on one in so long.
const PAUSE: Duration = Duration::from_millis(125);
/// Addresses that are kept at most.
const MOST: usize = 4096;

/// When the turns of each address that came lately are used up.
#[derive(Debug, Default)]
pub(super) struct Pacing(HashMap<IpAddr, Instant>);

impl Pacing {
    /// How long a newcomer from there waits.
    pub(super) fn next(&mut self, network: IpAddr, now: Instant) -> Duration {
        if self.0.len() >= MOST {
            self.0.retain(|_, used_up| *used_up > now);
        }
        let used_up = self.0.entry(network).or_insert(now);
        *used_up = (*used_up).max(now) + PAUSE;
        let ahead = used_up.saturating_duration_since(now);
        ahead.saturating_sub(PAUSE * BURST)
    }

    /// A turn was not used, or it ended in a log-in.
    pub(super) fn give_back(&mut self, network: IpAddr) {
        if let Some(used_up) = self.0.get_mut(&network)
            && let Some(before) = used_up.checked_sub(PAUSE)
        {
            *used_up = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 9));

    #[test]
    fn a_dozen_are_served_at_once_and_then_eight_in_a_second() {
        let mut pacing = Pacing::default();
        let now = Instant::now();
        let waits: Vec<_> = (0..28).map(|_| pacing.next(STRANGER, now)).collect();
        assert!(waits[..12].iter().all(Duration::is_zero));
        assert_eq!(waits[12], PAUSE);
        assert_eq!(waits[27], Duration::from_secs(2));
        let other = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 10));
        assert_eq!(pacing.next(other, now), Duration::ZERO);
        assert_eq!(
            pacing.next(STRANGER, now + Duration::from_secs(5)),
            Duration::ZERO
        );
    }

    #[test]
    fn whoever_logs_in_each_time_never_waits() {
        let mut pacing = Pacing::default();
        let now = Instant::now();
        for _ in 0..1_000 {
            assert_eq!(pacing.next(STRANGER, now), Duration::ZERO);
            pacing.give_back(STRANGER);
        }
    }

    #[test]
    fn a_flood_of_addresses_is_kept_within_bounds() {
        let mut pacing = Pacing::default();
        let now = Instant::now();
        for number in 0..20_000 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from(0x0B00_0000 + number));
            pacing.next(address, now + PAUSE * number);
            assert!(pacing.0.len() <= MOST);
        }
    }
}
