//! Byte-range locks of one file ([MS-FSA] 2.1.4.10). Sans-I/O: values in, decisions out; who has to wait is a
//! ticket in a queue, and what a change grants comes out as tickets for the open table to wake.

use std::collections::VecDeque;

use super::error::VfsError;
use super::request::LockRange;

/// Names an open inside the open table.
pub(crate) type OpenId = u64;

/// Names a request that waits for locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ticket(pub(crate) u64);

/// The locks held on one file, in the order they were granted, and who waits for some, first come first.
#[derive(Debug, Default)]
pub(crate) struct RangeLocks {
    held: Vec<Held>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    owner: OpenId,
    ranges: Vec<LockRange>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    owner: OpenId,
    range: LockRange,
}

impl LockRange {
    /// The first byte after the range, one past 2^64 at most.
    fn end(&self) -> u128 {
        u128::from(self.offset) + u128::from(self.length)
    }

    /// Whether the range ends within 2^64.
    fn is_valid(&self) -> bool {
        self.length == 0 || self.end() <= 1 << 64
    }

    /// Two ranges share a byte, or one is empty and lies strictly inside the other.
    fn overlaps(&self, other: &Self) -> bool {
        match (self.length, other.length) {
            (0, 0) => false,
            (0, _) => {
                u128::from(self.offset) > u128::from(other.offset) && u128::from(self.offset) < other.end()
            }
            (_, 0) => other.overlaps(self),
            _ => u128::from(self.offset) < other.end() && u128::from(other.offset) < self.end(),
        }
    }
}

impl RangeLocks {
    /// How many locks are held.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// How many locks one open holds or waits for.
    pub(crate) fn count_of(&self, owner: OpenId) -> usize {
        let waiting = self.waiting.iter().filter(|waiting| waiting.owner == owner);
        self.held.iter().filter(|held| held.owner == owner).count()
            + waiting.map(|waiting| waiting.ranges.len()).sum::<usize>()
    }

    /// Queues a request that was not granted.
    pub(crate) fn wait(&mut self, ticket: Ticket, owner: OpenId, ranges: &[LockRange]) {
        self.waiting.push_back(Waiting {
            ticket,
            owner,
            ranges: ranges.to_vec(),
        });
    }

    /// Gives up waiting; false when the ticket no longer waits.
    pub(crate) fn stop_waiting(&mut self, ticket: Ticket) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.ticket != ticket);
        self.waiting.len() < before
    }

    /// Forgets everything that an open waits for: those tickets come back.
    pub(crate) fn stop_waiting_of(&mut self, owner: OpenId) -> Vec<Ticket> {
        let theirs = self.waiting.iter().filter(|waiting| waiting.owner == owner);
        let abandoned = theirs.map(|waiting| waiting.ticket).collect();
        self.waiting.retain(|waiting| waiting.owner != owner);
        abandoned
    }

    /// Grants what can be granted now, in the order of arrival. To be called after locks were given back.
    pub(crate) fn grant_waiting(&mut self) -> Vec<Ticket> {
        let mut granted = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            if self.acquire(waiting.owner, &waiting.ranges).is_ok() {
                granted.push(waiting.ticket);
            } else {
                self.waiting.push_back(waiting);
            }
        }
        granted
    }

    /// Takes all ranges, or none.
    pub(crate) fn acquire(&mut self, owner: OpenId, ranges: &[LockRange]) -> Result<(), VfsError> {
        let before = self.held.len();
        for range in ranges {
            if !range.is_valid() {
                self.held.truncate(before);
                return Err(VfsError::InvalidLockRange);
            }
            if self.conflicts(owner, range) {
                self.held.truncate(before);
                return Err(VfsError::LockNotGranted);
            }
            self.held.push(Held { owner, range: *range });
        }
        Ok(())
    }

    /// Gives one lock back; it must match exactly. Exclusive ones go first, as Windows does when an open
    /// holds both kinds on the same range.
    pub(crate) fn release(&mut self, owner: OpenId, range: &LockRange) -> Result<(), VfsError> {
        let matching = |exclusive: bool| {
            move |held: &Held| {
                held.owner == owner
                    && held.range.offset == range.offset
                    && held.range.length == range.length
                    && held.range.exclusive == exclusive
            }
        };
        let at = self
            .held
            .iter()
            .position(matching(true))
            .or_else(|| self.held.iter().position(matching(false)));
        self.held.remove(at.ok_or(VfsError::RangeNotLocked)?);
        Ok(())
    }

    /// Gives back everything an open holds, and forgets what it waits for: those tickets come back.
    pub(crate) fn release_all(&mut self, owner: OpenId) -> Vec<Ticket> {
        self.held.retain(|held| held.owner != owner);
        self.stop_waiting_of(owner)
    }

    /// Whether a read (or, with `write`, a write) by `owner` runs into a lock.
    pub(crate) fn blocks(&self, owner: OpenId, offset: u64, length: u64, write: bool) -> bool {
        let access = LockRange {
            offset,
            length,
            exclusive: write,
        };
        length > 0
            && self
                .held
                .iter()
                .filter(|held| held.range.length > 0 && held.range.overlaps(&access))
                .any(|held| {
                    if held.range.exclusive {
                        held.owner != owner
                    } else {
                        write
                    }
                })
    }

    /// A shared lock conflicts with exclusive ones of other opens; an exclusive one with every lock, even of
    /// the same open.
    fn conflicts(&self, owner: OpenId, wanted: &LockRange) -> bool {
        self.held
            .iter()
            .filter(|held| held.range.overlaps(wanted))
            .any(|held| match (held.range.exclusive, wanted.exclusive) {
                (false, false) => false,
                (true, false) => held.owner != owner,
                (_, true) => true,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(offset: u64, length: u64, exclusive: bool) -> LockRange {
        LockRange {
            offset,
            length,
            exclusive,
        }
    }

    #[test]
    fn shared_locks_share_and_exclusive_locks_exclude() {
        let mut locks = RangeLocks::default();
        locks.acquire(1, &[range(0, 10, false)]).unwrap();
        locks.acquire(2, &[range(5, 10, false)]).unwrap();
        assert!(matches!(
            locks.acquire(2, &[range(9, 1, true)]),
            Err(VfsError::LockNotGranted)
        ));
        locks.acquire(2, &[range(15, 1, true)]).unwrap();
        assert!(matches!(
            locks.acquire(1, &[range(15, 1, false)]),
            Err(VfsError::LockNotGranted)
        ));
        locks.acquire(2, &[range(15, 1, false)]).unwrap();
    }

    #[test]
    fn all_ranges_are_taken_or_none() {
        let mut locks = RangeLocks::default();
        locks.acquire(1, &[range(100, 1, true)]).unwrap();
        assert!(
            locks
                .acquire(2, &[range(0, 1, true), range(100, 1, true)])
                .is_err()
        );
        assert_eq!(locks.count_of(2), 0);
    }

    #[test]
    fn reads_and_writes_respect_locks_of_others_and_shared_locks_of_their_own() {
        let mut locks = RangeLocks::default();
        locks
            .acquire(1, &[range(0, 10, true), range(20, 10, false)])
            .unwrap();
        assert!(!locks.blocks(1, 0, 10, true));
        assert!(locks.blocks(2, 9, 1, false));
        assert!(!locks.blocks(2, 10, 5, true));
        assert!(
            locks.blocks(1, 25, 1, true),
            "a shared lock keeps even its owner from writing"
        );
        assert!(!locks.blocks(2, 25, 1, false));
    }

    #[test]
    fn ranges_may_reach_the_end_of_the_space_and_not_beyond() {
        let mut locks = RangeLocks::default();
        locks.acquire(1, &[range(u64::MAX, 1, true)]).unwrap();
        assert!(matches!(
            locks.acquire(1, &[range(u64::MAX, 2, true)]),
            Err(VfsError::InvalidLockRange)
        ));
    }

    #[test]
    fn empty_ranges_conflict_only_strictly_inside_others() {
        for (first, second, conflict) in [
            ((10, 0), (10, 0), false),
            ((10, 0), (9, 1), false),
            ((10, 0), (10, 1), false),
            ((10, 0), (9, 2), true),
            ((10, 2), (10, 0), false),
            ((9, 3), (10, 0), true),
        ] {
            let mut locks = RangeLocks::default();
            locks.acquire(1, &[range(first.0, first.1, true)]).unwrap();
            let outcome = locks.acquire(2, &[range(second.0, second.1, true)]);
            assert_eq!(outcome.is_err(), conflict, "{first:?} then {second:?}");
        }
    }

    #[test]
    fn who_waits_first_is_granted_first() {
        let mut locks = RangeLocks::default();
        locks.acquire(1, &[range(0, 10, true)]).unwrap();
        locks.wait(Ticket(1), 2, &[range(0, 1, true)]);
        locks.wait(Ticket(2), 3, &[range(0, 1, true)]);
        locks.wait(Ticket(3), 3, &[range(5, 1, true)]);
        locks.release(1, &range(0, 10, true)).unwrap();
        assert_eq!(locks.grant_waiting(), [Ticket(1), Ticket(3)]);
        locks.release(2, &range(0, 1, true)).unwrap();
        assert_eq!(locks.grant_waiting(), [Ticket(2)]);
    }

    #[test]
    fn an_open_that_goes_gives_up_what_it_holds_and_waits_for() {
        let mut locks = RangeLocks::default();
        locks.acquire(1, &[range(0, 10, true)]).unwrap();
        locks.wait(Ticket(1), 2, &[range(0, 1, true)]);
        assert_eq!(locks.release_all(2), [Ticket(1)]);
        assert!(locks.release_all(1).is_empty());
        assert!(locks.grant_waiting().is_empty());
        assert_eq!(locks.len(), 0);
    }

    proptest! {
        #[test]
        fn releasing_everything_leaves_nothing(ops in proptest::collection::vec((0u64..4, 0u64..32, 0u64..8, any::<bool>()), 0..64)) {
            let mut locks = RangeLocks::default();
            for (owner, offset, length, exclusive) in ops {
                let before = locks.len();
                let granted = locks.acquire(owner, &[range(offset, length, exclusive)]).is_ok();
                prop_assert_eq!(locks.len(), before + usize::from(granted));
                // No two opens may hold overlapping locks of which one is exclusive.
                for a in &locks.held { for b in &locks.held {
                    let clash = a.owner != b.owner && a.range.overlaps(&b.range) && (a.range.exclusive || b.range.exclusive);
                    prop_assert!(!clash);
                }}
            }
            for owner in 0..4 { locks.release_all(owner); }
            prop_assert_eq!(locks.len(), 0);
        }
    }
}
