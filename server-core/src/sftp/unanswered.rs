//! Requests that a connection has sent and that are not answered: how many bytes of them are kept on all of its channels,
//! charged to whoever it is over all of their connections.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::live::{LimitKind, UnderWay, Usage, Work};

/// What a client may send on all channels of a connection while it does not take the answers to what it sent before.
const MOST: usize = 4 << 20;
/// As much may every connection have, however much the person's others have.
const OWN: usize = 1 << 20;

/// Bytes of requests that are kept for all channels of a connection. Lock order: a leaf.
#[derive(Debug, Clone)]
pub(super) struct Unanswered {
    kept: Arc<Mutex<Kept>>,
    usage: Arc<Usage>,
}

#[derive(Debug)]
struct Kept {
    bytes: usize,
    work: Work,
}

impl Unanswered {
    /// None yet, of a connection of somebody.
    pub(super) fn of(usage: Arc<Usage>) -> Self {
        let work = Work::of(Arc::clone(&usage));
        Self {
            kept: Arc::new(Mutex::new(Kept { bytes: 0, work })),
            usage,
        }
    }

    /// A channel has so much of it now, and had so much before.
    pub(super) fn is_now(&self, now: usize, before: usize) {
        if now == before {
            return;
        }
        let kept = &mut *self.kept.lock();
        kept.bytes = kept.bytes + now - before;
        kept.work.is_now(UnderWay {
            waiting_bytes: kept.bytes,
            unsent_bytes: 0,
        });
    }

    /// Whether it is more than a client may leave unanswered that does not take its answers.
    pub(super) fn is_too_much(&self) -> bool {
        let bytes = self.kept.lock().bytes;
        bytes > MOST || bytes > OWN && !self.usage.has_room(LimitKind::WaitingBytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{Consumer, Limits};

    #[test]
    fn a_connection_has_its_own_and_all_of_a_person_s_no_more_than_one_person_may() {
        let limits = Limits::default();
        limits.of(LimitKind::WaitingBytes).set(64 << 20, Some(8 << 20));
        let of = |person| Unanswered::of(limits.usage(Consumer::Person(person), "somebody"));
        let crowd: Vec<_> = (0..8).map(|_| of(1)).collect();
        for connection in &crowd {
            connection.is_now(2 << 20, 0);
        }
        assert!(crowd.iter().all(Unanswered::is_too_much), "8 MiB are charged");
        let theirs = of(2);
        theirs.is_now(3 << 20, 0);
        assert!(!theirs.is_too_much());
        theirs.is_now(MOST + 1, 3 << 20);
        assert!(theirs.is_too_much());
        // What every connection may have.
        crowd[0].is_now(OWN, 2 << 20);
        assert!(!crowd[0].is_too_much() && !crowd[1].is_too_much());
        drop((crowd, theirs));
        assert_eq!(limits.of(LimitKind::WaitingBytes).used(), 0);
    }
}
