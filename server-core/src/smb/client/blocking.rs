//! A client over a TCP stream that blocks.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use crate::smb::wire::dialect::Dialect;

use super::core::{Core, Incoming};
use super::error::ClientError;
use super::login::{Credentials, Offer};
use super::request::Outgoing;

/// How long a client waits.
#[derive(Debug, Clone, Copy)]
pub enum Patience {
    /// For everything together.
    Until(Instant),
    /// For each send and receive.
    Each(Duration),
}

impl Patience {
    fn left(self) -> Duration {
        match self {
            // None at all would mean "for ever".
            Self::Until(end) => end
                .saturating_duration_since(Instant::now())
                .max(Duration::from_millis(1)),
            Self::Each(time) => time,
        }
    }
}

/// The client.
#[derive(Debug)]
pub struct BlockingClient {
    stream: TcpStream,
    patience: Patience,
    /// Bytes of the largest answer that is taken.
    pub largest_answer: usize,
    core: Core,
}

impl BlockingClient {
    /// Connects, and says nothing.
    ///
    /// # Errors
    /// Nobody answers there, or too late.
    pub fn connect(address: SocketAddr, patience: Patience) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, patience.left())?;
        Ok(Self::over(stream, patience))
    }

    /// A client over a stream that is connected.
    pub fn over(stream: TcpStream, patience: Patience) -> Self {
        Self {
            stream,
            patience,
            largest_answer: 0x00FF_FFFF,
            core: Core::new(),
        }
    }

    /// NEGOTIATE; gives the dialect.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn negotiate(&mut self, offer: &Offer) -> Result<Dialect, ClientError> {
        let request = self.core.negotiate(offer);
        let answer = self.call(&request)?;
        self.core.negotiated(&answer)
    }

    /// A log-in, or its renewal.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn log_in(&mut self, who: &Credentials<'_>) -> Result<(), ClientError> {
        let request = self.core.begin_log_in(who);
        let answer = self.call(&request)?;
        let (request, attempt) = self.core.go_on_with_log_in(&answer, who)?;
        let answer = self.call(&request)?;
        self.core.logged_in(&answer, &attempt)
    }

    /// A request, and the answer to it, however long the server says that it takes.
    ///
    /// # Errors
    /// No answer, or one that is not understood; a refusal is none.
    pub fn call(&mut self, request: &Outgoing) -> Result<Incoming, ClientError> {
        let frame = self.core.frame(std::slice::from_ref(request));
        self.send_bytes(&frame)?;
        loop {
            let answer = self.receive_frame()?;
            let answer = self.core.read_frame(answer)?.pop();
            let answer = answer.ok_or(ClientError::Malformed)?;
            if !answer.header.is_interim() {
                return Ok(answer);
            }
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The server has hung up, or takes nothing.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(self.patience.left()))?;
        self.stream.write_all(bytes)
    }

    /// The next bytes, as they are.
    ///
    /// # Errors
    /// The server has hung up, or says nothing.
    pub fn receive_bytes(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.stream.set_read_timeout(Some(self.patience.left()))?;
        self.stream.read_exact(into)
    }

    /// The next frame, without its prefix.
    ///
    /// # Errors
    /// The server has hung up, says nothing, or too much.
    pub fn receive_frame(&mut self) -> io::Result<Vec<u8>> {
        let mut prefix = [0; 4];
        self.receive_bytes(&mut prefix)?;
        let length = Core::length_of_frame(prefix);
        if prefix[0] != 0 || length > self.largest_answer {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut frame = vec![0; length];
        self.receive_bytes(&mut frame)?;
        Ok(frame)
    }
}

impl Deref for BlockingClient {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl DerefMut for BlockingClient {
    fn deref_mut(&mut self) -> &mut Core {
        &mut self.core
    }
}
