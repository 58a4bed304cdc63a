//! NTSTATUS values ([MS-ERREF] 2.3.1) and the one table that turns engine errors into them.

use crate::vfs::{Denial, InvalidPath, VfsError};

/// An NTSTATUS.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NtStatus(pub u32);

macro_rules! statuses {
    ($($name:ident = $value:literal),* $(,)?) => {
        #[allow(missing_docs)]
        impl NtStatus { $(pub const $name: Self = Self($value);)* }

        impl NtStatus {
            fn name(self) -> Option<&'static str> {
                match self.0 { $($value => Some(stringify!($name)),)* _ => None }
            }
        }
    };
}

statuses! {
    SUCCESS = 0x0000_0000,
    PENDING = 0x0000_0103,
    NOTIFY_CLEANUP = 0x0000_010B,
    NOTIFY_ENUM_DIR = 0x0000_010C,
    BUFFER_OVERFLOW = 0x8000_0005,
    NO_MORE_FILES = 0x8000_0006,
    UNSUCCESSFUL = 0xC000_0001,
    NOT_IMPLEMENTED = 0xC000_0002,
    INVALID_INFO_CLASS = 0xC000_0003,
    INFO_LENGTH_MISMATCH = 0xC000_0004,
    INVALID_PARAMETER = 0xC000_000D,
    NO_SUCH_FILE = 0xC000_000F,
    INVALID_DEVICE_REQUEST = 0xC000_0010,
    END_OF_FILE = 0xC000_0011,
    MORE_PROCESSING_REQUIRED = 0xC000_0016,
    ACCESS_DENIED = 0xC000_0022,
    BUFFER_TOO_SMALL = 0xC000_0023,
    OBJECT_NAME_INVALID = 0xC000_0033,
    OBJECT_NAME_NOT_FOUND = 0xC000_0034,
    OBJECT_NAME_COLLISION = 0xC000_0035,
    OBJECT_PATH_NOT_FOUND = 0xC000_003A,
    OBJECT_PATH_SYNTAX_BAD = 0xC000_003B,
    SHARING_VIOLATION = 0xC000_0043,
    EAS_NOT_SUPPORTED = 0xC000_004F,
    NO_EAS_ON_FILE = 0xC000_0052,
    FILE_LOCK_CONFLICT = 0xC000_0054,
    LOCK_NOT_GRANTED = 0xC000_0055,
    DELETE_PENDING = 0xC000_0056,
    WRONG_PASSWORD = 0xC000_006A,
    LOGON_FAILURE = 0xC000_006D,
    ACCOUNT_RESTRICTION = 0xC000_006E,
    ACCOUNT_DISABLED = 0xC000_0072,
    RANGE_NOT_LOCKED = 0xC000_007E,
    DISK_FULL = 0xC000_007F,
    INSUFFICIENT_RESOURCES = 0xC000_009A,
    MEDIA_WRITE_PROTECTED = 0xC000_00A2,
    BAD_IMPERSONATION_LEVEL = 0xC000_00A5,
    FILE_IS_A_DIRECTORY = 0xC000_00BA,
    NOT_SUPPORTED = 0xC000_00BB,
    IO_TIMEOUT = 0xC000_00B5,
    NETWORK_BUSY = 0xC000_00BF,
    DEVICE_DOES_NOT_EXIST = 0xC000_00C0,
    NETWORK_NAME_DELETED = 0xC000_00C9,
    BAD_DEVICE_TYPE = 0xC000_00CB,
    BAD_NETWORK_NAME = 0xC000_00CC,
    FILE_FORCED_CLOSED = 0xC000_00B6,
    REQUEST_NOT_ACCEPTED = 0xC000_00D0,
    NOT_SAME_DEVICE = 0xC000_00D4,
    INTERNAL_ERROR = 0xC000_00E5,
    INVALID_OPLOCK_PROTOCOL = 0xC000_00E3,
    DIRECTORY_NOT_EMPTY = 0xC000_0101,
    NOT_A_DIRECTORY = 0xC000_0103,
    NAME_TOO_LONG = 0xC000_0106,
    TOO_MANY_OPENED_FILES = 0xC000_011F,
    CANCELLED = 0xC000_0120,
    CANNOT_DELETE = 0xC000_0121,
    FILE_CLOSED = 0xC000_0128,
    PIPE_NOT_AVAILABLE = 0xC000_00AC,
    PIPE_BROKEN = 0xC000_014B,
    IO_DEVICE_ERROR = 0xC000_0185,
    NOT_FOUND = 0xC000_0225,
    TOO_MANY_LINKS = 0xC000_0265,
    DUPLICATE_OBJECTID = 0xC000_022A,
    INVALID_LOCK_RANGE = 0xC000_01A1,
    USER_SESSION_DELETED = 0xC000_0203,
    PASSWORD_MUST_CHANGE = 0xC000_0224,
    ACCOUNT_LOCKED_OUT = 0xC000_0234,
    FS_DRIVER_REQUIRED = 0xC000_019C,
    NETWORK_SESSION_EXPIRED = 0xC000_035C,
    INVALID_VIEW_SIZE = 0xC000_001F,
    NOT_A_REPARSE_POINT = 0xC000_0275,
    INVALID_TOKEN = 0xC000_0465,
    REQUEST_OUT_OF_SEQUENCE = 0xC000_042A,
    FILE_NOT_AVAILABLE = 0xC000_0467,
}

impl NtStatus {
    /// Whether the severity is "error": the response then has an ERROR body.
    pub fn is_error(self) -> bool {
        self.0 >> 30 == 3
    }
}

impl std::fmt::Debug for NtStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => write!(f, "STATUS_{name}"),
            None => write!(f, "NtStatus({:#010x})", self.0),
        }
    }
}

impl From<VfsError> for NtStatus {
    fn from(error: VfsError) -> Self {
        match error {
            VfsError::NotFound => Self::OBJECT_NAME_NOT_FOUND,
            VfsError::PathNotFound => Self::OBJECT_PATH_NOT_FOUND,
            VfsError::AlreadyExists => Self::OBJECT_NAME_COLLISION,
            VfsError::NotADirectory => Self::NOT_A_DIRECTORY,
            VfsError::IsADirectory => Self::FILE_IS_A_DIRECTORY,
            VfsError::DirectoryNotEmpty => Self::DIRECTORY_NOT_EMPTY,
            VfsError::AccessDenied(Denial::OutsideShare) => Self::OBJECT_NAME_NOT_FOUND,
            VfsError::AccessDenied(_) => Self::ACCESS_DENIED,
            VfsError::SharingViolation => Self::SHARING_VIOLATION,
            VfsError::NotBreaking => Self::INVALID_OPLOCK_PROTOCOL,
            VfsError::BreakNotAccepted => Self::REQUEST_NOT_ACCEPTED,
            VfsError::DeletePending => Self::DELETE_PENDING,
            VfsError::CannotDelete => Self::CANNOT_DELETE,
            VfsError::LockConflict => Self::FILE_LOCK_CONFLICT,
            VfsError::LockNotGranted => Self::LOCK_NOT_GRANTED,
            VfsError::RangeNotLocked => Self::RANGE_NOT_LOCKED,
            VfsError::InvalidLockRange => Self::INVALID_LOCK_RANGE,
            VfsError::InvalidName | VfsError::NameTooLong => Self::OBJECT_NAME_INVALID,
            VfsError::DiskFull => Self::DISK_FULL,
            VfsError::ReadOnlyMedia => Self::MEDIA_WRITE_PROTECTED,
            VfsError::NotSameDevice => Self::NOT_SAME_DEVICE,
            VfsError::TooManyOpens => Self::TOO_MANY_OPENED_FILES,
            VfsError::InvalidParameter => Self::INVALID_PARAMETER,
            VfsError::NotSupported => Self::NOT_SUPPORTED,
            VfsError::Closed => Self::FILE_CLOSED,
            VfsError::ShareUnavailable => Self::BAD_NETWORK_NAME,
            VfsError::EndOfFile => Self::END_OF_FILE,
            VfsError::TooManyLinks => Self::TOO_MANY_LINKS,
            VfsError::NoMemory => Self::INSUFFICIENT_RESOURCES,
            VfsError::Busy => Self::NETWORK_BUSY,
            VfsError::TimedOut => Self::IO_TIMEOUT,
            VfsError::Disconnected => Self::DEVICE_DOES_NOT_EXIST,
            VfsError::Io(error) => {
                tracing::warn!(%error, "a disk failed");
                Self::IO_DEVICE_ERROR
            }
            VfsError::Internal(error) => {
                tracing::error!(error, "a call of the file engine makes no sense");
                Self::INTERNAL_ERROR
            }
        }
    }
}

impl From<InvalidPath> for NtStatus {
    fn from(error: InvalidPath) -> Self {
        match error {
            InvalidPath::Name | InvalidPath::TooLong => Self::OBJECT_NAME_INVALID,
            InvalidPath::Outside => Self::OBJECT_PATH_SYNTAX_BAD,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Error;

    use rustix::io::Errno;

    use super::*;

    fn status(errno: i32) -> NtStatus {
        VfsError::from(Error::from_raw_os_error(errno)).into()
    }

    #[test]
    fn what_a_disk_says_is_told_as_samba_and_windows_tell_it() {
        for (errno, expected) in [
            (Errno::PERM, NtStatus::ACCESS_DENIED),
            (Errno::ACCESS, NtStatus::ACCESS_DENIED),
            // A mount point that is to be renamed or removed.
            (Errno::BUSY, NtStatus::ACCESS_DENIED),
            (Errno::NOENT, NtStatus::OBJECT_NAME_NOT_FOUND),
            (Errno::NOTDIR, NtStatus::OBJECT_PATH_NOT_FOUND),
            (Errno::LOOP, NtStatus::OBJECT_PATH_NOT_FOUND),
            (Errno::EXIST, NtStatus::OBJECT_NAME_COLLISION),
            (Errno::ISDIR, NtStatus::FILE_IS_A_DIRECTORY),
            (Errno::NOTEMPTY, NtStatus::DIRECTORY_NOT_EMPTY),
            (Errno::IO, NtStatus::IO_DEVICE_ERROR),
            (Errno::NOSPC, NtStatus::DISK_FULL),
            (Errno::DQUOT, NtStatus::DISK_FULL),
            (Errno::FBIG, NtStatus::DISK_FULL),
            (Errno::ROFS, NtStatus::MEDIA_WRITE_PROTECTED),
            (Errno::XDEV, NtStatus::NOT_SAME_DEVICE),
            (Errno::MFILE, NtStatus::TOO_MANY_OPENED_FILES),
            (Errno::NFILE, NtStatus::TOO_MANY_OPENED_FILES),
            (Errno::MLINK, NtStatus::TOO_MANY_LINKS),
            (Errno::NOMEM, NtStatus::INSUFFICIENT_RESOURCES),
            (Errno::NAMETOOLONG, NtStatus::OBJECT_NAME_INVALID),
            (Errno::ILSEQ, NtStatus::OBJECT_NAME_INVALID),
            (Errno::INVAL, NtStatus::INVALID_PARAMETER),
            (Errno::NOSYS, NtStatus::NOT_SUPPORTED),
            (Errno::OPNOTSUPP, NtStatus::NOT_SUPPORTED),
            (Errno::TXTBSY, NtStatus::SHARING_VIOLATION),
            (Errno::AGAIN, NtStatus::NETWORK_BUSY),
            (Errno::TIMEDOUT, NtStatus::IO_TIMEOUT),
            (Errno::NODEV, NtStatus::DEVICE_DOES_NOT_EXIST),
            (Errno::NOTCONN, NtStatus::DEVICE_DOES_NOT_EXIST),
            (Errno::STALE, NtStatus::DEVICE_DOES_NOT_EXIST),
        ] {
            assert_eq!(status(errno.raw_os_error()), expected, "{errno}");
        }
    }

    #[test]
    fn no_error_of_a_disk_is_an_internal_one() {
        let ours = [Errno::BADF, Errno::FAULT].map(Errno::raw_os_error);
        for errno in (1..4096).filter(|errno| !ours.contains(errno)) {
            let status = status(errno);
            assert!(
                status.is_error() && status != NtStatus::INTERNAL_ERROR,
                "{errno}: {status:?}"
            );
        }
    }
}
