//! Who watches which folder, and is told what happens there ([MS-FSA] 2.1.5.11 and 2.1.4.1). A watch begins with the
//! first request on an open and lasts as long as the open: what happens between two requests is kept, up to a bound.
//!
//! Watches are found by their folder: an event asks for the folders on its own path and nothing else. The index is
//! locked to find whom it concerns, and let go before any of them is told; each watch has a mutex of its own, taken
//! after the index's if both are. A folder's place is read under either.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::error::VfsError;
pub(crate) use super::machine::changes::Happened;
pub use super::machine::changes::{Change, ChangeAction, Changes, NotifyFilter};
use super::machine::watch::{Kept, KeptMemory};
use super::machine::{FoldedPath, Link, OpenId, Paths, Place};
use super::path::SharePath;
use crate::identity::ShareId;
use crate::live::LiveSessionId;

/// Limits on what watchers can make the engine keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchLimits {
    /// Watches for each session.
    pub(crate) per_owner: usize,
    /// Watches in all.
    pub(crate) watches: usize,
    /// Bytes of memory in all for what happened and was not asked for yet.
    pub(crate) memory: usize,
}

impl Default for WatchLimits {
    fn default() -> Self {
        Self {
            per_owner: 1000,
            watches: 65_536,
            memory: 64 << 20,
        }
    }
}

#[derive(Debug)]
struct Watch {
    id: OpenId,
    owner: LiveSessionId,
    folder: Arc<Link>,
    recursive: bool,
    filter: NotifyFilter,
    kept: Mutex<Kept>,
    changed: Notify,
    memory: Arc<KeptMemory>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.kept.get_mut().forget(&self.memory);
    }
}

/// Every watch.
#[derive(Debug)]
pub(crate) struct Watches {
    limits: WatchLimits,
    count: AtomicUsize,
    memory: Arc<KeptMemory>,
    index: RwLock<Index>,
}

#[derive(Debug, Default)]
struct Index {
    watches: HashMap<OpenId, Found>,
    owners: HashMap<LiveSessionId, usize>,
    folders: Paths<Arc<Watch>>,
}

/// A watch, and where the index has it.
#[derive(Debug)]
struct Found {
    watch: Arc<Watch>,
    share: ShareId,
    folder: FoldedPath,
}

/// What a first request says.
#[derive(Debug)]
pub(crate) struct WatchRequest {
    /// The session that watches.
    pub(crate) owner: LiveSessionId,
    pub(crate) folder: Arc<Link>,
    pub(crate) recursive: bool,
    pub(crate) filter: NotifyFilter,
    /// Bytes of an answer that are kept at most until they are asked for.
    pub(crate) room: usize,
}

/// Something that concerns a watch.
struct Concern<'a> {
    watch: Arc<Watch>,
    action: ChangeAction,
    name: &'a str,
}

impl Default for Watches {
    fn default() -> Self {
        Self::new(WatchLimits::default())
    }
}

impl Watches {
    /// Nobody watches anything.
    pub(crate) fn new(limits: WatchLimits) -> Self {
        Self {
            limits,
            count: AtomicUsize::new(0),
            memory: Arc::new(KeptMemory::new(limits.memory)),
            index: RwLock::default(),
        }
    }

    /// Whether anyone watches anything: if not, nobody needs to tell what happens.
    pub(crate) fn any(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    /// Begins a watch, unless there is one; what a later request says makes no difference to it.
    ///
    /// # Errors
    /// TooManyOpens when the session, or all sessions together, watch too much.
    pub(crate) fn begin(&self, open: OpenId, request: WatchRequest) -> Result<(), VfsError> {
        let mut index = self.index.write();
        if index.watches.contains_key(&open) {
            return Ok(());
        }
        let theirs = index.owners.get(&request.owner).copied().unwrap_or(0);
        if theirs >= self.limits.per_owner || index.watches.len() >= self.limits.watches {
            return Err(VfsError::TooManyOpens);
        }
        let (share, folder) = place_of(&request.folder);
        let watch = Arc::new(Watch {
            id: open,
            owner: request.owner,
            folder: request.folder,
            recursive: request.recursive,
            filter: request.filter,
            kept: Mutex::new(Kept::new(request.room)),
            changed: Notify::new(),
            memory: Arc::clone(&self.memory),
        });
        index.owners.insert(request.owner, theirs + 1);
        index.put(watch, share, folder);
        self.count.store(index.watches.len(), Ordering::Release);
        Ok(())
    }

    /// Ends a watch, if there is one. Whoever waits for it is woken by the end of the open.
    pub(crate) fn end(&self, open: OpenId) {
        if !self.any() {
            return;
        }
        let mut index = self.index.write();
        let Some(watch) = index.take(open) else {
            return;
        };
        if let Some(theirs) = index.owners.get_mut(&watch.owner) {
            *theirs -= 1;
            if *theirs == 0 {
                index.owners.remove(&watch.owner);
            }
        }
        self.count.store(index.watches.len(), Ordering::Release);
    }

    /// Waits until there is something to tell. Several who wait get theirs in turn; without a watch, never.
    pub(crate) async fn next(&self, open: OpenId) -> Changes {
        loop {
            let found = self
                .index
                .read()
                .watches
                .get(&open)
                .map(|found| Arc::clone(&found.watch));
            let Some(watch) = found else {
                return std::future::pending().await;
            };
            let taken = watch.kept.lock().take(&self.memory);
            match taken {
                Some(changes) => return changes,
                None => watch.changed.notified().await,
            }
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
        // What happened stays in its order for each watch.
        concerned.sort_by_key(|concern| concern.watch.id);
        for theirs in concerned.chunk_by(|a, b| a.watch.id == b.watch.id) {
            let Some(Concern { watch, .. }) = theirs.first() else {
                continue;
            };
            let mut kept = watch.kept.lock();
            for concern in theirs {
                kept.keep(concern.action, concern.name, &self.memory);
            }
            drop(kept);
            watch.changed.notify_one();
        }
    }

    /// A folder was renamed: watches of it and of what is below it are found where they are now.
    pub(crate) fn moved(&self, share: ShareId, from: &SharePath) {
        if !self.any() {
            return;
        }
        let from = FoldedPath::of(from);
        let mut index = self.index.write();
        let here = index.folders.at(share, from.as_str());
        let concerned: Vec<OpenId> = here
            .chain(index.folders.below(share, &from))
            .map(|(id, _)| id)
            .collect();
        for open in concerned {
            if let Some(watch) = index.take(open) {
                let (share, folder) = place_of(&watch.folder);
                index.put(watch, share, folder);
            }
        }
    }

    /// A folder is going to be deleted: that is the end of watching it.
    pub(crate) fn folder_goes(&self, place: &Place) {
        if !self.any() {
            return;
        }
        let folder = FoldedPath::of(&place.path);
        let index = self.index.read();
        let watches: Vec<_> = index
            .folders
            .at(place.share, folder.as_str())
            .map(|(_, watch)| Arc::clone(watch))
            .collect();
        drop(index);
        for watch in watches {
            // Another folder may differ by case alone.
            if watch.folder.place.lock().disk == place.disk {
                watch.kept.lock().folder_goes();
                watch.changed.notify_waiters();
                watch.changed.notify_one();
            }
        }
    }
}

fn place_of(folder: &Link) -> (ShareId, FoldedPath) {
    let place = folder.place.lock();
    (place.share, FoldedPath::of(&place.path))
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
    fn put(&mut self, watch: Arc<Watch>, share: ShareId, folder: FoldedPath) {
        self.folders
            .insert(share, folder.clone(), watch.id, Arc::clone(&watch));
        self.watches.insert(watch.id, Found { watch, share, folder });
    }

    fn take(&mut self, open: OpenId) -> Option<Arc<Watch>> {
        let Found { watch, share, folder } = self.watches.remove(&open)?;
        self.folders.remove(share, &folder, open);
        Some(watch)
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
            let watches = self.folders.at(share, folder).map(|(_, watch)| watch);
            let theirs =
                watches.filter(|watch| (direct || watch.recursive) && watch.filter.intersects(one.filter));
            concerned.extend(theirs.map(|watch| Concern {
                watch: Arc::clone(watch),
                action: one.action,
                name,
            }));
        }
    }
}

#[cfg(test)]
mod tests;
