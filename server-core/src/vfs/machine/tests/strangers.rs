//! Changes that come through no open.

use super::*;

impl World {
    fn stranger_writes(&mut self) -> Vec<LeaseBreak> {
        self.machine.changed_by_stranger(self.now, FILE);
        let heard = self.heard().into_iter();
        heard
            .filter_map(|effect| match effect {
                Effect::Break(notice) => Some(notice),
                _ => None,
            })
            .collect()
    }

    fn answers(&mut self, holder: Holder, to: LeaseState) {
        let now = self.machine.acknowledge(self.now, holder, to).unwrap();
        assert_eq!(now, to);
    }
}

fn told(notice: &LeaseBreak) -> (Holder, LeaseState, LeaseState, bool) {
    (notice.holder, notice.from, notice.to, notice.ack_required)
}

#[test]
fn a_batch_oplock_is_given_up_whole_and_answered_in_its_time() {
    let mut world = World::new();
    let first = world.admitted(ask(ALICE).oplock(RWH));
    let holder = Holder::Oplock(first.id);
    let [notice] = world.stranger_writes()[..] else {
        panic!("one is told");
    };
    assert_eq!(told(&notice), (holder, RWH, NONE, true));
    assert_eq!(world.stranger_writes(), [], "it is asked once");
    assert!(world.machine.next_deadline().is_some());
    assert!(first.shared.takes_change_under_writer());
    world.answers(holder, NONE);
    assert_eq!(world.heard(), [Effect::Ended(holder)]);
    assert_eq!(world.machine.next_deadline(), None);
    // Whoever does not answer has it taken away.
    world.machine.close(first.id);
    let second = world.admitted(ask(ALICE).oplock(RWH));
    world.stranger_writes();
    world.passes(35);
    assert_eq!(world.machine.expire(world.now), 1);
    assert_eq!(world.heard(), [Effect::Ended(Holder::Oplock(second.id))]);
}

#[test]
fn readers_are_told_and_need_not_answer() {
    let mut world = World::new();
    let first = world.admitted(ask(ALICE).oplock(R));
    let second = world.admitted(ask(BOB).oplock(R));
    let notices = world.stranger_writes();
    let holders: Vec<_> = notices.iter().map(told).collect();
    assert_eq!(
        holders,
        [first.id, second.id].map(|id| (Holder::Oplock(id), R, NONE, false))
    );
    assert!(!first.shared.is_cached_by_others(None));
    assert!(
        !first.shared.takes_change_under_writer(),
        "nobody had anything to write"
    );
    assert_eq!(world.stranger_writes(), []);
}

#[test]
fn whoever_is_about_to_keep_what_it_has_read_is_told_when_it_has_answered() {
    let mut world = World::new();
    let first = world.admitted(ask(ALICE).oplock(RWH));
    let holder = Holder::Oplock(first.id);
    let ticket = world.waits(ask(BOB));
    world.heard();
    assert_eq!(world.stranger_writes(), [], "it has a question to answer first");
    world.answers(holder, R);
    let heard = world.heard();
    let [Effect::Break(notice), Effect::Ended(_), Effect::Wake(woken)] = heard[..] else {
        panic!("it may not keep what it has read: {heard:?}");
    };
    assert_eq!(told(&notice), (holder, R, NONE, false));
    assert_eq!(woken, ticket);
}

#[test]
fn leases_lose_everything_also_those_that_are_being_broken() {
    let mut world = World::new();
    let (a, b) = (Holder::Lease(lease(1, 1)), Holder::Lease(lease(2, 1)));
    world.admitted(ask(ALICE).lease(lease(1, 1), RWH));
    world.waits(ask(BOB).lease(lease(2, 1), RH));
    world.heard();
    assert_eq!(world.stranger_writes(), []);
    world.answers(a, RH);
    let heard = world.heard();
    assert!(
        matches!(heard[..], [Effect::Break(next)] if told(&next) == (a, RH, R, true)),
        "{heard:?}"
    );
    world.answers(a, R);
    let heard = world.heard();
    assert!(
        matches!(heard[..], [Effect::Break(last), Effect::Wake(_)] if told(&last) == (a, R, NONE, false)),
        "{heard:?}"
    );
    world.admitted(ask(BOB).lease(lease(2, 1), RH));
    let notices = world.stranger_writes();
    assert_eq!(
        notices.iter().map(told).collect::<Vec<_>>(),
        [(b, RH, NONE, true)]
    );
}

#[test]
fn a_file_that_nobody_has_open_concerns_nobody() {
    let mut world = World::new();
    assert_eq!(world.stranger_writes(), []);
    assert!(world.machine.is_empty());
}

#[test]
fn what_is_written_after_the_answer_is_written_by_someone_who_knows() {
    let mut world = World::new();
    let first = world.admitted(ask(ALICE).oplock(RWH));
    world.stranger_writes();
    world.answers(Holder::Oplock(first.id), NONE);
    assert!(!first.shared.takes_change_under_writer());
}
