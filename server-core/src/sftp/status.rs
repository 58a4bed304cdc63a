//! The one table that turns engine errors into SSH_FX codes, with a sentence for a person.

use russh_sftp::protocol::StatusCode;

use super::wire::Malformed;
use crate::vfs::{Denial, InvalidPath, VfsError};

/// What OpenSSH says of a path that leads to nothing.
const NO_SUCH_FILE: &str = "No such file";

/// A refusal: code and sentence.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) code: StatusCode,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: StatusCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The path is `/` or a share's own name, which only an administrator changes.
    pub(super) fn only_shares_here() -> Self {
        Self::new(
            StatusCode::PermissionDenied,
            "only shares live here; enter one first",
        )
    }

    pub(super) fn end_of_file() -> Self {
        Self::new(StatusCode::Eof, "end of file")
    }

    /// A part of what was to be written to a file is not on the disk.
    pub(super) fn incomplete(why: &str) -> Self {
        Self::new(
            StatusCode::Failure,
            format!("not all of the file was written: {why}"),
        )
    }

    pub(super) fn bad_handle() -> Self {
        Self::new(StatusCode::Failure, "no such handle")
    }
}

impl From<VfsError> for Refusal {
    fn from(error: VfsError) -> Self {
        let code = match &error {
            VfsError::NotFound | VfsError::PathNotFound | VfsError::ShareUnavailable => {
                StatusCode::NoSuchFile
            }
            VfsError::AccessDenied(Denial::OutsideShare) => StatusCode::PermissionDenied,
            VfsError::AccessDenied(_) | VfsError::CannotDelete => StatusCode::PermissionDenied,
            VfsError::NotSupported => StatusCode::OpUnsupported,
            VfsError::EndOfFile => StatusCode::Eof,
            _ => StatusCode::Failure,
        };
        let message = match error {
            // Clients look for OpenSSH's words.
            VfsError::NotFound => NO_SUCH_FILE.to_owned(),
            VfsError::PathNotFound => format!("{NO_SUCH_FILE}: {error}"),
            error => error.to_string(),
        };
        Self::new(code, message)
    }
}

impl From<InvalidPath> for Refusal {
    fn from(error: InvalidPath) -> Self {
        let code = match error {
            InvalidPath::Outside => StatusCode::PermissionDenied,
            InvalidPath::Name | InvalidPath::TooLong => StatusCode::Failure,
        };
        Self::new(code, error.to_string())
    }
}

impl From<Malformed> for Refusal {
    fn from(error: Malformed) -> Self {
        Self::new(StatusCode::BadMessage, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_disk_says_is_refused_with_words() {
        for code in 1..4096 {
            let refusal = Refusal::from(VfsError::from(std::io::Error::from_raw_os_error(code)));
            assert!(
                !matches!(refusal.code, StatusCode::Ok | StatusCode::Eof) || cfg!(windows),
                "{code}: {refusal:?}"
            );
            assert!(refusal.message.contains(' '), "{code}: {refusal:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn full_and_read_only_disks_are_told_as_sshd_tells_them() {
        use rustix::io::Errno;
        for (errno, code, words) in [
            (Errno::NOSPC, StatusCode::Failure, "the disk is full"),
            (Errno::ROFS, StatusCode::Failure, "the disk is read-only"),
            (Errno::NOENT, StatusCode::NoSuchFile, NO_SUCH_FILE),
            (
                Errno::LOOP,
                StatusCode::NoSuchFile,
                "No such file: a folder on the way does not exist",
            ),
            (Errno::NOTEMPTY, StatusCode::Failure, "the folder is not empty"),
        ] {
            let refusal = Refusal::from(VfsError::from(std::io::Error::from(errno)));
            assert_eq!((refusal.code, refusal.message.as_str()), (code, words));
        }
    }
}
