//! What a client can do wrong on a pipe.

use thiserror::Error;

/// The client broke the protocol, or wrote more than a request can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the request on the pipe is malformed or too long")]
pub struct PipeError;
