//! Memory that clients make the server keep, counted over all connections and sessions of one owner: a person, or an
//! address for those who have no name here. What one connection may keep is bounded where it is kept; this bounds what
//! hundreds of them may. Two kinds are told apart: work, which ends by itself, so that over the bound the owner's next
//! work has to wait; and what lasts until its client ends it, of which no more is taken over the bound.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;

use parking_lot::Mutex;

use crate::identity::{Principal, UserId};

/// What one owner may make the server keep, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Of requests under way and answers that the client has not taken; each connection has a little besides.
    pub work: usize,
    /// Of what may last for ever: requests that wait for what may never happen, trees, pipes.
    pub kept: usize,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            work: 256 << 20,
            kept: 64 << 20,
        }
    }
}

/// Work that a connection may have without its owner being asked.
const OWN_WORK: usize = 1 << 20;
/// In what steps work is counted, so that small requests cost no look at what connections share.
const STEP: usize = 1 << 20;

/// Who memory is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    Person(UserId),
    /// Of IPv6 the part that a network gives out to one customer.
    Address(IpAddr),
}

impl Owner {
    fn of(principal: &Principal, address: IpAddr) -> Self {
        match (principal.user, address.to_canonical()) {
            (Some(user), _) => Self::Person(user),
            (None, IpAddr::V6(address)) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                Self::Address(IpAddr::V6(network.into()))
            }
            (None, address) => Self::Address(address),
        }
    }
}

/// The budgets of all owners. An owner is here while something counts on its budget.
#[derive(Debug)]
pub(crate) struct Memory {
    limits: MemoryLimits,
    by_owner: Mutex<HashMap<Owner, Weak<Budget>>>,
}

impl Memory {
    pub(crate) fn new(limits: MemoryLimits) -> Self {
        Self {
            limits,
            by_owner: Mutex::default(),
        }
    }

    /// The budget of someone who comes from an address.
    pub(crate) fn budget(&self, principal: &Principal, address: IpAddr) -> Arc<Budget> {
        let owner = Owner::of(principal, address);
        let mut budgets = self.by_owner.lock();
        if let Some(budget) = budgets.get(&owner).and_then(Weak::upgrade) {
            return budget;
        }
        budgets.retain(|_, budget| budget.strong_count() > 0);
        let budget = Budget::new(self.limits);
        budgets.insert(owner, Arc::downgrade(&budget));
        budget
    }
}

/// What one owner has and may have.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: MemoryLimits,
    work: AtomicUsize,
    kept: AtomicUsize,
    /// Connections whose next work waits for the end of other work.
    waiting: Mutex<Vec<Waker>>,
    is_waited_for: AtomicBool,
}

impl Budget {
    pub(crate) fn new(limits: MemoryLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            work: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            waiting: Mutex::default(),
            is_waited_for: AtomicBool::new(false),
        })
    }

    /// Keeps memory until the result is dropped.
    ///
    /// # Errors
    /// The owner has too much of it already.
    pub(crate) fn keep(self: &Arc<Self>, bytes: usize) -> Result<Kept, OverBudget> {
        let mut kept = Kept {
            budget: Arc::clone(self),
            bytes: 0,
        };
        kept.resize(bytes)?;
        Ok(kept)
    }

    fn has_room(&self) -> bool {
        self.work.load(Ordering::SeqCst) < self.limits.work
    }

    fn add_work(&self, bytes: usize) {
        self.work.fetch_add(bytes, Ordering::SeqCst);
    }

    fn remove_work(&self, bytes: usize) {
        self.work.fetch_sub(bytes, Ordering::SeqCst);
        if self.has_room() && self.is_waited_for.swap(false, Ordering::SeqCst) {
            for waker in std::mem::take(&mut *self.waiting.lock()) {
                waker.wake();
            }
        }
    }

    /// Wakes when there is room; there may be meanwhile.
    fn wake_on_room(&self, waker: &Waker) {
        let mut waiting = self.waiting.lock();
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
        self.is_waited_for.store(true, Ordering::SeqCst);
    }
}

/// The owner keeps too much already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverBudget;

/// Memory that lasts until its client ends it.
#[derive(Debug)]
pub(crate) struct Kept {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Kept {
    /// It is as large as this now.
    ///
    /// # Errors
    /// The owner has too much of it; it is counted as before.
    pub(crate) fn resize(&mut self, bytes: usize) -> Result<(), OverBudget> {
        let kept = &self.budget.kept;
        if let Some(more) = bytes.checked_sub(self.bytes) {
            let most = self.budget.limits.kept;
            let grown = |now: usize| now.checked_add(more).filter(|now| *now <= most);
            if more > 0 {
                kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown)
                    .map_err(|_| OverBudget)?;
            }
        } else {
            kept.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.budget.kept.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The work of one connection, on its owner's budget.
#[derive(Debug)]
pub(crate) struct Work {
    budget: Arc<Budget>,
    counted: usize,
}

impl Work {
    pub(crate) fn on(budget: Arc<Budget>) -> Self {
        Self { budget, counted: 0 }
    }

    /// The connection has so much of it now.
    pub(crate) fn is_now(&mut self, bytes: usize) {
        let steps = bytes.saturating_sub(OWN_WORK).div_ceil(STEP) * STEP;
        if steps > self.counted {
            self.budget.add_work(steps - self.counted);
        } else if steps < self.counted {
            self.budget.remove_work(self.counted - steps);
        }
        self.counted = steps;
    }

    /// Whether more may be begun; when not, `waker` is woken once it may.
    pub(crate) fn may_begin(&self, waker: &Waker) -> bool {
        self.budget.has_room() || {
            self.budget.wake_on_room(waker);
            self.budget.has_room()
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.counted > 0 {
            self.budget.remove_work(self.counted);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::task::Wake;

    use super::*;

    const MIB: usize = 1 << 20;
    const LIMITS: MemoryLimits = MemoryLimits {
        work: 8 * MIB,
        kept: 1000,
    };

    #[derive(Default)]
    struct Bell(AtomicU32);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn principal(user: Option<i64>) -> Principal {
        Principal {
            user: user.map(UserId),
            name: String::new(),
            display_name: String::new(),
            sid: "S-1-5-21-1-2-3-501".parse().unwrap(),
            group_sids: Vec::new(),
            uid: 1,
            gid: 1,
        }
    }

    #[test]
    fn a_person_has_one_budget_wherever_they_come_from_and_a_nameless_one_has_that_of_the_address() {
        let memory = Memory::new(LIMITS);
        let budget = |user, address: &str| memory.budget(&principal(user), address.parse().unwrap());
        let same = |one: &Arc<Budget>, other: &Arc<Budget>| Arc::ptr_eq(one, other);
        let alice = budget(Some(1), "10.0.0.1");
        assert!(same(&alice, &budget(Some(1), "10.0.0.2")));
        assert!(!same(&alice, &budget(Some(2), "10.0.0.1")));
        let guest = budget(None, "10.0.0.1");
        assert!(same(&guest, &budget(None, "::ffff:10.0.0.1")));
        assert!(!same(&guest, &budget(None, "10.0.0.2")));
        let guest = budget(None, "2001:db8::1");
        assert!(same(&guest, &budget(None, "2001:db8::2")));
        assert!(!same(&guest, &budget(None, "2001:db8:0:1::1")));
    }

    #[test]
    fn work_over_the_bound_waits_and_goes_on_when_other_work_has_ended() {
        let budget = Budget::new(LIMITS);
        let (mut one, mut other) = (Work::on(Arc::clone(&budget)), Work::on(Arc::clone(&budget)));
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        // What is a connection's own counts nowhere.
        other.is_now(OWN_WORK);
        one.is_now(OWN_WORK + 7 * MIB);
        assert!(other.may_begin(&waker));
        one.is_now(OWN_WORK + 7 * MIB + 1);
        assert!(!other.may_begin(&waker) && !other.may_begin(&waker));
        assert_eq!(bell.0.load(Ordering::SeqCst), 0);
        one.is_now(OWN_WORK + 7 * MIB);
        assert_eq!(bell.0.load(Ordering::SeqCst), 1);
        assert!(other.may_begin(&waker));
        one.is_now(100 * MIB);
        assert!(!other.may_begin(&waker));
        drop(one);
        assert_eq!(bell.0.load(Ordering::SeqCst), 2);
        assert_eq!(budget.work.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn no_more_is_kept_than_the_bound_and_what_ends_makes_room() {
        let budget = Budget::new(LIMITS);
        let mut one = budget.keep(600).unwrap();
        let other = budget.keep(400).unwrap();
        assert_eq!(budget.keep(1).unwrap_err(), OverBudget);
        assert_eq!(one.resize(601), Err(OverBudget));
        one.resize(500).unwrap();
        one.resize(600).unwrap();
        drop(other);
        budget.keep(400).unwrap();
        assert_eq!(one.resize(usize::MAX), Err(OverBudget));
        drop(one);
        assert_eq!(budget.kept.load(Ordering::Relaxed), 0);
    }
}
