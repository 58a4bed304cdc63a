//! Complaints about what strangers can cause as often as they like: one line a minute, with a count.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

const PAUSE: Duration = Duration::from_secs(60);

/// One thing to complain about. Lock order: a leaf.
#[derive(Debug, Default)]
pub(super) struct Complaint(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    unsaid: u64,
}

impl Complaint {
    /// It happened again; how often since it was last written down, if it is to be now.
    pub(super) fn count(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock();
        state.unsaid += 1;
        let is_due = state
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        is_due.then(|| {
            state.last = Some(now);
            std::mem::take(&mut state.unsaid)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_written_down_and_the_rest_once_a_minute_with_their_number() {
        let complaint = Complaint::default();
        let now = Instant::now();
        assert_eq!(complaint.count(now), Some(1));
        for _ in 0..5_000 {
            assert_eq!(complaint.count(now + Duration::from_secs(59)), None);
        }
        assert_eq!(complaint.count(now + PAUSE), Some(5_001));
    }
}
