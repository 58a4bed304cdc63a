//! `errno` (errno.h). Where Samba's answer and Windows' differ, the engine's term is the one that Windows' clients know.

use rustix::io::Errno;

use crate::vfs::error::{Denial, VfsError};

/// Numbers that only a wrong call of ours brings about.
#[cfg(test)]
pub(super) const OURS: [i32; 2] = [Errno::BADF.raw_os_error(), Errno::FAULT.raw_os_error()];

/// Numbers that say more than std's kinds do.
#[cfg(test)]
pub(super) const IS_MORE_PRECISE: [i32; 0] = [];

/// What a number means; `None` for a failure of the disk.
pub(super) fn of_code(code: i32) -> Option<VfsError> {
    let errno = Errno::from_io_error(&std::io::Error::from_raw_os_error(code))?;
    Some(match errno {
        Errno::NOENT => VfsError::NotFound,
        // A way through a file, or through links that go in circles.
        Errno::NOTDIR | Errno::LOOP => VfsError::PathNotFound,
        Errno::EXIST => VfsError::AlreadyExists,
        Errno::ISDIR => VfsError::IsADirectory,
        Errno::NOTEMPTY => VfsError::DirectoryNotEmpty,
        // Busy is what something is mounted on, or what the system itself uses.
        Errno::PERM | Errno::ACCESS | Errno::BUSY => VfsError::AccessDenied(Denial::OperatingSystem),
        Errno::TXTBSY => VfsError::SharingViolation,
        Errno::NOSPC | Errno::DQUOT | Errno::FBIG => VfsError::DiskFull,
        Errno::ROFS => VfsError::ReadOnlyMedia,
        Errno::XDEV => VfsError::NotSameDevice,
        Errno::NAMETOOLONG => VfsError::NameTooLong,
        // A disk that keeps names in Unicode only, or in a character set of its own.
        Errno::ILSEQ => VfsError::InvalidName,
        Errno::INVAL | Errno::DOM | Errno::RANGE | Errno::OVERFLOW | Errno::SPIPE | Errno::TOOBIG => {
            VfsError::InvalidParameter
        }
        Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOTTY | Errno::AFNOSUPPORT | Errno::PROTONOSUPPORT => {
            VfsError::NotSupported
        }
        Errno::MFILE | Errno::NFILE => VfsError::TooManyOpens,
        Errno::MLINK => VfsError::TooManyLinks,
        Errno::NOMEM | Errno::NOBUFS | Errno::NOLCK => VfsError::NoMemory,
        Errno::AGAIN | Errno::INTR | Errno::DEADLK | Errno::CANCELED | Errno::ALREADY | Errno::INPROGRESS => {
            VfsError::Busy
        }
        Errno::TIMEDOUT => VfsError::TimedOut,
        // A disk that was pulled out, a program behind a FUSE mount that ended, a file server that is gone.
        Errno::NODEV
        | Errno::NXIO
        | Errno::NOTCONN
        | Errno::STALE
        | Errno::SHUTDOWN
        | Errno::PIPE
        | Errno::CONNRESET
        | Errno::CONNABORTED
        | Errno::CONNREFUSED
        | Errno::HOSTDOWN
        | Errno::HOSTUNREACH
        | Errno::NETDOWN
        | Errno::NETUNREACH
        | Errno::NETRESET => VfsError::Disconnected,
        Errno::BADF | Errno::FAULT => VfsError::Internal(std::io::Error::from(errno).to_string()),
        other => return of_this_system(other),
    })
}

/// What only Linux has.
#[cfg(target_os = "linux")]
fn of_this_system(errno: Errno) -> Option<VfsError> {
    Some(match errno {
        // An encrypted folder whose key is not loaded.
        Errno::NOKEY | Errno::KEYEXPIRED | Errno::KEYREVOKED | Errno::KEYREJECTED => {
            VfsError::AccessDenied(Denial::OperatingSystem)
        }
        Errno::NODATA => VfsError::NotFound,
        Errno::TIME => VfsError::TimedOut,
        Errno::NOMEDIUM | Errno::NOLINK | Errno::NONET | Errno::COMM => VfsError::Disconnected,
        Errno::USERS => VfsError::Busy,
        _ => return None,
    })
}

#[cfg(not(target_os = "linux"))]
fn of_this_system(_errno: Errno) -> Option<VfsError> {
    None
}
