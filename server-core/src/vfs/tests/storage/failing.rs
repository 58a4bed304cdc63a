//! A share that fails: at each of a story's calls in turn.

use super::*;
use crate::vfs::backend::Call;

fn broken() -> std::io::Error {
    // EIO, ERROR_IO_DEVICE: nothing that a caller could make sense of.
    std::io::Error::from_raw_os_error(if cfg!(windows) { 1117 } else { 5 })
}

fn full() -> std::io::Error {
    std::io::ErrorKind::StorageFull.into()
}

fn failing() -> (Fixture, Faults) {
    let faults = Faults::none();
    let fixture = on(|engine| Box::new(Failing::new(MemoryBackend::new(engine.lane()), &faults)));
    (fixture, faults)
}

/// How often a story asks the storage.
fn calls(faults: &Faults, story: impl FnOnce()) -> usize {
    faults.heal();
    story();
    faults.calls().len()
}

/// What there is before the story.
fn prepare(view: &ShareView) {
    put(view, "kept", b"old content");
    put(view, "waste", b"");
}

/// Saves as programs do: beside the old file, then over it; removes a file; makes a folder, and moves a file there.
fn story(view: &ShareView) -> Result<(), VfsError> {
    let saved = open_path(view, "saved.tmp", Disposition::OverwriteIf)?.open;
    now(saved.write_at(0, b"new content", false))?;
    let times = SetTimes {
        modified: Some(FileTime::from_unix(1_000_000_000, 0)),
        ..SetTimes::default()
    };
    now(saved.set_times(times))?;
    now(saved.rename(&path("KEPT"), true))?;
    now(saved.flush())?;
    now(saved.close())?;
    let waste = open_path(view, "WASTE", Disposition::Open)?.open;
    now(waste.set_delete_pending(true))?;
    now(waste.close())?;
    now(view.create_directory(&path("folder"), None))?;
    let moved = open_path(view, "moved", Disposition::OverwriteIf)?.open;
    now(moved.write_at(0, b"moved", true))?;
    now(moved.rename(&path("folder\\moved"), false))?;
    now(moved.close())?;
    list(view, "folder").map(drop)
}

#[test]
fn whatever_call_fails_nothing_is_lost_and_nothing_stays_open() {
    let (fixture, faults) = failing();
    prepare(&fixture.view);
    let count = calls(&faults, || story(&fixture.view).unwrap());
    assert!(count > 40, "{count}");
    for number in 1..=count {
        let (fixture, faults) = failing();
        let view = &fixture.view;
        prepare(view);
        faults.fail_at(number, broken);
        let outcome = story(view);
        let failed = faults.calls().get(number - 1).copied();
        faults.heal();
        let story_is_done = || {
            let kept = open_path(view, "kept", Disposition::Open).unwrap();
            assert_eq!(kept.info.modified, FileTime::from_unix(1_000_000_000, 0));
            assert_eq!(list(view, "").unwrap(), ["folder", "kept"]);
            assert_eq!(get(view, "kept").unwrap(), b"new content");
            assert_eq!(get(view, "folder\\moved").unwrap(), b"moved");
        };
        let kept = get(view, "kept").unwrap_or_else(|error| panic!("{number}, {failed:?}: {error}"));
        assert!(
            kept == b"old content" || kept == b"new content",
            "{number}, {failed:?}"
        );
        if outcome.is_ok() {
            // Only what keeps the cache of names or of metadata up to date can be done without.
            assert!(
                matches!(failed, Some(Call::Stat | Call::StatFile)),
                "{number}, {failed:?}"
            );
            story_is_done();
        }
        until_nothing_is_open(view);
        for text in ["kept", "waste", "saved.tmp", "moved", "folder\\moved"] {
            let at = path(text);
            let alone = OpenRequest {
                share_mode: ShareMode::empty(),
                ..request(&at, Disposition::Open)
            };
            match open(view, alone) {
                Ok(_) | Err(VfsError::NotFound | VfsError::PathNotFound) => {}
                Err(error) => panic!("{number}, {failed:?}: {text}: {error}"),
            }
        }
        prepare(view);
        for text in ["folder\\moved", "saved.tmp", "moved"] {
            let _ = now(view.remove_file(&path(text)));
        }
        let _ = now(view.remove_directory(&path("folder")));
        story(view).unwrap_or_else(|error| panic!("{number}, {failed:?}: again: {error}"));
        story_is_done();
        until_nothing_is_open(view);
    }
}

#[test]
fn what_a_client_is_told_was_not_created_is_not_there() {
    for options in [CreateOptions::NON_DIRECTORY_FILE, CreateOptions::DIRECTORY_FILE] {
        let at = path("new");
        let wanted = OpenRequest {
            options,
            attributes: DosAttributes::HIDDEN,
            ..request(&at, Disposition::Create)
        };
        let (fixture, faults) = failing();
        let count = calls(&faults, || drop(open(&fixture.view, wanted.clone()).unwrap()));
        for number in 1..=count {
            let (fixture, faults) = failing();
            let view = &fixture.view;
            faults.fail_at(number, broken);
            let outcome = open(view, wanted.clone()).map(drop);
            let failed = faults.calls().get(number - 1).copied();
            faults.heal();
            until_nothing_is_open(view);
            let expected: &[&str] = if outcome.is_ok() { &["new"] } else { &[] };
            assert_eq!(list(view, "").unwrap(), expected, "{number}, {failed:?}");
        }
    }
}

#[test]
fn what_cant_be_put_in_place_is_told_when_it_is_flushed_and_closed() {
    let (fixture, faults) = failing();
    let saved = open_path(&fixture.view, "saved", Disposition::Create)
        .unwrap()
        .open;
    now(saved.write_at(0, b"content", false)).unwrap();
    faults.fail_every(Call::Finish, full);
    assert!(matches!(now(saved.flush()), Err(VfsError::DiskFull)));
    assert!(matches!(now(saved.close()), Err(VfsError::DiskFull)));
    until_nothing_is_open(&fixture.view);
}

#[test]
fn what_cant_be_put_on_the_disk_is_told_when_it_is_flushed_and_written_through() {
    let (fixture, faults) = failing();
    let saved = open_path(&fixture.view, "saved", Disposition::Create)
        .unwrap()
        .open;
    faults.fail_every(Call::Sync, broken);
    now(saved.write_at(0, b"content", false)).unwrap();
    assert!(matches!(now(saved.flush()), Err(VfsError::Io(_))));
    assert!(matches!(
        now(saved.write_at(0, b"content", true)),
        Err(VfsError::Io(_))
    ));
    now(saved.close()).unwrap();
}

#[test]
fn a_removal_that_fails_is_told_when_it_is_closed() {
    let (fixture, faults) = failing();
    let view = &fixture.view;
    put(view, "waste", b"");
    let waste = open_path(view, "waste", Disposition::Open).unwrap().open;
    now(waste.set_delete_pending(true)).unwrap();
    faults.fail_every(Call::RemoveIf, broken);
    assert!(matches!(now(waste.close()), Err(VfsError::Io(_))));
    faults.heal();
    assert_eq!(list(view, "").unwrap(), ["waste"]);
    now(view.remove_file(&path("waste"))).unwrap();
    until_nothing_is_open(view);
}

#[test]
fn what_an_abandoned_open_could_not_put_in_place_is_written_down() {
    let (mut fixture, faults) = failing();
    let saved = open_path(&fixture.view, "saved", Disposition::Create)
        .unwrap()
        .open;
    now(saved.write_at(0, b"content", false)).unwrap();
    faults.fail_every(Call::Finish, full);
    fixture.activity();
    drop(saved);
    until_nothing_is_open(&fixture.view);
    let failed = (ActivityKind::Unfinished, "saved".to_owned());
    assert!(fixture.activity().contains(&failed));
}
