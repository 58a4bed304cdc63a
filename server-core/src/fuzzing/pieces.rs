//! A byte stream as a network may cut it.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of which only so many arrive at a time.
pub(crate) struct Pieces<'a> {
    rest: &'a [u8],
    most: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn of(bytes: &'a [u8], most: usize) -> Self {
        Self { rest: bytes, most }
    }
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let length = self.rest.len().min(self.most).min(buffer.remaining());
        let (piece, rest) = self.rest.split_at(length);
        buffer.put_slice(piece);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}
