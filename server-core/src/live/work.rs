//! What a connection has under way, charged to whoever it is of over all of their connections: a person, or the network
//! of those who have no name here. What one connection may have is bounded where it is kept; this bounds what hundreds
//! of them may. It ends by itself, so nothing of it is refused: over the bound the consumer's next work waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use parking_lot::Mutex;

use super::limits::{Consumer, LimitKind, Usage};

/// What a connection may have of each kind before it is charged, and in what steps it is then: small requests cost no
/// look at what connections share.
const KINDS: [(LimitKind, u64); 2] = [
    (LimitKind::WaitingBytes, 1 << 20),
    (LimitKind::UnsentBytes, 1 << 20),
];

/// How much a connection has under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct UnderWay {
    pub(crate) waiting_bytes: usize,
    pub(crate) unsent_bytes: usize,
}

/// Connections whose next work waits for the end of other work. Lock order: a leaf.
#[derive(Debug, Default)]
pub(super) struct Room {
    waiting: Mutex<HashMap<Consumer, Vec<Waker>>>,
    is_waited_for: AtomicBool,
}

impl Room {
    fn wait(&self, consumer: Consumer, waker: &Waker) {
        let mut waiting = self.waiting.lock();
        let theirs = waiting.entry(consumer).or_default();
        if !theirs.iter().any(|known| known.will_wake(waker)) {
            theirs.push(waker.clone());
        }
        self.is_waited_for.store(true, Ordering::SeqCst);
    }

    /// Work of a consumer has ended; with `all`, there may be room for everybody.
    fn wake(&self, consumer: Consumer, all: bool) {
        if !self.is_waited_for.load(Ordering::SeqCst) {
            return;
        }
        let mut waiting = self.waiting.lock();
        let woken: Vec<Waker> = if all {
            std::mem::take(&mut *waiting).into_values().flatten().collect()
        } else {
            waiting.remove(&consumer).unwrap_or_default()
        };
        self.is_waited_for.store(!waiting.is_empty(), Ordering::SeqCst);
        drop(waiting);
        woken.into_iter().for_each(Waker::wake);
    }
}

/// The work of one connection.
#[derive(Debug)]
pub(crate) struct Work {
    usage: Arc<Usage>,
    charged: [u64; KINDS.len()],
}

impl Work {
    pub(crate) fn of(usage: Arc<Usage>) -> Self {
        Self {
            usage,
            charged: [0; KINDS.len()],
        }
    }

    /// The connection has so much of it now.
    pub(crate) fn is_now(&mut self, now: UnderWay) {
        let now = [now.waiting_bytes, now.unsent_bytes];
        let (mut released, mut all) = (false, false);
        for ((now, charged), (kind, step)) in now.into_iter().zip(&mut self.charged).zip(KINDS) {
            let now = u64::try_from(now).unwrap_or(u64::MAX / 2);
            let steps = now.saturating_sub(step).div_ceil(step) * step;
            if steps > *charged {
                // What is there already can't be refused.
                let _ = self.usage.charge(kind, steps - *charged);
            } else if steps < *charged {
                released = true;
                all |= !self.usage.is_any_left(kind);
                self.usage.discharge(kind, *charged - steps);
            }
            *charged = steps;
        }
        if released {
            self.usage.room().wake(self.usage.consumer(), all);
        }
    }

    /// Makes sure that there is room for what is about to be begun, so that not all connections of one consumer begin at
    /// the same moment. It counts until what came of it does.
    pub(crate) fn reserve(&mut self, kind: LimitKind, bytes: usize) -> bool {
        let Some(at) = KINDS.iter().position(|(known, _)| *known == kind) else {
            return true;
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX / 2);
        if bytes <= KINDS[at].1 {
            return true;
        }
        let has_room = self.usage.charge(kind, bytes);
        if has_room {
            self.charged[at] += bytes;
        } else {
            self.usage.discharge(kind, bytes);
        }
        has_room
    }

    /// Whether more may be begun; when not, `waker` is woken once it may.
    pub(crate) fn may_begin(&self, waker: &Waker) -> bool {
        self.has_room() || {
            self.usage.room().wait(self.usage.consumer(), waker);
            self.has_room()
        }
    }

    fn has_room(&self) -> bool {
        KINDS.iter().all(|(kind, _)| self.usage.has_room(*kind))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.is_now(UnderWay::default());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::task::Wake;

    use super::*;
    use crate::live::Limits;

    const MIB: u64 = 1 << 20;

    #[derive(Default)]
    struct Bell(AtomicU32);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Bell {
        fn rung(&self) -> u32 {
            self.0.load(Ordering::SeqCst)
        }
    }

    struct House {
        limits: Limits,
    }

    impl House {
        fn new() -> Self {
            let limits = Limits::default();
            for kind in [LimitKind::WaitingBytes, LimitKind::UnsentBytes] {
                limits.of(kind).set(20 * MIB, Some(8 * MIB));
            }
            Self { limits }
        }

        fn work_of(&self, person: i64) -> Work {
            let usage = self.limits.usage(Consumer::Person(person), "somebody");
            Work::of(usage)
        }

        fn used(&self) -> u64 {
            self.limits.of(LimitKind::WaitingBytes).used()
        }
    }

    fn waiting(bytes: u64) -> UnderWay {
        UnderWay {
            waiting_bytes: usize::try_from(bytes).unwrap(),
            ..UnderWay::default()
        }
    }

    #[test]
    fn work_over_the_bound_waits_and_goes_on_when_other_work_of_the_same_person_has_ended() {
        let house = House::new();
        let (mut one, mut other, mut theirs) = (house.work_of(1), house.work_of(1), house.work_of(2));
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        // What is a connection's own is charged to nobody.
        other.is_now(waiting(MIB));
        one.is_now(waiting(8 * MIB));
        assert_eq!(house.used(), 7 * MIB);
        assert!(other.may_begin(&waker));
        one.is_now(waiting(8 * MIB + 1));
        assert!(!other.may_begin(&waker) && !other.may_begin(&waker));
        assert!(theirs.may_begin(&waker));
        theirs.is_now(waiting(3 * MIB));
        theirs.is_now(waiting(0));
        assert_eq!(bell.rung(), 0, "it is not their work that is waited for");
        one.is_now(waiting(8 * MIB));
        assert_eq!(bell.rung(), 1);
        assert!(other.may_begin(&waker));
        one.is_now(waiting(100 * MIB));
        assert!(!other.may_begin(&waker));
        drop(one);
        assert_eq!(bell.rung(), 2);
        assert_eq!(house.used(), 0);
    }

    #[test]
    fn who_begins_much_at_the_same_moment_gets_no_more_than_there_is() {
        let house = House::new();
        let mut crowd: Vec<Work> = (0..20).map(|_| house.work_of(1)).collect();
        let bytes = usize::try_from(3 * MIB).unwrap();
        let begun: Vec<bool> = crowd
            .iter_mut()
            .map(|work| work.reserve(LimitKind::UnsentBytes, bytes))
            .collect();
        assert_eq!(begun.iter().filter(|begun| **begun).count(), 3);
        assert_eq!(house.limits.of(LimitKind::UnsentBytes).used(), 9 * MIB);
        // What came of it is counted instead.
        crowd[0].is_now(UnderWay {
            unsent_bytes: bytes,
            ..UnderWay::default()
        });
        crowd[1].is_now(UnderWay::default());
        assert_eq!(house.limits.of(LimitKind::UnsentBytes).used(), 5 * MIB);
        drop(crowd);
        assert_eq!(house.limits.of(LimitKind::UnsentBytes).used(), 0);
    }

    #[test]
    fn when_all_there_is_is_taken_those_wait_who_have_much_of_it() {
        let house = House::new();
        let mut crowd: Vec<Work> = (1..=3).map(|person| house.work_of(person)).collect();
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        for work in &mut crowd {
            work.is_now(waiting(8 * MIB));
        }
        assert!(house.used() >= 20 * MIB);
        assert!(!crowd[0].may_begin(&waker));
        assert!(
            house.work_of(4).may_begin(&waker),
            "somebody with nothing goes on"
        );
        crowd[2].is_now(waiting(0));
        assert_eq!(bell.rung(), 1);
        assert!(crowd[0].may_begin(&waker));
    }
}
