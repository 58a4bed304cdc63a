//! Everything a file operation can refuse, in terms both protocols can map.

use thiserror::Error;

use super::backend::is_out_of_handles;

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
    /// A client gives up an oplock that nobody asked it to give up.
    #[error("no oplock is being broken")]
    NotBreaking,
    /// Reading beyond the end.
    #[error("end of file")]
    EndOfFile,
    /// Anything else the operating system says.
    #[error("{0}")]
    Io(std::io::Error),
}

impl From<std::io::Error> for VfsError {
    /// What the operating system said, in the engine's terms.
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::NotADirectory => Self::PathNotFound,
            ErrorKind::AlreadyExists => Self::AlreadyExists,
            ErrorKind::IsADirectory => Self::IsADirectory,
            ErrorKind::DirectoryNotEmpty => Self::DirectoryNotEmpty,
            // The sandbox refuses without asking the operating system, so there is no code.
            ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                Self::AccessDenied(Denial::OutsideShare)
            }
            // Something is mounted there, or a program of this computer holds it.
            ErrorKind::PermissionDenied | ErrorKind::ResourceBusy if error.raw_os_error().is_some() => {
                Self::AccessDenied(Denial::OperatingSystem)
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::DiskFull,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnlyMedia,
            ErrorKind::CrossesDevices => Self::NotSameDevice,
            ErrorKind::InvalidFilename => Self::NameTooLong,
            ErrorKind::InvalidInput => Self::InvalidParameter,
            ErrorKind::Unsupported => Self::NotSupported,
            ErrorKind::UnexpectedEof => Self::EndOfFile,
            _ if is_out_of_handles(&error) => Self::TooManyOpens,
            _ => Self::Io(error),
        }
    }
}
