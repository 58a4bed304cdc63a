//! Sees to the deadlines that the machine names, also when nobody waits for what they end. A thread sleeps until the
//! next one, and is there only while there is one: most breaks are answered at once.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Condvar;

use super::{Core, State, now};

/// Wakes the thread when a deadline comes before the one that it sleeps for.
#[derive(Debug, Default)]
pub(super) struct Timer(Condvar);

impl Timer {
    /// After a step of the machine: whether a thread has to be started for its deadlines.
    pub(super) fn notice(&self, before: Option<Instant>, state: &mut State) -> bool {
        let Some(next) = state.machine.next_deadline() else {
            return false;
        };
        if !state.timed {
            state.timed = true;
            return true;
        }
        if before.is_some_and(|before| next < before) {
            self.wake();
        }
        false
    }

    pub(super) fn wake(&self) {
        self.0.notify_all();
    }

    /// Starts the thread.
    pub(super) fn start(core: &Arc<Core>) {
        let theirs = Arc::clone(core);
        let thread = std::thread::Builder::new().name("breaks".to_owned());
        if let Err(error) = thread.spawn(move || theirs.keep_time()) {
            // Those who wait see to it themselves.
            tracing::warn!(%error, "breaks that nobody waits for will not end by themselves");
            core.state.lock().timed = false;
        }
    }
}

impl Core {
    fn keep_time(self: &Arc<Self>) {
        let mut state = self.state.lock();
        loop {
            let next = state.machine.next_deadline().filter(|_| !state.over);
            let Some(next) = next else {
                state.timed = false;
                return;
            };
            let now = now();
            if now < next {
                self.timer.0.wait_until(&mut state, next);
                continue;
            }
            let expired = state.machine.expire(now);
            let deliveries = state.deliveries();
            drop(state);
            log(expired);
            self.deliver(deliveries);
            state = self.state.lock();
        }
    }
}

pub(super) fn log(expired: usize) {
    if expired > 0 {
        tracing::info!(
            expired,
            "a client did not give up what it cached in time: it was taken away"
        );
    }
}
