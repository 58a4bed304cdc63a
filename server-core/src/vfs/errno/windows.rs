//! Windows' system error codes (winerror.h).

use windows_sys::Win32::Foundation as code;

use crate::vfs::error::{Denial, VfsError};

/// Numbers that only a wrong call of ours brings about.
#[cfg(test)]
pub(super) const OURS: [i32; 2] = [
    code::ERROR_INVALID_HANDLE.cast_signed(),
    code::ERROR_NOACCESS.cast_signed(),
];

/// Numbers that say more than std's kinds do.
#[cfg(test)]
pub(super) const IS_MORE_PRECISE: [i32; 7] = [
    // For std it is "timed out".
    code::ERROR_OPERATION_ABORTED.cast_signed(),
    // For std all are "not found".
    code::ERROR_INVALID_DRIVE.cast_signed(),
    code::ERROR_BAD_NETPATH.cast_signed(),
    code::ERROR_PATH_NOT_FOUND.cast_signed(),
    // Names that can't be, which for std are names that are too long.
    code::ERROR_INVALID_NAME.cast_signed(),
    code::ERROR_BAD_PATHNAME.cast_signed(),
    // A link that leads nowhere: no folder of that name.
    code::ERROR_CANT_RESOLVE_FILENAME.cast_signed(),
];

/// What a number means; `None` for a failure of the disk.
pub(super) fn of_code(number: i32) -> Option<VfsError> {
    let other = || std::io::Error::from_raw_os_error(number);
    Some(match number.cast_unsigned() {
        code::ERROR_FILE_NOT_FOUND => VfsError::NotFound,
        code::ERROR_PATH_NOT_FOUND | code::ERROR_DIRECTORY | code::ERROR_CANT_RESOLVE_FILENAME => {
            VfsError::PathNotFound
        }
        code::ERROR_FILE_EXISTS | code::ERROR_ALREADY_EXISTS => VfsError::AlreadyExists,
        code::ERROR_DIRECTORY_NOT_SUPPORTED => VfsError::IsADirectory,
        code::ERROR_DIR_NOT_EMPTY => VfsError::DirectoryNotEmpty,
        code::ERROR_ACCESS_DENIED
        | code::ERROR_BUSY
        | code::ERROR_CURRENT_DIRECTORY
        | code::ERROR_CANT_ACCESS_FILE
        | code::ERROR_PRIVILEGE_NOT_HELD => VfsError::AccessDenied(Denial::OperatingSystem),
        code::ERROR_SHARING_VIOLATION | code::ERROR_USER_MAPPED_FILE => VfsError::SharingViolation,
        code::ERROR_LOCK_VIOLATION => VfsError::LockConflict,
        code::ERROR_DELETE_PENDING => VfsError::DeletePending,
        code::ERROR_DISK_FULL
        | code::ERROR_HANDLE_DISK_FULL
        | code::ERROR_DISK_QUOTA_EXCEEDED
        | code::ERROR_FILE_TOO_LARGE => VfsError::DiskFull,
        code::ERROR_WRITE_PROTECT => VfsError::ReadOnlyMedia,
        code::ERROR_NOT_SAME_DEVICE => VfsError::NotSameDevice,
        code::ERROR_FILENAME_EXCED_RANGE => VfsError::NameTooLong,
        code::ERROR_INVALID_NAME | code::ERROR_BAD_PATHNAME => VfsError::InvalidName,
        code::ERROR_INVALID_PARAMETER | code::ERROR_NEGATIVE_SEEK | code::ERROR_NOT_A_REPARSE_POINT => {
            VfsError::InvalidParameter
        }
        code::ERROR_INVALID_FUNCTION | code::ERROR_NOT_SUPPORTED | code::ERROR_CALL_NOT_IMPLEMENTED => {
            VfsError::NotSupported
        }
        code::ERROR_HANDLE_EOF => VfsError::EndOfFile,
        code::ERROR_TOO_MANY_OPEN_FILES => VfsError::TooManyOpens,
        code::ERROR_TOO_MANY_LINKS => VfsError::TooManyLinks,
        code::ERROR_NOT_ENOUGH_MEMORY
        | code::ERROR_OUTOFMEMORY
        | code::ERROR_SHARING_BUFFER_EXCEEDED
        | code::ERROR_NO_SYSTEM_RESOURCES => VfsError::NoMemory,
        code::ERROR_OPERATION_ABORTED | code::ERROR_RETRY => VfsError::Busy,
        code::ERROR_SEM_TIMEOUT | code::ERROR_TIMEOUT | code::WAIT_TIMEOUT => VfsError::TimedOut,
        code::ERROR_NOT_READY
        | code::ERROR_INVALID_DRIVE
        | code::ERROR_DEV_NOT_EXIST
        | code::ERROR_BAD_UNIT
        | code::ERROR_NO_MEDIA_IN_DRIVE
        | code::ERROR_DEVICE_NOT_CONNECTED
        | code::ERROR_DEVICE_REMOVED
        | code::ERROR_FILE_INVALID
        | code::ERROR_BROKEN_PIPE
        | code::ERROR_NO_DATA
        | code::ERROR_BAD_NETPATH
        | code::ERROR_NETNAME_DELETED
        | code::ERROR_UNEXP_NET_ERR
        | code::ERROR_NETWORK_UNREACHABLE
        | code::ERROR_HOST_UNREACHABLE => VfsError::Disconnected,
        code::ERROR_INVALID_HANDLE | code::ERROR_NOACCESS => VfsError::Internal(other().to_string()),
        _ => return of_socket(number),
    })
}

/// Numbers of sockets, which the file system of a network drive may pass on.
fn of_socket(number: i32) -> Option<VfsError> {
    use std::io::ErrorKind;
    match std::io::Error::from_raw_os_error(number).kind() {
        ErrorKind::PermissionDenied => Some(VfsError::AccessDenied(Denial::OperatingSystem)),
        kind => super::of_kind(kind),
    }
}
