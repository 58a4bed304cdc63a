//! One open of a file or folder, and the operations on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::access::{self, Subject};
use super::backend::{Backend, BackendFile, Name, Times};
use super::directory::{DirectoryScan, Pattern};
use super::error::{Denial, VfsError};
use super::info::{DosAttributes, FileInfo, FileKey, FileTime, SetTimes};
use super::lease::Caching;
use super::lock::{OpenId, Ticket};
use super::lookup::Found;
use super::metadata;
use super::notify::{ChangeAction, Changes, NotifyFilter, WatchRequest};
use super::open_table::{FileShared, Link, LockOutcome, Place};
use super::path::SharePath;
use super::request::LockRange;
use super::share::ShareView;
use crate::live::ActivityKind;
use crate::security::AccessMask;
use crate::store::{FileMetadataKey, Store};

/// One open of a file or folder, with the access granted to it. Every method checks that access, the
/// caller's *present* permission in the share, and byte-range locks.
pub struct Open {
    pub(super) id: OpenId,
    pub(super) view: ShareView,
    pub(super) shared: Arc<FileShared>,
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
    /// Made, replaced or written by this open.
    pub(super) written: AtomicBool,
    /// Bytes were written and the watchers of the folder have not heard of it.
    pub(super) untold: AtomicBool,
    /// Times set explicitly, which this open's own writes must not move.
    pub(super) sticky: Mutex<Times>,
    pub(super) closed: AtomicBool,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open")
            .field("id", &self.id)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Open {
    /// The access granted.
    pub fn granted(&self) -> AccessMask {
        self.granted
    }

    /// The share as its opener entered it.
    pub fn view(&self) -> &ShareView {
        &self.view
    }

    /// The file's identity.
    pub fn key(&self) -> FileKey {
        self.key
    }

    /// Whether it is a folder.
    pub fn is_directory(&self) -> bool {
        self.directory
    }

    /// The path as it is now (renames move it).
    pub fn path(&self) -> SharePath {
        self.link.place.lock().path.clone()
    }

    /// The file as it is now. Needs no right: protocols check READ_ATTRIBUTES where they must.
    ///
    /// # Errors
    /// Closed, or the operating system's.
    pub fn info(&self) -> Result<FileInfo, VfsError> {
        self.alive()?;
        self.restore_sticky_times();
        Ok(self.look()?.0)
    }

    /// The file as it is now, and whether it still has its name.
    pub(super) fn look(&self) -> Result<(FileInfo, bool), VfsError> {
        let stat = self.file.stat()?;
        let dot = if metadata::is_dot_name(self.link.place.lock().path.name()) {
            Some(".")
        } else {
            None
        };
        let info = metadata::look(self.store(), &stat, dot, self.link.delete_pending())?;
        // Some file systems count no links at all; then the name tells.
        let named = stat.links > 0
            || self
                .backend()
                .stat(&self.disk_path(), true)
                .is_ok_and(|found| found.key == self.key);
        Ok((info, named))
    }

    /// Appends up to `length` bytes at `offset` to `out` without clearing it first; returns how many.
    /// 0 at or beyond the end.
    ///
    /// # Errors
    /// NotGranted without READ_DATA or EXECUTE; LockConflict; IsADirectory.
    pub fn read_into(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> Result<usize, VfsError> {
        self.permit_any(AccessMask::READ_DATA | AccessMask::EXECUTE)?;
        if self.directory {
            return Err(VfsError::IsADirectory);
        }
        self.check_locks(offset, length as u64, false)?;
        if offset > i64::MAX as u64 {
            return Ok(0);
        }
        let count = self.file.read_into(offset, length, out)?;
        self.view.caller().session.count_out(count as u64);
        Ok(count)
    }

    /// Writes all of `data` at `offset` (at the end when opened for append or `offset` is `u64::MAX`).
    /// `through` puts it on the disk before returning.
    ///
    /// # Errors
    /// NotGranted without WRITE_DATA (or APPEND_DATA, from the end on: [MS-SMB2] 3.3.5.13); LockConflict; DiskFull.
    pub fn write_at(&self, offset: u64, data: &[u8], through: bool) -> Result<(), VfsError> {
        let at_end = self.append || offset == u64::MAX;
        let adds_only = !self.granted.contains(AccessMask::WRITE_DATA);
        self.permit_any(access::CONTENT)?;
        if self.directory {
            return Err(VfsError::IsADirectory);
        }
        if at_end || adds_only {
            // Writes that depend on others: where the end is must not change before it is written.
            let _appending = self.shared.appending.lock();
            let end = self.file.stat()?.size;
            if !at_end && offset < end {
                return Err(VfsError::AccessDenied(Denial::NotGranted));
            }
            self.write_now(if at_end { end } else { offset }, data)?;
        } else {
            self.write_now(offset, data)?;
        }
        self.view.caller().session.count_in(data.len() as u64);
        if through || self.write_through {
            Ok(self.file.sync()?)
        } else {
            Ok(())
        }
    }

    fn write_now(&self, offset: u64, data: &[u8]) -> Result<(), VfsError> {
        let end = offset
            .checked_add(data.len() as u64)
            .filter(|end| *end <= i64::MAX as u64);
        if end.is_none() {
            return Err(VfsError::InvalidParameter);
        }
        self.check_locks(offset, data.len() as u64, true)?;
        self.tell_readers();
        self.file.write_at(offset, data)?;
        self.note_written();
        Ok(())
    }

    /// Puts what was written on the disk.
    ///
    /// # Errors
    /// The operating system's.
    pub fn flush(&self) -> Result<(), VfsError> {
        self.permit_any(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA)?;
        self.restore_sticky_times();
        self.tell_of_writing();
        Ok(self.file.sync()?)
    }

    /// Sets the size.
    ///
    /// # Errors
    /// As `write_at`.
    pub fn set_end_of_file(&self, size: u64) -> Result<(), VfsError> {
        self.permit_any(AccessMask::WRITE_DATA)?;
        if self.directory || size > i64::MAX as u64 {
            return Err(VfsError::InvalidParameter);
        }
        let now = self.file.stat()?.size;
        if now == size {
            return Ok(());
        }
        let (from, to) = (now.min(size), now.max(size));
        self.check_locks(from, to - from, true)?;
        self.tell_readers();
        self.file.set_size(size)?;
        self.note_written();
        self.tell(NotifyFilter::SIZE | NotifyFilter::ATTRIBUTES);
        Ok(())
    }

    /// Reserves space; below the present size it truncates ([MS-FSA] 2.1.5.15.1).
    ///
    /// # Errors
    /// As `write_at`.
    pub fn set_allocation_size(&self, size: u64) -> Result<(), VfsError> {
        self.permit_any(AccessMask::WRITE_DATA)?;
        if self.directory || size > i64::MAX as u64 {
            return Err(VfsError::InvalidParameter);
        }
        if size < self.file.stat()?.size {
            self.set_end_of_file(size)
        } else {
            self.tell_readers();
            Ok(self.file.reserve(size)?)
        }
    }

    /// Sets times. A time set explicitly stays: later writes by this open don't move it.
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES.
    pub fn set_times(&self, times: SetTimes) -> Result<(), VfsError> {
        self.permit(AccessMask::WRITE_ATTRIBUTES)?;
        let keeps = self.backend().keeps_attributes();
        let now = Times {
            accessed: times.accessed,
            modified: times.modified,
            created: times.created.filter(|_| keeps),
        };
        if now.accessed.is_some() || now.modified.is_some() || now.created.is_some() {
            self.file.set_times(now)?;
            let mut sticky = self.sticky.lock();
            sticky.modified = times.modified.or(sticky.modified);
            sticky.accessed = times.accessed.or(sticky.accessed);
        }
        if let Some(created) = times.created.filter(|_| !keeps) {
            metadata::set_created(self.store(), &self.file.stat()?, created)?;
        }
        let mut changed = NotifyFilter::empty();
        changed.set(NotifyFilter::CREATION, times.created.is_some());
        changed.set(NotifyFilter::LAST_ACCESS, times.accessed.is_some());
        changed.set(NotifyFilter::LAST_WRITE, times.modified.is_some());
        self.tell(changed);
        Ok(())
    }

    /// Sets DOS attributes (SETTABLE bits; NORMAL alone clears them).
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES; InvalidParameter for TEMPORARY on a folder, DIRECTORY on a file.
    pub fn set_attributes(&self, attributes: DosAttributes) -> Result<(), VfsError> {
        self.permit(AccessMask::WRITE_ATTRIBUTES)?;
        let unfit = if self.directory {
            DosAttributes::TEMPORARY
        } else {
            DosAttributes::DIRECTORY
        };
        if attributes.intersects(unfit) {
            return Err(VfsError::InvalidParameter);
        }
        let path = self.path();
        metadata::set_attributes(
            self.store(),
            self.backend(),
            self.file.as_ref(),
            path.name(),
            attributes,
        )?;
        self.tell(NotifyFilter::ATTRIBUTES);
        Ok(())
    }

    /// Sets Unix permission bits (SFTP); NotSupported on Windows beyond the read-only bit.
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES.
    pub fn set_mode(&self, mode: u32) -> Result<(), VfsError> {
        self.permit(AccessMask::WRITE_ATTRIBUTES)?;
        self.file.set_mode(mode & 0o777)?;
        self.tell(NotifyFilter::ATTRIBUTES | NotifyFilter::SECURITY);
        Ok(())
    }

    /// Marks or unmarks for deletion when the last open closes.
    ///
    /// # Errors
    /// NotGranted without DELETE; CannotDelete; DirectoryNotEmpty.
    pub fn set_delete_pending(&self, delete: bool) -> Result<(), VfsError> {
        self.permit(AccessMask::DELETE)?;
        if delete {
            self.check_deletable()?;
        }
        self.view.engine().opens.set_delete_pending(&self.link, delete);
        self.tell_of_deletion();
        Ok(())
    }

    /// Renames or moves within the share.
    ///
    /// # Errors
    /// NotGranted without DELETE; AlreadyExists; SharingViolation; AccessDenied when the target is open.
    pub async fn rename(&self, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        loop {
            self.permit(AccessMask::DELETE)?;
            let moved = self.view.move_open(self, to, replace);
            match self.view.noting_refusal(to, moved)? {
                None => return Ok(()),
                Some(wait) => wait.over(&self.view.engine().opens).await,
            }
        }
    }

    /// Adds a hard link.
    ///
    /// # Errors
    /// AlreadyExists; NotSupported.
    pub async fn link(&self, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        loop {
            self.alive()?;
            if self.directory {
                return Err(VfsError::IsADirectory);
            }
            let linked = self.view.link_open(self, to, replace);
            match self.view.noting_refusal(to, linked)? {
                None => return Ok(()),
                Some(wait) => wait.over(&self.view.engine().opens).await,
            }
        }
    }

    /// The client gives up what it cached, as it was asked to; what it may cache from now on comes back.
    ///
    /// # Errors
    /// NotBreaking when nobody asked, or for less than this.
    pub fn acknowledge_break(&self, caching: Caching) -> Result<Caching, VfsError> {
        self.view
            .engine()
            .opens
            .acknowledge_break(self.key, self.id, caching)
    }

    /// Starts listing a folder; only names that match `pattern` are looked at more closely.
    /// `.` and `..` are not included.
    ///
    /// # Errors
    /// NotGranted without READ_DATA (list); NotADirectory.
    pub fn scan(self: &Arc<Self>, pattern: &Pattern) -> Result<DirectoryScan, VfsError> {
        self.permit(AccessMask::READ_DATA)?;
        if !self.directory {
            return Err(VfsError::NotADirectory);
        }
        let names = match pattern.literal().filter(|_| self.backend().minds_case()) {
            None => self.file.names()?,
            Some(name) => Box::new(self.entry(name)?.map(Ok).into_iter()),
        };
        Ok(DirectoryScan::new(Arc::clone(self), names, pattern.clone()))
    }

    /// The one entry that a pattern without wildcards can match: a look-up instead of a scan.
    fn entry(&self, name: &str) -> Result<Option<Name>, VfsError> {
        let Ok(path) = self.path().join(name) else {
            return Ok(None);
        };
        match self.view.find(&path, self.case_sensitive, false) {
            Ok(Found::Existing { disk, .. }) => {
                let Some(disk) = disk.file_name() else {
                    return Ok(None);
                };
                Ok(self.backend().wire_name(disk).map(|wire| Name {
                    wire,
                    disk: disk.into(),
                }))
            }
            Ok(Found::Missing { .. }) | Err(VfsError::NameTooLong | VfsError::InvalidName) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits for changes in this folder. The first call says what the watch is about, for as long as the folder
    /// is open; `room` is how many bytes of changes are kept until they are asked for.
    ///
    /// # Errors
    /// NotGranted without READ_DATA (list); NotADirectory; Closed.
    pub async fn changes(
        &self,
        recursive: bool,
        filter: NotifyFilter,
        room: usize,
    ) -> Result<Changes, VfsError> {
        if !self.directory {
            return Err(VfsError::NotADirectory);
        }
        self.permit(AccessMask::READ_DATA)?;
        let watches = &self.view.engine().watches;
        watches.begin(
            self.id,
            WatchRequest {
                share: self.view.settings().id,
                folder: Arc::clone(&self.link),
                recursive,
                filter,
                room,
            },
        );
        if self.closed.load(Ordering::Acquire) {
            // Closed in the meantime: nobody else would end the watch.
            watches.end(self.id);
        }
        let changes = watches.next(self.id).await;
        self.permit(AccessMask::READ_DATA)?;
        Ok(changes)
    }

    /// Locks ranges, all or none. With `wait`, waits for a conflicting holder; dropping the future
    /// gives up.
    ///
    /// # Errors
    /// LockNotGranted; InvalidLockRange; LockConflict never.
    pub async fn lock(self: &Arc<Self>, ranges: &[LockRange], wait: bool) -> Result<(), VfsError> {
        self.permit_any(AccessMask::READ_DATA | AccessMask::WRITE_DATA | AccessMask::APPEND_DATA)?;
        if self.directory {
            return Err(VfsError::InvalidParameter);
        }
        self.tell_readers();
        match self.view.engine().opens.lock(self.key, self.id, ranges, wait)? {
            LockOutcome::Granted => Ok(()),
            LockOutcome::Waiting(ticket, granted) => {
                let mut waiting = WaitingLock {
                    open: self,
                    ticket,
                    ranges,
                    over: false,
                };
                let outcome = granted.await;
                waiting.over = true;
                outcome.map_err(|_| VfsError::Closed)
            }
        }
    }

    /// Unlocks ranges taken by this open; each must match exactly.
    ///
    /// # Errors
    /// RangeNotLocked.
    pub fn unlock(&self, ranges: &[LockRange]) -> Result<(), VfsError> {
        self.alive()?;
        self.view.engine().opens.unlock(self.key, self.id, ranges)
    }

    /// Closes: releases locks, deletes when that is due. Idempotent; the operations above then give `Closed`.
    ///
    /// # Errors
    /// The operating system's, when a pending deletion fails.
    pub fn close(&self) -> Result<(), VfsError> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.restore_sticky_times();
        let opens = &self.view.engine().opens;
        if self.delete_on_close && self.check_deletable().is_ok() {
            opens.set_delete_pending(&self.link, true);
            self.tell_of_deletion();
        }
        self.view.engine().watches.end(self.id);
        let outcome = if opens.leave(self.key, self.id) {
            let place = self.link.place.lock().clone();
            let outcome = self.view.remove_closed(&place, self.key, self.metadata_key, self);
            opens.finish_delete(self.key);
            if outcome.is_ok() {
                self.view.report(ActivityKind::Removed, &place.path, "removed");
            }
            outcome
        } else {
            self.tell_of_writing();
            if self.written.load(Ordering::Acquire) && !self.directory {
                self.view
                    .report(ActivityKind::FileWritten, &self.path(), "written");
            }
            Ok(())
        };
        self.view.open_closed();
        outcome
    }

    pub(super) fn store(&self) -> &Store {
        &self.view.engine().store
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        self.view.backend()
    }

    pub(super) fn file(&self) -> &dyn BackendFile {
        self.file.as_ref()
    }

    pub(super) fn disk_path(&self) -> PathBuf {
        self.link.place.lock().disk.clone()
    }

    fn alive(&self) -> Result<(), VfsError> {
        if self.closed.load(Ordering::Acquire) || !self.view.is_live() {
            Err(VfsError::Closed)
        } else {
            Ok(())
        }
    }

    /// The handle has these rights, and the caller still may use them.
    pub(super) fn permit(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.alive()?;
        if !self.granted.contains(needed) {
            return Err(VfsError::AccessDenied(Denial::NotGranted));
        }
        self.still_allowed(needed)
    }

    /// The handle has one of these rights, and the caller still may use it.
    pub(super) fn permit_any(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.alive()?;
        let usable = self.granted & needed;
        if usable.is_empty() {
            return Err(VfsError::AccessDenied(Denial::NotGranted));
        }
        if usable.intersects(self.view.allowed(self.subject())) {
            return Ok(());
        }
        self.still_allowed(usable)
    }

    fn still_allowed(&self, needed: AccessMask) -> Result<(), VfsError> {
        self.view.check(needed, self.subject())
    }

    pub(super) fn subject(&self) -> Subject {
        match (self.created, self.directory) {
            (true, _) => Subject::Own,
            (false, true) => Subject::Folder,
            (false, false) => Subject::File,
        }
    }

    /// The content has changed through this open.
    pub(super) fn note_written(&self) {
        self.written.store(true, Ordering::Release);
        self.untold.store(true, Ordering::Release);
    }

    /// Tells who watches the folder that this was changed.
    fn tell(&self, changed: NotifyFilter) {
        if self.view.engine().watches.any() {
            self.view.tell(ChangeAction::Modified, &self.path(), changed);
        }
    }

    /// Tells, once for many writes, who watches the folder.
    fn tell_of_writing(&self) {
        if self.untold.swap(false, Ordering::AcqRel) {
            self.tell(NotifyFilter::SIZE | NotifyFilter::LAST_WRITE);
        }
    }

    /// Tells who watches this folder that it is going to be deleted.
    fn tell_of_deletion(&self) {
        if self.directory && self.link.delete_pending() {
            let place = self.link.place.lock().clone();
            self.view.engine().watches.folder_goes(&place);
        }
    }

    /// Before the content changes or is locked: who has cached what they read must read it again.
    pub(super) fn tell_readers(&self) {
        if self.shared.is_cached_by_readers() {
            self.view.engine().opens.content_changes(self.key);
        }
    }

    pub(super) fn check_locks(&self, offset: u64, length: u64, write: bool) -> Result<(), VfsError> {
        if self.shared.lock_count.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let blocked = self
            .view
            .engine()
            .opens
            .blocks(self.key, self.id, offset, length, write);
        if blocked {
            Err(VfsError::LockConflict)
        } else {
            Ok(())
        }
    }

    fn check_deletable(&self) -> Result<(), VfsError> {
        let Place { path, .. } = self.link.place.lock().clone();
        if path.is_root() {
            return Err(VfsError::CannotDelete);
        }
        let stat = self.file.stat()?;
        let info = metadata::look(self.store(), &stat, path.name(), false)?;
        if info.attributes.contains(DosAttributes::READONLY) {
            return Err(VfsError::CannotDelete);
        }
        if self.directory && self.file.names()?.next().is_some() {
            return Err(VfsError::DirectoryNotEmpty);
        }
        Ok(())
    }

    fn restore_sticky_times(&self) {
        let sticky = *self.sticky.lock();
        if (sticky.modified.is_some() || sticky.accessed.is_some()) && self.written.load(Ordering::Acquire) {
            let only_modified = Times {
                accessed: None::<FileTime>,
                ..sticky
            };
            if let Err(error) = self.file.set_times(only_modified) {
                tracing::debug!(%error, "times set by the client could not be kept");
            }
        }
    }
}

/// A lock that is waited for: given up when the future is dropped.
struct WaitingLock<'o> {
    open: &'o Open,
    ticket: Ticket,
    ranges: &'o [LockRange],
    over: bool,
}

impl Drop for WaitingLock<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.open
                .view
                .engine()
                .opens
                .abandon(self.open.key, self.open.id, self.ticket, self.ranges);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::debug!(%error, "closing an abandoned open");
        }
    }
}
