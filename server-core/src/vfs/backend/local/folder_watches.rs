//! Which folders are watched, for whom, and by which number the system knows them. The system counts a folder once, however
//! many watch it: it has one number, by which all of them are found.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::{Arc, Weak};

use rustix::fs::inotify::{self, WatchFlags};

use super::super::DiskPath;
use super::super::watch::HearsOfFolders;
use super::Root;

const HEARD_OF: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::ONLYDIR);
/// Folders below one that are watched with it: the system has so many watches for one user, and walking takes time.
const MOST_BELOW: usize = 8192;
/// The same for all that is watched.
const MOST: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct State {
    /// There while the thread is.
    pub(super) instance: Option<Arc<OwnedFd>>,
    /// Who hears of a folder, by what the system calls it.
    pub(super) folders: HashMap<i32, Vec<Listener>>,
    pub(super) watches: HashMap<u64, Watched>,
    pub(super) last_watch: u64,
    /// Folders of all watches.
    pub(super) listeners: usize,
}

/// What belongs to a watch.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) top: Listener,
    pub(super) folders: BTreeMap<DiskPath, i32>,
}

/// A folder of a watch.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub(super) watch: u64,
    pub(super) root: Arc<Root>,
    pub(super) path: DiskPath,
    pub(super) below: bool,
    pub(super) hears: Weak<dyn HearsOfFolders>,
}

impl Listener {
    /// The same for a folder in it.
    pub(super) fn at(&self, path: DiskPath) -> Self {
        Self { path, ..self.clone() }
    }

    /// Whether another is told the same.
    pub(super) fn hears_as(&self, other: &Self) -> bool {
        Weak::ptr_eq(&self.hears, &other.hears) && self.path == other.path
    }
}

impl State {
    /// Has a watch told of a folder that is open.
    pub(super) fn listen(
        &mut self,
        instance: &OwnedFd,
        listener: &Listener,
        folder: RawFd,
    ) -> io::Result<()> {
        let path = &listener.path;
        // Whoever watched may have gone.
        let Some(watched) = self.watches.get_mut(&listener.watch) else {
            return Ok(());
        };
        if self.listeners >= MOST || watched.folders.len() > MOST_BELOW {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let number = inotify::add_watch(instance, format!("/proc/self/fd/{folder}"), HEARD_OF)?;
        let before = watched.folders.insert(path.clone(), number);
        if before == Some(number) {
            return Ok(());
        }
        // Another folder of the same path was there before.
        if let Some(before) = before {
            self.take_out(listener.watch, path, before);
        }
        self.listeners += 1;
        self.folders.entry(number).or_default().push(listener.clone());
        Ok(())
    }

    /// A watch has nothing to do with a folder any more.
    pub(super) fn forget(&mut self, watch: u64, path: &DiskPath) {
        let watched = self.watches.get_mut(&watch);
        if let Some(number) = watched.and_then(|watched| watched.folders.remove(path)) {
            self.take_out(watch, path, number);
        }
    }

    /// Ends listening; the system's notice of the last wakes the thread.
    pub(super) fn take_out(&mut self, watch: u64, path: &DiskPath, number: i32) {
        let Some(listeners) = self.folders.get_mut(&number) else {
            return;
        };
        let before = listeners.len();
        listeners.retain(|listener| listener.watch != watch || listener.path != *path);
        self.listeners -= before - listeners.len();
        if listeners.is_empty() {
            self.folders.remove(&number);
            if let Some(instance) = &self.instance
                && let Err(error) = inotify::remove_watch(instance, number)
            {
                tracing::debug!(%error, "a folder was not watched any more");
            }
        }
    }

    /// The system has ended with a folder.
    pub(super) fn ends(&mut self, number: i32) {
        for listener in self.folders.remove(&number).into_iter().flatten() {
            self.listeners -= 1;
            if let Some(watched) = self.watches.get_mut(&listener.watch)
                && watched.folders.get(&listener.path) == Some(&number)
            {
                watched.folders.remove(&listener.path);
            }
        }
    }

    /// A watch ends.
    pub(super) fn end(&mut self, watch: u64) {
        let watched = self.watches.remove(&watch);
        for (path, number) in watched.into_iter().flat_map(|watched| watched.folders) {
            self.take_out(watch, &path, number);
        }
    }

    /// A folder was renamed by us: whoever hears of it by this one's ears finds it where it is now.
    pub(super) fn moved(&mut self, hears: &Weak<dyn HearsOfFolders>, from: &DiskPath, to: &DiskPath) {
        let theirs = self.watches.values_mut();
        for watched in theirs.filter(|watched| Weak::ptr_eq(&watched.top.hears, hears)) {
            let now = |path: &DiskPath| match path == from {
                true => Some(to.clone()),
                false => path.moved(from, to),
            };
            if let Some(top) = now(&watched.top.path) {
                watched.top.path = top;
            }
            let here = watched.folders.get(from).map(|_| from.clone());
            let below = watched.folders.range(from.range_below());
            let moves: Vec<_> = here
                .into_iter()
                .chain(below.map(|(path, _)| path.clone()))
                .collect();
            for path in moves {
                let (Some(number), Some(moved)) = (watched.folders.remove(&path), now(&path)) else {
                    continue;
                };
                for listener in self.folders.get_mut(&number).into_iter().flatten() {
                    if listener.watch == watched.top.watch && listener.path == path {
                        listener.path = moved.clone();
                    }
                }
                watched.folders.insert(moved, number);
            }
        }
    }
}

/// Whether it is for all that is watched that more can't be.
pub(super) fn is_too_much(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::QuotaExceeded | io::ErrorKind::StorageFull
    )
}
