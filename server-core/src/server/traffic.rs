//! Measures once a second how much file content went over the network, and keeps the last minutes; tells what else
//! happens too often to be told each time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::live::{Event, Events, Sessions, TrafficSample};

/// Samples kept: five minutes.
const KEPT: usize = 300;
const SECOND: Duration = Duration::from_secs(1);

/// The last minutes.
#[derive(Debug, Default)]
pub(super) struct Traffic(Mutex<History>);

#[derive(Debug, Default)]
struct History {
    samples: VecDeque<TrafficSample>,
    totals: (u64, u64),
}

impl Traffic {
    /// Oldest first.
    pub(super) fn samples(&self) -> Vec<TrafficSample> {
        self.0.lock().samples.iter().copied().collect()
    }

    /// Takes the totals at the end of a second. Gives what listeners should be told: seconds in which
    /// something was carried, and the one that shows that it stopped.
    fn take(&self, totals: (u64, u64), at: SystemTime) -> Option<TrafficSample> {
        let mut history = self.0.lock();
        let sample = TrafficSample {
            at,
            bytes_in: totals.0.saturating_sub(history.totals.0),
            bytes_out: totals.1.saturating_sub(history.totals.1),
        };
        let quiet = |sample: &TrafficSample| sample.bytes_in == 0 && sample.bytes_out == 0;
        let was_quiet = history.samples.back().is_none_or(quiet);
        history.totals = totals;
        if history.samples.len() == KEPT {
            history.samples.pop_front();
        }
        history.samples.push_back(sample);
        (!quiet(&sample) || !was_quiet).then_some(sample)
    }
}

/// Samples until stopped.
pub(super) fn spawn(
    traffic: Arc<Traffic>,
    sessions: Sessions,
    events: Events,
    stop: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut seconds = tokio::time::interval(SECOND);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut pulse = sessions.pulse();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = seconds.tick() => {}
            }
            let before = std::mem::replace(&mut pulse, sessions.pulse());
            match traffic.take(sessions.totals(), SystemTime::now()) {
                Some(sample) => events.send(Event::Traffic(sample)),
                None if pulse != before => events.send(Event::SessionsActive),
                None => {}
            }
            events.tell_of_counted_refusals();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_what_was_carried_since_the_last_and_quiet_is_told_once() {
        let traffic = Traffic::default();
        let at = SystemTime::UNIX_EPOCH;
        let carried = |totals| {
            let told = traffic.take(totals, at);
            told.map(|sample| (sample.bytes_in, sample.bytes_out))
        };
        assert_eq!(carried((0, 0)), None);
        assert_eq!(carried((10, 1)), Some((10, 1)));
        assert_eq!(carried((15, 1)), Some((5, 0)));
        assert_eq!(carried((15, 1)), Some((0, 0)));
        assert_eq!(carried((15, 1)), None);
        assert_eq!(traffic.samples().len(), 5);
    }

    #[test]
    fn five_minutes_are_kept() {
        let traffic = Traffic::default();
        for n in 0..400 {
            traffic.take((n, 0), SystemTime::UNIX_EPOCH + Duration::from_secs(n));
        }
        let samples = traffic.samples();
        assert_eq!(samples.len(), KEPT);
        assert_eq!(samples[0].at, SystemTime::UNIX_EPOCH + Duration::from_secs(100));
    }
}
