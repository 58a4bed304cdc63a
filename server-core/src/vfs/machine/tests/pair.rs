//! Two clients and one machine over a clock that a test turns by hand.

use std::time::Duration;

use super::*;

impl World {
    fn expect_break(&mut self, holder: Holder, from: LeaseState, to: LeaseState) -> LeaseBreak {
        let heard = self.heard();
        let [Effect::Break(notice)] = heard[..] else {
            panic!("one break was to come, not {heard:?}");
        };
        assert_eq!((notice.holder, notice.from, notice.to), (holder, from, to));
        assert_eq!(notice.ack_required, from.needs_answer());
        notice
    }

    fn expect_nothing(&mut self) {
        assert_eq!(self.heard(), []);
    }
}

#[test]
fn a_batch_oplock_goes_down_to_level_ii_and_the_second_open_comes_in() {
    let mut world = World::new();
    let first = world.admitted(ask(ALICE).oplock(RWH));
    assert_eq!(first.caching.state, RWH);
    let ticket = world.waits(ask(BOB));
    world.expect_break(Holder::Oplock(first.id), RWH, R);
    world
        .machine
        .acknowledge(world.now, Holder::Oplock(first.id), R)
        .unwrap();
    assert_eq!(world.heard(), [Effect::Wake(ticket)]);
    let second = world.admitted(ask(BOB).oplock(RWH));
    assert_eq!(second.caching.state, R);
}

#[test]
fn who_does_not_answer_loses_it_after_its_own_time_also_when_nobody_waits() {
    let mut world = World::new();
    let (a, b) = (lease(1, 1), lease(2, 1));
    world.admitted(ask(ALICE).lease(a, RH));
    world.admitted(ask(BOB).lease(b, RH));
    let writer = world.admitted(ask(BOB).lease(b, RH));
    world.heard();
    // A write waits for nobody, and yet the break has to end some time.
    world.machine.content_changes(world.now, writer.id);
    world.expect_break(Holder::Lease(a), RH, NONE);
    let first_due = world.machine.next_deadline().unwrap();
    world.passes(20);
    let third = world.admitted(ask(ALICE).lease(lease(3, 1), RH));
    world.machine.content_changes(world.now, third.id);
    world.expect_break(Holder::Lease(b), RH, NONE);
    assert_eq!(
        world.machine.next_deadline(),
        Some(first_due),
        "each has a time of its own"
    );
    world.passes(15);
    assert_eq!(world.machine.expire(world.now), 1);
    assert_eq!(
        world.machine.next_deadline(),
        Some(first_due + Duration::from_secs(20))
    );
    world.passes(20);
    assert_eq!(world.machine.expire(world.now), 1);
    assert_eq!(world.machine.next_deadline(), None);
}

#[test]
fn a_wait_ends_when_the_holder_had_its_time() {
    let mut world = World::new();
    let first = world.admitted(ask(ALICE).oplock(RWH));
    let ticket = world.waits(ask(BOB));
    world.heard();
    world.passes(34);
    world.machine.expire(world.now);
    world.expect_nothing();
    world.passes(1);
    world.machine.expire(world.now);
    let heard = world.heard();
    assert!(
        heard.contains(&Effect::Wake(ticket)) && heard.contains(&Effect::Ended(Holder::Oplock(first.id)))
    );
    world.admitted(ask(BOB));
    let late = world.machine.acknowledge(world.now, Holder::Oplock(first.id), R);
    assert!(matches!(late, Err(VfsError::NotBreaking)));
}

#[test]
fn leases_share_reading_and_handles_and_never_writing() {
    let mut world = World::new();
    assert_eq!(
        world.admitted(ask(ALICE).lease(lease(1, 1), RWH)).caching.state,
        RWH
    );
    world.waits(ask(BOB).lease(lease(2, 1), RWH));
    world.expect_break(Holder::Lease(lease(1, 1)), RWH, RH);
    world
        .machine
        .acknowledge(world.now, Holder::Lease(lease(1, 1)), RH)
        .unwrap();
    world.heard();
    assert_eq!(world.admitted(ask(BOB).lease(lease(2, 1), RWH)).caching.state, RH);
    // A level II oplock can't stand beside a lease that keeps the file open, nor that lease beside one.
    assert_eq!(world.admitted(ask(BOB).oplock(RWH)).caching.state, NONE);
}

#[test]
fn the_same_key_never_breaks_itself_and_grows() {
    let mut world = World::new();
    let key = lease(1, 1);
    let first = world.admitted(ask(ALICE).lease_v2(key, R, 0x11));
    assert_eq!((first.caching.state, first.caching.epoch), (R, Some(0x12)));
    let second = world.admitted(ask(ALICE).lease_v2(key, RWH, 0x11));
    assert_eq!((second.caching.state, second.caching.epoch), (RWH, Some(0x13)));
    let weaker = world.admitted(ask(ALICE).lease_v2(key, R, 0x11));
    assert_eq!((weaker.caching.state, weaker.caching.epoch), (RWH, Some(0x13)));
    world.admitted(Admission {
        replaces: true,
        ..ask(ALICE).lease(key, RWH)
    });
    world.machine.content_changes(world.now, first.id);
    assert!(world.machine.give_up_handles(world.now, first.id).is_none());
    world.expect_nothing();
    let cached = first.caching.cached.unwrap();
    assert!(first.shared.is_cached_by_others(None) && !first.shared.is_cached_by_others(Some(&cached)));
}

#[test]
fn one_key_is_one_file() {
    let mut world = World::new();
    let first = world.admitted(ask(ALICE).lease(lease(1, 1), RH));
    let elsewhere = Admission {
        key: OTHER,
        place: place("b"),
        ..ask(ALICE).lease(lease(1, 1), RH)
    };
    let folded = FoldedPath::of(&elsewhere.place.path);
    let outcome = world.machine.open(world.now, elsewhere, folded);
    assert!(matches!(outcome, Err(VfsError::InvalidParameter)));
    world.machine.close(first.id);
    world.admitted(Admission {
        key: OTHER,
        place: place("b"),
        ..ask(ALICE).lease(lease(1, 1), RH)
    });
}

#[test]
fn what_more_must_go_is_asked_for_step_by_step_and_nobody_comes_in_before_the_last() {
    let mut world = World::new();
    let key = lease(1, 1);
    let holder = Holder::Lease(key);
    world.admitted(ask(ALICE).lease_v2(key, RWH, 0));
    let second = world.waits(ask(BOB));
    let epoch = world.expect_break(holder, RWH, RH).epoch;
    assert_eq!(epoch, 2);
    let again = world.admitted(ask(ALICE).lease_v2(key, RWH, 0)).caching;
    assert_eq!((again.state, again.breaking), (RWH, true));
    let third = world.waits(Admission {
        replaces: true,
        ..ask(BOB)
    });
    world.expect_nothing();
    world.machine.acknowledge(world.now, holder, RH).unwrap();
    assert_eq!(world.expect_break(holder, RH, R).epoch, epoch);
    world.machine.acknowledge(world.now, holder, R).unwrap();
    let heard = world.heard();
    let [Effect::Break(last), Effect::Wake(a), Effect::Wake(b)] = heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!((last.from, last.to, last.ack_required), (R, NONE, false));
    assert_eq!([a, b], [second, third]);
}

#[test]
fn who_replaces_the_content_does_not_wait_for_handles() {
    let mut world = World::new();
    world.admitted(ask(ALICE).lease(lease(1, 1), RH));
    for _ in 0..2 {
        let opened = world.admitted(Admission {
            replaces: true,
            ..ask(BOB)
        });
        world.machine.close(opened.id);
    }
    world.expect_break(Holder::Lease(lease(1, 1)), RH, NONE);
    let asking = world.admitted(ask(ALICE).lease(lease(1, 1), NONE)).caching;
    assert_eq!((asking.state, asking.breaking), (RH, true));
}

#[test]
fn an_acknowledgment_of_too_much_leaves_a_lease_breaking() {
    let mut world = World::new();
    let holder = Holder::Lease(lease(1, 1));
    world.admitted(ask(ALICE).lease(lease(1, 1), RWH));
    assert!(
        world.machine.acknowledge(world.now, holder, NONE).is_err(),
        "nobody asked"
    );
    let ticket = world.waits(ask(BOB));
    world.heard();
    assert!(world.machine.acknowledge(world.now, holder, RWH).is_err());
    world.expect_nothing();
    assert!(matches!(
        world.machine.acknowledge(world.now, holder, NONE),
        Ok(NONE)
    ));
    assert_eq!(world.heard(), [Effect::Wake(ticket)]);
}

#[test]
fn a_deletion_asks_others_to_let_go_of_handles_and_not_oneself() {
    let mut world = World::new();
    let (a, b) = (lease(1, 1), lease(2, 1));
    world.admitted(ask(ALICE).lease(a, RH));
    let deleter = world.admitted(ask(BOB).lease(b, RH));
    let ticket = world.machine.give_up_handles(world.now, deleter.id).unwrap();
    world.expect_break(Holder::Lease(a), RH, R);
    world.machine.acknowledge(world.now, Holder::Lease(a), R).unwrap();
    assert_eq!(world.heard(), [Effect::Wake(ticket)]);
    assert!(world.machine.give_up_handles(world.now, deleter.id).is_none());
}

#[test]
fn the_rename_of_a_folder_asks_those_below_to_let_go() {
    let mut world = World::new();
    let below = Admission {
        place: place("dir/a"),
        ..ask(ALICE).lease(lease(1, 1), RH)
    };
    let below = world.admitted(below);
    let folder = FoldedPath::of(&place("Dir").path);
    let ticket = world.machine.give_up_handles_below(world.now, SHARE, &folder);
    world.expect_break(Holder::Lease(lease(1, 1)), RH, R);
    world.machine.close(below.id);
    assert!(
        world.heard().contains(&Effect::Wake(ticket.unwrap())),
        "its client closed it"
    );
    assert!(!world.machine.has_opens_below(&place("Dir"), false));
}

#[test]
fn a_durable_open_waits_for_its_client_and_keeps_what_it_cached() {
    let mut world = World::new();
    let key = lease(1, 1);
    let open = world.admitted(ask(ALICE).lease(key, RWH));
    assert!(
        world
            .machine
            .disconnect(open.id, world.now + Duration::from_secs(60))
    );
    assert!(world.machine.opens_of(ALICE).is_empty());
    assert!(
        world.machine.reconnect(open.id, CAROL, None).is_err(),
        "without its key"
    );
    world.passes(59);
    world.machine.expire(world.now);
    world.expect_nothing();
    assert!(matches!(
        world.machine.reconnect(open.id, CAROL, Some(key)),
        Ok((RWH, None))
    ));
    assert_eq!(world.machine.opens_of(CAROL).len(), 1);
    assert_eq!(world.machine.next_deadline(), None);
}

#[test]
fn an_open_whose_client_is_away_goes_when_somebody_wants_the_file() {
    let mut world = World::new();
    let open = world.admitted(ask(ALICE).oplock(RWH));
    assert!(
        world
            .machine
            .disconnect(open.id, world.now + Duration::from_secs(600))
    );
    let ticket = world.waits(ask(BOB));
    assert_eq!(world.heard(), [Effect::Close(open.id)]);
    assert!(world.machine.reconnect(open.id, ALICE, None).is_err(), "too late");
    world.machine.close(open.id);
    assert!(world.heard().contains(&Effect::Wake(ticket)));
    world.admitted(ask(BOB));
}

#[test]
fn an_open_whose_client_never_comes_back_goes() {
    let mut world = World::new();
    let open = world.admitted(ask(ALICE).oplock(RWH));
    assert!(
        world
            .machine
            .disconnect(open.id, world.now + Duration::from_secs(60))
    );
    world.passes(60);
    world.machine.expire(world.now);
    assert_eq!(world.heard(), [Effect::Close(open.id)]);
    world.machine.close(open.id);
    assert!(world.machine.is_empty());
}

#[test]
fn nothing_waits_for_a_client_that_kept_nothing_open() {
    let mut world = World::new();
    let plain = world.admitted(ask(ALICE));
    let until = world.now + Duration::from_secs(60);
    assert!(!world.machine.disconnect(plain.id, until));
    let reader = world.admitted(ask(ALICE).lease(lease(1, 1), R));
    assert!(!world.machine.disconnect(reader.id, until));
}

#[test]
fn a_file_that_was_replaced_lives_on_and_its_end_takes_nothing_away() {
    let mut world = World::new();
    let old = world.admitted(ask(ALICE));
    assert!(matches!(world.machine.may_be_replaced(world.now, FILE), Ok(None)));
    world.machine.replaced(FILE, &place("a"));
    assert!(old.link.is_unlinked());
    // Another file has the name now.
    let new = world.admitted(Admission {
        key: OTHER,
        ..ask(BOB)
    });
    world.machine.set_delete_pending(&old.link, true);
    assert!(!new.link.delete_pending());
    assert!(!world.machine.close(old.id).unwrap().delete);
    assert!(!world.machine.close(new.id).unwrap().delete);
    assert!(world.machine.is_empty());
}

#[test]
fn what_is_not_shared_for_deletion_is_not_replaced_and_caches_are_asked_first() {
    let mut world = World::new();
    let holder = world.admitted(Admission {
        share_mode: ShareMode::READ | ShareMode::WRITE,
        ..ask(ALICE).oplock(RWH)
    });
    let asked = world.machine.may_be_replaced(world.now, FILE).unwrap();
    world.expect_break(Holder::Oplock(holder.id), RWH, R);
    assert!(asked.is_some());
    world
        .machine
        .acknowledge(world.now, Holder::Oplock(holder.id), R)
        .unwrap();
    let refused = world.machine.may_be_replaced(world.now, FILE);
    assert!(matches!(refused, Err(VfsError::AccessDenied(Denial::InUse))));
    world.machine.close(holder.id);
    assert!(matches!(world.machine.may_be_replaced(world.now, FILE), Ok(None)));
}

#[test]
fn streams_are_shared_and_cached_by_themselves_and_deleted_with_the_file() {
    let mut world = World::new();
    let alone = |open: Admission| Admission {
        share_mode: ShareMode::empty(),
        ..open
    };
    let named = |open: Admission| Admission {
        stream: StreamName::named("S"),
        ..open
    };
    let content = world.admitted(alone(ask(ALICE).oplock(RWH)));
    let stream = world.admitted(alone(named(ask(BOB).oplock(RWH))));
    assert_eq!((content.caching.state, stream.caching.state), (RWH, RWH));
    assert!(!Arc::ptr_eq(&content.shared, &stream.shared));
    assert!(Arc::ptr_eq(&content.link, &stream.link));
    world.machine.set_delete_pending(&content.link, true);
    assert!(
        !world.machine.close(content.id).unwrap().delete,
        "a stream is open"
    );
    assert!(world.machine.close(stream.id).unwrap().delete);
    world.machine.finish_delete(FILE);
    assert!(world.machine.is_empty());
}

#[test]
fn each_session_has_its_limit_and_its_list() {
    let mut world = World::new();
    let opens: Vec<_> = (0..LIMIT).map(|_| world.admitted(ask(ALICE)).id).collect();
    assert!(matches!(
        world.machine.may_open(ALICE),
        Err(VfsError::TooManyOpens)
    ));
    world.machine.may_open(BOB).unwrap();
    let listed = world.machine.opens_of(ALICE);
    assert_eq!(listed.iter().map(|open| open.id).collect::<Vec<_>>(), opens);
    world.machine.close(opens[0]);
    world.machine.may_open(ALICE).unwrap();
}

/// A batch oplock on another file, and what of it is granted.
fn trust(world: &mut World, owner: LiveSessionId, client: LiveSessionId) -> LeaseState {
    let open = Admission {
        key: FileKey { volume: 1, file: 77 },
        place: place("b"),
        client: ask(client).client,
        ..ask(owner).oplock(RWH)
    };
    let admitted = world.admitted(open);
    world.machine.close(admitted.id);
    admitted.caching.state
}

/// A session's client lets a break expire.
fn is_silent(world: &mut World, owner: LiveSessionId, client: LiveSessionId) {
    let holder = world.admitted(Admission {
        client: ask(client).client,
        ..ask(owner).oplock(RWH)
    });
    let ticket = world.waits(ask(LiveSessionId(99)));
    world.passes(35);
    assert_eq!(world.machine.expire(world.now), 1);
    assert!(world.heard().contains(&Effect::Wake(ticket)));
    world.machine.close(holder.id);
}

#[test]
fn a_session_that_did_not_answer_twice_is_let_cache_nothing_that_others_wait_for_until_it_was_forgotten() {
    let mut world = World::new();
    is_silent(&mut world, ALICE, ALICE);
    assert_eq!(trust(&mut world, ALICE, ALICE), RWH, "one silence is an accident");
    is_silent(&mut world, ALICE, ALICE);
    assert_eq!(trust(&mut world, ALICE, ALICE), R);
    assert_eq!(trust(&mut world, BOB, BOB), RWH);
    assert_eq!(
        trust(&mut world, BOB, ALICE),
        RWH,
        "two are no habit of a computer"
    );
    // The first was 35 seconds before.
    world.passes(264);
    assert_eq!(trust(&mut world, ALICE, ALICE), R);
    world.passes(1);
    assert_eq!(trust(&mut world, ALICE, ALICE), RWH);
}

#[test]
fn new_sessions_buy_no_trust_for_a_computer_that_keeps_silent() {
    let mut world = World::new();
    for session in 10..14 {
        assert_eq!(trust(&mut world, LiveSessionId(session), ALICE), RWH);
        is_silent(&mut world, LiveSessionId(session), ALICE);
    }
    assert_eq!(trust(&mut world, LiveSessionId(14), ALICE), R);
    assert_eq!(trust(&mut world, BOB, BOB), RWH);
    world.passes(300);
    assert_eq!(trust(&mut world, LiveSessionId(14), ALICE), RWH);
}

#[test]
fn no_more_cache_a_file_than_can_be_asked_at_once() {
    let mut world = World::new();
    world.machine.limits.opens_per_owner = 1000;
    world.machine.limits.opens = 1000;
    let reads = |open: Admission| Admission {
        access: AccessMask::READ_DATA,
        ..open
    };
    let cached = (0..300).filter(|_| {
        let open = world.admitted(reads(ask(ALICE).oplock(R)));
        open.caching.state == R
    });
    assert_eq!(cached.count(), 256);
}

#[test]
fn an_open_whose_client_is_away_goes_when_the_others_of_its_lease_let_go() {
    for lets_go in [true, false] {
        let mut world = World::new();
        let key = lease(1, 1);
        let lost = world.admitted(ask(ALICE).lease(key, RWH));
        let here = world.admitted(ask(BOB).lease(key, RWH));
        let until = world.now + Duration::from_secs(300);
        assert!(world.machine.disconnect(lost.id, until));
        world.expect_nothing();
        let ticket = world.waits(ask(CAROL));
        assert!(
            matches!(world.heard()[..], [Effect::Break(_)]),
            "the one who is there"
        );
        if lets_go {
            world
                .machine
                .acknowledge(world.now, Holder::Lease(key), R)
                .unwrap();
        } else {
            world.machine.close(here.id);
        }
        let heard = world.heard();
        assert!(heard.contains(&Effect::Close(lost.id)), "{heard:?}");
        world.machine.close(lost.id);
        assert!(lets_go || world.heard().contains(&Effect::Wake(ticket)));
    }
}
