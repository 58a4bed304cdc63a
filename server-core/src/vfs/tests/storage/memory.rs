//! A share in memory.

use super::*;

fn in_memory() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.engine.mount_in_memory(&fixture.settings);
    fixture.view = fixture.other(Permission::ReadWrite);
    fixture
}

#[test]
fn a_share_in_memory_keeps_what_is_put_into_it() {
    let fixture = in_memory();
    let view = &fixture.view;
    make_folder(view, "folder");
    put(view, "folder\\one", b"first");
    put(view, "two", b"second");
    now(view.rename(&path("two"), &path("folder\\three"), false)).unwrap();
    assert_eq!(list(view, "").unwrap(), ["folder"]);
    assert_eq!(list(view, "folder").unwrap(), ["one", "three"]);
    assert_eq!(get(view, "folder\\three").unwrap(), b"second");
    now(view.remove_file(&path("folder\\one"))).unwrap();
    let full = now(view.remove_directory(&path("folder")));
    assert!(matches!(full, Err(VfsError::DirectoryNotEmpty)));
    now(view.rename(&path("folder"), &path("moved"), false)).unwrap();
    now(view.remove_file(&path("moved\\three"))).unwrap();
    now(view.remove_directory(&path("moved"))).unwrap();
    assert!(list(view, "").unwrap().is_empty());
    until_nothing_is_open(view);
}

#[test]
fn names_in_memory_are_found_whatever_their_case() {
    let fixture = in_memory();
    let view = &fixture.view;
    make_folder(view, "Folder");
    put(view, "folder\\Grüße.TXT", b"first");
    for text in ["FOLDER\\GRÜßE.txt", "folder\\grüße.Txt"] {
        assert_eq!(get(view, text).unwrap(), b"first", "{text}");
    }
    put(view, "FOLDER\\gRÜße.txt", b"again");
    assert_eq!(list(view, "fOLDER").unwrap(), ["Grüße.TXT"]);
    let opened = open_path(view, "folder\\GRÜßE.TXT", Disposition::Open).unwrap();
    now(opened.open.rename(&path("FOLDER\\Other"), false)).unwrap();
    now(opened.open.close()).unwrap();
    assert!(matches!(get(view, "folder\\grüße.txt"), Err(VfsError::NotFound)));
    assert_eq!(get(view, "folder\\OTHER").unwrap(), b"again");
}

#[test]
fn links_in_memory_look_like_what_they_lead_to() {
    let fixture = in_memory();
    let view = &fixture.view;
    put(view, "file", b"content");
    now(view.symlink(&path("link"), "file")).unwrap();
    assert_eq!(get(view, "LINK").unwrap(), b"content");
    let outside = now(view.symlink(&path("out"), "../x"));
    assert!(matches!(
        outside,
        Err(VfsError::AccessDenied(Denial::OutsideShare))
    ));
    now(view.remove_file(&path("link"))).unwrap();
    assert_eq!(list(view, "").unwrap(), ["file"]);
}

#[test]
fn a_full_share_says_so_and_has_room_again() {
    let fixture = on(|engine| Box::new(MemoryBackend::with_capacity(64 << 10, engine.lane())));
    let view = &fixture.view;
    put(view, "first", &[1; 48 << 10]);
    let second = open_path(view, "second", Disposition::Create).unwrap().open;
    let full = now(second.write_at(0, &[2; 32 << 10], false));
    assert!(matches!(full, Err(VfsError::DiskFull)));
    assert_eq!(now(view.volume()).unwrap().free, 16 << 10);
    now(view.remove_file(&path("first"))).unwrap();
    now(second.write_at(0, &[2; 32 << 10], false)).unwrap();
    now(second.close()).unwrap();
    assert_eq!(get(view, "second").unwrap(), [2; 32 << 10]);
    assert_eq!(now(view.volume()).unwrap().free, 32 << 10);
}

#[test]
fn some_of_a_disk_stays_free_whatever_clients_write() {
    let fixture = on(|engine| Box::new(MemoryBackend::with_capacity(1 << 20, engine.lane())));
    let view = &fixture.view;
    fixture.engine.keep_free(KeepFree::Bytes(256 << 10));
    assert_eq!(now(view.volume()).unwrap().available, 768 << 10);
    put(view, "most", &[1; 700 << 10]);
    let file = open_path(view, "rest", Disposition::Create).unwrap().open;
    now(file.write_at(0, &[2; 32 << 10], false)).unwrap();
    assert!(matches!(
        now(file.write_at(32 << 10, &[2; 64 << 10], false)),
        Err(VfsError::DiskFull)
    ));
    assert!(matches!(
        now(file.set_allocation_size(1 << 20)),
        Err(VfsError::DiskFull)
    ));
    // What is there may be written over, and one who has little to write gets it in.
    now(file.write_at(0, &[3; 32 << 10], false)).unwrap();
    now(file.write_at(32 << 10, &[2; 8 << 10], false)).unwrap();
    let name = path("reserved");
    let reserving = OpenRequest {
        allocation_size: 1 << 20,
        ..request(&name, Disposition::Create)
    };
    assert!(matches!(open(view, reserving), Err(VfsError::DiskFull)));
    let source = open_path(view, "most", Disposition::Open).unwrap().open;
    let copied = now(file.copy_from(&source, 0, 40 << 10, 512 << 10));
    assert!(matches!(copied, Err(VfsError::DiskFull)));
    assert!(now(view.volume()).unwrap().free >= 256 << 10);
    now(source.write_at(0, &[4; 700 << 10], false)).unwrap();
    now(source.close()).unwrap();
    drop(source);
    now(view.remove_file(&path("most"))).unwrap();
    now(file.write_at(32 << 10, &[2; 64 << 10], false)).unwrap();
    fixture.engine.keep_free(KeepFree::Nothing);
    now(file.write_at(32 << 10, &[2; 900 << 10], false)).unwrap();
}

#[test]
fn an_upload_for_which_there_was_no_room_is_not_recorded_as_written() {
    let mut fixture = on(|engine| Box::new(MemoryBackend::with_capacity(64 << 10, engine.lane())));
    let view = fixture.view.clone();
    put(&view, "first", &[1; 48 << 10]);
    fixture.activity();
    let upload = || open_path(&view, "second", Disposition::OverwriteIf).unwrap().open;
    let write = |open: &Open, piece: u64| now(open.write_at(piece << 13, &[2; 8 << 10], false));
    let given_up = upload();
    let outcomes: Vec<_> = (0..4).map(|piece| write(&given_up, piece)).collect();
    assert!(matches!(outcomes.last(), Some(Err(VfsError::DiskFull))));
    now(given_up.close()).unwrap();
    let unfinished = (ActivityKind::Unfinished, "second".to_owned());
    assert_eq!(fixture.activity(), [unfinished]);
    // What is written after all is written.
    let tried_again = upload();
    assert!((0..4).any(|piece| write(&tried_again, piece).is_err()));
    now(view.remove_file(&path("first"))).unwrap();
    for piece in 0..4 {
        write(&tried_again, piece).unwrap();
    }
    now(tried_again.close()).unwrap();
    let written = (ActivityKind::FileWritten, "second".to_owned());
    assert_eq!(fixture.activity().last(), Some(&written));
}
