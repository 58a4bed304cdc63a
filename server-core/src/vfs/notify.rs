//! Who watches which folder, and is told what happens there ([MS-FSA] 2.1.5.11 and 2.1.4.1). A watch begins with the
//! first request on an open and lasts as long as the open: what happens between two requests is kept, up to a bound.
//!
//! What happens in a folder is kept once, in a list that all who watch it share. Lists are found by their folder: an event
//! asks for the folders on its own path and nothing else. The index is locked to find whom it concerns, and let go before
//! any of them is told; each list has a mutex of its own, taken after the index's if both are. A folder's place is read
//! under either.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::error::VfsError;
use super::local_changes::{Deeds, WatchedFolder};
pub(crate) use super::machine::changes::Happened;
pub use super::machine::changes::{Change, ChangeAction, Changes, NotifyFilter};
use super::machine::watch::Log;
use super::machine::{FoldedPath, Link, OpenId, Paths, Place};
use super::path::SharePath;
use crate::identity::ShareId;
use crate::live::{LimitKind, LiveSessionId, Taken, Usage};

/// Watches that one session may have.
const PER_SESSION: usize = 1000;

/// A folder that is watched, by itself or with what is below.
#[derive(Debug)]
pub(super) struct Watched {
    id: u64,
    folder: Arc<Link>,
    recursive: bool,
    log: Mutex<Log>,
    changed: Notify,
    /// It was asked for on the disk what others than we do there.
    asked: AtomicBool,
    on_disk: Mutex<Option<WatchedFolder>>,
}

/// Every watch.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    count: AtomicUsize,
    /// What we did ourselves, which the disk tells of as well.
    pub(super) deeds: Deeds,
    index: RwLock<Index>,
}

#[derive(Debug, Default)]
struct Index {
    watches: HashMap<OpenId, Watch>,
    owners: HashMap<LiveSessionId, usize>,
    /// By what tells links apart, and whether the tree is watched.
    watched: HashMap<(usize, bool), Found>,
    folders: Paths<Arc<Watched>>,
    last_id: u64,
}

/// A folder that is watched, and where the index has it.
#[derive(Debug)]
struct Found {
    watched: Arc<Watched>,
    share: ShareId,
    folder: FoldedPath,
}

/// An open that watches.
#[derive(Debug)]
struct Watch {
    owner: LiveSessionId,
    watched: Arc<Watched>,
    /// What makes it count as one.
    _taken: Taken,
}

/// What a first request says.
#[derive(Debug)]
pub(crate) struct WatchRequest {
    /// The session that watches.
    pub(crate) owner: LiveSessionId,
    /// Whom the watch, and what is kept for it, is charged to.
    pub(crate) usage: Arc<Usage>,
    pub(crate) folder: Arc<Link>,
    pub(crate) recursive: bool,
    pub(crate) filter: NotifyFilter,
    /// Bytes of an answer that are kept at most until they are asked for.
    pub(crate) room: usize,
}

/// Something that concerns who watches a folder.
struct Concern<'a> {
    watched: Arc<Watched>,
    action: ChangeAction,
    filter: NotifyFilter,
    name: &'a str,
}

impl Watches {
    /// Whether anyone watches anything: if not, nobody needs to tell what happens.
    pub(crate) fn any(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    /// Begins a watch, unless there is one; what a later request says makes no difference to it.
    ///
    /// # Errors
    /// TooManyOpens when the session, the person, or all together, watch too much.
    pub(super) fn begin(&self, open: OpenId, request: &WatchRequest) -> Result<(), VfsError> {
        let mut index = self.index.write();
        if index.watches.contains_key(&open) {
            return Ok(());
        }
        let theirs = index.owners.get(&request.owner).copied().unwrap_or(0);
        if theirs >= PER_SESSION {
            return Err(VfsError::TooManyOpens);
        }
        let taken = request.usage.take(LimitKind::Watches, 1);
        let taken = taken.map_err(|_| VfsError::TooManyOpens)?;
        index.owners.insert(request.owner, theirs + 1);
        let watched = index.watched(&request.folder, request.recursive);
        watched
            .log
            .lock()
            .enter(open, request.filter, request.room, &request.usage);
        let watch = Watch {
            owner: request.owner,
            watched,
            _taken: taken,
        };
        index.watches.insert(open, watch);
        self.count.store(index.watches.len(), Ordering::Release);
        Ok(())
    }

    /// Ends a watch, if there is one. Whoever waits for it is woken by the end of the open.
    pub(crate) fn end(&self, open: OpenId) {
        if !self.any() {
            return;
        }
        let mut index = self.index.write();
        let Some(Watch { owner, watched, .. }) = index.watches.remove(&open) else {
            return;
        };
        if let Some(theirs) = index.owners.get_mut(&owner) {
            *theirs -= 1;
            if *theirs == 0 {
                index.owners.remove(&owner);
            }
        }
        let nobody = watched.log.lock().leave(open);
        if nobody {
            index.forget(&watched);
        }
        self.count.store(index.watches.len(), Ordering::Release);
        // The last of a folder ends its being watched on the disk, for which nobody else should wait.
        drop(index);
        drop(watched);
    }

    /// The folder that an open watches, if it is to be watched on the disk and nobody has asked for that.
    pub(super) fn unasked(&self, open: OpenId) -> Option<Asking> {
        let index = self.index.read();
        let watched = &index.watches.get(&open)?.watched;
        let unasked = !watched.asked.swap(true, Ordering::AcqRel);
        unasked.then(|| Asking {
            watched: Arc::clone(watched),
            is_over: false,
        })
    }

    /// Waits until there is something to tell. Several who wait get theirs in turn; without a watch, never.
    pub(crate) async fn next(&self, open: OpenId) -> Changes {
        loop {
            let found = self
                .index
                .read()
                .watches
                .get(&open)
                .map(|watch| Arc::clone(&watch.watched));
            let Some(watched) = found else {
                return std::future::pending().await;
            };
            let mut changed = std::pin::pin!(watched.changed.notified());
            // From here on it hears of what comes after the look.
            changed.as_mut().enable();
            let taken = watched.log.lock().take(open);
            match taken {
                Some(changes) => return changes,
                None => changed.await,
            }
        }
    }

    /// Some of what happened in a share is not known: all who watch in it are to look anew.
    pub(crate) fn lost(&self, share: ShareId) {
        let index = self.index.read();
        let theirs = index.watched.values().filter(|found| found.share == share);
        let theirs: Vec<_> = theirs.map(|found| Arc::clone(&found.watched)).collect();
        drop(index);
        for watched in theirs {
            watched.log.lock().lose_all();
            watched.changed.notify_waiters();
        }
    }

    /// Tells those whom it concerns. What happened together, such as both names of a rename, is told together.
    pub(crate) fn tell(&self, share: ShareId, happened: &[Happened<'_>]) {
        if !self.any() {
            return;
        }
        let names: Vec<Names> = happened.iter().map(|one| Names::of(one.path)).collect();
        let mut concerned = Vec::new();
        let index = self.index.read();
        for (one, names) in happened.iter().zip(&names) {
            index.find(share, one, names, &mut concerned);
        }
        drop(index);
        // What happened stays in its order for each folder.
        concerned.sort_by_key(|concern| concern.watched.id);
        for theirs in concerned.chunk_by(|a, b| a.watched.id == b.watched.id) {
            let Some(Concern { watched, .. }) = theirs.first() else {
                continue;
            };
            let mut log = watched.log.lock();
            let mut news = false;
            for concern in theirs {
                news |= log.keep(concern.action, concern.name, concern.filter);
            }
            drop(log);
            if news {
                watched.changed.notify_waiters();
            }
        }
    }

    /// A folder was renamed: watches of it and of what is below it are found where they are now.
    pub(crate) fn moved(&self, before: &Place, after: &Place) {
        if !self.any() {
            return;
        }
        let (share, from) = (before.share, FoldedPath::of(&before.path));
        let mut index = self.index.write();
        let here = index.folders.at(share, from.as_str());
        let concerned: Vec<_> = here
            .chain(index.folders.below(share, &from))
            .map(|(_, watched)| Arc::clone(watched))
            .collect();
        for watched in concerned {
            index.forget(&watched);
            if let Some(on_disk) = &*watched.on_disk.lock() {
                on_disk.follow(&before.disk, &after.disk);
            }
            index.put(watched);
        }
    }

    /// A folder is going to be deleted: that is the end of watching it.
    pub(crate) fn folder_goes(&self, place: &Place) {
        if !self.any() {
            return;
        }
        let folder = FoldedPath::of(&place.path);
        let index = self.index.read();
        let here: Vec<_> = index
            .folders
            .at(place.share, folder.as_str())
            .map(|(_, watched)| Arc::clone(watched))
            .collect();
        drop(index);
        for watched in here {
            // Another folder may differ by case alone.
            if watched.folder.place.lock().disk == place.disk {
                watched.log.lock().folder_goes();
                watched.changed.notify_waiters();
            }
        }
    }
}

/// It is being asked for on the disk what others than we do in a watched folder. Whoever gives up leaves that to the next.
#[derive(Debug)]
pub(super) struct Asking {
    watched: Arc<Watched>,
    is_over: bool,
}

impl Asking {
    /// Whether what is below is watched as well.
    pub(super) fn is_recursive(&self) -> bool {
        self.watched.recursive
    }

    /// It is watched from now on, as long as the folder is at all; where nobody but we can do anything, it need not be.
    pub(super) fn over(mut self, watch: Option<WatchedFolder>) {
        self.is_over = true;
        *self.watched.on_disk.lock() = watch;
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if !self.is_over {
            self.watched.asked.store(false, Ordering::Release);
        }
    }
}

/// The name of something, from each folder above it.
struct Names {
    folded: FoldedPath,
    /// From the root, with backslashes.
    whole: String,
    /// Where each component begins in it.
    starts: Vec<usize>,
}

impl Names {
    fn of(path: &SharePath) -> Self {
        let mut starts = Vec::with_capacity(path.components().len());
        let mut whole = String::new();
        for name in path.components() {
            if !whole.is_empty() {
                whole.push('\\');
            }
            starts.push(whole.len());
            whole.push_str(name);
        }
        Self {
            folded: FoldedPath::of(path),
            whole,
            starts,
        }
    }

    fn from(&self, depth: usize) -> Option<&str> {
        self.whole.get(*self.starts.get(depth)?..)
    }
}

impl Index {
    /// The folder of a watch, as others watch it already.
    fn watched(&mut self, folder: &Arc<Link>, recursive: bool) -> Arc<Watched> {
        if let Some(found) = self.watched.get(&key(folder, recursive)) {
            return Arc::clone(&found.watched);
        }
        self.last_id += 1;
        let watched = Arc::new(Watched {
            id: self.last_id,
            folder: Arc::clone(folder),
            recursive,
            log: Mutex::default(),
            changed: Notify::new(),
            asked: AtomicBool::new(false),
            on_disk: Mutex::default(),
        });
        self.put(Arc::clone(&watched));
        watched
    }

    fn put(&mut self, watched: Arc<Watched>) {
        let place = watched.folder.place.lock();
        let (share, folder) = (place.share, FoldedPath::of(&place.path));
        drop(place);
        self.folders
            .insert(share, folder.clone(), watched.id, Arc::clone(&watched));
        let key = key(&watched.folder, watched.recursive);
        self.watched.insert(
            key,
            Found {
                watched,
                share,
                folder,
            },
        );
    }

    fn forget(&mut self, watched: &Watched) {
        let found = self.watched.remove(&key(&watched.folder, watched.recursive));
        if let Some(Found { share, folder, .. }) = found {
            self.folders.remove(share, &folder, watched.id);
        }
    }

    /// Finds whom something concerns: who watches its folder, or the tree that it is in.
    fn find<'a>(
        &self,
        share: ShareId,
        one: &Happened<'_>,
        names: &'a Names,
        concerned: &mut Vec<Concern<'a>>,
    ) {
        for (depth, folder) in names.folded.ancestors() {
            let Some(name) = names.from(depth) else { continue };
            let direct = depth + 1 == names.starts.len();
            let watched = self.folders.at(share, folder).map(|(_, watched)| watched);
            let theirs = watched.filter(|watched| direct || watched.recursive);
            concerned.extend(theirs.map(|watched| Concern {
                watched: Arc::clone(watched),
                action: one.action,
                filter: one.filter,
                name,
            }));
        }
    }
}

/// What tells the folders of watches apart: a link stays where it is in memory while it is watched.
fn key(folder: &Arc<Link>, recursive: bool) -> (usize, bool) {
    (Arc::as_ptr(folder).addr(), recursive)
}

#[cfg(test)]
mod tests;
