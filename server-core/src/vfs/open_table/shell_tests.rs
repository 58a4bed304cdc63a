//! The table as a shell: who is told, woken and closed, and when.

use std::sync::mpsc;
use std::time::Duration;

use futures_util::FutureExt;

use super::tests::{admit, ask, place, somebody, table};
use super::*;
use crate::vfs::machine::{CachingRequest, LeaseKey, LeaseRequest};

#[derive(Debug)]
struct Heard(mpsc::Sender<LeaseBreak>);

impl BreakListener for Heard {
    fn broken(&self, notice: LeaseBreak) {
        self.0.send(notice).unwrap();
    }
}

fn caching(
    lease: Option<LeaseRequest>,
    wanted: LeaseState,
) -> (Option<CachingRequest>, mpsc::Receiver<LeaseBreak>) {
    let (sender, heard) = mpsc::channel();
    let listener: Arc<dyn BreakListener> = Arc::new(Heard(sender));
    (
        Some(CachingRequest {
            wanted,
            lease,
            listener,
        }),
        heard,
    )
}

fn writing() -> Admission {
    ask(AccessMask::READ_DATA | AccessMask::WRITE_DATA, ShareMode::all())
}

#[derive(Debug)]
struct Closes {
    told: mpsc::Sender<()>,
}

impl CloseUnasked for Closes {
    fn held_by(&self) -> HeldBy {
        HeldBy {
            user: "somebody".to_owned(),
            durable: true,
            away: None,
        }
    }

    fn close_unasked(&self) {
        self.told.send(()).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_silent_client_comes_in_after_its_time() {
    let table = table();
    let (wish, heard) = caching(None, LeaseState::all());
    let first = Admission {
        caching: wish,
        ..writing()
    };
    let first = admit(&table, first).unwrap();
    let started = tokio::time::Instant::now();
    let Ok(Entry::Waits(wait)) = table.admit(writing(), None) else {
        panic!("a batch oplock is in the way");
    };
    let notice = heard.try_recv().unwrap();
    assert_eq!(
        (notice.holder, notice.to),
        (Holder::Oplock(first.id), LeaseState::READ)
    );
    wait.over(&table).await;
    assert_eq!(started.elapsed().as_secs(), 35);
    admit(&table, writing()).unwrap();
    assert!(table.acknowledge_break(notice.holder, notice.to).is_err());
}

#[tokio::test]
async fn an_answer_wakes_whoever_waits_and_who_gave_up_leaves_nothing() {
    let table = table();
    let (wish, heard) = caching(None, LeaseState::all());
    admit(
        &table,
        Admission {
            caching: wish,
            ..writing()
        },
    )
    .unwrap();
    let waits = |table: &OpenTable| match table.admit(writing(), None) {
        Ok(Entry::Waits(wait)) => wait,
        other => panic!("{other:?}"),
    };
    let (one, other) = (waits(&table), waits(&table));
    let mut one = Box::pin(one.over(&table));
    let mut other = Box::pin(other.over(&table));
    assert!(one.as_mut().now_or_never().is_none() && other.as_mut().now_or_never().is_none());
    drop(other);
    let notice = heard.try_recv().unwrap();
    assert!(heard.try_recv().is_err(), "it is told once");
    table.acknowledge_break(notice.holder, notice.to).unwrap();
    one.await;
    admit(&table, writing()).unwrap();
}

#[test]
fn a_lease_is_told_through_whoever_came_first_and_is_still_there_and_by_key() {
    let table = table();
    let id = super::super::machine::LeaseId {
        client: super::super::machine::ClientGuid([1; 16]),
        key: LeaseKey([2; 16]),
        owner: crate::live::Consumer::Person(1),
    };
    let lease = Some(LeaseRequest {
        id,
        epoch: Some(4),
        parent: None,
    });
    let (wish, gone) = caching(lease, LeaseState::all());
    let closed = admit(
        &table,
        Admission {
            caching: wish,
            ..writing()
        },
    )
    .unwrap();
    let (wish, second) = caching(lease, LeaseState::all());
    let last = admit(
        &table,
        Admission {
            caching: wish,
            ..writing()
        },
    )
    .unwrap();
    let (wish, third) = caching(lease, LeaseState::all());
    admit(
        &table,
        Admission {
            caching: wish,
            ..writing()
        },
    )
    .unwrap();
    table.leave(closed.id);
    assert!(table.give_up_handles(last.id).is_none(), "its own");
    let root = SharePath::root();
    assert!(table.give_up_handles_below(ShareId(1), &root).is_some());
    assert!(gone.try_recv().is_err() && third.try_recv().is_err());
    let notice = second.try_recv().unwrap();
    assert_eq!((notice.from, notice.epoch), (LeaseState::all(), 6));
    table.acknowledge_break(Holder::Lease(id), notice.to).unwrap();
}

#[test]
fn a_deadline_that_nobody_waits_for_passes_by_itself() {
    let table = table();
    let (wish, _heard) = caching(None, LeaseState::all());
    let open = admit(
        &table,
        Admission {
            caching: wish,
            ..writing()
        },
    )
    .unwrap();
    let (told, closed) = mpsc::channel();
    let handle: Arc<dyn CloseUnasked> = Arc::new(Closes { told });
    table.attach(open.id, Arc::downgrade(&handle));
    assert!(table.disconnect(open.id, Duration::from_millis(20)));
    closed.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(
        table
            .reconnect(
                open.id,
                LiveSessionId(1),
                None,
                caching(None, LeaseState::all()).0.unwrap().listener
            )
            .is_err()
    );
}

#[test]
fn an_open_whose_client_comes_back_stays() {
    let table = table();
    let (wish, _heard) = caching(None, LeaseState::all());
    let open = admit(
        &table,
        Admission {
            caching: wish,
            ..writing()
        },
    )
    .unwrap();
    assert!(table.disconnect(open.id, Duration::from_secs(60)));
    assert!(table.opens_of(LiveSessionId(1)).is_empty());
    assert_eq!(
        table
            .reconnect(
                open.id,
                LiveSessionId(1),
                None,
                caching(None, LeaseState::all()).0.unwrap().listener
            )
            .unwrap(),
        (LeaseState::all(), None)
    );
    assert_eq!(table.opens_of(LiveSessionId(1)).len(), 1);
    assert!(!table.close_unasked(open.id), "nothing to close it by was given");
}

#[test]
fn a_name_that_is_being_created_is_waited_for_and_by_nobody_else() {
    let table = table();
    let path = |name: &str| place(1, name).path;
    let creator = table.reserve(ShareId(1), &path("new")).unwrap();
    assert!(table.is_reserved(ShareId(1), &path("other")).is_none());
    assert!(table.is_reserved(ShareId(2), &path("new")).is_none());
    let opener = table.is_reserved(ShareId(1), &path("NEW")).unwrap();
    let second = table.reserve(ShareId(1), &path("New")).unwrap_err();
    let (mut opener, mut second) = (Box::pin(opener.over()), Box::pin(second.over()));
    assert!(opener.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
    drop(creator);
    opener.now_or_never().unwrap();
    second.now_or_never().unwrap();
    assert!(table.is_reserved(ShareId(1), &path("new")).is_none());
    drop(table.reserve(ShareId(1), &path("new")).unwrap());
}

#[test]
fn locks_of_one_file_are_taken_while_the_table_is_busy() {
    let table = table();
    let open = admit(&table, writing()).unwrap();
    let range = crate::vfs::request::LockRange {
        offset: 0,
        length: 1,
        exclusive: true,
    };
    let busy = table.core.state.lock();
    table
        .lock(&open.shared, open.id, &somebody(), &[range], false)
        .unwrap();
    assert!(open.shared.blocks(open.id + 1, 0, 1, false));
    table.unlock(&open.shared, open.id, &[range]).unwrap();
    drop(busy);
}
