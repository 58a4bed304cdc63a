//! An open pipe together with the memory that its bytes take: a client decides what waits there to be read.

use super::memory::Kept;
use crate::smb::rpc::{Pipe, PipeError, PipeRead, RpcContext};

/// What a pipe takes with nothing in it, in bytes.
const EMPTY: usize = 1024;

/// The pipe.
#[derive(Debug)]
pub(crate) struct OpenPipe {
    pipe: Pipe,
    kept: Kept,
}

impl OpenPipe {
    /// A pipe whose memory counts as `kept`.
    pub(crate) fn new(pipe: Pipe, kept: Kept) -> Self {
        Self { pipe, kept }
    }

    /// See [`Pipe::write`].
    ///
    /// # Errors
    /// Likewise; or too much is kept for this client.
    pub(crate) fn write(&mut self, data: &[u8], tell: impl Fn() -> RpcContext) -> Result<(), PipeError> {
        let written = self.pipe.write(data, tell);
        let counted = self.kept.resize(EMPTY + self.pipe.held());
        if written.is_err() || counted.is_err() {
            self.pipe.forget();
            let _ = self.kept.resize(EMPTY);
            return Err(PipeError);
        }
        Ok(())
    }

    /// See [`Pipe::read`].
    pub(crate) fn read(&mut self, max: usize) -> PipeRead {
        let read = self.pipe.read(max);
        // It is less than before.
        let _ = self.kept.resize(EMPTY + self.pipe.held());
        read
    }

    /// Writes and reads.
    ///
    /// # Errors
    /// As `write`.
    pub(crate) fn transact(
        &mut self,
        input: &[u8],
        max: usize,
        tell: impl Fn() -> RpcContext,
    ) -> Result<PipeRead, PipeError> {
        self.write(input, tell)?;
        Ok(self.read(max))
    }

    /// Bytes that wait to be read.
    pub(crate) fn pending(&self) -> usize {
        self.pipe.pending()
    }
}
