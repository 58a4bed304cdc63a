//! Renaming.

use super::*;

pub(super) fn a_file_keeps_its_key_whatever_it_is_called(storage: &dyn Backend) {
    let file = put(storage, "a", b"");
    let key = look(storage, "a").unwrap().key;
    folder(storage, "folder");
    wait(storage.rename(&at("a"), &at("folder/b"), false)).unwrap();
    assert_eq!(look(storage, "folder/b").unwrap().key, key);
    assert_eq!(wait(file.stat()).unwrap().key, key);
    put(storage, "a", b"");
    assert_ne!(look(storage, "a").unwrap().key, key);
}

pub(super) fn a_rename_goes_over_a_file_only_when_it_may(storage: &dyn Backend) {
    put(storage, "from", b"new");
    put(storage, "to", b"old");
    let refused = kind_of(wait(storage.rename(&at("from"), &at("to"), false)));
    assert_eq!(refused, ErrorKind::AlreadyExists);
    assert_eq!(get(storage, "to").unwrap(), b"old");
    wait(storage.rename(&at("from"), &at("to"), true)).unwrap();
    assert_eq!(get(storage, "to").unwrap(), b"new");
    assert_eq!(listing(storage, ""), ["to"]);
}

pub(super) fn a_rename_of_nothing_is_refused(storage: &dyn Backend) {
    put(storage, "to", b"kept");
    for replace in [false, true] {
        let refused = kind_of(wait(storage.rename(&at("no"), &at("to"), replace)));
        assert_eq!(refused, ErrorKind::NotFound);
        let refused = kind_of(wait(storage.rename(&at("to"), &at("no/to"), replace)));
        assert_eq!(refused, ErrorKind::NotFound);
    }
    assert_eq!(get(storage, "to").unwrap(), b"kept");
}

pub(super) fn a_folder_goes_over_an_empty_folder_alone(storage: &dyn Backend) {
    for path in ["from", "empty", "full"] {
        folder(storage, path);
    }
    put(storage, "from/file", b"");
    put(storage, "full/file", b"");
    put(storage, "file", b"");
    let rename = |from: &str, to: &str| wait(storage.rename(&at(from), &at(to), true));
    assert_eq!(kind_of(rename("from", "full")), ErrorKind::DirectoryNotEmpty);
    assert_eq!(kind_of(rename("from", "file")), ErrorKind::NotADirectory);
    assert_eq!(kind_of(rename("file", "empty")), ErrorKind::IsADirectory);
    rename("from", "empty").unwrap();
    assert_eq!(listing(storage, "empty"), ["file"]);
    assert_eq!(listing(storage, ""), ["empty", "file", "full"]);
}

pub(super) fn a_folder_does_not_go_into_itself(storage: &dyn Backend) {
    folder(storage, "a");
    folder(storage, "a/b");
    for replace in [false, true] {
        let refused = kind_of(wait(storage.rename(&at("a"), &at("a/b/c"), replace)));
        assert_eq!(refused, ErrorKind::InvalidInput);
    }
    let refused = kind_of(wait(storage.rename(&at("a/b"), &at("a"), true)));
    assert_eq!(refused, ErrorKind::DirectoryNotEmpty);
    assert_eq!(listing(storage, "a"), ["b"]);
}

pub(super) fn what_is_in_a_folder_moves_with_it(storage: &dyn Backend) {
    folder(storage, "a");
    folder(storage, "a/b");
    let file = put(storage, "a/b/file", b"1");
    wait(storage.rename(&at("a"), &at("z"), false)).unwrap();
    wait(file.write_at(1, b"2")).unwrap();
    assert_eq!(get(storage, "z/b/file").unwrap(), b"12");
    assert_eq!(kind_of(look(storage, "a/b/file")), ErrorKind::NotFound);
}

pub(super) fn a_rename_to_another_case_changes_the_spelling(storage: &dyn Backend) {
    put(storage, "file", b"x");
    wait(storage.rename(&at("file"), &at("FILE"), true)).unwrap();
    assert_eq!(listing(storage, ""), ["FILE"]);
    assert_eq!(get(storage, "FILE").unwrap(), b"x");
}

pub(super) fn the_token_of_a_folder_changes_with_its_names(storage: &dyn Backend) {
    folder(storage, "folder");
    folder(storage, "other");
    let token = || {
        // The clock of a disk is coarse.
        std::thread::sleep(Duration::from_millis(20));
        look(storage, "folder").unwrap().names_token
    };
    let mut seen = vec![token()];
    let mut changed = || {
        let now = token();
        assert!(now.is_none() || !seen.contains(&now));
        seen.push(now);
    };
    let file = put(storage, "folder/a", b"");
    changed();
    wait(storage.rename(&at("folder/a"), &at("folder/b"), false)).unwrap();
    changed();
    wait(storage.rename(&at("folder/b"), &at("other/b"), false)).unwrap();
    changed();
    wait(storage.rename(&at("other/b"), &at("folder/b"), false)).unwrap();
    changed();
    wait(storage.symlink("b", &at("folder/link"))).unwrap();
    changed();
    wait(storage.hard_link(&at("folder/b"), &at("folder/c"))).unwrap();
    changed();
    wait(storage.create_directory(&at("folder/d"), CreateMode(0o755))).unwrap();
    changed();
    wait(storage.remove_file(&at("folder/c"))).unwrap();
    changed();
    let before = token();
    wait(file.write_at(0, b"content")).unwrap();
    put(storage, "folder/d/below", b"");
    assert_eq!(token(), before, "no name of its own has changed");
}
