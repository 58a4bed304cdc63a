//! Programs on this computer change files that clients cache.

use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;
use crate::vfs::backend::{Call, Failing, Faults, LocalBackend, Watcher};

/// Nobody waits longer than this for what is to come.
const PATIENCE: Duration = Duration::from_secs(20);
const NONE: LeaseState = LeaseState::empty();

#[derive(Debug)]
struct Told(Sender<LeaseBreak>);

impl BreakListener for Told {
    fn broken(&self, notice: LeaseBreak) {
        // A test that is over needs to know nothing.
        let _ = self.0.send(notice);
    }
}

/// Opens with an oplock; what it got, and what it is told later.
fn open_caching(
    view: &ShareView,
    name: &str,
    disposition: Disposition,
    wanted: LeaseState,
) -> (Opened, Receiver<LeaseBreak>) {
    let (sender, told) = channel();
    let name = path(name);
    let request = OpenRequest {
        caching: Some(CachingRequest {
            wanted,
            lease: None,
            listener: Arc::new(Told(sender)),
        }),
        ..request(&name, disposition)
    };
    (open(view, request).unwrap(), told)
}

fn append(fixture: &Fixture, name: &str) {
    let mut file = std::fs::File::options()
        .append(true)
        .open(fixture.disk(name))
        .unwrap();
    file.write_all(b" and more").unwrap();
}

fn replace(fixture: &Fixture, name: &str) {
    std::fs::write(fixture.disk(name), "all new").unwrap();
}

fn next(told: &Receiver<LeaseBreak>) -> (LeaseState, LeaseState, bool) {
    let notice = told.recv_timeout(PATIENCE).expect("it is never told");
    (notice.from, notice.to, notice.ack_required)
}

/// Waits until whatever happened to a file so far has been judged: a stranger's change of another file is heard of after
/// it.
fn until_heard(fixture: &Fixture) {
    put(&fixture.view, "canary", b"x");
    let (_canary, told) = open_caching(&fixture.view, "canary", Disposition::Open, LeaseState::READ);
    append(fixture, "canary");
    next(&told);
}

#[test]
fn a_program_that_writes_breaks_a_batch_oplock() {
    for change in [append, replace] {
        let fixture = Fixture::new();
        put(&fixture.view, "a", b"content");
        let (opened, told) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::all());
        assert_eq!(opened.caching, LeaseState::all());
        change(&fixture, "a");
        assert_eq!(next(&told), (LeaseState::all(), NONE, true));
        assert_eq!(opened.open.acknowledge_break(NONE).unwrap(), NONE);
    }
}

#[test]
fn a_program_that_writes_tells_everyone_with_level_ii() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    let (_first, hears) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::READ);
    let (_second, hears_too) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::READ);
    append(&fixture, "a");
    assert_eq!(next(&hears), (LeaseState::READ, NONE, false));
    assert_eq!(next(&hears_too), (LeaseState::READ, NONE, false));
}

#[test]
fn what_a_client_does_itself_breaks_nothing() {
    let fixture = Fixture::new();
    let (opened, told) = open_caching(&fixture.view, "a", Disposition::Create, LeaseState::all());
    let open = &opened.open;
    for number in 0..1000 {
        now(open.write_at(number * 10, b"0123456789", false)).unwrap();
    }
    now(open.set_end_of_file(5000)).unwrap();
    now(open.set_allocation_size(1 << 20)).unwrap();
    now(open.zero(0..100)).unwrap();
    now(open.set_times(SetTimes {
        modified: Some(FileTime::from_unix(1_000_000_000, 0)),
        ..SetTimes::default()
    }))
    .unwrap();
    now(open.write_at(0, b"sticky", false)).unwrap();
    now(open.info()).unwrap();
    now(open.set_attributes(DosAttributes::READONLY)).unwrap();
    now(open.set_attributes(DosAttributes::ARCHIVE)).unwrap();
    now(open.rename(&path("b"), false)).unwrap();
    now(fixture.view.hard_link(&path("b"), &path("c"))).unwrap();
    until_heard(&fixture);
    assert!(told.try_recv().is_err(), "nobody else did anything");
    append(&fixture, "c");
    assert_eq!(next(&told), (LeaseState::all(), NONE, true));
}

#[test]
fn an_overwrite_that_is_let_cache_is_no_strangers_change() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    let (_opened, told) = open_caching(&fixture.view, "a", Disposition::OverwriteIf, LeaseState::all());
    until_heard(&fixture);
    assert!(told.try_recv().is_err());
}

#[test]
fn an_editor_that_puts_another_file_in_its_place_breaks_the_oplock() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    let (_opened, told) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::all());
    std::fs::write(fixture.disk("a.new"), "edited").unwrap();
    std::fs::rename(fixture.disk("a.new"), fixture.disk("a")).unwrap();
    assert_eq!(next(&told), (LeaseState::all(), NONE, true));
}

#[test]
fn a_file_that_is_looked_at_or_given_other_permissions_stays_cached() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    let (_opened, told) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::all());
    assert_eq!(std::fs::read(fixture.disk("a")).unwrap(), b"content");
    std::fs::set_permissions(fixture.disk("a"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::rename(fixture.disk("a"), fixture.disk("b")).unwrap();
    until_heard(&fixture);
    assert!(told.try_recv().is_err());
}

#[test]
fn files_are_watched_only_while_someone_caches_them() {
    let fixture = Fixture::new();
    let watcher = &fixture.view.engine.watcher;
    put(&fixture.view, "a", b"content");
    let plain = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    assert_eq!(watcher.count(), 0);
    let (first, told) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::READ);
    let (second, _told) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::READ);
    assert_eq!(watcher.count(), 1);
    now(first.open.close()).unwrap();
    assert_eq!(watcher.count(), 1);
    // A write ends what the other has read, and nobody need watch any more, though the file stays open.
    now(plain.open.write_at(0, b"x", false)).unwrap();
    assert_eq!(watcher.count(), 0);
    assert!(told.try_recv().is_err() && plain.open.handle.shared.watch().is_none());
    drop(second);
    let (third, _told) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::READ);
    assert_eq!(watcher.count(), 1);
    drop(third);
    assert_eq!(watcher.count(), 0);
    watcher.ended();
}

#[test]
fn the_thread_ends_with_the_engine() {
    let fixture = Fixture::new();
    let (opened, _told) = open_caching(&fixture.view, "a", Disposition::Create, LeaseState::all());
    let watcher = fixture.view.engine.watcher.clone();
    drop((opened, fixture));
    assert_eq!(watcher.count(), 0);
    watcher.ended();
}

#[test]
fn what_a_client_still_had_to_write_is_written_and_people_can_read_of_it() {
    let mut fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    let (opened, told) = open_caching(&fixture.view, "a", Disposition::Open, LeaseState::all());
    append(&fixture, "a");
    next(&told);
    fixture.activity();
    now(opened.open.write_at(0, b"CONTENT", false)).unwrap();
    now(opened.open.write_at(0, b"C", false)).unwrap();
    let noted = [(ActivityKind::FileWritten, "a".to_owned())];
    assert_eq!(fixture.activity(), noted, "it is told once");
    assert_eq!(std::fs::read(fixture.disk("a")).unwrap(), b"CONTENT and more");
    opened.open.acknowledge_break(NONE).unwrap();
    now(opened.open.write_at(0, b"c", false)).unwrap();
    assert_eq!(fixture.activity(), []);
}

#[test]
fn where_nobody_can_tell_no_more_than_reading_is_cached() {
    let fixture = Fixture::new();
    let faults = Faults::none();
    let local = LocalBackend::open(&fixture.folder, fixture.engine.lane(), Watcher::default()).unwrap();
    let failing = Failing::new(local, &faults);
    fixture.engine.mount_on(&fixture.settings, Box::new(failing));
    let view = fixture.other(Permission::ReadWrite);
    faults.fail_every(Call::Watch, || {
        std::io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error())
    });
    let (opened, _told) = open_caching(&view, "a", Disposition::Create, LeaseState::all());
    assert_eq!(opened.caching, LeaseState::READ);
    drop(opened);
    faults.heal();
    let (opened, _told) = open_caching(&view, "a", Disposition::Open, LeaseState::all());
    assert_eq!(opened.caching, LeaseState::all());
}
