//! Share modes between opens of files on disk.

use super::*;

#[test]
fn an_open_for_attributes_alone_is_let_in_beside_an_exclusive_one() {
    let fixture = Fixture::new();
    let name = path("a");
    let exclusive = OpenRequest {
        share_mode: ShareMode::empty(),
        ..request(&name, Disposition::Create)
    };
    let holder = open(&fixture.view, exclusive).unwrap();
    assert!(matches!(
        open_path(&fixture.view, "A", Disposition::Open),
        Err(VfsError::SharingViolation)
    ));
    let attributes = AccessMask::READ_ATTRIBUTES | AccessMask::SYNCHRONIZE | AccessMask::READ_CONTROL;
    let look = OpenRequest {
        access: attributes,
        share_mode: ShareMode::empty(),
        ..request(&name, Disposition::Open)
    };
    open(&fixture.view, look).unwrap();
    drop(holder);
    open_path(&fixture.view, "a", Disposition::Open).unwrap();
}

#[test]
fn an_overwrite_that_is_not_shared_leaves_the_content() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    let name = path("a");
    let reader = OpenRequest {
        access: AccessMask::READ_DATA,
        share_mode: ShareMode::READ,
        ..request(&name, Disposition::Open)
    };
    let _reader = open(&fixture.view, reader).unwrap();
    // It asks to read only, but an overwrite writes.
    let overwrite = OpenRequest {
        access: AccessMask::READ_DATA,
        ..request(&name, Disposition::Overwrite)
    };
    assert!(matches!(
        open(&fixture.view, overwrite),
        Err(VfsError::SharingViolation)
    ));
    assert_eq!(std::fs::read(fixture.disk("a")).unwrap(), b"content");
}

#[test]
fn an_open_lasts_until_it_is_closed_or_dropped() {
    let fixture = Fixture::new();
    let name = path("a");
    let exclusive = |disposition| OpenRequest {
        share_mode: ShareMode::empty(),
        ..request(&name, disposition)
    };
    let first = open(&fixture.view, exclusive(Disposition::Create)).unwrap();
    now(first.open.close()).unwrap();
    let second = open(&fixture.view, exclusive(Disposition::Open)).unwrap();
    drop(second);
    open(&fixture.view, exclusive(Disposition::Open)).unwrap();
}

#[test]
fn opens_through_two_shares_of_one_folder_know_of_each_other() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "sub");
    put(&fixture.view, "sub\\a", b"x");
    let nested = ShareSettings {
        id: ShareId(2),
        name: "sub".to_owned(),
        folder: fixture.disk("sub"),
        ..fixture.settings.clone()
    };
    let grant = Arc::new(LiveGrant::new(Permission::ReadWrite));
    let there = now(fixture
        .engine
        .enter_with(&nested, caller(&fixture.sessions), grant))
    .unwrap();
    let outer = open_path(&fixture.view, "sub\\a", Disposition::Open).unwrap();
    let inner = open_path(&there, "a", Disposition::Open).unwrap();
    assert_eq!(
        (outer.open.path(), inner.open.path()),
        (path("sub\\a"), path("a"))
    );
    now(outer.open.set_delete_pending(true)).unwrap();
    assert!(now(inner.open.info()).unwrap().delete_pending);
    now(outer.open.close()).unwrap();
    now(inner.open.close()).unwrap();
    drop((outer, inner));
    assert!(!fixture.disk("sub/a").exists());
}

#[test]
fn what_a_session_has_open_is_listed_and_can_be_closed() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"x");
    let held = open_path(&fixture.view, "a", Disposition::Open).unwrap().open;
    let session = fixture.view.caller().session.id();
    let listed = fixture.engine.open_files(session);
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].path.as_str(), listed[0].writes), ("a", true));
    assert!(fixture.engine.close_file(session, listed[0].id + 1).is_none());
    assert_eq!(
        fixture.engine.close_file(session, listed[0].id),
        Some(listed[0].clone())
    );
    assert!(matches!(
        now(held.read_into(0, 1, &mut Vec::new())),
        Err(VfsError::Closed)
    ));
    assert!(fixture.engine.open_files(session).is_empty());
}
