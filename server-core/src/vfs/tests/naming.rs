//! Names without case, names that Windows forbids, names at the limits: on disks that mind case.

use std::sync::atomic::Ordering;

use super::*;
use crate::vfs::backend::{Backend, Counting, DiskPath, DiskPool, LocalBackend, Watcher};
use crate::vfs::lookup::{self, Found, NameCache};

fn local(folder: &Path) -> LocalBackend {
    LocalBackend::open(folder, DiskPool::default().lane(), Watcher::default()).unwrap()
}

#[test]
fn misses_in_a_folder_of_a_hundred_thousand_read_it_once() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..100_000 {
        std::fs::File::create(folder.path().join(format!("Photo {number:06}.JPG"))).unwrap();
    }
    // As if it had been filled some time ago.
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    std::fs::File::open(folder.path())
        .unwrap()
        .set_modified(past)
        .unwrap();
    let backend = Counting::new(local(folder.path()));
    let reads = || backend.listings.load(Ordering::Relaxed);
    let cache = NameCache::default();
    let find = |name: &str| now(lookup::find(&backend, &cache, &path(name), false, true)).unwrap();
    assert!(matches!(find("Photo 012345.JPG"), Found::Existing { .. }));
    assert_eq!(reads(), 0, "an exact name reads nothing");
    for number in 0..50 {
        let found = find(&format!("PHOTO {number:06}.jpg"));
        let Found::Existing { disk, .. } = found else {
            panic!("{number} is there")
        };
        assert_eq!(disk, DiskPath::from(format!("Photo {number:06}.JPG").as_str()));
        assert!(matches!(
            find(&format!("missing {number}")),
            Found::Missing { .. }
        ));
    }
    assert_eq!(reads(), 1);
    // What we create ourselves is followed.
    for number in 0..50 {
        let name = format!("New {number}");
        let Found::Missing { disk, folder: before } = find(&name) else {
            panic!("it is new")
        };
        std::fs::File::create(folder.path().join(&name)).unwrap();
        let after = now(backend.stat(&DiskPath::root(), true)).unwrap();
        cache.follow(
            &before,
            &after,
            disk.name().map(|disk| (name.as_str(), disk)),
            None,
        );
        assert!(matches!(find(&name.to_uppercase()), Found::Existing { .. }));
    }
    assert_eq!(reads(), 1);
    // What someone else changes is seen.
    std::fs::File::create(folder.path().join("Stranger")).unwrap();
    std::fs::remove_file(folder.path().join("Photo 000001.JPG")).unwrap();
    std::fs::File::open(folder.path())
        .unwrap()
        .set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(5))
        .unwrap();
    assert!(matches!(find("stranger"), Found::Existing { .. }));
    assert!(matches!(find("PHOTO 000001.JPG"), Found::Missing { .. }));
    assert_eq!(reads(), 2);
}

#[test]
fn a_folder_read_in_the_moment_it_changed_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let backend = Counting::new(local(folder.path()));
    let cache = NameCache::default();
    let find = || now(lookup::find(&backend, &cache, &path("name"), false, true)).unwrap();
    // A coarse clock: both changes get the same stamp.
    let stamp = std::time::SystemTime::now();
    let at_once = || {
        std::fs::File::open(folder.path())
            .unwrap()
            .set_modified(stamp)
            .unwrap();
    };
    at_once();
    assert!(matches!(find(), Found::Missing { .. }));
    std::fs::File::create(folder.path().join("NAME")).unwrap();
    at_once();
    assert!(matches!(find(), Found::Existing { .. }));
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_program_makes_between_two_of_our_own_changes_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let backend = local(folder.path());
    let cache = NameCache::default();
    let find = |name: &str| now(lookup::find(&backend, &cache, &path(name), false, true)).unwrap();
    let make = |name: &str| {
        let Found::Missing { disk, folder: before } = find(name) else {
            panic!("{name} is new")
        };
        std::fs::File::create(folder.path().join(name)).unwrap();
        // Before ours is followed, as one does who is quick.
        std::fs::File::create(folder.path().join(format!("Beside {name}"))).unwrap();
        let after = now(backend.stat(&DiskPath::root(), true)).unwrap();
        cache.follow(&before, &after, disk.name().map(|disk| (name, disk)), None);
    };
    for name in ["one", "two", "three"] {
        make(name);
        assert!(matches!(find(&name.to_uppercase()), Found::Existing { .. }));
        assert!(matches!(find(&format!("beside {name}")), Found::Existing { .. }));
    }
    // Of two that differ by case alone, the other is found when the one goes.
    std::fs::File::create(folder.path().join("ONE")).unwrap();
    assert!(matches!(find("One"), Found::Existing { .. }));
    std::fs::remove_file(folder.path().join("one")).unwrap();
    assert!(matches!(find("One"), Found::Existing { .. }));
    std::fs::remove_file(folder.path().join("ONE")).unwrap();
    assert!(matches!(find("One"), Found::Missing { .. }));
    std::fs::rename(folder.path().join("two"), folder.path().join("four")).unwrap();
    assert!(matches!(find("TWO"), Found::Missing { .. }));
    assert!(matches!(find("FOUR"), Found::Existing { .. }));
}

#[test]
fn every_folder_of_a_path_is_found_in_any_case_and_normal_form() {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.disk("Grüße/Zweite Ebene")).unwrap();
    std::fs::write(fixture.disk("Grüße/Zweite Ebene/Datei.TXT"), b"x").unwrap();
    for name in ["GRÜSSE\\x", "grüsse\\x"] {
        assert!(matches!(
            open_path(&fixture.view, name, Disposition::Open),
            Err(VfsError::PathNotFound)
        ));
    }
    for name in [
        "GRÜßE\\zweite ebene\\datei.txt",
        "gru\u{308}ße\\ZWEITE EBENE\\DATEI.TXT",
    ] {
        assert_eq!(
            open_path(&fixture.view, name, Disposition::Open)
                .unwrap()
                .info
                .size,
            1,
            "{name}"
        );
    }
    put(&fixture.view, "GRÜßE\\zweite ebene\\neu", b"");
    assert!(fixture.disk("Grüße/Zweite Ebene/neu").exists());
}

#[test]
fn two_files_that_differ_by_case_alone_are_both_reachable_by_their_exact_names() {
    let fixture = Fixture::new();
    std::fs::write(fixture.disk("a"), b"1").unwrap();
    std::fs::write(fixture.disk("A"), b"22").unwrap();
    assert_eq!(
        open_path(&fixture.view, "a", Disposition::Open)
            .unwrap()
            .info
            .size,
        1
    );
    assert_eq!(
        open_path(&fixture.view, "A", Disposition::Open)
            .unwrap()
            .info
            .size,
        2
    );
    let lower = path("b");
    let exact = OpenRequest {
        case_sensitive: true,
        ..request(&lower, Disposition::OpenIf)
    };
    std::fs::write(fixture.disk("B"), b"333").unwrap();
    assert_eq!(open(&fixture.view, exact).unwrap().action, CreateAction::Created);
}

#[test]
fn names_that_windows_forbids_are_listed_and_opened_by_stand_ins() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let fixture = Fixture::new();
    let odd: [&[u8]; 5] = [b"a:b", b"what?", b"end.", b"\xff\xfe", b"tab\there "];
    for name in odd {
        std::fs::write(fixture.folder.join(OsStr::from_bytes(name)), name).unwrap();
    }
    let root = open_path(&fixture.view, "", Disposition::Open).unwrap();
    let mut seen = 0;
    for entry in entries(now(root.open.scan(&Pattern::all())).unwrap()) {
        let name = entry.unwrap().name;
        let opened = open_path(&fixture.view, &name, Disposition::Open).unwrap();
        let mut content = Vec::new();
        now(opened.open.read_into(0, 100, &mut content)).unwrap();
        assert!(odd.contains(&content.as_slice()), "{name}");
        seen += 1;
    }
    assert_eq!(seen, odd.len());
    // What a Mac sends for "x:y" becomes that on the disk.
    put(&fixture.view, "x\u{F022}y", b"");
    assert!(fixture.disk("x:y").exists());
}

#[test]
fn names_at_the_limit_work_and_beyond_it_are_too_long() {
    let fixture = Fixture::new();
    let longest = "x".repeat(255);
    put(&fixture.view, &longest, b"x");
    assert_eq!(
        open_path(&fixture.view, &longest.to_uppercase(), Disposition::Open)
            .unwrap()
            .info
            .size,
        1
    );
    // 255 units are legal for Windows, but not this disk's 765 bytes.
    let wide = "字".repeat(255);
    assert!(matches!(
        open_path(&fixture.view, &wide, Disposition::Create),
        Err(VfsError::NameTooLong)
    ));
}

#[test]
fn a_replaced_name_keeps_its_spelling_and_is_found_again() {
    let fixture = Fixture::new();
    std::fs::write(fixture.disk("Target"), b"old").unwrap();
    put(&fixture.view, "source", b"new");
    for _ in 0..2 {
        let opened = open_path(&fixture.view, "SOURCE", Disposition::Open).unwrap();
        now(opened.open.rename(&path("TARGET"), true)).unwrap();
        drop(opened);
        assert_eq!(
            open_path(&fixture.view, "target", Disposition::Open)
                .unwrap()
                .info
                .size,
            3
        );
        put(&fixture.view, "source", b"new");
    }
}
