//! The open table: who has which file open, with which access, sharing and locks; what is to be deleted.
//! One machine for both protocols. Values in, decisions out: no I/O and no waiting happens here.
//! Lock order: the table's mutex is taken last and never held across I/O or `.await`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::error::{Denial, VfsError};
use super::info::FileKey;
use super::lock::{OpenId, RangeLocks};
use super::open::{LockRange, ShareMode};
use super::path::SharePath;
use crate::identity::ShareId;
use crate::security::AccessMask;

const READS: AccessMask = AccessMask::READ_DATA.union(AccessMask::EXECUTE);
const WRITES: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);
const DELETES: AccessMask = AccessMask::DELETE;

/// What all opens of one file have in common and look at without the table's mutex.
#[derive(Debug)]
pub(crate) struct FileShared {
    /// Locks held on the file: while there are none, reads and writes ask nobody.
    pub(crate) lock_count: AtomicUsize,
    pub(crate) delete_pending: AtomicBool,
    /// Where the file is now, and how the disk spells it.
    pub(crate) place: Mutex<Place>,
    /// Wakes those who wait for a lock.
    pub(crate) unlocked: Notify,
}

/// Where a file is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) share: ShareId,
    pub(crate) path: SharePath,
    pub(crate) disk: std::path::PathBuf,
}

#[derive(Debug)]
struct FileEntry {
    shared: Arc<FileShared>,
    opens: Vec<OpenEntry>,
    locks: RangeLocks,
    /// The last open is gone and the file is being removed from the disk.
    deleting: bool,
}

#[derive(Debug)]
struct OpenEntry {
    id: OpenId,
    access: AccessMask,
    share_mode: ShareMode,
}

/// What an open asks of the table.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) key: FileKey,
    pub(crate) place: Place,
    pub(crate) access: AccessMask,
    pub(crate) share_mode: ShareMode,
}

/// The table itself.
#[derive(Debug, Default)]
pub(crate) struct OpenTable(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    next: OpenId,
    count: usize,
    files: HashMap<FileKey, FileEntry>,
}

impl OpenEntry {
    /// An open for attributes alone takes no part in sharing ([MS-FSA] 2.1.5.1.2).
    fn takes_part(access: AccessMask) -> bool {
        access.intersects(READS | WRITES | DELETES)
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

impl OpenTable {
    /// Opens in all.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().count
    }

    /// Lets an open in, or says why not.
    pub(crate) fn admit(&self, admission: Admission) -> Result<(OpenId, Arc<FileShared>), VfsError> {
        let Admission { key, place, access, share_mode } = admission;
        let mut tables = self.0.lock();
        tables.next += 1;
        let id = tables.next;
        let entry = tables.files.entry(key).or_insert_with(|| FileEntry {
            shared: Arc::new(FileShared {
                lock_count: AtomicUsize::new(0),
                delete_pending: AtomicBool::new(false),
                place: Mutex::new(place),
                unlocked: Notify::new(),
            }),
            opens: Vec::new(),
            locks: RangeLocks::default(),
            deleting: false,
        });
        if entry.deleting || entry.shared.delete_pending.load(Ordering::Acquire) {
            return Err(VfsError::DeletePending);
        }
        if entry.opens.iter().any(|open| open.conflicts(access, share_mode)) {
            return Err(VfsError::SharingViolation);
        }
        entry.opens.push(OpenEntry { id, access, share_mode });
        let shared = Arc::clone(&entry.shared);
        tables.count += 1;
        Ok((id, shared))
    }

    /// Whether any open takes part in sharing: what a rename onto the file would break.
    pub(crate) fn is_open(&self, key: FileKey) -> bool {
        self.0.lock().files.get(&key).is_some_and(|entry| !entry.opens.is_empty())
    }

    /// Whether anything strictly below a folder is open.
    pub(crate) fn has_opens_below(&self, share: ShareId, folder: &SharePath) -> bool {
        let tables = self.0.lock();
        tables.files.values().filter(|entry| !entry.opens.is_empty()).any(|entry| {
            let place = entry.shared.place.lock();
            place.share == share
                && place.path.components().len() > folder.components().len()
                && place.path.is_within(folder)
        })
    }

    /// Takes locks.
    pub(crate) fn lock(
        &self,
        key: FileKey,
        id: OpenId,
        ranges: &[LockRange],
        limit: usize,
    ) -> Result<(), VfsError> {
        let mut tables = self.0.lock();
        let entry = tables.files.get_mut(&key).ok_or(VfsError::Closed)?;
        if entry.locks.held_by(id) + ranges.len() > limit {
            return Err(VfsError::TooManyOpens);
        }
        entry.locks.acquire(id, ranges)?;
        entry.shared.lock_count.store(entry.locks.len(), Ordering::Release);
        Ok(())
    }

    /// Gives locks back, in order, up to the first that is not held.
    pub(crate) fn unlock(&self, key: FileKey, id: OpenId, ranges: &[LockRange]) -> Result<(), VfsError> {
        let mut tables = self.0.lock();
        let entry = tables.files.get_mut(&key).ok_or(VfsError::Closed)?;
        let outcome = ranges.iter().try_for_each(|range| entry.locks.release(id, range));
        entry.shared.lock_count.store(entry.locks.len(), Ordering::Release);
        entry.shared.unlocked.notify_waiters();
        outcome
    }

    /// Whether a read or write runs into a lock.
    pub(crate) fn blocks(&self, key: FileKey, id: OpenId, offset: u64, length: u64, write: bool) -> bool {
        let tables = self.0.lock();
        tables.files.get(&key).is_some_and(|entry| entry.locks.blocks(id, offset, length, write))
    }

    /// An open goes. True when it was the last one of a file that is to be deleted: the caller removes the
    /// file and then calls [`finish_delete`](Self::finish_delete).
    pub(crate) fn leave(&self, key: FileKey, id: OpenId) -> bool {
        let mut tables = self.0.lock();
        let Some(entry) = tables.files.get_mut(&key) else { return false };
        let before = entry.opens.len();
        entry.opens.retain(|open| open.id != id);
        let gone = before - entry.opens.len();
        entry.locks.release_all(id);
        entry.shared.lock_count.store(entry.locks.len(), Ordering::Release);
        entry.shared.unlocked.notify_waiters();
        let delete = entry.opens.is_empty() && entry.shared.delete_pending.load(Ordering::Acquire);
        if delete {
            entry.deleting = true;
        } else if entry.opens.is_empty() {
            tables.files.remove(&key);
        }
        tables.count -= gone;
        delete
    }

    /// The file is off the disk (or could not be removed).
    pub(crate) fn finish_delete(&self, key: FileKey) {
        self.0.lock().files.remove(&key);
    }

    /// Marks or unmarks for deletion.
    pub(crate) fn set_delete_pending(&self, key: FileKey, delete: bool) -> Result<(), VfsError> {
        let tables = self.0.lock();
        let entry = tables.files.get(&key).ok_or(VfsError::Closed)?;
        entry.shared.delete_pending.store(delete, Ordering::Release);
        Ok(())
    }

    /// Whether a rename may replace this file.
    pub(crate) fn may_be_replaced(&self, key: FileKey) -> Result<(), VfsError> {
        if self.is_open(key) { Err(VfsError::AccessDenied(Denial::Permission)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ask(access: AccessMask, share_mode: ShareMode) -> Admission {
        let place = Place { share: ShareId(1), path: SharePath::root(), disk: "a".into() };
        Admission { key: FileKey { volume: 1, file: 1 }, place, access, share_mode }
    }

    #[test]
    fn an_open_that_does_not_share_keeps_others_out() {
        let table = OpenTable::default();
        table.admit(ask(AccessMask::READ_DATA, ShareMode::READ)).unwrap();
        assert!(matches!(
            table.admit(ask(AccessMask::WRITE_DATA, ShareMode::all())),
            Err(VfsError::SharingViolation)
        ));
        table.admit(ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
        table.admit(ask(AccessMask::READ_ATTRIBUTES, ShareMode::empty())).unwrap();
    }

    #[test]
    fn a_file_to_be_deleted_lets_nobody_in_and_goes_with_the_last_open() {
        let table = OpenTable::default();
        let key = FileKey { volume: 1, file: 1 };
        let (first, _) = table.admit(ask(AccessMask::DELETE, ShareMode::all())).unwrap();
        let (second, _) = table.admit(ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
        table.set_delete_pending(key, true).unwrap();
        assert!(matches!(table.admit(ask(AccessMask::READ_DATA, ShareMode::all())), Err(VfsError::DeletePending)));
        assert!(!table.leave(key, first));
        assert!(table.leave(key, second));
        table.finish_delete(key);
        assert_eq!(table.count(), 0);
        table.admit(ask(AccessMask::READ_DATA, ShareMode::all())).unwrap();
    }

    proptest! {
        #[test]
        fn opens_that_were_let_in_never_contradict_each_other(
            asks in proptest::collection::vec((0u32..8, 0u32..8, any::<bool>()), 1..40)
        ) {
            let table = OpenTable::default();
            let key = FileKey { volume: 1, file: 1 };
            let mut live: Vec<(OpenId, AccessMask, ShareMode)> = Vec::new();
            for (access, share, close) in asks {
                let mut rights = AccessMask::empty();
                for (bit, right) in [(1, AccessMask::READ_DATA), (2, AccessMask::WRITE_DATA), (4, AccessMask::DELETE)] {
                    if access & bit != 0 { rights |= right; }
                }
                let share = ShareMode::from_bits_truncate(share);
                if let Ok((id, _)) = table.admit(ask(rights, share)) { live.push((id, rights, share)); }
                if close && !live.is_empty() { table.leave(key, live.remove(0).0); }
                prop_assert_eq!(table.count(), live.len());
                for (i, a) in live.iter().enumerate() { for (j, b) in live.iter().enumerate() {
                    if i != j {
                        prop_assert!(!a.1.contains(AccessMask::WRITE_DATA) || b.2.contains(ShareMode::WRITE) || b.1.is_empty());
                    }
                }}
            }
        }
    }
}
