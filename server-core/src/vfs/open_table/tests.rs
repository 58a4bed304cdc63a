//! The open table as a machine: pairs of opens, orders of events.

use std::sync::atomic::Ordering;

use super::*;
use crate::live::{Consumer, LimitKind, Limits, Usage};
use crate::vfs::request::LockRange;
use proptest::prelude::*;

const KEY: FileKey = FileKey { volume: 1, file: 1 };

pub(super) fn table() -> OpenTable {
    OpenTable::new(TableLimits {
        opens: 100,
        opens_per_owner: 100,
        locks_per_open: 8,
        locks_per_file: 20,
    })
}

/// What somebody uses whom nothing limits.
pub(super) fn somebody() -> Arc<Usage> {
    Limits::default().usage(Consumer::Person(1), "alice")
}

pub(super) fn place(share: i64, disk: &str) -> Place {
    let path = SharePath::from_sftp(disk.as_bytes()).unwrap();
    Place {
        share: ShareId(share),
        path,
        disk: disk.into(),
    }
}

pub(super) fn ask(access: AccessMask, share_mode: ShareMode) -> Admission {
    Admission {
        key: KEY,
        stream: StreamName::default(),
        place: place(1, "a"),
        only_name: true,
        directory: false,
        owner: LiveSessionId(1),
        client: Consumer::Person(1),
        granted: access,
        access,
        share_mode,
        replaces: false,
        caching: None,
    }
}

/// Lets an open in that nobody's cache is in the way of.
pub(super) fn admit(table: &OpenTable, admission: Admission) -> Result<Admitted, VfsError> {
    match table.admit(admission, None)? {
        Entry::Admitted(admitted) => Ok(admitted),
        Entry::Waits(_) => panic!("nobody caches anything here"),
    }
}

fn range(offset: u64, length: u64) -> LockRange {
    LockRange {
        offset,
        length,
        exclusive: true,
    }
}

#[test]
fn an_open_that_does_not_share_keeps_others_out() {
    let table = table();
    admit(&table, ask(AccessMask::READ_DATA, ShareMode::READ)).unwrap();
    let write = admit(&table, ask(AccessMask::WRITE_DATA, ShareMode::all()));
    assert!(matches!(write, Err(VfsError::SharingViolation)));
    admit(&table, ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
    admit(&table, ask(AccessMask::READ_ATTRIBUTES, ShareMode::empty())).unwrap();
}

#[test]
fn every_pair_of_access_and_sharing_is_judged_as_windows_does() {
    // Both directions of the matrix in [MS-FSA] 2.1.5.1.2.2, for the three kinds of access.
    let kinds = [
        (AccessMask::READ_DATA, ShareMode::READ),
        (AccessMask::WRITE_DATA, ShareMode::WRITE),
        (AccessMask::DELETE, ShareMode::DELETE),
    ];
    for (first, needs_of_second) in kinds {
        for (second, needs_of_first) in kinds {
            for first_share in 0..8 {
                for second_share in 0..8 {
                    let (first_share, second_share) = (
                        ShareMode::from_bits_truncate(first_share),
                        ShareMode::from_bits_truncate(second_share),
                    );
                    let table = table();
                    admit(&table, ask(first, first_share)).unwrap();
                    let allowed =
                        first_share.contains(needs_of_first) && second_share.contains(needs_of_second);
                    let outcome = admit(&table, ask(second, second_share));
                    assert_eq!(
                        outcome.is_ok(),
                        allowed,
                        "{first:?}/{first_share:?} {second:?}/{second_share:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_file_to_be_deleted_lets_nobody_in_and_goes_with_the_last_open() {
    let table = table();
    let first = admit(&table, ask(AccessMask::DELETE, ShareMode::all())).unwrap();
    let second = admit(&table, ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
    table.set_delete_pending(&first.link, true);
    let third = || admit(&table, ask(AccessMask::READ_DATA, ShareMode::all()));
    assert!(matches!(third(), Err(VfsError::DeletePending)));
    assert!(!table.leave(first.id));
    assert!(table.leave(second.id));
    assert!(
        matches!(third(), Err(VfsError::DeletePending)),
        "until it is off the disk"
    );
    table.finish_delete(KEY);
    assert_eq!(table.count(), 0);
    third().unwrap();
}

#[test]
fn deleting_one_hard_link_leaves_the_other_open() {
    let table = table();
    let by = |name: &str| Admission {
        place: place(1, name),
        only_name: false,
        ..ask(AccessMask::DELETE, ShareMode::all())
    };
    let a = admit(&table, by("a")).unwrap();
    let b = admit(&table, by("b")).unwrap();
    table.set_delete_pending(&b.link, true);
    assert!(!a.link.delete_pending());
    assert!(table.leave(b.id));
    table.finish_delete(KEY);
    assert!(!table.leave(a.id));
}

#[test]
fn one_name_reached_through_two_shares_is_one_link() {
    let table = table();
    let here = admit(&table, ask(AccessMask::DELETE, ShareMode::all())).unwrap();
    let there = Admission {
        place: place(2, "sub/a"),
        ..ask(AccessMask::READ_DATA, ShareMode::all())
    };
    let there = admit(&table, there).unwrap();
    table.set_delete_pending(&here.link, true);
    assert!(there.link.delete_pending());
    assert!(!table.leave(here.id));
    assert!(table.leave(there.id));
}

#[test]
fn a_waiter_hears_when_the_holder_goes_and_leaves_nothing_when_it_gives_up() {
    let table = table();
    let holder = admit(&table, ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
    let waiter = admit(&table, ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
    assert!(matches!(
        table.lock(&holder.shared, holder.id, &somebody(), &[range(0, 1)], true),
        Ok(LockOutcome::Granted)
    ));
    let Ok(LockOutcome::Waiting(ticket, mut heard)) =
        table.lock(&waiter.shared, waiter.id, &somebody(), &[range(0, 1)], true)
    else {
        panic!("it has to wait");
    };
    assert!(heard.try_recv().is_err());
    table.leave(holder.id);
    heard.try_recv().unwrap();
    assert_eq!(waiter.shared.lock_count.load(Ordering::Acquire), 1);
    // The future was dropped before it saw the grant.
    table.abandon(&waiter.shared, waiter.id, ticket, &[range(0, 1)]);
    assert_eq!(waiter.shared.lock_count.load(Ordering::Acquire), 0);
}

#[test]
fn locks_are_limited_for_each_open_and_each_file() {
    let table = table();
    let opens: Vec<_> = (0..3)
        .map(|_| admit(&table, ask(AccessMask::READ_DATA, ShareMode::all())).unwrap())
        .collect();
    let take = |open: &Admitted, from: u64, count: u64| {
        let ranges: Vec<_> = (from..from + count).map(|at| range(at, 1)).collect();
        table.lock(&open.shared, open.id, &somebody(), &ranges, false)
    };
    assert!(matches!(take(&opens[0], 0, 9), Err(VfsError::TooManyOpens)));
    take(&opens[0], 0, 8).unwrap();
    take(&opens[1], 10, 8).unwrap();
    assert!(matches!(take(&opens[2], 20, 5), Err(VfsError::TooManyOpens)));
    table.leave(opens[0].id);
    take(&opens[2], 20, 5).unwrap();
}

#[test]
fn locks_are_limited_for_each_person_whatever_they_are_on() {
    let table = table();
    let limits = Limits::default();
    limits.of(LimitKind::Locks).set(100, Some(3));
    let alice = || limits.usage(Consumer::Person(1), "alice");
    let bob = limits.usage(Consumer::Person(2), "bob");
    let opens: Vec<_> = (1..4)
        .map(|file| {
            let key = FileKey { volume: 1, file };
            let asks = ask(AccessMask::READ_DATA, ShareMode::all());
            admit(&table, Admission { key, ..asks }).unwrap()
        })
        .collect();
    let held = alice();
    let take = |open: &Admitted, usage: &Arc<Usage>, from: u64, count: u64, wait| {
        let ranges: Vec<_> = (from..from + count).map(|at| range(at, 1)).collect();
        table.lock(&open.shared, open.id, usage, &ranges, wait)
    };
    take(&opens[0], &alice(), 0, 2, false).unwrap();
    // What conflicts is not charged, what waits is.
    let rival = admit(&table, ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
    assert!(matches!(
        take(&rival, &held, 0, 1, false),
        Err(VfsError::LockNotGranted)
    ));
    let Ok(LockOutcome::Waiting(ticket, _heard)) = take(&rival, &held, 0, 1, true) else {
        panic!("it has to wait");
    };
    assert_eq!(held.used(LimitKind::Locks), 3);
    assert!(matches!(
        take(&opens[1], &alice(), 0, 1, false),
        Err(VfsError::TooManyOpens)
    ));
    take(&opens[1], &bob, 0, 3, false).unwrap();
    table.abandon(&rival.shared, rival.id, ticket, &[range(0, 1)]);
    take(&opens[2], &alice(), 0, 1, false).unwrap();
    table
        .unlock(&opens[0].shared, opens[0].id, &[range(0, 1)])
        .unwrap();
    assert_eq!(held.used(LimitKind::Locks), 2);
    for open in opens {
        table.leave(open.id);
    }
    assert_eq!((held.used(LimitKind::Locks), bob.used(LimitKind::Locks)), (0, 0));
}

#[test]
fn opens_below_a_renamed_folder_move_along() {
    let table = table();
    let open = |key, name: &str| {
        let access = ask(AccessMask::DELETE, ShareMode::all());
        let key = FileKey { volume: 1, file: key };
        let place = place(1, name);
        admit(&table, Admission { key, place, ..access }).unwrap()
    };
    let (folder, inside) = (open(2, "old"), open(3, "old/x/f"));
    let below = |share, folder: &str| table.has_opens_below(&place(share, folder), true);
    assert!(below(1, "old") && table.has_opens_below(&place(1, "OLD"), false));
    assert!(!below(1, "OLD"), "another folder, where the disk minds case");
    assert!(!below(2, "old"));
    assert!(!below(1, "old/x/f"));
    table.moved(&folder.link, &place(1, "new/er"));
    assert_eq!(*inside.link.place.lock(), place(1, "new/er/x/f"));
    assert!(below(1, "new/er") && !below(1, "old"));
    table.leave(inside.id);
    assert!(!below(1, "new/er"));
}

proptest! {
    #[test]
    fn whatever_the_order_opens_never_contradict_and_nothing_stays_behind(
        asks in proptest::collection::vec((0u32..8, 0u32..8, 0u8..6, 0u64..4), 1..60)
    ) {
        let table = table();
        let mut live: Vec<(Admitted, AccessMask, ShareMode)> = Vec::new();
        for (access, share, deed, at) in asks {
            let mut rights = AccessMask::empty();
            for (bit, right) in [(1, AccessMask::READ_DATA), (2, AccessMask::WRITE_DATA), (4, AccessMask::DELETE)] {
                if access & bit != 0 { rights |= right; }
            }
            let share = ShareMode::from_bits_truncate(share);
            let pending = live.first().is_some_and(|(open, ..)| open.link.delete_pending());
            match admit(&table, ask(rights, share)) {
                Ok(open) => { prop_assert!(!pending); live.push((open, rights, share)); }
                Err(VfsError::DeletePending) => prop_assert!(pending),
                Err(error) => prop_assert!(matches!(error, VfsError::SharingViolation)),
            }
            let Some((open, ..)) = live.first() else { continue };
            match deed {
                0 => { let open = live.remove(0).0; if table.leave(open.id) { prop_assert!(live.is_empty()); table.finish_delete(KEY); } }
                1 => { let _ = table.lock(&open.shared, open.id, &somebody(), &[range(at, 2)], false); }
                2 => if let Ok(LockOutcome::Waiting(ticket, _)) = table.lock(&open.shared, open.id, &somebody(), &[range(at, 2)], true) {
                    table.abandon(&open.shared, open.id, ticket, &[range(at, 2)]);
                },
                3 => { let _ = table.unlock(&open.shared, open.id, &[range(at, 2)]); }
                4 => table.set_delete_pending(&open.link, at == 0),
                _ => {}
            }
            prop_assert_eq!(table.count(), live.len());
            for (i, a) in live.iter().enumerate() { for (j, b) in live.iter().enumerate() {
                if i != j {
                    prop_assert!(!a.1.contains(AccessMask::WRITE_DATA) || b.2.contains(ShareMode::WRITE) || b.1.is_empty());
                }
            }}
        }
        for (open, ..) in live { if table.leave(open.id) { table.finish_delete(KEY); } }
        prop_assert!(table.core.state.lock().machine.is_empty());
    }
}
