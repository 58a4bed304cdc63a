//! Listing folders.

use super::*;
use crate::live::LimitKind;

fn list(view: &ShareView, folder: &str, expression: &str) -> Vec<String> {
    let opened = open_path(view, folder, Disposition::Open).unwrap();
    let scan = now(opened.open.scan(&Pattern::new(expression))).unwrap();
    let mut names: Vec<_> = entries(scan).map(|entry| entry.unwrap().name).collect();
    names.sort();
    names
}

#[test]
fn a_listing_tells_of_each_entry_what_a_look_at_it_tells() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "folder");
    put(&fixture.view, "a.txt", b"12345");
    put(&fixture.view, ".profile", b"");
    let opened = open_path(&fixture.view, "s", Disposition::Create).unwrap();
    now(opened.open.set_attributes(DosAttributes::SYSTEM)).unwrap();
    drop(opened);
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    let scan = now(root.open.scan(&Pattern::all())).unwrap();
    let entries: Vec<_> = entries(scan).map(|entry| entry.unwrap()).collect();
    assert_eq!(entries.len(), 4);
    for entry in entries {
        let name = path(&entry.name);
        assert_eq!(
            entry.info,
            now(fixture.view.stat(&name, true, true)).unwrap(),
            "{}",
            entry.name
        );
        if entry.name == ".profile" && cfg!(unix) {
            assert_eq!(
                entry.info.attributes,
                DosAttributes::HIDDEN | DosAttributes::ARCHIVE
            );
        }
    }
}

#[test]
fn a_folder_has_one_link_however_many_folders_are_in_it() {
    let fixture = Fixture::new();
    make_folder(&fixture.view, "outer");
    for folder in ["one", "two"] {
        std::fs::create_dir(fixture.disk("outer").join(folder)).unwrap();
    }
    let outer = now(fixture.view.stat(&path("outer"), true, true)).unwrap();
    assert_eq!(outer.links, 1);
}

#[test]
fn patterns_choose_and_a_literal_finds_its_entry_in_any_case() {
    let fixture = Fixture::new();
    for name in ["a.txt", "B.TXT", "c.doc"] {
        put(&fixture.view, name, b"");
    }
    assert_eq!(list(&fixture.view, "", "*.txt"), ["B.TXT", "a.txt"]);
    assert_eq!(list(&fixture.view, "", "C.DOC"), ["c.doc"]);
    assert_eq!(list(&fixture.view, "", "missing"), [""; 0]);
    assert_eq!(list(&fixture.view, "", "a/b"), [""; 0]);
    assert_eq!(list(&fixture.view, "", "?.*").len(), 3);
}

#[test]
fn entries_that_vanish_and_come_during_a_listing_do_not_break_it() {
    let fixture = Fixture::new();
    for number in 0..1000 {
        std::fs::write(fixture.disk(&format!("{number:04}")), b"").unwrap();
    }
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    let mut scan = now(root.open.scan(&Pattern::all())).unwrap();
    let first = now(scan.next()).unwrap().unwrap();
    for number in 0..1000 {
        let name = format!("{number:04}");
        if name != first.name {
            std::fs::remove_file(fixture.disk(&name)).unwrap();
        }
    }
    let rest: Vec<_> = entries(scan).map(|entry| entry.unwrap().name).collect();
    assert!(rest.len() < 1000);
    assert!(!rest.contains(&first.name));
    assert_eq!(list(&fixture.view, "", "*"), [first.name]);
}

#[test]
fn two_listings_of_one_open_are_each_complete() {
    let fixture = Fixture::new();
    for number in 0..300 {
        std::fs::write(fixture.disk(&number.to_string()), b"").unwrap();
    }
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    let mut first = now(root.open.scan(&Pattern::all())).unwrap();
    now(first.next()).unwrap().unwrap();
    let second = now(root.open.scan(&Pattern::all())).unwrap();
    assert_eq!(entries(second).count(), 300);
    assert_eq!(entries(first).count(), 299);
}

#[test]
fn a_search_that_finds_nothing_ends_with_its_session_and_leaves_others_their_turn() {
    let fixture = Fixture::new();
    for number in 0..5000 {
        std::fs::write(fixture.disk(&number.to_string()), b"").unwrap();
    }
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap().open;
    let nothing = Pattern::new(&"*a".repeat(100));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut scan = now(root.scan(&nothing)).unwrap();
    let mut next = Box::pin(scan.next());
    assert!(
        next.as_mut().poll(&mut context).is_pending(),
        "others have their turn"
    );
    fixture.view.caller().session.closing().cancel();
    assert!(matches!(now(next), Some(Err(VfsError::Closed))));
    let mut scan = now(root.scan(&nothing)).unwrap();
    assert!(matches!(now(scan.next()), Some(Err(VfsError::Closed))));
}

#[test]
fn a_listing_is_charged_what_it_takes_besides_its_folder_until_all_was_read() {
    let fixture = Fixture::new();
    put(&fixture.view, "a", b"");
    let opens = || fixture.sessions.limits().of(LimitKind::Opens).used();
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    // Linux reads the folder by the descriptor of its open.
    let takes = if cfg!(target_os = "linux") { 0 } else { 2 };
    let scan = now(root.open.scan(&Pattern::all())).unwrap();
    assert_eq!(opens(), 1 + takes);
    assert_eq!(entries(scan).count(), 1);
    assert_eq!(opens(), 1);
    drop(root);
    assert_eq!(opens(), 0);
}
