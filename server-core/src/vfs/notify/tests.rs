//! Watches: who hears of what.

use super::*;
use crate::live::{Consumer, Limits};
use futures_util::FutureExt;

const SHARE: ShareId = ShareId(1);

fn path(text: &str) -> SharePath {
    SharePath::from_sftp(text.as_bytes()).unwrap()
}

fn usage(id: i64) -> Arc<Usage> {
    Limits::default().usage(Consumer::Person(id), "somebody")
}

fn watching(folder: &str, recursive: bool, filter: NotifyFilter, room: usize) -> Watches {
    let watches = Watches::default();
    let request = WatchRequest {
        recursive,
        filter,
        room,
        ..request(1, folder)
    };
    watches.begin(1, &request).unwrap();
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
        usage: usage(1),
        folder: Arc::new(Link::at(place(folder))),
        recursive: true,
        filter: NotifyFilter::all(),
        room: 4096,
    }
}

#[test]
fn watches_are_limited_for_each_session_each_person_and_in_all() {
    let limits = Limits::default();
    limits.of(LimitKind::Watches).set(6, Some(4));
    let watches = Watches::default();
    let begin = |open, session, person| {
        let usage = limits.usage(Consumer::Person(person), "somebody");
        let request = WatchRequest {
            usage,
            ..request(session, "a")
        };
        watches.begin(open, &request)
    };
    for open in 1..5 {
        // As many sessions of one person as there are watches; a second request on an open is none more.
        begin(open, open, 1).unwrap();
        begin(open, open, 1).unwrap();
    }
    assert!(begin(5, 5, 1).is_err());
    begin(6, 6, 2).unwrap();
    begin(7, 6, 2).unwrap();
    assert!(begin(8, 7, 3).is_err());
    watches.end(1);
    begin(8, 7, 3).unwrap();

    let watches = Watches::default();
    for open in 0..PER_SESSION as u64 {
        watches.begin(open, &request(1, "a")).unwrap();
    }
    assert!(watches.begin(5000, &request(1, "a")).is_err());
    watches.begin(5000, &request(2, "a")).unwrap();
}

#[test]
fn an_event_costs_as_much_with_a_thousand_watches_of_its_folder_as_with_one() {
    let watches = Watches::default();
    let folder = Arc::new(Link::at(place("a")));
    for open in 0..1000 {
        let request = WatchRequest {
            folder: Arc::clone(&folder),
            recursive: open % 2 == 0,
            filter: NotifyFilter::from_bits_truncate(1 | (open as u32) << 1),
            ..request(1, "a")
        };
        watches.begin(open, &request).unwrap();
    }
    let at = path("a/x");
    let one = Happened {
        action: ChangeAction::Added,
        path: &at,
        filter: NotifyFilter::FILE_NAME,
    };
    let mut concerned = Vec::new();
    let names = Names::of(&at);
    watches.index.read().find(SHARE, &one, &names, &mut concerned);
    assert_eq!(concerned.len(), 2, "one list for the folder, one for the tree");
    watches.tell(SHARE, &[one]);
    for open in 0..1000 {
        let heard = watches.next(open).now_or_never();
        assert!(
            matches!(heard, Some(Changes::These(told)) if told[0].name == "x"),
            "{open}"
        );
    }
}

#[test]
fn watches_move_along_with_a_folder_that_is_renamed() {
    let watches = Watches::default();
    let (folder, below) = (request(1, "a"), request(1, "a/b"));
    let (moved, moved_below) = (Arc::clone(&folder.folder), Arc::clone(&below.folder));
    watches.begin(1, &folder).unwrap();
    watches.begin(2, &below).unwrap();
    *moved.place.lock() = place("z");
    *moved_below.place.lock() = place("z/b");
    watches.moved(&place("A"), &place("z"));
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
