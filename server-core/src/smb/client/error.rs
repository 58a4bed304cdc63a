//! What goes wrong for a client.

use std::io;

use thiserror::Error;

use crate::smb::crypto::DecryptError;
use crate::smb::wire::cursor::Malformed;
use crate::smb::wire::header::Command;

/// Why a client did not get what it wanted.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody answers there, or too late, or the server has hung up.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What answers is no SMB server, or makes no sense.
    #[error("the answer is not understood")]
    Malformed,
    /// The server refused.
    #[error("{command:?} was refused with status {status:#010x}")]
    Refused {
        /// What it refused.
        command: Command,
        /// The NTSTATUS.
        status: u32,
    },
}

impl From<Malformed> for ClientError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<DecryptError> for ClientError {
    fn from(_: DecryptError) -> Self {
        Self::Malformed
    }
}
