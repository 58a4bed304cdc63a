//! Content, sizes, times, attributes.

use super::*;

#[test]
fn what_another_open_writes_later_moves_the_time_and_no_close_puts_it_back() {
    let fixture = Fixture::new();
    let old = FileTime::from_unix(2_000, 0);
    let first = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    let times = SetTimes {
        modified: Some(old),
        ..SetTimes::default()
    };
    now(first.open.set_times(times)).unwrap();
    // What it writes itself does not move it.
    now(first.open.write_at(0, b"first", false)).unwrap();
    assert_eq!(now(first.open.info()).unwrap().modified, old);
    let second = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    now(second.open.write_at(0, b"second", false)).unwrap();
    now(second.open.close()).unwrap();
    now(first.open.close()).unwrap();
    let again = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    assert!(again.info.modified > old);
}

#[test]
fn a_time_that_another_open_set_later_stays_when_the_first_is_closed() {
    let fixture = Fixture::new();
    let first = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    let time = |seconds| SetTimes {
        modified: Some(FileTime::from_unix(seconds, 0)),
        ..SetTimes::default()
    };
    now(first.open.set_times(time(2_000))).unwrap();
    let second = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    now(second.open.set_times(time(1_000))).unwrap();
    now(second.open.close()).unwrap();
    // As a client does that keeps a file open for a moment after its program closed it.
    now(first.open.close()).unwrap();
    let again = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    assert_eq!(again.info.modified, FileTime::from_unix(1_000, 0));
}

#[test]
fn what_is_written_is_read_back_and_is_an_ordinary_file() {
    let mut fixture = Fixture::new();
    let opened = open_path(&fixture.view, "Report.txt", Disposition::Create).unwrap();
    assert_eq!(opened.action, CreateAction::Created);
    assert_eq!(opened.info.attributes, DosAttributes::ARCHIVE);
    assert_eq!((opened.info.size, opened.info.allocation_size), (0, 0));
    now(opened.open.write_at(0, b"hello", true)).unwrap();
    now(opened.open.write_at(10, b"world", false)).unwrap();
    let mut out = b"before ".to_vec();
    assert_eq!(now(opened.open.read_into(0, 100, &mut out)).unwrap(), 15);
    assert_eq!(out, b"before hello\0\0\0\0\0world");
    assert_eq!(now(opened.open.read_into(15, 1, &mut out)).unwrap(), 0);
    now(opened.open.close()).unwrap();
    assert_eq!(
        std::fs::read(fixture.disk("Report.txt")).unwrap(),
        b"hello\0\0\0\0\0world"
    );
    assert_eq!(
        fixture.activity(),
        [(ActivityKind::FileWritten, "Report.txt".to_owned())]
    );
    assert!(matches!(
        now(opened.open.read_into(0, 1, &mut out)),
        Err(VfsError::Closed)
    ));
    now(opened.open.close()).unwrap();
}

#[test]
fn each_disposition_does_what_it_says() {
    let fixture = Fixture::new();
    let go = |name: &str, disposition| {
        open_path(&fixture.view, name, disposition).map(|opened| (opened.action, opened.info.size))
    };
    assert!(matches!(go("a", Disposition::Open), Err(VfsError::NotFound)));
    assert!(matches!(go("a", Disposition::Overwrite), Err(VfsError::NotFound)));
    assert!(matches!(
        go("no\\a", Disposition::Open),
        Err(VfsError::PathNotFound)
    ));
    assert!(matches!(
        go("a", Disposition::OpenIf),
        Ok((CreateAction::Created, 0))
    ));
    put(&fixture.view, "a", b"12345");
    assert!(matches!(
        go("a\\b", Disposition::Open),
        Err(VfsError::PathNotFound)
    ));
    assert!(matches!(
        go("A", Disposition::Create),
        Err(VfsError::AlreadyExists)
    ));
    assert!(matches!(
        go("A", Disposition::OpenIf),
        Ok((CreateAction::Opened, 5))
    ));
    assert!(matches!(
        go("a", Disposition::Overwrite),
        Ok((CreateAction::Overwritten, 0))
    ));
    assert!(matches!(
        go("a", Disposition::Supersede),
        Ok((CreateAction::Superseded, 0))
    ));
    assert!(matches!(
        go("b", Disposition::Supersede),
        Ok((CreateAction::Created, 0))
    ));
    make_folder(&fixture.view, "d");
    assert!(matches!(
        go("d", Disposition::OverwriteIf),
        Err(VfsError::IsADirectory)
    ));
    let (a, d) = (path("a"), path("d"));
    let folder = OpenRequest {
        options: CreateOptions::DIRECTORY_FILE,
        ..request(&a, Disposition::Open)
    };
    assert!(matches!(
        open(&fixture.view, folder),
        Err(VfsError::NotADirectory)
    ));
    let file = OpenRequest {
        options: CreateOptions::NON_DIRECTORY_FILE,
        ..request(&d, Disposition::Open)
    };
    assert!(matches!(open(&fixture.view, file), Err(VfsError::IsADirectory)));
}

#[test]
fn a_sparse_file_of_five_gib_takes_next_to_nothing() {
    let fixture = Fixture::new();
    let opened = open_path(&fixture.view, "big", Disposition::Create).unwrap();
    let end = 5u64 << 30;
    now(opened.open.write_at(end - 4, b"tail", false)).unwrap();
    let mut out = Vec::new();
    now(opened.open.read_into(end - 6, 100, &mut out)).unwrap();
    assert_eq!(out, b"\0\0tail");
    let info = now(opened.open.info()).unwrap();
    assert_eq!(info.size, end);
    assert!(info.allocation_size < 1 << 20, "{}", info.allocation_size);
    now(opened.open.set_end_of_file(3)).unwrap();
    assert_eq!(now(opened.open.info()).unwrap().size, 3);
    let beyond = now(opened.open.write_at(u64::MAX - 1, b"xx", false));
    assert!(matches!(beyond, Err(VfsError::InvalidParameter)));
}

/// What a file takes on the disk.
#[cfg(target_os = "linux")]
fn on_disk(fixture: &Fixture, name: &str) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(fixture.disk(name)).unwrap().blocks() * 512
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_reserved_and_not_written_takes_no_room_on_the_disk() {
    let fixture = Fixture::new();
    let name = path("a");
    let request = OpenRequest {
        allocation_size: 200 << 20,
        ..request(&name, Disposition::Create)
    };
    let opened = open(&fixture.view, request).unwrap();
    now(opened.open.write_at(0, b"x", false)).unwrap();
    now(opened.open.set_allocation_size(300 << 20)).unwrap();
    assert_eq!(now(opened.open.info()).unwrap().allocation_size, 300 << 20);
    assert!(on_disk(&fixture, "a") <= 1 << 20);
    now(opened.open.close()).unwrap();
    assert!(on_disk(&fixture, "a") <= 1 << 20);
    let again = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    assert!(
        again.info.allocation_size <= 1 << 20,
        "it ends with the last close"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn allocation_reserves_without_growing_and_truncates_below_the_size() {
    let fixture = Fixture::new();
    let name = path("a");
    let request = OpenRequest {
        allocation_size: 1 << 20,
        ..request(&name, Disposition::Create)
    };
    let opened = open(&fixture.view, request).unwrap();
    assert_eq!(opened.info.size, 0);
    assert!(opened.info.allocation_size >= 1 << 20);
    now(opened.open.write_at(0, &[1; 100], false)).unwrap();
    now(opened.open.set_allocation_size(10)).unwrap();
    assert_eq!(now(opened.open.info()).unwrap().size, 10);
    now(opened.open.set_allocation_size(1 << 21)).unwrap();
    let info = now(opened.open.info()).unwrap();
    assert_eq!(info.size, 10);
    assert!(info.allocation_size >= 1 << 21);
}

#[test]
fn appends_of_two_opens_never_overwrite_each_other() {
    let fixture = Fixture::new();
    put(&fixture.view, "log", b"");
    let name = path("log");
    let appender = || {
        let request = OpenRequest {
            access: AccessMask::APPEND_DATA,
            append: true,
            ..request(&name, Disposition::Open)
        };
        open(&fixture.view, request).unwrap().open
    };
    let (first, second) = (appender(), appender());
    std::thread::scope(|scope| {
        for (open, byte) in [(&first, b'a'), (&second, b'b')] {
            scope.spawn(move || (0..500).for_each(|_| now(open.write_at(0, &[byte; 3], false)).unwrap()));
        }
    });
    let content = std::fs::read(fixture.disk("log")).unwrap();
    assert_eq!(content.len(), 3000);
    assert!(
        content
            .chunks(3)
            .all(|chunk| chunk.iter().all(|byte| *byte == chunk[0]))
    );
}

#[test]
#[cfg_attr(
    wine,
    ignore = "every file has the archive attribute in Wine, and no creation time"
)]
fn times_set_by_a_client_stay_when_the_same_open_writes_on() {
    let fixture = Fixture::new();
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    let (created, modified) = (
        FileTime::from_unix(1_000_000_000, 0),
        FileTime::from_unix(1_100_000_000, 1_234_500),
    );
    let times = SetTimes {
        created: Some(created),
        modified: Some(modified),
        ..SetTimes::default()
    };
    now(opened.open.set_times(times)).unwrap();
    now(opened.open.write_at(0, b"more", false)).unwrap();
    let info = now(opened.open.info()).unwrap();
    assert_eq!((info.created, info.modified), (created, modified));
    now(opened.open.close()).unwrap();
    let info = now(fixture.view.stat(&path("a"), true, true)).unwrap();
    assert_eq!((info.created, info.modified), (created, modified));
    // The next open's writes move it again.
    put(&fixture.view, "a", b"x");
    assert!(now(fixture.view.stat(&path("a"), true, true)).unwrap().modified > modified);
}

#[test]
#[cfg_attr(
    wine,
    ignore = "every file has the archive attribute in Wine, and no creation time"
)]
fn attributes_and_creation_times_outlive_the_engine() {
    let fixture = Fixture::new();
    let created = FileTime::from_unix(1_000_000_000, 0);
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    now(opened
        .open
        .set_attributes(DosAttributes::SYSTEM | DosAttributes::HIDDEN))
    .unwrap();
    now(opened.open.set_times(SetTimes {
        created: Some(created),
        ..SetTimes::default()
    }))
    .unwrap();
    now(opened.open.close()).unwrap();
    let Fixture {
        data,
        folder,
        settings,
        sessions,
        _temporary,
        ..
    } = fixture;
    let again = engine(&data, Events::new());
    let grant = Arc::new(LiveGrant::new(Permission::Read));
    let view = now(again.enter_with(&settings, caller(&sessions), grant)).unwrap();
    let info = now(view.stat(&path("a"), true, false)).unwrap();
    assert_eq!(info.attributes, DosAttributes::SYSTEM | DosAttributes::HIDDEN);
    assert_eq!(info.created, created);
    // A file of the same name that is another file inherits nothing.
    std::fs::remove_file(folder.join("a")).unwrap();
    std::fs::write(folder.join("a"), b"").unwrap();
    assert_eq!(
        now(view.stat(&path("a"), true, false)).unwrap().attributes,
        DosAttributes::ARCHIVE
    );
}

#[test]
#[cfg_attr(
    wine,
    ignore = "every file has the archive attribute in Wine, and no creation time"
)]
fn the_read_only_attribute_keeps_content_and_existence() {
    let fixture = Fixture::new();
    let name = path("a");
    let request_read_only = OpenRequest {
        attributes: DosAttributes::READONLY,
        ..request(&name, Disposition::Create)
    };
    let creator = open(&fixture.view, request_read_only).unwrap();
    // Whoever created it may still write it.
    now(creator.open.write_at(0, b"x", false)).unwrap();
    assert!(matches!(
        now(creator.open.set_delete_pending(true)),
        Err(VfsError::CannotDelete)
    ));
    now(creator.open.close()).unwrap();
    let refused = open_path(&fixture.view, "a", Disposition::Open);
    assert!(matches!(
        refused,
        Err(VfsError::AccessDenied(Denial::ReadOnlyFile))
    ));
    let most = OpenRequest {
        access: AccessMask::MAXIMUM_ALLOWED,
        ..request(&name, Disposition::Open)
    };
    let most = open(&fixture.view, most).unwrap();
    assert!(
        !most.open.granted().contains(AccessMask::WRITE_DATA)
            && most.open.granted().contains(AccessMask::DELETE)
    );
    now(most.open.set_attributes(DosAttributes::NORMAL)).unwrap();
    assert_eq!(now(most.open.info()).unwrap().attributes, DosAttributes::NORMAL);
    open_path(&fixture.view, "a", Disposition::Open).unwrap();
}

#[test]
fn hidden_files_are_overwritten_only_by_those_who_say_that_they_are_hidden() {
    let fixture = Fixture::new();
    let name = path("a");
    let hidden = |disposition| OpenRequest {
        attributes: DosAttributes::HIDDEN,
        ..request(&name, disposition)
    };
    drop(open(&fixture.view, hidden(Disposition::Create)).unwrap());
    assert!(matches!(
        open_path(&fixture.view, "a", Disposition::OverwriteIf),
        Err(VfsError::AccessDenied(_))
    ));
    let opened = open(&fixture.view, hidden(Disposition::OverwriteIf)).unwrap();
    assert_eq!(
        opened.info.attributes,
        DosAttributes::HIDDEN | DosAttributes::ARCHIVE
    );
}

#[test]
fn an_unmounted_share_closes_what_is_open_in_it() {
    let fixture = Fixture::new();
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    fixture.engine.unmount(fixture.settings.id);
    assert!(!fixture.view.is_live());
    assert!(matches!(
        now(opened.open.write_at(0, b"x", false)),
        Err(VfsError::Closed)
    ));
    assert!(matches!(
        open_path(&fixture.view, "b", Disposition::Create),
        Err(VfsError::Closed)
    ));
}

#[test]
fn a_session_cannot_open_more_than_its_share() {
    let fixture = Fixture::new();
    let opened: Vec<_> = (0..64)
        .map(|_| open_path(&fixture.view, "a", Disposition::OpenIf).unwrap())
        .collect();
    assert!(matches!(
        open_path(&fixture.view, "b", Disposition::Create),
        Err(VfsError::TooManyOpens)
    ));
    assert!(!fixture.disk("b").exists(), "what is refused is not created");
    drop(opened);
    open_path(&fixture.view, "b", Disposition::Create).unwrap();
}
