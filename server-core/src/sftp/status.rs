//! The one table that turns engine errors into SSH_FX codes, with a sentence for a person.

use russh_sftp::protocol::StatusCode;

use super::wire::Malformed;
use crate::vfs::{Denial, InvalidPath, VfsError};

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
            VfsError::AccessDenied(_) | VfsError::CannotDelete | VfsError::ReadOnlyMedia => {
                StatusCode::PermissionDenied
            }
            VfsError::NotSupported => StatusCode::OpUnsupported,
            VfsError::EndOfFile => StatusCode::Eof,
            _ => StatusCode::Failure,
        };
        Self::new(code, error.to_string())
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
