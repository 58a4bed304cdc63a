//! Frames on a byte stream: a type byte and a 24-bit length ([MS-SMB2] 2.1, RFC 1002 4.3). Reading is
//! cancel-safe; a small message costs one system call, a large one is read straight into its own buffer.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::smb::framing::Framing;

/// Bytes of the prefix.
pub(crate) const PREFIX: usize = 4;
/// What one read may bring besides what is asked for.
const INBOX: usize = 64 * 1024;

const SESSION_MESSAGE: u8 = 0x00;
const SESSION_REQUEST: u8 = 0x81;
const POSITIVE_SESSION_RESPONSE: [u8; 4] = [0x82, 0, 0, 0];
const KEEP_ALIVE: u8 = 0x85;

/// The receiving side's state.
#[derive(Debug)]
pub(crate) struct Frames {
    inbox: Vec<u8>,
    /// A frame of which a part is here.
    partial: Option<Partial>,
    /// A frame has come that there is no room for yet.
    is_held: bool,
    framing: Framing,
}

#[derive(Debug)]
struct Partial {
    frame: Vec<u8>,
    length: usize,
}

/// What arrived.
#[derive(Debug)]
pub(crate) enum Received {
    Message(Vec<u8>),
    /// The NetBIOS session request: answer it and go on.
    SessionRequest,
}

impl Frames {
    pub(crate) fn new(framing: Framing) -> Self {
        Self {
            inbox: Vec::with_capacity(INBOX),
            partial: None,
            is_held: false,
            framing,
        }
    }

    /// Memory that a frame holds of which a part is here, in bytes.
    pub(crate) fn held(&self) -> usize {
        self.partial
            .as_ref()
            .map_or(0, |partial| partial.frame.capacity())
    }

    /// How long the next frame is, when its beginning is here and nothing is kept of it yet.
    pub(crate) fn next_length(&self) -> Option<usize> {
        match self.inbox.first_chunk::<PREFIX>() {
            Some(&[SESSION_MESSAGE, high, mid, low]) if self.partial.is_none() => {
                Some(u32::from_be_bytes([0, high, mid, low]) as usize)
            }
            _ => None,
        }
    }

    /// The next message; `None` at the end of the stream. One that is longer than `limit` is an error; one that is
    /// longer than `room` stays where it is until there is room, and nothing is read meanwhile.
    pub(crate) fn poll_next(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        limit: usize,
        room: usize,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Received>>> {
        loop {
            if let Some(received) = self.take(limit, room)? {
                return Poll::Ready(Ok(Some(received)));
            }
            let count = match &mut self.partial {
                Some(partial) => {
                    let mut rest = (&mut partial.frame).limit_to(partial.length);
                    let read = pin!(stream.read_buf(&mut rest));
                    ready!(read.poll(context))?
                }
                None if self.is_held || room == 0 => return Poll::Pending,
                None => {
                    let read = pin!(stream.read_buf(&mut self.inbox));
                    ready!(read.poll(context))?
                }
            };
            if count == 0 {
                return Poll::Ready(Ok(None));
            }
        }
    }

    /// The next message, however large up to `limit`.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) async fn next(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        limit: usize,
    ) -> io::Result<Option<Received>> {
        std::future::poll_fn(|context| self.poll_next(stream, limit, usize::MAX, context)).await
    }

    /// A whole message out of what is here, if there is one.
    pub(crate) fn take(&mut self, limit: usize, room: usize) -> io::Result<Option<Received>> {
        self.is_held = false;
        loop {
            if let Some(partial) = self
                .partial
                .take_if(|partial| partial.frame.len() == partial.length)
            {
                return Ok(Some(Received::Message(partial.frame)));
            }
            if self.partial.is_some() {
                return Ok(None);
            }
            let Some((&[kind, high, mid, low], rest)) = self.inbox.split_first_chunk::<PREFIX>() else {
                return Ok(None);
            };
            let length = u32::from_be_bytes([0, high, mid, low]) as usize;
            match kind {
                SESSION_MESSAGE if length <= limit && length > room => {
                    self.is_held = true;
                    return Ok(None);
                }
                SESSION_MESSAGE if length <= limit => {
                    let here = rest.len().min(length);
                    let mut frame = Vec::with_capacity(length);
                    frame.extend_from_slice(&rest[..here]);
                    self.inbox.drain(..PREFIX + here);
                    self.partial = Some(Partial { frame, length });
                }
                SESSION_REQUEST if length <= 256 => {
                    if rest.len() < length {
                        return Ok(None);
                    }
                    self.inbox.drain(..PREFIX + length);
                    return Ok(Some(Received::SessionRequest));
                }
                KEEP_ALIVE if length == 0 => {
                    self.inbox.drain(..PREFIX);
                }
                _ => {
                    let framing = self.framing;
                    tracing::debug!(
                        kind,
                        length,
                        limit,
                        ?framing,
                        "a frame of this kind or length is not taken"
                    );
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
        }
    }
}

/// The answer to the NetBIOS session request: whatever name the client calls us by is fine.
pub(crate) fn accept_session() -> Vec<u8> {
    POSITIVE_SESSION_RESPONSE.to_vec()
}

/// Fills in the prefix of `frame`, whose message starts after it.
pub(crate) fn set_prefix(frame: &mut [u8]) {
    let length = u32::try_from(frame.len() - PREFIX).unwrap_or(0).to_be_bytes();
    frame[..PREFIX].copy_from_slice(&[SESSION_MESSAGE, length[1], length[2], length[3]]);
}

/// `read_buf` into a vector, up to a length.
trait LimitTo {
    fn limit_to(self, length: usize) -> bytes::buf::Limit<Self>
    where
        Self: Sized;
}

impl LimitTo for &mut Vec<u8> {
    fn limit_to(self, length: usize) -> bytes::buf::Limit<Self> {
        let room = length - self.len();
        bytes::BufMut::limit(self, room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn collect(bytes: &[u8], limit: usize) -> Vec<usize> {
        let mut frames = Frames::new(Framing::NetBios);
        let mut stream = bytes;
        let mut lengths = Vec::new();
        while let Ok(Some(received)) = frames.next(&mut stream, limit).await {
            lengths.push(match received {
                Received::Message(message) => message.len(),
                Received::SessionRequest => usize::MAX,
            });
        }
        lengths
    }

    #[tokio::test]
    async fn messages_session_requests_and_keepalives_are_told_apart() {
        let mut bytes = vec![
            SESSION_REQUEST,
            0,
            0,
            4,
            1,
            2,
            3,
            4,
            KEEP_ALIVE,
            0,
            0,
            0,
            0,
            0,
            0,
            3,
            7,
            8,
            9,
        ];
        bytes.extend_from_slice(&[0, 1, 0x86, 0xA0]);
        bytes.resize(bytes.len() + 100_000, 5);
        assert_eq!(collect(&bytes, 1 << 20).await, [usize::MAX, 3, 100_000]);
    }

    proptest::proptest! {
        #[test]
        fn messages_arrive_whole_however_they_are_cut(
            lengths in proptest::collection::vec(0usize..3000, 0..8), piece in 1usize..500,
        ) {
            let mut stream = Vec::new();
            for length in &lengths {
                let mut frame = vec![7; PREFIX + length];
                set_prefix(&mut frame);
                stream.extend(frame);
            }
            let messages = crate::smb::fuzzing::messages_in(&stream, 3000, piece);
            let arrived: Vec<usize> = messages.iter().map(Vec::len).collect();
            proptest::prop_assert_eq!(arrived, lengths);
        }
    }

    #[tokio::test]
    async fn frames_over_the_limit_end_the_stream() {
        assert!(collect(&[0, 0, 1, 0], 10).await.is_empty());
    }
}
