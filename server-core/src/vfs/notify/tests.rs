//! Watches: who hears of what.

use super::*;
use futures_util::FutureExt;

const SHARE: ShareId = ShareId(1);

fn path(text: &str) -> SharePath {
    SharePath::from_sftp(text.as_bytes()).unwrap()
}

fn watching(folder: &str, recursive: bool, filter: NotifyFilter, room: usize) -> Watches {
    let watches = Watches::default();
    let place = Place {
        share: SHARE,
        path: path(folder),
        disk: folder.into(),
    };
    watches
        .begin(
            1,
            WatchRequest {
                owner: LiveSessionId(1),
                folder: Arc::new(Link::at(place)),
                recursive,
                filter,
                room,
            },
        )
        .unwrap();
    watches
}

fn added(watches: &Watches, at: &str) {
    watches.tell(
        SHARE,
        &[Happened {
            action: ChangeAction::Added,
            path: &path(at),
            filter: NotifyFilter::FILE_NAME,
        }],
    );
}

fn names(watches: &Watches) -> Option<Vec<String>> {
    match watches.next(1).now_or_never()? {
        Changes::These(changes) => Some(changes.into_iter().map(|change| change.name).collect()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_folder_hears_of_what_is_in_it_and_a_tree_of_what_is_below() {
    let flat = watching("a", false, NotifyFilter::all(), 4096);
    let tree = watching("a", true, NotifyFilter::all(), 4096);
    for watches in [&flat, &tree] {
        for at in ["a/x", "a/b/y", "ab/z", "a"] {
            added(watches, at);
        }
    }
    assert_eq!(names(&flat).unwrap(), ["x"]);
    assert_eq!(names(&tree).unwrap(), ["x", "b\\y"]);
}

#[test]
fn what_nobody_asked_for_is_not_told() {
    let watches = watching("", true, NotifyFilter::SIZE, 4096);
    added(&watches, "x");
    assert_eq!(names(&watches), None);
}

#[test]
fn too_much_is_told_as_such_and_the_watch_goes_on() {
    let watches = watching("", false, NotifyFilter::all(), 64);
    for number in 0..10 {
        added(&watches, &format!("file{number}"));
    }
    assert_eq!(watches.next(1).now_or_never(), Some(Changes::TooMany));
    added(&watches, "x");
    assert_eq!(names(&watches).unwrap(), ["x"]);
}

#[test]
fn a_watch_ends_with_its_open() {
    let watches = watching("", false, NotifyFilter::all(), 64);
    watches.end(1);
    assert!(!watches.any());
    assert_eq!(watches.next(1).now_or_never(), None);
}

fn place(folder: &str) -> Place {
    Place {
        share: SHARE,
        path: path(folder),
        disk: folder.into(),
    }
}

fn request(owner: u64, folder: &str) -> WatchRequest {
    WatchRequest {
        owner: LiveSessionId(owner),
        folder: Arc::new(Link::at(place(folder))),
        recursive: true,
        filter: NotifyFilter::all(),
        room: 4096,
    }
}

#[test]
fn watches_are_limited_for_each_session_and_in_all() {
    let limits = WatchLimits {
        per_owner: 2,
        watches: 3,
        memory: 4096,
    };
    let watches = Watches::new(limits);
    watches.begin(1, request(1, "a")).unwrap();
    watches.begin(2, request(1, "a")).unwrap();
    watches.begin(2, request(1, "a")).unwrap();
    assert!(watches.begin(3, request(1, "a")).is_err());
    watches.begin(4, request(2, "a")).unwrap();
    assert!(watches.begin(5, request(2, "a")).is_err());
    watches.end(1);
    watches.begin(3, request(1, "a")).unwrap();
}

#[test]
fn what_is_kept_takes_no_more_memory_than_all_watches_together_may() {
    let limits = WatchLimits {
        memory: 3 * (size_of::<Change>() + 1),
        ..WatchLimits::default()
    };
    let watches = Watches::new(limits);
    watches.begin(1, request(1, "")).unwrap();
    watches.begin(2, request(1, "")).unwrap();
    added(&watches, "x");
    added(&watches, "y");
    assert_eq!(names(&watches).unwrap(), ["x", "y"]);
    assert_eq!(watches.next(2).now_or_never(), Some(Changes::TooMany));
    assert_eq!(watches.memory.used(), 0);
    added(&watches, "z");
    watches.end(1);
    watches.end(2);
    assert_eq!(watches.memory.used(), 0, "what nobody asked for is forgotten");
}

#[test]
fn watches_move_along_with_a_folder_that_is_renamed() {
    let watches = Watches::default();
    let (folder, below) = (request(1, "a"), request(1, "a/b"));
    let (moved, moved_below) = (Arc::clone(&folder.folder), Arc::clone(&below.folder));
    watches.begin(1, folder).unwrap();
    watches.begin(2, below).unwrap();
    *moved.place.lock() = place("z");
    *moved_below.place.lock() = place("z/b");
    watches.moved(SHARE, &path("A"));
    added(&watches, "a/b/x");
    added(&watches, "z/b/y");
    assert_eq!(names(&watches).unwrap(), ["b\\y"]);
    let Some(Changes::These(heard)) = watches.next(2).now_or_never() else {
        panic!("it is told too");
    };
    assert_eq!(heard[0].name, "y");
    watches.folder_goes(&place("z/b"));
    assert_eq!(watches.next(2).now_or_never(), Some(Changes::FolderGoes));
}

#[test]
fn both_names_of_a_rename_are_told_together_and_in_order() {
    let watches = watching("", true, NotifyFilter::all(), 4096);
    let filter = NotifyFilter::FILE_NAME;
    let one = |action, path| Happened { action, path, filter };
    let (old, new) = (path("d/old"), path("d/new"));
    watches.tell(
        SHARE,
        &[
            one(ChangeAction::RenamedOldName, &old),
            one(ChangeAction::RenamedNewName, &new),
        ],
    );
    assert_eq!(names(&watches).unwrap(), ["d\\old", "d\\new"]);
}
