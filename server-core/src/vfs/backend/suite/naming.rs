//! What is there, and the names of what is there.

use super::*;

pub(super) fn a_new_file_is_never_made_over_another(storage: &dyn Backend) {
    put(storage, "file", b"precious");
    folder(storage, "folder");
    assert_eq!(
        kind_of(wait(storage.open(&at("file"), NEW))),
        ErrorKind::AlreadyExists
    );
    let made = storage.create_directory(&at("folder"), CreateMode(0o755));
    assert_eq!(kind_of(wait(made)), ErrorKind::AlreadyExists);
    assert_eq!(get(storage, "file").unwrap(), b"precious");
}

pub(super) fn what_is_not_there_is_not_found(storage: &dyn Backend) {
    put(storage, "file", b"");
    assert_eq!(kind_of(look(storage, "no")), ErrorKind::NotFound);
    assert_eq!(kind_of(look(storage, "no/file")), ErrorKind::NotFound);
    assert_eq!(kind_of(look(storage, "file/no")), ErrorKind::NotADirectory);
    let missing = kind_of(wait(storage.open(&at("no/file"), NEW)));
    assert_eq!(missing, ErrorKind::NotFound);
    assert_eq!(kind_of(wait(storage.remove_file(&at("no")))), ErrorKind::NotFound);
}

pub(super) fn a_folder_is_listed_and_not_written(storage: &dyn Backend) {
    folder(storage, "folder");
    assert_eq!(
        kind_of(wait(storage.open(&at("folder"), WRITE))),
        ErrorKind::IsADirectory
    );
    let opened = wait(storage.open(&at("folder"), OpenHow::READ)).unwrap();
    assert_eq!(wait(opened.stat()).unwrap().kind, FileKind::Directory);
    assert!(wait(opened.read_into(0, 1, &mut Vec::new())).is_err());
    let root = look(storage, "").unwrap();
    assert_eq!((root.kind, root.size), (FileKind::Directory, 0));
}

pub(super) fn names_come_in_batches_until_there_are_none(storage: &dyn Backend) {
    folder(storage, "folder");
    for number in 0..7 {
        put(storage, &format!("folder/{number}"), b"");
    }
    let expected: Vec<String> = (0..7).map(|number| number.to_string()).collect();
    assert_eq!(listing(storage, "folder"), expected);
    let opened = wait(storage.open(&at("folder"), OpenHow::READ)).unwrap();
    for _ in 0..2 {
        let mut names = wait(opened.names()).unwrap();
        assert_eq!(
            wait(names.next(100)).unwrap().len(),
            7,
            "from the first each time"
        );
        assert!(wait(names.next(100)).unwrap().is_empty());
    }
    put(storage, "file", b"");
    assert!(wait(storage.names(&at("file"))).is_err());
}

pub(super) fn children_are_looked_at_all_at_once(storage: &dyn Backend) {
    folder(storage, "folder");
    put(storage, "folder/file", b"12345");
    wait(storage.symlink("file", &at("folder/link"))).unwrap();
    let opened = wait(storage.open(&at("folder"), OpenHow::READ)).unwrap();
    let names = [name("link"), name("gone"), name("file")];
    let found = wait(opened.stat_children(&names)).unwrap();
    let seen: Vec<_> = found
        .iter()
        .map(|one| one.as_ref().map(|stat| (stat.kind, stat.size)))
        .collect();
    assert_eq!(
        seen,
        [Some((FileKind::Symlink, 4)), None, Some((FileKind::File, 5))]
    );
}

pub(super) fn names_of_clients_are_spelled_and_read_back(storage: &dyn Backend) {
    for wire in ["plain.txt", "Grüße", "a b"] {
        let disk = storage.disk_name(wire).unwrap();
        assert_eq!(storage.wire_name(&disk).as_deref(), Some(wire));
        wait(storage.open(&DiskPath::root().join(&disk), NEW)).unwrap();
    }
    assert_eq!(storage.disk_name(".."), None);
    assert_eq!(listing(storage, ""), ["Grüße", "a b", "plain.txt"]);
}
