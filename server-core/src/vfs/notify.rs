//! Who watches which folder, and what they are told ([MS-FSA] 2.1.5.11 and 2.1.4.1). Sans-I/O but for waking
//! those who wait. A watch begins with the first request on an open and lasts as long as the open: what happens
//! between two requests is kept, up to a bound.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bitflags::bitflags;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::lock::OpenId;
use super::open_table::{Link, Place};
use super::path::SharePath;
use crate::identity::ShareId;

bitflags! {
    /// What a watcher wants to hear of ([MS-SMB2] 2.2.35 CompletionFilter, same bits).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct NotifyFilter: u32 {
        /// Files come, go, are renamed.
        const FILE_NAME = 0x001;
        /// Folders come, go, are renamed.
        const DIR_NAME = 0x002;
        /// Attributes.
        const ATTRIBUTES = 0x004;
        /// Sizes.
        const SIZE = 0x008;
        /// Times of writing.
        const LAST_WRITE = 0x010;
        /// Times of access.
        const LAST_ACCESS = 0x020;
        /// Times of creation.
        const CREATION = 0x040;
        /// Extended attributes.
        const EA = 0x080;
        /// Security descriptors.
        const SECURITY = 0x100;
    }
}

impl NotifyFilter {
    /// Names of folders, or of files.
    pub(crate) fn of_name(directory: bool) -> Self {
        if directory {
            Self::DIR_NAME
        } else {
            Self::FILE_NAME
        }
    }
}

/// What happened ([MS-FSCC] 2.7.1, same values).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ChangeAction {
    /// It is new here.
    Added = 1,
    /// It is no longer here.
    Removed = 2,
    /// It is different.
    Modified = 3,
    /// It had this name.
    RenamedOldName = 4,
    /// It has this name now.
    RenamedNewName = 5,
}

/// One thing that happened below a watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub action: ChangeAction,
    /// From the watched folder, with backslashes.
    pub name: String,
}

/// What a request for changes comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// These.
    These(Vec<Change>),
    /// More than was kept: the watcher must look for itself.
    TooMany,
    /// The folder is going to be deleted.
    FolderGoes,
}

/// Something that happened, to be told to those whom it concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happened<'a> {
    pub(crate) action: ChangeAction,
    pub(crate) path: &'a SharePath,
    /// Any of these makes a watcher hear of it.
    pub(crate) filter: NotifyFilter,
}

/// The room that one change takes in an answer, besides its name.
const ENTRY: usize = 12;

#[derive(Debug)]
struct Watch {
    share: ShareId,
    folder: Arc<Link>,
    recursive: bool,
    filter: NotifyFilter,
    /// Bytes that may be kept.
    room: usize,
    kept: Vec<Change>,
    kept_bytes: usize,
    overflowed: bool,
    folder_goes: bool,
    changed: Arc<Notify>,
}

impl Watch {
    /// The path from the watched folder, if it is in reach.
    fn relative(&self, share: ShareId, path: &SharePath) -> Option<String> {
        let folder = self.folder.place.lock();
        let depth = folder.path.components().len();
        let below = path.components().len().checked_sub(depth)?;
        let reached = below == 1 || below > 1 && self.recursive;
        (self.share == share && reached && path.is_within(&folder.path))
            .then(|| path.components()[depth..].join("\\"))
    }

    fn keep(&mut self, action: ChangeAction, name: String) {
        if self.overflowed {
            return;
        }
        let again =
            |last: &Change| action == ChangeAction::Modified && last.action == action && last.name == name;
        if self.kept.last().is_some_and(again) {
            return;
        }
        self.kept_bytes += ENTRY + (2 * name.encode_utf16().count()).next_multiple_of(4);
        if self.kept_bytes > self.room {
            self.overflowed = true;
            self.kept = Vec::new();
        } else {
            self.kept.push(Change { action, name });
        }
    }

    fn take(&mut self) -> Option<Changes> {
        if self.folder_goes {
            return Some(Changes::FolderGoes);
        }
        self.kept_bytes = 0;
        if std::mem::take(&mut self.overflowed) {
            return Some(Changes::TooMany);
        }
        let kept = std::mem::take(&mut self.kept);
        (!kept.is_empty()).then_some(Changes::These(kept))
    }
}

/// Every watch.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    count: AtomicUsize,
    watches: Mutex<HashMap<OpenId, Watch>>,
}

/// What a first request says.
#[derive(Debug)]
pub(crate) struct WatchRequest {
    pub(crate) share: ShareId,
    pub(crate) folder: Arc<Link>,
    pub(crate) recursive: bool,
    pub(crate) filter: NotifyFilter,
    pub(crate) room: usize,
}

impl Watches {
    /// Whether anyone watches anything: if not, nobody needs to tell what happens.
    pub(crate) fn any(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    /// Begins a watch, unless there is one; what a later request says makes no difference to it.
    pub(crate) fn begin(&self, open: OpenId, request: WatchRequest) {
        let mut watches = self.watches.lock();
        watches.entry(open).or_insert_with(|| {
            self.count.fetch_add(1, Ordering::AcqRel);
            Watch {
                share: request.share,
                folder: request.folder,
                recursive: request.recursive,
                filter: request.filter,
                room: request.room,
                kept: Vec::new(),
                kept_bytes: 0,
                overflowed: false,
                folder_goes: false,
                changed: Arc::default(),
            }
        });
    }

    /// Ends a watch, if there is one. Whoever waits for it is woken by the end of the open.
    pub(crate) fn end(&self, open: OpenId) {
        if self.any() && self.watches.lock().remove(&open).is_some() {
            self.count.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Waits until there is something to tell. Several who wait get theirs in turn; without a watch, never.
    pub(crate) async fn next(&self, open: OpenId) -> Changes {
        loop {
            let changed = {
                let mut watches = self.watches.lock();
                match watches.get_mut(&open) {
                    Some(watch) => match watch.take() {
                        Some(changes) => return changes,
                        None => Some(Arc::clone(&watch.changed)),
                    },
                    None => None,
                }
            };
            match changed {
                Some(changed) => changed.notified().await,
                None => return std::future::pending().await,
            }
        }
    }

    /// Tells those whom it concerns. What happened together, such as both names of a rename, is told together.
    pub(crate) fn tell(&self, share: ShareId, happened: &[Happened<'_>]) {
        if !self.any() {
            return;
        }
        for watch in self.watches.lock().values_mut() {
            let mut heard = false;
            for one in happened {
                if !watch.filter.intersects(one.filter) {
                    continue;
                }
                if let Some(name) = watch.relative(share, one.path) {
                    watch.keep(one.action, name);
                    heard = true;
                }
            }
            if heard {
                watch.changed.notify_one();
            }
        }
    }

    /// A folder is going to be deleted: that is the end of watching it.
    pub(crate) fn folder_goes(&self, place: &Place) {
        if !self.any() {
            return;
        }
        for watch in self.watches.lock().values_mut() {
            let watched = watch.folder.place.lock();
            if watched.share == place.share && watched.disk == place.disk {
                drop(watched);
                watch.folder_goes = true;
                watch.changed.notify_waiters();
                watch.changed.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
        watches.begin(
            1,
            WatchRequest {
                share: SHARE,
                folder: Arc::new(Link::at(place)),
                recursive,
                filter,
                room,
            },
        );
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
}
