//! Byte-range locks of one file ([MS-FSA] 2.1.4.10). Values in, decisions out; who has to wait is a ticket, and what a
//! change grants comes out as tickets to be woken. Everything costs the logarithm of what is held, and what overlaps.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::interval_tree::{Interval, IntervalTree};
use super::{OpenId, Ticket};
use crate::live::{LimitKind, LimitReached, Taken, Usage};
use crate::vfs::error::VfsError;
use crate::vfs::request::LockRange;

/// Requests that may wait on one file, and of them those of one open: each is tried when what it waits for is released.
const MAX_WAITING: usize = 128;
const MAX_WAITING_OF_ONE: usize = 64;

/// The locks held on one file, and who waits for some, first come first.
#[derive(Debug, Default)]
pub(crate) struct RangeLocks {
    held: usize,
    exclusive: IntervalTree<Held>,
    shared: IntervalTree<Held>,
    /// Those without a byte, of both kinds: they keep nobody from reading or writing.
    empty_exclusive: IntervalTree<Held>,
    empty_shared: IntervalTree<Held>,
    waited_for: IntervalTree<WaitedFor>,
    waiting: BTreeMap<Ticket, Waiting>,
    owners: HashMap<OpenId, Owner>,
}

/// What one open holds and waits for.
#[derive(Debug, Default)]
struct Owner {
    /// How often it holds the same lock: shared ones, and empty ones, stack.
    locks: BTreeMap<Held, usize>,
    waiting: BTreeSet<Ticket>,
    /// Locks held and waited for.
    count: usize,
    /// That they are charged to somebody.
    charge: Option<Taken>,
}

#[derive(Debug)]
struct Waiting {
    owner: OpenId,
    ranges: Vec<LockRange>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    offset: u64,
    length: u64,
    exclusive: bool,
    owner: OpenId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct WaitedFor {
    offset: u64,
    length: u64,
    ticket: Ticket,
}

impl Interval for Held {
    fn start(&self) -> u128 {
        self.offset.into()
    }
    fn end(&self) -> u128 {
        u128::from(self.offset) + u128::from(self.length)
    }
    fn owner(&self) -> u64 {
        self.owner
    }
}

impl Interval for WaitedFor {
    fn start(&self) -> u128 {
        self.offset.into()
    }
    fn end(&self) -> u128 {
        u128::from(self.offset) + u128::from(self.length)
    }
    fn owner(&self) -> u64 {
        self.ticket.0
    }
}

impl LockRange {
    fn start(&self) -> u128 {
        self.offset.into()
    }

    /// The first byte after the range, one past 2^64 at most.
    fn end(&self) -> u128 {
        u128::from(self.offset) + u128::from(self.length)
    }

    /// Whether the range ends within 2^64.
    fn is_valid(&self) -> bool {
        self.length == 0 || self.end() <= 1 << 64
    }

    fn held_by(&self, owner: OpenId) -> Held {
        Held {
            offset: self.offset,
            length: self.length,
            exclusive: self.exclusive,
            owner,
        }
    }
}

impl RangeLocks {
    /// How many locks are held.
    pub(crate) fn len(&self) -> usize {
        self.held
    }

    /// How many locks one open holds or waits for.
    pub(crate) fn count_of(&self, owner: OpenId) -> usize {
        self.owners.get(&owner).map_or(0, |owner| owner.count)
    }

    /// How many locks are held and waited for in all.
    pub(crate) fn load(&self) -> usize {
        let waited_for = self.waiting.values().map(|waiting| waiting.ranges.len());
        self.held + waited_for.sum::<usize>()
    }

    /// Charges locks that an open is about to take to somebody; what it does not get is to be
    /// [settled](Self::settle).
    ///
    /// # Errors
    /// There are no more for them.
    pub(crate) fn charge(
        &mut self,
        owner: OpenId,
        usage: &Arc<Usage>,
        count: usize,
    ) -> Result<(), LimitReached> {
        let count = count as u64;
        let entry = self.owners.entry(owner).or_default();
        let charged = match &mut entry.charge {
            Some(charge) => charge.add(count),
            none => usage
                .take(LimitKind::Locks, count)
                .map(|charge| *none = Some(charge)),
        };
        if charged.is_err() {
            self.forget_idle(owner);
        }
        charged
    }

    /// Charges an open for no more than it holds and waits for.
    pub(crate) fn settle(&mut self, owner: OpenId) {
        if let Some(entry) = self.owners.get_mut(&owner)
            && let Some(charge) = &mut entry.charge
        {
            charge.give_back(charge.amount().saturating_sub(entry.count as u64));
        }
        self.forget_idle(owner);
    }

    /// Queues a request that was not granted.
    ///
    /// # Errors
    /// TooManyOpens when too many wait on this file.
    pub(crate) fn wait(
        &mut self,
        ticket: Ticket,
        owner: OpenId,
        ranges: &[LockRange],
    ) -> Result<(), VfsError> {
        let theirs = self.owners.get(&owner).map_or(0, |owner| owner.waiting.len());
        if self.waiting.len() >= MAX_WAITING || theirs >= MAX_WAITING_OF_ONE {
            return Err(VfsError::TooManyOpens);
        }
        for range in ranges {
            self.waited_for.insert(waited_for(range, ticket));
        }
        let entry = self.owners.entry(owner).or_default();
        entry.count += ranges.len();
        entry.waiting.insert(ticket);
        let ranges = ranges.to_vec();
        self.waiting.insert(ticket, Waiting { owner, ranges });
        Ok(())
    }

    /// Gives up waiting; false when the ticket no longer waits.
    pub(crate) fn stop_waiting(&mut self, ticket: Ticket) -> bool {
        let Some(Waiting { owner, ranges }) = self.waiting.remove(&ticket) else {
            return false;
        };
        for range in &ranges {
            self.waited_for.remove(&waited_for(range, ticket));
        }
        if let Some(entry) = self.owners.get_mut(&owner) {
            entry.waiting.remove(&ticket);
            entry.count -= ranges.len();
        }
        self.forget_idle(owner);
        true
    }

    /// Forgets everything that an open waits for: those tickets come back.
    pub(crate) fn stop_waiting_of(&mut self, owner: OpenId) -> Vec<Ticket> {
        let theirs = self.owners.get(&owner);
        let theirs: Vec<Ticket> =
            theirs.map_or_else(Vec::new, |owner| owner.waiting.iter().copied().collect());
        theirs.iter().for_each(|ticket| {
            self.stop_waiting(*ticket);
        });
        theirs
    }

    /// Takes all ranges, or none.
    pub(crate) fn acquire(&mut self, owner: OpenId, ranges: &[LockRange]) -> Result<(), VfsError> {
        for (taken, range) in ranges.iter().enumerate() {
            let refusal = if !range.is_valid() {
                VfsError::InvalidLockRange
            } else if self.conflicts(owner, range) {
                VfsError::LockNotGranted
            } else {
                self.take(range.held_by(owner));
                continue;
            };
            for range in &ranges[..taken] {
                self.give_back(&range.held_by(owner));
            }
            self.forget_idle(owner);
            return Err(refusal);
        }
        Ok(())
    }

    /// Gives locks back, in order, up to the first that is not held; each must match exactly. Exclusive ones go
    /// first, as Windows does when an open holds both kinds on the same range. Who got theirs by it comes back.
    pub(crate) fn release(
        &mut self,
        owner: OpenId,
        ranges: &[LockRange],
    ) -> (Result<(), VfsError>, Vec<Ticket>) {
        let mut outcome = Ok(());
        let mut freed = Vec::new();
        for range in ranges {
            let kinds = [true, false].map(|exclusive| LockRange { exclusive, ..*range });
            let given_back = kinds
                .into_iter()
                .find(|range| self.give_back(&range.held_by(owner)));
            match given_back {
                Some(range) => freed.push(range),
                None => {
                    outcome = Err(VfsError::RangeNotLocked);
                    break;
                }
            }
        }
        self.forget_idle(owner);
        (outcome, self.grant_waiting(&freed))
    }

    /// Gives back everything an open holds, and forgets what it waits for. Tickets come back of requests that will
    /// never be granted, and of those that are now.
    pub(crate) fn release_all(&mut self, owner: OpenId) -> (Vec<Ticket>, Vec<Ticket>) {
        let abandoned = self.stop_waiting_of(owner);
        let Some(Owner { locks, .. }) = self.owners.remove(&owner) else {
            return (abandoned, Vec::new());
        };
        let mut freed = Vec::new();
        for (held, count) in locks {
            self.tree(&held).remove(&held);
            self.held -= count;
            freed.push(LockRange {
                offset: held.offset,
                length: held.length,
                exclusive: held.exclusive,
            });
        }
        (abandoned, self.grant_waiting(&freed))
    }

    /// Whether a read (or, with `write`, a write) by `owner` runs into a lock.
    pub(crate) fn blocks(&self, owner: OpenId, offset: u64, length: u64, write: bool) -> bool {
        let (start, end) = (u128::from(offset), u128::from(offset) + u128::from(length));
        length > 0
            && (self.exclusive.any_of_others(start, end, owner)
                || write && self.shared.any_overlapping(start, end, |_| true))
    }

    /// A shared lock conflicts with exclusive ones of other opens; an exclusive one with every lock, even of
    /// the same open.
    fn conflicts(&self, owner: OpenId, wanted: &LockRange) -> bool {
        let (start, end) = (wanted.start(), wanted.end());
        let exclusive = [&self.exclusive, &self.empty_exclusive];
        if wanted.exclusive {
            let shared = [&self.shared, &self.empty_shared];
            let mut all = exclusive.into_iter().chain(shared);
            all.any(|tree| tree.any_overlapping(start, end, |_| true))
        } else {
            exclusive
                .into_iter()
                .any(|tree| tree.any_of_others(start, end, owner))
        }
    }

    /// Grants what can be granted after these were given back, in the order of arrival.
    fn grant_waiting(&mut self, freed: &[LockRange]) -> Vec<Ticket> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let mut concerned = BTreeSet::new();
        for range in freed {
            self.waited_for
                .any_overlapping(range.start(), range.end(), |waiting| {
                    concerned.insert(waiting.ticket);
                    false
                });
        }
        let mut granted = Vec::new();
        for ticket in concerned {
            let Some(waiting) = self.waiting.get(&ticket) else {
                continue;
            };
            let (owner, ranges) = (waiting.owner, waiting.ranges.clone());
            if self.acquire(owner, &ranges).is_ok() {
                self.stop_waiting(ticket);
                granted.push(ticket);
            }
        }
        granted
    }

    fn tree(&mut self, lock: &Held) -> &mut IntervalTree<Held> {
        match (lock.exclusive, lock.length > 0) {
            (true, true) => &mut self.exclusive,
            (false, true) => &mut self.shared,
            (true, false) => &mut self.empty_exclusive,
            (false, false) => &mut self.empty_shared,
        }
    }

    fn take(&mut self, lock: Held) {
        let owner = self.owners.entry(lock.owner).or_default();
        *owner.locks.entry(lock).or_default() += 1;
        owner.count += 1;
        self.held += 1;
        self.tree(&lock).insert(lock);
    }

    fn give_back(&mut self, lock: &Held) -> bool {
        let Some(owner) = self.owners.get_mut(&lock.owner) else {
            return false;
        };
        let Some(count) = owner.locks.get_mut(lock) else {
            return false;
        };
        *count -= 1;
        let last = *count == 0;
        owner.count -= 1;
        self.held -= 1;
        if last {
            owner.locks.remove(lock);
            self.tree(lock).remove(lock);
        }
        true
    }

    fn forget_idle(&mut self, owner: OpenId) {
        let is_idle = |owner: &Owner| {
            owner.count == 0 && owner.charge.as_ref().is_none_or(|charge| charge.amount() == 0)
        };
        if self.owners.get(&owner).is_some_and(is_idle) {
            self.owners.remove(&owner);
        }
    }

    /// Whether nothing is left of anyone.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.held == 0
            && self.owners.is_empty()
            && self.waiting.is_empty()
            && self.exclusive.all().is_empty()
            && self.shared.all().is_empty()
            && self.empty_exclusive.all().is_empty()
            && self.empty_shared.all().is_empty()
            && self.waited_for.all().is_empty()
    }
}

fn waited_for(range: &LockRange, ticket: Ticket) -> WaitedFor {
    WaitedFor {
        offset: range.offset,
        length: range.length,
        ticket,
    }
}

#[cfg(test)]
mod tests;
