//! Reading and writing an open file ([MS-FSA] 2.1.5.3, 2.1.5.4) and its size.

use std::sync::atomic::Ordering;

use super::access;
use super::error::{Denial, VfsError};
use super::notify::NotifyFilter;
use super::open::Open;
use crate::security::AccessMask;

impl Open {
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

    /// The content has changed through this open.
    pub(super) fn note_written(&self) {
        self.written.store(true, Ordering::Release);
        self.untold.store(true, Ordering::Release);
    }

    /// Before the content changes or is locked: who has cached what they read must read it again.
    pub(super) fn tell_readers(&self) {
        if self.shared.is_cached_by_readers() {
            self.view.engine().opens.content_changes(self.id);
        }
    }

    pub(super) fn check_locks(&self, offset: u64, length: u64, write: bool) -> Result<(), VfsError> {
        if self.shared.blocks(self.id, offset, length, write) {
            Err(VfsError::LockConflict)
        } else {
            Ok(())
        }
    }
}
