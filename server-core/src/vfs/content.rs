//! Reading and writing an open file ([MS-FSA] 2.1.5.3, 2.1.5.4) and its size.

use tokio::sync::MutexGuard;

use super::access;
use super::error::{Denial, VfsError};
use super::notify::NotifyFilter;
use super::open::Open;
use crate::security::AccessMask;

/// Where something is to be written, which stays the end of the file if it is.
pub(super) struct Place<'a> {
    pub(super) offset: u64,
    _appending: Option<MutexGuard<'a, ()>>,
}

impl Open {
    /// Appends up to `length` bytes at `offset` to `out` without clearing it first; returns how many.
    /// 0 at or beyond the end.
    ///
    /// # Errors
    /// NotGranted without READ_DATA or EXECUTE; LockConflict; IsADirectory.
    pub async fn read_into(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> Result<usize, VfsError> {
        self.permit_any(AccessMask::READ_DATA | AccessMask::EXECUTE)?;
        if self.handle.directory {
            return Err(VfsError::IsADirectory);
        }
        self.check_locks(offset, length as u64, false)?;
        if offset > i64::MAX as u64 {
            return Ok(0);
        }
        let count = self.file().read_into(offset, length, out).await?;
        self.view.caller().session.count_out(count as u64);
        Ok(count)
    }

    /// Writes all of `data` at `offset` (at the end when opened for append or `offset` is `u64::MAX`).
    /// `through` puts it on the disk before returning.
    ///
    /// # Errors
    /// NotGranted without WRITE_DATA (or APPEND_DATA, from the end on: [MS-SMB2] 3.3.5.13); LockConflict; DiskFull.
    pub async fn write_at(&self, offset: u64, data: &[u8], through: bool) -> Result<(), VfsError> {
        self.permit_any(access::CONTENT)?;
        if self.handle.directory {
            return Err(VfsError::IsADirectory);
        }
        let place = self.place_to_write(offset).await?;
        self.write_now(place.offset, data).await?;
        drop(place);
        self.view.caller().session.count_in(data.len() as u64);
        if through || self.handle.write_through {
            let synced = self.file().sync().await;
            synced.map_err(|error| self.handle.not_written(offset, error))
        } else {
            Ok(())
        }
    }

    /// Why something in front of an offset that was to be written through this open is not on the disk.
    pub fn unwritten_before(&self, offset: u64) -> Option<String> {
        self.handle.unwritten.why_before(offset)
    }

    /// Where something is written that a client wants at `offset` (at the end when opened for append or `offset` is
    /// `u64::MAX`).
    ///
    /// # Errors
    /// NotGranted in front of the end without WRITE_DATA.
    pub(super) async fn place_to_write(&self, offset: u64) -> Result<Place<'_>, VfsError> {
        let at_end = self.handle.append || offset == u64::MAX;
        let adds_only = !self.handle.granted.contains(AccessMask::WRITE_DATA);
        if !at_end && !adds_only {
            return Ok(Place {
                offset,
                _appending: None,
            });
        }
        // Writes that depend on others: where the end is must not change before it is written.
        let appending = self.handle.shared.appending.lock().await;
        let end = self.file().stat().await?.size;
        if !at_end && offset < end {
            return Err(VfsError::AccessDenied(Denial::NotGranted));
        }
        let offset = if at_end { end } else { offset };
        let _appending = Some(appending);
        Ok(Place { offset, _appending })
    }

    async fn write_now(&self, offset: u64, data: &[u8]) -> Result<(), VfsError> {
        let end = offset
            .checked_add(data.len() as u64)
            .filter(|end| *end <= i64::MAX as u64)
            .ok_or(VfsError::InvalidParameter)?;
        if data.is_empty() {
            // Nothing changes, so nobody gives up what they cache ([MS-FSA] 2.1.5.4).
            return Ok(());
        }
        self.take_room(&(offset..end)).await?;
        let change = self.change_content(offset..end)?;
        change.ended(self.file().write_at(offset, data).await)
    }

    /// Puts what was written on the disk.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn flush(&self) -> Result<(), VfsError> {
        self.permit_any(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA)?;
        self.handle.restore_sticky_times().await?;
        self.tell_of_writing();
        if self.handle.was_written() {
            self.file().finish().await?;
        }
        let synced = self.file().sync().await;
        synced.map_err(|error| self.handle.not_written(0, error))
    }

    /// Sets the size.
    ///
    /// # Errors
    /// As `write_at`.
    pub async fn set_end_of_file(&self, size: u64) -> Result<(), VfsError> {
        self.permit_any(AccessMask::WRITE_DATA)?;
        if self.handle.directory || size > i64::MAX as u64 {
            return Err(VfsError::InvalidParameter);
        }
        let now = self.file().stat().await?.size;
        if now == size {
            return Ok(());
        }
        let change = self.change_size(now, size)?;
        change.ended(self.file().set_size(size).await)?;
        self.handle.shared.reserve(0);
        self.tell(NotifyFilter::SIZE | NotifyFilter::ATTRIBUTES);
        Ok(())
    }

    /// Reserves space; below the present size it truncates ([MS-FSA] 2.1.5.15.1).
    ///
    /// # Errors
    /// As `write_at`.
    pub async fn set_allocation_size(&self, size: u64) -> Result<(), VfsError> {
        self.permit_any(AccessMask::WRITE_DATA)?;
        if self.handle.directory || size > i64::MAX as u64 {
            return Err(VfsError::InvalidParameter);
        }
        if size < self.file().stat().await?.size {
            self.set_end_of_file(size).await
        } else {
            // Not a byte of the content changes; what it takes on the disk, which clients cache too, does.
            self.break_read_caching();
            self.reserve(size).await
        }
    }

    pub(super) fn check_locks(&self, offset: u64, length: u64, write: bool) -> Result<(), VfsError> {
        if self.handle.shared.blocks(self.handle.id, offset, length, write) {
            Err(VfsError::LockConflict)
        } else {
            Ok(())
        }
    }
}
