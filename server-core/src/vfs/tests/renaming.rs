//! Renames, moves, hard links.

use super::*;

#[test]
#[cfg_attr(
    wine,
    ignore = "every file has the archive attribute in Wine, and no creation time"
)]
fn a_file_moves_with_its_attributes_and_its_open_follows() {
    let mut fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    now(opened.open.set_attributes(DosAttributes::SYSTEM)).unwrap();
    fixture.activity();
    now(opened.open.rename(&path("D\\b"), false)).unwrap();
    assert_eq!(fixture.activity(), [(ActivityKind::Renamed, "D/b".to_owned())]);
    assert!(fixture.disk("d/b").exists() && !fixture.disk("a").exists());
    assert_eq!(opened.open.path(), path("D\\b"));
    assert_eq!(now(opened.open.info()).unwrap().attributes, DosAttributes::SYSTEM);
    now(opened.open.set_delete_pending(true)).unwrap();
    now(opened.open.close()).unwrap();
    assert!(!fixture.disk("d/b").exists());
}

#[test]
#[cfg_attr(wine, ignore = "Wine ignores a change of case")]
fn a_change_of_case_is_a_rename() {
    let fixture = Fixture::new();
    let opened = open_path(&fixture.view, "readme", Disposition::Create).unwrap();
    now(opened.open.rename(&path("README"), false)).unwrap();
    let names: Vec<_> = std::fs::read_dir(&fixture.folder)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["README"]);
    open_path(&fixture.view, "ReadMe", Disposition::Open).unwrap();
}

#[test]
fn a_name_that_is_taken_is_replaced_only_when_asked_and_not_in_use() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"a");
    put(&fixture.view, "b", b"b");
    make_folder(&fixture.view, "d");
    let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    assert!(matches!(
        now(opened.open.rename(&path("B"), false)),
        Err(VfsError::AlreadyExists)
    ));
    assert!(matches!(
        now(opened.open.rename(&path("d"), true)),
        Err(VfsError::AccessDenied(_))
    ));
    let name = path("b");
    let keeps_it = OpenRequest {
        share_mode: ShareMode::READ | ShareMode::WRITE,
        ..request(&name, Disposition::Open)
    };
    let target = open(&fixture.view, keeps_it).unwrap();
    assert!(matches!(
        now(opened.open.rename(&path("b"), true)),
        Err(VfsError::AccessDenied(Denial::InUse))
    ));
    drop(target);
    now(opened.open.rename(&path("b"), true)).unwrap();
    assert_eq!(std::fs::read(fixture.disk("b")).unwrap(), b"a");
    assert!(!fixture.disk("a").exists());
}

#[test]
#[cfg_attr(wine, ignore = "Wine keeps every name of a file that is open")]
fn what_is_open_and_shared_for_deletion_is_replaced_and_lives_on_for_its_openers() {
    let fixture = Fixture::new();
    put(&fixture.view, "s", b"new");
    put(&fixture.view, "c", b"old");
    let reader = open_path(&fixture.view, "c", Disposition::Open).unwrap().open;
    let other = open_path(&fixture.view, "c", Disposition::Open).unwrap().open;
    let moved = open_path(&fixture.view, "s", Disposition::Open).unwrap();
    now(moved.open.rename(&path("c"), true)).unwrap();
    let mut out = Vec::new();
    now(reader.read_into(0, 3, &mut out)).unwrap();
    assert_eq!(out, b"old");
    assert_eq!(std::fs::read(fixture.disk("c")).unwrap(), b"new");
    // The end of the old file takes nothing from the new one, whoever deletes it.
    now(other.set_delete_pending(true)).unwrap();
    now(other.close()).unwrap();
    now(reader.close()).unwrap();
    assert_eq!(std::fs::read(fixture.disk("c")).unwrap(), b"new");
    assert!(!now(moved.open.info()).unwrap().delete_pending);
    assert!(!fixture.disk("s").exists());
}

#[test]
#[cfg_attr(wine, ignore = "Wine has another word for it")]
fn a_folder_moves_unless_something_in_it_is_open_or_it_would_be_its_own_parent() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    put(&fixture.view, "d\\a", b"x");
    let folder = open_path(&fixture.view, "d", Disposition::Open).unwrap();
    let inside = open_path(&fixture.view, "D\\a", Disposition::Open).unwrap();
    assert!(matches!(
        now(folder.open.rename(&path("e"), false)),
        Err(VfsError::AccessDenied(Denial::InUse))
    ));
    drop(inside);
    assert!(matches!(
        now(folder.open.rename(&path("D\\e"), false)),
        Err(VfsError::InvalidParameter)
    ));
    now(folder.open.rename(&path("e"), false)).unwrap();
    open_path(&fixture.view, "e\\a", Disposition::Open).unwrap();
}

#[test]
fn a_target_folder_held_open_for_deletion_keeps_names_from_being_moved_into_it() {
    let fixture = Fixture::new();
    let root = SharePath::root();
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    let hold = |access, share_mode| {
        open(
            &fixture.view,
            OpenRequest {
                access,
                share_mode,
                ..request(&root, Disposition::Open)
            },
        )
        .unwrap()
    };
    let look = hold(AccessMask::READ_ATTRIBUTES, ShareMode::empty());
    now(opened.open.rename(&path("b"), false)).unwrap();
    drop(look);
    let deleter = hold(AccessMask::DELETE | AccessMask::READ_DATA, ShareMode::all());
    assert!(matches!(
        now(opened.open.rename(&path("c"), false)),
        Err(VfsError::SharingViolation)
    ));
    drop(deleter);
    let reader = hold(AccessMask::READ_DATA, ShareMode::READ | ShareMode::WRITE);
    now(opened.open.rename(&path("c"), false)).unwrap();
    drop(reader);
}

#[test]
#[cfg(target_os = "linux")]
fn renames_by_path_find_names_exactly() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"a");
    put(&fixture.view, "b", b"b");
    assert!(matches!(
        now(fixture.view.rename(&path("A"), &path("c"), false)),
        Err(VfsError::NotFound)
    ));
    assert!(matches!(
        now(fixture.view.rename(&path("a"), &path("b"), false)),
        Err(VfsError::AlreadyExists)
    ));
    now(fixture.view.rename(&path("a"), &path("b"), true)).unwrap();
    assert_eq!(std::fs::read(fixture.disk("b")).unwrap(), b"a");
}

#[test]
#[cfg_attr(wine, ignore = "Wine makes no symbolic links")]
fn a_link_is_renamed_itself() {
    let fixture = Fixture::new();
    symlink("nowhere", fixture.disk("link"));
    now(fixture.view.rename(&path("link"), &path("moved"), false)).unwrap();
    assert!(fixture.disk("moved").is_symlink() && !fixture.disk("link").is_symlink());
}

#[test]
#[cfg(unix)]
fn renaming_onto_another_hard_link_of_the_file_leaves_one_name() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    put(&fixture.view, "a", b"x");
    now(fixture.view.hard_link(&path("a"), &path("d\\b"))).unwrap();
    let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    assert!(matches!(
        now(opened.open.rename(&path("d\\b"), false)),
        Err(VfsError::AlreadyExists)
    ));
    now(opened.open.rename(&path("d\\b"), true)).unwrap();
    assert!(!fixture.disk("a").exists());
    assert_eq!(std::fs::read(fixture.disk("d/b")).unwrap(), b"x");
}

#[test]
#[cfg_attr(
    wine,
    ignore = "every file has the archive attribute in Wine, and no creation time"
)]
fn a_file_that_loses_one_of_its_names_to_another_keeps_what_is_known_of_it() {
    let fixture = Fixture::new();
    let opened = open_path(&fixture.view, "a", Disposition::Create).unwrap();
    now(opened.open.set_attributes(DosAttributes::SYSTEM)).unwrap();
    drop(opened);
    now(fixture.view.hard_link(&path("a"), &path("b"))).unwrap();
    put(&fixture.view, "c", b"x");
    now(fixture.view.rename(&path("c"), &path("b"), true)).unwrap();
    assert_eq!(
        now(fixture.view.stat(&path("a"), true, true)).unwrap().attributes,
        DosAttributes::SYSTEM
    );
}

#[test]
#[cfg(unix)]
fn a_link_does_not_replace_the_file_that_it_leads_to() {
    let fixture = Fixture::new();
    put(&fixture.view, "A", b"precious");
    make_folder(&fixture.view, "sub");
    symlink("../A", fixture.disk("sub/A"));
    let by_link = open_path(&fixture.view, "sub\\A", Disposition::Open).unwrap();
    assert!(matches!(
        now(by_link.open.rename(&path("A"), true)),
        Err(VfsError::AccessDenied(Denial::InUse))
    ));
    drop(by_link);
    assert_eq!(std::fs::read(fixture.disk("A")).unwrap(), b"precious");
    assert!(fixture.disk("sub/A").is_symlink());
    // Onto any other name the link itself moves.
    let by_link = open_path(&fixture.view, "sub\\A", Disposition::Open).unwrap();
    now(by_link.open.rename(&path("sub\\B"), true)).unwrap();
    assert!(fixture.disk("sub/B").is_symlink() && !fixture.disk("sub/A").exists());
}

#[test]
#[cfg_attr(wine, ignore = "Wine counts no names of a file")]
fn a_rename_onto_another_name_of_the_same_file_leaves_that_name() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"content");
    std::fs::hard_link(fixture.disk("a"), fixture.disk("b")).unwrap();
    let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    now(opened.open.rename(&path("b"), true)).unwrap();
    assert!(!fixture.disk("a").exists());
    assert_eq!(std::fs::read(fixture.disk("b")).unwrap(), b"content");
    assert_eq!(opened.open.path(), path("b"));
}

#[test]
#[cfg_attr(wine, ignore = "Wine makes no symbolic links")]
fn a_link_in_the_place_of_another_file_takes_its_name_or_leaves_it_alone() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"a");
    put(&fixture.view, "b", b"b");
    let opened = open_path(&fixture.view, "a", Disposition::Open).unwrap();
    now(opened.open.link(&path("b"), true)).unwrap();
    assert_eq!(std::fs::read(fixture.disk("b")).unwrap(), b"a");
    // The name that went is not what the link was to replace: that stays when there is no link to be made.
    put(&fixture.view, "c", b"c");
    std::fs::remove_file(fixture.disk("a")).unwrap();
    std::fs::remove_file(fixture.disk("b")).unwrap();
    assert!(now(opened.open.link(&path("c"), true)).is_err());
    assert_eq!(std::fs::read(fixture.disk("c")).unwrap(), b"c");
    assert_eq!(std::fs::read_dir(&fixture.folder).unwrap().count(), 1);
}

#[test]
fn a_folder_goes_into_one_whose_name_differs_by_case_alone_and_not_into_itself() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "d");
    let opened = open_path(&fixture.view, "d", Disposition::Open).unwrap();
    assert!(matches!(
        now(opened.open.rename(&path("d\\x"), false)),
        Err(VfsError::InvalidParameter)
    ));
    if cfg!(target_os = "linux") {
        std::fs::create_dir(fixture.disk("D")).unwrap();
        std::fs::write(fixture.disk("D/open"), b"").unwrap();
        let other = fixture.other(Permission::ReadWrite);
        let in_the_other = open_path(&other, "D\\open", Disposition::Open).unwrap();
        now(opened.open.rename(&path("D\\x"), false)).unwrap();
        assert!(fixture.disk("D/x").is_dir() && !fixture.disk("d").exists());
        assert_eq!(in_the_other.open.path(), path("D\\open"));
    }
}

#[test]
fn a_folder_takes_the_place_of_no_file_and_of_no_folder_with_something_in_it() {
    let fixture = Fixture::new();
    for folder in ["moved", "full", "empty"] {
        make_folder(&fixture.view, folder);
    }
    put(&fixture.view, "full\\file", b"x");
    put(&fixture.view, "file", b"x");
    let moved = open_path(&fixture.view, "moved", Disposition::Open).unwrap().open;
    let onto = |name: &str| now(moved.rename(&path(name), true));
    assert!(matches!(onto("full"), Err(VfsError::DirectoryNotEmpty)));
    assert!(matches!(onto("file"), Err(VfsError::AlreadyExists)));
    assert!(matches!(onto("empty"), Err(VfsError::AccessDenied(_))));
    assert!(fixture.disk("full/file").exists() && fixture.disk("file").is_file());
    let file = open_path(&fixture.view, "file", Disposition::Open).unwrap().open;
    assert!(matches!(
        now(file.rename(&path("full"), true)),
        Err(VfsError::AccessDenied(_))
    ));
}
