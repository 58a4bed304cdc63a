//! A share on a slow disk.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Wake, Waker};

use super::*;
use crate::vfs::backend::Call;

/// A slow share, and what it was asked.
fn slow(call: Duration) -> (Fixture, Faults) {
    let asked = Faults::none();
    let fixture = on(|engine| {
        let inner = Failing::new(MemoryBackend::new(engine.lane()), &asked);
        Box::new(Slow::new(inner, Pace::of(call), engine.lane()))
    });
    (fixture, asked)
}

#[test]
fn reads_of_one_client_wait_side_by_side() {
    const CALL: Duration = Duration::from_millis(40);
    let (fixture, _) = slow(CALL);
    put(&fixture.view, "file", b"0123456789");
    let opens = [(); 2].map(|()| open_path(&fixture.view, "file", Disposition::Open).unwrap().open);
    let began = Instant::now();
    let reads = (0..8).map(|number| {
        let open = &opens[number % 2];
        async move {
            let mut out = Vec::new();
            open.read_into(number as u64, 1, &mut out).await.unwrap();
            out
        }
    });
    let read = now(futures_util::future::join_all(reads));
    assert_eq!(read.concat(), b"01234567");
    assert!(began.elapsed() < 4 * CALL, "{:?}", began.elapsed());
}

struct Told(mpsc::Sender<()>);

impl Wake for Told {
    fn wake(self: std::sync::Arc<Self>) {
        // Whoever waited may have gone.
        let _ = self.0.send(());
    }
}

/// Runs something until it has waited so often, then drops it; what it came to, if it did before.
fn until_wait<T>(count: usize, future: impl Future<Output = T>) -> Option<T> {
    let (sender, woken) = mpsc::channel();
    let waker = Waker::from(Arc::new(Told(sender)));
    let mut future = pin!(future);
    for _ in 0..count {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(done);
        }
        woken.recv().unwrap();
    }
    None
}

#[test]
fn an_open_that_is_dropped_half_way_leaves_nothing_behind() {
    for options in [CreateOptions::empty(), CreateOptions::DELETE_ON_CLOSE] {
        for count in 1.. {
            let (fixture, _) = slow(Duration::from_millis(2));
            let view = &fixture.view;
            let at = path("new");
            let wanted = OpenRequest {
                options,
                share_mode: ShareMode::empty(),
                ..request(&at, Disposition::Create)
            };
            if let Some(opened) = until_wait(count, view.open(wanted.clone())) {
                assert!(count > 3, "it waits for more than {count} calls");
                now(opened.unwrap().open.close()).unwrap();
                break;
            }
            until_nothing_is_open(view);
            let until = Instant::now() + Duration::from_secs(10);
            while !list(view, "").unwrap().is_empty() {
                assert!(Instant::now() < until, "after {count} waits a file is left");
            }
            until_nothing_is_open(view);
            let again = open(view, wanted).unwrap().open;
            now(again.close()).unwrap();
        }
    }
}

#[test]
fn a_session_that_ends_does_not_wait_for_a_slow_disk() {
    const CALL: Duration = Duration::from_millis(100);
    let (fixture, asked) = slow(CALL);
    let view = &fixture.view;
    let times = SetTimes {
        modified: Some(FileTime::from_unix(1_000_000_000, 0)),
        ..SetTimes::default()
    };
    let written = now(futures_util::future::join_all((0..60).map(|number| async move {
        let at = path(&format!("file{number}"));
        let open = view.open(request(&at, Disposition::Create)).await.unwrap().open;
        open.write_at(0, b"content", false).await.unwrap();
        open.set_times(times).await.unwrap();
        open
    })));
    asked.heal();
    let began = Instant::now();
    drop(written);
    assert!(began.elapsed() < CALL, "{:?}", began.elapsed());
    until_nothing_is_open(view);
    let finished = asked.calls().iter().filter(|call| **call == Call::Finish).count();
    assert_eq!(finished, 60);
    let found = now(view.stat(&path("FILE7"), true, false)).unwrap();
    assert_eq!((found.size, found.modified), (7, times.modified.unwrap()));
}

#[test]
fn files_made_at_the_same_time_are_found_whatever_their_case() {
    let (fixture, _) = slow(Duration::from_millis(2));
    let view = &fixture.view;
    put(view, "First", b"");
    // The folder's names are known from now on.
    now(view.stat(&path("FIRST"), true, false)).unwrap();
    now(futures_util::future::join_all((0..20).map(|number| async move {
        let at = path(&format!("File{number}"));
        let opened = view.open(request(&at, Disposition::Create)).await.unwrap();
        opened.open.close().await.unwrap();
    })));
    for number in 0..20 {
        let at = path(&format!("FILE{number}"));
        assert!(now(view.stat(&at, true, false)).is_ok(), "{at}");
    }
}

#[test]
fn whoever_finds_a_file_that_is_being_made_waits_until_its_maker_was_let_in() {
    let (fixture, _) = slow(Duration::from_millis(20));
    let (maker, finder) = (&fixture.view, fixture.other(Permission::ReadWrite));
    let name = path("new");
    let alone = OpenRequest {
        share_mode: ShareMode::empty(),
        ..request(&name, Disposition::Create)
    };
    for _ in 0..4 {
        let (made, found) = now(futures_util::future::join(maker.open(alone.clone()), async {
            // As soon as it is on the disk.
            while finder.stat(&name, false, true).await.is_err() {}
            finder.open(request(&name, Disposition::Open)).await
        }));
        let made = made.unwrap();
        assert_eq!(made.action, CreateAction::Created);
        assert!(matches!(found, Err(VfsError::SharingViolation)), "{found:?}");
        now(made.open.set_delete_pending(true)).unwrap();
        now(made.open.close()).unwrap();
    }
}
