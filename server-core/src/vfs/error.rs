//! Everything a file operation can refuse, in terms both protocols can map.

use thiserror::Error;

use super::errno;
use crate::store::StoreError;

/// Why access was refused, in words for the activity list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Denial {
    /// The person's permission in the share does not allow it.
    #[error("the permission in this share does not allow it")]
    Permission,
    /// The share is read-only.
    #[error("the share is read-only")]
    ReadOnlyShare,
    /// The handle was opened without the right that the operation needs.
    #[error("the file was opened without the right to do this")]
    NotGranted,
    /// The file has the read-only attribute.
    #[error("the file is marked read-only")]
    ReadOnlyFile,
    /// The operating system refused.
    #[error("the operating system refused: this computer's account may not do this to the file")]
    OperatingSystem,
    /// The path leads out of the share.
    #[error("the path leads out of the share")]
    OutsideShare,
    /// It belongs to Landfall's own data folder.
    #[error("Landfall's own data is there")]
    OwnData,
    /// What would be replaced or moved is open.
    #[error("it, or something in it, is open in another program")]
    InUse,
}

/// An error of the file engine.
#[derive(Debug, Error)]
pub enum VfsError {
    /// The last component does not exist.
    #[error("no such file or folder")]
    NotFound,
    /// A component before the last does not exist.
    #[error("a folder on the way does not exist")]
    PathNotFound,
    /// It exists already.
    #[error("a file or folder of that name exists")]
    AlreadyExists,
    /// A folder was asked for and there is a file.
    #[error("it is a file, not a folder")]
    NotADirectory,
    /// A file was asked for and there is a folder.
    #[error("it is a folder, not a file")]
    IsADirectory,
    /// A folder to be removed or replaced has entries.
    #[error("the folder is not empty")]
    DirectoryNotEmpty,
    /// Not allowed.
    #[error("access denied: {0}")]
    AccessDenied(Denial),
    /// Another open does not share what is asked for.
    #[error("another program has it open and does not share it")]
    SharingViolation,
    /// The file is going away: someone marked it for deletion.
    #[error("it is about to be deleted")]
    DeletePending,
    /// It may not be deleted now (read-only attribute, mapped, root of the share).
    #[error("it can't be deleted")]
    CannotDelete,
    /// Read or write runs into someone else's byte-range lock.
    #[error("that part of the file is locked by another program")]
    LockConflict,
    /// A lock that does not wait was refused.
    #[error("the lock is held by another program")]
    LockNotGranted,
    /// Unlock of what is not locked.
    #[error("that range is not locked")]
    RangeNotLocked,
    /// A lock range that is malformed (beyond 2^64).
    #[error("the lock range is invalid")]
    InvalidLockRange,
    /// The name breaks the rules for names.
    #[error("the name is not allowed")]
    InvalidName,
    /// A component or the path is too long.
    #[error("the name is too long")]
    NameTooLong,
    /// No space left.
    #[error("the disk is full")]
    DiskFull,
    /// Read-only medium.
    #[error("the disk is read-only")]
    ReadOnlyMedia,
    /// Rename or link to another disk or share.
    #[error("the target is on another disk")]
    NotSameDevice,
    /// A limit on opens was reached.
    #[error("too many files are open")]
    TooManyOpens,
    /// An argument makes no sense.
    #[error("invalid parameter")]
    InvalidParameter,
    /// The backend or platform can't do it.
    #[error("not supported here")]
    NotSupported,
    /// The handle is closed, or its share is gone.
    #[error("the handle is closed")]
    Closed,
    /// The share's folder can't be reached (unplugged, removed).
    #[error("the shared folder is not there")]
    ShareUnavailable,
    /// A client gives up an oplock or lease that nobody asked it to give up.
    #[error("no oplock or lease is being broken")]
    NotBreaking,
    /// A client would keep more of a lease than it was left.
    #[error("more of the lease would be kept than was left")]
    BreakNotAccepted,
    /// Reading beyond the end.
    #[error("end of file")]
    EndOfFile,
    /// A file has as many names as the disk can give it.
    #[error("the disk gives this file no more names")]
    TooManyLinks,
    /// This computer has no memory left for it.
    #[error("this computer has no memory left for it")]
    NoMemory,
    /// It may go another time.
    #[error("the disk is busy: try again")]
    Busy,
    /// The disk, or what it is behind, does not answer.
    #[error("the disk did not answer in time")]
    TimedOut,
    /// What the file was on is not there any more: unplugged, or its server is gone.
    #[error("the disk is not connected any more")]
    Disconnected,
    /// The disk failed, or says what nobody can make sense of.
    #[error("the disk failed: {0}")]
    Io(std::io::Error),
    /// The engine asked for what makes no sense.
    #[error("an error in Landfall: {0}")]
    Internal(String),
}

impl From<std::io::Error> for VfsError {
    /// What the operating system said, in the engine's terms.
    fn from(error: std::io::Error) -> Self {
        errno::explain(error)
    }
}

impl From<StoreError> for VfsError {
    /// What the data folder does not keep, a client is told of as if the disk had not kept it.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full(_) => Self::DiskFull,
            StoreError::Busy(_) => Self::Busy,
            StoreError::Sqlite(_) | StoreError::Folder { .. } | StoreError::Damaged(_) => {
                Self::Io(std::io::Error::other(error))
            }
            other => Self::Internal(other.to_string()),
        }
    }
}
