//! Byte-range locks between opens.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use super::*;

fn range(offset: u64, length: u64, exclusive: bool) -> LockRange {
    LockRange {
        offset,
        length,
        exclusive,
    }
}

fn two_opens(fixture: &Fixture) -> (Arc<Open>, Arc<Open>) {
    put(&fixture.view, "a", b"0123456789");
    let other = fixture.other(Permission::ReadWrite);
    let open = |view| open_path(view, "a", Disposition::Open).unwrap().open;
    (open(&fixture.view), open(&other))
}

#[test]
fn a_lock_keeps_others_from_reading_and_writing_until_its_open_closes() {
    let fixture = Fixture::new();
    let (mine, theirs) = two_opens(&fixture);
    now(mine.lock(&[range(2, 3, true)], false)).unwrap();
    let mut out = Vec::new();
    assert!(matches!(
        now(theirs.read_into(0, 10, &mut out)),
        Err(VfsError::LockConflict)
    ));
    assert!(matches!(
        now(theirs.write_at(4, b"x", false)),
        Err(VfsError::LockConflict)
    ));
    assert!(matches!(
        now(theirs.set_end_of_file(3)),
        Err(VfsError::LockConflict)
    ));
    now(theirs.read_into(5, 5, &mut out)).unwrap();
    now(mine.write_at(2, b"abc", false)).unwrap();
    assert!(matches!(
        now(theirs.lock(&[range(0, 3, false)], false)),
        Err(VfsError::LockNotGranted)
    ));
    assert!(matches!(
        theirs.unlock(&[range(2, 3, true)]),
        Err(VfsError::RangeNotLocked)
    ));
    now(mine.close()).unwrap();
    now(theirs.lock(&[range(0, 3, false)], false)).unwrap();
}

#[test]
fn who_waits_gets_the_lock_and_who_gives_up_leaves_no_trace() {
    let fixture = Fixture::new();
    let (mine, theirs) = two_opens(&fixture);
    now(mine.lock(&[range(0, 1, true)], false)).unwrap();
    let wanted = [range(0, 1, true)];
    let mut context = Context::from_waker(Waker::noop());
    let mut waiting = Box::pin(theirs.lock(&wanted, true));
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    mine.unlock(&wanted).unwrap();
    assert!(matches!(waiting.as_mut().poll(&mut context), Poll::Ready(Ok(()))));
    drop(waiting);
    // The other way round, given up while waiting, and given up after it was granted unseen.
    for granted_first in [false, true] {
        let mut waiting = Box::pin(mine.lock(&wanted, true));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        if granted_first {
            theirs.unlock(&wanted).unwrap();
        }
        drop(waiting);
        if !granted_first {
            theirs.unlock(&wanted).unwrap();
        }
        now(theirs.lock(&wanted, false)).unwrap();
    }
}

#[test]
fn waiting_ends_with_the_open_or_the_share() {
    let fixture = Fixture::new();
    let (mine, theirs) = two_opens(&fixture);
    now(mine.lock(&[range(0, 1, true)], false)).unwrap();
    let wanted = [range(0, 1, true)];
    let mut context = Context::from_waker(Waker::noop());
    let mut waiting = Box::pin(theirs.lock(&wanted, true));
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    now(theirs.close()).unwrap();
    assert!(matches!(
        waiting.as_mut().poll(&mut context),
        Poll::Ready(Err(VfsError::Closed))
    ));
    let third = open_path(&fixture.view, "a", Disposition::Open).unwrap().open;
    let mut waiting = Box::pin(third.lock(&wanted, true));
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    fixture.engine.unmount(fixture.settings.id);
    assert!(matches!(
        waiting.as_mut().poll(&mut context),
        Poll::Ready(Err(VfsError::Closed))
    ));
}
