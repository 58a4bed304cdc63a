//! What is asked of the engine when something is opened or locked, and what comes back.

use std::sync::Arc;

use bitflags::bitflags;

use super::info::{DosAttributes, FileInfo};
use super::machine::{CachingRequest, Granted, LeaseState};
use super::open::Open;
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
    /// What the client would like to cache.
    pub caching: Option<CachingRequest>,
}

impl<'a> OpenRequest<'a> {
    /// A request that opens what is there, shares everything and asks for nothing special.
    pub fn new(path: &'a SharePath, access: AccessMask) -> Self {
        Self {
            path,
            access,
            share_mode: ShareMode::all(),
            disposition: Disposition::Open,
            options: CreateOptions::empty(),
            attributes: DosAttributes::empty(),
            allocation_size: 0,
            mode: None,
            case_sensitive: false,
            append: false,
            caching: None,
        }
    }
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
    /// What the client may cache.
    pub caching: LeaseState,
    /// The lease that it came under, if it did.
    pub lease: Option<OpenedLease>,
}

/// What is to be said of the lease of an open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenedLease {
    /// How often its state has changed, if it is one of version 2, as it stays whatever later opens ask for.
    pub epoch: Option<u16>,
    /// It is being broken, and what the client may cache is what it still may ([MS-SMB2]
    /// SMB2_LEASE_FLAG_BREAK_IN_PROGRESS).
    pub breaking: bool,
}

impl Granted {
    /// What is to be said of the lease, if it is one.
    pub(super) fn lease(&self) -> Option<OpenedLease> {
        self.cached.is_some().then_some(OpenedLease {
            epoch: self.epoch,
            breaking: self.breaking,
        })
    }
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
