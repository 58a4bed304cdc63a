//! Links of both kinds, and names that go.

use super::*;

pub(super) fn a_hard_link_is_another_name_of_the_same_file(storage: &dyn Backend) {
    let file = put(storage, "a", b"one");
    wait(storage.hard_link(&at("a"), &at("b"))).unwrap();
    assert_eq!(look(storage, "a").unwrap().key, look(storage, "b").unwrap().key);
    assert_eq!(wait(file.stat()).unwrap().links, 2);
    // As rename(2) says: both names stay.
    wait(storage.rename(&at("a"), &at("b"), true)).unwrap();
    assert_eq!(listing(storage, ""), ["a", "b"]);
    wait(storage.remove_file(&at("a"))).unwrap();
    assert_eq!(wait(file.stat()).unwrap().links, 1);
    assert_eq!(get(storage, "b").unwrap(), b"one");
    put(storage, "c", b"");
    let refused = kind_of(wait(storage.hard_link(&at("b"), &at("c"))));
    assert_eq!(refused, ErrorKind::AlreadyExists);
    folder(storage, "folder");
    assert!(wait(storage.hard_link(&at("folder"), &at("d"))).is_err());
}

pub(super) fn links_are_followed_inside_and_seen_as_links_when_asked(storage: &dyn Backend) {
    folder(storage, "a");
    put(storage, "a/file", b"content");
    folder(storage, "b");
    wait(storage.symlink("../a", &at("b/link"))).unwrap();
    wait(storage.symlink("link/file", &at("b/file"))).unwrap();
    assert_eq!(get(storage, "b/file").unwrap(), b"content");
    assert_eq!(get(storage, "b/link/file").unwrap(), b"content");
    assert_eq!(listing(storage, "b/link"), ["file"]);
    let link = look(storage, "b/file").unwrap();
    assert_eq!((link.kind, link.size), (FileKind::Symlink, 9));
    let followed = wait(storage.stat(&at("b/file"), true)).unwrap();
    assert_eq!(followed.key, look(storage, "a/file").unwrap().key);
    assert_eq!(wait(storage.read_link(&at("b/link"))).unwrap(), b"../a");
    assert!(wait(storage.read_link(&at("a/file"))).is_err());
}

pub(super) fn a_hard_link_of_a_link_is_one_of_what_it_leads_to(storage: &dyn Backend) {
    let file = put(storage, "file", b"content");
    folder(storage, "a");
    folder(storage, "b");
    wait(storage.symlink("../file", &at("a/link"))).unwrap();
    wait(storage.hard_link(&at("a/link"), &at("b/hard"))).unwrap();
    assert_eq!(
        look(storage, "b/hard").unwrap().key,
        wait(file.stat()).unwrap().key
    );
    wait(storage.symlink("nowhere", &at("a/broken"))).unwrap();
    let refused = kind_of(wait(storage.hard_link(&at("a/broken"), &at("b/broken"))));
    assert_eq!(refused, ErrorKind::NotFound);
}

pub(super) fn a_link_is_opened_renamed_and_removed_itself_wherever_it_leads(storage: &dyn Backend) {
    for target in ["nowhere", "../../outside", "file"] {
        put(storage, "file", b"content");
        wait(storage.symlink(target, &at("link"))).unwrap();
        let link = wait(storage.open(&at("link"), OpenHow::ITSELF)).unwrap();
        let stat = wait(link.stat()).unwrap();
        assert_eq!(
            (stat.kind, stat.key),
            (FileKind::Symlink, look(storage, "link").unwrap().key)
        );
        wait(storage.rename(&at("link"), &at("moved"), false)).unwrap();
        assert!(
            wait(storage.remove_if(&at("moved"), stat.key, false))
                .unwrap()
                .is_some()
        );
        assert_eq!(listing(storage, ""), ["file"]);
        assert_eq!(get(storage, "file").unwrap(), b"content");
        wait(storage.remove_file(&at("file"))).unwrap();
    }
}

pub(super) fn links_lead_nowhere_outside(storage: &dyn Backend) {
    folder(storage, "a");
    for (link, target) in [
        ("a/up", "../.."),
        ("a/far", "../../etc/passwd"),
        ("a/back", "../../x/.."),
        ("root", ".."),
    ] {
        wait(storage.symlink(target, &at(link))).unwrap();
        let refused = wait(storage.stat(&at(link), true)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{link}");
        assert_eq!(refused.raw_os_error(), None, "{link}: the sandbox refused");
        let below = format!("{link}/x");
        assert_eq!(
            kind_of(look(storage, &below)),
            ErrorKind::PermissionDenied,
            "{below}"
        );
        let made = kind_of(wait(storage.open(&at(&below), NEW)));
        assert_eq!(made, ErrorKind::PermissionDenied);
    }
    let absolute = kind_of(wait(storage.symlink("/etc", &at("absolute"))));
    assert_eq!(absolute, ErrorKind::PermissionDenied);
}

pub(super) fn links_that_lead_to_each_other_are_given_up(storage: &dyn Backend) {
    wait(storage.symlink("b", &at("a"))).unwrap();
    wait(storage.symlink("a", &at("b"))).unwrap();
    assert!(wait(storage.stat(&at("a"), true)).is_err());
    assert!(look(storage, "a/x").is_err());
    assert_eq!(look(storage, "a").unwrap().kind, FileKind::Symlink);
}

pub(super) fn a_link_is_renamed_and_removed_itself(storage: &dyn Backend) {
    put(storage, "file", b"kept");
    wait(storage.symlink("file", &at("link"))).unwrap();
    wait(storage.rename(&at("link"), &at("other"), false)).unwrap();
    assert_eq!(get(storage, "other").unwrap(), b"kept");
    wait(storage.remove_file(&at("other"))).unwrap();
    wait(storage.symlink("nowhere", &at("link"))).unwrap();
    assert_eq!(
        kind_of(wait(storage.open(&at("link"), NEW))),
        ErrorKind::AlreadyExists
    );
    assert_eq!(
        kind_of(wait(storage.stat(&at("link"), true))),
        ErrorKind::NotFound
    );
    assert_eq!(listing(storage, ""), ["file", "link"]);
    assert_eq!(get(storage, "file").unwrap(), b"kept");
}

pub(super) fn a_name_goes_only_while_it_is_still_the_file(storage: &dyn Backend) {
    put(storage, "file", b"first");
    let first = look(storage, "file").unwrap().key;
    put(storage, "other", b"second");
    wait(storage.rename(&at("other"), &at("file"), true)).unwrap();
    assert!(
        wait(storage.remove_if(&at("file"), first, false))
            .unwrap()
            .is_none()
    );
    assert_eq!(get(storage, "file").unwrap(), b"second");
    let second = look(storage, "file").unwrap().key;
    assert!(
        wait(storage.remove_if(&at("file"), second, false))
            .unwrap()
            .is_some()
    );
    let gone = wait(storage.remove_if(&at("file"), second, false));
    assert_eq!(kind_of(gone), ErrorKind::NotFound);
}

pub(super) fn a_name_that_goes_tells_whether_it_was_the_last(storage: &dyn Backend) {
    let last = |name: &str, key, directory| {
        let removed = wait(storage.remove_if(&at(name), key, directory)).unwrap();
        let removed = removed.expect("it is still there");
        assert_eq!(removed.folder.key, look(storage, "in").unwrap().key);
        removed.last
    };
    folder(storage, "in");
    put(storage, "in/file", b"");
    let file = look(storage, "in/file").unwrap().key;
    wait(storage.hard_link(&at("in/file"), &at("in/twin"))).unwrap();
    assert!(!last("in/twin", file, false));
    wait(storage.symlink("file", &at("in/link"))).unwrap();
    assert!(!last("in/link", file, false));
    assert!(last("in/file", file, false));
    folder(storage, "in/folder");
    let folder = look(storage, "in/folder").unwrap().key;
    wait(storage.symlink("folder", &at("in/way"))).unwrap();
    assert!(!last("in/way", folder, true), "a link to a folder");
    assert!(last("in/folder", folder, true));
}

pub(super) fn a_link_goes_when_it_leads_to_the_file(storage: &dyn Backend) {
    put(storage, "file", b"kept");
    folder(storage, "folder");
    wait(storage.symlink("file", &at("link"))).unwrap();
    wait(storage.symlink("folder", &at("way"))).unwrap();
    let (file, way) = (
        look(storage, "file").unwrap().key,
        look(storage, "folder").unwrap().key,
    );
    assert!(
        wait(storage.remove_if(&at("link"), way, false))
            .unwrap()
            .is_none()
    );
    assert!(
        wait(storage.remove_if(&at("link"), file, false))
            .unwrap()
            .is_some()
    );
    assert!(wait(storage.remove_if(&at("way"), way, true)).unwrap().is_some());
    assert_eq!(listing(storage, ""), ["file", "folder"]);
}

pub(super) fn a_folder_goes_when_it_is_empty(storage: &dyn Backend) {
    folder(storage, "folder");
    put(storage, "folder/file", b"");
    let key = look(storage, "folder").unwrap().key;
    let refused = wait(storage.remove_if(&at("folder"), key, true));
    assert_eq!(kind_of(refused), ErrorKind::DirectoryNotEmpty);
    assert!(wait(storage.remove_file(&at("folder"))).is_err());
    wait(storage.remove_file(&at("folder/file"))).unwrap();
    wait(storage.check_removal(&at("folder"))).unwrap();
    assert!(
        wait(storage.remove_if(&at("folder"), key, true))
            .unwrap()
            .is_some()
    );
    assert!(listing(storage, "").is_empty());
}
