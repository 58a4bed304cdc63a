//! What all opens of one stream have in common and look at without the open table: whether anyone locks it, whether
//! anyone caches what they read, and the locks themselves behind a mutex of their own.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::leases::Cached;
use super::ranges::RangeLocks;
use crate::vfs::backend::Watch;

/// Shared by the opens of one stream.
#[derive(Debug, Default)]
pub(crate) struct FileShared {
    /// Locks held on the file: while there are none, reads and writes ask nobody.
    pub(crate) lock_count: AtomicUsize,
    /// Holders with READ: while there are none besides the asking open's own lease, writes ask nobody.
    cached_readers: AtomicUsize,
    /// Held from finding the end to writing there, so that two opens never append at the same place.
    pub(crate) appending: tokio::sync::Mutex<()>,
    /// Somebody else changed the content while a client may have had something to write, which it has yet to write.
    changed_under_writer: AtomicBool,
    /// How often its time of writing was set explicitly, or moved by another's write after that.
    times_set: AtomicU64,
    /// Bytes that are shown as allocated because somebody reserved them, for as long as the file is open.
    reserved: AtomicU64,
    /// Clients cache it, and others than we may change it: while this is false, changes of ours are told to nobody.
    watched: AtomicBool,
    /// Who is told of them then, as long as one of those clients is there.
    watch: Mutex<Option<Weak<dyn Watch>>>,
    /// Who locks what. Taken after the open table's mutex, if that is held at all.
    pub(super) locks: Mutex<RangeLocks>,
}

impl FileShared {
    /// Whether anyone but the lease that an open is under, if it is, must hear of a change of the content.
    pub(crate) fn is_cached_by_others(&self, mine: Option<&Cached>) -> bool {
        let mine = mine.is_some_and(|mine| mine.reads.load(Ordering::Acquire));
        self.cached_readers.load(Ordering::Acquire) > usize::from(mine)
    }

    /// Whether a read or write by an open runs into a lock.
    pub(crate) fn blocks(&self, open: super::OpenId, offset: u64, length: u64, write: bool) -> bool {
        self.lock_count.load(Ordering::Acquire) > 0 && self.locks.lock().blocks(open, offset, length, write)
    }

    /// What is to be told of a change of ours, if the file is watched for those of others.
    pub(crate) fn watch(&self) -> Option<Arc<dyn Watch>> {
        if !self.watched.load(Ordering::Acquire) {
            return None;
        }
        let mut known = self.watch.lock();
        let watch = known.as_ref().and_then(Weak::upgrade);
        if watch.is_none() {
            *known = None;
            self.watched.store(false, Ordering::Release);
        }
        watch
    }

    /// A client is let cache the file while it is watched.
    pub(crate) fn watched_by(&self, watch: &Arc<dyn Watch>) {
        *self.watch.lock() = Some(Arc::downgrade(watch));
        self.watched.store(true, Ordering::Release);
    }

    /// Whether what is written now may be older than what somebody else has written. Told once.
    pub(crate) fn takes_change_under_writer(&self) -> bool {
        self.changed_under_writer.swap(false, Ordering::AcqRel)
    }

    /// Its time of writing is another from now on; the number of that.
    pub(crate) fn set_time(&self) -> u64 {
        self.times_set.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The number of the last time that was set explicitly.
    pub(crate) fn last_time_set(&self) -> u64 {
        self.times_set.load(Ordering::Acquire)
    }

    /// Somebody reserves room for so many bytes; none when the size changes.
    pub(crate) fn reserve(&self, bytes: u64) {
        self.reserved.store(bytes, Ordering::Release);
    }

    /// Bytes that are reserved.
    pub(crate) fn reserved(&self) -> u64 {
        self.reserved.load(Ordering::Acquire)
    }

    pub(super) fn changed_under_writer(&self, changed: bool) {
        self.changed_under_writer.store(changed, Ordering::Release);
    }

    pub(super) fn count_readers(&self, count: usize) {
        self.cached_readers.store(count, Ordering::Release);
    }

    /// Changes the locks and counts what is held afterwards.
    pub(crate) fn change_locks<T>(&self, change: impl FnOnce(&mut RangeLocks) -> T) -> T {
        let mut locks = self.locks.lock();
        let outcome = change(&mut locks);
        self.lock_count.store(locks.len(), Ordering::Release);
        outcome
    }
}
