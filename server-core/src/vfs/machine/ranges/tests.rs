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
    locks.wait(Ticket(1), 2, &[range(0, 1, true)]).unwrap();
    locks.wait(Ticket(2), 3, &[range(0, 1, true)]).unwrap();
    locks.wait(Ticket(3), 3, &[range(5, 1, true)]).unwrap();
    let (outcome, granted) = locks.release(1, &[range(0, 10, true)]);
    outcome.unwrap();
    assert_eq!(granted, [Ticket(1), Ticket(3)]);
    assert_eq!(locks.release(2, &[range(0, 1, true)]).1, [Ticket(2)]);
}

#[test]
fn an_open_that_goes_gives_up_what_it_holds_and_waits_for() {
    let mut locks = RangeLocks::default();
    locks.acquire(1, &[range(0, 10, true)]).unwrap();
    locks.wait(Ticket(1), 2, &[range(0, 1, true)]).unwrap();
    assert_eq!(locks.release_all(2), (vec![Ticket(1)], Vec::new()));
    assert_eq!(locks.release_all(1), (Vec::new(), Vec::new()));
    assert!(locks.is_empty());
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
            let held = [locks.exclusive.all(), locks.shared.all(), locks.empty_exclusive.all(), locks.empty_shared.all()].concat();
            for a in &held { for b in &held {
                let overlap = a.start() < b.end() && b.start() < a.end();
                let clash = a.owner != b.owner && overlap && (a.exclusive || b.exclusive);
                prop_assert!(!clash);
            }}
        }
        for owner in 0..4 { locks.release_all(owner); }
        prop_assert!(locks.is_empty());
    }
}

#[test]
fn an_exclusive_lock_goes_before_a_shared_one_on_the_same_range_and_nothing_else_matches() {
    let mut locks = RangeLocks::default();
    locks
        .acquire(1, &[range(0, 4, true), range(0, 4, false)])
        .unwrap();
    assert!(locks.release(1, &[range(0, 3, true)]).0.is_err());
    locks.release(1, &[range(0, 4, false)]).0.unwrap();
    assert!(!locks.blocks(2, 0, 4, false), "the exclusive one is gone");
    assert!(locks.blocks(2, 0, 4, true), "the shared one is left");
    locks.release(1, &[range(0, 4, true)]).0.unwrap();
    assert!(matches!(
        locks.release(1, &[range(0, 4, true)]).0,
        Err(VfsError::RangeNotLocked)
    ));
}

#[test]
fn a_release_wakes_only_those_who_wait_for_what_was_released() {
    let mut locks = RangeLocks::default();
    locks
        .acquire(1, &[range(0, 1, true), range(10, 1, true)])
        .unwrap();
    locks.wait(Ticket(1), 2, &[range(0, 1, true)]).unwrap();
    locks.wait(Ticket(2), 3, &[range(10, 1, true)]).unwrap();
    assert_eq!(locks.release(1, &[range(10, 1, true)]).1, [Ticket(2)]);
    assert!(locks.stop_waiting(Ticket(1)));
    assert!(!locks.stop_waiting(Ticket(1)));
}

#[test]
fn a_hundred_thousand_shared_locks_slow_nobody_down() {
    let mut locks = RangeLocks::default();
    let started = std::time::Instant::now();
    for at in 0..100_000 {
        locks.acquire(at % 7, &[range(at, 50, false)]).unwrap();
    }
    for at in 0..10_000 {
        assert!(locks.blocks(9, at * 10, 1, true));
        assert!(!locks.blocks(9, at * 10, 1, false));
        assert!(locks.acquire(9, &[range(at * 10, 1, true)]).is_err());
    }
    for owner in 0..7 {
        locks.release_all(owner);
    }
    assert!(locks.is_empty());
    // Looking at each lock for each question would take an hour here.
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn whoever_holds_thousands_of_locks_asks_for_more_and_reads_through_them_at_no_cost() {
    let mut locks = RangeLocks::default();
    let started = std::time::Instant::now();
    for at in 0..50_000 {
        locks.acquire(1, &[range(at * 2, 1, true)]).unwrap();
        locks.acquire(1, &[range(at * 2 + 1, 0, at % 2 == 0)]).unwrap();
        locks.acquire(2, &[range(at * 2 + 1, 0, false)]).unwrap();
    }
    for _ in 0..50_000 {
        locks.acquire(1, &[range(0, 1 << 40, false)]).unwrap();
        assert!(!locks.blocks(1, 0, 1 << 40, false));
        assert!(!locks.blocks(3, 99_999, 1, false));
        locks.release(1, &[range(0, 1 << 40, false)]).0.unwrap();
    }
    // Looking through their own for each question would take an hour here.
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn no_more_wait_on_a_file_than_can_be_tried_at_once() {
    let mut locks = RangeLocks::default();
    locks.acquire(1, &[range(0, 1, true)]).unwrap();
    let mut waits = 0..;
    let mut wait = |locks: &mut RangeLocks, owner| {
        let ticket = Ticket(waits.next().unwrap());
        locks.wait(ticket, owner, &[range(0, 1, true)])
    };
    for owner in 2..4 {
        for _ in 0..MAX_WAITING_OF_ONE {
            wait(&mut locks, owner).unwrap();
        }
        assert!(wait(&mut locks, owner).is_err());
    }
    assert!(wait(&mut locks, 4).is_err());
    assert!(locks.stop_waiting(Ticket(0)));
    wait(&mut locks, 4).unwrap();
}
