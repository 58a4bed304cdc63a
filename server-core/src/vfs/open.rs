//! Opens: what one asks for, what one gets, and the operations on it.

use std::sync::Arc;

use bitflags::bitflags;

use super::directory::{DirectoryScan, Pattern};
use super::error::VfsError;
use super::info::{DosAttributes, FileInfo, FileKey, SetTimes};
use super::path::SharePath;
use crate::security::AccessMask;

bitflags! {
    /// What other opens may do while this one lasts ([MS-SMB2] 2.2.13 ShareAccess).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct ShareMode: u32 {
        /// Others may read.
        const READ = 1;
        /// Others may write.
        const WRITE = 2;
        /// Others may delete or rename.
        const DELETE = 4;
    }
}

/// What to do when the file exists or not ([MS-SMB2] 2.2.13 CreateDisposition).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// Replace it, or create.
    Supersede,
    /// Open it, or fail.
    Open,
    /// Create it, or fail.
    Create,
    /// Open it, or create.
    OpenIf,
    /// Truncate it, or fail.
    Overwrite,
    /// Truncate it, or create.
    OverwriteIf,
}

bitflags! {
    /// Create options the engine acts on ([MS-SMB2] 2.2.13 CreateOptions, same bits).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct CreateOptions: u32 {
        /// It must be, or become, a folder.
        const DIRECTORY_FILE = 0x0000_0001;
        /// Writes go to the disk before they are answered.
        const WRITE_THROUGH = 0x0000_0002;
        /// Only sequential access is expected.
        const SEQUENTIAL_ONLY = 0x0000_0004;
        /// It must not be a folder.
        const NON_DIRECTORY_FILE = 0x0000_0040;
        /// Random access is expected.
        const RANDOM_ACCESS = 0x0000_0800;
        /// Delete it when this open closes.
        const DELETE_ON_CLOSE = 0x0000_1000;
        /// Backup intent.
        const OPEN_FOR_BACKUP_INTENT = 0x0000_4000;
        /// Open the link itself, not its target.
        const OPEN_REPARSE_POINT = 0x0020_0000;
    }
}

/// What `ShareView::open` is asked for.
#[derive(Debug, Clone)]
pub struct OpenRequest<'a> {
    /// Where.
    pub path: &'a SharePath,
    /// Rights asked for, generic bits allowed.
    pub access: AccessMask,
    /// What others may do meanwhile.
    pub share_mode: ShareMode,
    /// What to do when it exists or not.
    pub disposition: Disposition,
    /// Options.
    pub options: CreateOptions,
    /// Attributes for a new file.
    pub attributes: DosAttributes,
    /// Bytes to allocate for a new or overwritten file; 0 for none.
    pub allocation_size: u64,
    /// Unix permission bits for a new file (SFTP); `None` for the platform's default.
    pub mode: Option<u32>,
    /// Names are compared exactly; no case-insensitive look-up (SFTP).
    pub case_sensitive: bool,
    /// Every write goes to the end (SFTP append).
    pub append: bool,
}

/// What happened at an open ([MS-SMB2] 2.2.14 CreateAction).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CreateAction {
    /// Replaced.
    Superseded = 0,
    /// Opened.
    Opened = 1,
    /// Created.
    Created = 2,
    /// Truncated.
    Overwritten = 3,
}

/// A successful open.
#[derive(Debug)]
pub struct Opened {
    /// The open; closed by `close` or by dropping the last `Arc`.
    pub open: Arc<Open>,
    /// What happened.
    pub action: CreateAction,
    /// The file as it is now.
    pub info: FileInfo,
}

/// A byte range to lock or unlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRange {
    /// First byte.
    pub offset: u64,
    /// Bytes; 0 is legal and conflicts by the rules of [MS-FSA] 2.1.4.10.
    pub length: u64,
    /// Exclusive, else shared.
    pub exclusive: bool,
}

/// One open of a file or folder, with the access granted to it. Every method checks that access, the
/// caller's *present* permission in the share, and byte-range locks.
#[derive(Debug)]
pub struct Open {}

impl Open {
    /// The access granted.
    pub fn granted(&self) -> AccessMask {
        todo!()
    }
    /// The file's identity.
    pub fn key(&self) -> FileKey {
        todo!()
    }
    /// Whether it is a folder.
    pub fn is_directory(&self) -> bool {
        todo!()
    }
    /// The path as it is now (renames move it).
    pub fn path(&self) -> SharePath {
        todo!()
    }
    /// The file as it is now. Needs no right: protocols check READ_ATTRIBUTES where they must.
    ///
    /// # Errors
    /// Closed, or the operating system's.
    pub fn info(&self) -> Result<FileInfo, VfsError> {
        todo!()
    }
    /// Appends up to `length` bytes at `offset` to `out` without clearing it first; returns how many.
    /// 0 at or beyond the end.
    ///
    /// # Errors
    /// NotGranted without READ_DATA or EXECUTE; LockConflict; IsADirectory.
    pub fn read_into(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> Result<usize, VfsError> {
        todo!()
    }
    /// Writes all of `data` at `offset` (at the end when opened for append or `offset` is `u64::MAX`).
    /// `through` puts it on the disk before returning.
    ///
    /// # Errors
    /// NotGranted without WRITE_DATA (APPEND_DATA at the end); LockConflict; DiskFull.
    pub fn write_at(&self, offset: u64, data: &[u8], through: bool) -> Result<(), VfsError> {
        todo!()
    }
    /// Puts what was written on the disk.
    ///
    /// # Errors
    /// The operating system's.
    pub fn flush(&self) -> Result<(), VfsError> {
        todo!()
    }
    /// Sets the size.
    ///
    /// # Errors
    /// As `write_at`.
    pub fn set_end_of_file(&self, size: u64) -> Result<(), VfsError> {
        todo!()
    }
    /// Reserves space; below the present size it truncates ([MS-FSA] 2.1.5.15.1).
    ///
    /// # Errors
    /// As `write_at`.
    pub fn set_allocation_size(&self, size: u64) -> Result<(), VfsError> {
        todo!()
    }
    /// Sets times. A time set explicitly stays: later writes by this open don't move it.
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES.
    pub fn set_times(&self, times: SetTimes) -> Result<(), VfsError> {
        todo!()
    }
    /// Sets DOS attributes (SETTABLE bits; NORMAL alone clears them).
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES; InvalidParameter for TEMPORARY on a folder, DIRECTORY on a file.
    pub fn set_attributes(&self, attributes: DosAttributes) -> Result<(), VfsError> {
        todo!()
    }
    /// Sets Unix permission bits (SFTP); NotSupported on Windows beyond the read-only bit.
    ///
    /// # Errors
    /// NotGranted without WRITE_ATTRIBUTES.
    pub fn set_mode(&self, mode: u32) -> Result<(), VfsError> {
        todo!()
    }
    /// Marks or unmarks for deletion when the last open closes.
    ///
    /// # Errors
    /// NotGranted without DELETE; CannotDelete; DirectoryNotEmpty.
    pub fn set_delete_pending(&self, delete: bool) -> Result<(), VfsError> {
        todo!()
    }
    /// Renames or moves within the share.
    ///
    /// # Errors
    /// NotGranted without DELETE; AlreadyExists; SharingViolation; AccessDenied when the target is open.
    pub fn rename(&self, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        todo!()
    }
    /// Adds a hard link.
    ///
    /// # Errors
    /// AlreadyExists; NotSupported.
    pub fn link(&self, to: &SharePath, replace: bool) -> Result<(), VfsError> {
        todo!()
    }
    /// Starts listing a folder; only names that match `pattern` are looked at more closely.
    /// `.` and `..` are not included.
    ///
    /// # Errors
    /// NotGranted without READ_DATA (list); NotADirectory.
    pub fn scan(&self, pattern: &Pattern) -> Result<DirectoryScan, VfsError> {
        todo!()
    }
    /// Locks ranges, all or none. With `wait`, waits for a conflicting holder; dropping the future
    /// gives up.
    ///
    /// # Errors
    /// LockNotGranted; InvalidLockRange; LockConflict never.
    pub async fn lock(self: &Arc<Self>, ranges: &[LockRange], wait: bool) -> Result<(), VfsError> {
        todo!()
    }
    /// Unlocks ranges taken by this open; each must match exactly.
    ///
    /// # Errors
    /// RangeNotLocked.
    pub fn unlock(&self, ranges: &[LockRange]) -> Result<(), VfsError> {
        todo!()
    }
    /// Closes: releases locks, deletes when that is due. Idempotent; the operations above then give `Closed`.
    ///
    /// # Errors
    /// The operating system's, when a pending deletion fails.
    pub fn close(&self) -> Result<(), VfsError> {
        todo!()
    }
}
