//! The one table from what the operating system says to the engine's terms. By number first, since kinds leave out most of
//! them; then by kind, for what has none (the sandbox, std, our own storages).

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod platform;

use std::io::{Error, ErrorKind};

use super::error::{Denial, VfsError};

/// What it means. What is in no table is the disk's failure: that a client can act on, unlike on an error of ours.
pub(super) fn explain(error: Error) -> VfsError {
    let known = match error.raw_os_error() {
        Some(code) => platform::of_code(code),
        None => of_kind(error.kind()),
    };
    known.unwrap_or(VfsError::Io(error))
}

/// What is meant by an error that did not come from the operating system.
fn of_kind(kind: ErrorKind) -> Option<VfsError> {
    Some(match kind {
        ErrorKind::NotFound => VfsError::NotFound,
        ErrorKind::NotADirectory => VfsError::PathNotFound,
        ErrorKind::AlreadyExists => VfsError::AlreadyExists,
        ErrorKind::IsADirectory => VfsError::IsADirectory,
        ErrorKind::DirectoryNotEmpty => VfsError::DirectoryNotEmpty,
        // The sandbox refuses without asking the operating system.
        ErrorKind::PermissionDenied => VfsError::AccessDenied(Denial::OutsideShare),
        ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::FileTooLarge
        | ErrorKind::WriteZero => VfsError::DiskFull,
        ErrorKind::ReadOnlyFilesystem => VfsError::ReadOnlyMedia,
        ErrorKind::CrossesDevices => VfsError::NotSameDevice,
        ErrorKind::InvalidFilename => VfsError::NameTooLong,
        ErrorKind::InvalidInput => VfsError::InvalidParameter,
        ErrorKind::Unsupported => VfsError::NotSupported,
        ErrorKind::UnexpectedEof => VfsError::EndOfFile,
        ErrorKind::TooManyLinks => VfsError::TooManyLinks,
        ErrorKind::OutOfMemory => VfsError::NoMemory,
        ErrorKind::TimedOut => VfsError::TimedOut,
        ErrorKind::ResourceBusy | ErrorKind::WouldBlock | ErrorKind::Interrupted => VfsError::Busy,
        ErrorKind::NotConnected
        | ErrorKind::BrokenPipe
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::StaleNetworkFileHandle => VfsError::Disconnected,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than any system has.
    const CODES: std::ops::RangeInclusive<i32> = 1..=20_000;

    #[test]
    fn no_number_of_the_operating_system_is_an_error_of_ours_but_what_only_we_can_cause() {
        let ours: Vec<i32> = CODES
            .filter(|code| matches!(explain(Error::from_raw_os_error(*code)), VfsError::Internal(_)))
            .collect();
        assert_eq!(ours, platform::OURS);
    }

    #[test]
    fn what_has_a_kind_means_the_same_with_and_without_a_number() {
        let mut differ = Vec::new();
        for code in CODES {
            let error = Error::from_raw_os_error(code);
            // Whether it was the sandbox or the operating system that refused makes a difference.
            let refused = matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ResourceBusy
            );
            let (Some(by_kind), false) = (of_kind(error.kind()), refused) else {
                continue;
            };
            let by_code = explain(error);
            if by_code.to_string() != by_kind.to_string() && !platform::IS_MORE_PRECISE.contains(&code) {
                differ.push((code, by_code, by_kind));
            }
        }
        assert!(differ.is_empty(), "{differ:?}");
    }
}
