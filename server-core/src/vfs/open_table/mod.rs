//! The open table: who has which file open, with which access, sharing and locks; what is to be deleted.
//! One machine for both protocols. Values in, decisions out: no I/O and no waiting happens here.
//! Lock order: the table's mutex, then a link's place; neither is held across I/O or `.await`.

mod breaks;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

pub(crate) use self::breaks::BreakWait;
use self::breaks::Breaking;
use crate::identity::ShareId;
use crate::security::AccessMask;
use crate::vfs::backend::DiskPath;
use crate::vfs::error::{Denial, VfsError};
use crate::vfs::info::FileKey;
use crate::vfs::lease::{Arrival, Caching, CachingRequest, FileCaching, Notice};
use crate::vfs::lock::{OpenId, RangeLocks, Ticket};
use crate::vfs::path::SharePath;
use crate::vfs::request::{LockRange, ShareMode};

const READS: AccessMask = AccessMask::READ_DATA.union(AccessMask::EXECUTE);
const WRITES: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);
const DELETES: AccessMask = AccessMask::DELETE;

/// What all opens of one file have in common and look at without the table's mutex.
#[derive(Debug, Default)]
pub(crate) struct FileShared {
    /// Locks held on the file: while there are none, reads and writes ask nobody.
    pub(crate) lock_count: AtomicUsize,
    /// Opens that cache what they read while others may write: while there are none, writes ask nobody.
    cached_readers: AtomicUsize,
    /// Held from finding the end to writing there, so that two opens never append at the same place.
    pub(crate) appending: tokio::sync::Mutex<()>,
}

impl FileShared {
    /// Whether anyone must hear of a change of the content.
    pub(crate) fn is_cached_by_readers(&self) -> bool {
        self.cached_readers.load(Ordering::Acquire) > 0
    }

    fn count_readers(&self, count: usize) {
        self.cached_readers.store(count, Ordering::Release);
    }
}

/// One name by which a file is open. A file with hard links can be open by several: what is deleted or renamed
/// is the name, not the file ([MS-FSA] Link).
#[derive(Debug)]
pub(crate) struct Link {
    /// Where it is now.
    pub(crate) place: Mutex<Place>,
    /// Shared by the links that are known to be one name reached by different ways (two shares, a linked folder).
    pending: Arc<AtomicBool>,
}

impl Link {
    /// A link of its own.
    #[cfg(test)]
    pub(crate) fn at(place: Place) -> Self {
        Self {
            place: Mutex::new(place),
            pending: Arc::default(),
        }
    }

    /// Whether the name goes with its last open.
    pub(crate) fn delete_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }
}

/// Where a file is, as clients and as the disk spell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) share: ShareId,
    pub(crate) path: SharePath,
    pub(crate) disk: DiskPath,
}

#[derive(Debug, Default)]
struct FileEntry {
    shared: Arc<FileShared>,
    links: Vec<Arc<Link>>,
    opens: Vec<OpenEntry>,
    locks: RangeLocks,
    waiting: HashMap<Ticket, oneshot::Sender<()>>,
    caching: FileCaching,
    breaking: Breaking,
}

#[derive(Debug)]
struct OpenEntry {
    id: OpenId,
    access: AccessMask,
    share_mode: ShareMode,
    link: Arc<Link>,
}

/// What an open asks of the table.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) key: FileKey,
    pub(crate) place: Place,
    /// The file has no other name: however it was reached, it is the same link.
    pub(crate) only_name: bool,
    pub(crate) access: AccessMask,
    pub(crate) share_mode: ShareMode,
    /// The content will be replaced.
    pub(crate) replaces: bool,
    pub(crate) caching: Option<CachingRequest>,
}

/// What an open got.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) id: OpenId,
    pub(crate) shared: Arc<FileShared>,
    pub(crate) link: Arc<Link>,
    pub(crate) caching: Caching,
}

/// Whether an open is let in now.
#[derive(Debug)]
pub(crate) enum Entry {
    /// It is.
    Admitted(Admitted),
    /// Others have to give up first what they cache.
    Waits(BreakWait),
}

/// Limits of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableLimits {
    pub(crate) opens: usize,
    pub(crate) locks_per_open: usize,
    pub(crate) locks: usize,
}

/// What a lock request came to.
#[derive(Debug)]
pub(crate) enum LockOutcome {
    /// Taken.
    Granted,
    /// Queued: the receiver hears when it is granted, or that it never will be.
    Waiting(Ticket, oneshot::Receiver<()>),
}

/// The table itself.
#[derive(Debug)]
pub(crate) struct OpenTable {
    limits: TableLimits,
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    last_id: OpenId,
    opens: usize,
    locks: usize,
    files: HashMap<FileKey, FileEntry>,
}

impl OpenEntry {
    /// An open for attributes alone takes no part in sharing ([MS-FSA] 2.1.5.1.2).
    fn takes_part(access: AccessMask) -> bool {
        access.intersects(READS | WRITES | DELETES)
    }

    /// It looks at the file or changes what is known of it, never the content: nobody's cache is in its way.
    fn only_looks(access: AccessMask) -> bool {
        let harmless = AccessMask::READ_ATTRIBUTES | AccessMask::WRITE_ATTRIBUTES | AccessMask::SYNCHRONIZE;
        harmless.contains(access)
    }

    fn conflicts(&self, access: AccessMask, share_mode: ShareMode) -> bool {
        let refuses = |theirs: AccessMask, ours: ShareMode| {
            (theirs.intersects(READS) && !ours.contains(ShareMode::READ))
                || (theirs.intersects(WRITES) && !ours.contains(ShareMode::WRITE))
                || (theirs.intersects(DELETES) && !ours.contains(ShareMode::DELETE))
        };
        Self::takes_part(self.access)
            && Self::takes_part(access)
            && (refuses(self.access, share_mode) || refuses(access, self.share_mode))
    }
}

impl FileEntry {
    fn conflicts(&self, access: AccessMask, share_mode: ShareMode) -> bool {
        self.opens.iter().any(|open| open.conflicts(access, share_mode))
    }

    /// The link that a place is, new if it has to be.
    fn link(&mut self, place: Place, only_name: bool) -> Arc<Link> {
        if let Some(known) = self.links.iter().find(|link| {
            let known = link.place.lock();
            known.share == place.share && known.disk == place.disk
        }) {
            return Arc::clone(known);
        }
        let pending = self
            .links
            .first()
            .filter(|_| only_name)
            .map(|link| Arc::clone(&link.pending));
        let link = Arc::new(Link {
            place: Mutex::new(place),
            pending: pending.unwrap_or_default(),
        });
        self.links.push(Arc::clone(&link));
        link
    }

    /// Forgets links that no open refers to any more.
    fn drop_unused_links(&mut self) {
        let opens = &self.opens;
        self.links
            .retain(|link| opens.iter().any(|open| Arc::ptr_eq(&open.link, link)));
    }

    fn is_unused(&self) -> bool {
        self.opens.is_empty() && self.links.is_empty()
    }

    /// After locks changed: wakes those who got theirs, counts what is held. Returns by how much it changed.
    fn settle_locks(&mut self, held_before: usize) -> isize {
        for ticket in self.locks.grant_waiting() {
            if let Some(waiter) = self.waiting.remove(&ticket) {
                // A waiter that is gone gives its locks back itself.
                let _ = waiter.send(());
            }
        }
        self.shared.lock_count.store(self.locks.len(), Ordering::Release);
        self.locks.len().cast_signed() - held_before.cast_signed()
    }
}

impl OpenTable {
    /// An empty table.
    pub(crate) fn new(limits: TableLimits) -> Self {
        Self {
            limits,
            tables: Mutex::default(),
        }
    }

    /// Opens in all.
    pub(crate) fn count(&self) -> usize {
        self.tables.lock().opens
    }

    /// Lets an open in, has it wait for what others cache, or says why not.
    pub(crate) fn admit(&self, admission: Admission) -> Result<Entry, VfsError> {
        let mut notices = Vec::new();
        let outcome = self.admit_noting(admission, &mut notices);
        notices.into_iter().for_each(Notice::deliver);
        outcome
    }

    fn admit_noting(&self, admission: Admission, notices: &mut Vec<Notice>) -> Result<Entry, VfsError> {
        let Admission {
            key,
            place,
            only_name,
            access,
            share_mode,
            replaces,
            caching,
        } = admission;
        let mut tables = self.tables.lock();
        if tables.opens >= self.limits.opens {
            return Err(VfsError::TooManyOpens);
        }
        tables.last_id += 1;
        let id = tables.last_id;
        let entry = tables.files.entry(key).or_default();
        let link = entry.link(place, only_name);
        if link.delete_pending() {
            // A link in deletion stays until it is gone from the disk, also without opens.
            return Err(VfsError::DeletePending);
        }
        let conflicts = entry.conflicts(access, share_mode);
        let arrival = match (conflicts, replaces) {
            (true, _) => Some(Arrival::Conflicting),
            (false, true) => Some(Arrival::Replacing),
            (false, false) => (!OpenEntry::only_looks(access)).then_some(Arrival::Sharing),
        };
        let wait = arrival.and_then(|arrival| entry.contend(key, arrival, notices));
        if wait.is_some() || conflicts {
            entry.drop_unused_links();
            return wait.map(Entry::Waits).ok_or(VfsError::SharingViolation);
        }
        let caching = caching.map_or(Caching::empty(), |request| {
            let others = entry.opens.iter().any(|open| !OpenEntry::only_looks(open.access));
            entry.caching.grant(id, &request, others, entry.locks.len() > 0)
        });
        entry.settle_caching();
        entry.opens.push(OpenEntry {
            id,
            access,
            share_mode,
            link: Arc::clone(&link),
        });
        let shared = Arc::clone(&entry.shared);
        tables.opens += 1;
        Ok(Entry::Admitted(Admitted {
            id,
            shared,
            link,
            caching,
        }))
    }

    /// Whether an open with this access and sharing would be let in beside those that are there.
    pub(crate) fn check_sharing(
        &self,
        key: FileKey,
        access: AccessMask,
        share_mode: ShareMode,
    ) -> Result<(), VfsError> {
        let tables = self.tables.lock();
        let refused = tables
            .files
            .get(&key)
            .is_some_and(|entry| entry.conflicts(access, share_mode));
        if refused {
            Err(VfsError::SharingViolation)
        } else {
            Ok(())
        }
    }

    /// Whether a rename may replace this file: not while anyone has it open. Those who only keep it open are
    /// asked to let go, which may take a wait.
    pub(crate) fn may_be_replaced(&self, key: FileKey) -> Result<Option<BreakWait>, VfsError> {
        let mut notices = Vec::new();
        let mut tables = self.tables.lock();
        let Some(entry) = tables.files.get_mut(&key).filter(|entry| !entry.opens.is_empty()) else {
            return Ok(None);
        };
        let wait = entry.contend(key, Arrival::Conflicting, &mut notices);
        drop(tables);
        notices.into_iter().for_each(Notice::deliver);
        match wait {
            Some(wait) => Ok(Some(wait)),
            None => Err(VfsError::AccessDenied(Denial::InUse)),
        }
    }

    /// Whether anything strictly below a folder is open.
    pub(crate) fn has_opens_below(&self, share: ShareId, folder: &SharePath) -> bool {
        let depth = folder.components().len();
        self.links().iter().any(|link| {
            let place = link.place.lock();
            place.share == share && place.path.components().len() > depth && place.path.is_within(folder)
        })
    }

    /// A folder moved: what was opened below it in the meantime moves along.
    pub(crate) fn follow_rename(&self, share: ShareId, from: &Place, to: &Place) {
        let depth = from.path.components().len();
        for link in self.links() {
            let mut place = link.place.lock();
            if place.share != share
                || place.path.components().len() <= depth
                || !place.path.is_within(&from.path)
            {
                continue;
            }
            let Some(disk) = place.disk.moved(&from.disk, &to.disk) else {
                continue;
            };
            let path = place.path.components()[depth..]
                .iter()
                .try_fold(to.path.clone(), |path, name| path.join(name));
            if let Ok(path) = path {
                *place = Place { share, path, disk };
            }
        }
    }

    /// Takes locks; with `wait`, queues for them when someone else has them.
    pub(crate) fn lock(
        &self,
        key: FileKey,
        id: OpenId,
        ranges: &[LockRange],
        wait: bool,
    ) -> Result<LockOutcome, VfsError> {
        let mut tables = self.tables.lock();
        let total = tables.locks;
        let entry = tables.files.get_mut(&key).ok_or(VfsError::Closed)?;
        let full = entry.locks.count_of(id) + ranges.len() > self.limits.locks_per_open
            || total + ranges.len() > self.limits.locks;
        if full {
            return Err(VfsError::TooManyOpens);
        }
        match entry.locks.acquire(id, ranges) {
            Err(VfsError::LockNotGranted) if wait => {
                let (sender, receiver) = oneshot::channel();
                tables.last_id += 1;
                let ticket = Ticket(tables.last_id);
                let entry = tables.files.get_mut(&key).ok_or(VfsError::Closed)?;
                entry.locks.wait(ticket, id, ranges);
                entry.waiting.insert(ticket, sender);
                Ok(LockOutcome::Waiting(ticket, receiver))
            }
            Err(error) => Err(error),
            Ok(()) => {
                entry
                    .shared
                    .lock_count
                    .store(entry.locks.len(), Ordering::Release);
                tables.locks += ranges.len();
                Ok(LockOutcome::Granted)
            }
        }
    }

    /// Gives up waiting. What was granted in the same moment is given back.
    pub(crate) fn abandon(&self, key: FileKey, id: OpenId, ticket: Ticket, ranges: &[LockRange]) {
        let mut tables = self.tables.lock();
        let Some(entry) = tables.files.get_mut(&key) else {
            return;
        };
        entry.waiting.remove(&ticket);
        if !entry.locks.stop_waiting(ticket) && entry.opens.iter().any(|open| open.id == id) {
            drop(tables);
            // Granted, but nobody took it.
            let _ = self.unlock(key, id, ranges);
        }
    }

    /// Gives locks back, in order, up to the first that is not held.
    pub(crate) fn unlock(&self, key: FileKey, id: OpenId, ranges: &[LockRange]) -> Result<(), VfsError> {
        let mut tables = self.tables.lock();
        let entry = tables.files.get_mut(&key).ok_or(VfsError::Closed)?;
        let before = entry.locks.len();
        let outcome = ranges.iter().try_for_each(|range| entry.locks.release(id, range));
        let change = entry.settle_locks(before);
        tables.locks = tables.locks.saturating_add_signed(change);
        outcome
    }

    /// Whether a read or write runs into a lock.
    pub(crate) fn blocks(&self, key: FileKey, id: OpenId, offset: u64, length: u64, write: bool) -> bool {
        let tables = self.tables.lock();
        tables
            .files
            .get(&key)
            .is_some_and(|entry| entry.locks.blocks(id, offset, length, write))
    }

    /// An open goes, with its locks. True when it was the last one of a name that is to be deleted: the caller
    /// removes it from the disk and then calls [`finish_delete`](Self::finish_delete).
    pub(crate) fn leave(&self, key: FileKey, id: OpenId) -> bool {
        let mut tables = self.tables.lock();
        let Some(entry) = tables.files.get_mut(&key) else {
            return false;
        };
        let Some(at) = entry.opens.iter().position(|open| open.id == id) else {
            return false;
        };
        let gone = entry.opens.swap_remove(at);
        let before = entry.locks.len();
        for ticket in entry.locks.release_all(id) {
            entry.waiting.remove(&ticket);
        }
        let change = entry.settle_locks(before);
        entry.caching.remove(id);
        entry.settle_caching();
        let same_name = |open: &OpenEntry| Arc::ptr_eq(&open.link.pending, &gone.link.pending);
        let last = !entry.opens.iter().any(same_name);
        let delete = last && gone.link.delete_pending();
        if !delete {
            entry.drop_unused_links();
            if entry.is_unused() {
                tables.files.remove(&key);
            }
        }
        tables.opens -= 1;
        tables.locks = tables.locks.saturating_add_signed(change);
        delete
    }

    /// The name is off the disk (or could not be removed).
    pub(crate) fn finish_delete(&self, key: FileKey) {
        let mut tables = self.tables.lock();
        let Some(entry) = tables.files.get_mut(&key) else {
            return;
        };
        entry.drop_unused_links();
        if entry.is_unused() {
            tables.files.remove(&key);
        }
    }

    /// Marks or unmarks a name for deletion.
    pub(crate) fn set_delete_pending(&self, link: &Link, delete: bool) {
        // Under the mutex, so that no open is let in between the decision and the mark.
        let _tables = self.tables.lock();
        link.pending.store(delete, Ordering::Release);
    }

    /// A share ends: whoever waits for a lock in it stops waiting.
    pub(crate) fn end_waits(&self, share: ShareId) {
        let mut tables = self.tables.lock();
        for entry in tables.files.values_mut() {
            let theirs = entry
                .opens
                .iter()
                .filter(|open| open.link.place.lock().share == share);
            let ids: Vec<OpenId> = theirs.map(|open| open.id).collect();
            for id in ids {
                for ticket in entry.locks.stop_waiting_of(id) {
                    entry.waiting.remove(&ticket);
                }
            }
        }
    }

    fn links(&self) -> Vec<Arc<Link>> {
        self.tables
            .lock()
            .files
            .values()
            .flat_map(|entry| entry.links.iter().cloned())
            .collect()
    }
}

#[cfg(test)]
mod tests;
