//! What the file system has open ([MS-FSA] 2.1.1.6 Open): a file, the rights granted to it, and what was done through it.
//! It is not bound to a session: [`Open`](super::Open) is a session's use of it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use parking_lot::Mutex;

use super::access::Subject;
use super::backend::{BackendFile, SizeAfter, Times};
use super::error::VfsError;
use super::info::{FileKey, FileTime};
use super::machine::LeaseId;
use super::open_table::{Cached, FileShared, Link, OpenId, Place};
use crate::live::Taken;
use crate::security::AccessMask;
use crate::store::FileMetadataKey;

/// An open file or folder of the file system.
pub(super) struct Handle {
    pub(super) id: OpenId,
    pub(super) shared: Arc<FileShared>,
    /// Whether the lease that it is under, if it is, caches what it has read.
    pub(super) cached: Option<Arc<Cached>>,
    /// The lease on its folder under which its client changes what is listed there.
    pub(super) parent: Option<LeaseId>,
    pub(super) link: Arc<Link>,
    pub(super) file: Box<dyn BackendFile>,
    pub(super) key: FileKey,
    pub(super) metadata_key: FileMetadataKey,
    pub(super) directory: bool,
    pub(super) granted: AccessMask,
    pub(super) created: bool,
    pub(super) append: bool,
    pub(super) case_sensitive: bool,
    pub(super) write_through: bool,
    pub(super) delete_on_close: bool,
    /// It marked its name for deletion.
    pub(super) marked: AtomicBool,
    /// It was to delete its name, which stayed, and that was told of.
    pub(super) not_deleted: AtomicBool,
    /// Made, replaced or written through this handle.
    pub(super) written: AtomicBool,
    /// Bytes were written and the watchers of the folder have not heard of it.
    pub(super) untold: AtomicBool,
    /// What of it could not be written.
    pub(super) unwritten: Unwritten,
    /// The time of writing set explicitly, which writes through this handle must not move, and the number of its being set
    /// among those of the file: what is set by another handle later counts.
    pub(super) sticky: Mutex<Option<(FileTime, u64)>>,
    pub(super) closed: AtomicBool,
    /// It waits for its client when that loses its connection.
    pub(super) durable: AtomicBool,
    /// Since when its client is away.
    pub(super) away_since: Mutex<Option<SystemTime>>,
    /// What makes it count as one of its person's opens.
    pub(super) _counted: Taken,
}

/// The first part of a file that could not be written through a handle, and why, until it is written after all.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    any: AtomicBool,
    first: Mutex<Option<(u64, String)>>,
}

impl Unwritten {
    /// From this offset on something is not as its client meant it to be.
    pub(super) fn note(&self, offset: u64, why: &VfsError) {
        let mut first = self.first.lock();
        if first.as_ref().is_none_or(|(noted, _)| offset < *noted) {
            *first = Some((offset, why.to_string()));
        }
        self.any.store(true, Ordering::Release);
    }

    /// This range was written.
    pub(super) fn written(&self, range: &Range<u64>) {
        if !self.any.load(Ordering::Acquire) {
            return;
        }
        let mut first = self.first.lock();
        if first.as_ref().is_some_and(|(noted, _)| range.contains(noted)) {
            *first = None;
            self.any.store(false, Ordering::Release);
        }
    }

    /// Why it is not all there.
    pub(super) fn why(&self) -> Option<String> {
        self.why_before(u64::MAX)
    }

    /// The same for what is in front of an offset.
    pub(super) fn why_before(&self, offset: u64) -> Option<String> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let first = self.first.lock();
        first
            .as_ref()
            .filter(|(noted, _)| *noted < offset)
            .map(|(_, why)| why.clone())
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.id)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// Where the file is now.
    pub(super) fn place(&self) -> Place {
        self.link.place.lock().clone()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn was_written(&self) -> bool {
        self.written.load(Ordering::Acquire)
    }

    /// Something from this offset on is not on the disk as its client meant it to be.
    pub(super) fn not_written(&self, offset: u64, error: std::io::Error) -> VfsError {
        let error = VfsError::from(error);
        self.unwritten.note(offset, &error);
        error
    }

    /// What its rights are asked on.
    pub(super) fn subject(&self) -> Subject {
        match (self.created, self.directory) {
            (true, true) => Subject::OwnFolder,
            (true, false) => Subject::Own,
            (false, true) => Subject::Folder,
            (false, false) => Subject::File,
        }
    }

    /// The time of writing that was set explicitly, if writes through this handle have moved it since.
    fn moved_time(&self) -> Option<FileTime> {
        let (time, number) = (*self.sticky.lock())?;
        (self.was_written() && number == self.shared.last_time_set()).then_some(time)
    }

    /// The content was changed through this handle: that moves the time of writing, whatever another handle had set, unless
    /// it was set through this one last.
    pub(super) fn outdate_times_of_others(&self) {
        let last = self.shared.last_time_set();
        let is_ours = || (*self.sticky.lock()).is_some_and(|(_, number)| number == last);
        if last > 0 && !is_ours() {
            self.shared.set_time();
        }
    }

    /// Puts back the time of writing that was set explicitly.
    pub(super) async fn restore_sticky_times(&self) -> Result<(), VfsError> {
        let Some(modified) = self.moved_time() else {
            return Ok(());
        };
        let times = Times {
            modified: Some(modified),
            ..Times::default()
        };
        let mut own = self.own_change();
        self.file.set_times(times).await?;
        own.done(SizeAfter::SAME);
        Ok(())
    }
}
